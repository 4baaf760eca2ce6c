"""企鹅号 as 腾讯新闻 shows it: the author's page data, the mixed list, article pages."""

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
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_json
from watcher.replica.world import Actor, Item, View, World

KEY = "qq_news"
PAGE = 20

_POST = re.compile(r"(?:/rain)?/a/20260101A(\d{11})")

_REFUSED = as_json({"ret": -1, "msg": "forbidden"})
_NOBODY = as_json({"ret": 0, "userinfo": None})
_CAPTCHA = document("安全验证", "请完成安全验证")
_WALL = walled(
    captcha=_CAPTCHA, login=_REFUSED, gone=_NOBODY, newer=as_json({"ret": 0, "cells": []})
)


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """The author's data, the list, or an article."""
    suid = ask.query.get("guestSuid", "")
    actor = world.find(KEY, suid) or _by_number(world, ask.query.get("chlid", ""))
    if ask.path == "/i/getUserHomepageInfo":
        return shown(world, ask, now, actor, _WALL, _homepage) if actor else _NOBODY
    if ask.path == "/getSubNewsMixedList":
        return shown(world, ask, now, actor, _WALL, _list) if actor else _REFUSED
    if found := _POST.fullmatch(ask.path):
        return shown_post(world, ask, now, find_post(world, KEY, found[1]), _WALL, _article)
    return NOT_FOUND


def _by_number(world: World, chlid: str) -> Actor | None:
    """The account by the number of its old address."""
    mine = (a for a in world.actors.values() if chlid and a.extra.get("chlid") == chlid)
    return next(mine, None)


def _homepage(seen: View) -> Answer:
    user = {
        "nick": seen.name,
        "user_desc": seen.actor.bio,
        "suid": seen.actor.handle,
        "shareImg": f"https://inews.gtimg.com/om_ls/{face(seen)}/0",
        "pubnum": len(seen.posts()),
    }
    return as_json({"ret": 0, "userinfo": user})


def _link(actor: Actor, item: Item) -> str:
    return f"https://view.inews.qq.com/a/20260101A{post_number(actor, item)}"


def _list(seen: View) -> Answer:
    """The rows, with a label row among them as the platform mixes them in."""
    posts = listed(seen)
    rows: list[dict[str, Any]] = [_row(seen, item) for item in posts[:PAGE]]
    if rows:
        rows.insert(1, {"id": "20260101V00LABEL00", "title": "标签条目", "articletype": "123"})
    more = len(posts) > PAGE
    return as_json({"ret": 0, "newslist": rows, "hasNext": int(more), "offsetInfo": "replica"})


def _row(seen: View, item: Item) -> dict[str, Any]:
    return {
        "id": f"20260101A{post_number(seen.actor, item)}",
        "title": item.title,
        "articletype": "0",
        "url": _link(seen.actor, item),
        "source": seen.name,
        "chlname": seen.name,
        "card": {"suid": seen.actor.handle, "chlname": seen.name},
        "time": f"{item.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}",
        "timestamp": int(item.at.timestamp()),
    }


def _article(seen: View, item: Item) -> Answer:
    home = f"https://news.qq.com/omn/author/{seen.actor.handle}"
    clock, title = f"{item.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}", escape(item.title)
    return document(
        f"{item.title}_腾讯新闻",
        f'<h1 id="article-title">{title}</h1><div id="article-author">'
        f'<a href="{home}">{escape(seen.name)}</a><span>{clock}</span></div>'
        '<div class="rich_media_content"><p>正文</p></div>',
        f'<meta property="article:published_time" content="{clock}">',
    )


def _identity(number: int) -> tuple[str, Mapping[str, str]]:
    return f"8QMReplica{number:06d}", {"chlid": str(98_000_000 + number)}


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    known = newest_before(one, start)
    if known is None:
        return (Source("qiehao", one.handle),)
    post = f"20260101A{post_number(one, known)}"
    pasted = {"host": "news", "path": f"rain/a/{post}", "post": post}
    return (Source("qiehao", one.handle), Source("qiehao_article", one.handle, pasted))


PORTAL = Portal(
    KEY,
    "qiehao",
    ("i.news.qq.com", "news.qq.com", "view.inews.qq.com"),
    answer,
    _identity,
    _sources,
    lambda one: f"https://news.qq.com/omn/author/{one.handle}",
)
