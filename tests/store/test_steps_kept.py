"""Steps up as they are kept: with case and history in one transaction, and judged in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from alerts.policy import DEFAULT_POLICY
from alerts.routing import Office, Offices
from tests.rules.world import CAL, RULES
from tests.store.given import (
    DAY,
    HOUR,
    T0,
    UNIT,
    deliver,
    failure,
    letter,
    post,
    read,
    register,
    snapshot,
)
from watcher.calendar import ZONE
from watcher.casework import Wish, perform
from watcher.deciding import Book
from watcher.due import Cadence
from watcher.judging import rejudge, settle
from watcher.model import Case, CaseState, Outcome
from watcher.rectifying import Deed
from watcher.showing_cases import History, history_json, steps
from watcher.sight import Clearance, PlatformSight, PlatformState, Sky
from watcher.store import (
    Database,
    Reading,
    case_events,
    case_letters,
    enqueue,
    list_cases,
    next_judging,
    take_letters,
)

OFFICES = Offices(
    offices={"szf": Office("szf", "三亚市教育局办公室", targets={"": ("bureau",)})},
    units={UNIT.key: Office(UNIT.key, UNIT.name, targets={"": ("own",)})},
    fallback=("op",),
)
# A term that is long enough for nobody to be late.
LONG = replace(DEFAULT_POLICY.of("UPD-03"), deadline_days=10)
POLICY = replace(DEFAULT_POLICY, rules={**DEFAULT_POLICY.rules, "UPD-03": LONG})
BOOK = Book(RULES, POLICY, OFFICES, CAL, Cadence(), DAY)
LAST = post(1, datetime(2026, 2, 20, 8, tzinfo=ZONE))  # ten days before T0, a Monday
DUE = T0 + 2 * DAY  # of the second step: two working days


def at(db: Database, moment: datetime, outcome: Outcome | None = None, book: Book = BOOK) -> None:
    with db.write() as c:
        seen = outcome or snapshot(moment, LAST, profile=None)
        settle(c, [Reading("weibo-1", seen)], book, moment)


def near(db: Database) -> Case:
    with db.read() as c:
        found = list_cases(c, CaseState.OPEN)
    return next(case for case in found if case.finding.rule == "UPD-03")


@pytest.fixture
def queued(db: Database) -> Database:
    """An account near its limit; that its unit must be told was decided at T0."""
    register(db)
    read(db, snapshot(T0 - 3 * DAY, LAST, profile=None))
    at(db, T0)
    assert near(db).told_at == T0
    return db


@pytest.fixture
def told(queued: Database) -> Database:
    """The same, and its letter arrived at once."""
    deliver(queued, T0)
    return queued


def said(db: Database) -> list[tuple[str, str]]:
    with db.read() as c:
        letters = case_letters(c, near(db).id or 0)
    return [(each.target, each.why) for each in letters]


def test_a_step_is_kept_with_its_letter_and_in_the_history(told: Database) -> None:
    at(told, DUE - HOUR)
    assert near(told).stepped == ()
    at(told, DUE)
    case = near(told)
    assert case.stepped == ("unacknowledged:S",)
    assert ("bureau", "escalation") in said(told)
    with told.read() as c:
        (event,) = case_events(c, case.id or 0)
        letters = case_letters(c, case.id or 0)
    assert (event.kind, event.actor, event.at) == (Deed.STEP, "监测", DUE)
    assert event.text == "超过2个工作日未签收，报日常主管单位（bureau）"
    history = History(case, None, [event], letters)
    assert any(row[2] == "逐级报告" for _, row in steps(history))
    assert history_json(history)["events"][0]["kind"] == "step"
    at(told, DUE + 4 * HOUR)
    at(told, DUE + 6 * HOUR)
    assert said(told).count(("bureau", "escalation")) == 1


def test_the_account_is_judged_when_its_step_is_due_though_nobody_reads_it(told: Database) -> None:
    at(told, DUE - 3 * HOUR)
    with told.read() as c:
        coming = next_judging(c)
    assert coming is not None
    assert coming <= DUE
    with told.write() as c:
        rejudge(c, BOOK, DUE)
    assert near(told).stepped == ("unacknowledged:S",)


def test_a_death_before_the_end_leaves_nothing_of_a_step(told: Database) -> None:
    def dies() -> None:
        with told.write() as c:
            settle(c, [Reading("weibo-1", snapshot(DUE, LAST, profile=None))], BOOK, DUE)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        dies()
    assert near(told).stepped == ()
    assert ("bureau", "escalation") not in said(told)
    at(told, DUE + timedelta(minutes=1))
    assert said(told).count(("bureau", "escalation")) == 1


def test_who_signed_is_left_alone(told: Database) -> None:
    with told.write() as c:
        perform(c, str(near(told).id), Wish(Deed.ACK, "王五"), BOOK, T0 + HOUR)
    at(told, DUE)
    assert near(told).stepped == ()


def test_an_account_that_cannot_be_read_accuses_nobody_further_up(told: Database) -> None:
    for hours in range(4, 52, 4):
        moment = T0 + hours * HOUR
        at(told, moment, failure(moment))
    assert near(told).stepped == ()
    assert ("bureau", "escalation") not in said(told)
    at(told, DUE + 5 * HOUR)  # seen again, and still silent
    assert near(told).stepped == ("unacknowledged:S",)


def test_a_dark_platform_accuses_nobody_further_up(told: Database) -> None:
    dark = PlatformSight("weibo", DUE, PlatformState.BLIND)
    book = replace(BOOK, sky=Sky(lambda account: Clearance(dark)))
    at(told, DUE, book=book)
    assert near(told).stepped == ()
    at(told, DUE + HOUR)
    assert near(told).stepped == ("unacknowledged:S",)


def test_what_never_arrived_is_not_held_against_the_unit(queued: Database) -> None:
    deliver(queued, T0, to="bureau")  # the digest of the office above; the unit's channel is broken
    for days in (1, 2, 3):
        at(queued, T0 + days * DAY)
    assert near(queued).stepped == ()
    assert "reminder" not in {why for _, why in said(queued)}
    with queued.read() as c:
        late = [case for case in list_cases(c) if case.finding.rule == "REC-01"]
    assert late == []


def test_a_letter_that_arrives_late_counts_from_then(queued: Database) -> None:
    assert near(queued).due_on == date(2026, 3, 16)
    deliver(queued, T0 + DAY + HOUR)
    at(queued, DUE)
    assert near(queued).stepped == ()
    assert near(queued).due_on == date(2026, 3, 17), "ten working days after it arrived"
    at(queued, DUE + DAY + HOUR)
    assert near(queued).stepped == ("unacknowledged:S",)


def test_a_death_between_sending_and_noting_leaves_it_unheard(queued: Database) -> None:
    with queued.write() as c:
        take_letters(c, T0 + DAY, HOUR)  # they left, and the process died
    at(queued, T0 + DAY)
    assert near(queued).stepped == ()
    deliver(queued, T0 + DAY + HOUR)  # they leave again after the lease, saying so
    at(queued, DUE)
    assert near(queued).stepped == ()
    at(queued, DUE + DAY + HOUR)
    assert near(queued).stepped == ("unacknowledged:S",)


@pytest.mark.parametrize("state", ["failed", "held", "silenced"])
def test_a_letter_that_waits_or_was_refused_was_not_heard(queued: Database, state: str) -> None:
    with queued.write() as c:
        c.execute(sa.text("UPDATE outbox SET state = :state"), {"state": state})
    at(queued, DUE)
    assert near(queued).stepped == ()


def test_letters_that_are_not_kept_any_more_were_heard(queued: Database) -> None:
    with queued.write() as c:
        c.execute(sa.text("DELETE FROM outbox"))
    at(queued, DUE)
    assert near(queued).stepped == ("unacknowledged:S",)


def test_a_reading_that_presses_nobody_asks_nothing_of_the_outbox(told: Database) -> None:
    asked: list[str] = []
    soon = T0 + 4 * HOUR
    with told.write() as c:
        sa.event.listen(c, "before_cursor_execute", lambda *args: asked.append(args[2]))
        settle(c, [Reading("weibo-1", snapshot(soon, LAST, profile=None))], BOOK, soon)
    assert asked
    assert not [text for text in asked if "SELECT outbox.case_id" in text]


def test_letters_of_a_kind_wait_for_each_other_but_not_for_ever(db: Database) -> None:

    def put(key: str, minutes: int, **more: object) -> None:
        with db.write() as c:
            one = letter(key, not_before=T0 + timedelta(minutes=minutes), merge="UPD/first")
            enqueue(c, [replace(one, patience=timedelta(minutes=10), **more)])  # type: ignore[arg-type]

    put("a", 0)
    put("b", 6)
    put("other", 7, target="city")
    put("c", 10)
    put("d", 11)  # later than the first may wait
    with db.read() as c:
        rows = c.execute(sa.text("SELECT key, due_at FROM outbox")).all()
    due = {key: (moment / 1000 - T0.timestamp()) / 60 for key, moment in rows}
    assert due == {"a": 10, "b": 10, "c": 10, "d": 11, "other": 7}
