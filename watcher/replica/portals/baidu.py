"""百家号's article pages, and the captcha that Baidu leads to instead."""

from __future__ import annotations

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

KEY = "baidu"
_SHUT = redirect(
    "https://wappass.baidu.com/static/captcha/tuxing.html?ak=replica&backurl=baijiahao"
)
_CAPTCHA = document("百度安全验证", '<div class="timeout-title">网络不给力，请稍后重试</div>')
_WALL = walled(
    captcha=_SHUT, login=_SHUT, gone=NOT_FOUND, newer=document("百家号", "<main></main>")
)


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """An article by its id, or the captcha."""
    if ask.host == "wappass.baidu.com":
        return _CAPTCHA
    if ask.path != "/s":
        return NOT_FOUND
    found = find_post(world, KEY, ask.query.get("id", "").removeprefix("17000000"))
    return shown_post(world, ask, now, found, _WALL, _article)


def article_id(actor: Actor, item: Item) -> str:
    return f"17000000{post_number(actor, item)}"


def _article(seen: View, item: Item) -> Answer:
    local = item.at.astimezone(ZONE)
    vip = '<i class="author-vip author-vip-2"></i>' if seen.actor.verified_as else ""
    return document(
        item.title,
        f'<div class="article-title"><h2>{escape(item.title)}</h2></div>'
        '<div class="author-icon"><img src="https://pic.rmb.bdstatic.com/'
        f'{seen.actor.number:032x}.jpeg">{vip}</div>'
        f'<div class="author-txt"><p class="author-name">{escape(seen.name)}</p>'
        '<div class="article-source article-source-bjh">'
        f'<span class="date">发布时间：{local:%m-%d}</span><span class="time">{local:%H:%M}</span>'
        f'<span class="account-authentication">{escape(seen.actor.verified_as)}</span></div></div>'
        '<div id="content-container" data-extralog="flow:2;st:news;isBaijiahao:1;login:1;'
        f'appId:{seen.actor.handle};"></div>',
        f'<meta itemprop="dateUpdate" content="{local:%Y-%m-%d %H:%M:%S}">',
    )


def _identity(number: int) -> tuple[str, Mapping[str, str]]:
    return str(1_599_000_000_000_000 + number), {}


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    """The account's own list is behind a check of browsers: what is left is a pasted link."""
    known = newest_before(one, start)
    post = article_id(one, known) if known else ""
    pasted = {"host": "baijiahao", "path": "s", "post": post}
    return (Source("baijiahao_article", one.handle, pasted),)


PORTAL = Portal(
    KEY,
    "baijiahao",
    ("baijiahao.baidu.com", "wappass.baidu.com"),
    answer,
    _identity,
    _sources,
    lambda one: f"https://author.baidu.com/home/{one.handle}",
)
