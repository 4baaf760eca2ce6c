"""Lives of the real daemon: imports once, then forks a fresh process for each life.

    python -m tests.reliability.child CONFIG SHIFT

A line "go NAME=VALUE …" on stdin starts a life; its process id and, when it is over, its exit
status are written to stdout. SHIFT are seconds by which the clock is moved, so that offices are
open. What a life may shorten is only waiting: leases and cadence; `sabotage` breaks something.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from alerts.hours import USUAL, Hours
from watcher import daemon, letter_round, metronome, views
from watcher.config import Settings, load
from watcher.due import Cadence


def main() -> None:
    config, shift = Path(sys.argv[1]), timedelta(seconds=float(sys.argv[2]))
    warm()
    for line in sys.stdin:
        wishes = dict(word.split("=", 1) for word in line.split()[1:])
        settings = read(config, config.read_bytes())
        if pid := os.fork():
            print(f"pid {pid}", flush=True)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            print(f"end {status}", flush=True)
        else:
            live(config, settings, shift, wishes)


@cache
def read(config: Path, text: bytes) -> Settings:
    return load(config, os.environ)


def warm() -> None:
    """Import what a start imports late, so that a short life is a busy one. Starts no thread."""
    pictures = SimpleNamespace(view=None, pulse=None, metrics=None, accounts=None, version="")
    watch = SimpleNamespace(links=None)
    daemon._server(watch, pictures).config.load()  # type: ignore[arg-type]
    scheduler = AsyncIOScheduler()
    scheduler.add_job(warm, "interval", seconds=1)
    scheduler._create_default_executor()
    for name in ("httpx_aiohttp", "aiohttp", "requests", "apprise", "sqlalchemy.dialects.sqlite"):
        import_module(name)


def live(config: Path, settings: Settings, shift: timedelta, wishes: dict[str, str]) -> None:
    """One life, in its own process."""
    log = os.open(config.parent / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for chatty in ("httpx", "apscheduler", "apprise"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    shift += timedelta(days=float(wishes.get("days", "0")))

    def shifted(zone: tzinfo) -> datetime:
        return datetime.now(zone) + shift

    daemon.datetime = SimpleNamespace(now=shifted)  # type: ignore[assignment, attr-defined]
    add_job = AsyncIOScheduler.add_job

    def at_once(self: Any, *given: Any, next_run_time: datetime, **more: Any) -> Any:
        # APScheduler has the real clock; else it would count every tick of the shift first.
        return add_job(self, *given, next_run_time=next_run_time - shift, **more)

    AsyncIOScheduler.add_job = at_once
    if "letter_lease" in wishes:
        letter_round.LETTER_LEASE = timedelta(seconds=float(wishes["letter_lease"]))
    if "rest" in wishes:
        views.REST = float(wishes["rest"])
    if "stale" in wishes:
        metronome.STALE = float(wishes["stale"])
        metronome.LOOK = 0.2
    settings = quicker(settings, wishes)
    sabotage(wishes.get("sabotage", ""))
    try:
        daemon.run(settings)
    except BaseException:
        logging.exception("the life ended")
    logging.shutdown()
    os._exit(99)


SECOND = timedelta(seconds=1)
SOON = replace(
    USUAL,
    settle=SECOND,
    settle_red=SECOND,
    settle_operator=SECOND,
    longest=3 * SECOND,
    longest_red=3 * SECOND,
)


def _hours(wishes: dict[str, str]) -> Hours:
    """How long letters wait for others of their kind."""
    if "settle" not in wishes:
        return SOON
    settle, longest = (timedelta(seconds=float(wishes[name])) for name in ("settle", "longest"))
    return replace(
        USUAL,
        settle=settle,
        settle_red=settle,
        settle_operator=settle,
        longest=longest,
        longest_red=longest,
    )


def quicker(settings: Settings, wishes: dict[str, str]) -> Settings:
    settings = replace(settings, policy=replace(settings.policy, hours=_hours(wishes)))
    if "lease" in wishes:
        lease = timedelta(seconds=float(wishes["lease"]))
        settings = replace(settings, dispatch=replace(settings.dispatch, lease=lease))
    if "every" in wishes:
        every = timedelta(seconds=float(wishes["every"]))
        cadence = Cadence(
            base=every,
            lively=every,
            urgent=every,
            retry_first=every,
            retry_most=every,
            spread=every,
            after_mark=timedelta(seconds=6),
        )
        settings = replace(settings, cadence=cadence)
    return settings


def sabotage(what: str) -> None:
    if what == "timer":  # the third wake-up of APScheduler meets an exception, and no other comes
        wakeup, calls = AsyncIOScheduler._process_jobs, [0]

        def broken(self: Any) -> Any:
            calls[0] += 1
            if calls[0] == 3:
                raise RuntimeError("sabotage")
            return wakeup(self)

        AsyncIOScheduler._process_jobs = broken
    elif what == "loop":  # the event loop is blocked for good
        metronome.Pulse.__init__.__defaults__ = (1.0,)  # type: ignore[misc]

        async def block(watch: Any) -> int:
            await asyncio.sleep(1)
            time.sleep(3600)
            return 0

        setattr(daemon, "dispatch", block)  # noqa: B010 the module imports it
    elif what == "tick":  # every tick hangs

        async def hang(watch: Any) -> int:
            await asyncio.sleep(3600)
            return 0

        setattr(daemon, "dispatch", hang)  # noqa: B010


if __name__ == "__main__":
    main()
