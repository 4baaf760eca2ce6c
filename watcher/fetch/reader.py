"""The fetcher, and the reader it makes for one reading of one account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
from aiohttp.abc import AbstractResolver

from watcher.fetch.body import retry_after
from watcher.fetch.http import NOBODY, Http
from watcher.fetch.session import Sessions
from watcher.fetch.settings import FetchSettings, Validators
from watcher.fetch.wire import bare
from watcher.model import (
    CollectError,
    Handshake,
    Page,
    PageRef,
    Request,
    Session,
    Source,
    Trouble,
)

if TYPE_CHECKING:
    from watcher.fetch.browser import Browser

KEPT = 4 << 20  # bytes of one reading's pages that are kept in case they prove something
PRIVATE = 1 << 20  # bytes of a page that a credential opened, looked at for an avatar


class Fetcher:
    """Connections, sessions and the browser of one process. Close it with `aclose`.

    `transport` stands in for the whole network; `stamp` gives headers that go with every request;
    `resolver` replaces the system's name resolution.
    """

    def __init__(
        self,
        settings: FetchSettings,
        now: Callable[[], datetime],
        transport: httpx.AsyncBaseTransport | None = None,
        stamp: Callable[[], Mapping[str, str]] | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self.http = Http(settings, now, transport, stamp, resolver)
        self.sessions = Sessions(now)
        self._now = now
        self._browser: Browser | None = None

    @property
    def browser(self) -> Browser:
        """Made when first wanted: most readings need none, and loading Playwright takes long."""
        if self._browser is None:
            from watcher.fetch.browser import Browser

            self._browser = Browser(self.http, self._now)
        return self._browser

    def reader(
        self,
        *,
        collector: str,
        platform: str,
        hosts: frozenset[str],
        source: Source,
        handshake: Handshake | None = None,
        validators: Mapping[str, Validators] | None = None,
        evidence: bool = False,
    ) -> Reader:
        """A Fetch for one reading. `evidence` lets the browser load pictures and fonts too."""
        return Reader(
            self, collector, platform, hosts, source, handshake, validators or {}, evidence
        )

    async def aclose(self) -> None:
        """Close everything. The fetcher is of no use afterwards."""
        await self.sessions.aclose()
        if self._browser is not None:
            await self._browser.aclose()
        await self.http.aclose()


class Reader:
    """One reading. Remembers what it read and which validators it was given."""

    def __init__(
        self,
        fetcher: Fetcher,
        collector: str,
        platform: str,
        hosts: frozenset[str],
        source: Source,
        handshake: Handshake | None,
        validators: Mapping[str, Validators],
        evidence: bool,
    ) -> None:
        self._fetcher, self._collector, self._platform = fetcher, collector, platform
        self._hosts, self._source, self._handshake = hosts, source, handshake
        self._known, self._evidence = validators, evidence
        self._used: dict[str, Session] = {}
        self._pages: list[PageRef] = []
        self.validators: dict[str, Validators] = {}  # of the conditional requests, to be kept
        self.last: Page | None = None  # what came last, credentials aside
        self.kept: list[Page] = []  # what came, credentials and handshakes aside, up to KEPT
        self.left_out = 0  # pages that did not fit
        self.private: list[Page] = []  # what credentials opened: looked at once, kept nowhere
        self._room = KEPT

    @property
    def pages(self) -> tuple[PageRef, ...]:
        """Everything read so far, in order."""
        return tuple(self._pages)

    async def __call__(self, request: Request) -> Page:
        """Read one page. Raises CollectError."""
        page = await self._read(request, not request.secret)
        if request.secret and len(page.body) <= PRIVATE:
            self.private.append(page)
        return page

    async def _shaking(self, request: Request) -> Page:
        """Read for a handshake: what it earns opens doors, so none of it is kept.

        One that asked for the session it is making would wait for itself.
        """
        return await self._read(replace(request, session=None), keep=False)

    async def _read(self, request: Request, keep: bool) -> Page:
        session = await self._session(request)
        if request.render:
            page = await self._fetcher.browser.render(
                request, self._platform, self._hosts, session, evidence=self._evidence
            )
        else:
            page = await self._plain(request, session)
        if session.params:
            page = _without(page, session.params)
        self._note(page, request.secret)
        self.last = self.last if request.secret else page
        if keep:
            self._keep(page)
        wait = retry_after(page)
        if wait is not None:
            text = f"{bare(page.url)}: {page.status}, come back in {wait:.0f} s"
            raise CollectError(Trouble.BLOCKED, text, wait)
        return page

    async def _plain(self, request: Request, session: Session) -> Page:
        if not request.conditional:
            return await self._fetcher.http.ask(request, self._platform, self._hosts, session)
        known = self._known.get(request.url)
        page = await self._fetcher.http.ask(request, self._platform, self._hosts, session, known)
        if page.status == 304 and known is not None:
            self.validators[request.url] = known
            return replace(page, body=b"", not_modified=True)
        new = Validators(page.headers.get("etag", ""), page.headers.get("last-modified", ""))
        if page.status == 200 and new != Validators():
            self.validators[request.url] = new
        return page

    async def _session(self, request: Request) -> Session:
        if request.session is None or self._handshake is None:
            return NOBODY
        name, shake = request.session, self._handshake
        session = await self._fetcher.sessions.get(
            (self._collector, name),
            lambda: shake(self._source, self._shaking),
            self._used.get(name) if request.renew else None,
        )
        self._used[name] = session
        return session

    def _keep(self, page: Page) -> None:
        for one in (page, *page.captured):
            if one.body and len(one.body) <= self._room:
                self._room -= len(one.body)
                self.kept.append(replace(one, captured=()) if one.captured else one)
            elif one.body:
                self.left_out += 1

    def _note(self, page: Page, secret: bool) -> None:
        for one in (page, *page.captured):
            url = urlunsplit(urlsplit(one.url)._replace(query="")) if secret else one.url
            self._pages.append(PageRef(url, one.status, one.sha256, one.at))


def _without(page: Page, params: Mapping[str, str]) -> Page:
    """The page with an address that does not show the session's parameters."""
    parts = urlsplit(page.url)
    kept = [pair for pair in parse_qsl(parts.query, True) if pair[0] not in params]
    url = urlunsplit(parts._replace(query=urlencode(kept)))
    return replace(page, url=url)
