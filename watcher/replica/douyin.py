"""Douyin: profile pages that fire their own XHR, and what those answer."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any

from watcher.replica.web import NOT_FOUND, Answer, Ask, as_html, as_json, misbehaviour, redirect
from watcher.replica.world import Item, Scene, View, World, view

HOSTS = ("www.douyin.com", "m.douyin.com", "www.iesdouyin.com", "v.douyin.com")
PROFILE = "/aweme/v1/web/user/profile/other/"
POSTS = "/aweme/v1/web/aweme/post/"
MOBILE_POSTS = "/web/api/v2/aweme/post/"

_SHELL = """<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>{title}</title></head>
<body><div id="root">{text}</div><script>
{calls}.forEach(function (path) {{
  fetch(path, {{credentials: "include"}}).then(function (r) {{ return r.text(); }})
    .then(function () {{}}, function () {{}});
}});
</script></body></html>"""

_CAPTCHA = as_html(
    "<!DOCTYPE html><html><head><meta charset='utf-8'><title>验证码中间页</title></head>"
    "<body><div id='captcha_container'></div></body></html>"
)
_ARGUS = Answer(
    403,
    b"Blocked by ArgusSecurityPlugin Uifid Not Found",
    (("content-type", "text/plain; charset=utf-8"),),
)
_SLEEPY = as_json({"status_code": 4, "status_msg": "啊哦，服务器打瞌睡了，再试一次吧～"})


def answer(world: World, ask: Ask, now: datetime) -> Answer:
    """One request to any of the Douyin hosts."""
    for prefix in ("/user/", "/share/user/"):
        if ask.path.startswith(prefix):
            return _page(world, ask, now, ask.path.removeprefix(prefix).rstrip("/"))
    if ask.host == "v.douyin.com":
        return redirect(f"https://www.iesdouyin.com/share/user/{ask.path.strip('/')}")
    if ask.path.rstrip("/") + "/" in (PROFILE, POSTS, MOBILE_POSTS):
        return _xhr(world, ask, now, ask.path.rstrip("/") + "/")
    return NOT_FOUND


def _page(world: World, ask: Ask, now: datetime, sec_uid: str) -> Answer:
    actor = world.find("douyin", sec_uid)
    if actor is None:
        return as_html(_SHELL.format(title="抖音", text="用户不存在", calls="[]"))
    seen = view(actor, now)
    if wall := misbehaviour(seen, ask):
        return wall
    if Scene.CAPTCHA in seen.scenes:
        return _CAPTCHA
    calls = [f"{MOBILE_POSTS}?sec_uid={sec_uid}&count=21&max_cursor=0&aid=1128"]
    if ask.host == "www.douyin.com":
        common = f"device_platform=webapp&aid=6383&sec_user_id={sec_uid}"
        calls = [
            f"{PROFILE}?{common}&publish_video_strategy_type=2&personal_center_strategy=1",
            f"{POSTS}?{common}&max_cursor=0&count=18&publish_video_strategy_type=2",
        ]
    if Scene.LAYOUT_CHANGED in seen.scenes:
        calls = ["/aweme/v9/unknown/"]
    text = escape(_said(seen))
    title = escape(f"{seen.name}的抖音 - 抖音")
    return as_html(_SHELL.format(title=title, text=text, calls=json.dumps(calls)))


def _said(seen: View) -> str:
    if Scene.BANNED in seen.scenes:
        return "账号已被封禁 由于违反《抖音社区自律公约》，该账号已被封禁"
    if Scene.GONE in seen.scenes:
        return "用户不存在 抱歉，该用户已注销"
    if Scene.LOGIN_WALL in seen.scenes:
        return "登录后免费畅享高清视频 扫码登录"
    if not seen.posts():
        return "暂无内容 该账号还未发布过作品哦～"
    return seen.name


def _xhr(world: World, ask: Ask, now: datetime, path: str) -> Answer:
    sec_uid = ask.query.get("sec_user_id") or ask.query.get("sec_uid", "")
    actor = world.find("douyin", sec_uid)
    if actor is None:
        return as_json({"status_code": 2065, "status_msg": "用户不存在", "user": None})
    seen = view(actor, now)
    if wall := misbehaviour(seen, ask) or _wall(seen, path):
        return wall
    if Scene.WRONG_ACCOUNT in seen.scenes:
        seen = view(world.other(actor), now)
    if path == PROFILE:
        return _profile(seen)
    cursor = ask.query.get("max_cursor", "0")
    return _posts(seen, int(cursor) if cursor.isdigit() else 0, path == MOBILE_POSTS)


def _wall(seen: View, path: str) -> Answer | None:
    if Scene.CAPTCHA in seen.scenes:
        return _ARGUS
    if Scene.LOGIN_WALL in seen.scenes:
        return _SLEEPY
    if seen.scenes & {Scene.GONE, Scene.BANNED} and path != PROFILE:
        # The post list is the same for banned, private and gone: only the profile can tell.
        return as_json({"status_code": 0, "aweme_list": [], "has_more": 0, "max_cursor": 0})
    return None


@lru_cache(maxsize=1024)
def _profile(seen: View) -> Answer:
    return as_json({"status_code": 0, "status_msg": None, "user": face_of(seen)})


def face_of(seen: View) -> dict[str, Any]:
    """The user object, as the profile and the search write it."""
    actor, gone = seen.actor, Scene.GONE in seen.scenes
    uri = f"aweme-avatar/replica_{actor.number:08x}{'b' if Scene.RENAMED in seen.scenes else ''}"
    return {
        "sec_uid": actor.handle,
        "uid": str(99_000_000_000 + actor.number),
        "unique_id": actor.extra.get("unique_id", ""),
        "short_id": "0",
        "nickname": seen.name,
        "signature": actor.bio,
        "avatar_larger": {
            "uri": uri,
            "url_list": [f"https://p3-pc.douyinpic.com/img/{uri}~c5_1080x1080.jpeg?from=replica"],
        },
        "follower_count": 26533,
        "mplatform_followers_count": 31871,
        "aweme_count": 0 if gone else len(seen.posts()),
        "total_favorited": 190233,
        "ip_location": "IP属地：海南",
        "custom_verify": "",
        "enterprise_verify_reason": actor.verified_as,
        "verification_type": 2 if actor.verified_as else 0,
        "is_gov_media_vip": bool(actor.verified_as),
        "is_ban": Scene.BANNED in seen.scenes,
        "is_block": False,
        "is_blocked": False,
        "secret": 0,
        "user_canceled": gone,
    }


@lru_cache(maxsize=2048)
def _posts(seen: View, cursor: int, mobile: bool) -> Answer:
    size = 21 if mobile else 18
    posts = () if Scene.GUEST_HIDES in seen.scenes else seen.posts()
    rest = [p for p in posts if not cursor or _ms(p) < cursor]
    page = rest[:size]
    times = [_ms(p) for p in page if not seen.is_pinned(p)] or [0]
    return as_json(
        {
            "status_code": 0,
            "min_cursor": max(times),
            "max_cursor": min(times),
            "has_more": bool(len(rest) > size) if mobile else int(len(rest) > size),
            "aweme_list": [_work(seen, p, mobile) for p in page],
        }
    )


def _ms(item: Item) -> int:
    return int(item.at.timestamp() * 1000)


def work_id(item: Item) -> str:
    """Its upper half is the second of upload, a little before publication, as on the platform."""
    return str((int(item.at.timestamp()) - 7) << 32 | (1_000_003 * (item.number + 1)) & 0xFFFFFFFF)


def _work(seen: View, item: Item, mobile: bool) -> dict[str, Any]:
    actor = seen.actor
    author = {
        "sec_uid": actor.handle,
        "uid": str(99_000_000_000 + actor.number),
        "nickname": seen.name,
    }
    work: dict[str, Any] = {
        "aweme_id": work_id(item),
        "desc": item.title,
        "aweme_type": 0 if mobile else 4,
        "author": author,
        "is_top": int(seen.is_pinned(item)),
        "images": None,
        "statistics": {
            "aweme_id": work_id(item),
            "digg_count": 66,
            "comment_count": 4,
            "share_count": 2,
            "collect_count": 1,
        },
    }
    if mobile:  # the share page's list has no time
        return work | {"video": {"duration": 15000}, "author_user_id": int(author["uid"])}
    state = {"is_delete": False, "is_prohibited": False, "private_status": 0, "in_reviewing": False}
    return work | {"create_time": int(item.at.timestamp()), "status": state}
