"""Bilibili: the account's public space in a browser, and the answers the page itself asks for.

The list of dynamics holds videos, articles, pictures, words and forwards, newest first, pinned
ones on top, and is COMPLETE down to its oldest unpinned row. Rows of other accounts (works made
together) are left out by their author's number; "is live now" is no post. There is no count of
all dynamics anywhere, so an empty list proves nothing and is BLOCKED. Nothing is signed here: the
page signs its own requests, and what is refused stays refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from collectors import Collector, Need, Sure
from collectors._bilibili import (
    Dynamics,
    NoSuchError,
    asked_mid,
    author_face,
    data_of,
    has_rows,
    mid_of,
    read_dynamics,
    read_face,
)
from collectors._text import wall_sign
from collectors._values import count, newest_first
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Pace,
    Page,
    Profile,
    Request,
    Sighting,
    Source,
    Trouble,
)

# Ends of the paths that the page asks: what stands before them has moved (wbi, desktop).
LIST, INFO, STAT = "/feed/space", "/acc/info", "/relation/stat"
CARD = "https://api.bilibili.com/x/web-interface/card"


@dataclass(frozen=True, slots=True)
class _Told:
    """What the page's own answers said of the account so far."""

    profile: Profile | None = None
    followers: int | None = None
    lists: tuple[Dynamics, ...] = ()
    troubles: tuple[CollectError, ...] = ()


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the account whose number (mid) is the handle. Raises CollectError."""
    mid = mid_of(source)
    address = f"https://space.bilibili.com/{mid}/dynamic"
    page = await fetch(Request(address, render=True, capture=(LIST, INFO, STAT)))
    told = _Told()
    for answer in page.captured:
        told = _take(told, answer, mid)
    if not any(has_rows(one) for one in told.lists):
        raise _nothing(told, page, mid)
    if told.profile is None:
        told = replace(told, profile=await _card(mid, fetch))
    return _sighting(told, mid)


def _take(told: _Told, answer: Page, mid: str) -> _Told:
    """One answer more. The page may also load what belongs to others: that is left aside."""
    path, asked = urlsplit(answer.url).path.rstrip("/"), asked_mid(answer)
    if asked not in ("", mid):
        return told
    try:
        data = data_of(answer)
        if path.endswith(LIST):
            return replace(told, lists=(*told.lists, read_dynamics(data, mid, answer.at)))
        if path.endswith(STAT):
            if str(data.get("mid")) == mid:
                return replace(told, followers=count(data.get("follower")))
            return told
        return replace(told, profile=read_face(data, mid))
    except CollectError as error:
        if isinstance(error, NoSuchError) and (not path.endswith(INFO) or asked != mid):
            error = CollectError(Trouble.UNREADABLE, f"{path}: {error.detail}")
        return replace(told, troubles=(*told.troubles, error))


def _nothing(told: _Told, page: Page, mid: str) -> CollectError:
    """Why no row of the account was seen. Only acc/info about this very number says gone."""
    for trouble in (Trouble.BLOCKED, Trouble.GONE, Trouble.UNREADABLE, Trouble.UNREACHABLE):
        for error in told.troubles:
            if error.trouble is trouble:
                return error
    if any(one.foreign for one in told.lists):
        return CollectError(Trouble.UNREADABLE, f"every dynamic is by another account, not {mid}")
    if told.lists:
        return CollectError(Trouble.BLOCKED, "an empty list of dynamics proves nothing")
    if page.status >= 500:
        return CollectError(Trouble.UNREACHABLE, f"HTTP {page.status}")
    said = wall_sign(page.text[:100_000]) or "no list of dynamics was asked for"
    return CollectError(Trouble.BLOCKED, f"HTTP {page.status}: {said}")


async def _card(mid: str, fetch: Fetch) -> Profile | None:
    """The account's card, where the page's own profile was refused: it needs no signature."""
    try:
        return read_face(data_of(await fetch(Request(f"{CARD}?mid={mid}"))), mid)
    except CollectError as error:
        if error.retry_after is not None:
            raise
        return None


def _sighting(told: _Told, mid: str) -> Sighting:
    posts = {post.id: post for one in told.lists for post in one.posts}
    rows, last = list(posts.values()), told.lists[-1]
    author = next((one.author for one in told.lists if one.author), None)
    profile = told.profile or (author_face(author, mid) if author else None)
    if profile and told.followers is not None:
        profile = replace(profile, followers=told.followers)
    unread = sum(one.unread for one in told.lists)
    times = [post.at for post in rows if not post.pinned]
    whole = bool(times) and not unread and newest_first(rows)
    reaches = min(times, default=None) if last.more else None
    return Sighting(profile, tuple(rows), Coverage.COMPLETE if whole else Coverage.PARTIAL, reaches)


collector = Collector(
    name="bilibili",
    platform="bilibili",
    hosts=frozenset({"bilibili.com", "*.bilibili.com"}),
    paths=("/x/polymer/", "/x/space/", "/x/relation/"),
    collect=collect,
    pace=Pace(gap=10.0),
    needs=frozenset({Need.BROWSER}),
    title="哔哩哔哩动态",
    forms=("other",),
    sees=frozenset({"bio", "avatar", "verified", "verified_type", "verified_as", "followers"}),
    sure=Sure.CAPTURED,
)
