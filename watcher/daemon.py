"""The daemon: the only module that tells the time; it puts all the others together."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

import httpx
import uvicorn
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from alerts.deliver import resolver, send
from alerts.merge import Outgoing
from alerts.routing import Offices, targets_for
from collectors import Collector, discover
from watcher import console, store
from watcher.config import Settings, source_settings
from watcher.deciding import Book
from watcher.fetch import Fetcher
from watcher.model import Level, Role
from watcher.rounds import Watch, deliver_due, dispatch, judge_due, stop
from watcher.views import Beats, Pictures

log = logging.getLogger(__name__)

STALE = 60.0  # seconds without a tick: the scheduler is dead or the loop is stuck
STUCK = 180.0  # seconds in which the event loop ran nothing: the process ends itself


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Job:
    """Something the metronome starts every so many seconds, and its patience with it."""

    name: str
    every: float
    run: Callable[[], Awaitable[object]]
    limit: float = 600.0


def book_of(settings: Settings) -> Book:
    """What decisions rest on, from the configuration."""
    return Book(
        settings.rules,
        settings.policy,
        settings.offices,
        settings.calendar,
        settings.cadence,
        settings.recent,
    )


def assemble(
    settings: Settings,
    url: str | None = None,
    clock: Callable[[], datetime] = now,
    collectors: Mapping[str, Collector] | None = None,
    fetcher: Fetcher | None = None,
    offices: Offices | None = None,
) -> Watch:
    """The watch that a configuration describes; what is given here replaces its part."""
    book = book_of(settings)
    db = store.connect(url or settings.database.reveal())
    resolve = resolver(os.environ, settings.folder)
    return Watch(
        book=book if offices is None else replace(book, offices=offices),
        db=db,
        writer=store.Writer(db),
        fetcher=fetcher or Fetcher(settings.fetch, clock),
        collectors=discover() if collectors is None else collectors,
        now=clock,
        owner=f"{socket.gethostname()}-{os.getpid()}",
        # Receivers compare a signature's time with their own clock, so it is always real time.
        send=lambda message, target: send(message, target, resolve=resolve, now=now()),
        paces=settings.pace,
        reveal=lambda source: replace(
            source,
            settings=source_settings(
                source.settings, os.environ, settings.folder, source.collector
            ),
        ),
        lease=settings.dispatch.lease,
    )


def jobs(watch: Watch, settings: Settings, pictures: Pictures) -> tuple[Job, ...]:
    """All that the metronome does. What is due for reading is a column, not a job."""
    tick = settings.dispatch.tick.total_seconds()
    every = [
        Job("dispatch", tick, partial(dispatch, watch), limit=30.0),
        Job("judge", 30.0, partial(judge_due, watch)),
        Job("deliver", min(tick, 2.0), partial(deliver_due, watch), limit=120.0),
        Job("picture", settings.metrics.render_every.total_seconds(), pictures.refresh),
        Job("housekeeping", 3600.0, partial(_housekeeping, watch, settings)),
    ]
    if settings.dead_man is not None:
        url = settings.dead_man.url.reveal()
        period = settings.dead_man.every.total_seconds()
        every.append(Job("dead_man", period, partial(_ping, url), limit=30.0))
    return tuple(every)


async def _ping(url: str) -> None:
    """Tell a dead man's switch that we live. Its address is configured, so it may be private."""
    async with httpx.AsyncClient(timeout=10.0) as client:
        answer = await client.get(url)
    if answer.is_error:
        raise RuntimeError(f"the dead man's switch answered {answer.status_code}")


async def _housekeeping(watch: Watch, settings: Settings) -> None:
    now_, days = watch.now(), settings.retention.days
    await watch.writer.submit(lambda c: store.prune(c, now_, days))


