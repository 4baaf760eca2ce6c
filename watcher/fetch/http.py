"""Plain HTTP: one aiohttp connection pool per lane, redirects one by one, bodies under a cap.

httpx's transport interface is used without its client: a client keeps a cookie jar (accounts would
share cookies), follows redirects by itself, inflates without a limit and costs half the time.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

import aiohttp
import httpx
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
from watcher.fetch.names import is_question, question, resolve
from watcher.fetch.settings import FetchSettings, Validators
from watcher.fetch.wire import (
    bare,
    check_redirect,
    content_of,
    headers_for,
    next_headers,
    plain_headers,
    redirect,
    why,
    with_params,
)
from watcher.model import CollectError, Page, Request, Session, Trouble

NOBODY = Session()
_address = lru_cache(maxsize=4096)(httpx.URL)  # the same pages are asked for again and again


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
        if is_question(request.url):
            return await self.look_up(request.url, lane, hosts)
        headers = headers_for(request, session, validators, self.settings)
        content = content_of(request)
        url = with_params(request.url, session.params)
        return await self.fetch(
            request.method, url, headers, content, lane, hosts, follow=request.redirects
        )

    async def look_up(self, url: str, lane: str, hosts: frozenset[str]) -> Page:
        """What the name service says to an address such as dns://app.example.cn/AAAA.

        Whoever stands in for the host answers for it too, under /dns-query. Raises CollectError.
        """
        try:
            host, kind = question(url, self.allow)
            if not matches(host, hosts):
                raise Refused(f"{host} is none of the hosts of this reading")
            if self.replaced or self.origin(host) is not None:
                return await self._stand_in(url, f"https://{host}/dns-query?type={kind}", lane)
            async with asyncio.timeout(self.settings.connect_timeout):
                body = await resolve(host, kind, self._resolver)
        except Refused as error:
            raise CollectError(Trouble.UNREACHABLE, f"refused: {error}") from error
        except TimeoutError as error:
            raise CollectError(Trouble.UNREACHABLE, f"{host}: the name service hangs") from error
        return Page(url, 200, body, self._now(), {"content-type": "application/json"})

    async def _stand_in(self, url: str, instead: str, lane: str) -> Page:
        page = await self.fetch("GET", instead, {}, None, lane, frozenset({host_of(instead)}))
        if page.status != 200:
            raise CollectError(Trouble.UNREACHABLE, f"{bare(instead)}: {page.status}")
        return replace(page, url=url)

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
            raise CollectError(Trouble.UNREACHABLE, f"{bare(url)}: {why(error)}") from error
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
            headers = next_headers(headers, page, target)
            if page.status == 303 or (page.status in (301, 302) and method == "POST"):
                method, content = "GET", None
                headers.pop("content-type", None)
            url = target
        count = self.settings.max_redirects
        raise CollectError(Trouble.BLOCKED, f"{bare(url)}: more than {count} redirects")

    async def _once(
        self, method: str, url: str, headers: dict[str, str], content: bytes | None, lane: str
    ) -> Page:
        """One request, one answer. An address that two libraries read differently is refused."""
        parts = urlsplit(url)
        host, wire = parts.hostname or "", url
        base = self.origin(host)
        if base is not None:
            query = f"?{parts.query}" if parts.query else ""
            wire = f"{base.rstrip('/')}{parts.path or '/'}{query}"
            headers = {**headers, "host": parts.netloc}
        elif self._instead is None:
            split(url)
            check_name(host, self.allow)
        if self._stamp is not None:
            headers = {**headers, **self._stamp()}
        asked = httpx.Request(
            method, _address(wire), headers=headers, content=content, extensions=self._extensions
        )
        asked.headers.encoding = (
            "ascii"  # nothing else got past; guessing it costs more than asking
        )
        if base is None and host not in (asked.url.host, asked.url.raw_host.decode()):
            raise Refused(f"{host!r} can be read in two ways")
        response = await self._pool(lane, base).handle_async_request(asked)
        try:
            got = plain_headers(response)
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

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()
