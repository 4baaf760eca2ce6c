"""今日头条 by pasted links: articles, short posts, videos, and the short links of the app.

m.toutiao.com/i<id>/info/ answers for a post without a signature; where it does not, the page itself
is looked at, which carries videos in its RENDER_DATA.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from collectors import Collector, Need
from collectors._pasted import Shown, read_pasted, recogniser, settle
from collectors._toutiao import HOSTS, Face, author_of, face_of, profile_of
from collectors._values import epoch, line, mapping
from collectors._xhr import answer, check_status, dig, script_data, unfold
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Pace,
    Page,
    Post,
    Request,
    Sighting,
    Source,
    Trouble,
)

_PLACE = r"(?P<kind>article|video|w|item|group|i|a)/?"
_LINKS = re.compile(
    rf"https://(?:[\w-]+\.)*toutiao(?:img)?\.c(?:om|n)/(?:is/?[\w-]{{4,20}}|{_PLACE}\d{{15,20}})"
)
_POST = re.compile(rf"/{_PLACE}(?P<id>\d{{15,20}})")


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the pasted links. Settings: `links`, `token`, `user_id`. Raises CollectError."""
    return await read_pasted(source, fetch, _LINKS, _read, "token", "user_id")


async def _read(link: str, source: Source, fetch: Fetch) -> Shown:
    found = await unfold(link, fetch, _POST)
    number, kind = found["id"], found["kind"] if found["kind"] in ("video", "w") else "article"
    try:
        page = await fetch(Request(f"https://m.toutiao.com/i{number}/info/"))
        told = answer(page)
        return _shown(number, kind, mapping(told.get("data")) or told, page)
    except CollectError as error:
        if error.trouble is Trouble.BLOCKED or error.retry_after is not None:
            raise
        refused = error
    page = await fetch(Request(link))
    check_status(page)
    for value in _states(page):
        if mapping(value):
            return _shown(number, kind, value, page)
    raise refused


def _states(page: Page) -> Iterator[Any]:
    """What a page carries about its post: a video, an article, or a bare answer."""
    if page.text.lstrip().startswith("{"):
        yield answer(page)
    state = script_data(page.text, "RENDER_DATA")
    for path in ("data.initialVideo", "data.articleInfo", "data"):
        found = dig(state, path)
        if mapping(found).get("publishTime"):
            yield found


def _shown(number: str, kind: str, told: Mapping[str, Any], page: Page) -> Shown:
    """Raises UNREADABLE where author or time are missing: a removed post has neither."""
    face = _author(told)
    at = epoch(told.get("publish_time") or told.get("publishTime"), page.at)
    if at is None or not face.name:
        raise CollectError(Trouble.UNREADABLE, f"post {number} shows no author or time: removed?")
    title = line(told.get("title") or told.get("abstract"))
    post = Post(number, at, title, f"https://www.toutiao.com/{kind}/{number}/")
    return Shown(post, face.ids, profile_of(face, ""))


def _author(told: Mapping[str, Any]) -> Face:
    for key in ("media_user", "mediaUser", "userInfo"):
        if mapping(told.get(key)):
            return face_of(told[key])
    return author_of(told)


collector = Collector(
    name="toutiao_article",
    platform="toutiao",
    hosts=HOSTS,
    collect=collect,
    coverage=Coverage.PARTIAL,
    pace=Pace(gap=15.0),
    needs=frozenset({Need.PERSON}),
    paths=("/article/", "/video/", "/w/", "/item/", "/group/", "/i", "/a"),
    settle=settle,
    title="今日头条文章链接（人工粘贴）",
    forms=("toutiao",),
    sees=frozenset({"bio", "avatar", "verified", "verified_type", "verified_as"}),
    recognise=recogniser("toutiao_article", _LINKS),
)
