"""今日头条 by its owner's open platform: the account's videos, and nothing else.

Articles and short posts are behind no open call, so this adds posts and never proves silence. The
platform is Douyin's (open.douyin.com), with its codes. Settings: `open_id` unless the handle is it,
and `access_token` by reference; what renews that token is a program of the operator's, and when the
refresh_token ends the owner has to authorise again. The list names no author: the token is its
proof. Nobody has exercised this call with a real account as far as we know.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from collectors import Collector, Need, Sure
from collectors._values import epoch, ident, line, mapping, text_of
from collectors._xhr import answer
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Page,
    Post,
    Request,
    Sighting,
    Source,
    Trouble,
)

LIST = "https://open.douyin.com/toutiao/video/list/"
SIZE = 20
_AGAIN = "operator: the owner must authorise again"
_CODES: Mapping[int, tuple[Trouble, str]] = {
    28001008: (Trouble.BLOCKED, "operator: access_token expired, the renewing program stands"),
    2190008: (Trouble.BLOCKED, "operator: access_token expired, the renewing program stands"),
    28001003: (Trouble.BLOCKED, "operator: access_token is refused, renew it"),
    2190002: (Trouble.BLOCKED, "operator: access_token is refused, renew it"),
    10010: (Trouble.BLOCKED, f"refresh_token expired. {_AGAIN}"),
    10020: (Trouble.BLOCKED, f"no renewals are left. {_AGAIN}"),
    28001012: (Trouble.BLOCKED, f"the owner did not grant toutiao.video.data. {_AGAIN}"),
    28001015: (Trouble.BLOCKED, "operator: access_token and open_id differ"),
    28001014: (Trouble.BLOCKED, "operator: the app lacks this capability"),
    28001018: (Trouble.BLOCKED, "operator: the app lacks this capability"),
    2190004: (Trouble.BLOCKED, "operator: the app lacks this capability"),
    28001016: (Trouble.BLOCKED, "operator: the app is closed"),
    28001019: (Trouble.BLOCKED, "operator: the capability is closed"),
    28001056: (Trouble.UNREADABLE, "the platform retired this call"),
    28001045: (Trouble.GONE, "the account is cancelled"),
    28001046: (Trouble.BANNED, "the account is banned"),
    2100009: (Trouble.BANNED, "the account is banned"),
    28001047: (Trouble.BLOCKED, "the account is private"),
    28003017: (Trouble.BLOCKED, "the quota is used up"),
    28003018: (Trouble.BLOCKED, "asked too fast"),
    2190001: (Trouble.BLOCKED, "the quota is used up"),
    28001052: (Trouble.BLOCKED, "risk control: ask more slowly"),
    28001005: (Trouble.UNREACHABLE, "the platform is busy"),
    28001006: (Trouble.UNREACHABLE, "the platform is busy"),
    2100004: (Trouble.UNREACHABLE, "the platform is busy"),
}


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the newest videos. Raises CollectError with what an operator must do."""
    token = str(source.settings.get("access_token") or "")
    open_id = str(source.settings.get("open_id") or source.handle)
    if not token:
        raise CollectError(Trouble.BLOCKED, "operator: settings need access_token")
    query = f"?open_id={quote(open_id, safe='')}&cursor=0&count={SIZE}"
    page = await fetch(Request(LIST + query, headers={"access-token": token}))
    data = _payload(page)
    rows = data.get("list")
    if not isinstance(rows, list):
        raise CollectError(Trouble.UNREADABLE, "video/list: no list in the answer")
    posts = tuple(post for row in rows if (post := _post(mapping(row), page.at)))
    if not posts:  # articles may well have been published
        trouble = Trouble.UNREADABLE if rows else Trouble.BLOCKED
        raise CollectError(trouble, f"{len(rows)} videos, none of them readable: proves nothing")
    return Sighting(None, posts, Coverage.PARTIAL)


def _payload(page: Page) -> Mapping[str, Any]:
    """The data of a good answer; the code stands in one of three places."""
    told = answer(page)
    data = mapping(told.get("data"))
    places = (
        data.get("error_code"),
        mapping(told.get("extra")).get("error_code"),
        told.get("err_no"),
    )
    code = next((each for each in places if each not in (0, None, "")), 0)
    if code == 0:
        return data
    said = line(data.get("description") or told.get("err_msg"), 60)
    known = _CODES.get(code) if isinstance(code, int) else None
    trouble, why = known or (Trouble.UNREADABLE, said or "unknown")
    raise CollectError(trouble, f"video/list: code {code!r:.12}, {why}")


def _post(row: Mapping[str, Any], seen: datetime) -> Post | None:
    number, at = ident(row.get("item_id")), epoch(row.get("create_time"), seen)
    if not number or at is None:
        return None
    url = text_of(row.get("share_url"), 500)
    return Post(
        number,
        at,
        line(row.get("title")),
        url if url.startswith("https://") else None,
        pinned=row.get("is_top") is True,
    )


collector = Collector(
    name="toutiao_api",
    platform="toutiao",
    hosts=frozenset({"open.douyin.com"}),
    collect=collect,
    coverage=Coverage.PARTIAL,
    needs=frozenset({Need.CREDENTIAL}),
    paths=("/toutiao/",),
    title="头条开放平台（仅视频，账号本人授权）",
    forms=("toutiao",),
    sure=Sure.UNCONFIRMED,
)
