"""(a) What a check costs, beside a bare loop that only fetches the same pages in the same run."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from httpx_aiohttp import AiohttpTransport

from collectors.weibo import INDEX
from tests.bench.stand import stand
from tests.bench.world import BEGIN, ROUND, cast
from watcher import store
from watcher.config import load
from watcher.daemon import assemble
from watcher.fetch import Fetcher
from watcher.model import Account, Pace
from watcher.replica.core import origins
from watcher.rounds import dispatch
from watcher.simulate import VirtualClock
from watcher.watch import Watch, drain, lane_of, stop

CONCURRENCY = 20
CONFIG = Path(__file__).parents[2] / "config"


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU of this process, all its threads, and wall time; seconds for so many checks."""

    checks: int
    cpu: float
    wall: float

    def as_json(self) -> dict[str, Any]:
        return {
            "checks": self.checks,
            "cpu_ms_per_check": round(1000 * self.cpu / self.checks, 3),
            "checks_per_second": round(self.checks / self.wall, 1),
        }


async def measure(accounts: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Read every account twice to know it, since a face and a picture are sure only then, and
    `rounds` times more; and the same pages bare."""
    known, _ = cast(accounts)
    with stand(accounts) as base:
        clock = VirtualClock(BEGIN)
        watch = _watch(f"sqlite:///{folder / 'checks.sqlite'}", base, clock, known)
        try:
            first = await _cost(watch)
            clock.moment += ROUND
            await _cost(watch)
            bare, full = Cost(0, 0.0, 0.0), Cost(0, 0.0, 0.0)
            for _ in range(rounds):
                clock.moment += ROUND
                await _bare(base, clock, known)  # the stand renders the pages
                bare = _sum(bare, await _bare(base, clock, known))
                full = _sum(full, await _cost(watch))
            _sound(watch, accounts * (rounds + 2))
        finally:
            await stop(watch)
            watch.db.close()
    return {
        "full": full.as_json(),
        "first_sight": first.as_json(),
        "bare": bare.as_json(),
        "ratio": round((full.cpu / full.checks) / (bare.cpu / bare.checks), 3),
        "accounts": accounts,
        "rounds": rounds,
    }


def _watch(url: str, base: str, clock: VirtualClock, known: tuple[Account, ...]) -> Watch:
    """The daemon's watch with pace off and the stand for a network."""
    settings = load(CONFIG / "watcher.yaml", {}, targets=False)
    db = store.connect(url)
    store.migrate(db)
    db.close()
    fetch = replace(settings.fetch, origins=origins(base))
    pace = {"weibo": Pace(gap=0.0, concurrency=CONCURRENCY)}
    settings = replace(settings, pace=pace, platforms={})  # no canary: every reading is counted
    fetcher = Fetcher(fetch, clock.now, stamp=clock.stamp)
    watch = assemble(settings, url, clock.now, fetcher=fetcher)
    with watch.db.write() as c:
        units = {account.unit.key: account.unit for account in known}
        store.save_register(
            c, units.values(), known, "bench", clock.now(), lambda a: lane_of(a, watch.collectors)
        )
    return watch


async def _cost(watch: Watch) -> Cost:
    """All that is due, read and settled."""
    cpu, wall, checks = time.process_time(), time.perf_counter(), 0
    while begun := await dispatch(watch):
        checks += begun
        await drain(watch)  # as in the daemon, where the next tick comes seconds later
    return Cost(checks, time.process_time() - cpu, time.perf_counter() - wall)


async def _bare(base: str, clock: VirtualClock, known: tuple[Account, ...]) -> Cost:
    """The same requests, and nothing done with the answers."""
    headers = {"host": "m.weibo.cn", "cookie": "SUB=guest", **clock.stamp()}
    queue = iter(known)
    pages = 0

    async def read(client: httpx.AsyncClient) -> None:
        nonlocal pages
        for account in queue:
            uid = account.sources[0].handle
            for tail in ("", f"&containerid=107603{uid}"):
                path = f"{base}{INDEX.removeprefix('https://m.weibo.cn')}"
                answer = await client.get(f"{path}?type=uid&value={uid}{tail}", headers=headers)
                assert answer.status_code == 200
                pages += 1

    cpu, wall = time.process_time(), time.perf_counter()
    async with httpx.AsyncClient(transport=AiohttpTransport()) as client:
        await asyncio.gather(*(read(client) for _ in range(CONCURRENCY)))
    assert pages == 2 * len(known)
    return Cost(len(known), time.process_time() - cpu, time.perf_counter() - wall)


def _sum(one: Cost, other: Cost) -> Cost:
    return Cost(one.checks + other.checks, one.cpu + other.cpu, one.wall + other.wall)


def _sound(watch: Watch, checks: int) -> None:
    """Raises AssertionError where a reading was not whole: then the figures mean nothing."""
    assert watch.tally.readings() == {("weibo", "complete"): checks}, watch.tally.readings()
