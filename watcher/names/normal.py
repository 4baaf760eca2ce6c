"""The form in which names are compared, and what was unusual about how one is written. Pure.

`skeleton` is for comparison only, never for display: two names that read the same to a person have
one skeleton. Invisible characters and ornaments are gone, look-alike letters of other scripts are
what they look like, old and Japanese forms are the simplified ones of today.

Two traps of NFKC: it turns ™ into letters (so symbols go first), and CJK radicals are symbols to
Unicode but characters to the eye (so they stay).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files

import cjkfold
import opencc

LONGEST = 64  # characters of a name that are looked at; no platform shows a longer one

_INVISIBLE = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5")  # letters to Unicode, blank to the eye
_LETTER_MARKS = frozenset("™℠")  # symbols that NFKC would turn into letters
_RADICALS = range(0x2E80, 0x2FE0)
_ORNAMENTS = frozenset(
    "丨丶丿亅乀乁乚乛の"
)  # strokes and の, written between the characters of a name
_UNUSUAL = re.compile(rf"[^\u4e00-\u9fffa-z0-9]|[{''.join(_ORNAMENTS)}]")
_OLD_FORMS = dict(  # that no table of OpenCC holds
    zip("戸靑郞淸氷収隷囯囬靣叧於〇", "户青郎清冰收隶国回面另于零", strict=True)
)
_KANA = {"ー": "一", "ミ": "三", "チ": "千", "ノ": ""}  # beyond UTS #39
_NUMERAL = str.maketrans("零一二三四五六七八九壹贰叁肆伍陆柒捌玖", "0123456789123456789")
_NUMERALS = re.compile(f"[{''.join(map(chr, _NUMERAL))}]{{3,}}")  # 一二三四五: a number spelt out
_DIGITS = re.compile(r"(?<![a-z])[0-9oilzsb]*[0-9][0-9oilzsb]*[0-9][0-9oilzsb]*(?![a-z])")
_DIGIT_LIKE = str.maketrans("oilzsb", "011258")


@lru_cache(1 << 16)
def skeleton(name: str) -> str:
    """The form of a name that is compared: letters and digits only, "" if it has none.

    Only its first 64 characters count. Idempotent: a skeleton is its own skeleton.
    """
    text = "".join(map(_folded, name[:LONGEST]))
    if text.isascii():
        return _with_digits(text)
    if _UNUSUAL.search(text):
        text = _in_one_script(unicodedata.normalize("NFC", text))
    return _with_digits(_NUMERALS.sub(lambda run: run[0].translate(_NUMERAL), text))


def is_han(char: str) -> bool:
    code = ord(char)
    return 0x4E00 <= code < 0xA000 or 0x3400 <= code < 0x4E00 or 0x20000 <= code < 0x40000


def _with_digits(text: str) -> str:
    """12345 written with an l or an O among its digits."""
    if not any(map(str.isdigit, text)):
        return text
    return _DIGITS.sub(lambda run: run[0].translate(_DIGIT_LIKE), text)


def _in_one_script(text: str) -> str:
    """Letters of other scripts as what they look like; where Han is written, as Han first."""
    has_han = any(map(is_han, text))
    return "".join(_meant(char, has_han) for char in text)


@cache
def _meant(char: str, has_han: bool) -> str:
    if char.isascii() or is_han(char):
        return "" if has_han and char in _ORNAMENTS else char.lower()
    target = _look(char)
    if target is not None and (has_han or (target and target.isascii())):
        return "" if target in _ORNAMENTS else target
    return "" if has_han and _is_ornament(char) else char.lower()


def _look(char: str) -> str | None:
    """What UTS #39 knows of the letter, or of its small form; None if nothing."""
    known = _KANA.get(char, confusables().get(char))
    return confusables().get(char.lower()) if known is None else known


def _is_ornament(char: str) -> bool:
    """A letter that cannot belong to a Chinese name: Georgian ღ, Arabic ۩, a mark of repetition."""
    code = ord(char)
    foreign = 0x0530 <= code < 0x1100 or 0x1200 <= code < 0x1D00 or 0x2C80 <= code < 0x2E00
    return foreign or 0xA000 <= code < 0xAC00 or char in _ORNAMENTS or is_modifier(char)


