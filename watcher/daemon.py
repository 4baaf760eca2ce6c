"""The daemon: the only module that tells the time; it puts all the others together."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import NoReturn

import httpx
import uvicorn

from alerts.deliver import resolver, send
from alerts.routing import Offices
from collectors import Collector, discover
from watcher import console, store
from watcher.account_view import account_view
from watcher.acknowledging import AckDoor
from watcher.alarm_bell import Bell
from watcher.alarm_poll import ask_alertmanager
from watcher.avatars import fetch_avatars
from watcher.candidate_view import candidate_routes
from watcher.case_view import case_view
from watcher.casting import Casting
from watcher.config import Listen, Settings, source_settings
from watcher.deciding import Book
from watcher.duty import report_duty
from watcher.fetch import Fetcher
from watcher.letter_round import deliver_due
from watcher.link_key import signing_of
from watcher.lookout import EVIDENCE, Lookout
from watcher.metronome import Job, Metronome, Pulse
from watcher.picturing import picture
from watcher.post_looks import look_at_missing
from watcher.proofs import PACKAGES, Proofs
from watcher.proving import prove, upkeep
from watcher.pushing import Door
from watcher.report_round import make_reports
from watcher.report_view import report_routes
from watcher.rounds import dispatch, judge_all_papers, judge_all_units, judge_due
from watcher.searching import ROUND, search_due, search_state
from watcher.service import refresh
from watcher.stamping import stamp_days
from watcher.store.alarms import prune_alarms
from watcher.store.held_letters import held_count
from watcher.store.letter_links import prune_links
from watcher.supervisor import notify, reassure
from watcher.suspect_looks import recheck
from watcher.suspect_pictures import Studio, fetch_candidate_picture
from watcher.suspects import judge_candidates
from watcher.telling import tell_operators
from watcher.timekeeping import Timekeeper, look
from watcher.views import Beats, Pictures
from watcher.watch import Watch, drain, stop

log = logging.getLogger(__name__)

PATIENCE = 4.0  # seconds for what is under way to end; SIGTERM must be done within ten
AVATARS = 5.0  # seconds between two pictures, whatever their platforms
SUSPECTS = 60.0  # … between two rounds over candidates
CLOCK = 15.0  # … between two looks at the clock
STUDIO = 30.0  # … between two of their pictures


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


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
    environ: Mapping[str, str] = os.environ,
) -> Watch:
    """The watch that a configuration describes; what is given here replaces its part."""
    book = book_of(settings)
    db = store.connect(url or settings.database.reveal())
    resolve = resolver(environ, settings.folder)
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
            settings=source_settings(source.settings, environ, settings.folder, source.collector),
        ),
        lease=settings.dispatch.lease,
        lookout=Lookout(settings.platforms, settings.state),
        searches=search_state(settings),
        state=settings.state,
        links=signing_of(settings),
        alive_roles=settings.alive_roles,
        proofs=Proofs(settings.state / PACKAGES, settings.evidence.most, version("shouwang")),
    )


def casting_of(settings: Settings) -> Casting:
    """What candidates are judged by, from the configuration."""
    said = settings.impersonation
    return Casting(said.weights, said.searches, said.emblems, settings.state / EVIDENCE)


def jobs(watch: Watch, settings: Settings, pictures: Pictures) -> tuple[Job, ...]:
    """All that the metronome does. What is due for reading is a column, not a job."""
    tick, casting = settings.dispatch.tick.total_seconds(), casting_of(settings)
    every = [
        Job("dispatch", tick, partial(dispatch, watch), limit=30.0),
        Job("judge", 30.0, partial(judge_due, watch)),
        Job("units", 60.0, partial(judge_all_units, watch)),
        Job("papers", 300.0, partial(judge_all_papers, watch)),
        Job("deliver", min(tick, 2.0), partial(deliver_due, watch), limit=120.0),
        Job("picture", settings.metrics.render_every.total_seconds(), pictures.refresh_in_turn),
        Job("collectors", 5.0, partial(_take_over, watch), limit=30.0),
        Job("evidence", 10.0, partial(_prove, watch)),
        Job("avatars", AVATARS, partial(fetch_avatars, watch), limit=120.0),
        Job("search", ROUND, partial(search_due, watch), limit=300.0),
        Job("suspects", SUSPECTS, partial(judge_candidates, watch, casting)),
        Job("candidates", STUDIO, partial(fetch_candidate_picture, watch, Studio()), limit=120.0),
        Job("rechecks", 300.0, partial(recheck, watch)),
        Job("missing", 3600.0, partial(look_at_missing, watch)),
        Job("clock", CLOCK, partial(_look_at_clock, watch, Timekeeper(watch.now)), limit=30.0),
        Job("duty", 30.0, partial(report_duty, watch, pictures.version)),
        Job("housekeeping", 3600.0, partial(_housekeeping, watch, settings)),
        Job("reports", 600.0, partial(make_reports, watch, settings), limit=3600.0),
    ]
    if settings.dead_man is not None:
        url = settings.dead_man.url.reveal()
        period = settings.dead_man.every.total_seconds()
        every.append(Job("dead_man", period, partial(_ping, url), limit=30.0))
    asked = settings.alertmanager
    if asked is not None and asked.url is not None:
        ask = partial(ask_alertmanager, watch, asked.url)
        every.append(Job("alertmanager", asked.every.total_seconds(), ask, limit=30.0))
    return tuple(every)


async def _ping(url: str) -> None:
    """Tell a dead man's switch that we live. Its address is configured, so it may be private."""
    async with httpx.AsyncClient(timeout=10.0) as client:
        answer = await client.get(url)
    if answer.is_error:
        raise RuntimeError(f"the dead man's switch answered {answer.status_code}")


