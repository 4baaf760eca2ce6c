"""The rounds that search, against the replica: what is found, and what is never "none found"."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.replica.stage import CHROMIUM
from watcher import store
from watcher.candidates import Candidate, SearchStatus
from watcher.config import load
from watcher.daemon import assemble, jobs
from watcher.discovery import Ask, Search, Way
from watcher.fetch import Fetcher
from watcher.fetch.lanes import Lane, left, room, started
from watcher.model import Trouble
from watcher.replica.app import serve
from watcher.replica.core import origins
from watcher.replica.impostors import IMPOSTORS, Truth, with_crowd
from watcher.replica.sample import sample, secrets
from watcher.replica.search import SESSIONS
from watcher.replica.transport import ReplicaTransport
from watcher.replica.world import Outage, World
from watcher.search_state import covered
from watcher.searching import reload, search_due, search_now
from watcher.simulate import VirtualClock
from watcher.store.candidates import load_candidates
from watcher.store.searches import searches_since
from watcher.views import Beats, Pictures
from watcher.watch import Watch, lane_of, stop

T0 = datetime(2026, 11, 8, 16, tzinfo=UTC)  # Monday 9 November, 00:00 in Beijing
MORNING = T0 + timedelta(hours=9)
CONFIG = Path(__file__).parent.parent / "config" / "watcher.yaml"
PEOPLE = sample(T0)
PLAIN = ("weibo_search", "wechat_searchbiz", "app_apple_search", "weibo_probe")
IN_BROWSER = ("douyin_search", "kuaishou_search", "bilibili_search")


def ways(all_ways: Iterable[Way], on: Iterable[str], per_day: int) -> tuple[Way, ...]:
    chosen = frozenset(on)
    return tuple(replace(w, enabled=w.name in chosen, per_day=per_day) for w in all_ways)


@asynccontextmanager
async def watching(
    folder: Path,
    on: Iterable[str] = PLAIN,
    per_day: int = 400,
    gates: tuple[Outage, ...] = (),
    sessions: bool = True,
    base: str = "",
    clock: VirtualClock | None = None,
    shown: World | None = None,
) -> AsyncIterator[tuple[Watch, VirtualClock]]:
    """A watch over the sample's register, with the impostors on its platforms."""
    clock = clock or VirtualClock(MORNING)
    world = shown or crowded(gates)
    settings = load(CONFIG, {}, targets=False)
    asked = settings.impersonation.searches
    asked = replace(asked, ways=ways(asked.ways, on, per_day), units=False)
    settings = replace(
        settings,
        impersonation=replace(settings.impersonation, searches=asked),
        state=folder,
        fetch=replace(settings.fetch, origins=origins(base), browser_path=CHROMIUM)
        if base
        else settings.fetch,
    )
    url = f"sqlite:///{folder}/watcher.sqlite"
    transport = None if base else ReplicaTransport(world, clock.now)
    fetcher = Fetcher(settings.fetch, clock.now, transport, clock.stamp)
    db = store.connect(url)
    store.migrate(db)
    db.close()
    env = {**secrets(PEOPLE.world), **(SESSIONS if sessions else {})}
    watch = assemble(settings, url, clock.now, fetcher=fetcher, environ=env)
    try:
        with watch.db.write() as c:
            store.save_register(
                c,
                PEOPLE.units,
                PEOPLE.accounts,
                "test",
                clock.now(),
                lane=lambda one: lane_of(one, watch.collectors),
            )
        yield watch, clock
    finally:
        await stop(watch, patience=0.1)
        watch.db.close()


def crowded(gates: tuple[Outage, ...] = ()) -> World:
    return replace(with_crowd(PEOPLE.world, T0), outages=(), gates=gates)


async def run(watch: Watch, clock: VirtualClock, hours: float, step: float = 2.0) -> int:
    """Let the rounds come every `step` minutes; how many searches were made."""
    made, end = 0, clock.now() + timedelta(hours=hours)
    while clock.now() < end:
        made += await search_due(watch)
        clock.moment += timedelta(minutes=step)
    return made


def candidates(watch: Watch) -> dict[tuple[str, str], Candidate]:
    with watch.db.read() as c:
        return {(one.platform, one.profile.name): one for one in load_candidates(c)}


def searches(watch: Watch) -> tuple[Search, ...]:
    with watch.db.read() as c:
        return searches_since(c, T0)


def way_of(watch: Watch, name: str) -> Way:
    return next(way for way in watch.searches.asked.ways if way.name == name)


async def ask(watch: Watch, way: str, name: str, query: str = "") -> Search:
    """One search at once, beside the budget."""
    reload_now(watch)
    found = await search_now(watch, Ask(way_of(watch, way), name, query or name))
    return found.search


def reload_now(watch: Watch) -> None:
    with watch.db.read() as c:
        reload(c, watch.searches, watch.now())


# -- found or rightly not --------------------------------------------------------------------

FORM = {"wechat": "wechat_subscription", "apple": "app"}


