"""The owners' own APIs of 微博, 抖音, Bilibili and 百家号: tokens, lists, and codes in refusal.

An account's token is `extra["secret"]`; Bilibili's calls must also be signed with it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from watcher.model import Source
from watcher.replica import douyin
from watcher.replica.portals import baidu, bilibili
from watcher.replica.portals.common import face
from watcher.replica.timetable import ZONE
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_json, misbehaviour
from watcher.replica.weibo_json import user_of
from watcher.replica.world import Actor, Item, Scene, View, World, view

BAIJIAHAO = "/builderinner/open/resource/query/"  # under the host of the articles


def _owner(world: World, platform: str, token: str) -> Actor | None:
    """The account that a token was granted for."""
    mine = (a for a in world.actors.values() if a.platform == platform)
    return next((a for a in mine if token and a.extra.get("secret") == token), None)


def _shown(world: World, actor: Actor, ask: Ask, now: datetime) -> View | Answer:
    seen = view(actor, now)
    if wall := misbehaviour(seen, ask):
        return wall
    return view(world.other(actor), now) if Scene.WRONG_ACCOUNT in seen.scenes else seen


def _code(codes: Mapping[Scene, int], scenes: frozenset[Scene]) -> int:
    return next((code for scene, code in codes.items() if scene in scenes), 0)


# -- 微博 ----------------------------------------------------------------------------------

_WEIBO = {
    Scene.NOT_PERMITTED: 10014,
    Scene.LOGIN_WALL: 21327,
    Scene.CAPTCHA: 10023,
    Scene.GONE: 20003,
    Scene.BANNED: 10013,
}


def weibo(world: World, ask: Ask, now: datetime) -> Answer:
    """`users/show` and `statuses/user_timeline` of the token's own user."""
    actor = _owner(world, "weibo", ask.query.get("access_token", ""))
    if actor is None:
        return _weibo_error(ask, 21332)
    if ask.query.get("uid") != actor.handle:
        return _weibo_error(ask, 21335)
    if code := _code(_WEIBO, view(actor, now).scenes):
        return _weibo_error(ask, code)
    seen = _shown(world, actor, ask, now)
    if isinstance(seen, Answer):
        return seen
    if Scene.LAYOUT_CHANGED in seen.scenes:
        return as_json({"result": []})
    user = user_of(seen) | {"followers_count": 128_431}
    if ask.path == "/2/users/show.json":
        return as_json(user)
    if ask.path != "/2/statuses/user_timeline.json":
        return _weibo_error(ask, 10020)
    posts = () if Scene.GUEST_HIDES in seen.scenes else _unpinned(seen)
    count = int(ask.query.get("count", "20"))
    rows = [_status(item, user) for item in posts[:count]]
    return as_json({"statuses": rows, "total_number": len(seen.posts())})


def _unpinned(seen: View) -> tuple[Item, ...]:
    """Newest first: this list knows no pins."""
    return tuple(sorted(seen.posts(), key=lambda item: item.at, reverse=True))


def _status(item: Item, user: Mapping[str, Any]) -> dict[str, Any]:
    number = 5_000_000_000_000_000 + item.number
    status: dict[str, Any] = {
        "created_at": f"{item.at.astimezone(ZONE):%a %b %d %H:%M:%S +0800 %Y}",
        "id": number,
        "mid": str(number),
        "text": item.title,
        "visible": {"type": 0, "list_id": 0},
        "user": user,
    }
    return status | ({"retweeted_status": {"id": 1}} if item.repost else {})


def _weibo_error(ask: Ask, code: int) -> Answer:
    return as_json({"request": ask.path, "error_code": code, "error": "replica"}, 403)


# -- 抖音 ----------------------------------------------------------------------------------

_DOUYIN = {
    Scene.NOT_PERMITTED: 28001018,
    Scene.LOGIN_WALL: 28001008,
    Scene.CAPTCHA: 28001052,
    Scene.GONE: 28001045,
    Scene.BANNED: 28001046,
}


