"""Small dossiers for the tests: one account, read by a pure fold as the store does it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from watcher.calendar import ZONE, load_calendar
from watcher.model import (
    Account,
    Coverage,
    Dossier,
    Finding,
    PageRef,
    Post,
    Sight,
    Sighting,
    StoredPost,
    Trouble,
    Unit,
    UnitKind,
)
from watcher.rules import judge, load_rules

CONFIG = Path(__file__).parents[2] / "config"
CAL = load_calendar(None)
RULES = load_rules(CONFIG / "rules.yaml")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
UNIT = Unit("tourism", "三亚市旅游和文化广电体育局", UnitKind.CITY_DEPARTMENT, "city-office")


def bj(text: str) -> datetime:
    """A Beijing moment such as "2026-03-05 10:00", in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def account(**changes: Any) -> Account:
    return replace(Account(key="weibo-1", platform="weibo", name="三亚旅文", unit=UNIT), **changes)


def post(at: datetime, **changes: Any) -> Post:
    return replace(Post(id=f"p{at:%Y%m%d%H%M%S}", at=at, title="海风"), **changes)


def page(at: datetime) -> PageRef:
    return PageRef("https://weibo.com/u/1", 200, "ab" * 32, at)


def dossier(
    *posts: Post,
    read_at: datetime,
    covered_from: datetime | None = None,
    watched_since: datetime | None = None,
    who: Account | None = None,
) -> Dossier:
    """An account read completely at `read_at`, with these posts ever seen."""
    newest = tuple(sorted(posts, key=lambda each: each.at, reverse=True))
    sight = Sight(
        covered_from=covered_from,
        covered_to=read_at,
        watched_since=watched_since or read_at,
        last_reading_at=read_at,
        last_success_at=read_at,
        source="weibo",
        pages=(page(read_at),),
        last_post=max(posts, key=lambda each: each.latest, default=None),
    )
    return Dossier(who or account(), sight, tuple(StoredPost(each, read_at) for each in newest))


def found(d: Dossier, now: datetime, rules: Any = RULES) -> dict[str, Finding]:
    return {finding.rule: finding for finding in judge(d, now, rules, CAL)}


def levels(d: Dossier, now: datetime) -> dict[str, str]:
    return {rule: str(finding.level) for rule, finding in found(d, now).items()}


# -- readings --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """One reading in a made-up history: what it saw of `truth`, if anything."""

    at: datetime
    kind: str  # complete, partial, failed
    depth: int = 20  # how many posts the list shows


def looked(d: Dossier, look: Look, truth: Iterable[Post]) -> Dossier:
    """The dossier after one more reading, as the store would fold it."""
    if look.kind == "failed":
        sight = replace(
            d.sight,
            watched_since=d.sight.watched_since or look.at,
            last_reading_at=look.at,
            trouble=Trouble.BLOCKED,
            trouble_since=d.sight.trouble_since or look.at,
            failures=d.sight.failures + 1,
        )
        return replace(d, sight=sight)
    public = sorted((p for p in truth if p.at <= look.at), key=lambda p: p.at, reverse=True)
    shown = tuple(public[: look.depth])
    more = len(public) > look.depth
    complete = look.kind == "complete"
    sighting = Sighting(
        profile=None,
        posts=shown if complete else shown[:1],
        coverage=Coverage.COMPLETE if complete else Coverage.PARTIAL,
        reaches=shown[-1].at if more and shown else None,
    )
    return _seen(d, sighting, look.at)


def _seen(d: Dossier, sighting: Sighting, at: datetime) -> Dossier:
    known = {stored.post.id: stored for stored in d.posts}
    for each in sighting.posts:
        known.setdefault(each.id, StoredPost(each, at))
    posts = tuple(sorted(known.values(), key=lambda each: each.post.at, reverse=True))
    sight = replace(
        d.sight,
        watched_since=d.sight.watched_since or at,
        last_reading_at=at,
        last_success_at=at,
        trouble=None,
        trouble_since=None,
        failures=0,
        last_post=max((each.post for each in posts), key=lambda p: p.latest, default=None),
    )
    if sighting.coverage is Coverage.COMPLETE:
        gap = sighting.reaches is not None and (
            d.sight.covered_to is None or sighting.reaches > d.sight.covered_to
        )
        first = sighting.reaches if gap else d.sight.covered_from
        until = sighting.until or at
        sight = replace(sight, covered_from=first, covered_to=until, pages=(page(at),))
        if sighting.reaches is None:
            sight = replace(sight, covered_from=None)
    return replace(d, sight=sight, posts=posts)


def day(text: str) -> date:
    return date.fromisoformat(text)
