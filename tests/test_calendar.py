"""Working days, weeks and deadlines against the notices of 2023-2026 and the vectors of §5."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.calendar import (
    CalendarError,
    announced,
    deadline,
    is_working_day,
    load_calendar,
    local,
    midnight,
    missing_year,
    next_working_day,
    week,
    week_of,
)

CAL = load_calendar(None)
DAY = timedelta(days=1)
YEAR_2027 = """\
year: 2027
status: announced
source: 国务院办公厅通知
off: [2026-12-31, 2027-01-01, 2027-05-01, 2027-10-01, 2027-10-02, 2027-10-03]
work: [2027-01-09]
"""


def days(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


@pytest.mark.parametrize(
    ("start", "n", "on"),
    [
        ("2026-02-11", 3, "2026-02-14"),
        ("2026-02-13", 3, "2026-02-25"),
        ("2026-04-30", 3, "2026-05-08"),
        ("2026-05-08", 3, "2026-05-12"),
        ("2026-09-18", 3, "2026-09-22"),
        ("2026-09-24", 3, "2026-09-30"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-09-24", 15, "2026-10-22"),
        ("2026-09-30", 15, "2026-10-27"),
        ("2026-02-13", 15, "2026-03-12"),
        ("2026-11-23", 15, "2026-12-14"),
        ("2026-09-28", 30, "2026-11-13"),
    ],
)
def test_a_term_ends_where_the_domain_says(start: str, n: int, on: str) -> None:
    found = deadline(CAL, date.fromisoformat(start), n)
    assert (found.on.isoformat(), found.provisional) == (on, False)


def test_a_term_into_an_unannounced_year_is_provisional() -> None:
    found = deadline(CAL, date(2026, 12, 15), 15)
    assert (found.on, found.provisional) == (date(2027, 1, 6), True)


@pytest.mark.parametrize(
    ("id", "working"),
    [("2026-W08", 0), ("2024-W07", 1), ("2024-W40", 1), ("2025-W05", 1), ("2026-W30", 5)],
)
def test_a_week_is_required_if_it_has_a_working_day(id: str, working: int) -> None:
    found = week(CAL, id)
    assert (found.working_days, found.required) == (working, working > 0)


def test_the_first_week_of_2026_begins_in_2025_and_works_its_last_day() -> None:
    found = week(CAL, "2026-W01")
    assert (found.start, found.end) == (date(2025, 12, 29), date(2026, 1, 4))
    assert [day for day in days(date(2026, 1, 1), found.end) if is_working_day(CAL, day)] == [
        date(2026, 1, 4)
    ]


@pytest.mark.parametrize(
    ("day", "id"),
    [
        (date(2026, 12, 31), "2026-W53"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2027, 1, 4), "2027-W01"),
        (date(2024, 12, 30), "2025-W01"),
        (date(2023, 1, 1), "2022-W52"),
    ],
)
def test_a_week_at_the_turn_of_the_year_keeps_its_iso_id(day: date, id: str) -> None:
    assert week_of(CAL, day).id == id
    assert week(CAL, id) == week_of(CAL, day)


@pytest.mark.parametrize(
    "id", ["2025-W53", "2026-W54", "2026-W00", "2026-8", "W08", "", "0000-W01"]
)
def test_a_week_that_does_not_exist_is_refused(id: str) -> None:
    with pytest.raises(ValueError, match="week"):
        week(CAL, id)


def test_the_last_week_of_2026_is_provisional_and_the_one_before_is_not() -> None:
    assert week(CAL, "2026-W53").provisional
    assert not week(CAL, "2026-W52").provisional


def test_announced_years_agree_with_two_libraries_day_by_day() -> None:
    china = holidays.country_holidays("CN", years=range(2023, 2027))
    for day in days(date(2023, 1, 1), date(2026, 12, 31)):
        ours = is_working_day(CAL, day)
        assert ours == chinese_calendar.is_workday(day), day
        assert ours == china.is_working_day(day), day
    per_year = [
        sum(is_working_day(CAL, day) for day in days(date(year, 1, 1), date(year, 12, 31)))
        for year in range(2023, 2027)
    ]
    assert per_year == [249, 251, 248, 248]


def test_an_unannounced_year_knows_its_statutory_days_and_says_it_is_guessing() -> None:
    assert announced(CAL, 2026)
    assert not announced(CAL, 2027)
    off = ["01-01", "02-05", "02-08", "04-05", "06-09", "09-15", "10-01"]
    assert not any(is_working_day(CAL, date.fromisoformat(f"2027-{each}")) for each in off)
    assert is_working_day(CAL, date(2027, 2, 9))


@settings(deadline=None)
@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)))
def test_no_day_of_any_year_raises(day: date) -> None:
    is_working_day(CAL, day)
    week_of(CAL, day)
    assert next_working_day(CAL, day) > day
    if day.year > 2027 and (day.month, day.day) in {(1, 1), (5, 2), (10, 3)}:
        assert not is_working_day(CAL, day)


@settings(deadline=None)
@given(st.dates(date(2020, 1, 1), date(2032, 1, 1)), st.integers(1, 40))
def test_a_deadline_is_a_working_day_that_lies_n_working_days_on(start: date, n: int) -> None:
    found = deadline(CAL, start, n)
    assert is_working_day(CAL, found.on)
    between = days(start + DAY, found.on)
    assert sum(is_working_day(CAL, day) for day in between) == n
    assert found.provisional == any(not announced(CAL, d.year) for d in (start, found.on))


@settings(deadline=None)
@given(st.dates(date(2020, 1, 1), date(2032, 1, 1)), st.integers(0, 30))
def test_deadlines_grow_with_the_start_and_with_the_term(start: date, n: int) -> None:
    assert deadline(CAL, start, n).on <= deadline(CAL, start + DAY, n).on
    assert deadline(CAL, start, n).on < deadline(CAL, start, n + 1).on


def test_a_negative_term_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        deadline(CAL, date(2026, 1, 1), -1)


def test_a_beijing_day_begins_eight_hours_before_the_utc_one() -> None:
    assert midnight(date(2026, 3, 2)) == datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert local(datetime(2026, 3, 1, 16, tzinfo=UTC)).date() == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 11, 14), None),
        (date(2026, 11, 15), 2027),
        (date(2027, 1, 5), 2027),
        (date(2025, 12, 1), None),
    ],
)
def test_a_missing_notice_is_missed_from_mid_november(day: date, year: int | None) -> None:
    assert missing_year(CAL, midnight(day)) == year


def test_a_file_announces_a_year_without_waiting_for_a_release(tmp_path: Path) -> None:
    (tmp_path / "2027.yaml").write_text(YEAR_2027, encoding="utf-8")
    cal = load_calendar(tmp_path)
    assert announced(cal, 2027)
    assert is_working_day(cal, date(2027, 1, 9))  # a make-up Saturday
    assert is_working_day(cal, date(2027, 2, 5))  # the file replaces what was guessed
    assert not is_working_day(cal, date(2026, 12, 31))  # moved by the notice for 2027
    assert not deadline(cal, date(2026, 12, 15), 15).provisional
    assert missing_year(cal, midnight(date(2026, 12, 1))) is None


def test_a_file_overrides_an_announced_year(tmp_path: Path) -> None:
    text = YEAR_2027.replace("2026-12-31, ", "").replace("2027", "2026")
    (tmp_path / "2026.yaml").write_text(text.replace("2026-01-09", "2026-01-10"), encoding="utf-8")
    cal = load_calendar(tmp_path)
    assert is_working_day(cal, date(2026, 1, 10))
    assert not is_working_day(CAL, date(2026, 1, 10))
    assert is_working_day(cal, date(2026, 2, 16))


def test_a_folder_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    assert load_calendar(tmp_path / "none").off == CAL.off


def test_every_mistake_of_every_file_is_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "2027.yaml").write_text(
        """\
