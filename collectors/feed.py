"""RSS and Atom feeds, mostly of bridges that read a platform for us.

A feed proves "posted at T" and never "nothing since": bridges cut, cache and lose, so a reading
is PARTIAL. A feed may carry other people's items (forwards, topics, a bridge's own notices); an
item counts only where something shows that it is the account's. A bridge that is gone says
nothing about the account, so no answer here ever becomes "gone".
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import feedparser

from collectors import Collector, Sure
from collectors._text import decode, wall_sign
from collectors._times import Moment, is_future, read_time
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Page,
    Post,
    Request,
    Sighting,
    Source,
    Trouble,
)

_BIZ = re.compile(r"M[A-Za-z0-9]{11,19}={0,2}")
_ID = re.compile(r"\d{5,}|MS4wLjAB[\w-]+|gh_\w+|M[A-Za-z0-9]{11,19}={0,2}")
# An item's text in full, without which a feed is parsed in a tenth of the time. Possessive, and
# ended by the next CDATA, so that no feed makes it slow.
_CDATA = rb"<!\[CDATA\[(?:[^<\]]++|<(?!!\[CDATA\[)|\](?!\]>))*+\]\]>"
_TEXTS = re.compile(
    rb"<(description|summary|content|content:encoded)(?:\s[^<>]*+)?>(?:%s|[^<]++)*+</\1>" % _CDATA
)
_SHARED = ("weibo.com", "weibo.cn", "qq.com", "douyin.com", "toutiao.com", "kuaishou.com")


@dataclass(frozen=True, slots=True)
class Owner:
    """What shows that an item is the account's. The first kind that can speak decides."""

    biz: frozenset[str] = frozenset()  # __biz of a WeChat link
    links: tuple[str, ...] = ()  # host and path that the account's links begin with
    ids: frozenset[str] = frozenset()  # a segment or query value of its links
    authors: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.biz or self.links or self.ids or self.authors)


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the feed at settings["url"], or at the handle where that is an address.

    settings["owner"] (a text or a list of texts: a __biz, a link prefix, an id, an author) or
    the single "biz", "links", "author" say whose items count. Raises CollectError.
    """
    page = await fetch(Request(_address(source), conditional=True))
    if (page.not_modified or page.status == 304) and not page.body:
        return Sighting(None, coverage=Coverage.PARTIAL)
    _check(page)
    return read(page, source)


def _address(source: Source) -> str:
    url = str(source.settings.get("url") or source.handle)
    if not _is_web(url):
        raise CollectError(Trouble.UNREADABLE, f"{url!r} is no address of a feed; set `url`")
    return url


def _check(page: Page) -> None:
    """Raises CollectError where the answer is no feed."""
    if page.status in (401, 403, 429):
        raise CollectError(Trouble.BLOCKED, f"HTTP {page.status}")
    if page.status in (404, 410):
        detail = f"HTTP {page.status}: the bridge has no such feed; of the account it says nothing"
        raise CollectError(Trouble.UNREADABLE, detail)
    if page.status >= 500:
        raise CollectError(Trouble.UNREACHABLE, f"HTTP {page.status} from the bridge")
    if page.status not in (200, 304):
        raise CollectError(Trouble.UNREADABLE, f"HTTP {page.status}")
    if not page.body.strip():
        raise CollectError(Trouble.BLOCKED, "empty answer")
    start = page.body[:3000].lower()
    if b"<html" in start and b"<rss" not in start and b"<feed" not in start:
        sign = wall_sign(decode(page))
        trouble = Trouble.BLOCKED if sign else Trouble.UNREADABLE
        raise CollectError(trouble, f"a web page instead of a feed{f': {sign}' if sign else ''}")


def read(page: Page, source: Source) -> Sighting:
    """The account's dated items. Raises UNREADABLE where it is no feed or none is the account's."""
    feed = _parse(page.body)
    entries = [entry for entry in feed.get("entries") or () if isinstance(entry, Mapping)]
    if not feed.get("version") or (feed.get("bozo") and not entries):
        detail = str(feed.get("bozo_exception") or "no feed")[:120]
        raise CollectError(Trouble.UNREADABLE, f"no readable feed: {detail}")
    owner = stated_owner(source) or _guessed_owner(source, feed.get("feed") or {})
    mine = [entry for entry in entries if belongs(entry, owner)]
    if entries and not mine:
        detail = f"none of {len(entries)} items is shown to be the account's; set `owner`"
        raise CollectError(Trouble.UNREADABLE, detail)
    posts = {post.id: post for entry in mine if (post := _post(entry, page.at))}
    return Sighting(None, tuple(posts.values()), Coverage.PARTIAL)


def _parse(body: bytes) -> Mapping[str, Any]:
    """feedparser over bytes in memory: given bytes alone it would try them as a file name.

    Nothing of a text is shown as HTML, so cleaning it (two thirds of the cost) is left out, and so
    are the texts themselves.
    """
    try:
        parsed: Mapping[str, Any] = feedparser.parse(
            io.BytesIO(_TEXTS.sub(b"", body)), sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # feedparser promises no set of errors for hostile input
        detail = f"the feed breaks feedparser: {type(error).__name__}"
        raise CollectError(Trouble.UNREADABLE, detail) from error
    return parsed


def stated_owner(source: Source) -> Owner:
    """What the settings say."""
    settings = source.settings
    owner = settings.get("owner") or ()
    if isinstance(owner, Mapping):
        settings, owner = {**settings, **owner}, ()
    stated = _owner_of(_texts(owner))
    links = (*_texts(settings.get("links")), *_texts(settings.get("link")))
    return Owner(
        stated.biz | {_plain_biz(text) for text in _texts(settings.get("biz"))},
        stated.links + tuple(_prefix(text) for text in links),
        stated.ids,
        stated.authors | {_fold(text) for text in _texts(settings.get("author"))},
    )


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str | int):
        return (str(value),) if str(value) else ()
    return tuple(str(v) for v in value if v) if isinstance(value, list | tuple) else ()


def _owner_of(texts: tuple[str, ...]) -> Owner:
    """What each text is, by its looks; an id or a name may be either."""
    biz, links, names = set(), [], set()
    for text in texts:
        if "__biz=" in text or _BIZ.fullmatch(text):
            biz.add(_plain_biz(text))
        elif "/" in text or re.fullmatch(r"[\w-]+(\.[\w-]+)+", text):
            links.append(_prefix(text))
        else:
            names.add(text)
    authors = frozenset(_fold(name) for name in names)
    return Owner(frozenset(biz), tuple(links), frozenset(names), authors)


def _guessed_owner(source: Source, channel: Mapping[str, Any]) -> Owner:
    """With nothing stated: ids in handle and feed address, and the site that the feed names."""
    given = unquote(f"{source.handle} {source.settings.get('url') or ''}")
    ids = frozenset(_ID.findall(given))
    home = str(channel.get("link") or "")
    parts = urlsplit(home) if _is_web(home) else None
    shared = parts and any((parts.hostname or "").endswith(name) for name in _SHARED)
    if ids or parts is None or (shared and not parts.path.strip("/")):
        return Owner(ids=ids)
    return Owner(links=(_prefix(home),))


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        return False


def belongs(entry: Mapping[str, Any], owner: Owner) -> bool:
    """Whether the item is the account's; the first proof that can speak decides."""
    link = str(entry.get("link") or "")
    biz = _biz_in(link)
    if owner.biz and biz:
        return biz in owner.biz
    if owner.links:
        return any(_under(link, prefix) for prefix in owner.links)
    if owner.ids & _names_in(link):
        return True
    return bool(owner.authors and _fold(str(entry.get("author") or "")) in owner.authors)


