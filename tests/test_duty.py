"""值守日报: once each working day at nine, saying plainly what was not seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.hours import USUAL, Hours
from alerts.office_tree import Office, Offices, Target
from tests.rules.world import CAL
from tests.store.given import UNIT, case, failure, post, snapshot
from tests.store.given import account as an_account
from tests.test_rounds import watching
from watcher import duty as rounds_of_duty
from watcher.duty import days_of, due_day, next_due, preview, report_duty
from watcher.duty_words import Around, duty_words
from watcher.model import CaseState, FiledState, Level, Role, Trouble
from watcher.sight import LaneCount, PlatformSight, PlatformState
from watcher.simulate import VirtualClock
from watcher.store import Reading, get_mark, record, save_cases, save_register
from watcher.store.duty import Duty, Watched, duty
from watcher.store.schema import outbox
from watcher.watch import Watch

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 09:00 in Beijing
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OFFICES = Offices(
    offices={
        "op": Office("op", "监测运维", targets={"": ("hook",)}),
        "city": Office("city", "市政府办公室", targets={"": ("city",)}),
    },
    targets={name: Target(name, "webhook", url="http://127.0.0.1:9/") for name in ("hook", "city")},
    roles={Role.OPERATOR: "op", Role.CITY: "city"},
    fallback=("hook",),
)
AROUND = Around("0.1.0", 2027, False)


@pytest.mark.parametrize(
    ("told", "at", "due"),
    [
        (None, MONDAY, date(2026, 3, 2)),
        (None, MONDAY - timedelta(seconds=1), None),
        ("2026-03-02", MONDAY + HOUR, None),
        ("2026-02-27", MONDAY + 6 * HOUR, date(2026, 3, 2)),  # late, and told all the same
        ("2026-02-27", MONDAY + 13 * HOUR, None),  # at night nobody reads it
        ("2026-02-27", MONDAY - DAY, None),  # Sunday
        ("2026-02-13", datetime(2026, 2, 18, 1, tzinfo=UTC), None),  # the Spring Festival
        (
            "2026-02-13",
            datetime(2026, 2, 14, 1, tzinfo=UTC),
            date(2026, 2, 14),
        ),  # a Saturday at work
    ],
)
def test_it_is_due_from_nine_of_each_working_day(
    told: str | None, at: datetime, due: date | None
) -> None:
    assert due_day(told, at, CAL, USUAL) == due
    assert due_day(told, at, CAL, Hours(digest=USUAL.night)) is None


@pytest.mark.parametrize(
    ("told", "at", "leaves"),
    [
        (None, MONDAY + HOUR, MONDAY + HOUR),  # due, so at once
        ("2026-03-02", MONDAY + HOUR, MONDAY + DAY),
        ("2026-02-27", MONDAY - 3 * HOUR, MONDAY),
        ("2026-02-27", MONDAY + 13 * HOUR, MONDAY + DAY),  # too late for today
        ("2026-02-14", datetime(2026, 2, 14, 2, tzinfo=UTC), datetime(2026, 2, 24, 1, tzinfo=UTC)),
    ],
)
def test_it_is_known_when_the_next_one_leaves(
    told: str | None, at: datetime, leaves: datetime
) -> None:
    assert next_due(told, at, CAL, USUAL) == leaves


async def test_it_is_shown_before_it_is_told_without_being_told(tmp_path: Path) -> None:
    async with on_watch(tmp_path, MONDAY + HOUR) as (watch, _):
        shown = preview(watch, "1.2")
        assert (shown.told, shown.next_at, shown.targets) == ("", MONDAY + HOUR, ("hook",))
        assert "版本1.2" in shown.said.body
        assert "平台：状态不明" in shown.said.body  # no watch has looked round yet
        assert letters(watch) == []
        assert await report_duty(watch, "1.2")
        assert preview(watch, "1.2").told == "2026-03-02"


def test_it_tells_of_all_days_since_the_last_one() -> None:
    monday = date(2026, 3, 2)
    assert days_of(None, monday) == (date(2026, 3, 1), date(2026, 3, 1))
    assert days_of("2026-02-27", monday) == (date(2026, 2, 27), date(2026, 3, 1))
    assert days_of("2025-01-01", monday)[0] == monday - timedelta(days=31)


@asynccontextmanager
async def on_watch(
    folder: Path, at: datetime = MONDAY
) -> AsyncIterator[tuple[Watch, VirtualClock]]:
    async with watching(folder, {}, ()) as (watch, clock):
        watch.book = replace(watch.book, offices=OFFICES)
        clock.moment = at
        with watch.db.write() as c:
            accounts = [an_account(n) for n in range(1, 4)]
            ended = an_account(4, filed_state=FiledState.SUSPENDED)
            save_register(c, [UNIT], [*accounts, ended], "test", MONDAY - 9 * DAY)
        yield watch, clock


def letters(watch: Watch) -> list[dict[str, Any]]:
    with watch.db.read() as c:
        return [dict(row) for row in c.execute(outbox.select()).mappings()]


def read_on_saturday(watch: Watch) -> None:
    """One account is read, one cannot be read, one is not looked at."""
    saturday = MONDAY - 2 * DAY
    with watch.db.write() as c:
        for outcome in (snapshot(saturday, post(1, saturday)), failure(saturday, key="weibo-2")):
            record(c, [Reading(outcome.account, outcome)], saturday)
        closed = {"state": CaseState.CLOSED, "closed_at": saturday, "closing": "x"}
        save_cases(c, [case(opened_at=saturday), case(opened_at=saturday - DAY * 3, **closed)])


async def test_it_comes_once_however_often_the_watch_is_started(tmp_path: Path) -> None:
    async with on_watch(tmp_path) as (watch, clock):
        assert not await report_duty(watch, "1")  # it has not looked round yet
        watch.lookout.surveyed_at = MONDAY
        assert [await report_duty(watch, "1") for _ in range(3)] == [True, False, False]
        clock.moment += 12 * HOUR + timedelta(minutes=59)
        assert not await report_duty(watch, "1")
        with watch.db.read() as c:
            assert get_mark(c, rounds_of_duty.TOLD) == "2026-03-02"
        (only,) = letters(watch)
        assert (only["target"], only["level"], only["merge"]) == ("hook", "operator", "")
        assert only["not_before"] == MONDAY
        watch.lookout.surveyed_at = clock.moment = MONDAY + DAY
        assert await report_duty(watch, "1")
        assert len(letters(watch)) == 2


async def test_it_says_what_was_seen_and_what_was_not(tmp_path: Path) -> None:
    async with on_watch(tmp_path) as (watch, _):
        read_on_saturday(watch)
        count = LaneCount(accounts=3)
        since = MONDAY - DAY
        sight = PlatformSight("weibo", since, PlatformState.BLIND, count=count)
        watch.lookout.sights, watch.lookout.surveyed_at = {"weibo": sight}, MONDAY
        watch.alive_roles = (Role.OPERATOR, Role.CITY)
        with watch.db.write() as c:
            rounds_of_duty.store.set_mark(c, rounds_of_duty.TOLD, "2026-02-27")
        assert await report_duty(watch, "1.2")
        made = letters(watch)
        body = made[0]["body"]
        assert [each["target"] for each in made] == ["hook", "city"]
        for words in (
            "统计2月27日至3月1日（3天）",
            "在办3个，读到1个，未读到2个",
            "新浪微博2个（三亚教育2、三亚教育3）",
            "没有看到不等于没有更新",
            "失明（自2026年3月1日09:00）",
            "采集2次，读到1次，未读到1次（验证码或限流1）；首次见到的信息1条",
            "没有任何采集的日子：2月27日、3月1日",
            "问题：立案1个，结束1个，现未结1个（红1）",
            "2027年放假安排",
            "版本1.2",
            "到时没有收到，即应视为守望或消息通道已停",
            "编号：值守260302-hook",
        ):
            assert words in body, (words, body)
        assert len(made[0]["short"]) <= 70


async def test_a_watch_that_cannot_look_round_says_that_it_does_not_know(tmp_path: Path) -> None:
    async with on_watch(tmp_path, MONDAY + HOUR) as (watch, _):
        assert await report_duty(watch, "1")
        (only,) = letters(watch)
        assert "平台：状态不明" in only["body"]
        assert "没有失明" not in only["body"]


async def test_nobody_is_told_where_nobody_is_to_hear_it(tmp_path: Path) -> None:
    async with on_watch(tmp_path) as (watch, _):
        watch.alive_roles = ()
        assert not await report_duty(watch, "1")
        assert letters(watch) == []


def test_an_empty_watch_says_that_it_watches_nothing() -> None:
    said = duty_words(Duty(date(2026, 3, 1), date(2026, 3, 1)), AROUND, MONDAY)
    assert "没有在办账号，什么也没有监测" in said.body
    assert "统计3月1日全天" in said.body
    assert "守望在运行" in said.title


def test_many_unread_accounts_and_hostile_names_stay_bounded() -> None:
    name = "【假】@所有人 http://evil.cn\n" + "名" * 200
    many = [Watched(name, f"p{n % 40}", "unread") for n in range(5000)]
    found = Duty(date(2026, 3, 1), date(2026, 3, 1), many, {Trouble.BLOCKED.value: 3})
    said = duty_words(replace(found, still_open={Level.RED: 1}), AROUND, MONDAY)
    assert len(said.body) < 12_000
    assert "http://" not in said.body
    assert "@" not in said.body
    assert "5000个账号未读到" in said.title


async def test_counts_are_of_whole_beijing_days(tmp_path: Path) -> None:
    async with on_watch(tmp_path) as (watch, _):
        midnight = datetime(2026, 2, 28, 16, tzinfo=UTC)  # Sunday begins
        with watch.db.write() as c:
            for at in (midnight - timedelta(seconds=1), midnight):
                number = 1 if at < midnight else 2
                key = f"weibo-{number}"
                seen = snapshot(at, post(number, at), key=key)
                record(c, [Reading(key, seen)], at)
        with watch.db.read() as c:
            found = duty(c, date(2026, 3, 1), date(2026, 3, 1), MONDAY)
    assert [each.state for each in found.accounts] == ["unread", "seen", "unread"]
    assert (found.posts, found.readings["complete"]) == (1, 1)
