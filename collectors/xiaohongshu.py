"""小红书: the profile page in a browser, and the state it carries.

The face of the account and nothing more: the list of notes has no times, and which first digits of
a note's id might be one is folklore. So this never proves anything about updates; pasted notes
(`xiaohongshu_note`) say when they were published. In practice the platform often wants a login: a
wall is reported as a wall.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

from collectors import Collector, Need
from collectors._whose import Match, match, owner_of
from collectors._xhr import answer, unfold, warm
from collectors._xiaohongshu import (
    EXPLORE,
    HOSTS,
    account_in,
    check,
    check_place,
    profile_of,
    state_of,
)
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Pace,
    Page,
    Request,
    Sighting,
    Source,
    Trouble,
)

OTHER = "/api/sns/web/v1/user/otherinfo"
_LINK = re.compile(r"/user/profile/(?P<id>[0-9a-f]{24})")


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the account whose 24-digit id is `source.handle`, or a link to it.

    Settings: `user_id` where the handle is the 小红书号, `red_id` for that number. Raises
    CollectError.
    """
    name = str(source.settings.get("user_id") or source.handle)
    if name.startswith(("http://", "https://")):
        name = (await unfold(name, fetch, _LINK))["id"]
    await warm(EXPLORE, fetch)
    address = f"https://www.xiaohongshu.com/user/profile/{quote(name, safe='')}"
    capture = (OTHER, *source.settings.get("capture", ()))
    page = await fetch(Request(address, render=True, capture=capture))
    data, ids, asked = _shown(page)
    owner = owner_of(source, "user_id", "red_id").learns({name})
    profile = profile_of(data, source.handle)
    if not profile.name:
        raise CollectError(Trouble.BLOCKED, "the page shows no account: login needed?")
    if match(owner, ids, profile.name, asked) is Match.NONE:
        raise CollectError(Trouble.UNREADABLE, f"shows another account, {profile.name!r}")
    return Sighting(profile, coverage=Coverage.PARTIAL)


def _shown(page: Page) -> tuple[Mapping[str, Any], frozenset[str], frozenset[str]]:
    """The account's data, its ids, and the id that the address names."""
    check_place(page)
    asked = frozenset(_LINK.findall(urlsplit(page.url).path))
    for xhr in page.captured:
        value = answer(xhr)
        check(value)
        if found := account_in(value):
            return *found, asked
    found = account_in(state_of(page))
    if found is None:
        raise CollectError(Trouble.BLOCKED, "the page shows no account: login needed?")
    return *found, asked


def settle(source: Source, urls: tuple[str, ...]) -> Source:
    """A recording may hold other answers of the platform: these are looked at as well."""
    paths = sorted({urlsplit(url).path for url in urls if "/api/sns/" in url})
    return replace(source, settings={**source.settings, "capture": paths}) if paths else source


collector = Collector(
    name="xiaohongshu",
    platform="xiaohongshu",
    hosts=HOSTS,
    collect=collect,
    coverage=Coverage.PARTIAL,
    pace=Pace(gap=60.0),
    needs=frozenset({Need.BROWSER}),
    settle=settle,
    paths=("/user/profile", "/api/sns", "/website-login", "/login"),
    title="小红书主页（浏览器，仅资料）",
    forms=("xiaohongshu",),
    sees=frozenset({"bio", "avatar", "verified", "verified_type", "followers"}),
)
