"""Reading Douyin's own JSON: which account it speaks of, its profile, its works.

Pure: no requests, no judgement over several answers (that is collectors/douyin.py). All
functions take hostile values and answer with None or nothing rather than raise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from collectors._times import is_future
from watcher.model import CollectError, Page, Post, Profile, Trouble

BLOCKING_TEXTS = ("blocked", "argussecurityplugin", "验证码中间页", "verify_check", "captcha")
SEC_UID = "MS4wLjAB"  # how every sec_uid begins
_NO_BIO = "本宝宝暂时还没想到个性签名"  # what the platform shows for an empty one
_FOUNDED = datetime(2016, 9, 1, tzinfo=UTC)  # no work can be older than the platform
_AVATARS = ("avatar_larger", "avatar_300x300", "avatar_168x168", "avatar_medium", "avatar_thumb")


@dataclass(frozen=True, slots=True)
class Works:
    """One account's works from one or more list answers; `dropped` counts what is not public."""

    posts: tuple[Post, ...] = ()
    author: Mapping[str, Any] | None = None
    has_more: bool = False
    dropped: int = 0
    undated: int = 0  # public works whose time could not be read
    foreign: int = 0  # rows of other accounts


def answer(page: Page) -> Mapping[str, Any]:
    """The JSON object of an XHR answer without its envelopes.

    Raises CollectError: BLOCKED for refusals (Douyin refuses with HTTP 200), UNREACHABLE for 5xx.
    """
    if page.status >= 500:
        raise CollectError(Trouble.UNREACHABLE, f"HTTP {page.status}")
    text = page.body.strip()
    lowered = text[:20000].decode("utf-8", "replace").lower()
    if page.status != 200 or not text:
        detail = f"HTTP {page.status} with {lowered[:60]!r}" if text else "empty answer"
        raise CollectError(Trouble.BLOCKED, detail)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        if not text.startswith(b"{") and any(sign in lowered for sign in BLOCKING_TEXTS):
            raise CollectError(Trouble.BLOCKED, f"answer {lowered[:60]!r}") from error
        raise CollectError(Trouble.UNREADABLE, f"no JSON: {lowered[:60]!r}") from error
    return _unwrap(value)


def _unwrap(value: Any) -> Mapping[str, Any]:
    """Down through {"code": 200, "data": {…}}. Raises CollectError where a code says refused."""
    for _ in range(4):
        if not isinstance(value, dict):
            break
        _check_codes(value)
        if "user" in value or "aweme_list" in value or not isinstance(value.get("data"), dict):
            return value
        value = value["data"]
    raise CollectError(Trouble.UNREADABLE, "answer is no object that we know")


def _check_codes(value: Mapping[str, Any]) -> None:
    code = value.get("status_code", 0)
    wrapper = value.get("code", 200)
    if code not in (0, None) or wrapper not in (0, 200, None):
        said = str(value.get("status_msg") or value.get("msg") or "")[:80]
        refused = code if code not in (0, None) else wrapper
        raise CollectError(Trouble.BLOCKED, f"status_code {refused} {said}".strip())
    nil = value.get("search_nil_info")
    if isinstance(nil, dict) and nil.get("search_nil_type") in ("verify_check", "params_check"):
        raise CollectError(Trouble.BLOCKED, f"search_nil_type {nil['search_nil_type']}")


def asked_for(page: Page) -> frozenset[str]:
    """The account ids in the query of the page's own XHR."""
    query = parse_qs(urlsplit(page.url).query)
    return frozenset(
        value for name in ("sec_uid", "sec_user_id") for value in query.get(name, ()) if value
    )


def ids_of(user: Any) -> frozenset[str]:
    """Every name under which a user or author object may be meant."""
    if not isinstance(user, dict):
        return frozenset()
    names = ("sec_uid", "uid", "unique_id", "short_id")
    found = (user.get(name) for name in names)
    return frozenset(str(v) for v in found if isinstance(v, str | int) and v and v != "0")


def same(user: Any, mine: frozenset[str]) -> bool:
    """Whether a user object is the account. `sec_uid` decides where both sides have one, since
    anybody may choose a `unique_id` that looks like somebody's number."""
    secret = user.get("sec_uid") if isinstance(user, dict) else None
    known = {name for name in mine if name.startswith(SEC_UID)}
    if isinstance(secret, str) and secret and known:
        return secret in known
    return bool(ids_of(user) & mine)


def read_profile(user: Mapping[str, Any], handle: str) -> Profile:
    """The face of the account. A badge is its text: the flags are also set where there is none."""
    badge = _badge(user)
    name = user.get("nickname")
    bio = user.get("signature")
    if not isinstance(name, str) or not name:
        raise CollectError(Trouble.UNREADABLE, "profile without nickname")
    return Profile(
        handle=handle,
        name=name,
        bio=("" if bio == _NO_BIO else bio) if isinstance(bio, str) else None,
        avatar=_avatar(user),
        verified=None if badge is None else bool(badge),
        verified_type=_badge_type(user) if badge else None,
        verified_as=badge or None,
        followers=_count(user.get("follower_count")),
        post_count=_count(user.get("aweme_count")),
    )