async def serve(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; the exit status."""
    beats = Beats(now())
    watch = assemble(settings)
    cap = settings.metrics.cap if settings.metrics.accounts else None
    pictures = Pictures(watch, beats, now, version("shouwang"), cap)
    server = _server(settings, pictures)
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    every = jobs(watch, settings, pictures)
    scheduler = _schedule(every, beats)
    web = asyncio.create_task(server.serve(), name="console")
    guard = asyncio.create_task(_guard(watch, every, beats, [scheduler]), name="guard")
    pulse = Pulse()
    beating = asyncio.create_task(pulse.beat(), name="pulse")
    log.info("watching; console at http://%s:%d/", settings.listen.host, settings.listen.port)
    finished, _ = await asyncio.wait(
        [asyncio.create_task(ending.wait()), web, guard], return_when=asyncio.FIRST_COMPLETED
    )
    failed = web in finished or guard in finished
    server.should_exit = True
    for task in (guard, beating):
        task.cancel()
    pulse.stop()
    await stop(watch, patience=5.0)
    await asyncio.wait([web], timeout=2.0)
    watch.db.close()
    log.info("ended")
    return 1 if failed else 0


class Server(uvicorn.Server):
    """A server that leaves the signals to us."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


def _server(settings: Settings, pictures: Pictures) -> Server:
    app = console.build(pictures.view, pictures.pulse, pictures.metrics, pictures.accounts)
    config = uvicorn.Config(
        app,
        host=settings.listen.host,
        port=settings.listen.port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    return Server(config)


def _schedule(every: tuple[Job, ...], beats: Beats) -> AsyncIOScheduler:
    """APScheduler as the metronome: in memory, late runs merged, never two of a kind at once."""
    scheduler = AsyncIOScheduler(
        timezone=UTC,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in every:
        scheduler.add_job(
            partial(_run, job, beats),
            "interval",
            seconds=job.every,
            id=job.name,
            next_run_time=now(),
        )
    scheduler.add_listener(
        lambda event: _note(event, beats),
        EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES,
    )
    scheduler.start()
    return scheduler


async def _run(job: Job, beats: Beats) -> None:
    """One beat of a job. A hanging one is ended by its own limit, a failing one is counted."""
    try:
        async with asyncio.timeout(job.limit):
            await job.run()
    except Exception:
        beats.failures[job.name] = beats.failures.get(job.name, 0) + 1
        beats.errors[job.name] = traceback.format_exc(limit=1).strip().splitlines()[-1][:300]
        log.exception("job %s failed", job.name)
    else:
        beats.last[job.name] = now()


def _note(event: object, beats: Beats) -> None:
    name = str(getattr(event, "job_id", "?"))
    beats.missed[name] = beats.missed.get(name, 0) + 1


async def _guard(
    watch: Watch, every: tuple[Job, ...], beats: Beats, schedulers: list[AsyncIOScheduler]
) -> None:
    """Notice a metronome that stopped: say so, and start another.

    A process that looks healthy while nothing is read is the worst way to fail; APScheduler can
    stop firing in silence when an exception meets its wake-up.
    """
    try:
        while True:
            await asyncio.sleep(5)
            silent = beats.silence(now()).total_seconds()
            if silent <= STALE:
                continue
            log.critical("no dispatch for %.0f s: starting the scheduler anew", silent)
            schedulers.pop().shutdown(wait=False)
            beats.last["dispatch"] = now()
            schedulers.append(_schedule(every, beats))
            await _tell_operators(watch, f"调度停止{silent:.0f}秒，已自动重启")
    finally:
        for scheduler in schedulers:
            scheduler.shutdown(wait=False)


async def _tell_operators(watch: Watch, what: str) -> None:
    """Straight to the operators' targets: the outbox's own loop may be what has stopped."""
    moment = watch.now()
    offices = watch.book.offices
    for target in (offices.targets[name] for name in targets_for(Role.OPERATOR, None, offices)):
        title = "【监测程序异常】"
        message = Outgoing(
            title, what, title + what, f"guard-{moment:%Y%m%d%H%M%S}", Level.OPERATOR
        )
        result = await watch.send(message, target)
        if not result.ok:
            log.error("cannot tell %s: %s", target.name, result.error)


class Pulse:
    """A thread that ends the process when the event loop has not run for `STUCK` seconds.

    Whatever blocks the loop also blocks every check inside it; systemd or the container starts
    the process again, and nothing is lost, since every lease runs out by itself.
    """

    def __init__(self, limit: float = STUCK) -> None:
        self._last = time.monotonic()
        self._limit = limit
        self._ending = threading.Event()
        threading.Thread(target=self._watch, name="pulse", daemon=True).start()

    async def beat(self) -> None:
        while True:
            self._last = time.monotonic()
            await asyncio.sleep(1)

    def stop(self) -> None:
        self._ending.set()

    def _watch(self) -> None:
        while not self._ending.wait(5):
            if time.monotonic() - self._last > self._limit:
                log.critical("the event loop is stuck; ending so that it is started anew")
                faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
                os._exit(70)
