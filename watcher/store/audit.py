"""Who changed what, never rewritten; and small marks such as "the digest of this day is done"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.store.rows import upsert
from watcher.store.schema import audit_log, mark


@dataclass(frozen=True, slots=True)
class AuditRow:
    at: datetime
    actor: str
    action: str
    object: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def audit(
    connection: sa.Connection,
    actor: str,
    action: str,
    object: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    """Add one line. Values are JSON; secrets must not be among them."""
    row = {"at": now, "actor": actor, "action": action, "object": object}
    connection.execute(audit_log.insert(), row | {"before": before, "after": after})


def list_audit(
    connection: sa.Connection, object: str | None = None, limit: int = 100
) -> tuple[AuditRow, ...]:
    """The newest lines first, of one object or of all."""
    query = sa.select(audit_log).order_by(audit_log.c.id.desc()).limit(limit)
    if object is not None:
        query = query.where(audit_log.c.object == object)
    rows = connection.execute(query).mappings()
    names = AuditRow.__dataclass_fields__
    return tuple(AuditRow(**{name: row[name] for name in names}) for row in rows)


def get_mark(connection: sa.Connection, name: str) -> str | None:
    """What was marked under this name, or None."""
    return connection.scalar(sa.select(mark.c.value).where(mark.c.name == name))


def set_mark(connection: sa.Connection, name: str, value: str) -> None:
    """Mark, over what was marked before."""
    statement = upsert(connection, mark).values(name=name, value=value)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )
