"""搜狐号: the phone page with its state inside, the old JSON list (a page behind), articles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any

from watcher.model import Source
from watcher.replica.portals.common import (
    Portal,
    document,
    face,
    find_post,
    inline,
    listed,
    newest_before,
    post_number,
    shown,
    shown_post,
    walled,
)
from watcher.replica.timetable import ZONE
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_json, redirect
from watcher.replica.world import Actor, Item, View, World

KEY = "sohu"
PAGE = 20

_MEDIA = re.compile(r"/media/(\d+)")
_LIST = re.compile(r"/author-page-api/author-articles/pc/(\d+)")
_POST = re.compile(r"/a/(\d{11})_\d+")

_CAPTCHA = document("安全验证", "请拖动滑块")
_WALL = walled(
    captcha=_CAPTCHA,
    login=redirect("https://passport.sohu.com/login"),
    gone=NOT_FOUND,
    newer=document("搜狐号", "<main></main>"),
)


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """The account's page, the list, or an article."""
    for pattern, page in ((_MEDIA, _media), (_LIST, _list)):
        if found := pattern.fullmatch(ask.path):
            actor = world.find(KEY, found[1])
            return shown(world, ask, now, actor, _WALL, page) if actor else NOT_FOUND
    if found := _POST.fullmatch(ask.path):
        return shown_post(world, ask, now, find_post(world, KEY, found[1]), _WALL, _article)
    return NOT_FOUND


def _path(actor: Actor, item: Item) -> str:
    return f"/a/{post_number(actor, item)}_{actor.handle}"


def _media(seen: View) -> Answer:
    card = {
        "id": int(seen.actor.handle),
        "title": seen.name,
        "column_2_image": f"//p0.itc.cn/{face(seen)}.jpg",
        "column_9_text": seen.actor.bio,
        "column_15_text": "1.2万",
        "column_16_text": "3400",
        "column_5_text": str(len(seen.posts())),
        "column_7_text": seen.actor.verified_as,
    }
    blocks = {
        "BriefIntroductionCard_1_0_wap_replica": _block("BriefIntroductionCard", data=[card]),
        "FeedSlideloadAuthor_2_0_wap_replica": _block(
            "FeedSlideloadAuthor", data2=[_row(seen.actor, i) for i in listed(seen)[:PAGE]]
        ),
    }
    asked = {"mkey": {"mkey": seen.actor.handle}}
    return document(
        f"{seen.name}_搜狐号",
        f"<script>window.blockRenderData = {inline(blocks)}</script>"
        f"<script>window.originalRequest = {inline(asked)}</script>",
    )


def _block(name: str, **param: list[Any]) -> dict[str, Any]:
    return {
        "comp": {"compName": name},
        "param": {key: {"list": rows} for key, rows in param.items()},
    }


def _row(actor: Actor, item: Item) -> dict[str, Any]:
    day = f"{item.at.astimezone(ZONE):%Y.%m.%d}"
    return {
        "id": int(post_number(actor, item)),
        "title": item.title,
        "url": _path(actor, item),
        "resourceType": 1,
        "extraInfoList": [{"image": "pv", "text": "12阅读"}, {"image": "time", "text": day}],
    }


def _list(seen: View) -> Answer:
    """What v2.sohu.com says: exactly one page behind, as it was in 2023."""
    rows = [
        {
            "id": int(post_number(seen.actor, item)),
            "title": item.title,
            "link": f"www.sohu.com{_path(seen.actor, item)}",
            "publicTime": int(item.at.timestamp() * 1000),
            "publicTimeStr": f"{item.at.astimezone(ZONE):%m-%d %H:%M}",
            "userId": f"replica{seen.actor.handle}@sohu.com",
        }
        for item in listed(seen)[PAGE : 2 * PAGE]
    ]
    return as_json({"code": 200, "msg": "success", "data": {"pcArticleVOS": rows}})


def _article(seen: View, item: Item) -> Answer:
    stamp, title = int(item.at.timestamp() * 1000), escape(item.title)
    clock = f"{item.at.astimezone(ZONE):%Y-%m-%d %H:%M}"
    return document(
        f"{item.title}_搜狐网",
        f"<h1>{title}</h1>"
        f'<span class="time" id="news-time" data-val="{stamp}">{clock}</span>'
        f'<div class="user-info"><h4><a href="//mp.sohu.com/profile?xpt=x">{escape(seen.name)}</a>'
        "</h4></div>",
        f'<meta name="mediaid" content="{escape(seen.name, quote=True)}">'
        f'<meta itemprop="dateUpdate" content="{clock}">',
    )


def _identity(number: int) -> tuple[str, Mapping[str, str]]:
    return str(129_900_000 + number), {}


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    known = newest_before(one, start)
    pasted = {"post": post_number(one, known), "owner": one.handle} if known else {}
    return (
        Source("sohuhao", one.handle),
        Source("sohuhao_list", one.handle),
        *((Source("sohuhao_article", one.handle, pasted),) if pasted else ()),
    )


PORTAL = Portal(
    KEY,
    "sohuhao",
    ("m.sohu.com", "v2.sohu.com", "www.sohu.com"),
    answer,
    _identity,
    _sources,
    lambda one: f"https://m.sohu.com/media/{one.handle}",
)
