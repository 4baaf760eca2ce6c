"""Which reports the plan wants, and when: after a period ended, on one of its first working days.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, TypeAlias

from watcher.calendar import ZONE, WorkCalendar, deadline, local
from watcher.reports.period import Period, month, quarter, year

Every: TypeAlias = Literal["month", "quarter", "year"]
HOUR = time(9)  # Beijing, as the digest
_DAY = timedelta(days=1)
# A watch that begins in November makes no report of the third quarter.
LATEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Planned:
    """A report that is made again and again. `offices` are keys; "" stands for the whole city.

    `working_day` counts from the day after the period. `targets` hear of it beside the office.
    """

    kind: str
    every: Every
    working_day: int = 3
    offices: tuple[str, ...] = ("",)
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Occasion:
    """One report that the plan wants made, from `due` on."""

    kind: str
    period: Period
    office: str
    due: datetime
    targets: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The same for ever: an occasion has one report."""
        return f"{self.kind}/{self.period}/{self.office}"


def occasions(plan: Iterable[Planned], now: datetime, cal: WorkCalendar) -> tuple[Occasion, ...]:
    """Those that are due and not long past, in the order of the plan."""
    return tuple(
        each
        for planned in plan
        for each in _of(planned, now, cal)
        if each.due <= now <= _last(each)
    )


def _of(planned: Planned, now: datetime, cal: WorkCalendar) -> Iterator[Occasion]:
    period = ended(planned.every, local(now).date())
    on = deadline(cal, period.until, planned.working_day).on
    due = datetime.combine(on, HOUR, ZONE).astimezone(UTC)
    for office in planned.offices:
        yield Occasion(planned.kind, period, office, due, planned.targets)


def _last(occasion: Occasion) -> datetime:
    return occasion.due + LATEST


def ended(every: Every, today: date) -> Period:
    """The last period that was over before a Beijing day."""
    if every == "year":
        return year(today.year - 1)
    last = today.replace(day=1) - _DAY
    if every == "month":
        return month(last.year, last.month)
    of = (today.month - 1) // 3  # quarters of this year that are over
    return quarter(today.year, of) if of else quarter(today.year - 1, 4)
