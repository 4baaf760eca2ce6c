"""Places of China as they stand in names of accounts, and what is an ordinary word.

`data/places.tsv` holds the divisions by their code (built by `tools/names/places.py`); the short
forms people use are derived here. A short form that is also an ordinary word (公安, 资源, 和平) is
no place by itself: only 公安县 is.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

__all__ = [
    "NATIONALITIES",
    "Place",
    "base",
    "find_places",
    "is_place",
    "is_word",
    "may_be_place",
    "within",
]


def _data(name: str) -> str:
    return files("watcher.names").joinpath(f"data/{name}").read_text("utf8")


# The explicit list: a wild card before 自治 would leave nothing of 北川羌族自治县.
NATIONALITIES = _data("nationalities.txt").split()
_AUTONOMY = re.compile(rf"^(.{{2,}}?)(?:{'|'.join(NATIONALITIES)})*自治([区州县旗])$")
_TAIL = re.compile(
    r"(?:特别行政区|生态区|粤澳深度合作区|地区|林区|矿区|新区|群岛|联合旗|[省市区县旗盟])$"
)
_BANNER = re.compile(r"[左右](?:翼[前中后])?旗$")  # 科尔沁左翼中旗: nobody leaves out 旗

# Divisions whose short form is an ordinary word; alone it names no place, and nothing that begins
# inside of it does (公安|宁…).
WORDS = frozenset(_data("place_words.txt").split())


class Place(NamedTuple):
    """A place named in a text. `base` is its shortest form: 三亚 for 三亚市."""

    start: int
    text: str
    base: str
    kind: (
        str  # province | city | county | part: a part of a county, or an area beside the divisions
    )


class _Entry(NamedTuple):
    base: str
    kind: str


class _Gazetteer(NamedTuple):
    entries: Mapping[str, _Entry]
    lengths: Mapping[str, tuple[int, ...]]  # of entries and words by their first two characters
    codes: Mapping[str, frozenset[str]]  # of divisions by base


@lru_cache(maxsize=1 << 16)
def find_places(text: str) -> tuple[Place, ...]:
    """The places named, from left to right, the longest at each point, none within another."""
    return tuple(_places(text))


def _places(text: str) -> Iterator[Place]:
    entries, lengths, _ = _gazetteer()
    start, end = 0, len(text)
    while start < end - 1:
        step = 1
        for length in lengths.get(text[start : start + 2], ()):
            part = text[start : start + length]
            entry = entries.get(part)
            if entry is not None or part in WORDS:
                step = length
                if entry is not None:
                    yield Place(start, part, *entry)
                break
        start += step


def is_place(text: str) -> bool:
    """Whether this is a place, in full or short, and nothing else."""
    return text in _gazetteer().entries


def may_be_place(text: str) -> bool:
    """Whether this is a place where the rest of the name says that one is meant (清风南岸)."""
    return is_place(text) or (text in WORDS and text in _gazetteer().codes)


@lru_cache(maxsize=1 << 14)
def base(place: str) -> str:
    """The shortest form of a place's name: 三亚 of 三亚市, 北川 of 北川羌族自治县.

    Of what is no known place only the administrative word at its end is taken.
    """
    entry = _gazetteer().entries.get(place)
    return entry.base if entry else _short(place)


def within(inner: str, outer: str) -> bool:
    """Whether a place of the one base lies in one of the other: 三亚 in 海南, 吉阳 in 三亚."""
    codes = _gazetteer().codes
    heads = tuple(_head(code) for code in codes.get(outer, ()))
    return any(code.startswith(heads) for code in codes.get(inner, ()))


def _head(code: str) -> str:
    """What the codes of all places within begin with: 46 of 460000, 4602 of 460200."""
    if code[4:] != "00":
        return code
    return code[:4] if code[2:4] != "00" else code[:2]


def is_word(text: str) -> bool:
    """Whether this is an ordinary word of two to four characters."""
    if not 2 <= len(text) <= 4:
        return False
    words, code = _words(), 0
    for char in text:
        code = code << 16 | (ord(char) & 0xFFFF)
    at = bisect_left(words, code)
    return at < len(words) and words[at] == code


@cache
def _words() -> array[int]:
    """Codes of all words, rising: a megabyte, where a set of them would take twenty."""
    with files("watcher.names").joinpath("data/words.npz").open("rb") as file:
        steps = np.load(file, allow_pickle=False)["steps"]
    return array("Q", np.cumsum(steps, dtype=np.uint64).tobytes())


@cache
def _gazetteer() -> _Gazetteer:
    entries: dict[str, _Entry] = {}
    codes = defaultdict(set)
    for code, name in _rows():
        entry = _Entry(_short(name), _kind(code, name))
        codes[entry.base].add(code)
        for form in _forms(name, entry.base):
            entries.setdefault(form, entry)
    lengths = defaultdict(set)
    for text in (*entries, *WORDS):
        lengths[text[:2]].add(len(text))
    return _Gazetteer(
        entries=entries,
        lengths={two: tuple(sorted(found, reverse=True)) for two, found in lengths.items()},
        codes={text: frozenset(found) for text, found in codes.items()},
    )


def _rows() -> list[tuple[str, str]]:
    """Larger places first, so that a form of several is the largest of them."""
    rows = [(line[:6], line[7:]) for line in _data("places.tsv").splitlines()]
    return sorted(rows, key=lambda row: len(_head(row[0])))


def _kind(code: str, name: str) -> str:
    if name[-1] not in "省市区县旗州盟":
        return "part"
    return {2: "province", 4: "city", 6: "county"}[len(_head(code))]


def _forms(name: str, short: str) -> Iterator[str]:
    """A place as it is written: 延边朝鲜族自治州, 延边州, 延边."""
    yield name
    if autonomy := _AUTONOMY.match(name):
        yield short + autonomy[2]
        yield f"{short}自治{autonomy[2]}"
    if short not in WORDS:
        yield short


def _short(name: str) -> str:
    if autonomy := _AUTONOMY.match(name):
        return autonomy[1]
    if _BANNER.search(name):
        return name
    tail = _TAIL.search(name, 2)  # 芒市 stays
    return name[: tail.start()] if tail else name
