"""Weibo's JSON about an account: user objects, cards, posts, as its two sites write them."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from watcher.replica.pictures import suffix
from watcher.replica.timetable import ZONE
from watcher.replica.web import Answer, as_json
from watcher.replica.world import Item, Scene, View

PAGE = 10  # cards a page

NOTHING = as_json({"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}})


def user_of(seen: View) -> dict[str, Any]:
    actor = seen.actor
    face = actor.extra.get("face") or f"{actor.number:08x}gy1replica{suffix(seen)}"
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
def profile(seen: View) -> Answer:
    uid = seen.actor.handle
    user = user_of(seen) | {"followers_count": "12.8万", "followers_count_str": "12.8万"}
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
def timeline(seen: View, page: int) -> Answer:
    posts = seen.posts()
    cards = [] if Scene.GUEST_HIDES in seen.scenes else posts[(page - 1) * PAGE : page * PAGE]
    if not cards:
        return NOTHING
    uid = seen.actor.handle
    info: dict[str, Any] = {"containerid": f"107603{uid}", "v_p": 42, "show_style": 1}
    info["total"] = len(posts)
    if page * PAGE < len(posts):
        info["since_id"] = 4_600_000_000_000_000 + page + 1
    user = user_of(seen) | {"followers_count": 128431}
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


@lru_cache(maxsize=1024)
def mymblog(seen: View) -> Answer:
    posts = [] if Scene.GUEST_HIDES in seen.scenes else list(seen.posts()[: 2 * PAGE])
    user = user_of(seen) | {"idstr": seen.actor.handle}
    rows = [
        _mblog(seen, i, user, post_id(seen, i))
        | {"idstr": post_id(seen, i), "mblogid": _bid(seen, i), "text_raw": i.title}
        | ({"isTop": 1} if seen.is_pinned(i) else {})
        for i in posts
    ]
    data = {"since_id": "", "list": rows, "total": len(seen.posts()), "bottom_tips_visible": False}
    return as_json({"ok": 1, "data": data})
