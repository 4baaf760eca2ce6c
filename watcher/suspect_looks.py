"""Looking at candidates again: are those that were confirmed still there?

A look that failed is unknown: it neither closes nor accuses. That an account is gone is only
believed of a source that has seen it before, twice, a day apart.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from collectors import Collector, Need
from watcher.candidates import Candidate, CandidateEvent, CandidateState, Found
from watcher.fetch.lanes import finished, room, started
from watcher.model import Account, Failure, Outcome, Snapshot, Source, Trouble, Unit
from watcher.reading import observe
from watcher.rules.takedown import next_recheck
from watcher.store import Connection
from watcher.store.candidates import (
    add_candidate_event,
    candidate,
    candidate_events,
    due_for_recheck,
    found,
    set_recheck,
)
from watcher.suspects import closed_down, returned, settle_suspects
from watcher.watch import Watch

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
CERTAIN = DAY  # between two looks that must both say it is gone
BY = "自动复查"
GONE = (Trouble.GONE, Trouble.BANNED)
_MOST = 3  # sources that are asked at one look
_NO_WAY = (Need.CREDENTIAL, Need.PERSON)


async def recheck(watch: Watch, limit: int = 3) -> int:
    """Look again at candidates whose turn it is; how many were looked at."""
    now = watch.now()
    for each in (due := await asyncio.to_thread(_due, watch, now, limit)):
        outcomes = await look_at(watch, each)
        if outcomes is not None:
            await keep_look(watch, each, outcomes)
    return len(due)


def _due(watch: Watch, now: datetime, limit: int) -> tuple[Candidate, ...]:
    with watch.db.read() as c:
        return due_for_recheck(c, now, limit)


async def look_at(watch: Watch, of: Candidate) -> tuple[Outcome, ...] | None:
    """Read a candidate by every way that knows its id; None where the lane has no room now."""
    made: list[Outcome] = []
    for collector in ways_of(of, watch.collectors):
        lane, now = watch.lanes.get(collector.platform), watch.now()
        if lane is None or lane.walls or room(lane, now) <= 0:
            return tuple(made) if made else None
        watch.lanes[lane.platform] = started(lane, f"candidate-{of.id}", now)
        account = Account(
            f"candidate:{of.id}",
            of.platform,
            of.profile.name,
            Unit("", ""),
            (Source(collector.name, of.handle),),
        )
        trouble: Trouble | None = None
        try:
            seen = await observe(
                account, watch.collectors, watch.fetcher, {}, now, reveal=watch.reveal
            )
            outcome = seen.outcome
            made.append(outcome)
            trouble = outcome.trouble if isinstance(outcome, Failure) else None
        finally:
            walled = trouble if trouble is Trouble.BLOCKED else None
            watch.lanes[lane.platform] = finished(watch.lanes[lane.platform], watch.now(), walled)
        if isinstance(outcome, Snapshot):
            break
    return tuple(made)


def ways_of(of: Candidate, collectors: Mapping[str, Collector]) -> tuple[Collector, ...]:
    """The collectors that may read this candidate by its id, as a guest does."""
    lanes = (of.platform, of.platform.partition("_")[0])
    able = (
        each
        for each in collectors.values()
        if of.platform in each.forms
        and each.platform in lanes  # a feed or a search that others made knows other ids
        and each.witness
        and not each.out
        and not any(need in each.needs for need in _NO_WAY)
    )
    return tuple(sorted(able, key=lambda each: (Need.BROWSER in each.needs, each.name))[:_MOST])


async def keep_look(watch: Watch, of: Candidate, outcomes: Iterable[Outcome]) -> None:
    """Keep what a look came to, and all that follows from it."""
    made, now = tuple(outcomes), watch.now()

    def work(c: Connection) -> None:
        note_look(c, of.id, made, watch.book.rules.rechecks, now)
        settle_suspects(c, watch.book, now)

    await watch.writer.submit(work)


def note_look(
    c: Connection, number: int, made: tuple[Outcome, ...], terms: tuple[int, ...], now: datetime
) -> str:
    """Note a look at a candidate: seen, gone or unknown, and when to look next."""
    before = candidate(c, number)
    if before is None:
        return "unknown"
    result, data = _came_to(c, before, made)
    add_candidate_event(c, number, CandidateEvent(now, BY, "look", result, data))
    seen = next((each for each in made if isinstance(each, Snapshot)), None)
    if result == "seen" and seen is not None:
        _seen(c, before, seen, terms, now)
    elif result == "gone":
        _gone(c, before, terms, now)
    else:
        _unknown(c, before, terms, now)
    return result


def _came_to(
    c: Connection, before: Candidate, made: tuple[Outcome, ...]
) -> tuple[str, dict[str, Any]]:
    data: dict[str, Any] = {
        "sources": [each.source for each in made],
        "trouble": [each.trouble.value if each.trouble else "" for each in made],
        "pages": [{"url": p.url, "sha256": p.sha256} for each in made for p in each.pages],
    }
    if any(isinstance(each, Snapshot) for each in made):
        return "seen", data
    known = _who_saw(c, before.id)
    said = [each for each in made if isinstance(each, Failure) and each.source in known]
    return ("gone" if any(each.trouble in GONE for each in said) else "unknown"), data


def _who_saw(c: Connection, number: int) -> frozenset[str]:
    """The sources that have seen this candidate before: only they can say that it is gone."""
    looks = (each for each in candidate_events(c, number) if each.kind == "look")
    return frozenset(
        source for look in looks if look.text == "seen" for source in look.data["sources"][-1:]
    )


def _seen(
    c: Connection, before: Candidate, seen: Snapshot, terms: tuple[int, ...], now: datetime
) -> None:
    face = seen.sighting.profile
    if face is not None:
        new = Found(
            before.platform,
            before.handle,
            before.url,
            face,
            seen.at,
            seen.pages,
            before.query,
            seen.source,
        )
        found(c, new)
    if before.state is CandidateState.TAKEN_DOWN:
        returned(c, before, BY, f"{seen.source}又见到该账号", now)
    else:
        _next(c, before, terms, before.rechecks + 1, None)


def _gone(c: Connection, before: Candidate, terms: tuple[int, ...], now: datetime) -> None:
    standing = (CandidateState.CONFIRMED, CandidateState.BACK)
    if before.gone_since is not None and now - before.gone_since >= CERTAIN:
        if before.state in standing:
            why = "平台两次答复该账号不存在或已封禁"
            closed_down(c, before, BY, why, before.fingerprint, now)
        else:
            _next(c, before, terms, before.rechecks + 1, before.gone_since)
        return
    since = before.gone_since or now
    set_recheck(c, before.id, since + CERTAIN, before.rechecks, since)


def _unknown(c: Connection, before: Candidate, terms: tuple[int, ...], now: datetime) -> None:
    """Try again tomorrow, until the next term is due anyway."""
    later = _term(before, terms, before.rechecks + 1)
    if later is not None and now + DAY >= later:
        _next(c, before, terms, before.rechecks + 1, before.gone_since)
        return
    again = None if later is None else now + DAY
    set_recheck(c, before.id, again, before.rechecks, before.gone_since)


def _next(
    c: Connection, before: Candidate, terms: tuple[int, ...], done: int, gone: datetime | None
) -> None:
    set_recheck(c, before.id, _term(before, terms, done), done, gone)


def _term(before: Candidate, terms: tuple[int, ...], done: int) -> datetime | None:
    """The first look is the one at the decision itself."""
    return next_recheck(before.decided_at or before.last_seen, done, (0, *terms))
