"""Real receivers on loopback: an HTTP server that answers as told, and keeps what it got."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(slots=True)
class Received:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Receiver:
    """`answers` are given in turn, the last one for ever: (status, JSON or text, headers)."""

    url: str = ""
    answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    hangs: bool = False
    drips: bool = False
    got: list[Received] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def answer(self, status: int, body: Any, **headers: str) -> None:
        self.answers = [(status, body, headers)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.got.append(
            Received(request.path, dict(request.query), dict(request.headers), await request.read())
        )
        if self.hangs:
            await self.done.wait()
        if self.drips:
            return await self._drip(request)
        status, body, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, headers=named)

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while not self.done.is_set():
                await response.write(b" ")
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        return response


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    made.answer(200, {"errcode": 0, "errmsg": "ok"})
    app = web.Application()
    app.router.add_post("/{path:.*}", made.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    made.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    try:
        yield made
    finally:
        made.done.set()
        await runner.cleanup()
