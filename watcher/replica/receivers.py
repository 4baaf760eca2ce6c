"""Receivers on loopback that answer as the robots of WeCom, DingTalk and Feishu do, and a webhook.

They check what the real ones check of the wire format, and keep what arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


_Reader = Callable[[Mapping[str, str], Mapping[str, Any]], "Arrived | dict[str, Any]"]


def receivers(on_arrival: Callable[[Arrived], None]) -> Starlette:
    """The app. A body that the real robot would refuse gets the real robot's refusal."""

    def endpoint(read: _Reader, welcome: Mapping[str, Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            came = read(request.query_params, await _json(request))
            if isinstance(came, dict):
                return JSONResponse(came)
            on_arrival(came)
            return JSONResponse(welcome)

        return answer

    ok = {"errcode": 0, "errmsg": "ok"}
    return Starlette(
        routes=[
            Route("/cgi-bin/webhook/send", endpoint(_wecom, ok), methods=["POST"]),
            Route("/robot/send", endpoint(_dingtalk, ok), methods=["POST"]),
            Route(
                "/open-apis/bot/v2/hook/{token}",
                endpoint(_feishu, {"code": 0, "msg": "success", "data": {}}),
                methods=["POST"],
            ),
            Route("/hook", endpoint(_webhook, {"ok": True}), methods=["POST"]),
        ]
    )


def _wecom(query: Mapping[str, str], body: Mapping[str, Any]) -> Arrived | dict[str, Any]:
    content = body.get("markdown", {}).get("content")
    if not query.get("key"):
        return {"errcode": 93000, "errmsg": "invalid webhook url"}
    if body.get("msgtype") != "markdown" or not isinstance(content, str):
        return {"errcode": 40008, "errmsg": "invalid message type"}
    if len(content.encode()) > 4096:
        return {"errcode": 45002, "errmsg": "content size out of limit"}
    title, _, text = content.partition("\n")
    return Arrived("企业微信", title.strip("*"), text)


def _dingtalk(query: Mapping[str, str], body: Mapping[str, Any]) -> Arrived | dict[str, Any]:
    said = body.get("markdown", {})
    if not {"access_token", "timestamp", "sign"} <= set(query):
        return {"errcode": 310000, "errmsg": "sign not match"}
    if body.get("msgtype") != "markdown" or not said.get("title") or not said.get("text"):
        return {"errcode": 400, "errmsg": "bad message"}
    return Arrived("钉钉", said["title"], said["text"])


def _feishu(query: Mapping[str, str], body: Mapping[str, Any]) -> Arrived | dict[str, Any]:
    text = body.get("content", {}).get("text")
    if body.get("msg_type") != "text" or not isinstance(text, str):
        return {"code": 9499, "msg": "Bad Request"}
    title, _, rest = text.partition("\n")
    return Arrived("飞书", title, rest)


def _webhook(query: Mapping[str, str], body: Mapping[str, Any]) -> Arrived | dict[str, Any]:
    return Arrived("Webhook", str(body.get("title", "")), str(body.get("body", "")))


async def _json(request: Request) -> dict[str, Any]:
    try:
        value = await request.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
