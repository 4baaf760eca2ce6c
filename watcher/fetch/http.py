"""Plain HTTP: one aiohttp connection pool per lane, redirects one by one, bodies under a cap.

httpx's transport interface is used without its client: a client keeps a cookie jar (accounts would
share cookies), follows redirects by itself, inflates without a limit and costs half the time.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp
import httpx
import orjson
from aiohttp.abc import AbstractResolver
from httpx_aiohttp import AiohttpTransport

from watcher.fetch.body import read_body
from watcher.fetch.guard import (
    Refused,
    check_name,
    guarded_socket,
    host_of,
    matches,
    networks,
    split,
)
from watcher.fetch.settings import FetchSettings, Validators
from watcher.model import CollectError, Page, Request, Session, Trouble

REDIRECTS = frozenset({301, 302, 303, 307, 308})
NOBODY = Session()
_FORM = "application/x-www-form-urlencoded"


class Http:
    """The connections of one fetcher."""

    def __init__(
        self,
        settings: FetchSettings,
        now: Callable[[], datetime],
        transport: httpx.AsyncBaseTransport | None = None,
        stamp: Callable[[], Mapping[str, str]] | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self.settings = settings
        self.allow = networks(settings.allow_private)
        self._now, self._stamp, self._resolver = now, stamp, resolver
        self._instead = transport
        self._pools: dict[str, httpx.AsyncBaseTransport] = {}
        self._ssl: ssl.SSLContext | None = None
        limits = settings.connect_timeout, settings.read_timeout, settings.total_timeout
        timeout = dict(zip(("connect", "read", "pool"), limits, strict=True))
        self._extensions = {"timeout": timeout}

    async def ask(
        self,
        request: Request,
        lane: str,
        hosts: frozenset[str],
        session: Session = NOBODY,
        validators: Validators | None = None,
    ) -> Page:
        """The page at the end of the redirects. Raises CollectError."""
        headers, content = self._headers(request, session, validators), _content(request)
        url = with_params(request.url, session.params)
        return await self.fetch(
            request.method, url, headers, content, lane, hosts, follow=request.redirects
        )

    async def fetch(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        content: bytes | None,
        lane: str,
        hosts: frozenset[str],
        *,
        follow: bool = True,
    ) -> Page:
        """As `ask`, with everything spelled out. Raises CollectError; its text has no query."""
        limit = self.settings.total_timeout
        try:
            async with asyncio.timeout(limit):
                return await self._follow(method, url, headers, content, lane, hosts, follow)
        except Refused as error:
            raise CollectError(Trouble.UNREACHABLE, f"refused: {error}") from error
        except TimeoutError as error:
            text = f"{bare(url)}: no whole answer in {limit:g} s"
            raise CollectError(Trouble.UNREACHABLE, text) from error
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as error:
            raise CollectError(Trouble.UNREACHABLE, f"{bare(url)}: {_plain(error)}") from error
        except ValueError as error:  # a header or address that cannot be sent
            raise CollectError(Trouble.UNREADABLE, f"{bare(url)}: {error}") from error

    async def _follow(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        content: bytes | None,
        lane: str,
        hosts: frozenset[str],
        follow: bool,
    ) -> Page:
        host = host_of(url)
        if not matches(host, hosts):
            raise Refused(f"{host or 'this'} is none of the hosts of this reading")
        for _ in range(self.settings.max_redirects + 1):
            page = await self._once(method, url, headers, content, lane)
            target = redirect(page)
            if target is None or not follow:
                return page
            check_redirect(url, target, hosts)
            headers = _next_headers(headers, page, target)
            if page.status == 303 or (page.status in (301, 302) and method == "POST"):
                method, content = "GET", None
                headers.pop("content-type", None)
            url = target
        count = self.settings.max_redirects
        raise CollectError(Trouble.BLOCKED, f"{bare(url)}: more than {count} redirects")

    async def _once(
        self, method: str, url: str, headers: dict[str, str], content: bytes | None, lane: str
    ) -> Page:
        """One request, one answer."""
        wire, base = url, self.origin(urlsplit(url).hostname or "")
        if base is not None:
            parts = urlsplit(url)
            wire = f"{base.rstrip('/')}{parts.path or '/'}" + f"?{parts.query}" * bool(parts.query)
            headers = {**headers, "host": parts.netloc}
        elif self._instead is None:
            host = split(url).hostname or ""
            check_name(host, self.allow)
        if self._stamp is not None:
            headers = {**headers, **self._stamp()}
        asked = httpx.Request(
            method, wire, headers=headers, content=content, extensions=self._extensions
        )
        if base is None and asked.url.host != (urlsplit(url).hostname or ""):
            raise Refused(f"{urlsplit(url).hostname!r} can be read in two ways")
        response = await self._pool(lane, base).handle_async_request(asked)
        try:
            got = {
                name: _joined(name, value, response)
                for name, value in (
                    (n.decode("latin-1").lower(), v) for n, v in response.headers.raw
                )
            }
            body = await read_body(response, got, self.settings.max_body, bare(url))
        finally:
            await response.aclose()
        return Page(url, response.status_code, body, self._now(), got)

    def origin(self, host: str) -> str | None:
        """The base URL that stands in for a host, if any."""
        origins = self.settings.origins
        if not origins:
            return None
        exact = origins.get(host)
        if exact is not None:
            return exact
        return next((base for name, base in origins.items() if matches(host, (name,))), None)

    @property
    def replaced(self) -> bool:
        """Whether another transport stands in for the whole network."""
        return self._instead is not None

    def _pool(self, lane: str, base: str | None) -> httpx.AsyncBaseTransport:
        if self._instead is not None:
            return self._instead
        # Origins have a pool of their own, unguarded: it only ever gets configured addresses.
        key = lane if base is None else ""
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = self._open(key)
        return pool

    def _open(self, lane: str) -> AiohttpTransport:
        if self._ssl is None:
            self._ssl = httpx.create_ssl_context()
        proxy = self.settings.proxies.get(lane) if lane else None
        # A proxied lane connects to its proxy only; the names asked are checked all the same.
        guard = guarded_socket(self.allow) if lane and not proxy else None
        context = self._ssl

        def session() -> aiohttp.ClientSession:
            connector = aiohttp.TCPConnector(
                ssl=context,
                limit=self.settings.max_connections,
                resolver=self._resolver,
                socket_factory=guard,
            )
            return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

        return AiohttpTransport(
            verify=context, client=session, proxy=httpx.Proxy(proxy) if proxy else None
        )

    def _headers(
        self, request: Request, session: Session, validators: Validators | None
    ) -> dict[str, str]:
        settings = self.settings
        headers = {
            "user-agent": settings.mobile_user_agent if request.mobile else settings.user_agent,
            "accept": "*/*",
            "accept-language": "zh-CN,zh;q=0.9",
            "accept-encoding": "gzip, deflate",
        }
        if request.form is not None:
            headers["content-type"] = _FORM
        elif request.json is not None:
            headers["content-type"] = "application/json"
        if validators is not None:
            if validators.etag:
                headers["if-none-match"] = validators.etag
            if validators.last_modified:
                headers["if-modified-since"] = validators.last_modified
        for name, value in request.headers.items():
            headers[name.lower()] = value
        if session.cookies:
            cookies = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
            headers["cookie"] = "; ".join(filter(None, (headers.get("cookie"), cookies)))
        return headers

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()


def redirect(page: Page) -> str | None:
    """Where a page sends us, as a whole address without fragment, or None."""
    location = page.headers.get("location")
    if page.status not in REDIRECTS or not location:
        return None
    return urljoin(page.url, location.strip()).partition("#")[0]


def check_redirect(url: str, target: str, hosts: frozenset[str]) -> None:
    """Raises CollectError BLOCKED where a redirect leaves the hosts of the reading."""
    host = host_of(target)
    if not matches(host, hosts):
        raise CollectError(Trouble.BLOCKED, f"{bare(url)} sends us away to {host or target[:80]}")


def bare(url: str) -> str:
    """An address as it may be logged: without query, fragment and credentials."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(no address)"
    return f"{parts.hostname or ''}{parts.path}"


