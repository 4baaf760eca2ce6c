"""Behind SYS-03 and SYS-04: is the platform itself to be read? Pure.

Everything that could be mistaken for silence on a whole platform at once ends here: walls, outages,
new layouts, ways of reading that nobody has proved, platforms that have shut down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.model import Coverage, Look, Outcome, Snapshot, Trouble
from watcher.sight import Canary, LaneCount, Layout, Plan, PlatformSight, PlatformState

WINDOW = timedelta(hours=6)  # readings that speak of the present
KNOWN = timedelta(days=2)  # a source may be complete only up to the end of yesterday
BLIND_SHARE, DEGRADED_SHARE = 0.8, 0.3
FEWEST = 3  # accounts that make a platform; fewer are accounts in trouble
AGAIN = timedelta(minutes=10)  # after its first failure the canary is looked at so soon again
AHEAD = timedelta(minutes=10)  # a server's clock may be that much ahead of ours
KEPT_DOUBTS = 50


@dataclass(frozen=True, slots=True)
class Ground:
    """What the state of a platform rests on, besides its canary and its past."""

    plan: Plan = Plan()
    count: LaneCount = LaneCount()
    unsure: bool = False  # every complete collector of the lane is unconfirmed
    sighted: bool = True  # the lane has a complete collector
    cooling: bool = False  # the lane rests behind a wall
    layout: Layout | None = None


# -- the canary ------------------------------------------------------------------------------


def looked(sight: PlatformSight, plan: Plan, outcome: Outcome) -> PlatformSight:
    """What is known of the platform after a look at its canary; the state is decided elsewhere."""
    assert plan.canary is not None
    trouble, detail = examined(plan.canary, outcome)
    at = outcome.at
    if trouble is None:
        partial = isinstance(outcome, Snapshot) and outcome.sighting.coverage is Coverage.PARTIAL
        return replace(
            sight,
            canary_at=at,
            canary_ok_at=at,
            canary_due_at=at + plan.every,
            canary_trouble=None,
            canary_detail="",
            canary_failures=0,
            canary_partial=partial,
        )
    failures = sight.canary_failures + 1
    return replace(
        sight,
        canary_at=at,
        canary_due_at=at + (min(plan.every, AGAIN) if failures == 1 else plan.every),
        canary_trouble=trouble,
        canary_detail=detail,
        canary_failures=failures,
    )


def examined(canary: Canary, outcome: Outcome) -> tuple[Trouble | None, str]:
    """What is wrong with this look at the canary; (None, "") where it is as it should be."""
    if not isinstance(outcome, Snapshot):
        return outcome.trouble, outcome.detail
    face = outcome.sighting.profile
    if face is not None and face.name and face.name.strip() != canary.name.strip():
        return Trouble.UNREADABLE, f"显示的账号是“{face.name}”，不是“{canary.name}”"
    posts = [post for post in outcome.sighting.posts if post.at <= outcome.at + AHEAD]
    newest = max((post.latest for post in posts), default=None)
    if newest is None:
        return Trouble.BLOCKED, "没有显示任何内容"
    if outcome.at - newest > canary.speaks_within:
        days = (outcome.at - newest) / timedelta(days=1)
        return Trouble.UNREADABLE, f"最新一条已是{days:.1f}天前，看来不是当前的页面"
    return None, ""


# -- the state -------------------------------------------------------------------------------


def judged(before: PlatformSight, ground: Ground, now: datetime) -> PlatformSight:
    """The platform as it stands now. `before` holds the canary's last looks."""
    state, why = _state(before, ground)
    after = replace(
        before,
        state=state,
        why=why,
        since=before.since if state is before.state else now,
        layout=_layout(before.layout, ground.layout),
        count=ground.count,
    )
    # One failure blinds nobody, but what was read until the next good look is not believed.
    missed = ground.plan.canary is not None and before.canary_failures > 0
    doubtful = missed or state is PlatformState.BLIND or after.layout is not None
    return replace(after, doubts=_doubts(before, ground, doubtful, now))


def _layout(before: Layout | None, now: Layout | None) -> Layout | None:
    """The same change keeps its beginning and its saved page."""
    if before is None or now is None or before.collector != now.collector:
        return now
    saved = now if now.sha256 and not before.sha256 else before
    return replace(now, since=before.since, url=saved.url, sha256=saved.sha256, file=saved.file)


