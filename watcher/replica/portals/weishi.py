"""腾讯微视: the anonymous JSON calls of its phone site, and the redirect of its short links."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
)
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_html, as_json, redirect
from watcher.replica.world import Actor, Item, Scene, View, World

KEY = "weishi"
HOSTS = ("api.weishi.qq.com", "video.weishi.qq.com", "isee.weishi.qq.com", "h5.weishi.qq.com")
CALLS = "/trpc.weishi.weishi_h5_proxy.weishi_h5_proxy/"
PAGE = 15  # works a page
_BIRTH = 1_546_300_800  # when every poster's own account began: no time of a work
_SHARE = "https://isee.weishi.qq.com/ws/app-pages/share/index.html?id="
_BARE = as_json({"ret": -1, "errmsg": "system error"})  # what a refusal looks like: no rsp_body
_SORRY = redirect("https://h5.weishi.qq.com/sorry?from=share")
_LOST = as_json({"ret": 0, "errmsg": "feed不存在", "rsp_body": {"feeds": []}})


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """One call, or a short link."""
    if ask.host == "video.weishi.qq.com":
        return redirect(f"{_SHARE}{ask.path.strip('/')}")
    if ask.path == "/sorry":
        return as_html("<html><head><title>微视</title></head><body>页面不见了</body></html>")
    if not ask.path.startswith(CALLS) or ask.method != "POST":
        return NOT_FOUND
    told = ask.json()
    body = told.get("req_body") if isinstance(told, dict) else None
    wanted = body if isinstance(body, dict) else {}
    call = ask.path.removeprefix(CALLS)
    if call == "WSH5GetPlayPage":
        found = find_post(world, KEY, str(wanted.get("feedid", ""))[:11])
        return shown_post(world, ask, now, found, _wall, _play, _LOST)
    actor = world.find(KEY, str(wanted.get("personID", "")))
    page = {"GetPersonalHomePage": _home, "GetPersonalFeedList": _feeds}.get(call)
    return shown(world, ask, now, actor, _wall, page) if actor and page else _BARE


def _wall(scenes: frozenset[Scene]) -> Answer | None:
    if Scene.LOGIN_WALL in scenes:
        return _SORRY
    if scenes & {Scene.CAPTCHA, Scene.GONE, Scene.BANNED}:
        return _BARE
    if Scene.LAYOUT_CHANGED in scenes:
        return as_json({"code": 0, "data": {"author": {}, "works": []}})
    return None


def _ok(**body: Any) -> Answer:
    return as_json({"ret": 0, "rsp_header": {"iRet": 0}, "rsp_body": body})


def _poster(seen: View) -> dict[str, Any]:
    return {
        "id": seen.actor.handle,
        "nick": seen.name,
        "avatar": f"https://pic.weishi.qq.com/{face(seen)}{seen.actor.number:024x}/100",
        "createtime": _BIRTH,
    }


def _home(seen: View) -> Answer:
    texts = {"status": seen.actor.bio, "certif_desc": seen.actor.verified_as}
    numeric = {"fans_num": 12_843, "feed_num": len(seen.posts()), "interest_num": 6}
    return _ok(person={**_poster(seen), **texts}, numeric=numeric)


def _feed(seen: View, item: Item) -> dict[str, Any]:
    return {
        "id": feed_id(seen.actor, item),
        "createtime": int(item.at.timestamp()),
        "feed_desc": item.title,
        "playNum": 100,
        "ding_count": 6,
        "total_comment_num": 1,
    }


def feed_id(actor: Actor, item: Item) -> str:
    return f"{post_number(actor, item)}EXAMPLE"


def _feeds(seen: View) -> Answer:
    return _ok(feeds=[_feed(seen, item) for item in listed(seen)[:PAGE]], attchInfo="replica")


def _play(seen: View, item: Item) -> Answer:
    return _ok(feeds=[_feed(seen, item) | {"poster": _poster(seen)}])


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    known = newest_before(one, start)
    pasted = (Source("weishi_post", one.handle, {"feed": feed_id(one, known)}),) if known else ()
    return (Source("weishi", one.handle), *pasted)


PORTAL = Portal(
    KEY,
    "weishi",
    HOSTS,
    answer,
    lambda number: (str(1_599_000_000_000_000 + number), {}),
    _sources,
    lambda one: f"https://h5.weishi.qq.com/weishi/personal/{one.handle}/wspersonal",
)
