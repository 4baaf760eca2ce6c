"""One page opened in the browser: what it may ask, what we want of it, when it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Response, Route
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page as Tab
from playwright.async_api import Request as Asked
from playwright.async_api import TimeoutError as PlaywrightTimeout

from watcher.fetch.guard import host_of, matches
from watcher.fetch.http import Http
from watcher.fetch.wire import bare
from watcher.model import CollectError, Page, Request, Session, Trouble

_HEAVY = frozenset({"image", "media", "font"})
_PACKING = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection"})
_ANYWHERE = frozenset({"*"})
SHOT = "image/png"  # the kind of page that a picture of the whole page is kept as
_SHOT_TIME = 15_000.0  # ms for it


class Visit:
    """Opens one address in a context. Use once."""

    def __init__(
        self,
        http: Http,
        request: Request,
        lane: str,
        hosts: frozenset[str],
        session: Session,
        now: Callable[[], datetime],
        evidence: bool,
    ) -> None:
        self.request, self.lane = request, lane
        self._http, self._hosts, self._session = http, hosts, session
        self._now, self._evidence = now, evidence
        self._missing = set(request.capture)
        self._seen: list[Page | None] = []
        self._taking: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()  # all captured, or it went wrong
        self._error: CollectError | None = None

    async def run(self, context: BrowserContext) -> Page:
        """The page when everything wanted was answered, the network is quiet or time is up.

        Raises CollectError and PlaywrightError."""
        if self._session.cookies:
            await context.add_cookies(
                [
                    {"name": name, "value": value, "url": self.request.url}
                    for name, value in self._session.cookies.items()
                ]
            )
        tab = await context.new_page()
        try:
            tab.on("request", self._watch)
            tab.on("response", self._catch)
            tab.on("popup", self._shut)
            await tab.route("**/*", self._route)
            return await self._open(tab)
        finally:
            await self._settle()
            await tab.close()

    async def _open(self, tab: Tab) -> Page:
        deadline = asyncio.get_running_loop().time() + self._http.settings.page_timeout
        status = await self._go(tab)
        left = max(0.1, deadline - asyncio.get_running_loop().time())
        await self._wait(tab, left)
        if self._taking:
            await asyncio.wait(self._taking, timeout=left)
        if self._error is not None:
            raise self._error
        body = (await tab.content()).encode()
        if len(body) > self._http.settings.max_body:
            raise CollectError(Trouble.UNREADABLE, f"{bare(tab.url)}: the page is too large")
        headers = {"content-type": "text/html; charset=utf-8"}
        captured = tuple(page for page in self._seen if page is not None)
        if self._evidence:
            captured = (*captured, await self._shot(tab, status))
        return Page(tab.url, status, body, self._now(), headers, captured)

    async def _shot(self, tab: Tab, status: int) -> Page:
        """A picture of the whole page; of what a screen shows where the whole is too large.

        Raises CollectError and PlaywrightError."""
        await tab.evaluate("() => document.fonts.ready.then(() => 0)")
        for whole in (True, False):
            try:
                body = await tab.screenshot(
                    full_page=whole, type="png", animations="disabled", timeout=_SHOT_TIME
                )
            except PlaywrightError:
                if not whole:
                    raise
                continue
            if len(body) <= self._http.settings.max_body:
                kind = {"content-type": SHOT, "x-whole-page": str(whole).lower()}
                return Page(tab.url, status, body, self._now(), kind)
        raise CollectError(Trouble.UNREADABLE, f"{bare(tab.url)}: the picture is too large")

    async def _go(self, tab: Tab) -> int:
        """Open the address; the status of the answer. Raises CollectError, PlaywrightError."""
        limit = self._http.settings.page_timeout * 1000
        try:
            answer = await tab.goto(self.request.url, wait_until="domcontentloaded", timeout=limit)
        except PlaywrightTimeout as error:
            if self._seen and self._error is None:
                return 200
            text = f"{bare(self.request.url)}: the page does not load in {limit / 1000:g} s"
            raise self._error or CollectError(Trouble.UNREACHABLE, text) from error
        except PlaywrightError:
            if self._error is not None:
                raise self._error from None
            raise
        return answer.status if answer is not None else 200

    async def _wait(self, tab: Tab, left: float) -> None:
        quiet = asyncio.create_task(tab.wait_for_load_state("networkidle", timeout=left * 1000))
        over = asyncio.create_task(self._over.wait())
        if self.request.capture and not self._missing and not self._evidence:
            self._over.set()
        await asyncio.wait({quiet, over}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        for task in (quiet, over):
            task.cancel()
        await asyncio.gather(quiet, over, return_exceptions=True)

    async def _settle(self) -> None:
        for task in self._taking:
            task.cancel()
        await asyncio.gather(*self._taking, return_exceptions=True)

    def _fail(self, error: CollectError) -> None:
        self._error = self._error or error
        self._over.set()

    def _watch(self, asked: Asked) -> None:
        """Every hop of the page itself, redirects too, stays inside the hosts."""
        host = urlsplit(asked.url).hostname or ""
        if _is_page(asked) and asked.url.startswith("http") and not matches(host, self._hosts):
            text = f"{bare(self.request.url)} sends us away to {host}"
            self._fail(CollectError(Trouble.BLOCKED, text))

    async def _route(self, route: Route) -> None:
        try:
            asked = route.request
            self._watch(asked)
            away = self._error is not None and _is_page(asked)
            if away or (asked.resource_type in _HEAVY and not self._evidence):
                await route.abort("blockedbyclient")
            elif self._stands_in(asked.url):
                await self._fulfil(route)
            else:
                await route.continue_()
        except PlaywrightError:  # the page was closed under us
            return

    def _stands_in(self, url: str) -> bool:
        host = host_of(url)
        return self._http.replaced or self._http.origin(host) is not None

    async def _fulfil(self, route: Route) -> None:
        """Answer with what the stand-in of this host says."""
        asked, page = route.request, _is_page(route.request)
        headers = {name: value for name, value in asked.headers.items() if name[0] != ":"}
        headers["accept-encoding"] = "gzip, deflate"
        cookies = await asked.frame.page.context.cookies(asked.url)
        if cookies:
            headers["cookie"] = "; ".join(f"{c.get('name')}={c.get('value')}" for c in cookies)
        hosts = self._hosts if page else _ANYWHERE
        try:
            got = await self._http.fetch(
                asked.method, asked.url, headers, asked.post_data_buffer, self.lane, hosts
            )
        except CollectError as error:
            if page:
                self._fail(error)
            await route.abort("failed")
            return
        kept = {name: value for name, value in got.headers.items() if name not in _PACKING}
        await route.fulfill(status=got.status, headers=kept, body=got.body)

    def _catch(self, response: Response) -> None:
        parts = urlsplit(response.url)
        wanted = [path for path in self.request.capture if path in parts.path]
        # As evidence the page's own pictures count, and they lie on hosts of their own.
        picture = self._evidence and response.request.resource_type == "image"
        here = picture or matches(parts.hostname or "", self._hosts)
        if not wanted or not here or response.request.method == "OPTIONS":
            return
        if 300 <= response.status < 400:  # no body; the next hop is the answer
            return
        self._seen.append(None)
        task = asyncio.create_task(self._take(response, len(self._seen) - 1, wanted))
        self._taking.add(task)

    async def _take(self, response: Response, place: int, wanted: list[str]) -> None:
        try:
            body = await response.body()
        except PlaywrightError:  # the page went on without it
            return
        if len(body) > self._http.settings.max_body:
            text = f"{bare(response.url)}: the answer is too large"
            self._fail(CollectError(Trouble.UNREADABLE, text))
            return
        headers = {name: value for name, value in response.headers.items() if name not in _PACKING}
        self._seen[place] = Page(response.url, response.status, body, self._now(), headers)
        self._missing.difference_update(wanted)
        if not self._missing and not self._evidence:  # a picture waits until all is drawn
            self._over.set()

    def _shut(self, tab: Tab) -> None:
        self._taking.add(asyncio.create_task(_closed(tab)))


async def _closed(tab: Tab) -> None:
    try:
        await tab.close()
    except PlaywrightError:
        return


def _is_page(asked: Asked) -> bool:
    """Whether this is the page itself and not something inside it."""
    if not asked.is_navigation_request():
        return False
    try:
        return asked.frame.parent_frame is None
    except PlaywrightError:  # no frame yet: a page that is being opened
        return True
