"""人民号: article pages alone; no page of an account and no list by account is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from html import escape

from watcher.model import Source
from watcher.replica.portals.common import (
    Portal,
    document,
    find_post,
    newest_before,
    post_number,
    shown_post,
    walled,
)
from watcher.replica.timetable import ZONE
from watcher.replica.web import NOT_FOUND, Answer, Ask, redirect
from watcher.replica.world import Actor, Item, View, World

KEY = "people"
_CAPTCHA = document("安全验证", "请完成验证")
_WHERE = re.compile(r"/Pc/ArtInfoApi/(?:article|video)")
_WALL = walled(
    captcha=_CAPTCHA,
    login=redirect("https://passport.people.cn/login"),
    gone=NOT_FOUND,
    newer=document("人民号", "<main></main>"),
)


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """An article or a video."""
    if not _WHERE.fullmatch(ask.path):
        return NOT_FOUND
    found = find_post(world, KEY, ask.query.get("id", ""))
    return shown_post(world, ask, now, found, _WALL, _article)


def _article(seen: View, item: Item) -> Answer:
    local = item.at.astimezone(ZONE)
    return document(
        item.title,
        f'<div class="title"><h2>{escape(item.title)}</h2></div><div class="other clearfix m-t">'
        f'<p><a href="javascript:;"><span>{escape(seen.name)}</span></a> '
        f'{local:%Y-%m-%d %H:%M:%S}</p></div><div class="content">正文</div>',
        f'<meta name="og:time" content="{local:%Y年%m月%d日}">',
    )


def _identity(number: int) -> tuple[str, Mapping[str, str]]:
    return f"rmh-{number:04d}", {}


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    known = newest_before(one, start)
    pasted = {"kind": "article", "post": post_number(one, known)} if known else {}
    return (Source("renminhao_article", one.handle, pasted),)


PORTAL = Portal(
    KEY,
    "renminhao",
    ("rmh.pdnews.cn",),
    answer,
    _identity,
    _sources,
    lambda one: "https://rmh.pdnews.cn/",
)