def _state(sight: PlatformSight, ground: Ground) -> tuple[PlatformState, str]:
    plan = ground.plan
    if plan.closed:
        day = f"（{plan.closed_on.isoformat()}）" if plan.closed_on else ""
        return PlatformState.CLOSED, f"平台已停止服务{day}" + (
            f"：{plan.note}" if plan.note else ""
        )
    blind = _blind(sight, ground)
    if blind:
        return PlatformState.BLIND, blind
    confirmed = sight.canary_ok_at or plan.confirmed_by or sight.confirmed_by
    if ground.unsure and not confirmed:
        return PlatformState.UNCONFIRMED, "采集方法尚未经真实页面证实，也没有人确认"
    worse = _degraded(sight, ground)
    return (PlatformState.DEGRADED, worse) if worse else (PlatformState.LIVE, "")


def _blind(sight: PlatformSight, ground: Ground) -> str:
    """Why nothing can be seen; "" where something can."""
    count, failures = ground.count, sight.canary_failures
    if ground.plan.canary is not None and sight.canary_at is not None:
        if failures >= 2:
            return f"参照账号“{ground.plan.canary.name}”连续{failures}次未能正常读到"
        if failures == 1 and 2 * count.failing > count.read:
            return f"参照账号未能正常读到，且{count.failing}个账号也读不到"
        return ""
    if count.failing >= FEWEST and count.failing >= BLIND_SHARE * count.read:
        return (
            f"近{WINDOW // timedelta(hours=1)}小时读过的{count.read}个账号中{count.failing}个读不到"
        )
    # Nobody answered since: that there were fewer tries is no sight.
    return sight.why if sight.state is PlatformState.BLIND and not count.seen else ""


def _degraded(sight: PlatformSight, ground: Ground) -> str:
    count, bad = ground.count, ground.count.failing + ground.count.stood_in
    if ground.layout is not None:
        return f"疑似版式变化：{ground.layout.missing}"
    if sight.canary_failures and ground.plan.canary is not None:
        return "参照账号上一次未能正常读到"
    if ground.cooling:
        return "触发平台限流，通道冷却中"
    if bad and bad >= DEGRADED_SHARE * count.read:
        return f"近期读过的{count.read}个账号中{bad}个读不到或只能读到部分"
    if sight.canary_partial or (ground.sighted and count.seen and not count.complete):
        return "只能读到部分内容"
    return ""


def _doubts(
    before: PlatformSight, ground: Ground, doubtful: bool, now: datetime
) -> tuple[tuple[datetime, datetime | None], ...]:
    """The stretches of blindness: a new one begins where sight was last known to be good."""
    doubts = before.doubts
    running = bool(doubts) and doubts[-1][1] is None
    # A canary bounds the stretch by its good looks; of a new layout it may know nothing.
    good = before.canary_ok_at if ground.plan.canary and before.canary_failures else None
    if doubtful and not running:
        return (*doubts, (good or _began(ground, now), None))[-KEPT_DOUBTS:]
    if running and not doubtful:
        back = before.canary_ok_at if ground.plan.canary and not before.layout else None
        end = back if back is not None and back > doubts[-1][0] else now
        return (*doubts[:-1], (doubts[-1][0], end))
    return doubts


def _began(ground: Ground, now: datetime) -> datetime:
    """Without a canary: the first of the failures; lists that shrank may have done so before."""
    if ground.layout is not None and not ground.layout.collector:
        return now - WINDOW
    return min(ground.count.failing_since or now, now)


def layout_of(
    readings: Iterable[tuple[Look, ...]],
    count: LaneCount,
    now: datetime,
    serving: Container[str],
    before: Layout | None = None,
) -> Layout | None:
    """The change of layout that the last looks of a lane's accounts amount to, if they do.

    Only collectors in service count. One that was there `before` ends when most accounts can be
    read again, not when fewer were tried.
    """
    asked: Counter[str] = Counter()
    wrong: dict[str, Counter[str]] = {}
    for look in (look for looks in readings for look in looks if look.source in serving):
        asked[look.source] += bool(look.result)
        if look.result == Trouble.UNREADABLE:
            wrong.setdefault(look.source, Counter())[look.detail] += 1
    for name, details in sorted(wrong.items(), key=lambda item: -item[1].total()):
        number = details.total()
        fewest = 1 if before is not None and before.collector == name else FEWEST
        if number >= fewest and 2 * number >= asked[name]:
            return Layout(name, details.most_common(1)[0][0], number, asked[name], now)
    if count.shrunk >= FEWEST and 2 * count.shrunk >= count.listed:
        missing = "多个账号的列表条数同时减少一半以上"
        return Layout("", missing, count.shrunk, count.listed, now)
    nobody_asked = before is not None and not asked[before.collector] and not count.seen
    return before if nobody_asked else None
