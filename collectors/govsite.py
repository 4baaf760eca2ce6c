"""Columns of government websites: a list page, and the 国办 meta block of the newest articles.

The list says which day; the article's PubDate says which minute, where both agree on the day.
A column that moved, a wall or a new layout says nothing about the column, so nothing here ever
becomes "gone".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from collectors import Collector, Sure
from collectors._rows import Row, Rows, mark_pinned, read_rows, selectors_of
from collectors._text import decode, wall_sign
from collectors._times import BEIJING, Moment, is_future, read_time
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Pace,
    Page,
    Post,
    Profile,
    Request,
    Sighting,
    Source,
    Trouble,
)

DETAILS = 2  # articles opened per reading, at most
_REFUSALS = frozenset({401, 403, 405, 412, 418, 429, 468, 521, 567})
_PAGES = (".html", ".htm", ".shtml", ".jhtml", ".jsp", ".aspx", ".php", "/")
_SITE = {"site_id": "siteidcode", "site_name": "sitename", "column": "columnname"}


@dataclass(frozen=True, slots=True)
class Article:
    """What the meta block of a page says; empty where it says nothing."""

    meta: Mapping[str, str]
    published: Moment | None = None

    @property
    def title(self) -> str:
        return self.meta.get("articletitle", "")


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the list page at settings["url"], or at the handle.

    Settings: selectors `item`, `link`, `title`, `time`; `site_id`, `site_name` and `column` are
    compared with the meta block where the pages have one. Raises CollectError.
    """
    url = _address(source)
    page = await fetch(Request(url))
    html = _open(page, url)
    head = read_article(html, page)
    _check_site(head, source)
    if not source.settings.get("item") and head.published and head.title:
        return _single(head, page, source)
    rows = _rows(html, page, source)
    kept = tuple(row for row in rows.rows if not is_future(row.moment.at, page.at))
    if not kept:
        raise CollectError(Trouble.UNREADABLE, f"all {len(rows.rows)} rows are in the future")
    refined = await _refine(kept, page, source, fetch)
    untrue = len(rows.rows) - len(kept)  # a misprinted date may hide the newest row
    return _sighting(Rows(refined, rows.unread + untrue), head, source)


def _address(source: Source) -> str:
    url = str(source.settings.get("url") or source.handle)
    if _host(url) is None:
        raise CollectError(Trouble.UNREADABLE, f"{url!r} is no address of a list page; set `url`")
    return url


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:
        return None


def _open(page: Page, url: str) -> str:
    """The page's text. Raises CollectError where it is a wall, an error or another page."""
    html = decode(page)
    if page.status in _REFUSALS or (page.status == 202 and wall_sign(html)):
        raise CollectError(Trouble.BLOCKED, f"HTTP {page.status} {wall_sign(html) or ''}".strip())
    if page.status in (404, 410):
        raise CollectError(Trouble.UNREADABLE, f"HTTP {page.status}: the list page has moved")
    if page.status >= 500:
        wall = wall_sign(html)
        trouble = Trouble.BLOCKED if wall else Trouble.UNREACHABLE
        raise CollectError(trouble, f"HTTP {page.status} {wall or ''}".strip())
    if page.status not in (200, 304):
        raise CollectError(Trouble.UNREADABLE, f"HTTP {page.status}")
    if not html.strip():
        raise CollectError(Trouble.BLOCKED, "empty answer")
    if _is_front(page.url) and not _is_front(url):
        raise CollectError(Trouble.UNREADABLE, "the list page leads to the front page: it moved")
    return html


def _is_front(url: str) -> bool:
    path = urlsplit(url).path.rstrip("/").lower()
    return path in ("", "/index.html", "/index.htm", "/index.shtml")


def read_article(html: str, page: Page) -> Article:
    """The meta block; names may carry a prefix "meta-" and any case. The first value counts."""
    meta: dict[str, str] = {}
    for node in LexborHTMLParser(html.replace("\x00", "")).css("meta[name]"):
        name = (node.attributes.get("name") or "").strip().lower().removeprefix("meta-")
        value = (node.attributes.get("content") or "").strip()
        if value:
            meta.setdefault(name, value)
    return Article(meta, read_time(meta.get("pubdate", ""), page.at))


def _check_site(article: Article, source: Source) -> None:
    """Raises UNREADABLE where a page names another site or column than the settings."""
    for setting, name in _SITE.items():
        wanted, said = str(source.settings.get(setting) or ""), article.meta.get(name)
        if wanted and said and wanted != said:
            detail = f"page of {name} {said[:60]!r}, not {wanted!r}"
            raise CollectError(Trouble.UNREADABLE, detail)


