"""小红书: profile pages and notes, each with its state; the list of notes has no times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
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
    walled,
)
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_html, redirect
from watcher.replica.world import Actor, Item, View, World

KEY = "xiaohongshu"
PAGE = 30
_WEB, _SHORT = "www.xiaohongshu.com", "xhslink.com"
_PROFILE = re.compile(r"/user/profile/([0-9a-f]{24})")
_NOTE = re.compile(r"/explore/66(\d{11})a{11}")
_CODE = re.compile(r"/a/(\d{11})")
_CAPTCHA = as_html("<html><body></body></html>", 461, ("verifytype", "102"))
_LOGIN = f"https://{_WEB}/login"
_NEW_SHAPE = document("小红书", "<script>window.__NEW_STATE__={}</script>")


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """One request to any of its hosts."""
    if ask.host == _SHORT and (code := _CODE.fullmatch(ask.path)):
        return redirect(f"https://{_WEB}/explore/66{code[1]}{'a' * 11}?xsec_token=replica")
    if ask.path in ("/explore", "/login"):
        return document("小红书", "登录后查看更多笔记" if ask.path == "/login" else "")
    if profile := _PROFILE.fullmatch(ask.path):
        actor = world.find(KEY, profile[1])
        return shown(world, ask, now, actor, _WALL, _page) if actor else _EMPTY
    if note := _NOTE.fullmatch(ask.path):
        found = find_post(world, KEY, note[1]) if ask.query.get("xsec_token") else None
        return shown_post(world, ask, now, found, _WALL, _note, _UNAVAILABLE)
    return NOT_FOUND


def _with_state(title: str, state: Mapping[str, Any], body: str = "") -> Answer:
    literal = inline(state).replace('"@undefined"', "undefined").replace("/", "\\u002F")
    return document(title, f"{body}<script>window.__INITIAL_STATE__={literal}</script>")


_EMPTY = _with_state("小红书", {"user": {"loggedIn": False, "userPageData": {}, "notes": [[]]}})
_UNAVAILABLE = _with_state(
    "小红书", {"note": {"noteDetailMap": {}}}, "<div>当前笔记暂时无法浏览</div>"
)
_WALL = walled(
    captcha=_CAPTCHA,
    login=redirect(_LOGIN),
    gone=_EMPTY,  # nothing is known of how it says so
    newer=_NEW_SHAPE,
)


def _page(seen: View) -> Answer:
    actor = seen.actor
    picture = f"https://sns-avatar-qc.xhscdn.com/avatar/{face(seen)}.jpg"
    data = {
        "basicInfo": {
            "nickname": seen.name,
            "redId": actor.extra["red_id"],
            "desc": actor.bio,
            "imageb": f"{picture}?imageView2/2/w/540",
            "ipLocation": "海南",
        },
        "interactions": [
            {"type": "follows", "name": "关注", "count": "12"},
            {"type": "fans", "name": "粉丝", "count": "2.6万"},
        ],
        "verifyInfo": {"redOfficialVerifyType": 2 if actor.verified_as else 0},
    }
    notes = [_card(seen, item) for item in listed(seen)[:PAGE]]
    user = {"loggedIn": False, "userPageData": data, "notes": [notes], "activeTab": "@undefined"}
    return _with_state(f"{seen.name} - 小红书", {"user": user})


def _card(seen: View, item: Item) -> dict[str, Any]:
    sticky = {"likedCount": "66", "sticky": seen.is_pinned(item)}
    card = {"displayTitle": item.title, "type": "normal", "interactInfo": sticky}
    return {
        "id": note_id(seen.actor, item),
        "xsecToken": "replica",
        "noteCard": card | {"user": _author(seen)},
    }


def _author(seen: View) -> dict[str, Any]:
    return {"userId": seen.actor.handle, "nickname": seen.name}


def note_id(actor: Actor, item: Item) -> str:
    """24 hexadecimal digits that tell nothing of the time."""
    return f"66{post_number(actor, item)}{'a' * 11}"


def _note(seen: View, item: Item) -> Answer:
    number, at = note_id(seen.actor, item), int(item.at.timestamp() * 1000)
    later = int(item.edited.timestamp() * 1000) if item.edited else at
    note = {"noteId": number, "type": "normal", "title": item.title, "desc": item.title}
    told = note | {"time": at, "lastUpdateTime": later, "user": _author(seen)}
    details = {number: {"comments": {"list": []}, "note": told}}
    return _with_state(f"{item.title} - 小红书", {"note": {"noteDetailMap": details}})


# -- the register's side -------------------------------------------------------------------


def _identity(number: int) -> tuple[str, Mapping[str, str]]:
    digits = sha256(f"invented xiaohongshu {number}".encode()).hexdigest()
    return f"5f{digits[:22]}", {"red_id": f"{990_000_000 + number}"}


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    known = newest_before(one, start)
    main = Source("xiaohongshu", one.handle, {"red_id": one.extra["red_id"]})
    if known is None:
        return (main,)
    links = [f"https://{_SHORT}/a/{post_number(one, known)}"]
    return main, Source("xiaohongshu_note", one.handle, {"links": links})


PORTAL = Portal(
    KEY,
    KEY,
    (_WEB, _SHORT),
    answer,
    _identity,
    _sources,
    lambda one: f"https://{_WEB}/user/profile/{one.handle}",
)
