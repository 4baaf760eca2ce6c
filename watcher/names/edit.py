"""How far one name is from another, character by character, with what was done to each. Pure.

A distance counts one for each character changed, added or left out, and less for what deceives the
eye or the ear: a look-alike, a homophone, a doubled character, two in the other order.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from watcher.names.glyphs import alike
from watcher.names.normal import is_han
from watcher.names.places import is_word
from watcher.names.sound import fuzzy_readings, readings

# Likeness of the table → cost. Measured on the public benchmark; the bands, not the single pairs.
_GLYPHS = ((0.85, 0.12), (0.78, 0.22), (0.72, 0.30), (0.60, 0.42))
_SAME_SOUND, _LIKE_SOUND = 0.28, 0.42
_DIGIT = 0.7  # another digit: numbers are compared exactly elsewhere
ODD = 0.62  # a character for another where no word comes of it: nobody is called 北京图安
_SWAPPED = 0.4  # two neighbours in the other order
_DOUBLED = 0.25  # a character written twice
_SHIFT = 1.0 + _DOUBLED  # the least for one character added and another left out
_DECEIT = 0.5  # a cost below it is a likeness


class Step(NamedTuple):
    """One difference: what stands in the protected name, and what in the candidate at `at`."""

    kind: str  # glyph | sound | both | near_sound | other | added | missing | doubled | swapped
    meant: str
    seen: str
    at: int  # place in the candidate
    cost: float


@lru_cache(1 << 17)
def cost(seen: str, meant: str) -> float:
    """0 for the same character, 1 for one that neither looks nor sounds like it."""
    if seen == meant:
        return 0.0
    look = _look_cost(seen, meant)
    if look <= _GLYPHS[0][1]:  # nothing costs less
        return look
    return min(look, _sound_cost(seen, meant)) if is_han(seen) or is_han(meant) else look


def _look_cost(seen: str, meant: str) -> float:
    if seen.isdigit() and meant.isdigit():
        return _DIGIT
    likeness = alike(seen, meant)
    if not likeness:
        return 1.0
    return next((price for least, price in _GLYPHS if likeness >= least), 1.0)


def _sound_cost(seen: str, meant: str) -> float:
    heard, spoken = readings(seen), readings(meant)
    if not set(heard).isdisjoint(spoken):
        return _SAME_SOUND
    like = not fuzzy_readings(seen).isdisjoint(fuzzy_readings(meant))
    return _LIKE_SOUND if like else 1.0


def distance(seen: str, meant: str, limit: float = 99.0) -> float:
    """The least sum of costs that turns one into the other; above the limit some larger number."""
    start, end = _shared(seen, meant)
    left, right = seen[start : len(seen) - end], meant[start : len(meant) - end]
    if not left or not right:
        return _inserted(left, seen[start - 1 : start]) + len(right)
    if len(left) == len(right):
        total = _one_by_one(left, right)
        if total < _DECEIT * len(left) or (total < _SHIFT and not _crossed(left, right)):
            return total
    if abs(len(left) - len(right)) * _DOUBLED > limit:
        return limit + 1
    return _table(left, right, seen[start - 1 : start], limit)[-1][-1]


def _one_by_one(seen: str, meant: str) -> float:
    if len(seen) == 2 and seen[0] == meant[1] and seen[1] == meant[0]:
        return _SWAPPED
    return sum(map(cost, seen, meant))


def _crossed(seen: str, meant: str) -> bool:
    """Whether two neighbours may have changed places."""
    neighbours = zip(pairwise(seen), pairwise(meant), strict=True)
    return any(a == d and b == c for (a, b), (c, d) in neighbours)


def _shared(seen: str, meant: str) -> tuple[int, int]:
    """How many characters both begin and end with."""
    most = min(len(seen), len(meant))
    start = 0
    while start < most and seen[start] == meant[start]:
        start += 1
    end = 0
    while end < most - start and seen[-1 - end] == meant[-1 - end]:
        end += 1
    return start, end


def _inserted(text: str, before: str) -> float:
    """Characters too many, a doubled one for less."""
    total = 0.0
    for char in text:
        total += _DOUBLED if char == before else 1.0
        before = char
    return total


def _table(seen: str, meant: str, before: str, limit: float) -> list[list[float]]:
    """Rows by characters seen, columns by characters meant: the least cost up to there.

    It ends early, in a row that tells, once nothing below the limit can come of it.
    """
    rows = [last := list(map(float, range(len(meant) + 1)))]
    previous = before
    for i, char in enumerate(seen):
        gap = _DOUBLED if char == previous else 1.0
        corner, here = last[0], last[0] + gap
        row = [here]
        for j, other in enumerate(meant, 1):
            best = corner if char == other else corner + cost(char, other)
            corner = last[j]
            if here + 1.0 < best:
                best = here + 1.0
            if corner + gap < best:
                best = corner + gap
            if other == previous and i and j > 1 and other != char == meant[j - 2]:
                best = min(best, rows[i - 1][j - 2] + _SWAPPED)
            row.append(here := best)
        rows.append(row)
        if min(row) > limit:
            return [[limit + 1]]
        last, previous = row, char
    return rows


@lru_cache(1 << 10)  # the rules, what explains a likeness, and the reasons ask the same
def steps(seen: str, meant: str) -> tuple[Step, ...]:
    """The differences themselves, from left to right."""
    start, end = _shared(seen, meant)
    left, right = seen[start : len(seen) - end], meant[start : len(meant) - end]
    if len(left) == len(right):
        prices = list(map(cost, left, right))
        if sum(prices) < _SHIFT and not _crossed(left, right):
            changed = enumerate(zip(left, right, prices, strict=True), start)
            return tuple(_changed(a, b, at, price) for at, (a, b, price) in changed if price)
    return tuple(_by_table(left, right, start, seen[start - 1 : start]))[::-1]


def _changed(char: str, other: str, at: int, price: float) -> Step:
    return Step(_kind(char, other, price), other, char, at, price)


def _by_table(seen: str, meant: str, start: int, before: str) -> Iterator[Step]:
    """The steps along the cheapest way, the last first."""
    rows = _table(seen, meant, before, limit=99.0)
    i, j = len(seen), len(meant)
    while i or j:
        step = _step(rows, seen, meant, i, j)
        i, j = i - len(step.seen), j - len(step.meant)
        if step.cost:
            yield step._replace(at=start + i)


def _step(rows: list[list[float]], seen: str, meant: str, i: int, j: int) -> Step:
    """The step that led to this cell of the table."""
    here = rows[i][j]
    char, other = seen[i - 1 : i], meant[j - 1 : j]
    if char and other and _is(here, rows[i - 1][j - 1] + (price := cost(char, other))):
        return _changed(char, other, i, price)
    if i > 1 and j > 1 and _is(here, rows[i - 2][j - 2] + _SWAPPED):
        return Step("swapped", meant[j - 2 : j], seen[i - 2 : i], i, _SWAPPED)
    if char and _is(here, rows[i - 1][j] + _DOUBLED):
        return Step("doubled", "", char, i, _DOUBLED)
    if char and _is(here, rows[i - 1][j] + 1.0):
        return Step("added", "", char, i, 1.0)
    return Step("missing", other, "", i, 1.0)


def _is(one: float, other: float) -> bool:
    return abs(one - other) < 1e-9


@lru_cache(1 << 16)
def _kind(seen: str, meant: str, price: float) -> str:
    if price > _DECEIT:
        return "other"
    heard = _sound_cost(seen, meant)
    if _look_cost(seen, meant) > _DECEIT:
        return "sound" if heard == _SAME_SOUND else "near_sound"
    return "both" if heard == _SAME_SOUND else "glyph"


def odd(text: str, at: int) -> bool:
    """Whether the character makes no word with those beside it: it is there for another's sake."""
    return not any(is_word(text[start : start + 2]) for start in (at - 1, at) if start >= 0)
