"""Rows into a database that takes the place of another: whole, or as if nothing had been tried.

PostgreSQL makes tables and rows in one transaction, and the old tables go to a schema of their
own in the same one. SQLite gets a file beside the old one, and a rename at the end.
"""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import command

from watcher.store.database import Database, connect, migrations_config, sqlite_engine
from watcher.store.dumping import Shape, kind_of, revision
from watcher.store.schema import metadata

_VERSION = "alembic_version"
_OURS = frozenset({*metadata.tables, _VERSION})
_PATIENCE = "5s"  # for locks that somebody holds on the old tables


class ArrivalError(Exception):
    """The database cannot take the rows; for people."""


@dataclass(slots=True)
class Arrival:
    """A database in the making: `connection` writes into it; nobody else sees it yet."""

    connection: sa.Connection
    aside: str = ""  # where the old rows are kept, for people; "" where there were none
    nul: int = 0  # values with a NUL sign, which PostgreSQL does not take


def is_empty(url: str) -> bool:
    """Whether a database holds no row of ours (or is not there at all)."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return True
    db = connect(url)
    try:
        with db.read() as c:
            return _empty(c)
    finally:
        db.close()


def _empty(c: sa.Connection) -> bool:
    there = set(sa.inspect(c).get_table_names()) & _OURS - {_VERSION}
    return not any(
        c.execute(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)).first()
        for name in sorted(there)
    )


@contextmanager
def arriving(url: str, stamp: str) -> Iterator[Arrival]:
    """A database in the making; when the block ends without an error it takes the old one's place.

    The old rows are kept aside under a name with `stamp` unless there are none. Nobody may use
    the old database meanwhile. Raises ArrivalError, DBAPIError.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with _beside(Path(parsed.database or ""), stamp) as arrival:
            yield arrival
        return
    db = connect(url)
    try:
        with db.write() as c:
            yield _cleared(c, f"before_restore_{stamp}")
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlstate", "") == "55P03":
            raise ArrivalError("数据库的表正被使用；请先停止监测程序再恢复") from None
        raise
    finally:
        db.close()


def _cleared(c: sa.Connection, aside: str) -> Arrival:
    """Our tables of before, moved to a schema of their own, or dropped where they are empty."""
    _alone(c)
    c.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
    tables = set(sa.inspect(c).get_table_names())
    # A newer program may have made tables that this one does not know; they go along.
    there = sorted(tables if _VERSION in tables else tables & _OURS)
    functions = [str(found) for found in c.scalars(_FUNCTIONS, {"names": there})]
    if _empty(c) and tables <= _OURS:
        for name in there:
            c.exec_driver_sql(f'DROP TABLE "{name}" CASCADE')
        for signature in functions:
            c.exec_driver_sql(f"DROP FUNCTION {signature}")
        return Arrival(c)
    c.exec_driver_sql(f'CREATE SCHEMA "{aside}"')
    for signature in functions:
        c.exec_driver_sql(f'ALTER FUNCTION {signature} SET SCHEMA "{aside}"')
    for name in there:
        c.exec_driver_sql(f'ALTER TABLE "{name}" SET SCHEMA "{aside}"')
    return Arrival(c, f"同一数据库的模式 {aside}")


# What the triggers of our tables call: it goes where they go.
_FUNCTIONS = sa.text(
    "SELECT DISTINCT tgfoid::regprocedure FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
    " WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
    " AND relname = ANY(:names)"
)


def _alone(c: sa.Connection) -> None:
    """Raises ArrivalError where our user has other connections: the watch runs."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND usename = current_user AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    others = c.exec_driver_sql(query).scalar_one()
    if others:
        raise ArrivalError(f"数据库另有 {others} 个连接；请先停止监测程序再恢复")


@contextmanager
def _beside(file: Path, stamp: str) -> Iterator[Arrival]:
    """A new SQLite file beside the old one. One that a killed restore left is made anew."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new, aside = file.with_name(file.name + ".restoring"), None
    for old in _with_journals(new):
        old.unlink(missing_ok=True)
    if file.exists():
        aside = None if _quiet(file) else file.with_name(f"{file.name}.before-restore-{stamp}")
    new.touch(mode=0o600)
    try:
        engine = sqlite_engine(sa.make_url(f"sqlite:///{new}"), writes=True)
        try:
            with engine.connect() as c:
                yield Arrival(c, str(aside or ""))
                c.commit()
        finally:
            engine.dispose()
        _take_place(new, file, aside)
    finally:
        for old in _with_journals(new):
            old.unlink(missing_ok=True)


def _with_journals(file: Path) -> tuple[Path, ...]:
    return tuple(file.with_name(file.name + end) for end in ("", "-wal", "-shm", "-journal"))


def _quiet(file: Path) -> bool:
    """Whether the old file is empty; afterwards it stands alone, without a journal.

    Raises ArrivalError where another process has it open.
    """
    old = Database(*(sqlite_engine(sa.make_url(f"sqlite:///{file}"), writes=True),) * 2)
    try:
        with old.reader.connect() as c:
            empty = _empty(c)
            c.rollback()
            c.connection.driver_connection.execute("PRAGMA journal_mode=DELETE")  # type: ignore[union-attr]
    except sa.exc.OperationalError as error:
        raise _in_use(file, error.orig) from None
    except Exception as error:
        if "locked" not in str(error):
            raise
        raise _in_use(file, error) from None
    finally:
        old.close()
    return empty


