"""Reading 百家号's account page: values written into its scripts, and rows of its list; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from collectors._values import count, ident, line, mapping, moment, parsed, text_of
from collectors._xhr import script_state
from watcher.model import CollectError, Page, Post, Profile, Source, Trouble

_CHALLENGE = ("百度安全验证", "wappass.baidu.com/static/captcha", "网络不给力，请稍后重试")
_WAPPASS = "wappass.baidu.com"
_LINK = re.compile(r"(?:author\.baidu\.com/home/|[?&]app_id=)(\d{6,25})")
_IDS = ("app_id", "appid", "appId")
_CALLBACK = re.compile(r"^[\w.$]{1,60}\(")
_WHOLE = ("main", "dynamic", "all")  # the tabs that hold every kind of post
_JSON = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows of one list; `tab` is "" where the page does not say which one it shows."""

    posts: tuple[Post, ...] = ()
    more: bool = True
    unread: int = 0
    tab: str = ""

    @property
    def whole(self) -> bool:
        """Whether this tab shows posts of every kind."""
        return self.tab in _WHOLE


def app_id_of(source: Source) -> str:
    """The account's app_id, from the handle or a link to its page. Raises UNREADABLE."""
    handle = source.handle.strip()
    linked = _LINK.search(handle)
    found = linked[1] if linked else handle
    if not re.fullmatch(r"\d{6,25}", found):
        raise CollectError(Trouble.UNREADABLE, f"the handle {handle[:60]!r} is no app_id")
    return found


def refuse_challenge(page: Page) -> None:
    """Raises CollectError where the page is 百度安全验证 or a failure of the server."""
    if page.status >= 500:
        raise CollectError(Trouble.UNREACHABLE, f"HTTP {page.status}")
    host = urlsplit(page.url).hostname or ""
    led = page.headers.get("location", "")
    if host == _WAPPASS or _WAPPASS in led:
        raise CollectError(Trouble.BLOCKED, "百度安全验证 (wappass.baidu.com)")
    if page.status != 200 and page.status not in (404, 410):
        raise CollectError(Trouble.BLOCKED, f"HTTP {page.status}")
    text = page.text
    sign = next((sign for sign in _CHALLENGE if sign in text[:200_000]), None)
    if sign and "window.runtime" not in text:
        raise CollectError(Trouble.BLOCKED, f"challenge: {sign}")


def inline(html: str, name: str) -> dict[str, Any]:
    """The object that a script gives to `name` ("window.runtime"); {} where there is none."""
    for match in re.finditer(rf"{re.escape(name)}\s*=\s*(?=\{{)", html):
        try:
            value, _ = _JSON.raw_decode(html, match.end())
        except (ValueError, RecursionError):
            continue
        if value:
            return mapping(value)
    return mapping(script_state(html, f"{name}="))


def refuse_foe(told: Mapping[str, Any]) -> None:
    """Raises BLOCKED where an ordinary page says that the visitor must first be checked."""
    for holder in (told, mapping(told.get("data")), mapping(told.get("query"))):
        if mapping(holder.get("foe")).get("is_need_foe") in (True, 1, "1", "true"):
            raise CollectError(Trouble.BLOCKED, "foe.is_need_foe: 触发访问校验")


def check_identity(runtime: Mapping[str, Any], app_id: str, source: Source) -> None:
    """Raises UNREADABLE where the page is about another account.

    An id the page names decides; without one the setting `uk`, else the filed name.
    """
    user = mapping(runtime.get("user"))
    for holder in (user, runtime, mapping(runtime.get("query"))):
        theirs = next((ident(holder.get(key)) for key in _IDS if ident(holder.get(key))), "")
        if theirs:
            _same(theirs, app_id)
            return
    filed, shown = ident(source.settings.get("uk")), ident(user.get("uk"))
    if filed and shown:
        _same(shown, filed)
        return
    name = line(user.get("nickname"), 100)
    if not source.account_name:
        raise CollectError(Trouble.UNREADABLE, "the page names no id, and no name is filed")
    if name != source.account_name.strip():
        detail = (
            f"shows {name[:40]!r}, not {source.account_name[:40]!r}; if it was renamed, file uk"
        )
        raise CollectError(Trouble.UNREADABLE, detail)


