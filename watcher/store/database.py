"""Opening a database, and bringing its tables up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "busy_timeout=5000",
    "cache_size=-65536",
    "temp_store=MEMORY",
)


@dataclass(frozen=True, slots=True)
class Database:
    """A database: one engine that writes, and one that reads and never waits for a writer."""

    writer: sa.Engine
    reader: sa.Engine

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A writing transaction; SQLite takes its write lock at once."""
        with self.writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one moment of the database and cannot write."""
        with self.reader.connect() as connection:
            yield connection

    def close(self) -> None:
        """Give back all connections."""
        self.writer.dispose()
        self.reader.dispose()


def connect(url: str) -> Database:
    """Open `sqlite:///path` or `postgresql+psycopg://…`. Raises ValueError for another URL."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ValueError("the SQLite database needs a file: sqlite:////path/watcher.db")
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        return Database(sqlite_engine(parsed, writes=True), sqlite_engine(parsed, writes=False))
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return Database(
            sa.create_engine(parsed, pool_pre_ping=True),
            sa.create_engine(
                parsed,
                pool_pre_ping=True,
                execution_options={"postgresql_readonly": True},
                isolation_level="REPEATABLE READ",
            ),
        )
    raise ValueError(f"neither sqlite nor postgresql: {parsed.render_as_string()}")


def sqlite_engine(url: sa.URL, writes: bool) -> sa.Engine:
    """An engine for a file; one that writes takes its lock when a transaction begins."""
    engine = sa.create_engine(url, connect_args={"timeout": 5})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver opens no transactions of its own; `begin` below does.
        connection.isolation_level = None
        for pragma in (*_PRAGMAS, *(() if writes else ("query_only=ON",))):
            connection.execute(f"PRAGMA {pragma}").close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def migrate(db: Database) -> None:
    """Bring the tables to the newest version. Running it twice changes nothing."""
    with db.write() as connection:
        config = migrations_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def at_head(db: Database) -> bool:
    """Whether the tables are of the version this program was written for."""
    with db.read() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    return set(current) == set(ScriptDirectory.from_config(migrations_config()).get_heads())


def ready(url: str) -> bool:
    """Whether a database is there, answers and is of the version this program was written for."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        return False
    db = connect(url)
    try:
        return at_head(db)
    except sa.exc.OperationalError:
        return False
    finally:
        db.close()


def size(db: Database) -> int:
    """Bytes that the database takes on its disk."""
    lite = db.reader.dialect.name == "sqlite"
    query = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if lite
        else "SELECT pg_database_size(current_database())"
    )
    with db.read() as connection:
        return int(connection.exec_driver_sql(query).scalar_one())


def migrations_config() -> Config:
    """Where the migrations lie; nothing of it is read from a file."""
    config = Config()
    folder = Path(__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
