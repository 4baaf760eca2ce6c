"""抖音 by its owner's grant on the open platform: the account's own list of works.

The list reads as all works, pinned ones marked, newest first; works still under review are left
out and make it PARTIAL. Douyin has closed this list to most new apps: 28001018 and 28001056 say so.
Settings: `open_id`, `access_token` (15 days), and `client_key` with `refresh_token` where the
token is to be prolonged here; that call changes no refresh_token, so nothing need be kept.
A refresh_token ends 30 days after it was issued, or was renewed by its operator.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from collectors import Collector, Need, Sure
from collectors._order import pins_on_top
from collectors._owner import DOUYIN, CodeError, number, setting
from collectors._values import epoch, ident, json_of, line, mapping, text_of
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

API = "https://open.douyin.com"
ASKED = 20
_NUMBER = re.compile(r"/share/(?:video|note)/(\d{10,25})(?:\D|$)")
EXPIRED = frozenset({28001008, 2190008, 10008})


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the list of works and the face. Raises CollectError."""
    token = setting(source, "access_token")
    try:
        listed, seen = await _list(source, token, fetch)
    except CodeError as error:
        if error.code not in EXPIRED or not setting(source, "refresh_token"):
            raise
        token = await _prolonged(source, fetch)
        listed, seen = await _list(source, token, fetch)
    return _sighting(listed, await _profile(source, token, fetch), seen)


async def _list(source: Source, token: str, fetch: Fetch) -> tuple[dict[str, Any], datetime]:
    query = f"open_id={setting(source, 'open_id')}&cursor=0&count={ASKED}"
    url = f"{API}/api/douyin/v1/video/video_list/?{query}"
    page = await fetch(Request(url, headers={"access-token": token}, secret=True))
    return payload(page, "video_list"), page.at


async def _prolonged(source: Source, fetch: Fetch) -> str:
    """The token, prolonged or new. Raises BLOCKED where the owner must authorise again."""
    form = {
        "client_key": setting(source, "client_key"),
        "grant_type": "refresh_token",
        "refresh_token": setting(source, "refresh_token"),
    }
    request = Request(f"{API}/oauth/refresh_token/", "POST", form=form, secret=True)
    token = text_of(payload(await fetch(request), "refresh_token").get("access_token"))
    if not token:
        raise CollectError(Trouble.UNREADABLE, "refresh_token: no token in the answer")
    return token


async def _profile(source: Source, token: str, fetch: Fetch) -> Profile | None:
    """Name and picture, all that this platform tells of an owner; None without the scope.

    Raises UNREADABLE where they are another account's.
    """
    form = {"access_token": token, "open_id": setting(source, "open_id")}
    request = Request(f"{API}/oauth/userinfo/", "POST", form=form, secret=True)
    try:
        told = payload(await fetch(request), "userinfo")
    except CollectError as error:
        if error.retry_after is not None or error.trouble in (Trouble.GONE, Trouble.BANNED):
            raise
        return None
    theirs, mine = text_of(told.get("open_id")), setting(source, "open_id")
    if mine and theirs and theirs != mine:
        raise CollectError(Trouble.UNREADABLE, "wrong account: userinfo of another open_id")
    name = line(told.get("nickname"), 100)
    picture = text_of(told.get("avatar")).partition("?")[0].rpartition("/")[2]
    avatar = picture.partition("~")[0] or None
    return Profile(source.handle, name, avatar=avatar) if name else None


def payload(page: Page, call: str) -> dict[str, Any]:
    """`data` of an answer without error, in either of the platform's two envelopes.

    Raises CodeError for a code, CollectError.
    """
    told = json_of(page)
    data, extra = mapping(told.get("data")), mapping(told.get("extra"))
    codes = (told.get("err_no"), data.get("error_code"), extra.get("error_code"))
    code = next((c for c in map(number, codes) if c), 0)
    if code:
        said = told.get("err_msg") or data.get("description") or extra.get("description")
        raise CodeError(DOUYIN, code, call, said)
    if not data:
        raise CollectError(Trouble.UNREADABLE, f"{call}: no data in the answer")
    return data


def _sighting(listed: dict[str, Any], profile: Profile | None, seen: datetime) -> Sighting:
    rows = listed.get("list")
    if not isinstance(rows, list):
        raise CollectError(Trouble.UNREADABLE, "video_list: no list in the answer")
    works = [mapping(row) for row in rows]
    reviewed = [work for work in works if work.get("is_reviewed") is not False]
    found = {post.id: post for post in (_post(work, seen) for work in reviewed) if post}
    if not works:
        raise CollectError(Trouble.BLOCKED, "video_list: an empty list proves nothing")
    if reviewed and not found:
        raise CollectError(Trouble.UNREADABLE, f"video_list: none of {len(works)} rows is a work")
    posts, ordered = pins_on_top(tuple(found.values()))
    times = [post.at for post in posts if not post.pinned]
    whole = ordered and bool(times) and len(posts) == len(works)
    more = listed.get("has_more") not in (False, 0)
    reaches = min(times, default=None) if more else None
    return Sighting(profile, posts, Coverage.COMPLETE if whole else Coverage.PARTIAL, reaches)


def _post(work: dict[str, Any], seen: datetime) -> Post | None:
    """One work, None where it lacks id or time.

    `item_id` is encrypted for the app; the number that the public page knows the work by is in
    the link, and is preferred so that both sources name one work alike.
    """
    url, at = text_of(work.get("share_url")), epoch(work.get("create_time"), seen)
    linked = _NUMBER.search(url)
    work_id = linked[1] if linked else ident(work.get("video_id")) or ident(work.get("item_id"))
    if not work_id or at is None:
        return None
    return Post(
        id=work_id,
        at=at,
        title=line(work.get("title")),
        url=url if url.startswith("https://") else None,
        pinned=work.get("is_top") in (True, 1, "1"),
    )


collector = Collector(
    name="douyin_api",
    platform="douyin",
    hosts=frozenset({"open.douyin.com"}),
    collect=collect,
    needs=frozenset({Need.CREDENTIAL}),
    title="抖音（本账号授权接口）",
    forms=("douyin",),
    sees=frozenset({"avatar"}),
    sure=Sure.UNCONFIRMED,
)
