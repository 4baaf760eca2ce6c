"""What is in service, and that a running watch takes changes over without a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from collectors import Collector
from tests.test_rounds import T0, UNIT, accounts, made, watching
from watcher import store
from watcher.model import Account, Coverage, Source, Trouble
from watcher.rounds import dispatch
from watcher.service import in_service, losses, refit, refresh, service_of, users_of
from watcher.simulate import VirtualClock
from watcher.store import Added, Standing
from watcher.watch import Watch, drain, lane_of

HOUR = timedelta(hours=1)
SPEC = """
platform: yazhoutong
coverage: complete
request: {url: "https://api.yazhoutong.example/list?uid={id}"}
parse: json
identity: {id: uid}
posts: {list: data, id: id, title: title, time: {path: at, format: [epoch_s]}}
"""
WEIBO, FEED = made("weibo"), replace(made("feed"), coverage=Coverage.PARTIAL)
SHIPPED: Mapping[str, Collector] = {"weibo": WEIBO, "feed": FEED}


def standing(name: str, enabled: bool = True, version: int | None = None) -> Standing:
    return Standing(name, enabled, version, T0, "李工", "" if enabled else "改版")


def version(number: int, spec: str = SPEC, name: str = "yazhoutong") -> Added:
    return Added(name, number, spec, "", "王工", T0, {})


def test_nothing_decided_means_what_is_installed() -> None:
    assert in_service(SHIPPED, (), ()).collectors == SHIPPED


def test_an_added_one_is_there_in_the_version_that_stands() -> None:
    rows = version(1, SPEC.replace("platform:", "title: 旧\nplatform:")), version(2)
    found = in_service(SHIPPED, [standing("yazhoutong", version=2)], rows)
    added = found.collectors["yazhoutong"]
    assert (added.version, added.title == "旧", added.out) == ("2", False, "")
    assert added.hosts == {"api.yazhoutong.example"}
    assert set(found.collectors) == {"weibo", "feed", "yazhoutong"}


def test_an_added_one_stands_in_the_place_of_the_installed_one_of_its_name() -> None:
    text = SPEC.replace("platform: yazhoutong", "collector: weibo\nplatform: weibo")
    found = in_service(SHIPPED, [standing("weibo", version=1)], [version(1, text, "weibo")])
    assert found.collectors["weibo"].version == "1"


def test_one_that_is_disabled_says_so_with_name_time_and_reason() -> None:
    found = in_service(SHIPPED, [standing("weibo", enabled=False)], ()).collectors
    assert found["weibo"].out == "采集器已停用（李工，2026-03-02 09:00）：改版"
    assert not found["feed"].out


def test_one_that_is_no_longer_installed_is_simply_not_there() -> None:
    assert in_service({}, [standing("plug", enabled=False)], ()).collectors == {}


def test_a_stored_one_that_cannot_be_loaded_is_out_and_told_and_the_others_go_on() -> None:
    broken = SPEC.replace("parse: json", "parse: jsom")
    found = in_service(SHIPPED, [standing("yazhoutong", version=1)], [version(1, broken)])
    (problem,) = found.problems
    assert "yazhoutong 第1版无法载入" in problem
    assert "parse" in problem
    assert found.collectors["yazhoutong"].out == problem
    assert found.collectors["yazhoutong"].platform == "yazhoutong"
    assert not found.collectors["weibo"].out


def test_a_broken_one_does_not_bring_back_the_installed_one_it_replaced() -> None:
    found = in_service(SHIPPED, [standing("weibo", version=1)], [version(1, "- nonsense", "weibo")])
    assert "无法载入" in found.collectors["weibo"].out


def test_who_loses_sight_is_told_apart_from_who_loses_the_proof_of_silence() -> None:
    only, both, other = accounts("weibo", "weibo", "feed")
    both = replace(both, sources=(Source("weibo", "2"), Source("feed", "x")))
    idle = replace(only, key="idle", enabled=False)
    lost = losses("weibo", (only, both, other, idle), SHIPPED)
    assert (lost.blind, lost.partial) == ((only,), (both,))
    assert losses("feed", (only, both, other), SHIPPED).blind == (other,)
    assert losses("feed", (only, both, other), SHIPPED).partial == ()
    assert users_of("feed", (only, both, other)) == (both, other)


def test_an_account_is_read_in_the_lane_of_its_first_source_in_service() -> None:
    account = replace(accounts("weibo")[0], sources=(Source("weibo", "1"), Source("feed", "x")))
    out = in_service(SHIPPED, [standing("weibo", enabled=False)], ()).collectors
    assert lane_of(account, SHIPPED) == "weibo"
    assert lane_of(account, out) == "feed"
    assert lane_of(accounts("weibo")[0], out) == "weibo"


# -- a watch that runs -----------------------------------------------------------------------


async def change(watch: Watch, name: str, now: datetime, enabled: bool) -> None:
    """What `watcher collectors disable|enable` writes."""
    with watch.db.write() as c:
        if enabled:
            store.enable_collector(c, name, "李工", now)
        else:
            store.disable_collector(c, name, "李工", "改版", now)
        refit(c, name, watch.shipped, wake=now if enabled else None)


def sights(watch: Watch) -> Mapping[str, store.AccountState]:
    with watch.db.read() as c:
        return {row.key: row for row in store.overview(c, watch.now()).accounts}


async def rounds_of(watch: Watch, clock: VirtualClock) -> None:
    """Half a minute of rounds: a platform's known-good account may be read before ours."""
    for _ in range(3):
        await refresh(watch)
        await dispatch(watch)
        await drain(watch)
        clock.moment += timedelta(seconds=10)


