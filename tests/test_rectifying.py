"""整改: what may follow what, and that no order of deeds loses anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.calendar import load_calendar
from watcher.model import Case, CaseState, Finding, Level
from watcher.rectifying import (
    CaseEvent,
    Deed,
    applied,
    case_number,
    core,
    parsed_number,
    refusal,
    repeats,
    settled_term,
    termed,
)

CAL = load_calendar(None)
T0 = datetime(2026, 3, 2, 2, tzinfo=UTC)  # a Monday, 10:00 in Beijing
DAY = timedelta(days=1)


def finding(rule: str = "UPD-04", subject: str = "", **facts: Any) -> Finding:
    return Finding(rule, "weibo-1", subject, Level.RED, "检查指标", T0, facts)


def case(**more: Any) -> Case:
    values: dict[str, Any] = {"finding": finding(), "opened_at": T0, "id": 1}
    return Case(**(values | more))


def deed(kind: Deed, text: str = "说明", at: datetime = T0, **data: Any) -> CaseEvent:
    return CaseEvent(1, at, "王五", kind, text, data)


CLOSED = case(state=CaseState.CLOSED, closed_at=T0)


@pytest.mark.parametrize(
    ("now", "what", "why"),
    [
        (case(), replace(deed(Deed.ACK), actor=" "), "--by"),
        (case(), deed(Deed.FEEDBACK, text=""), "须写明"),
        (case(), deed(Deed.FEEDBACK, text="长" * 4001), "超过"),
        (case(), deed(Deed.RECHECK, text="", ok=True), "须写明"),
        (case(), deed(Deed.FEEDBACK, due_on="2026-03-02"), "晚于今天"),
        (CLOSED, deed(Deed.ACK), "已销号"),
        (CLOSED, deed(Deed.FEEDBACK), "已销号"),
        (CLOSED, deed(Deed.CLOSE), "已销号"),
        (replace(CLOSED, dismissed=True), deed(Deed.DISMISS), "不予认定"),
        (replace(CLOSED, dismissed=True), deed(Deed.MEASURE), "不予认定"),
        (case(finding=finding("SYS-01")), deed(Deed.DISMISS), "只能签收"),
        (case(finding=finding("REC-01", "UPD-04-x")), deed(Deed.FEEDBACK), "UPD-04-x"),
    ],
)
def test_what_is_out_of_turn_is_refused_with_a_reason(now: Case, what: CaseEvent, why: str) -> None:
    assert why in refusal(now, what)


def test_a_case_that_is_still_seen_closes_only_despite_it() -> None:
    assert "仍见" in refusal(case(), deed(Deed.CLOSE), "已15天未更新")
    assert refusal(case(), deed(Deed.CLOSE, despite=True), "已15天未更新") == ""
    assert refusal(case(), deed(Deed.CLOSE)) == ""
    assert refusal(CLOSED, deed(Deed.DISMISS)) == ""  # found out afterwards
    assert refusal(CLOSED, deed(Deed.MEASURE)) == ""
    assert refusal(case(), deed(Deed.RECHECK, text="")) == ""  # a reading needs no words


def test_feedback_moves_the_term_only_where_a_new_one_is_named() -> None:
    known = case(due_on=date(2026, 3, 4))
    assert applied(known, deed(Deed.FEEDBACK)) == replace(known, feedback_at=T0)
    moved = applied(known, deed(Deed.FEEDBACK, due_on="2026-03-20"))
    assert (moved.due_on, moved.feedback_at) == (date(2026, 3, 20), T0)
    again = applied(moved, deed(Deed.RECHECK, ok=False))
    assert (again.feedback_at, again.state) == (None, CaseState.OPEN)
    assert applied(moved, deed(Deed.RECHECK, ok=True)) == moved


def test_a_term_is_given_once_and_a_provisional_one_is_counted_anew() -> None:
    firm = termed(case(), date(2026, 3, 2), 2, CAL)
    assert (firm.due_on, firm.due_from) == (date(2026, 3, 4), None)
    assert termed(firm, date(2026, 3, 9), 2, CAL) == firm
    assert termed(case(), date(2026, 3, 2), None, CAL).due_on is None
    late = termed(case(), date(2026, 12, 31), 2, CAL)
    assert late.due_from == date(2026, 12, 31)
    assert settled_term(late, 2, CAL) == late
    known = replace(
        CAL,
        announced=CAL.announced | {2027},
        off=CAL.off | {date(2027, 1, 4)},
        known=CAL.known | {2027},
    )
    counted = settled_term(late, 2, known)
    assert counted.due_from is None
    assert counted.due_on is not None
    assert counted.due_on > date(2027, 1, 4)


def test_the_same_facts_repeat_and_new_ones_do_not() -> None:
    old = finding(last_post={"id": "p1", "at": "2026-02-10"}, days=20, window=["a", "b"])
    same = finding(last_post={"id": "p1", "at": "2026-02-10"}, days=25, window=["a", "c"])
    newer = finding(last_post={"id": "p2", "at": "2026-03-01"}, days=14, window=["d", "e"])
    assert repeats(same, [old])
    assert not repeats(newer, [old])
    assert not repeats(same, [finding("UPD-03", **old.facts)])
    changed = finding("CHG-01", "name", before="甲", after="乙", as_of="1")
    assert repeats(finding("CHG-01", "name", before="甲", after="乙", as_of="2"), [changed])
    assert not repeats(finding("CHG-01", "name", before="甲", after="丙"), [changed])
    assert core(finding(core=[1], days=3)) == {"core": [1]}
    begun = finding("APP-01", "shelf", window=["a", "b"], absent_looks=3)
    assert repeats(finding("APP-01", "shelf", window=("a", "c"), absent_looks=9), [begun])


def test_a_number_is_read_back_from_letters() -> None:
    number = case_number(case())
    assert parsed_number(number) == ("UPD-04", date(2026, 3, 2))
    assert parsed_number(number + "-0123456789") == ("UPD-04", date(2026, 3, 2))
    assert parsed_number("12") is None
    assert parsed_number("UPD-04-269999-abcdef") is None


DEEDS = st.sampled_from(
    [
        deed(Deed.ACK),
        deed(Deed.FEEDBACK),
        deed(Deed.FEEDBACK, due_on="2026-03-20"),
        deed(Deed.RECHECK, ok=True),
        deed(Deed.RECHECK, ok=False),
        deed(Deed.CLOSE),
        deed(Deed.CLOSE, despite=True),
        deed(Deed.DISMISS),
        deed(Deed.MEASURE, measure="talk"),
    ]
)
POSTS = st.integers(0, 2)  # which post is the last one when the account is read


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.lists(st.one_of(DEEDS, POSTS), max_size=30))
def test_no_order_of_deeds_loses_an_event_or_opens_a_dismissed_case_again(
    steps: list[CaseEvent | int],
) -> None:
    kept: list[CaseEvent] = []
    accepted = 0
    settled: list[Finding] = []
    now: Case | None = None
    for step in steps:
        if isinstance(step, int):
            seen = finding(last_post={"id": f"p{step}", "at": ""}, days=len(kept))
            if now is None or now.state is CaseState.CLOSED:
                again = repeats(seen, settled)
                assert again == any(core(seen) == core(each) for each in settled)
                now = now if again else case(finding=seen)
            else:
                now = replace(now, finding=seen)
            continue
        if now is None or refusal(now, step, "仍见"):
            continue
        accepted += 1
        kept.append(step)
        before, now = now, applied(now, step)
        assert (now.finding, now.opened_at, now.id) == (before.finding, before.opened_at, before.id)
        assert not (before.dismissed and not now.dismissed)
        assert not (before.state is CaseState.CLOSED and now.state is CaseState.OPEN)
        assert not (before.state is CaseState.CLOSED and now.closing != before.closing)
        if step.kind in (Deed.CLOSE, Deed.DISMISS):
            assert now.state is CaseState.CLOSED
            settled.append(now.finding)
    assert len(kept) == accepted
