"""Rules about what a unit's accounts show side by side: NAM-02, CHG-02, FAN-01, INT-01.

《办法》Art. 7(二), 8, 22. All but INT-01 rest on readings: a finding is as old as the oldest look
it rests on, so what has not been seen of late keeps an open case and opens none. INT-01 rests on
a person who looked, since no page says that a function is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import combinations, pairwise
from math import log
from statistics import median, quantiles
from typing import Any

from watcher.calendar import local, midnight
from watcher.canonical import picture_key, text_key
from watcher.faces import Picture, State
from watcher.filings import NO_PAPER, Filing, FilingKind
from watcher.model import Dossier, Finding
from watcher.rules.evidence import page_facts
from watcher.rules.ruleset import Rule, RuleSet, exempt
from watcher.rules.unit_facts import rule_for, running, unit_finding
from watcher.units import PaperKind, UnitDossier, UnitPaper, of_kind

DAY = timedelta(days=1)
LACKS = "无"  # what a paper about interaction says where there is none
_ENOUGH = 14  # daily changes that show how an account's followers usually move
_ROBUST = 1.4826  # from the median of deviations to a standard deviation
_STILL = 0.001  # a deviation less than this is no measure: numbers are rounded


def judge_seen(dossier: UnitDossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """What is wrong with how a unit's accounts present themselves."""
    yield from _pictures(dossier, now, rules)
    yield from _old_names(dossier, now, rules)
    yield from _followers(dossier, now, rules)
    yield from _mute(dossier, now, rules)


# -- NAM-02 ------------------------------------------------------------------------------------