def _badge(user: Mapping[str, Any]) -> str | None:
    """The badge's text, "" for none, None where the answer does not speak of it."""
    names = ("custom_verify", "enterprise_verify_reason")
    if not any(name in user for name in (*names, "account_cert_info")):
        return None
    texts = [user.get(name) for name in names] + [_cert_label(user.get("account_cert_info"))]
    return next((text for text in texts if isinstance(text, str) and text), "")


def _cert_label(info: Any) -> Any:
    """`account_cert_info` is JSON inside a string."""
    try:
        value = json.loads(info) if isinstance(info, str) else info
    except (ValueError, RecursionError):
        return None
    return value.get("label_text") if isinstance(value, dict) else None


def _badge_type(user: Mapping[str, Any]) -> str:
    if user.get("is_gov_media_vip") is True:
        return "gov_media"
    return "enterprise" if user.get("enterprise_verify_reason") else "personal"


def _avatar(user: Mapping[str, Any]) -> str | None:
    """The stable key of the picture; its addresses carry rotating hosts and signatures."""
    for name in _AVATARS:
        picture = user.get(name)
        if not isinstance(picture, dict):
            continue
        if isinstance(picture.get("uri"), str) and picture["uri"]:
            return str(picture["uri"])
        urls = picture.get("url_list")
        for url in urls if isinstance(urls, list) else ():
            if isinstance(url, str) and "/" in url:
                tail = url.partition("?")[0].rpartition("/")[2]
                return tail.partition("~")[0] or None
    return None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def read_works(value: Mapping[str, Any], mine: frozenset[str], page: Page) -> Works:
    """The account's public works of one list answer.

    `mine` are the account's ids; a row without an author counts as the account's only where the
    page asked for that account by name.
    """
    rows = value.get("aweme_list")
    if not isinstance(rows, list) and rows is not None:
        raise CollectError(Trouble.UNREADABLE, "aweme_list is no list")
    trusted = bool(asked_for(page) & mine)
    posts: list[Post] = []
    author: Mapping[str, Any] | None = None
    dropped = undated = foreign = 0
    for row in rows or ():
        if not isinstance(row, dict) or not _is_mine(row, mine, trusted):
            foreign += 1
            continue
        author = author or (row["author"] if isinstance(row.get("author"), dict) else None)
        post = _read_post(row, page.at)
        if _hidden(row.get("status")):
            dropped += 1
        elif post is None:
            undated += 1
        else:
            posts.append(post)
    return Works(tuple(posts), author, bool(value.get("has_more")), dropped, undated, foreign)


def merge(parts: Sequence[Works]) -> Works:
    """Several pages of one list as one; `has_more` is that of the last, the farthest page."""
    posts = {post.id: post for part in parts for post in part.posts}
    return Works(
        tuple(posts.values()),
        next((part.author for part in parts if part.author), None),
        parts[-1].has_more,
        sum(part.dropped for part in parts),
        sum(part.undated for part in parts),
        sum(part.foreign for part in parts),
    )


def _is_mine(row: Mapping[str, Any], mine: frozenset[str], trusted: bool) -> bool:
    if ids_of(row.get("author")):
        return same(row["author"], mine)
    number = row.get("author_user_id")
    if isinstance(number, str | int) and number and str(number) in mine:
        return True
    return trusted


def _hidden(status: Any) -> bool:
    flags = ("is_delete", "is_prohibited", "is_private", "private_status", "in_reviewing")
    return isinstance(status, dict) and any(bool(status.get(flag)) for flag in flags)


def _read_post(row: Mapping[str, Any], seen_at: datetime) -> Post | None:
    """One work, or None where it has no id or no time that can be true."""
    raw = row.get("aweme_id")
    number = str(raw) if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
    at = _published(row.get("create_time"), number)
    if not number or at is None or at < _FOUNDED or is_future(at, seen_at):
        return None
    kind = "note" if row.get("images") else "video"
    title = row.get("desc")
    return Post(
        id=number,
        at=at,
        title=title.strip() if isinstance(title, str) else "",
        url=f"https://www.douyin.com/{kind}/{number}" if number.isascii() else None,
        pinned=row.get("is_top") in (1, True, "1"),
    )


def _published(create_time: Any, number: str) -> datetime | None:
    """`create_time` in seconds. The phone's list has none: there the id's upper half, which is
    the second the work was uploaded (a lower bound: early for scheduled works)."""
    try:
        seconds = int(create_time or 0) or int(number) >> 32
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
