from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

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
from watcher.model import Outcome, PageRef, Post, Profile, Trouble
from watcher.store import Database, Reading, claim, dossiers, prune, record
from watcher.store.schema import daily, profile_version, reading
from watcher.store.schema import post as posts_table


def test_a_complete_reading_covers_up_to_its_moment(db: Database) -> None:
    register(db)
    seen = read(db, snapshot(T0 + HOUR, post(), reaches=T0 - DAY))
    assert (seen.sight.covered_from, seen.sight.covered_to) == (T0 - DAY, T0 + HOUR)
    assert seen.sight.last_post == post()
    assert seen.sight.pages == (PageRef("https://m.weibo.cn/u/1", 200, "ab" * 32, T0 + HOUR),)
    assert seen.posts[0].post == post()
    assert seen.profile == Profile(handle="1", name="三亚教育1", followers=10)


def test_what_record_returns_is_what_is_kept(db: Database) -> None:
    register(db)
    odd = datetime.fromisoformat("2026-03-02T02:00:00.123456+00:00")
    seen = read(db, snapshot(odd, post(1, odd - HOUR), post(2, odd - DAY, day_only=True)))
    with db.read() as c:
        assert dossiers(c, ["weibo-1"])["weibo-1"] == seen


def test_a_partial_reading_adds_posts_and_proves_nothing_more(db: Database) -> None:
    register(db)
    seen = read(db, partial(T0 + HOUR, post()))
    assert seen.sight.covered_to is None
    assert seen.sight.last_success_at == T0 + HOUR
    assert seen.sight.last_post == post()


def test_a_failure_changes_nothing_but_the_trouble(db: Database) -> None:
    register(db)
    before = read(db, snapshot(T0 + HOUR, post()))
    read(db, failure(T0 + 2 * HOUR))
    after = read(db, failure(T0 + 3 * HOUR, Trouble.UNREACHABLE))
    assert after.sight == replace(
        before.sight,
        last_reading_at=T0 + 3 * HOUR,
        trouble=Trouble.UNREACHABLE,
        trouble_detail="验证码",
        trouble_since=T0 + 2 * HOUR,
        failures=2,
    )
    assert after.posts == before.posts


def test_a_reading_of_a_lease_that_passed_to_another_is_dropped(db: Database) -> None:
    register(db)
    with db.write() as c:
        (first,) = claim(c, {"weibo": 1}, T0, HOUR, "a")
        (second,) = claim(c, {"weibo": 1}, T0 + 2 * HOUR, HOUR, "a")
    late = snapshot(T0 + 2 * HOUR, post())
    assert read(db, late, lease_owner=first.lease_owner) is None
    assert read(db, late, lease_owner=second.lease_owner).sight.last_post == post()


def test_an_unknown_account_is_dropped(db: Database) -> None:
    assert read(db, snapshot(T0, post(), key="weibo-404")) is None


def test_two_readings_of_one_account_in_one_batch_both_count(db: Database) -> None:
    register(db)
    pair: list[Outcome] = [snapshot(T0 + HOUR, post(1)), failure(T0 + 2 * HOUR)]
    with db.write() as c:
        done = record(c, [Reading("weibo-1", one) for one in pair], T0)
        assert c.scalar(sa.select(sa.func.count()).select_from(reading)) == 2
        assert c.execute(sa.select(daily.c.complete, daily.c.blocked)).all() == [(1, 1)]
    assert done["weibo-1"].sight.failures == 1
    assert done["weibo-1"].sight.last_post == post(1)


def test_an_unchanged_list_is_not_written_again_on_the_same_day(db: Database) -> None:
    register(db)
    for hours in (1, 2, 24):
        read(db, snapshot(T0 + hours * HOUR, post(), reaches=T0 - DAY))
        with db.read() as c:
            seen = c.scalar(sa.select(posts_table.c.last_seen))
        assert seen == T0 + (24 if hours == 24 else 1) * HOUR


