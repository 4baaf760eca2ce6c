"""When a letter may go out: quiet hours, working hours, the digest. Pure; days are Beijing's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from watcher.calendar import ZONE, WorkCalendar, is_working_day
from watcher.model import Level, Notice, Why

RANK: Mapping[Level, int] = {
    Level.OPERATOR: 0,
    Level.BLUE: 1,
    Level.YELLOW: 2,
    Level.ORANGE: 3,
    Level.RED: 4,
}


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of the offices. Beijing clock; only what is red leaves between `night` and
    `morning` and on days off.

    `office` are the stretches in which working hours (工作小时) pass. A letter waits `settle` for
    others of its kind, and each that comes lets them all wait so again, `longest` in all: many
    become one message. Red waits less; `settle_operator` is for our own operators.
    """

    morning: time = time(8)
    night: time = time(22)
    digest: time = time(9)
    office: tuple[tuple[time, time], ...] = ((time(8), time(12)), (time(14, 30), time(17, 30)))
    settle: timedelta = timedelta(minutes=2)
    settle_red: timedelta = timedelta(seconds=60)
    settle_operator: timedelta = timedelta(minutes=2)
    longest: timedelta = timedelta(minutes=30)
    longest_red: timedelta = timedelta(minutes=10)


USUAL = Hours()


def beijing(moment: datetime) -> datetime:
    return moment.astimezone(ZONE)


def moment(day: date, at: time) -> datetime:
    """That Beijing day and hour, in UTC."""
    return datetime.combine(day, at, ZONE).astimezone(UTC)


def next_permitted(now: datetime, cal: WorkCalendar, hours: Hours = USUAL) -> datetime:
    """The first moment from `now` on that lies between morning and night of a working day."""
    here = beijing(now)
    if is_working_day(cal, here.date()) and here.time() < hours.night:
        return max(now, moment(here.date(), hours.morning))
    return moment(_next_working(cal, here.date()), hours.morning)


def next_digest(now: datetime, cal: WorkCalendar, hours: Hours = USUAL) -> datetime:
    """The first digest of a working day from `now` on."""
    here = beijing(now)
    if is_working_day(cal, here.date()) and here.time() <= hours.digest:
        return moment(here.date(), hours.digest)
    return moment(_next_working(cal, here.date()), hours.digest)


def urgent(level: Level, why: Why) -> bool:
    """Whether it waits for no morning: red, but only its beginning and its rise. That a red case
    closed, or still stands, can wait."""
    return level is Level.RED and why in (Why.FIRST, Why.ESCALATION)


def send_from(notice: Notice, now: datetime, cal: WorkCalendar, hours: Hours = USUAL) -> datetime:
    """When an ordinary letter of this notice may go out, settling time included.

    Our operators are on duty at any hour.
    """
    level = notice.case.finding.level
    if level is Level.OPERATOR:
        return now + hours.settle_operator
    if urgent(level, notice.why):
        return now + hours.settle_red
    return next_permitted(now + hours.settle, cal, hours)


def patience(level: Level, why: Why, hours: Hours = USUAL) -> timedelta:
    """How long after its first letter a message of one kind waits for more at the most."""
    return hours.longest_red if urgent(level, why) else hours.longest


# -- working time ----------------------------------------------------------------------------


def after_days(start: datetime, days: int, cal: WorkCalendar, hours: Hours = USUAL) -> datetime:
    """So many working days after `start`, at its own hour of the clock; one that lies outside
    office hours counts from where the offices open next."""
    begun = _opening(start, cal, hours)
    day = beijing(begun).date()
    for _ in range(days):
        day = _next_working(cal, day)
    return moment(day, beijing(begun).time())


def after_hours(start: datetime, count: int, cal: WorkCalendar, hours: Hours = USUAL) -> datetime:
    """The moment at which the offices will have been open for so many hours since `start`."""
    left = timedelta(hours=count)
    for opens, closes in _open_stretches(start, cal, hours):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise AssertionError("the stretches have no end")


def _opening(start: datetime, cal: WorkCalendar, hours: Hours) -> datetime:
    return next(opens for opens, _ in _open_stretches(start, cal, hours))


def _open_stretches(
    start: datetime, cal: WorkCalendar, hours: Hours
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches from `start` on in which the offices are open, without end."""
    day = beijing(start).date()
    if not is_working_day(cal, day):
        day = _next_working(cal, day)
    while True:
        for opens, closes in hours.office:
            if moment(day, closes) > start:
                yield max(start, moment(day, opens)), moment(day, closes)
        day = _next_working(cal, day)


def _next_working(cal: WorkCalendar, day: date) -> date:
    """The first working day after `day`; a calendar without one within 40 days is no calendar."""
    for ahead in range(1, 41):
        if is_working_day(cal, day + timedelta(days=ahead)):
            return day + timedelta(days=ahead)
    return day + timedelta(days=1)
