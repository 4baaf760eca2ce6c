"""南方号: the column's name, its list with posts of related columns among them, article pages."""

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

KEY = "southcn"
PAGE = 20

_POST = re.compile(r"/content/\d{6}/\d{1,2}/c(\d{11})\.html")

_NOT_ALLOWED = as_html(
    "<html><head><title>405 Not Allowed</title></head><body><center><h1>405 Not Allowed</h1>"
    "</center><hr><center>nginx</center></body></html>",
    405,
)
_FAILED = as_json({"success": False, "code": 500, "msg": "系统繁忙", "data": None})
_NEW_SHAPE = as_json({"success": True, "result": {"rows": []}})
_WALL = walled(
    captcha=_NOT_ALLOWED,
    login=_FAILED,
    gone=_FAILED,  # nothing is known to tell them apart
    newer=_NEW_SHAPE,
)


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """The column, its list, or an article."""
    actor = world.find(KEY, ask.query.get("columnId", ""))
    if ask.path == "/nanfang_if/getColumn":
        return shown(world, ask, now, actor, _WALL, _column) if actor else _FAILED
    if ask.path == "/nfplus-manuscript-web/article/list":
        return shown(world, ask, now, actor, _WALL, _list) if actor else _FAILED
    if found := _POST.fullmatch(ask.path):
        return shown_post(world, ask, now, find_post(world, KEY, found[1]), _WALL, _article)
    return NOT_FOUND


def _column(seen: View) -> Answer:
    home = "https://static.nfapp.southcn.com/nfh/shareNFNum/index.html?nfhId="
    return as_json(
        {
            "columnId": int(seen.actor.handle),
            "columnName": seen.name,
            "columnDesc": seen.actor.bio,
            "linkUrl": f"{home}{seen.actor.handle}",
        }
    )


def _list(seen: View) -> Answer:
    posts = listed(seen)
    rows = [_row(seen, item) for item in posts[:PAGE]]
    if rows:
        stranger = {"articleId": 99999, "columnId": 38, "columnName": "头条", "title": "相关栏目"}
        rows.insert(1, {**rows[0], **stranger})
    data = {"list": rows, "hasNextPage": len(posts) > PAGE}
    return as_json({"success": True, "code": 200, "msg": "操作成功", "data": data})


def _row(seen: View, item: Item) -> dict[str, Any]:
    clock = f"{item.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
    edited = f"{item.edited.astimezone(ZONE):%Y-%m-%d %H:%M:%S}" if item.edited else clock
    return {
        "articleId": int(post_number(seen.actor, item)),
        "columnId": int(seen.actor.handle),
        "columnName": seen.name,
        "articleType": 0,
        "title": item.title,
        "summary": "详见内文",
        "releaseTime": clock,
        "updateTime": edited,
        "shareUrl": _link(seen.actor, item),
    }


def _link(actor: Actor, item: Item) -> str:
    month, day = _folder(item)
    number = post_number(actor, item)
    return f"https://static.nfapp.southcn.com/content/{month}/{day}/c{number}.html"


def _folder(item: Item) -> tuple[str, str]:
    local = item.at.astimezone(ZONE)
    return f"{local:%Y%m}", f"{local:%d}"


def _article(seen: View, item: Item) -> Answer:
    clock = f"{item.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
    return document(
        item.title,
        f'<img class="colimg" src="https://static.nfapp.southcn.com/pic/{face(seen)}.jpg">'
        f'<h1 id="articleTitle">{escape(item.title)}</h1>'
        f'<div class="nfhtime pubtime" data-time="{clock}">{clock[:10]}</div>',
        f'<meta name="author" content="{escape(seen.name, quote=True)}">',
    )


def _identity(number: int) -> tuple[str, Mapping[str, str]]:
    return str(88_000 + number), {}


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    known = newest_before(one, start)
    if known is None:
        return (Source("nanfanghao", one.handle),)
    post = post_number(one, known)
    path = f"content/{'/'.join(_folder(known))}/c{post}"
    pasted = {"host": "static.nfapp.southcn", "path": path, "post": post}
    return (Source("nanfanghao", one.handle), Source("nanfanghao_article", one.handle, pasted))


PORTAL = Portal(
    KEY,
    "nanfanghao",
    ("api.nfapp.southcn.com", "static.nfapp.southcn.com"),
    answer,
    _identity,
    _sources,
    lambda one: f"https://static.nfapp.southcn.com/nfh/shareNFNum/index.html?nfhId={one.handle}",
)
