"""Weibo: guest handshakes, m.weibo.cn and the two weibo.com/ajax calls, in their own shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from watcher.replica.timetable import ZONE
from watcher.replica.web import (
    NOT_FOUND,
    Answer,
    Ask,
    as_html,
    as_json,
    misbehaviour,
    redirect,
)
from watcher.replica.world import Item, Scene, View, World, view

HOSTS = ("m.weibo.cn", "visitor.passport.weibo.cn", "passport.weibo.com", "weibo.com")
PAGE = 10  # cards a page
SESSION = timedelta(hours=24)  # after this a guest cookie is refused with 432

_NOTHING = as_json({"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}})
_CAPTCHA = as_json(
    {
        "ok": -100,
        "errno": "-100",
        "msg": "",
        "url": "https://m.weibo.cn/captcha?scene=limit&referer=/",
        "extra": "",
    }
)
_LOGIN = as_json(
    {"ok": -100, "url": "https://passport.weibo.com/sso/signin?entry=wapsso&source=wapssowb"}
)
_VISITOR_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8">
<title>Sina Visitor System</title></head><body><script>
var request_id = "%s";
var body = "cb=visitor_gray_callback&ver=20250916&request_id=" + request_id;
</script></body></html>"""


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """One request to any of the Weibo hosts."""
    if "passport" in ask.host:
        return _passport(ask, now)
    if ask.host == "weibo.com":
        return _ajax(world, ask, now)
    if ask.path == "/api/container/getIndex":
        return _get_index(world, ask, now)
    if ask.path == "/api/config":
        cookies = ("XSRF-TOKEN=5c1e0a", "_T_WM=41230985567", "MLOGIN=0")
        body = {"preferQuickapp": 0, "ok": 1, "data": {"login": False, "st": "5c1e0a"}}
        return as_json(body, 200, *(("set-cookie", f"{c}; path=/") for c in cookies))
    if ask.path == "/":
        return redirect(
            "https://visitor.passport.weibo.cn/visitor/visitor"
            "?entry=sinawap&a=enter&url=https%3A%2F%2Fm.weibo.cn%2F"
        )
    return NOT_FOUND


# -- the guest handshake -------------------------------------------------------------------


def _passport(ask: Ask, now: datetime) -> Answer:
    stamp = f"{int(now.timestamp()):x}"
    if ask.path == "/visitor/genvisitor2" and ask.method == "POST":
        return _guest(ask.form.get("cb", "visitor_gray_callback"), stamp, ask.host)
    if ask.path == "/visitor/genvisitor" and ask.method == "POST":
        data = {"tid": f"01AZ{stamp}", "new_tid": True}
        return _jsonp(ask.form.get("cb", "gen_callback"), data)
    if ask.path == "/visitor/visitor" and ask.query.get("a") == "incarnate":
        return _guest(ask.query.get("cb", "cross_domain"), stamp, ask.host)
    if ask.path == "/visitor/visitor":
        return as_html(_VISITOR_PAGE % f"replica{stamp}")
    return NOT_FOUND


def _guest(callback: str, stamp: str, host: str) -> Answer:
    domain = ".weibo.cn" if host.endswith(".cn") else ".weibo.com"
    sub, subp = f"_2AkM{stamp}", f"0033WrSXqPxfM72-{stamp}"
    given = [("set-cookie", f"{k}={v}; path=/; domain={domain}") for k, v in
             (("SUB", sub), ("SUBP", subp), ("SRT", f"D.{stamp}"))]  # fmt: skip
    return _jsonp(callback, {"sub": sub, "subp": subp}, *given)


def _jsonp(callback: str, data: Mapping[str, Any], *headers: tuple[str, str]) -> Answer:
    callback = re.sub(r"[^A-Za-z0-9_.]", "", callback)
    inner = as_json({"retcode": 20000000, "msg": "succ", "data": data}).body.decode()
    text = f"window.{callback} && {callback}({inner});"
    return Answer(200, text.encode(), (("content-type", "text/javascript"), *headers))


def _is_guest(ask: Ask, now: datetime) -> bool:
    sub = ask.cookies.get("SUB", "")
    if not re.fullmatch(r"_2AkM[0-9a-f]{6,12}", sub):
        return False
    return now.timestamp() - int(sub[5:], 16) < SESSION.total_seconds()


# -- m.weibo.cn ----------------------------------------------------------------------------


