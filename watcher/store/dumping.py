"""All rows of all tables, in one form for both databases, as they stood at one moment."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import orjson
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from watcher.store.database import migrations_config
from watcher.store.schema import account, metadata

for _each in iter_modules([str(Path(__file__).parent)]):
    if _each.name.startswith("schema"):  # every table must be in `metadata`, whoever added it
        import_module(f"watcher.store.{_each.name}")

CHUNK = 4 << 20  # bytes of a piece of a table, at least one row
_ROWS = 500  # fetched at a time


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: its columns with their kind (text, int, bool, bytes), and how many rows it has."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: int = 0


def kind_of(column: sa.types.TypeEngine[Any]) -> str:
    """How the values of a column are written."""
    plain = column.impl if isinstance(column, sa.types.TypeDecorator) else column
    for kind, types in (
        ("bool", sa.types.Boolean),
        ("bytes", sa.types.LargeBinary),
        ("int", sa.types.Integer),
        ("text", sa.types.String),
    ):
        if isinstance(plain, types):
            return kind
    raise TypeError(f"columns of {column!r} cannot be backed up")


def shapes(connection: sa.Connection) -> tuple[Shape, ...]:
    """Every table with its number of rows now; those that others refer to come first."""
    return tuple(
        Shape(
            str(table.name),  # no subclass of it, which JSON would not take as a key
            tuple((str(column.name), kind_of(column.type)) for column in table.columns),
            connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0,
        )
        for table in metadata.sorted_tables
    )


def sources(connection: sa.Connection) -> tuple[Any, ...]:
    """How accounts are read, as the register has it; for the names of secrets."""
    return tuple(connection.scalars(sa.select(account.c.sources)))


def report_files(connection: sa.Connection) -> dict[str, str]:
    """Reports that lie in the state folder: their path there, and their SHA-256."""
    table = metadata.tables.get("report")
    if table is None or not sa.inspect(connection).has_table("report"):
        return {}
    rows = connection.scalars(sa.select(table.c["files"]))
    return {str(each["name"]): str(each["sha256"]) for row in rows for each in row}


def revision(connection: sa.Connection) -> str:
    """The version of the tables."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def revisions() -> tuple[str, ...]:
    """The versions that this program can make, newest first."""
    known = ScriptDirectory.from_config(migrations_config())
    return tuple(each.revision for each in known.walk_revisions())


def pieces(connection: sa.Connection, shape: Shape) -> Iterator[tuple[bytes, int]]:
    """The rows of a table as JSON arrays, a line each, about `CHUNK` bytes at a time; with counts.

    Read in one statement, so within a transaction of `Database.read` all tables are of one moment.
    """
    table, pending, size = metadata.tables[shape.name], list[bytes](), 0
    for row in _raw(connection, table, shape):
        line = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
        pending.append(line)
        size += len(line)
        if size >= CHUNK:
            yield b"".join(pending), len(pending)
            pending, size = [], 0
    if pending:
        yield b"".join(pending), len(pending)


def _raw(connection: sa.Connection, table: sa.Table, shape: Shape) -> Iterator[list[Any]]:
    """Values as the database keeps them, past the types that would make Python objects of them."""
    asked = [
        sa.type_coerce(column, sa.types.NullType()).label(column.name) for column in table.columns
    ]
    query = sa.select(*asked).select_from(table).order_by(*table.primary_key.columns)
    query = query.execution_options(stream_results=True, yield_per=_ROWS)
    odd = [(n, kind) for n, (_, kind) in enumerate(shape.columns) if kind in ("bool", "bytes")]
    for found in connection.execute(query):
        row = list(found)
        for n, kind in odd:
            row[n] = _plain(row[n], kind)
        yield row


def _plain(value: Any, kind: str) -> Any:
    if value is None:
        return None
    return bool(value) if kind == "bool" else b64encode(bytes(value)).decode()
