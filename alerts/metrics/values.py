"""The snapshot that the metrics are made of, and the counters of this process."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from watcher.model import FiledState, Trouble

BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0)  # seconds
NEAR, LIMIT, BLIND = timedelta(days=10), timedelta(days=14), timedelta(hours=12)
PLATFORM_STATES = ("live", "degraded", "blind", "unconfirmed", "closed")
SEARCH_STATES = ("searched", "partial", "not_searched")
LANE_STATES = ("open", "cooling", "probing")
LETTER_STATES = ("pending", "sending", "sent", "failed")  # of the outbox
CANDIDATE_STATES = (
    *("new", "review", "dismissed", "own", "watched"),
    *("confirmed", "taken_down", "back"),
)
LETTER_STEPS = ("made", "sent", "received", "settled")
LEAD_STATES = ("open", "filed", "foreign")
# A register or a configuration with more names than these has a mistake in it.
MOST_PLATFORMS, MOST_OFFICES, MOST_COLLECTORS = 50, 200, 200
UNASSIGNED = "unassigned"  # the office of accounts whose unit names none that is configured
NONE = "none"  # stands for the office or the platform of a case that concerns none


class Condition(StrEnum):
    """How an account stands, as one word."""

    FRESH = "fresh"  # 正常
    NEAR = "near"  # 临界
    OVERDUE = "overdue"  # 超期
    BLIND = "blind"  # 未能采集
    NEVER = "never"  # never read so far
    ENDED = "ended"  # 已停办: suspended or deregistered on paper, so nothing need be posted


def condition(
    last_post_at: datetime | None,
    last_success_at: datetime | None,
    covered_to: datetime | None,
    now: datetime,
    *,
    attested_until: datetime | None = None,
    filed: FiledState = FiledState.ACTIVE,
    trouble: Trouble | None = None,
    near: timedelta = NEAR,
    limit: timedelta = LIMIT,
    blind: timedelta = BLIND,
) -> Condition:
    """The condition of one account at `now`.

    Lateness is counted to `covered_to`, the moment up to which all posts are known, never to
    now: not seeing is no silence. An account whose posts have not been wholly known for `blind`
    is BLIND, unless a person vouches for it until later than `now`. One that is known to the end
    and shows no post at all is OVERDUE. Silence says nothing of one that paper has ended, and one
    that was deregistered may be gone: `trouble` is what its last reading came to.
    """
    deregistered = filed is FiledState.DEREGISTERED
    if deregistered and trouble in (Trouble.GONE, Trouble.BANNED):
        return Condition.ENDED
    if last_success_at is None:
        return Condition.NEVER
    if deregistered and trouble is None:
        return Condition.ENDED
    vouched = attested_until is not None and now < attested_until
    if covered_to is None or (now - covered_to > blind and not vouched):
        recent = last_post_at is not None and now - last_post_at < near
        return Condition.FRESH if recent and now - last_success_at <= blind else Condition.BLIND
    if filed is not FiledState.ACTIVE:
        return Condition.ENDED
    silent = limit if last_post_at is None else covered_to - last_post_at
    if silent >= limit:
        return Condition.OVERDUE
    return Condition.NEAR if silent >= near else Condition.FRESH


@dataclass(frozen=True, slots=True)
class AccountSample:
    """One watched account. `trouble` is "" when its last reading saw."""

    key: str
    name: str
    platform: str
    unit: str  # key of the unit
    unit_kind: str
    condition: Condition
    trouble: str = ""
    failures: int = 0  # failed readings in a row
    last_post_at: datetime | None = None
    last_success_at: datetime | None = None
    next_check_at: datetime | None = None
    unit_name: str = ""
    office: str = UNASSIGNED  # label of the daily supervisor


@dataclass(frozen=True, slots=True)
class CaseSample:
    """One open case. `due_at` is the end of its last day in Beijing; None where there is no firm
    term, or it was answered."""

    number: int
    rule: str
    level: str
    opened_at: datetime
    account: str = ""  # key
    name: str = ""  # of the account
    platform: str = NONE
    office: str = NONE
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What labels mean in the language of the offices: key → name, by label."""

    platforms: Mapping[str, str] = field(default_factory=dict)
    lanes: Mapping[str, str] = field(default_factory=dict)
    offices: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Durations:
    """How long readings of one platform took; `counts` per bucket, the last one is +Inf."""

    counts: tuple[int, ...] = (0,) * (len(BUCKETS) + 1)
    total: float = 0.0  # seconds


