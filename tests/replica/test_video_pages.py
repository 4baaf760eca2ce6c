"""快手, 今日头条 and 小红书 in a real browser: what their pages ask for is what is read."""

from dataclasses import replace

import pytest

from collectors import discover
from tests.replica.stage import CHROMIUM, IN_CHROMIUM, NOW, play
from watcher.fetch import Fetcher, FetchSettings
from watcher.model import CollectError, Coverage, Trouble
from watcher.replica.app import serve
from watcher.replica.core import origins
from watcher.replica.sample import sources_of
from watcher.replica.world import Scene, posts_until

COLLECTORS = discover()

pytestmark = IN_CHROMIUM


async def read(platform, collector, *scenes, every=1.0):
    """Open the page of an actor that plays these scenes."""
    shown, one = play(platform, *scenes, every=every)
    source = next(s for s in sources_of(platform, one, NOW) if s.collector == collector)
    source = replace(source, account_name=one.name)
    async with serve(shown, 0, lambda: NOW) as base:
        settings = FetchSettings(origins=origins(base), browser_path=CHROMIUM, page_timeout=8.0)
        fetcher = Fetcher(settings, lambda: NOW)
        try:
            reader = fetcher.reader(
                collector=collector,
                platform=platform,
                hosts=COLLECTORS[collector].hosts_for(source),
                source=source,
            )
            return await COLLECTORS[collector].collect(source, reader), one
        finally:
            await fetcher.aclose()


async def trouble(platform, *scenes):
    with pytest.raises(CollectError) as caught:
        await read(platform, platform, *scenes)
    return caught.value.trouble


async def test_kuaishous_whole_list_proves_silence():
    sighting, one = await read("kuaishou", "kuaishou", Scene.PINNED_OLD, every=12.0)
    own = posts_until(one, NOW)
    assert sighting.coverage is Coverage.COMPLETE
    assert [p.at for p in sighting.posts] == [item.at.replace(microsecond=0) for item in own]
    assert [p.pinned for p in sighting.posts][:2] == [True, False]
    assert sighting.profile.post_count == len(own)


async def test_kuaishous_list_that_goes_on_only_adds_posts():
    sighting, one = await read("kuaishou", "kuaishou", Scene.RENAMED)
    assert sighting.coverage is Coverage.PARTIAL
    assert sighting.profile.name == one.new_name
    assert sighting.posts[0].at == posts_until(one, NOW)[0].at.replace(microsecond=0)


async def test_toutiaos_feed_is_read_down_to_its_oldest_post():
    sighting, one = await read("toutiao", "toutiao", Scene.PINNED_OLD, Scene.RENAMED)
    own = posts_until(one, NOW)[:15]
    assert sighting.coverage is Coverage.COMPLETE
    assert [p.at for p in sighting.posts] == [item.at.replace(microsecond=0) for item in own]
    assert [p.pinned for p in sighting.posts][:2] == [True, False]
    assert sighting.reaches == min(p.at for p in sighting.posts[1:])
    assert (sighting.profile.name, sighting.profile.followers) == (one.new_name, 32000)


async def test_xiaohongshus_page_shows_the_face_and_its_note_the_time():
    sighting, _ = await read("xiaohongshu", "xiaohongshu")
    assert (sighting.profile.name, sighting.coverage) == ("三亚试验", Coverage.PARTIAL)
    sighting, one = await read("xiaohongshu", "xiaohongshu_note")
    newest = max(item.at for item in posts_until(one, NOW))
    assert [p.at for p in sighting.posts] == [newest.replace(microsecond=0)]


@pytest.mark.parametrize("platform", ["kuaishou", "toutiao"])
@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (Scene.GUEST_HIDES, Trouble.BLOCKED),
        (Scene.CAPTCHA, Trouble.BLOCKED),
        (Scene.LOGIN_WALL, Trouble.BLOCKED),
        (Scene.WRONG_ACCOUNT, Trouble.UNREADABLE),
    ],
)
async def test_a_wall_or_a_stranger_is_never_an_empty_account(platform, scene, expected):
    assert await trouble(platform, scene) is expected


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (Scene.CAPTCHA, Trouble.BLOCKED),
        (Scene.LOGIN_WALL, Trouble.BLOCKED),
        (Scene.WRONG_ACCOUNT, Trouble.UNREADABLE),
    ],
)
async def test_xiaohongshus_walls_are_walls(scene, expected):
    assert await trouble("xiaohongshu", scene) is expected
