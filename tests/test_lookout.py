"""The rounds with canaries: what is read when, what follows, and what a restart remembers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from alerts.merge import Outgoing
from alerts.robots import Delivery
from alerts.routing import Office, Offices, Target
from collectors import Collector, Sure
from collectors.weibo import collector as weibo
from watcher import store
from watcher.config import load
from watcher.daemon import assemble
from watcher.fetch import Fetcher
from watcher.fetch.lanes import opens_at
from watcher.lookout import LARGEST, Lookout, notice
from watcher.model import (
    Account,
    Case,
    CaseState,
    CollectError,
    Failure,
    Fetch,
    Pace,
    Page,
    Post,
    Profile,
    Sighting,
    Source,
    Trouble,
    Unit,
)
from watcher.reading import observe
from watcher.replica.sample import make_actor
from watcher.replica.transport import ReplicaTransport
from watcher.replica.world import Act, Item, Scene, world
from watcher.rounds import agenda, dispatch, judge_due
from watcher.sight import Canary, Plan, PlatformState
from watcher.simulate import VirtualClock, drive
from watcher.watch import Watch, drain, lane_of, stop

T0 = datetime.fromisoformat("2026-03-03T09:00+08:00")  # a Tuesday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
UNIT = Unit("unit1", "三亚市第一局", daily_supervisor="city_office")
POST = Target("post", "webhook", "http://127.0.0.1/")
OFFICES = Offices(
    {"city_office": Office("city_office", "市政府办公室", targets={"": ("post",)})},
    {"post": POST},
    fallback=("post",),
)
PLAN = Plan(title="试验台", canary=Canary("stage", "canary", "人民日报"), every=30 * MINUTE)


@dataclass
class Platform:
    """A platform whose every account fell silent 15 days before T0, its canary excepted."""

    clock: VirtualClock
    trouble: Trouble | None = None
    spares: frozenset[str] = frozenset()  # handles that can be read whatever the trouble
    asked: list[tuple[datetime, str]] = field(default_factory=list)

    async def collect(self, source: Source, fetch: Fetch) -> Sighting:
        now = self.clock.now()
        self.asked.append((now, source.handle))
        if self.trouble is not None and source.handle not in self.spares:
            raise CollectError(self.trouble, "layout changed: data.cards")
        canary = source.handle == "canary"
        at = now - HOUR if canary else T0 - 15 * DAY
        name = "人民日报" if canary else f"三亚{source.handle}号"
        return Sighting(Profile(source.handle, name), (Post(f"p{at}", at),))

    def looks(self) -> list[datetime]:
        return [at for at, handle in self.asked if handle == "canary"]


@asynccontextmanager
async def watching(
    folder: Path,
    accounts: int = 4,
    plan: Plan = PLAN,
    gap: float = 0.0,
    sure: Sure = Sure.REPORTED,
    clock: VirtualClock | None = None,
) -> AsyncIterator[tuple[Watch, Platform]]:
    clock = clock or VirtualClock(T0)
    platform = Platform(clock)
    stage = Collector(
        "stage", "stage", frozenset({"example.cn"}), platform.collect, pace=Pace(gap, 10), sure=sure
    )
    url = f"sqlite:///{folder}/watcher.sqlite"
    settings = load(Path(__file__).parent.parent / "config" / "watcher.yaml", {}, targets=False)
    settings = replace(settings, platforms={"stage": plan}, state=folder)
    db = store.connect(url)
    store.migrate(db)
    db.close()
    fetcher = Fetcher(settings.fetch, clock.now)
    watch = assemble(settings, url, clock.now, {"stage": stage}, fetcher, OFFICES, {})

    async def send(message: Outgoing, target: Target) -> Delivery:
        return Delivery(True, "1")

    watch.send = send
    chosen = [
        Account(f"stage-{n}", "stage", f"三亚{n}号", UNIT, (Source("stage", str(n)),))
        for n in range(accounts)
    ]
    with watch.db.write() as c:
        store.save_register(
            c, [UNIT], chosen, "test", T0, lane=lambda one: lane_of(one, watch.collectors)
        )
    try:
        yield watch, platform
    finally:
        await stop(watch, patience=0.1)
        watch.db.close()


def open_now(watch: Watch) -> list[Case]:
    with watch.db.read() as c:
        return list(store.list_cases(c, CaseState.OPEN))


def rules(watch: Watch, about: str = "UPD") -> list[str]:
    found = (case.finding for case in open_now(watch) if case.finding.rule.startswith(about))
    return sorted(finding.rule for finding in found)


def state(watch: Watch) -> PlatformState:
    return watch.lookout.sights["stage"].state


async def walk(watch: Watch, clock: VirtualClock, span: timedelta) -> None:
    await drive(watch, clock, clock.moment + span)


async def test_a_canary_is_read_at_its_intervals_whatever_the_accounts_do(tmp_path: Path) -> None:
    async with watching(tmp_path) as (watch, platform):
        await walk(watch, platform.clock, 3 * HOUR)
        looks = platform.looks()
    assert 6 <= len(looks) <= 9
    assert state(watch) is PlatformState.LIVE


async def test_an_accusation_waits_for_a_look_after_its_reading_and_then_opens(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path) as (watch, platform):
        await dispatch(watch)
        await drain(watch)
        first = [handle for _, handle in platform.asked]
        assert first[0] == "canary"  # it goes before the accounts
        platform.clock.moment += MINUTE
        await judge_due(watch)
        assert rules(watch, "UPD-04") in ([], ["UPD-04"] * 4)
        await walk(watch, platform.clock, 10 * MINUTE)
        assert rules(watch, "UPD-04") == ["UPD-04"] * 4
        opened = min(case.opened_at for case in open_now(watch))
        read = max(at for at, handle in platform.asked if handle != "canary" and at <= opened)
        assert any(read <= at <= opened for at in platform.looks())


async def test_when_the_canary_cannot_be_read_nobody_is_accused_and_one_case_says_so(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path) as (watch, platform):
        platform.trouble = Trouble.BLOCKED
        platform.spares = frozenset("0123")  # the accounts show an old page as complete
        await walk(watch, platform.clock, DAY)
        assert state(watch) is PlatformState.BLIND
        assert rules(watch) == []
        assert [(c.finding.rule, c.finding.subject) for c in open_now(watch)] == [
            ("SYS-03", "stage")
        ]
        assert open_now(watch)[0].finding.facts["title"] == "试验台"
        platform.trouble = None
        await walk(watch, platform.clock, 10 * HOUR)
        assert state(watch) is PlatformState.LIVE
        assert rules(watch, "SYS") == []
        assert rules(watch, "UPD-04") == ["UPD-04"] * 4


async def test_open_cases_survive_the_dark_untouched(tmp_path: Path) -> None:
    async with watching(tmp_path) as (watch, platform):
        await walk(watch, platform.clock, HOUR)
        before = {(c.id, c.finding.level, c.told_at) for c in open_now(watch)}
        assert before
        platform.trouble = Trouble.UNREACHABLE
        await walk(watch, platform.clock, 2 * DAY)
        after = {(c.id, c.finding.level, c.told_at) for c in open_now(watch) if c.finding.account}
        assert after == before
        assert rules(watch, "SYS") == ["SYS-03"]


async def test_a_changed_layout_is_one_case_with_the_page_that_shows_it(tmp_path: Path) -> None:
    async with watching(tmp_path, plan=Plan(title="试验台")) as (watch, platform):
        platform.trouble = Trouble.UNREADABLE
        page = Page(
            "https://example.cn/u?access_token=abcdef123456",
            200,
            b'{"token": "abcdef123456", "data": {}}',
            T0,
        )
        with_page = watch.lookout
        await walk(watch, platform.clock, 30 * MINUTE)
        with_page.odd["stage"] = page
        await walk(watch, platform.clock, 20 * HOUR)
        (case,) = open_now(watch)
        facts = case.finding.facts
        assert (case.finding.rule, case.finding.account) == ("SYS-04", "")
        assert (facts["accounts"], facts["of"]) == (4, 4)
        assert facts["missing"] == "layout changed: data.cards"
        saved = (tmp_path / facts["file"]).read_bytes()
        assert b"abcdef" not in saved
        assert b'"data"' in saved
        assert "abcdef" not in facts["url"]
        platform.trouble = None
        await walk(watch, platform.clock, 12 * HOUR)
        assert rules(watch, "SYS") == []


async def test_ways_nobody_proved_accuse_nobody_until_somebody_confirms(tmp_path: Path) -> None:
    unproved = watching(tmp_path, plan=Plan(), sure=Sure.UNCONFIRMED)
    async with unproved as (watch, platform):
        await walk(watch, platform.clock, 6 * HOUR)
        assert state(watch) is PlatformState.UNCONFIRMED
        assert rules(watch) == []
        with watch.db.write() as c:
            store.confirm_platform(c, "stage", "王一", platform.clock.now())
        await walk(watch, platform.clock, 6 * HOUR)
        assert state(watch) is PlatformState.LIVE
        assert rules(watch, "UPD-04") == ["UPD-04"] * 4


async def test_a_platform_that_has_shut_down_is_not_read_and_accuses_nobody(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path, plan=Plan(closed=True)) as (watch, platform):
        await walk(watch, platform.clock, 2 * DAY)
        assert platform.asked == []
        assert open_now(watch) == []
        assert (await agenda(watch)).lanes == {}
        assert state(watch) is PlatformState.CLOSED


async def test_behind_a_wall_the_canary_is_the_one_probe(tmp_path: Path) -> None:
    async with watching(tmp_path, accounts=9, gap=5.0) as (watch, platform):
        await walk(watch, platform.clock, 5 * MINUTE)
        platform.trouble = Trouble.BLOCKED
        await walk(watch, platform.clock, 5 * HOUR)
        lane = watch.lanes["stage"]
        assert lane.walls
        wall = lane.closed_until
        since = len(platform.asked)
        platform.trouble = None
        platform.clock.moment = opens_at(lane, platform.clock.now())
        await dispatch(watch)
        await drain(watch)
        assert platform.clock.now() >= wall
        assert [handle for _, handle in platform.asked[since:]] == ["canary"]
        assert not watch.lanes["stage"].walls


async def test_a_restart_remembers_the_wall_the_state_and_the_canary(tmp_path: Path) -> None:
    async with watching(tmp_path, accounts=9, gap=5.0) as (watch, platform):
        platform.trouble = Trouble.BLOCKED
        await walk(watch, platform.clock, 2 * HOUR)
        await judge_due(watch)
        wall, clock = watch.lanes["stage"], platform.clock
        assert wall.walls
        assert state(watch) is PlatformState.BLIND
    async with watching(tmp_path, accounts=9, gap=5.0, clock=clock) as (watch, platform):
        if wall.closed_until > clock.now():
            await dispatch(watch)
            await drain(watch)
            assert platform.asked == []
            assert watch.lanes["stage"].closed_until == wall.closed_until
            assert state(watch) is PlatformState.BLIND


async def test_the_page_that_nobody_understood_is_at_hand_after_its_reading() -> None:
    items = [Item(n, T0 - n * DAY, f"第{n}条") for n in range(1, 5)]
    changed = make_actor("weibo", 1, "三亚一号", items, (Act(Scene.LAYOUT_CHANGED),))
    well = make_actor("weibo", 2, "三亚二号", items)
    clock = VirtualClock(T0)
    shown = ReplicaTransport(world([changed, well]), clock.now)
    settings = load(Path(__file__).parent.parent / "config" / "watcher.yaml", {}, targets=False)
    fetcher = Fetcher(settings.fetch, clock.now, shown, clock.stamp)
    try:
        seen = [
            await observe(
                Account(one.key, "weibo", one.name, UNIT, (Source("weibo", one.handle),)),
                {"weibo": weibo},
                fetcher,
                {},
                T0,
            )
            for one in (changed, well)
        ]
    finally:
        await fetcher.aclose()
    assert isinstance(seen[0].outcome, Failure)
    assert seen[0].outcome.trouble is Trouble.UNREADABLE
    assert seen[0].page is not None
    assert b"modules" in seen[0].page.body
    lookout = Lookout(state=Path("/nowhere"))
    for one in reversed(seen):
        notice(lookout, "weibo", one)
    notice(lookout, "weibo", seen[1])
    assert seen[1].page is not None
    assert lookout.last["weibo"].body == seen[1].page.body
    assert lookout.odd["weibo"].body == seen[0].page.body
    huge = Page("https://example.cn/", 200, b"x" * (LARGEST + 1), T0)
    notice(lookout, "weibo", replace(seen[0], page=huge))
    assert len(lookout.odd["weibo"].body) == LARGEST
