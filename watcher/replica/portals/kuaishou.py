"""快手: the live site's profile page with its own XHR, the room's page, works, the owner's API.

A visitor without the cookie that the front page leaves is gated. HTTP is 200 throughout.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

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
)
from watcher.replica.portals.shell import shell
from watcher.replica.timetable import ZONE
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_json, misbehaviour, redirect
from watcher.replica.world import Actor, Item, Scene, View, World, view

KEY = "kuaishou"
PAGE = 24
LIST = "/live_api/profile/public"
FACE = "/live_api/baseuser/userinfo/byid"
COUNTS = "/live_api/baseuser/userinfo/sensitive"
_LIVE, _WEB, _API = "live.kuaishou.com", "www.kuaishou.com", "open.kuaishou.com"
_CAPTCHA = "https://captcha.zt.kuaishou.com/iframe/index.html?captchaSession=replica"
_WORK = re.compile(r"/(?:short-video|fw/photo)/3x(\d{11})")
_CODE = re.compile(r"/w(\d{11})")
_UNKNOWN = "/live_api/v9/unknown"


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """One request to any of its hosts."""
    if ask.host == _API:
        return _owner_api(world, ask, now)
    if ask.host.startswith("captcha."):
        return document("验证", '<div id="captcha"></div>')
    if ask.host == "v.kuaishou.com" and (code := _CODE.fullmatch(ask.path)):
        return redirect(f"https://v.m.chenzhongtech.com/fw/photo/3x{code[1]}?shareObjectId=1")
    if work := _WORK.fullmatch(ask.path):
        found = find_post(world, KEY, work[1])
        return shown_post(world, ask, now, found, _wall, _work, _NO_WORK)
    if ask.path == "/" and ask.host == _WEB:
        return document("快手", _COOKIE)
    for prefix, page in (("/profile/", _profile), ("/u/", _room)):
        if ask.host == _LIVE and ask.path.startswith(prefix):
            actor = world.find(KEY, ask.path.removeprefix(prefix).rstrip("/"))
            return shown(world, ask, now, actor, _wall, page) if actor else _ROOM_OF_NOBODY
    return _xhr(world, ask, now) if ask.path in (LIST, FACE, COUNTS) else NOT_FOUND


def _wall(scenes: frozenset[Scene]) -> Answer | None:
    return redirect(_CAPTCHA) if Scene.CAPTCHA in scenes else None


_COOKIE = """<div id="app"></div><script>
document.cookie = "did=web_replica; domain=.kuaishou.com; path=/; max-age=864000";
</script>"""


# -- the live site -------------------------------------------------------------------------


def _profile(seen: View) -> Answer:
    who = seen.actor.handle
    calls = [
        f"{FACE}?caver=2&principalId={who}",
        f"{COUNTS}?caver=2&principalId={who}",
        f"{LIST}?count={PAGE}&pcursor=&principalId={who}&hasMore=true",
    ]
    return shell("快手直播", [_UNKNOWN] if Scene.LAYOUT_CHANGED in seen.scenes else calls)


def _xhr(world: World, ask: Ask, now: datetime) -> Answer:
    actor = world.find(KEY, ask.query.get("principalId", ""))
    if actor is None:  # an id of the wrong kind is no error
        return as_json({"data": {"result": 1, "list": [], "userInfo": {}, "pcursor": "no_more"}})
    seen = view(actor, now)
    if refused := misbehaviour(seen, ask):
        return refused
    if result := _refusal(seen.scenes, ask):
        return as_json({"data": {"list": [], "result": result, "live": {"author": {}}}})
    if Scene.WRONG_ACCOUNT in seen.scenes:
        seen = view(world.other(actor), now)
    if ask.path == LIST:
        return _works(seen)
    return _face(seen) if ask.path == FACE else _counts(seen)


def _refusal(scenes: frozenset[Scene], ask: Ask) -> int | None:
    if "did" not in ask.cookies:
        return 2
    if Scene.CAPTCHA in scenes:
        return 400002
    return 109 if Scene.LOGIN_WALL in scenes else None


def _author(seen: View) -> dict[str, Any]:
    return {
        "id": seen.actor.handle,
        "originUserId": int(seen.actor.extra["user_id"]),
        "name": seen.name,
        "avatar": f"https://p2.a.yximgs.com/uhead/AB/2026/{face(seen)}_s.jpg",
        "description": seen.actor.bio,
        "living": False,
    }


def _face(seen: View) -> Answer:
    nobody = Scene.GONE in seen.scenes
    return as_json({"data": {"result": 1, "userInfo": {} if nobody else _author(seen)}})


def _counts(seen: View) -> Answer:
    count = 0 if Scene.GONE in seen.scenes else len(seen.posts())
    told = {"fan": "2.6万", "follow": "12", "open": count, "photo": count}
    number = int(seen.actor.extra["user_id"])
    return as_json(
        {"data": {"result": 1, "sensitiveUserInfo": {"originUserId": number, "counts": told}}}
    )


@lru_cache(maxsize=1024)
def _works(seen: View) -> Answer:
    hidden = seen.scenes & {Scene.GONE, Scene.BANNED}  # how it tells either is not known
    posts = () if hidden else listed(seen)
    page = posts[:PAGE]
    more = str(int(page[-1].at.timestamp() * 1000)) if len(posts) > PAGE else "no_more"
    rows = [_row(seen, item) for item in page]
    return as_json({"data": {"result": 1, "list": rows, "live": {}, "pcursor": more}})


def _row(seen: View, item: Item) -> dict[str, Any]:
    """Neither time nor caption nor pin: the moment stands in the file's name."""
    return {
        "id": work_id(seen.actor, item),
        "poster": _file(seen, item, "_Breplica.jpg"),
        "playUrl": _file(seen, item, "_b_Breplica.mp4"),
        "imgUrls": [],
        "workType": "video",
        "counts": {"displayView": "1.2w", "displayLike": "66", "displayComment": "4"},
        "author": _author(seen),
    }


