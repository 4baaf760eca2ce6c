"""The same rounds under a virtual clock: it jumps from event to event and never waits.

Every request carries X-Simulated-Now, so the replica answers as of that moment. A year of many
accounts runs in minutes and can be compared with a truth written before the run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from watcher.letter_round import deliver_due
from watcher.rounds import agenda, dispatch, judge_due
from watcher.watch import Watch, drain

STEP = timedelta(seconds=1)  # by which the clock moves on where nothing could be done
DAY = timedelta(days=1)
SIMULATED_NOW = "X-Simulated-Now"


@dataclass(slots=True)
class VirtualClock:
    """A clock that stands still until it is set."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def stamp(self) -> Mapping[str, str]:
        """The header that tells the replica which moment it is."""
        return {SIMULATED_NOW: self.moment.astimezone(UTC).isoformat()}


async def drive(
    watch: Watch,
    clock: VirtualClock,
    until: datetime,
    on_step: Callable[[datetime], None] = lambda moment: None,
    tick: timedelta = STEP,
    events: Iterable[tuple[datetime, Callable[[], Awaitable[None]]]] = (),
) -> None:
    """Walk the rounds from the clock's moment to `until`, event by event.

    What falls due within one `tick` is done at its end, together. What is due at `until` itself
    is left to the next walk. `events` are done at their moments, before anything else.
    """
    waiting = sorted(events, key=lambda each: each[0], reverse=True)
    await judge_due(watch)
    begin, midnight = clock.moment, clock.moment + DAY
    while True:
        coming = await agenda(watch)
        happens = waiting[-1][0] if waiting else None
        moments = (coming.reading, coming.judging, coming.letter, midnight, happens)
        event = min(moment for moment in moments if moment is not None)
        event = begin - (begin - event) // tick * tick  # rounded up
        event = max(clock.moment, event)
        if event >= until:
            clock.moment = until
            return
        clock.moment = event
        on_step(event)
        did = 0
        while waiting and waiting[-1][0] <= event:
            await waiting.pop()[1]()
            did += 1
        if did:
            await judge_due(watch)
        due = [lane for lane, at in coming.lanes.items() if at <= event]
        if due:
            did += await dispatch(watch, due)
            await drain(watch)
        if (coming.judging is not None and coming.judging <= event) or midnight <= event:
            did += 1
            if midnight <= event:
                midnight = event + DAY
            await judge_due(watch)
        if coming.letter is not None and coming.letter <= event:
            did += await deliver_due(watch)
        if not did:  # something is due that cannot be done now: never stand still
            clock.moment += max(STEP, tick)
