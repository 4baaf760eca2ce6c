"""Fifty accounts in one trouble are one message to each target, not fifty; through deaths too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.deliver import posts
from alerts.merge import POSSIBLY_SENT, Outgoing
from alerts.robots import Delivery
from alerts.routing import Office, Offices, Secret, Target
from tests.store.given import failure, post
from tests.store.given import snapshot as whole_snapshot
from tests.test_rounds import watching
from watcher import store
from watcher.calendar import ZONE
from watcher.judging import settle
from watcher.letter_round import deliver_due
from watcher.model import Account, Level, Outcome, Post, Role, Snapshot, Source, Unit
from watcher.sight import Sky
from watcher.simulate import VirtualClock
from watcher.store import Reading
from watcher.watch import Watch

MANY = 50
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
BACK = datetime.fromisoformat("2026-02-24T08:30+08:00")  # the first day after Spring Festival
UNIT = Unit("u", "三亚市教育局", daily_supervisor="bureau")
TARGETS = {
    "bureau": Target("bureau", "wecom", token=Secret("env", "BUREAU")),
    "city": Target("city", "dingtalk", token=Secret("env", "CITY")),
    "ops": Target("ops", "webhook", "http://127.0.0.1:9/ops"),
}
OFFICES = Offices(
    {
        "bureau": Office("bureau", "三亚市教育局办公室", targets={"": ("bureau",)}, parent="city"),
        "city": Office("city", "三亚市人民政府办公室", targets={"": ("city",)}),
        "ops": Office("ops", "监测运维", targets={"": ("ops",)}),
    },
    TARGETS,
    roles={Role.CITY: "city", Role.OPERATOR: "ops"},
    fallback=("ops",),
)
ACCOUNTS = tuple(
    Account(f"weibo-{n}", "weibo", f"三亚教育{n:02d}", UNIT, (Source("weibo", str(n)),))
    for n in range(MANY)
)


def snapshot(at: datetime, *seen: Post, key: str) -> Snapshot:
    return whole_snapshot(at, *seen, key=key, profile=None)


class KilledError(BaseException):
    """What a SIGKILL is to the code: nothing after it runs."""


class Box:
    """What arrived, and whether the process dies as it arrives."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Outgoing]] = []
        self.deadly = False
        self.last: Outgoing | None = None  # what it died of

    async def take(self, message: Outgoing, target: Target) -> Delivery:
        self.got.append((target.name, message))
        if self.deadly:
            self.deadly, self.last = False, message
            raise KilledError
        return Delivery(True, "1")

    def to(self, target: str) -> list[Outgoing]:
        return [message for name, message in self.got if name == target]


@asynccontextmanager
async def life(folder: Path, box: Box, at: datetime) -> AsyncIterator[tuple[Watch, VirtualClock]]:
    """One life of the watch on a database that outlives it; nothing is restrained."""
    async with watching(folder, {}, ACCOUNTS) as (watch, clock):
        clock.moment = at
        watch.send = box.take
        watch.book = replace(watch.book, offices=OFFICES, sky=Sky())
        yield watch, clock


async def read(watch: Watch, outcomes: Iterable[Outcome]) -> None:
    readings = [Reading(each.account, each) for each in outcomes]
    now = watch.now()
    await watch.writer.submit(lambda c: settle(c, readings, watch.book, now))


async def wait(
    watch: Watch, clock: VirtualClock, span: timedelta, step: timedelta = 10 * SECOND
) -> None:
    """Let time pass, a delivery round at every step."""
    end = clock.moment + span
    while clock.moment < end:
        clock.moment = min(end, clock.moment + step)
        await deliver_due(watch)


async def trickle(watch: Watch, clock: VirtualClock, numbers: Iterable[int], seconds: int) -> None:
    """Accounts that were last updated before the holiday are read one after the other."""
    for n in numbers:
        last = post(n, BACK - 18 * DAY)
        await read(watch, [snapshot(clock.moment, last, key=f"weibo-{n}")])
        await wait(watch, clock, seconds * SECOND)


def urgent(messages: Iterable[Outgoing]) -> list[Outgoing]:
    return [message for message in messages if message.level is Level.RED]


@pytest.mark.parametrize("seconds", [5, 10])
async def test_fifty_stale_accounts_are_one_message_of_each_urgency(
    tmp_path: Path, seconds: int
) -> None:
    box = Box()
    async with life(tmp_path, box, BACK) as (watch, clock):
        await trickle(watch, clock, range(MANY), seconds)
        await wait(watch, clock, 10 * MINUTE)
        with watch.db.read() as c:
            cases = store.list_cases(c)
    assert sum(case.finding.rule == "UPD-04" for case in cases) == MANY
    assert [len(urgent(box.to(name))) for name in ("bureau", "city")] == [1, 1]
    assert len(box.to("bureau")) <= 2  # red, and what is not
    for name in ("bureau", "city"):
        (message,) = urgent(box.to(name))
        assert message.title == f"【告警】{MANY}个账号"
        assert posts(message, TARGETS[name]) == 1  # one, however the channel counts
        assert "三亚教育" in message.body
        named = message.body.count("（编号：")
        assert named == MANY or f"……另有{MANY - named}项" in message.body