def work_id(actor: Actor, item: Item) -> str:
    """The id of a work, of the same form as that of an account."""
    return f"3x{post_number(actor, item)}"


def _file(seen: View, item: Item, tail: str) -> str:
    local = item.at.astimezone(ZONE)
    name = f"{local:%Y%m%d%H%M%S}_{seen.actor.extra['user_id']}_{88_000_000 + item.number}_1_3"
    packed = b64encode(name.encode()).decode().rstrip("=")
    return f"https://txmov2.a.kwimgs.com/upic/{local:%Y/%m/%d/%H}/B{packed}{tail}"


# -- the room and a work -------------------------------------------------------------------


def _room(seen: View) -> Answer:
    scenes = seen.scenes
    if Scene.GONE in scenes:
        return _ROOM_OF_NOBODY
    if scenes & {Scene.LOGIN_WALL, Scene.GUEST_HIDES}:
        return _room_page({}, {"type": 2, "title": "请求过快，请稍后重试"})
    if Scene.LAYOUT_CHANGED in scenes:
        return document("快手直播", "<script>window.__NEW_STATE__={}</script>")
    banned = {"banned": Scene.BANNED in scenes, "socialBanned": False}
    return _room_page({**_author(seen), "bannedStatus": banned}, None)


def _room_page(author: Mapping[str, Any], error: Mapping[str, Any] | None) -> Answer:
    room = {"liveStream": {}, "author": author, "gameInfo": {}, "isLiving": False}
    state = {"user": {"name": ""}, "liveroom": {"playList": [room | {"errorType": error}]}}
    literal = inline(state).replace('"errorType": null', '"errorType": undefined')
    slashes = literal.replace("/", "\\u002F")
    return document("快手直播", f"<script>window.__INITIAL_STATE__={slashes};</script>")


_ROOM_OF_NOBODY = _room_page({}, {"type": 1, "title": "主播不存在", "content": "看看其他主播"})


