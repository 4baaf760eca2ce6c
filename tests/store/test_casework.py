"""What people do about cases, with all that follows, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from alerts.policy import DEFAULT_POLICY
from alerts.routing import Offices
from tests.rules.world import CAL, RULES
from tests.store.given import DAY, T0, deliver, post, read, register, snapshot
from watcher.casework import CaseworkError, Wish, perform
from watcher.deciding import Book
from watcher.due import Cadence
from watcher.judging import settle
from watcher.model import Case, CaseState, Post
from watcher.rectifying import Deed, case_number
from watcher.store import (
    Database,
    Reading,
    case_events,
    case_letters,
    find_case,
    list_audit,
    list_cases,
    open_cases,
)

BOOK = Book(RULES, DEFAULT_POLICY, Offices(fallback=("op",)), CAL, Cadence(), DAY)
OLD = post(1, T0 - 20 * DAY)  # silent for 20 days
WHO = "王五"


def settled(db: Database, at: Any, *posts: Post) -> None:
    with db.write() as c:
        settle(c, [Reading("weibo-1", snapshot(at, *(posts or (OLD,))))], BOOK, at)


def do(db: Database, given: str, kind: Deed, at: Any, text: str = "说明", **data: Any) -> Case:
    with db.write() as c:
        return perform(c, given, Wish(kind, WHO, text, data), BOOK, at)[0]


@pytest.fixture
def silent(db: Database) -> Case:
    """The open case of an account silent for 20 days."""
    register(db)
    read(db, snapshot(T0 - 3 * DAY, OLD))
    settled(db, T0)
    return of(db, "UPD-04")


def of(db: Database, rule: str, state: CaseState | None = CaseState.OPEN) -> Case:
    with db.read() as c:
        return next(each for each in list_cases(c, state) if each.finding.rule == rule)


def rules_open(db: Database) -> set[str]:
    with db.read() as c:
        return {each.finding.rule for each in open_cases(c, ["weibo-1"])["weibo-1"]}


def pressed(db: Database) -> dict[str, str]:
    """The cases that are late, by number, and how gravely."""
    with db.read() as c:
        found = [each.finding for each in open_cases(c, ["weibo-1"])["weibo-1"]]
    return {each.subject: each.level.value for each in found if each.rule == "REC-01"}


def about(db: Database, case: Case) -> Case:
    """The last case of REC-01 about another."""
    with db.read() as c:
        return next(e for e in list_cases(c) if e.finding.subject == case_number(case))


def test_a_case_has_its_term_from_its_first_letter_on(db: Database, silent: Case) -> None:
    assert (silent.due_on, silent.due_from) == (date(2026, 3, 4), None)
    with db.read() as c:
        assert find_case(c, str(silent.id)) == silent
        assert find_case(c, case_number(silent) + "-0123456789") == silent
        assert find_case(c, "99999") is None
        assert find_case(c, "UPD-04-260302-ffffff") is None
        assert [each.why for each in case_letters(c, silent.id or 0)] == ["first"]


def test_every_deed_is_kept_audited_and_told_in_order(db: Database, silent: Case) -> None:
    number = case_number(silent)
    do(db, number, Deed.ACK, T0 + DAY)
    files = [{"sha256": "ab" * 32, "name": "截图.png", "size": 3}]
    do(db, number, Deed.FEEDBACK, T0 + DAY, files=files, due_on="2026-03-20")
    do(db, number, Deed.MEASURE, T0 + DAY, measure="talk")
    case = do(db, number, Deed.RECHECK, T0 + DAY, ok=True)
    assert (case.acknowledged_by, case.due_on) == (WHO, date(2026, 3, 20))
    assert case.feedback_at == T0 + DAY
    with db.read() as c:
        events = case_events(c, silent.id or 0)
        assert [each.kind for each in events] == ["ack", "feedback", "measure", "recheck"]
        assert events[1].data["files"] == files
        audited = list_audit(c, number)
        assert [row.action for row in audited][::-1] == [f"case_{e.kind}" for e in events]
        assert all(row.actor == WHO for row in audited)


def test_late_cases_are_pressed_and_feedback_ends_that(db: Database, silent: Case) -> None:
    deliver(db, T0)
    settled(db, T0 + 2 * DAY)  # the last day of the term
    assert "REC-01" not in rules_open(db)
    settled(db, T0 + 3 * DAY)
    assert pressed(db)[case_number(silent)] == "orange"
    late = about(db, silent)
    do(db, case_number(silent), Deed.FEEDBACK, T0 + 3 * DAY)
    ended = about(db, silent)
    assert (ended.id, ended.closing) == (late.id, "已收到反馈")
    settled(db, T0 + 9 * DAY)
    assert case_number(silent) not in pressed(db)  # the next week's own case is late by now
    do(db, case_number(silent), Deed.RECHECK, T0 + 9 * DAY, ok=False)
    assert pressed(db)[case_number(silent)] == "red"  # what was told was no feedback


def test_closing_what_is_still_seen_is_refused_and_changes_nothing(
    db: Database, silent: Case
) -> None:
    with pytest.raises(CaseworkError, match="仍见该情形"):
        do(db, case_number(silent), Deed.CLOSE, T0 + DAY)
    assert of(db, "UPD-04") == silent
    with db.read() as c:
        assert case_events(c, silent.id or 0) == ()
        assert list_audit(c, case_number(silent)) == ()


@pytest.mark.parametrize("kind", [Deed.DISMISS, Deed.CLOSE])
def test_what_people_ended_opens_again_on_new_facts_only(
    db: Database, silent: Case, kind: Deed
) -> None:
    data = {"despite": True} if kind is Deed.CLOSE else {}
    ended = do(db, case_number(silent), kind, T0 + DAY, "平台显示有误", **data)
    assert (ended.state, ended.dismissed) == (CaseState.CLOSED, kind is Deed.DISMISS)
    with db.read() as c:
        assert case_letters(c, silent.id or 0)[-1].why == "resolved"
    for n in range(2, 6):
        settled(db, T0 + n * DAY)
    assert "UPD-04" not in rules_open(db)
    fresh = post(2, T0 + 6 * DAY)
    settled(db, T0 + 6 * DAY + timedelta(hours=1), fresh, OLD)
    settled(db, T0 + 22 * DAY, fresh, OLD)
    assert "UPD-04" in rules_open(db)
    with pytest.raises(CaseworkError, match=r"已销号|不予认定"):
        do(db, case_number(silent), Deed.ACK, T0 + 22 * DAY)


def test_a_case_that_the_readings_ended_is_no_longer_worked_on(db: Database, silent: Case) -> None:
    settled(db, T0 + DAY, post(2, T0 + DAY - timedelta(hours=1)), OLD)
    assert of(db, "UPD-04", CaseState.CLOSED).id == silent.id
    with pytest.raises(CaseworkError, match="已销号"):
        do(db, case_number(silent), Deed.FEEDBACK, T0 + DAY)
    with pytest.raises(CaseworkError, match="没有编号为"):
        do(db, "4711", Deed.ACK, T0 + DAY)
    assert do(db, case_number(silent), Deed.DISMISS, T0 + 2 * DAY).dismissed
