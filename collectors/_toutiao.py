"""Reading Toutiao's own JSON: the cells of a feed, their authors, the profile of a page.

Pure. A cell's author stands in one of three places, by the kind of the cell. `publish_time` is when
it was published; `behot_time` is when the feed moved it up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from collectors._values import count, epoch, ident, line, mapping, text_of
from collectors._whose import Match, Owner, ids_in, match
from collectors._xhr import asked_for, file_name
from watcher.model import CollectError, Page, Post, Profile, Trouble

HOSTS = frozenset(
    {"toutiao.com", "*.toutiao.com", "*.snssdk.com", "*.toutiaoapi.com", "*.toutiaoimg.cn"}
)
PROFILE_LINK = re.compile(
    r"/c/user/(?:token/(?P<token>MS4wLjAB[\w-]+)|(?P<number>\d{3,20}))"
    r"|[?&](?:user_id|uid|to_user_id)=(?P<uid>\d{3,20})"
)
_FOUNDED = datetime(2012, 8, 1, tzinfo=UTC)  # no post can be older than the platform
_IDS = ("user_id", "userId", "id", "uid", "media_id", "mediaId", "token", "sec_user_id")
_TOKEN = re.compile(r"MS4wLjAB[\w-]{10,}")
_LINKED = ("schema", "source_url", "media_url", "user_url", "homePage", "origin_profile_url")
_SHORT, _VIDEO, _MAYBE_VIDEO = 32, 49, 0  # cell_type


@dataclass(frozen=True, slots=True)
class Face:
    """An author, or the owner of a profile page."""

    ids: frozenset[str]
    name: str
    bio: str | None = None
    avatar: str | None = None
    verified: bool | None = None
    verified_type: str | None = None
    verified_as: str | None = None
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """The account's posts of one feed answer. `first`: the newest page of everything it posts."""

    posts: tuple[Post, ...] = ()
    author: Face | None = None
    first: bool = False
    unread: int = 0  # rows of his, or of nobody, whose id or time cannot be read
    foreign: int = 0  # rows of others


def check(value: Mapping[str, Any]) -> None:
    """Raises BLOCKED where the envelope says that nothing was shown."""
    said = value.get("message")
    code = value.get("err_no", value.get("code", value.get("status_code", 0)))
    refused = isinstance(code, int) and code not in (0, 200)
    if refused or (isinstance(said, str) and said not in ("", "success", "ok")):
        raise CollectError(Trouble.BLOCKED, f"answer says {said!r:.40}, code {code!r:.12}")


def face_of(user: Mapping[str, Any]) -> Face:
    """A user object of any shape. A follower count of 0 is a default, a badge is its text."""
    told = mapping(user.get("info")) or user
    links = " ".join(str(told.get(key) or "")[:400] for key in _LINKED)
    kind, badge = _badge(told)
    bio = next(
        (told[key] for key in ("description", "desc") if isinstance(told.get(key), str)), None
    )
    counts = mapping(user.get("relation_count"))
    flag = told.get("user_verified", told.get("userVerified"))
    return Face(
        ids_in(told, *_IDS) | ids_in(user, "user_id") | frozenset(_TOKEN.findall(links)),
        line(told.get("name") or told.get("screen_name"), 60),
        None if bio is None else text_of(bio),
        file_name(told.get("avatar_url") or told.get("avatarUrl")),
        True if badge else (False if flag in (False, 0) else None),
        kind if badge else None,
        badge or None,
        count(counts.get("followers_count")) or count(told.get("follower_count")) or None,
    )


def _badge(user: Mapping[str, Any]) -> tuple[str | None, str]:
    """Kind and text of the badge; `user_auth_info` is JSON inside a string."""
    info = user.get("user_auth_info", user.get("userAuthInfo"))
    try:
        auth = mapping(json.loads(info) if isinstance(info, str) and info else info)
    except (ValueError, RecursionError):
        auth = {}
    text = line(auth.get("auth_info"), 200) or line(user.get("verified_content"), 200)
    return line(auth.get("auth_type"), 20) or None, text


