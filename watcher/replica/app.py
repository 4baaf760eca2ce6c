"""The replica as a web server on loopback: any host by its Host header, any moment by a header."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from watcher.replica.core import answer
from watcher.replica.web import HUGE_BODY, Answer, Ask, Stream
from watcher.replica.world import World

NOW_HEADER = "x-simulated-now"
METHODS = ["GET", "POST", "HEAD", "OPTIONS"]


def application(world: World, now: Callable[[], datetime]) -> Starlette:
    """The app. `now` is asked where a request does not say its own moment."""

    async def reply(request: Request) -> Response:
        try:
            moment = moment_of(request.headers.get(NOW_HEADER), now)
        except ValueError as error:
            return PlainTextResponse(f"{NOW_HEADER}: {error}", 400)
        return _response(answer(world, await _ask(request), moment))

    return Starlette(routes=[Route("/{path:path}", reply, methods=METHODS)])


def moment_of(header: str | None, now: Callable[[], datetime]) -> datetime:
    """The header's moment, or now. Raises ValueError where it is no ISO time with a zone."""
    if header is None:
        return now()
    moment = datetime.fromisoformat(header)
    if moment.tzinfo is None:
        raise ValueError(f"{header!r} names no zone")
    return moment


async def _ask(request: Request) -> Ask:
    return Ask(
        request.method,
        request.headers.get("host", "").partition(":")[0].lower(),
        request.url.path,
        dict(parse_qsl(request.url.query, keep_blank_values=True)),
        {name.lower(): value for name, value in request.headers.items()},
        await request.body(),
    )


def _response(said: Answer) -> Response:
    response: Response
    if said.stream is not None:
        response = StreamingResponse(_stream(said.stream), said.status)
    else:
        response = Response(said.body, said.status)
    response.raw_headers.extend((k.encode(), v.encode()) for k, v in said.headers)
    return response


async def _stream(kind: Stream) -> AsyncIterator[bytes]:
    if kind is Stream.HUGE:
        for _ in range(HUGE_BODY >> 16):
            yield bytes(1 << 16)
        return
    while True:  # the client gives up first, or the server is stopped
        await asyncio.sleep(1 if kind is Stream.SLOW else 3600)
        yield b" "


@asynccontextmanager
async def serve(world: World, port: int, now: Callable[[], datetime]) -> AsyncIterator[str]:
    """Serve on 127.0.0.1 while the block runs; port 0 takes a free one. Yields the base URL.

    Raises OSError where the port is taken.
    """
    config = uvicorn.Config(
        application(world, now),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server, listener = uvicorn.Server(config), config.bind_socket()
    # Not serve(): that would take the signals away from the process it runs in.
    task = asyncio.create_task(server._serve([listener]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()
