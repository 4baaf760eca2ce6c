"""一点号: the channel page of 2019 with its list inside; nothing newer is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from watcher.model import Source
from watcher.replica.portals.common import (
    Portal,
    document,
    inline,
    listed,
    post_number,
    shown,
    walled,
)
from watcher.replica.timetable import ZONE
from watcher.replica.web import NOT_FOUND, Answer, Ask, redirect
from watcher.replica.world import Actor, Item, View, World

KEY = "yidian"
PAGE = 10

_CHANNEL = re.compile(r"/channel/(m\d+)")

_DELETED = document("一点资讯", '<div class="error">这个频道已被删除</div>')
_CAPTCHA = document("安全验证", "请完成验证")
_WALL = walled(
    captcha=_CAPTCHA,
    login=redirect("https://passport.yidianzixun.com/login"),
    gone=_DELETED,
    newer=document("一点资讯", "<main></main>"),
)


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """A channel's page."""
    found = _CHANNEL.fullmatch(ask.path)
    actor = world.find(KEY, found[1]) if found else None
    return shown(world, ask, now, actor, _WALL, _channel) if actor else NOT_FOUND


def _channel(seen: View) -> Answer:
    state = {
        "channel_name": seen.name,
        "bookcount": "1.2万人订阅",
        "result": [_row(seen, item) for item in listed(seen)[:PAGE]],
    }
    return document(seen.name, f"<script>window.yidian.docinfo = {inline(state)};</script>")


def _row(seen: View, item: Item) -> dict[str, Any]:
    clock = f"{item.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
    return {
        "docid": f"0R{post_number(seen.actor, item)}",
        "itemid": f"0R{post_number(seen.actor, item)}",
        "title": item.title,
        "date": clock[:10].replace("-", ". "),
        "ddate": clock,
        "source": seen.name,
        "content_type": "news",
        "wemedia_info": {"name": seen.name, "channel_id": seen.actor.handle},
    }


def _identity(number: int) -> tuple[str, Mapping[str, str]]:
    return f"m{9_900_000 + number}", {}


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    return (Source("yidianhao", one.handle),)


PORTAL = Portal(
    KEY,
    "yidianhao",
    ("www.yidianzixun.com",),
    answer,
    _identity,
    _sources,
    lambda one: f"https://www.yidianzixun.com/channel/{one.handle}",
)
