"""When a letter may go out: working hours, quiet hours, the digest. Pure; days are Beijing's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from watcher.calendar import ZONE, WorkCalendar, is_working_day
from watcher.model import Level, Notice, Why

MORNING, NIGHT, DIGEST = time(8), time(22), time(9)
RANK: Mapping[Level, int] = {
    Level.OPERATOR: 0,
    Level.BLUE: 1,
    Level.YELLOW: 2,
    Level.ORANGE: 3,
    Level.RED: 4,
}
# Letters wait this long for others of their kind, so that many become one message.
SETTLE, SETTLE_BLIND = timedelta(seconds=60), timedelta(minutes=2)


def beijing(moment: datetime) -> datetime:
    return moment.astimezone(ZONE)


def moment(day: date, at: time) -> datetime:
    """That Beijing day and hour, in UTC."""
    return datetime.combine(day, at, ZONE).astimezone(UTC)


def next_permitted(now: datetime, cal: WorkCalendar) -> datetime:
    """The first moment from `now` on that lies in 08:00-22:00 of a working day."""
    here = beijing(now)
    if is_working_day(cal, here.date()) and here.time() < NIGHT:
        return max(now, moment(here.date(), MORNING))
    return moment(_next_working(cal, here.date()), MORNING)


def next_digest(now: datetime, cal: WorkCalendar) -> datetime:
    """The first 09:00 of a working day from `now` on."""
    here = beijing(now)
    if is_working_day(cal, here.date()) and here.time() <= DIGEST:
        return moment(here.date(), DIGEST)
    return moment(_next_working(cal, here.date()), DIGEST)


def send_from(notice: Notice, now: datetime, cal: WorkCalendar) -> datetime:
    """When an ordinary letter of this notice may go out, settling time included.

    Red goes at once, but only its beginning: that a red case closed, or still stands, can wait
    until morning. Our operators are on duty at any hour.
    """
    level = notice.case.finding.level
    if level is Level.OPERATOR:
        return now + SETTLE_BLIND
    if level is Level.RED and notice.why in (Why.FIRST, Why.ESCALATION):
        return now + SETTLE
    return next_permitted(now + SETTLE, cal)


def _next_working(cal: WorkCalendar, day: date) -> date:
    """The first working day after `day`; a calendar without one within 40 days is no calendar."""
    for ahead in range(1, 41):
        if is_working_day(cal, day + timedelta(days=ahead)):
            return day + timedelta(days=ahead)
    return day + timedelta(days=1)
