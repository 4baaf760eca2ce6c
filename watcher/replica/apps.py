"""移动客户端 in the stores of Apple, 应用宝, Huawei and vivo; `names` knows the hosts they talk to.

One app is one actor, whichever store is asked: its number is in every handle. A version is a post.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from watcher.model import Source
from watcher.replica import names
from watcher.replica.portals.common import Portal, document, inline, shown
from watcher.replica.timetable import ZONE
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_html, as_json, redirect
from watcher.replica.world import Actor, Item, Scene, View, World

APPLE, YYB, HUAWEI, VIVO, NAMES = "apple", "yyb", "huawei", "vivo", names.LANE
_TRACK, _HUAWEI, _VIVO = 1_690_000_000, 105_900_000, 3_540_000
_PACKAGE = re.compile(r"cn\.sanya\.app(\d{1,6})")
_NO_LISTING = as_json({"id": None, "title_zh": None, "package_name": None})
_NO_APP = as_json({"rtnCode": 404}, 404)
_AWAY = frozenset({Scene.GONE, Scene.BANNED})
_FENCED = frozenset({Scene.CAPTCHA, Scene.LOGIN_WALL})


def package(number: int) -> str:
    return f"cn.sanya.app{number}"


def handle(lane: str, number: int) -> str:
    """The handle of an app in a store."""
    return {
        APPLE: str(_TRACK + number),
        YYB: package(number),
        HUAWEI: f"C{_HUAWEI + number}",
        VIVO: str(_VIVO + number),
        NAMES: names.WITH_IPV6 if number % 2 else names.WITHOUT_IPV6,
    }[lane]


def number_of(actor: Actor) -> int:
    return int(actor.extra["app"])


def _find(world: World, number: int) -> Actor | None:
    """The app of that number, whatever store it is filed with."""
    found = (world.find(lane, handle(lane, number)) for lane in (APPLE, YYB, HUAWEI, VIVO))
    return next((actor for actor in found if actor is not None), None)


def newest(seen: View) -> Item | None:
    return max(seen.posts(), key=lambda item: item.at, default=None)


def version_of(item: Item | None) -> str:
    number = item.number if item else 0
    return f"{1 + number // 100}.{number // 10 % 10}.{number % 10}"


def _numbered(text: str, base: int) -> int:
    return int(text) - base if text.isdecimal() and len(text) < 13 else -1


# -- Apple -----------------------------------------------------------------------------------

_NO_RESULT: dict[str, Any] = {"resultCount": 0, "results": []}


def _apple(world: World, ask: Ask, now: datetime) -> Answer:
    """`/lookup`: without its storefront even a living app is not there."""
    actor = _find(world, _numbered(ask.query.get("id", ""), _TRACK))
    if ask.path != "/lookup":
        return NOT_FOUND
    if actor is None or ask.query.get("country") != "cn":
        return as_json(_NO_RESULT)
    return shown(world, ask, now, actor, _apple_wall, lookup)


def _apple_wall(scenes: frozenset[Scene]) -> Answer | None:
    if scenes & _FENCED:
        return as_html("", 403)
    return as_json(_NO_RESULT) if scenes & _AWAY else None


@lru_cache(maxsize=1024)
def lookup(seen: View) -> Answer:
    """What Apple says of one app by its number."""
    number, item = number_of(seen.actor), newest(seen)
    mark = f"{seen.actor.number:08x}-00aa-4c11-8d22-33445566{number:04x}"
    picture = f"https://is1-ssl.mzstatic.com/image/thumb/Purple221/v4/5a/4e/59/{mark}/AppIcon.png"
    row = {
        "kind": "software",
        "wrapperType": "software",
        "trackId": _TRACK + number,
        "bundleId": package(number),
        "trackName": seen.name,
        "sellerName": seen.actor.verified_as or seen.name,
        "artistName": seen.actor.verified_as or seen.name,
        "description": seen.actor.bio,
        "version": version_of(item),
        "releaseNotes": item.title if item else "",
        "currentVersionReleaseDate": f"{item.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        if item
        else "",
        "releaseDate": "2023-06-01T07:00:00Z",
        "artworkUrl512": f"{picture}/512x512bb.jpg",
        "trackViewUrl": f"https://apps.apple.com/cn/app/id{_TRACK + number}?uo=4",
        "minimumOsVersion": "13.0",
    }
    if Scene.LAYOUT_CHANGED in seen.scenes:
        return as_json(row)  # seen once: a result without its envelope
    return as_json({"resultCount": 1, "results": [row]})


# -- 应用宝 ------------------------------------------------------------------------------------

_WALL = as_html(
    "<!DOCTYPE html><html><head><title>安全验证</title></head><body>请完成安全验证"
    "<script src='https://turing.captcha.qcloud.com/TCaptcha.js'></script></body></html>"
)
_LOST = document("找不到该应用-应用宝官网", "<p>找不到该应用</p>")


def _yyb(world: World, ask: Ask, now: datetime) -> Answer:
    """The page of an app at sj.qq.com, and the one behind shared links."""
    shared = ask.host == "a.app.qq.com"
    name = ask.query.get("pkgname", "") if shared else ask.path.removeprefix("/appdetail/")
    found = _PACKAGE.fullmatch(name)
    actor = _find(world, int(found[1])) if found else None
    if actor is None:
        return _LOST
    return shown(world, ask, now, actor, _yyb_wall, _shared if shared else _detail)


def _yyb_wall(scenes: frozenset[Scene]) -> Answer | None:
    if scenes & _FENCED:
        return _WALL
    if scenes & _AWAY:
        return _LOST
    if Scene.LAYOUT_CHANGED in scenes:
        return document("应用宝官网", "<main>下载应用宝</main>")
    return None


def _item(seen: View) -> dict[str, Any]:
    number = number_of(seen.actor)
    return {
        "app_id": str(54_270_000 + number),
        "pkg_name": package(number),
        "name": seen.name,
        "version_name": version_of(newest(seen)),
        "developer": seen.actor.verified_as or seen.name,
        "operator": seen.actor.verified_as or seen.name,
        "icon": f"https://pp.myapp.com/ma_icon/0/icon_{seen.actor.number}/256",
        "description": seen.actor.bio,
    }


@lru_cache(maxsize=1024)
def _detail(seen: View) -> Answer:
    stranger = {**_item(seen), "pkg_name": "com.example.parking", "name": "停车助手"}
    cards = [_card("YouMayAlsoLike", json.dumps([stranger])), _card("GameDetail", [_item(seen)])]
    told = {"ret": 0, "msg": "success", "data": {"components": cards}}
    state = inline({"props": {"pageProps": {"dynamicCardResponse": told}}})
    script = f'<script id="__NEXT_DATA__" type="application/json">{state}</script>'
    return document(f"{seen.name}官方下载-应用宝官网", f'<div id="__next"></div>{script}')


def _card(name: str, items: Any) -> dict[str, Any]:
    return {"name": name, "data": {"itemData": items}}


@lru_cache(maxsize=1024)
def _shared(seen: View) -> Answer:
    item = _item(seen)
    detail = {
        "appName": item["name"],
        "versionName": item["version_name"],
        "author": item["developer"],
        "apkUrl64": f"https://imtt.dd.qq.com/apk/{seen.actor.number:08X}.apk",
    }
    state = inline({"appDetail": detail})
    return document(seen.name, f"<script>window.systemData={state};</script>")


# -- Huawei and vivo ---------------------------------------------------------------------------


def _huawei(world: World, ask: Ask, now: datetime) -> Answer:
    """`/appdl/C…`: where the file lies, which tells package and build."""
    actor = _find(world, _numbered(ask.path.removeprefix("/appdl/C"), _HUAWEI))
    if actor is None:
        return _NO_APP
    return shown(world, ask, now, actor, _huawei_wall, _file)


def _huawei_wall(scenes: frozenset[Scene]) -> Answer | None:
    if scenes & _FENCED:
        return redirect("https://appgallery.cloud.huawei.com/captcha?from=appdl")
    if scenes & _AWAY:
        return _NO_APP
    return document("AppGallery", "<main></main>") if Scene.LAYOUT_CHANGED in scenes else None


def _file(seen: View) -> Answer:
    item = newest(seen)
    if item is None:
        return document("AppGallery", "<main></main>")
    stamp = f"{item.at.astimezone(ZONE):%y%m%d%H%M}"
    folder = "https://appdlc-dre.hispace.dbankcloud.cn/dl/appdl/application/apk/5a"
    return redirect(f"{folder}/{package(number_of(seen.actor))}.{stamp}.apk?maple=0")


def _vivo(world: World, ask: Ask, now: datetime) -> Answer:
    actor = _find(world, _numbered(ask.path.removeprefix("/detail/"), _VIVO))
    return shown(world, ask, now, actor, _vivo_wall, _listing) if actor else _NO_LISTING


def _vivo_wall(scenes: frozenset[Scene]) -> Answer | None:
    if scenes & _FENCED:
        return as_json({"code": 20001, "msg": "访问过于频繁", "data": None})
    if scenes & _AWAY:
        return _NO_LISTING
    return as_json({"app": {}}) if Scene.LAYOUT_CHANGED in scenes else None


def _listing(seen: View) -> Answer:
    number, item = number_of(seen.actor), newest(seen)
    return as_json(
        {
            "id": _VIVO + number,
            "title_zh": seen.name,
            "package_name": package(number),
            "version_name": version_of(item),
            "version_code": 100 + (item.number if item else 0),
            "developer": seen.actor.verified_as or seen.name,
            "upload_time": f"{item.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}" if item else None,
        }
    )


# -- as the sample wants them ------------------------------------------------------------------


def _identity(lane: str) -> Callable[[int], tuple[str, Mapping[str, str]]]:
    return lambda number: (handle(lane, number), {"app": str(number)})


def _sources(one: Actor, start: datetime) -> tuple[Source, ...]:
    """Every store that offers the app, the one it is filed with first."""
    number = number_of(one)
    huawei = Source("app_huawei", handle(HUAWEI, number), {"package": package(number)})
    ways: Mapping[str, tuple[Source, ...]] = {
        APPLE: (
            Source("app_apple", one.handle),
            Source("app_yyb", package(number)),
            huawei,
            Source("app_ipv6", handle(NAMES, number)),
        ),
        YYB: (Source("app_yyb", one.handle), Source("app_yyb_simple", one.handle)),
        HUAWEI: (huawei,),
        VIVO: (Source("app_vivo", one.handle),),
        NAMES: (Source("app_ipv6", one.handle),),
    }
    return ways[one.platform]


def _url(one: Actor) -> str:
    return f"https://apps.apple.com/cn/app/id{_TRACK + number_of(one)}"


_ANSWERS: Mapping[str, tuple[tuple[str, ...], Callable[[World, Ask, datetime], Answer]]] = {
    APPLE: (("itunes.apple.com",), _apple),
    YYB: (("sj.qq.com", "a.app.qq.com"), _yyb),
    HUAWEI: (("appgallery.cloud.huawei.com",), _huawei),
    VIVO: (("h5-api.appstore.vivo.com.cn",), _vivo),
    NAMES: (names.HOSTS, names.answer),
}

STORES: tuple[Portal, ...] = tuple(
    Portal(lane, "app", hosts, answer, _identity(lane), _sources, _url)
    for lane, (hosts, answer) in _ANSWERS.items()
)
