"""Weibo: guest handshakes, m.weibo.cn and the two weibo.com/ajax calls, in their own shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from html import escape
from typing import Any

from watcher.replica.web import (
    NOT_FOUND,
    Answer,
    Ask,
    as_html,
    as_json,
    misbehaviour,
    redirect,
)
from watcher.replica.weibo_json import NOTHING, mymblog, profile, timeline, user_of
from watcher.replica.world import Scene, World, view

HOSTS = ("m.weibo.cn", "visitor.passport.weibo.cn", "passport.weibo.com", "weibo.com")
SESSION = timedelta(hours=24)  # after this a guest cookie is refused with 432

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


_HOME = re.compile(r"/u/(\d+)")
_HOME_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8">
<title>%(name)s的微博</title></head><body><h1>%(name)s</h1><p>%(verified)s</p>
<p>粉丝 %(fans)s　微博 %(total)s</p><p>%(bio)s</p>
</body></html>"""


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """One request to any of the Weibo hosts."""
    if "passport" in ask.host:
        return _passport(ask, now)
    if ask.host == "weibo.com" and (found := _HOME.fullmatch(ask.path)):
        return _home(world, found[1], now)
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
        return NOTHING
    seen = view(actor, now)
    if (wall := misbehaviour(seen, ask) or _wall(seen.scenes)) is not None:
        return wall
    if Scene.WRONG_ACCOUNT in seen.scenes:
        seen = view(world.other(actor), now)
    if not container.startswith("107603"):
        return profile(seen)
    return timeline(seen, _page_of(ask))


def _wall(scenes: frozenset[Scene]) -> Answer | None:
    if Scene.CAPTCHA in scenes:
        return _CAPTCHA
    if Scene.LOGIN_WALL in scenes:
        return _LOGIN
    if scenes & {Scene.GONE, Scene.BANNED}:
        return NOTHING
    if Scene.LAYOUT_CHANGED in scenes:
        return as_json({"ok": 1, "data": {"modules": [{"kind": "feed", "entries": []}]}})
    return None


def _page_of(ask: Ask) -> int:
    """Page from 1; this replica's since_id is the page's number in disguise."""
    since, page = ask.query.get("since_id", ""), ask.query.get("page", "1")
    if since.isdigit():
        return int(since) % 1000
    return int(page) if page.isdigit() else 1


# -- weibo.com/u, as a browser that has been through the handshake shows it --------------------


def _home(world: World, uid: str, now: datetime) -> Answer:
    actor = world.find("weibo", uid)
    if actor is None:
        return _sorry("usernotexists&code=100001")
    seen = view(actor, now)
    if wall := _ajax_wall(seen.scenes, "/ajax/profile/info"):
        return wall
    user = user_of(seen)
    said = {
        "name": user["screen_name"],
        "verified": user["verified_reason"] or "未认证",
        "fans": actor.extra.get("followers", 0),
        "total": user["statuses_count"],
        "bio": user["description"],
    }
    return as_html(_HOME_PAGE % {key: escape(str(value)) for key, value in said.items()})


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
        user = user_of(seen) | {"idstr": actor.handle, "followers_count": 128431}
        return as_json({"ok": 1, "data": {"user": user, "tabList": [], "blockText": ""}})
    if ask.path == "/ajax/statuses/mymblog":
        return mymblog(seen)
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