def douyin_open(world: World, ask: Ask, now: datetime) -> Answer:
    """The list of works, the owner's face, and a prolonged token."""
    token = ask.headers.get("access-token") or ask.form.get("access_token", "")
    if ask.path == "/oauth/refresh_token/":
        return _douyin_error(10010)
    actor = _owner(world, "douyin", token)
    if actor is None:
        return _douyin_error(28001003)
    if code := _code(_DOUYIN, view(actor, now).scenes):
        return _douyin_error(code)
    seen = _shown(world, actor, ask, now)
    if isinstance(seen, Answer):
        return seen
    if ask.path == "/oauth/userinfo/":
        told = {"open_id": seen.actor.extra.get("open_id", "another"), "nickname": seen.name}
        avatar = f"https://p26.douyinpic.com/aweme/{face(seen)}~c5_168x168.jpeg"
        return as_json({"data": {**told, "avatar": avatar}, "err_no": 0, "err_msg": ""})
    if ask.path != "/api/douyin/v1/video/video_list/":
        return NOT_FOUND
    if Scene.LAYOUT_CHANGED in seen.scenes:
        return as_json({"data": {"error_code": 0, "works": []}, "extra": {"error_code": 0}})
    return _works(seen, int(ask.query.get("count", "10")))


def _works(seen: View, count: int) -> Answer:
    posts = () if Scene.GUEST_HIDES in seen.scenes else seen.posts()
    rows = [
        {
            "item_id": f"@replica{item.number}",
            "title": item.title,
            "create_time": int(item.at.timestamp()),
            "is_top": seen.is_pinned(item),
            "is_reviewed": True,
            "share_url": f"https://www.iesdouyin.com/share/video/{douyin.work_id(item)}/?region=CN",
        }
        for item in posts[:count]
    ]
    data = {"error_code": 0, "description": "", "list": rows, "has_more": len(posts) > count}
    return as_json({"data": data, "extra": {"error_code": 0, "logid": "replica"}})


def _douyin_error(code: int) -> Answer:
    told = {"error_code": code, "description": "replica"}
    return as_json({"data": told, "extra": {**told, "logid": "replica"}})


# -- Bilibili ------------------------------------------------------------------------------

_BILIBILI = {
    Scene.NOT_PERMITTED: 127011,
    Scene.LOGIN_WALL: 127001,
    Scene.CAPTCHA: 127009,
    Scene.GONE: 127001,
    Scene.BANNED: 127011,
}


def bilibili_open(world: World, ask: Ask, now: datetime) -> Answer:
    """Signed calls about the token's own account."""
    actor = _owner(world, bilibili.KEY, ask.headers.get("access-token", ""))
    if actor is None:
        return _bilibili_error(127001)
    if not is_signed(ask.headers, actor.extra["secret"]):
        return _bilibili_error(127002)
    if code := _code(_BILIBILI, view(actor, now).scenes):
        return _bilibili_error(code)
    seen = _shown(world, actor, ask, now)
    if isinstance(seen, Answer):
        return seen
    if Scene.LAYOUT_CHANGED in seen.scenes:
        return as_json({"code": 0, "data": {"v9": []}})
    told = {
        "/arcopen/fn/user/account/info": {"name": seen.name, "openid": f"open{seen.actor.handle}"},
        "/arcopen/fn/data/user/stat": {"following": 6, "follower": 128_431},
        "/arcopen/fn/archive/viewlist": {"list": [_video(item) for item in _unpinned(seen)[:20]]},
    }.get(ask.path)
    return as_json({"code": 0, "message": "0", "data": told}) if told else NOT_FOUND


