"""The rounds, walked over the replica: no account, letter or worker may harm another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import sqlalchemy as sa

from alerts.merge import Outgoing
from alerts.robots import Delivery
from alerts.routing import Office, Offices, Target
from collectors import Collector, discover
from watcher import store
from watcher.config import load
from watcher.daemon import assemble
from watcher.fetch import Fetcher
from watcher.letter_round import deliver_due
from watcher.model import (
    Account,
    Fetch,
    Letter,
    Level,
    Pace,
    Sighting,
    Snapshot,
    Source,
    Unit,
    UnitKind,
    Why,
)
from watcher.replica.sample import secrets
from watcher.replica.simulated import simulated_world
from watcher.replica.transport import ReplicaTransport
from watcher.rounds import dispatch, judge_due
from watcher.simulate import VirtualClock
from watcher.watch import Watch, drain, lane_of, stop

T0 = datetime.fromisoformat("2026-03-02T09:00+08:00")
HOUR = timedelta(hours=1)
WORLD = simulated_world(1, 10, T0, T0 + 24 * HOUR)
UNIT = Unit("unit1", "三亚市第一局", UnitKind.CITY_DEPARTMENT, "city_office", "city_office")
CITY = Target("city", "webhook", "http://127.0.0.1/city")
LAST = Target("last", "webhook", "http://127.0.0.1/last")
OFFICES = Offices(
    {"city_office": Office("city_office", "市政府办公室", targets={"": ("city",)})},
    {target.name: target for target in (CITY, LAST)},
    fallback=("last",),
)


def made(name: str, hang: bool = False, platform: str = "", gap: float = 0.0) -> Collector:
    """A collector that sees an account without posts at once, or never comes back."""

    async def collect(source: Source, fetch: Fetch) -> Sighting:
        if hang:
            await asyncio.Event().wait()
        return Sighting(None)

    return Collector(name, platform or name, frozenset({"example.cn"}), collect, pace=Pace(gap, 10))


def accounts(*names: str) -> tuple[Account, ...]:
    return tuple(
        Account(f"{name}-{n}", name, f"三亚{n}号", UNIT, (Source(name, str(n)),))
        for n, name in enumerate(names, start=1)
    )


@asynccontextmanager
async def watching(
    folder: Path, collectors: Mapping[str, Collector], registered: Iterable[Account]
) -> AsyncIterator[tuple[Watch, VirtualClock]]:
    """A watch with these collectors, its register filled, its clock at T0."""
    url, clock = f"sqlite:///{folder}/watcher.sqlite", VirtualClock(T0)
    settings = load(Path(__file__).parent.parent / "config" / "watcher.yaml", {}, targets=False)
    world = replace(WORLD.world, outages=())
    fetcher = Fetcher(settings.fetch, clock.now, ReplicaTransport(world, clock.now), clock.stamp)
    db = store.connect(url)
    store.migrate(db)
    db.close()
    watch = assemble(settings, url, clock.now, collectors, fetcher, OFFICES, secrets(WORLD.world))
    try:
        with watch.db.write() as c:
            chosen = tuple(registered)
            units = tuple({account.unit.key: account.unit for account in chosen}.values())
            store.save_register(
                c, units, chosen, "test", T0, lane=lambda one: lane_of(one, collectors)
            )
        yield watch, clock
    finally:
        await stop(watch, patience=0.1)
        watch.db.close()


def last_seen(watch: Watch) -> Mapping[str, datetime | None]:
    with watch.db.read() as c:
        keys = [account.key for account in store.load_accounts(c)]
        found = store.dossiers(c, keys)
    return {key: dossier.sight.last_success_at for key, dossier in found.items()}


async def test_every_account_of_a_world_is_read_within_the_hour(tmp_path: Path) -> None:
    found = discover()
    async with watching(tmp_path, found, WORLD.accounts) as (watch, clock):
        for _ in range(30):
            await dispatch(watch)
            await drain(watch)
            clock.moment += timedelta(minutes=2)
        read = last_seen(watch)
    assert len(read) == 10
    assert None not in read.values()


async def test_a_collector_that_hangs_holds_up_nobody_else(tmp_path: Path) -> None:
    collectors = {"stuck": made("stuck", hang=True), "quick": made("quick")}
    async with watching(tmp_path, collectors, accounts("stuck", "quick", "quick")) as (watch, _):
        for _ in range(4):
            await dispatch(watch)
            await asyncio.wait(list(watch.reading), timeout=0.3)
        read = last_seen(watch)
        assert [task.get_name() for task in watch.reading] == ["read stuck-1"]
    assert read == {"stuck-1": None, "quick-2": T0, "quick-3": T0}


async def test_a_reading_that_cannot_be_kept_costs_that_account_alone(tmp_path: Path) -> None:
    collectors = {"quick": made("quick")}
    async with watching(tmp_path, collectors, accounts(*["quick"] * 4)) as (watch, _):
        with watch.db.write() as c:
            c.execute(
                sa.text(
                    "CREATE TRIGGER poison BEFORE INSERT ON reading WHEN NEW.account_id ="
                    " (SELECT id FROM account WHERE key = 'quick-2')"
                    " BEGIN SELECT RAISE(ABORT, 'poison'); END"
                )
            )
        assert await dispatch(watch) == 4
        await drain(watch)
        read = last_seen(watch)
    assert read == {"quick-1": T0, "quick-2": None, "quick-3": T0, "quick-4": T0}


async def test_a_poisoned_account_is_read_again_when_its_lease_has_run_out(tmp_path: Path) -> None:
    collectors = {"quick": made("quick")}
    async with watching(tmp_path, collectors, accounts("quick")) as (watch, clock):
        with watch.db.write() as c:
            c.execute(
                sa.text(
                    "CREATE TRIGGER poison BEFORE INSERT ON reading"
                    " BEGIN SELECT RAISE(ABORT, 'poison'); END"
                )
            )
        await dispatch(watch)
        await drain(watch)
        with watch.db.write() as c:
            c.execute(sa.text("DROP TRIGGER poison"))
        assert await dispatch(watch) == 0
        clock.moment += watch.lease
        assert await dispatch(watch) == 1
        await drain(watch)
        assert last_seen(watch) == {"quick-1": clock.moment}


def letter(key: str) -> Letter:
    return Letter(key, "city", Why.FIRST, Level.RED, "两周未更新", "正文", "短文", T0)


async def test_letters_that_are_refused_for_good_go_to_the_last_resort(tmp_path: Path) -> None:
    arrived: list[tuple[str, str]] = []

    async def send(message: Outgoing, target: Target) -> Delivery:
        arrived.append((target.name, message.title))
        if target.name == "city":
            return Delivery(False, error="机器人已停用", permanent=True)
        return Delivery(True, "1")

    async with watching(tmp_path, {"quick": made("quick")}, ()) as (watch, _):
        watch.send = send
        await watch.writer.submit(lambda c: store.enqueue(c, [letter("a")]))
        assert await deliver_due(watch) == 1
        assert await deliver_due(watch) == 1
        assert await deliver_due(watch) == 0
    assert arrived == [("city", "两周未更新"), ("last", "【转送】两周未更新")]


async def test_a_last_resort_that_fails_is_tried_again_later(tmp_path: Path) -> None:
    asked: list[datetime] = []

    async with watching(tmp_path, {"quick": made("quick")}, ()) as (watch, clock):

        async def send(message: Outgoing, target: Target) -> Delivery:
            asked.append(clock.moment)
            return Delivery(len(asked) == 3, error="502")

        watch.send = send
        await watch.writer.submit(lambda c: store.enqueue(c, [replace(letter("a"), target="last")]))
        for _ in range(24):
            await deliver_due(watch)
            clock.moment += HOUR
    assert len(asked) == 3


async def test_a_late_worker_cannot_overwrite_what_a_newer_lease_brought(tmp_path: Path) -> None:
    collectors = {"quick": made("quick")}
    async with watching(tmp_path, collectors, accounts("quick")) as (watch, _):
        room, moment = {"quick": 1}, T0 + timedelta(minutes=30)
        lease = timedelta(minutes=10)
        with watch.db.write() as c:
            (old,) = store.claim(c, room, T0, lease, "same")
            (new,) = store.claim(c, room, moment, lease, "same")
            for claim, at in ((new, moment), (old, T0)):
                seen = Snapshot("quick-1", at, Sighting(None), "quick")
                kept = store.record(c, [store.Reading("quick-1", seen, claim.lease_owner)], moment)
                assert bool(kept) == (claim is new)
        assert last_seen(watch) == {"quick-1": moment}


async def test_a_lane_starts_one_reading_a_gap_and_the_lanes_are_apart(tmp_path: Path) -> None:
    collectors = {"slow": made("slow", gap=60.0), "quick": made("quick")}
    chosen = accounts("slow", "slow", "slow", "quick", "quick")
    async with watching(tmp_path, collectors, chosen) as (watch, clock):
        starts = []
        for _ in range(40):
            await dispatch(watch)
            starts += [(task.get_name(), clock.moment) for task in watch.reading]
            await drain(watch)
            clock.moment += timedelta(seconds=5)
    slow = [at for name, at in starts if name.startswith("read slow")]
    quick = [at for name, at in starts if name.startswith("read quick")]
    assert quick == [T0, T0]
    assert len(slow) == 3
    assert all(later - earlier >= timedelta(minutes=1) for earlier, later in pairwise(slow))


async def test_only_the_lanes_named_are_dispatched(tmp_path: Path) -> None:
    collectors = {"one": made("one"), "two": made("two")}
    async with watching(tmp_path, collectors, accounts("one", "two")) as (watch, _):
        assert await dispatch(watch, ["two"]) == 1
        await drain(watch)
        assert last_seen(watch) == {"one-1": None, "two-2": T0}


async def test_an_account_without_sources_is_read_by_nobody_and_missed_by_the_clock(
    tmp_path: Path,
) -> None:
    alone = Account("weibo-9", "weibo", "三亚九号", UNIT)
    found = {"weibo": made("weibo")}
    async with watching(tmp_path, found, (*accounts("weibo"), alone)) as (watch, clock):
        assert await dispatch(watch) == 1
        await drain(watch)
        for _ in range(13):
            clock.moment += HOUR
            await judge_due(watch)
        with watch.db.read() as c:
            (case,) = store.list_cases(c, account="weibo-9")
    assert case.finding.rule == "SYS-01"
    assert case.finding.facts["by_people_only"] is True
    assert last_seen(watch)["weibo-9"] is None
