"""How much two Chinese characters look alike: a table of pairs, rendered when it was built.

The table (`data/glyphs.npz`) is made by `tools/names/glyphs.py` from an open font; no font is
needed here. Values are near 1 for 己 and 已, 0.80 where one character holds the other beside a
radical (市, 柿), 0.64 for weak likeness; a pair that is not in the table is not alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["alike", "lookalikes"]

_NONE: Mapping[str, float] = MappingProxyType({})


class _Table(NamedTuple):
    """Neighbours of the character at place n: those from starts[n] to starts[n + 1]."""

    chars: str
    places: Mapping[str, int]
    starts: NDArray[np.int64]
    others: NDArray[np.uint16]
    likeness: NDArray[np.uint8]  # hundredths


def alike(a: str, b: str) -> float:
    """0 to 1: how much the two characters look alike; 1 for the same, 0 where nothing is known."""
    if a == b:
        return 1.0
    return lookalikes(a).get(b, 0.0)


@lru_cache(maxsize=16384)
def lookalikes(char: str) -> Mapping[str, float]:
    """All characters known to look like this one, with how much."""
    table = _table()
    place = table.places.get(char)
    if place is None:
        return _NONE
    part = slice(int(table.starts[place]), int(table.starts[place + 1]))
    others = (table.chars[number] for number in table.others[part].tolist())
    shares = (hundredths / 100 for hundredths in table.likeness[part].tolist())
    return MappingProxyType(dict(zip(others, shares, strict=True)))


@cache
def _table() -> _Table:
    """The file holds each pair once, by its first character; here it stands under both."""
    with files("watcher.names").joinpath("data/glyphs.npz").open("rb") as file:
        data = np.load(file, allow_pickle=False)
        chars = "".join(map(chr, data["chars"].tolist()))
        firsts = np.repeat(np.arange(len(chars), dtype=np.uint16), data["counts"])
        seconds, likeness = data["others"], data["likeness"]
    keys = np.concatenate((firsts, seconds))
    order = np.argsort(keys, kind="stable")
    return _Table(
        chars=chars,
        places={char: place for place, char in enumerate(chars)},
        starts=np.concatenate(([0], np.cumsum(np.bincount(keys, minlength=len(chars))))),
        others=np.concatenate((seconds, firsts))[order],
        likeness=np.concatenate((likeness, likeness))[order],
    )
