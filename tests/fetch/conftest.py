"""A real server on loopback that behaves badly on request."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from watcher.fetch import Fetcher, FetchSettings, Reader
from watcher.model import Source

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOST = "site.test"
HOSTS = frozenset({HOST, "*.site.test"})


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Site:
    """The server: its address, and every request it saw."""

    def __init__(self) -> None:
        self.base = ""
        self.seen: list[web.Request] = []
        self.cookie_rounds = 0

    @property
    def paths(self) -> list[str]:
        return [request.path_qs for request in self.seen]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        handler = getattr(self, "on_" + request.path.strip("/").split("/")[0], None)
        if handler is None:
            return web.Response(text=f"hello {request.path_qs}", headers={"X-Host": request.host})
        answer = await handler(request)
        assert isinstance(answer, web.StreamResponse)
        return answer

    async def on_bomb(self, request: web.Request) -> web.StreamResponse:
        """A hundred megabytes of zeroes in a hundred kilobytes."""
        return web.Response(body=gzip.compress(bytes(100 << 20), 9), headers=_packed("gzip"))

    async def on_packed(self, request: web.Request) -> web.StreamResponse:
        raw = b"packed " * 100
        how = request.path.split("/")[-1]
        raw_deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        body = {
            "gzip": gzip.compress(raw),
            "twice": gzip.compress(raw) + gzip.compress(raw),
            "deflate": zlib.compress(raw),
            "bare": raw_deflate.compress(raw) + raw_deflate.flush(),
            "cut": gzip.compress(raw)[:-12],
            "lie": raw,
            "br": raw,
        }[how]
        name = {"deflate": "deflate", "bare": "deflate", "br": "br"}.get(how, "gzip")
        return web.Response(body=body, headers=_packed(name))

    async def on_huge(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(1 << 16))
        except OSError:
            return response

    async def on_slow(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(200):
                await response.write(b".")
                await asyncio.sleep(0.05)
        except OSError:
            pass
        return response

    async def on_drop(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def on_loop(self, request: web.Request) -> web.StreamResponse:
        return _to(f"/loop?{len(self.seen)}")

    async def on_to(self, request: web.Request) -> web.StreamResponse:
        return _to(request.query["url"], int(request.query.get("status", "302")))

    async def on_cookiewall(self, request: web.Request) -> web.StreamResponse:
        if request.cookies.get("seen") == "yes":
            return web.Response(text="inside")
        response = _to("/cookiewall")
        response.set_cookie("seen", "yes")
        response.set_cookie("other", "1", path="/")
        return response

    async def on_busy(self, request: web.Request) -> web.StreamResponse:
        status = int(request.query.get("status", "429"))
        headers = {"Retry-After": request.query["wait"]} if "wait" in request.query else {}
        return web.Response(status=status, headers=headers)

    async def on_etag(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("If-None-Match") == '"v1"':
            return web.Response(status=304)
        return web.Response(text="new", headers={"ETag": '"v1"', "Last-Modified": "then"})

    async def on_echo(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(
            {
                "method": request.method,
                "body": (await request.read()).decode(),
                "headers": {name.lower(): value for name, value in request.headers.items()},
            }
        )


def _packed(encoding: str) -> dict[str, str]:
    return {"Content-Encoding": encoding, "Content-Type": "text/html"}


def _to(url: str, status: int = 302) -> web.Response:
    return web.Response(status=status, headers={"Location": url})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site_class() -> type[Site]:
    """A test file's own server, where it has one."""
    return Site


@pytest.fixture
async def site(site_class: type[Site]) -> AsyncIterator[Site]:
    here = site_class()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", here.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    here.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield here
    await runner.cleanup()


Make = Callable[..., Fetcher]


@pytest.fixture
async def make(site: Site, clock: Clock) -> AsyncIterator[Make]:
    """Fetchers for which site.test and its subdomains are that server."""
    made: list[Fetcher] = []

    def fetcher(**settings: object) -> Fetcher:
        extra = {key: settings.pop(key) for key in ("resolver", "stamp") if key in settings}
        base = {"origins": {HOST: site.base, "*.site.test": site.base}, **settings}
        made.append(Fetcher(FetchSettings(**base), clock, **extra))  # type: ignore[arg-type]
        return made[-1]

    yield fetcher
    for one in made:
        await one.aclose()


def reader(fetcher: Fetcher, **more: object) -> Reader:
    given = {"collector": "c", "platform": "p", "hosts": HOSTS, "source": Source("c", "1"), **more}
    return fetcher.reader(**given)  # type: ignore[arg-type]
