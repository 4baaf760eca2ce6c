"""When offices first got a letter about a case; one that lies in the outbox told nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from watcher.model import Why
from watcher.store.rows import chunks
from watcher.store.schema import outbox

_ARRIVED = ("sent", "merged")


def first_delivery(
    connection: sa.Connection, case_ids: Iterable[int], own: frozenset[str], digest: str
) -> Mapping[int, datetime | None]:
    """When the first letter about each case arrived; None where none has.

    Asked are the letters to the targets of the unit, `own`, where there are such; a digest (its
    merge key) counts only where nobody heard at once. Cases whose first letters are not kept any
    more, or that never had one, are not in the answer.
    """
    found: dict[int, list[sa.RowMapping]] = {}
    for batch in chunks(case_ids):
        for row in connection.execute(_FIRST, {"ids": batch}).mappings():
            found.setdefault(row["case_id"], []).append(row)
    return {case_id: _arrival(rows, own, digest) for case_id, rows in found.items()}


_FIRST = sa.select(
    outbox.c.case_id, outbox.c.target, outbox.c.merge, outbox.c.state, outbox.c.done_at
).where(outbox.c.case_id.in_(sa.bindparam("ids", expanding=True)), outbox.c.why == Why.FIRST.value)


def _arrival(rows: list[sa.RowMapping], own: frozenset[str], digest: str) -> datetime | None:
    rows = [row for row in rows if row["merge"] != digest] or rows
    rows = [row for row in rows if row["target"] in own] or rows
    return min((row["done_at"] for row in rows if row["state"] in _ARRIVED), default=None)