year: 2028
status: anounced
sourc: x
off: [2027-01-01, 2027-01-01, 2026-03-01, soon, 2027-13-01, 3]
work: [2027-01-04, 2027-01-01]
""",
        encoding="utf-8",
    )
    (tmp_path / "2028.yaml").write_text("year: [", encoding="utf-8")
    (tmp_path / "2029.yaml").write_text("- a\n", encoding="utf-8")
    (tmp_path / "next.yaml").write_text("year: 2030\n", encoding="utf-8")
    (tmp_path / "2031.yaml").write_text(
        "year: 2031\nstatus: announced\nsource: ' '\noff: [2031-01-01]\n", encoding="utf-8"
    )
    with pytest.raises(CalendarError) as caught:
        load_calendar(tmp_path)
    found = {(Path(each.file).name, each.path) for each in caught.value.mistakes}
    assert found == {
        ("2027.yaml", "year"),
        ("2027.yaml", "status"),
        ("2027.yaml", "sourc"),
        ("2027.yaml", "off[1]"),
        ("2027.yaml", "off[2]"),
        ("2027.yaml", "off[3]"),
        ("2027.yaml", "off[4]"),
        ("2027.yaml", "off[5]"),
        ("2027.yaml", "work"),
        ("2028.yaml", ""),
        ("2029.yaml", ""),
        ("next.yaml", ""),
        ("2031.yaml", "source"),
        ("2031.yaml", "off"),
    }
    assert "是否指“source”？" in str(caught.value)
    assert "不是周末" in str(caught.value)


def test_a_key_written_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "2027.yaml").write_text(YEAR_2027 + "off: [2027-01-01]\n", encoding="utf-8")
    with pytest.raises(CalendarError, match=r"第 6 行.*两次"):
        load_calendar(tmp_path)


def test_two_files_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "2027.yaml").write_text(
        YEAR_2027.replace("2026-12-31, ", "2026-12-26, "), encoding="utf-8"
    )
    (tmp_path / "2026.yaml").write_text(
        YEAR_2027.replace("2026-12-31, ", "")
        .replace("2027-01-09", "2026-12-26")
        .replace("2027", "2026"),
        encoding="utf-8",
    )
    with pytest.raises(CalendarError, match="2026-12-26 在"):
        load_calendar(tmp_path)
