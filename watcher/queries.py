"""What is asked for one protected name: queries of a search, exact names of a probe. Pure.

Both are ordered by likelihood and few: a platform is asked some dozens of times a day in all. A
search finds look-alikes by itself, so it is asked for the name and what stands out in it; a probe
sees one name only, so it is asked for the names that impersonators have taken (domain.md §2.7).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import zip_longest

import opencc

from watcher.names.glyphs import alike, lookalikes
from watcher.names.normal import is_han, skeleton
from watcher.names.places import find_places
from watcher.names.sound import readings

LONGEST = 40  # characters of a name: no platform has longer ones
QUERIES, PROBES = 4, 24  # of one name at the most
SHORTEST = 3  # characters: what is shorter finds half a country
_ALIKE = 0.72  # of glyphs: what an eye takes for the other
_ADDED = (
    "官方",
    "服务",
    "客服",
    "官方直播间",
    "推荐官",
    "官方账号",
    "小号",
    "在线",
    "资讯",
    "便民",
)
_OFFICE = ("文旅推荐官", "官方直播间", "发布", "服务号", "政务", "市民网")
_DRESS = re.compile(
    r"(?:官方微博|官方微信|官方账号|官方|微博|微信|服务号|订阅号|发布|在线|资讯|热线|服务)$"
)
_KINDS = {"city": "市", "county": "区"}


@lru_cache(1 << 14)
def queries_for(name: str) -> tuple[str, ...]:
    """What a search is asked for, likeliest first: the name, without its place's kind, its core."""
    plain, short = _squeezed(name), _shortened(name)
    if not plain:
        return ()
    core = _DRESS.sub("", short)
    told = (plain, short, core, f"{short}官方")
    return _distinct((q for q in told if len(q) >= SHORTEST or q == plain), QUERIES)


@lru_cache(1 << 14)
def probes_for(name: str) -> tuple[str, ...]:
    """The names that a probe is asked for, likeliest first; the name itself is the first."""
    plain = _squeezed(name)
    if not plain:
        return ()
    kinds = (
        _longer(plain),
        _disguised(plain),
        _reworded(plain),
    )
    return _distinct((plain, *_in_turn(*kinds)), PROBES)


def _squeezed(name: str) -> str:
    return "".join(name.split())[:LONGEST]


def _shortened(name: str) -> str:
    """三亚市教育局 as people say it: 三亚教育局."""
    plain = _squeezed(name)
    for place in find_places(plain)[:1]:
        before, after = plain[: place.start], plain[place.start + len(place.text) :]
        if len(before + after) >= 2:
            return before + place.base + after
    return plain


def _in_full(name: str) -> str:
    """三亚发布 with its place's kind: 三亚市发布; "" where none is short."""
    for place in find_places(name)[:1]:
        end = place.start + len(place.text)
        if place.text == place.base and place.kind in _KINDS:
            return name[:end] + _KINDS[place.kind] + name[end:]
    return ""


def _longer(name: str) -> Iterator[str]:
    """With words put behind it, or put in the place of those behind it."""
    core, place = _DRESS.sub("", name), next(iter(find_places(name)), None)
    added = (name + word for word in _ADDED if not name.endswith(word))
    instead = (core + word for word in _OFFICE if core + word != name)
    # a place without its office (三亚) takes any office's words; 三亚市教育局 does not
    bare = place is not None and core in (place.text, place.base)
    yield from _in_turn(added, instead if bare else ())


def _reworded(name: str) -> Iterator[str]:
    """Without its place's kind, in old characters, with ornaments between."""
    short = _shortened(name)
    yield short if short != name else _in_full(name)
    yield _old(name)
    place = next(iter(find_places(name)), None)
    cut = place.start + len(place.text) if place and place.start == 0 else 2
    for joint in ("-", "·", "_"):
        yield f"{name[:cut]}{joint}{name[cut:]}"
    yield f"{name}1"
    yield f"官方{name}"


def _disguised(name: str) -> Iterator[str]:
    """With one character changed for one that looks like it, or sounds like it.

    The end of a name first: its place is what people check.
    """
    by_place = [tuple(_stand_ins(char)) for char in name]
    for row in zip_longest(*reversed(by_place)):
        for back, other in enumerate(row, 1):
            if other is not None:
                at = len(name) - back
                yield name[:at] + other + name[at + 1 :]


@cache
def _stand_ins(char: str) -> tuple[str, ...]:
    """Common characters that may stand for this one, the likeliest first."""
    if not is_han(char):
        return ()
    common = _by_sound()
    seen = {other: like for other, like in lookalikes(char).items() if like >= _ALIKE}
    looks = sorted((o for o in seen if o in _common()), key=lambda o: (-seen[o], o))
    sounds = {other for sound in readings(char)[:1] for other in common.get(sound, ())}
    near = sorted(sounds - {char}, key=lambda other: (-alike(char, other), _common()[other]))
    found = _distinct(_in_turn(looks[:2], near[:3]), 4)
    return tuple(other for other in found if skeleton(other) != skeleton(char))


@cache
def _common() -> dict[str, int]:
    """The 3,755 characters of daily use (GB 2312, level 1), with their place in that list."""
    rows = (bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    found = (row.decode("gb2312", "ignore") for row in rows)
    return {char: place for place, char in enumerate(filter(None, found))}


@cache
def _by_sound() -> dict[str, tuple[str, ...]]:
    sounds: dict[str, list[str]] = {}
    for char in _common():
        for sound in readings(char)[:1]:
            sounds.setdefault(sound, []).append(char)
    return {sound: tuple(chars) for sound, chars in sounds.items()}


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


def _old(name: str) -> str:
    return str(_converter().convert(name))


def _in_turn(*kinds: Iterable[str]) -> Iterator[str]:
    """One of each, then the next of each: a cut leaves every kind its best."""
    for row in zip_longest(*kinds):
        yield from (each for each in row if each is not None)


def _distinct(found: Iterable[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in found if each))[:most]
