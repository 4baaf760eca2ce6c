"""What the watch did on some days, for the daily word that it lives (值守日报)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from watcher.calendar import midnight
from watcher.model import CaseState, FiledState, Level
from watcher.store.schema import DAILY_COUNTS, account, cases, daily, outbox, post, watch
from watcher.store.silences import SILENCED

_DAY = timedelta(days=1)
SEEN, GONE = ("complete", "partial"), ("gone", "banned")  # outcomes; the others saw nothing


@dataclass(frozen=True, slots=True)
class Watched:
    """How one account in operation was read: seen, gone (the platform says so), vouched for by a
    person, or unread."""

    name: str
    platform: str
    state: str


@dataclass(frozen=True, slots=True)
class Duty:
    """The days `since` to `until`, both whole, in Beijing; what waits is as of now."""

    since: date
    until: date
    accounts: Sequence[Watched] = ()
    readings: Mapping[str, int] = field(default_factory=dict)  # outcome: how many
    idle: Sequence[date] = ()  # days without any reading
    posts: int = 0  # seen for the first time
    opened: int = 0
    closed: int = 0
    still_open: Mapping[Level, int] = field(default_factory=dict)
    letters: Mapping[str, int] = field(default_factory=dict)  # delivered, failed; waiting, …


def duty(connection: sa.Connection, since: date, until: date, now: datetime) -> Duty:
    """All of it. Reads the posts' table whole, so once a day and in a thread."""
    begins, ends = midnight(since), midnight(until + _DAY)
    days = daily.c.day.between(since, until)
    sums = [sa.func.sum(daily.c[name]) for name in DAILY_COUNTS]
    made = connection.execute(sa.select(*sums).where(days)).one()
    read_on = set(connection.scalars(sa.select(daily.c.day).where(days).distinct()))
    every = [since + _DAY * n for n in range((until - since).days + 1)]
    return Duty(
        since=since,
        until=until,
        accounts=_accounts(connection, days, ends, now),
        readings={name: int(n or 0) for name, n in zip(DAILY_COUNTS, made, strict=True)},
        idle=[day for day in every if day not in read_on],
        posts=_count(connection, post, _within(post.c.first_seen, begins, ends)),
        opened=_count(connection, cases, _within(cases.c.opened_at, begins, ends)),
        closed=_count(connection, cases, _within(cases.c.closed_at, begins, ends)),
        still_open={Level(level): n for level, n in connection.execute(_OPEN)},
        letters=_letters(connection, begins, ends),
    )


def _accounts(
    connection: sa.Connection, days: sa.ColumnElement[bool], ends: datetime, now: datetime
) -> Sequence[Watched]:
    """The accounts in operation that were there before the days were over."""
    looks = (
        sa.select(daily.c.account_id, _sum(SEEN).label("seen"), _sum(GONE).label("gone"))
        .where(days)
        .group_by(daily.c.account_id)
        .subquery()
    )
    query = (
        sa.select(
            account.c.name, account.c.platform, looks.c.seen, looks.c.gone, watch.c.attested_until
        )
        .select_from(account.join(watch).outerjoin(looks, looks.c.account_id == account.c.id))
        .where(
            account.c.enabled,
            account.c.filed_state == FiledState.ACTIVE.value,
            watch.c.watched_since < ends,
        )
        .order_by(account.c.platform, account.c.key)
    )
    return [
        Watched(name, platform, _state(seen, gone, vouched is not None and vouched > now))
        for name, platform, seen, gone, vouched in connection.execute(query)
    ]


def _state(seen: int | None, gone: int | None, vouched: bool) -> str:
    if seen:
        return "seen"
    if vouched:
        return "vouched"
    return "gone" if gone else "unread"


def _letters(connection: sa.Connection, begins: datetime, ends: datetime) -> Mapping[str, int]:
    left = _within(outbox.c.done_at, begins, ends)
    waits = outbox.c.state.in_(("pending", "sending"))
    return {
        "delivered": _count(connection, outbox, left, outbox.c.state.in_(("sent", "merged"))),
        "failed": _count(connection, outbox, left, outbox.c.state == "failed"),
        "waiting": _count(connection, outbox, waits),
        "silenced": _count(connection, outbox, outbox.c.state == SILENCED),
        "restored": _count(connection, outbox, outbox.c.state == "held"),
    }


def _sum(outcomes: Sequence[str]) -> sa.ColumnElement[int]:
    first, *others = (daily.c[name] for name in outcomes)
    total: sa.ColumnElement[int] = first
    for other in others:
        total = total + other
    return sa.func.sum(total)


def _within(
    column: sa.ColumnElement[Any], begins: datetime, ends: datetime
) -> sa.ColumnElement[bool]:
    return sa.and_(column >= begins, column < ends)


def _count(connection: sa.Connection, table: sa.Table, *which: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(*which)
    return int(connection.scalar(query) or 0)


_OPEN = (
    sa.select(cases.c.level, sa.func.count())
    .where(cases.c.state == CaseState.OPEN.value)
    .group_by(cases.c.level)
)
