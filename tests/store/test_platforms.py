"""What is kept of each platform, and how its accounts are counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.store.given import (
    DAY,
    HOUR,
    T0,
    account,
    failure,
    partial,
    post,
    read,
    register,
    snapshot,
)
from watcher.model import Look, Trouble
from watcher.sight import LaneCount, Layout, PlatformSight, PlatformState
from watcher.store import (
    Database,
    confirm_platform,
    due_for_judging,
    judge_lane,
    lane_counts,
    lane_looks,
    platform_sights,
    save_platform_sights,
)

FULL = PlatformSight(
    "weibo",
    T0,
    PlatformState.BLIND,
    "参照账号连续2次未能正常读到",
    canary_due_at=T0 + HOUR,
    canary_at=T0,
    canary_ok_at=T0 - HOUR,
    canary_trouble=Trouble.BLOCKED,
    canary_detail="432",
    canary_failures=2,
    canary_partial=True,
    doubts=((T0 - 2 * DAY, T0 - DAY), (T0 - HOUR, None)),
    layout=Layout("weibo", "data.cards", 4, 5, T0, "https://m.weibo.cn/", "ab" * 32, "evidence/ab"),
    walls=2,
    closed_until=T0 + HOUR,
)


def kept(db: Database) -> dict[str, PlatformSight]:
    with db.read() as c:
        return dict(platform_sights(c))


def save(db: Database, *sights: PlatformSight) -> None:
    with db.write() as c:
        save_platform_sights(c, sights)


def counted(db: Database, hours: float = 1) -> LaneCount:
    with db.read() as c:
        return lane_counts(c, T0 + hours * HOUR, T0)["weibo"]


def test_a_sight_comes_back_as_it_was_kept(db: Database) -> None:
    plain = PlatformSight("douyin", T0)
    save(db, FULL, plain)
    assert kept(db) == {"weibo": FULL, "douyin": plain}
    save(db, replace(plain, state=PlatformState.DEGRADED), replace(FULL, layout=None, doubts=()))
    assert kept(db)["douyin"].state is PlatformState.DEGRADED
    assert kept(db)["weibo"].layout is None
    save(db)


def test_who_confirmed_a_platform_outlives_what_is_judged_of_it(db: Database) -> None:
    save(db, FULL)
    with db.write() as c:
        confirm_platform(c, "weibo", "王一", T0)
        confirm_platform(c, "weishi", "李二", T0)
    save(db, replace(FULL, why="仍未读到"))
    assert kept(db)["weibo"] == replace(FULL, why="仍未读到", confirmed_by="王一")
    assert kept(db)["weishi"] == PlatformSight("weishi", T0, confirmed_by="李二")


def test_the_accounts_of_a_lane_are_counted_by_what_their_last_reading_came_to(
    db: Database,
) -> None:
    register(db, *(account(n) for n in range(1, 8)))
    at = T0 + 2 * HOUR
    read(db, snapshot(at, post(1), key="weibo-1"))
    read(db, partial(at, post(1), key="weibo-2"))
    read(db, replace(partial(at, post(1), key="weibo-3"), trouble=Trouble.BLOCKED))
    for number, trouble in (
        (4, Trouble.BLOCKED),
        (5, Trouble.UNREADABLE),
        (6, Trouble.UNREACHABLE),
        (7, Trouble.GONE),
    ):
        read(db, failure(at, trouble, f"weibo-{number}"))
    assert counted(db) == LaneCount(
        accounts=7,
        read=7,
        seen=3,
        stood_in=1,
        complete=1,
        blocked=1,
        unreadable=1,
        unreachable=1,
        failing_since=at,
    )
    assert counted(db, 3) == LaneCount(accounts=7, complete=1)


def test_an_account_that_has_failed_for_long_says_nothing_of_when_it_began(db: Database) -> None:
    register(db)
    read(db, failure(T0 + HOUR))
    read(db, failure(T0 + 9 * HOUR))
    found = counted(db, 5)
    assert (found.blocked, found.failing_since) == (1, None)


def test_lists_are_short_that_show_less_than_half_of_what_they_used_to(db: Database) -> None:
    register(db, account(1), account(2), account(3))
    for hours, size in ((1, 10), (2, 10), (3, 4)):
        posts = [post(n, T0 - n * HOUR) for n in range(1, size + 1)]
        read(db, snapshot(T0 + hours * HOUR, *posts, key="weibo-1"))
        read(db, snapshot(T0 + hours * HOUR, *posts[:2], key="weibo-2"))
    found = counted(db)
    assert (found.listed, found.shrunk) == (1, 1)


def test_the_looks_of_a_lane_are_those_of_its_last_readings(db: Database) -> None:
    register(db, account(1), account(2), account(3, platform="douyin"))
    for number in (1, 3):
        key = f"weibo-{number}"
        seen = replace(failure(T0 + HOUR, key=key), looks=(Look("weibo", "unreadable", "cards"),))
        read(db, seen)
    with db.read() as c:
        (looks,) = lane_looks(c, "weibo", T0)
        assert lane_looks(c, "weibo", T0 + timedelta(hours=2)) == ()
    assert looks == (Look("weibo", "unreadable", "cards"),)


def test_the_accounts_of_a_lane_are_judged_anew_and_no_others(db: Database) -> None:
    register(db, account(1), account(2, enabled=False), account(3, platform="douyin"))
    with db.write() as c:
        assert judge_lane(c, "weibo", T0) == 1
    with db.read() as c:
        assert due_for_judging(c, T0) == ("weibo-1",)
