"""How much a name may be taken for a protected one, and why. Pure.

A score is the highest that one of the rules gives, held down where there is an innocent
explanation: another real place, another organ of the same place, another hotline, a medium or a fan
club. Scores are bands, no probabilities; a name alone accuses nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from watcher.names.innocent import held_down
from watcher.names.parts import Prepared, Protected, prepare, protect, sounds_of
from watcher.names.reasons import sentences
from watcher.names.rules import NOTHING, RULES, SAME, Weight

__all__ = [
    "Match",
    "Prepared",
    "Protected",
    "Weight",
    "band",
    "compare",
    "match_of",
    "prepare",
    "protect",
    "weigh",
]

_LEAST = 0.5  # below it nothing is said
_BANDS = ((0.995, "same"), (0.85, "alert"), (0.70, "review"), (0.55, "weak"))


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate beside the protected name it is compared with.

    `score` is 0 to 1, `band` same, alert, review, weak or none. `kind` says whose name it seems to
    be by its own words: media, fan, commercial, or "". `reasons` are Chinese sentences.
    """

    candidate: str
    match: str
    score: float
    band: str
    reasons: tuple[str, ...]
    kind: str = ""


def compare(candidate: str, protected: Protected) -> Match:
    """How much the candidate may be taken for the protected name."""
    seen = prepare(candidate)
    return match_of(seen, protected, weigh(seen, protected))


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
    return held_down(best, seen.of, meant.of) if best.score >= _LEAST else NOTHING


def _near(seen: Prepared, meant: Protected) -> bool:
    """Whether enough is shared by sight or sound that a rule can say anything."""
    if seen.runs:
        return True
    return len(sounds_of(seen.of.plain) & meant.sounds) * 3 >= len(meant.sounds)


def match_of(seen: Prepared, meant: Protected, weight: Weight) -> Match:
    """The weight as it is told; only for the one match that is shown, since texts are made here."""
    score = round(weight.score, 3)
    return Match(
        candidate=seen.of.name,
        match=meant.of.name,
        score=score,
        band=band(score),
        reasons=sentences(weight, seen.of, meant.of) if score else (),
        kind=_kind(seen, weight),
    )


def _kind(seen: Prepared, weight: Weight) -> str:
    """Whose name it is by its own words, unless those words are but a likeness (社报 for 社保)."""
    return seen.of.kind if weight.cap == seen.of.kind or weight.score < 0.7 else ""


def band(score: float) -> str:
    """same: nothing is left that differs; alert, review: worth a person's look; weak; none."""
    for least, name in _BANDS:
        if score >= least:
            return name
    return "none"
