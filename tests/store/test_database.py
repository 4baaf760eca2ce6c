from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from watcher.store import (
    Database,
    StoreFull,
    Writer,
    at_head,
    connect,
    get_mark,
    migrate,
    set_mark,
)
from watcher.store.schema import metadata


def marking(name: str, value: str) -> Callable[[sa.Connection], None]:
    return lambda c: set_mark(c, name, value)


def test_migrating_makes_the_tables_that_the_program_uses(database_url: str) -> None:
    db = connect(database_url)
    try:
        assert not at_head(db)
        migrate(db)
        migrate(db)
        assert at_head(db)
        with db.read() as c:
            assert compare_metadata(MigrationContext.configure(c), metadata) == []
    finally:
        db.close()


def test_the_reading_connection_cannot_write(db: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError), db.read() as c:
        set_mark(c, "a", "1")


@pytest.mark.parametrize("url", ["mysql://h/d", "sqlite://", "sqlite:///:memory:"])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite"):
        connect(url)


def test_a_refused_url_does_not_show_its_password() -> None:
    with pytest.raises(ValueError, match="neither") as caught:
        connect("mysql://u:geheim@h/d")
    assert "geheim" not in str(caught.value)


async def test_work_shares_a_transaction_and_an_error_stays_with_its_caller(db: Database) -> None:
    writer = Writer(db)

    def bad(c: sa.Connection) -> None:
        set_mark(c, "bad", "1")
        raise LookupError("mine")

    jobs = [writer.submit(marking(f"m{n}", str(n))) for n in range(50)]
    jobs.insert(25, writer.submit(bad))
    done = await asyncio.gather(*jobs, return_exceptions=True)
    await writer.aclose()
    assert [type(one) for one in done if one is not None] == [LookupError]
    with db.read() as c:
        assert (get_mark(c, "m49"), get_mark(c, "bad")) == ("49", None)


async def test_a_database_error_stays_with_its_caller(db: Database) -> None:
    writer = Writer(db)
    wrong = writer.submit(lambda c: c.execute(sa.text("SELECT * FROM nowhere")))
    right = writer.submit(lambda c: set_mark(c, "a", "1"))
    first, second = await asyncio.gather(wrong, right, return_exceptions=True)
    await writer.aclose()
    assert isinstance(first, sa.exc.DBAPIError)
    assert second is None


async def test_closing_finishes_what_was_submitted(db: Database) -> None:
    writer = Writer(db)
    jobs = [asyncio.create_task(writer.submit(marking(f"m{n}", "1"))) for n in range(300)]
    await asyncio.sleep(0)
    await writer.aclose()
    await asyncio.gather(*jobs)
    with pytest.raises(RuntimeError, match="closed"):
        await writer.submit(lambda c: None)


async def test_a_full_disk_fails_clearly_and_recovers(tmp_path: Path) -> None:
    db = connect(f"sqlite:///{tmp_path}/small.db")
    migrate(db)
    with db.write() as c:
        pages = c.exec_driver_sql("PRAGMA page_count").scalar_one()
    writer = Writer(db)

    def limit(c: sa.Connection, most: int) -> None:
        c.exec_driver_sql(f"PRAGMA max_page_count = {most}")

    await writer.submit(lambda c: set_mark(c, "kept", "1"))
    await writer.submit(lambda c: limit(c, pages + 2))
    jobs = [writer.submit(marking(f"m{n}", "x" * 90_000)) for n in range(3)]
    done = await asyncio.gather(*jobs, return_exceptions=True)
    assert all(isinstance(one, StoreFull) for one in done)
    await writer.submit(lambda c: limit(c, 1_000_000))
    await writer.submit(lambda c: set_mark(c, "after", "1"))
    await writer.aclose()
    with db.read() as c:
        assert [get_mark(c, name) for name in ("kept", "m0", "after")] == ["1", None, "1"]
    db.close()
    raw = sqlite3.connect(tmp_path / "small.db")
    assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()
