"""Apps of the replica, read in every store by the collectors themselves."""

import pytest

from tests.replica.stage import NOW
from tests.replica.test_collected import read, trouble
from watcher.model import CollectError, Coverage, Trouble
from watcher.replica.apps import STORES, version_of
from watcher.replica.timetable import ZONE
from watcher.replica.world import Scene, posts_until

# (lane of the replica, which of its sources)
SHELVES = [("apple", 0), ("apple", 1), ("apple", 2), ("yyb", 1), ("vivo", 0)]


def newest(one):
    return max(posts_until(one, NOW), key=lambda item: item.at)


@pytest.mark.parametrize(
    ("source", "trait"), [(0, "version"), (1, "yyb_version"), (2, "huawei_build")]
)
async def test_an_app_shows_its_newest_version_in_every_store(source, trait):
    sighting, one = await read("apple", source=source, every=9.0)
    item = newest(one)
    shown = sighting.profile.traits[trait]
    assert shown in (version_of(item), f"{item.at.astimezone(ZONE):%y%m%d%H%M}")
    assert sighting.coverage is Coverage.PARTIAL


async def test_apple_dates_a_version_to_the_second_and_huawei_to_the_day():
    sighting, one = await read("apple", every=9.0)
    assert [post.at for post in sighting.posts] == [newest(one).at.replace(microsecond=0)]
    sighting, one = await read("apple", source=2, every=9.0)
    (build,) = sighting.posts
    assert build.day_only
    assert build.at <= newest(one).at <= build.latest


async def test_other_apps_on_the_page_are_not_taken_for_ours():
    sighting, _ = await read("yyb")
    assert sighting.profile.name == "三亚试验"
    assert sighting.profile.traits["android_package"] == "cn.sanya.app1"


@pytest.mark.parametrize(("lane", "source"), SHELVES)
@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (Scene.CAPTCHA, Trouble.BLOCKED),
        (Scene.LOGIN_WALL, Trouble.BLOCKED),
        (Scene.TOO_MANY, Trouble.BLOCKED),
        (Scene.EMPTY_BODY, Trouble.BLOCKED),
        (Scene.LAYOUT_CHANGED, Trouble.UNREADABLE),
        (Scene.WRONG_ACCOUNT, Trouble.UNREADABLE),
        (Scene.SERVER_ERROR, Trouble.UNREACHABLE),
        (Scene.HANG, Trouble.UNREACHABLE),
    ],
)
async def test_a_wall_is_told_as_what_it_is(lane, source, scene, expected):
    found = await trouble(lane, scene, source=source)
    if (lane, source, scene) == ("apple", 2, Scene.EMPTY_BODY):
        expected = Trouble.UNREADABLE  # a header is all that is read there
    assert found is expected


@pytest.mark.parametrize(
    ("lane", "source"), [("apple", 0), ("apple", 1), ("apple", 2), ("vivo", 0)]
)
async def test_an_empty_shelf_is_told_in_the_stores_own_way(lane, source):
    assert await trouble(lane, Scene.GONE, source=source) is Trouble.GONE


async def test_the_page_behind_shared_links_never_says_that_an_app_is_gone():
    assert await trouble("yyb", Scene.GONE, source=1) is not Trouble.GONE


@pytest.mark.parametrize("lane", [store.key for store in STORES])
@pytest.mark.parametrize("scene", [s for s in Scene if s not in (Scene.GONE, Scene.BANNED)])
async def test_no_scene_but_a_removal_makes_an_app_look_gone(lane, scene):
    told = None
    try:
        await read(lane, scene)
    except CollectError as error:
        told = error.trouble
    assert told not in (Trouble.GONE, Trouble.BANNED)


async def test_the_host_of_an_app_has_an_address_of_the_sixth_version_or_not():
    sighting, _ = await read("apple", source=3)
    assert sighting.profile.traits == {"ipv6": "yes", "ipv6_host": "app6.sanya.gov.cn"}
