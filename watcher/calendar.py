"""Working days, natural weeks and deadlines, in Beijing time. Pure but for loading; never raises
for a day of a year nobody has announced: statutory days are taken and the answer is provisional.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from watcher.holidays import (
    FIXED,
    PROVISIONAL,
    CalendarError,
    library_years,
    read_folder,
)

__all__ = [
    "PROVISIONAL_MARK",
    "ZONE",
    "CalendarError",
    "Deadline",
    "Week",
    "WorkCalendar",
    "announced",
    "deadline",
    "first_working_day",
    "is_working_day",
    "load_calendar",
    "local",
    "midnight",
    "missing_year",
    "next_working_day",
    "week",
    "week_of",
]

ZONE = ZoneInfo("Asia/Shanghai")
PROVISIONAL_MARK = "（预计，待国办放假通知）"
WARN_FROM = (11, 15)  # month and day from which next year's notice is missed
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class WorkCalendar:
    """The days on which offices differ from the plain week, for the years that are known."""

    announced: frozenset[int]  # years with a notice
    known: frozenset[int]  # these, and the provisional ones we have a table for
    off: frozenset[date]
    work: frozenset[date]  # weekend days that are working days (调休上班)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a term. Provisional: it reaches into a year without a notice."""

    on: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class Week:
    """A natural week, Monday to Sunday, by its ISO id; required if it has a working day."""

    id: str
    start: date
    end: date  # the Sunday
    working_days: int
    required: bool
    provisional: bool

    @property
    def begins(self) -> datetime:
        return midnight(self.start)

    @property
    def ends(self) -> datetime:
        """Sunday 24:00."""
        return midnight(self.end + _DAY)


def load_calendar(folder: Path | None) -> WorkCalendar:
    """The library's announced years, our provisional ones, and over them the files of `folder`.

    Raises CalendarError with every mistake of every file. A folder that is not there is empty.
    """
    years = {**PROVISIONAL, **library_years()}
    written = read_folder(folder) if folder is not None and folder.is_dir() else ()
    years |= {table.year: table for table in written}
    off = {day for table in years.values() for day in table.off}
    work = {day for table in years.values() for day in table.work}
    for table in written:  # what an office wrote beats what a library says of late December
        off, work = (off - table.work) | table.off, (work - table.off) | table.work
    return WorkCalendar(
        announced=frozenset(table.year for table in years.values() if table.announced),
        known=frozenset(years),
        off=frozenset(off),
        work=frozenset(work),
    )


def local(moment: datetime) -> datetime:
    """The same moment as people here see it."""
    return moment.astimezone(ZONE)


@lru_cache(maxsize=4096)
def midnight(day: date) -> datetime:
    """00:00 of that Beijing day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def announced(cal: WorkCalendar, year: int) -> bool:
    return year in cal.announced


def is_working_day(cal: WorkCalendar, day: date) -> bool:
    if day in cal.work:
        return True
    if day in cal.off or (day.year not in cal.known and (day.month, day.day) in FIXED):
        return False
    return day.weekday() < 5


def next_working_day(cal: WorkCalendar, day: date) -> date:
    """The first working day after `day`."""
    return first_working_day(cal, day + _DAY)


def first_working_day(cal: WorkCalendar, day: date) -> date:
    """`day` itself if it is one, else the next working day."""
    while not is_working_day(cal, day):
        day += _DAY
    return day


def deadline(cal: WorkCalendar, start: date, n: int) -> Deadline:
    """The n-th working day after `start`, which is not counted. Raises ValueError for n < 0."""
    if n < 0:
        raise ValueError(f"a term of {n} working days ends before it begins")
    on = start
    for _ in range(n):
        on = next_working_day(cal, on)
    return Deadline(on, any(year not in cal.announced for year in range(start.year, on.year + 1)))


def week_of(cal: WorkCalendar, day: date) -> Week:
    return _week(cal, day - timedelta(days=day.weekday()))


def week(cal: WorkCalendar, id: str) -> Week:
    """The week of an ISO id such as 2026-W08. Raises ValueError where there is none."""
    found = re.fullmatch(r"(\d{4})-W(\d{2})", id)
    if not found:
        raise ValueError(f"{id!r} is no week; write it as 2026-W08")
    try:
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return _week(cal, monday)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"the year {found[1]} has no week {found[2]}") from error


@lru_cache(maxsize=4096)
def _week(cal: WorkCalendar, monday: date) -> Week:
    days = [monday + timedelta(days=n) for n in range(7)]
    working = sum(is_working_day(cal, day) for day in days)
    year, number, _ = monday.isocalendar()
    return Week(
        id=f"{year}-W{number:02d}",
        start=monday,
        end=days[-1],
        working_days=working,
        required=working > 0,
        provisional=any(day.year not in cal.announced for day in days),
    )


def missing_year(
    cal: WorkCalendar, now: datetime, warn_from: tuple[int, int] = WARN_FROM
) -> int | None:
    """The year whose notice is missing: this one, or from `warn_from` (month, day) on the next."""
    today = local(now).date()
    if today.year not in cal.announced:
        return today.year
    late = (today.month, today.day) >= warn_from
    return today.year + 1 if late and today.year + 1 not in cal.announced else None
