"""The stretch of days that a report is about. Beijing days, both ends included. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from watcher.calendar import Week, WorkCalendar, midnight, week_of

_DAY = timedelta(days=1)
_YEAR = re.compile(r"(20\d\d)")
_QUARTER = re.compile(r"(20\d\d)[-_]?[Qq]([1-4])")
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_BETWEEN = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)")
LONGEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day's 00:00 to the last day's 24:00. `label` is how people call it."""

    since: date
    until: date  # included
    label: str

    @property
    def begins(self) -> datetime:
        return midnight(self.since)

    @property
    def ends(self) -> datetime:
        """24:00 of the last day, in UTC."""
        return midnight(self.until + _DAY)

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    def __str__(self) -> str:
        """As `period_of` reads it."""
        return f"{self.since}..{self.until}"


def year(number: int) -> Period:
    return Period(date(number, 1, 1), date(number, 12, 31), f"{number}年")


def quarter(number: int, of: int) -> Period:
    """The quarter `of` (1 to 4) of a year."""
    first = date(number, 3 * of - 2, 1)
    after = date(number + of // 4, 3 * of % 12 + 1, 1)
    return Period(first, after - _DAY, f"{number}年第{'一二三四'[of - 1]}季度")


def month(number: int, of: int) -> Period:
    """The month `of` (1 to 12) of a year."""
    after = date(number + of // 12, of % 12 + 1, 1)
    return Period(date(number, of, 1), after - _DAY, f"{number}年{of}月")


def between(since: date, until: date) -> Period:
    """Raises ValueError where the days stand in the wrong order, or lie more than three years
    apart."""
    if until < since:
        raise ValueError(f"截止日 {until} 早于起始日 {since}")
    if until - since > LONGEST:
        raise ValueError(f"{since} 至 {until} 超过三年，请分段生成")
    return Period(since, until, f"{_day(since)}至{_day(until)}")


def period_of(text: str) -> Period:
    """2026, 2026Q3, 2026-07 or 2026-07-01..2026-09-30. Raises ValueError saying how to write."""
    if found := _YEAR.fullmatch(text):
        return year(int(found[1]))
    if found := _QUARTER.fullmatch(text):
        return quarter(int(found[1]), int(found[2]))
    if found := _MONTH.fullmatch(text):
        return month(int(found[1]), int(found[2]))
    if found := _BETWEEN.fullmatch(text):
        try:
            since, until = date.fromisoformat(found[1]), date.fromisoformat(found[2])
        except ValueError:
            raise ValueError(f"{text!r} 中有不存在的日期") from None
        return _named(between(since, until))
    raise ValueError(f"{text!r} 不是时段；写法如 2026、2026Q3、2026-07、2026-07-01..2026-09-30")


def before(period: Period) -> Period:
    """The month, quarter or year before one; else the same number of days before it."""
    last = period.since - _DAY
    for length in _named_ones(period.since.year):
        if (length.since, length.until) == (period.since, period.until):
            if length.days < 32:
                return month(last.year, last.month)
            return (
                year(last.year) if length.days > 100 else quarter(last.year, (last.month + 2) // 3)
            )
    return between(last - timedelta(days=period.days - 1), last)


def weeks(period: Period, cal: WorkCalendar) -> tuple[Week, ...]:
    """The natural weeks that are judged in the period: those whose Sunday lies in it.

    A week is judged after its Sunday 24:00, so a week over the turn of the year belongs to the
    year in which it ends, whole.
    """
    found = []
    day = period.since
    while day <= period.until:
        week = week_of(cal, day)
        if week.end <= period.until:
            found.append(week)
        day = week.end + _DAY
    return tuple(found)


def _named_ones(number: int) -> tuple[Period, ...]:
    """The year, its quarters, its months."""
    quarters = (quarter(number, of) for of in range(1, 5))
    return (year(number), *quarters, *(month(number, of) for of in range(1, 13)))


def _named(period: Period) -> Period:
    """With the name of a month, a quarter or a year where the days are just that."""
    for known in _named_ones(period.since.year):
        if (known.since, known.until) == (period.since, period.until):
            return known
    return period


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
