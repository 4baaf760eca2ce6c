"""Innocent explanations of a likeness, each with the most that a score may then be. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from watcher.names import organs
from watcher.names.edit import steps
from watcher.names.parts import Parts
from watcher.names.places import is_word
from watcher.names.rules import Weight

_DECEITS = frozenset({"glyph", "sound", "both", "near_sound", "swapped"})


def held_down(best: Weight, one: Parts, other: Parts) -> Weight:
    """The weight, or less of it with the name of what explains the likeness."""
    if best.rule == "added":
        return best  # nothing but what says nothing differs
    for limit, why in _innocent(best, one, other):
        if best.score > limit:
            best = best._replace(score=limit, cap=why)
    return best


def _innocent(best: Weight, one: Parts, other: Parts) -> Iterator[tuple[float, str]]:
    """Explanations of a likeness other than deceit, each with the most a score may then be."""
    if one.number and other.number and one.number != other.number and one.number in organs.HOTLINES:
        yield 0.5, "hotline\t" + one.number
    if one.kind and one.kind != other.kind and not _deceives(best):
        yield 0.69 if best.rule == "containing" else 0.5, one.kind
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
    """Whether everything that differs looks or sounds alike, or is but in another order."""
    if best.rule != "edited":
        return best.rule == "sound"
    return all(step.kind in _DECEITS for step in steps(*best.detail.split("\t")))
