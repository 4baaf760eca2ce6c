from dataclasses import replace
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.hours import (
    USUAL,
    after_days,
    after_hours,
    beijing,
    next_digest,
    next_permitted,
    send_from,
)
from tests.alerts.examples import CAL, STEADY, at, case, finding
from watcher.calendar import is_working_day
from watcher.model import Level, Notice, Why


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(11, 23, 10), at(11, 23, 10)),  # Monday
        (at(11, 23, 7, 59), at(11, 23, 8)),
        (at(11, 23, 8), at(11, 23, 8)),
        (at(11, 23, 21, 59), at(11, 23, 21, 59)),
        (at(11, 23, 22), at(11, 24, 8)),
        (at(11, 27, 23), at(11, 30, 8)),  # Friday night
        (at(2, 13, 23), at(2, 14, 8)),  # the Saturday before Spring Festival is worked
        (at(2, 14, 22), at(2, 24, 8)),  # and then nine days off
        (at(2, 20, 12), at(2, 24, 8)),
        (at(9, 20, 9), at(9, 20, 9)),  # a Sunday that is worked
        (at(9, 24, 22, 30), at(9, 28, 8)),
        (at(9, 30, 23), at(10, 8, 8)),
        (at(10, 10, 9), at(10, 10, 9)),
        (at(12, 31, 23), at(1, 4, 8, year=2027)),  # past the last announced year
    ],
)
def test_ordinary_letters_wait_for_working_hours(now, expected):
    assert next_permitted(now, CAL) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(11, 23, 8, 59), at(11, 23, 9)),
        (at(11, 23, 9), at(11, 23, 9)),
        (at(11, 23, 9, 1), at(11, 24, 9)),
        (at(11, 27, 15), at(11, 30, 9)),
        (at(4, 3, 10), at(4, 7, 9)),  # Qingming
        (at(5, 8, 10), at(5, 9, 9)),  # a Saturday worked for Labour Day
        (at(6, 18, 10), at(6, 22, 9)),
        (at(2, 14, 10), at(2, 24, 9)),
        (at(2, 27, 10), at(2, 28, 9)),
        (at(9, 30, 10), at(10, 8, 9)),
    ],
)
def test_the_digest_comes_at_nine_on_working_days(now, expected):
    assert next_digest(now, CAL) == expected


@pytest.mark.parametrize("why", list(Why))
@pytest.mark.parametrize("level", list(Level))
def test_at_night_only_red_news_and_operator_letters_leave(level, why):
    night = at(2, 20, 23)
    leaves = send_from(Notice(case(finding(level=level)), why, ()), night, CAL)
    at_once = level is Level.OPERATOR or (level is Level.RED and why in (Why.FIRST, Why.ESCALATION))
    assert (leaves < at(2, 20, 23, 5)) == at_once
    assert at_once or leaves == at(2, 24, 8)


LATER = replace(USUAL, morning=time(9), night=time(18), digest=time(10, 30))


@pytest.mark.parametrize(
    ("now", "permitted", "digest"),
    [
        (at(11, 23, 8, 59), at(11, 23, 9), at(11, 23, 10, 30)),
        (at(11, 23, 17, 59), at(11, 23, 17, 59), at(11, 24, 10, 30)),
        (at(11, 23, 18), at(11, 24, 9), at(11, 24, 10, 30)),
        (at(9, 19, 19), at(9, 20, 9), at(9, 20, 10, 30)),  # before a Sunday that is worked
        (at(9, 30, 18), at(10, 8, 9), at(10, 8, 10, 30)),  # the last day before Golden Week
    ],
)
def test_other_hours_may_be_quiet(now, permitted, digest):
    assert next_permitted(now, CAL, LATER) == permitted
    assert next_digest(now, CAL, LATER) == digest


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (at(11, 23, 8), 4, at(11, 23, 12)),
        (at(11, 23, 10), 4, at(11, 23, 16, 30)),  # the offices rest from noon to half past two
        (at(11, 23, 13), 1, at(11, 23, 15, 30)),
        (at(11, 23, 17), 2, at(11, 24, 9, 30)),
        (at(11, 23, 23), 1, at(11, 24, 9)),
        (at(11, 27, 17), 1, at(11, 30, 8, 30)),  # over a weekend
        (at(9, 30, 17), 1, at(10, 8, 8, 30)),  # over Golden Week
        (at(9, 19, 12), 1, at(9, 20, 9)),  # on to a Sunday that is worked
    ],
)
def test_working_hours_pass_while_the_offices_are_open(start, count, expected):
    assert after_hours(start, count, CAL) == expected


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (at(11, 23, 10), 1, at(11, 24, 10)),
        (at(11, 27, 10), 1, at(11, 30, 10)),
        (at(11, 23, 13), 1, at(11, 24, 14, 30)),  # the rest at noon counts from its end
        (at(11, 23, 21), 1, at(11, 25, 8)),  # what is told at night is told next morning
        (at(9, 30, 10), 2, at(10, 9, 10)),
        (at(2, 13, 10), 1, at(2, 14, 10)),  # a Saturday that is worked
        (at(2, 14, 10), 1, at(2, 24, 10)),
    ],
)
def test_working_days_keep_the_hour_of_the_clock(start, days, expected):
    assert after_days(start, days, CAL) == expected


@STEADY
@given(st.integers(0, 365 * 24 * 60), st.integers(1, 40))
def test_what_is_counted_in_working_time_ends_in_working_time(minutes, count):
    start = at(1, 5, 0) + timedelta(minutes=minutes)
    for moment in (after_hours(start, count, CAL), after_days(start, count, CAL)):
        here = beijing(moment)
        assert moment > start
        assert is_working_day(CAL, here.date())
        assert any(opens <= here.time() <= closes for opens, closes in USUAL.office)
        assert next_permitted(moment, CAL) == moment