def is_modifier(char: str) -> bool:
    return unicodedata.category(char) == "Lm"


@cache
def _folded(char: str) -> str:
    """One character without regard to its neighbours; "" if nothing of it is compared."""
    if is_invisible(char) or _is_plain_symbol(char):
        return ""
    parts = unicodedata.normalize("NFKD", char)
    text = "".join(_simple(cjkfold.fold(cjkfold.fold(part))) for part in parts if _counts(part))
    return text.lower() if text.isascii() else text  # of others the capital may be what is known


def _counts(char: str) -> bool:
    return is_han(char) or unicodedata.category(char)[0] in "LN" or ord(char) in _RADICALS


def is_invisible(char: str) -> bool:
    """Nothing of it is seen: format and control characters, variation selectors, blank letters."""
    kind = unicodedata.category(char) if not is_han(char) else "Lo"  # newer than our Unicode
    return kind in _INVISIBLE or char in _FILLERS or kind in ("Mn", "Me")


def _is_plain_symbol(char: str) -> bool:
    if unicodedata.category(char) != "So" or ord(char) in _RADICALS:
        return False
    return char in _LETTER_MARKS or unicodedata.normalize("NFKC", char) == char


@cache
def _simple(char: str) -> str:
    """The simplified character of today for a traditional, Japanese or old one."""
    if not is_han(char) and char != "〇":
        return char
    char = _OLD_FORMS.get(char, char)
    if _is_common(char):
        return char
    plain, *others = _converters()
    forms = [plain.convert(char), *(plain.convert(other.convert(char)) for other in others)]
    form = next((form for form in forms if _is_common(form)), char)
    return _OLD_FORMS.get(form, form)


def _is_common(char: str) -> bool:
    """Of the 6,763 characters of GB 2312: simplified already (乾县 is not 干县)."""
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _converters() -> tuple[opencc.OpenCC, ...]:
    return tuple(opencc.OpenCC(config) for config in ("t2s", "jp2t", "tw2t", "hk2t"))


@cache
def confusables() -> Mapping[str, str]:
    """Letters of other scripts that look like a-z, 0-9 or a Han character (UTS #39)."""
    text = files("watcher.names").joinpath("data/confusables.tsv").read_text("utf8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {row[0]: row[1] for row in rows}


@lru_cache(1 << 14)
def variants(name: str) -> tuple[str, ...]:
    """What is unusual about how a name is written, one Chinese sentence each."""
    if skeleton(name) == name.lower():
        return ()
    return tuple(dict.fromkeys(_oddities(name[:LONGEST])))


def _oddities(name: str) -> Iterator[str]:
    text = "".join(map(_folded, name))
    has_han = any(map(is_han, text))
    yield from filter(None, (_oddity(char, has_han) for char in name))
    if _NUMERALS.search(text):
        yield "以汉字书写数字"


@cache
def _oddity(char: str, has_han: bool) -> str:
    """What is unusual about one character, "" if nothing."""
    if char.isascii() and (char.isalnum() or not has_han):
        return ""
    if is_invisible(char):
        return f"含不可见字符 U+{ord(char):04X}"
    if char.isspace():
        return "夹有空格"
    if not _folded(char) or (has_han and _meant(char, has_han=True) == ""):
        return f"夹有符号“{char}”"
    return _disguise(char, has_han)


def _disguise(char: str, has_han: bool) -> str:
    folded = _folded(char)
    meant = "".join(_meant(part, has_han) for part in folded)
    if ord(char) in _RADICALS:
        return f"以部首“{char}”代替“{meant}”"
    if 0xFF01 <= ord(char) <= 0xFF5E:
        return f"含全角字符“{char}”"
    if meant != folded:
        return f"以其他文字的“{char}”代替“{meant}”"
    if meant == char.lower():
        return ""
    return f"含繁体或异体字“{char}”（{meant}）" if is_han(char) else f"以“{char}”代替“{meant}”"
