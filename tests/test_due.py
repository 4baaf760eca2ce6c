"""When to look again: after now, never too late, the same after a restart, right after a mark."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.world import CAL, DAY, HOUR, RULES, account, bj, dossier, post
from watcher.due import Cadence, next_check
from watcher.faces import NO_FACE, observe
from watcher.model import (
    Dossier,
    FiledState,
    Profile,
    Sight,
    Sighting,
    Snapshot,
    Trouble,
)

CADENCE = Cadence()
MINUTE = timedelta(minutes=1)


def after(d: Dossier, now: datetime, retry_after: float | None = None) -> timedelta:
    return next_check(d, now, RULES, CAL, CADENCE, retry_after) - now


def failed(trouble: Trouble, failures: int, key: str = "weibo-1") -> Dossier:
    at = bj("2026-03-04 10:00")
    sight = Sight(watched_since=at, last_reading_at=at, trouble=trouble, failures=failures)
    return Dossier(account(key=key), sight)


def test_an_account_that_posts_is_read_within_the_base_cadence() -> None:
    now = bj("2026-03-04 10:00")
    wait = after(dossier(post(now - HOUR), read_at=now), now)
    assert 3.6 * HOUR <= wait <= 4 * HOUR


def test_a_lively_account_may_be_read_less_often() -> None:
    now = bj("2026-03-04 10:00")
    cadence = Cadence(lively=8 * HOUR)
    for age, most in ((HOUR, 8 * HOUR), (4 * DAY, 4 * HOUR)):
        due = next_check(dossier(post(now - age), read_at=now), now, RULES, CAL, cadence)
        assert 0.9 * most <= due - now <= most


@pytest.mark.parametrize(
    ("posted", "mark"),
    [
        ("2026-03-01 20:00", "2026-03-05 10:00"),  # Thursday of an empty week
        ("2026-03-01 20:00", "2026-03-09 00:00"),  # its end
        ("2026-03-02 09:30", "2026-03-12 09:30"),  # 10 days
        ("2026-03-02 09:30", "2026-03-15 09:30"),  # 13
        ("2026-03-02 09:30", "2026-03-16 09:30"),  # 14
        ("2026-03-02 09:30", "2026-04-01 09:30"),  # 30
        ("2026-03-02 09:30", "2026-05-31 09:30"),  # 90
    ],
)
def test_a_reading_falls_just_after_each_mark(posted: str, mark: str) -> None:
    for number in range(20):
        now, at = bj(mark) - 30 * MINUTE, bj(mark)
        who = account(key=f"weibo-{number}")
        due = next_check(dossier(post(bj(posted)), read_at=now, who=who), now, RULES, CAL, CADENCE)
        assert at < due <= at + 2 * MINUTE


def test_a_week_that_has_its_post_has_no_marks() -> None:
    now = bj("2026-03-05 09:30")
    assert after(dossier(post(bj("2026-03-02 09:30")), read_at=now), now) > 3 * HOUR


def test_the_last_day_before_a_limit_is_read_hourly() -> None:
    now = bj("2026-03-15 20:00")
    assert after(dossier(post(bj("2026-03-02 09:30")), read_at=now), now) <= HOUR


def test_an_account_that_owes_no_updates_has_no_marks() -> None:
    now = bj("2026-03-16 09:00")
    who = account(filed_state=FiledState.SUSPENDED)
    assert after(dossier(post(bj("2026-03-02 09:30")), read_at=now, who=who), now) > 3 * HOUR


def test_where_nobody_answers_readings_resume_within_two_hours() -> None:
    now = bj("2026-03-04 10:00")
    assert after(failed(Trouble.UNREACHABLE, 30), now) <= 2 * HOUR
    assert after(failed(Trouble.UNREACHABLE, 1), now) <= 10 * MINUTE


def test_failures_back_off_from_ten_minutes_to_six_hours() -> None:
    waits = [after(failed(Trouble.BLOCKED, n), bj("2026-03-04 10:00")) for n in range(1, 30)]
    assert 8.5 * MINUTE <= waits[0] <= 10 * MINUTE
    assert all(a <= b for a, b in pairwise(waits))
    assert 5 * HOUR < waits[-1] <= 6 * HOUR


def test_a_platform_that_says_when_to_come_back_is_heard_within_reason() -> None:
    now, d = bj("2026-03-04 10:00"), failed(Trouble.BLOCKED, 1)
    assert after(d, now, retry_after=3600) == HOUR
    assert after(d, now, retry_after=1e300) == DAY
    assert after(d, now, retry_after=-5) <= 10 * MINUTE


@pytest.mark.parametrize("trouble", [Trouble.GONE, Trouble.BANNED])
def test_a_vanished_account_is_looked_at_again_after_six_to_eight_hours(trouble: Trouble) -> None:
    for key in map(str, range(20)):
        wait = after(failed(trouble, 5, key), bj("2026-03-04 10:00"))
        assert 6 * HOUR <= wait <= 8 * HOUR


def test_first_readings_are_spread_and_do_not_stampede() -> None:
    now = bj("2026-03-04 10:00")
    waits = [after(Dossier(account(key=f"a{n}"), Sight()), now) for n in range(1000)]
    tenths = [sum(int(wait / CADENCE.spread * 10) == n for wait in waits) for n in range(10)]
    assert min(tenths) > 60
    assert max(tenths) < 150


@settings(deadline=None)
@given(
    key=st.text(max_size=8),
    posted=st.integers(0, 120 * 24 * 60),
    lag=st.integers(0, 48 * 60),
    trouble=st.sampled_from([None, *Trouble]),
    failures=st.integers(0, 10_000),
    read=st.booleans(),
    state=st.sampled_from(FiledState),
)
def test_the_next_look_is_always_ahead_never_too_far_and_always_the_same(
    key: str,
    posted: int,
    lag: int,
    trouble: Trouble | None,
    failures: int,
    read: bool,
    state: FiledState,
) -> None:
    now = bj("2026-05-01 10:00")
    who = account(key=key, filed_state=state)
    d = dossier(post(now - posted * MINUTE), read_at=now - lag * MINUTE, who=who)
    sight = replace(d.sight, trouble=trouble, failures=failures) if read else Sight()
    d = replace(d, sight=sight)
    due = next_check(d, now, RULES, CAL, CADENCE)
    assert now < due <= now + CADENCE.longest
    assert due == next_check(d, now, RULES, CAL, CADENCE)


# -- a face seen otherwise -----------------------------------------------------------------------

PLAIN = Profile("1", "三亚旅文", "简介", "a.jpg", True)


def looked(*faces: Profile, sources: tuple[str, ...] = (), key: str = "weibo-1") -> Dossier:
    """An account that was read once an hour and showed these faces, in turn by these sources."""
    begun, face = bj("2026-03-04 10:00"), NO_FACE
    for number, shown in enumerate(faces):
        source = sources[number] if sources else "weibo"
        at = begun + number * HOUR
        seen = Snapshot(key, at, Sighting(shown), source)
        face = observe(face, seen, {"name": PLAIN.name, "bio": "简介"}, False)
    last = begun + (len(faces) - 1) * HOUR
    d = dossier(post(begun - HOUR), read_at=last, who=account(key=key))
    sight = replace(d.sight, last_reading_at=last, last_success_at=last)
    return replace(d, sight=sight, face=face)


def test_a_first_difference_is_looked_at_again_within_half_a_minute_to_two() -> None:
    other = replace(PLAIN, bio="新简介")
    waits = set()
    for number in range(20):
        d = looked(PLAIN, PLAIN, other, key=f"weibo-{number}")
        now = bj("2026-03-04 12:00")
        waits.add(wait := after(d, now))
        assert timedelta(seconds=30) <= wait <= timedelta(seconds=120)
        assert after(d, now) == wait  # the same after a restart
    assert len(waits) > 15


@pytest.mark.parametrize(
    "faces",
    [
        (PLAIN, PLAIN),
        (PLAIN, PLAIN, *[replace(PLAIN, bio="新简介")] * 2),
        (PLAIN, PLAIN, replace(PLAIN, bio="新简介"), PLAIN),
        (PLAIN, PLAIN, replace(PLAIN, bio=" 简 介 ")),
    ],
    ids=["no difference", "confirmed", "refuted", "noise"],
)
def test_what_is_settled_is_looked_at_in_its_own_time(faces: tuple[Profile, ...]) -> None:
    assert after(looked(*faces), bj("2026-03-04 13:00")) > HOUR


def test_a_difference_that_the_next_source_does_not_show_is_looked_at_once() -> None:
    other, silent = replace(PLAIN, bio="新简介"), replace(PLAIN, bio=None)
    d = looked(PLAIN, PLAIN, other, silent)
    assert d.face is not None
    assert d.face.features["bio"].next is not None
    assert after(d, bj("2026-03-04 13:00")) > HOUR


def test_a_difference_does_not_hurry_an_account_behind_a_wall() -> None:
    d = looked(PLAIN, PLAIN, replace(PLAIN, bio="新简介"))
    blocked = replace(d, sight=replace(d.sight, trouble=Trouble.BLOCKED, failures=1))
    assert after(blocked, bj("2026-03-04 12:00")) >= 0.85 * CADENCE.retry_first
