"""What the annual special inspection (Art. 25) rests on beside the figures of updating: the
problems, events, and impersonators of a period, as they were known at a moment. Values only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from watcher.filings import Filing
from watcher.model import FiledState, Unit
from watcher.rectifying import Measure


@dataclass(frozen=True, slots=True)
class Named:
    """An account as the register had it at the moment."""

    key: str
    name: str
    platform: str
    unit: Unit
    state: FiledState
    url: str = ""
    ident: str = ""  # 平台ID


@dataclass(frozen=True, slots=True)
class Problem:
    """问题: a case that was open in the period. Moments are those up to the cut-off; None: not yet.

    `said` is the text message that last told of it, the words as they went out, never the
    all-clear; `evidence` the number of its first package.
    """

    number: str
    rule: str
    article: str
    account: Named | None  # None: it is about a unit, an office or the watch
    subject: str
    opened_at: datetime
    told_at: datetime | None
    due_on: date | None
    feedback_at: datetime | None
    rechecked_at: datetime | None
    closed_at: datetime | None
    closing: str  # how it ended
    dismissed: bool
    measures: tuple[tuple[Measure, date], ...]
    said: str
    evidence: int | None
    provisional: bool = False  # `due_on` lies in a year without a notice of holidays

    def late(self, today: date) -> bool:
        """逾期 on a Beijing day, as REC-01 has it: a firm term that was told and not answered."""
        told = self.told_at is not None and self.feedback_at is None and not self.provisional
        return told and self.due_on is not None and self.due_on < today


@dataclass(frozen=True, slots=True)
class Event:
    """备案事项 with the unit it is of and the account's name."""

    filing: Filing
    unit: Unit
    name: str
    platform: str


@dataclass(frozen=True, slots=True)
class Impostor:
    """A candidate that a person confirmed, and what came of it up to the cut-off."""

    id: int
    platform: str
    name: str
    handle: str
    victim: str  # name of the account it posed as
    unit: str
    first_seen: datetime
    confirmed_at: datetime
    confirmed_by: str
    letter: str  # 文号 of the first letter, "" where none was made
    sent_at: datetime | None
    result: str
    gone_at: datetime | None
    back: bool

    @property
    def days(self) -> int | None:
        """Whole days from the confirmation until it was gone."""
        return None if self.gone_at is None else max(0, (self.gone_at - self.confirmed_at).days)


@dataclass(frozen=True, slots=True)
class Bridge:
    """How the number of running accounts of a group came from the start to the end of a period.

    Accounts whose events are not on paper make the difference that `unexplained` states.
    """

    group: str  # of unit kinds or platforms, as people call it
    start: int
    opened: int
    suspended: int
    deregistered: int
    merged: int  # of the two before, those that belong to a merge (整合)
    changed: int
    end: int

    @property
    def unexplained(self) -> int:
        return self.end - (self.start + self.opened - self.suspended - self.deregistered)
