"""新浪微博, as a guest of m.weibo.cn: the profile, then the first page of the timeline.

What a guest's list proves. A guest may be shown fewer posts than there are, so the list counts as
COMPLETE only while it agrees with the profile read beside it: the profile names the number of
posts, and the account's own cards are as many as a full page (10) or as all the posts there are.
Anything thinner is PARTIAL: it adds posts and proves no silence. No own card at all while the
profile counts posts is a wall (BLOCKED), not an empty account; an empty list is believed only
when the profile itself says 0. Posts that only their followers may see stay unknown either way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from collectors import Collector, Sure
from collectors._weibo import (
    answer,
    count,
    judge_cards,
    mapping,
    moment,
    plain,
    sequence,
    text_of,
    wants_handshake,
)
from collectors._weibo_guest import handshake
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

INDEX = "https://m.weibo.cn/api/container/getIndex"
INFO = "https://weibo.com/ajax/profile/info"  # the other door, for what is in doubt
PAGE_SIZE = 10  # own cards on a full first page
_ID, _BID = re.compile(r"\d{1,25}"), re.compile(r"[0-9A-Za-z]{1,20}")


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read one account by its numeric uid. Raises CollectError."""
    uid = source.handle.strip()
    if not re.fullmatch(r"[1-9]\d{3,19}", uid):
        raise CollectError(Trouble.UNREADABLE, "the handle must be the numeric uid")
    read = _Reading(uid, fetch)
    told, lost = await _told(read)
    profile = read_profile(told, uid) if told is not None else None
    try:
        page = await read(timeline_id(told or {}, uid))
        listed = answer(page)
    except CollectError as error:
        if error.trouble is not Trouble.UNREACHABLE or profile is None:
            raise lost or error from error
        return Sighting(profile, coverage=Coverage.PARTIAL)
    if profile is not None and listed == told:  # the profile once more: the list was not shown
        return Sighting(profile, coverage=Coverage.PARTIAL)
    return read_timeline(listed, profile, uid, page.at)


async def _told(read: _Reading) -> tuple[dict[str, Any] | None, CollectError | None]:
    """The profile's answer, or why there is none although the timeline may still tell it."""
    try:
        told = answer(await read(""))
    except CollectError as error:
        if error.trouble is not Trouble.UNREACHABLE:
            raise
        return None, error
    if told is None:
        await _confirm(read)
        raise CollectError(Trouble.UNREADABLE, "这里还没有内容: empty, wrong uid or gone")
    if "userInfo" not in told and any(_blogs(sequence(told.get("cards")))):
        return None, CollectError(Trouble.UNREADABLE, "the timeline in place of the profile")
    return told, None


async def _confirm(read: _Reading) -> None:
    """Ask weibo.com what 这里还没有内容 leaves open. Raises GONE or BANNED where it says so."""
    headers = {"Referer": "https://weibo.com/", "X-Requested-With": "XMLHttpRequest"}
    request = Request(f"{INFO}?uid={read.uid}", headers=headers, session="guest")
    try:
        answer(await read.fetch(request))
    except CollectError as error:
        if error.trouble in (Trouble.GONE, Trouble.BANNED) or error.retry_after is not None:
            raise


class _Reading:
    """Requests of one reading, which renew the guest session at most once between them."""

    def __init__(self, uid: str, fetch: Fetch) -> None:
        self.uid, self.fetch, self.renewed = uid, fetch, False

    async def __call__(self, containerid: str) -> Page:
        request = _request(self.uid, containerid)
        page = await self.fetch(request)
        why = wants_handshake(page)
        if why is None or self.renewed:
            return page
        self.renewed = True
        try:
            return await self.fetch(replace(request, renew=True))
        except CollectError as error:
            if error.retry_after is not None:
                raise
            return page  # what the wall said is more to the point


def _request(uid: str, containerid: str) -> Request:
    url = f"{INDEX}?type=uid&value={uid}" + (f"&containerid={containerid}" if containerid else "")
    headers = {
        "Accept": "application/json, text/plain, */*",
        "MWeibo-Pwa": "1",
        "X-Requested-With": "XMLHttpRequest",
        "Referer": f"https://m.weibo.cn/u/{uid}",
    }
    return Request(url, headers=headers, session="guest", mobile=True)


def timeline_id(told: dict[str, Any], uid: str) -> str:
    """The container of the 微博 tab: the one the profile names if it is this uid's, else 107603."""
    for tab in map(mapping, sequence(mapping(told.get("tabsInfo")).get("tabs"))):
        containerid = text_of(tab.get("containerid"))
        if tab.get("tab_type") == "weibo" and re.fullmatch(rf"\d{{6}}{uid}", containerid):
            return containerid
    return f"107603{uid}"


def read_profile(told: dict[str, Any], uid: str) -> Profile:
    """The profile of `data.userInfo`. Raises UNREADABLE when it is missing or somebody else's."""
    user = mapping(told.get("userInfo"))
    if not user:
        judge_cards(sequence(told.get("cards")))
        raise CollectError(Trouble.UNREADABLE, "no userInfo in the profile")
    if _user_id(user) != uid:
        raise CollectError(Trouble.UNREADABLE, f"wrong account: {_user_id(user):.20}, not {uid}")
    return _profile(user, uid)


