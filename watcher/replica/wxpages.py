"""mp.weixin.qq.com: article pages behind short links (templates A and B) and album JSON."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any

from watcher.replica.timetable import ZONE
from watcher.replica.web import NOT_FOUND, Answer, Ask, as_html, as_json, misbehaviour, redirect
from watcher.replica.world import Actor, Item, Scene, View, World, view

_MESSAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title></title></head>
<body id="activity-detail"><div class="weui-msg"><div class="weui-msg__text-area">
<h2 class="weui-msg__title">{title}</h2><p class="weui-msg__desc">{desc}</p></div></div>
</body></html>"""

_CAPTCHA = """<!DOCTYPE html><html><head><meta charset="utf-8"><title></title></head><body>
<script>window.PAGE_MID='mmbizwap:secitptpage/verify.html';
window.cgiData = {{cap_sid: "{n}", poc_token: "HreplicaT"}};</script>
<script src="https://captcha.gtimg.com/TCaptcha.js"></script>
<div class="weui-msg"><h2 class="weui-msg__title">环境异常</h2>
<p class="weui-msg__desc">当前环境异常，完成验证后即可继续访问。</p>
<a class="weui-btn" id="js_verify">去验证</a></div></body></html>"""


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """An article by its short link, a captcha for its long one, or an album."""
    if ask.path.startswith("/s/"):
        return _article(world, ask, now)
    if ask.path == "/s":
        return redirect("https://mp.weixin.qq.com/mp/wappoc_appmsgcaptcha?poc_token=HreplicaL")
    if ask.path == "/mp/wappoc_appmsgcaptcha":
        return as_html(_CAPTCHA.format(n=1))
    if ask.path == "/mp/appmsgalbum" and ask.query.get("action") == "getalbum":
        return _album(world, ask, now)
    return NOT_FOUND


# -- short links ---------------------------------------------------------------------------


def mid_of(item: Item) -> int:
    return 2_650_000_000 + item.number


def short_link(actor: Actor, item: Item) -> str:
    """The address that the share menu of the client gives."""
    raw = actor.number.to_bytes(4, "big") + item.number.to_bytes(4, "big") + b"shouw"
    return f"https://mp.weixin.qq.com/s/{urlsafe_b64encode(raw).decode().rstrip('=')[:18]}"


@lru_cache(maxsize=8)
def _links(world: World) -> dict[str, tuple[Actor, Item]]:
    return {
        short_link(actor, item).rpartition("/")[2]: (actor, item)
        for actor in world.actors.values()
        if actor.platform == "wechat"
        for item in actor.items
    }


def _article(world: World, ask: Ask, now: datetime) -> Answer:
    found = _links(world).get(ask.path.removeprefix("/s/"))
    if found is None or found[1].visible_from > now:
        return as_html(_MESSAGE.format(title="参数错误", desc=""))
    actor, item = found
    seen = view(actor, now)
    if wall := misbehaviour(seen, ask) or _wall(seen):
        return wall
    if seen.deleted == item.number:
        return as_html(_MESSAGE.format(title="该内容已被发布者删除", desc=""))
    if Scene.WRONG_ACCOUNT in seen.scenes:
        other = world.other(actor)
        seen, item = view(other, now), other.items[0]
    # One post in five is a picture post, which comes in the other template.
    return _template_b(seen, item) if item.number % 5 == 4 else _template_a(seen, item)


def _wall(seen: View) -> Answer | None:
    scenes = seen.scenes
    if Scene.CAPTCHA in scenes:
        return as_html(_CAPTCHA.format(n=seen.actor.number))
    if Scene.BANNED in scenes:
        return as_html(_MESSAGE.format(title="此帐号已被屏蔽, 内容无法查看", desc=""))
    if Scene.GONE in scenes:
        return as_html(_MESSAGE.format(title="此帐号已自主注销，内容无法查看", desc=""))
    if Scene.LOGIN_WALL in scenes:
        return as_html(_MESSAGE.format(title="请在微信客户端打开链接", desc=""))
    if Scene.LAYOUT_CHANGED in scenes:
        return as_html("<!DOCTYPE html><html><body><div id='root'></div></body></html>")
    return None


_A = """<!DOCTYPE html><html><head><meta charset="utf-8">
<meta property="og:title" content="{title}" />
<meta property="og:url" content="{page_url}" />
<meta property="og:description" content="" /></head>
<body id="activity-detail"><script>
var biz = "" || "{biz}";
var sn = "" || "{sn}" || "";
var mid = "" || "{mid}" || "";
var idx = "" || "1" || "";
</script><div id="js_article" class="rich_media">
<h1 class="rich_media_title" id="activity-name">{title}</h1>
<div id="meta_content"><span id="profileBt"><a id="js_name">{name}</a></span>
<em id="publish_time"></em></div>
<div class="rich_media_content" id="js_content"><section><p>{title}</p></section></div>
<div class="wx_follow_nickname">{name}</div></div><script>
window.ad_preview = {{ nick_name: '微信广告', user_name: 'gh_1e80bb81a1d2' }};
window.alias = "{alias}" || "";
var nickname = htmlDecode("{name}");
var ct = "{ct}";
var user_name = "{gh}";
var round_head_img = "http://mmbiz.qpic.cn/mmbiz_png/{face}/0";
var hd_head_img = "http://wx.qlogo.cn/mmhead/{face}/0" || "";
var profile_signature = "{bio}";
var msg_title = '{title}'.html(false);
var msg_link = "https://mp.weixin.qq.com/s?__biz={biz}&amp;mid={mid}&amp;idx=1&amp;sn={sn}#rd";
var oriCreateTime = '{ct}';
var createTime = '{local}';
window.modify_time = "{modified}" * 1;
window.item_show_type = '0';
window.ip_wording = {{ countryName: '中国', countryId: '156', provinceName: '海南' }};
window.cgi = {{ ori_create_time: '{ct}' * 1, verify_status: '{verified}' * 1,
  appmsgalbuminfo: {{ title: '要闻', album_id: '{album}' }} }};
</script></body></html>"""

