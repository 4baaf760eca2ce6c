"""Which places a name seems to name: read wrongly, by eye or by ear, in each character."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from watcher.names.glyphs import lookalikes
from watcher.names.keys import phrase_sound, sound, sounds
from watcher.names.normal import is_han

LEAST = 0.62  # likeness of characters that may be taken for one another


class Seen(NamedTuple):
    """A stretch of a name that seems to be a place."""

    start: int
    end: int
    base: str


class _Column(dict[str, frozenset[str]]):
    """Places by what may be read as their character at one position; filled as it is asked."""

    def __init__(self, places: Iterable[str], at: int) -> None:
        super().__init__()
        self.by_char: Mapping[str, set[str]] = defaultdict(set)
        self.by_sound: Mapping[str, set[str]] = defaultdict(set)
        for place in places:
            self.by_char[place[at]].add(place)
            self.by_sound[sound(place)[at]].add(place)
            self.by_sound[phrase_sound(place)[at]].add(place)

    def __missing__(self, char: str) -> frozenset[str]:
        found = set(self.by_char.get(char, ()))
        if is_han(char):
            for heard in sounds(char) & self.by_sound.keys():
                found |= self.by_sound[heard]
            for other in _close(char) & self.by_char.keys():
                found |= self.by_char[other]
        self[char] = frozenset(found)
        return self[char]


@lru_cache(maxsize=1 << 14)
def _close(char: str) -> frozenset[str]:
    """What a character may be taken for by eye."""
    return frozenset(other for other, likeness in lookalikes(char).items() if likeness >= LEAST)


class Seeming(NamedTuple):
    """The columns of all places of one length, for each length."""

    columns: Mapping[int, tuple[_Column, ...]]

    @classmethod
    def of(cls, places: Iterable[str]) -> Seeming:
        by_length: Mapping[int, list[str]] = defaultdict(list)
        for place in sorted(set(places)):
            by_length[len(place)].append(place)
        return cls(
            {
                length: tuple(_Column(found, at) for at in range(length))
                for length, found in sorted(by_length.items(), reverse=True)
            }
        )

    def find(self, text: str) -> Iterator[Seen]:
        """Every stretch of the text that may be read as one of the places."""
        for length, columns in self.columns.items():
            first, second, *others = columns
            for start in range(len(text) - length + 1):
                found = first[text[start]]
                if found:
                    found = found & second[text[start + 1]]
                    for at, column in enumerate(others, start + 2):
                        found &= column[text[at]]
                    for base in found:
                        yield Seen(start, start + length, base)