@pytest.mark.slow
async def test_a_few_days_of_searching_bring_up_every_impostor(tmp_path: Path) -> None:
    async with watching(tmp_path) as (watch, clock):
        await run(watch, clock, 36, 3.0)
        found = candidates(watch)
        told = covered(watch.searches, clock.now())
    reachable = [one for one in IMPOSTORS if one.platform in ("weibo", "wechat", "apple")]
    for one in (i for i in reachable if i.truth in (Truth.ALERT, Truth.FOUND, Truth.OWN)):
        assert (FORM.get(one.platform, one.platform), one.name) in found, one.attack
    weibo = {one.name: one for one in told if one.platform == "weibo"}
    assert weibo["三亚发布"].status is SearchStatus.SEARCHED
    parts = [one for one in weibo.values() if one.status is not SearchStatus.SEARCHED]
    assert all("已备案的同名账号不在结果中" in one.detail for one in parts)
    assert len(parts) == 4, "those that only a feed reads are not on this Weibo"
    assert {one.status for one in told if one.platform == "douyin"} == {SearchStatus.NOT_SEARCHED}


async def test_what_was_found_has_its_proof_and_its_query(tmp_path: Path) -> None:
    async with watching(tmp_path) as (watch, clock):
        await ask(watch, "weibo_search", "三亚发布")
        one = candidates(watch)["weibo", "三亚发步"]
        own = candidates(watch)["weibo", "三亚发布"]
    assert one.query == "三亚发布"
    assert one.collector == "weibo_search"
    assert one.first_seen == clock.now()
    assert [page.status for page in one.pages] == [200, 200]
    assert one.url == f"https://weibo.com/u/{one.handle}"
    assert "sanya8866" in (one.profile.bio or "")
    assert (one.profile.traits or {})["links"] == "https://shop.example.cn/s"
    assert own.handle == "9900000001", "the office's own is among them; judging sorts it out"


async def test_wechat_accounts_are_found_with_an_operators_session(tmp_path: Path) -> None:
    async with watching(tmp_path) as (watch, _):
        search = await ask(watch, "wechat_searchbiz", "三亚卫健")
        with watch.db.read() as c:
            fakes = [one for one in load_candidates(c) if one.profile.name == "三亚卫健"]
    assert search.status is SearchStatus.SEARCHED
    assert len(fakes) == 2, "the office's and one more of the same name"
    assert all("token" not in page.url for one in fakes for page in one.pages)


async def test_sogou_is_a_hint_and_never_more_than_a_part(tmp_path: Path) -> None:
    async with watching(tmp_path, ("wechat_sogou",)) as (watch, _):
        search = await ask(watch, "wechat_sogou", "三亚警方")
        found = candidates(watch)
    assert search.status is SearchStatus.PARTIAL
    assert ("wechat_subscription", "三亚警方服务") in found


@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no browser here")
@pytest.mark.slow
async def test_pages_in_a_browser_are_searched_by_their_own_answers(tmp_path: Path) -> None:
    clock, shown = VirtualClock(MORNING), crowded()
    async with (
        serve(shown, 0, clock.now) as base,
        watching(tmp_path, IN_BROWSER, base=base, clock=clock, shown=shown) as (watch, _),
    ):
        for way, name in (
            ("douyin_search", "三亚公安"),
            ("kuaishou_search", "三亚发布"),
            ("bilibili_search", "三亚旅文"),
        ):
            search = await ask(watch, way, name)
            assert search.status is SearchStatus.SEARCHED, search.detail
        names = [(one.platform, one.profile.name) for one in candidates(watch).values()]
        with watch.db.read() as c:
            known = len(load_candidates(c))
    assert ("douyin", "三亚公安粉丝后援会") in names
    assert ("kuaishou", "三明发布") in names
    assert ("bilibili", "三亚旅文") in names
    assert known > 5


# -- what could not be seen ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "gate"),
    [
        ("weibo_search", "weibo"),
        ("weibo_probe", "weibo"),
        ("wechat_searchbiz", "wechat"),
        ("wechat_sogou", "sogou"),
        ("app_apple_search", "apple"),
    ],
)
async def test_a_gated_search_is_never_none_found(tmp_path: Path, way: str, gate: str) -> None:
    gates = (Outage(gate, T0, T0 + timedelta(days=3)),)
    async with watching(tmp_path, (way,), gates=gates) as (watch, clock):
        made = await run(watch, clock, 5, 10.0)
        (search,) = searches(watch)
        platform = way_of(watch, way).platform
        told = [one for one in covered(watch.searches, clock.now()) if one.platform == platform]
        assert candidates(watch) == {}
    assert made == 1, "it rests until tomorrow"
    assert search.status is SearchStatus.NOT_SEARCHED
    assert search.trouble == Trouble.BLOCKED
    assert {one.status for one in told} == {SearchStatus.NOT_SEARCHED}


