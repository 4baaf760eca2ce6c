"""Trying a collector on one account, live or on saved pages, before anybody relies on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from collectors import Collector
from collectors.declarative import Spec, Step, examine, shipped
from collectors.declarative.load import FOLDER
from watcher.calendar import WorkCalendar
from watcher.fetch.guard import host_of, matches
from watcher.model import (
    Account,
    CollectError,
    Coverage,
    Dossier,
    Failure,
    Fetch,
    Finding,
    Outcome,
    Page,
    PageRef,
    Post,
    Request,
    Sight,
    Sighting,
    Snapshot,
    Source,
    StoredPost,
    Trouble,
)
from watcher.reading import ask_once
from watcher.rules import RuleSet, judge
from watcher.store.sights import advance


@dataclass(frozen=True, slots=True)
class Candidate:
    """A collector to be tried: with its YAML where it is declarative."""

    collector: Collector
    spec: Spec | None = None
    text: str = ""


def shipped_text(name: str) -> str:
    """The YAML of a collector that the program ships; "" where it is no declarative one."""
    found = (file for file, spec in shipped() if spec.name == name)
    return next(((FOLDER / file).read_text(encoding="utf-8") for file in found), "")


class SavedPages:
    """A Fetch that gives saved pages in the order in which pages are asked for.

    An address "" is taken to be the one that is asked. `notes` says where the two differ.
    """

    def __init__(self, pages: Sequence[Page], hosts: frozenset[str]) -> None:
        self._left, self._hosts = list(pages), hosts
        self.pages: tuple[PageRef, ...] = ()
        self.notes: tuple[str, ...] = ()

    async def __call__(self, request: Request) -> Page:
        """The next page. Raises CollectError where there is none, or the host is not allowed."""
        host = host_of(request.url)
        if not matches(host, self._hosts):
            text = f"refused: {host or request.url} is none of the hosts of this reading"
            raise CollectError(Trouble.UNREACHABLE, text)
        if not self._left:
            raise CollectError(Trouble.UNREACHABLE, f"no saved page for {request.url}")
        page = self._left.pop(0)
        page = page if page.url else replace(page, url=request.url)
        if _place(page.url) != _place(request.url):
            self.notes += (f"采集器请求的是 {request.url}，保存的页面来自 {page.url}",)
        self.pages += (PageRef(page.url, page.status, page.sha256, page.at),)
        return replace(page, captured=(page, *self._left)) if request.render else page

    @property
    def unasked(self) -> int:
        """How many of the pages nobody asked for."""
        return len(self._left)


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.netloc.lower(), parts.path


class Reader(Protocol):
    """A Fetch that keeps what it read."""

    @property
    def pages(self) -> tuple[PageRef, ...]: ...
    async def __call__(self, request: Request) -> Page: ...


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a try: rule by rule, the reading, and what the rules would say of it."""

    collector: Collector
    account: Account
    outcome: Outcome
    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def saw(self) -> bool:
        return isinstance(self.outcome, Snapshot)

    @property
    def newest(self) -> Post | None:
        """The latest post that was seen."""
        posts = self.outcome.sighting.posts if isinstance(self.outcome, Snapshot) else ()
        return max(posts, key=lambda post: post.latest, default=None)

    @property
    def age(self) -> timedelta | None:
        """From the latest post to the reading."""
        return None if self.newest is None else self.outcome.at - self.newest.latest

    @property
    def proves_silence(self) -> bool:
        """Whether such a reading may prove that nothing was posted."""
        outcome = self.outcome
        return isinstance(outcome, Snapshot) and outcome.sighting.coverage is Coverage.COMPLETE


async def attempt(
    candidate: Candidate,
    account: Account,
    source: Source,
    reader: Reader,
    now: datetime,
    rules: RuleSet,
    calendar: WorkCalendar,
    patience: float = 120.0,
) -> Trial:
    """Read one source once, as the watch would, and keep what each rule found. Never raises."""
    steps: list[Step] = []
    collector = candidate.collector
    if candidate.spec is not None:
        collector = replace(collector, collect=_examined(candidate.spec, steps))
    outcome = await ask_once(account, source, collector, reader, now, patience)
    findings = tuple(
        finding
        for finding in judge(_dossier(account, outcome), now, rules, calendar)
        if finding.rule.startswith("UPD")
    )
    notes = getattr(reader, "notes", ())
    return Trial(candidate.collector, account, outcome, tuple(steps), findings, notes)


def _examined(spec: Spec, steps: list[Step]) -> Callable[[Source, Fetch], Awaitable[Sighting]]:
    async def collect(source: Source, fetch: Fetch) -> Sighting:
        told = await examine(spec, source, fetch)
        steps.extend(told.steps)
        if told.error is not None:
            raise told.error
        assert told.sighting is not None  # one of the two
        return told.sighting

    return collect


def _dossier(account: Account, outcome: Outcome) -> Dossier:
    """The account as this one reading shows it, and nothing that was known before."""
    sight = advance(Sight(watched_since=outcome.at), outcome)
    if isinstance(outcome, Failure):
        return Dossier(account, sight)
    posts = sorted(outcome.sighting.posts, key=lambda post: post.latest, reverse=True)
    kept = tuple(StoredPost(post, outcome.at) for post in posts)
    return Dossier(account, sight, kept, outcome.sighting.profile)