def profile_of(face: Face, handle: str) -> Profile:
    """The face as it is kept."""
    return Profile(
        handle=handle,
        name=face.name,
        bio=face.bio,
        avatar=face.avatar,
        verified=face.verified,
        verified_type=face.verified_type,
        verified_as=face.verified_as,
        followers=face.followers,
    )


# -- feeds ---------------------------------------------------------------------------------


def feed_of(value: Mapping[str, Any], owner: Owner, page: Page) -> Feed:
    """The account's posts in a feed answer, or in a single cell. Raises CollectError."""
    rows = _rows(value)
    asked = asked_for(page.url, "token", "visit_user_token", "visit_user_id", "user_id")
    read = [_row(row, owner, asked, page.at) for row in rows]
    sure = any(grade >= Match.NAME for grade, _, _ in read)
    strangers = any(grade is Match.NONE for grade, _, _ in read)
    # rows whose author cannot be compared count only where nothing speaks against them
    least = Match.NAME if sure or strangers else Match.ASKED
    own = [(post, face) for grade, post, face in read if grade >= least]
    nobodys = sum(1 for _, _, face in read if not (face.ids or face.name))
    author = next((face for _, face in own if face.name), None)
    followers = max((face.followers or 0 for _, face in own), default=0)
    return Feed(
        tuple(post for post, _ in own if post),
        replace(author, followers=followers or None) if author else None,
        _is_first(page, asked & owner.ids),
        nobodys + sum(1 for post, face in own if post is None and (face.ids or face.name)),
        len(rows) - len(own),
    )


def _rows(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The cells. Raises BLOCKED where there is no list at all."""
    data = value.get("data", value.get("feeds"))
    if isinstance(data, Mapping):
        lists = (data[key] for key in ("list", "feeds", "data") if isinstance(data.get(key), list))
        data = next(lists, data)
    if isinstance(data, list):
        return [_unwrapped(row) for row in data]
    cell = data if isinstance(data, Mapping) else value
    if "publish_time" in cell:
        return [cell]
    raise CollectError(Trouble.BLOCKED, "feed answer without a list")


def _unwrapped(row: Any) -> Mapping[str, Any]:
    """The app's feed wraps each cell as JSON in a string."""
    cell = mapping(row)
    inner = cell.get("content")
    if "publish_time" in cell or not (isinstance(inner, str) and inner.startswith("{")):
        return cell
    try:
        return mapping(json.loads(inner))
    except (ValueError, RecursionError):
        return cell


def _is_first(page: Page, asked: frozenset[str]) -> bool:
    category = asked_for(page.url, "category")
    return (
        bool(asked)
        and category == {"profile_all"}
        and not (asked_for(page.url, "max_behot_time") - {"0"})
    )


def _row(
    cell: Mapping[str, Any], owner: Owner, asked: frozenset[str], seen: datetime
) -> tuple[Match, Post | None, Face]:
    face = author_of(cell)
    return match(owner, face.ids, face.name, asked), _post(cell, seen), face


def author_of(cell: Mapping[str, Any]) -> Face:
    """The author in whichever place this kind of cell has one; nobody where it has none."""
    for key in ("user_info", "user", "media_info"):
        face = face_of(mapping(cell.get(key)))
        if face.ids or face.name:
            return face
    return Face(frozenset(), "")


def _post(cell: Mapping[str, Any], seen: datetime) -> Post | None:
    keys = ("item_id_str", "group_id_str", "id", "group_id", "item_id")
    number = next((found for key in keys if (found := ident(cell.get(key)))), "")
    at = epoch(cell.get("publish_time"), seen)
    if not number or at is None or at < _FOUNDED:
        return None
    return Post(
        id=number,
        at=at,
        title=line(cell.get("title") or cell.get("content") or cell.get("abstract")),
        url=f"https://www.toutiao.com/{_kind(cell)}/{number}/" if number.isdecimal() else None,
        pinned=cell.get("is_stick") in (True, 1) or cell.get("stick_label") == "置顶",
    )


def _kind(cell: Mapping[str, Any]) -> str:
    kind = cell.get("cell_type")
    if kind == _SHORT:
        return "w"
    video = kind == _VIDEO or (kind == _MAYBE_VIDEO and mapping(cell.get("video")))
    return "video" if video else "article"
