"""Which reports the plan wants, and when: after a period ended, on one of its first working days.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, TypeAlias

from watcher.calendar import ZONE, WorkCalendar, deadline, local
from watcher.reports.period import Period, month, quarter, year

Every: TypeAlias = Literal["month", "quarter", "year"]
HOUR = time(9)  # Beijing, as the digest
# What may be planned, with the words for it.
KINDS: Mapping[str, str] = {
    "staleness": "更新情况监测报告",
    "quarterly": "季度通报稿",
    "inspection": "年度专项检查报告",
    "ledger": "政务新媒体台账",
    "matrix": "政务新媒体矩阵",
}
FORMATS = ("docx", "xlsx", "html")  # that the plan makes, where a kind has them
_DAY = timedelta(days=1)
# From the end of a period to a day after the next one.
_NEXT: Mapping[Every, timedelta] = {
    "month": timedelta(days=32),
    "quarter": timedelta(days=93),
    "year": timedelta(days=367),
}
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


def coming(planned: Planned, office: str, now: datetime, cal: WorkCalendar) -> Occasion:
    """The next report of the plan for an office that is not due yet."""
    period, _ = _over(planned.every, now)
    while (occasion := _occasion(planned, period, office, cal)).due <= now:
        period = ended(planned.every, period.until + _NEXT[planned.every])
    return occasion


def _of(planned: Planned, now: datetime, cal: WorkCalendar) -> Iterator[Occasion]:
    before, last = _over(planned.every, now)
    for period in (before, last):
        for office in planned.offices:
            occasion = _occasion(planned, period, office, cal)
            if period is last or occasion.due >= last.ends:  # a report of January is due in March
                yield occasion


def _over(every: Every, now: datetime) -> tuple[Period, Period]:
    """The last two periods that are over."""
    last = ended(every, local(now).date())
    return ended(every, last.since), last


def _occasion(planned: Planned, period: Period, office: str, cal: WorkCalendar) -> Occasion:
    on = deadline(cal, period.until, planned.working_day).on
    due = datetime.combine(on, HOUR, ZONE).astimezone(UTC)
    return Occasion(planned.kind, period, office, due, planned.targets)


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
