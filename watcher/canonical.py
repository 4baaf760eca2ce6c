"""When two texts of a face say the same: noise taken away, tricks laid open. Pure.

Pages differ in ways that mean nothing: composed and decomposed letters, spaces, full and half
width, kinds of quotation marks, hosts and signatures of pictures. A name is looked at twice: what
is typed, and its skeleton, in which letters that only look alike are one.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import urlsplit

Value: TypeAlias = str | bool


class Grade(StrEnum):
    """How far two values of one field are apart."""

    SAME = "same"
    VARIANT = "variant"  # a name whose skeleton is the same: invisible or look-alike characters
    CHANGED = "changed"


_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』〝〞＂", '"') | dict.fromkeys("‘’‚‛＇", "'"))
# Full-width forms of ASCII; letters and digits of a name are left as they are typed.
_WIDE = str.maketrans({0xFEE0 + code: chr(code) for code in range(0x21, 0x7F)})
_WIDE_MARKS = str.maketrans(
    {0xFEE0 + code: chr(code) for code in range(0x21, 0x7F) if not chr(code).isalnum()}
)
# Ignorable without being of category Cf (Unicode's Default_Ignorable_Code_Point).
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\uffa0\ufe00-\ufe0f"
    "\U000e0000-\U000e0fff]"
)
# Letters of other scripts that look like these, after case folding; digits stay apart.
_LOOK_ALIKE = str.maketrans(
    dict(
        zip(
            "авсеһіјкмнорԛѕтԝухѵԁɡαβεικνορτυχγωѡ",
            "abcehijkmhopqstwyxvdgabeikvoptuxyww",
            strict=True,
        )
    )
    | {"0": "o", "1": "l", "|": "l", "ı": "i", "ⅼ": "l"}
    | dict.fromkeys("•・‧∙⋅･", "·")
    | dict.fromkeys("‐‑‒–—―－_", "-")
)
_SIZE = re.compile(r"\d{0,4}")


def grade(field: str, before: Value, after: Value) -> Grade:
    """How far two values of a field of Profile are apart."""
    if before == after:
        return Grade.SAME
    if isinstance(before, bool) or isinstance(after, bool):
        return Grade.CHANGED
    if field == "name":
        return _names(before, after)
    return Grade.SAME if _key(field, before) == _key(field, after) else Grade.CHANGED


def _key(field: str, text: str) -> str:
    if field == "avatar":
        return picture_key(text)
    return text.strip() if field == "handle" else text_key(text)


def same(field: str, before: Value, after: Value) -> bool:
    """Whether two values of a field differ by noise alone."""
    return grade(field, before, after) is Grade.SAME


def _names(before: str, after: str) -> Grade:
    if name_key(before) == name_key(after):
        return Grade.SAME
    return Grade.VARIANT if skeleton(before) == skeleton(after) else Grade.CHANGED


@lru_cache(4096)
def text_key(text: str) -> str:
    """Bio and verification without noise: ignorables, spaces, width, kinds of quotation marks.

    Chinese sets spaces as it pleases, so none counts.
    """
    plain = _visible(unicodedata.normalize("NFC", text)).translate(_QUOTES).translate(_WIDE)
    return "".join(plain.split())


@lru_cache(4096)
def name_key(name: str) -> str:
    """A name as it was typed, without what no platform keeps apart: spaces, width of marks."""
    typed = unicodedata.normalize("NFC", name).translate(_QUOTES).translate(_WIDE_MARKS)
    return "".join(typed.split())


@lru_cache(4096)
def skeleton(name: str) -> str:
    """A name as a reader takes it in: look-alikes, width, case, signs and ignorables are gone."""
    shown = "".join(c for c in name if not _is_sign(c))
    folded = _visible(unicodedata.normalize("NFKC", shown)).casefold()
    plain = unicodedata.normalize("NFKC", folded).translate(_QUOTES).translate(_LOOK_ALIKE)
    return "".join(plain.split())


@lru_cache(4096)
def picture_key(address: str) -> str:
    """What names a picture: the last part of its path; host, signature and size name none."""
    path = urlsplit(address).path if "://" in address else address.partition("?")[0]
    parts = [part for part in path.split("/") if part]
    while len(parts) > 1 and _SIZE.fullmatch(parts[-1]):
        parts.pop()
    return parts[-1].partition("@")[0] if parts else address


def code_points(before: str, after: str) -> tuple[list[str], list[str]]:
    """The characters in which two names differ, gone and new, each as U+XXXX and its name."""
    gone, new = [], []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, low, high, begin, end in matcher.get_opcodes():
        if kind != "equal":
            gone += [_spelled(c) for c in before[low:high]]
            new += [_spelled(c) for c in after[begin:end]]
    return gone, new


def _spelled(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def _visible(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c for c in _IGNORABLE.sub("", text) if unicodedata.category(c) != "Cf")


def _is_sign(character: str) -> bool:
    """™, emoji and the like; NFKC would make letters of some. Radicals look like characters."""
    return unicodedata.category(character) == "So" and not "\u2e80" <= character <= "\u2fdf"
