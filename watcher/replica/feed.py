"""A bridge in the manner of RSSHub: feeds of accounts as RSS 2.0, with validators."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from html import escape

from watcher.replica.web import NOT_FOUND, Answer, Ask, as_html, misbehaviour
from watcher.replica.world import Item, Scene, View, World, view

HOSTS = ("rss.example-bridge.cn",)
ENTRIES = 20  # items in a feed, however many posts there are

_XML = ("content-type", "application/xml; charset=utf-8")
_BROKEN = as_html(
    "<!DOCTYPE html><html><head><title>Welcome to RSSHub!</title></head><body>"
    "<h1>Looks like something went wrong</h1><pre>Error: 请求被风控，需要验证</pre></body></html>",
    503,
)
_CAPTCHA = as_html(
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    "<body><form id='challenge-form'>请完成安全验证</form></body></html>"
)


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """The feed at that path."""
    actor = world.find("feed", ask.path)
    if actor is None:
        return NOT_FOUND
    seen = view(actor, now)
    if wall := misbehaviour(seen, ask) or _wall(seen):
        return wall
    shown = view(world.other(actor), now) if Scene.WRONG_ACCOUNT in seen.scenes else seen
    full = _feed(shown)
    tag = next(value for name, value in full.headers if name == "etag")
    if ask.headers.get("if-none-match") == tag:
        return Answer(304, b"", (("etag", tag),))
    return full


def _wall(seen: View) -> Answer | None:
    if seen.scenes & {Scene.LOGIN_WALL, Scene.GONE, Scene.BANNED}:
        return _BROKEN  # a bridge cannot tell these apart
    if Scene.CAPTCHA in seen.scenes:
        return _CAPTCHA
    if Scene.LAYOUT_CHANGED in seen.scenes:
        return as_html("<!DOCTYPE html><html><body>此订阅源已迁移</body></html>")
    return None


@lru_cache(maxsize=4096)
def _feed(seen: View) -> Answer:
    actor = seen.actor
    posts = [] if Scene.GUEST_HIDES in seen.scenes else sorted(
        seen.posts(), key=lambda p: p.at, reverse=True
    )[:ENTRIES]  # fmt: skip
    newest = posts[0].at if posts else datetime(2026, 1, 1, tzinfo=UTC)
    home = escape(actor.extra["home"])
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<rss xmlns:atom="http://www.w3.org/2005/Atom" version="2.0"><channel>'
        f"<title>{escape(seen.name)}</title><link>{home}</link>"
        f'<atom:link href="https://{HOSTS[0]}{escape(actor.handle)}" rel="self" '
        'type="application/rss+xml" />'
        f"<description>{escape(actor.bio)} - Powered by RSSHub</description>"
        "<generator>RSSHub</generator><language>zh-CN</language>"
        f"<lastBuildDate>{format_datetime(newest, usegmt=True)}</lastBuildDate><ttl>5</ttl>"
        f"{''.join(_entry(seen, p) for p in posts)}</channel></rss>"
    ).encode()
    tag = f'"{sha256(body).hexdigest()[:27]}"'
    modified = format_datetime(newest, usegmt=True)
    return Answer(200, body, (_XML, ("etag", tag), ("last-modified", modified)))


def _entry(seen: View, item: Item) -> str:
    link = escape(link_of(seen, item))
    return (
        f"<item><title>{escape(item.title)}</title>"
        f"<description>{escape(f'<p>{item.title}</p>')}</description><link>{link}</link>"
        f'<guid isPermaLink="false">{link}</guid>'
        f"<pubDate>{format_datetime(item.at.astimezone(UTC), usegmt=True)}</pubDate>"
        f"<author>{escape(seen.name)}</author></item>"
    )


def link_of(seen: View, item: Item) -> str:
    """The post's own address, which begins with the account's link prefix."""
    return f"{seen.actor.extra['prefix']}{item.number}"
