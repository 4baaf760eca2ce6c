"""CHG-01: what an account shows otherwise than was accepted (Art. 8, 25). VER-01, VER-02: its
verification (Art. 7(二)).

All rest on two equal readings; a name, a badge lost or of another kind is asked about after one,
and called unconfirmed. What a reading does not show is never held against anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from watcher.accepted import WEIGHTY, Difference, differences, watched
from watcher.canonical import Grade, Value, code_points, picture_key, text_key
from watcher.faces import FIELDS, NO_FACE, Face, Feature, Picture, State
from watcher.model import Dossier, Finding, Level
from watcher.organs import same_organ
from watcher.rules.evidence import page_facts
from watcher.rules.ruleset import Rule, RuleSet, exempt

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BADGE, SUBJECT = "verified", "verified_as"
_SHORT = 4  # characters: a shorter part of a name names no unit


def judge_change(dossier: Dossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """What an account's face has against it."""
    if dossier.face is None or not watched(dossier.account):
        return
    yield from _changed(dossier, now, rules)
    yield from _unverified(dossier, now, rules)
    yield from _misnamed(dossier, now, rules)


# -- CHG-01 ----------------------------------------------------------------------------------


def _changed(dossier: Dossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    rule, account, face = rules.active("CHG-01"), dossier.account, dossier.face or NO_FACE
    if rule is None or exempt(account, rule.rule, now):
        return
    known = rule.thresholds.get("known_days", 90) * DAY
    patience = rule.thresholds.get("picture_hours", 24) * HOUR
    for found in differences(account, dossier.paper, face, now, known):
        if not found.apart and found.state.last - found.state.since < patience:
            continue  # the pictures may still come and be the same
        yield Finding(
            rule=rule.rule,
            account=account.key,
            subject=found.field,
            level=_level(rule, found),
            article=rule.article,
            as_of=found.state.last,
            facts=_facts(found, face),
            opens=found.fresh,
        )


def _level(rule: Rule, found: Difference) -> Level:
    # A platform may move a picture to another address: only its bytes prove a change.
    if found.grade is Grade.VARIANT or not found.apart:
        return Level(rule.thresholds.get("severity_variant", Level.BLUE))
    if not found.confirmed:
        return Level(rule.thresholds.get("severity_unconfirmed", Level.YELLOW))
    return rule.level


def _facts(found: Difference, face: Face) -> dict[str, Any]:
    state, was = found.state, found.was
    facts: dict[str, Any] = {
        "core": [found.field, _core(found.field, found.before), _core(found.field, state.value)],
        "field": found.field,
        "field_name": FIELDS[found.field],
        "confirmed": found.confirmed,
        "critical": found.critical,
        "weighty": found.field in WEIGHTY and found.grade is Grade.CHANGED,
        "grade": found.grade.value,
        "before": {"value": found.before, **(_shown(was) if was else {"source": "备案台账"})},
        "after": {"value": state.value, **_shown(state)},
        "window": [(was.last if was else state.since).isoformat(), state.since.isoformat()],
        "reading": _reading(state),
    }
    if found.field == "avatar":
        facts["apart"] = found.apart
        for side, value in (("before", found.before), ("after", state.value)):
            facts[side] |= _picture(face.pictures.get(picture_key(str(value))))
    if found.grade is Grade.VARIANT:
        gone, new = code_points(str(found.before), str(state.value))
        facts["code_points"] = {"before": gone, "after": new}
    return facts


def _core(field: str, value: Value | None) -> Value | None:
    """A value of a field without its noise: a picture may come from another host."""
    return picture_key(value) if field == "avatar" and isinstance(value, str) else value


def _picture(kept: Picture | None) -> dict[str, Any]:
    """The picture that came from an address, by its hash, or why none did."""
    if kept is None:
        return {}
    if not kept.sha256:
        return {"no_picture": kept.why}
    return {"picture": {"sha256": kept.sha256, "at": kept.at.isoformat(), "times": kept.times}}


def _shown(state: State) -> dict[str, Any]:
    """How a state was seen: from when to when, how often, and the first looks with their pages."""
    return {
        "since": state.since.isoformat(),
        "until": state.last.isoformat(),
        "looks": state.looks,
        "readings": [
            {
                "at": look.at.isoformat(),
                "source": look.source,
                "pages": [page_facts(page) for page in look.pages],
            }
            for look in state.proof
        ],
    }


def _reading(state: State) -> dict[str, Any]:
    """The last of the looks that prove it, as every finding names its reading."""
    if not state.proof:
        return {"source": "", "pages": []}
    look = state.proof[-1]
    return {"source": look.source, "pages": [page_facts(page) for page in look.pages]}


# -- VER-01, VER-02 --------------------------------------------------------------------------


def _unverified(dossier: Dossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    rule, feature = rules.active("VER-01"), _feature(dossier, BADGE)
    if rule is None or feature is None or feature.now.value is not False:
        return
    if not exempt(dossier.account, rule.rule, now):
        accepted = dossier.paper.accepted.get(BADGE) if dossier.paper else None
        lost = accepted is True or feature.was is not None
        facts = {"core": [BADGE, lost], "lost": lost}
        yield _verification(rule, dossier, BADGE, feature, facts)


def _misnamed(dossier: Dossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    rule, feature = rules.active("VER-02"), _feature(dossier, SUBJECT)
    if rule is None or feature is None or exempt(dossier.account, rule.rule, now):
        return
    badge = _feature(dossier, BADGE)
    if badge is not None and badge.now.value is False:
        return  # a subject without a badge is VER-01's
    unit, subject = dossier.account.unit.name, str(feature.now.value)
    aliases: Mapping[str, Iterable[str]] = rule.thresholds.get("aliases", {})
    names = (unit, dossier.account.filed_subject, *aliases.get(unit, ()))
    if unit.strip() and not any(is_of(subject, each) for each in names):
        facts = {"core": [text_key(subject), unit], "subject": subject, "unit": unit}
        yield _verification(rule, dossier, SUBJECT, feature, facts)


def is_of(subject: str, name: str) -> bool:
    """Whether a verification speaks of the unit of this name: either may be a part of the other,
    since platforms show 某某局官方微博 and registers write 某某局（某某办公室）; or both mean one
    organ whose place or words are written in short."""
    shown, wanted = text_key(subject), text_key(name)
    if not wanted:
        return False
    within = wanted in shown or (len(shown) >= _SHORT and shown in wanted)
    return within or same_organ(subject, name)


def _feature(dossier: Dossier, name: str) -> Feature | None:
    """A field that two readings showed alike; None where it is not to be seen."""
    feature = dossier.face.features.get(name) if dossier.face else None
    return feature if feature is not None and feature.now.confirmed else None


def _verification(
    rule: Rule, dossier: Dossier, name: str, feature: Feature, facts: Mapping[str, Any]
) -> Finding:
    state = feature.now
    return Finding(
        rule=rule.rule,
        account=dossier.account.key,
        subject=name,
        level=rule.level,
        article=rule.article,
        as_of=state.last,
        facts={
            **facts,
            "window": [state.since.isoformat(), state.last.isoformat()],
            "shown": {"value": state.value, **_shown(state)},
            "reading": _reading(state),
        },
        opens=feature.next is None,
    )
