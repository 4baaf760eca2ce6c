"""大鱼号: the JSON list by author and single contents, as crawlers of 2018-20 saw them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
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
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_json
from watcher.replica.world import Actor, Item, View, World

KEY = "dayu"
PAGE = 8

_LIST = re.compile(r"/contents/author/([0-9a-f]{32})")
_POST = re.compile(r"/contents/6324(\d{11})")

_FAILED = as_json({"code": 500, "message": "error"})
_CAPTCHA = document("安全验证", "请完成验证")
_WALL = walled(
    captcha=_CAPTCHA, login=_FAILED, gone=_FAILED, newer=as_json({"result": {"items": []}})
)


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """The list of an author, or a content."""
    if found := _LIST.fullmatch(ask.path):
        actor = world.find(KEY, found[1])
        return shown(world, ask, now, actor, _WALL, _list) if actor else _FAILED
    if found := _POST.fullmatch(ask.path):
        post = find_post(world, KEY, found[1])
        return shown_post(world, ask, now, post, _WALL, _content, lost=_FAILED)
    return NOT_FOUND


def content_id(actor: Actor, item: Item) -> str:
    return f"6324{post_number(actor, item)}"


def _row(seen: View, item: Item) -> dict[str, Any]:
    return {
        "content_id": content_id(seen.actor, item),
        "author_id": seen.actor.handle,
        "biz_id": 1002,
        "format_type": 1001,
        "title": item.title,
        "published_at": f"{item.at.astimezone(ZONE):%Y-%m-%dT%H:%M:%S}.000+0800",
        "_author": {
            "author_id": seen.actor.handle,
            "author_name": seen.name,
            "avatar_url": f"http://image.uczzd.cn/{face(seen)}.jpg",
        },
    }


def _list(seen: View) -> Answer:
    return as_json({"data": [_row(seen, item) for item in listed(seen)[:PAGE]]})


def _content(seen: View, item: Item) -> Answer:
    return as_json({"data": {**_row(seen, item), "body": {"text": "<p>正文</p>"}}})


def _identity(number: int) -> tuple[str, Mapping[str, str]]:
    return sha256(f"invented dayu {number}".encode()).hexdigest()[:32], {}


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    known = newest_before(one, start)
    pasted = {"post": content_id(one, known) if known else ""}
    return (
        Source("dayuhao", one.handle),
        *((Source("dayuhao_article", one.handle, pasted),) if known else ()),
    )


PORTAL = Portal(
    KEY,
    "dayuhao",
    ("ff.dayu.com",),
    answer,
    _identity,
    _sources,
    lambda one: f"http://a.mp.uc.cn/media?mid={one.handle}",
)
