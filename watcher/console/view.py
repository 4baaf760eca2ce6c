"""What the console shows: frozen values that the daemon makes, and what they say of its health."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from watcher.model import Case


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account. `condition` is fresh, near, overdue, ended, blind or never."""

    key: str
    name: str
    platform: str  # in the language of the offices
    unit: str  # name of the sponsoring unit
    condition: str
    url: str = ""
    last_post_at: datetime | None = None
    last_post_title: str = ""
    last_reading_at: datetime | None = None
    next_reading_at: datetime | None = None
    source: str = ""  # which collector saw last
    trouble: str = ""  # "" when the last reading saw; else in the language of the offices
    trouble_detail: str = ""
    attested: str = ""  # 人工核验 · 日期 · 姓名, where that is what we know


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One open case with what a person needs to understand it."""

    case: Case
    account: str  # name, "" for the watch itself
    platform: str
    unit: str
    fact: str  # one sentence
    last_post_at: datetime | None = None
    proof: tuple[str, ...] = ()  # SHA-256 of the pages it rests on
    evidence: str = ""  # SHA-256 of the manifest of its package; "" while there is none


@dataclass(frozen=True, slots=True)
class LookRow:
    """What one source of an account came to; `seen` is whether it saw anything."""

    source: str
    at: datetime | None
    result: str  # in the language of the offices
    seen: bool
    posts: int = 0
    newest: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PostRow:
    """One post with the source that saw it last."""

    at: datetime
    title: str
    source: str
    first_seen: datetime
    url: str = ""
    day_only: bool = False
    marks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class AttestationRow:
    """What a person saw; `evidence` is the SHA-256 of the file."""

    text: str  # 人工核验 · 日期 · 姓名
    valid_until: datetime
    evidence: str
    evidence_name: str
    last_post_at: datetime | None = None  # None: no post was to be seen
    name: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account at `now`: pairs of a name and a text, then its tables; `posts` are one page."""

    now: datetime
    row: AccountRow
    register: Sequence[tuple[str, str]] = ()
    known: Sequence[tuple[str, str]] = ()
    looks: Sequence[LookRow] = ()
    posts: Sequence[PostRow] = ()
    posts_total: int = 0
    attestations: Sequence[AttestationRow] = ()
    cases: Sequence[CaseRow] = ()
    version: str = ""


@dataclass(frozen=True, slots=True)
class LaneRow:
    platform: str
    state: str  # open, cooling, probing
    inflight: int = 0
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """How far one platform is to be seen; the counts are of the last hours."""

    name: str  # in the language of the offices
    lane: str
    state: str  # live, degraded, blind, unconfirmed, closed
    since: datetime
    why: str = ""
    canary: str = ""  # name of the known-good account, "" where none is configured
    canary_ok_at: datetime | None = None
    canary_trouble: str = ""  # in the language of the offices
    accounts: int = 0
    read: int = 0
    failing: int = 0


@dataclass(frozen=True, slots=True)
class SearchRow:
    """How far protected names are searched for on one platform; the numbers count names."""

    platform: str  # in the language of the offices
    searched: int = 0
    partial: int = 0
    not_searched: int = 0
    searched_at: datetime | None = None  # the last answer about any of them
    why: str = ""  # the commonest reason why one is not searched


@dataclass(frozen=True, slots=True)
class JobRow:
    name: str
    last_run_at: datetime | None = None
    next_run_at: datetime | None = None
    failures: int = 0
    error: str = ""  # of the last failure


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm of Alertmanager; `cases` is how many it concerns, 0 for one of the watch itself."""

    severity: str  # critical, warning, info
    name: str
    text: str
    since: datetime
    cases: int = 0
    suppressed: str = ""  # by what Alertmanager keeps it silent


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """A silence that lasts now; `letters` about `cases` were held back so far."""

    number: int
    scope: str
    since: datetime
    until: datetime
    author: str
    reason: str
    letters: int = 0
    cases: int = 0


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """Letters to one target: how many wait, went out, failed for good; the last error."""

    target: str
    pending: int = 0
    sent: int = 0
    failed: int = 0
    oldest_pending_at: datetime | None = None
    error: str = ""


class Accounts(Protocol):
    """The accounts of a view: counted at once, fetched a page at a time since they may be many."""

    def counts(self) -> Mapping[str, int]:
        """How many there are in each condition."""

    def rows(self, condition: str, first: int, count: int) -> Sequence[AccountRow]:
        """So many rows of one condition, or of all with "", as they are to be read."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Accounts that are all at hand."""

    every: Sequence[AccountRow] = ()

    def counts(self) -> Mapping[str, int]:
        return Counter(row.condition for row in self.every)

    def rows(self, condition: str, first: int, count: int) -> Sequence[AccountRow]:
        chosen = [row for row in self.every if condition in ("", row.condition)]
        return chosen[first : first + count]


@dataclass(frozen=True, slots=True)
class View:
    """The state of the watch at `now`. Cases come worst first, accounts as they are to be read."""

    now: datetime
    accounts: Accounts = Listed()
    cases: Sequence[CaseRow] = ()
    lanes: Sequence[LaneRow] = ()
    platforms: Sequence[PlatformRow] = ()
    searches: Sequence[SearchRow] = ()
    jobs: Sequence[JobRow] = ()
    outbox: Sequence[OutboxRow] = ()
    alarms: Sequence[AlarmRow] = ()
    silences: Sequence[SilenceRow] = ()
    version: str = ""
    notes: Sequence[str] = ()  # sentences for the head of the page: demo, simulation, calendar


@dataclass(frozen=True, slots=True)
class Pulse:
    """Whether the process lives; cheap to make, asked at each health check."""

    now: datetime
    tick_at: datetime | None  # the last tick of the scheduler that ran to its end
    started_at: datetime
    tick_limit: timedelta = timedelta(minutes=2)
    writer_alive: bool = True
    at_head: bool = True
    stuck: Sequence[str] = ()  # tasks that should have ended long ago
    failing: Sequence[str] = ()  # jobs that fail now, and why; a restart would not help them


def unhealthy(pulse: Pulse) -> tuple[str, ...]:
    """Why this process should be restarted; nothing when it is well."""
    reasons = []
    silence = pulse.now - (pulse.tick_at or pulse.started_at)
    if silence > pulse.tick_limit:
        reasons.append(f"scheduler has not ticked for {silence.total_seconds():.0f} s")
    if not pulse.writer_alive:
        reasons.append("database writer is dead")
    reasons += [f"task hangs: {name}" for name in pulse.stuck]
    return tuple(reasons)


def unready(pulse: Pulse) -> tuple[str, ...]:
    """Why this process does not do its work yet, or no more."""
    reasons = []
    if not pulse.at_head:
        reasons.append("database is not migrated; run `watcher migrate`")
    if pulse.tick_at is None:
        reasons.append("first tick has not run yet")
    return (*reasons, *pulse.failing, *unhealthy(pulse))
