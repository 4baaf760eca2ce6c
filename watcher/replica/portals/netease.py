"""网易号: the account's page, the old list by W id, article pages in both designs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from html import escape

from watcher.model import Source
from watcher.replica.portals.common import (
    Portal,
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
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_html, as_json, redirect
from watcher.replica.world import Actor, Item, View, World

KEY = "netease"
ROWS, SIDE, PAGE = 100, 10, 10  # rows of the page, of an article's side list, of the JSON list

_MEDIA = re.compile(r"/dy/media/(T\d+)\.html")
_ARTICLE = re.compile(r"/(dy/article|v2/article/detail)/L(\d{11})0511N33R\.html")

_CAPTCHA = as_html(
    "<!DOCTYPE html><html><head><title>安全验证_网易</title></head><body>"
    '<script src="https://cstaticdun.126.net/load.min.js"></script>'
    "<p>请完成安全验证后继续访问</p></body></html>"
)
_LOST = as_html(
    '<!DOCTYPE html><html><head><title>404_网易</title></head><body class="wrap_2018_404">'
    "<p>您访问的页面不存在</p></body></html>",
    404,
)
_NEW_DESIGN = as_html(
    "<!DOCTYPE html><html><head><title>网易号</title></head><body>"
    '<div id="app"></div><script>window.__STATE__={}</script></body></html>'
)
_WALL = walled(
    captcha=_CAPTCHA,
    login=redirect("https://reg.163.com/login.html?url=https%3A%2F%2Fwww.163.com%2F"),
    gone=_LOST,  # no words of its own are known: a page is missing
    newer=_NEW_DESIGN,
)


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """A media page, the list, or an article."""
    if found := _MEDIA.fullmatch(ask.path):
        actor = world.find(KEY, found[1])
        return shown(world, ask, now, actor, _WALL, _media) if actor else _LOST
    if ask.path == "/v2/article/list.do":
        wanted = ask.query.get("wemediaId", "")
        mine = (a for a in world.actors.values() if a.extra.get("wemedia") == wanted)
        actor = next(mine, None)
        return shown(world, ask, now, actor, _WALL, _list) if actor else _NOTHING
    if found := _ARTICLE.fullmatch(ask.path):
        page = _old_article if found[1].startswith("v2") else _article
        return shown_post(world, ask, now, find_post(world, KEY, found[2]), _WALL, page, lost=_LOST)
    return NOT_FOUND


_NOTHING = as_json({"code": 1, "msg": "success", "data": None})


def docid(actor: Actor, item: Item) -> str:
    return f"L{post_number(actor, item)}0511N33R"


def _home(actor: Actor) -> str:
    return f"https://www.163.com/dy/media/{actor.handle}.html"


def _clock(item: Item) -> str:
    return f"{item.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"


@lru_cache(maxsize=1024)
def _media(seen: View) -> Answer:
    name = escape(seen.name)
    return as_html(
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{name}_网易订阅</title>'
        f'<link rel="canonical" href="{_home(seen.actor)}"></head><body>'
        '<div class="head_wrap"><div class="head_title">'
        f'<img class="head_img" src="https://dingyue.ws.126.net/{face(seen)}.jpeg"><h2>{name}</h2>'
        f'</div><div class="icon_line desc">{escape(seen.actor.bio)}</div></div>'
        '<div class="tab_content"><ul class="list_box">'
        f"{''.join(_row(seen.actor, item) for item in listed(seen)[:ROWS])}"
        "</ul></div></body></html>"
    )


def _row(actor: Actor, item: Item) -> str:
    link = f"https://www.163.com/dy/article/{docid(actor, item)}.html?spss=dy_author"
    return (
        f'<li class="js-item item"><a class="img" href="{link}"><img src="//nimg.ws.126.net/"></a>'
        f'<h4><a class="title" href="{link}">{escape(item.title)}</a></h4>'
        f'<span class="time">{_clock(item)[:16]}</span></li>'
    )


def _list(seen: View) -> Answer:
    rows = [
        {
            "docid": docid(seen.actor, item),
            "title": item.title,
            "ptime": _clock(item),
            "source": seen.name,
            "imgsrc": "https://nimg.ws.126.net/?url=replica",
        }
        for item in listed(seen)[:PAGE]
    ]
    return as_json({"code": 1, "msg": "success", "data": {"list": rows}})


def _article(seen: View, item: Item) -> Answer:
    home, name, title = _home(seen.actor), escape(seen.name), escape(item.title)
    stamp = item.at.astimezone(ZONE).replace(microsecond=0).isoformat()
    return as_html(
        f'<!DOCTYPE html><html id="ne_wrap" data-publishtime="{_clock(item)}"><head>'
        f'<meta charset="utf-8"><title>{title}_网易订阅</title>'
        f'<meta property="article:published_time" content="{stamp}"></head><body>'
        f'<div class="post_main"><h1 class="post_title">{title}</h1>'
        f'<div class="post_info">{_clock(item)}　来源: <a href="{home}">{name}</a></div>'
        '<div class="post_body"><p>正文</p></div></div>'
        f'<div class="post_wemedia"><div class="post_wemedia_avatar"><a href="{home}">'
        f'<img src="https://dingyue.ws.126.net/{face(seen)}.jpeg"></a></div>'
        f'<div class="post_wemedia_name"><a href="{home}">{name}</a></div>'
        f'<div class="post_wemedia_title">{escape(seen.actor.bio)}</div></div></body></html>'
    )


def _old_article(seen: View, item: Item) -> Answer:
    """The design of 2019, with the account's ten newest beside the article."""
    actor, name = seen.actor, escape(seen.name)
    side = "".join(
        f'<li class="article_item" id="{docid(actor, i)}">'
        f'<a class="content" href="/v2/article/detail/{docid(actor, i)}.html">'
        f'<span class="item_time">{_clock(i)}</span><p>{escape(i.title)}</p></a></li>'
        for i in listed(seen)[:SIDE]
    )
    return as_html(
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312">'
        f"<title>{escape(item.title)}_网易订阅</title></head><body>"
        f'<div class="wrapper" id="contain" data-wemediaid="{actor.extra["wemedia"]}" '
        f'data-docid="{docid(actor, item)}" data-ptime="{_clock(item)}">'
        f'<div class="article_title"><h2>{escape(item.title)}</h2></div></div>'
        '<div class="colum_wrap"><div class="normal"><div class="colum_info">'
        f'<img src="http://dingyue.ws.126.net/{face(seen)}.jpeg"><h4>{name}</h4>'
        f'<p>{escape(actor.bio)}</p></div><div class="colum_dy">'
        f'<div><p class="num">{len(seen.posts())}</p><p>篇文章</p></div>'
        '<div><p class="num">542</p><p>人关注</p></div></div></div>'
        f'<ul class="colum_article_lise">{side}</ul></div></body></html>'
    )


def _identity(number: int) -> tuple[str, Mapping[str, str]]:
    return f"T15{90_000_000_000 + number}", {"wemedia": f"W39{78_000_000_000_000_000 + number}"}


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    known = newest_before(one, start)
    post = docid(one, known) if known else ""
    pasted = {"host": "www", "path": f"dy/article/{post}", "post": post}
    return (
        Source("neteasehao", one.handle),
        Source("neteasehao_list", one.extra["wemedia"]),
        *((Source("neteasehao_article", one.handle, pasted),) if known else ()),
    )


PORTAL = Portal(
    KEY, "neteasehao", ("www.163.com", "dy.163.com"), answer, _identity, _sources, _home
)
