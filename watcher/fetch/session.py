"""Guest sessions and tokens: made once, shared by all readers, replaced when refused.

Single flight: however many readers need a session, one handshake is under way. At most one a
minute: what a platform refuses right after a handshake it will refuse again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from watcher.model import CollectError, Session, Trouble

BETWEEN = timedelta(minutes=1)
Key: TypeAlias = tuple[str, str]  # collector, name of the session


@dataclass(frozen=True, slots=True)
class _Slot:
    """One named session: the handshake that made it, or the one under way."""

    task: asyncio.Task[Session]
    begun: datetime


class Sessions:
    """The sessions of one fetcher."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._slots: dict[Key, _Slot] = {}

    async def get(
        self,
        key: Key,
        shake: Callable[[], Awaitable[Session]],
        refused: Session | None = None,
    ) -> Session:
        """The session, made by `shake` where there is none. `refused` is the one that no longer
        works: where another reader has replaced it since, that one is given.

        Raises the CollectError of the handshake, to everyone who waits and for a minute after.
        """
        slot = self._slots.get(key)
        if slot is None or self._stale(slot, refused):
            slot = self._slots[key] = self._begin(shake)
        try:
            return await asyncio.shield(slot.task)
        except CollectError as error:  # one each: an exception keeps the trace of who raised it
            raise CollectError(error.trouble, error.detail, error.retry_after) from error

    def _stale(self, slot: _Slot, refused: Session | None) -> bool:
        """Whether a new handshake is due. Raises CollectError where it is, but too soon."""
        if not slot.task.done():
            return False
        young = self._now() - slot.begun < BETWEEN
        if slot.task.cancelled():
            return True
        if slot.task.exception() is not None:
            return not young
        session = slot.task.result()
        if refused is session:
            if young:
                raise CollectError(
                    Trouble.BLOCKED, "the session was refused as soon as it was made"
                )
            return True
        return self._now() >= slot.begun + timedelta(seconds=session.lifetime)

    def _begin(self, shake: Callable[[], Awaitable[Session]]) -> _Slot:
        async def run() -> Session:
            return await shake()

        # A task of its own: a reader that gives up must not take the others down with it.
        task = asyncio.create_task(run())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return _Slot(task, self._now())

    async def aclose(self) -> None:
        """Stop what is under way."""
        tasks = [slot.task for slot in self._slots.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._slots.clear()