def _get_index(world: World, ask: Ask, now: datetime) -> Answer:
    if not _is_guest(ask, now):
        return as_html("", 432)
    container = ask.query.get("containerid", "")
    uid = container[6:] if container else ask.query.get("value", "")
    actor = world.find("weibo", uid)
    if actor is None or (container and not container.startswith(("100505", "107603"))):
        return _NOTHING
    seen = view(actor, now)
    if (wall := misbehaviour(seen, ask) or _wall(seen.scenes)) is not None:
        return wall
    if Scene.WRONG_ACCOUNT in seen.scenes:
        seen = view(world.other(actor), now)
    if not container.startswith("107603"):
        return _profile(seen)
    return _timeline(seen, _page_of(ask))


def _wall(scenes: frozenset[Scene]) -> Answer | None:
    if Scene.CAPTCHA in scenes:
        return _CAPTCHA
    if Scene.LOGIN_WALL in scenes:
        return _LOGIN
    if scenes & {Scene.GONE, Scene.BANNED}:
        return _NOTHING
    if Scene.LAYOUT_CHANGED in scenes:
        return as_json({"ok": 1, "data": {"modules": [{"kind": "feed", "entries": []}]}})
    return None


def _page_of(ask: Ask) -> int:
    """Page from 1; this replica's since_id is the page's number in disguise."""
    since, page = ask.query.get("since_id", ""), ask.query.get("page", "1")
    if since.isdigit():
        return int(since) % 1000
    return int(page) if page.isdigit() else 1


def _user(seen: View) -> dict[str, Any]:
    actor = seen.actor
    face = f"{actor.number:08x}gy1replica{'new' if Scene.RENAMED in seen.scenes else ''}"
    total = len(seen.posts())
    return {
        "id": int(actor.handle),
        "screen_name": seen.name,
        "profile_image_url": f"https://tvax1.sinaimg.cn/crop.0.0.512.512.180/{face}.jpg"
        f"?KID=imgbed,tva&Expires={1700000000 + total}&ssig=r{total}",
        "profile_url": f"https://m.weibo.cn/u/{actor.handle}?uid={actor.handle}",
        "statuses_count": total,
        "verified": bool(actor.verified_as),
        "verified_type": 1 if actor.verified_as else -1,
        "verified_type_ext": 0,
        "verified_reason": actor.verified_as,
        "close_blue_v": False,
        "description": actor.bio,
        "gender": "m",
        "follow_count": 86,
        "avatar_hd": f"https://wx1.sinaimg.cn/orj480/{face}.jpg",
    }


@lru_cache(maxsize=4096)
def _profile(seen: View) -> Answer:
    uid = seen.actor.handle
    user = _user(seen) | {"followers_count": "12.8万", "followers_count_str": "12.8万"}
    tabs = [
        {"id": 1, "tabKey": "profile", "tab_type": "profile", "containerid": f"230283{uid}"},
        {"id": 2, "tabKey": "weibo", "tab_type": "weibo", "containerid": f"107603{uid}"},
    ]
    data = {
        "isStarStyle": 0,
        "userInfo": user,
        "scheme": f"sinaweibo://userinfo?uid={uid}",
        "tabsInfo": {"selectedTab": 1, "tabs": tabs},
    }
    return as_json({"ok": 1, "data": data})


@lru_cache(maxsize=4096)
def _timeline(seen: View, page: int) -> Answer:
    posts = seen.posts()
    cards = [] if Scene.GUEST_HIDES in seen.scenes else posts[(page - 1) * PAGE : page * PAGE]
    if not cards:
        return _NOTHING
    uid = seen.actor.handle
    info: dict[str, Any] = {"containerid": f"107603{uid}", "v_p": 42, "show_style": 1}
    info["total"] = len(posts)
    if page * PAGE < len(posts):
        info["since_id"] = 4_600_000_000_000_000 + page + 1
    user = _user(seen) | {"followers_count": 128431}
    data = {
        "cardlistInfo": info,
        "cards": [_card(seen, item, user) for item in cards],
        "scheme": f"sinaweibo://cardlist?containerid=107603{uid}",
        "showAppTips": 0,
    }
    return as_json({"ok": 1, "data": data})


