"""A name taken apart: what is added, which place, which organ; done once for each name. Pure.

`Prepared` is a candidate, `Protected` a name that is protected; both hold what every comparison
needs, so that a comparison itself computes little.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from watcher.names import organs, sound
from watcher.names.normal import skeleton
from watcher.names.places import Place, base, find_places, is_place, may_be_place

_SHORTEST = 3  # characters that must be left when something added is taken off …
_BRAND = 2  # … but for what is the whole of a name beside it: 中国邮政, 邮政精选
_LEVELS = "省市州盟区县旗"
_ADMIN = re.compile("(?<=..)(?:[省县区]|市(?![场监政民容]))(?=..)")
_ADMINS = frozenset("省市县区")
_MARKET = frozenset("场监容")  # 南京|市场监管: the 市 is not the city's
_PEOPLES = re.compile("(?:人民|民人)(?=政府|法院|检察院)")
_RUNS = re.compile("[a-z]{2,}")
_NUMBER = re.compile("[0-9]{5}")
_BEFORE_TURNED = re.compile(rf"^[{_LEVELS}]|[{_LEVELS}]$")


class _Place(NamedTuple):
    """The place whose organ a name is, as it stands in the core."""

    start: int
    end: int
    base: str
    level: str  # 省, 市, 县 …, "" where not written


class Head(NamedTuple):
    """What of a name is enough to look for it."""

    name: str
    skeleton: str
    core: str  # the skeleton without additions
    added: tuple[str, ...]  # what was taken off
    found: tuple[_Place, ...]  # the places of the core


class Parts(NamedTuple):
    """What a name says, each part by itself."""

    name: str
    skeleton: str
    core: str  # the skeleton without additions
    added: tuple[str, ...]  # what was taken off: 官方, 直播间
    plain: str  # the core with places in their short form and without 市, 县, 人民
    place: str  # base of the place whose organ it is: 三亚; "" if none
    level: str  # its 省, 市, 县 … where written
    places: tuple[str, ...]  # bases of all places named
    homes: tuple[str, ...]  # those that may be the place whose organ it is
    organ: str  # what is left of `plain` without its places
    form: str  # the organ by classes of words: ‹公›
    kind: str  # "" | media | fan | commercial
    number: str  # five digits of a hotline, ""


class Prepared(NamedTuple):
    """A candidate. Made once for each, so it must cost little (a dataclass takes twice as long)."""

    of: Parts
    runs: tuple[str, ...]  # of Latin letters


@dataclass(frozen=True, slots=True)
class Protected:
    """A name that is protected."""

    of: Parts
    syllables: tuple[str, ...]  # of `plain`, one a character
    sounds: frozenset[str]  # their classes
    turned: tuple[str, ...]  # organ and place the other way round
    spellings: frozenset[str]  # the whole in Latin letters …
    place_spellings: frozenset[str]  # … its place …
    place_initials: frozenset[str]  # … and the first letters of that


def prepare(name: str) -> Prepared:
    """A candidate, ready to be compared with many."""
    return prepared(head_of(name))


def prepared(head: Head) -> Prepared:
    return Prepared(_parts(head), tuple(_RUNS.findall(head.skeleton)))


@lru_cache(1 << 8)
def sounds_of(text: str) -> frozenset[str]:
    """The classes of all readings of all characters."""
    return frozenset().union(*map(sound.fuzzy_readings, text))


def protect(name: str) -> Protected:
    """A protected name, ready to be compared with many."""
    parts = _parts(head_of(name))
    spoken = sound.syllables(parts.plain)
    place = parts.place if parts.place in parts.plain else ""
    return Protected(
        of=parts,
        syllables=spoken,
        sounds=frozenset(map(sound.fuzzy, spoken)),
        turned=_turned(parts),
        spellings=frozenset(map(without_number, sound.spellings(parts.skeleton))),
        place_spellings=sound.spellings(place) if place else frozenset(),
        place_initials=sound.initials(place) if len(place) > 1 else frozenset(),
    )


def without_number(text: str) -> str:
    return text.rstrip("0123456789")


def _turned(parts: Parts) -> tuple[str, ...]:
    """公安三亚 for 三亚公安, and 公安在线三亚 for 三亚公安在线."""
    if not parts.place or not parts.organ:
        return ()
    if not parts.plain.startswith(parts.place):
        return (parts.place + parts.organ,)
    after = parts.skeleton.partition(parts.core)[2]
    forms = (parts.organ + parts.place, parts.organ + after + parts.place)
    return tuple(dict.fromkeys(forms))


def head_of(name: str) -> Head:
    """A name without what is added to it, and the places in it."""
    text = skeleton(name)
    core, added = _bare(text)
    found = _places(core)
    if found and found[0].start == 0 and (word := organs.addition_inside(core[found[0].end :])):
        core = core[: found[0].end] + core[found[0].end + len(word) :]
        added = (*added, word)
    return Head(name, text, core, added, found)


def _parts(head: Head) -> Parts:
    name, text, core, added, found = head
    place = found[_own(found)] if found else None
    organ = _peel(_without(core, found))
    return Parts(
        name=name,
        skeleton=text,
        core=core,
        added=added,
        plain=_plain(core, found),
        place=place.base if place else "",
        level=place.level if place else "",
        places=tuple(one.base for one in found),
        homes=tuple(one.base for one in found if _is_home(one, core)),
        organ=organ,
        form=organs.form(organ),
        kind=organs.kind_of(text),
        number=number[0] if (number := _NUMBER.search(text)) else "",
    )


def _bare(text: str) -> tuple[str, tuple[str, ...]]:
    """The name without what is added before and after, and what that was."""
    added: list[str] = []
    while word := organs.addition_after(text) or organs.addition_before(text):
        rest = text[: -len(word)] if text.endswith(word) else text[len(word) :]
        if len(rest) < (_BRAND if organs.is_known(rest) else _SHORTEST) or is_place(rest):
            break
        added.append(word)
        text = rest
    return text, tuple(added)


def _places(core: str) -> tuple[_Place, ...]:
    """The places of a core, among them words that are places where an organ stands beside them."""
    found = tuple(_as_place(place, core) for place in find_places(core))
    if found and (found[0].start == 0 or found[-1].end == len(core)):
        return found
    word = _word_place(core)
    return (word,) if word else found


def _as_place(place: Place, core: str) -> _Place:
    end = place.start + len(place.text)
    level = place.text[-1] if place.text != place.base and place.text[-1] in _LEVELS else ""
    if level == "市" and core[end : end + 1] in _MARKET:
        return _Place(place.start, end - 1, place.base, "")
    return _Place(place.start, end, place.base, level)


def _word_place(core: str) -> _Place | None:
    """南岸发布, 清风南岸: a word is a place where the other half is an organ and nothing else."""
    for cut in (2, 3, len(core) - 2, len(core) - 3):
        left, right = core[:cut], core[cut:]
        if 0 < cut < len(core):
            if left not in organs.WORDS and may_be_place(left) and organs.is_known(right):
                return _Place(0, cut, base(left), "")
            if left in organs.PREFIXES and may_be_place(right) and right not in organs.WORDS:
                return _Place(cut, len(core), base(right), "")
    return None


def _own(found: tuple[_Place, ...]) -> int:
    """Of places in a row the last one: the district's organ, not the city's."""
    last = 0
    while last + 1 < len(found) and found[last].end == found[last + 1].start:
        last += 1
    return last


def _is_home(place: _Place, core: str) -> bool:
    """At the beginning, written with its 市 or 县, or at the end behind an organ: 平安洛阳.

    In 平洛安阳 nothing speaks for 安阳 but chance.
    """
    if place.start == 0 or place.level:
        return True
    left = core[: place.start]
    return place.end == len(core) and (organs.is_known(left) or left in organs.PREFIXES)


def _without(core: str, found: tuple[_Place, ...]) -> str:
    for place in reversed(found):
        core = core[: place.start] + core[place.end :]
    return _short(core)


def _short(text: str) -> str:
    if "民" in text:
        text = _PEOPLES.sub("", text)
    return text.replace("和旅游", "旅游")


def _peel(organ: str) -> str:
    """Without a 市 or 县 left over at its edge."""
    if len(organ) < 3 or organs.is_known(organ):
        return organ
    return _BEFORE_TURNED.sub("", organ, count=1)


def _plain(core: str, found: tuple[_Place, ...]) -> str:
    for place in reversed(found):
        core = core[: place.start] + place.base + core[place.end :]
    core = _short(core)
    return core if _ADMINS.isdisjoint(core) else _ADMIN.sub("", core)
