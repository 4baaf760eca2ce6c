"""WeChat's official API for an account's owner: tokens, published articles, account facts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from watcher.replica import channels, wxpages
from watcher.replica.timetable import ZONE
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_json, misbehaviour
from watcher.replica.world import Actor, Item, Scene, View, World, view

HOSTS = ("api.weixin.qq.com", "mp.weixin.qq.com", "open.weixin.qq.com", channels.HOST)
LIFE = 7200  # seconds a token lives
READY = time(8, 0)  # Beijing time at which yesterday's figures are final


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """One request to any of the WeChat hosts."""
    if ask.host == "mp.weixin.qq.com":
        return wxpages.answer(world, ask, now)
    if ask.host == channels.HOST:
        return channels.answer(world, ask, now)
    if ask.host != "api.weixin.qq.com":
        return NOT_FOUND
    if ask.path in ("/cgi-bin/stable_token", "/cgi-bin/token"):
        return _token(world, ask, now)
    return _call(world, ask, now)


def error(code: int, text: str) -> Answer:
    """How this API refuses: HTTP 200 and an errcode."""
    return as_json({"errcode": code, "errmsg": f"{text} rid: 6a23f1c0-1b2c3d4e-0a1b2c3d"})


def _token(world: World, ask: Ask, now: datetime) -> Answer:
    given = ask.json() if ask.method == "POST" else ask.query
    if given.get("grant_type") != "client_credential":
        return error(40002, "invalid grant_type")
    actor = world.seen_as.get(("appid", str(given.get("appid", ""))))
    if actor is None:
        return error(40013, "invalid appid")
    if given.get("secret") != actor.extra["secret"]:
        return error(40125, "invalid appsecret, view more at http://t.cn/RAEkdVq")
    if wall := misbehaviour(view(actor, now), ask):
        return wall
    # In the normal mode the same token comes back while it lives; a window is one life long.
    window = int(now.timestamp()) // LIFE
    return as_json({"access_token": _sign(actor, window), "expires_in": LIFE})


def _sign(actor: Actor, window: int) -> str:
    mark = sha256(f"{actor.extra['appid']}:{actor.extra['secret']}:{window}".encode()).hexdigest()
    return f"{window}_{actor.extra['appid']}_{mark}"


def _bearer(world: World, ask: Ask, now: datetime) -> Actor | Answer:
    token = ask.query.get("access_token", "")
    if not token:
        return error(41001, "access_token missing")
    window, _, rest = token.partition("_")
    actor = world.seen_as.get(("appid", rest.partition("_")[0]))
    if actor is None or not window.isdigit() or token != _sign(actor, int(window)):
        return error(40001, "invalid credential, access_token is invalid or not latest")
    if int(now.timestamp()) // LIFE - int(window) > 1:
        return error(42001, "access_token expired")
    return actor


def _call(world: World, ask: Ask, now: datetime) -> Answer:
    actor = _bearer(world, ask, now)
    if isinstance(actor, Answer):
        return actor
    seen = view(actor, now)
    if wall := misbehaviour(seen, ask) or _wall(seen.scenes):
        return wall
    if Scene.WRONG_ACCOUNT in seen.scenes:
        seen = view(world.other(actor), now)
    given = ask.json()
    if ask.path == "/cgi-bin/freepublish/batchget":
        return _batchget(seen, int(given.get("offset", 0)), int(given.get("count", 20)))
    if ask.path == "/datacube/getarticletotaldetail":
        return _total_detail(seen, str(given["begin_date"]), str(given["end_date"]), now)
    if ask.path == "/cgi-bin/account/getaccountbasicinfo":
        return _basic_info(seen)
    if ask.path == channels.VERSION:
        return channels.version(seen)
    if ask.path == channels.ATTRIBUTES:
        return channels.attributes(seen)
    return error(40066, "invalid url")


def _wall(scenes: frozenset[Scene]) -> Answer | None:
    if scenes & {Scene.NOT_PERMITTED, Scene.LOGIN_WALL}:
        return error(48001, "api unauthorized")
    if Scene.CAPTCHA in scenes:
        return error(45009, "reach max api daily quota limit")
    if Scene.BANNED in scenes:
        return error(50002, "user limited")
    if Scene.GONE in scenes:
        return error(40013, "invalid appid")
    if Scene.LAYOUT_CHANGED in scenes:
        return as_json({"result": {"pages": []}, "next": None})
    return None


@lru_cache(maxsize=4096)
def _batchget(seen: View, offset: int, count: int) -> Answer:
    if not 1 <= count <= 20:
        return error(40097, "invalid args")
    posts = [p for p in seen.posts() if not p.notified]
    rows = [
        {
            "article_id": f"{seen.actor.number:08x}_{p.number:06d}_replica",
            "update_time": int((p.edited or p.at).timestamp()),
            "content": {
                "news_item": [_news(seen, p)],
                "create_time": int(p.at.timestamp()),
                "update_time": int((p.edited or p.at).timestamp()),
            },
        }
        for p in posts[offset : offset + count]
    ]
    return as_json({"total_count": len(posts), "item_count": len(rows), "item": rows})


def _news(seen: View, item: Item) -> dict[str, Any]:
    return {
        "title": item.title,
        "author": seen.name,
        "digest": "",
        "content_source_url": "",
        "thumb_media_id": f"m{item.number}",
        "show_cover_pic": 0,
        "url": long_url(seen.actor, item),
        "is_deleted": False,
    }


def long_url(actor: Actor, item: Item) -> str:
    """The long form of an article's address, as the API gives it."""
    mid = wxpages.mid_of(item)
    sn = sha256(f"{actor.key}:{item.number}".encode()).hexdigest()[:32]
    return (
        f"http://mp.weixin.qq.com/s?__biz={actor.extra['biz']}&mid={mid}&idx=1&sn={sn}"
        f"&chksm=replica{item.number}#rd"
    )


