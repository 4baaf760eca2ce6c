"""百家号: the account's public page in a browser, as it shows itself to an ordinary visitor.

The page carries the account in `window.runtime`; the list of posts is written into the page or a
tab of it (`window.dynamicData`), or asked for by the page itself. Baidu checks browsers before it
hands out the list: what it refuses is BLOCKED, and nothing here pretends to be another browser or
the app. COMPLETE only where the tab of all kinds was read, or all that the account counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

from collectors import Collector, Need, Sure
from collectors._baijiahao import (
    Listed,
    answer,
    app_id_of,
    check_identity,
    inline,
    read_face,
    read_list,
    refuse_challenge,
    refuse_foe,
    tab_of,
    tab_url,
)
from collectors._order import pins_on_top
from collectors._values import ident, mapping
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

LIST = "/webpage"


@dataclass(frozen=True, slots=True)
class _Lists:
    """The lists that were read, and why others were not."""

    read: tuple[Listed, ...] = ()
    troubles: tuple[CollectError, ...] = ()


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the account whose app_id is the handle. Setting: `uk`. Raises CollectError."""
    app_id = app_id_of(source)
    page = await _open(f"https://author.baidu.com/home/{app_id}", fetch)
    runtime = inline(page.text, "window.runtime")
    refuse_foe(runtime)
    user = mapping(runtime.get("user"))
    profile = read_face(user, app_id)
    check_identity(runtime, app_id, source)
    lists = _lists(_Lists(), page, ident(user.get("uk")))
    tab = tab_url(user, page.url)
    if tab and not any(one.posts for one in lists.read):
        lists = await _tab(lists, tab, ident(user.get("uk")), fetch)
    return _sighting(profile, lists)


async def _open(url: str, fetch: Fetch) -> Page:
    page = await fetch(Request(url, render=True, capture=(LIST,)))
    refuse_challenge(page)
    return page


async def _tab(lists: _Lists, url: str, uk: str, fetch: Fetch) -> _Lists:
    """The list of a tab that has an address of its own."""
    try:
        return _lists(lists, await _open(url, fetch), uk)
    except CollectError as error:
        if error.retry_after is not None:
            raise
        return replace(lists, troubles=(*lists.troubles, error))


def _lists(lists: _Lists, page: Page, uk: str) -> _Lists:
    """Every list on a page: the one in its scripts, and those that it asked for."""
    found: list[Listed] = []
    troubles: list[CollectError] = []
    written = inline(page.text, "window.dynamicData")
    asked = [one for one in page.captured if _is_list(one, uk)]
    for one in (*([page] if written else []), *asked):
        try:
            told = written if one is page else answer(one)
            found.append(read_list(told, one.at, tab_of(one.url)))
        except CollectError as error:
            troubles.append(error)
    return _Lists((*lists.read, *found), (*lists.troubles, *troubles))


def _is_list(page: Page, uk: str) -> bool:
    """Whether an answer is a list of this account; other people's are left aside."""
    parts = urlsplit(page.url)
    theirs = parse_qs(parts.query).get("uk", [""])[0]
    return parts.path.rstrip("/") == LIST and theirs in ("", uk)


def _sighting(profile: Profile, lists: _Lists) -> Sighting:
    counted, rows = profile.post_count, {p.id: p for one in lists.read for p in one.posts}
    unread = sum(one.unread for one in lists.read)
    if not rows:
        return _empty(profile, lists, unread)
    posts, ordered = pins_on_top(tuple(rows.values()))
    whole = [one for one in lists.read if one.posts and one.whole]
    all_there = counted is not None and len(posts) >= counted
    proved = (all_there or bool(whole)) and not unread and ordered
    listed = {post.id for one in (whole or lists.read) for post in one.posts}
    times = [post.at for post in posts if post.id in listed and not post.pinned]
    more = not all_there and any(one.more for one in (whole or lists.read))
    if not times and more:
        proved = False
    reaches = min(times, default=None) if more else None
    coverage = Coverage.COMPLETE if proved else Coverage.PARTIAL
    return Sighting(profile, posts, coverage, reaches)


def _empty(profile: Profile, lists: _Lists, unread: int) -> Sighting:
    """Zero posts are believed where the account itself counts zero and a list was shown."""
    if unread:
        raise CollectError(Trouble.UNREADABLE, f"layout changed: {unread} rows without id or time")
    if lists.read and profile.post_count == 0:
        return Sighting(profile)
    for error in lists.troubles:
        raise error
    if lists.read:
        said = f"empty list while the account counts {profile.post_count}"
        raise CollectError(Trouble.BLOCKED, said)
    return Sighting(profile, coverage=Coverage.PARTIAL)


collector = Collector(
    name="baijiahao",
    platform="baidu",
    hosts=frozenset(
        {"author.baidu.com", "baijiahao.baidu.com", "mbd.baidu.com", "wappass.baidu.com"}
    ),
    paths=("/home/", "/webpage", "/u"),
    collect=collect,
    pace=Pace(gap=15.0),
    needs=frozenset({Need.BROWSER}),
    title="百家号主页",
    forms=("baijiahao",),
    sees=frozenset({"bio", "avatar", "followers", "post_count"}),
    sure=Sure.UNCONFIRMED,
)
