"""The browser: Playwright driving the system's Chromium, for pages that only exist in one.

One browser, a context per platform, started when first needed, replaced when worn or dead, closed
when idle. It reaches the network through `gate` only.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import psutil
from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, Playwright, ProxySettings, async_playwright
from playwright.async_api import Error as PlaywrightError

from watcher.fetch.gate import Gate
from watcher.fetch.guard import Refused, check_name, host_of, matches, split
from watcher.fetch.http import Http
from watcher.fetch.visit import Visit
from watcher.fetch.wire import bare
from watcher.model import CollectError, Page, Request, Session, Trouble

log = logging.getLogger(__name__)

_QUIET = (  # a closed network: no updates, no field trials, no reports
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)
_WEIGH_EVERY = 10  # pages between two looks at the memory
_Key: TypeAlias = tuple[str, bool]  # lane, mobile


@dataclass(slots=True, eq=False)
class _Tab:
    """A context and what it has been through."""

    context: BrowserContext
    pages: int = 0
    active: int = 0
    worn: bool = False


@dataclass(slots=True, eq=False)
class _Running:
    """A browser process and what it has been through."""

    playwright: Playwright
    chromium: Chromium
    gate: Gate
    tabs: dict[_Key, _Tab] = field(default_factory=dict)
    pages: int = 0
    active: int = 0
    worn: bool = False


class Browser:
    """The one browser of a fetcher."""

    def __init__(self, http: Http, now: Callable[[], datetime]) -> None:
        self._http, self._now, self._settings = http, now, http.settings
        self._places = asyncio.Semaphore(http.settings.browser_pages)
        self._starting = asyncio.Lock()
        self._current: _Running | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def render(
        self,
        request: Request,
        lane: str,
        hosts: frozenset[str],
        session: Session,
        *,
        evidence: bool = False,
    ) -> Page:
        """Open a page; its HTML is the body, the answers to `request.capture` are `captured`.

        Raises CollectError. A browser that dies on the way is started again, once.
        """
        self._check(request.url, hosts)
        async with self._places:
            for last in (False, True):
                running = await self._enter()
                visit = Visit(self._http, request, lane, hosts, session, self._now, evidence)
                try:
                    return await self._look(running, visit)
                except PlaywrightError as error:
                    if last or running.chromium.is_connected():
                        text = f"{bare(request.url)}: {_reason(error)}"
                        raise CollectError(Trouble.UNREACHABLE, text) from error
                    running.worn = True
                finally:
                    await self._leave(running)
        raise AssertionError("the loop returns or raises")

    def _check(self, url: str, hosts: frozenset[str]) -> None:
        try:
            host = host_of(url)
            if not matches(host, hosts):
                raise Refused(f"{host} is none of the hosts of this reading")
            if not self._http.replaced and self._http.origin(host) is None:
                split(url)
                check_name(host, self._http.allow)
        except Refused as error:
            raise CollectError(Trouble.UNREACHABLE, f"refused: {error}") from error

    async def _look(self, running: _Running, visit: Visit) -> Page:
        key = visit.lane, visit.request.mobile
        tab = await self._tab(running, key)
        tab.active += 1
        tab.pages += 1
        try:
            async with asyncio.timeout(self._settings.page_timeout * 1.5 + 5):
                return await visit.run(tab.context)
        except TimeoutError as error:  # Playwright keeps its own time; here it did not
            running.worn = True
            text = f"{bare(visit.request.url)}: the browser hangs"
            raise CollectError(Trouble.UNREACHABLE, text) from error
        finally:
            tab.active -= 1
            if tab.pages >= self._settings.context_pages:
                tab.worn = True
                if running.tabs.get(key) is tab:
                    del running.tabs[key]
            if tab.worn and not tab.active and running.chromium.is_connected():
                await tab.context.close()

    async def _tab(self, running: _Running, key: _Key) -> _Tab:
        tab = running.tabs.get(key)
        if tab is None:
            lane, mobile = key
            proxy = self._settings.proxies.get(lane)
            agent = self._settings.mobile_user_agent if mobile else self._settings.user_agent
            context = await running.chromium.new_context(
                user_agent=agent,
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                viewport={"width": 412, "height": 915}
                if mobile
                else {"width": 1366, "height": 900},
                is_mobile=mobile,
                has_touch=mobile,
                service_workers="block",  # they would fetch past our eyes
                accept_downloads=False,
                proxy=ProxySettings(server=proxy) if proxy else None,
            )
            tab = running.tabs.setdefault(key, _Tab(context))
            if tab.context is not context:
                await context.close()
        return tab

    async def _enter(self) -> _Running:
        async with self._starting:
            if self._idle is not None:
                self._idle.cancel()
                self._idle = None
            current = self._current
            if current is None or not current.chromium.is_connected():
                if current is not None:
                    current.worn = True
                current = self._current = await self._start()
            current.active += 1
            current.pages += 1
            return current

    async def _leave(self, running: _Running) -> None:
        running.active -= 1
        if running.pages >= self._settings.browser_lifetime or await self._heavy(running):
            running.worn = True
        if running.worn and self._current is running:
            self._current = None
        if running.worn and not running.active:
            await _stop(running)
        elif not running.active:
            loop = asyncio.get_running_loop()
            self._idle = loop.call_later(self._settings.browser_idle, self._doze)

    async def _heavy(self, running: _Running) -> bool:
        if running.pages % _WEIGH_EVERY:
            return False
        return await asyncio.to_thread(memory) > self._settings.browser_memory

    def _doze(self) -> None:
        running = self._current
        if running is not None and not running.active:
            self._current = None
            task = asyncio.create_task(_stop(running))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _start(self) -> _Running:
        path = self._settings.browser_path
        if shutil.which(path) is None:
            text = f"no browser at {path}: install Chromium (Debian: apt-get install chromium)"
            raise CollectError(Trouble.UNREACHABLE, text)
        gate = Gate(self._http.allow)
        way_out = await gate.open()
        playwright = await async_playwright().start()
        try:
            chromium = await _launch(playwright, path, way_out)
        except PlaywrightError as error:
            await playwright.stop()
            await gate.aclose()
            text = f"{path} does not start: {_reason(error)}"
            raise CollectError(Trouble.UNREACHABLE, text) from error
        return _Running(playwright, chromium, gate)

    async def aclose(self) -> None:
        """Close the browser, if there is one."""
        if self._idle is not None:
            self._idle.cancel()
        running, self._current = self._current, None
        if running is not None:
            await _stop(running)
        await asyncio.gather(*self._closing)


async def _launch(playwright: Playwright, path: str, way_out: str) -> Chromium:
    """Chromium in its own sandbox where it can have one. Raises PlaywrightError.

    Root gets none (Chromium refuses), and neither does a container that forbids namespaces of
    users: there the container is all that holds it.
    """

    def launch(sandbox: bool) -> Awaitable[Chromium]:
        return playwright.chromium.launch(
            executable_path=path,
            args=list(_QUIET),
            chromium_sandbox=sandbox,
            # "<-loopback>": not even this machine is asked directly.
            proxy=ProxySettings(server=way_out, bypass="<-loopback>"),
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )

    if os.geteuid() == 0:
        return await launch(False)
    try:
        return await launch(True)
    except PlaywrightError as error:
        if "sandbox" not in str(error).lower():
            raise
        log.warning("no namespaces of users here: the browser runs without its own sandbox")
        return await launch(False)


async def _stop(running: _Running) -> None:
    for close in (running.chromium.close, running.playwright.stop):
        try:
            await close()
        except PlaywrightError:  # it died before us
            continue
    await running.gate.aclose()


def memory() -> int:
    """Private bytes of all Chromium processes below this one."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            if "chrom" in process.name():
                total += process.memory_full_info().uss
        except psutil.Error:  # gone meanwhile
            continue
    return total


def _reason(error: PlaywrightError) -> str:
    """The network's own word where there is one: Playwright's text holds the whole address."""
    found = re.search(r"net::ERR_\w+", error.message)
    return found.group() if found else error.message.partition("\n")[0][:120]
