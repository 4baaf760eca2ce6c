"""Absences: only answered looks add up, each source by itself, and a return is remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from watcher.model import (
    Coverage,
    Failure,
    Look,
    Profile,
    Sight,
    Sighting,
    Snapshot,
    Trouble,
)
from watcher.store.sights import advance

START = datetime(2026, 3, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def failed(hours: float, *said: str) -> Failure:
    looks = tuple(Look(f"s{n}", each) for n, each in enumerate(said))
    return Failure("a", START + hours * HOUR, Trouble(said[0]), "said", "s0", looks=looks)


def seen(hours: float, source: str = "s0") -> Snapshot:
    sighting = Sighting(Profile("1", "三亚旅文"), (), Coverage.COMPLETE)
    return Snapshot("a", START + hours * HOUR, sighting, source)


def after(*outcomes: Failure | Snapshot, ended: bool = False) -> Sight:
    sight = Sight()
    for outcome in outcomes:
        sight = advance(sight, outcome, ended=ended)
    return sight


def test_each_source_that_says_gone_is_counted_by_itself() -> None:
    sight = after(failed(0, "gone", "gone"), failed(8, "gone", "blocked"), failed(16, "gone"))
    assert sight.absent_by == {"s0": 2, "s1": 1}
    assert (sight.absent_looks, sight.absent_last) == (2, START + 16 * HOUR)


def test_bans_are_counted_apart_from_absences() -> None:
    sight = after(failed(0, "banned"), failed(8, "banned"), failed(9, "gone"))
    assert sight.banned is not None
    assert (sight.banned.since, sight.banned.until) == (START, START + 8 * HOUR)
    assert (sight.banned.looks, sight.banned.by) == (2, {"s0": 2})
    assert sight.absent_looks == 1


def test_being_seen_ends_both() -> None:
    sight = after(failed(0, "banned"), failed(1, "gone"), seen(2))
    assert sight.banned is None
    assert (sight.absent_by, sight.absent_last, sight.absent_before) == ({}, None, None)


def test_a_deregistered_account_that_is_seen_again_keeps_its_best_absence() -> None:
    gone = [failed(hours, "gone") for hours in (0, 12, 24)]
    sight = after(*gone, seen(30), failed(40, "gone"), seen(50), ended=True)
    assert sight.absent_before is not None
    assert (sight.absent_before.since, sight.absent_before.looks) == (START, 3)
    assert advance(sight, seen(60)).absent_before is None  # it is active again


def test_an_article_that_outlives_its_account_is_no_return() -> None:
    gone = [failed(hours, "gone") for hours in (0, 12, 24)]
    sight = after(*gone, seen(30, "pasted:wechat_article"), ended=True)
    assert (sight.absent_looks, sight.absent_before) == (3, None)


@given(st.lists(st.sampled_from(["blocked", "unreachable", "unreadable"]), max_size=12))
def test_looks_that_were_not_answered_never_count(said: list[str]) -> None:
    sight = after(*(failed(n, each) for n, each in enumerate(said)))
    mixed = after(*(failed(n, "gone", each) for n, each in enumerate(said)))
    for each in (sight, mixed):
        assert (each.absent_looks, each.absent_by, each.banned) == (0, {}, None)
