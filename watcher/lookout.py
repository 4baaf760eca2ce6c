"""Looking out for the platforms themselves: canaries, the state of each lane, what follows.

Nothing here tells the time or reads the network; the rounds do, and hand in what they saw.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from collectors import Collector, Sure
from watcher import store
from watcher.evidence import keep_bytes, place
from watcher.fetch.lanes import Lane
from watcher.fetch.record import scrub, scrub_url
from watcher.model import Account, Coverage, Failure, Outcome, Page, Source, Trouble, Unit
from watcher.reading import Seen
from watcher.rules.platform import FEWEST, KNOWN, WINDOW, Ground, judged, layout_of, looked
from watcher.sight import Clearance, LaneCount, Layout, Plan, PlatformSight, PlatformState, Sky
from watcher.store import Connection

log = logging.getLogger(__name__)

SURVEY = timedelta(minutes=1)  # between two surveys of all platforms
IN_THE_DARK = timedelta(minutes=10)  # … at the latest, while one of them cannot be read
SOONEST = timedelta(minutes=1)  # between two looks at a canary that somebody waits for
LARGEST = 512 << 10  # bytes of a page that is kept as evidence
EVIDENCE = "evidence"  # the folder of saved pages, under the state folder
NOBODY = Unit("", "")


@dataclass(slots=True)
class Lookout:
    """What a running watch knows of its platforms, lane by lane."""

    plans: Mapping[str, Plan] = field(default_factory=dict)
    state: Path | None = None  # where pages are saved; None: nowhere
    sights: Mapping[str, PlatformSight] = field(default_factory=dict)
    wanted: dict[str, datetime] = field(default_factory=dict)  # canaries somebody waits for
    busy: set[str] = field(default_factory=set)  # lanes whose canary is being read
    odd: dict[str, Page] = field(default_factory=dict)  # the last page nobody understood
    last: dict[str, Page] = field(default_factory=dict)  # the last page of all
    surveyed_at: datetime | None = None


def plan_of(lookout: Lookout, lane: str) -> Plan:
    """What is configured for a lane; nothing for most."""
    return lookout.plans.get(lane, _NO_PLAN)


_NO_PLAN = Plan()
_PASSING = (PlatformState.LIVE, PlatformState.DEGRADED, PlatformState.BLIND)


def is_closed(lookout: Lookout, lane: str) -> bool:
    """Whether the platform has shut down, so that nothing is to be read there."""
    return plan_of(lookout, lane).closed


def clearance(lookout: Lookout, lane: str, unproved: frozenset[str] = frozenset()) -> Clearance:
    """How far findings about accounts of this lane may be believed."""
    return Clearance(lookout.sights.get(lane), plan_of(lookout, lane), unproved)


def unproved_of(collectors: Mapping[str, Collector]) -> frozenset[str]:
    """The collectors that nobody has proved live."""
    return frozenset(name for name, each in collectors.items() if each.sure is Sure.UNCONFIRMED)


def sky_over(
    sights: Mapping[str, PlatformSight],
    plans: Mapping[str, Plan],
    lane: Callable[[Account], str],
    unproved: frozenset[str] = frozenset(),
) -> Sky:
    """The sky for commands that decide beside the running watch, as it was last judged."""

    def over(account: Account) -> Clearance:
        name = lane(account)
        return Clearance(sights.get(name), plans.get(name, _NO_PLAN), unproved)

    return Sky(over)


def canary_account(lane: str, plan: Plan) -> Account:
    """The canary as an account that can be read; it is in no register."""
    assert plan.canary is not None
    canary = plan.canary
    source = Source(canary.collector, canary.handle, canary.settings)
    return Account(f"canary-{lane}", lane, canary.name, NOBODY, (source,))


def canary_due(lookout: Lookout, lane: str, now: datetime) -> datetime | None:
    """When the canary of a lane is to be looked at; None where there is none, or just now."""
    plan = plan_of(lookout, lane)
    if plan.canary is None or plan.closed or lane in lookout.busy:
        return None
    sight = lookout.sights.get(lane)
    regular = sight.canary_due_at if sight else None
    return min(regular or now, lookout.wanted.get(lane, regular or now))


def want(lookout: Lookout, lane: str, now: datetime) -> None:
    """A finding waits for a good look at this lane's canary: look soon, but not all the time."""
    plan, sight = plan_of(lookout, lane), lookout.sights.get(lane)
    if plan.canary is not None:
        last = sight.canary_at if sight else None
        lookout.wanted[lane] = max(now, last + max(SOONEST, plan.every / 10)) if last else now


