"""Letters of a restored database: those whose time had come may have been sent since the backup.

They are neither sent nor lost: held until a person releases or drops them. So nothing is said
twice unasked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from watcher.store.schema import outbox

HELD, DROPPED = "held", "dropped"
_NOTE = "restored from a backup; may have been sent since"


@dataclass(frozen=True, slots=True)
class HeldLetter:
    """One letter that waits for a person."""

    id: int
    target: str
    title: str
    level: str
    not_before: datetime
    case_id: int | None


def hold_letters(connection: sa.Connection, now: datetime) -> int:
    """Hold what might have been sent by now; what becomes due later only keeps its turn."""
    waiting = outbox.c.state.in_(("pending", "sending"))
    due = outbox.update().where(waiting, outbox.c.not_before <= now)
    held = due.values(state=HELD, possibly_sent=True, last_error=_NOTE)
    return connection.execute(held).rowcount


def held_letters(connection: sa.Connection) -> tuple[HeldLetter, ...]:
    """What is held, oldest first."""
    columns = [outbox.c[name] for name in HeldLetter.__dataclass_fields__]
    query = sa.select(*columns).where(outbox.c.state == HELD)
    rows = connection.execute(query.order_by(outbox.c.not_before, outbox.c.id))
    return tuple(HeldLetter(*row) for row in rows)


def held_count(connection: sa.Connection) -> int:
    """How many are held."""
    query = sa.select(sa.func.count()).select_from(outbox).where(outbox.c.state == HELD)
    return connection.scalar(query) or 0


def release_letters(connection: sa.Connection, now: datetime) -> int:
    """Let them go out; each says that it may be a repetition. Returns how many."""
    released = outbox.update().where(outbox.c.state == HELD)
    return connection.execute(released.values(state="pending", due_at=now, last_error="")).rowcount


def drop_letters(connection: sa.Connection, now: datetime) -> int:
    """Never send them. Returns how many."""
    dropped = outbox.update().where(outbox.c.state == HELD)
    return connection.execute(dropped.values(state=DROPPED, done_at=now)).rowcount
