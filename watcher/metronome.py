"""The metronome: starts every job in time, notices when it stops itself, and ends a stuck process.

APScheduler can stop firing in silence when an exception meets its wake-up or the clock is set
back; a process that looks healthy while nothing is read is the worst way to fail.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import monotonic

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from watcher.views import Beats

log = logging.getLogger(__name__)

STALE = 60.0  # seconds without a tick: the scheduler is dead, or the tick hangs
STUCK = 180.0  # seconds in which the event loop ran nothing: the process ends itself
LOOK = 5.0  # seconds between two looks of the guard
CORE = ("dispatch", "judge", "deliver")  # while one of these fails, the work is not done
Tell = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """Something the metronome starts every so many seconds, and its patience with it."""

    name: str
    every: float
    run: Callable[[], Awaitable[object]]
    limit: float = 600.0


class Metronome:
    """Runs the jobs from `start` to `rest`; `beats` says how they fare. `clock` is real time."""

    def __init__(
        self, every: Iterable[Job], beats: Beats, clock: Callable[[], datetime], tell: Tell
    ) -> None:
        self.every = tuple(every)
        self.beats = beats
        self._clock, self._tell = clock, tell
        self._busy: set[asyncio.Task[object]] = set()
        self._scheduler: AsyncIOScheduler | None = None
        self._since = monotonic()

    def start(self) -> None:
        """In memory, late runs merged, never two of a kind at once."""
        scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in self.every:
            scheduler.add_job(
                partial(self._run, job),
                "interval",
                seconds=job.every,
                id=job.name,
                next_run_time=self._clock(),
            )
        scheduler.add_listener(
            self._note, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES
        )
        scheduler.start()
        self._scheduler, self._since = scheduler, monotonic()

    async def rest(self, patience: float) -> None:
        """Start nothing more, and let what runs end; after `patience` seconds it is cancelled."""
        if self._scheduler is not None and self._scheduler.running:
            self._scheduler.pause()
        if self._busy:
            await asyncio.wait(set(self._busy), timeout=patience)
        self._halt()
        await asyncio.sleep(0)  # APScheduler ends in the loop's next turn

    async def guard(self) -> None:
        """Notice a metronome that stopped, and start another; say when work fails for long."""
        said = False
        while True:
            await asyncio.sleep(LOOK)
            silent = monotonic() - max(self._since, self.beats.ended.get("dispatch", 0.0))
            if silent > STALE:
                log.critical("no dispatch for %.0f s: starting the scheduler anew", silent)
                self._halt()
                self.start()
                await self._say(f"调度停止{silent:.0f}秒，已自动重启")
            said = await self._complain(said)

    def well(self) -> bool:
        """Whether work is done, or the guard may still mend it: what a supervisor wants to know."""
        ended = max(self._since, self.beats.ended.get("dispatch", 0.0))
        return monotonic() - ended < STUCK

    async def _complain(self, said: bool) -> bool:
        """Tell the operators once that work fails, and once that it goes well again."""
        failing = {name: self.beats.failing[name] for name in CORE if name in self.beats.failing}
        if said and not failing:
            await self._say("监测工作已恢复正常")
            return False
        long = [name for name, (since, _) in failing.items() if monotonic() - since > STALE]
        if long and not said:
            await self._say(f"{'、'.join(long)}连续失败超过{STALE:.0f}秒：{failing[long[0]][1]}")
            return True
        return said

    async def _say(self, what: str) -> None:
        try:
            await self._tell(what)
        except Exception:
            log.exception("cannot tell the operators: %s", what)

    def _halt(self) -> None:
        if self._scheduler is not None and self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._scheduler = None

    async def _run(self, job: Job) -> None:
        """One beat of a job. A hanging one is ended by its own limit, a failing one is counted."""
        task, beats = asyncio.current_task(), self.beats
        assert task is not None
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        patience = asyncio.timeout(job.limit)
        try:
            async with patience:
                await job.run()
        except Exception as error:
            self._failed(job, error, patience.expired())
        else:
            beats.last[job.name] = beats.ran[job.name] = self._clock()
            beats.ended[job.name] = monotonic()
            if beats.failing.pop(job.name, None):
                log.info("job %s goes well again", job.name)

    def _failed(self, job: Job, error: Exception, hung: bool) -> None:
        """Count it. The first failure of a row is logged whole, the others as a line."""
        beats, name = self.beats, job.name
        text = f"hung for {job.limit:g} s" if hung else _last_line(error)
        first = name not in beats.failing
        beats.failures[name] = beats.failures.get(name, 0) + 1
        beats.errors[name] = text
        beats.failing[name] = (beats.failing.get(name, (monotonic(), ""))[0], text)
        if not hung:  # a tick that fails shows that the clockwork runs; one that hangs does not
            beats.ended[name], beats.ran[name] = monotonic(), self._clock()
        log.error("job %s failed: %s", name, text, exc_info=error if first else None)

    def _note(self, event: object) -> None:
        name = str(getattr(event, "job_id", "?"))
        self.beats.missed[name] = self.beats.missed.get(name, 0) + 1


def _last_line(error: Exception) -> str:
    return traceback.format_exception_only(error)[-1].strip().splitlines()[-1][:300]


class Pulse:
    """A thread that ends the process when the event loop has not run for `limit` seconds.

    Whatever blocks the loop also blocks every check inside it; systemd or the container starts
    the process again, and nothing is lost, since every lease runs out by itself.
    """

    def __init__(self, limit: float = STUCK) -> None:
        self._last = monotonic()
        self._limit = limit
        self._ending = threading.Event()
        threading.Thread(target=self._watch, name="pulse", daemon=True).start()

    async def beat(self) -> None:
        while True:
            self._last = monotonic()
            await asyncio.sleep(min(1.0, self._limit / 4))

    def stop(self) -> None:
        self._ending.set()

    def _watch(self) -> None:
        while not self._ending.wait(min(5.0, self._limit / 4)):
            if monotonic() - self._last > self._limit:
                log.critical("the event loop is stuck; ending so that it is started anew")
                faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
                os._exit(70)
