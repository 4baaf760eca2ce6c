"""Bilibili's space and 百家号's page in a real browser: what the pages themselves ask for."""

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

pytestmark = IN_CHROMIUM


async def read(platform, *scenes):
    shown, one = play(platform, *scenes)
    source = replace(sources_of(platform, one, NOW)[0], account_name=one.name)
    collector = discover()[platform]
    async with serve(shown, 0, lambda: NOW) as base:
        settings = FetchSettings(origins=origins(base), browser_path=CHROMIUM)
        fetcher = Fetcher(settings, lambda: NOW)
        try:
            reader = fetcher.reader(
                collector=collector.name,
                platform=collector.platform,
                hosts=collector.hosts_for(source),
                source=source,
            )
            return await collector.collect(source, reader), one
        finally:
            await fetcher.aclose()


async def trouble(platform, *scenes):
    with pytest.raises(CollectError) as caught:
        await read(platform, *scenes)
    return caught.value.trouble


async def test_a_space_yields_the_account_and_its_dynamics():
    sighting, one = await read("bilibili", Scene.PINNED_OLD)
    own = posts_until(one, NOW)
    assert sighting.coverage is Coverage.COMPLETE
    assert (sighting.profile.name, sighting.profile.followers) == ("三亚试验", 128_431)
    assert [p.at for p in sighting.posts] == [p.at.replace(microsecond=0) for p in own[:12]]
    assert [p.pinned for p in sighting.posts][:2] == [True, False]


async def test_a_page_of_baijiahao_yields_the_account_and_its_posts():
    sighting, one = await read("baijiahao")
    own = posts_until(one, NOW)
    assert sighting.coverage is Coverage.COMPLETE
    assert (sighting.profile.name, sighting.profile.post_count) == ("三亚试验", len(own))
    assert [p.at for p in sighting.posts] == [p.at.replace(microsecond=0) for p in own[:10]]


@pytest.mark.parametrize(
    ("platform", "scene", "expected"),
    [
        ("bilibili", Scene.GONE, Trouble.GONE),
        ("bilibili", Scene.GUEST_HIDES, Trouble.BLOCKED),
        ("baijiahao", Scene.CAPTCHA, Trouble.BLOCKED),
        ("baijiahao", Scene.LOGIN_WALL, Trouble.BLOCKED),
    ],
)
async def test_a_wall_is_never_an_empty_account(platform, scene, expected):
    assert await trouble(platform, scene) is expected
