"""What must be found: the rules of domain.md §6.3 worked out a second time, from the posts alone.

Written before a run and without a line of `watcher.rules` or `watcher.calendar`, so that the two
can disagree. Only staleness (UPD-01 to UPD-05) is told; an account that must not be accused of it
has no rows. All moments are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import zip_longest

import chinese_calendar

from watcher.model import Level
from watcher.replica.timetable import ZONE
from watcher.replica.world import Outage

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """A level reached: `since` the condition holds, `provable` from when a reading can show it."""

    level: Level
    since: datetime
    provable: datetime


@dataclass(frozen=True, slots=True)
class Eyes:
    """How an account's posts become known.

    `daily` is a source that knows the day only, on the next morning at `ready` (Beijing).
    `closed` are the platform's outages, and the times at which the account itself was not there.
    """

    closed: tuple[Outage, ...] = ()
    daily: bool = False
    ready: time = time(8, 0)

    def counted(self, at: datetime) -> datetime:
        """The moment a post counts as: the latest it can have been."""
        return midnight(_day(at) + DAY) - timedelta(seconds=1) if self.daily else at

    def shows(self, moment: datetime) -> datetime:
        """The first instant at which a reading can know everything up to `moment`."""
        if self.daily:
            day = _day(moment) if moment == midnight(_day(moment)) else _day(moment) + DAY
            moment = self._morning(day)
        return self._open(moment)

    def proves(self, moment: datetime, start: datetime) -> datetime:
        """The same from `start` on for an accusation, whose evidence is not older than a day.

        A source of days is that fresh only from `ready` to midnight.
        """
        moment = self._open(max(self.shows(moment), start))
        while self.daily and moment < (morning := self._morning(_day(moment))):
            moment = self._open(morning)
        return moment

    def surely(self, moment: datetime, patience: timedelta) -> datetime:
        """By when what can be read at `moment` has been read by one who looks so often.

        Where the eyes close before that, the wait begins anew when they open.
        """
        return max(self.waits(moment, patience)) + patience

    def waits(self, moment: datetime, patience: timedelta) -> Iterator[datetime]:
        """`moment`, and when the wait for a reading began anew since."""
        yield moment
        while (shut := self._shuts(moment, moment + patience)) is not None:
            moment = shut
            yield moment

    def _shuts(self, begin: datetime, end: datetime) -> datetime | None:
        """When the eyes open again that close between two moments; a source of days rests at
        midnight."""
        for outage in self.closed:
            if outage.begins < end and begin < outage.ends:
                return outage.ends
        rests = self.daily and midnight(_day(begin) + DAY) < end
        return self._morning(_day(begin) + DAY) if rests else None

    def _morning(self, day: date) -> datetime:
        return datetime.combine(day, self.ready, ZONE).astimezone(UTC)

    def _open(self, moment: datetime) -> datetime:
        for outage in sorted(self.closed, key=lambda o: o.begins):
            if outage.begins <= moment < outage.ends:
                moment = outage.ends
        return moment


@dataclass(frozen=True, slots=True)
class Truth:
    """One thing that must be found. `until`: the post that ends it, or the end of its window.

    `subject` is the ISO week for UPD-01 and empty otherwise. `visible_end` is when a reading can
    first show that it ended: later than `until` where the source lags.
    """

    account: str
    rule: str
    subject: str
    steps: tuple[Step, ...]
    until: datetime | None = None
    visible_end: datetime | None = None
    eyes: Eyes = Eyes()
    patience: timedelta | None = None  # how long a look may be waited for; None: as of silence

    @property
    def since(self) -> datetime:
        return self.steps[0].since

    @property
    def provable(self) -> datetime:
        return self.steps[0].provable


def midnight(day: date) -> datetime:
    """The start of that Beijing day, in UTC."""
    return datetime.combine(day, time.min, ZONE).astimezone(UTC)


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def truths(
    account: str, posts: Iterable[datetime], start: datetime, end: datetime, eyes: Eyes
) -> tuple[Truth, ...]:
    """All that must be found of an account between start and end, from its complete history."""
    times = sorted(eyes.counted(at) for at in posts)
    times = [at for at in times if at < end]
    found: list[Truth] = []
    for last, following in zip_longest(times, times[1:]):
        until = following or end
        if until <= start:
            continue
        rows = [*_ages(last), *_missed_weeks(last, until), *_reminders(last, until)]
        for rule, subject, levels, closes in rows:
            stop = min(until, closes) if closes else until
            steps = _steps(levels, start, stop, eyes)
            if steps:
                over = None if stop == end else stop
                # A week ends by the calendar; every other end is seen by reading.
                by_clock = rule == "UPD-01" and over == closes
                shown = over if over is None or by_clock else eyes.shows(over)
                if shown and closes and rule == "UPD-01":
                    shown = min(shown, closes)
                found.append(Truth(account, rule, subject, steps, over, shown, eyes))
    return tuple(sorted(found, key=lambda t: (t.since, t.rule)))


# (level, since, evidence needed up to)
_Levels = Sequence[tuple[Level, datetime, datetime]]
_Row = tuple[str, str, _Levels, datetime | None]


def _steps(levels: _Levels, start: datetime, stop: datetime, eyes: Eyes) -> tuple[Step, ...]:
    steps = []
    for level, since, evidence in levels:
        # What has long been provable is told at `since` only on evidence that is fresh by then.
        provable = max(since, eyes.proves(max(evidence, since - DAY), start))
        if provable < stop:
            steps.append(Step(level, max(since, start), provable))
    # A level that was passed before anybody could look is not passed through.
    return tuple(
        step
        for n, step in enumerate(steps)
        if not any(later.provable <= step.provable for later in steps[n + 1 :])
    )


def _ages(last: datetime) -> Iterator[_Row]:
    """UPD-03 临界超期, UPD-04 两周未更新, UPD-05 休眠/僵尸: by the age of the last post."""

    def at(days: int) -> datetime:
        return last + timedelta(days=days)

    near = [(Level.YELLOW, at(10), at(10)), (Level.ORANGE, at(13), at(13))]
    yield "UPD-03", "", near, at(14)
    yield "UPD-04", "", [(Level.RED, at(14), at(14))], None
    yield "UPD-05", "", [(Level.ORANGE, at(30), at(30)), (Level.RED, at(90), at(90))], None


def _missed_weeks(last: datetime, until: datetime) -> Iterator[_Row]:
    """UPD-02 自然周未更新: required weeks without a post, told on the next working day."""
    told: list[tuple[datetime, datetime]] = []
    for monday in _mondays(_day(last) + DAY, until):
        over = midnight(monday + 7 * DAY)
        if _works(monday) and over < until:
            told.append((midnight(_working_day(monday + 7 * DAY)), over))
    if told and told[0][0] < until:
        levels = [(Level.YELLOW, *told[0])]
        levels += [(Level.ORANGE, *told[1])] if len(told) > 1 else []
        yield "UPD-02", "", levels, None


def _reminders(last: datetime, until: datetime) -> Iterator[_Row]:
    """UPD-01 本周尚未更新: from Thursday 10:00 to the end of a week with no post yet."""
    for monday in _mondays(_day(last) + DAY, until):
        days = [monday + n * DAY for n in range(4)]
        working = [day for day in days if chinese_calendar.is_workday(day)]
        if working:
            ten = datetime.combine(working[-1], time(10), ZONE).astimezone(UTC)
            year, week, _ = monday.isocalendar()
            yield "UPD-01", f"{year}-W{week:02d}", [(Level.BLUE, ten, ten)], midnight(
                monday + 7 * DAY
            )  # fmt: skip


def _mondays(first: date, until: datetime) -> Iterator[date]:
    """Mondays from `first` on (inclusive) that begin before `until`."""
    monday = first + timedelta(days=-first.weekday() % 7)
    while midnight(monday) < until:
        yield monday
        monday += 7 * DAY


def _works(monday: date) -> bool:
    return any(chinese_calendar.is_workday(monday + n * DAY) for n in range(7))


def _working_day(day: date) -> date:
    """That day, or the first working day after it."""
    while not chinese_calendar.is_workday(day):
        day += DAY
    return day
