"""What may be said of each protected name on each platform: searched, in part, not searched. Pure.

A name counts as searched only while every query of one of its searches was answered whole, and
lately. Probes see single names and are never more than a part. What was refused, not yet asked or
never switched on is not searched, with the reason, and never "none found".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from watcher.calendar import local
from watcher.candidates import SearchStatus
from watcher.discovery import Key, Known, Search, Searches, Way, asked_of

FRESH = 2  # of the times after which a name is searched again: what is older is no coverage
WORDS: Mapping[SearchStatus, str] = {
    SearchStatus.SEARCHED: "已检索",
    SearchStatus.PARTIAL: "部分检索",
    SearchStatus.NOT_SEARCHED: "未检索",
}
_NO_TURN = "还没有轮到"


@dataclass(frozen=True, slots=True)
class Covered:
    """What may be said of one protected name on one platform."""

    name: str
    platform: str
    status: SearchStatus
    answered: int = 0  # queries that were answered lately …
    queries: int = 0  # … of so many
    searched_at: datetime | None = None  # the last answer
    tried_at: datetime | None = None
    detail: str = ""  # why it is not searched, or only in part
    due_at: datetime | None = None  # the day's budget permitting


def coverage(
    known: Known, asked: Searches, last: Mapping[Key, Search], now: datetime
) -> tuple[Covered, ...]:
    """Every protected name on every platform on which it is or can be looked for."""
    platforms: dict[str, list[Way]] = {platform: [] for platform in sorted(known.there)}
    for way in asked.ways:
        platforms.setdefault(way.platform, []).append(way)
    return tuple(
        _covered(name, platform, ways, asked, last, now)
        for name in known.names
        for platform, ways in platforms.items()
    )


def _covered(
    name: str,
    platform: str,
    ways: list[Way],
    asked: Searches,
    last: Mapping[Key, Search],
    now: datetime,
) -> Covered:
    on = [way for way in ways if way.enabled and way.per_day]
    if not on:
        return _off(name, platform, [_part(way, name, asked, last, now) for way in ways])
    parts = [_part(way, name, asked, last, now) for way in on]
    best = max(parts, key=lambda part: (_RANK[part.status], part.answered))
    return Covered(
        name,
        platform,
        best.status,
        best.answered,
        best.queries,
        max((p.searched_at for p in parts if p.searched_at), default=None),
        max((p.tried_at for p in parts if p.tried_at), default=None),
        "" if best.status is SearchStatus.SEARCHED else "；".join(_told(parts)),
        min((p.due_at for p in parts if p.due_at), default=None),
    )


def _off(name: str, platform: str, parts: list[Covered]) -> Covered:
    """A platform that nobody searches now: what was seen lately is a part, and ages."""
    if not any(part.tried_at for part in parts):
        why = "未启用" if parts else "本平台没有可用的检索入口"
        return Covered(name, platform, SearchStatus.NOT_SEARCHED, detail=why)
    best = max(parts, key=lambda part: (_RANK[part.status], part.answered))
    seen = max((part.searched_at for part in parts if part.searched_at), default=None)
    tried = max(part.tried_at for part in parts if part.tried_at)
    at = f"{local(seen or tried):%Y-%m-%d %H:%M}"
    told = f"最近检索到 {at}，此后出现的账号看不到" if seen else f"最近一次检索 {at}，已不作数"
    return Covered(
        name,
        platform,
        SearchStatus.PARTIAL if seen else SearchStatus.NOT_SEARCHED,
        best.answered,
        best.queries,
        seen,
        tried,
        f"检索方式现已停用；{told}",
    )


_RANK = {SearchStatus.NOT_SEARCHED: 0, SearchStatus.PARTIAL: 1, SearchStatus.SEARCHED: 2}


def _told(parts: Iterable[Covered]) -> Iterator[str]:
    yield from dict.fromkeys(part.detail for part in parts if part.detail)


def _part(
    way: Way, name: str, asked: Searches, last: Mapping[Key, Search], now: datetime
) -> Covered:
    """One way's share: its queries' last answers, as long as they are fresh."""
    queries = asked_of(way, name)
    runs = [last.get((way.name, name, query)) for query in queries]
    tried = [run for run in runs if run is not None]
    fresh = [run for run in tried if now - run.at < asked.again * FRESH]
    seen = [run for run in fresh if run.status is not SearchStatus.NOT_SEARCHED]
    whole = not way.probes and len(seen) == len(queries)
    whole = whole and all(run.status is SearchStatus.SEARCHED for run in seen)
    status = SearchStatus.PARTIAL if seen else SearchStatus.NOT_SEARCHED
    return Covered(
        name,
        way.platform,
        SearchStatus.SEARCHED if whole else status,
        len(seen),
        len(queries),
        max((run.at for run in seen), default=None),
        max((run.at for run in tried), default=None),
        _why(way, tried, seen, len(queries)),
        min((run.at + asked.again if run else now for run in runs), default=now),
    )


def _why(way: Way, tried: list[Search], seen: list[Search], queries: int) -> str:
    """Why a name counts as not, or not wholly, searched by this way."""
    if not tried:
        return _NO_TURN
    newest = max(tried, key=lambda run: run.at)
    if not seen:
        return newest.detail or "未能检索"
    parts = [run.detail for run in seen if run.status is SearchStatus.PARTIAL and run.detail]
    if way.probes:
        parts.append(f"只做了同名探测（{len(seen)}/{queries}），不等于检索")
    elif len(seen) < queries:
        parts.append(f"只完成了{len(seen)}/{queries}个检索词")
    return "；".join(dict.fromkeys(parts))
