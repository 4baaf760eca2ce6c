"""美篇: a column's home page, its list as JSON, article pages; Aliyun's challenge in front."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from html import escape

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
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_html, as_json, redirect
from watcher.replica.world import Actor, Item, View, World

KEY = "meipian"
PAGE = 10

_HOME = re.compile(r"/c/(\d+)")
_POST = re.compile(r"/5(\d{11})")

_ACW = as_html(
    '<html><head><meta name="aliyunwaf_replica" content="x"></head><body>'
    "<script>var arg1='3000176000856006061501533003690027800375';"
    "document.cookie='aliyun_waf_aa=replica'</script></body></html>"
)
_REFUSED = as_json({"status": 0, "msg": "用户不存在"})
_WALL = walled(
    captcha=_ACW,
    login=redirect("https://passport.meipian.cn/login"),
    gone=NOT_FOUND,
    newer=document("美篇", "<main></main>"),
)


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """The home page, the list, or an article."""
    if found := _HOME.fullmatch(ask.path):
        actor = world.find(KEY, found[1])
        return shown(world, ask, now, actor, _WALL, _home) if actor else NOT_FOUND
    if ask.path == "/static/action/load_columns_article.php" and ask.method == "POST":
        actor = world.find(KEY, ask.query.get("userid", ""))
        return shown(world, ask, now, actor, _WALL, _list) if actor else _REFUSED
    if found := _POST.fullmatch(ask.path):
        return shown_post(world, ask, now, find_post(world, KEY, found[1]), _WALL, _article)
    return NOT_FOUND


def mask(actor: Actor, item: Item) -> str:
    return f"5{post_number(actor, item)}"


def _home(seen: View) -> Answer:
    rows = "".join(_row(seen.actor, item) for item in listed(seen)[:PAGE])
    return document(
        f"{seen.name}的专栏 - 美篇",
        '<div class="usermessage"><div class="headerimg" style="'
        f"background-image:url('https://ss2.meipian.me/users/{face(seen)}.jpg?imageView2/1')\"></div>"
        f'<div class="info"><h2>{escape(seen.name)}</h2><p>美篇号 {seen.actor.handle}</p>'
        f"<p>{escape(seen.actor.bio)}</p><ul><li>文章 <p>{len(seen.posts())}</p></li>"
        "<li>被访问 <p>8.2万</p></li></ul></div></div>"
        f'<div class="articlecontent"><ul><li class="sel">{rows}</li></ul></div>',
    )


def _row(actor: Actor, item: Item) -> str:
    return (
        f'<div data-id="{int(post_number(actor, item))}"><h3>'
        f'<a href="//www.meipian.cn/{mask(actor, item)}">{escape(item.title)}</a></h3>'
        f"<p></p><p>{item.at.astimezone(ZONE):%Y-%m-%d}</p></div>"
    )


def _list(seen: View) -> Answer:
    rows = [
        {
            "id": int(post_number(seen.actor, item)),
            "mask_id": mask(seen.actor, item),
            "title": item.title,
            "abstract": "",
            "create_time": int(item.at.timestamp()),
        }
        for item in listed(seen)[:PAGE]
    ]
    return as_json(rows)


def _article(seen: View, item: Item) -> Answer:
    article = {
        "mask_id": mask(seen.actor, item),
        "user_id": int(seen.actor.handle),
        "title": item.title,
        "create_time": int(item.at.timestamp()),
    }
    author = {
        "id": int(seen.actor.handle),
        "nickname": seen.name,
        "head_img_url": f"https://ss2.meipian.me/users/{face(seen)}.jpg",
    }
    detail = {"article": article, "author": author, "content": []}
    return document(item.title, f"<script>var ARTICLE_DETAIL = {inline(detail)};</script>")


def _identity(number: int) -> tuple[str, Mapping[str, str]]:
    return str(99_000_000 + number), {}


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    known = newest_before(one, start)
    pasted = {"post": mask(one, known)} if known else {}
    return (
        Source("meipian", one.handle),
        *((Source("meipian_article", one.handle, pasted),) if pasted else ()),
    )


PORTAL = Portal(
    KEY,
    "meipian",
    ("www.meipian.cn",),
    answer,
    _identity,
    _sources,
    lambda one: f"https://www.meipian.cn/c/{one.handle}",
)
