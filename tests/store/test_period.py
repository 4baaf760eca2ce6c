"""A period as the store hands it out, on both databases, as of a moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tests.store.given import UNIT, account, failure, finding, partial, post, read, snapshot
from watcher.annals import Mark, Past, Question, Record, Stretch, Terms, Verdict
from watcher.calendar import load_calendar
from watcher.calendar import week as week_named
from watcher.filings import Filing, FilingKind
from watcher.model import Case, CaseState, Exemption, FiledState, Letter, Level, Unit, UnitKind, Why
from watcher.recording import recorded
from watcher.rectifying import CaseEvent, Deed
from watcher.reports.period import period_of, weeks
from watcher.store import (
    Database,
    add_event,
    enqueue,
    mark_sent,
    prune,
    save_cases,
    save_register,
    take_letters,
)
from watcher.store.filed import keep_filings
from watcher.store.period import pasts, unit_standings

CAL = load_calendar(None)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 6, 29, tzinfo=UTC) - 8 * HOUR  # of 2026-W27, 00:00 in Beijing
LATE = datetime(2026, 10, 9, tzinfo=UTC)


def asked(as_of: datetime = LATE, period: str = "2026Q3", **terms: Any) -> Question:
    wanted = period_of(period)
    found = weeks(wanted, CAL)
    return Question(wanted.since, wanted.until, found, as_of, Terms(**terms))


def entered(db: Database, *accounts: Any, at: datetime = MONDAY - 60 * DAY, **more: Any) -> None:
    units = more.pop("units", [UNIT])
    with db.write() as c:
        save_register(c, units, accounts or (account(),), "测试", at)


def past(db: Database, ask: Question, key: str = "weibo-1") -> Past:
    with db.read() as c:
        return next(each for each in pasts(c, ask) if each.key == key)


def record(db: Database, ask: Question, key: str = "weibo-1") -> Record:
    return recorded(past(db, ask, key), ask)


def watched(db: Database, until: datetime, *at: datetime, since: datetime | None = None) -> None:
    """Read completely at the end, with these posts."""
    posts = [post(number, when) for number, when in enumerate(at, start=1)]
    read(db, snapshot(until, *posts, reaches=since))


def test_posts_are_counted_by_week_and_by_the_days_of_the_period(db: Database) -> None:
    entered(db)
    at = (MONDAY - DAY, MONDAY, MONDAY + DAY, MONDAY + 3 * DAY, MONDAY + 14 * DAY)
    watched(db, LATE - DAY, *at)
    seen = past(db, asked())
    assert [(w.week, w.posts, w.counted) for w in seen.posts] == [(0, 3, 1), (2, 1, 1)]
    assert seen.last_before == MONDAY - DAY
    assert seen.first_post == MONDAY - DAY
    assert (seen.posts[1].gap, seen.posts[1].gap_end) == (11 * DAY, MONDAY + 14 * DAY)
    told = recorded(seen, asked())
    assert told.weeks == "MXMXXXXXXXXXX"
    assert (told.posts, told.counts[:3]) == (2, (3, 0, 1))
    assert told.last_post == MONDAY + 14 * DAY
    assert told.verdict is Verdict.FAIL


def test_a_week_is_missed_only_where_it_was_seen_whole(db: Database) -> None:
    entered(db)
    read(db, snapshot(MONDAY + 10 * DAY, post(1, MONDAY), reaches=MONDAY - DAY))
    read(db, snapshot(MONDAY + 30 * DAY, post(2, MONDAY + 29 * DAY), reaches=MONDAY + 29 * DAY))
    told = record(db, asked(MONDAY + 30 * DAY + HOUR))
    assert told.weeks == "MBBBFFFFFFFFF"
    assert [(s.days, s.begun, s.ended) for s in told.silences] == [(10, True, False)]
    assert told.verdict is Verdict.UNKNOWN
    assert told.blind == ((MONDAY + 10 * DAY, MONDAY + 29 * DAY),)


def test_what_a_gap_broke_still_proves_what_it_proved(db: Database) -> None:
    entered(db)
    read(db, snapshot(MONDAY + 20 * DAY, post(1, MONDAY), reaches=MONDAY - DAY))
    read(db, snapshot(MONDAY + 60 * DAY, post(2, MONDAY + 50 * DAY), reaches=MONDAY + 50 * DAY))
    told = record(db, asked(MONDAY + 61 * DAY))
    assert told.weeks[:4] == "MXBB"
    assert [s.days for s in told.silences] == [20, 10]
    assert told.verdict is Verdict.FAIL


def test_nothing_that_was_learnt_after_the_cut_off_shows(db: Database) -> None:
    entered(db)
    read(db, snapshot(MONDAY + 5 * DAY, post(1, MONDAY), reaches=MONDAY - DAY))
    cut = asked(MONDAY + 15 * DAY)
    before = record(db, cut)
    for at in (MONDAY + 6 * DAY, MONDAY + 7 * DAY):
        read(db, failure(at))
    # Read again after the cut-off: the list shows what we missed, and reaches back.
    read(db, snapshot(MONDAY + 20 * DAY, post(2, MONDAY + 8 * DAY), post(1, MONDAY)))
    assert record(db, cut) == before
    assert before.weeks[:2] == "MB"
    assert record(db, asked(MONDAY + 21 * DAY)).weeks[:2] == "MM"


def test_a_post_that_a_list_ended_before_proves_no_silence_at_the_cut_off(db: Database) -> None:
    entered(db)
    end = MONDAY + 7 * DAY
    read(db, snapshot(end + HOUR, post(1, MONDAY - DAY), reaches=MONDAY - 2 * DAY))
    read(db, snapshot(end + 2 * DAY, post(2, end - HOUR), post(1, MONDAY - DAY)))
    assert record(db, asked(end + DAY)).weeks[0] == Mark.BLIND


def test_the_cut_off_holds_when_the_log_of_readings_is_pruned(db: Database) -> None:
    entered(db)
    watched(db, MONDAY + 13 * DAY, MONDAY, since=MONDAY - DAY)
    watched(db, MONDAY + 15 * DAY, MONDAY, since=MONDAY - DAY)
    with db.write() as c:
        prune(c, LATE + 300 * DAY)
    assert past(db, asked(MONDAY + 14 * DAY)).stretches == (
        Stretch(MONDAY - DAY, MONDAY + 13 * DAY),
    )


def test_partial_readings_add_posts_and_days_but_no_proof(db: Database) -> None:
    entered(db)
    read(db, partial(MONDAY + 8 * DAY, post(1, MONDAY + 7 * DAY)))
    told = record(db, asked(MONDAY + 22 * DAY))
    assert told.weeks[:3] == "BMB"
    assert (told.seen_days, told.due_days) == (1, 20)
    assert told.longest is None


def test_forwards_count_only_where_the_rules_say_so(db: Database) -> None:
    entered(db)
    read(db, snapshot(MONDAY + 8 * DAY, post(1, MONDAY, repost=True), reaches=MONDAY - DAY))
    assert record(db, asked(MONDAY + 8 * DAY)).weeks[0] == Mark.MET
    assert record(db, asked(MONDAY + 8 * DAY, reposts=False)).weeks[0] == Mark.MISSED


def test_a_post_dated_ahead_is_no_update(db: Database) -> None:
    entered(db)
    ahead = post(1, MONDAY + 9 * DAY)
    read(db, snapshot(MONDAY + 1 * HOUR, ahead, reaches=MONDAY - DAY))
    read(db, snapshot(MONDAY + 15 * DAY, ahead))
    assert record(db, asked(MONDAY + 15 * DAY)).weeks[:2] == "XX"


def test_a_new_account_owes_its_first_week_if_it_was_new_by_wednesday(db: Database) -> None:
    for number, day in ((1, date(2026, 7, 8)), (2, date(2026, 7, 9))):
        entered(db, account(number, opened_on=day))
        for at in (MONDAY + 30 * DAY,):
            read(db, snapshot(at, key=f"weibo-{number}"))
    ask = asked(MONDAY + 31 * DAY)
    assert record(db, ask, "weibo-1").weeks[:3] == "OXX"
    assert record(db, ask, "weibo-2").weeks[:3] == "OOX"
    assert record(db, ask, "weibo-1").state_before == ""


def test_the_holiday_week_is_free_and_the_weeks_around_it_count(db: Database) -> None:
    entered(db, at=datetime(2026, 1, 1, tzinfo=UTC))
    start = datetime(2026, 2, 8, 16, tzinfo=UTC)
    watched(db, start + 40 * DAY, start, start + 20 * DAY, since=start - DAY)
    ask = asked(start + 41 * DAY, "2026Q1")
    told = record(db, ask)
    eight = ask.weeks.index(week_named(CAL, "2026-W08"))
    assert told.weeks[eight - 1 : eight + 2] == "MEM"
    # Art. 12 was kept; the national clock of 14 days excuses no holiday.
    assert told.verdict is Verdict.FAIL
    assert [s.days for s in told.silences] == [20, 20]


def test_an_account_that_changed_hands_is_counted_where_it_was(db: Database) -> None:
    other = Unit("wjw", "三亚市卫生健康委员会", UnitKind.CITY_DEPARTMENT, "wjw_office")
    entered(db)
    moved = MONDAY + 15 * DAY
    entered(db, account(1, unit=other), at=moved, units=[UNIT, other])
    told = record(db, asked())
    assert (told.unit, [(m.before, m.after) for m in told.moved]) == ("wjw", [("jyj", "wjw")])
    assert [told.unit_in(week) for week in (0, 1, 2, 3)] == ["jyj", "jyj", "wjw", "wjw"]
    assert record(db, asked(moved - DAY)).unit == "jyj"
    assert record(db, asked(moved - DAY)).moved == ()
    with db.read() as c:
        assert set(unit_standings(c, LATE)) == {"jyj", "wjw"}


def test_a_renamed_unit_is_called_as_it_was(db: Database) -> None:
    entered(db)
    renamed = replace(UNIT, name="三亚市教育和体育局", daily_supervisor="new")
    entered(db, account(1, unit=renamed), at=MONDAY + 9 * DAY, units=[renamed])
    with db.read() as c:
        now, then = (unit_standings(c, at)["jyj"] for at in (LATE, MONDAY))
    assert [each.name for each in now] == [UNIT.name, renamed.name]
    assert [each.supervisor for each in then] == ["szf"]


def test_weeks_after_a_suspension_count_from_its_day_on_paper(db: Database) -> None:
    entered(db)
    watched(db, MONDAY + 28 * DAY, MONDAY, since=MONDAY - DAY)
    watched(db, MONDAY + 40 * DAY, MONDAY, since=MONDAY - DAY)
    filing = Filing(
        "F1",
        FilingKind.SUSPEND,
        "jyj",
        "weibo-1",
        approved_on=date(2026, 7, 6),
        carried_out_on=date(2026, 7, 8),
        form_on=date(2026, 7, 9),
        national_on=date(2026, 7, 9),
    )
    with db.write() as c:
        keep_filings(c, [filing], "测试", MONDAY + 30 * DAY)
    told = record(db, asked(MONDAY + 41 * DAY))
    assert told.weeks[:5] == "MOOOO"
    assert (told.state_before, told.state_after) == ("active", "suspended")
    assert told.verdict is Verdict.PASS
    assert record(db, asked(MONDAY + 29 * DAY)).weeks[:4] == "MXXX"


def test_exempt_weeks_are_not_owed(db: Database) -> None:
    entered(
        db, account(1, exemptions=(Exemption(("UPD-*",), "暑假", "市府办", date(2026, 7, 13)),))
    )
    watched(db, MONDAY + 40 * DAY, since=MONDAY - DAY)
    assert record(db, asked(MONDAY + 41 * DAY)).weeks[:4] == "OOOX"


def told_case(db: Database, rule: str, at: datetime, **more: Any) -> int:
    facts = more.pop("facts", {})
    found = replace(finding(rule, subject="week"), as_of=at, facts=facts)
    with db.write() as c:
        (saved,) = save_cases(c, [Case(found, at, **more)])
    assert saved.id is not None
    return saved.id


def test_cases_show_what_was_said_and_done_by_the_cut_off(db: Database) -> None:
    entered(db)
    number = told_case(
        db,
        "UPD-04",
        MONDAY + DAY,
        state=CaseState.CLOSED,
        closed_at=MONDAY + 9 * DAY,
        closing="复查时已不再出现该情形",
    )
    with db.write() as c:
        for target, why, when in (
            ("a", Why.FIRST, 1),
            ("b", Why.FIRST, 1),
            ("a", Why.REMINDER, 2),
            ("a", Why.REMINDER, 3),
            ("a", Why.RESOLVED, 9),
        ):
            at = MONDAY + when * DAY
            letter = Letter(
                f"{target}{why}{when}", target, why, Level.RED, "题", "文", "短", at, case_id=number
            )
            enqueue(c, [letter])
            for group in take_letters(c, at, HOUR):
                mark_sent(c, [each.id for each in group if each.id], "x", at)
        add_event(c, CaseEvent(number, MONDAY + 5 * DAY, "李", Deed.ACK))
        add_event(c, CaseEvent(number, MONDAY + 6 * DAY, "李", Deed.FEEDBACK, "已发"))
    (late,), (early,) = (past(db, asked(cut)).cases for cut in (LATE, MONDAY + 2 * DAY + 12 * HOUR))
    assert late.notices == (("reminder", 2), ("resolved", 1))  # the first was before July
    assert late.noticed == 2
    assert (late.told_at, late.acknowledged_at) == (MONDAY + DAY, MONDAY + 5 * DAY)
    assert (late.feedback_at, late.closed_at) == (MONDAY + 6 * DAY, MONDAY + 9 * DAY)
    assert early.notices == (("reminder", 1),)
    assert (early.closed_at, early.closing, early.acknowledged_at) == (None, "", None)
    assert late.number.startswith("UPD-04-2606")
    assert past(db, asked(MONDAY)).cases == ()


def test_what_a_person_did_not_uphold_counts_against_nobody(db: Database) -> None:
    entered(db)
    for at in (18 * DAY, 20 * DAY):
        watched(db, MONDAY + at, MONDAY, MONDAY + 16 * DAY, since=MONDAY - DAY)
    facts = {"weeks": ["2026-W28"]}
    ids = [
        told_case(db, "UPD-02", MONDAY + 14 * DAY, facts=facts, dismissed=True),
        told_case(db, "UPD-04", MONDAY + 15 * DAY, dismissed=True),
    ]
    ask = asked(MONDAY + 21 * DAY)
    assert (record(db, ask).weeks[:3], record(db, ask).verdict) == ("MXM", Verdict.FAIL)
    with db.write() as c:
        for ident in ids:
            add_event(c, CaseEvent(ident, MONDAY + 20 * DAY, "王", Deed.DISMISS, "系统误判"))
    assert (record(db, ask).weeks[:3], record(db, ask).verdict) == ("MOM", Verdict.EXCUSED)
    assert record(db, asked(MONDAY + 19 * DAY)).verdict is Verdict.FAIL


def test_no_post_ever_and_no_reading_is_no_silence(db: Database) -> None:
    entered(db)
    told = record(db, asked())
    assert set(told.weeks) == {"B"}
    assert (told.longest, told.silences, told.last_post) == (None, (), None)
    assert told.verdict is Verdict.UNKNOWN


def test_apps_owe_no_weekly_update(db: Database) -> None:
    entered(db, account(1, platform="app"))
    told = record(db, asked(not_weekly=frozenset({"app"})))
    assert set(told.weeks) == {"O"}
    assert (told.verdict, told.due_days) == (Verdict.NONE, 0)


def test_accounts_are_chosen_by_what_the_register_said(db: Database) -> None:
    entered(db, account(1), account(2, filed_state=FiledState.DEREGISTERED))
    with db.read() as c:
        ask = asked()
        found = [p.key for p in pasts(c, ask, lambda s: s[-1].state is FiledState.ACTIVE)]
        assert found == ["weibo-1"]
        assert [p.key for p in pasts(c, asked(MONDAY - 61 * DAY))] == []


def test_the_days_of_a_period_are_walked_in_few_queries(db: Database) -> None:
    entered(db, *(account(number) for number in range(1, 41)))
    for number in range(1, 41):
        read(db, snapshot(MONDAY + DAY, post(1, MONDAY), key=f"weibo-{number}"))
    asked_for: list[str] = []
    with db.read() as c:
        sa.event.listen(
            c, "before_cursor_execute", lambda *given: asked_for.append(given[2]), named=False
        )
        assert len(list(pasts(c, asked()))) == 40
    assert len(asked_for) <= 14


def test_readings_are_owed_from_the_first_whole_day_in_the_ledger(db: Database) -> None:
    entered(db, at=MONDAY + 10 * DAY + HOUR)
    watched(db, MONDAY + 12 * DAY, MONDAY + 11 * DAY)
    found = record(db, asked())
    first = date(2026, 7, 10)  # the day after it was entered
    assert found.entered == first
    assert found.due_days == (date(2026, 9, 30) - first).days + 1
    assert entered_at_midnight(db).entered == date(2026, 7, 9)


def entered_at_midnight(db: Database) -> Record:
    entered(db, account(2), at=MONDAY + 10 * DAY)
    return record(db, asked(), "weibo-2")
