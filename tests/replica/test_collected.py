"""The replica read by the collectors themselves, through the real fetcher."""

from datetime import timedelta

import pytest

from tests.replica.stage import DAY, NOW, play, read, trouble
from watcher.model import CollectError, Coverage, Trouble
from watcher.replica.world import Scene, posts_until, view


async def test_weibo_is_read_completely_and_to_the_second():
    sighting, one = await read("weibo")
    own = posts_until(one, NOW)
    assert sighting.coverage is Coverage.COMPLETE
    assert [p.at for p in sighting.posts] == [p.at.replace(microsecond=0) for p in own[:10]]
    assert [p.repost for p in sighting.posts] == [p.repost for p in own[:10]]
    assert sighting.reaches == min(p.at for p in sighting.posts)
    assert sighting.profile.name == "三亚试验"
    assert sighting.profile.post_count == len(own)


async def test_weibos_newest_post_is_found_below_an_old_pinned_one():
    sighting, one = await read("weibo", Scene.PINNED_OLD)
    assert max(p.at for p in sighting.posts) == max(p.at for p in posts_until(one, NOW))
    assert [p.pinned for p in sighting.posts][:2] == [True, False]


async def test_weibos_newest_post_may_be_the_pinned_one():
    sighting, _ = await read("weibo", Scene.PINNED_NEWEST, Scene.SILENT_15)
    newest = max(sighting.posts, key=lambda p: p.at)
    assert newest.pinned
    assert NOW - newest.at >= timedelta(days=15)


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (Scene.CAPTCHA, Trouble.BLOCKED),
        (Scene.LOGIN_WALL, Trouble.BLOCKED),
        (Scene.STATUS_432, Trouble.BLOCKED),
        (Scene.EMPTY_BODY, Trouble.BLOCKED),
        (Scene.TOO_MANY, Trouble.BLOCKED),
        (Scene.REDIRECT_LOOP, Trouble.BLOCKED),
        (Scene.GUEST_HIDES, Trouble.BLOCKED),
        (Scene.WRONG_ACCOUNT, Trouble.UNREADABLE),
        (Scene.LAYOUT_CHANGED, Trouble.UNREADABLE),
        (Scene.HUGE, Trouble.UNREADABLE),
        (Scene.BOMB, Trouble.UNREADABLE),
        (Scene.SLOW, Trouble.UNREACHABLE),
        (Scene.HANG, Trouble.UNREACHABLE),
        (Scene.SERVER_ERROR, Trouble.UNREACHABLE),
    ],
)
async def test_weibo_could_not_be_read(scene, expected):
    assert await trouble("weibo", scene) is expected


@pytest.mark.parametrize("platform", ["weibo", "wechat_api", "wechat", "feed", "govsite"])
@pytest.mark.parametrize("scene", [s for s in Scene if "silent" not in s and s != "normal"])
async def test_no_scene_ever_makes_an_old_account_look_empty(platform, scene):
    try:
        sighting, _ = await read(platform, scene)
    except CollectError:
        return  # it could not be read, and said so
    assert sighting.posts or sighting.coverage is Coverage.PARTIAL


async def test_the_official_api_speaks_to_the_end_of_yesterday():
    sighting, one = await read("wechat_api")
    days = {p.at for p in sighting.posts}
    assert sighting.coverage is Coverage.COMPLETE
    assert sighting.until.isoformat() == "2026-11-09T16:00:00+00:00"
    assert all(p.day_only for p in sighting.posts)
    recent = [p for p in posts_until(one, sighting.until) if p.at >= sighting.reaches]
    assert len(sighting.posts) == len(recent)
    assert len(days) <= len(recent)


async def test_the_official_api_before_eight_speaks_to_the_day_before():
    sighting, _ = await read("wechat_api", now=NOW - timedelta(hours=5))
    assert sighting.until.isoformat() == "2026-11-08T16:00:00+00:00"


async def test_the_official_api_without_permission_is_blocked():
    assert await trouble("wechat_api", Scene.NOT_PERMITTED) is Trouble.BLOCKED


async def test_an_album_adds_posts_and_proves_no_silence():
    sighting, one = await read("wechat", source=0)
    assert sighting.coverage is Coverage.PARTIAL
    assert {p.at for p in sighting.posts} <= {p.at for p in posts_until(one, NOW)}


async def test_pasted_articles_of_both_templates_are_read():
    for every in (1.0, 1.7, 2.3):
        sighting, one = await read("wechat", source=1, every=every)
        newest = sorted(p.at for p in posts_until(one, NOW))[-3:]
        assert sorted(p.at for p in sighting.posts) == newest
        assert sighting.profile.name == "三亚试验"


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (Scene.BANNED, Trouble.BANNED),
        (Scene.GONE, Trouble.GONE),
        (Scene.CAPTCHA, Trouble.BLOCKED),
        (Scene.WRONG_ACCOUNT, Trouble.UNREADABLE),
    ],
)
async def test_article_pages_tell_what_became_of_the_account(scene, expected):
    assert await trouble("wechat", scene, source=1) is expected


async def test_a_feed_adds_posts_and_proves_no_silence():
    sighting, one = await read("feed")
    assert sighting.coverage is Coverage.PARTIAL
    assert len(sighting.posts) == 20
    assert max(p.at for p in sighting.posts) == posts_until(one, NOW)[0].at


async def test_a_foreign_feed_is_refused():
    assert await trouble("feed", Scene.WRONG_ACCOUNT) is Trouble.UNREADABLE


async def test_a_government_column_is_read_with_the_minute_of_its_newest_article():
    sighting, one = await read("govsite")
    newest = max(sighting.posts, key=lambda p: p.latest)
    assert newest.at == posts_until(one, NOW)[0].at
    assert not newest.day_only
    assert len(sighting.posts) == 15


async def test_a_deleted_newest_post_leaves_the_one_before_it():
    shown_before = view(play("weibo", every=3.0)[1], NOW - DAY).posts()
    sighting, one = await read("weibo", Scene.NEWEST_DELETED, every=3.0)
    assert view(one, NOW).deleted == shown_before[0].number
    assert shown_before[0].at not in {p.at for p in sighting.posts}
