"""What a period's reports rest on: what was known of each account, and what may be said of it.

Values only. Moments are UTC, days are Beijing days, a stretch of time is [since, until).
`watcher.recording` makes a `Record` of a `Past`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from watcher.calendar import Week, midnight
from watcher.model import Exemption, FiledState

DAY = timedelta(days=1)
WEEK_RULE, DAYS_RULE = "UPD-02", "UPD-04"  # the natural week, and 14 days of 24 hours
VETO = ("INT-01", "APP-01")  # 单项否决 beside silence: no interaction, an app that does not work
OVERDUE_RULES = ("UPD-03", "UPD-04", "UPD-05")


class Mark(StrEnum):
    """What may be said of one account in one week; one sign a week in `Record.weeks`."""

    MET = "M"  # 达标
    MISSED = "X"  # 未达标: the whole week was seen, and held no post
    BLIND = "B"  # 无法判断
    FREE = "E"  # no working day in it
    OUT = "O"  # not owed: new, suspended, exempted, or 不予认定
    AHEAD = "F"  # not over at the cut-off


class Verdict(StrEnum):
    """What a check of the period comes to."""

    PASS = "pass"  # noqa: S105 - 合格: no two posts lie too far apart, however much was seen
    FAIL = "fail"  # 不合格: a 单项否决 case is proven
    UNKNOWN = "unknown"  # 未能完整采集，不作判断
    EXCUSED = "excused"  # 豁免 or 不予认定
    NONE = "none"  # not checked: no weekly duty, or not in operation


# -- what was known -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """What the register said of an account, from a moment on; None: from its first day on."""

    since: datetime | None
    unit: str  # key
    name: str
    platform: str
    state: FiledState
    enabled: bool = True
    exemptions: tuple[Exemption, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitStanding:
    """The same of a unit."""

    since: datetime | None
    name: str
    kind: str
    supervisor: str  # key or name of the office, as the register has it


@dataclass(frozen=True, slots=True)
class Stretch:
    """Every public post of this time is known; None: from the account's beginning."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class PostWeek:
    """The posts of one week; weeks are counted from the first of the question."""

    week: int
    posts: int
    counted: int  # those of them inside the period itself
    first: datetime
    last: datetime  # the latest moment at which the last can have come
    gap: timedelta | None = None  # the longest time without one that ended in this week …
    gap_end: datetime | None = None  # … and the post that ended it


@dataclass(frozen=True, slots=True)
class CaseLife:
    """A case (问题) as it stood at the cut-off. `notices` are the letters' occasions in the period
    by why, each counted once however many read it; `evidence` numbers of kept packages."""

    number: str
    rule: str
    opened_at: datetime
    told_at: datetime | None = None
    acknowledged_at: datetime | None = None
    feedback_at: datetime | None = None
    rechecked_at: datetime | None = None
    closed_at: datetime | None = None
    closing: str = ""
    dismissed: bool = False
    due_on: date | None = None
    notices: tuple[tuple[str, int], ...] = ()
    evidence: tuple[int, ...] = ()
    weeks: tuple[str, ...] = ()  # ids of the weeks that a dismissed case was about
    provisional: bool = False  # `due_on` lies in a year without a notice of holidays

    def late(self, today: date) -> bool:
        """逾期 on a Beijing day, as REC-01 has it: a firm term that was told and not answered."""
        told = self.told_at is not None and self.feedback_at is None and not self.provisional
        return told and self.due_on is not None and self.due_on < today

    @property
    def noticed(self) -> int:
        """Warnings and reminders; the all-clear is none."""
        return sum(count for why, count in self.notices if why != "resolved")


@dataclass(frozen=True, slots=True)
class Past:
    """All that was known of one account at the cut-off."""

    key: str
    standings: tuple[Standing, ...]  # oldest first, never empty
    watched_since: datetime
    owes_from: date | None = None  # opened and approved
    stretches: tuple[Stretch, ...] = ()  # in order, none touching the next
    posts: tuple[PostWeek, ...] = ()
    first_post: datetime | None = None  # ever
    last_before: datetime | None = None  # the last post before the first week
    seen: int = 0  # bit n: read with success on day n from the first week's Monday
    cases: tuple[CaseLife, ...] = ()


