"""A stage for the real daemon: a register, a replica, receivers, and the lives of the process."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from alerts.merge import POSSIBLY_SENT
from collectors import discover
from watcher import store
from watcher.calendar import ZONE, is_working_day, load_calendar
from watcher.model import Account, Source, Unit
from watcher.replica.app import serve
from watcher.replica.core import origins
from watcher.replica.sample import make_actor
from watcher.replica.world import Actor, Item, World, world
from watcher.watch import lane_of

ROOT = Path(__file__).parents[2]
UNIT = Unit("u1", "三亚市试验局", daily_supervisor="bureau", approval_authority="city")
KEY = re.compile(r"编号：([^\s）]+)")


def open_hours(real: datetime) -> timedelta:
    """By how much to move the clock back, to ten in the morning of a working day."""
    cal, here = load_calendar(None), real.astimezone(ZONE)
    day = here.replace(hour=10, minute=0, second=0, microsecond=0)
    while day > here - timedelta(hours=1) or not is_working_day(cal, day.date()):
        day -= timedelta(days=1)
    return day.astimezone(UTC) - real


RULES = ("UPD-03", "UPD-04", "UPD-07", "SYS-01", "SYS-03", "SYS-04")


def weibo(number: int, posts: Iterable[datetime]) -> tuple[Account, Actor]:
    """An account and its actor, who posts at these moments."""
    items = [Item(n, at, f"第{n}条") for n, at in enumerate(sorted(posts))]
    one = make_actor("weibo", number, f"三亚试验{number:03d}", items)
    source = Source("weibo", one.handle)
    key = f"weibo-{number:03d}"
    return Account(key, "weibo", one.name, UNIT, (source,), platform_id=one.handle), one


@dataclass(frozen=True, slots=True)
class Message:
    """What arrived: of which channel, whole text, and the keys of the letters in it."""

    path: str
    text: str
    key: str  # the Idempotency-Key header
    at: float  # of the loop's clock

    @property
    def letters(self) -> tuple[str, ...]:
        keys = KEY.findall(self.text)
        return tuple(dict.fromkeys(key for key in keys if not key.startswith("合并")))

    @property
    def marked(self) -> bool:
        return POSSIBLY_SENT in self.text


@dataclass(slots=True)
class Mailbox:
    """A receiver. `mode`: ok, error (500), hang, late (keeps it, answers after the client left)."""

    url: str = ""
    mode: str = "ok"
    got: list[Message] = field(default_factory=list)
    raw: list[dict[str, Any]] = field(default_factory=list)  # the same as they came
    asked: int = 0
    errcode: int = 0
    ending: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        self.asked += 1
        body = await request.json()
        if self.mode == "error":
            return web.Response(status=500)
        if self.mode == "hang":
            await self.ending.wait()
            return web.Response(status=503)
        if request.path.startswith("/cgi-bin") and self.errcode:
            return web.json_response({"errcode": self.errcode, "errmsg": "refused"})
        text = body.get("body") or body.get("markdown", {}).get("content", "")
        key = request.headers.get("Idempotency-Key", "")
        title = str(body.get("title", ""))
        now = asyncio.get_running_loop().time()
        self.raw.append(body)
        self.got.append(Message(request.path, f"{title}\n{text}", key, now))
        return web.json_response({"errcode": 0, "errmsg": "ok"})


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    box, app = Mailbox(), web.Application()
    app.router.add_post("/{path:.*}", box.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    box.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield box
    finally:
        box.ending.set()
        await runner.cleanup()


@dataclass(slots=True)
class Stage:
    """A configuration on disk with its database, and one life of the daemon at a time."""

    folder: Path
    state: Path
    shift: timedelta
    box: Mailbox
    port: int
    zygote: asyncio.subprocess.Process
    pid: int = 0

    @property
    def database(self) -> Path:
        return self.state / "watcher.sqlite"

    @property
    def log(self) -> str:
        path = self.folder / "log.txt"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift

    async def go(self, **wishes: object) -> int:
        """Start a life; its process id."""
        assert self.zygote.stdin
        words = " ".join(f"{name}={value}" for name, value in wishes.items())
        self.zygote.stdin.write(f"go {words}\n".encode())
        await self.zygote.stdin.drain()
        self.pid = int((await self._line("pid"))[0])
        return self.pid

    async def over(self) -> int:
        """Wait until the life is over; its exit status, negative for a signal."""
        status = int((await self._line("end"))[0])
        self.pid = 0
        return status

    async def end(self, number: int = signal.SIGTERM) -> int:
        """End the life by a signal; its exit status."""
        os.kill(self.pid, number)
        return await self.over()

    async def _line(self, word: str) -> list[str]:
        assert self.zygote.stdout
        said = (await self.zygote.stdout.readline()).decode().split()
        assert said[:1] == [word], (said, self.log[-3000:])
        return said[1:]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database, timeout=10)) as connection:
            return connection.execute(query).fetchall()

    async def until(self, query: str, wanted: object, seconds: float = 30.0) -> None:
        """Wait until the query's first value is what is wanted."""
        found: object = None
        for _ in range(int(seconds * 10)):
            found = self.rows(query)[0][0]
            if found == wanted:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{query}: {found!r}, not {wanted!r}\n{self.log[-3000:]}")

    async def get(self, path: str) -> tuple[int, str]:
        """Ask the console; status 0 where it does not answer."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return 0, ""
        writer.write(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        try:
            answer = (await asyncio.wait_for(reader.read(), 5)).decode("utf-8", "replace")
        except (TimeoutError, OSError):
            return 0, ""
        finally:
            writer.close()
        head, _, body = answer.partition("\r\n\r\n")
        return int(head.split()[1]) if head else 0, body

    async def says(self, path: str, status: int, seconds: float = 20.0) -> str:
        """Wait until the console answers with that status; the body."""
        found: tuple[int, str] = (0, "")
        for _ in range(int(seconds * 10)):
            found = await self.get(path)
            if found[0] == status:
                return found[1]
            await asyncio.sleep(0.1)
        raise AssertionError(f"{path}: {found}, not {status}\n{self.log[-3000:]}")


@asynccontextmanager
async def stage(
    folder: Path,
    cast: Iterable[tuple[Account, Actor]],
    state: Path | None = None,
    shift: timedelta | None = None,
    gap: float = 0.0,
    concurrency: int = 8,
) -> AsyncIterator[Stage]:
    """Everything set up, no life begun. `cast` are the accounts and their actors."""
    cast = tuple(cast)
    shift = open_hours(datetime.now(UTC)) if shift is None else shift
    shown = world(one for _, one in cast)
    state = state or folder / "var"
    async with mailbox() as box, _replica(shown, shift) as base:
        port = _free_port()
        _configure(folder, state, base, box.url, port, gap, concurrency)
        _register(state, [account for account, _ in cast], datetime.now(UTC) + shift)
        zygote = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.reliability.child",
            str(folder / "watcher.yaml"),
            str(shift.total_seconds()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        made = Stage(folder, state, shift, box, port, zygote)
        try:
            yield made
        finally:
            with suppress(ProcessLookupError):
                if made.pid:
                    os.kill(made.pid, signal.SIGKILL)
            assert zygote.stdin
            zygote.stdin.close()
            await zygote.wait()


@asynccontextmanager
async def _replica(shown: World, shift: timedelta) -> AsyncIterator[str]:
    async with serve(shown, 0, lambda: datetime.now(UTC) + shift) as base:
        yield base


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


def _configure(
    folder: Path, state: Path, base: str, box: str, port: int, gap: float, concurrency: int
) -> None:
    """Write the configuration. Only rules of sight that hang on no weekday are on."""
    folder.mkdir(parents=True, exist_ok=True)
    rules = yaml.safe_load((ROOT / "config" / "rules.yaml").read_text("utf-8"))
    for name, rule in rules["rules"].items():
        rule["enabled"] = name in RULES
    for name in ("bureau", "city", "robot", "operator"):
        (folder / f"{name}.url").write_text(f"{box}/{name}")
    (folder / "robot.key").write_text("robot-key-123456")
    offices = {
        "targets": {
            **{
                name: {"kind": "webhook", "url": {"file": f"{name}.url"}}
                for name in ("bureau", "city", "operator")
            },
            "robot": {"kind": "wecom", "token": {"file": "robot.key"}, "base_url": box},
        },
        "offices": {
            "city": {"name": "市政府办公室", "kind": "city", "targets": ["city"]},
            "bureau": {
                "name": "试验局办公室",
                "kind": "department",
                "parent": "city",
                "targets": ["bureau"],
            },
            "robots": {
                "name": "机器人办公室",
                "kind": "department",
                "parent": "city",
                "targets": ["robot"],
            },
            "operator": {"name": "监测运维", "kind": "operator", "targets": ["operator"]},
        },
        "units": {},
        "roles": {"A": "city", "N": "city", "P": "city", "O": "operator"},
        "fallback": ["operator"],
    }
    watcher = {
        "state": str(state),
        "listen": {"host": "127.0.0.1", "port": port},
        "fetch": {
            "origins": dict(origins(base)),
            "connect_timeout": "2s",
            "read_timeout": "5s",
            "total_timeout": "10s",
        },
        "pace": {"weibo": {"gap": gap, "concurrency": concurrency}},
        "metrics": {"render_every": "2s"},
        "dispatch": {"tick": "0.1s", "lease": "3min"},
        "alive": {"roles": []},  # the report of each working day is counted in its own test
    }
    for name, value in (("rules", rules), ("offices", offices), ("watcher", watcher)):
        text = json.dumps(value, ensure_ascii=False)  # JSON is YAML
        (folder / f"{name}.yaml").write_text(text, "utf-8")


def _register(state: Path, accounts: list[Account], now: datetime) -> None:
    collectors = discover()
    db = store.connect(f"sqlite:///{state / 'watcher.sqlite'}")
    try:
        store.migrate(db)
        with db.write() as c:
            store.save_register(
                c,
                [UNIT],
                accounts,
                "test",
                now,
                lane=lambda account: lane_of(account, collectors),
            )
    finally:
        db.close()
