"""Stretches kept: what was known before a gap still proves what it proved.

Written when a stretch begins or is broken, never by the readings in between. A stretch that a
reading extends to earlier posts counts as broken too: what is known since then was not known
before, and a report as of an earlier day must not lean on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from watcher.model import Sight
from watcher.store.rows import upsert
from watcher.store.schema_stretches import stretch

# Reports reach back three years at most, and may be made a year late.
KEPT = timedelta(days=4 * 366)


def begins(before: Sight, after: Sight) -> bool:
    """Whether a reading began a stretch: the first one, one after a gap, one reaching further
    back."""
    if after.covered_to is None:
        return False
    return before.covered_to is None or before.covered_from != after.covered_from


def note_stretches(connection: sa.Connection, begun: Sequence[tuple[int, Sight, datetime]]) -> None:
    """Begin a stretch of each account (its small number) at its reading, and close the one before
    with the bounds it had."""
    ended = [
        {
            "b_account": ident,
            "covered_from": before.covered_from,
            "covered_to": before.covered_to,
            "ended_at": at,
        }
        for ident, before, at in begun
        if before.covered_to is not None
    ]
    if ended:
        connection.execute(_END, ended)
    if begun:
        rows = [{"account_id": ident, "began_at": at} for ident, _, at in begun]
        statement = upsert(connection, stretch)
        running = dict.fromkeys(("covered_from", "covered_to", "ended_at"))
        statement = statement.on_conflict_do_update(
            index_elements=["account_id", "began_at"], set_=running
        )
        connection.execute(statement, rows)


def forget_stretches(connection: sa.Connection, ids: sa.Select[tuple[int]]) -> None:
    """What was seen of these accounts was seen of others."""
    connection.execute(stretch.delete().where(stretch.c.account_id.in_(ids)))


def prune_stretches(connection: sa.Connection, now: datetime, kept: timedelta = KEPT) -> int:
    """Drop stretches that ended longer ago; returns how many."""
    old = stretch.c.covered_to < now - kept
    return connection.execute(stretch.delete().where(old)).rowcount


_END = (
    stretch.update()
    .where(stretch.c.account_id == sa.bindparam("b_account"), stretch.c.ended_at.is_(None))
    .values(
        covered_from=sa.bindparam("covered_from"),
        covered_to=sa.bindparam("covered_to"),
        ended_at=sa.bindparam("ended_at"),
    )
)
