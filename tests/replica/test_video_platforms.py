"""快手, 今日头条 and 小红书: the replica read by the collectors that need no browser."""

import json
from dataclasses import replace

import pytest

from collectors import discover
from tests.replica.stage import NOW, get, play
from watcher.fetch import Fetcher, FetchSettings
from watcher.model import CollectError, Coverage, Source, Trouble
from watcher.replica.portals import kuaishou, toutiao, xiaohongshu
from watcher.replica.sample import sources_of
from watcher.replica.transport import ReplicaTransport
from watcher.replica.world import Scene, posts_until

COLLECTORS = discover()


async def read(platform, collector, *scenes, every=1.0, settings=None):
    """What a collector that needs no browser says of an actor that plays these scenes."""
    shown, one = play(platform, *scenes, every=every)
    stated = {each.collector: each for each in sources_of(platform, one, NOW)}
    source = stated.get(collector, Source(collector, one.handle))
    given = {**source.settings, **(settings(one) if settings else {})}
    source = replace(source, settings=given, account_name=one.name)
    fetcher = Fetcher(FetchSettings(), lambda: NOW, ReplicaTransport(shown, lambda: NOW))
    try:
        reader = fetcher.reader(
            collector=collector,
            platform=COLLECTORS[collector].platform,
            hosts=COLLECTORS[collector].hosts_for(source),
            source=source,
            handshake=COLLECTORS[collector].handshake,
        )
        return await COLLECTORS[collector].collect(source, reader), one
    finally:
        await fetcher.aclose()


async def trouble(*args, **how):
    with pytest.raises(CollectError) as caught:
        await read(*args, **how)
    return caught.value.trouble


def keys(one):
    return {"app_id": "ks0000invented", "access_token": one.extra["access_token"]}


async def test_kuaishous_room_tells_that_the_account_exists_and_no_more():
    sighting, _ = await read("kuaishou", "kuaishou_live")
    assert sighting.profile.name == "三亚试验"
    assert (sighting.posts, sighting.coverage) == ((), Coverage.PARTIAL)


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (Scene.GONE, Trouble.GONE),
        (Scene.GUEST_HIDES, Trouble.BLOCKED),
        (Scene.CAPTCHA, Trouble.BLOCKED),
        (Scene.EMPTY_BODY, Trouble.BLOCKED),
        (Scene.WRONG_ACCOUNT, Trouble.UNREADABLE),
        (Scene.LAYOUT_CHANGED, Trouble.UNREADABLE),
        (Scene.SERVER_ERROR, Trouble.UNREACHABLE),
    ],
)
async def test_kuaishous_room_says_gone_in_its_own_words_only(scene, expected):
    assert await trouble("kuaishou", "kuaishou_live", scene) is expected


async def test_a_renamed_account_on_kuaishou_is_still_known_by_its_id():
    sighting, one = await read("kuaishou", "kuaishou_live", Scene.RENAMED)
    assert sighting.profile.name == one.new_name


@pytest.mark.parametrize(
    ("platform", "collector"),
    [("kuaishou", "kuaishou_video"), ("toutiao", "toutiao_article")],
)
async def test_a_pasted_short_link_is_read_on_the_posts_own_page(platform, collector):
    sighting, one = await read(platform, collector)
    newest = max(item.at for item in posts_until(one, NOW))
    assert [post.at for post in sighting.posts] == [newest.replace(microsecond=0)]
    assert sighting.profile.name == "三亚试验"


@pytest.mark.parametrize(
    ("platform", "collector", "scene"),
    [
        ("kuaishou", "kuaishou_video", Scene.WRONG_ACCOUNT),
        ("kuaishou", "kuaishou_video", Scene.LAYOUT_CHANGED),
        ("toutiao", "toutiao_article", Scene.WRONG_ACCOUNT),
        ("toutiao", "toutiao_article", Scene.GONE),
        ("toutiao", "toutiao_article", Scene.BANNED),
    ],
)
async def test_a_post_that_cannot_be_shown_is_no_dead_account(platform, collector, scene):
    assert await trouble(platform, collector, scene) is Trouble.UNREADABLE


