"""微视, Bilibili's card and the owners' APIs, read from the replica by the collectors."""

import pytest

from tests.replica.stage import NOW, read, trouble
from watcher.model import Coverage, Trouble
from watcher.replica.world import Scene, posts_until

OWNERS = ("weibo_api", "douyin_api", "bilibili_api", "baijiahao_api")


@pytest.mark.parametrize("platform", OWNERS)
async def test_an_owners_api_shows_the_newest_post_to_the_second(platform):
    sighting, one = await read(platform)
    newest = max(p.at for p in posts_until(one, NOW)).replace(microsecond=0)
    assert max(p.at for p in sighting.posts) == newest
    assert sighting.profile.name == "三亚试验"
    known = Coverage.COMPLETE if platform in ("weibo_api", "douyin_api") else Coverage.PARTIAL
    assert sighting.coverage is known


async def test_a_pinned_work_is_marked_for_its_owner_too():
    sighting, one = await read("douyin_api", Scene.PINNED_OLD)
    assert [p.pinned for p in sighting.posts][:2] == [True, False]
    assert max(p.at for p in sighting.posts) == max(
        p.at.replace(microsecond=0) for p in posts_until(one, NOW)
    )


@pytest.mark.parametrize("platform", OWNERS)
@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (Scene.NOT_PERMITTED, Trouble.BLOCKED),
        (Scene.LOGIN_WALL, Trouble.BLOCKED),
        (Scene.EMPTY_BODY, Trouble.BLOCKED),
        (Scene.TOO_MANY, Trouble.BLOCKED),
        (Scene.SERVER_ERROR, Trouble.UNREACHABLE),
        (Scene.HANG, Trouble.UNREACHABLE),
    ],
)
async def test_an_owners_api_that_refuses(platform, scene, expected):
    assert await trouble(platform, scene) is expected


@pytest.mark.parametrize(
    ("platform", "scene", "expected"),
    [
        ("weibo_api", Scene.GONE, Trouble.GONE),
        ("weibo_api", Scene.BANNED, Trouble.BLOCKED),
        ("weibo_api", Scene.WRONG_ACCOUNT, Trouble.UNREADABLE),
        ("weibo_api", Scene.GUEST_HIDES, Trouble.BLOCKED),
        ("weibo_api", Scene.LAYOUT_CHANGED, Trouble.UNREADABLE),
        ("douyin_api", Scene.GONE, Trouble.GONE),
        ("douyin_api", Scene.BANNED, Trouble.BANNED),
        ("douyin_api", Scene.WRONG_ACCOUNT, Trouble.UNREADABLE),
        ("douyin_api", Scene.GUEST_HIDES, Trouble.BLOCKED),
        ("douyin_api", Scene.LAYOUT_CHANGED, Trouble.UNREADABLE),
        ("bilibili_api", Scene.GONE, Trouble.BLOCKED),
        ("bilibili_api", Scene.WRONG_ACCOUNT, Trouble.UNREADABLE),
        ("baijiahao_api", Scene.GONE, Trouble.GONE),
        ("baijiahao_api", Scene.BANNED, Trouble.BLOCKED),
    ],
)
async def test_what_became_of_the_owners_account(platform, scene, expected):
    assert await trouble(platform, scene) is expected


async def test_weishi_is_read_down_to_its_oldest_listed_work():
    sighting, one = await read("weishi")
    own = posts_until(one, NOW)
    assert sighting.coverage is Coverage.COMPLETE
    assert [p.at for p in sighting.posts] == [p.at.replace(microsecond=0) for p in own[:15]]
    assert (sighting.profile.name, sighting.profile.post_count) == ("三亚试验", len(own))


async def test_weishi_with_an_old_work_on_top_proves_no_silence():
    sighting, one = await read("weishi", Scene.PINNED_OLD)
    newest = max(p.at for p in posts_until(one, NOW)).replace(microsecond=0)
    assert max(p.at for p in sighting.posts) == newest
    assert sighting.coverage is Coverage.PARTIAL


async def test_a_pasted_work_of_weishi_is_read():
    sighting, one = await read("weishi", source=1)
    assert [p.title for p in sighting.posts] == [posts_until(one, NOW)[0].title]
    assert sighting.coverage is Coverage.PARTIAL


@pytest.mark.parametrize("source", [0, 1])
@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (Scene.CAPTCHA, Trouble.BLOCKED),
        (Scene.GONE, Trouble.BLOCKED),
        (Scene.BANNED, Trouble.BLOCKED),
        (Scene.LOGIN_WALL, Trouble.BLOCKED),
        (Scene.EMPTY_BODY, Trouble.BLOCKED),
        (Scene.LAYOUT_CHANGED, Trouble.BLOCKED),
        (Scene.WRONG_ACCOUNT, Trouble.UNREADABLE),
    ],
)
async def test_weishi_could_not_be_read(scene, expected, source):
    assert await trouble("weishi", scene, source=source) is expected


async def test_weishi_that_hides_its_works_is_a_wall():
    assert await trouble("weishi", Scene.GUEST_HIDES) is Trouble.BLOCKED


async def test_bilibilis_card_shows_a_face_and_no_posts():
    sighting, _ = await read("bilibili", source=1)
    assert (sighting.profile.name, sighting.profile.verified) == ("三亚试验", True)
    assert (sighting.posts, sighting.coverage) == ((), Coverage.PARTIAL)


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (Scene.CAPTCHA, Trouble.BLOCKED),
        (Scene.LOGIN_WALL, Trouble.BLOCKED),
        (Scene.GONE, Trouble.GONE),
        (Scene.WRONG_ACCOUNT, Trouble.UNREADABLE),
        (Scene.LAYOUT_CHANGED, Trouble.UNREADABLE),
    ],
)
async def test_bilibilis_card_could_not_be_read(scene, expected):
    assert await trouble("bilibili", scene, source=1) is expected
