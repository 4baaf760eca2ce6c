"""一账号一档: the whole history of one account, as it was known at a moment. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from watcher.annals import Record
from watcher.annual import Event, Problem
from watcher.model import Unit


@dataclass(frozen=True, slots=True)
class Entered:
    """A change of the register: who made it, and what the fields were and are."""

    at: datetime
    actor: str
    before: Mapping[str, Any] | None  # None: it was entered
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the account showed of itself, from one reading to another; None: it still does."""

    since: datetime
    until: datetime | None
    name: str
    bio: str | None
    verified: bool | None
    verified_as: str | None
    avatar_sha256: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """One post; the title with personal numbers covered."""

    at: datetime
    title: str
    url: str
    first_seen: datetime
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Month:
    """A month (2026-07): posts known, days read with success, days of readings of any outcome."""

    name: str
    posts: int
    seen: int
    tried: int


@dataclass(frozen=True, slots=True)
class Vouched:
    """人工核验."""

    at: datetime
    author: str
    until: datetime
    last_post_at: datetime | None
    evidence: str  # SHA-256


@dataclass(frozen=True, slots=True)
class Package:
    """A package of evidence in the chain; `expired`: its files were no longer kept."""

    number: int
    at: datetime
    kind: str
    case: str  # number of the problem, "" where it is of none
    manifest: str  # SHA-256
    expired: bool


@dataclass(frozen=True, slots=True)
class History:
    """`register` has the fields of Account as JSON. `record` tells of the last year."""

    key: str
    register: Mapping[str, Any]
    unit: Unit
    record: Record | None
    entered: tuple[Entered, ...] = ()
    shown: tuple[Shown, ...] = ()
    events: tuple[Event, ...] = ()
    months: tuple[Month, ...] = ()
    posts: tuple[Published, ...] = ()  # the newest
    posts_known: int = 0
    problems: tuple[Problem, ...] = ()
    vouched: tuple[Vouched, ...] = ()
    packages: tuple[Package, ...] = ()
