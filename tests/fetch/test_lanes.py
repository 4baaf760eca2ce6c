"""A lane is polite, whatever happens to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.fetch.lanes import (
    FIRST_REST,
    LONGEST_RETRY_AFTER,
    Lane,
    finished,
    jitter,
    opens_at,
    room,
    started,
    state,
)
from watcher.model import Pace, Trouble

NOW = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FAST = Lane("p", Pace(gap=0.0, concurrency=5))


def end(lane: Lane, trouble: Trouble | None, retry_after: float | None = None) -> Lane:
    return finished(started(lane, "k", NOW), NOW, trouble, retry_after)


def walled() -> Lane:
    lane = FAST
    for _ in range(3):
        lane = end(lane, Trouble.BLOCKED)
    return lane


def test_starts_keep_the_gap_and_a_little_more() -> None:
    lane = started(Lane("p", Pace(gap=6.0, concurrency=2)), "k", NOW)
    assert room(lane, NOW + timedelta(seconds=5.9)) == 0
    assert room(lane, NOW + timedelta(seconds=9)) == 1
    assert NOW + timedelta(seconds=6) <= opens_at(lane, NOW) <= NOW + timedelta(seconds=9)


def test_without_a_gap_all_places_are_free_at_once() -> None:
    assert room(FAST, NOW) == 5
    assert room(started(FAST, "k", NOW), NOW) == 4


def test_three_walls_in_a_row_close_the_lane() -> None:
    twice = end(end(FAST, Trouble.BLOCKED), Trouble.BLOCKED)
    assert state(twice, NOW) == "open"
    assert state(end(end(twice, None), Trouble.BLOCKED), NOW) == "open", "a success between"
    lane = end(twice, Trouble.BLOCKED)
    assert state(lane, NOW) == "cooling"
    assert room(lane, NOW) == 0
    assert opens_at(lane, NOW) == NOW + FIRST_REST


def test_a_platform_that_says_when_closes_it_at_once_and_for_that_long() -> None:
    assert opens_at(end(FAST, Trouble.BLOCKED, 3600.0), NOW) == NOW + 60 * MINUTE
    assert opens_at(end(FAST, Trouble.BLOCKED, 1.0), NOW) == NOW + 15 * MINUTE
    assert opens_at(end(FAST, Trouble.BLOCKED, 1e9), NOW) == NOW + LONGEST_RETRY_AFTER


def test_after_the_rest_one_probe_decides() -> None:
    lane, later = walled(), NOW + 15 * MINUTE
    assert (state(lane, later), room(lane, later)) == ("probing", 1)
    lane = started(lane, "k", later)
    assert lane.probing
    assert room(lane, later + MINUTE) == 0, "only one"
    assert room(finished(lane, later, None), later) == 5
    assert state(finished(lane, later, Trouble.GONE), later) == "open"
    for trouble in (Trouble.BLOCKED, Trouble.UNREACHABLE, Trouble.UNREADABLE):
        again = finished(lane, later, trouble)
        assert opens_at(again, later) == later + 30 * MINUTE


def test_the_rest_doubles_up_to_four_hours() -> None:
    lane, now, rests = walled(), NOW, []
    for _ in range(6):
        now = opens_at(lane, now)
        lane = finished(started(lane, "k", now), now, Trouble.BLOCKED)
        rests.append((opens_at(lane, now) - now) // MINUTE)
    assert rests == [30, 60, 120, 240, 240, 240]


def test_what_began_before_the_wall_neither_opens_nor_doubles_it() -> None:
    lane = replace(walled(), inflight=2)
    assert state(finished(lane, NOW, None), NOW) == "cooling"
    assert opens_at(finished(lane, NOW, Trouble.BLOCKED), NOW) == NOW + FIRST_REST
    later = NOW + 15 * MINUTE
    assert room(lane, later) == 0, "no probe while another reading is under way"


def test_ending_what_never_began_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no reading"):
        finished(FAST, NOW, None)


def test_jitter_is_the_same_on_every_machine() -> None:
    assert round(jitter("weibo-2803301701"), 4) == round(jitter("weibo-2803301701"), 4)
    assert len({jitter(str(n)) for n in range(100)}) == 100
    assert all(0 <= jitter(str(n)) < 1 for n in range(100))


steps = st.lists(
    st.tuples(
        st.sampled_from(["start", "end"]),
        st.floats(0, 4000),
        st.sampled_from([None, *Trouble]),
        st.one_of(st.none(), st.floats(0, 1e7)),
    ),
    max_size=60,
)


@given(steps, st.integers(1, 4), st.sampled_from([0.0, 6.0, 30.0]))
def test_in_whatever_order_things_happen_the_lane_stays_polite(
    sequence: list[tuple[str, float, Trouble | None, float | None]], places: int, gap: float
) -> None:
    lane, now, last = Lane("p", Pace(gap, places)), NOW, None
    for what, passed, trouble, retry_after in sequence:
        now += timedelta(seconds=passed)
        free = room(lane, now)
        assert 0 <= free <= places
        if what == "start" and free:
            assert state(lane, now) != "cooling"
            assert last is None or (now - last).total_seconds() >= gap
            assert state(lane, now) == "open" or lane.inflight == 0
            lane, last = started(lane, str(now), now), now
        elif what == "end" and lane.inflight:
            lane = finished(lane, now, trouble, retry_after)
            if retry_after and not free:
                assert opens_at(lane, now) >= now
        assert opens_at(lane, now) - now <= LONGEST_RETRY_AFTER
        assert 0 <= lane.inflight <= places
        assert lane.probing <= (lane.inflight == 1)
    quiet = opens_at(lane, now)
    for _ in range(lane.inflight):
        lane = finished(lane, quiet, None)
    assert room(lane, opens_at(lane, quiet)) >= 1, "no lane stays closed for good"
