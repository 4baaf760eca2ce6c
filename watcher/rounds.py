"""The rounds of the watch: claim what is due, read it, settle it, say what must be said.

Nothing here tells the time: `now` is handed in, so the daemon, the demo and the simulation walk
the same rounds under different clocks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from alerts.deliver import next_try
from alerts.hours import RANK
from alerts.links import Signing
from alerts.merge import Outgoing, merge_letters
from alerts.metrics import Tally
from alerts.robots import Delivery
from alerts.routing import Target
from collectors import Collector
from watcher import store
from watcher.deciding import Book, judge_papers, judge_units, rejudge, settle, watch_over
from watcher.fetch import Fetcher, Validators
from watcher.fetch.lanes import LONG_AGO, Lane, finished, opens_at, room, started
from watcher.freed_names import note_freed_names
from watcher.gallery import Gallery, note_avatar
from watcher.lookout import (
    SURVEY,
    Lookout,
    canary_account,
    canary_due,
    clearance,
    is_closed,
    notice,
    plan_of,
    restored,
    survey,
    survey_due,
    unproved_of,
    want,
)
from watcher.model import Account, Failure, Letter, Outcome, Pace, Role, Snapshot, Source
from watcher.posting import one_post, turn, with_documents, with_link, with_pictures
from watcher.proofs import Proofs, hold
from watcher.reading import Seen, observe
from watcher.rules.platform import judge_platforms
from watcher.search_state import SearchState
from watcher.sight import Clearance, PlatformSight, Sky
from watcher.silence_end import conclude_due
from watcher.store import Claim, Database, Reading, Standing, Writer

log = logging.getLogger(__name__)

PEOPLE = "people"  # the lane of accounts that nothing but 人工核验 sees
BATCH = 200  # readings settled in one transaction at the most
LETTER_LEASE = timedelta(minutes=5)  # longer than a round of letters may last
LAST_RESORT = timedelta(hours=1)  # between tries where nobody else is left to be told


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
    _done: asyncio.Queue[tuple[Reading, asyncio.Future[None]]] = field(
        default_factory=asyncio.Queue
    )
    _unproved: frozenset[str] = frozenset()
    _settler: asyncio.Task[None] | None = None
    _stopping: bool = False

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


async def dispatch(watch: Watch, lanes: Collection[str] | None = None) -> int:
    """Claim what is due, as much as the lanes have room for, and start reading it.

    `lanes` are those known to have something due; None: any may have.
    """
    if watch._stopping:
        return 0
    await remember(watch)
    now = watch.now()
    rooms = {
        name: free
        for name, lane in watch.lanes.items()
        if (lanes is None or name in lanes)
        and not is_closed(watch.lookout, name)
        and (free := room(lane, now)) > 0
    }
    canaries = _canaries(watch, rooms, now)
    rooms = {name: free for name, free in rooms.items() if free > 0}
    if not rooms or watch._stopping:
        return canaries
    claims = await watch.writer.submit(
        lambda c: store.claim(c, rooms, now, watch.lease, watch.owner, sum(rooms.values()))
    )
    for claim in claims:
        begin(watch, claim.lane, claim.account.key, now, _read(watch, claim))
    return len(claims) + canaries


def begin(
    watch: Watch, lane: str, key: str, now: datetime, reading: Coroutine[Any, Any, None]
) -> None:
    """Start to read something in a lane that has room; whoever reads it frees the lane."""
    watch.lanes[lane] = started(watch.lanes[lane], key, now)
    task = asyncio.create_task(reading, name=f"read {key}")
    watch.reading[task] = perf_counter()
    task.add_done_callback(lambda ended: watch.reading.pop(ended, None))


def _canaries(watch: Watch, rooms: dict[str, int], now: datetime) -> int:
    """Begin to read the canaries that are due; how many. They take their room before accounts.

    Behind a wall the one probe is the canary's: it is known to be there, so its answer is clear.
    """
    begun = 0
    for name in rooms:
        due = canary_due(watch.lookout, name, now)
        if due is None or (due > now and not watch.lanes[name].walls):
            continue
        watch.lookout.busy.add(name)
        begin(watch, name, f"canary-{name}", now, _read_canary(watch, name))
        rooms[name] = 0 if watch.lanes[name].walls else rooms[name] - 1
        begun += 1
    return begun


async def _read(watch: Watch, claim: Claim) -> None:
    """Read one claimed account and keep what came of it."""
    lane, begun = claim.lane, perf_counter()
    known = {url: Validators(**value) for url, value in claim.validators.items()}
    seen = await _in_lane(watch, lane, claim.account, known)
    hold(watch.proofs, claim.account.key, seen)
    note_avatar(watch.gallery, claim.account.key, lane, seen)
    outcome = seen.outcome
    watch.tally.reading(lane, outcome_name(outcome), perf_counter() - begun)
    await _keep(watch, Reading(claim.account.key, outcome, claim.lease_owner, seen.validators))
    watch.on_reading(claim.account, outcome)


async def _in_lane(
    watch: Watch, lane: str, account: Account, known: Mapping[str, Validators]
) -> Seen:
    """Read an account, and let its lane know how that ended."""
    try:
        seen = await _observe(watch, account, known)
    except BaseException:  # cancelled: the lane is freed, the lease runs out by itself
        watch.lanes[lane] = finished(watch.lanes[lane], watch.now(), None)
        raise
    outcome = seen.outcome
    trouble, after = (
        (outcome.trouble, outcome.retry_after) if isinstance(outcome, Failure) else (None, None)
    )
    watch.lanes[lane] = finished(watch.lanes[lane], watch.now(), trouble, after)
    notice(watch.lookout, lane, seen)
    return seen


async def _read_canary(watch: Watch, lane: str) -> None:
    """Look at the known-good account of a lane, and judge the platform by it."""
    lookout = watch.lookout
    try:
        account = canary_account(lane, plan_of(lookout, lane))
        seen = await _in_lane(watch, lane, account, {})
        lookout.wanted.pop(lane, None)
        await look_out(watch, {lane: seen.outcome})
    finally:
        lookout.busy.discard(lane)


async def remember(watch: Watch) -> None:
    """Take up what was known of the platforms when the last process ended; once is enough."""
    if watch.lookout.surveyed_at is not None:
        return
    kept, now = await watch.writer.submit(store.platform_sights), watch.now()
    watch.lookout.sights, watch.lookout.surveyed_at = kept, LONG_AGO
    for name, lane in watch.lanes.items():
        watch.lanes[name] = restored(lane, kept.get(name), now)


async def look_out(watch: Watch, looks: Mapping[str, Outcome] | None = None) -> None:
    """Judge every platform, and the accounts of those that can be read again; `looks` are
    canaries that were read just now."""
    await remember(watch)
    lookout, now, lanes = watch.lookout, watch.now(), dict(watch.lanes)

    def work(c: store.Connection) -> Mapping[str, PlatformSight]:
        found = survey(c, lookout, lanes, watch.collectors, now, looks)
        platforms = judge_platforms(found.values(), lookout.plans, now, watch.book.rules)
        watch_over(c, watch.book, now, platforms)
        return found

    lookout.sights = await watch.writer.submit(work)
    lookout.surveyed_at = now


async def _observe(watch: Watch, account: Account, known: Mapping[str, Validators]) -> Seen:
    return await observe(
        account, watch.collectors, watch.fetcher, known, watch.now(), reveal=watch.reveal
    )


async def look(watch: Watch, account: Account) -> Outcome:
    """Read an account at once, whatever its schedule says, and keep what came of it."""
    await remember(watch)
    seen = await _observe(watch, account, {})
    now, reading = watch.now(), Reading(account.key, seen.outcome, None, seen.validators)
    await watch.writer.submit(lambda c: settle(c, [reading], watch.book, now))
    return seen.outcome


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
            if not batch[0][1].done():  # its reading may have been cancelled meanwhile
                batch[0][1].set_exception(error)
            return
        for one in batch:  # one account's oddity must not cost the others their reading
            await _settle(watch, [one])
        return
    for _, future in batch:
        if not future.done():
            future.set_result(None)


async def judge_due(watch: Watch) -> None:
    """Judge what time alone may have changed, and the watch itself; end the silences that are over
    first, since what they held is then judged anew."""
    now, surveyed = watch.now(), watch.lookout.surveyed_at
    if surveyed is None or now - surveyed >= SURVEY:
        await look_out(watch)

    def work(c: store.Connection) -> int:
        book = watch.book
        conclude_due(c, book.offices, book.policy, book.calendar, now, watch.alive_roles)
        return rejudge(c, book, now)

    while await watch.writer.submit(work) == BATCH:
        pass


async def judge_all_units(watch: Watch) -> None:
    """Judge units and offices, where that is due: once a day and after a change on paper."""
    now = watch.now()
    while await watch.writer.submit(lambda c: judge_units(c, watch.book, now)):
        pass


async def judge_all_papers(watch: Watch) -> None:
    """Look for freed names that somebody bears; judge leads, and filings without an account."""
    now = watch.now()

    def work(c: store.Connection) -> None:
        note_freed_names(c, now)
        judge_papers(c, watch.book, now)

    await watch.writer.submit(work)


async def deliver_due(watch: Watch, limit: int = 20) -> int:
    """Send the letters that are due, each group of mergeable ones as one message."""
    now = watch.now()
    groups = await watch.writer.submit(lambda c: store.take_letters(c, now, LETTER_LEASE, limit))
    by_target: dict[str, list[tuple[Letter, ...]]] = {}
    for group in groups:
        by_target.setdefault(group[0].target, []).append(group)
    await asyncio.gather(*(_say_all(watch, each) for each in by_target.values()))
    return len(groups)


async def _say_all(watch: Watch, groups: Sequence[tuple[Letter, ...]]) -> None:
    """Send one target its messages in turn, the gravest first; where one fails for now or the
    target's cap is full, the others wait with it.

    So a receiver that hangs costs one wait a round, and never the other receivers' threads.
    """
    groups = sorted(groups, key=lambda group: -RANK[group[0].level])
    for done, group in enumerate(groups, 1):
        message, target, free = await _prepared(watch, group)
        if free is not None:
            ids = [each.id for rest in groups[done - 1 :] for each in rest if each.id is not None]
            await watch.writer.submit(partial(store.put_back, ids=ids, until=free))
            return
        failed = await _say(watch, group, message, target)
        if failed is not None:
            await _postpone(watch, groups[done:], *failed)
            return


async def _prepared(
    watch: Watch, group: tuple[Letter, ...]
) -> tuple[Outgoing, Target | None, datetime | None]:
    """The message of a group, its target, and when it may leave where that is not now."""
    target = _target(watch, group[0].target)
    if target is None:
        return merge_letters(group), None, None
    message = merge_letters(group, partial(one_post, target=target))
    folder = watch.proofs.folder
    message = await with_pictures(message, group, target, watch.writer, folder)
    message = await with_documents(message, group, target, watch.writer, watch.state)
    message = await with_link(message, group, target, watch.links, watch.writer, watch.now())
    return message, target, await turn(message, target, watch.writer, watch.now())


async def _postpone(
    watch: Watch, groups: Iterable[tuple[Letter, ...]], error: str, again: datetime
) -> None:
    ids = [letter.id for group in groups for letter in group if letter.id is not None]
    now = watch.now()
    await watch.writer.submit(lambda c: store.mark_failed(c, ids, error, again, now))


async def _say(
    watch: Watch, group: tuple[Letter, ...], message: Outgoing, to: Target | None
) -> tuple[str, datetime] | None:
    """Send one message and note what became of it; its letters share its fate.

    Why it failed and when it is tried again, where a later try may succeed; else None.
    """
    target = group[0].target
    ids = [letter.id for letter in group if letter.id is not None]
    if to is None:
        result = Delivery(False, error=f"no target named {target!r} is configured")
    else:
        result = await watch.send(message, to)
    now, failed = watch.now(), None
    if result.ok:
        await watch.writer.submit(lambda c: store.mark_sent(c, ids, result.provider_id, now))
    else:
        tries = 1 + max(letter.attempts for letter in group)
        again = next_try(tries, now, result.retry_after, result.permanent)
        heirs = () if again else _handed_on(watch, group, result.error)
        if again is None and not heirs:  # the last resort itself refuses: it is asked for ever
            again = now + LAST_RESORT

        def note(c: store.Connection) -> None:
            store.mark_failed(c, ids, result.error, again, now, result.uncertain)
            store.enqueue(c, heirs)

        await watch.writer.submit(note)
        if again is None:
            log.error("%s refused %d letter(s) for good: %s", target, len(group), result.error)
        elif not result.permanent:
            failed = result.error, again
    watch.on_letter(message, target, result)
    return failed


def _handed_on(watch: Watch, group: tuple[Letter, ...], error: str) -> tuple[Letter, ...]:
    """Letters that a target refuses for good, to the last resort: none may be lost."""
    refused = group[0].target
    last = [name for name in watch.book.offices.fallback if name != refused]
    return tuple(
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
    )


def _target(watch: Watch, name: str) -> Target | None:
    """The target of a letter; the last resort where the configuration changed while it waited."""
    offices = watch.book.offices
    found = (offices.targets.get(each) for each in (name, *offices.fallback))
    return next((each for each in found if each is not None), None)


@dataclass(frozen=True, slots=True)
class Agenda:
    """When each round next has something to do; None: not as things stand."""

    lanes: Mapping[str, datetime]
    judging: datetime | None
    letter: datetime | None

    @property
    def reading(self) -> datetime | None:
        return min(self.lanes.values(), default=None)


async def agenda(watch: Watch) -> Agenda:
    """What comes next, with the lanes' pauses counted in."""
    now, coming = watch.now(), await watch.writer.submit(store.coming)
    lanes = {}
    for name, lane in watch.lanes.items():
        moments = [coming.lanes.get(name), canary_due(watch.lookout, name, now)]
        at = min((moment for moment in moments if moment is not None), default=None)
        if at is not None and not is_closed(watch.lookout, name):
            lanes[name] = max(at, opens_at(lane, now))
    judging = [coming.judging, survey_due(watch.lookout)]
    return Agenda(lanes, min(filter(None, judging), default=None), coming.letter)


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
    try:
        async with asyncio.timeout(max(patience / 2, 1.0)):  # a browser may hang as well
            await watch.fetcher.aclose()
    except TimeoutError:
        log.error("the fetcher does not close; going on without it")
    await watch.writer.aclose()


def outcome_name(outcome: Outcome) -> str:
    if isinstance(outcome, Snapshot):
        return outcome.sighting.coverage.value
    return outcome.trouble.value
