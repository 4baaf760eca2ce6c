"""The days a report is about, and the rates it prints."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.calendar import load_calendar
from watcher.reports.figures import NOTHING, Rate
from watcher.reports.period import before, between, month, period_of, quarter, weeks, year
from watcher.reports.words import form_day, listed, span_text

CAL = load_calendar(None)
DAYS = st.dates(date(2023, 1, 1), date(2029, 12, 31))


@pytest.mark.parametrize(
    ("text", "since", "until", "label"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "2026年"),
        ("2026Q3", date(2026, 7, 1), date(2026, 9, 30), "2026年第三季度"),
        ("2026q4", date(2026, 10, 1), date(2026, 12, 31), "2026年第四季度"),
        ("2026-07-01..2026-09-30", date(2026, 7, 1), date(2026, 9, 30), "2026年第三季度"),
        (
            "2026-07-02..2026-08-03",
            date(2026, 7, 2),
            date(2026, 8, 3),
            "2026年7月2日至2026年8月3日",
        ),
    ],
)
def test_a_period_is_read_as_people_write_it(text, since, until, label):
    assert period_of(text) == type(period_of(text))(since, until, label)


@pytest.mark.parametrize("text", ["", "26", "2026Q5", "2026-13-01..2026-13-02", "去年"])
def test_what_is_no_period_says_how_to_write_one(text):
    with pytest.raises(ValueError, match=r"时段|日期"):
        period_of(text)


def test_a_period_of_the_wrong_order_or_of_many_years_is_refused():
    with pytest.raises(ValueError, match="早于"):
        between(date(2026, 2, 1), date(2026, 1, 1))
    with pytest.raises(ValueError, match="三年"):
        between(date(2020, 1, 1), date(2026, 1, 1))


@given(DAYS, DAYS)
def test_a_period_is_read_back_from_how_it_is_written(one, other):
    since, until = min(one, other), max(one, other)
    if until - since > timedelta(days=1000):
        return
    known = period_of(f"{since}..{until}")
    assert period_of(str(known)) == known


@given(st.integers(2023, 2030))
def test_the_four_quarters_are_the_year_and_every_week_is_judged_once(number):
    quarters = [quarter(number, of) for of in (1, 2, 3, 4)]
    assert sum(each.days for each in quarters) == year(number).days
    judged = [week.id for each in quarters for week in weeks(each, CAL)]
    assert judged == [week.id for week in weeks(year(number), CAL)]
    following = {week.id for week in weeks(year(number + 1), CAL)}
    assert len(judged) == len(set(judged))
    assert not following & set(judged)


def test_a_week_over_the_turn_of_the_year_belongs_to_the_year_it_ends_in():
    ids = [week.id for week in weeks(year(2027), CAL)]
    assert ids[0] == "2026-W53"  # 2026-12-28 to 2027-01-03
    assert [week.id for week in weeks(year(2026), CAL)][-1] == "2026-W52"


def test_the_week_of_spring_festival_has_no_working_day():
    exempt = [week.id for week in weeks(quarter(2026, 1), CAL) if not week.required]
    assert exempt == ["2026-W08"]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (quarter(2026, 1), quarter(2025, 4)),
        (quarter(2026, 3), quarter(2026, 2)),
        (year(2026), year(2025)),
        (month(2026, 1), month(2025, 12)),
        (period_of("2026-03-11..2026-03-20"), period_of("2026-03-01..2026-03-10")),
    ],
)
def test_before_a_quarter_is_a_quarter_and_before_a_year_a_year(period, expected):
    assert before(period) == expected


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Rate(37, 38), "97.4%（37/38）"),
        (Rate(0, 0), NOTHING),
        (Rate(38, 38), "100.0%（38/38）"),
        (Rate(0, 38), "0.0%（0/38）"),
        (Rate(9999, 10000), "99.9%（9999/10000）"),
        (Rate(1, 10000), "0.1%（1/10000）"),
        (Rate(1, 800), "0.1%（1/800）"),
    ],
)
def test_a_rate_has_one_decimal_and_its_counts(rate, text):
    assert str(rate) == text


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_only_all_is_a_hundred_percent_and_only_none_is_nought(part, whole):
    if part <= whole:
        percent = Rate(part, whole).percent
        assert (percent == "100.0%") == (part == whole)
        assert (percent == "0.0%") == (part == 0)


def test_a_part_larger_than_its_whole_is_refused():
    with pytest.raises(ValueError, match="no rate"):
        Rate(2, 1)


def test_a_list_names_the_first_and_counts_the_rest():
    assert listed(["甲", "乙"]) == "甲、乙"
    assert listed([str(n) for n in range(7)], "个账号", 3) == "0、1、2等7个账号"
    assert listed([]) == "无"


def test_days_are_written_as_the_form_has_them():
    assert form_day(date(2026, 9, 30)) == "2026年 9月30日"
    assert form_day(None).strip() == "年  月  日"
    assert span_text(date(2026, 2, 15), date(2026, 2, 23)) == "2026年2月15日至23日"
    assert span_text(date(2026, 2, 15), date(2026, 3, 1)) == "2026年2月15日至3月1日"
