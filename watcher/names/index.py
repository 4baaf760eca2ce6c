"""Finds, among many protected names, the one a candidate is most like.

A full comparison costs some hundredths of a millisecond, so only the few names that share a key
with the candidate, or belong to a place it seems to name, are compared: those with the highest
estimate. The result is that of comparing with all, but where nothing would be said of the candidate
anyway.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest

from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from watcher.names import keys
from watcher.names.glyphs import alike
from watcher.names.keys import Form, Keys, form
from watcher.names.normal import skeleton
from watcher.names.organs import addition_after, addition_before
from watcher.names.parts import Head, Prepared, Protected, head_of, prepared, protect
from watcher.names.rules import Weight
from watcher.names.score import Match, match_of, weigh
from watcher.names.seeming import LEAST, Seeming

__all__ = ["Names"]

COMPARED = 3  # names at most that a candidate is fully compared with
TOLD, BONUS = 0.8, 0.1  # least estimate of a name that a key tells, and what is added to it
WORTH = 0.6  # an estimate below it is not worth a comparison
GAP = 0.3  # nor is one so far below the highest
ALIKE = 0.85  # of an estimate, for a character that looks or sounds like the right one
SURE = 0.95  # a score after which nothing better is looked for
PLAIN = 0.85  # a score below which what seems added may be part of the name: 政务服务
EXTRA = 0.1  # of likeness lost where the candidate says more than the name
FEW = 8  # names that are rated with care
READY = 5_000  # names that are all made ready for comparison at once


_Found = tuple[Prepared, Protected, Weight]


def _keys(skeletons: Iterable[str], forms: Iterable[Form]) -> Keys:
    """The keys of all names and, as candidates are looked for without additions, of their cores."""
    found = keys.no_keys()
    for number, (text, one) in enumerate(zip(skeletons, forms, strict=True)):
        keys.add(found, number, text, one)
        if addition_after(text) or addition_before(text):
            core = head_of(text).core
            keys.add(found, number, core, form(core))
    keys.prune(found)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """Protected names, ready to be compared with any number of candidates."""

    names: tuple[str, ...]
    forms: tuple[Form, ...]
    same: Mapping[str, int]  # the first name of each skeleton
    keys: Keys
    of_place: Mapping[str, list[int]]  # by the short form of a place
    seeming: Seeming
    prepared: dict[int, Protected]  # filled as they are compared, where there are too many

    @classmethod
    def of(cls, protected: Iterable[str]) -> Names:
        """Prepares the names; those of which nothing is left to compare are never matched."""
        names = tuple(dict.fromkeys(name for name in protected if skeleton(name)))
        skeletons = [skeleton(name) for name in names]
        forms = tuple(map(form, skeletons))
        of_place = defaultdict(list)
        for number, one in enumerate(forms):
            for base in {place.base for place in one.places}:
                of_place[base].append(number)
        return cls(
            names=names,
            forms=forms,
            same={text: at for at, text in reversed(list(enumerate(skeletons)))},
            keys=_keys(skeletons, forms),
            of_place=dict(of_place),
            seeming=Seeming.of(of_place),
            prepared=dict(enumerate(map(protect, names))) if len(names) <= READY else {},
        )

    def best(self, candidate: str) -> Match | None:
        """The match with the highest score, or None where no protected name is near."""
        head = head_of(candidate)
        core, whole = head.core, head.skeleton
        if whole in self.same:
            best = self._best_of(head, [self.same[whole]])
        else:
            best = self._best_of(head, self.block(core))
            if core != whole and (best is None or best[2].score < PLAIN):
                best = self._best_of(head, self.block(whole), best)
        return match_of(*best) if best else None

    def _best_of(self, head: Head, numbers: list[int], best: _Found | None = None) -> _Found | None:
        if not numbers:
            return best
        seen = prepared(head)
        for number in numbers:
            meant = self._protected(number)
            weight = weigh(seen, meant)
            if best is None or weight.score > best[2].score:
                best = seen, meant, weight
            if best[2].score >= SURE:
                break
        return best

    def block(self, text: str) -> list[int]:
        """The names that a skeleton or core is worth comparing with, the likeliest first."""
        one = form(text)
        seen = self.seeming.find(one.text)
        telling, near = keys.telling(self.keys, one), keys.nearly(self.keys, one)
        for part in seen:
            told, nearly = keys.of_place(self.keys, one, part)
            telling |= told
            near |= nearly
        near -= telling
        if len(telling) == 1 and not near:
            return list(telling)
        if not telling:
            for part in seen:
                if one.text[part.start : part.end] == part.base:
                    near.update(self.of_place[part.base])
        estimates = self._rated(one, near)
        for number, estimate in self._rated(one, telling).items():
            estimates[number] = max(TOLD, estimate) + BONUS
        return _first(estimates)

    def _rated(self, one: Form, numbers: Collection[int]) -> dict[int, float]:
        """Roughly how much each of the names is like the candidate: by eye, and by ear."""
        if len(numbers) > FEW:
            numbers = self._nearest(one, list(numbers))
        return {number: _likeness(one, self.forms[number]) for number in numbers}

    def _nearest(self, one: Form, numbers: list[int]) -> list[int]:
        """Of many the few that differ least by ear."""
        forms = self.forms
        others = [forms[number].sound for number in numbers]
        differing = cdist([one.sound], others, scorer=OSA.distance)[0].tolist()
        length = len(one.sound)
        ranked = [
            ((away - max(length - len(other), 0)) / len(other), number)
            for away, other, number in zip(differing, others, numbers, strict=True)
        ]
        return [number for _, number in nsmallest(FEW, ranked)]

    def _protected(self, number: int) -> Protected:
        if number not in self.prepared:
            self.prepared[number] = protect(self.names[number])
        return self.prepared[number]


def _first(estimates: Mapping[int, float]) -> list[int]:
    """Those worth a comparison, the highest estimate first, and none far below it."""
    worth = sorted((-estimate, number) for number, estimate in estimates.items())[:COMPARED]
    least = max(WORTH, -worth[0][0] - GAP) if worth else WORTH
    return [number for estimate, number in worth if -estimate >= least]


def _likeness(seen: Form, meant: Form) -> float:
    """1 less the share of characters that differ; those the candidate has too many cost little."""
    text, other = seen.text, meant.text
    if len(text) == len(other):
        if text == other:
            return 1.0
        by_place = sum(map(_readable, text, other, seen.sound, meant.sound)) / len(other)
        if by_place >= WORTH:
            return by_place
    more = max(len(text) - len(other), 0)
    differing = OSA.distance(text, other) + OSA.distance(seen.sound, meant.sound)
    return 1 - (EXTRA if more else 0.0) - (differing / 2 - more) / len(other)


def _readable(char: str, other: str, sound: str, other_sound: str) -> float:
    """How well one character may be read as the other."""
    if char == other:
        return 1.0
    return ALIKE if sound == other_sound or _looks(char, other) else 0.0


@lru_cache(1 << 16)
def _looks(char: str, other: str) -> bool:
    return alike(char, other) >= LEAST
