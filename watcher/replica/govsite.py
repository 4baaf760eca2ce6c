"""A government website: list pages with dates, articles with the 国办 meta block, validators."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from html import escape

from watcher.replica.timetable import ZONE
from watcher.replica.web import HTML, NOT_FOUND, Answer, Ask, as_html, misbehaviour
from watcher.replica.world import Actor, Item, Scene, View, World, view

HOSTS = ("www.sanya.gov.cn",)
ROWS = 15  # a list page

_LIST = re.compile(r"(?P<column>/.+/)(?:index(?:_(?P<page>\d+))?\.html)?")
_DETAIL = re.compile(r"(?P<column>/.+/)(?P<month>\d{6})/t(?P<day>\d{8})_(?P<number>\d+)\.html")

_CAPTCHA = as_html(
    "<!DOCTYPE html><html><head><title>安全验证</title></head><body>"
    "<p>您的访问过于频繁，请输入验证码后继续访问</p><img id='seccodeImage'></body></html>"
)


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """A list page, or an article that a list page links to."""
    if found := _DETAIL.fullmatch(ask.path):
        actor, page = world.find("govsite", found["column"]), 0
    elif found := _LIST.fullmatch(ask.path):
        actor, page = world.find("govsite", found["column"]), int(found["page"] or 1)
    if found is None or actor is None:
        return NOT_FOUND
    seen = view(actor, now)
    if wall := misbehaviour(seen, ask) or _wall(seen):
        return wall
    if Scene.WRONG_ACCOUNT in seen.scenes:
        seen = view(world.other(actor), now)
    full = _list(seen, page) if page else _detail(seen, int(found["number"]))
    tag = dict(full.headers).get("etag")
    if tag and ask.headers.get("if-none-match") == tag:
        return Answer(304, b"", (("etag", tag),))
    return full


def _wall(seen: View) -> Answer | None:
    if Scene.CAPTCHA in seen.scenes:
        return _CAPTCHA
    if seen.scenes & {Scene.GONE, Scene.BANNED}:
        return NOT_FOUND
    if Scene.LOGIN_WALL in seen.scenes:
        return as_html("<html><head><title>统一身份认证</title></head><body>请登录</body></html>")
    if Scene.LAYOUT_CHANGED in seen.scenes:
        return as_html("<html><head><title>改版</title></head><body><main></main></body></html>")
    return None


def path_of(actor: Actor, item: Item) -> str:
    local = item.at.astimezone(ZONE)
    return f"{actor.handle}{local:%Y%m}/t{local:%Y%m%d}_{2_600_000 + item.number}.html"


@lru_cache(maxsize=2048)
def _list(seen: View, page: int) -> Answer:
    posts = () if Scene.GUEST_HIDES in seen.scenes else seen.posts()
    rows = posts[(page - 1) * ROWS : page * ROWS]
    if page > 1 and not rows:
        return NOT_FOUND
    body = (
        '<!DOCTYPE html><html><head><meta charset="utf-8">'
        f"<title>{escape(seen.name)}</title>{_site_meta(seen)}</head><body>"
        '<div class="main_border"><ul class="news_list">'
        f"{''.join(_row(seen, p) for p in rows)}</ul></div>"
        f'<div class="page">共{-(-len(posts) // ROWS)}页 '
        f'<a href="index_{page + 1}.html">下一页</a></div></body></html>'
    ).encode()
    return Answer(200, body, (HTML, ("etag", f'"{sha256(body).hexdigest()[:16]}"')))


def _row(seen: View, item: Item) -> str:
    title = escape(item.title, quote=True)
    short = title if len(title) < 18 else f"{title[:17]}..."
    top = '<em class="top">置顶</em>' if seen.is_pinned(item) else ""
    return (
        f'<li><i></i>{top}<a href="{path_of(seen.actor, item)}" target="_blank" title="{title}">'
        f"<!-- 其他文件 -->{short}</a>"
        f'<span class="time">{item.at.astimezone(ZONE):%Y-%m-%d}</span></li>'
    )


def _site_meta(seen: View) -> str:
    return (
        f'<meta name="SiteName" content="三亚市人民政府网"><meta name="SiteDomain" '
        f'content="{HOSTS[0]}"><meta name="SiteIDCode" content="4602000001">'
        f'<meta name="ColumnName" content="{escape(seen.name)}">'
        '<meta name="ColumnType" content="信息公开">'
    )


@lru_cache(maxsize=4096)
def _detail(seen: View, number: int) -> Answer:
    item = next((p for p in seen.posts() if p.number == number - 2_600_000), None)
    if item is None:
        return NOT_FOUND
    title, path = escape(item.title, quote=True), path_of(seen.actor, item)
    return as_html(
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title>'
        f'{_site_meta(seen)}<meta name="ArticleTitle" content="{title}">'
        f'<meta name="PubDate" content="{item.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}">'
        f'<meta name="ContentSource" content="{escape(seen.actor.verified_as)}">'
        f'<meta name="Url" content="https://{HOSTS[0]}{path}"></head><body>'
        f'<div class="article"><h1>{title}</h1><p>{title}</p></div></body></html>'
    )