def _biz_in(link: str) -> str | None:
    match = re.search(r"[?&#]__biz=([^&#]*)", link)
    return _plain_biz(match[1]) if match else None


def _plain_biz(text: str) -> str:
    """A __biz without its padding, which links drop or escape."""
    return unquote(text.rpartition("__biz=")[2].partition("&")[0]).rstrip("=")


def _prefix(link: str) -> str:
    """Host and path without scheme, "www." and closing slash."""
    bare = re.sub(r"^\w+://", "", link.strip()).partition("?")[0].partition("#")[0]
    return bare.removeprefix("www.").rstrip("/").lower()


def _under(link: str, prefix: str) -> bool:
    """Whether a link is the prefix or lies below it, whole segments only."""
    if not prefix or not _is_web(link):
        return False
    bare = _prefix(link)
    return bare == prefix or bare.startswith(prefix + "/")


def _names_in(link: str) -> frozenset[str]:
    try:
        parts = urlsplit(link)
    except ValueError:
        return frozenset()
    values = (value for found in parse_qs(parts.query).values() for value in found)
    return frozenset((*(unquote(part) for part in parts.path.split("/") if part), *values))


def _fold(name: str) -> str:
    return name.strip().lstrip("@").casefold()


def _post(entry: Mapping[str, Any], seen_at: datetime) -> Post | None:
    """An item as a post, or None where it has no name or no time that can be true."""
    link = str(entry.get("link") or "")
    name = str(entry.get("id") or link)
    moment = _time(entry, "published", seen_at) or _time(entry, "updated", seen_at)
    if not name or moment is None or is_future(moment.at, seen_at):
        return None
    edited = _time(entry, "updated", seen_at)
    return Post(
        id=name,
        at=moment.at,
        title=str(entry.get("title") or "").strip(),
        url=link if _is_web(link) else None,
        edited_at=edited.at if edited and edited.at > moment.at else None,
        day_only=moment.day_only,
    )


def _time(entry: Mapping[str, Any], name: str, seen_at: datetime) -> Moment | None:
    """Our own reading first: feedparser takes a time without a zone for UTC, ours are Beijing."""
    if name not in entry:  # feedparser's .get("updated") would answer with published
        return None
    raw = entry[name]
    if not isinstance(raw, str):
        return None
    if moment := read_time(raw, seen_at):
        return moment
    try:
        year, month, day, hour, minute, second = entry[f"{name}_parsed"][:6]
        return Moment(datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC))
    except (KeyError, TypeError, ValueError):
        return None


def hosts_of(source: Source) -> frozenset[str]:
    """The feed's own host."""
    url = str(source.settings.get("url") or source.handle)
    host = urlsplit(url).hostname if _is_web(url) else None
    return frozenset({host}) if host else frozenset()


def settle(source: Source, urls: tuple[str, ...]) -> Source:
    """The feed of a recording is its first page, where the handle is no address."""
    if _is_web(str(source.settings.get("url") or source.handle)) or not urls:
        return source
    settings = {"owner": source.handle, **source.settings, "url": urls[0]}
    return replace(source, settings=settings)


collector = Collector(
    name="feed",
    platform="feed",
    hosts=frozenset(),
    collect=collect,
    coverage=Coverage.PARTIAL,
    hosts_of=hosts_of,
    settle=settle,
    title="RSS 或 Atom 订阅源",
    forms=("weibo", "wechat_subscription", "wechat_service", "other"),
    sure=Sure.REPORTED,
)
