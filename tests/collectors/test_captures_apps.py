"""What app stores really answered reads as its row in MANIFEST.tsv says.

The captures are no part of the repository; without them these tests are skipped.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors import Collector
from collectors.declarative import collector_from, read_spec
from tests.collectors.captured import CAPTURES, NEEDS_CAPTURES
from tests.collectors.serve import NOW, Served
from watcher.model import CollectError, Coverage, Page, Profile, Request, Sighting, Source, Trouble

ROOT = CAPTURES / "portals"
COLLECTORS = Path(__file__).resolve().parents[2] / "collectors"
pytestmark = NEEDS_CAPTURES

VOFFICE, THINGS, SLACK = "1230038755", "1472954003", "803453959"


def collector(name: str) -> Collector:
    file = COLLECTORS / f"{name}.yaml"
    spec, mistakes = read_spec(file.read_text("utf-8"), str(file))
    assert spec is not None, mistakes
    return collector_from(spec)


async def apple(track: str, name: str, storefront: str = "&country=cn") -> Sighting:
    answer = Page(
        f"https://itunes.apple.com/lookup?id={track}{storefront}",
        200,
        (ROOT / name).read_bytes(),
        NOW,
    )

    async def fetch(request: Request) -> Page:
        assert request.url == f"https://itunes.apple.com/lookup?id={track}&country=cn"
        return answer

    return await collector("app_apple").collect(Source("app_apple", track), fetch)


async def test_an_apps_version_and_seller() -> None:
    seen = await apple(VOFFICE, "itunes-lookup-voffice-1230038755.json")
    assert seen.coverage is Coverage.PARTIAL
    assert seen.profile is not None
    assert seen.profile == Profile(
        handle=VOFFICE,
        name="V Office",
        bio=seen.profile.bio,
        avatar="378f1612-ecd5-84ac-2314-86f995462a53",
        verified_as="Shenzhen Maqu Information Technology Co;Ltd",
        traits={
            "version": "1.2.7",
            "package": "com.maqv.voffice",
            "developer": "Shenzhen Maqu Information Technology Co;Ltd",
        },
    )
    (version,) = seen.posts
    assert version.id == "1.2.7"
    assert version.at == datetime(2018, 5, 4, 0, 50, 47, tzinfo=UTC)


@pytest.mark.parametrize(
    ("track", "name", "means"),
    [
        # the answer for a living app, asked without its storefront: one look is no finding
        (VOFFICE, "itunes-lookup-empty.json", Trouble.GONE),
        (THINGS, "itunes-mas-things-lookup.json", Trouble.UNREADABLE),
        (VOFFICE, "itunes-mas-slack.json", Trouble.UNREADABLE),
        (SLACK, "itunes-mas-slack.json", Trouble.UNREADABLE),
        (THINGS, "itunes-lookup-voffice-1230038755.json", Trouble.UNREADABLE),
    ],
)
async def test_what_is_no_lookup_of_this_app(track: str, name: str, means: Trouble) -> None:
    with pytest.raises(CollectError) as caught:
        await apple(track, name)
    assert caught.value.trouble is means


async def test_an_empty_answer_of_no_named_storefront_says_nothing_of_the_app() -> None:
    with pytest.raises(CollectError) as caught:
        await apple(VOFFICE, "itunes-lookup-empty.json", storefront="")
    assert caught.value.trouble is Trouble.UNREADABLE


async def huawei(**settings: str) -> Sighting:
    text = (ROOT / "huawei-appdl-redirect-C10406921.txt").read_text("utf-8")
    location = re.search(r"location: (\S+)", text)
    assert location is not None
    url = "https://appgallery.cloud.huawei.com/appdl/C10406921"
    answer = Page(url, 302, b"", NOW, {"location": location[1]})
    source = Source("app_huawei", "C10406921", settings, account_name="智慧生活")
    return await collector("app_huawei").collect(source, Served(answer))


async def test_the_package_and_the_day_of_the_build() -> None:
    seen = await huawei()
    assert seen.profile is not None
    assert seen.profile.traits == {
        "android_package": "com.huawei.smarthome",
        "huawei_build": "2307131552",
    }
    (build,) = seen.posts
    assert build.day_only
    assert build.at <= datetime(2023, 7, 13, 7, 52, tzinfo=UTC) <= build.latest
    assert (await huawei(package="com.huawei.smarthome")).posts == seen.posts


async def test_a_file_of_another_package_is_refused() -> None:
    with pytest.raises(CollectError, match="wrong account"):
        await huawei(package="com.huawei.smart")