_B = """<!DOCTYPE html><html><head><meta charset="utf-8">
<meta property="og:title" content="{title}" />
<meta property="og:url" content="{page_url}" />
</head><body class="share_content_page" id="activity-detail"><div id="js_article">
<div class="nickNameSpan">{name}</div><div class="share_media_swiper"></div></div><script>
window.alias = "{alias}" || "";
window.item_show_type = '8';
window.cgiDataNew = {{
  bizuin: '{biz}',
  user_name: '{gh}',
  nick_name: '{name}',
  round_head_img: 'http://mmbiz.qpic.cn/mmbiz_png/{face}/0',
  signature: '{bio}',
  mid: '{mid}' * 1,
  idx: '1' * 1,
  sn: '{sn}',
  title: '{title}',
  ori_create_time: '{ct}' * 1,
  create_time: '{local}',
  modify_time: '{modified}' * 1,
  verify_status: '{verified}' * 1,
}};
(function () {{ var d = window.cgiDataNew; d.ct = '' || '{ct}'; }})();
window.ip_wording = {{ countryName: '中国', countryId: '156', provinceName: '海南' }};
</script></body></html>"""


def _template_a(seen: View, item: Item) -> Answer:
    return _rendered(_A, seen, item)


def _template_b(seen: View, item: Item) -> Answer:
    return _rendered(_B, seen, item)


@lru_cache(maxsize=4096)
def _rendered(template: str, seen: View, item: Item) -> Answer:
    actor = seen.actor
    fields = {
        "title": item.title,
        "name": seen.name,
        "bio": actor.bio,
        "biz": actor.extra["biz"],
        "gh": actor.handle,
        "alias": actor.extra.get("alias", ""),
        "album": actor.extra.get("album_id", ""),
        "face": f"{actor.number:08x}",
        "mid": str(mid_of(item)),
        "sn": f"{actor.number:08x}{item.number:024x}",
        "ct": str(int(item.at.timestamp())),
        "local": item.at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M"),
        "modified": str(int(item.edited.timestamp())) if item.edited else "",
        "verified": "2" if actor.verified_as else "0",
    }
    fields["page_url"] = (
        f"https://mp.weixin.qq.com/s?__biz={fields['biz']}&mid={fields['mid']}&idx=1&sn={fields['sn']}"
    )
    return as_html(template.format(**{k: escape(v) for k, v in fields.items()}))


# -- albums --------------------------------------------------------------------------------


def _album(world: World, ask: Ask, now: datetime) -> Answer:
    actor = world.seen_as.get(("album_id", ask.query.get("album_id", "")))
    if actor is None or ask.query.get("__biz") != actor.extra["biz"]:
        return as_json({"base_resp": {"ret": -1, "errmsg": "invalid album"}})
    seen = view(actor, now)
    if wall := misbehaviour(seen, ask) or _wall(seen):
        return wall
    if Scene.WRONG_ACCOUNT in seen.scenes:
        seen = view(world.other(actor), now)
    begin = re.sub(r"\D", "", ask.query.get("begin_msgid", ""))
    count = re.sub(r"\D", "", ask.query.get("count", "")) or "20"
    oldest_first = ask.query.get("is_reverse") == "1"
    return _album_page(seen, int(begin) if begin else None, min(int(count), 20), oldest_first)


@lru_cache(maxsize=4096)
def _album_page(seen: View, begin: int | None, count: int, oldest_first: bool) -> Answer:
    actor = seen.actor
    # Editors file two posts in three in the album: that is why it can only be partial.
    filed = [p for p in seen.posts() if p.number % 3 != 2]
    filed.sort(key=lambda p: p.at, reverse=not oldest_first)
    mids = [mid_of(p) for p in filed]
    rest = filed[mids.index(begin) + 1 :] if begin in mids else filed
    if Scene.GUEST_HIDES in seen.scenes:
        rest = []
    page = [_album_row(actor, p, n) for n, p in enumerate(rest[:count])]
    info: dict[str, Any] = {
        "nickname": seen.name,
        "username": actor.handle,
        "title": "要闻",
        "description": "",
        "brand_icon": f"http://wx.qlogo.cn/mmhead/{actor.number:08x}/0",
        "article_count": str(len(filed)),
        "isupdating": "1",
    }
    answer_: dict[str, Any] = {
        "base_info": info,
        "continue_flag": "1" if len(rest) > count else "0",
        "reverse_continue_flag": "0",
    }
    if page:  # a single article comes as a bare object
        answer_["article_list"] = page if len(page) > 1 else page[0]
    base = {"exportkey_token": "", "ret": 0}
    return as_json({"base_resp": base, "getalbum_resp": answer_})


def _album_row(actor: Actor, item: Item, position: int) -> dict[str, Any]:
    mid = mid_of(item)
    return {
        "title": item.title,
        "url": f"http://mp.weixin.qq.com/s?__biz={actor.extra['biz']}&mid={mid}&idx=1&sn=r#rd",
        "create_time": str(int(item.at.timestamp())),
        "msgid": str(mid),
        "itemidx": "1",
        "key": f"{mid}_1",
        "pos_num": str(position + 1),
        "cover_img_1_1": "",
    }
