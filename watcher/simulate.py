"""The same rounds under a virtual clock: it jumps from event to event and never waits.

Every request carries X-Simulated-Now, so the replica answers as of that moment. A year of many
accounts runs in minutes and can be compared with a truth written before the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from watcher.rounds import Watch, deliver_due, dispatch, drain, judge_due, next_event

STEP = timedelta(seconds=1)  # the least by which the clock moves on
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
) -> None:
    """Walk the rounds from the clock's moment to `until`, event by event."""
    while clock.moment < until:
        on_step(clock.moment)
        while await dispatch(watch):
            await drain(watch)
        await judge_due(watch)
        while await deliver_due(watch):
            pass
        event = await next_event(watch)
        clock.moment = min(until, max(event or until, clock.moment + STEP))
