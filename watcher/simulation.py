"""`watcher simulate`: a generated world, its truth, the run, and the comparison of the two."""

from __future__ import annotations

import asyncio
import copyreg
import gc
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from types import MappingProxyType
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from alerts.merge import Outgoing
from alerts.robots import Delivery
from alerts.routing import Office, Offices, Target
from watcher import store
from watcher.config import Settings
from watcher.daemon import assemble
from watcher.fetch import Fetcher
from watcher.fetch.lanes import Lane
from watcher.lookout import Lookout
from watcher.model import Case, Pace
from watcher.replica.sample import secrets
from watcher.replica.simulated import Simulated, simulated_world
from watcher.replica.stories import Entry
from watcher.replica.transport import ReplicaTransport
from watcher.replica.verdict import Tally, accused_in_the_dark, compare
from watcher.simulate import VirtualClock, drive
from watcher.store.filed import keep_filings
from watcher.watch import Watch, lane_of, stop

# What falls due within a tick is read together and kept in one transaction, which is half the cost.
TICK = timedelta(hours=1)
# A year is walked at a slower pace than the daemon's: the marks (limits, Thursdays, ends of weeks)
# are read on time all the same, so only the end of a silence is seen later.
CADENCE: Mapping[str, timedelta] = {
    "base": timedelta(hours=8),
    "lively": timedelta(hours=24),
    "lively_for": timedelta(days=2),  # who is reminded in midweek posted on Sunday at the latest
    "urgent": timedelta(hours=4),
    "gone_first": timedelta(hours=6),
    "gone_most": timedelta(hours=6),
}
BLIND = CADENCE["lively"] + timedelta(hours=12)  # else each of these pauses were a blind spot
PACE = Pace(gap=0.0, concurrency=10_000)
SHARE = 10  # accounts that are worth a process of their own


@dataclass(frozen=True, slots=True)
class Result:
    """What a simulation came to. `differences` are sentences; none means findings equal truth."""

    begin: datetime
    end: datetime
    accounts: int
    readings: Mapping[str, int]
    findings: Mapping[str, int]
    letters: int
    truths: int
    differences: tuple[str, ...]
    rules: Mapping[str, Tally]  # by rule, of those that are compared
    latest: timedelta  # the longest time from provable to told, sight given
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The JSON document of `watcher simulate --json`."""
        return {
            "from": self.begin.isoformat(),
            "to": self.end.isoformat(),
            "accounts": self.accounts,
            "readings": dict(self.readings),
            "findings": dict(self.findings),
            "letters": self.letters,
            "truths": self.truths,
            "differences": list(self.differences),
            "rules": {rule: asdict(tally) for rule, tally in sorted(self.rules.items())},
            "latest_seconds": round(self.latest.total_seconds()),
            "seconds": round(self.seconds, 1),
        }

    def as_text(self) -> str:
        """The same for people."""
        rules = "，".join(f"{rule} {n}" for rule, n in sorted(self.findings.items())) or "无"
        verdict = (
            "与事先写好的真值完全一致"
            if not self.differences
            else f"与真值有 {len(self.differences)} 处不同：\n" + "\n".join(self.differences[:50])
        )
        return (
            f"模拟 {self.begin:%Y-%m-%d} 至 {self.end:%Y-%m-%d}，{self.accounts} 个账号，"
            f"采集 {sum(self.readings.values())} 次，用时 {self.seconds:.0f} 秒。\n"
            f"问题：{rules}；消息 {self.letters} 条。\n{verdict}。"
        )


def new_file(path: Path) -> Path:
    """The path, if nothing is there. Raises FileExistsError else."""
    if path.exists():
        raise FileExistsError(f"{path} exists; a simulation starts with an empty database")
    return path


async def simulated(
    settings: Settings,
    begin: datetime,
    end: datetime,
    accounts: int,
    seed: int,
    database: Path | None,
    console: Console | None = None,
) -> Result:
    """Run the rounds from begin to end over a generated world, and compare with its truth.

    `database` keeps the result in a new file. Raises FileExistsError where there is one.
    """
    world = simulated_world(seed, accounts, begin, end)
    started = perf_counter()
    parts = 1 if database else min(len(os.sched_getaffinity(0)), max(1, accounts // SHARE))
    if parts == 1:
        walked = await walk(settings, world, begin, end, database, console)
    else:
        walked = await _side_by_side(settings, world, begin, end, parts)
    verdict = compare(world.truth, walked.cases, end)
    dark = accused_in_the_dark(world.accounts, world.world.outages, walked.cases)
    return Result(
        begin=begin,
        end=end,
        accounts=len(world.accounts),
        readings=walked.readings,
        findings=Counter(case.finding.rule for case in walked.cases),
        letters=walked.letters,
        truths=len(world.truth),
        differences=(*verdict.differences, *dark),
        rules=verdict.rules,
        latest=verdict.latest,
        seconds=perf_counter() - started,
    )


@dataclass(frozen=True, slots=True)
class Walked:
    """What the rounds left behind: all cases, and how many readings and messages there were."""

    cases: tuple[Case, ...]
    readings: Mapping[str, int]
    letters: int


async def _side_by_side(
    settings: Settings, world: Simulated, begin: datetime, end: datetime, parts: int
) -> Walked:
    """Walk over so many parts of the accounts, each in a process and a database of its own.

    Accounts know nothing of each other; only the watch's own findings are told once for all.
    """
    # Settings hold read-only mappings, which would not travel to another process by themselves.
    copyreg.pickle(MappingProxyType, lambda kept: (_read_only, (dict(kept),)))
    loop, context = asyncio.get_running_loop(), get_context("spawn")
    with ProcessPoolExecutor(parts, mp_context=context) as pool:
        walks = await asyncio.gather(
            *(
                loop.run_in_executor(
                    pool,
                    _walk_alone,
                    settings,
                    replace(world, accounts=world.accounts[number::parts]),
                    begin,
                    end,
                )
                for number in range(parts)
            )
        )
    readings = sum((Counter(each.readings) for each in walks), Counter[str]())
    cases = [
        case
        for number, each in enumerate(walks)
        for case in each.cases
        if case.finding.account or number == 0
    ]
    return Walked(tuple(cases), readings, sum(each.letters for each in walks))


def _read_only(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


def _walk_alone(settings: Settings, world: Simulated, begin: datetime, end: datetime) -> Walked:
    return asyncio.run(walk(settings, world, begin, end))


async def walk(
    settings: Settings,
    world: Simulated,
    begin: datetime,
    end: datetime,
    database: Path | None = None,
    console: Console | None = None,
    transport: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport] = lambda kept: kept,
) -> Walked:
    """Walk the rounds over a world. `transport` may put something between them and the replica.

    Raises FileExistsError where the database is there already.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="shouwang-")))
        path = new_file(database or folder / "simulated.sqlite")
        clock, sent = VirtualClock(begin), Counter[str]()
        network = transport(ReplicaTransport(world.world, clock.now))
        watch = await _watch(settings, f"sqlite:///{path}", world, clock, sent, network)
        on_step = _progress(stack, console, begin, end)
        gc.freeze()  # what is loaded now stays; looking through it again costs a tenth of the time
        clock.moment += TICK  # a dispatcher that has just been started reads on its first tick
        try:
            await drive(watch, clock, end, on_step, TICK, _events(watch, world))
            cases = await watch.writer.submit(store.list_cases)
        finally:
            await stop(watch)
            watch.db.close()
    return Walked(cases, _by_outcome(watch.tally.readings()), sent.total())


