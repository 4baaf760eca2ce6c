"""小程序 and 视频号 of the replica, read by the collectors themselves."""

import pytest

from tests.replica.stage import NOW
from tests.replica.test_collected import read, trouble
from watcher.model import Coverage, Trouble
from watcher.replica.world import Scene, posts_until


def moments(items):
    return [item.at.replace(microsecond=0) for item in items]


async def test_the_release_that_is_out_is_the_newest_post():
    sighting, one = await read("wechat_miniprogram", every=9.0)
    newest = max(posts_until(one, NOW), key=lambda item: item.at)
    assert [post.at for post in sighting.posts] == moments([newest])
    assert (sighting.coverage, sighting.reaches) == (Coverage.COMPLETE, sighting.posts[0].at)
    assert sighting.profile.name == "三亚试验"


async def test_the_owner_of_a_channel_sees_name_and_followers_and_no_posts():
    sighting, _ = await read("wechat_channels", Scene.RENAMED)
    assert (sighting.coverage, sighting.posts) == (Coverage.PARTIAL, ())
    assert sighting.profile.name == "三亚试验发布"
    assert sighting.profile.followers >= 10_000


async def test_pasted_share_links_are_read():
    sighting, one = await read("wechat_channels", source=1)
    newest = sorted(item.at for item in posts_until(one, NOW))[-3:]
    assert sorted(post.at for post in sighting.posts) == newest
    assert sighting.coverage is Coverage.PARTIAL


@pytest.mark.parametrize(
    ("platform", "source"),
    [("wechat_miniprogram", 0), ("wechat_channels", 0), ("wechat_channels", 1)],
)
@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (Scene.CAPTCHA, Trouble.BLOCKED),
        (Scene.LOGIN_WALL, Trouble.BLOCKED),
        (Scene.EMPTY_BODY, Trouble.BLOCKED),
        (Scene.TOO_MANY, Trouble.BLOCKED),
        (Scene.WRONG_ACCOUNT, Trouble.UNREADABLE),
        (Scene.LAYOUT_CHANGED, Trouble.UNREADABLE),
        (Scene.SERVER_ERROR, Trouble.UNREACHABLE),
        (Scene.HANG, Trouble.UNREACHABLE),
    ],
)
async def test_a_wall_is_told_as_what_it_is(platform, source, scene, expected):
    assert await trouble(platform, scene, source=source) is expected


@pytest.mark.parametrize("platform", ["wechat_miniprogram", "wechat_channels"])
@pytest.mark.parametrize("scene", [Scene.GONE, Scene.BANNED])
async def test_an_owners_interface_never_says_that_an_account_is_gone(platform, scene):
    assert await trouble(platform, scene) is Trouble.BLOCKED


async def test_a_post_that_is_gone_says_nothing_of_its_account():
    assert await trouble("wechat_channels", Scene.GONE, source=1) is Trouble.UNREADABLE


async def test_nothing_released_proves_nothing():
    sighting, _ = await read("wechat_miniprogram", Scene.GUEST_HIDES)
    assert (sighting.coverage, sighting.posts) == (Coverage.PARTIAL, ())