def is_signed(headers: Mapping[str, str], secret: str) -> bool:
    """Whether the x-bili-… lines bear the mark of the app's secret."""
    lines = sorted(f"{k}:{v}" for k, v in headers.items() if k.startswith("x-bili-"))
    mark = hmac.new(secret.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()
    return len(lines) == 6 and hmac.compare_digest(mark, headers.get("authorization", ""))


def _video(item: Item) -> dict[str, Any]:
    number = f"BV1r{item.number:07d}"
    return {
        "resource_id": number,
        "title": item.title,
        "ptime": int(item.at.timestamp()),
        "addit_info": {"state": 0, "state_desc": "开放浏览"},
        "video_info": {"share_url": f"https://www.bilibili.com/video/{number}"},
    }


def _bilibili_error(code: int) -> Answer:
    return as_json({"code": code, "message": "replica", "ttl": 1, "request_id": "replica"})


# -- 百家号 --------------------------------------------------------------------------------

_BAIJIAHAO = {
    Scene.NOT_PERMITTED: 10002,
    Scene.LOGIN_WALL: 60001001,
    Scene.CAPTCHA: 10005,
    Scene.GONE: 60000009,
    Scene.BANNED: 60000005,
}


def baijiahao(world: World, ask: Ask, now: datetime) -> Answer:
    """The developer's list of articles: a map by id, times of the last change only."""
    actor = _owner(world, baidu.KEY, ask.form.get("app_token", ""))
    if actor is None or ask.form.get("app_id") != actor.handle:
        return as_json({"errno": 60001001, "errmsg": "授权校验失败", "data": {}})
    if code := _code(_BAIJIAHAO, view(actor, now).scenes):
        return as_json({"errno": code, "errmsg": "replica", "data": {}})
    seen = _shown(world, actor, ask, now)
    if isinstance(seen, Answer):
        return seen
    posts = seen.posts()
    items = {baidu.article_id(seen.actor, item): _article(seen, item) for item in posts[:20]}
    page = {"page_no": 1, "total_count": len(posts)}
    if ask.path.endswith("/fansListall"):
        page, items = {"page_no": 1, "total_count": 12_843}, {}
    return as_json({"errno": 0, "errmsg": "success", "data": {"page": page, "items": items}})


def _article(seen: View, item: Item) -> dict[str, Any]:
    number = baidu.article_id(seen.actor, item)
    changed = (item.edited or item.at).astimezone(ZONE)
    return {
        "article_id": number,
        "title": item.title,
        "status": "publish",
        "article_url": f"https://baijiahao.baidu.com/s?id={number}",
        "updated_at": f"{changed:%Y-%m-%d %H:%M:%S}",
    }


# -- all of them ---------------------------------------------------------------------------

_Owner: TypeAlias = tuple[str, Callable[[World, Ask, datetime], Answer]]

HOSTS: Mapping[str, _Owner] = {
    "api.weibo.com": ("weibo", weibo),
    "open.douyin.com": ("douyin", douyin_open),
    "member.bilibili.com": (bilibili.KEY, bilibili_open),
}
SURFACES: Mapping[str, str] = {  # collector: the platform whose account it reads
    "weibo_api": "weibo",
    "douyin_api": "douyin",
    "bilibili_api": bilibili.KEY,
    "baijiahao_api": baidu.KEY,
}


def at(ask: Ask) -> _Owner | None:
    """The owners' API under a path of a host that is not its own."""
    mine = ask.host == "baijiahao.baidu.com" and ask.path.startswith(BAIJIAHAO)
    return (baidu.KEY, baijiahao) if mine else None


def granted(number: int) -> Mapping[str, str]:
    """What an owner's grant adds to an invented account."""
    mark = hashlib.sha256(f"granted {number}".encode()).hexdigest()[:40]
    return {"secret": mark, "open_id": f"replica-open-{number}"}


def source(collector: str, one: Actor, reference: str) -> Source:
    """The source that reads an account by its owner's grant; the token is a reference."""
    token = {"env": reference}
    settings: dict[str, Any] = {"access_token": token}
    if collector == "baijiahao_api":
        settings = {"app_token": token}
    elif collector == "douyin_api":
        settings["open_id"] = one.extra["open_id"]
    elif collector == "bilibili_api":
        settings |= {"client_id": "replica", "app_secret": token, "openid": f"open{one.handle}"}
    return Source(collector, one.handle, settings)
