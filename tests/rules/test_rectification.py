"""REC-01: what is late, and on which proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from alerts.policy import DEFAULT_POLICY, Changes
from tests.rules.world import CAL, DAY, RULES, account, bj, dossier, post
from watcher.model import Case, CaseState, Exemption, Finding, Level, Notice, Why
from watcher.rectifying import case_number
from watcher.restraint import decide
from watcher.rules import judge
from watcher.rules.rectification import judge_rectification
from watcher.sight import Clearance, PlatformSight, PlatformState

OPENED = bj("2026-03-02 10:00")  # a Monday
LAST = post(bj("2026-02-10 10:00"))
DUE = date(2026, 3, 4)  # a Wednesday


def late_case(as_of: datetime, rule: str = "UPD-04", **more: Any) -> Case:
    found = Finding(rule, "weibo-1", "", Level.RED, "检查指标", as_of, {"days": 20})
    values: dict[str, Any] = {"told_at": OPENED, "told_level": Level.RED, "due_on": DUE}
    return Case(found, OPENED, 7, **(values | more))


def late(as_of: str, rules: Any = RULES, **more: Any) -> list[Finding]:
    at = bj(as_of)
    d = dossier(LAST, read_at=at)
    return list(judge_rectification([late_case(at, **more)], d, at, rules, CAL))


@pytest.mark.parametrize(
    ("as_of", "level", "days"),
    [
        ("2026-03-04 23:59", None, 0),
        ("2026-03-05 00:00", Level.ORANGE, 1),
        ("2026-03-06 10:00", Level.ORANGE, 2),
        ("2026-03-08 10:00", Level.ORANGE, 2),  # a Sunday is no working day
        ("2026-03-10 23:59", Level.ORANGE, 4),
        ("2026-03-11 00:00", Level.RED, 5),
    ],
)
def test_a_case_is_late_one_working_day_after_its_term_and_gravely_after_five(
    as_of: str, level: Level | None, days: int
) -> None:
    found = late(as_of)
    assert [each.level for each in found] == ([level] if level else [])
    for each in found:
        assert (each.account, each.subject) == ("weibo-1", case_number(late_case(bj(as_of))))
        assert (each.facts["late_days"], each.facts["due_on"]) == (days, "2026-03-04")


@pytest.mark.parametrize(
    "more",
    [
        {"due_on": None},
        {"due_from": date(2026, 3, 2)},  # 预计
        {"feedback_at": OPENED},
        {"told_at": None},
        {"rule": "UPD-07"},  # of which only operators heard
        {"rule": "SYS-01"},
        {"state": CaseState.CLOSED},
    ],
    ids=lambda more: next(iter(more)),
)
def test_without_a_firm_term_or_with_feedback_nobody_is_late(more: dict[str, Any]) -> None:
    assert late("2026-03-20 10:00", **more) == []


def test_a_reminder_of_a_term_that_runs_owes_nothing() -> None:
    begun = late_case(bj("2026-03-20 10:00"), rule="DER-02")
    notice = replace(begun, finding=replace(begun.finding, subject="notice", level=Level.BLUE))
    d = dossier(LAST, read_at=bj("2026-03-20 10:00"))
    assert list(judge_rectification([notice], d, bj("2026-03-20 10:00"), RULES, CAL)) == []
    early = replace(begun, finding=replace(begun.finding, subject="early"))
    assert list(judge_rectification([early], d, bj("2026-03-20 10:00"), RULES, CAL))


def test_a_threshold_in_a_year_without_a_notice_makes_nobody_late() -> None:
    assert late("2027-01-20 10:00", due_on=date(2026, 12, 31)) == []


def test_only_a_reading_of_after_the_term_proves_it() -> None:
    seen, now = bj("2026-03-04 20:00"), bj("2026-03-20 10:00")
    d = dossier(LAST, read_at=seen)
    assert not [*judge_rectification([late_case(seen)], d, now, RULES, CAL)]


def test_it_can_be_switched_off_and_exempted() -> None:
    off = {**RULES.rules, "REC-01": replace(RULES.rules["REC-01"], enabled=False)}
    assert late("2026-03-20 10:00", replace(RULES, rules=off)) == []
    at = bj("2026-03-20 10:00")
    who = account(exemptions=(Exemption(("REC-01",), "试点", "市府办"),))
    d = dossier(LAST, read_at=at, who=who)
    assert not [*judge_rectification([late_case(at)], d, at, RULES, CAL)]


# -- as it meets the cases ---------------------------------------------------------------------


def met(
    cases: tuple[Case, ...], now: datetime, clearance: Clearance | None = None, *newer: Any
) -> tuple[Changes, tuple[Notice, ...], bool]:
    d = dossier(LAST, *newer, read_at=now)
    findings = judge(d, now, RULES, CAL)
    over = clearance or Clearance()
    return decide(cases, findings, d, over, now, DAY, DEFAULT_POLICY, CAL, RULES)


def silent_case(now: datetime, **more: Any) -> Case:
    """The open case of the silence, as a reading of then found it."""
    changes, _, _ = met((), now)
    case = next(each for each in changes.opened if each.finding.rule == "UPD-04")
    told: dict[str, Any] = {"told_at": OPENED, "told_level": Level.RED, "due_on": DUE}
    return replace(case, opened_at=OPENED, id=7, **(told | more))


def test_it_opens_beside_its_case_goes_red_and_takes_over_its_reminder() -> None:
    first, later = bj("2026-03-05 10:00"), bj("2026-03-11 10:00")
    changes, said, _ = met((silent_case(first),), first)
    (rec,) = [c for c in changes.opened if c.finding.rule == "REC-01"]
    assert rec.finding.level is Level.ORANGE
    heard = {n.case.finding.rule for n in said}
    assert "REC-01" in heard
    assert "UPD-04" not in heard  # its reminder
    told = replace(next(n.case for n in said if n.case.finding.rule == "REC-01"), id=8)
    _, said, _ = met((silent_case(later), told), later)
    (notice,) = [n for n in said if n.case.finding.rule == "REC-01"]
    assert (notice.why, notice.case.finding.level) == ("escalation", Level.RED)
    assert {"L", "S", "A"} == set(notice.roles)


@pytest.mark.parametrize("how", ["feedback", "post", "term"])
def test_it_ends_with_feedback_with_its_case_and_with_a_new_term(how: str) -> None:
    first, later = bj("2026-03-05 10:00"), bj("2026-03-06 10:00")
    changes, _, _ = met((silent_case(first),), first)
    (rec,) = [c for c in changes.opened if c.finding.rule == "REC-01"]
    rec = replace(rec, id=8, told_at=first, told_level=Level.ORANGE)
    more: dict[str, Any] = {
        "feedback": {"feedback_at": first},
        "term": {"due_on": date(2026, 4, 1)},
    }
    newer = [post(bj("2026-03-06 09:00"))] if how == "post" else []
    changes, said, _ = met((silent_case(later, **more.get(how, {})), rec), later, None, *newer)
    (ended,) = [c for c in changes.closed if c.finding.rule == "REC-01"]
    words = {"feedback": "已收到反馈", "post": "所督办的问题已办结", "term": "整改期限已调整"}
    assert ended.closing == words[how]
    assert any(n.why == "resolved" and n.case.finding.rule == "REC-01" for n in said)


def test_nothing_is_late_while_the_platform_is_blind_and_what_was_late_stays() -> None:
    now = bj("2026-03-05 10:00")
    dark = PlatformSight("weibo", OPENED, state=PlatformState.BLIND)
    changes, said, _ = met((silent_case(now),), now, Clearance(dark))
    assert not [c for c in changes.opened if c.finding.rule == "REC-01"]
    assert not said
    changes, _, _ = met((silent_case(now),), now)
    (rec,) = [replace(c, id=8) for c in changes.opened if c.finding.rule == "REC-01"]
    later = now + timedelta(days=10)
    changes, said, _ = met((silent_case(now), rec), later, Clearance(dark))
    (kept,) = [c for c in changes.kept if c.finding.rule == "REC-01"]
    assert kept.finding.level is Level.ORANGE
    assert not said


def late_of(as_of: str, *cases: Case) -> list[Finding]:
    at = bj(as_of)
    return list(judge_rectification(cases, dossier(LAST, read_at=at), at, RULES, CAL))


def a_case(rule: str, level: Level, subject: str = "", due: date = DUE, **more: Any) -> Case:
    case = late_case(bj("2026-03-20 10:00"), rule, due_on=due, **more)
    return replace(case, finding=replace(case.finding, level=level, subject=subject))


def test_one_silence_with_many_late_cases_is_pressed_once_by_its_gravest() -> None:
    week = a_case("UPD-02", Level.ORANGE, "2026-W09")
    cases = (week, a_case("UPD-04", Level.RED), a_case("UPD-01", Level.BLUE, "2026-W10"))
    (found,) = late_of("2026-03-20 10:00", *cases)
    assert found.subject == case_number(cases[1])
    assert found.facts["others"] == sorted(case_number(each) for each in (week, cases[2]))


def test_what_has_nothing_to_do_with_the_silence_is_pressed_beside_it() -> None:
    cases = (
        a_case("UPD-04", Level.RED),
        a_case("CHG-01", Level.ORANGE, "name"),
        a_case("CHG-01", Level.ORANGE, "avatar", date(2026, 3, 3)),
        a_case("CON-01", Level.YELLOW, "m1"),
    )
    found = late_of("2026-03-20 10:00", *cases)
    assert {each.facts["rule"] for each in found} == {"UPD-04", "CHG-01", "CON-01"}
    change = next(each for each in found if each.facts["rule"] == "CHG-01")
    assert (change.subject, change.facts["due_on"]) == (case_number(cases[2]), "2026-03-03")


def test_feedback_to_the_gravest_leaves_the_next_to_be_pressed() -> None:
    answered = a_case("UPD-04", Level.RED, feedback_at=bj("2026-03-06 10:00"))
    week = a_case("UPD-02", Level.ORANGE, "2026-W09")
    (found,) = late_of("2026-03-20 10:00", answered, week)
    assert (found.subject, found.facts["others"]) == (case_number(week), [])


def test_a_graver_case_that_is_late_takes_over_and_nobody_is_told_of_an_end() -> None:
    first, later = bj("2026-03-05 10:00"), bj("2026-03-06 10:00")
    changes, _, _ = met((), first)
    told: dict[str, Any] = {"told_at": OPENED, "told_level": Level.YELLOW, "due_on": DUE}
    week, silent = (
        replace(next(c for c in changes.opened if c.finding.rule == rule), id=number, **told)
        for rule, number in (("UPD-02", 6), ("UPD-04", 7))
    )
    changes, _, _ = met((week, replace(silent, due_on=None)), first)
    (rec,) = [replace(c, id=8, told_at=first) for c in changes.opened if c.finding.rule == "REC-01"]
    assert rec.finding.subject == case_number(week)
    changes, said, _ = met((week, silent, rec), later)
    (new,) = [c for c in changes.opened if c.finding.rule == "REC-01"]
    (old,) = [c for c in changes.closed if c.finding.rule == "REC-01"]
    assert new.finding.subject == case_number(silent)
    assert old.closing == f"转为{case_number(silent)}"
    assert [n.why for n in said if n.case.finding.rule == "REC-01"] == ["first"]


def test_a_case_of_a_unit_is_late_too() -> None:
    now = bj("2026-03-05 10:00")
    found = Finding("DUP-01", "unit:tourism", "weibo", Level.YELLOW, "《办法》第七条", now)
    case = Case(found, OPENED, 7, told_at=OPENED, told_level=Level.YELLOW, due_on=DUE)
    policy = DEFAULT_POLICY
    changes, _, _ = decide([case], [found], None, Clearance(), now, DAY, policy, CAL, RULES)
    assert [each.finding.rule for each in changes.opened] == ["REC-01"]
    (rec,) = changes.opened
    changes, _, _ = decide([case, rec], [], None, Clearance(), now, DAY, policy, CAL, RULES)
    assert {each.finding.rule for each in changes.closed} == {"DUP-01", "REC-01"}


def test_nobody_is_late_with_what_never_arrived_and_the_term_counts_from_arrival() -> None:
    now = bj("2026-03-05 10:00")
    case = silent_case(now)
    d = dossier(LAST, read_at=now)

    def opened(heard: dict[int, datetime | None]) -> tuple[set[str], date | None]:
        changes, said, _ = decide(
            (case,), judge(d, now, RULES, CAL), d, Clearance(), now, DAY, DEFAULT_POLICY, CAL,
            RULES, heard,
        )  # fmt: skip
        pressing = {n.case.finding.rule for n in said if n.why is Why.REMINDER or n.step}
        kept = next(each for each in changes.kept if each.id == case.id)
        return pressing | {c.finding.rule for c in changes.opened}, kept.due_on

    assert "REC-01" in opened({})[0]
    assert opened({7: OPENED}) == opened({})
    rules, due = opened({7: None})
    assert not rules & {"REC-01", "UPD-04"}
    assert due == DUE
    rules, due = opened({7: bj("2026-03-04 09:00")})
    assert "REC-01" not in rules
    assert due is not None
    assert due > DUE
