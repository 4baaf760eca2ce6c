"""Receivers on loopback that answer as the robots of WeCom, DingTalk and Feishu do, a gateway of
text messages in 云片's shape, and a webhook.

They check what the real ones check of the wire format: keys, lengths, signatures recomputed and
not older than an hour, pictures by their MD5, how often. They keep what arrived.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MINUTE = timedelta(minutes=1)
Refusal = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message as a receiver got it; `picture` is the bytes of one that came by itself."""

    channel: str
    title: str
    text: str
    picture: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Came:
    """One request: its query, its body as it was and as JSON, and the key it was sent with."""

    query: Mapping[str, str]
    raw: bytes
    key: str = ""

    @property
    def json(self) -> Mapping[str, Any]:
        try:
            value = json.loads(self.raw)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def part(self, name: str) -> Mapping[str, Any]:
        found = self.json.get(name)
        return found if isinstance(found, dict) else {}


@dataclass(slots=True)
class Strictness:
    """What the receivers hold senders to. `secret` signs; without `now` no clock is looked at."""

    secret: str = ""
    now: Callable[[], datetime] | None = None
    posts: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def too_often(self, robot: str, most: int, within: timedelta = MINUTE) -> bool:
        """Whether this post is one too many. Every post counts, refused or not."""
        if self.now is None:
            return False
        now = self.now()
        self.posts[robot] = recent = [at for at in self.posts[robot] if now - at < MINUTE]
        recent.append(now)
        return sum(now - at < within for at in recent) > most

    def fresh(self, stamp: str, unit: int) -> bool:
        """Whether a time stamp (in `unit`ths of a second) is of this hour."""
        if not stamp.isdigit():
            return False
        return self.now is None or abs(self.now().timestamp() - int(stamp) / unit) <= 3600


_Reader = Callable[[Came, Strictness], "Arrived | Refusal"]


def receivers(
    on_arrival: Callable[[Arrived], None], strictness: Strictness | None = None
) -> Starlette:
    """The app. A body that the real robot would refuse gets the real robot's refusal."""
    strict = strictness or Strictness()

    def route(path: str, read: _Reader, welcome: Mapping[str, Any]) -> Route:
        async def answer(request: Request) -> Response:
            key = request.path_params.get("token", "")
            came = read(Came(request.query_params, await request.body(), key), strict)
            if isinstance(came, dict):
                return JSONResponse(came, came.pop("http", 200))
            on_arrival(came)
            return JSONResponse(welcome)

        return Route(path, answer, methods=["POST"])

    ok = {"errcode": 0, "errmsg": "ok"}
    sent = {"code": 0, "msg": "发送成功", "count": 1, "fee": 0.05, "unit": "RMB", "sid": 3310228064}
    return Starlette(
        routes=[
            route("/cgi-bin/webhook/send", _wecom, ok),
            route("/robot/send", _dingtalk, ok),
            route(
                "/open-apis/bot/v2/hook/{token}",
                _feishu,
                {"code": 0, "msg": "success", "data": {}},
            ),
            route("/v2/sms/single_send.json", _sms, sent),
            route("/hook", _webhook, {"ok": True}),
        ]
    )


def _wecom(came: Came, strict: Strictness) -> Arrived | Refusal:
    key, kind = came.query.get("key", ""), came.json.get("msgtype")
    if not key:
        return {"errcode": 93000, "errmsg": "invalid webhook url"}
    if strict.too_often(f"wecom {key}", 20):
        return {"errcode": 45009, "errmsg": "api freq out of limit"}
    if kind == "image":
        return _wecom_picture(came)
    content = came.part("markdown").get("content")
    if kind != "markdown" or not isinstance(content, str):
        return {"errcode": 40008, "errmsg": "invalid message type"}
    if not content:
        return {"errcode": 44004, "errmsg": "empty content"}
    if len(content.encode()) > 4096:
        return {"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"}
    title, _, text = content.partition("\n")
    return Arrived("企业微信", title.strip("*"), text)


