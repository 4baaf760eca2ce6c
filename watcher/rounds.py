"""The rounds of readings and of judging: claim what is due, read it, settle it, judge anew.

Nothing here tells the time: `now` is handed in, so the daemon, the demo and the simulation walk
the same rounds under different clocks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from watcher import store
from watcher.fetch import Validators
from watcher.fetch.lanes import LONG_AGO, finished, opens_at, room
from watcher.freed_names import note_freed_names
from watcher.gallery import note_avatar
from watcher.judging import judge_papers, judge_units, rejudge, settle, watch_over
from watcher.lookout import (
    SURVEY,
    canary_account,
    canary_due,
    is_closed,
    notice,
    plan_of,
    restored,
    survey,
    survey_due,
)
from watcher.model import Account, Failure, Outcome
from watcher.proofs import hold
from watcher.reading import Seen, observe
from watcher.rules.trust import judge_platforms
from watcher.sight import PlatformSight
from watcher.silence_end import conclude_due
from watcher.store import Claim, Reading
from watcher.watch import Watch, begin

log = logging.getLogger(__name__)

BATCH = 200  # readings settled in one transaction at the most


async def dispatch(watch: Watch, lanes: Collection[str] | None = None) -> int:
    """Claim what is due, as much as the lanes have room for, and start reading it.

    `lanes` are those known to have something due; None: any may have.
    """
    if watch.stopping:
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
    if not rooms or watch.stopping:
        return canaries
    claims = await watch.writer.submit(
        lambda c: store.claim(c, rooms, now, watch.lease, watch.owner, sum(rooms.values()))
    )
    for claim in claims:
        begin(watch, claim.lane, claim.account.key, now, _read(watch, claim))
    return len(claims) + canaries


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
    watch.tally.reading(lane, store.outcome_name(outcome), perf_counter() - begun)
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


async def _keep(watch: Watch, reading: Reading) -> None:
    """Settle a reading with the others that are ready: one transaction for all of them."""
    if watch.settler is None or watch.settler.done():
        watch.settler = asyncio.create_task(_settle_forever(watch), name="settler")
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    watch.done.put_nowait((reading, future))
    try:
        await future
    except Exception:
        # The lease runs out and the account is read again: nothing is lost but this look.
        log.exception("cannot keep the reading of %s", reading.account_key)


async def _settle_forever(watch: Watch) -> None:
    while True:
        batch = [await watch.done.get()]
        while len(batch) < BATCH and not watch.done.empty():
            batch.append(watch.done.get_nowait())
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
