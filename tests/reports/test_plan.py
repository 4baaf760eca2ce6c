"""When the plan wants which report."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from watcher.calendar import load_calendar, local
from watcher.report_kinds import KINDS
from watcher.report_plan import KINDS as PLANNED
from watcher.report_plan import Planned, coming, ended, occasions

CAL = load_calendar(None)
QUARTERLY = Planned("quarterly", "quarter", 3, ("", "haitang"))


def at(text):
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


def due(moment, plan=QUARTERLY):
    return [each.key for each in occasions([plan], at(moment), CAL)]


def test_a_quarter_is_reported_at_nine_on_the_third_working_day_after_it():
    # After the third quarter of 2026 come the holidays to 10-07; 10-08, 10-09 and Saturday 10-10
    # are the first three working days.
    assert due("2026-10-10T08:59") == []
    assert due("2026-10-10T09:00") == [
        "quarterly/2026-07-01..2026-09-30/",
        "quarterly/2026-07-01..2026-09-30/haitang",
    ]


def test_a_watch_that_begins_long_after_makes_no_report_of_what_it_did_not_see():
    assert due("2026-11-10T09:00")
    assert due("2026-11-11T09:00") == []


def test_an_occasion_has_the_same_key_whenever_it_is_asked_for():
    assert due("2026-10-10T09:00") == due("2026-10-20T23:00")


def test_the_last_period_that_is_over():
    assert ended("quarter", date(2026, 1, 1)).label == "2025年第四季度"
    assert ended("quarter", date(2026, 3, 31)).label == "2025年第四季度"
    assert ended("quarter", date(2026, 4, 1)).label == "2026年第一季度"
    assert ended("month", date(2026, 3, 1)).label == "2026年2月"
    assert ended("year", date(2026, 12, 31)).label == "2025年"


@given(
    st.sampled_from(["month", "quarter", "year"]),
    st.integers(1, 20),
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001
)
def test_what_is_due_is_over_and_recent(every, day, moment):
    now = moment.replace(tzinfo=UTC)
    for each in occasions([Planned("ledger", every, day)], now, CAL):
        assert each.period.ends <= each.due <= now
        assert now - each.due <= timedelta(days=31)
        assert local(each.due).hour == 9


@given(
    st.sampled_from(["month", "quarter", "year"]),
    st.integers(1, 20),
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001
)
def test_what_comes_next_is_the_first_that_is_not_due_yet(every, day, moment):
    now, planned = moment.replace(tzinfo=UTC), Planned("ledger", every, day)
    following = coming(planned, "", now, CAL)
    assert following.due > now
    before = [each.key for each in occasions([planned], following.due - timedelta(seconds=1), CAL)]
    assert following.key not in before
    assert following.key in [each.key for each in occasions([planned], following.due, CAL)]


def test_the_words_for_planned_reports_are_those_of_their_kinds():
    assert {kind: KINDS[kind].title for kind in PLANNED} == dict(PLANNED)
