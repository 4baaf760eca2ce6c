"""Finds, among many protected names, the one a candidate is most like.

A full comparison costs a tenth of a millisecond, so only the few names that share a key with the
candidate, or belong to a place it seems to name, are compared: those with the highest estimate.
The result is that of comparing with all, but where nothing would be said of the candidate anyway.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import chain

from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from watcher.names import keys
from watcher.names.glyphs import alike
from watcher.names.keys import Form, form
from watcher.names.normal import skeleton
from watcher.names.organs import addition_after, addition_before
from watcher.names.parts import Prepared, Protected, prepare, protect
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
SEEMING = 16  # places it may only seem to name, looked at
FEW = 8  # names that are rated with care
MOST = 80  # names of one key: a key of more says nothing


_Found = tuple[Weight, Protected]
_Owners = Mapping[int, tuple[int, ...]]  # the names that have a key


def _owners(skeletons: Iterable[str], forms: Iterable[Form]) -> _Owners:
    owners: dict[int, tuple[int, ...]] = {}
    for number, (text, one) in enumerate(zip(skeletons, forms, strict=True)):
        own = (number,)
        for key in _emitted(text, one):
            before = owners.get(key, ())
            if len(before) < MOST:
                owners[key] = before + own if before else own
    for key in [key for key, found in owners.items() if len(found) >= MOST]:
        del owners[key]
    return owners


def _emitted(skeleton: str, one: Form) -> set[int]:
    """The keys of a name and, as candidates are looked for without additions, of its core."""
    emitted = set(keys.of_protected(skeleton, one))
    if addition_after(skeleton) or addition_before(skeleton):
        core = prepare(skeleton).of.core
        emitted.update(keys.of_protected(core, form(core)))
    return emitted


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """Protected names, ready to be compared with any number of candidates."""

    names: tuple[str, ...]
    forms: tuple[Form, ...]
    same: Mapping[str, int]  # the first name of each skeleton
    owners: _Owners
    of_place: Mapping[str, list[int]]  # by the short form of a place
    seeming: Seeming
    prepared: dict[int, Protected] = field(default_factory=dict)

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
            owners=_owners(skeletons, forms),
            of_place=dict(of_place),
            seeming=Seeming.of(of_place),
        )

    def best(self, candidate: str) -> Match | None:
        """The match with the highest score, or None where no protected name is near."""
        seen = prepare(candidate)
        core, whole = seen.of.core, seen.of.skeleton
        if whole in self.same:
            best = self._best_of(seen, [self.same[whole]])
        else:
            best = self._best_of(seen, self.block(core))
            if core != whole and (best is None or best[0].score < PLAIN):
                best = self._best_of(seen, self.block(whole), best)
        return match_of(seen, best[1], best[0]) if best else None

    def _best_of(
        self, seen: Prepared, numbers: list[int], best: _Found | None = None
    ) -> _Found | None:
        for number in numbers:
            meant = self._protected(number)
            weight = weigh(seen, meant)
            if best is None or weight.score > best[0].score:
                best = weight, meant
            if best[0].score >= SURE:
                break
        return best

    def block(self, text: str) -> list[int]:
        """The names that a skeleton or core is worth comparing with, the likeliest first."""
        one = form(text)
        seen = list(self.seeming.find(one.text))[:SEEMING]
        wanted, nearly = keys.telling(one), keys.shortened(one.sound)
        for part in seen:
            left, right = slice(0, part.start), slice(part.end, None)
            wanted += keys.beside(part.base, one.text[left], one.text[right])
            wanted += keys.heard_beside(part.base, one.sound[left], one.sound[right])
            nearly += keys.nearly_beside(part.base, one.sound[left] + one.sound[right])
        telling = self._having(wanted)
        near = self._having(nearly) - telling
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

    def _having(self, wanted: Iterable[int]) -> set[int]:
        """The names that have one of the keys."""
        owners = self.owners
        return set(chain.from_iterable([owners[key] for key in wanted if key in owners]))

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
    return ALIKE if sound == other_sound or alike(char, other) >= LEAST else 0.0