def _total_detail(seen: View, begin: str, end: str, now: datetime) -> Answer:
    try:
        first, last = date.fromisoformat(begin), date.fromisoformat(end)
    except ValueError:
        return error(61500, "date format error")
    today = now.astimezone(ZONE)
    if first > last or last >= today.date():
        return error(61501, "date range error")
    fresh = last == today.date() - timedelta(days=1) and today.time() < READY
    return _days(seen, first, last, fresh)


@lru_cache(maxsize=4096)
def _days(seen: View, first: date, last: date, is_delay: bool) -> Answer:
    """Figures by publish day; before READY yesterday is still missing and `is_delay` says so."""
    shown = last - timedelta(days=1) if is_delay else last
    rows = [
        {
            "ref_date": day.isoformat(),
            "msgid": f"{wxpages.mid_of(p)}_1",
            "publish_type": 0 if p.notified else 1,
            "title": p.title,
            "content_url": long_url(seen.actor, p),
            "detail_list": [{"stat_date": day.isoformat(), "read_user": 120, "share_user": 4}],
        }
        for p in reversed(seen.posts())
        if first <= (day := p.at.astimezone(ZONE).date()) <= shown
    ]
    return as_json({"list": rows, "is_delay": is_delay})


@lru_cache(maxsize=1024)
def _basic_info(seen: View) -> Answer:
    actor = seen.actor
    return as_json(
        {
            "errcode": 0,
            "errmsg": "ok",
            "appid": actor.extra.get("appid", ""),
            "account_type": 1,
            "principal_type": 1,
            "principal_name": actor.verified_as or actor.name,
            "realname_status": 1,
            "nickname": seen.name,
            "wx_verify_info": {
                "qualification_verify": bool(actor.verified_as),
                "naming_verify": bool(actor.verified_as),
                "annual_review": False,
            },
            "signature_info": {"signature": actor.bio, "modify_used_count": 0},
            "head_image_info": {
                "head_image_url": f"http://mmbiz.qpic.cn/mmbiz/{actor.number:08x}/0?wx_fmt=png",
                "modify_used_count": 0,
            },
        }
    )
