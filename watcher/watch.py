"""The running watch: what it knows, what it holds open, and how its readings begin and end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from alerts.links import Signing
from alerts.merge import Outgoing
from alerts.metrics import Tally
from alerts.robots import Delivery
from alerts.routing import Target
from collectors import Collector
from watcher.deciding import Book
from watcher.fetch import Fetcher
from watcher.fetch.lanes import Lane, started
from watcher.gallery import Gallery
from watcher.lookout import Lookout, clearance, unproved_of, want
from watcher.model import Account, Outcome, Pace, Role, Source
from watcher.proofs import Proofs
from watcher.search_state import SearchState
from watcher.sight import Clearance, Sky
from watcher.store import Database, Reading, Standing, Writer

log = logging.getLogger(__name__)

PEOPLE = "people"  # the lane of accounts that nothing but 人工核验 sees


@dataclass(slots=True)
class Watch:
    """The running watch: what it knows, what it holds open, and which readings are under way."""

    book: Book
    db: Database
    writer: Writer
    fetcher: Fetcher
    collectors: Mapping[str, Collector]
    now: Callable[[], datetime]
    owner: str  # names this process in leases
    send: Callable[[Outgoing, Target], Awaitable[Delivery]]
    paces: Mapping[str, Pace] = field(default_factory=dict)  # lane -> configured pace
    reveal: Callable[[Source], Source] = lambda source: source  # puts its secrets in place
    lease: timedelta = timedelta(minutes=15)
    lanes: dict[str, Lane] = field(default_factory=dict)
    lookout: Lookout = field(default_factory=Lookout)  # how far each platform is to be seen
    proofs: Proofs = field(default_factory=Proofs)  # what evidence is made of
    gallery: Gallery = field(default_factory=Gallery)  # avatars that are to be fetched
    searches: SearchState = field(default_factory=SearchState)  # for look-alikes
    state: Path | None = None  # the folder of what it writes beside the database
    links: Signing | None = None  # None: letters carry no link to acknowledge by
    alive_roles: tuple[Role, ...] = (Role.OPERATOR,)  # who hears how the watch itself fares
    # What is installed; `collectors` is that, overlaid by what the database says stands.
    shipped: Mapping[str, Collector] = field(init=False)
    standings: tuple[Standing, ...] = ()
    tally: Tally = field(default_factory=Tally)
    on_reading: Callable[[Account, Outcome], None] = lambda account, outcome: None
    on_letter: Callable[[Outgoing, str, Delivery], None] = lambda message, target, result: None
    reading: dict[asyncio.Task[None], float] = field(default_factory=dict)  # since when
    done: asyncio.Queue[tuple[Reading, asyncio.Future[None]]] = field(default_factory=asyncio.Queue)
    _unproved: frozenset[str] = frozenset()
    settler: asyncio.Task[None] | None = None
    stopping: bool = False

    def __post_init__(self) -> None:
        self.shipped = self.collectors
        self.book = replace(self.book, sky=Sky(self._over, self._awaited))
        self.adopt(self.collectors)

    def _over(self, account: Account) -> Clearance:
        lane = lane_of(account, self.collectors)
        return clearance(self.lookout, lane, self._unproved)

    def _awaited(self, account: Account) -> None:
        want(self.lookout, lane_of(account, self.collectors), self.now())

    def adopt(self, collectors: Mapping[str, Collector]) -> None:
        """Read with these from now on. A lane keeps what it knows of walls and pauses; none is
        taken away, since readings may be under way in it."""
        self.collectors, self._unproved = collectors, unproved_of(collectors)
        for name in dict.fromkeys(collector.platform for collector in collectors.values()):
            slowest = max(
                (c.pace for c in collectors.values() if c.platform == name),
                key=lambda pace: pace.gap,
            )
            lane = self.lanes.get(name, Lane(name))
            self.lanes[name] = replace(lane, pace=self.paces.get(name, slowest))


def lane_of(account: Account, collectors: Mapping[str, Collector]) -> str:
    """The lane in which an account is read: the platform of its first source that is in service.

    One without sources is in a lane that nobody reads: only people see it.
    """
    if not account.sources:
        return PEOPLE
    names = (source.collector for source in account.sources)
    known = sorted((collectors[name] for name in names if name in collectors), key=_is_out)
    return known[0].platform if known else account.platform


def _is_out(collector: Collector) -> bool:
    return bool(collector.out)


def begin(
    watch: Watch, lane: str, key: str, now: datetime, reading: Coroutine[Any, Any, None]
) -> None:
    """Start to read something in a lane that has room; whoever reads it frees the lane."""
    watch.lanes[lane] = started(watch.lanes[lane], key, now)
    task = asyncio.create_task(reading, name=f"read {key}")
    watch.reading[task] = perf_counter()
    task.add_done_callback(lambda ended: watch.reading.pop(ended, None))


def stuck(watch: Watch, limit: float = 600.0) -> tuple[str, ...]:
    """Names of the readings that should have ended long ago; `limit` in seconds."""
    late = perf_counter() - limit
    return tuple(task.get_name() for task, begun in watch.reading.items() if begun < late)


async def drain(watch: Watch, patience: float | None = None) -> None:
    """Wait until every reading under way is settled; after `patience` seconds cancel the rest."""
    if watch.reading:
        _, late = await asyncio.wait(list(watch.reading), timeout=patience)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def stop(watch: Watch, patience: float = 5.0) -> None:
    """End cleanly: take no more, finish what is under way, close everything."""
    watch.stopping = True
    await drain(watch, patience)
    if watch.settler is not None:
        watch.settler.cancel()
        await asyncio.gather(watch.settler, return_exceptions=True)
    try:
        async with asyncio.timeout(max(patience / 2, 1.0)):  # a browser may hang as well
            await watch.fetcher.aclose()
    except TimeoutError:
        log.error("the fetcher does not close; going on without it")
    await watch.writer.aclose()
