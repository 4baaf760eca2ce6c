"""Receivers on loopback that answer as the robots of WeCom, DingTalk and Feishu do, and a webhook.

They check what the real ones check of the wire format, and keep what arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message as a receiver got it."""

    channel: str
    title: str
    text: str


def receivers(on_arrival: Callable[[Arrived], None]) -> Starlette:
    """The app. A body that the real robot would refuse gets the real robot's refusal."""

    async def wecom(request: Request) -> Response:
        body = await _json(request)
        content = body.get("markdown", {}).get("content")
        if not request.query_params.get("key"):
            return JSONResponse({"errcode": 93000, "errmsg": "invalid webhook url"})
        if body.get("msgtype") != "markdown" or not isinstance(content, str):
            return JSONResponse({"errcode": 40008, "errmsg": "invalid message type"})
        if len(content.encode()) > 4096:
            return JSONResponse({"errcode": 45002, "errmsg": "content size out of limit"})
        title, _, text = content.partition("\n")
        on_arrival(Arrived("企业微信", title.strip("*"), text))
        return JSONResponse({"errcode": 0, "errmsg": "ok"})

    async def dingtalk(request: Request) -> Response:
        body = await _json(request)
        said = body.get("markdown", {})
        if not {"access_token", "timestamp", "sign"} <= set(request.query_params):
            return JSONResponse({"errcode": 310000, "errmsg": "sign not match"})
        if body.get("msgtype") != "markdown" or not said.get("title") or not said.get("text"):
            return JSONResponse({"errcode": 400, "errmsg": "bad message"})
        on_arrival(Arrived("钉钉", said["title"], said["text"]))
        return JSONResponse({"errcode": 0, "errmsg": "ok"})

    async def feishu(request: Request) -> Response:
        body = await _json(request)
        text = body.get("content", {}).get("text")
        if body.get("msg_type") != "text" or not isinstance(text, str):
            return JSONResponse({"code": 9499, "msg": "Bad Request"})
        title, _, rest = text.partition("\n")
        on_arrival(Arrived("飞书", title, rest))
        return JSONResponse({"code": 0, "msg": "success", "data": {}})

    async def webhook(request: Request) -> Response:
        body = await _json(request)
        on_arrival(Arrived("Webhook", str(body.get("title", "")), str(body.get("body", ""))))
        return JSONResponse({"ok": True})

    return Starlette(
        routes=[
            Route("/cgi-bin/webhook/send", wecom, methods=["POST"]),
            Route("/robot/send", dingtalk, methods=["POST"]),
            Route("/open-apis/bot/v2/hook/{token}", feishu, methods=["POST"]),
            Route("/hook", webhook, methods=["POST"]),
        ]
    )


async def _json(request: Request) -> dict[str, Any]:
    try:
        value = await request.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