def _card(seen: View, item: Item, user: dict[str, Any]) -> dict[str, Any]:
    pinned, uid = seen.is_pinned(item), seen.actor.handle
    post = post_id(seen, item)
    return {
        "card_type": 9,
        "itemid": f"107603{uid}_-_{post}",
        "profile_type_id": f"{'proweibotop' if pinned else 'proweibo'}_{post}",
        "scheme": f"https://m.weibo.cn/status/{_bid(seen, item)}",
        "mblog": _mblog(seen, item, user, post) | (_PIN if pinned else {}),
    }


_PIN = {"isTop": 1, "mblogtype": 2, "title": {"text": "置顶", "base_color": 1}}


def _mblog(seen: View, item: Item, user: dict[str, Any], post: str) -> dict[str, Any]:
    mblog: dict[str, Any] = {
        "created_at": _clock(item.at),
        "id": post,
        "mid": post,
        "bid": _bid(seen, item),
        "can_edit": False,
        "text": f"{item.title} <a href='https://m.weibo.cn/search'>#三亚#</a>",
        "textLength": 60,
        "source": "微博 weibo.com",
        "isLongText": False,
        "mblogtype": 0,
        "reposts_count": 3,
        "comments_count": 5,
        "attitudes_count": 21,
        "user": user,
    }
    if item.edited:
        mblog |= {"edit_count": 1, "edit_at": _clock(item.edited)}
    if item.repost:
        origin = {"id": f"{int(post) - 9}", "text": "转发的原文", "user": {"id": 9999999999}}
        mblog["retweeted_status"] = origin | {"created_at": _clock(item.at - timedelta(hours=3))}
    return mblog


def _clock(at: datetime) -> str:
    local = at.astimezone(ZONE)  # %a and %b would follow the locale
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[local.weekday()]
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[local.month * 3 - 3 : local.month * 3]
    return f"{day} {month} {local:%d %H:%M:%S} +0800 {local.year}"


def post_id(seen: View, item: Item) -> str:
    return str(4_900_000_000_000_000 + seen.actor.number * 10_000 + item.number)


def _bid(seen: View, item: Item) -> str:
    number, digits = int(post_id(seen, item)), ""
    while number:
        number, rest = divmod(number, 62)
        digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest] + digits
    return digits


# -- weibo.com/ajax ------------------------------------------------------------------------


def _ajax(world: World, ask: Ask, now: datetime) -> Answer:
    if not ask.headers.get("referer", "").startswith("https://weibo.com"):
        return as_json({"error": "Forbidden"}, 403)
    if not _is_guest(ask, now):
        return redirect("https://passport.weibo.com/visitor/visitor?entry=miniblog&a=enter")
    actor = world.find("weibo", ask.query.get("uid", ""))
    if actor is None:
        return _sorry("usernotexists&code=100001")
    seen = view(actor, now)
    if wall := misbehaviour(seen, ask) or _ajax_wall(seen.scenes, ask.path):
        return wall
    if ask.path == "/ajax/profile/info":
        user = _user(seen) | {"idstr": actor.handle, "followers_count": 128431}
        return as_json({"ok": 1, "data": {"user": user, "tabList": [], "blockText": ""}})
    if ask.path == "/ajax/statuses/mymblog":
        return _mymblog(seen)
    return NOT_FOUND


def _ajax_wall(scenes: frozenset[Scene], path: str) -> Answer | None:
    if Scene.GONE in scenes and path == "/ajax/profile/detail":
        return as_json({"ok": 0, "msg": "该用户不存在(20003)"})
    if Scene.GONE in scenes:
        return _sorry("usernotexists&code=100001")
    if Scene.BANNED in scenes:
        return _sorry("userblock&is_viewer&code=20003")
    return _wall(scenes)


def _sorry(why: str) -> Answer:
    return as_json({"ok": 0, "error_type": "link", "url": f"https://weibo.com/sorry?{why}"})


@lru_cache(maxsize=1024)
def _mymblog(seen: View) -> Answer:
    posts = [] if Scene.GUEST_HIDES in seen.scenes else list(seen.posts()[: 2 * PAGE])
    user = _user(seen) | {"idstr": seen.actor.handle}
    rows = [
        _mblog(seen, i, user, post_id(seen, i))
        | {"idstr": post_id(seen, i), "mblogid": _bid(seen, i), "text_raw": i.title}
        | ({"isTop": 1} if seen.is_pinned(i) else {})
        for i in posts
    ]
    data = {"since_id": "", "list": rows, "total": len(seen.posts()), "bottom_tips_visible": False}
    return as_json({"ok": 1, "data": data})
