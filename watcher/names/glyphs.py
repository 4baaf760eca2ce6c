"""How much two Chinese characters look alike: a table of pairs, rendered when it was built.

The table (`data/glyphs.npz`) is made by `tools/names/glyphs.py` from an open font; no font is
needed here. Values are near 1 for 己 and 已, 0.80 where one character holds the other beside a
radical (市, 柿), 0.64 for weak likeness; a pair that is not in the table is not alike.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

__all__ = ["alike", "lookalikes"]

_PAIR = 16  # bits of one character's place in the number of a pair


class _Table(NamedTuple):
    """Pairs of places of characters as numbers, rising, each under both its characters."""

    chars: str
    places: Mapping[str, int]
    pairs: array[int]
    likeness: bytes  # hundredths


def alike(a: str, b: str) -> float:
    """0 to 1: how much the two characters look alike; 1 for the same, 0 where nothing is known."""
    if a == b:
        return 1.0
    table = _table()
    one, other = table.places.get(a), table.places.get(b)
    if one is None or other is None:
        return 0.0
    pair = one << _PAIR | other
    at = bisect_left(table.pairs, pair)
    found = at < len(table.pairs) and table.pairs[at] == pair
    return table.likeness[at] / 100 if found else 0.0


def lookalikes(char: str, least: float = 0.0) -> Mapping[str, float]:
    """All characters known to look at least so much like this one, with how much."""
    table = _table()
    place = table.places.get(char)
    if place is None:
        return {}
    start = bisect_left(table.pairs, place << _PAIR)
    end = bisect_left(table.pairs, (place + 1) << _PAIR, start)
    mask = (1 << _PAIR) - 1
    return {
        table.chars[pair & mask]: hundredths / 100
        for pair, hundredths in zip(table.pairs[start:end], table.likeness[start:end], strict=True)
        if hundredths / 100 >= least
    }


@cache
def _table() -> _Table:
    """The file holds each pair once, by its first character; here it stands under both."""
    with files("watcher.names").joinpath("data/glyphs.npz").open("rb") as file:
        data = np.load(file, allow_pickle=False)
        chars = "".join(map(chr, data["chars"].tolist()))
        firsts = np.repeat(np.arange(len(chars), dtype=np.uint32), data["counts"])
        seconds, likeness = data["others"].astype(np.uint32), data["likeness"]
    pairs = np.concatenate((firsts << _PAIR | seconds, seconds << _PAIR | firsts))
    order = np.argsort(pairs)
    return _Table(
        chars=chars,
        places={char: place for place, char in enumerate(chars)},
        pairs=array("I", pairs[order].tobytes()),
        likeness=np.concatenate((likeness, likeness))[order].tobytes(),
    )