async def test_a_disabled_collector_blinds_its_accounts_and_accuses_nobody(tmp_path: Path) -> None:
    async with watching(tmp_path, SHIPPED, accounts("weibo", "feed")) as (watch, clock):
        await rounds_of(watch, clock)
        seen = sights(watch)["weibo-1"].last_success_at
        await change(watch, "weibo", T0, enabled=False)
        clock.moment = later = T0 + 24 * HOUR
        await rounds_of(watch, clock)
        weibo, feed = sights(watch)["weibo-1"], sights(watch)["feed-2"]
        with watch.db.read() as c:
            sight = store.dossiers(c, ["weibo-1"])["weibo-1"].sight
            cases = store.list_cases(c, None)
    assert seen is not None
    assert (weibo.last_success_at, weibo.trouble) == (seen, Trouble.UNREADABLE)
    assert sight.trouble_detail == "采集器已停用（李工，2026-03-02 09:00）：改版"
    assert [look.detail for look in sight.looks] == [sight.trouble_detail]
    assert feed.last_success_at is not None
    assert feed.last_success_at >= later
    assert all(case.finding.rule.startswith("SYS-") for case in cases)  # ours, nobody else's


async def test_what_could_not_be_read_is_read_at_once_when_its_collector_is_back(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path, SHIPPED, accounts("weibo")) as (watch, clock):
        await change(watch, "weibo", clock.moment, enabled=False)
        await rounds_of(watch, clock)
        assert sights(watch)["weibo-1"].last_success_at is None
        await change(watch, "weibo", clock.moment, enabled=True)
        back = clock.moment
        await rounds_of(watch, clock)
        seen = sights(watch)["weibo-1"].last_success_at
        assert seen is not None
        assert seen - back < timedelta(minutes=1)


async def test_an_added_collector_gets_its_lane_while_the_watch_runs(tmp_path: Path) -> None:
    account = Account("a", "other", "亚洲通", UNIT, (Source("yazhoutong", "1"),))
    async with watching(tmp_path, SHIPPED, [account]) as (watch, clock):
        with watch.db.write() as c:
            store.add_collector(c, "yazhoutong", SPEC, "王工", clock.moment, {})
            refit(c, "yazhoutong", watch.shipped, wake=clock.moment)
        assert await refresh(watch) == ()
        assert "yazhoutong" in watch.lanes
        await rounds_of(watch, clock)
        (look,) = sights(watch).values()
    assert look.lane == "yazhoutong"
    assert look.last_reading_at is not None  # by its own rules: the replica has no such host
    assert look.trouble is not None


async def test_a_second_look_at_what_stands_changes_nothing(tmp_path: Path) -> None:
    async with watching(tmp_path, SHIPPED, ()) as (watch, _):
        with watch.db.write() as c:
            store.add_collector(c, "yazhoutong", "- nonsense", "王工", T0, {})
        (problem,) = await refresh(watch)
        assert "无法载入" in problem
        before = watch.collectors
        assert await refresh(watch) == ()  # told once
        assert watch.collectors is before


async def test_a_lane_keeps_its_walls_when_collectors_change(tmp_path: Path) -> None:
    async with watching(tmp_path, SHIPPED, ()) as (watch, _):
        watch.lanes["weibo"] = replace(watch.lanes["weibo"], walls=2, blocked=1)
        await change(watch, "feed", T0, enabled=False)
        await refresh(watch)
        assert (watch.lanes["weibo"].walls, watch.lanes["weibo"].blocked) == (2, 1)


async def test_a_collector_disabled_during_its_reading_costs_the_lane_nothing(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path, SHIPPED, accounts("weibo")) as (watch, clock):
        assert await dispatch(watch) > 0  # under way …
        await change(watch, "weibo", clock.moment, enabled=False)
        await refresh(watch)
        await drain(watch)
        assert watch.lanes["weibo"].inflight == 0


def test_what_is_in_service_comes_from_the_database(tmp_path: Path) -> None:
    db = store.connect(f"sqlite:///{tmp_path}/w.sqlite")
    store.migrate(db)
    with db.write() as c:
        store.add_collector(c, "yazhoutong", SPEC, "王工", T0, {})
        store.disable_collector(c, "feed", "李工", "改版", T0)
        found = service_of(c, SHIPPED).collectors
    db.close()
    assert {name for name, each in found.items() if not each.out} == {"weibo", "yazhoutong"}
