"""(b) A large register: the daemon in a process of its own, with nothing due.

Run as `python -m tests.bench.many DATABASE PORT` it is that daemon.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from subprocess import DEVNULL, Popen
from typing import Any

import httpx
import psutil
import sqlalchemy as sa

from tests.bench.checks import CONFIG
from tests.bench.world import OFFICE
from watcher import daemon, store
from watcher.config import Settings, load
from watcher.config.values import Listen, MetricsSettings, Secret
from watcher.model import Account, Post, Source, Unit, UnitKind
from watcher.store.rows import post_json
from watcher.store.schema import watch

LANES = ("weibo", "wechat", "douyin", "feed", "govsite")
LEASE = timedelta(minutes=10)


def measure(accounts: int, seconds: float, folder: Path) -> dict[str, Any]:
    """The figures; the daemon is watched for so many seconds at rest."""
    url = f"sqlite:///{folder / 'many.sqlite'}"
    begun = time.perf_counter()
    fill(url, accounts)
    filled = time.perf_counter() - begun
    told: dict[str, Any] = {"accounts": accounts, "import_seconds": round(filled, 1)}
    told |= dispatching(url)
    with _daemon(url) as (process, client, started):
        told["startup_seconds"] = round(started, 2)
        told["startup_cpu_seconds"] = round(sum(process.cpu_times()[:2]), 2)
        time.sleep(3.0)  # the jobs have all run once
        told |= _rest(process, seconds)
        told |= _scrapes(client)
        told["rss_mb"] = round(process.memory_info().rss / 1e6, 1)
    return told


def fill(url: str, accounts: int) -> None:
    """A register of so many accounts, each read an hour ago and due in a day or later."""
    now = datetime.now(UTC)
    db = store.connect(url)
    store.migrate(db)
    units = [
        Unit(f"unit{n}", f"三亚市第{n + 1}局", UnitKind.CITY_DEPARTMENT, OFFICE, OFFICE)
        for n in range(accounts // 3 + 1)
    ]
    with db.write() as c:
        for first in range(0, accounts, 5000):
            some = [_account(n, units[n // 3]) for n in range(first, min(first + 5000, accounts))]
            store.save_register(c, (), some, "bench", now, lambda a: a.sources[0].collector)
        ids = c.scalars(sa.select(watch.c.account_id)).all()
        update = watch.update().where(watch.c.account_id == sa.bindparam("b_id"))
        c.execute(update, [{"b_id": ident, **_state(n, now)} for n, ident in enumerate(ids)])
    db.close()


def _account(n: int, unit: Unit) -> Account:
    lane = LANES[n % len(LANES)]
    handle = str(1_000_000_000 + n)
    return Account(f"{lane}-{n}", lane, f"三亚发布{n}号", unit, (Source(lane, handle),))


def _state(n: int, now: datetime) -> dict[str, Any]:
    posted, read = now - timedelta(hours=n % 400), now - timedelta(hours=1)
    last = Post(str(5_000_000_000_000_000 + n), posted, "关于做好服务保障工作的通知" * 3)
    page = [f"https://m.weibo.cn/api/container/getIndex?type=uid&value={n}", 200, "a" * 64, 0]
    return {
        "next_check_at": now + timedelta(days=1, seconds=n % 7200),
        "judge_at": now + timedelta(days=1, seconds=n % 7200),
        "covered_from": now - timedelta(days=90),
        "covered_to": read,
        "last_reading_at": read,
        "last_success_at": read,
        "last_post": post_json(last),
        "last_post_at": posted,
        "pages": [page, page],
        "followers": n,
    }


def dispatching(url: str) -> dict[str, Any]:
    """How long a claim takes when nothing is due and when everything is, milliseconds."""
    db, now = store.connect(url), datetime.now(UTC)
    rooms = dict.fromkeys(LANES, 2)
    told = {}
    for name, moment in (("idle", now), ("all_due", now + timedelta(days=3))):
        took = []
        for turn in range(21):
            with db.write() as c:
                begun = time.perf_counter()
                got = store.claim(c, rooms, moment, LEASE, "bench", 10)
                took.append(1000 * (time.perf_counter() - begun))
                assert len(got) == (0 if name == "idle" else 10), turn
                c.rollback()
        told[f"dispatch_ms_{name}"] = {
            "median": round(median(took), 2),
            "max": round(max(took[1:]), 2),
        }
    db.close()
    return told


@contextmanager
def _daemon(url: str) -> Iterator[tuple[psutil.Process, httpx.Client, float]]:
    """The daemon, a client of its console, and the seconds from its start to its first picture."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.bench.many", url, str(port)]
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30.0)
    begun = time.perf_counter()
    with client, Popen(command, cwd=CONFIG.parent, stdin=DEVNULL) as process:
        try:
            while not _pictured(client):
                assert process.poll() is None, "the daemon ended by itself"
                assert time.perf_counter() - begun < 120, "no picture in two minutes"
                time.sleep(0.05)
            yield psutil.Process(process.pid), client, time.perf_counter() - begun
        finally:
            process.terminate()


def _pictured(client: httpx.Client) -> bool:
    try:
        return b"shouwang_accounts{" in client.get("/metrics").content
    except httpx.TransportError:
        return False


def _rest(process: psutil.Process, seconds: float) -> dict[str, Any]:
    before, begun = process.cpu_times(), time.perf_counter()
    time.sleep(seconds)
    after, took = process.cpu_times(), time.perf_counter() - begun
    used = after.user + after.system - before.user - before.system
    return {"idle_cpu_percent": round(100 * used / took, 2), "idle_seconds": round(took, 1)}


def _scrapes(client: httpx.Client) -> dict[str, Any]:
    told = {}
    for name, path in (
        ("metrics", "/metrics"),
        ("metrics_accounts", "/metrics/accounts"),
        ("page", "/"),
        ("page_far", "/?state=overdue&page=90"),
    ):
        begun = time.perf_counter()
        answer = client.get(path)
        told[f"{name}_seconds"] = round(time.perf_counter() - begun, 4)
        assert answer.status_code == 200, path
        told[f"{name}_bytes"] = len(answer.content)
    return told


def _settings(url: str, port: int) -> Settings:
    settings = load(CONFIG / "watcher.yaml", {}, targets=False)
    return replace(
        settings,
        database=Secret(url),
        listen=Listen("127.0.0.1", port),
        metrics=MetricsSettings(accounts=True),
    )


if __name__ == "__main__":
    sys.exit(asyncio.run(daemon.serve(_settings(sys.argv[1], int(sys.argv[2])))))
