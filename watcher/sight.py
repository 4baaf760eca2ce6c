"""What we know of a platform's own visibility: values, one per lane.

A platform that cannot be read accuses nobody; how we know whether it can be read stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from watcher.model import Account, Trouble


class PlatformState(StrEnum):
    """How far a platform may be believed. Only `live` and `degraded` ones accuse anybody."""

    LIVE = "live"  # 正常
    DEGRADED = "degraded"  # 部分可读
    BLIND = "blind"  # 失明
    UNCONFIRMED = "unconfirmed"  # 未经证实
    CLOSED = "closed"  # 平台已关闭


@dataclass(frozen=True, slots=True)
class Canary:
    """A known-good account (参照账号): public, lively, and surely there."""

    collector: str
    handle: str
    name: str  # as the platform shows it
    settings: Mapping[str, Any] = field(default_factory=dict)
    speaks_within: timedelta = timedelta(days=2)  # its newest post is never older


@dataclass(frozen=True, slots=True)
class Plan:
    """What the configuration says of one platform."""

    title: str = ""
    closed: bool = False
    closed_on: date | None = None
    note: str = ""
    canary: Canary | None = None
    every: timedelta = timedelta(minutes=30)  # between two looks at the canary
    confirmed_by: str = ""  # who vouches for collectors that nobody has proved live
    confirmed_on: date | None = None

    @property
    def patience(self) -> timedelta:
        """A canary not seen well for so long vouches for nothing."""
        return 2 * self.every


@dataclass(frozen=True, slots=True)
class LaneCount:
    """How the accounts of a lane stand; all but `accounts` speak of the last few hours."""

    accounts: int = 0
    read: int = 0  # somebody tried to
    seen: int = 0  # … and the last try saw, at least in part
    stood_in: int = 0  # … of those: only a lesser source did
    complete: int = 0  # accounts of whom all posts are known up to lately
    blocked: int = 0
    unreadable: int = 0
    unreachable: int = 0
    listed: int = 0  # accounts whose lists had a usual length …
    shrunk: int = 0  # … and now show less than half of it
    failing_since: datetime | None = None  # the first of the recent failures

    @property
    def failing(self) -> int:
        """Accounts whose last reading was no answer about them."""
        return self.blocked + self.unreadable + self.unreachable


@dataclass(frozen=True, slots=True)
class Layout:
    """A page that many accounts share and our collector does not understand any more."""

    collector: str  # "": no single one; their lists grew short together
    missing: str  # which selector or field, in the collector's words
    accounts: int
    of: int  # … that the collector reads
    since: datetime
    url: str = ""
    sha256: str = ""  # of the saved page, scrubbed
    file: str = ""  # where it lies, under the state folder


@dataclass(frozen=True, slots=True)
class PlatformSight:
    """Whether a platform can be read, and how we know.

    `doubts` are stretches in which nothing that was read proves silence; the last one may still
    run (None). `count` is of this moment and is not kept.
    """

    platform: str  # the lane
    since: datetime
    state: PlatformState = PlatformState.LIVE
    why: str = ""
    canary_due_at: datetime | None = None
    canary_at: datetime | None = None
    canary_ok_at: datetime | None = None
    canary_trouble: Trouble | None = None
    canary_detail: str = ""
    canary_failures: int = 0  # in a row
    canary_partial: bool = False  # read, but not all that its collector can show
    confirmed_by: str = ""
    doubts: tuple[tuple[datetime, datetime | None], ...] = ()
    layout: Layout | None = None
    walls: int = 0  # of its lane, so that a restart does not run into them again
    closed_until: datetime | None = None
    count: LaneCount = field(default=LaneCount(), compare=False)

    @property
    def accuses(self) -> bool:
        """Whether findings about accounts may be opened or raised at all."""
        seeing = self.state in (PlatformState.LIVE, PlatformState.DEGRADED)
        return seeing and self.layout is None

    def doubted(self, at: datetime) -> bool:
        """Whether what was read at that moment lies in a stretch of blindness."""
        return any(begin < at and (end is None or at < end) for begin, end in self.doubts)


@dataclass(frozen=True, slots=True)
class Clearance:
    """All that says how far a finding about an account may be believed.

    `unproved` are collectors that nobody has proved live; on their word alone nobody is accused.
    """

    sight: PlatformSight | None = None
    plan: Plan = Plan()
    unproved: frozenset[str] = frozenset()

    @property
    def confirmed(self) -> bool:
        """Whether a person vouches for the ways of reading of this platform."""
        said = self.sight.confirmed_by if self.sight else ""
        return bool(said or self.plan.confirmed_by)


def _clear(account: Account) -> Clearance:
    return Clearance()


def _nothing(account: Account) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Sky:
    """How far each account's platform is to be seen; by default nothing stands in the way.

    `awaited` is told of an account about which a finding waits for a look at the canary.
    """

    over: Callable[[Account], Clearance] = _clear
    awaited: Callable[[Account], None] = _nothing
