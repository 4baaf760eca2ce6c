"""The rules by which a name may be taken for another. Pure.

Each rule gives a `Weight`: how strong it is, its name, and what a sentence about it has to name.
The numbers order the attacks as the public benchmark does; held-out names are never looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from typing import NamedTuple

from watcher.names import organs, sound
from watcher.names.edit import ODD, distance, odd, steps
from watcher.names.parts import Parts, Prepared, Protected, without_number
from watcher.names.places import find_places


class Weight(NamedTuple):
    """What one rule says of two names; `cap` names the innocent explanation that held it down."""

    score: float
    rule: str = ""
    detail: str = ""
    cap: str = ""


_LEAST = 0.5  # a likeness of less is none
_WHOLE = 0.8  # likeness of what stands in a longer name
_ROUNDING = 1e-9
NOTHING = Weight(0.0)
SAME = Weight(1.0, "same")


def added(seen: Prepared, meant: Protected) -> Weight:
    """The same core with words that say nothing: 三亚公安官方直播间."""
    one, other = seen.of, meant.of
    if one.core != other.core:
        return NOTHING
    if len(one.core) < 3:
        return Weight(0.75, "brand", one.core)
    return Weight(0.97, "added") if one.added else Weight(0.95, "taken")


def administrative(seen: Prepared, meant: Protected) -> Weight:
    """Only 省, 市, 县, 区 or 人民 differ."""
    one, other = seen.of, meant.of
    if one.plain != other.plain or len(one.plain) < 3:
        return NOTHING
    return Weight(0.95, "administrative")


def edited(seen: Prepared, meant: Protected) -> Weight:
    """Few characters changed, for look-alikes and homophones foremost."""
    best, pair = _LEAST - _ROUNDING, ""
    for one, other in _pairs(seen.of, meant.of):
        if one != other and best < 0.9 and (score := likeness(one, other, best)) > best:
            best, pair = score, f"{one}\t{other}"
    return Weight(min(best, 0.97), "edited", pair) if best >= _LEAST else NOTHING


def _pairs(one: Parts, other: Parts) -> Iterator[tuple[str, str]]:
    """What to compare: without what says nothing, with it, and with what may be no addition."""
    yield one.plain, other.plain
    if one.core != one.plain or other.core != other.plain:
        yield one.core, other.core
    if one.added:
        yield one.skeleton, other.core


def likeness(one: str, other: str, least: float = _LEAST) -> float:
    """1 less the distance for each character; what is odd counts less than what may be meant.

    0 where it is less than `least`, which then is known before it is worked out.
    """
    longest = max(len(one), len(other))
    limit = longest * (1 - least) + (1.0 - ODD) * (len(other) // 3) + _ROUNDING
    away = distance(one, other, limit)
    if away > limit:
        return 0.0
    if away >= 1.0:
        away -= (1.0 - ODD) * _odd_ones(one, other)
    return 1 - away / longest


def _odd_ones(one: str, other: str) -> int:
    """How many characters, each by itself, were put for another without a word coming of it.

    Where two that stand together have changed, a word was put for a word.
    """
    found = steps(one, other)
    beside = {at for a, b in pairwise(found) if b.at - a.at <= 1 for at in (a.at, b.at)}
    others = [step.at for step in found if step.kind == "other" and step.at not in beside]
    if len(others) > len(other) // 3:
        return 0
    return sum(odd(one, at) for at in others)


def sounding(seen: Prepared, meant: Protected) -> Weight:
    """Every syllable is the same."""
    text = seen.of.plain
    if len(text) != len(meant.syllables) or text == meant.of.plain or len(text) < 3:
        return NOTHING
    pairs = list(zip(text, meant.syllables, strict=True))
    if all(one in sound.readings(char) for char, one in pairs):
        return Weight(0.9, "sound")
    return NOTHING


def latin(seen: Prepared, meant: Protected) -> Weight:
    """The name, or a part of it, in Latin letters."""
    best = NOTHING
    for run in seen.runs:
        best = max(best, _whole_latin(run, seen.of, meant), _part_latin(run, seen.of, meant))
    return best


def _whole_latin(run: str, one: Parts, meant: Protected) -> Weight:
    if len(run) < 4 or without_number(sound.latin(one.skeleton)) not in meant.spellings:
        return NOTHING
    if meant.of.number and meant.of.number not in one.skeleton:
        return NOTHING
    return Weight(0.9, "spelt", run)


def _part_latin(run: str, one: Parts, meant: Protected) -> Weight:
    spelt, share, rule = "", 0.98, "part_spelt"
    if meant.of.place and not one.places:
        heard = sound.latin(run)
        if not meant.place_spellings.isdisjoint((heard, sound.without_level(heard))):
            spelt = meant.of.place
        elif not meant.place_initials.isdisjoint((run, sound.without_level_initial(run))):
            spelt, share, rule = meant.of.place, 0.86, "initials"
    spelt = spelt or _spelt_by(sound.latin(run), meant)
    if not spelt or one.plain == run:
        return NOTHING
    score = likeness(one.plain.replace(run, spelt, 1), meant.of.plain)
    return Weight(score * share, rule, f"{run}\t{spelt}")


def _spelt_by(run: str, meant: Protected) -> str:
    """The characters of the protected name that the letters spell: ya in 三ya公安."""
    syllables = meant.syllables
    for start, end in combinations(range(len(syllables) + 1), 2):
        if sound.latin("".join(syllables[start:end])) == run:
            return meant.of.plain[start:end]
    return ""


def turned(seen: Prepared, meant: Protected) -> Weight:
    """Place and organ in the other order: 公安三亚."""
    one = seen.of.plain
    best = max((_as_turned(one, other) for other in meant.turned), default=0.0)
    return Weight(best * 0.94, "turned") if best > 0.7 else NOTHING


def _as_turned(one: str, other: str) -> float:
    if abs(len(one) - len(other)) > 2 or (one[0] != other[0] and one[-1] != other[-1]):
        return 0.0
    longest = max(len(one), len(other))
    return 1 - distance(one, other, longest * 0.3) / longest


def shuffled(seen: Prepared, meant: Protected) -> Weight:
    """The same characters in another order: 教育考试招生院."""
    one, other = seen.of.plain, meant.of.plain
    if len(other) < 4 or len(one) != len(other) or one == other or sorted(one) != sorted(other):
        return NOTHING
    return Weight(0.92 if len(other) > 4 else 0.88, "shuffled")


def containing(seen: Prepared, meant: Protected) -> Weight:
    """The whole protected name with something around it."""
    one, other = seen.of.plain, meant.of.plain
    if len(other) < 3 or other not in one or one == other:
        return NOTHING
    left = one.replace(other, "", 1)
    return Weight(_around(left), "containing", left)


def _around(left: str) -> float:
    """How much the name still is the protected one beside what is left of it."""
    if find_places(left):
        return 0.6
    if left in organs.NEUTRAL:
        return 0.95
    score = 0.9 if len(left) <= 1 else 0.86 if len(left) <= 3 else 0.74
    return min(score, 0.72) if organs.has_organ(left) else score


def containing_alike(seen: Prepared, meant: Protected) -> Weight:
    """Something like the protected name with something around it."""
    one, other = seen.of.core, meant.of.core
    length = len(other)
    if length < 3 or not 0 < len(one) - length <= 6 or other in one:
        return NOTHING
    best, left = 0.0, ""
    for start in (0, len(one) - length):
        part = one[start : start + length]
        score = likeness(part, other, max(best, _WHOLE - _ROUNDING))
        if score > best:
            best, left = score, one[:start] + one[start + length :]
    if best < (_WHOLE if len(left) == 1 or left in organs.NEUTRAL else 0.85):
        return NOTHING
    return Weight(best * _around(left), "containing_alike", left)


def synonymous(seen: Prepared, meant: Protected) -> Weight:
    """The same place, and another word for the same organ: 三亚警方."""
    one, other = seen.of, meant.of
    if not other.place or one.place != other.place or not other.organ:
        return NOTHING
    if one.form == other.form and one.organ != other.organ:
        return Weight(0.88, "synonymous", f"{one.organ}\t{other.organ}")
    claimed = any(map(organs.OFFICIAL.search, one.added))
    if claimed and one.organ and organs.loose_form(one.organ) == other.form:
        return Weight(0.78, "synonymous", f"{one.organ}\t{other.organ}")
    return NOTHING


_Rule = Callable[[Prepared, Protected], Weight]
RULES: tuple[tuple[float, _Rule], ...] = (  # each with the most it can say, the strongest first
    (0.98, latin),
    (0.97, added),
    (0.97, edited),
    (0.95, administrative),
    (0.94, turned),
    (0.92, shuffled),
    (0.90, sounding),
    (0.95, containing),
    (0.95, containing_alike),
    (0.88, synonymous),
)