def notice(lookout: Lookout, lane: str, seen: Seen) -> None:
    """Keep the page of a reading for a moment: if many look like it, it is evidence."""
    if seen.page is None or lookout.state is None:
        return
    shown = seen.page.captured[-1] if seen.page.captured else seen.page
    page = replace(shown, body=shown.body[:LARGEST], captured=())
    lookout.last[lane] = page
    if isinstance(seen.outcome, Failure) and seen.outcome.trouble is Trouble.UNREADABLE:
        lookout.odd[lane] = page


def restored(lane: Lane, sight: PlatformSight | None, now: datetime) -> Lane:
    """The lane with the wall that it rested behind when the process ended."""
    until = sight.closed_until if sight else None
    if sight is None or until is None or until <= now or lane.walls:
        return lane
    return replace(lane, walls=max(sight.walls, 1), closed_until=max(until, lane.closed_until))


def survey_due(lookout: Lookout) -> datetime | None:
    """When to survey even if nothing else is to be judged: soon, while a platform is dark."""
    dark = any(not s.accuses and s.state in _PASSING for s in lookout.sights.values())
    return lookout.surveyed_at + IN_THE_DARK if dark and lookout.surveyed_at else None


def survey(
    c: Connection,
    lookout: Lookout,
    lanes: Mapping[str, Lane],
    collectors: Mapping[str, Collector],
    now: datetime,
    looks: Mapping[str, Outcome] | None = None,
) -> Mapping[str, PlatformSight]:
    """Judge every platform and keep what changed; `looks` are canaries that were just read.

    Where sight returns, the accounts of the lane are to be judged anew.
    """
    kept, looks = store.platform_sights(c), looks or {}
    counts = store.lane_counts(c, now - WINDOW, now - KNOWN)
    found: dict[str, PlatformSight] = {}
    changed: list[PlatformSight] = []
    for name in sorted({*lanes, *lookout.plans, *counts}):
        plan, before = plan_of(lookout, name), kept.get(name)
        known = before or PlatformSight(name, now)
        known = looked(known, plan, looks[name]) if name in looks else known
        ground = _ground(c, lookout, name, lanes.get(name), collectors, known, counts, now)
        after = _with_lane(judged(known, ground, now), lanes.get(name))
        found[name] = after
        if after != before:
            changed.append(after)
        if after.accuses and before is not None and not before.accuses:
            store.judge_lane(c, name, now)
            log.info("%s can be read again", name)
    store.save_platform_sights(c, changed)
    return found


def _ground(
    c: Connection,
    lookout: Lookout,
    name: str,
    lane: Lane | None,
    collectors: Mapping[str, Collector],
    known: PlatformSight,
    counts: Mapping[str, LaneCount],
    now: datetime,
) -> Ground:
    count, plan = counts.get(name, LaneCount()), plan_of(lookout, name)
    here = [each for each in collectors.values() if each.platform == name and not each.out]
    whole = [each for each in here if each.coverage is Coverage.COMPLETE]
    return Ground(
        plan=plan,
        count=count,
        unsure=bool(whole) and all(each.sure is Sure.UNCONFIRMED for each in whole),
        sighted=bool(whole),
        cooling=lane is not None and lane.walls > 0,
        layout=None if plan.closed else _layout(c, lookout, name, here, known, count, now),
    )


def _layout(
    c: Connection,
    lookout: Lookout,
    name: str,
    here: list[Collector],
    known: PlatformSight,
    count: LaneCount,
    now: datetime,
) -> Layout | None:
    if known.layout is None and max(count.unreadable, count.shrunk) < FEWEST:
        return None
    serving = frozenset(each.name for each in here)
    readings = store.lane_looks(c, name, now - WINDOW)
    layout = layout_of(readings, count, now, serving, known.layout)
    if layout is None or (known.layout is not None and known.layout.sha256):
        return layout
    return _saved(lookout, name, layout)


def _saved(lookout: Lookout, name: str, layout: Layout) -> Layout:
    """The change with a page that shows it, scrubbed and kept under the hash of its bytes."""
    pages = lookout.odd if layout.collector else lookout.last
    page = pages.get(name)
    if page is None or lookout.state is None:
        return layout
    body = scrub(page.body)[:LARGEST]
    try:
        mark = keep_bytes(body, lookout.state / EVIDENCE, name).sha256
    except OSError as error:
        log.error("cannot save the page of %s: %s", name, error)
        return layout
    return replace(
        layout, url=scrub_url(page.url), sha256=mark, file=str(place(mark, Path(EVIDENCE)))
    )


def _with_lane(sight: PlatformSight, lane: Lane | None) -> PlatformSight:
    """The wall that the lane rests behind, so that a restart does not run into it again."""
    if lane is None or not lane.walls:
        return replace(sight, walls=0, closed_until=None)
    return replace(sight, walls=lane.walls, closed_until=lane.closed_until)
