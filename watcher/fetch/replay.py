"""Reading recorded pages as if they were the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

from watcher.fetch.body import retry_after
from watcher.fetch.case import Case, Recorded
from watcher.fetch.guard import host_of, matches
from watcher.fetch.names import asked_host
from watcher.fetch.wire import bare, check_redirect, redirect
from watcher.model import CollectError, Handshake, Page, PageRef, Request, Trouble

# Query keys that open a door or name a client: never recorded.
SECRET_KEYS = frozenset(
    """access_token refresh_token session_key sessionid session_id sid token secret appsecret
    ticket pass_ticket wxtoken mstoken xsec_token a_bogus x-bogus x_bogus _signature
    signature sign x-signature auth_key sub subp alf scf ttwid passport_csrf_token
    csrf_token st xsrf-token uifid verifyfp fp tid request_id logid log_id trace_id key uin
    webid device_id""".split()  # noqa: SIM905
)
# Query keys that differ from one reading to the next and say nothing about what is asked.
VOLATILE = SECRET_KEYS | frozenset(
    """t _ _t ts timestamp time _rand rand random r nonce callback cb appid xsec_source web_id
    x-expires scene""".split()  # noqa: SIM905
)
# Query keys that turn the page of a list: never to be overlooked, unless they ask for the first.
_TURNING = frozenset(
    """page p pn since_id cursor max_cursor min_cursor pcursor offset begin begin_msgid
    begin_itemidx max_behot_time start""".split()  # noqa: SIM905
)
_FIRST = frozenset({"", "0", "1"})
_MOST_REDIRECTS = 5
_Query: TypeAlias = tuple[tuple[str, str], ...]


class Replay:
    """A Fetch over the pages of a case. The same page may be asked again and again."""

    def __init__(
        self, case: Case, hosts: frozenset[str], handshake: Handshake | None = None
    ) -> None:
        self._case, self._hosts, self._handshake = case, hosts, handshake
        self._left = list(case.pages)  # not yet given
        self._sessions: set[str] = set()
        self._pages: list[PageRef] = []

    @property
    def pages(self) -> tuple[PageRef, ...]:
        """What was read, in order."""
        return tuple(self._pages)

    @property
    def unread(self) -> tuple[str, ...]:
        """The recorded addresses that were never asked for."""
        return tuple(recorded.page.url for recorded in self._left)

    async def __call__(self, request: Request) -> Page:
        """The recorded page. Raises CollectError: UNREACHABLE where it is not recorded."""
        host = asked_host(request.url)
        if not matches(host, self._hosts):
            text = f"refused: {host} is none of the hosts of this reading"
            raise CollectError(Trouble.UNREACHABLE, text)
        await self._greet(request)
        page = self._rendered(request) if request.render else self._follow(request)
        for one in (page, *page.captured):
            self._pages.append(PageRef(one.url, one.status, one.sha256, one.at))
        wait = retry_after(page)
        if wait is not None:
            text = f"{bare(page.url)}: {page.status}, come back in {wait:.0f} s"
            raise CollectError(Trouble.BLOCKED, text, wait)
        return page

    async def _greet(self, request: Request) -> None:
        """The handshake, where it was recorded; nothing of it is needed to find pages."""
        name = request.session
        if (
            name is None
            or self._handshake is None
            or (name in self._sessions and not request.renew)
        ):
            return
        self._sessions.add(name)
        try:
            await self._handshake(self._case.source, lambda ask: self(replace(ask, session=None)))
        except CollectError as error:
            if not error.detail.startswith(_NOT_RECORDED):
                raise

    def _follow(self, request: Request) -> Page:
        page = self._take(request.method, request.url)
        for _ in range(_MOST_REDIRECTS):
            target = redirect(page)
            if target is None or not request.redirects:
                return page
            check_redirect(page.url, target, self._hosts)
            if self._find("", target) is None:  # where it led was not kept: the collector judges
                return page
            page = self._take("", target)
        raise CollectError(Trouble.BLOCKED, f"{bare(request.url)}: endless redirects")

    def _rendered(self, request: Request) -> Page:
        """The page's own HTML, empty where only its answers were recorded."""
        captured = tuple(
            self._give(recorded).page
            for recorded in self._case.pages
            if any(path in urlsplit(recorded.page.url).path for path in request.capture)
            and matches(host_of(recorded.page.url), self._hosts)
        )
        if self._find("GET", request.url) is not None:
            return replace(self._follow(request), captured=captured)
        if not captured:
            raise _unknown(request.url)
        return Page(request.url, 200, b"", captured[-1].at, captured=captured)

    def _take(self, method: str, url: str) -> Page:
        recorded = self._find(method, url)
        if recorded is None:
            raise _unknown(url)
        return self._give(recorded).page

    def _give(self, recorded: Recorded) -> Recorded:
        self._left = [other for other in self._left if other is not recorded]
        return recorded

    def _find(self, method: str, url: str) -> Recorded | None:
        """The best of the recorded pages: those not given yet first, then the last one again."""
        able = [r for r in self._case.pages if not (r.method and method) or r.method == method]
        alike = nearest(url, {r.page.url for r in able})
        found = [r for r in able if r.page.url == alike]
        fresh = [r for r in found if any(r is left for left in self._left)]
        return next(iter(fresh or found[-1:]), None)


_NOT_RECORDED = "not recorded: "


def _unknown(url: str) -> CollectError:
    return CollectError(Trouble.UNREACHABLE, f"{_NOT_RECORDED}{url}")


def replay(case: Case, hosts: frozenset[str], handshake: Handshake | None = None) -> Replay:
    """A Fetch over the pages of a case, inside the hosts of its collector."""
    return Replay(case, hosts, handshake)


def nearest(url: str, recorded: Iterable[str]) -> str | None:
    """The recorded address that asks for the same thing as `url`, or None.

    In order: the same query in whatever order; the same once volatile keys are left out; and,
    where it is the only one of its path, one that says less or more without contradicting it.
    """
    wanted, whole = _place(url), _query(url)
    here = sorted(other for other in recorded if _place(other) == wanted)
    for kept in (whole, _lasting(whole)):
        lasting = kept is not whole
        for other in here:
            query = _query(other)
            if (_lasting(query) if lasting else query) == kept:
                return other
    mine = dict(_lasting(whole))
    alike = [other for other in here if _agree(mine, dict(_lasting(_query(other))))]
    return alike[0] if len(alike) == 1 else None


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.path.rstrip("/")


def _query(url: str) -> _Query:
    return tuple(sorted(parse_qsl(urlsplit(url).query, keep_blank_values=True)))


def _lasting(query: _Query) -> _Query:
    return tuple(pair for pair in query if pair[0].lower() not in VOLATILE)


def _agree(mine: Mapping[str, str], theirs: Mapping[str, str]) -> bool:
    """Whether one says no more than the other, and both the same page of the list."""
    if any(mine[key] != theirs[key] for key in mine.keys() & theirs.keys()):
        return False
    if (mine.keys() - theirs.keys()) and (theirs.keys() - mine.keys()):
        return False
    lone = {key: {**mine, **theirs}[key] for key in mine.keys() ^ theirs.keys()}
    return all(key.lower() not in _TURNING or value in _FIRST for key, value in lone.items())