def test_a_deleted_newest_post_stays_the_last_post_and_is_marked_missing(db: Database) -> None:
    register(db)
    read(db, snapshot(T0 + HOUR, post(1, T0 - DAY), post(2, T0)))
    seen = read(db, snapshot(T0 + 2 * HOUR, post(1, T0 - DAY)))
    assert seen.sight.last_post == post(2, T0)
    assert _missing(db) == {"p1": None, "p2": T0 + 2 * HOUR}
    read(db, snapshot(T0 + 3 * HOUR, post(1, T0 - DAY), post(2, T0)))
    assert _missing(db) == {"p1": None, "p2": None}


def test_a_post_beyond_the_reach_of_the_list_is_not_missing(db: Database) -> None:
    register(db)
    read(db, snapshot(T0 + HOUR, post(1, T0 - 3 * DAY), post(2, T0)))
    read(db, snapshot(T0 + 2 * HOUR, post(2, T0), reaches=T0 - DAY))
    read(db, partial(T0 + 3 * HOUR))
    assert _missing(db) == {"p1": None, "p2": None}


def test_posts_of_another_source_are_not_missed_by_this_one(db: Database) -> None:
    register(db)
    read(db, partial(T0 + HOUR, post(9, T0), source="feed"))
    read(db, snapshot(T0 + 2 * HOUR, post(1, T0)))
    assert _missing(db) == {"p9": None, "p1": None}


def _missing(db: Database) -> dict[str, datetime | None]:
    with db.read() as c:
        rows = c.execute(sa.select(posts_table.c.id, posts_table.c.missing_since))
        return {row.id: row.missing_since for row in rows}


def test_a_post_dated_back_is_seen_through(db: Database) -> None:
    register(db)
    for hours in range(0, 97, 4):
        read(db, snapshot(T0 + hours * HOUR, post(1, T0 - DAY)))
    claimed = T0 + 40 * HOUR
    seen = read(db, snapshot(T0 + 100 * HOUR, post(1, T0 - DAY), post(2, claimed)))
    assert {one.post.id: one.backdatable for one in seen.posts} == {"p1": False, "p2": True}
    again = read(db, snapshot(T0 + 130 * HOUR, post(1, T0 - DAY), post(2, claimed)))
    assert {one.post.id: one.backdatable for one in again.posts} == {"p1": False, "p2": True}


@pytest.mark.parametrize("blind", ["gap", "partial", "other source"])
def test_a_post_found_after_bad_reading_is_not_suspect(db: Database, blind: str) -> None:
    register(db)
    last = 50 if blind == "gap" else 97
    for hours in range(0, last, 4):
        reaches = T0 + (hours - 1) * HOUR if blind == "gap" else None
        read(db, snapshot(T0 + hours * HOUR, post(1, T0 - DAY), reaches=reaches))
    late = snapshot(T0 + 100 * HOUR, post(1, T0 - DAY), post(2, T0 + 40 * HOUR))
    if blind == "partial":
        late = partial(late.at, *late.sighting.posts)
    if blind == "other source":
        late = replace(late, source="feed")
    assert not any(one.backdatable for one in read(db, late).posts)


def test_an_exact_time_is_not_lost_to_a_day(db: Database) -> None:
    register(db)
    read(db, snapshot(T0 + HOUR, post(1, T0)))
    day = datetime.fromisoformat("2026-03-02T00:00:00+08:00")
    seen = read(db, snapshot(T0 + 2 * HOUR, post(1, day, day_only=True)))
    assert (seen.posts[0].post.at, seen.posts[0].post.day_only) == (T0, False)


def test_a_post_from_the_future_is_not_believed_until_then(db: Database) -> None:
    register(db)
    future = post(2, T0 + DAY)
    assert read(db, snapshot(T0 + HOUR, post(1), future)).sight.last_post == post(1)
    assert read(db, snapshot(T0 + 2 * DAY, post(1), future)).sight.last_post == future