def _wecom_picture(came: Came) -> Arrived | Refusal:
    image = came.part("image")
    try:
        picture = base64.b64decode(str(image.get("base64")), validate=True)
    except ValueError:
        return {"errcode": 40009, "errmsg": "invalid image"}
    if not 5 < len(picture) <= 2 << 20 or not picture.startswith((b"\x89PNG", b"\xff\xd8")):
        return {"errcode": 40009, "errmsg": "invalid image size"}
    if hashlib.md5(picture, usedforsecurity=False).hexdigest() != image.get("md5"):
        return {"errcode": 301019, "errmsg": "media md5 not match"}
    return Arrived("企业微信", "", "", picture)


def _dingtalk(came: Came, strict: Strictness) -> Arrived | Refusal:
    query, said = came.query, came.part("markdown")
    if not query.get("access_token"):
        return {"errcode": 300005, "errmsg": "token is not exist"}
    stamp = query.get("timestamp", "")
    if strict.secret and query.get("sign") != _sign(strict.secret, f"{stamp}\n{strict.secret}"):
        return {"errcode": 310000, "errmsg": "sign not match"}
    if strict.secret and not strict.fresh(stamp, 1000):
        return {"errcode": 310000, "errmsg": "invalid timestamp"}
    if strict.too_often(f"dingtalk {query['access_token']}", 20):
        return {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
    if came.json.get("msgtype") != "markdown" or not said.get("title") or not said.get("text"):
        return {"errcode": 400105, "errmsg": "unsupported msgtype"}
    if len(came.raw) > 20000:
        return {"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"}
    return Arrived("钉钉", said["title"], said["text"])


def _feishu(came: Came, strict: Strictness) -> Arrived | Refusal:
    body, text = came.json, came.part("content").get("text")
    if strict.too_often(f"feishu {came.key}", 100) or strict.too_often(
        f"feishu second {came.key}", 5, timedelta(seconds=1)
    ):
        return {"code": 11232, "msg": "frequency limited psm[lark.oapi.app_platform_runtime]"}
    if len(came.raw) > 20 << 10:
        return {"code": 9499, "msg": "Bad Request: body over 20 KB"}
    stamp = str(body.get("timestamp", ""))
    if strict.secret and body.get("sign") != _sign(f"{stamp}\n{strict.secret}", ""):
        return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}
    if strict.secret and not strict.fresh(stamp, 1):
        return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}
    if body.get("msg_type") != "text" or not isinstance(text, str) or not text:
        return {"code": 9499, "msg": "Bad Request"}
    title, _, rest = text.partition("\n")
    return Arrived("飞书", title, rest)


def _sms(came: Came, strict: Strictness) -> Arrived | Refusal:
    """The gateway reads a form and refuses with HTTP 400."""
    form = {name: values[0] for name, values in parse_qs(came.raw.decode()).items()}
    text, number = form.get("text", ""), form.get("mobile", "")
    if not form.get("apikey"):
        return {"http": 400, "code": -1, "msg": "非法的apikey"}
    if not number.removeprefix("+").isdigit() or not text:
        return {"http": 400, "code": 2, "msg": "请求参数格式错误", "detail": f"mobile {number}"}
    head, closed, rest = text[1:].partition("】")
    if text[0] != "【" or not closed or not 2 <= len(head) <= 20 or set(rest) & set("【】"):
        return {"http": 400, "code": 16, "msg": "签名格式不正确"}
    if strict.too_often(f"sms {number} {text}", 1, MINUTE / 2):
        return {"http": 400, "code": 8, "msg": "同一手机号30秒内重复提交相同的内容"}
    return Arrived("短信", head, rest)


def _webhook(came: Came, strict: Strictness) -> Arrived | Refusal:
    return Arrived("Webhook", str(came.json.get("title", "")), str(came.json.get("body", "")))


def _sign(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()
