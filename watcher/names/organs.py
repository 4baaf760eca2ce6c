"""Words of which official names are made: organs and their synonyms, what is added, what is other.

The lists (`data/words.tsv`) are common words, no unit's names. The words of one organ stand in one
class, so 公安 and 警方 of one place are one name to a reader. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

from watcher.names.places import find_places

_Rows = list[tuple[str, str, list[str]]]


def _rows() -> _Rows:
    text = files("watcher.names").joinpath("data/words.tsv").read_text("utf8")
    lines = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return [(line[0], line[1], line[2].split()) for line in lines]


def _listed(rows: _Rows, kind: str) -> list[str]:
    return [word for row, _, words in rows if row == kind for word in words]


def _by_key(rows: _Rows, *kinds: str) -> dict[str, str]:
    return {word: key for row, key, words in rows if row in kinds for word in words}


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


_ROWS = _rows()
_CLASS_OF = _by_key(_ROWS, "organ")
_LOOSE_CLASS_OF = _by_key(_ROWS, "organ", "loose")
PREFIXES = tuple(_listed(_ROWS, "prefix"))
HOTLINES = frozenset(_listed(_ROWS, "hotline"))
WORDS = frozenset(_CLASS_OF) | frozenset(PREFIXES)
_BEFORE = frozenset(_listed(_ROWS, "before"))
_BEFORE_PLACE = frozenset(_listed(_ROWS, "before_place"))
_BEFORE_PLACE_LENGTHS = sorted({len(word) for word in _BEFORE_PLACE})
_AFTER = frozenset(_listed(_ROWS, "after"))
NEUTRAL = _AFTER | frozenset(_listed(_ROWS, "neutral"))
_LONGEST = max(map(len, _AFTER))
_LAST = frozenset(word[-1] for word in _AFTER) | frozenset("0123456789")
OFFICIAL = re.compile(_any(_listed(_ROWS, "official")))
_KINDS = [(key, re.compile(_any(words))) for row, key, words in _ROWS if row == "kind"]
_PAPER = "(?<![预播通公简汇举警情申])报$"  # 广东科技报 is a newspaper
_OTHERS = re.compile("|".join([_PAPER, *(pattern.pattern for _, pattern in _KINDS)]))
_ORGAN = re.compile(_any(_CLASS_OF))
_FORM = re.compile("(?:‹.›)+")
_ORGAN_OR_LOOSE = re.compile(_any(_LOOSE_CLASS_OF))


@lru_cache(1 << 16)
def kind_of(text: str) -> str:
    """'media', 'fan' or 'commercial' by the words of a name; "" if none tells."""
    if not _OTHERS.search(text):
        return ""
    return next((kind for kind, pattern in _KINDS if pattern.search(text)), "media")


@lru_cache(1 << 16)
def form(organ: str) -> str:
    """The organ with each of its words as ‹class›: 教育发布 and 教育公告 have one form."""
    return _ORGAN.sub(lambda word: f"‹{_CLASS_OF[word[0]]}›", organ)


@lru_cache(1 << 12)
def loose_form(organ: str) -> str:
    """As `form`, and with words that are not quite the organ's: 旅行 for 文旅."""
    return _ORGAN_OR_LOOSE.sub(lambda word: f"‹{_LOOSE_CLASS_OF[word[0]]}›", organ)


def is_known(organ: str) -> bool:
    """Whether the text consists of organ words only."""
    return _FORM.fullmatch(form(organ)) is not None


def addition_after(text: str) -> str:
    """What the name ends with and which says nothing: 官方直播间, 2; "" if nothing.

    What ends a word for an organ is none: 疾控中心 stays whole.
    """
    if text[-1:] not in _LAST:
        return ""
    for length in range(min(_LONGEST, len(text) - 1), 0, -1):
        word = text[-length:]
        if (word in _AFTER or _is_counter(text, length)) and not _cuts_organ(text, length):
            return word
    return ""


def _is_counter(text: str, length: int) -> bool:
    """One to three digits: 三亚公安2, but not the end of 12345."""
    return length <= 3 and text[-length:].isdigit() and not text[-length - 1].isdigit()


def _cuts_organ(text: str, length: int) -> bool:
    """Whether the last so many characters begin within a word for an organ: 政务|服务平台."""
    cut = len(text) - length
    starts, ends = range(max(0, cut - 7), cut), range(cut + 1, len(text) + 1)
    return any(text[start:end] in _CLASS_OF for start in starts for end in ends)


def addition_before(text: str) -> str:
    """What the name begins with and which says nothing: 掌上; 新 only before a place."""
    for length in (3, 2):
        if text[:length] in _BEFORE:
            return text[:length]
    for length in _BEFORE_PLACE_LENGTHS:
        if text[:length] in _BEFORE_PLACE and _names_place(text, length):
            return text[:length]
    return ""


def addition_inside(organ: str) -> str:
    """What stands before an organ and says nothing: 三亚|官方|发布."""
    return organ[:2] if organ[:2] in _BEFORE and is_known(organ[2:]) else ""


def _names_place(text: str, start: int) -> bool:
    """Whether a place begins there and none at the beginning: 新三亚, but not 新余."""
    places = {place.start for place in find_places(text)} | {
        place.start + start for place in find_places(text[start:])
    }
    return start in places and 0 not in places


def has_organ(text: str) -> bool:
    return _ORGAN.search(text) is not None
