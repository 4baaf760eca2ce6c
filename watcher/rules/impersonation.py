"""IMP-01 judged: what a candidate has in common with a registered account. Pure.

《办法》Art. 20. Hard gates come first: what is in the register never alerts, and what a person
dismissed stays silent while it shows the same. Then signs add points, one sentence each. A name
alone never reaches the tier of alerts, and what was not seen counts for nothing. A badge of the
platform is no proof of innocence: with a name this close it goes to a person.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from watcher.candidates import Candidate, CandidateState, Judgement, Tier
from watcher.model import Level
from watcher.portraits import Portrait
from watcher.rules.signs import (
    Sign,
    Subject,
    avatar_signs,
    bio_signs,
    habit_signs,
    plain_bio,
    subject_of,
    subject_signs,
)
from watcher.rules.suspicion import (
    Grounds,
    Known,
    NameMatch,
    Weights,
    family,
)

NONE = Judgement(None, "none", 0.0, 0, Tier.NONE)
_CLASSES = {"media": Tier.MEDIA, "fan": Tier.FAN, "commercial": Tier.COMMERCIAL}
_CLASS_WORDS = {"media": "媒体类", "fan": "粉丝、民间类", "commercial": "商业类"}
_BAND_WORDS = {"same": "相同", "alert": "高度近似", "review": "近似", "weak": "略近似"}
_CLOSE = ("same", "alert")
_SAME_PICTURE = 20  # bits of 256: platforms encode and scale anew


# -- fingerprints ------------------------------------------------------------------------------


def fingerprint(candidate: Candidate, grounds: Grounds, portrait: Portrait | None) -> str:
    """What a decision about a candidate holds for: name, subject, avatar, introduction."""
    profile = candidate.profile
    bio = "".join(plain_bio(profile.bio or "", grounds).split())
    parts = (grounds.skeleton(profile.name), grounds.skeleton(profile.verified_as or ""), bio)
    name, subject, said = (sha256(each.encode()).hexdigest()[:16] if each else "" for each in parts)
    return ":".join((name, subject, portrait.whole.bits if portrait else "", said))


def changed(before: str, after: str) -> bool:
    """Whether a candidate shows something else; what was not seen on either side is no change."""
    if before.count(":") != 3 or after.count(":") != 3:
        return True
    name, subject, avatar, bio = zip(before.split(":"), after.split(":"), strict=True)
    return (
        name[0] != name[1]
        or any(a and b and a != b for a, b in (subject, bio))
        or (all(avatar) and _bits_apart(*avatar) > _SAME_PICTURE)
    )


def _bits_apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def silent(candidate: Candidate, grounds: Grounds, portrait: Portrait | None) -> bool:
    """Whether a person's decision about it still holds, since it shows what it showed then."""
    settled = (CandidateState.DISMISSED, CandidateState.OWN, CandidateState.WATCHED)
    if candidate.state not in settled:
        return False
    return not changed(candidate.fingerprint, fingerprint(candidate, grounds, portrait))


def registered(candidate: Candidate, grounds: Grounds) -> bool:
    """Whether the register holds an account of this id, or at this address."""
    kind, profile = family(candidate.platform), candidate.profile
    mine = {candidate.handle, profile.handle, candidate.url, *(profile.traits or {}).values()}
    return any((kind, each) in grounds.ids for each in mine if each)


# -- the judgement -----------------------------------------------------------------------------


def judge_candidate(
    candidate: Candidate,
    grounds: Grounds,
    weights: Weights,
    portrait: Portrait | None,
    now: datetime,
) -> Judgement:
    """What the rules make of a candidate; `portrait` is its avatar, None where it was not had."""
    if registered(candidate, grounds):
        return Judgement(None, "none", 0.0, 0, Tier.REGISTERED, ("该平台标识在备案台账中。",))
    match = grounds.best(candidate.profile.name)
    if match is None or match.band == "none":
        return NONE
    known = _victim(candidate, grounds.known.get(match.match, ()))
    subject, unit = subject_of(candidate.profile, grounds)
    named = Sign(weights.name.get(match.band, 0), _name_says(match))
    signs = (
        named,
        *subject_signs(candidate.profile, subject, weights),
        *avatar_signs(portrait, known, grounds, weights),
        *bio_signs(candidate.profile, known, subject, grounds, weights),
        *habit_signs(candidate, known, weights, now),
    )
    points = sum(sign.points for sign in signs)
    tier, why = _tier(match, subject, points, signs, known, candidate, weights)
    level = (Level.RED if points >= weights.red else Level.ORANGE) if tier is Tier.ALERT else None
    return Judgement(
        match=match.match,
        band=match.band,
        score=match.score,
        points=points,
        tier=tier,
        reasons=(*(_scored(sign) for sign in signs), *match.reasons, *why),
        own_unit=unit if tier is Tier.OWN_UNIT else "",
        account=known.account.key if known else "",
        level=level.value if level else "",
    )


def _scored(sign: Sign) -> str:
    return f"{sign.says}（{sign.points:+d}分）。" if sign.points else f"{sign.says}（不计分）。"


def _victim(candidate: Candidate, known: tuple[Known, ...]) -> Known | None:
    """Of the registered accounts of this name the one on the same platform, else the first."""
    mine = family(candidate.platform)
    same = (each for each in known if family(each.account.platform) == mine)
    return next(same, known[0] if known else None)


def _tier(
    match: NameMatch,
    subject: Subject,
    points: int,
    signs: tuple[Sign, ...],
    known: Known | None,
    candidate: Candidate,
    weights: Weights,
) -> tuple[Tier, tuple[str, ...]]:
    """Where it goes, and why where the points alone do not say it."""
    close = match.band in _CLOSE
    if subject is Subject.OWN:
        return Tier.OWN_UNIT, ("认证主体是台账中的单位，而该账号不在台账：按未备案线索核实。",)
    if match.kind in _CLASSES:
        said = _CLASS_WORDS[match.kind]
        return _CLASSES[match.kind], (f"名称属{said}，单独列示，不告警。",)
    if subject is Subject.GOVERNMENT:
        if close:
            return Tier.REVIEW, ("平台认证为其他机关单位；有认证标识不等于真实，转人工复核。",)
        return Tier.NONE, ()
    if match.band == "weak":
        both = {"头像", "简介"} <= {sign.says[:2] for sign in signs if sign.points}
        return (
            (Tier.REVIEW, ("名称略近似，而头像、简介均相同，转人工复核。",))
            if both
            else (Tier.NONE, ())
        )
    if points < weights.alert:
        return Tier.REVIEW, ()
    if known is not None and not _told_apart(candidate, known):
        return Tier.REVIEW, ("台账中该平台账号未登记平台标识，不能排除即为该账号，请先补登。",)
    return Tier.ALERT, ()


def _told_apart(candidate: Candidate, known: Known) -> bool:
    """Whether the register shows that the registered account is another one."""
    return known.identified or family(known.account.platform) != family(candidate.platform)


def _name_says(match: NameMatch) -> str:
    how = _BAND_WORDS.get(match.band, "近似")
    return f"名称与台账账号“{match.match}”{how}（{match.score:.2f}）"
