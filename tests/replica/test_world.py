from datetime import UTC, date, datetime, timedelta

import pytest

from collectors import discover
from tests.replica.stage import DAY, NOW, play
from watcher.replica.roster import PARTS
from watcher.replica.sample import sample
from watcher.replica.simulated import simulated_world
from watcher.replica.timetable import regular
from watcher.replica.world import Act, Item, Scene, actor, posts_until, view, world

START = datetime(2026, 11, 8, 16, tzinfo=UTC)


def test_two_samples_of_one_start_are_the_same():
    one, other = sample(START), sample(START)
    assert repr(one) == repr(other)
    assert one.accounts == other.accounts


def test_the_simulated_world_follows_from_its_seed_alone():
    until = START + timedelta(days=15)
    assert repr(simulated_world(3, 20, START, until)) == repr(simulated_world(3, 20, START, until))
    assert repr(simulated_world(3, 20, START, until)) != repr(simulated_world(4, 20, START, until))


def test_the_accounts_of_the_sample_have_keys_and_collectors_of_their_own():
    accounts = sample(START).accounts
    assert len({a.key for a in accounts}) == len(accounts) == len(PARTS)
    assert {s.collector for a in accounts for s in a.sources} <= set(discover())
    assert len({a.platform for a in accounts}) >= 6


def test_every_office_of_the_sample_is_one_that_exists():
    offices = {
        "city_office", "haitang_office", "jiyang_office", "tianya_office", "yazhou_office",
        "yucai_office", "police_office", "tourism_office", "education_office", "health_office",
        "hrss_office", "transport_office", "market_office", "emergency_office",
    }  # fmt: skip
    for unit in sample(START).units:
        assert {unit.daily_supervisor, unit.approval_authority} <= offices
        assert unit.first_reviewer in offices | {""}


@pytest.mark.parametrize(
    ("scene", "days"),
    [
        (Scene.SILENT_9, 9),
        (Scene.SILENT_13, 13),
        (Scene.SILENT_15, 15),
        (Scene.SILENT_40, 40),
        (Scene.SILENT_100, 100),
    ],
)
def test_a_silence_of_n_days_is_that_old_when_its_act_begins(scene, days):
    _, one = play("weibo", scene, begins=NOW)
    age = NOW - max(p.at for p in posts_until(one, NOW))
    assert timedelta(days=days) <= age < timedelta(days=days + 3)
    assert posts_until(one, NOW) == posts_until(one, NOW + 10 * DAY)


def test_a_silence_that_ends_is_followed_by_posts():
    posts = regular("x", date(2026, 6, 1), date(2026, 12, 1), 1.0)
    one = actor("weibo", "9900000001", "x", posts, acts=(Act(Scene.SILENT_9, NOW, NOW + 2 * DAY),))
    assert posts_until(one, NOW + 4 * DAY)[0].at >= NOW + 2 * DAY


def test_a_pinned_old_post_stands_above_newer_ones():
    _, one = play("weibo", Scene.PINNED_OLD)
    posts = posts_until(one, NOW)
    assert posts[0].at < posts[1].at
    assert [p.at for p in posts[1:]] == sorted((p.at for p in posts[1:]), reverse=True)


def test_a_pinned_post_may_be_the_newest_of_all():
    _, one = play("weibo", Scene.PINNED_NEWEST, Scene.SILENT_15)
    seen = view(one, NOW)
    assert seen.is_pinned(seen.posts()[0])
    assert all(p.at < seen.posts()[0].at for p in seen.posts()[1:])


def test_the_newest_post_is_deleted_and_the_older_ones_stay():
    _, one = play("weibo", Scene.NEWEST_DELETED, every=5.0)
    before, after = posts_until(one, NOW - DAY - timedelta(seconds=1)), posts_until(one, NOW)
    assert before[0] not in after
    assert set(before[1:]) <= set(after)


def test_a_backdated_post_is_not_there_before_it_is_shown():
    late = Item(0, NOW - 5 * DAY, "补发", shown=NOW)
    one = actor("weibo", "9900000001", "x", [late])
    assert posts_until(one, NOW - timedelta(seconds=1)) == ()
    assert posts_until(one, NOW) == (late,)


def test_nothing_of_the_future_is_ever_shown():
    for one in sample(START).world.actors.values():
        assert all(p.visible_from <= NOW for p in posts_until(one, NOW))


def test_an_act_that_has_ended_leaves_no_trace():
    one = actor("weibo", "9900000001", "x", [], acts=(Act(Scene.CAPTCHA, NOW - DAY, NOW),))
    assert view(one, NOW - timedelta(seconds=1)).scenes == {Scene.CAPTCHA}
    assert view(one, NOW).scenes == frozenset()


def test_two_actors_of_one_handle_are_refused():
    one = actor("weibo", "9900000001", "x", [])
    with pytest.raises(ValueError, match="weibo-9900000001"):
        world([one, one])
