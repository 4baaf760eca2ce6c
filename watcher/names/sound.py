"""How names sound: pinyin without tones, place names read as the places are. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby

from watcher.names.normal import is_han

# What pypinyin's phrases do not know: places whose names are read otherwise than the words in them.
_PLACES = {
    "单县": "shan xian", "费县": "bi xian", "六枝": "lu zhi", "朝阳": "chao yang",
    "筠连": "jun lian", "信都": "xin du", "都昌": "du chang", "都安": "du an", "都匀": "du yun",
    "繁峙": "fan shi", "涡阳": "guo yang", "洪洞": "hong tong", "乐陵": "lao ling",
    "东阿": "dong e", "宕昌": "tan chang", "尉犁": "yu li", "焉耆": "yan qi", "蔚县": "yu xian",
    "长垣": "chang yuan", "长丰": "chang feng", "中牟": "zhong mu", "曾都": "zeng du",
}  # fmt: skip
_DIGITS = {  # 3亚, 5汉
    "0": ("ling",), "1": ("yi", "yao"), "2": ("er",), "3": ("san",), "4": ("si",),
    "5": ("wu",), "6": ("liu", "lu"), "7": ("qi",), "8": ("ba",), "9": ("jiu",),
}  # fmt: skip
_PLACE = re.compile("|".join(_PLACES))
_LEVEL = re.compile("(?<=..)(?:sheng|shi|zhou|meng|xian|qu|qi)$")  # 省市州盟县区旗
_LEVEL_INITIAL = re.compile("(?<=..)[szmxq]$")
_TONES = str.maketrans("āáǎàēéěèêếềīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ", "aaaaeeeeeeeiiiioooouuuuvvvvvnnnm")
_MARKS = re.compile("[\u0300-\u036f]")


@cache
def readings(char: str) -> tuple[str, ...]:
    """The syllables, without tones, as which a character is read today; digits as they are spoken.

    What is neither is read as itself.
    """
    if not is_han(char):
        return (char, *_DIGITS.get(char, ()))
    first = _characters().get(ord(char), char).split(",")[0]
    return _several().get(char) or (toneless(first),)


@cache
def _characters() -> Mapping[int, str]:
    """pypinyin takes most of a second to load: only what reads names waits for it."""
    from pypinyin.constants import PINYIN_DICT

    return PINYIN_DICT


@cache
def _several() -> Mapping[str, tuple[str, ...]]:
    """Characters read in several ways, by `tools/names/readings.py`."""
    text = files("watcher.names").joinpath("data/readings.tsv").read_text("utf8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {char: tuple(found.split(" ")) for char, found in rows}


def toneless(spelt: str) -> str:
    """zhāng → zhang, lǚ → lv."""
    return _MARKS.sub("", spelt.translate(_TONES))


@cache
def fuzzy(syllable: str) -> str:
    """The class of a syllable that many speakers do not tell apart: zh/z, n/l, -ng/-n."""
    sound = re.sub("^([zcs])h", r"\1", syllable)
    sound = re.sub("^n(?=[aeiouv])", "l", sound)
    return re.sub("([aei]n)g$", r"\1", sound)


@cache
def fuzzy_readings(char: str) -> frozenset[str]:
    return frozenset(map(fuzzy, readings(char)))


@lru_cache(1 << 14)
def syllables(text: str) -> tuple[str, ...]:
    """One syllable for each character, read as the phrase is; what is no Han stays itself."""
    found = list(_by_phrase(text))
    for place in _PLACE.finditer(text):
        found[place.start() : place.end()] = _PLACES[place[0]].split()
    return tuple(found)


@lru_cache(1 << 14)
def _by_phrase(text: str) -> tuple[str, ...]:
    """Only Han is given to pypinyin: it joins what it does not know."""
    found: list[str] = []
    for han, chars in groupby(text, is_han):
        run = list(chars)
        found += _read("".join(run)) if han else run
    return tuple(found)


@lru_cache(1 << 14)
def _read(run: str) -> list[str]:
    """Han as its phrases are read."""
    if len(run) == 1:
        return [toneless(_characters().get(ord(run), run).split(",")[0])]
    from pypinyin import lazy_pinyin

    spelt = lazy_pinyin(run)
    return spelt if len(spelt) == len(run) else [readings(char)[0] for char in run]


def spellings(text: str) -> frozenset[str]:
    """The text in Latin letters as people type it, right or as the words in it are read."""
    return frozenset(latin("".join(found)) for found in (syllables(text), _by_phrase(text)))


def initials(text: str) -> frozenset[str]:
    """The first letters of the syllables, in both ways of reading."""
    ways = (syllables(text), _by_phrase(text))
    return frozenset("".join(syllable[:1] for syllable in way) for way in ways)


def latin(text: str) -> str:
    """Typed pinyin in one spelling: ü, v and yu after l and n are u."""
    return re.sub("(?<=[ln])(?:v|yu)", "u", text)


def without_level(run: str) -> str:
    """A place in letters without its 市 or 县: sanya of sanyashi."""
    return _LEVEL.sub("", run)


def without_level_initial(run: str) -> str:
    """The first letters of a place without that of its 市 or 县: sy of sys."""
    return _LEVEL_INITIAL.sub("", run)
