"""今日头条: a profile page with its data and its own XHR, and the answers for single posts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from watcher.model import Source
from watcher.replica.portals.common import (
    Portal,
    document,
    face,
    listed,
    newest_before,
    shown,
    shown_post,
)
from watcher.replica.portals.shell import shell
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_json, misbehaviour, redirect
from watcher.replica.world import Actor, Item, Scene, View, World, view

KEY = "toutiao"
PAGE = 15
FEED = "/api/pc/list/feed"
FANS = "/api/pc/user/fans_stat"
_WEB, _PHONE = "www.toutiao.com", "m.toutiao.com"
_PROFILE = re.compile(r"/c/user/token/([\w-]+)/?")
_INFO = re.compile(r"/i(\d{19})/info/?")
_SHORT = re.compile(r"/is/(\d{19})/?")
_CAPTCHA = document("验证码中间页", '<div id="captcha_container"></div>')
_LOST = document(
    "今日头条", '<img src="//s3.pstatp.com/404.png" usemap="#map"><map name="map"></map>'
)
_REFUSED = as_json({"message": "error", "data": None})
_REMOVED = as_json({"success": False, "data": {}})


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """One request to any of its hosts."""
    if found := _PROFILE.fullmatch(ask.path):
        actor = world.find(KEY, found[1])
        return shown(world, ask, now, actor, _wall, _profile) if actor else _LOST
    if ask.path.rstrip("/") == FEED:
        return _feed(world, ask, now)
    if ask.path.rstrip("/") == FANS:
        fans = {"fans": "3.2万", "following": "12", "digg_count": "1.9万"}
        return as_json({"message": "success", "data": fans})
    if ask.host == _PHONE and (short := _SHORT.fullmatch(ask.path)):
        return redirect(f"https://{_WEB}/article/{short[1]}/?app=news_article")
    if ask.host == _PHONE and (info := _INFO.fullmatch(ask.path)):
        post = _find(world, info[1])
        return shown_post(world, ask, now, post, _post_wall, _info, _REMOVED)
    return NOT_FOUND


def _wall(scenes: frozenset[Scene]) -> Answer | None:
    if Scene.CAPTCHA in scenes:
        return _CAPTCHA
    return _LOST if Scene.GONE in scenes else None


def _post_wall(scenes: frozenset[Scene]) -> Answer | None:
    if scenes & {Scene.CAPTCHA, Scene.LOGIN_WALL}:
        return as_json({}, 403)
    return _REMOVED if scenes & {Scene.GONE, Scene.BANNED, Scene.LAYOUT_CHANGED} else None


def _profile(seen: View) -> Answer:
    token = seen.actor.handle
    query = f"category=profile_all&token={token}&max_behot_time=0&entrance_gid&aid=24"
    calls: list[str | tuple[str, str]] = [
        f"{FEED}?{query}&app_name=toutiao_web",
        (FANS, f"token={token}"),
    ]
    if Scene.LAYOUT_CHANGED in seen.scenes:
        return shell("今日头条", ["/api/v9/unknown"])
    user = _user(seen)
    shown_user = {
        "userId": user["user_id"],
        "mediaId": user["user_id"],
        "name": user["name"],
        "avatarUrl": user["avatar_url"],
        "description": user["description"],
        "userVerified": user["user_verified"],
        "userAuthInfo": json.loads(user["user_auth_info"] or "{}"),
    }
    data = quote(json.dumps({"data": {"profileUserInfo": shown_user}}, ensure_ascii=False), safe="")
    script = f'<script id="RENDER_DATA" type="application/json">{data}</script>'
    return shell(f"{seen.name}的头条主页 - 今日头条", calls, script)


def _feed(world: World, ask: Ask, now: datetime) -> Answer:
    actor = world.find(KEY, ask.query.get("token", ""))
    if actor is None:
        return _REFUSED
    seen = view(actor, now)
    if refused := misbehaviour(seen, ask):
        return refused
    if seen.scenes & {Scene.CAPTCHA, Scene.LOGIN_WALL, Scene.GONE}:
        return _REFUSED
    if Scene.WRONG_ACCOUNT in seen.scenes:
        seen = view(world.other(actor), now)
    until = ask.query.get("max_behot_time", "0")
    return _cells(seen, int(until) if until.isdigit() else 0)


@lru_cache(maxsize=2048)
def _cells(seen: View, until: int) -> Answer:
    posts = () if Scene.BANNED in seen.scenes else listed(seen)
    rest = [item for item in posts if not until or _seconds(item) < until]
    page = rest[:PAGE]
    times = [_seconds(item) for item in page if not seen.is_pinned(item)] or [0]
    return as_json(
        {
            "message": "success",
            "has_more": len(rest) > PAGE,
            "next": {"max_behot_time": min(times)},
            "data": [_cell(seen, item) for item in page],
        }
    )


def _seconds(item: Item) -> int:
    return int(item.at.timestamp())


def post_id(actor: Actor, item: Item) -> str:
    """Its upper half is the second of creation, as on the platform."""
    low = (actor.number % 65_536) << 16 | item.number & 0xFFFF
    return str(_seconds(item) << 32 | low)


def _find(world: World, number: str) -> tuple[Actor, Item] | None:
    for actor in world.actors.values():
        if actor.platform == KEY:
            for item in actor.items:
                if post_id(actor, item) == number:
                    return actor, item
    return None


def _user(seen: View) -> dict[str, Any]:
    badge = seen.actor.verified_as
    auth = json.dumps({"auth_type": "0", "auth_info": badge}, ensure_ascii=False)
    return {
        "user_id": seen.actor.extra["user_id"],
        "name": seen.name,
        "avatar_url": f"https://p3.pstatp.com/thumb/{face(seen)}",
        "description": seen.actor.bio,
        "follower_count": 0,
        "user_verified": bool(badge),
        "user_auth_info": auth if badge else "",
        "verified_content": badge,
    }


def _cell(seen: View, item: Item) -> dict[str, Any]:
    """One of three shapes: article, short post, video."""
    number = post_id(seen.actor, item)
    cell: dict[str, Any] = {
        "id": number,
        "group_id": number,
        "publish_time": _seconds(item),
        "behot_time": _seconds(item) + (52_000 if seen.is_pinned(item) else 0),
        "title": item.title,
        "comment_count": 4,
        "digg_count": 66,
    }
    if seen.is_pinned(item):
        cell |= {"is_stick": True, "stick_label": "置顶"}
    user = _user(seen)
    if item.number % 3 == 1:
        return cell | {"cell_type": 32, "title": "", "content": item.title, "user": user}
    if item.number % 3 == 2:
        counts = {"followers_count": 31871, "following_count": 12}
        video = {"duration": 15.2, "play_addr_list": []}
        author = {"info": user, "relation_count": counts, "user_id": user["user_id"]}
        return cell | {"cell_type": 49, "video": video, "user": author}
    return cell | {"cell_type": 60, "abstract": "摘要", "user_info": user}


def _info(seen: View, item: Item) -> Answer:
    user = _user(seen)
    media = {"id": user["user_id"], "screen_name": user["name"], "avatar_url": user["avatar_url"]}
    told = {
        "title": item.title,
        "publish_time": str(_seconds(item)),
        "source": seen.name,
        "content": "<div><p>正文</p></div>",
        "media_user": media | {"user_auth_info": user["user_auth_info"]},
    }
    return as_json({"_ck": {}, "success": True, "data": told})


# -- the register's side -------------------------------------------------------------------


def _identity(number: int) -> tuple[str, Mapping[str, str]]:
    digits = sha256(f"invented toutiao {number}".encode()).hexdigest()
    return f"MS4wLjABAAAA{digits[:43]}", {"user_id": f"{9_950_500_000 + number}"}


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    known = newest_before(one, start)
    settings = {"user_id": one.extra["user_id"]}
    main = Source("toutiao", one.handle, settings)
    if known is None:
        return (main,)
    links = [f"https://m.toutiao.com/is/{post_id(one, known)}/"]
    return main, Source("toutiao_article", one.handle, settings | {"links": links})


PORTAL = Portal(
    KEY,
    KEY,
    (_WEB, _PHONE),
    answer,
    _identity,
    _sources,
    lambda one: f"https://{_WEB}/c/user/token/{one.handle}/",
)