def _same(theirs: str, mine: str) -> None:
    if theirs != mine:
        raise CollectError(Trouble.UNREADABLE, f"shows account {theirs:.30}, not {mine}")


def read_face(user: Mapping[str, Any], app_id: str) -> Profile:
    """The account of `window.runtime`. Raises UNREADABLE without a name."""
    name = line(user.get("nickname"), 100)
    if not name:
        raise CollectError(Trouble.UNREADABLE, "layout changed: window.runtime names no user")
    return Profile(
        handle=app_id,
        name=name,
        bio=text_of(user["sign"]) if isinstance(user.get("sign"), str) else None,
        avatar=_avatar(user.get("avatar")),
        followers=count(user.get("fans_num")),
        post_count=count(user.get("content_num")),
    )


def _avatar(url: Any) -> str | None:
    """The picture's file name: the rest is a host, a size and a signature."""
    return text_of(url).partition("?")[0].partition("@")[0].rpartition("/")[2] or None


def tab_url(user: Mapping[str, Any], base: str) -> str | None:
    """The address of the tab that shows every kind of post, else of the first with an address."""
    tabs = user.get("tabs")
    found = [
        urljoin(base, text_of(tab.get("url")))
        for tab in (mapping(tab) for tab in (tabs if isinstance(tabs, list) else ()))
        if text_of(tab.get("url"))
    ]
    ours = [url for url in found if _is_baidu(url)]
    return next((url for url in ours if tab_of(url) in _WHOLE), next(iter(ours), None))


def _is_baidu(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and (parts.hostname or "").endswith(".baidu.com")


def tab_of(url: str) -> str:
    """Which tab an address asks for, "" where it does not say."""
    return parse_qs(urlsplit(url).query).get("tab", [""])[0]


def answer(page: Page) -> dict[str, Any]:
    """The list's own answer: JSON, or JSON in a callback. Raises CollectError."""
    refuse_challenge(page)
    if not page.body.strip():
        raise CollectError(Trouble.BLOCKED, "empty answer")
    text = page.text.strip()
    if _CALLBACK.match(text):
        text = text.partition("(")[2].rstrip(" ;").removesuffix(")")
    told = parsed(text)
    if not told:
        raise CollectError(Trouble.UNREADABLE, "the list's answer is no JSON object")
    if told.get("errno") not in (None, 0, "0"):
        raise CollectError(
            Trouble.BLOCKED, f"errno {told['errno']!s:.20} {line(told.get('errmsg'))}"
        )
    return told


def read_list(told: Mapping[str, Any], seen: datetime, tab: str = "") -> Listed:
    """The rows of `window.dynamicData` or of the list's answer. Raises CollectError."""
    refuse_foe(told)
    data = told if isinstance(told.get("list"), list) else mapping(told.get("data"))
    rows = data.get("list")
    if not isinstance(rows, list):
        raise CollectError(Trouble.UNREADABLE, "layout changed: no list of posts")
    posts: dict[str, Post] = {}
    unread = 0
    for row in map(mapping, rows):
        post = _post(row, seen)
        if post is None:
            unread += 1
        else:
            posts.setdefault(post.id, post)
    more = data.get("hasMore", data.get("has_more")) not in (False, 0)
    return Listed(tuple(posts.values()), more, unread, tab)


def _post(row: Mapping[str, Any], seen: datetime) -> Post | None:
    """One row, or None where it lacks id or time."""
    item = mapping(row.get("itemData"))
    ids = (
        item.get("shoubai_c_articleid"),
        item.get("article_id"),
        row.get("feed_id"),
        item.get("feed_id"),
    )
    number = next((found for found in map(ident, ids) if found), "")
    times = (row.get("dynamic_ctime"), item.get("publish_at"), item.get("created_at"))
    at = next((found for found in (moment(time, seen) for time in times) if found), None)
    if not number or at is None:
        return None
    url = text_of(item.get("url"))
    return Post(
        id=number,
        at=at,
        title=line(item.get("title")),
        url=url if _is_baidu(url) else None,
        pinned=any(holder.get(key) in (1, True, "1") for holder in (row, item) for key in _PINS),
    )


_PINS = ("is_top", "isTop", "is_stick")
