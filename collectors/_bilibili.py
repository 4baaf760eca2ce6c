"""Reading Bilibili's own JSON: its codes, the three faces of an account, its dynamics; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from collectors._values import count, epoch, ident, json_of, line, mapping, text_of
from watcher.model import CollectError, Page, Post, Profile, Source, Trouble

LIVE = "DYNAMIC_TYPE_LIVE_RCMD"  # "is live now": made by the platform, no post of the account
FORWARD = "DYNAMIC_TYPE_FORWARD"
NO_SUCH = "啥都木有"  # with code -404, of a cancelled account or a number nobody has
_MEANING: Mapping[int, tuple[Trouble, str]] = {
    -352: (Trouble.BLOCKED, "风控校验失败"),
    -401: (Trouble.BLOCKED, "not allowed"),
    -403: (Trouble.BLOCKED, "not allowed"),
    -412: (Trouble.BLOCKED, "intercepted"),
    -509: (Trouble.BLOCKED, "asked too often"),
    -799: (Trouble.BLOCKED, "asked too fast"),
    -101: (Trouble.BLOCKED, "needs a login"),
    -500: (Trouble.UNREACHABLE, "the server failed"),
    -503: (Trouble.UNREACHABLE, "the server is busy"),
    -504: (Trouble.UNREACHABLE, "the server is slow"),
}
_MID = re.compile(r"[1-9]\d{0,19}")
_SPACE = re.compile(r"https?://(?:space\.bilibili\.com|m\.bilibili\.com/space)/(\d{1,20})(?:\W|$)")
_KINDS = {-1: "", 0: "person", 1: "institution"}


class NoSuchError(CollectError):
    """Code -404 啥都木有; whose account it speaks of is for the caller to know."""


@dataclass(frozen=True, slots=True)
class Dynamics:
    """One account's rows of the list, as shown. `unread` are own rows without a credible time."""

    posts: tuple[Post, ...] = ()
    author: Mapping[str, Any] | None = None
    more: bool = True
    unread: int = 0
    foreign: int = 0
    live: int = 0


def mid_of(source: Source) -> str:
    """The account's number, from the handle or a link to its space. Raises UNREADABLE."""
    handle = source.handle.strip()
    linked = _SPACE.match(handle)
    mid = linked[1] if linked else handle.lower().removeprefix("uid:").strip()
    if not _MID.fullmatch(mid):
        raise CollectError(Trouble.UNREADABLE, f"the handle {handle[:60]!r} is no mid")
    return mid


def data_of(page: Page) -> dict[str, Any]:
    """`data` of an answer with code 0.

    Raises NoSuchError for -404 啥都木有, else CollectError: a refusal by status or code is BLOCKED.
    """
    told = json_of(page)
    code = told.get("code")
    if isinstance(code, bool) or not isinstance(code, int):
        raise CollectError(Trouble.UNREADABLE, "an answer without a code")
    if code:
        said = line(told.get("message") or told.get("msg"), 60)
        if code == -404 and said == NO_SUCH:
            raise NoSuchError(Trouble.GONE, f"code -404 {said}")
        trouble, meaning = _MEANING.get(code, (Trouble.UNREADABLE, "a code we do not know"))
        words = f" ({said})" if said and said != meaning else ""
        raise CollectError(trouble, f"code {code}, {meaning}{words}")
    data = mapping(told.get("data"))
    if "v_voucher" in data:
        raise CollectError(Trouble.BLOCKED, "v_voucher: 风控校验失败")
    if not data:
        raise CollectError(Trouble.UNREADABLE, "an answer without data")
    return data


def asked_mid(page: Page) -> str:
    """Whose answer the page's address asked for, "" where it does not say."""
    query = parse_qs(urlsplit(page.url).query)
    found = (query.get(name, [""])[0] for name in ("host_mid", "mid", "vmid", "uid"))
    return next((mid for mid in found if mid), "")


