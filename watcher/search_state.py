"""What a running watch knows of its searches for look-alikes: names, ways, what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors import Collector
from watcher.calendar import local
from watcher.coverage import Covered, coverage
from watcher.discovery import Key, Known, Search, Searches
from watcher.fetch.lanes import Lane

AFRESH = timedelta(minutes=10)  # names and searches of other processes are read again after this


@dataclass(slots=True)
class SearchState:
    """`known`, `last` and `today` are copies of what the database holds, at most AFRESH old."""

    asked: Searches = field(default_factory=Searches)
    ways: Mapping[str, Collector] = field(default_factory=dict)  # by name
    known: Known = field(default_factory=Known)
    last: dict[Key, Search] = field(default_factory=dict)
    today: list[Search] = field(default_factory=list)
    loaded_at: datetime | None = None
    lanes: dict[str, Lane] = field(default_factory=dict)  # of platforms that nobody reads
    busy: set[str] = field(default_factory=set)  # ways that are searching now
    drawn: tuple[datetime, tuple[Covered, ...]] | None = None  # coverage as it was last drawn


def is_stale(state: SearchState, now: datetime) -> bool:
    """Whether the copies are to be made anew."""
    loaded = state.loaded_at
    return loaded is None or now - loaded >= AFRESH or local(loaded).date() != local(now).date()


def note(state: SearchState, search: Search) -> None:
    """Keep a search that was just made."""
    state.last[search.collector, search.name, search.query] = search
    state.today.append(search)
    state.drawn = None


def covered(state: SearchState, now: datetime) -> tuple[Covered, ...]:
    """What may be said of every protected name, as far as this process knows."""
    if state.drawn is None or state.drawn[0] != now:
        state.drawn = now, coverage(state.known, state.asked, state.last, now)
    return state.drawn[1]
