"""The portals of the replica, read by their collectors through the real fetcher."""

from __future__ import annotations

import pytest

from tests.replica.stage import NOW
from tests.replica.test_collected import read, trouble
from watcher.model import CollectError, Coverage, Trouble
from watcher.replica.portals import PORTALS
from watcher.replica.sample import make_actor, sources_of
from watcher.replica.timetable import ZONE
from watcher.replica.world import Scene, posts_until

LISTS = ("netease", "thepaper", "qq_news", "sohu", "southcn", "meipian")  # complete ones
PARTIAL = ("yidian", "dayu")
ARTICLES = (
    ("netease", 2),
    ("thepaper", 1),
    ("qq_news", 1),
    ("sohu", 2),
    ("southcn", 1),
    ("meipian", 1),
    ("dayu", 1),
    ("people", 0),
)
MINUTES = ("netease",)  # its list shows no seconds
DAYS = ("sohu",)  # its list shows days


def moments(platform, posts):
    """The times that a list of the platform can tell."""
    if platform in DAYS:
        return [p.astimezone(ZONE).date() for p in posts]
    if platform in MINUTES:
        return [p.replace(second=0, microsecond=0) for p in posts]
    return [p.replace(microsecond=0) for p in posts]


@pytest.mark.parametrize("platform", LISTS)
async def test_a_portals_list_is_read_completely(platform):
    sighting, one = await read(platform)
    own = [item.at for item in posts_until(one, NOW)][: len(sighting.posts)]
    assert sighting.coverage is Coverage.COMPLETE
    assert len(sighting.posts) >= 10
    assert moments(platform, [p.at for p in sighting.posts]) == moments(platform, own)
    assert sighting.profile.name == "三亚试验"
    assert sighting.reaches is not None


@pytest.mark.parametrize("platform", PARTIAL)
async def test_a_portal_of_which_little_is_known_proves_no_silence(platform):
    sighting, one = await read(platform)
    own = [item.at for item in posts_until(one, NOW)][: len(sighting.posts)]
    assert sighting.coverage is Coverage.PARTIAL
    assert moments(platform, [p.at for p in sighting.posts]) == moments(platform, own)
    assert sighting.profile.name == "三亚试验"


@pytest.mark.parametrize(("platform", "source"), ARTICLES)
async def test_a_pasted_article_proves_that_it_was_published(platform, source):
    sighting, one = await read(platform, source=source)
    newest = max(item.at for item in posts_until(one, NOW))
    assert sighting.coverage is Coverage.PARTIAL
    assert [p.at for p in sighting.posts] == [newest.replace(microsecond=0)]
    assert sighting.profile.name == "三亚试验"


async def test_the_old_lists_add_what_they_show():
    by_id, one = await read("netease", source=1)
    assert by_id.coverage is Coverage.PARTIAL
    assert max(p.at for p in by_id.posts) == posts_until(one, NOW)[0].at.replace(microsecond=0)
    late, one = await read("sohu", source=1)  # exactly a page behind
    assert late.coverage is Coverage.PARTIAL
    assert max(p.at for p in late.posts) < posts_until(one, NOW)[19].at


WALLS = (
    (Scene.EMPTY_BODY, Trouble.BLOCKED),
    (Scene.TOO_MANY, Trouble.BLOCKED),
    (Scene.STATUS_432, Trouble.BLOCKED),
    (Scene.CAPTCHA, Trouble.BLOCKED),
    (Scene.SERVER_ERROR, Trouble.UNREACHABLE),
    (Scene.WRONG_ACCOUNT, Trouble.UNREADABLE),
)


@pytest.mark.parametrize("platform", [*LISTS, *PARTIAL, "people"])
@pytest.mark.parametrize(("scene", "expected"), WALLS)
async def test_a_portal_could_not_be_read(platform, scene, expected):
    assert await trouble(platform, scene) is expected


@pytest.mark.parametrize("platform", [*LISTS, *PARTIAL, "people"])
@pytest.mark.parametrize(
    "scene", [Scene.LAYOUT_CHANGED, Scene.LOGIN_WALL, Scene.GUEST_HIDES, Scene.GONE, Scene.BANNED]
)
async def test_what_a_portal_does_not_show_is_never_an_empty_or_a_dead_account(platform, scene):
    if platform == "people" and scene is Scene.GUEST_HIDES:
        return  # there is no list to hide
    expected = {Trouble.BLOCKED, Trouble.UNREADABLE, Trouble.UNREACHABLE}
    if platform == "yidian" and scene in (Scene.GONE, Scene.BANNED):
        expected = {Trouble.GONE}  # 这个频道已被删除: the only portal whose words are known
    assert await trouble(platform, scene) in expected


@pytest.mark.parametrize("platform", [*LISTS, *PARTIAL, "people"])
@pytest.mark.parametrize("source", [0, 1, 2])
@pytest.mark.parametrize("scene", list(Scene))
async def test_no_scene_shows_somebody_elses_posts(platform, source, scene):
    sources = sources_of(platform, make_actor(platform, 1, "三亚试验", ()), NOW)
    if scene in (Scene.SLOW, Scene.HANG) or source >= len(sources):
        return  # the first are told by the fetcher's own tests
    try:
        sighting, one = await read(platform, scene, source=source)
    except CollectError:
        return
    own = {item.at.replace(microsecond=0) for item in one.items}
    shown = {p.at for p in sighting.posts}
    assert platform in (*MINUTES, *DAYS) or shown <= own
    assert sighting.posts or sighting.coverage is Coverage.PARTIAL or not posts_until(one, NOW)
    assert sighting.profile is None or sighting.profile.name in (one.name, one.new_name)


async def test_a_renamed_account_is_read_where_an_id_ties_the_page():
    for platform in ("netease", "thepaper", "sohu", "southcn", "qq_news"):
        sighting, one = await read(platform, Scene.RENAMED)
        assert sighting.profile.name == one.new_name


async def test_an_old_pinned_post_hides_no_newer_one():
    for platform in LISTS:
        sighting, one = await read(platform, Scene.PINNED_OLD)
        newest = max(item.at for item in posts_until(one, NOW))
        assert (
            max(moments(platform, [p.at for p in sighting.posts])) == moments(platform, [newest])[0]
        )
        # no portal marks what it pins: the list is out of order, so it proves no silence
        assert sighting.coverage is Coverage.PARTIAL


def test_every_portal_has_its_lane_and_form():
    assert {p.form for p in PORTALS.values()} >= {
        "neteasehao", "pengpaihao", "qiehao", "sohuhao", "nanfanghao", "meipian",
        "yidianhao", "dayuhao", "renminhao", "baijiahao",
    }  # fmt: skip
