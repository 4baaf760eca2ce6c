"""快手 user search: the search page in a browser, and the answer that the page asks for itself.

HTTP is 200 whatever happens; `result` says whether anything was searched (2 gated, 109 login …).
Settings: `cookie`, optional and by reference: of a person's own login.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collectors import Collector, Need, Sure
from collectors._kuaishou import HOSTS, check, levels
from collectors._search import escaped, hits, perhaps_operator, plain, traits, wanted
from collectors._values import count, ident, mapping, sequence, text_of
from collectors._xhr import answer, file_name, is_path
from watcher.model import CollectError, Fetch, Hits, Pace, Page, Profile, Request, Source, Trouble

LIST = "/rest/v/search/user"


async def search(source: Source, fetch: Fetch) -> Hits:
    """The users on the first page. Raises CollectError."""
    query = escaped(wanted(source))
    address = f"https://www.kuaishou.com/search/user?searchKey={query}"
    page = await fetch(Request(address, render=True, capture=(LIST,), session="operator"))
    lists = [xhr for xhr in page.captured if is_path(xhr, LIST)]
    if not lists:
        raise _unasked(page)
    return _read(lists)


def _read(lists: list[Page]) -> Hits:
    """The last answer that was let through: a page that was refused asks again by itself."""
    refused: CollectError | None = None
    for xhr in reversed(lists):
        try:
            value = answer(xhr)
            check(value)
        except CollectError as error:
            refused = refused or error
            continue
        return _users(value)
    assert refused is not None
    raise refused


def _users(value: Mapping[str, Any]) -> Hits:
    level = next((each for each in levels(value) if isinstance(each.get("users"), list)), None)
    if level is None:
        raise CollectError(Trouble.UNREADABLE, "no list of users in the answer")
    if value.get("result") != 1 and level.get("result") != 1:
        raise CollectError(Trouble.UNREADABLE, "an answer without a result")
    rows = [_row(mapping(row)) for row in sequence(level.get("users"))]
    if rows and not any(rows):
        raise CollectError(Trouble.UNREADABLE, "rows, and none that can be read")
    if not rows and level.get("pcursor") != "no_more":
        raise CollectError(Trouble.BLOCKED, "an empty list that does not say that it ended")
    return hits(rows)


def _row(row: Mapping[str, Any]) -> Profile | None:
    number, name = ident(row.get("user_id")), plain(row.get("user_name"), 100)
    if not number or not name:
        return None
    bio, picture = text_of(row.get("user_text")), text_of(row.get("headurl"))
    badge = mapping(row.get("verifiedDetail"))
    verified, kind = row.get("verified"), badge.get("type")
    return Profile(
        handle=number,
        name=name,
        bio=bio,
        avatar=file_name(picture),
        verified=verified if isinstance(verified, bool) else None,
        verified_type=ident(kind) or None,
        verified_as=text_of(badge.get("description"))[:200] or None,
        followers=count(row.get("fansCount")),
        post_count=count(row.get("photoCount")),
        traits=traits(
            bio,
            url=f"https://www.kuaishou.com/profile/{escaped(number)}",
            avatar_url=picture[:500],
        ),
    )


def _unasked(page: Page) -> CollectError:
    if page.status >= 500:
        return CollectError(Trouble.UNREACHABLE, f"HTTP {page.status}")
    return CollectError(Trouble.BLOCKED, f"HTTP {page.status}, the page asked for no list of users")


searcher = Collector(
    name="kuaishou_search",
    platform="kuaishou",
    hosts=HOSTS,
    search=search,
    handshake=perhaps_operator,
    pace=Pace(gap=120.0),
    needs=frozenset({Need.BROWSER}),
    title="快手用户搜索（浏览器）",
    forms=("kuaishou",),
    sees=frozenset(
        {"bio", "avatar", "verified", "verified_type", "verified_as", "followers", "post_count"}
    ),
    sure=Sure.UNCONFIRMED,
    risk="未登录能否搜索说法不一；一旦限流，整条线路（含账号读取）可能停用近一小时，须用境内线路、每天数次为限",
)
