"""Rows of a government list page: by selectors, or by the one list on the page that has dates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from collectors._times import Moment, find_time, read_time
from watcher.model import CollectError, Trouble

_GUESSES = "li, tr, dd"  # what a row is where the settings do not say
_CLEAR = 2  # a list is *the* list where the next longest has at most half its rows
_PINNED = re.compile(r"^[\[【(（]?\s*(?:置顶|顶|TOP)\s*[\])】）]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a list: where it leads, what it is called, when it says it was published."""

    url: str
    title: str
    moment: Moment
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Selectors:
    """CSS of a row, and inside it of link, title and time; "css@attr" reads an attribute."""

    item: str = ""
    link: str = "a[href]"
    title: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a list page holds; `unread` rows had a link but no time that we can read."""

    rows: tuple[Row, ...] = ()
    unread: int = 0


def selectors_of(settings: Mapping[str, Any]) -> Selectors:
    """The settings `item`, `link`, `title` and `time`."""
    given = {name: str(settings.get(name) or "") for name in ("item", "link", "title", "time")}
    return Selectors(given["item"], given["link"] or "a[href]", given["title"], given["time"])


def read_rows(html: str, css: Selectors, base: str, seen_at: datetime) -> Rows:
    """The rows of the list. Raises UNREADABLE where a selector is wrong or matches nothing."""
    tree = LexborHTMLParser(html.replace("\x00", ""))
    base = _base(tree, base)
    if not css.item:
        return _guess(tree, css, base, seen_at)
    items = select(tree, css.item)
    if not items:
        raise CollectError(Trouble.UNREADABLE, f"selector item {css.item!r} matches nothing")
    found = [(item, _row(item, css, base, seen_at)) for item in items]
    rows = tuple(row for _, row in found if row)
    linked = sum(1 for item, _ in found if _part(item, css.link))
    if not rows:
        part = "time" if linked else "link"
        named = getattr(css, part) or "(none given)"
        detail = f"{len(items)} items, but selector {part} {named!r} reads nothing in them"
        raise CollectError(Trouble.UNREADABLE, detail)
    return Rows(rows, linked - len(rows))


def select(tree: LexborHTMLParser | LexborNode, css: str) -> list[LexborNode]:
    """Like css(), but a bad selector is named in an UNREADABLE."""
    try:
        return list(tree.css(css))
    except (SelectolaxError, ValueError) as error:
        raise CollectError(Trouble.UNREADABLE, f"bad selector {css!r}") from error


def _base(tree: LexborHTMLParser, base: str) -> str:
    node = tree.css_first("base[href]")
    href = node.attributes.get("href") if node else None
    return _join(base, href) or base if href else base


def _join(base: str, href: str) -> str | None:
    """An absolute web address, or None."""
    try:
        url = urljoin(base, href.strip())
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def _part(item: LexborNode, css: str) -> LexborNode | None:
    """The first match of "css" or "css@attr" inside the item, or the item where it matches."""
    name = css.rpartition("@")[0] or css
    inside = select(item, name)
    if item.attributes.get("href") and item.css_matches(name):
        return item
    return next(iter(inside), None)


def _text_of(item: LexborNode, css: str) -> str:
    name, at, attribute = css.rpartition("@")
    nodes = select(item, name if at else css)
    if not nodes:
        return ""
    if at:
        return nodes[0].attributes.get(attribute) or ""
    return nodes[0].text(separator=" ", strip=True)


def _row(item: LexborNode, css: Selectors, base: str, seen_at: datetime) -> Row | None:
    link = _part(item, css.link)
    if link is None:
        return None
    href = link.attributes.get(css.link.rpartition("@")[2] if "@" in css.link else "href")
    url = _join(base, href) if href else None
    if url is None:
        return None
    moment = _moment(item, css, seen_at)
    title = _title(item, link, css)
    if moment is None or not title:
        return None
    whole = item.text(separator=" ", strip=True)
    return Row(url, title, moment, bool(_PINNED.match(whole) or _PINNED.match(title)))


def _title(item: LexborNode, link: LexborNode, css: Selectors) -> str:
    """The link's title attribute where there is one: what is shown is often cut with "…"."""
    if "@" in css.title:
        return _text_of(item, css.title).strip()
    node = _part(item, css.title) if css.title else link
    if node is None:
        return ""
    whole = node.attributes.get("title") or ""
    return " ".join((whole or node.text(separator=" ", strip=True)).split())


def _moment(item: LexborNode, css: Selectors, seen_at: datetime) -> Moment | None:
    """By the selector; without one, the piece of text that is nothing but a date."""
    if css.time:
        return find_time(_text_of(item, css.time), seen_at)
    pieces = [p.strip() for p in item.text(separator="\n", strip=True).split("\n") if p.strip()]
    pairs = [f"{a} {b}" for a, b in pairwise(pieces)]
    for text in (*pieces, *pairs):  # pairs: the day in one box, year and month in the next
        if moment := read_time(text, seen_at):
            return moment
    return None


def _guess(tree: LexborHTMLParser, css: Selectors, base: str, seen_at: datetime) -> Rows:
    """The list whose rows have dates and lead to this site; it must be clearly the longest."""
    lists: dict[int, list[Row]] = {}
    for item in tree.css(_GUESSES):
        row = None if _holds_rows(item) else _row(item, css, base, seen_at)
        if row and _same_site(row.url, base) and item.parent is not None:
            lists.setdefault(item.parent.mem_id, []).append(row)
    longest = sorted(lists.values(), key=len, reverse=True)
    if not longest:
        detail = f"no row ({_GUESSES}) with a link and a date; set the selector `item`"
        raise CollectError(Trouble.UNREADABLE, detail)
    if len(longest) > 1 and len(longest[0]) < _CLEAR * len(longest[1]):
        detail = f"{len(longest)} lists with dates on the page; set the selector `item`"
        raise CollectError(Trouble.UNREADABLE, detail)
    return Rows(tuple(longest[0]))


def _holds_rows(item: LexborNode) -> bool:
    return any(node.mem_id != item.mem_id for node in item.css(_GUESSES))


def _same_site(url: str, base: str) -> bool:
    return urlsplit(url).hostname == urlsplit(base).hostname


def mark_pinned(rows: Sequence[Row]) -> tuple[tuple[Row, ...], bool]:
    """Rows with the old ones on top marked as pinned, and whether newest comes first at all.

    A row above a newer one was put there by hand. Where every row is so, the list runs from old
    to new and its first page does not show the newest.
    """
    free = [row for row in rows if not row.pinned]
    climbing = 0
    while climbing + 1 < len(free) and free[climbing].moment.at < free[climbing + 1].moment.at:
        climbing += 1
    if len(free) > 2 and climbing == len(free) - 1:
        return tuple(rows), False
    on_top = {id(row) for row in free[:climbing]}
    return tuple(_pin(row) if id(row) in on_top else row for row in rows), True


def _pin(row: Row) -> Row:
    return Row(row.url, row.title, row.moment, pinned=True)
