"""Searching on every platform of the replica that can be searched, in each one's own shape.

Platforms match names by their characters and by their sound, and list the likest first. A gated
search answers as each platform really does, mostly with HTTP 200 and nothing.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote

from watcher.replica import apps
from watcher.replica.douyin import face_of
from watcher.replica.matching import AWAY, matching
from watcher.replica.portals.common import document, face
from watcher.replica.portals.shell import shell
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_html, as_json
from watcher.replica.weibo_json import user_of
from watcher.replica.world import View, World, view

OPERATOR = "_2A25Lreplica"  # how an operator's cookies begin here
SESSIONS: Mapping[str, str] = {  # what config/impersonation.yaml refers to
    "SHOUWANG_WEIBO_COOKIE": f"SUB={OPERATOR}w; SUBP=0033",
    "SHOUWANG_WECHAT_COOKIE": f"slave_sid={OPERATOR}x; slave_user=gh_operator",
    "SHOUWANG_WECHAT_TOKEN": "1357924680",
    "SHOUWANG_DOUYIN_COOKIE": f"sessionid={OPERATOR}d",
}
SOGOU, BILIBILI = "weixin.sogou.com", "search.bilibili.com"
HOSTS = (SOGOU, BILIBILI)
Reply: TypeAlias = Callable[[World, Ask, datetime], Answer]


def at(ask: Ask) -> tuple[str, Reply] | None:
    """The platform whose search this request asks, and who answers it."""
    for (host, path), (platform, reply) in _SEARCHES.items():
        if ask.host == host and ask.path.rstrip("/").startswith(path) and _is_search(ask):
            return platform, reply
    return None


def _is_search(ask: Ask) -> bool:
    """Some addresses serve readings too; then the query tells."""
    if ask.path == "/api/container/getIndex":
        return ask.query.get("containerid", "").startswith("100103")
    if ask.path == "/api/config":
        return _is_operator(ask)
    if ask.path == "/ajax/profile/info":
        return "screen_name" in ask.query
    return True


def _followers(seen: View) -> int:
    return int(seen.actor.extra.get("followers", "128431"))


def _is_operator(ask: Ask) -> bool:
    return any(value.startswith(OPERATOR) for value in ask.cookies.values())


# -- 新浪微博 --------------------------------------------------------------------------------

_LOGIN = as_json(
    {"ok": -100, "url": "https://passport.weibo.com/sso/signin?entry=wapsso&source=wapssowb"}
)
_NOTHING = as_json({"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}})
_NOBODY = {
    "ok": 0,
    "error_type": "link",
    "url": "https://weibo.com/sorry?usernotexists&code=100001",
}
_LISTS = ("hotquery", "history", "real_hot", "query_relates", "user", "users")
_EMPTY: Mapping[str, tuple[()]] = dict.fromkeys(_LISTS, ())


def _weibo_name(world: World, ask: Ask, now: datetime) -> Answer:
    """The lookup by name: letters of either case, nothing else forgiven."""
    if world.is_gated("weibo", now) or "SUB" not in ask.cookies:
        return _LOGIN
    name = ask.query["screen_name"].casefold()
    weibo = (view(a, now) for a in world.actors.values() if a.platform == "weibo")
    for seen in weibo:
        if seen.name.casefold() == name and not seen.scenes & AWAY:
            return as_json({"ok": 1, "data": {"user": _weibo_user(seen), "tabList": []}})
    return as_json(_NOBODY)


def _weibo_user(seen: View) -> dict[str, Any]:
    return user_of(seen) | {"idstr": seen.actor.handle, "followers_count": _followers(seen)}


def _weibo_config(world: World, ask: Ask, now: datetime) -> Answer:
    return as_json({"ok": 1, "data": {"login": True, "st": "5c1e0a", "uid": "9999999999"}})


def _weibo_users(world: World, ask: Ask, now: datetime) -> Answer:
    if world.is_gated("weibo", now) or not _is_operator(ask):
        return _LOGIN
    query = parse_qs(ask.query["containerid"].removeprefix("100103")).get("q", [""])[0]
    rows = [
        {"card_type": 10, "user": _weibo_user(seen), "desc1": seen.actor.bio}
        for seen in matching(world, "weibo", query, now)
    ]
    if not rows:
        return _NOTHING
    cards = [{"card_type": 11, "itemid": "", "card_group": rows}]
    return as_json({"ok": 1, "data": {"cardlistInfo": {"total": len(rows)}, "cards": cards}})


def _weibo_side(world: World, ask: Ask, now: datetime) -> Answer:
    """What a guest is given: HTTP 200, ok 1, and nothing."""
    return as_json({"ok": 1, "data": _EMPTY})


# -- 微信 ----------------------------------------------------------------------------------


def _official(world: World, query: str, now: datetime) -> tuple[View, ...]:
    """公众号 only: neither 小程序 nor 视频号 are found here."""
    found = matching(world, "wechat", query, now)
    return tuple(seen for seen in found if seen.actor.handle.startswith("gh_"))


def _searchbiz(world: World, ask: Ask, now: datetime) -> Answer:
    def ret(code: int, **more: Any) -> Answer:
        return as_json({"base_resp": {"ret": code, "err_msg": "ok" if not code else "no"}, **more})

    if not _is_operator(ask) or not ask.query.get("token"):
        return ret(200003)
    if world.is_gated("wechat", now):
        return ret(200013)
    rows = [
        {
            "fakeid": seen.actor.extra.get("biz", ""),
            "nickname": seen.name,
            "alias": seen.actor.extra.get("alias", ""),
            "round_head_img": f"http://mmbiz.qpic.cn/mmbiz_png/{seen.actor.number:08x}/0?wx_fmt=png",
            "service_type": 1,
            "signature": seen.actor.bio,
        }
        for seen in _official(world, ask.query.get("query", ""), now)
    ]
    return ret(0, list=rows, total=len(rows))


_SECCODE = as_html(
    "<!DOCTYPE html><html><head><meta charset='utf-8'><title>搜狗搜索</title></head><body>"
    "<p>您的访问出错了</p><p>用户您好，您的访问过于频繁，为确认本次访问为正常用户行为，"
    "需要您协助验证。</p><form id='seccodeForm'></form></body></html>"
)


def _sogou(world: World, ask: Ask, now: datetime) -> Answer:
    if ask.path != "/weixin" or ask.query.get("type") != "1":
        return NOT_FOUND
    if world.is_gated("sogou", now):
        return _SECCODE
    query = ask.query.get("query", "")
    rows = [_sogou_row(i, s) for i, s in enumerate(_official(world, query, now)[:10])]
    if not rows:
        said = f"<p>暂无与“<em>{escape(query)}</em>”相关的官方认证订阅号。</p>"
        return document("搜狗微信搜索", said)
    listed = f'<ul class="news-list2">{"".join(rows)}</ul><div>找到约{len(rows)}条结果</div>'
    return document(f"{query}的相关微信公众号", listed)


def _sogou_row(place: int, seen: View) -> str:
    actor, opened = seen.actor, b64encode(seen.actor.key.encode()).decode()[:22].replace("+", "-")
    badge = (
        f"<dl><dt><script>document.write(authname('2'))</script>认证：</dt>"
        f'<dd><i class="identify"></i>{escape(actor.verified_as)}</dd></dl>'
        if actor.verified_as
        else ""
    )
    return (
        f'<li id="sogou_vr_11002301_box_{place}" d="oIWsFt{opened.replace("/", "_")}">'
        f'<div class="gzh-box2"><div class="txt-box"><p class="tit"><a uigs="account_name_{place}"'
        f' href="/link?url=replica&amp;type=1">{escape(seen.name)}</a></p><p class="info">微信号：'
        f'<label name="em_weixinhao">{escape(actor.extra.get("alias") or actor.handle)}</label></p>'
        f"</div></div><dl><dt>功能介绍：</dt><dd>{escape(actor.bio)}</dd></dl>{badge}</li>"
    )


# -- 抖音、快手、哔哩哔哩 ------------------------------------------------------------------------


def _douyin_page(world: World, ask: Ask, now: datetime) -> Answer:
    query = unquote(ask.path.removeprefix("/search/").rstrip("/"))
    call = f"{_DOUYIN_LIST}/?search_channel=aweme_user_web&keyword={query}&offset=0&count=12"
    return shell(f"{query} - 抖音搜索", [call])


def _douyin_list(world: World, ask: Ask, now: datetime) -> Answer:
    if world.is_gated("douyin", now):
        nil = {"search_nil_type": "verify_check"}
        return as_json({"status_code": 0, "data": [], "search_nil_info": nil})
    rows = [
        {"user_info": face_of(seen) | {"follower_count": _followers(seen)}}
        for seen in matching(world, "douyin", ask.query.get("keyword", ""), now)
    ]
    return as_json({"status_code": 0, "user_list": rows, "has_more": 0, "cursor": len(rows)})


def _kuaishou_page(world: World, ask: Ask, now: datetime) -> Answer:
    keyword = {"keyword": ask.query.get("searchKey", ""), "pcursor": "", "searchSessionId": ""}
    return shell("快手", [(_KUAISHOU_LIST, json.dumps(keyword, ensure_ascii=False))])


def _kuaishou_list(world: World, ask: Ask, now: datetime) -> Answer:
    if world.is_gated("kuaishou", now):
        return as_json({"result": 109, "users": []})
    rows = [
        {
            "user_id": seen.actor.handle,
            "user_name": seen.name,
            "headurl": f"https://p2.a.yximgs.com/uhead/AB/2026/{face(seen)}_s.jpg",
            "user_text": seen.actor.bio,
            "fansCount": str(_followers(seen)),
            "photoCount": str(len(seen.posts())),
            "verified": bool(seen.actor.verified_as),
            "verifiedDetail": {"description": seen.actor.verified_as, "type": 2}
            if seen.actor.verified_as
            else None,
        }
        for seen in matching(world, "kuaishou", str(ask.json().get("keyword", "")), now)
    ]
    return as_json({"result": 1, "users": rows, "pcursor": "no_more", "searchSessionId": "x"})


def _bilibili_page(world: World, ask: Ask, now: datetime) -> Answer:
    query = ask.query.get("keyword", "")
    call = f"https://api.bilibili.com{_BILIBILI_LIST}?search_type=bili_user&keyword={query}&page=1"
    return shell("哔哩哔哩", [call])


def _bilibili_list(world: World, ask: Ask, now: datetime) -> Answer:
    there = (("access-control-allow-origin", f"https://{BILIBILI}"),)
    if world.is_gated("bilibili", now):
        refused = {"code": -352, "message": "风控校验失败", "data": {"v_voucher": "replica"}}
        return as_json(refused, 200, *there)
    rows = [
        {
            "type": "bili_user",
            "mid": int(seen.actor.handle),
            "uname": seen.name,
            "usign": seen.actor.bio,
            "fans": _followers(seen),
            "videos": len(seen.posts()),
            "upic": f"//i0.hdslb.com/bfs/face/{face(seen)}{seen.actor.number:032x}.jpg",
            "official_verify": {
                "type": 1 if seen.actor.verified_as else 127,
                "desc": seen.actor.verified_as,
            },
        }
        for seen in matching(world, "bilibili", ask.query.get("keyword", ""), now)
    ]
    data = {"page": 1, "numResults": len(rows), "numPages": 1, "result": rows}
    return as_json({"code": 0, "message": "0", "data": data}, 200, *there)


# -- 苹果 ----------------------------------------------------------------------------------


def _apple(world: World, ask: Ask, now: datetime) -> Answer:
    if world.is_gated("apple", now):
        return as_html("", 403)
    seen = matching(world, apps.APPLE, ask.query.get("term", ""), now)
    rows = [row for one in seen for row in json.loads(apps.lookup(one).body)["results"]]
    return as_json({"resultCount": len(rows), "results": rows})


_DOUYIN_LIST = "/aweme/v1/web/discover/search"
_KUAISHOU_LIST = "/rest/v/search/user"
_BILIBILI_LIST = "/x/web-interface/wbi/search/type"
_SEARCHES: Mapping[tuple[str, str], tuple[str, Reply]] = {
    ("weibo.com", "/ajax/profile/info"): ("weibo", _weibo_name),
    ("weibo.com", "/ajax/side/search"): ("weibo", _weibo_side),
    ("m.weibo.cn", "/api/container/getIndex"): ("weibo", _weibo_users),
    ("m.weibo.cn", "/api/config"): ("weibo", _weibo_config),
    ("mp.weixin.qq.com", "/cgi-bin/searchbiz"): ("wechat", _searchbiz),
    (SOGOU, ""): ("sogou", _sogou),
    ("www.douyin.com", "/search"): ("douyin", _douyin_page),
    ("www.douyin.com", _DOUYIN_LIST): ("douyin", _douyin_list),
    ("www.kuaishou.com", "/search/user"): ("kuaishou", _kuaishou_page),
    ("www.kuaishou.com", _KUAISHOU_LIST): ("kuaishou", _kuaishou_list),
    (BILIBILI, "/upuser"): ("bilibili", _bilibili_page),
    ("api.bilibili.com", _BILIBILI_LIST): ("bilibili", _bilibili_list),
    ("itunes.apple.com", "/search"): ("apple", _apple),
}