@dataclass(frozen=True, slots=True)
class LaneSample:
    platform: str
    state: str  # one of LANE_STATES
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlatformSample:
    """How far a platform is to be seen; `canary_ok_at` None where no canary was ever seen well."""

    platform: str
    state: str  # one of PLATFORM_STATES
    canary_ok_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SearchSample:
    """How many protected names stand how on a platform; `searched_at` is the last answer."""

    platform: str
    names: Mapping[str, int]  # by one of SEARCH_STATES
    searched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobSample:
    """One job of the metronome; the counters are of this process."""

    name: str
    last_run_at: datetime | None = None
    failures: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class MetricsSnapshot:
    """All that the metrics say, at one moment. `readings` is keyed by (platform, outcome).

    `census` counts the accounts by (platform, kind of unit, condition, trouble); where it is given,
    `accounts` need hold no more of them than are to be shown one by one.
    """

    accounts: Sequence[AccountSample] = ()
    census: Mapping[tuple[str, str, str, str], int] | None = None
    readings: Mapping[tuple[str, str], int] = field(default_factory=dict)
    durations: Mapping[str, Durations] = field(default_factory=dict)
    open_cases: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (rule, level)
    outbox: Mapping[str, int] = field(default_factory=dict)  # by state
    oldest_pending_at: datetime | None = None
    attested: Mapping[str, int] = field(default_factory=dict)  # by platform: 人工核验 holds
    lanes: Sequence[LaneSample] = ()
    platforms: Sequence[PlatformSample] = ()
    searches: Sequence[SearchSample] = ()
    jobs: Sequence[JobSample] = ()
    version: str = ""
    commit: str = ""
    database_bytes: int | None = None
    evidence_bytes: int | None = None  # of all packages of evidence
    calendar_year: int | None = None  # the last year whose working days are announced
    # accounts with open cases of silence, by (lane, platform, office, highest level)
    stale: Mapping[tuple[str, str, str, str], int] = field(default_factory=dict)
    # by (office, platform, condition)
    offices: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    # open cases by (office, platform, rule, level, term); see watcher/store/case_counts.py
    office_cases: Mapping[tuple[str, str, str, str, str], int] = field(default_factory=dict)
    collectors: Mapping[str, bool] = field(default_factory=dict)  # whether in service
    disabled: frozenset[str] = frozenset()  # collectors that a person took out of service
    candidates: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (platform, state)
    takedowns: Mapping[str, int] = field(default_factory=dict)  # by one of LETTER_STEPS
    leads: Mapping[str, int] = field(default_factory=dict)  # by one of LEAD_STATES
    names: Names = field(default_factory=Names)
    one_by_one: bool = False  # whether accounts and cases are shown one by one
    cases: Sequence[CaseSample] = ()  # … the gravest first
    drawn_at: datetime | None = None
    evidence_limit: int | None = None  # bytes
    disk_bytes: int | None = None  # of the disk on which our files lie
    disk_free: int | None = None
    dead_man_every: timedelta | None = None  # None: no dead man's switch is configured
    dead_man_at: datetime | None = None
    alertmanager_at: datetime | None = None
    silences: Mapping[str, int] = field(default_factory=dict)  # case, many
    silenced_letters: int = 0

    @property
    def counted(self) -> Mapping[tuple[str, str, str, str], int]:
        """The census, counted here where it is not given."""
        if self.census is not None:
            return self.census
        return Counter((a.platform, a.unit_kind, a.condition, a.trouble) for a in self.accounts)


class Tally:
    """The counters of this process: readings by platform and outcome, and how long they took.

    Used from the event loop only; the copies it gives out may go to any thread.
    """

    def __init__(self) -> None:
        self._readings: Counter[tuple[str, str]] = Counter()
        self._durations: dict[str, Durations] = {}

    def reading(self, platform: str, outcome: str, seconds: float) -> None:
        """Count one reading; `outcome` is the coverage, or the name of a Trouble."""
        self._readings[platform, outcome] += 1
        old = self._durations.get(platform, Durations())
        slot = bisect_left(BUCKETS, seconds)
        counts = (*old.counts[:slot], old.counts[slot] + 1, *old.counts[slot + 1 :])
        self._durations[platform] = Durations(counts, old.total + seconds)

    def readings(self) -> Mapping[tuple[str, str], int]:
        return dict(self._readings)

    def durations(self) -> Mapping[str, Durations]:
        return dict(self._durations)
