"""新浪微博 by the links that people paste: each post, asked for as the phone's site asks.

PARTIAL by nature: a post proves that it was published, never that nothing followed. Of a post
that was deleted the platform says so (20101): `post_gone`. A post that is gone, or shown to its
author's circle only, is no dead account. Setting: `links`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from collectors import Collector, Need, Sure
from collectors._pasted import Shown, read_pasted, recogniser, settle
from collectors._values import ident, line, mapping
from collectors._weibo import answer, wants_handshake
from collectors._weibo_guest import handshake
from collectors.weibo import read_post, read_profile
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Page,
    Request,
    Sighting,
    Source,
    Trouble,
)

SHOW = "https://m.weibo.cn/statuses/show"
_LINKS = re.compile(
    r"https://(?:www\.)?weibo\.com/\d{4,20}/[0-9A-Za-z]{8,20}(?![0-9A-Za-z/])"
    r"|https://m\.weibo\.cn/(?:status|detail|statuses/show\?id=|\d{4,20}/)/?[0-9A-Za-z]{8,20}"
)
_NO_POST = "20101"
_REMOVED = re.compile("该微博不存在|此微博已被(?:作者)?删除")
_ID = re.compile(r"(?:/|\?id=)([0-9A-Za-z]{8,20})(?:[?#].*)?$")


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Read the pasted links; the handle is the numeric uid. Raises CollectError."""
    return await read_pasted(source, fetch, _LINKS, _read)


async def _read(link: str, source: Source, fetch: Fetch) -> Shown:
    found = _ID.search(link)
    if found is None:
        raise CollectError(Trouble.UNREADABLE, f"no post in the link {link[:80]!r}")
    page = await _ask(found[1], fetch)
    if why := removed(page):
        raise CollectError(Trouble.UNREADABLE, f"post {found[1]}: {why}", post_gone=True)
    try:
        told = mapping(answer(page))
    except CollectError as error:
        if error.trouble in (Trouble.GONE, Trouble.BANNED):  # of the post, for all we know
            raise CollectError(Trouble.UNREADABLE, f"post {found[1]}: {error.detail}") from error
        raise
    user = mapping(told.get("user"))
    uid = ident(user.get("id"))
    if not uid:
        raise CollectError(Trouble.UNREADABLE, f"post {found[1]} without an author")
    if found[1] not in (ident(told.get("id")), ident(told.get("mid")), ident(told.get("bid"))):
        raise CollectError(Trouble.UNREADABLE, f"another post than {found[1]} was shown")
    profile = read_profile({"userInfo": user}, uid)
    return Shown(read_post(told, uid, page.at), frozenset({uid}), profile)


def removed(page: Page) -> str:
    """What the platform says of a post that is not there any more; "" where it says nothing.

    One that its author hides, for half a year's worth or from strangers, is not gone.
    """
    try:
        told = mapping(page.json())
    except (ValueError, RecursionError):
        return ""
    if page.status != 200 or str(told.get("ok")) == "1":
        return ""
    said = " ".join(line(told.get(name)) for name in ("msg", "message"))
    is_gone = ident(told.get("error_code")) == _NO_POST or _REMOVED.search(said)
    return (said.strip()[:80] or f"error {_NO_POST}") if is_gone else ""


async def _ask(post: str, fetch: Fetch) -> Page:
    headers = {"MWeibo-Pwa": "1", "X-Requested-With": "XMLHttpRequest"}
    request = Request(f"{SHOW}?id={post}", headers=headers, session="guest", mobile=True)
    page = await fetch(request)
    return await fetch(replace(request, renew=True)) if wants_handshake(page) else page


collector = Collector(
    name="weibo_post",
    platform="weibo",
    hosts=frozenset({"m.weibo.cn", "visitor.passport.weibo.cn", "weibo.com", "passport.weibo.com"}),
    paths=("/statuses/", "/detail/", "/status/"),
    collect=collect,
    coverage=Coverage.PARTIAL,
    needs=frozenset({Need.PERSON}),
    handshake=handshake,
    settle=settle,
    title="新浪微博单条（人工粘贴链接）",
    forms=("weibo",),
    sees=frozenset({"bio", "avatar", "verified", "verified_type", "verified_as", "followers"}),
    sure=Sure.REPORTED,
    recognise=recogniser("weibo_post", _LINKS),
)
