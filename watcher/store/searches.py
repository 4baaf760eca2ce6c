"""Searches for look-alikes as rows: what was asked, whether it could see. Append-only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from watcher.candidates import SearchStatus
from watcher.discovery import Key, Search
from watcher.store.schema_candidates import search_run as table

_FIELDS = tuple(Search.__dataclass_fields__)


def note_search(connection: sa.Connection, value: Search) -> None:
    """Keep one search. Details come from pages, so their length is bounded here."""
    values = {name: getattr(value, name) for name in _FIELDS}
    values |= {"status": value.status.value, "detail": value.detail[:500]}
    connection.execute(table.insert().values(values))


def last_searches(connection: sa.Connection) -> Mapping[Key, Search]:
    """The last search of each way, name and query."""
    newest = sa.select(sa.func.max(table.c.id)).group_by(
        table.c.collector, table.c.name, table.c.query
    )
    rows = connection.execute(sa.select(table).where(table.c.id.in_(newest))).mappings()
    return {(row["collector"], row["name"], row["query"]): _search(row) for row in rows}


def searches_since(connection: sa.Connection, moment: datetime) -> tuple[Search, ...]:
    """Every search from that moment on, the oldest first."""
    query = sa.select(table).where(table.c.at >= moment).order_by(table.c.id)
    return tuple(_search(row) for row in connection.execute(query).mappings())


def _search(row: sa.RowMapping) -> Search:
    values = {name: row[name] for name in _FIELDS}
    return Search(**(values | {"status": SearchStatus(row["status"])}))
