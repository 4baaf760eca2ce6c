"""抖音 user search: the search page in a browser, and the answer that the page asks for itself.

It is gated far more often than profiles are, and then answers 200 with nothing: so an empty list
is never "none found". Nothing is signed and no gate is worked around.
Settings: `cookie`, optional and by reference: of a person's own login.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collectors import Collector, Need, Sure
from collectors._douyin import SEC_UID, answer, read_profile
from collectors._search import escaped, hits, perhaps_operator, plain, traits, wanted
from collectors._values import mapping, sequence, text_of
from collectors._xhr import asked_for, is_path
from watcher.model import CollectError, Fetch, Hits, Pace, Page, Profile, Request, Source, Trouble

LIST = "/aweme/v1/web/discover/search"
_PICTURES = ("avatar_larger", "avatar_300x300", "avatar_168x168", "avatar_medium", "avatar_thumb")


async def search(source: Source, fetch: Fetch) -> Hits:
    """The users on the first page. Raises CollectError, also for an empty one."""
    query = wanted(source)
    address = f"https://www.douyin.com/search/{escaped(query)}?type=user"
    page = await fetch(Request(address, render=True, capture=(LIST,), session="operator"))
    lists = [xhr for xhr in page.captured if is_path(xhr, LIST)]
    # the page may also load what others search for just now
    lists = [xhr for xhr in lists if asked_for(xhr.url, "keyword") <= {query}]
    if not lists:
        raise _unasked(page)
    told = [_told(xhr) for xhr in lists]
    rows = [_row(mapping(row)) for each in told for row in sequence(each.get("user_list"))]
    if not rows:
        raise CollectError(Trouble.BLOCKED, "an empty list: gated or none, nobody can tell")
    if not any(rows):
        raise CollectError(Trouble.UNREADABLE, "rows, and none that can be read")
    return hits(rows)


def _told(xhr: Page) -> Mapping[str, Any]:
    """One answer. Raises BLOCKED where it is a gate."""
    value = answer(xhr)
    nil = text_of(mapping(value.get("search_nil_info")).get("search_nil_type"), 60)
    if nil and not sequence(value.get("user_list")):
        raise CollectError(Trouble.BLOCKED, f"search_nil_type {nil}")
    return value


def _unasked(page: Page) -> CollectError:
    if page.status >= 500:
        return CollectError(Trouble.UNREACHABLE, f"HTTP {page.status}")
    return CollectError(Trouble.BLOCKED, f"HTTP {page.status}, the page asked for no list of users")


def _row(row: Mapping[str, Any]) -> Profile | None:
    user = mapping(row.get("user_info"))
    handle = text_of(user.get("sec_uid"), 120)
    if not handle.startswith(SEC_UID):
        return None
    try:
        face = read_profile({**user, "nickname": plain(user.get("nickname"), 100)}, handle)
    except CollectError:
        return None
    number = text_of(user.get("unique_id"), 60) or text_of(user.get("short_id"), 60)
    shown = traits(
        face.bio,
        url=f"https://www.douyin.com/user/{escaped(handle)}",
        unique_id="" if number == "0" else number,
        avatar_url=_picture(user),
    )
    return Profile(
        handle, face.name, face.bio, face.avatar, face.verified, face.verified_type,
        face.verified_as, face.followers, face.post_count, shown,
    )  # fmt: skip


def _picture(user: Mapping[str, Any]) -> str:
    for key in _PICTURES:
        for url in sequence(mapping(user.get(key)).get("url_list")):
            if text_of(url).startswith("https://"):
                return text_of(url)[:500]
    return ""


searcher = Collector(
    name="douyin_search",
    platform="douyin",
    hosts=frozenset({"douyin.com", "*.douyin.com"}),
    search=search,
    handshake=perhaps_operator,
    pace=Pace(gap=120.0),
    needs=frozenset({Need.BROWSER}),
    title="抖音用户搜索（浏览器）",
    forms=("douyin",),
    sees=frozenset(
        {"bio", "avatar", "verified", "verified_type", "verified_as", "followers", "post_count"}
    ),
    sure=Sure.REPORTED,
    risk="十次约九次遇到验证（即记为未检索）；须真人监看并登录的浏览器会话，每天几个词为限",
)