async def _watch(
    settings: Settings,
    url: str,
    world: Simulated,
    clock: VirtualClock,
    sent: Counter[str],
    transport: httpx.AsyncBaseTransport,
) -> Watch:
    """The watch of the daemon, with the replica for a network and a counter for a mailbox."""
    db = store.connect(url)
    store.migrate(db)
    db.close()

    async def count(message: Outgoing, target: Target) -> Delivery:
        sent[target.name] += 1
        return Delivery(True, f"simulated-{message.key}")

    post = Target("simulated", "webhook", "http://127.0.0.1/")
    city = Office("city_office", "三亚市人民政府办公室", targets={"": (post.name,)})
    offices = Offices({city.key: city}, {post.name: post}, fallback=(post.name,))
    fetcher = Fetcher(settings.fetch, clock.now, transport, clock.stamp)
    watch = assemble(
        settings, url, clock.now, fetcher=fetcher, offices=offices, environ=secrets(world.world)
    )
    watch.lookout = Lookout()  # the world knows no canaries, and nothing is saved
    await watch.writer.aclose()
    watch.writer = store.Inline(watch.db)
    book = watch.book
    cadence, rules = replace(book.cadence, **CADENCE), replace(book.rules, blind=BLIND)
    watch.book = replace(book, cadence=cadence, rules=rules)
    used = {lane_of(account, watch.collectors) for account in world.accounts}
    watch.lanes = {name: Lane(name, PACE) for name in sorted(used & watch.lanes.keys())}
    watch.send = count
    with watch.db.write() as c:
        store.save_register(
            c,
            world.units,
            world.accounts,
            "simulate",
            clock.now(),
            lane=lambda account: lane_of(account, watch.collectors),
        )
    return watch


def _events(
    watch: Watch, world: Simulated
) -> Iterator[tuple[datetime, Callable[[], Awaitable[None]]]]:
    """What is written into the ledger, when."""
    mine = {account.key for account in world.accounts}
    for entry in world.ledger:
        if entry.filing.account in mine:
            yield entry.at, partial(_write, watch, entry)


async def _write(watch: Watch, entry: Entry) -> None:
    now = watch.now()
    await watch.writer.submit(lambda c: keep_filings(c, [entry.filing], "simulate", now))


def _progress(stack: ExitStack, console: Console | None, begin: datetime, end: datetime) -> Any:
    if console is None:
        return lambda moment: None
    bar = stack.enter_context(
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
    )
    task = bar.add_task("模拟", total=(end - begin).total_seconds())

    def on_step(moment: datetime) -> None:
        done = (moment - begin).total_seconds()
        bar.update(task, completed=done, description=f"模拟 {moment:%Y-%m-%d}")

    return on_step


def _by_outcome(readings: Mapping[tuple[str, str], int]) -> Mapping[str, int]:
    total = Counter[str]()
    for (_, outcome), count in readings.items():
        total[outcome] += count
    return total
