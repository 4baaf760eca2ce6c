import pytest

from alerts.hours import next_digest, next_permitted, send_from
from tests.alerts.examples import CAL, at, case, finding
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