def _profile(user: dict[str, Any], uid: str) -> Profile:
    name = text_of(user.get("screen_name")).strip()[:100]
    if not name:
        raise CollectError(Trouble.UNREADABLE, "no screen_name in the profile")
    verified = user.get("verified")
    kind = user.get("verified_type")
    return Profile(
        handle=uid,
        name=name,
        bio=text_of(user.get("description"))[:1000] if "description" in user else None,
        avatar=_avatar(text_of(user.get("profile_image_url")) or text_of(user.get("avatar_hd"))),
        verified=verified if isinstance(verified, bool) else None,
        verified_type=str(kind) if isinstance(kind, int) and abs(kind) < 10_000 else None,
        verified_as=text_of(user.get("verified_reason"))[:200] or None,
        followers=count(user.get("followers_count")),
        post_count=count(user.get("statuses_count")),
    )


def _avatar(url: str) -> str | None:
    """The file name: the rest of the URL is a size, a mirror and a signature that expires."""
    try:
        return urlsplit(url).path.rpartition("/")[2] or None
    except ValueError:
        return None


def _user_id(user: dict[str, Any]) -> str:
    value = user.get("id") or user.get("idstr")
    return str(value) if isinstance(value, int | str) else ""


def read_timeline(
    listed: dict[str, Any] | None, profile: Profile | None, uid: str, seen: datetime
) -> Sighting:
    """The sighting that the timeline proves beside the profile, as the module says it."""
    cards = sequence((listed or {}).get("cards"))
    blogs = list(_blogs(cards))
    own = [blog for blog in blogs if _user_id(mapping(blog.get("user"))) == uid]
    if blogs and not own:
        raise CollectError(Trouble.UNREADABLE, "wrong account: every post is somebody else's")
    if profile is None and own:
        profile = _profile(own[0]["user"], uid)
    posts = tuple({post.id: post for post in (read_post(b, uid, seen) for b in own)}.values())
    total = profile.post_count if profile else None
    if not posts:
        return _no_posts(cards, profile, total)
    coverage, reaches = _coverage(posts, total, mapping(listed).get("cardlistInfo"))
    return Sighting(profile, posts, coverage, reaches)


def _no_posts(cards: list[Any], profile: Profile | None, total: int | None) -> Sighting:
    judge_cards(cards)
    if total is None:
        raise CollectError(Trouble.UNREADABLE, "an empty list that nothing explains")
    if total:
        raise CollectError(Trouble.BLOCKED, f"guest view hides posts: 0 of {total} shown")
    return Sighting(profile)


def _coverage(
    posts: tuple[Post, ...], total: int | None, info: Any
) -> tuple[Coverage, datetime | None]:
    reaches = min((post.at for post in posts if not post.pinned), default=None)
    if total is None or len(posts) < min(PAGE_SIZE, total):
        return Coverage.PARTIAL, reaches
    if len(posts) >= total and (total < PAGE_SIZE or not mapping(info).get("since_id")):
        return Coverage.COMPLETE, None
    return (Coverage.COMPLETE if reaches else Coverage.PARTIAL), reaches


def _blogs(cards: list[Any]) -> Iterator[dict[str, Any]]:
    """Every post of the list, those in groups too, each knowing its card's profile_type_id."""
    for card in map(mapping, cards):
        for item in (card, *map(mapping, sequence(card.get("card_group")))):
            blog = mapping(item.get("mblog"))
            if blog and str(blog.get("deleted", "0")) != "1":
                yield {"profile_type_id": item.get("profile_type_id"), **blog}


def read_post(blog: dict[str, Any], uid: str, seen: datetime) -> Post:
    """One post. Raises UNREADABLE without an id or a time."""
    ident = str(blog.get("id") or blog.get("mid") or "")
    if not _ID.fullmatch(ident):
        raise CollectError(Trouble.UNREADABLE, "a post without an id")
    try:
        at, day_only = moment(blog.get("created_at"), seen)
    except (ValueError, OverflowError) as error:
        raise CollectError(Trouble.UNREADABLE, f"post {ident}: {error}") from error
    bid = text_of(blog.get("bid"))
    return Post(
        id=ident,
        at=at,
        title=plain(blog.get("text")),
        url=f"https://weibo.com/{uid}/{bid if _BID.fullmatch(bid) else ident}",
        repost="retweeted_status" in blog,
        pinned=_pinned(blog),
        edited_at=_edited(blog, seen),
        day_only=day_only,
    )


def _pinned(blog: dict[str, Any]) -> bool:
    return (
        blog.get("isTop") in (1, "1", "True")
        or blog.get("mblogtype") in (2, "2")
        or text_of(mapping(blog.get("title")).get("text")).strip() == "置顶"
        or text_of(blog.get("profile_type_id")).startswith("proweibotop")
    )


def _edited(blog: dict[str, Any], seen: datetime) -> datetime | None:
    try:
        return moment(blog["edit_at"], seen)[0] if count(blog.get("edit_count")) else None
    except (KeyError, ValueError, OverflowError):
        return None


collector = Collector(
    name="weibo",
    platform="weibo",
    hosts=frozenset(
        {
            "m.weibo.cn",
            "visitor.passport.weibo.cn",
            # where refusals lead; they must be readable to be understood
            "weibo.com",
            "passport.weibo.com",
            "passport.weibo.cn",
            "login.sina.com.cn",
        }
    ),
    collect=collect,
    handshake=handshake,
    title="新浪微博",
    forms=("weibo",),
    sees=frozenset(
        {"bio", "avatar", "verified", "verified_type", "verified_as", "followers", "post_count"}
    ),
    sure=Sure.CAPTURED,
)