def _single(article: Article, page: Page, source: Source) -> Sighting:
    """The handle is one article: it proves its own date and no more."""
    moment = article.published
    if moment is None or is_future(moment.at, page.at):
        raise CollectError(Trouble.UNREADABLE, "the article has no date that can be true")
    post = Post(page.url, moment.at, article.title, page.url, day_only=moment.day_only)
    return Sighting(_profile(article, source), (post,), Coverage.PARTIAL)


def _rows(html: str, page: Page, source: Source) -> Rows:
    """The list. A page without rows is a wall where it says so, else a layout we do not know."""
    try:
        return read_rows(html, selectors_of(source.settings), page.url, page.at)
    except CollectError as error:
        if sign := wall_sign(html):
            raise CollectError(Trouble.BLOCKED, f"a wall instead of the list: {sign}") from error
        raise


async def _refine(
    rows: tuple[Row, ...], page: Page, source: Source, fetch: Fetch
) -> tuple[Row, ...]:
    """The newest day-only rows with the minute of their articles."""
    wanted = sorted(
        (row for row in rows if row.moment.day_only and _readable(row.url, page.url)),
        key=lambda row: row.moment.at,
        reverse=True,
    )[:DETAILS]
    minutes: dict[str, Moment] = {}
    for row in wanted:
        if moment := await _minute(row, source, fetch):
            minutes[row.url] = moment
    return tuple(replace(row, moment=minutes.get(row.url, row.moment)) for row in rows)


def _readable(url: str, base: str) -> bool:
    """An article on the list's own host; no file, no other site."""
    path = urlsplit(url).path.lower()
    plain = path.endswith(_PAGES) or "." not in path.rpartition("/")[2]
    return _host(url) == _host(base) and plain


async def _minute(row: Row, source: Source, fetch: Fetch) -> Moment | None:
    """PubDate of the article where it falls on the row's day. The list stands without it."""
    try:
        page = await fetch(Request(row.url))
        article = read_article(_open(page, row.url), page)
    except CollectError as error:
        if error.retry_after is not None:
            raise
        return None
    _check_site(article, source)
    moment = article.published
    if moment is None or moment.day_only or is_future(moment.at, page.at):
        return None
    same_day = moment.at.astimezone(BEIJING).date() == row.moment.at.astimezone(BEIJING).date()
    return moment if same_day else None


def _sighting(rows: Rows, head: Article, source: Source) -> Sighting:
    """A list shows all of its column from its oldest row on, if it runs from new to old."""
    listed, newest_first = mark_pinned(rows.rows)
    posts = {row.url: _post(row) for row in reversed(listed)}  # of two rows the upper one
    ordered = tuple(posts[url] for url in dict.fromkeys(row.url for row in listed))
    dates = [row.moment.at for row in listed if not row.pinned]
    whole = newest_first and bool(dates) and not rows.unread
    return Sighting(
        _profile(head, source),
        ordered,
        Coverage.COMPLETE if whole else Coverage.PARTIAL,
        reaches=min(dates) if whole else None,
    )


def _post(row: Row) -> Post:
    at = row.moment.at.astimezone(UTC)
    return Post(row.url, at, row.title, row.url, pinned=row.pinned, day_only=row.moment.day_only)


def _profile(article: Article, source: Source) -> Profile | None:
    name: Any = article.meta.get("sitename")
    return Profile(handle=source.handle, name=str(name)) if name else None


def hosts_of(source: Source) -> frozenset[str]:
    """The list page's own host, with and without "www."."""
    host = _host(str(source.settings.get("url") or source.handle))
    if host is None:
        return frozenset()
    bare = host.removeprefix("www.")
    return frozenset({host, bare, f"www.{bare}"})


def settle(source: Source, urls: tuple[str, ...]) -> Source:
    """The list page of a recording is its first page, where the handle is no address."""
    return source if _host(_given(source)) or not urls else replace(source, handle=urls[0])


def _given(source: Source) -> str:
    return str(source.settings.get("url") or source.handle)


collector = Collector(
    name="govsite",
    platform="govsite",
    hosts=frozenset(),
    collect=collect,
    pace=Pace(gap=6.0),
    hosts_of=hosts_of,
    settle=settle,
    title="政府网站栏目",
    forms=("govsite",),
    sure=Sure.CAPTURED,
)
