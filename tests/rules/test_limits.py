"""The rules about an account's end: just before, at and just after each limit; switched off, exempt
and blind. And no rule is without a test that names it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.rules.test_matrix import ACT, NOW, dossier, filing, missed, read
from tests.rules.world import CAL, DAY, HOUR, RULES, bj, post
from watcher.calendar import deadline
from watcher.filings import FilingKind, Paper
from watcher.model import Dossier, Exemption, FiledState, Finding, Post, StoredPost, Trouble
from watcher.rules import RuleSet, judge
from watcher.rules.matrix import Observed

SECOND = timedelta(seconds=1)
OLD = post(bj("2026-02-01 09:00"), title="海风")
S, N, D, A = (
    FiledState.SUSPENDED,
    FiledState.NOTICE_PERIOD,
    FiledState.DEREGISTERED,
    FiledState.ACTIVE,
)


def found(d: Dossier, rule: str, now: datetime = NOW, rules: RuleSet = RULES) -> list[Finding]:
    return [each for each in judge(d, now, rules, CAL) if each.rule == rule]


def seen_at(d: Dossier, at: datetime, *posts: Post) -> Dossier:
    """The account as one complete reading of that moment shows it."""
    stored = tuple(StoredPost(each, each.at) for each in (*posts, OLD))
    return replace(d, sight=read(d.account, *posts, OLD, at=at), posts=stored)


# -- limits ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "late"),
    [("2026-03-05 23:59", False), ("2026-03-06 00:00", True), ("2026-03-06 00:01", True)],
)
def test_sus_02_waits_three_working_days_for_the_notice(at: str, late: bool) -> None:
    assert deadline(CAL, ACT, RULES.notice_grace).on == date(2026, 3, 5)
    d = seen_at(dossier(S, Observed.SILENT), bj(at))
    assert bool(found(d, "SUS-02", bj(at))) is late


@pytest.mark.parametrize(
    ("published", "after"),
    [("2026-03-02 23:59:59", False), ("2026-03-03 00:00:00", True), ("2026-03-03 00:00:01", True)],
)
def test_sus_03_begins_with_the_day_after_the_suspension(published: str, after: bool) -> None:
    moment = datetime.fromisoformat(f"{published}+08:00")
    d = seen_at(dossier(S, Observed.POSTING), bj("2026-03-10 10:00"), post(moment, title="新闻"))
    assert bool(found(d, "SUS-03", bj("2026-03-10 10:00"))) is after


@pytest.mark.parametrize(("more", "told"), [(-SECOND, True), (0 * SECOND, True), (SECOND, False)])
def test_sus_03_ends_after_thirty_quiet_days(more: timedelta, told: bool) -> None:
    last = post(bj("2026-04-01 10:00"), title="新闻")
    at = last.at + RULES.quiet + more
    assert bool(found(seen_at(dossier(S, Observed.POSTING), at, last), "SUS-03", at)) is told


def notice_from(until: date) -> date:
    """The first day of a notice whose 15 working days end on this one."""
    days = (until - n * DAY for n in range(60))
    return next(day for day in days if deadline(CAL, day, RULES.notice_days).on == until)


@pytest.mark.parametrize(
    ("until", "early"),
    [(date(2026, 5, 20), True), (date(2026, 5, 19), True), (date(2026, 5, 18), False)],
    ids=["a day before its end", "on its last day", "the day after"],
)
def test_der_02_needs_fifteen_whole_working_days(until: date, early: bool) -> None:
    d = dossier(N, Observed.GONE)  # since 19 May, 08:00
    paper = filing(
        FilingKind.DEREGISTER,
        applied_on=date(2026, 2, 2),
        approved_on=date(2026, 2, 10),
        decided_on=date(2026, 2, 1),
        notice_from=notice_from(until),
    )
    told = found(replace(d, paper=Paper((paper,))), "DER-02")
    assert [each.subject for each in told] == (["early"] if early else [])


@pytest.mark.parametrize(
    ("at", "still"),
    [("2026-03-02 23:59", False), ("2026-03-03 00:00", True), ("2026-03-03 00:01", True)],
)
def test_der_05_asks_from_the_day_after_the_deregistration(at: str, still: bool) -> None:
    d = seen_at(dossier(D, Observed.SILENT, platform="app"), bj(at))
    assert bool(found(d, "DER-05", bj(at))) is still


@pytest.mark.parametrize(
    ("rule", "state", "trouble"),
    [("OFF-01", A, Trouble.GONE), ("OFF-02", A, Trouble.BANNED)],
)
@pytest.mark.parametrize(
    ("hours", "proved"),
    [
        ((23.99, 12, 0), False),
        ((24, 12, 0), True),
        ((24.01, 12, 0), True),
        ((24, 0), False),
        ((30, 24, 12, 0), True),
    ],
    ids=["a day less a moment", "a day", "a moment more", "two looks", "four looks"],
)
def test_off_needs_three_looks_over_a_day(
    rule: str, state: FiledState, trouble: Trouble, hours: tuple[float, ...], proved: bool
) -> None:
    d = dossier(state, Observed.SILENT)
    sight = missed(read(d.account, OLD, at=NOW - 4 * DAY), d.account, trouble, *hours)
    assert bool(found(replace(d, sight=sight), rule)) is proved


# -- switches, exemptions, blindness ---------------------------------------------------------

CASES = {
    "SUS-01": (A, Observed.NOTICE_POSTED, {}),
    "SUS-02": (S, Observed.SILENT, {}),
    "SUS-03": (S, Observed.POSTING, {}),
    "OFF-01": (A, Observed.GONE, {}),
    "OFF-02": (A, Observed.BANNED, {}),
    "DER-02": (N, Observed.GONE, {}),
    "DER-04": (D, Observed.SILENT, {}),
    "DER-05": (D, Observed.SILENT, {"platform": "app"}),
    "DER-06": (D, Observed.POSTING, {}),
}


@pytest.mark.parametrize("rule", CASES)
def test_each_is_off_by_switch_and_by_exemption(rule: str) -> None:
    state, seen, more = CASES[rule]
    d = dossier(state, seen, **more)
    assert found(d, rule)
    off = {**RULES.rules, rule: replace(RULES.rules[rule], enabled=False)}
    assert not found(d, rule, rules=replace(RULES, rules=MappingProxyType(off)))
    for until, told in ((None, False), (NOW.date(), False), (NOW.date() - DAY, True)):
        allowed = Exemption((rule,), "试点", "市府办", until)
        spared = replace(d, account=replace(d.account, exemptions=(allowed,)))
        assert bool(found(spared, rule)) is told


@pytest.mark.parametrize("rule", CASES)
def test_blindness_accuses_nobody(rule: str) -> None:
    state, _, more = CASES[rule]
    assert not found(dossier(state, Observed.BLIND, **more), rule)


@pytest.mark.parametrize("rule", CASES)
def test_in_the_dark_a_finding_stands_as_of_the_reading_that_proved_it(rule: str) -> None:
    state, seen, more = CASES[rule]
    d = dossier(state, seen, **more)
    (before,) = found(d, rule)
    dark = replace(d, sight=missed(d.sight, d.account, Trouble.BLOCKED, -24, -48))
    for after in found(dark, rule, NOW + 49 * HOUR):
        assert after.as_of <= max(before.as_of, NOW)


# -- the whole catalogue ---------------------------------------------------------------------


@pytest.mark.parametrize("rule", sorted(RULES.rules))
def test_no_rule_is_without_a_test_that_names_it(rule: str) -> None:
    """It cannot tell a good test from a bad one; it finds the rule that has none at all."""
    here = Path(__file__)
    others = (each for each in here.parent.glob("test_*.py") if each.name != "test_matrix.py")
    naming = {each.name for each in others if f'"{rule}"' in each.read_text(encoding="utf-8")}
    assert naming, f"no test under tests/rules names {rule}"
