"""The rules by which a name may be taken for another, and the innocent explanations. Pure.

Each rule gives a `Weight`: how strong it is, its name, and what a sentence about it has to name.
The numbers order the attacks as the public benchmark does; held-out names are never looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from watcher.names import organs, sound
from watcher.names.edit import ODD, distance, odd, steps
from watcher.names.parts import Parts, Prepared, Protected, without_number
from watcher.names.places import find_places, is_word


class Weight(NamedTuple):
    """What one rule says of two names; `cap` names the innocent explanation that held it down."""

    score: float
    rule: str = ""
    detail: str = ""
    cap: str = ""


_DECEITS = frozenset({"glyph", "sound", "both", "near_sound"})
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
    best, pair = 0.0, ""
    for one, other in _pairs(seen.of, meant.of):
        if one != other and best < 0.9 and (score := likeness(one, other)) > best:
            best, pair = score, f"{one}\t{other}"
    return Weight(best, "edited", pair) if best >= 0.5 else NOTHING


def _pairs(one: Parts, other: Parts) -> Iterator[tuple[str, str]]:
    """What to compare: without what says nothing, with it, and with what may be no addition."""
    yield one.plain, other.plain
    if one.core != one.plain or other.core != other.plain:
        yield one.core, other.core
    if one.added:
        yield one.skeleton, other.core


def likeness(one: str, other: str) -> float:
    """1 less the distance for each character; what is odd counts less than what may be meant."""
    longest = max(len(one), len(other))
    away = distance(one, other, longest * 0.5 + 1)
    if away > longest * 0.5 + 1:
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
    """The name, or its place, in Latin letters."""
    best = NOTHING
    for run in seen.runs:
        best = max(best, _whole_latin(run, seen.of, meant), _place_latin(run, seen.of, meant))
    return best


def _whole_latin(run: str, one: Parts, meant: Protected) -> Weight:
    if len(run) < 4 or without_number(sound.latin(one.skeleton)) not in meant.spellings:
        return NOTHING
    if meant.of.number and meant.of.number not in one.skeleton:
        return NOTHING
    return Weight(0.9, "spelt", run)


def _place_latin(run: str, one: Parts, meant: Protected) -> Weight:
    place = meant.of.place
    if not place or one.places:
        return NOTHING
    if sound.latin(run) in meant.place_spellings:
        share, rule = 0.98, "place_spelt"
    elif run == meant.place_initials and len(run) > 1:
        share, rule = 0.86, "place_initials"
    else:
        return NOTHING
    return Weight(likeness(one.plain.replace(run, place, 1), meant.of.plain) * share, rule, run)


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
        score = likeness(part, other)
        if score > best:
            best, left = score, one[:start] + one[start + length :]
    if best < (0.8 if len(left) == 1 else 0.85):
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


def weigh(seen: Prepared, meant: Protected) -> Weight:
    """The strongest rule, held down by innocent explanations."""
    if seen.of.skeleton == meant.of.skeleton:
        return SAME if meant.of.skeleton else NOTHING
    best = NOTHING
    if _near(seen, meant):
        for most, rule in RULES:
            if best.score >= most:
                break
            best = max(best, rule(seen, meant))
    return _held_down(best, seen, meant) if best.score >= 0.5 else NOTHING


def _near(seen: Prepared, meant: Protected) -> bool:
    """Whether enough is shared by sight or sound that a rule can say anything."""
    if seen.runs:
        return True
    return len(seen.sounds & meant.sounds) * 3 >= len(meant.sounds)


def _held_down(best: Weight, seen: Prepared, meant: Protected) -> Weight:
    if best.score >= 0.96:
        return best
    for limit, why in _innocent(best, seen.of, meant.of):
        if best.score > limit:
            best = best._replace(score=limit, cap=why)
    return best


def _innocent(best: Weight, one: Parts, other: Parts) -> Iterator[tuple[float, str]]:
    """Explanations of a likeness other than deceit, each with the most a score may then be."""
    if one.number and other.number and one.number != other.number and one.number in organs.HOTLINES:
        yield 0.5, "hotline\t" + one.number
    if one.kind and one.kind != other.kind and not _deceives(best):
        yield 0.69 if best.rule in ("containing", "added") else 0.5, one.kind
    if one.place == other.place and one.level and other.level and one.level != other.level:
        yield 0.6, "level"  # 吉林省 and 吉林市 are two
    if best.rule == "containing":
        return  # what is around the name was looked at
    foreign = [place for place in one.homes if place not in other.core]
    if foreign and not (other.place and other.place in one.places):
        yield 0.55, "place\t" + foreign[0]
    if other.place and other.place in one.places:
        yield from _other_organ(best, one, other)


def _other_organ(best: Weight, one: Parts, other: Parts) -> Iterator[tuple[float, str]]:
    """Of the same place: another organ, or another word."""
    if best.rule in ("administrative", "synonymous", "containing", "shuffled", "turned", "taken"):
        return
    if organs.is_known(one.organ) and one.form != other.form:
        yield 0.5, "organ\t" + one.organ
    elif one.form != other.form and is_word(one.organ):
        yield 0.82 if _deceives(best) else 0.66, "word\t" + one.organ


def _deceives(best: Weight) -> bool:
    """Whether everything that differs looks or sounds alike."""
    if best.rule != "edited":
        return best.rule == "sound"
    return all(step.kind in _DECEITS for step in steps(*best.detail.split("\t")))
