"""Bilibili user search: the search page in a browser, and the answer that it asks for itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collectors import Collector, Need, Sure
from collectors._bilibili import data_of
from collectors._search import escaped, hits, plain, traits, wanted
from collectors._values import count, ident, mapping, sequence, text_of
from collectors._xhr import asked_for, file_name, is_path
from watcher.model import CollectError, Fetch, Hits, Pace, Page, Profile, Request, Source, Trouble

LIST = "/search/type"
_KINDS = {0: "person", 1: "institution"}


async def search(source: Source, fetch: Fetch) -> Hits:
    """The users on the first page. Raises CollectError."""
    query = wanted(source)
    address = f"https://search.bilibili.com/upuser?keyword={escaped(query)}"
    page = await fetch(Request(address, render=True, capture=(LIST,)))
    lists = [xhr for xhr in page.captured if is_path(xhr, LIST) and _is_ours(xhr, query)]
    if not lists:
        if page.status >= 500:
            raise CollectError(Trouble.UNREACHABLE, f"HTTP {page.status}")
        raise CollectError(Trouble.BLOCKED, f"HTTP {page.status}, no list of users was asked for")
    try:
        data = data_of(lists[-1])
    except CollectError as error:
        # here nothing speaks of an account, so nothing can be gone
        trouble = Trouble.UNREADABLE if error.trouble is Trouble.GONE else error.trouble
        raise CollectError(trouble, error.detail, error.retry_after) from error
    return _users(data)


def _is_ours(xhr: Page, query: str) -> bool:
    kinds = asked_for(xhr.url, "search_type")
    return kinds <= {"bili_user"} and asked_for(xhr.url, "keyword") <= {query}


def _users(data: Mapping[str, Any]) -> Hits:
    rows = [_row(mapping(row)) for row in sequence(data.get("result"))]
    if rows and not any(rows):
        raise CollectError(Trouble.UNREADABLE, "rows, and none that can be read")
    if not rows and data.get("numResults") != 0:
        raise CollectError(Trouble.BLOCKED, "an empty list, and no count that says so")
    return hits(rows)


def _row(row: Mapping[str, Any]) -> Profile | None:
    number, name = ident(row.get("mid")), plain(row.get("uname"), 100)
    if not number.isdigit() or not name or row.get("type", "bili_user") != "bili_user":
        return None
    bio, picture = text_of(row.get("usign")), text_of(row.get("upic"))
    badge = mapping(row.get("official_verify"))
    kind = badge.get("type")
    told = isinstance(kind, int) and not isinstance(kind, bool)
    return Profile(
        handle=number,
        name=name,
        bio=bio,
        avatar=file_name(picture),
        verified=kind in _KINDS if told else None,
        verified_type=_KINDS.get(kind) if isinstance(kind, int) else None,
        verified_as=text_of(badge.get("desc"))[:200] or None,
        followers=count(row.get("fans")),
        post_count=count(row.get("videos")),
        traits=traits(
            bio,
            url=f"https://space.bilibili.com/{number}",
            avatar_url=f"https:{picture}" if picture.startswith("//") else picture[:500],
        ),
    )


searcher = Collector(
    name="bilibili_search",
    platform="bilibili",
    hosts=frozenset({"bilibili.com", "*.bilibili.com"}),
    search=search,
    pace=Pace(gap=30.0),
    needs=frozenset({Need.BROWSER}),
    title="哔哩哔哩用户搜索（浏览器）",
    forms=("other",),
    sees=frozenset(
        {"bio", "avatar", "verified", "verified_type", "verified_as", "followers", "post_count"}
    ),
    sure=Sure.REPORTED,
)
