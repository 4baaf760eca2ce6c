"""微信视频号 by the share links its editors paste: `settings["links"]`, each one post.

PARTIAL: a post proves that it was published, never that nothing followed; and a post that is gone
is no dead account. The page behind a link names its author only by nickname, so that must be the
filed name (or the setting `author`). Described by one public source, never captured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from collectors import Collector, Need, Sure
from collectors._pasted import MOST_LINKS, pasted_text, read_each
from collectors._wechat import mapping, read_json, text_of, title_of, unix
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

HOST = "channels.weixin.qq.com"
INFO = f"https://{HOST}/finder-preview/api/feed/get_feed_info"
PAGE = f"https://{HOST}/finder-preview/pages/sph"
# Without both it says: permission verification failed.
_HEADERS = {"Origin": f"https://{HOST}", "Referer": PAGE}
_LINK = re.compile(r"https?://weixin\.qq\.com/sph/([A-Za-z0-9_-]{4,64})")


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the pasted links. Raises CollectError where none of them could be read."""

    async def one(ident: str) -> tuple[Post, Profile]:
        return _post(await _info(ident, fetch), ident, source)

    read = await read_each(_idents(source.settings), one)
    newest = max(read, key=lambda pair: pair[0].at)
    return Sighting(newest[1], tuple(post for post, _ in read), Coverage.PARTIAL)


def recognise(url: str) -> Source | None:
    """The source of a pasted link, None where it is no share link of a 视频号."""
    found = _LINK.match(url.strip())
    return Source("wechat_channels_link", "", {"links": [found[0]]}) if found else None


def _idents(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The posts' own ids among what was pasted, each once."""
    found = dict.fromkeys(_LINK.findall(pasted_text(settings)))
    if not found:
        raise CollectError(Trouble.UNREADABLE, "settings.links holds no weixin.qq.com/sph/ link")
    return tuple(found)[-MOST_LINKS:]


async def _info(ident: str, fetch: Fetch) -> dict[str, Any]:
    """The post behind a share link. Raises CollectError."""
    body = {"baseReq": {"generalToken": ""}, "shortUri": ident}
    url = f"{INFO}?_rid={crc32(ident.encode()):08x}&_pageUrl={PAGE}"
    told = read_json(await fetch(Request(url, "POST", headers=_HEADERS, json=body)))
    data = mapping(told.get("data"))
    if not data:
        said = title_of(told.get("errMsg") or told.get("errmsg") or told.get("message"))
        raise CollectError(Trouble.BLOCKED, f"{ident}: refused: {said or 'no data'}")
    if said := title_of(data.get("errMsg")):
        raise CollectError(Trouble.UNREADABLE, f"{ident}: this post is gone: {said}")
    return data


def _post(data: dict[str, Any], ident: str, source: Source) -> tuple[Post, Profile]:
    author, feed = mapping(data.get("authorInfo")), mapping(data.get("feedInfo"))
    name, at = text_of(author.get("nickname")).strip()[:100], unix(feed.get("createtime"))
    if not name or at is None:
        raise CollectError(Trouble.UNREADABLE, f"{ident}: no author or no createtime")
    wanted = str(source.settings.get("author") or source.account_name)
    if name != wanted:
        detail = f"wrong account: {ident} is by {name:.40}, not {wanted or 'a filed name':.40}"
        raise CollectError(Trouble.UNREADABLE, detail)
    picture = avatar(text_of(author.get("headImgUrl")))
    url = f"https://weixin.qq.com/sph/{ident}"
    return (
        Post(ident, at, title_of(feed.get("description")), url),
        Profile(source.handle, name, avatar=picture),
    )


collector = Collector(
    name="wechat_channels_link",
    platform="wechat",
    hosts=frozenset({HOST}),
    paths=("/finder-preview/",),
    collect=collect,
    coverage=Coverage.PARTIAL,
    needs=frozenset({Need.PERSON}),
    title="微信视频号（分享链接）",
    forms=("wechat_channels",),
    sees=frozenset({"avatar"}),
    sure=Sure.UNCONFIRMED,
    recognise=recognise,
)
