"""What comes next, and how the letters to each target stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from watcher.store.columns import from_ms
from watcher.store.schema import outbox, watch

_WAITING = outbox.c.state.in_(("pending", "sending"))


@dataclass(frozen=True, slots=True)
class TargetState:
    """The letters to one target: how many wait, went out or failed for good; the last error."""

    target: str
    pending: int
    sent: int
    failed: int
    oldest_pending_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Coming:
    """The earliest moment of each kind of work; lanes with nothing to read are absent."""

    lanes: Mapping[str, datetime]
    judging: datetime | None
    letter: datetime | None


def coming(connection: sa.Connection) -> Coming:
    """`next_due` of all lanes, `next_judging` and `next_letter` in one question."""
    rows = {(kind, lane): from_ms(at) for kind, lane, at in connection.execute(_COMING) if at}
    lanes = {lane: at for (kind, lane), at in rows.items() if kind == 0}
    return Coming(lanes, rows.get((1, "")), rows.get((2, "")))


def _plain(column: sa.ColumnElement[datetime]) -> sa.ColumnElement[int]:
    return sa.type_coerce(sa.func.min(column), sa.BigInteger)


_COMING = sa.union_all(
    sa.select(sa.literal_column("0"), watch.c.lane, _plain(watch.c.next_check_at))
    .where(watch.c.enabled, watch.c.lease_owner.is_(None))
    .group_by(watch.c.lane),
    sa.select(sa.literal_column("1"), sa.literal_column("''"), _plain(watch.c.judge_at)).where(
        watch.c.judge_at.isnot(None), watch.c.enabled
    ),
    sa.select(sa.literal_column("2"), sa.literal_column("''"), _plain(outbox.c.due_at)).where(
        outbox.c.state.in_((sa.literal_column("'pending'"), sa.literal_column("'sending'")))
    ),
)


def next_judging(connection: sa.Connection) -> datetime | None:
    """The earliest moment at which time alone may change a finding."""
    return connection.scalar(
        sa.select(watch.c.judge_at)
        .where(watch.c.judge_at.isnot(None), watch.c.enabled)
        .order_by(watch.c.judge_at)
        .limit(1)
    )


def next_letter(connection: sa.Connection) -> datetime | None:
    """The earliest moment at which a letter may be sent."""
    return connection.scalar(
        sa.select(outbox.c.due_at).where(_WAITING).order_by(outbox.c.due_at).limit(1)
    )


def outbox_by_target(connection: sa.Connection) -> tuple[TargetState, ...]:
    """Every target that was ever written to, by name."""
    return tuple(TargetState(*row) for row in connection.execute(_BY_TARGET))


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


_BY_TARGET = (
    sa.select(
        outbox.c.target,
        _count(_WAITING),
        _count(outbox.c.state == "sent"),
        _count(outbox.c.state == "failed"),
        sa.func.min(sa.case((_WAITING, outbox.c.not_before))),
        # Letters that were sent have no error left, so the greatest is one that still matters.
        sa.func.max(outbox.c.last_error),
    )
    .group_by(outbox.c.target)
    .order_by(outbox.c.target)
)
