"""Douyin's pages in a real browser: the requests that the page itself fires are what is read."""

import pytest

from collectors import discover
from tests.replica.stage import CHROMIUM, IN_CHROMIUM, NOW, play
from watcher.fetch import Fetcher, FetchSettings
from watcher.model import CollectError, Coverage, Trouble
from watcher.replica.app import serve
from watcher.replica.core import origins
from watcher.replica.sample import sources_of
from watcher.replica.world import Scene, posts_until

pytestmark = IN_CHROMIUM


async def read(*scenes):
    shown, one = play("douyin", *scenes)
    source, collector = sources_of("douyin", one, NOW)[0], discover()["douyin"]
    async with serve(shown, 0, lambda: NOW) as base:
        settings = FetchSettings(origins=origins(base), browser_path=CHROMIUM)
        fetcher = Fetcher(settings, lambda: NOW)
        try:
            reader = fetcher.reader(
                collector="douyin",
                platform="douyin",
                hosts=collector.hosts_for(source),
                source=source,
            )
            return await collector.collect(source, reader), one
        finally:
            await fetcher.aclose()


async def test_a_profile_page_yields_the_account_and_its_works():
    sighting, one = await read()
    own = posts_until(one, NOW)
    assert sighting.coverage is Coverage.COMPLETE
    assert sighting.profile.name == "三亚试验"
    assert sighting.profile.post_count == len(own)
    assert [p.at for p in sighting.posts] == [p.at.replace(microsecond=0) for p in own[:18]]


async def test_a_banned_account_is_told_as_banned():
    with pytest.raises(CollectError) as caught:
        await read(Scene.BANNED)
    assert caught.value.trouble is Trouble.BANNED


@pytest.mark.parametrize("scene", [Scene.GUEST_HIDES, Scene.CAPTCHA, Scene.LOGIN_WALL])
async def test_a_wall_is_never_an_empty_account(scene):
    with pytest.raises(CollectError) as caught:
        await read(scene)
    assert caught.value.trouble is Trouble.BLOCKED
