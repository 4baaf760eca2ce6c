"""The replica without a socket: an httpx transport that answers in the same process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime

import httpx

from watcher.replica.app import NOW_HEADER, moment_of
from watcher.replica.core import answer
from watcher.replica.web import HUGE_BODY, Answer, Ask, Stream
from watcher.replica.world import World


class _Huge(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(HUGE_BODY >> 16):
            yield bytes(1 << 16)


class ReplicaTransport(httpx.AsyncBaseTransport):
    """Answers from the world; a slow or hanging answer is a read timeout at once.

    The moment is the request's X-Simulated-Now, or what `now` says.
    """

    def __init__(self, world: World, now: Callable[[], datetime]) -> None:
        self._world, self._now = world, now

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        moment = moment_of(request.headers.get(NOW_HEADER), self._now)
        ask = Ask(
            request.method,
            (request.headers.get("host") or request.url.host).partition(":")[0],
            request.url.path,
            dict(request.url.params.multi_items()) if request.url.query else {},
            dict(request.headers.items()),
            await request.aread(),
        )
        return _response(answer(self._world, ask, moment), request)


def _response(said: Answer, request: httpx.Request) -> httpx.Response:
    headers = list(said.headers)
    if said.stream in (Stream.SLOW, Stream.HANG):
        raise httpx.ReadTimeout("the replica is slow", request=request)
    if said.stream is Stream.HUGE:
        return httpx.Response(said.status, headers=headers, stream=_Huge(), request=request)
    stream = httpx.ByteStream(said.body)  # not `content`: encoded bodies are decoded on reading
    return httpx.Response(said.status, headers=headers, stream=stream, request=request)
