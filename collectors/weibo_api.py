"""新浪微博 by its owner's own API: the account that authorised our app reads itself.

`statuses/user_timeline` gives the newest posts of the token's own user, from the app and the web
alike (base_app=0). Posts that only some may see are listed to their owner too and are left out.
COMPLETE down to the oldest listed post while a full list came, or as many as the account counts;
for a thinner list (it is often said that ordinary apps get "at most the newest 5", which nobody
confirms) PARTIAL. Settings: `access_token`. It lives for what Weibo granted (5 years where the
account owns the app, else 30 days), cannot be renewed from here, and dies with a new password.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from collectors import Collector, Need, Sure
from collectors._order import pins_on_top
from collectors._owner import WEIBO, CodeError, number, setting
from collectors._values import json_of, mapping, parsed, sequence
from collectors.weibo import read_post, read_profile
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Page,
    Post,
    Profile,
    Request,
    Session,
    Sighting,
    Source,
    Trouble,
)

API = "https://api.weibo.com/2"
ASKED, FULL = 50, 20  # posts asked for, and how many must come for a list to be a full one


async def handshake(source: Source, fetch: Fetch) -> Session:
    """The owner's token as a parameter of every call; it is lent, not earned."""
    return Session(params={"access_token": setting(source, "access_token")}, lifetime=86400.0)


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the account whose numeric uid is the handle. Raises CollectError."""
    uid = source.handle.strip()
    if not uid.isascii() or not uid.isdigit():
        raise CollectError(Trouble.UNREADABLE, "the handle must be the numeric uid")
    profile, refused = await _profile(source, fetch, uid)
    query = f"&count={ASKED}&page=1&base_app=0&feature=0&trim_user=0"
    page = await _ask(source, fetch, "statuses/user_timeline.json", uid, query)
    told = _payload(page, "user_timeline")
    if profile is None:  # every status bears its author
        author = next(
            (row.get("user") for row in map(mapping, sequence(told.get("statuses")))), None
        )
        if author is None:
            raise refused or CollectError(Trouble.UNREADABLE, "nothing says whose this is")
        profile = read_profile({"userInfo": author}, uid)
    return _sighting(told, profile, uid, page.at)


async def _profile(
    source: Source, fetch: Fetch, uid: str
) -> tuple[Profile | None, CollectError | None]:
    """The account's face, or why this call alone was not answered. Raises CollectError."""
    try:
        told = _payload(await _ask(source, fetch, "users/show.json", uid, ""), "users/show")
    except CollectError as error:
        alone = isinstance(error, CodeError) and error.code in (10005, 10014, 21337)
        if error.retry_after is None and (alone or error.trouble is Trouble.UNREACHABLE):
            return None, error
        raise
    return read_profile({"userInfo": told}, uid), None


async def _ask(source: Source, fetch: Fetch, call: str, uid: str, query: str) -> Page:
    # a token is one account's: the session must never be shared with another uid
    session = f"token {uid}"
    return await fetch(Request(f"{API}/{call}?uid={uid}{query}", session=session, secret=True))


def _payload(page: Page, call: str) -> dict[str, Any]:
    """The answer where it is a good one. A failure has an error_code, whatever its status.

    Raises CollectError."""
    told = parsed(page.body)
    code = number(told.get("error_code"))
    if code:
        raise CodeError(WEIBO, code, call, told.get("error"))
    if page.status == 400:
        raise CollectError(Trouble.UNREADABLE, f"{call}: HTTP 400")
    return json_of(page)


def _sighting(told: dict[str, Any], profile: Profile, uid: str, seen: datetime) -> Sighting:
    rows = told.get("statuses")
    if not isinstance(rows, list):
        raise CollectError(Trouble.UNREADABLE, "user_timeline: no list in the answer")
    blogs = [mapping(row) for row in rows if str(mapping(row).get("deleted", "0")) != "1"]
    for blog in blogs:
        theirs = mapping(blog.get("user")).get("id")
        if str(theirs) != uid:
            raise CollectError(Trouble.UNREADABLE, f"wrong account: a post of {theirs!s:.20}")
    public = [blog for blog in blogs if _is_public(blog)]
    found = {post.id: post for post in (read_post(blog, uid, seen) for blog in public)}
    posts, ordered = pins_on_top(tuple(found.values()))
    total = profile.post_count
    if not blogs:
        return _empty(profile, total)
    coverage, reaches = _coverage(posts, len(blogs), total)
    return Sighting(profile, posts, coverage if ordered else Coverage.PARTIAL, reaches)


def _is_public(blog: dict[str, Any]) -> bool:
    """`visible.type` 0 is everybody; all others are friends, a group, oneself."""
    kind = mapping(blog.get("visible")).get("type", 0)
    return kind in (0, "0")


def _empty(profile: Profile, total: int | None) -> Sighting:
    if total:
        raise CollectError(Trouble.BLOCKED, f"empty list while the account counts {total}")
    if total is None:
        raise CollectError(Trouble.UNREADABLE, "an empty list that nothing explains")
    return Sighting(profile)


def _coverage(
    posts: tuple[Post, ...], listed: int, total: int | None
) -> tuple[Coverage, datetime | None]:
    reaches = min((post.at for post in posts if not post.pinned), default=None)
    if total is None or reaches is None:
        return Coverage.PARTIAL, reaches
    if listed >= total:
        return Coverage.COMPLETE, None
    return (Coverage.COMPLETE if listed >= FULL else Coverage.PARTIAL), reaches


collector = Collector(
    name="weibo_api",
    platform="weibo",
    hosts=frozenset({"api.weibo.com"}),
    collect=collect,
    needs=frozenset({Need.CREDENTIAL}),
    handshake=handshake,
    title="新浪微博（本账号授权接口）",
    forms=("weibo",),
    sees=frozenset(
        {"bio", "avatar", "verified", "verified_type", "verified_as", "followers", "post_count"}
    ),
    sure=Sure.REPORTED,
)