def with_params(url: str, params: Mapping[str, str]) -> str:
    """The address with these query parameters added."""
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"


def _content(request: Request) -> bytes | None:
    if request.form is not None:
        return urlencode(request.form).encode()
    return None if request.json is None else orjson.dumps(request.json)


def _joined(name: str, value: bytes, response: httpx.Response) -> str:
    """A header's text. Set-Cookie is the one that cannot be joined by commas: one a line."""
    if name != "set-cookie":
        return value.decode("utf-8", "replace")
    return "\n".join(response.headers.get_list("set-cookie"))


def _next_headers(headers: dict[str, str], page: Page, target: str) -> dict[str, str]:
    """The headers for the next hop: no cookies in the clear, new ones kept on the same host."""
    here, there = urlsplit(page.url), urlsplit(target)
    headers = dict(headers)
    if here.scheme == "https" and there.scheme == "http":
        headers.pop("cookie", None)
    elif here.hostname == there.hostname and "set-cookie" in page.headers:
        pairs = dict(
            pair.strip().partition("=")[::2]
            for text in (headers.get("cookie", "").replace("; ", "\n"), page.headers["set-cookie"])
            for pair in (line.partition(";")[0] for line in text.splitlines())
            if "=" in pair
        )
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in pairs.items())
    return headers


def _plain(error: Any) -> str:
    """What went wrong in a few words: the guard's own where it was the guard."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Refused):
            return f"refused: {cause}"
        cause = cause.__cause__
    # httpx-aiohttp calls most failures a timeout: the text is truer than the type.
    return str(error).partition("?")[0][:200] or type(error).__name__
