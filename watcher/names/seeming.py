"""Which places a name seems to name: read wrongly, by eye or by ear, in each character."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from watcher.names.glyphs import lookalikes
from watcher.names.keys import Seen, phrase_sound, sound, sounds
from watcher.names.normal import is_han

LEAST = 0.62  # likeness of characters that may be taken for one another
MOST = 16  # places looked at that a name may only seem to name


class _Column(dict[str, frozenset[str]]):
    """Places by what may be read as their character at one position; filled as it is asked."""

    def __init__(self, places: Iterable[str], at: int) -> None:
        super().__init__()
        self.by_char: Mapping[str, set[str]] = defaultdict(set)
        self.by_sound: Mapping[str, set[str]] = defaultdict(set)
        self.by_look: Mapping[str, set[str]] = defaultdict(set)
        for place in places:
            self.by_char[place[at]].add(place)
            self.by_sound[sound(place)[at]].add(place)
            self.by_sound[phrase_sound(place)[at]].add(place)
        for char, found in self.by_char.items():
            for other in lookalikes(char, LEAST):
                self.by_look[other] |= found

    def __missing__(self, char: str) -> frozenset[str]:
        found = set(self.by_char.get(char, ()))
        if is_han(char):
            found.update(self.by_look.get(char, ()))
            for heard in sounds(char):
                found.update(self.by_sound.get(heard, ()))
        self[char] = frozenset(found)
        return self[char]


class Seeming(NamedTuple):
    """A column of all places for each position in them."""

    columns: tuple[_Column, ...]

    @classmethod
    def of(cls, places: Iterable[str]) -> Seeming:
        every = sorted(set(places))
        longest = max(map(len, every), default=0)
        return cls(
            tuple(
                _Column((place for place in every if len(place) > at), at)
                for at in range(max(2, longest))
            )
        )

    def find(self, text: str) -> list[Seen]:
        """The stretches of the text that may be read as one of the places, the longest first."""
        first, second = self.columns[0], self.columns[1]
        found: list[Seen] = []
        for start in range(len(text) - 1):
            heads = first[text[start]]
            if heads:
                for base in heads & second[text[start + 1]]:
                    end = start + len(base)
                    if end == start + 2 or self._is_rest(base, text[start:end]):
                        found.append(Seen(start, end, base))
        if len(found) > 1:
            found.sort(key=_order)
        return found[:MOST]

    def _is_rest(self, base: str, seen: str) -> bool:
        """Whether what stands there may be read as the place from its third character on."""
        columns = self.columns
        return len(seen) == len(base) and all(
            base in columns[at][seen[at]] for at in range(2, len(base))
        )


def _order(seen: Seen) -> tuple[int, int, str]:
    return seen.start - seen.end, seen.start, seen.base
