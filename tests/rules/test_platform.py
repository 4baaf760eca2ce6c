"""When a platform is live, degraded, blind, unconfirmed or closed, and when its layout changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.world import RULES, bj
from watcher.model import (
    Coverage,
    Failure,
    Level,
    Look,
    Outcome,
    Post,
    Profile,
    Sighting,
    Snapshot,
    Trouble,
)
from watcher.rules.platform import AGAIN, Ground, examined, judged, layout_of, looked
from watcher.rules.trust import judge_platforms
from watcher.sight import Canary, LaneCount, Layout, Plan, PlatformSight, PlatformState

NOW = bj("2026-11-23 12:00")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CANARY = Canary("weibo", "2803301701", "人民日报")
PLAN = Plan(title="新浪微博", canary=CANARY)
LANE = PlatformSight("weibo", NOW - HOUR)
WEIBO = frozenset({"weibo", "feed"})


def seen(at: datetime = NOW, name: str = "人民日报", age: timedelta = HOUR, **more: Any) -> Outcome:
    posts = () if age < timedelta(0) else (Post("1", at - age),)
    sighting = Sighting(Profile("2803301701", name), posts, **more)
    return Snapshot("canary-weibo", at, sighting, "weibo")


FAILED = Failure("canary-weibo", NOW, Trouble.BLOCKED, "432", "weibo")


def state(before: PlatformSight = LANE, **ground: Any) -> PlatformState:
    return judged(before, Ground(**ground), NOW).state


def count(read: int, blocked: int = 0, **more: int) -> LaneCount:
    well: dict[str, Any] = {"seen": read - blocked, "complete": read - blocked}
    return LaneCount(accounts=read, read=read, blocked=blocked, **{**well, **more})


# -- the canary ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "trouble"),
    [
        (seen(), None),
        (seen(coverage=Coverage.PARTIAL), None),
        (FAILED, Trouble.BLOCKED),
        (seen(name="某某日常"), Trouble.UNREADABLE),
        (seen(age=timedelta(days=3)), Trouble.UNREADABLE),
        (seen(age=-HOUR), Trouble.BLOCKED),
        (replace(FAILED, trouble=Trouble.GONE), Trouble.GONE),
    ],
    ids=["well", "in part", "wall", "another account", "an old page", "empty", "gone"],
)
def test_a_canary_is_good_when_it_is_itself_and_has_just_spoken(
    outcome: Outcome, trouble: Trouble | None
) -> None:
    assert examined(CANARY, outcome)[0] is trouble


def test_posts_of_the_future_are_no_sign_of_life() -> None:
    sighting = Sighting(Profile("1", "人民日报"), (Post("1", NOW + 3 * HOUR),))
    assert examined(CANARY, Snapshot("c", NOW, sighting, "weibo"))[0] is Trouble.BLOCKED


def test_after_its_first_failure_the_canary_is_looked_at_soon_again() -> None:
    once = looked(LANE, PLAN, FAILED)
    assert once.canary_due_at == NOW + AGAIN
    assert looked(once, PLAN, FAILED).canary_due_at == NOW + PLAN.every
    assert looked(once, PLAN, seen()).canary_failures == 0


def test_one_failure_is_no_blindness_and_two_are() -> None:
    once = looked(LANE, PLAN, FAILED)
    assert state(once, plan=PLAN) is PlatformState.DEGRADED
    assert state(looked(once, PLAN, FAILED), plan=PLAN) is PlatformState.BLIND


def test_one_failure_blinds_where_most_accounts_fail_too() -> None:
    once = looked(LANE, PLAN, FAILED)
    assert state(once, plan=PLAN, count=count(10, blocked=6)) is PlatformState.BLIND
    assert state(once, plan=PLAN, count=count(10, blocked=5)) is PlatformState.DEGRADED


def test_a_good_canary_says_that_the_platform_is_to_be_seen_whoever_fails() -> None:
    good = looked(LANE, PLAN, seen())
    assert state(good, plan=PLAN, count=count(10, blocked=10)) is PlatformState.DEGRADED


# -- without one -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counted", "wanted"),
    [
        (count(0), PlatformState.LIVE),
        (count(10), PlatformState.LIVE),
        (count(10, blocked=2), PlatformState.LIVE),
        (count(10, blocked=3), PlatformState.DEGRADED),
        (count(10, blocked=7), PlatformState.DEGRADED),
        (count(10, blocked=8), PlatformState.BLIND),
        (count(2, blocked=2), PlatformState.DEGRADED),
        (count(3, blocked=3), PlatformState.BLIND),
        (count(10, stood_in=4), PlatformState.DEGRADED),
        (count(10, complete=0), PlatformState.DEGRADED),
    ],
    ids=str,
)
def test_what_the_accounts_say_where_there_is_no_canary(
    counted: LaneCount, wanted: PlatformState
) -> None:
    assert state(count=counted) is wanted


def test_a_blind_platform_stays_blind_until_somebody_is_seen_again() -> None:
    blind = judged(LANE, Ground(count=count(5, blocked=5)), NOW)
    assert state(blind, count=count(0)) is PlatformState.BLIND
    assert state(blind, count=count(2, blocked=2)) is PlatformState.BLIND
    assert state(blind, count=count(3, blocked=1)) is PlatformState.DEGRADED


def test_a_lane_that_cools_down_is_degraded() -> None:
    assert state(cooling=True) is PlatformState.DEGRADED


def test_a_lane_of_partial_sources_is_as_good_as_it_gets() -> None:
    assert state(sighted=False, count=count(5, complete=0)) is PlatformState.LIVE


@pytest.mark.parametrize(
    ("before", "plan", "wanted"),
    [
        (LANE, Plan(), PlatformState.UNCONFIRMED),
        (LANE, Plan(confirmed_by="王一"), PlatformState.LIVE),
        (replace(LANE, confirmed_by="王一"), Plan(), PlatformState.LIVE),
        (looked(LANE, PLAN, seen()), PLAN, PlatformState.LIVE),
        (looked(looked(LANE, PLAN, FAILED), PLAN, FAILED), PLAN, PlatformState.BLIND),
    ],
    ids=["nobody", "configured", "said", "canary", "canary fails"],
)
def test_ways_nobody_proved_are_unconfirmed_until_somebody_does(
    before: PlatformSight, plan: Plan, wanted: PlatformState
) -> None:
    assert state(before, plan=plan, unsure=True) is wanted


def test_a_platform_that_has_shut_down_is_closed_whatever_is_seen() -> None:
    plan = Plan(closed=True, closed_on=date(2026, 4, 1), note="已停止服务")
    after = judged(LANE, Ground(plan, count(10, blocked=10)), NOW)
    assert after.state is PlatformState.CLOSED
    assert "2026-04-01" in after.why


# -- stretches of doubt ----------------------------------------------------------------------


def test_blindness_reaches_back_to_the_last_good_look_and_ends_with_the_next() -> None:
    good = judged(looked(LANE, PLAN, seen(NOW - HOUR)), Ground(PLAN), NOW - HOUR)
    once = judged(looked(good, PLAN, FAILED), Ground(PLAN), NOW)
    assert once.doubts == ((NOW - HOUR, None),)
    twice = judged(
        looked(once, PLAN, replace(FAILED, at=NOW + 10 * MINUTE)), Ground(PLAN), NOW + 10 * MINUTE
    )
    assert twice.state is PlatformState.BLIND
    back = judged(looked(twice, PLAN, seen(NOW + HOUR)), Ground(PLAN), NOW + HOUR + MINUTE)
    assert back.doubts == ((NOW - HOUR, NOW + HOUR),)
    assert back.doubted(NOW)
    assert not back.doubted(NOW - HOUR)
    assert not back.doubted(NOW + HOUR)


def test_without_a_canary_blindness_reaches_back_to_the_first_failure() -> None:
    failing = replace(count(5, blocked=5), failing_since=NOW - 2 * HOUR)
    blind = judged(LANE, Ground(count=failing), NOW)
    assert blind.doubts == ((NOW - 2 * HOUR, None),)
    back = judged(blind, Ground(count=count(5)), NOW + HOUR)
    assert back.doubts == ((NOW - 2 * HOUR, NOW + HOUR),)


looks = st.lists(st.tuples(st.booleans(), st.integers(0, 10)), min_size=1, max_size=40)


@settings(deadline=None, derandomize=True)
@given(looks)
def test_no_reading_between_two_good_looks_with_a_failure_between_them_is_believed(
    history: list[tuple[bool, int]],
) -> None:
    sight, at = LANE, NOW
    goods: list[datetime] = []
    bads: list[datetime] = []
    for good, failing in history:
        at += 30 * MINUTE
        outcome = seen(at) if good else replace(FAILED, at=at)
        (goods if good else bads).append(at)
        sight = judged(looked(sight, PLAN, outcome), Ground(PLAN, count(10, blocked=failing)), at)
        assert sight.accuses is (sight.state in (PlatformState.LIVE, PlatformState.DEGRADED))
    for bad in bads:
        before = max((x for x in goods if x < bad), default=None)
        after = min((x for x in goods if x > bad), default=None)
        assert before is None or sight.doubted(before + MINUTE)
        assert after is None or sight.doubted(after - MINUTE)
        assert after is None or not sight.doubted(after)


# -- the layout ------------------------------------------------------------------------------


def readings(good: int, bad: int, source: str = "weibo") -> list[tuple[Look, ...]]:
    wrong = Look(source, "unreadable", "layout changed: data.cards")
    return [(Look(source, "complete"),)] * good + [(wrong, Look("feed", "partial"))] * bad


@pytest.mark.parametrize(
    ("good", "bad", "changed"),
    [(0, 2, False), (0, 3, True), (3, 3, True), (4, 3, False), (20, 19, False), (20, 20, True)],
)
def test_a_layout_changed_when_half_of_the_accounts_and_three_cannot_be_read(
    good: int, bad: int, changed: bool
) -> None:
    layout = layout_of(readings(good, bad), count(good + bad), NOW, WEIBO)
    assert (layout is not None) is changed
    if layout:
        assert (layout.collector, layout.accounts, layout.of) == ("weibo", bad, good + bad)
        assert layout.missing == "layout changed: data.cards"


def test_a_collector_out_of_service_is_no_change_of_layout() -> None:
    assert layout_of(readings(0, 9), count(9), NOW, frozenset({"feed"})) is None


def test_lists_that_grow_short_together_are_a_change_of_layout() -> None:
    layout = layout_of((), count(10, listed=8, shrunk=4), NOW, WEIBO)
    assert layout is not None
    assert (layout.collector, layout.accounts, layout.of) == ("", 4, 8)
    assert layout_of((), count(10, listed=9, shrunk=4), NOW, WEIBO) is None


def test_a_change_of_layout_ends_when_most_can_be_read_and_not_when_fewer_are_tried() -> None:
    before = layout_of(readings(0, 4), count(4), NOW, WEIBO)
    assert before is not None
    assert layout_of(readings(1, 1), count(2), NOW, WEIBO, before) is not None
    assert layout_of((), count(0), NOW, WEIBO, before) is before
    assert layout_of(readings(3, 1), count(4), NOW, WEIBO, before) is None


def test_a_changed_layout_degrades_accuses_nobody_and_keeps_its_page() -> None:
    layout = Layout("weibo", "data.cards", 4, 5, NOW, "https://m.weibo.cn/", "ab" * 32, "evidence")
    first = judged(LANE, Ground(layout=layout), NOW)
    assert first.state is PlatformState.DEGRADED
    assert not first.accuses
    again = Layout("weibo", "data.cards", 5, 5, NOW + HOUR)
    later = judged(first, Ground(layout=again), NOW + HOUR)
    assert later.layout == replace(layout, accounts=5)


# -- the operators' cases --------------------------------------------------------------------


def test_one_case_a_platform_and_a_changed_layout_goes_before_blindness() -> None:
    blind = replace(LANE, state=PlatformState.BLIND, why="参照账号读不到")
    changed = replace(blind, platform="douyin", layout=Layout("douyin", "x", 4, 5, NOW))
    closed = replace(LANE, platform="weishi", state=PlatformState.CLOSED)
    fine = replace(LANE, platform="feed")
    plans = {"weibo": PLAN, "weishi": Plan(closed=True)}
    found = list(judge_platforms([blind, changed, closed, fine], plans, NOW, RULES))
    assert [(f.rule, f.account, f.subject, f.level) for f in found] == [
        ("SYS-03", "", "weibo", Level.OPERATOR),
        ("SYS-04", "", "douyin", Level.OPERATOR),
    ]
    assert found[0].facts["canary"] == "人民日报"
    assert found[1].facts["missing"] == "x"