async def test_a_gate_is_tried_again_the_next_day(tmp_path: Path) -> None:
    gates = (Outage("weibo", T0, T0 + timedelta(hours=20)),)
    async with watching(tmp_path, ("weibo_search",), 30, gates) as (watch, clock):
        assert await run(watch, clock, 12) == 1
        assert await run(watch, clock, 24, 10.0) > 10
        statuses = [one.status for one in searches(watch)]
    assert statuses[0] is SearchStatus.NOT_SEARCHED
    assert set(statuses[1:]) <= {SearchStatus.SEARCHED, SearchStatus.PARTIAL}


async def test_without_the_operators_session_nothing_is_searched(tmp_path: Path) -> None:
    async with watching(tmp_path, ("weibo_search",), sessions=False) as (watch, _):
        search = await ask(watch, "weibo_search", "三亚发布")
    assert search.status is SearchStatus.NOT_SEARCHED
    assert "SHOUWANG_WEIBO_COOKIE" in search.detail


async def test_a_gated_search_leaves_the_readings_of_its_platform_alone(tmp_path: Path) -> None:
    gates = (Outage("weibo", T0, T0 + timedelta(days=3)),)
    async with watching(tmp_path, ("weibo_probe",), gates=gates) as (watch, clock):
        before = watch.lanes["weibo"]
        await search_due(watch)
        lane = watch.lanes["weibo"]
    assert (lane.walls, lane.blocked, lane.inflight) == (before.walls, before.blocked, 0)
    assert lane.next_free > clock.now(), "it took its turn, as a reading does"


async def test_a_search_waits_while_its_lane_has_no_room(tmp_path: Path) -> None:
    async with watching(tmp_path, ("weibo_probe",)) as (watch, clock):
        watch.lanes["weibo"] = replace(watch.lanes["weibo"], walls=1)
        assert await search_due(watch) == 0
        watch.lanes["weibo"] = replace(
            watch.lanes["weibo"], walls=0, next_free=clock.now() + timedelta(minutes=1)
        )
        assert await search_due(watch) == 0
        clock.moment += timedelta(minutes=1)
        assert await search_due(watch) == 1


async def test_two_ways_into_one_platform_take_turns(tmp_path: Path) -> None:
    async with watching(tmp_path, ("weibo_probe", "weibo_search")) as (watch, clock):
        for _ in range(4):
            assert await search_due(watch) == 1, "the platform sees one guest"
            clock.moment += timedelta(minutes=3)
        assert [one.collector for one in searches(watch)] == [
            "weibo_probe",
            "weibo_search",
            "weibo_probe",
            "weibo_search",
        ]


async def test_a_restart_goes_on_with_what_was_searched(tmp_path: Path) -> None:
    async with watching(tmp_path, ("weibo_search",), 15) as (watch, clock):
        made = await run(watch, clock, 3)
        before = {(one.name, one.query) for one in searches(watch)}
    async with watching(tmp_path, ("weibo_search",), 15, clock=clock) as (watch, clock):
        await run(watch, clock, 3)
        every = [(one.name, one.query) for one in searches(watch)]
    assert 1 <= made <= 6
    assert len(every) == len(set(every)) > len(before)


async def test_the_status_page_and_the_metrics_tell_what_was_searched(tmp_path: Path) -> None:
    async with watching(tmp_path, ("weibo_search",)) as (watch, clock):
        await search_due(watch)
        pictures = Pictures(watch, Beats(clock.now()), clock.now, "0")
        await pictures.refresh()
        rows = {row.platform: row for row in pictures.view().searches}
        metrics = pictures.metrics().decode()
        settings = load(CONFIG, {}, targets=False)
        names = [job.name for job in jobs(watch, settings, pictures)]
    assert rows["新浪微博"].searched + rows["新浪微博"].partial == 1
    assert rows["抖音"].not_searched == rows["新浪微博"].not_searched + 1
    assert rows["抖音"].why == "未启用"
    assert 'shouwang_search_names{platform="douyin",status="searched"} 0.0' in metrics
    assert "search" in names, "the metronome starts it"


async def test_the_watch_is_quiet_where_nothing_is_configured(tmp_path: Path) -> None:
    async with watching(tmp_path, ()) as (watch, clock):
        assert await run(watch, clock, 2) == 0


# -- lanes -----------------------------------------------------------------------------------


def test_what_is_no_reading_leaves_the_wall_as_it_was() -> None:
    lane = replace(Lane("weibo"), blocked=2)
    ended = left(started(lane, "q", MORNING), MORNING)
    assert (ended.blocked, ended.walls, ended.inflight) == (2, 0, 0)
    with pytest.raises(ValueError, match="nothing is under way"):
        left(ended, MORNING)


def test_a_time_to_come_back_holds_for_everybody() -> None:
    ended = left(started(Lane("weibo"), "q", MORNING), MORNING, 3600.0)
    assert room(ended, MORNING + timedelta(minutes=59)) == 0
    assert room(ended, MORNING + timedelta(minutes=61)) == 1