def _work(seen: View, item: Item) -> Answer:
    if seen.scenes & {Scene.LOGIN_WALL, Scene.LAYOUT_CHANGED, Scene.GUEST_HIDES}:
        return _NO_WORK
    author, number = _author(seen), work_id(seen.actor, item)
    client = {
        f"VisionVideoDetailAuthor:{author['id']}": {
            "id": author["id"],
            "name": author["name"],
            "headerUrl": author["avatar"],
        },
        f"VisionVideoDetailPhoto:{number}": {
            "id": number,
            "caption": item.title,
            "timestamp": int(item.at.timestamp() * 1000),
            "photoUrl": _file(seen, item, "_b_Breplica.mp4"),
        },
    }
    return _apollo(f"{item.title}-快手", client)


def _apollo(title: str, client: Mapping[str, Any]) -> Answer:
    state = inline({"defaultClient": client})
    return document(title, f"<script>window.__APOLLO_STATE__={state};(function(){{}}());</script>")


_NO_WORK = _apollo("快手", {"ROOT_QUERY": {}})


# -- the owner's API -----------------------------------------------------------------------


def _owner_api(world: World, ask: Ask, now: datetime) -> Answer:
    token = ask.query.get("access_token", "")
    owners = (one for one in world.actors.values() if one.platform == KEY)
    actor = next((one for one in owners if one.extra["access_token"] == token), None)
    if actor is None:
        return as_json({"result": 100200102, "error_msg": "accessToken.invalid"})
    seen = view(actor, now)
    if refused := misbehaviour(seen, ask):
        return refused
    if Scene.NOT_PERMITTED in seen.scenes:
        return as_json({"result": 100200106, "error_msg": "scope.error"})
    if Scene.WRONG_ACCOUNT in seen.scenes:
        seen = view(world.other(actor), now)
    path = ask.path.removeprefix("/openapi/")
    if path == "user_info":
        return as_json(
            {"result": 1, "user_info": {"name": seen.name, "fan": 26533, "city": "三亚"}}
        )
    if path == "photo/count":
        return as_json({"result": 1, "public_count": len(seen.posts())})
    return _owner_list(seen, ask) if path == "photo/list" else NOT_FOUND


def _owner_list(seen: View, ask: Ask) -> Answer:
    posts = sorted(seen.posts(), key=lambda item: item.at, reverse=True)
    ids = [work_id(seen.actor, item) for item in posts]
    first = ids.index(ask.query["cursor"]) + 1 if ask.query.get("cursor") in ids else 0
    size = int(ask.query.get("count", "20"))
    rows = [
        {
            "photo_id": work_id(seen.actor, item),
            "caption": item.title,
            "create_time": int(item.at.timestamp() * 1000),
            "pending": False,
        }
        for item in posts[first : first + size]
    ]
    return as_json({"result": 1, "video_list": rows})


# -- the register's side -------------------------------------------------------------------


def _identity(number: int) -> tuple[str, Mapping[str, str]]:
    digits = sha256(f"invented kuaishou {number}".encode()).hexdigest()
    extra = {"user_id": f"{990_100_000_000 + number}", "access_token": f"invented-{digits[:24]}"}
    return f"3x{digits[:13]}", extra


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    known = newest_before(one, start)
    settings = {"user_id": one.extra["user_id"]}
    pasted = [f"https://v.kuaishou.com/w{post_number(one, known)}"] if known else []
    browsed = (Source("kuaishou", one.handle, settings), Source("kuaishou_live", one.handle))
    if not pasted:
        return browsed
    return (*browsed, Source("kuaishou_video", one.handle, settings | {"links": pasted}))


PORTAL = Portal(
    KEY,
    KEY,
    (
        _WEB,
        _LIVE,
        _API,
        "v.kuaishou.com",
        "v.m.chenzhongtech.com",
        "captcha.zt.kuaishou.com",
    ),
    answer,
    _identity,
    _sources,
    lambda one: f"https://www.kuaishou.com/profile/{one.handle}",
)
