"""What paper says: the order of its dates, who must agree, and the terms that run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.calendar import load_calendar
from watcher.filing_order import next_step, wrongs
from watcher.filings import (
    Filing,
    FilingKind,
    FilingStep,
    Route,
    clocks,
    filed_state,
    must_be_reviewed,
    paper_state,
    regularisation,
    regularising,
    route_for,
    route_of,
    step_of,
)
from watcher.model import FiledState, Unit, UnitKind

CAL = load_calendar(None)
TODAY = date(2026, 11, 23)
DONE = Filing(
    "F1",
    FilingKind.SUSPEND,
    "unit",
    account="weibo-1",
    applied_on=date(2026, 9, 1),
    approved_on=date(2026, 9, 10),
    carried_out_on=date(2026, 9, 24),
    form_on=date(2026, 9, 30),
    national_on=date(2026, 9, 30),
)


def fields(filing: Filing, kind: UnitKind = UnitKind.CITY_DEPARTMENT) -> list[str]:
    return [wrong.field for wrong in wrongs(filing, kind, TODAY)]


def test_a_filing_in_order_has_nothing_wrong() -> None:
    assert fields(DONE) == []


@pytest.mark.parametrize(
    ("kind", "route"),
    [
        (UnitKind.CITY_GOVERNMENT, Route.ONE_STEP),
        (UnitKind.DISTRICT_GOVERNMENT, Route.ONE_STEP),
        (UnitKind.MANAGEMENT_COMMITTEE, Route.ONE_STEP),
        (UnitKind.CITY_DEPARTMENT, Route.ONE_STEP),
        (UnitKind.VERTICAL_DEPARTMENT, Route.ONE_STEP),
        (UnitKind.STATUTORY_BODY, Route.ONE_STEP),
        (UnitKind.SOE, Route.ONE_STEP),
        (UnitKind.DISTRICT_DEPARTMENT, Route.TWO_STEPS),
        (UnitKind.OTHER, Route.TWO_STEPS),
    ],
)
def test_who_must_agree_follows_the_type_of_unit(kind: UnitKind, route: Route) -> None:
    assert route_of(kind) is route


def test_an_internal_organ_takes_the_way_of_its_department() -> None:
    assert route_of(UnitKind.INTERNAL_ORGAN, UnitKind.CITY_DEPARTMENT) is Route.ONE_STEP
    assert route_of(UnitKind.INTERNAL_ORGAN, UnitKind.DISTRICT_DEPARTMENT) is Route.TWO_STEPS
    # a district government's own organ is a department of the district
    assert route_of(UnitKind.INTERNAL_ORGAN, UnitKind.DISTRICT_GOVERNMENT) is Route.TWO_STEPS


def test_dates_in_the_wrong_order_are_named_with_both_days() -> None:
    (wrong,) = wrongs(replace(DONE, approved_on=date(2026, 8, 31)), UnitKind.CITY_DEPARTMENT, TODAY)
    assert wrong.field == "approved_on"
    assert "2026-08-31" in wrong.message
    assert "2026-09-01" in wrong.message


@pytest.mark.parametrize("kind", [UnitKind.CITY_GOVERNMENT, UnitKind.DISTRICT_GOVERNMENT])
def test_a_governments_account_is_not_deregistered_without_leave(kind: UnitKind) -> None:
    closing = replace(DONE, kind=FilingKind.DEREGISTER)
    assert fields(closing, kind) == ["kind"]
    assert fields(replace(closing, override="市政府办公室同意"), kind) == []
    assert fields(closing, UnitKind.CITY_DEPARTMENT) == []


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://weibo.com/1/N1", []),
        ("HTTP://mp.weixin.qq.com/s/x", []),
        ("weibo.com/1/N1", ["notice_url"]),
        ("javascript:alert(1)", ["notice_url"]),
        ("", ["notice_url"]),
    ],
)
def test_a_notice_needs_a_web_address(url: str, wanted: list[str]) -> None:
    closing = replace(
        DONE, kind=FilingKind.DEREGISTER, notice_from=DONE.approved_on, notice_url=url
    )
    assert fields(closing) == wanted


@pytest.mark.parametrize(
    "filing",
    [
        replace(DONE, carried_out_on=date(2026, 9, 9)),
        replace(DONE, approved_on=None),
        replace(DONE, approved_on=date(2026, 8, 31)),
        replace(DONE, applied_on=None),
        replace(DONE, kind=FilingKind.DEREGISTER),
    ],
)
def test_what_should_not_have_happened_is_written_down_only_as_it_happened(filing: Filing) -> None:
    kind = UnitKind.DISTRICT_GOVERNMENT
    soft = wrongs(filing, kind, TODAY)
    assert len(soft) == 1
    assert "--as-happened" in soft[0].message
    assert wrongs(filing, kind, TODAY, as_happened=True) == ()


def test_an_act_on_the_day_of_its_approval_is_in_order() -> None:
    assert fields(replace(DONE, carried_out_on=date(2026, 9, 10))) == []


def test_what_cannot_be_is_refused_even_as_it_happened() -> None:
    wrong = replace(DONE, form_on=date(2026, 9, 1), national_on=TODAY + timedelta(days=1))
    found = wrongs(wrong, UnitKind.CITY_DEPARTMENT, TODAY, as_happened=True)
    assert [each.field for each in found] == ["form_on", "national_on"]


def test_a_district_department_needs_the_districts_review_first() -> None:
    assert fields(DONE, UnitKind.DISTRICT_DEPARTMENT) == ["reviewed_on"]
    reviewed = replace(DONE, reviewed_on=date(2026, 9, 5))
    assert fields(reviewed, UnitKind.DISTRICT_DEPARTMENT) == []


def test_a_form_before_the_act_and_a_day_to_come_are_mistakes() -> None:
    assert fields(replace(DONE, form_on=date(2026, 9, 23))) == ["form_on"]
    assert fields(replace(DONE, national_on=TODAY + timedelta(days=1))) == ["national_on"]
    assert fields(replace(DONE, carried_out_on=None)) == ["form_on", "national_on"]


def test_a_governments_account_is_not_deregistered_without_the_city_offices_word() -> None:
    closing = replace(DONE, kind=FilingKind.DEREGISTER)
    assert fields(closing, UnitKind.DISTRICT_GOVERNMENT) == ["kind"]
    allowed = replace(closing, override="市政府办公室 2026-09-09 同意：单位撤销")
    assert fields(allowed, UnitKind.DISTRICT_GOVERNMENT) == []
    assert fields(closing) == []


@pytest.mark.parametrize(
    ("filing", "field"),
    [
        (replace(DONE, kind=FilingKind.CHANGE), "changes"),
        (replace(DONE, kind=FilingKind.MERGE), "keeps"),
        (replace(DONE, account=""), "account"),
        (replace(DONE, kind=FilingKind.OPEN, account=""), "account_name"),
        (replace(DONE, kind=FilingKind.OPEN, parent="M1"), "parent"),
        (replace(DONE, notice_from=date(2026, 9, 11)), "notice_url"),
        (replace(DONE, applied_on=None), "applied_on"),
    ],
)
def test_what_a_kind_of_filing_cannot_lack_is_named(filing: Filing, field: str) -> None:
    assert fields(filing) == [field]


def test_a_filing_comes_as_far_as_its_dates_say() -> None:
    step = {"applied_on": FilingStep.APPLIED, "approved_on": FilingStep.APPROVED}
    filing = Filing("F", FilingKind.OPEN, "unit")
    assert step_of(filing) is FilingStep.DRAFT
    for name, expected in step.items():
        filing = replace(filing, **{name: date(2026, 9, 1)})
        assert step_of(filing) is expected
    assert step_of(replace(DONE, national_on=None)) is FilingStep.CARRIED_OUT
    assert step_of(DONE) is FilingStep.FILED
    assert step_of(replace(DONE, ended_on=TODAY)) is FilingStep.WITHDRAWN
    assert step_of(replace(DONE, ended_on=TODAY, rejected=True)) is FilingStep.REJECTED


def test_form_and_national_system_have_three_working_days() -> None:
    form, national = clocks(DONE, CAL)
    assert form.due.on == national.due.on == date(2026, 9, 30)  # domain.md §5: 09-24 + 3
    assert not form.late(TODAY)
    late, _ = clocks(replace(DONE, form_on=date(2026, 10, 8)), CAL)
    assert late.late(TODAY)
    open_, _ = clocks(replace(DONE, form_on=None), CAL)
    assert not open_.late(date(2026, 9, 30))
    assert open_.late(date(2026, 10, 1))


def test_a_notice_lasts_fifteen_working_days() -> None:
    closing = replace(
        DONE, kind=FilingKind.DEREGISTER, notice_from=date(2026, 9, 24), carried_out_on=None
    )
    (notice,) = clocks(closing, CAL)
    assert notice.due.on == date(2026, 10, 22)  # domain.md §5: 09-24 + 15


def test_past_the_last_announced_year_nothing_is_overdue() -> None:
    filing = replace(DONE, carried_out_on=date(2026, 12, 31), form_on=None, national_on=None)
    form, _ = clocks(filing, CAL)
    assert form.due.provisional
    assert not form.late(date(2027, 3, 1))


def test_older_accounts_have_thirty_working_days_or_thirty_days() -> None:
    procedures, closing = regularisation(date(2026, 9, 28), CAL)
    assert procedures.on == date(2026, 11, 13)
    assert closing.on == date(2026, 10, 28)


@pytest.mark.parametrize(
    ("kind", "done", "state"),
    [
        (FilingKind.OPEN, True, FiledState.ACTIVE),
        (FilingKind.SUSPEND, True, FiledState.SUSPENDED),
        (FilingKind.DEREGISTER, True, FiledState.DEREGISTERED),
        (FilingKind.DEREGISTER, False, FiledState.NOTICE_PERIOD),
        (FilingKind.CHANGE, True, FiledState.ACTIVE),
    ],
)
def test_what_paper_says_of_the_account_follows_the_filing(
    kind: FilingKind, done: bool, state: FiledState
) -> None:
    filing = replace(
        DONE,
        kind=kind,
        notice_from=date(2026, 9, 11),
        carried_out_on=DONE.carried_out_on if done else None,
    )
    assert filed_state(filing, FiledState.ACTIVE) is state
    ended = replace(filing, ended_on=TODAY, rejected=True)
    assert filed_state(ended, FiledState.ACTIVE) is FiledState.ACTIVE


def test_a_unit_whose_parent_is_unknown_takes_the_way_its_offices_tell() -> None:
    organ = Unit("u", "某科", UnitKind.INTERNAL_ORGAN)
    assert route_for(organ) is Route.TWO_STEPS
    assert route_for(replace(organ, approval_authority="city")) is Route.ONE_STEP
    both = replace(organ, approval_authority="city", first_reviewer="district")
    assert route_for(both) is Route.TWO_STEPS
    assert route_for(both, UnitKind.CITY_DEPARTMENT) is Route.ONE_STEP
    assert must_be_reviewed(both)
    assert not must_be_reviewed(organ)  # two steps are our guess, and a guess accuses nobody
    assert must_be_reviewed(Unit("d", "区教育局", UnitKind.DISTRICT_DEPARTMENT))


def test_each_step_says_who_takes_the_next() -> None:
    one = Filing("F", FilingKind.DEREGISTER, "unit", account="a")
    told = []
    for name, day in (
        ("applied_on", 1),
        ("reviewed_on", 2),
        ("approved_on", 3),
        ("notice_from", 4),
        ("carried_out_on", 28),
    ):
        step = next_step(one, Route.TWO_STEPS)
        assert step is not None
        told.append(step[0])
        one = replace(one, **{name: date(2026, 9, day)})
    assert told == ["applied", "reviewed", "approved", "notice", "carried_out"]
    last = next_step(one, Route.TWO_STEPS)
    assert last is not None
    assert last[0] is FilingStep.FILED
    assert next_step(replace(one, form_on=TODAY, national_on=TODAY), Route.ONE_STEP) is None
    applied = next_step(replace(DONE, approved_on=None, carried_out_on=None), Route.ONE_STEP)
    assert applied is not None
    assert "市政府办公室" in applied[1]


def test_the_newest_word_of_all_filings_counts() -> None:
    opened = replace(DONE, key="F0", kind=FilingKind.OPEN, carried_out_on=date(2026, 1, 5))
    assert paper_state(()) is None
    assert paper_state((opened, DONE)) is FiledState.SUSPENDED
    again = replace(opened, key="F2", carried_out_on=date(2026, 10, 8))
    assert paper_state((again, opened, DONE)) is FiledState.ACTIVE
    assert paper_state((replace(DONE, ended_on=TODAY),)) is None
    assert paper_state((replace(DONE, kind=FilingKind.CHANGE),)) is None


def test_a_merge_has_no_form_of_its_own() -> None:
    merge = replace(DONE, kind=FilingKind.MERGE, keeps="a", form_on=None, national_on=None)
    assert clocks(merge, CAL) == ()
    assert step_of(merge) is FilingStep.FILED


def test_an_account_older_than_the_regulation_has_the_terms_of_article_30() -> None:
    published, old = date(2026, 9, 28), date(2020, 1, 1)
    (closing,) = regularising(DONE, old, published, CAL)
    assert (closing.due.on, closing.done_on) == (date(2026, 10, 28), DONE.carried_out_on)
    (procedures,) = regularising(replace(DONE, kind=FilingKind.OPEN), old, published, CAL)
    assert procedures.due.on == date(2026, 11, 13)
    assert regularising(DONE, published, published, CAL) == ()
    assert regularising(DONE, None, published, CAL) == ()
    assert regularising(DONE, old, None, CAL) == ()


DAYS = st.none() | st.dates(date(2026, 1, 1), TODAY)


@given(st.lists(DAYS, min_size=4, max_size=4), st.sampled_from(UnitKind))
def test_dates_that_run_forward_are_never_out_of_order(
    days: list[date | None], kind: UnitKind
) -> None:
    known = iter(sorted(day for day in days if day is not None))
    ordered = [None if day is None else next(known) for day in days]
    filing = Filing("F", FilingKind.SUSPEND, "unit", account="a", notice_url="https://x")
    names = ("decided_on", "applied_on", "reviewed_on", "approved_on")
    filing = replace(filing, **dict(zip(names, ordered, strict=True)))
    assert not [w for w in wrongs(filing, kind, TODAY) if "早于" in w.message]
