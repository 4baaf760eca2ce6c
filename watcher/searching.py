"""The round that searches for look-alikes: what is due, one query a way, in its platform's lane.

A search takes its turn among the readings of its platform, so that the platform sees one guest. A
gate that it meets is its own: it rests until tomorrow, and the readings go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from collectors import Collector, searchers
from watcher import store
from watcher.calendar import local, midnight
from watcher.candidates import Found, SearchStatus
from watcher.config import Settings
from watcher.discovery import Ask, Search, Way, known_of, plan, worth
from watcher.fetch.lanes import LONG_AGO, Lane, left, room, started
from watcher.first_sight import keep_pages, note_pages
from watcher.lookout import is_closed
from watcher.model import CollectError, Fetch, Hits, Page, PageRef, Source, Trouble
from watcher.reading import pages, reader_for
from watcher.search_state import SearchState, is_stale, note
from watcher.store import Connection
from watcher.store.candidates import by_handle, found
from watcher.store.searches import last_searches, note_search, searches_since
from watcher.watch import Watch

log = logging.getLogger(__name__)

PATIENCE = 120.0  # seconds for one search
ROUND = 60.0  # seconds between two rounds


@dataclass(frozen=True, slots=True)
class Searched:
    """What one search came to: the row that is kept, what it showed, the pages that prove it."""

    search: Search
    hits: Hits = Hits()
    pages: tuple[PageRef, ...] = ()
    raw: tuple[Page, ...] = ()  # what came, as far as it may be kept


def search_state(settings: Settings, ways: Mapping[str, Collector] | None = None) -> SearchState:
    """What is configured, before anything is known."""
    return SearchState(settings.impersonation.searches, searchers() if ways is None else ways)


async def search_due(watch: Watch) -> int:
    """Make the searches that are due and whose lane has room; how many were made."""
    state, now = watch.searches, watch.now()
    if not any(way.enabled for way in state.asked.ways):
        return 0
    if is_stale(state, now):
        await asyncio.to_thread(_reload, watch, now)
    # a thousand names have tens of thousands of queries: not in the event loop
    due = await asyncio.to_thread(
        plan, state.known, state.asked, state.last, tuple(state.today), now
    )
    free = _one_a_lane(watch, due)
    await asyncio.gather(*(_search(watch, ask) for ask in free))
    return len(free)


def _one_a_lane(watch: Watch, due: Iterable[Ask]) -> tuple[Ask, ...]:
    """Those that may begin: of several ways into one platform the one that waited longest."""
    state = watch.searches
    chosen: dict[str, Ask] = {}
    last = {one.collector: one.at for one in state.today}
    for ask in sorted(due, key=lambda ask: last.get(ask.way.name, LONG_AGO)):
        if ask.way.name not in state.busy and _is_free(watch, ask.way):
            chosen.setdefault(_lanes(watch, ask.way)[1], ask)
    return tuple(chosen.values())


def _reload(watch: Watch, now: datetime) -> None:
    with watch.db.read() as c:
        reload(c, watch.searches, now)


def reload(c: Connection, state: SearchState, now: datetime) -> None:
    """Read names and past searches from the database."""
    begin = midnight(local(now).date())
    state.known = known_of(store.load_accounts(c), store.load_units(c), state.asked)
    state.last = dict(last_searches(c))
    state.today = list(searches_since(c, begin))
    state.loaded_at, state.drawn = now, None


async def _search(watch: Watch, ask: Ask) -> None:
    watch.searches.busy.add(ask.way.name)
    try:
        await search_now(watch, ask)
    finally:
        watch.searches.busy.discard(ask.way.name)


async def search_now(watch: Watch, ask: Ask) -> Searched:
    """Make one search at once, and keep what it showed."""
    lanes, name = _lanes(watch, ask.way)
    lanes[name] = started(lanes[name], ask.query, watch.now())
    after: float | None = None
    try:
        result, after = await _ask(watch, ask)
    finally:
        lanes[name] = left(lanes[name], watch.now(), after)
    new = await watch.writer.submit(lambda c: keep(c, ask.way, result))
    note(watch.searches, result.search)
    await _keep_first_sight(watch, new, result)
    return result


async def _keep_first_sight(watch: Watch, new: tuple[int, ...], result: Searched) -> None:
    """Keep the pages that showed these candidates for the first time."""
    folder, search = watch.proofs.folder, result.search
    if not new or not result.raw or folder is None:
        return
    try:
        kept = await asyncio.to_thread(keep_pages, folder.parent, result.raw)
    except OSError as error:
        log.error("cannot keep the pages of a search: %s", error)
        return
    await watch.writer.submit(partial(note_pages, new, kept, search.collector, search.at))


async def _ask(watch: Watch, ask: Ask) -> tuple[Searched, float | None]:
    """One query, and in how many seconds the platform wants us back. Never raises."""
    way, state, now = ask.way, watch.searches, watch.now()
    searcher = state.ways[way.name]
    source = Source(way.name, ask.query, way.settings)
    trouble, detail = Trouble.UNREADABLE, ""
    after: float | None = None
    seen: tuple[PageRef, ...] = ()
    try:
        source = watch.reveal(source)
        reader = reader_for(watch.fetcher, searcher, source)
        try:
            async with asyncio.timeout(PATIENCE):
                hits = await _look(searcher)(source, reader)
        finally:
            seen = pages(reader)
    except CollectError as error:
        trouble, detail, after = error.trouble, error.detail, error.retry_after
    except TimeoutError:
        trouble, detail = Trouble.UNREACHABLE, f"no answer within {PATIENCE:.0f} s"
    except Exception as error:  # a page, plug-in or missing secret: it is not searched, with why
        log.exception("cannot search with %s", way.name)
        detail = f"{type(error).__name__}: {error}"[:500]
    else:
        status, why, detail = worth(ask, hits, state.known)
        if status is SearchStatus.NOT_SEARCHED:
            return Searched(_row(ask, now, status, why, detail), pages=seen), None
        row = _row(ask, now, status, "", detail, len(hits.profiles))
        return Searched(row, hits, seen, tuple(reader.kept)), None
    row = _row(ask, now, SearchStatus.NOT_SEARCHED, trouble.value, detail)
    return Searched(row, pages=seen), after


def _look(searcher: Collector) -> Callable[[Source, Fetch], Awaitable[Hits]]:
    look = searcher.search or searcher.probe
    if look is None:
        raise CollectError(Trouble.UNREADABLE, f"{searcher.name} cannot search")
    return look


def _row(
    ask: Ask, now: datetime, status: SearchStatus, trouble: str, detail: str, hits: int = 0
) -> Search:
    way = ask.way
    return Search(ask.name, way.platform, ask.query, way.name, now, status, trouble, detail, hits)


def keep(c: Connection, way: Way, result: Searched) -> tuple[int, ...]:
    """Keep a search and the accounts that it showed; the judgement sorts the office's own out.

    The numbers of those that are new.
    """
    search, new = result.search, []
    note_search(c, search)
    for profile in result.hits.profiles:
        url = (profile.traits or {}).get("url", "")
        known = by_handle(c, way.platform, profile.handle)
        one = found(
            c,
            Found(
                platform=way.platform,
                handle=profile.handle,
                url=url,
                profile=profile,
                at=search.at,
                pages=result.pages,
                query=search.query,
                collector=way.name,
            ),
        )
        if known is None:
            new.append(one.id)
    return tuple(new)


# -- lanes ---------------------------------------------------------------------------------


def _lanes(watch: Watch, way: Way) -> tuple[dict[str, Lane], str]:
    """Where the lane of a way is kept, and its name: that of its platform's readings, if any."""
    searcher = watch.searches.ways[way.name]
    if searcher.platform in watch.lanes:
        return watch.lanes, searcher.platform
    own = watch.searches.lanes
    own.setdefault(searcher.platform, Lane(searcher.platform, searcher.pace))
    return own, searcher.platform


def _is_free(watch: Watch, way: Way) -> bool:
    """Whether the lane has room now, and is behind no wall: a probe of a wall is a reading's."""
    if way.name not in watch.searches.ways:
        return False
    lanes, name = _lanes(watch, way)
    walled = bool(lanes[name].walls)
    return not (walled or is_closed(watch.lookout, name)) and bool(room(lanes[name], watch.now()))
