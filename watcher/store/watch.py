"""What is due, and who reads it: the account's own row is the schedule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from watcher.model import Account
from watcher.store.prepared import prepared
from watcher.store.rows import ACCOUNT_COLUMNS, chunks, to_account
from watcher.store.schema import account, unit, watch


@dataclass(frozen=True, slots=True)
class Claim:
    """An account handed out to be read, until its lease runs out."""

    account: Account
    validators: Mapping[str, Mapping[str, Any]]  # by URL, as they were given to `record`
    lease_owner: str
    lane: str  # the one it was claimed for


class Slot(NamedTuple):
    """When to look at an account again. `next_check_at` None: leave it, and the lease, alone."""

    key: str
    next_check_at: datetime | None
    judge_at: datetime | None
    owner: str | None = None  # the lease this belongs to; None: whoever holds it


def claim(
    connection: sa.Connection,
    room: Mapping[str, int],
    now: datetime,
    lease: timedelta,
    owner: str,
    limit: int = 200,
) -> tuple[Claim, ...]:
    """Lease the accounts longest due, at most `room[lane]` of each lane and `limit` in all.

    The lease's owner is `owner` with the moment, so that a late worker of the same process
    cannot pass for the holder of a newer lease.
    """
    rows: list[sa.RowMapping] = []
    for lane, places in room.items():
        wanted = min(places, limit - len(rows))
        if wanted > 0:
            values = {"lane": lane, "now": now, "wanted": wanted}
            rows.extend(connection.execute(_DUE, values).mappings())
    if not rows:
        return ()
    holder = f"{owner}@{now.timestamp():.3f}"
    for batch in chunks(row["account_id"] for row in rows):
        values = {"ids": batch, "until": now + lease, "owner": holder}
        connection.execute(_LEASE, values)
    rows.sort(key=lambda row: (row["next_check_at"], row["key"]))
    return tuple(
        Claim(to_account(row), row["validators"] or {}, holder, row["lane"]) for row in rows
    )


_FREE = sa.or_(watch.c.lease_until.is_(None), watch.c.lease_until <= sa.bindparam("now"))
_CLAIMED = tuple(watch.c[name] for name in ("account_id", "lane", "next_check_at", "validators"))
_DUE = (
    sa.select(*ACCOUNT_COLUMNS, *_CLAIMED)
    .select_from(watch.join(account).join(unit))
    .where(
        watch.c.enabled,
        watch.c.lane == sa.bindparam("lane"),
        watch.c.next_check_at <= sa.bindparam("now"),
        _FREE,
    )
    .order_by(watch.c.next_check_at)
    .limit(sa.bindparam("wanted"))
    .with_for_update(skip_locked=True, of=watch)
)
_IDS = watch.c.account_id.in_(sa.bindparam("ids", expanding=True))
_LEASE = (
    watch.update()
    .where(_IDS)
    .values(lease_until=sa.bindparam("until"), lease_owner=sa.bindparam("owner"))
)


def next_due(connection: sa.Connection, platforms: Iterable[str]) -> Mapping[str, datetime]:
    """The earliest moment at which each lane has something to read; lanes with nothing are absent.

    Accounts that are leased now do not count.
    """
    rows = connection.execute(_NEXT, {"lanes": list(platforms)})
    return {row.lane: row.next_check_at for row in rows}


_NEXT = (
    sa.select(watch.c.lane, sa.func.min(watch.c.next_check_at).label("next_check_at"))
    .where(
        watch.c.enabled,
        watch.c.lane.in_(sa.bindparam("lanes", expanding=True)),
        watch.c.lease_owner.is_(None),
    )
    .group_by(watch.c.lane)
)


def due_for_judging(connection: sa.Connection, now: datetime, limit: int = 200) -> tuple[str, ...]:
    """Keys of the accounts whose findings may change by the clock alone, longest due first."""
    return tuple(connection.scalars(_JUDGE, {"now": now, "wanted": limit}))


_JUDGE = (
    sa.select(account.c.key)
    .join(watch)
    .where(watch.c.judge_at <= sa.bindparam("now"), watch.c.judge_at.isnot(None))
    .where(watch.c.enabled)
    .order_by(watch.c.judge_at, account.c.key)
    .limit(sa.bindparam("wanted"))
)


def schedule(connection: sa.Connection, rows: Iterable[Slot | tuple[Any, ...]]) -> None:
    """Set when each account is read and judged next; ends its lease if `owner` still holds it."""
    slots = [Slot(*row) for row in rows]
    finished = [_values(slot) for slot in slots if slot.next_check_at is not None]
    judged = [_values(slot) for slot in slots if slot.next_check_at is None]
    _FINISH(connection, finished)
    _JUDGED(connection, judged)


def _values(slot: Slot) -> dict[str, Any]:
    return {"k": slot.key, "check": slot.next_check_at, "judge": slot.judge_at, "o": slot.owner}


_THIS = (
    watch.c.account_id
    == sa.select(account.c.id).where(account.c.key == sa.bindparam("k")).scalar_subquery()
)
_OWNED = sa.or_(
    sa.bindparam("o", type_=sa.Text).is_(None),
    watch.c.lease_owner == sa.bindparam("o", type_=sa.Text),
)
_FINISH = prepared(
    watch.update()
    .where(_THIS, _OWNED)
    .values(
        next_check_at=sa.bindparam("check"),
        judge_at=sa.bindparam("judge"),
        lease_until=None,
        lease_owner=None,
    )
)
_JUDGED = prepared(watch.update().where(_THIS, _OWNED).values(judge_at=sa.bindparam("judge")))
