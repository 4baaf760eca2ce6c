"""微信视频号 and 小程序: what their owners may ask, and the pages behind share links."""

from __future__ import annotations

from datetime import datetime

from watcher.replica.web import NOT_FOUND, Answer, Ask, as_html, as_json, misbehaviour
from watcher.replica.world import Actor, Item, Scene, View, World, view

HOST = "channels.weixin.qq.com"
INFO = "/finder-preview/api/feed/get_feed_info"
VERSION = "/wxa/getversioninfo"
ATTRIBUTES = "/channels/finderlive/get_finder_attr_by_appid"
_ACCOUNTS = 1_000_000  # six digits of the account's number tell the accounts of a world apart


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """The post behind a share link, for who comes from that page."""
    if ask.path != INFO or ask.method != "POST":
        return NOT_FOUND
    here = f"https://{HOST}"
    came = ask.headers.get("origin") == here and ask.headers.get("referer", "").startswith(here)
    if not came:
        return as_json({"errCode": 300001, "errMsg": "permission verification failed"})
    found = _find(world, str(ask.json().get("shortUri", "")))
    if found is None:
        return _lost()
    actor, item = found
    seen = view(actor, now)
    if wall := misbehaviour(seen, ask) or _wall(seen.scenes):
        return wall
    if Scene.WRONG_ACCOUNT in seen.scenes:
        other = view(world.other(actor), now)
        return _feed(other, other.posts()[0])
    return _feed(seen, item) if item in seen.posts() else _lost()


def ident(actor: Actor, item: Item) -> str:
    """The short part of a share link: eleven digits, six of the account and five of the post."""
    return f"S{actor.number % _ACCOUNTS:06d}{item.number:05d}"


def share_link(actor: Actor, item: Item) -> str:
    return f"https://weixin.qq.com/sph/{ident(actor, item)}"


def _find(world: World, short: str) -> tuple[Actor, Item] | None:
    for actor in world.actors.values():
        if actor.platform == "wechat" and short[1:7] == f"{actor.number % _ACCOUNTS:06d}":
            mine = (item for item in actor.items if short[7:] == f"{item.number:05d}")
            return next(((actor, item) for item in mine), None)
    return None


def _lost() -> Answer:
    return as_json({"errCode": 0, "errMsg": "ok", "data": {"errMsg": "该视频已被删除"}})


def _wall(scenes: frozenset[Scene]) -> Answer | None:
    if scenes & {Scene.CAPTCHA, Scene.LOGIN_WALL}:
        return as_json({"errCode": 300001, "errMsg": "permission verification failed"})
    if scenes & {Scene.GONE, Scene.BANNED}:  # of the account nothing is said here
        return _lost()
    if Scene.LAYOUT_CHANGED in scenes:
        return as_html("<html><head><title>视频号</title></head><body></body></html>")
    return None


def _feed(seen: View, item: Item) -> Answer:
    head = f"https://wx.qlogo.cn/finderhead/ver_1/{seen.actor.number:08x}/0"
    author = {"nickname": seen.name, "headImgUrl": head}
    feed = {
        "description": item.title,
        "createtime": int(item.at.timestamp()),
        "likeCountFmt": "1.2万",
        "commentCountFmt": "96",
    }
    data = {"authorInfo": author, "feedInfo": feed, "errMsg": ""}
    return as_json({"errCode": 0, "errMsg": "ok", "data": data})


# -- for the owner, behind a token ----------------------------------------------------------


def version(seen: View) -> Answer:
    """The release of a 小程序 that is out: its newest post."""
    item = max(seen.posts(), key=lambda each: each.at, default=None)
    told = {"errcode": 0, "errmsg": "ok", "exp_info": {"exp_version": "9.9.9", "exp_desc": ""}}
    if item is None or Scene.GUEST_HIDES in seen.scenes:
        return as_json(told)
    release = {
        "release_time": int(item.at.timestamp()),
        "release_version": f"2.{item.number}.0",
        "release_desc": item.title,
    }
    return as_json({**told, "release_info": release})


def attributes(seen: View) -> Answer:
    """The 视频号 that is bound to the token."""
    attr = {
        "uniq_id": seen.actor.extra.get("sph", ""),
        "nickname": seen.name,
        "fans_count": 10_000 + seen.actor.number % 90_000,
    }
    return as_json({"errcode": 0, "errmsg": "ok", "finder_attr": attr})
