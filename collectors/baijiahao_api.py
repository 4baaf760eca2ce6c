"""百家号 by its owner's own API: the articles it published, by the developer token of its console.

PARTIAL: an article has no time but `updated_at`, which an edit may move past the publication, and
the list knows articles, galleries and videos only, not 动态. So it proves what the account has and
that it was at work then, never a silence. Settings: `app_token`; `app_id` where the handle is
another name of the account.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from collectors import Collector, Need, Sure
from collectors._owner import BAIJIAHAO, CodeError, number, setting
from collectors._times import read_time
from collectors._values import count, ident, json_of, line, mapping, moment, sequence, text_of
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Page,
    Post,
    Profile,
    Request,
    Sighting,
    Source,
    Trouble,
)

API = "https://baijiahao.baidu.com/builderinner/open/resource"
ASKED = 20  # articles a page, the most there are
NOTHING = 301001  # 无有效数据: no articles of this kind


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the newest articles and the number of followers. Raises CollectError."""
    app_id = setting(source, "app_id") or source.handle.strip()
    if not app_id.isascii() or not app_id.isdigit():
        raise CollectError(Trouble.UNREADABLE, "the handle must be the numeric app_id")
    credential = {"app_id": app_id, "app_token": setting(source, "app_token")}
    form = {**credential, "page_no": "1", "page_size": str(ASKED), "collection": "publish"}
    page = await _ask(fetch, "query/articleListall", form)
    data = _payload(page, "articleListall")
    rows = [row for row in _rows(data) if row.get("collection", "publish") == "publish"]
    posts = {post.id: post for post in (_post(row, page.at) for row in rows) if post}
    if rows and not posts:
        raise CollectError(Trouble.UNREADABLE, "articleListall: rows without id or time")
    profile = await _profile(source, credential, data, fetch)
    return Sighting(profile, tuple(posts.values()), Coverage.PARTIAL)


async def _ask(fetch: Fetch, call: str, form: Mapping[str, str]) -> Page:
    return await fetch(Request(f"{API}/{call}", "POST", form=form, secret=True))


def _payload(page: Page, call: str) -> dict[str, Any]:
    told = json_of(page)
    code = number(told.get("errno"))
    if code is None:
        raise CollectError(Trouble.UNREADABLE, f"{call}: an answer without errno")
    if code == NOTHING:
        return {"items": {}}
    if code:
        raise CodeError(BAIJIAHAO, code, call, told.get("errmsg"))
    return mapping(told.get("data"))


def _rows(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`items`, a map by article_id; a list is read as well."""
    items = data.get("items")
    if not isinstance(items, dict | list):
        raise CollectError(Trouble.UNREADABLE, "articleListall: no items in the answer")
    found: Iterable[Any] = items.values() if isinstance(items, dict) else sequence(items)
    return [mapping(row) for row in found]


def _post(row: Mapping[str, Any], seen: datetime) -> Post | None:
    """One published article; nothing tells a publication from a later edit."""
    article, updated = ident(row.get("article_id")), row.get("updated_at")
    at, day = moment(updated, seen), read_time(text_of(updated, 60), seen)
    day_only = at is None and day is not None and day.day_only and day.at <= seen
    if not article or (at is None and not day_only):
        return None
    url = text_of(row.get("article_url"))
    return Post(
        id=article,
        at=at or (day.at if day else seen),
        day_only=day_only,
        title=line(row.get("title")),
        url=url if url.startswith(("https://", "http://")) and ".baidu.com/" in url else None,
    )


async def _profile(
    source: Source, credential: Mapping[str, str], data: Mapping[str, Any], fetch: Fetch
) -> Profile | None:
    """The numbers of followers and articles; the name is the filed one, as no call tells it."""
    form = {**credential, "page_no": "1", "page_size": "1"}
    try:
        told = _payload(await _ask(fetch, "query/fansListall", form), "fansListall")
    except CollectError as error:
        if error.retry_after is not None:
            raise
        return None
    fans = count(mapping(told.get("page")).get("total_count"))
    articles = count(mapping(data.get("page")).get("total_count"))
    if not source.account_name:
        return None
    return Profile(source.handle, source.account_name, followers=fans, post_count=articles)


collector = Collector(
    name="baijiahao_api",
    platform="baidu",
    hosts=frozenset({"baijiahao.baidu.com"}),
    paths=("/builderinner/",),
    collect=collect,
    coverage=Coverage.PARTIAL,
    needs=frozenset({Need.CREDENTIAL}),
    title="百家号（本账号开发者接口）",
    forms=("baijiahao",),
    sees=frozenset({"followers", "post_count"}),
    sure=Sure.REPORTED,
)