# -- the question ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    """The thresholds of the rules that reports lean on (config/rules.yaml)."""

    reposts: bool = True
    not_weekly: frozenset[str] = frozenset()  # platforms without a weekly duty
    new_by: int = 3  # ISO weekday: a new account's first week counts if it was new by then
    near: timedelta = 10 * DAY
    overdue: timedelta = 14 * DAY
    dormant: timedelta = 30 * DAY
    zombie: timedelta = 90 * DAY


@dataclass(frozen=True, slots=True)
class Question:
    """A period, its weeks, the cut-off. `cases_from`: cases that ended before are left out.

    What follows from these is worked out once, since it is asked for each account and week:
    [begins, ends) is the period, `horizon` where the report's knowledge ends, `monday` the first
    day that is looked at, `slots` the number of each week counted from there.
    """

    since: date
    until: date  # included
    weeks: tuple[Week, ...]
    as_of: datetime
    terms: Terms = Terms()
    cases_from: datetime | None = None
    begins: datetime = field(init=False)
    ends: datetime = field(init=False)
    horizon: datetime = field(init=False)
    monday: date = field(init=False)
    slots: tuple[tuple[int, Week, datetime, datetime], ...] = field(init=False)

    def __post_init__(self) -> None:
        first = min(self.weeks[0].start if self.weeks else self.since, self.since)
        monday = first - timedelta(days=first.weekday())
        ends = midnight(self.until + DAY)
        worked_out = {
            "begins": midnight(self.since),
            "ends": ends,
            "horizon": min(ends, self.as_of),
            "monday": monday,
            "slots": tuple(
                ((week.start - monday).days // 7, week, week.begins, week.ends)
                for week in self.weeks
            ),
        }
        for name, value in worked_out.items():
            object.__setattr__(self, name, value)


# -- the answer -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Silence:
    """Proven to hold no post. Not `begun`: it may have begun before. Not `ended`: it lasted at the
    last reading, or to the end of the period. `excused`: why it counts against nobody."""

    since: datetime
    until: datetime
    begun: bool
    ended: bool
    excused: str = ""

    @property
    def length(self) -> timedelta:
        return self.until - self.since

    @property
    def days(self) -> int:
        """Whole days of 24 hours."""
        return self.length // DAY


@dataclass(frozen=True, slots=True)
class Moved:
    """The account changed hands within the period."""

    on: date
    before: str  # keys of units
    after: str


@dataclass(frozen=True, slots=True)
class Record:
    """What a report may say of one account over the period."""

    key: str
    name: str
    platform: str
    unit: str  # at the end
    state_before: str  # of the filing, on the first day; "" where the account was not there yet
    state_after: str
    posts: int
    weeks: str  # a Mark for each week
    counts: tuple[int, ...]  # posts of each week
    units: tuple[tuple[int, str], ...]  # from which week on it was which unit's
    moved: tuple[Moved, ...]
    longest: Silence | None
    silences: tuple[Silence, ...]  # those of at least `Terms.near`
    verdict: Verdict
    why: tuple[str, ...]  # rules that a FAIL rests on
    last_post: datetime | None
    seen_days: int
    due_days: int
    blind: tuple[tuple[datetime, datetime], ...]  # a day or more of which nothing is proven
    cases: tuple[CaseLife, ...] = ()
    entered: date | None = None  # its first whole day in the ledger: readings are owed from then on

    @property
    def in_operation(self) -> bool:
        return self.state_after == FiledState.ACTIVE

    def unit_in(self, week: int) -> str:
        """Whose it was when that week ended."""
        return next((unit for first, unit in reversed(self.units) if first <= week), self.unit)

    def count(self, mark: Mark) -> int:
        return self.weeks.count(mark)


LONG_AGO = midnight(date(1970, 1, 1))


def from_of(standing: Standing | UnitStanding) -> datetime:
    """When it began."""
    return standing.since or LONG_AGO