def _pictures(dossier: UnitDossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """The pictures of a unit's accounts have nothing in common. Art. 7(二): 原则上风格统一.

    Only pictures that came twice count, under an address that two readings showed.
    """
    rule = rule_for("NAM-02", dossier, now, rules)
    if rule is None:
        return
    shown = [
        (each, *seen)
        for each in running(dossier)
        if each.account.platform not in rules.names_apart
        and not exempt(each.account, rule.rule, now)
        and (seen := _picture(each)) is not None
    ]
    limit = rule.thresholds.get("apart_bits", 96)
    apart = [_bits_apart(one[2], other[2]) for one, other in combinations(shown, 2)]
    if apart and max(apart) > limit:
        rows = [_portrait(*each) for each in shown]
        as_of = min(state.last for _, state, _ in shown)
        facts = {"pictures": rows, "bits": max(apart), "limit": limit}
        yield unit_finding(rule, dossier, "avatar", as_of, facts)


def _picture(each: Dossier) -> tuple[State, Picture] | None:
    """The picture that an account shows for sure; None where it is not known."""
    feature = each.face.features.get("avatar") if each.face else None
    if each.face is None or feature is None or feature.next or not feature.now.confirmed:
        return None
    found = each.face.pictures.get(picture_key(str(feature.now.value)))
    return (feature.now, found) if found is not None and found.sure and found.bits else None


def _bits_apart(one: Picture, other: Picture) -> int:
    return 0 if one.look == other.look else (int(one.bits, 16) ^ int(other.bits, 16)).bit_count()


def _portrait(each: Dossier, state: State, picture: Picture) -> dict[str, Any]:
    return {
        **_named(each),
        "sha256": picture.sha256,
        "fetched_at": picture.at.isoformat(),
        **_read(state),
    }


def _named(each: Dossier) -> dict[str, Any]:
    account = each.account
    return {"key": account.key, "platform": account.platform, "name": account.name}


def _read(state: State) -> dict[str, Any]:
    """The last of the looks that prove a state, and when it was seen last."""
    look = state.proof[-1] if state.proof else None
    pages = [page_facts(page) for page in look.pages] if look else []
    reading = {"source": look.source if look else "", "pages": pages}
    return {"seen_at": state.last.isoformat(), "reading": reading}


# -- CHG-02 ------------------------------------------------------------------------------------


def _old_names(dossier: UnitDossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """A unit was renamed, and its accounts still show the name before. Art. 8.

    Whoever has a change or an end under way since is putting it in order.
    """
    rule = rule_for("CHG-02", dossier, now, rules)
    if rule is None:
        return
    grace = int(rule.thresholds.get("grace_days", 30))
    for paper in of_kind(dossier.papers, PaperKind.RENAMED):
        due = paper.valid_from + grace * DAY if paper.valid_from else None
        if due is None or local(now).date() <= due or not text_key(paper.party):
            continue
        old = [
            (each, field, state)
            for each in running(dossier)
            for field, state in _sponsors(each, paper, rule, now)
            if _is_old(str(state.value), paper, dossier)
        ]
        if old:
            facts = {
                "before": paper.party,
                "changed_on": paper.valid_from.isoformat() if paper.valid_from else None,
                "due": due.isoformat(),
                "number": paper.number,
                "accounts": [
                    {**_named(each), "field": field, "shown": str(state.value), **_read(state)}
                    for each, field, state in old
                ],
            }
            as_of = min(state.last for _, _, state in old)
            yield unit_finding(rule, dossier, text_key(paper.party), as_of, facts)


def _sponsors(
    each: Dossier, paper: UnitPaper, rule: Rule, now: datetime
) -> Iterator[tuple[str, State]]:
    """What an account shows of its sponsor: its verified subject and its name, seen twice alike."""
    if each.face is None or exempt(each.account, rule.rule, now) or _under_way(each, paper):
        return
    for field in ("verified_as", "name"):
        feature = each.face.features.get(field)
        if feature is not None and feature.now.confirmed and feature.next is None:
            yield field, feature.now


def _under_way(each: Dossier, paper: UnitPaper) -> bool:
    since = paper.valid_from
    return any(
        filing.kind is not FilingKind.OPEN
        and not filing.rejected
        and any(day is not None and since is not None and day >= since for day in _days(filing))
        for filing in (each.paper or NO_PAPER).filings
    )


def _days(filing: Filing) -> tuple[date | None, ...]:
    return filing.applied_on, filing.approved_on, filing.carried_out_on


def _is_old(shown: str, paper: UnitPaper, dossier: UnitDossier) -> bool:
    """Whether a text names the unit as it was called, and not as it is."""
    text, before, now = text_key(shown), text_key(paper.party), text_key(dossier.unit.name)
    return before in text and not (now and now in text) and before != now


# -- FAN-01 ------------------------------------------------------------------------------------


def _followers(dossier: UnitDossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """The followers of an account leapt within a day, and stayed there the day after. Art. 22."""
    rule = rule_for("FAN-01", dossier, now, rules)
    if rule is None:
        return
    for each in running(dossier):
        series = dossier.followers.get(each.account.key, ())
        leap = _leap(series, rule, local(now).date())
        if leap is not None and not exempt(each.account, rule.rule, now):
            seen = date.fromisoformat(leap["seen_on"])
            as_of = min(midnight(seen + DAY), now)
            yield unit_finding(rule, dossier, each.account.key, as_of, {**_named(each), **leap})


def _leap(series: tuple[tuple[date, int], ...], rule: Rule, today: date) -> dict[str, Any] | None:
    """The last leap in a series, within `stands_days`, that the next day seen did not take back."""
    least, share = rule.thresholds.get("robust_z", 6), rule.thresholds.get("percent", 20) / 100
    since = today - timedelta(days=rule.thresholds.get("stands_days", 30))
    known = [(day, count) for day, count in series if count > 0]
    for at in range(len(known) - 2, 0, -1):
        (eve, before), (day, after), (then, stayed) = known[at - 1 : at + 2]
        if day < since or day - eve != DAY or abs(after / before - 1) <= share:
            continue
        if abs(stayed / before - 1) <= share:
            continue
        z = robust_z(log(after / before), _usual(known[:at]))
        if z is not None and z > least:
            return {
                "day": day.isoformat(),
                "seen_on": then.isoformat(),
                "before": before,
                "after": after,
                "stayed": stayed,
                "percent": round((after / before - 1) * 100, 1),
                "z": round(z, 1),
            }
    return None


def _usual(known: list[tuple[date, int]]) -> list[float]:
    """The daily changes before, as logarithms of ratios."""
    return [
        log(after / before) for (eve, before), (day, after) in pairwise(known) if day - eve == DAY
    ]


def robust_z(value: float, usual: list[float]) -> float | None:
    """By how many robust deviations a value is off the usual; None where too little is known."""
    if len(usual) < _ENOUGH:
        return None
    middle = median(usual)
    low, _, high = quantiles(usual, n=4)
    # The quartiles too: of an account that swings to and fro the middle deviation may be nothing.
    spread = max(median(abs(each - middle) for each in usual), (high - low) / 2) * _ROBUST
    return abs(value - middle) / max(spread, _STILL)


# -- INT-01 ------------------------------------------------------------------------------------


def _mute(dossier: UnitDossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """Somebody looked and found neither comments nor messages nor an interactive menu. 检查指标.

    What was found last counts; a finding stands as of that look.
    """
    rule = rule_for("INT-01", dossier, now, rules)
    if rule is None:
        return
    for each in running(dossier):
        looks = [
            paper
            for paper in of_kind(dossier.papers, PaperKind.INTERACTION)
            if paper.account == each.account.key
        ]
        if not looks or exempt(each.account, rule.rule, now):
            continue
        last = max(looks, key=lambda paper: (paper.valid_from or date.min, paper.id or 0))
        if last.number == LACKS and last.at is not None:
            facts = {
                **_named(each),
                "looked_on": (last.valid_from or local(last.at).date()).isoformat(),
                "author": last.author,
                "evidence": last.evidence,
                "note": last.note,
            }
            yield unit_finding(rule, dossier, each.account.key, last.at, facts)
