"""Bilibili by its owner's grant on the open platform: the account's own videos.

PARTIAL: the platform has no call for 动态, so a silence in videos proves none. Every call is
signed (HMAC-SHA256). Settings: `client_id`, `app_secret`, `access_token`, and `openid` where the
name alone shall not tell whose token it is. The refresh_token is single-use, so it is not spent
here: an expired access_token is BLOCKED until an operator stores a new one.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from collectors import Collector, Need, Sure
from collectors._owner import BILIBILI, CodeError, number, setting
from collectors._values import count, epoch, ident, json_of, line, mapping, text_of
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

API = "https://member.bilibili.com/arcopen/fn"
ASKED = 20


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the account's face and its newest videos. Raises CollectError."""
    told, _ = await _ask(source, fetch, "user/account/info")
    profile = _profile(told, source)
    try:
        stat, _ = await _ask(source, fetch, "data/user/stat")
        profile = replace(profile, followers=count(stat.get("follower")))
    except CollectError as error:
        if error.retry_after is not None:
            raise
    listed, seen = await _ask(source, fetch, f"archive/viewlist?pn=1&ps={ASKED}&status=pubed")
    rows = listed.get("list")
    if not isinstance(rows, list):
        raise CollectError(Trouble.UNREADABLE, "viewlist: no list in the answer")
    found = [_post(mapping(row), seen) for row in rows]
    posts = {post.id: post for post in found if post}
    return Sighting(profile, tuple(posts.values()), Coverage.PARTIAL)


async def _ask(source: Source, fetch: Fetch, call: str) -> tuple[dict[str, Any], datetime]:
    """`data` of one signed call, and when it came."""
    # Bilibili refuses a signature of another hour than its own; nothing is judged by this clock.
    seconds = str(int(time.time()))  # noqa: TID251
    headers = signed(source, seconds, uuid4().hex)
    page = await fetch(Request(f"{API}/{call}", headers=headers, secret=True))
    return _payload(page, call.partition("?")[0]), page.at


def signed(source: Source, seconds: str, nonce: str) -> Mapping[str, str]:
    """The headers of a call without body: sorted x-bili-… lines, HMAC-SHA256 with app_secret."""
    lines = {
        "x-bili-accesskeyid": setting(source, "client_id"),
        "x-bili-content-md5": hashlib.md5(b"", usedforsecurity=False).hexdigest(),
        "x-bili-signature-method": "HMAC-SHA256",
        "x-bili-signature-nonce": nonce,
        "x-bili-signature-version": "2.0",
        "x-bili-timestamp": seconds,
    }
    text = "\n".join(f"{key}:{value}" for key, value in sorted(lines.items()))
    mark = hmac.new(setting(source, "app_secret").encode(), text.encode(), hashlib.sha256)
    token = setting(source, "access_token")
    return {**lines, "Authorization": mark.hexdigest(), "access-token": token}


def _payload(page: Page, call: str) -> dict[str, Any]:
    told = json_of(page)
    code = number(told.get("code"))
    if code is None:
        raise CollectError(Trouble.UNREADABLE, f"{call}: an answer without a code")
    if code:
        raise CodeError(BILIBILI, code, call, told.get("message"))
    data = mapping(told.get("data"))
    if not data:
        raise CollectError(Trouble.UNREADABLE, f"{call}: no data in the answer")
    return data


def _profile(told: Mapping[str, Any], source: Source) -> Profile:
    """The token's own account. Raises UNREADABLE where that is another than the filed one."""
    name = line(told.get("name"), 100)
    if not name:
        raise CollectError(Trouble.UNREADABLE, "account/info: no name in the answer")
    filed, shown = setting(source, "openid"), text_of(told.get("openid"))
    if filed and shown and filed != shown:
        raise CollectError(Trouble.UNREADABLE, "wrong account: the token is another openid's")
    if not (filed and shown) and source.account_name and name != source.account_name.strip():
        detail = f"wrong account: the token is of {name[:40]!r}; if it was renamed, file openid"
        raise CollectError(Trouble.UNREADABLE, detail)
    picture = text_of(told.get("face")).partition("?")[0].rpartition("/")[2]
    return Profile(source.handle, name, avatar=picture or None)


def _post(row: Mapping[str, Any], seen: datetime) -> Post | None:
    """One video that everybody may watch (state 0), by `ptime`, the second it was published."""
    state = mapping(row.get("addit_info")).get("state", 0)
    video, at = ident(row.get("resource_id")), epoch(row.get("ptime"), seen)
    if not video or at is None or state not in (0, "0"):
        return None
    url = text_of(mapping(row.get("video_info")).get("share_url"))
    return Post(video, at, line(row.get("title")), url if url.startswith("https://") else None)


collector = Collector(
    name="bilibili_api",
    platform="bilibili",
    hosts=frozenset({"member.bilibili.com"}),
    collect=collect,
    coverage=Coverage.PARTIAL,
    needs=frozenset({Need.CREDENTIAL}),
    title="哔哩哔哩（本账号授权接口，仅视频）",
    forms=("other",),
    sees=frozenset({"avatar", "followers"}),
    sure=Sure.REPORTED,
)
