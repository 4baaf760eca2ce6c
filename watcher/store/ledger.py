"""What the ledger (台账) shows of the watch beside paper, as it was known at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from watcher.filings import Paper
from watcher.model import Case, Level
from watcher.store.cases import to_case
from watcher.store.columns import day_of
from watcher.store.papers import to_paper
from watcher.store.rows import chunks
from watcher.store.schema import (
    account,
    cases,
    daily,
    outbox,
    post,
    profile_version,
    reading,
    watch,
)

FOLLOWED = timedelta(days=92)  # back from the moment that a count of followers is looked for


@dataclass(frozen=True, slots=True)
class Seen:
    """One account as it was known. None: not seen.

    `last_post` is the time the newest post claims; `last_reading` the last look that saw.
    """

    last_post: datetime | None = None
    last_reading: datetime | None = None
    followers: int | None = None
    followers_on: date | None = None
    verified: bool | None = None
    paper: Paper | None = None


def seen_accounts(connection: sa.Connection, as_of: datetime) -> Mapping[str, Seen]:
    """All accounts by key."""
    posts, looks = _moments(connection, as_of)
    counts = _followers(connection, as_of)
    query = (
        sa.select(account.c.key, account.c.id, watch.c.paper, profile_version.c.verified)
        .select_from(account.join(watch).outerjoin(profile_version, _shown(as_of)))
        .order_by(account.c.key)
    )
    found = {}
    for key, ident, paper, verified in connection.execute(query):
        on, followers = counts.get(ident, (None, None))
        seen = Seen(posts.get(ident), looks.get(ident), followers, on, verified, to_paper(paper))
        found[key] = seen
    return found


def cases_between(connection: sa.Connection, since: datetime, as_of: datetime) -> tuple[Case, ...]:
    """Cases that were open at some moment of the stretch, by when they opened."""
    table = cases.c
    closed = sa.or_(table.closed_at.is_(None), table.closed_at >= since)
    query = sa.select(cases).where(table.opened_at <= as_of, closed)
    rows = connection.execute(query.order_by(table.opened_at, table.id)).mappings()
    return tuple(to_case(row) for row in rows)


@dataclass(frozen=True, slots=True)
class Said:
    """The last letter about a case: when it left, how grave the case was then, what it said."""

    at: datetime
    level: Level
    short: str


def last_said(
    connection: sa.Connection, numbers: Iterable[int], as_of: datetime
) -> Mapping[int, Said]:
    """The last letter that had left about each of these cases (ids)."""
    about = outbox.c
    found: dict[int, Said] = {}
    for batch in chunks(numbers):
        query = (
            sa.select(about.case_id, about.done_at, about.level, about.short)
            .where(about.case_id.in_(batch), about.done_at <= as_of)
            .where(about.state.in_(("sent", "merged")))
            .order_by(about.done_at, about.id)
        )
        for row in connection.execute(query):
            found[row.case_id] = Said(row.done_at, Level(row.level), row.short)
    return found


# -- inside ------------------------------------------------------------------------------------


def _shown(as_of: datetime) -> sa.ColumnElement[bool]:
    """The face that an account showed at the moment."""
    face = profile_version.c
    until = sa.or_(face.seen_to.is_(None), face.seen_to > as_of)
    return sa.and_(face.account_id == account.c.id, face.seen_from <= as_of, until)


def _moments(
    connection: sa.Connection, as_of: datetime
) -> tuple[Mapping[int, datetime], Mapping[int, datetime]]:
    """The newest post and the last reading that saw, by account.

    The account's own row has both for now; for a moment that has gone by, what came after it is
    left out by asking the posts and the readings themselves.
    """
    now = watch.c
    query = sa.select(now.account_id, now.last_post_at, now.last_success_at, now.last_reading_at)
    rows = connection.execute(query).all()
    posts = {row.account_id: row.last_post_at for row in rows if row.last_post_at is not None}
    looks = {row.account_id: row.last_success_at for row in rows if row.last_success_at is not None}
    later = [row.account_id for row in rows if row.last_reading_at and row.last_reading_at > as_of]
    if not later:
        return posts, looks
    listed = sa.select(post.c.account_id, sa.func.max(post.c.at).label("at"))
    listed = listed.where(post.c.first_seen <= as_of).group_by(post.c.account_id)
    read = sa.select(reading.c.account_id, sa.func.max(reading.c.at).label("at"))
    good = (reading.c.at <= as_of, reading.c.outcome <= _PARTIAL)
    read = read.where(*good).group_by(reading.c.account_id)
    then = [{row.account_id: row.at for row in connection.execute(q)} for q in (listed, read)]
    for kept, known in zip((posts, looks), then, strict=True):
        for ident in later:
            kept.pop(ident, None)
        kept.update((ident, known[ident]) for ident in later if ident in known)
    return posts, looks


_PARTIAL = 1  # index into DAILY_COUNTS: complete and partial readings saw


def _followers(connection: sa.Connection, as_of: datetime) -> Mapping[int, tuple[date, int]]:
    """The last count of each account, and its day."""
    day = day_of(as_of)
    query = (
        sa.select(daily.c.account_id, daily.c.day, daily.c.followers)
        .where(daily.c.day > day - FOLLOWED, daily.c.day <= day, daily.c.followers.isnot(None))
        .order_by(daily.c.account_id, daily.c.day)
    )
    return {ident: (on, count) for ident, on, count in connection.execute(query)}
