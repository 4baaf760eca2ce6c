"""澎湃号: the JSON list of a 政务号, and article pages in both designs."""

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
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_html, as_json
from watcher.replica.world import Actor, Item, View, World

KEY = "thepaper"
PAGE = 10

_POST = re.compile(r"/(?:newsDetail_forward_|detail/)(\d{11})")

_FORBIDDEN = as_html(
    "<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1>"
    "</center><hr><center>openresty</center></body></html>",
    403,
)
_NULL = as_json({"code": 200, "desc": "成功", "data": None, "time": 1})
_LOGIN = as_json({"code": 999, "desc": "请先登录", "data": None, "time": 1})
_NEW_SHAPE = as_json({"code": 200, "desc": "成功", "data": {"contents": {"items": []}}})
_WALL = walled(
    captcha=_FORBIDDEN,
    login=_LOGIN,
    gone=_NULL,  # nothing is known of how it says so
    newer=_NEW_SHAPE,
)


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """The list, asked by POST, or an article."""
    if ask.path == "/contentapi/cont/pph/gov" and ask.method == "POST":
        wanted = ask.json()
        handle = str(wanted.get("pphId", "")) if isinstance(wanted, dict) else ""
        actor = world.find(KEY, handle)
        return shown(world, ask, now, actor, _WALL, _list) if actor else _NULL
    if found := _POST.fullmatch(ask.path):
        page = _article if ask.host.startswith("m.") else _old_article
        return shown_post(world, ask, now, find_post(world, KEY, found[1]), _WALL, page)
    return NOT_FOUND


def _author(seen: View) -> dict[str, Any]:
    actor = seen.actor
    return {
        "userId": int(actor.handle),
        "sname": seen.name,
        "pic": f"https://imagecloud.thepaper.cn/thepaper/image/{face(seen)}.jpg",
        "isAuth": "1" if actor.verified_as else "0",
        "authInfo": actor.verified_as,
        "perDesc": actor.bio,
        "fansNum": "1.2万",
        "attentionNum": "3",
        "location": "海南",
    }


def _list(seen: View) -> Answer:
    posts, author = listed(seen), _author(seen)
    rows = [
        {
            "contId": post_number(seen.actor, item),
            "name": item.title,
            "pubTime": f"{item.at.astimezone(ZONE):%Y-%m-%d}",
            "pubTimeLong": int(item.at.timestamp() * 1000),
            "link": "",
            "pic": "",
            "authorInfo": author,
        }
        for item in posts[:PAGE]
    ]
    data = {"list": rows, "hasNext": len(posts) > PAGE, "pageNum": 1, "pageSize": PAGE}
    return as_json({"code": 200, "desc": "成功", "data": data, "time": 1})


def _article(seen: View, item: Item) -> Answer:
    detail = {
        "contId": int(post_number(seen.actor, item)),
        "name": item.title,
        "publishTime": int(item.at.timestamp() * 1000),
        "author": "",
        "content": "<p>正文</p>",
        "authorInfo": _author(seen),
    }
    props = {"pageProps": {"detailData": {"contType": 1, "contentDetail": detail}}}
    state = inline({"props": props, "page": "/detail/[id]"})
    return document(
        f"{item.title}_澎湃号·政务_澎湃新闻",
        f'<div id="__next"><h1 class="index_title__B8mhI">{escape(item.title)}</h1></div>'
        f'<script id="__NEXT_DATA__" type="application/json">{state}</script>',
    )


def _old_article(seen: View, item: Item) -> Answer:
    actor = seen.actor
    vip = '<span class="icon_vip"></span>' if actor.verified_as else ""
    clock = f"{item.at.astimezone(ZONE):%Y-%m-%d %H:%M}"
    return document(
        f"{item.title}_政务_澎湃新闻-The Paper",
        f'<h1 class="news_title">{escape(item.title)}</h1><div class="news_about"><p></p>'
        f"<p>{clock}<span> 来源：澎湃新闻·澎湃号·政务</span></p></div>"
        f'<div class="news_paike_author"><a href="gov_{actor.handle}" target="_blank">'
        f'<div class="thum"><img src="//image1.thepaper.cn/image/{face(seen)}.jpg">{vip}</div>'
        f'<div class="name">{escape(seen.name)}</div></a>'
        f'<div class="link" data-userid="{actor.handle}" data-type="2">关注</div></div>',
    )


def _identity(number: int) -> tuple[str, Mapping[str, str]]:
    return str(990_000 + number), {}


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    known = newest_before(one, start)
    post = post_number(one, known) if known else ""
    pasted = {"host": "m", "path": f"detail/{post}", "post": post}
    return (
        Source("pengpaihao", one.handle),
        *((Source("pengpaihao_article", one.handle, pasted),) if known else ()),
    )


PORTAL = Portal(
    KEY,
    "pengpaihao",
    ("api.thepaper.cn", "www.thepaper.cn", "m.thepaper.cn"),
    answer,
    _identity,
    _sources,
    lambda one: f"https://www.thepaper.cn/gov_{one.handle}",
)
