"""The list of posts: its rows, whose they are, when they were published, how far it reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urljoin, urlsplit

from collectors._times import Moment, is_future
from collectors.declarative.fields import View, flag, nodes_of, raw, read, text
from collectors.declarative.paths import chooses, opened
from collectors.declarative.sheet import NOTHING
from collectors.declarative.spec import Css, Path, Posts
from collectors.declarative.times import time_of
from watcher.model import Post

MOST = 1000  # rows that are looked at


@dataclass(slots=True)
class Listed:
    """What a list came to. `rows` None: the selector led nowhere."""

    rows: int | None = None
    posts: list[Post] = field(default_factory=list)
    dropped: int = 0  # label rows and what drop_if names
    foreign: int = 0
    unread: list[str] = field(default_factory=list)  # why a row that may be a post was not read
    owned: int = 0  # rows that say that they are this account's
    more: bool | None = None


def rows_of(posts: Posts, view: View) -> list[Any] | None:
    """The rows, nodes or JSON values; None where the selector leads nowhere."""
    if not posts.list.places:  # the page itself is the one row
        return [NOTHING]
    place = posts.list.places[0]
    if isinstance(place, Css):
        return list(nodes_of(place, view)) or None
    found = raw(posts.list, view)
    if not found:
        return None
    if not isinstance(place, Path) or chooses(place):
        return found
    rows: list[Any] = []
    for value in map(opened, found):
        if not isinstance(value, list | dict):
            return None
        rows += value.values() if isinstance(value, dict) else value
    return rows


def read_list(posts: Posts, view: View, seen_at: datetime) -> Listed:
    """Every row read or told why not."""
    listed = Listed()
    rows = rows_of(posts, view)
    if rows is None:
        return listed
    listed.rows = len(rows)
    listed.more = flag(posts.more, view)
    if len(rows) > MOST:
        listed.more = True
    for row in rows[:MOST]:
        _read_row(posts, View(view.sheet, view.values, view.earlier, row), seen_at, listed)
    listed.posts = list({post.id: post for post in reversed(listed.posts)}.values())[::-1]
    return listed


def _read_row(posts: Posts, view: View, seen_at: datetime, listed: Listed) -> None:
    if any(read(drop, view) is True for drop in posts.drop_if):
        listed.dropped += 1
        return
    own = read(posts.own, view) if posts.own is not None else True
    if own is False:
        listed.foreign += 1
        return
    texts = {name: text(posts.fields.get(name), view, 300) for name in ("id", "title", "url")}
    moment, printed = time_of(posts.time, view, seen_at)
    lacks = [n for n in sorted(posts.require) if not (moment if n == "time" else texts[n])]
    if lacks and moment is None:
        listed.dropped += 1
        return
    listed.owned += posts.own is not None and own is True
    unread = _unread(own, lacks, texts["id"], moment, printed, seen_at)
    if unread or moment is None:
        listed.unread.append(unread)
    else:
        listed.posts.append(_post(posts, view, texts, moment, seen_at))


def _unread(
    own: object,
    lacks: list[str],
    ident: str | None,
    moment: Moment | None,
    printed: str,
    seen_at: datetime,
) -> str:
    """Why a row that may be a post of the account is not read, or ""."""
    if own is not True:
        return "a row that does not say whose it is"
    if lacks and ident is not None:
        return f"a dated row without {lacks[0]}"
    if ident is None:
        return "a row without an id"
    if moment is None:
        return f"no time in {printed[:40]!r}" if printed else "a row without a time"
    return f"a time in the future: {printed[:40]!r}" if is_future(moment.at, seen_at) else ""


def _post(
    posts: Posts, view: View, texts: Mapping[str, str | None], moment: Moment, seen_at: datetime
) -> Post:
    edited = time_of(posts.edited, view, seen_at)[0] if posts.edited else None
    return Post(
        id=texts["id"] or "",
        at=moment.at,
        title=texts["title"] or "",
        url=_address(texts["url"], view),
        repost=flag(posts.fields.get("repost"), view) or False,
        pinned=flag(posts.fields.get("pinned"), view) or False,
        edited_at=edited.at if edited and edited.at >= moment.at else None,
        day_only=moment.day_only,
    )


def _address(found: str | None, view: View) -> str | None:
    """The absolute address of a post; None for what is none of the web."""
    if not found:
        return None
    try:
        absolute = found.startswith(("http://", "https://", "//"))
        if view.sheet.ask.parse == "json" and not absolute:
            return None  # of an interface nobody knows which page a relative address belongs to
        if found.startswith(("http://", "https://")):
            return found if urlsplit(found).netloc else None
        url = urljoin(view.sheet.base, found)
        return url if urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None


def newest_first(posts: Sequence[Post]) -> bool:
    """Whether the list runs from newer to older, pinned posts aside."""
    free = [post for post in posts if not post.pinned]
    return all(later.latest >= earlier.at for later, earlier in pairwise(free))


def reach(listed: Listed, total: int | None) -> tuple[bool, datetime | None]:
    """Whether the list proves anything, and from when on it is complete.

    None: down to the first post, since the page says that there is no more and does not count
    more than it shows. Of a last row with a day only, more of that day may lie behind it.
    """
    shown = len(listed.posts) + listed.foreign + listed.dropped
    if listed.more is False and (total is None or total <= shown):
        return True, None
    free = [post.latest if post.day_only else post.at for post in listed.posts if not post.pinned]
    return bool(free), min(free, default=None)