async def _look_at_clock(watch: Watch, keeper: Timekeeper) -> None:
    """A clock that was set makes every term doubtful; the operators hear it at once."""
    problem = look(keeper)
    if problem:
        await tell_operators(watch, problem)


async def _take_over(watch: Watch) -> None:
    """What was added, disabled or enabled meanwhile; what cannot be loaded blinds its own alone."""
    for problem in await refresh(watch):
        log.error("%s", problem)
        await tell_operators(watch, problem)


async def _prove(watch: Watch) -> None:
    """Packages for cases, and pictures of pages; operators hear when there is no room for them."""
    for problem in await prove(watch):
        await tell_operators(watch, problem)
    await picture(watch)


async def _housekeeping(watch: Watch, settings: Settings) -> None:
    now_, days = watch.now(), settings.retention.days
    await watch.writer.submit(lambda c: store.prune(c, now_, days))
    await watch.writer.submit(lambda c: prune_alarms(c, now_, days))
    await watch.writer.submit(lambda c: prune_links(c, now_, days))
    await upkeep(watch)
    asked = settings.evidence
    problem = asked.stamp_url and await stamp_days(watch, asked.stamp_url, asked.stamp_roots)
    if problem and problem != watch.proofs.told.get("stamp"):  # each failure is told once
        await tell_operators(watch, problem)
    watch.proofs.told["stamp"] = problem or ""


def run(settings: Settings) -> NoReturn:
    """Serve, and end the process. Raises OSError where the port is taken."""
    with asyncio.Runner() as runner:
        status = runner.run(serve(settings))
        # All is closed and kept. A thread that still waits for a name server or a receiver must
        # not hold the process: ending normally would wait for every thread.
        logging.shutdown()
        sys.stdout.flush()
        os._exit(status)


async def serve(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; the exit status. Raises OSError where the port is taken."""
    listener = _listener(settings.listen)
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    watch, beats = assemble(settings), Beats(now())
    cap = settings.metrics.cap if settings.metrics.accounts else None
    every = settings.dead_man.every if settings.dead_man else None
    pictures = Pictures(watch, beats, now, version("shouwang"), cap, dead_man=every)
    await _take_over(watch)
    metronome = Metronome(
        jobs(watch, settings, pictures), beats, now, partial(tell_operators, watch)
    )
    beats.names = tuple(job.name for job in metronome.every)
    metronome.start()
    bell = settings.alertmanager
    server, pulse = _server(watch, pictures, bell.token.reveal() if bell else ""), Pulse()
    log.info("watching; console at http://%s:%d/", *listener.getsockname()[:2])
    notify("READY=1")
    tasks = {
        asyncio.create_task(work, name=name)
        for name, work in (
            ("console", server.serve([listener])),
            ("guard", metronome.guard()),
            ("pulse", pulse.beat()),
            ("supervisor", reassure(metronome.well)),
        )
    }
    await _remind_of_held(watch)
    told = asyncio.create_task(ending.wait(), name="ending")
    finished, _ = await asyncio.wait({told, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    failed = told not in finished
    for task in finished - {told}:
        log.critical("%s ended by itself; ending", task.get_name(), exc_info=task.exception())
    notify("STOPPING=1")
    pulse.stop()
    server.should_exit = True
    await _end(watch, metronome, tasks)
    listener.close()
    log.info("ended")
    return 1 if failed else 0


async def _remind_of_held(watch: Watch) -> None:
    """After a restore letters may wait for a person; nobody else would miss them."""
    with watch.db.read() as c:
        count = held_count(c)
    if count:
        text = f"恢复备份后扣留 {count} 条消息未发；watcher restore --letters 查看、放行或作废"
        log.warning("%d letters are held since a restore: watcher restore --letters", count)
        await tell_operators(watch, text)


async def _end(watch: Watch, metronome: Metronome, tasks: set[asyncio.Task[None]]) -> None:
    """Let what is under way end, within `PATIENCE`; close everything."""
    for task in tasks:
        if task.get_name() != "console":
            task.cancel()
    # A letter that was sent must still be noted, so the writer closes after the jobs have ended.
    await asyncio.gather(metronome.rest(PATIENCE), drain(watch, PATIENCE))
    await stop(watch, patience=1.0)
    _, late = await asyncio.wait(tasks, timeout=2.0)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    watch.db.close()


def _listener(listen: Listen) -> socket.socket:
    """A bound socket for the console. Raises OSError that names the address."""
    try:
        family, *_, address = socket.getaddrinfo(
            listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=512)
    except OSError as error:
        place = f"{listen.host}:{listen.port}"
        hint = "请检查是否已有监测程序在运行，或修改 listen"
        text = f"状态页不能监听 {place}（{error.strerror or error}）；{hint}"
        raise OSError(error.errno, text) from None


class Server(uvicorn.Server):
    """A server that leaves the signals to us."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


def _server(watch: Watch, pictures: Pictures, token: str = "") -> Server:
    """The console; `token` opens the door for Alertmanager."""
    app = console.build(
        pictures.view,
        pictures.pulse,
        pictures.metrics,
        pictures.accounts,
        partial(account_view, watch, pictures.version),
        [
            *candidate_routes(watch, pictures.version),
            *Door(watch).routes(),
            *Bell(watch, token).routes(),
            *AckDoor(watch).routes(),
            *report_routes(watch, pictures.version),
        ],
        partial(case_view, watch, pictures.version),
    )
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    return Server(config)
