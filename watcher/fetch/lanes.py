"""How politely a platform is read: a lane as a value, and what happens to it. Pure.

One lane per platform and egress address. Starts are `pace.gap` seconds apart at least. A wall
(three BLOCKED in a row, or a platform that names a time to come back) closes the lane for a
quarter of an hour, doubling to four hours; then a single probe decides whether it opens.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from watcher.model import Pace, Trouble

LONG_AGO = datetime.min.replace(tzinfo=UTC)
STREAK = 3  # BLOCKED in a row that make a wall
FIRST_REST = timedelta(minutes=15)
LONGEST_REST = timedelta(hours=4)
LONGEST_RETRY_AFTER = timedelta(days=1)  # nobody may send us away for longer
# A platform that answers about the account, if only "no such account", is no wall.
ANSWERED = frozenset({None, Trouble.GONE, Trouble.BANNED})


@dataclass(frozen=True, slots=True)
class Lane:
    """The state of one lane. `walls` counts walls since it last opened; 0 means open."""

    platform: str
    pace: Pace = field(default_factory=Pace)
    inflight: int = 0
    next_free: datetime = LONG_AGO
    closed_until: datetime = LONG_AGO
    walls: int = 0
    probing: bool = False  # the one probe is on its way
    blocked: int = 0  # BLOCKED in a row


def state(lane: Lane, now: datetime) -> Literal["open", "cooling", "probing"]:
    """Open, resting behind a wall, or waiting for what the one probe says."""
    if not lane.walls:
        return "open"
    return "cooling" if now < lane.closed_until else "probing"


def room(lane: Lane, now: datetime) -> int:
    """How many readings may start at this moment."""
    if now < opens_at(lane, now):
        return 0
    if lane.walls:  # nothing else may be under way, so that its end is the probe's end
        return 0 if lane.inflight else 1
    free = max(0, lane.pace.concurrency - lane.inflight)
    return min(free, 1) if lane.pace.gap > 0 else free


def opens_at(lane: Lane, now: datetime) -> datetime:
    """The earliest moment, not before `now`, at which the clock allows a start."""
    return max(now, lane.closed_until, lane.next_free)


def started(lane: Lane, key: str, now: datetime) -> Lane:
    """A reading of account `key` begins."""
    gap = timedelta(seconds=lane.pace.gap * (1 + jitter(key) / 2))
    return replace(lane, inflight=lane.inflight + 1, next_free=now + gap, probing=lane.walls > 0)


def finished(
    lane: Lane, now: datetime, trouble: Trouble | None, retry_after: float | None = None
) -> Lane:
    """A reading ended; `retry_after` in seconds. Raises ValueError where none was under way."""
    if lane.inflight < 1:
        raise ValueError(f"lane {lane.platform}: no reading is under way")
    lane = replace(lane, inflight=lane.inflight - 1, probing=False)
    blocked = lane.blocked + 1 if trouble is Trouble.BLOCKED else 0
    if state(lane, now) == "cooling":  # it began before the wall: its end proves nothing new
        return _rest(lane, now, timedelta(0), retry_after)
    lane = replace(lane, blocked=blocked)
    if lane.walls and trouble in ANSWERED and not retry_after:
        return replace(lane, walls=0, blocked=0)
    if lane.walls or retry_after or blocked >= STREAK:
        pause = min(FIRST_REST * 2 ** min(lane.walls, 8), LONGEST_REST)
        return replace(_rest(lane, now, pause, retry_after), walls=lane.walls + 1, blocked=0)
    return lane


def left(lane: Lane, now: datetime, retry_after: float | None = None) -> Lane:
    """Something that was no reading ended: it says nothing of the wall, unless the platform
    named a time to come back. Raises ValueError where nothing was under way."""
    if lane.inflight < 1:
        raise ValueError(f"lane {lane.platform}: nothing is under way")
    lane = replace(lane, inflight=lane.inflight - 1, probing=False)
    if not retry_after:
        return lane
    return replace(_rest(lane, now, timedelta(0), retry_after), walls=max(lane.walls, 1))


def _rest(lane: Lane, now: datetime, pause: timedelta, retry_after: float | None) -> Lane:
    asked = timedelta(seconds=min(retry_after or 0.0, LONGEST_RETRY_AFTER.total_seconds()))
    return replace(lane, closed_until=max(lane.closed_until, now + max(pause, asked)))


def jitter(key: str) -> float:
    """A number in [0, 1) that is the same for a key on every run and machine."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest()) / 2**32