def read_face(data: Mapping[str, Any], mid: str) -> Profile:
    """The account of acc/info, card, or the live room's master/info, which differ in shape.

    Raises UNREADABLE where it is somebody else's or nameless.
    """
    card = mapping(data.get("card")) or mapping(data.get("info")) or data
    theirs = ident(card.get("mid")) or ident(card.get("uid"))
    if theirs != mid:
        raise CollectError(Trouble.UNREADABLE, f"shows account {theirs or '(none)':.30}, not {mid}")
    name = line(card.get("name") or card.get("uname"), 100)
    if not name:
        raise CollectError(Trouble.UNREADABLE, "an account without a name")
    verified, kind, text = _badge(card)
    fans = (data.get("follower"), data.get("follower_num"), card.get("fans"))
    return Profile(
        handle=mid,
        name=name,
        bio=text_of(card["sign"]) if isinstance(card.get("sign"), str) else None,
        avatar=avatar(card.get("face")),
        verified=verified,
        verified_type=kind or None,
        verified_as=text or None,
        followers=next((n for n in map(count, fans) if n is not None), None),
    )


def _badge(card: Mapping[str, Any]) -> tuple[bool | None, str, str]:
    """Verified or not, the kind, the words; None where the answer does not speak of it."""
    badges = [mapping(card.get(key)) for key in ("official_verify", "official", "Official")]
    for badge in badges:
        kind = badge.get("type")
        if isinstance(kind, int) and not isinstance(kind, bool):
            words = (line(b.get("title") or b.get("desc"), 200) for b in badges)
            return kind >= 0, _KINDS.get(kind, str(kind)), next((w for w in words if w), "")
    return None, "", ""


def avatar(url: Any) -> str | None:
    """The picture's file name: hosts and sizes in front and behind it change."""
    return text_of(url).partition("?")[0].partition("@")[0].rpartition("/")[2] or None


def author_face(author: Mapping[str, Any], mid: str) -> Profile | None:
    """What the author block of a dynamic tells. Its badge's words are empty even where there are
    some, and so is no proof that there is none."""
    name = line(author.get("name"), 100)
    if not name:
        return None
    verified, kind, text = _badge(author)
    return Profile(
        handle=mid,
        name=name,
        avatar=avatar(author.get("face")),
        verified=verified,
        verified_type=kind or None,
        verified_as=text or None,
    )


def read_dynamics(data: Mapping[str, Any], mid: str, seen: datetime) -> Dynamics:
    """The account's own rows. Raises UNREADABLE where there is no list."""
    rows = data.get("items")
    if not isinstance(rows, list):
        raise CollectError(Trouble.UNREADABLE, "a list without items")
    posts: dict[str, Post] = {}
    author: Mapping[str, Any] | None = None
    unread = foreign = live = 0
    for row in map(mapping, rows):
        theirs = _author(row)
        if ident(theirs.get("mid")) != mid:
            foreign += 1
            continue
        author = author or theirs
        post = _post(row, theirs, seen)
        if row.get("type") == LIVE:
            live += 1
        elif row.get("visible") is False:
            continue  # the platform itself does not show it
        elif post is None:
            unread += 1
        else:
            posts.setdefault(post.id, post)
    more = data.get("has_more") not in (False, 0)
    return Dynamics(tuple(posts.values()), author, more, unread, foreign, live)


def _author(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(mapping(row.get("modules")).get("module_author"))


def _post(row: Mapping[str, Any], author: Mapping[str, Any], seen: datetime) -> Post | None:
    """One dynamic; `pub_ts` is its time, `pub_time` beside it only words ("3天前")."""
    number, at = ident(row.get("id_str")) or ident(row.get("id")), epoch(author.get("pub_ts"), seen)
    if not number.isdigit() or at is None:
        return None
    tag = mapping(mapping(row.get("modules")).get("module_tag"))
    return Post(
        id=number,
        at=at,
        title=next((text for text in _titles(row) if text), ""),
        url=f"https://t.bilibili.com/{number}",
        repost=row.get("type") == FORWARD,
        pinned="置顶" in text_of(tag.get("text")),
    )


def _titles(row: Mapping[str, Any]) -> Iterator[str]:
    """What a dynamic is called: the work's title where it has one, else its first words."""
    told = mapping(mapping(row.get("modules")).get("module_dynamic"))
    major = mapping(told.get("major"))
    for kind in ("archive", "article", "opus", "pgc", "common", "live"):
        yield line(mapping(major.get(kind)).get("title"))
    yield line(mapping(told.get("desc")).get("text"))
    yield line(mapping(mapping(major.get("opus")).get("summary")).get("text"))


def has_rows(dynamics: Dynamics) -> bool:
    """Whether anything in the list is the account's, be it unreadable or no post."""
    return bool(dynamics.posts or dynamics.unread or dynamics.live)
