"""The rounds of the watch: claim what is due, read it, settle it, say what must be said.

Nothing here tells the time: `now` is handed in, so the daemon, the demo and the simulation walk
the same rounds under different clocks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import perf_counter

from alerts.deliver import next_try
from alerts.merge import Outgoing, merge_letters
from alerts.metrics import Tally
from alerts.robots import Delivery
from alerts.routing import Target
from collectors import Collector
from watcher import store
from watcher.deciding import Book, rejudge, settle, watch_over
from watcher.fetch import Fetcher, Validators
from watcher.fetch.lanes import Lane, finished, opens_at, room, started
from watcher.model import Account, Failure, Letter, Outcome, Pace, Snapshot, Source
from watcher.reading import Seen, observe
from watcher.store import Claim, Database, Reading, Writer

log = logging.getLogger(__name__)

BATCH = 200  # readings settled in one transaction at the most


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
    tally: Tally = field(default_factory=Tally)
    on_reading: Callable[[Account, Outcome], None] = lambda account, outcome: None
    on_letter: Callable[[Outgoing, str, Delivery], None] = lambda message, target, result: None
    reading: dict[asyncio.Task[None], float] = field(default_factory=dict)  # since when
    _done: asyncio.Queue[tuple[Reading, asyncio.Future[None]]] = field(
        default_factory=asyncio.Queue
    )
    _settler: asyncio.Task[None] | None = None
    _stopping: bool = False

    def __post_init__(self) -> None:
        for collector in self.collectors.values():
            lane = collector.platform
            slowest = max(
                (c.pace for c in self.collectors.values() if c.platform == lane),
                key=lambda pace: pace.gap,
            )
            self.lanes[lane] = Lane(lane, self.paces.get(lane, slowest))


async def dispatch(watch: Watch) -> int:
    """Claim what is due, as much as the lanes have room for, and start reading it."""
    now = watch.now()
    rooms = {name: free for name, lane in watch.lanes.items() if (free := room(lane, now)) > 0}
    if not rooms or watch._stopping:
        return 0
    claims = await watch.writer.submit(
        lambda c: store.claim(c, rooms, now, watch.lease, watch.owner, sum(rooms.values()))
    )
    for claim in claims:
        lane = lane_of(claim.account, watch.collectors)
        watch.lanes[lane] = started(watch.lanes[lane], claim.account.key, now)
        task = asyncio.create_task(_read(watch, claim), name=f"read {claim.account.key}")
        watch.reading[task] = perf_counter()
        task.add_done_callback(lambda ended: watch.reading.pop(ended, None))
    return len(claims)


async def _read(watch: Watch, claim: Claim) -> None:
    """Read one claimed account and keep what came of it."""
    lane, begun = lane_of(claim.account, watch.collectors), perf_counter()
    known = {url: Validators(**value) for url, value in claim.validators.items()}
    try:
        seen = await _observe(watch, claim.account, known)
    except BaseException:  # cancelled: the lane is freed, the lease runs out by itself
        watch.lanes[lane] = finished(watch.lanes[lane], watch.now(), None)
        raise
    outcome = seen.outcome
    trouble, after = (
        (outcome.trouble, outcome.retry_after) if isinstance(outcome, Failure) else (None, None)
    )
    watch.lanes[lane] = finished(watch.lanes[lane], watch.now(), trouble, after)
    watch.tally.reading(lane, outcome_name(outcome), perf_counter() - begun)
    await _keep(watch, Reading(claim.account.key, outcome, claim.lease_owner, seen.validators))
    watch.on_reading(claim.account, outcome)


async def _observe(watch: Watch, account: Account, known: Mapping[str, Validators]) -> Seen:
    return await observe(
        account, watch.collectors, watch.fetcher, known, watch.now(), reveal=watch.reveal
    )


async def look(watch: Watch, account: Account) -> Outcome:
    """Read an account at once, whatever its schedule says, and keep what came of it."""
    seen = await _observe(watch, account, {})
    now, reading = watch.now(), Reading(account.key, seen.outcome, None, seen.validators)
    await watch.writer.submit(lambda c: settle(c, [reading], watch.book, now))
    return seen.outcome


def lane_of(account: Account, collectors: Mapping[str, Collector]) -> str:
    """The lane in which an account is read: the platform of its first source."""
    names = (source.collector for source in account.sources)
    known = (collectors[name].platform for name in names if name in collectors)
    return next(known, account.platform)


async def _keep(watch: Watch, reading: Reading) -> None:
    """Settle a reading with the others that are ready: one transaction for all of them."""
    if watch._settler is None or watch._settler.done():
        watch._settler = asyncio.create_task(_settle_forever(watch), name="settler")
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    watch._done.put_nowait((reading, future))
    try:
        await future
    except Exception:
        # The lease runs out and the account is read again: nothing is lost but this look.
        log.exception("cannot keep the reading of %s", reading.account_key)


async def _settle_forever(watch: Watch) -> None:
    while True:
        batch = [await watch._done.get()]
        while len(batch) < BATCH and not watch._done.empty():
            batch.append(watch._done.get_nowait())
        await _settle(watch, batch)


async def _settle(watch: Watch, batch: list[tuple[Reading, asyncio.Future[None]]]) -> None:
    readings = [reading for reading, _ in batch]
    now = watch.now()
    try:
        await watch.writer.submit(lambda c: settle(c, readings, watch.book, now))
    except Exception as error:
        if len(batch) == 1:
            batch[0][1].set_exception(error)
            return
        for one in batch:  # one account's oddity must not cost the others their reading
            await _settle(watch, [one])
        return
    for _, future in batch:
        if not future.done():
            future.set_result(None)


async def judge_due(watch: Watch) -> None:
    """Judge what time alone may have changed, and the watch itself."""
    now = watch.now()
    while await watch.writer.submit(lambda c: rejudge(c, watch.book, now)) == BATCH:
        pass
    await watch.writer.submit(lambda c: watch_over(c, watch.book, now))


async def deliver_due(watch: Watch, limit: int = 20) -> int:
    """Send the letters that are due, each group of mergeable ones as one message."""
    now = watch.now()
    groups = await watch.writer.submit(
        lambda c: store.take_letters(c, now, timedelta(minutes=5), limit)
    )
    await asyncio.gather(*(_say(watch, group) for group in groups))
    return len(groups)


async def _say(watch: Watch, group: tuple[Letter, ...]) -> None:
    """Send one message and note what became of it; its letters share its fate."""
    message = merge_letters(group)
    ids = [letter.id for letter in group if letter.id is not None]
    result = await _deliver(watch, message, group[0].target)
    now = watch.now()
    if result.ok:
        await watch.writer.submit(lambda c: store.mark_sent(c, ids, result.provider_id, now))
    else:
        tries = 1 + max(letter.attempts for letter in group)
        again = next_try(tries, now, result.retry_after, result.permanent)
        await watch.writer.submit(lambda c: store.mark_failed(c, ids, result.error, again, now))
        if again is None:
            await _redirect(watch, group, result.error)
    watch.on_letter(message, group[0].target, result)


async def _redirect(watch: Watch, group: tuple[Letter, ...], error: str) -> None:
    """Hand letters that a target refuses for good to the last resort: none may be lost."""
    refused = group[0].target
    last = [name for name in watch.book.offices.fallback if name != refused]
    letters = [
        replace(
            letter,
            id=None,
            key=f"{letter.key}-{name}",
            target=name,
            title=f"【转送】{letter.title}",
            body=f"{letter.body}\n原通知渠道 {refused} 拒收：{error}",
            merge="",
            attempts=0,
        )
        for letter in group
        for name in last
        if not letter.title.startswith("【转送】")
    ]
    log.error("%s refused %d letter(s) for good: %s", refused, len(group), error)
    await watch.writer.submit(lambda c: store.enqueue(c, letters))


async def _deliver(watch: Watch, message: Outgoing, name: str) -> Delivery:
    target = watch.book.offices.targets.get(name)
    if target is None:  # the configuration changed while the letter waited: the last resort
        fallback = (watch.book.offices.targets.get(each) for each in watch.book.offices.fallback)
        target = next((each for each in fallback if each is not None), None)
    if target is None:
        return Delivery(False, error=f"no target named {name!r} is configured", permanent=False)
    return await watch.send(message, target)


@dataclass(frozen=True, slots=True)
class Agenda:
    """When each round next has something to do; None: not as things stand."""

    reading: datetime | None
    judging: datetime | None
    letter: datetime | None


async def agenda(watch: Watch) -> Agenda:
    """What comes next, with the lanes' pauses counted in."""
    now = watch.now()

    def ask(c: store.Connection) -> tuple[Mapping[str, datetime], datetime | None, datetime | None]:
        return store.next_due(c, list(watch.lanes)), store.next_judging(c), store.next_letter(c)

    due, judging, letter = await watch.writer.submit(ask)
    reading = min((max(at, opens_at(watch.lanes[k], now)) for k, at in due.items()), default=None)
    return Agenda(reading, judging, letter)


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
    watch._stopping = True
    await drain(watch, patience)
    if watch._settler is not None:
        watch._settler.cancel()
        await asyncio.gather(watch._settler, return_exceptions=True)
    await watch.fetcher.aclose()
    await watch.writer.aclose()


def outcome_name(outcome: Outcome) -> str:
    if isinstance(outcome, Snapshot):
        return outcome.sighting.coverage.value
    return outcome.trouble.value
