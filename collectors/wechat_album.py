"""微信公众号 by one of its albums (合集), read as JSON without credentials.

PARTIAL: an album holds what the editors file in it. The list is read from its start and, where it
has more pages, once more from its end, since an editor chooses which end is newest.
Settings: `album_id`, and `biz` unless the handle is the __biz itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from collectors import Collector, Sure
from collectors._wechat import (
    Identity,
    article_ref,
    mapping,
    read_json,
    require_owner,
    sequence,
    text_of,
    title_of,
    unix,
    wanted,
)
from collectors._wechat_page import avatar
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Post,
    Profile,
    Request,
    Sighting,
    Source,
    Trouble,
)

ALBUM = "https://mp.weixin.qq.com/mp/appmsgalbum?action=getalbum"
PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class _Part:
    """One answer of the album."""

    profile: Profile | None
    posts: tuple[Post, ...]
    more: bool


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the album from both ends. Raises CollectError."""
    first = await _part(source, fetch, reverse=False)
    posts = {post.id: post for post in first.posts}
    if first.more:
        try:
            last = await _part(source, fetch, reverse=True)
        except CollectError as error:
            if error.trouble is not Trouble.UNREACHABLE:
                raise
        else:
            posts |= {post.id: post for post in last.posts}
    return Sighting(first.profile, tuple(posts.values()), Coverage.PARTIAL)


async def _part(source: Source, fetch: Fetch, reverse: bool) -> _Part:
    biz, album_id = wanted(source).biz, str(source.settings.get("album_id") or "")
    if not biz or not re.fullmatch(r"\d{6,25}", album_id):
        raise CollectError(Trouble.UNREADABLE, "settings need album_id (digits) and biz (__biz)")
    url = f"{ALBUM}&__biz={biz}&album_id={album_id}&count={PAGE_SIZE}"
    request = Request(
        f"{url}&is_reverse={int(reverse)}&f=json",
        headers={"Referer": "https://mp.weixin.qq.com/", "X-Requested-With": "XMLHttpRequest"},
        mobile=True,
    )
    return read_album(read_json(await fetch(request)), source)


def read_album(payload: dict[str, Any], source: Source) -> _Part:
    """The posts of one answer. Raises CollectError, also for an answer that shows no article."""
    album = mapping(payload.get("getalbum_resp"))
    if not album:
        raise CollectError(Trouble.UNREADABLE, "no getalbum_resp in the answer")
    base = mapping(album.get("base_info"))
    rows = [row for row in map(mapping, sequence(album.get("article_list"))) if row]
    gh = text_of(base.get("username"))
    gh = gh if gh.startswith("gh_") else ""
    posts = tuple(_post(row) for row in rows if _is_own(row, gh, source))
    if rows and not posts:
        raise CollectError(Trouble.UNREADABLE, "wrong account: no article of the album is its own")
    if not rows:
        _require_empty(base, gh, source)
    return _Part(_profile(base, source), posts, str(album.get("continue_flag", "")) == "1")


def _require_empty(base: dict[str, Any], gh: str, source: Source) -> None:
    """An empty list is believed only of an album that names its account and counts 0 articles."""
    if str(base.get("article_count", "")) != "0":
        raise CollectError(Trouble.BLOCKED, "the album shows no article and does not say why")
    require_owner(Identity(gh=gh, biz=wanted(source).biz), source)


def _is_own(row: dict[str, Any], gh: str, source: Source) -> bool:
    biz, _, _ = article_ref(text_of(row.get("url")))
    if not biz:
        return False
    try:
        require_owner(Identity(biz=biz, gh=gh), source)
    except CollectError:
        return False
    return True


def _post(row: dict[str, Any]) -> Post:
    url = text_of(row.get("url"))
    _, mid, idx = article_ref(url)
    mid, idx = mid or str(row.get("msgid", "")), idx or str(row.get("itemidx", ""))
    at = unix(row.get("create_time"))
    if at is None or not mid.isdigit():
        raise CollectError(Trouble.UNREADABLE, "an article without id or time")
    return Post(
        id=f"{mid}_{idx if idx.isdigit() else 1}",
        at=at,
        title=title_of(row.get("title")),
        url=re.sub("^http:", "https:", url),
    )


def _profile(base: dict[str, Any], source: Source) -> Profile | None:
    name = text_of(base.get("nickname")).strip()[:100]
    if not name:
        return None
    return Profile(source.handle, name, avatar=avatar(text_of(base.get("brand_icon"))))


def settle(source: Source, urls: tuple[str, ...]) -> Source:
    """The album of a recording is the one its first address names."""
    query = dict(parse_qsl(urlsplit(urls[0]).query)) if urls else {}
    named = {"album_id": query.get("album_id", ""), "biz": query.get("__biz", "")}
    told = {name: value for name, value in named.items() if value}
    return replace(source, settings={**told, **source.settings})


collector = Collector(
    name="wechat_album",
    platform="wechat",
    paths=("/mp/appmsgalbum",),
    hosts=frozenset({"mp.weixin.qq.com"}),
    collect=collect,
    coverage=Coverage.PARTIAL,
    settle=settle,
    title="微信公众号合集",
    forms=("wechat_subscription", "wechat_service"),
    sees=frozenset({"avatar"}),
    sure=Sure.CAPTURED,
)