async def test_the_owners_api_lists_all_that_it_counts():
    sighting, one = await read("kuaishou", "kuaishou_api", settings=keys)
    own = posts_until(one, NOW)
    assert sighting.coverage is Coverage.COMPLETE
    assert len(sighting.posts) == len(own) == sighting.profile.post_count
    assert {p.at for p in sighting.posts} == {item.at.replace(microsecond=0) for item in own}


async def test_the_owners_api_reads_on_past_its_largest_page():
    sighting, one = await read("kuaishou", "kuaishou_api", every=0.4, settings=keys)
    assert len(sighting.posts) == len(posts_until(one, NOW)) > 200
    assert sighting.coverage is Coverage.COMPLETE


async def test_a_token_of_another_account_is_refused():
    settings = lambda one: {**keys(one), "access_token": "invented"}  # noqa: E731
    assert await trouble("kuaishou", "kuaishou_api", settings=settings) is Trouble.BLOCKED
    assert await trouble("kuaishou", "kuaishou_api", Scene.WRONG_ACCOUNT, settings=keys) is (
        Trouble.UNREADABLE
    )
    assert await trouble("kuaishou", "kuaishou_api", Scene.NOT_PERMITTED, settings=keys) is (
        Trouble.BLOCKED
    )


@pytest.mark.parametrize("scene", [s for s in Scene if "silent" not in s and s != "normal"])
@pytest.mark.parametrize(
    ("platform", "collector"),
    [
        ("kuaishou", "kuaishou_live"),
        ("kuaishou", "kuaishou_video"),
        ("kuaishou", "kuaishou_api"),
        ("toutiao", "toutiao_article"),
    ],
)
async def test_no_scene_ever_makes_an_old_account_look_empty(platform, collector, scene):
    try:
        settings = keys if platform == "kuaishou" else None
        sighting, _ = await read(platform, collector, scene, settings=settings)
    except CollectError:
        return  # it could not be read, and said so
    assert sighting.posts or sighting.coverage is Coverage.PARTIAL


# -- the shapes ----------------------------------------------------------------------------


def works(*scenes, cookie="did=web_replica"):
    shown, one = play("kuaishou", *scenes)
    url = f"https://live.kuaishou.com{kuaishou.LIST}?principalId={one.handle}"
    return json.loads(get(shown, url, {"cookie": cookie}).body)["data"]


def test_kuaishou_gates_whoever_has_not_been_to_the_front_page():
    assert works(cookie="")["result"] == 2
    assert works()["result"] == 1


def test_kuaishous_list_has_neither_time_nor_caption_nor_pin():
    row = works(Scene.PINNED_OLD)["list"][0]
    assert set(row) == {"id", "poster", "playUrl", "imgUrls", "workType", "counts", "author"}
    assert "/upic/2026/" in row["playUrl"]


@pytest.mark.parametrize(("scene", "result"), [(Scene.CAPTCHA, 400002), (Scene.LOGIN_WALL, 109)])
def test_kuaishou_refuses_with_http_200(scene, result):
    assert works(scene)["result"] == result


def test_toutiaos_cells_come_in_three_shapes():
    shown, one = play("toutiao", Scene.PINNED_OLD)
    url = f"https://www.toutiao.com{toutiao.FEED}?category=profile_all&token={one.handle}"
    cells = json.loads(get(shown, url).body)["data"]
    assert {cell["cell_type"] for cell in cells} == {32, 49, 60}
    assert cells[0]["is_stick"]
    assert cells[0]["behot_time"] > cells[0]["publish_time"]


def test_a_note_is_shown_with_its_token_only():
    shown, one = play("xiaohongshu")
    url = f"https://www.xiaohongshu.com/explore/{xiaohongshu.note_id(one, one.items[0])}"
    assert "当前笔记暂时无法浏览" in get(shown, url).body.decode()
    assert "noteDetailMap" in get(shown, f"{url}?xsec_token=x").body.decode()
