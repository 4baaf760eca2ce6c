"""Order and terms of Art. 8 and 9, as the annual inspection reports them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.calendar import load_calendar
from watcher.filings import Filing, FilingKind
from watcher.model import Unit, UnitKind
from watcher.reports.period import year
from watcher.reports.procedure import happened_in, procedure_of, rate

CAL = load_calendar(None)
CITY = Unit("edu", "三亚市教育局", UnitKind.CITY_DEPARTMENT)
DISTRICT = Unit("ht", "海棠区教育局", UnitKind.DISTRICT_DEPARTMENT)
TODAY = date(2026, 11, 23)
DONE = Filing(
    "F1",
    FilingKind.OPEN,
    "edu",
    applied_on=date(2026, 2, 1),
    approved_on=date(2026, 2, 9),
    carried_out_on=date(2026, 2, 11),  # + 3 working days: Saturday 02-14, a make-up day
    form_on=date(2026, 2, 14),
    national_on=date(2026, 2, 24),
)


def checked(filing, unit=CITY, today=TODAY):
    return procedure_of(filing, unit, CAL, today)


def test_what_was_done_in_order_and_in_time_is_said_to_be():
    found = checked(replace(DONE, national_on=date(2026, 2, 14)))
    assert (found.approved_first, found.form_in_time, found.national_in_time) == (True, True, True)
    assert found.days_to_form == 3
    assert found.conclusion == "符合程序"


def test_a_day_after_the_term_is_late_and_named():
    found = checked(DONE)
    assert found.national_in_time is False
    assert found.conclusion == "全国系统超过3个工作日"


def test_a_term_that_still_runs_counts_neither_way():
    running = replace(DONE, form_on=None, national_on=None)
    assert checked(running, today=date(2026, 2, 14)).form_in_time is None
    assert checked(running, today=date(2026, 2, 24)).form_in_time is False


def test_an_act_before_its_approval_came_first_and_one_of_the_same_day_did_not():
    assert checked(replace(DONE, approved_on=date(2026, 2, 12))).approved_first is False
    assert checked(replace(DONE, approved_on=None)).approved_first is False
    assert checked(replace(DONE, approved_on=date(2026, 2, 11))).approved_first is True
    assert checked(replace(DONE, carried_out_on=None)).approved_first is None


def test_two_levels_are_asked_of_a_district_department_alone():
    assert checked(DONE).both_levels is None
    assert checked(DONE, DISTRICT).both_levels is False
    assert checked(replace(DONE, reviewed_on=date(2026, 2, 5)), DISTRICT).both_levels is True
    assert checked(replace(DONE, reviewed_on=date(2026, 2, 10)), DISTRICT).both_levels is False


def test_a_notice_of_fifteen_working_days_is_full_before_the_act():
    gone = replace(DONE, kind=FilingKind.DEREGISTER, notice_from=date(2026, 9, 24))
    assert checked(replace(gone, carried_out_on=date(2026, 10, 22))).notice_kept is False
    assert checked(replace(gone, carried_out_on=date(2026, 10, 23))).notice_kept is True
    assert checked(replace(gone, notice_from=None)).notice_kept is False
    assert checked(DONE).notice_kept is None


def test_a_provisional_term_is_never_missed():
    filing = replace(DONE, carried_out_on=date(2026, 12, 30), form_on=None, national_on=None)
    assert checked(filing, today=date(2027, 1, 20)).form_in_time is None


def test_an_event_belongs_to_the_year_of_its_act():
    assert happened_in(DONE, year(2026))
    late = replace(DONE, carried_out_on=date(2027, 1, 4))
    assert not happened_in(late, year(2026))
    assert happened_in(replace(DONE, carried_out_on=None), year(2026))
    assert not happened_in(Filing("F2", FilingKind.OPEN, "edu"), year(2026))


DAYS = st.none() | st.dates(date(2025, 12, 1), date(2027, 2, 1))


@given(DAYS, DAYS, DAYS, DAYS, st.sampled_from(list(FilingKind)))
def test_no_mix_of_dates_makes_a_rate_of_more_than_all(approved, act, form, notice, kind):
    filing = replace(
        DONE, kind=kind, approved_on=approved, carried_out_on=act, form_on=form, notice_from=notice
    )
    found = checked(filing)
    for of in ("approved_first", "form_in_time", "national_in_time", "both_levels", "notice_kept"):
        assert rate([found, found], lambda each, of=of: getattr(each, of)).whole in (0, 2)
    assert found.conclusion


@pytest.mark.parametrize("kind", list(FilingKind))
def test_an_empty_filing_says_nothing_against_anybody(kind):
    found = checked(Filing("F", kind, "edu"))
    assert found.remarks == ()
    assert found.conclusion == "尚无可核对的日期"
