"""Statements of every reading, run for many rows without SQLAlchemy's work on each value.

Compiled once per dialect and column names; types of the store are still applied, built-in ones are
not: a value of those must be one that the driver takes as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

Row: TypeAlias = Mapping[str, Any]
_Rows: TypeAlias = Callable[[Sequence[Row]], list[Any]]


def prepared(statement: Any) -> Callable[[sa.Connection, Sequence[Row]], None]:
    """A function that runs an INSERT or UPDATE for rows of equal keys; without rows, nothing."""
    known: dict[tuple[str, ...], tuple[str, _Rows]] = {}

    def run(connection: sa.Connection, rows: Sequence[Row]) -> None:
        if not rows:
            return
        key = connection.dialect.name, *rows[0]
        if key not in known:
            known[key] = _compiled(statement, connection, list(rows[0]))
        text, values = known[key]
        connection.exec_driver_sql(text, values(rows))

    return run


def _compiled(statement: Any, connection: sa.Connection, names: list[str]) -> tuple[str, _Rows]:
    compiled = statement.compile(
        dialect=connection.dialect, column_keys=names, for_executemany=True
    )
    made = {
        name: _converter(bind.type, connection.dialect) for name, bind in compiled.binds.items()
    }
    fixed = {
        name: made[name](bind.effective_value)
        for name, bind in compiled.binds.items()
        if name not in names
    }
    given = [(name, made[name]) for name in names if name in made]
    order = compiled.positiontup

    def plain(row: Row) -> dict[str, Any]:
        return fixed | {name: convert(row[name]) for name, convert in given}

    def values(rows: Sequence[Row]) -> list[Any]:
        if order is None:
            return [plain(row) for row in rows]
        return [tuple(map(plain(row).__getitem__, order)) for row in rows]

    return compiled.string, values


def _converter(kind: Any, dialect: sa.Dialect) -> Callable[[Any], Any]:
    if not isinstance(kind, TypeDecorator):
        return _same
    return lambda value: kind.process_bind_param(value, dialect)


def _same(value: Any) -> Any:
    return value
