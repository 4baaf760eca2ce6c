"""One thread that writes, several pieces of work to a transaction."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import sqlalchemy as sa

from watcher.store.database import Database

T = TypeVar("T")
_BATCH = 200  # larger groups hold the lock, and the waiters, too long


class StoreUnavailable(Exception):  # noqa: N818 - a state of the world, named as such
    """The database could not be written; nothing of the group was kept; try again later."""


class StoreFull(StoreUnavailable):
    """No room on the disk of the database; nothing of the group was kept."""


class Writer:
    """Runs functions of a connection in one thread; those that wait share a transaction.

    Each has a savepoint of its own: what one raises is raised to its caller alone. A transaction
    that cannot be kept raises StoreUnavailable to every caller whose work was in it.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread still takes work."""
        return self._thread.is_alive() and not self._closed

    async def submit(self, work: Callable[[sa.Connection], T]) -> T:
        """Run the function, and return its result once it is committed."""
        if self._closed:
            raise RuntimeError("the writer is closed")
        future: Future[T] = Future()
        self._queue.put((work, future))
        return await asyncio.wrap_future(future)

    async def aclose(self) -> None:
        """Finish what was submitted, then stop."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, last = self._gather(first)
            live = [item for item in batch if item[1].set_running_or_notify_cancel()]
            if live:
                _settle(live, _transaction(self._db, live))
            if last:
                return

    def _gather(self, first: _Work) -> tuple[list[_Work], bool]:
        """What is queued now, and whether the end was among it."""
        batch = [first]
        while len(batch) < _BATCH:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
            if item is None:
                return batch, True
            batch.append(item)
        return batch, False


class Inline(Writer):
    """A writer without a thread, for SQLite: the caller's own runs the work.

    For a run that is alone with its database and can be repeated (the simulation): no change of
    threads, and one transaction for `every` pieces of work. Readers see them after that.
    """

    def __init__(self, db: Database, every: int = 1000) -> None:
        self._db, self._every, self._closed = db, every, False
        self._connection: sa.Connection | None = None
        self._since = 0

    @property
    def alive(self) -> bool:
        """Whether it still takes work."""
        return not self._closed

    async def submit(self, work: Callable[[sa.Connection], T]) -> T:
        """Run the function now. What it raises undoes its own writes alone."""
        if self._closed:
            raise RuntimeError("the writer is closed")
        if self._connection is None:
            self._connection = self._db.writer.connect()
            self._connection.begin()
        raw: Any = self._connection.connection.driver_connection
        raw.execute("SAVEPOINT work")  # past SQLAlchemy, which takes as long as a whole query
        try:
            value = work(self._connection)
        except BaseException:
            raw.execute("ROLLBACK TO work")
            raise
        raw.execute("RELEASE work")
        self._since += 1
        if self._since >= self._every:
            self._keep()
        return value

    def _keep(self) -> None:
        if self._connection is not None:
            self._connection.commit()
            self._connection.close()
            self._connection, self._since = None, 0

    async def aclose(self) -> None:
        """Keep what was done, then stop."""
        self._keep()
        self._closed = True


_Work = tuple[Callable[[sa.Connection], Any], "Future[Any]"]
_Result = tuple[Any, BaseException | None]


def _transaction(db: Database, batch: list[_Work]) -> list[_Result]:
    """One result for each piece of work, after the commit."""
    try:
        with db.write() as connection:
            return [_attempt(connection, work) for work, _ in batch]
    except sa.exc.DBAPIError as error:
        failure = unavailable(error) or error
        return [(None, failure)] * len(batch)
    except Exception as error:
        return [(None, error)] * len(batch)


def _attempt(connection: sa.Connection, work: Callable[[sa.Connection], Any]) -> _Result:
    """Run in a savepoint. Raises only where the whole transaction is lost."""
    savepoint = connection.begin_nested()
    try:
        value = work(connection)
        savepoint.commit()
    except Exception as error:
        if isinstance(error, sa.exc.DBAPIError) and unavailable(error):
            raise
        savepoint.rollback()
        return None, error
    return value, None


def _settle(batch: list[_Work], results: list[_Result]) -> None:
    for (_, future), (value, error) in zip(batch, results, strict=True):
        if error is None:
            future.set_result(value)
        else:
            future.set_exception(error)


def unavailable(error: sa.exc.DBAPIError) -> StoreUnavailable | None:
    """The error in plain words where the database as a whole cannot be written, else None."""
    text = str(error.orig)
    if "database or disk is full" in text or getattr(error.orig, "sqlstate", None) == "53100":
        return StoreFull(f"no room left for the database ({text}); free space on its disk")
    lost = ("disk I/O error", "database is locked", "readonly database", "unable to open")
    if error.connection_invalidated or any(sign in text for sign in lost):
        return StoreUnavailable(f"the database cannot be written: {text}")
    return None