@pytest.mark.slow
async def test_the_recovery_is_one_message_too(tmp_path: Path) -> None:
    box = Box()
    async with life(tmp_path, box, BACK) as (watch, clock):
        await trickle(watch, clock, range(MANY), 2)
        await wait(watch, clock, 10 * MINUTE)
        box.got.clear()
        for n in range(MANY):
            new = post(1000 + n, clock.moment - MINUTE)
            old = post(n, BACK - 18 * DAY)
            await read(watch, [snapshot(clock.moment, new, old, key=f"weibo-{n}")])
            await wait(watch, clock, 5 * SECOND)
        await wait(watch, clock, 10 * MINUTE)
        assert [message.title[:4] for message in box.to("bureau")] == ["【销号】"]
        assert box.to("city") == []
        await wait(watch, clock, DAY, timedelta(hours=1))
    assert [message.title[:6] for message in box.to("city")] == ["【监测日报】"]


async def test_a_blind_platform_is_one_message_to_the_operators(tmp_path: Path) -> None:
    box = Box()
    async with life(tmp_path, box, BACK) as (watch, clock):
        seen = [snapshot(clock.moment, post(n, BACK - DAY), key=f"weibo-{n}") for n in range(MANY)]
        await read(watch, seen)
        await wait(watch, clock, 5 * MINUTE)
        box.got.clear()
        clock.moment += timedelta(hours=13)
        for n in range(MANY):
            await read(watch, [failure(clock.moment, key=f"weibo-{n}")])
            await wait(watch, clock, 10 * SECOND)
        await wait(watch, clock, 10 * MINUTE)
    (message,) = box.to("ops")
    assert message.title == f"【采集异常】新浪微博{MANY}个账号未成功采集"
    assert box.to("bureau") == box.to("city") == []


@pytest.mark.slow
async def test_a_death_in_the_middle_splits_no_message(tmp_path: Path) -> None:
    box = Box()
    async with life(tmp_path, box, BACK) as (watch, clock):
        await trickle(watch, clock, range(25), 5)
        died = clock.moment
    assert box.got == []
    async with life(tmp_path, box, died) as (watch, clock):
        await trickle(watch, clock, range(25, MANY), 5)
        await wait(watch, clock, 10 * MINUTE)
    assert [len(urgent(box.to(name))) for name in ("bureau", "city")] == [1, 1]
    assert f"{MANY}个账号" in urgent(box.to("bureau"))[0].title


@pytest.mark.slow
async def test_a_death_while_it_leaves_repeats_it_whole_and_says_so(tmp_path: Path) -> None:
    box = Box()
    async with life(tmp_path, box, BACK) as (watch, clock):
        await trickle(watch, clock, range(MANY), 1)
        box.deadly = True
        with pytest.raises(KilledError):
            await wait(watch, clock, 10 * MINUTE)
        died = clock.moment
    first = len(box.got)
    async with life(tmp_path, box, died) as (watch, clock):
        await wait(watch, clock, 20 * MINUTE)
        with watch.db.read() as c:
            states = set(c.exec_driver_sql("SELECT state FROM outbox WHERE merge <> 'digest'"))
    assert {state for (state,) in states} == {"sent", "merged"}
    assert box.last is not None
    again = [message for _, message in box.got[first:] if message.key == box.last.key]
    assert len(again) == 1
    assert POSSIBLY_SENT in again[0].body
    assert all(len(urgent(box.to(name))) <= 2 for name in ("bureau", "city"))


@pytest.mark.slow
async def test_what_gathers_at_the_edge_of_the_night_leaves_before_or_after_it(
    tmp_path: Path,
) -> None:
    box, left = Box(), []
    evening = datetime.fromisoformat("2026-02-24T21:50+08:00")
    silent_since = datetime.fromisoformat("2026-02-12T10:00+08:00")
    async with life(tmp_path, box, evening) as (watch, clock):

        async def take(message: Outgoing, target: Target) -> Delivery:
            if message.level is not Level.RED:
                left.append(clock.moment)
            return await box.take(message, target)

        watch.send = take
        for n in range(40):  # a week without updates, found from before ten until after it
            seen = snapshot(clock.moment, post(n, silent_since), key=f"weibo-{n}")
            await read(watch, [seen])
            await wait(watch, clock, 30 * SECOND)
        await wait(watch, clock, timedelta(hours=12), 10 * MINUTE)
    hours = {moment.astimezone(ZONE).hour for moment in left}
    assert left
    assert hours <= {21, 8, 9}
