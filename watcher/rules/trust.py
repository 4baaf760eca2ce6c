"""What the state of a platform means for findings: may they be opened; its own. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from watcher.model import Finding, Trouble
from watcher.rules.ruleset import RuleSet
from watcher.sight import Clearance, LaneCount, Layout, Plan, PlatformSight, PlatformState


class Trust(StrEnum):
    """Whether a finding about an account may be opened or raised."""

    YES = "yes"
    WAIT = "wait"  # until the canary has been seen well after the reading that proves it
    NO = "no"


# -- what it means for a finding -------------------------------------------------------------


def trust(clearance: Clearance, proved: datetime, now: datetime) -> Trust:
    """Whether a finding may be opened or raised. `proved` is when its proof was read.

    A good look at the canary before the reading says nothing of it: the platform may have gone
    blind in between. So a finding waits for a good look after it, and for one that is not old.
    """
    sight, plan = clearance.sight, clearance.plan
    if sight is None:
        return Trust.YES if plan.canary is None and not plan.closed else Trust.WAIT
    if not sight.accuses or sight.doubted(proved):
        return Trust.NO
    if plan.canary is None:
        return Trust.YES
    good = sight.canary_ok_at
    fresh = good is not None and good >= proved and now - good <= plan.patience
    return Trust.YES if fresh else Trust.WAIT


def stands_in(sight: PlatformSight | None, trouble: Trouble | None) -> str:
    """What says for the whole platform what SYS-01 would say of an account; "" if nothing does."""
    if sight is None:
        return ""
    if sight.state is PlatformState.CLOSED:
        return "平台关闭"
    if sight.layout is not None and trouble is Trouble.UNREADABLE:
        return "SYS-04"
    if sight.state is PlatformState.BLIND:
        return "SYS-04" if sight.layout is not None else "SYS-03"
    return ""


def judge_platforms(
    sights: Iterable[PlatformSight], plans: Mapping[str, Plan], now: datetime, rules: RuleSet
) -> Iterator[Finding]:
    """One finding for each platform that cannot be read, for our operators and never for a unit."""
    for sight in sights:
        plan = plans.get(sight.platform, Plan())
        if sight.layout is not None and not plan.closed:
            yield from _finding(rules, "SYS-04", sight, plan, now, _layout_facts(sight.layout))
        elif sight.state is PlatformState.BLIND:
            yield from _finding(rules, "SYS-03", sight, plan, now, _blind_facts(sight, plan))


def _finding(
    rules: RuleSet,
    name: str,
    sight: PlatformSight,
    plan: Plan,
    now: datetime,
    facts: Mapping[str, object],
) -> Iterator[Finding]:
    rule = rules.active(name)
    if rule is not None:
        shared = {"platform": sight.platform, "title": plan.title}
        yield Finding(
            rule=rule.rule,
            account="",
            subject=sight.platform,
            level=rule.level,
            article=rule.article,
            as_of=now,
            facts={**shared, **facts},
        )


def _blind_facts(sight: PlatformSight, plan: Plan) -> Mapping[str, object]:
    count = sight.count
    return {
        "since": sight.since.isoformat(),
        "why": sight.why,
        "trouble": sight.canary_trouble.value if sight.canary_trouble else _commonest(count),
        "detail": sight.canary_detail,
        "canary": plan.canary.name if plan.canary else None,
        "canary_ok_at": sight.canary_ok_at.isoformat() if sight.canary_ok_at else None,
        "accounts": count.accounts,
        "read": count.read,
        "failing": count.failing,
    }


def _commonest(count: LaneCount) -> str | None:
    rows = {
        Trouble.BLOCKED: count.blocked,
        Trouble.UNREADABLE: count.unreadable,
        Trouble.UNREACHABLE: count.unreachable,
    }
    worst = max(rows, key=lambda trouble: rows[trouble])
    return worst.value if rows[worst] else None


def _layout_facts(layout: Layout) -> Mapping[str, object]:
    return {
        "since": layout.since.isoformat(),
        "collector": layout.collector,
        "missing": layout.missing,
        "accounts": layout.accounts,
        "of": layout.of,
        "url": layout.url,
        "sha256": layout.sha256,
        "file": layout.file,
    }