def test_a_new_face_begins_a_version_and_silence_about_it_does_not(db: Database) -> None:
    register(db)
    faces = [
        Profile("1", "旧名", bio="简介", followers=5),
        Profile("1", "旧名"),
        Profile("1", "旧名", verified=True, followers=6),
        Profile("1", "新名", verified=True),
    ]
    for hours, face in enumerate(faces, start=1):
        seen = read(db, snapshot(T0 + hours * HOUR, profile=face))
    assert seen.profile == Profile("1", "新名", bio="简介", verified=True, followers=6)
    with db.read() as c:
        columns = (profile_version.c.name, profile_version.c.seen_from, profile_version.c.seen_to)
        rows = c.execute(sa.select(*columns).order_by(columns[1])).all()
    assert rows == [("旧名", T0 + HOUR, T0 + 4 * HOUR), ("新名", T0 + 4 * HOUR, None)]


def test_hostile_values_are_kept_in_a_harmless_form(db: Database) -> None:
    register(db, account(1), account(2))
    wild = Post("x" * 5000, T0, "a\0b\ud800" + "长" * 900, "http://" + "u" * 9000)
    seen = read(db, snapshot(T0 + HOUR, wild, profile=Profile("1", "\0", followers=10**30)))
    kept = seen.posts[0].post
    assert kept.id.startswith("sha256:")
    assert (len(kept.title), "\0" in kept.title, len(kept.url or "")) == (300, False, 2000)
    assert read(db, failure(T0 + DAY)).posts == seen.posts


def test_a_sighting_that_cannot_be_kept_becomes_unreadable(db: Database) -> None:
    register(db)
    seen = read(db, snapshot(T0 + HOUR, post(1, datetime(2026, 3, 1))))  # noqa: DTZ001
    assert seen.sight.trouble is Trouble.UNREADABLE


def test_a_dossier_holds_the_fifteen_newest_posts_of_two_hundred_days(db: Database) -> None:
    register(db)
    many = [post(number, T0 - number * HOUR) for number in range(70)]
    old = post(99, T0 - 300 * DAY)
    seen = read(db, snapshot(T0 + HOUR, old, *many))
    assert [one.post.id for one in seen.posts] == [f"p{number}" for number in range(15)]
    few = read(db, snapshot(T0 + 150 * DAY, many[0]))
    assert len(few.posts) == 15


def test_followers_and_counts_of_a_beijing_day_share_one_row(db: Database) -> None:
    register(db)
    read(db, snapshot(T0, profile=Profile("1", "名", followers=8)))
    read(db, partial(T0 + 14 * HOUR, profile=None))
    read(db, failure(T0 + 15 * HOUR, Trouble.GONE))  # midnight in Beijing
    with db.read() as c:
        rows = c.execute(sa.select(daily).order_by(daily.c.day)).mappings().all()
    assert [(r["complete"], r["partial"], r["gone"], r["followers"]) for r in rows] == [
        (1, 1, 0, 8),
        (0, 0, 1, None),
    ]


def test_the_log_is_pruned_and_the_counts_stay(db: Database) -> None:
    register(db)
    for days in (0, 50, 100):
        read(db, snapshot(T0 + days * DAY))
    with db.write() as c:
        assert prune(c, T0 + 100 * DAY, days=90) == 1
        assert c.scalar(sa.select(sa.func.count()).select_from(reading)) == 2
        assert c.scalar(sa.select(sa.func.count()).select_from(daily)) == 3


def test_validators_are_kept_until_new_ones_come(db: Database) -> None:
    register(db)
    kept = {"https://a.cn/": {"etag": "x", "last_modified": ""}}
    read(db, snapshot(T0), validators=kept)
    read(db, snapshot(T0 + HOUR))
    with db.write() as c:
        (held,) = claim(c, {"weibo": 5}, T0 + HOUR, timedelta(minutes=5), "w")
    assert held.validators == kept
