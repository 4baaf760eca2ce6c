"""Bilibili: a space whose page asks for its own answers, the public cards, and their refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any

from watcher.model import Source
from watcher.replica.portals.common import Portal, face
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_html, as_json, misbehaviour
from watcher.replica.world import Actor, Item, Scene, View, World, view

KEY = "bilibili"
HOSTS = ("space.bilibili.com", "api.bilibili.com", "api.live.bilibili.com")
LIST = "/x/polymer/web-dynamic/v1/feed/space"
INFO = "/x/space/wbi/acc/info"
STAT = "/x/relation/stat"
CARD = "/x/web-interface/card"
MASTER = "/live_user/v1/Master/info"
PAGE = 12  # dynamics a page
_EPOCH = 1_498_838_400  # the second from which ids of dynamics count

_SHELL = """<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>{title}</title></head>
<body><div id="app"></div><script>
{calls}.forEach(function (path) {{
  fetch("https://api.bilibili.com" + path, {{credentials: "include"}})
    .then(function (r) {{ return r.text(); }}).then(function () {{}}, function () {{}});
}});
</script></body></html>"""
_REFUSED = as_json(
    {"code": -352, "message": "风控校验失败", "ttl": 1, "data": {"v_voucher": "voucher_replica"}}
)
_STOPPED = as_html(
    "<!DOCTYPE html><html><head><title>出错啦! - bilibili.com</title></head>"
    "<body>错误号: 412 由于触发哔哩哔哩安全风控策略，该次访问请求被拒绝。</body></html>",
    412,
)
_NOBODY = as_json({"code": -404, "message": "啥都木有", "ttl": 1})
_LOGIN = as_json({"code": -101, "message": "账号未登录", "ttl": 1})
_NEWER = as_json({"code": 0, "message": "0", "ttl": 1, "data": {"cards": {"v9": []}}})
_FROM_ANYWHERE = (
    ("access-control-allow-origin", "https://space.bilibili.com"),
    ("access-control-allow-credentials", "true"),
)


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """The space's page, or one of the answers it asks for."""
    if ask.host == "space.bilibili.com":
        return _space(world, ask, now, ask.path.strip("/").partition("/")[0])
    if ask.path.rstrip("/") not in _READERS:
        return NOT_FOUND
    mid = next((ask.query[k] for k in ("host_mid", "mid", "vmid", "uid") if k in ask.query), "")
    said = _call(world, ask, now, mid, ask.path.rstrip("/"))
    return Answer(said.status, said.body, (*said.headers, *_FROM_ANYWHERE), said.stream)


def _space(world: World, ask: Ask, now: datetime, mid: str) -> Answer:
    actor = world.find(KEY, mid)
    seen = view(actor, now) if actor else None
    if seen and (wall := misbehaviour(seen, ask)):
        return wall
    if seen and Scene.CAPTCHA in seen.scenes:
        return _STOPPED
    calls = [f"{INFO}?mid={mid}&platform=web", f"{STAT}?vmid={mid}", f"{LIST}?host_mid={mid}"]
    title = f"{seen.name}的个人空间-哔哩哔哩" if seen else "哔哩哔哩"
    return as_html(_SHELL.format(title=escape(title), calls=json.dumps(calls)))


def _call(world: World, ask: Ask, now: datetime, mid: str, path: str) -> Answer:
    actor = world.find(KEY, mid)
    if actor is None:
        return _NOBODY
    seen = view(actor, now)
    if refused := misbehaviour(seen, ask) or _wall(seen, path):
        return refused
    if Scene.WRONG_ACCOUNT in seen.scenes:
        seen = view(world.other(actor), now)
    return _READERS[path](seen)


def _wall(seen: View, path: str) -> Answer | None:
    if Scene.CAPTCHA in seen.scenes:
        return _REFUSED
    if Scene.LOGIN_WALL in seen.scenes:
        return _LOGIN
    if Scene.GONE in seen.scenes:
        return _ok({"has_more": False, "items": []}) if path == LIST else _NOBODY
    if Scene.LAYOUT_CHANGED in seen.scenes:
        return _NEWER
    return None


def _ok(data: dict[str, Any]) -> Answer:
    return as_json({"code": 0, "message": "0", "ttl": 1, "data": data})


@lru_cache(maxsize=4096)
def _list(seen: View) -> Answer:
    posts = () if Scene.GUEST_HIDES in seen.scenes else seen.posts()
    rows = [_dynamic(seen, item) for item in posts[:PAGE]]
    more = len(posts) > PAGE
    return _ok({"has_more": more, "items": rows, "offset": rows[-1]["id_str"] if more else ""})


def dynamic_id(item: Item) -> str:
    """The upper half counts seconds since the platform's own epoch."""
    return str((int(item.at.timestamp()) - _EPOCH) << 32 | (1_000_003 * (item.number + 1)) & 0xFFFF)


def _dynamic(seen: View, item: Item) -> dict[str, Any]:
    author = {
        "face": _face(seen),
        "mid": int(seen.actor.handle),
        "name": seen.name,
        "official_verify": {"desc": "", "type": 1 if seen.actor.verified_as else -1},
        "pub_time": f"{item.at:%m-%d}",
        "pub_ts": int(item.at.timestamp()),
        "type": "AUTHOR_TYPE_NORMAL",
    }
    modules: dict[str, Any] = {
        "module_author": author,
        "module_dynamic": {"desc": {"text": item.title}, "major": None},
    }
    if seen.is_pinned(item):
        modules["module_tag"] = {"text": "置顶"}
    kind = "FORWARD" if item.repost else "DRAW"
    return {
        "id_str": dynamic_id(item),
        "modules": modules,
        "type": f"DYNAMIC_TYPE_{kind}",
        "visible": True,
    }


def _face(seen: View) -> str:
    return f"https://i0.hdslb.com/bfs/face/{face(seen)}{seen.actor.number:032x}.jpg"


def _badge(seen: View) -> dict[str, Any]:
    text = seen.actor.verified_as
    return {"role": 3 if text else 0, "title": text, "desc": "", "type": 1 if text else -1}


def _info(seen: View) -> Answer:
    return _ok(
        {
            "mid": int(seen.actor.handle),
            "name": seen.name,
            "face": _face(seen),
            "sign": seen.actor.bio,
            "official": _badge(seen),
        }
    )


def _stat(seen: View) -> Answer:
    return _ok({"mid": int(seen.actor.handle), "following": 12, "follower": 128_431})


def _card(seen: View) -> Answer:
    card = {
        "mid": seen.actor.handle,
        "name": seen.name,
        "face": _face(seen),
        "sign": seen.actor.bio,
        "fans": 128_431,
        "Official": _badge(seen),
    }
    return _ok({"card": card, "archive_count": len(seen.posts()), "follower": 128_431})


def _master(seen: View) -> Answer:
    badge = {"type": _badge(seen)["type"], "desc": seen.actor.verified_as}
    info = {
        "uid": int(seen.actor.handle),
        "uname": seen.name,
        "face": _face(seen),
        "official_verify": badge,
    }
    return _ok({"info": info, "follower_num": 128_431, "room_id": 0})


_READERS: Mapping[str, Callable[[View], Answer]] = {
    LIST: _list,
    INFO: _info,
    STAT: _stat,
    CARD: _card,
    MASTER: _master,
}


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    return (Source("bilibili", one.handle), Source("bilibili_card", one.handle))


PORTAL = Portal(
    KEY,
    "other",
    HOSTS,
    answer,
    lambda number: (str(3_990_000_000_000 + number), {}),
    _sources,
    lambda one: f"https://space.bilibili.com/{one.handle}",
)