def _in_use(file: Path, error: object) -> ArrivalError:
    if "locked" in str(error):
        return ArrivalError(f"数据库 {file} 正被使用；请先停止监测程序再恢复")
    return ArrivalError(f"原数据库 {file} 不能打开（{error}）；请先把它移走，再恢复")


def _take_place(new: Path, file: Path, aside: Path | None) -> None:
    """From here on the new file is the database: one rename, and the old one keeps a name."""
    _sync(new)
    if aside is not None and not (aside.exists() and aside.samefile(file)):  # killed just here
        os.link(file, aside)
    for journal in _with_journals(file)[1:]:
        with suppress(FileNotFoundError):  # of the old file, which is whole without them
            journal.unlink()
    new.replace(file)
    _sync(file.parent)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


# -- tables and rows -----------------------------------------------------------------------


def make_tables(arrival: Arrival, version: str) -> None:
    """The tables as they were at a version."""
    _upgrade(arrival, version)


def bring_up(arrival: Arrival) -> bool:
    """From that version to the newest; whether anything was to be done."""
    before = revision(arrival.connection)
    _upgrade(arrival, "head")
    return revision(arrival.connection) != before


def _upgrade(arrival: Arrival, version: str) -> None:
    config = migrations_config()
    config.attributes["connection"] = arrival.connection
    command.upgrade(config, version)
    _pause(arrival)


def _pause(arrival: Arrival) -> None:
    """SQLite's new file is nobody's yet, so what is there may be kept piece by piece."""
    if arrival.connection.dialect.name == "sqlite":
        arrival.connection.commit()


def differing(arrival: Arrival, given: Sequence[Shape]) -> tuple[str, ...]:
    """Tables and columns in which these shapes and the database differ."""
    found = sa.inspect(arrival.connection)
    here = {
        (name, column["name"], kind_of(column["type"]))
        for name in found.get_table_names()
        if name in _OURS - {_VERSION}
        for column in found.get_columns(name)
    }
    there = {(shape.name, *column) for shape in given for column in shape.columns}
    return tuple(sorted(f"{table}.{column}" for table, column, _ in here ^ there))


def put(arrival: Arrival, shape: Shape, piece: bytes) -> int:
    """One piece of a table, as `dumping.pieces` gave it; how many rows. Raises ValueError."""
    binary = [n for n, (_, kind) in enumerate(shape.columns) if kind == "bytes"]
    rows = [_row(line, binary, len(shape.columns)) for line in piece.splitlines()]
    names = ", ".join(f'"{name}"' for name, _ in shape.columns)
    raw: Any = arrival.connection.connection.driver_connection
    if arrival.connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(shape.columns))
        arrival.connection.exec_driver_sql("SELECT 1")  # the transaction begins
        into = f'INSERT INTO "{shape.name}" ({names}) VALUES ({marks})'  # noqa: S608 (`differing`)
        raw.executemany(into, rows)
        _pause(arrival)
    else:
        with raw.cursor().copy(f'COPY "{shape.name}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row([_without_nul(arrival, value) for value in row])
    return len(rows)


def _row(line: bytes, binary: Sequence[int], width: int) -> list[Any]:
    row = orjson.loads(line)
    if not isinstance(row, list) or len(row) != width:
        raise ValueError("a row has another number of columns than its table")
    for n in binary:
        row[n] = None if row[n] is None else b64decode(row[n], validate=True)
    return row


def _without_nul(arrival: Arrival, value: Any) -> Any:
    if isinstance(value, str) and "\0" in value:
        arrival.nul += 1
        return value.replace("\0", "\ufffd")
    return value


def number_on(arrival: Arrival, shapes: Sequence[Shape]) -> None:
    """New rows get numbers after those that came; SQLite does so by itself."""
    c = arrival.connection
    if c.dialect.name != "postgresql":
        return
    for shape in shapes:
        for name in (name for name, kind in shape.columns if kind == "int"):
            ask = sa.func.pg_get_serial_sequence(f'"{shape.name}"', name)
            sequence = c.scalar(sa.select(ask))
            if sequence is None:
                continue
            top = c.scalar(sa.select(sa.func.max(sa.column(name))).select_from(_t(shape.name)))
            if top is not None:
                c.execute(sa.select(sa.func.setval(sequence, top)))


def _t(name: str) -> sa.TableClause:
    return sa.table(name)


def counted(arrival: Arrival, shapes: Sequence[Shape]) -> tuple[str, ...]:
    """Tables that hold another number of rows than they should."""
    found = []
    for shape in shapes:
        there = arrival.connection.scalar(sa.select(sa.func.count()).select_from(_t(shape.name)))
        if there != shape.rows:
            found.append(f"{shape.name}（应有 {shape.rows} 行，实有 {there} 行）")
    return tuple(found)
