"""When to search for what: a day's budget, oldest first, spread over the day; what came of it.

Pure. The day is Beijing's. A way of searching that met a gate is left alone until tomorrow, and a
search that was refused is never "none found".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeAlias

from watcher.calendar import ZONE, local
from watcher.candidates import SearchStatus
from watcher.model import Account, FiledState, Hits, Trouble, Unit
from watcher.queries import probes_for, queries_for

FAILURES = 3  # answers of one way in a day that nobody understood: it is left alone until tomorrow


@dataclass(frozen=True, slots=True)
class Way:
    """A way of searching as configured: a searcher, and how often a day it may be asked."""

    name: str  # of the searcher
    platform: str  # account type of the filing form, else the lane's name
    enabled: bool = False
    per_day: int = 0
    probes: bool = False  # it sees the account of exactly this name, or none
    settings: Mapping[str, Any] = field(default_factory=dict)  # secrets as references


@dataclass(frozen=True, slots=True)
class Searches:
    """The section `names` and `search` of impersonation.yaml."""

    ways: tuple[Way, ...] = ()
    extra: tuple[str, ...] = ()  # protected names beyond the register
    left_out: frozenset[str] = frozenset()
    units: bool = True  # units' names are protected too
    begins: int = 7  # hour in Beijing from which is searched …
    ends: int = 22  # … and until which
    again: timedelta = timedelta(days=7)  # after which a name is searched again


@dataclass(frozen=True, slots=True)
class Search:
    """One query on one platform, and whether it could see."""

    name: str  # the protected name
    platform: str
    query: str
    collector: str  # the way's name
    at: datetime
    status: SearchStatus
    trouble: str = ""  # of model.Trouble
    detail: str = ""
    hits: int = 0


Key: TypeAlias = tuple[str, str, str]  # way, name, query


@dataclass(frozen=True, slots=True)
class Ask:
    """One search that is due. A control asks for an account that is known to be there."""

    way: Way
    name: str
    query: str
    control: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """The register as searching sees it: protected names, and who is known where."""

    names: tuple[str, ...] = ()
    there: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    # platform -> (name, platform id) of accounts that are registered and in use


def known_of(accounts: Iterable[Account], units: Iterable[Unit], asked: Searches) -> Known:
    """The names to protect, registered accounts first; each once."""
    there: dict[str, list[tuple[str, str]]] = {}
    used = [one for one in accounts if one.filed_state is not FiledState.DEREGISTERED]
    for one in used:
        for platform in _places_of(one):
            there.setdefault(platform, []).append((one.name, one.platform_id))
    wanted = [one.name for one in used] + list(asked.extra)
    wanted += [unit.name for unit in units] if asked.units else []
    names = dict.fromkeys(name for name in wanted if name and name not in asked.left_out)
    return Known(tuple(names), {platform: tuple(rows) for platform, rows in there.items()})


def _places_of(one: Account) -> set[str]:
    """Under which platforms of searches an account is to be found."""
    if one.platform == "wechat_service":
        return {"wechat_subscription"}  # searches do not tell the two apart
    if one.platform == "other":
        return {source.collector.partition("_")[0] for source in one.sources}
    return {one.platform}


def asked_of(way: Way, name: str) -> tuple[str, ...]:
    """All that this way is asked for one name, likeliest first."""
    return probes_for(name) if way.probes else queries_for(name)


# -- what is due ----------------------------------------------------------------------------


def plan(
    known: Known,
    asked: Searches,
    last: Mapping[Key, Search],
    lately: Iterable[Search],
    now: datetime,
) -> tuple[Ask, ...]:
    """The searches to begin at this moment: at most one for each way.

    `last` is the last search of each way, name and query; `lately` holds all of today's.
    """
    today = today_of(lately, now)
    due = (_due(way, known, asked, last, today.get(way.name, []), now) for way in asked.ways)
    return tuple(ask for ask in due if ask is not None)


def today_of(lately: Iterable[Search], now: datetime) -> Mapping[str, list[Search]]:
    """Today's searches by their way."""
    today: dict[str, list[Search]] = {}
    for one in lately:
        if local(one.at).date() == local(now).date():
            today.setdefault(one.collector, []).append(one)
    return today


def _due(
    way: Way,
    known: Known,
    asked: Searches,
    last: Mapping[Key, Search],
    done: list[Search],
    now: datetime,
) -> Ask | None:
    if not way.enabled or not known.names or gated(done) or not _in_turn(way, asked, done, now):
        return None
    control = _control(way, known, done, now)
    if control is not None:
        return control
    waiting = (
        (_since(last.get((way.name, name, query)), asked, now), rank, number, name, query)
        for number, name in enumerate(known.names)
        for rank, query in enumerate(asked_of(way, name))
    )
    oldest = min((each for each in waiting if each[0] is not None), default=None)
    return None if oldest is None else Ask(way, oldest[3], oldest[4])


def gated(today: Iterable[Search]) -> bool:
    """Whether a way is to be left alone for the rest of the day: a wall, or answers that nobody
    understands. A network that is down is no gate; what fails in it counts towards the budget."""
    failed = [one.trouble for one in today if one.status is SearchStatus.NOT_SEARCHED]
    told = [trouble for trouble in failed if trouble != Trouble.UNREACHABLE]
    return len(told) >= FAILURES or Trouble.BLOCKED in told


def _in_turn(way: Way, asked: Searches, done: list[Search], now: datetime) -> bool:
    """Whether the day has come far enough for one more search of the day's budget."""
    day = local(now).date()
    begins, ends = _hour(day, asked.begins), _hour(day, asked.ends)
    if way.per_day <= len(done) or not begins <= now < ends:
        return False
    step = (ends - begins) / way.per_day
    newest = max((one.at for one in done), default=None)
    early = newest is not None and now - newest < step / 2
    return not early and now >= begins + step * len(done)


def _hour(day: date, hour: int) -> datetime:
    moment = datetime.combine(day, time(), ZONE) + timedelta(hours=hour)
    return moment.astimezone(ZONE)


def _since(one: Search | None, asked: Searches, now: datetime) -> datetime | None:
    """How old the last answer to a query is; None where it is still new enough."""
    if one is None:
        return _NEVER
    return one.at if now - one.at >= asked.again else None


_NEVER = datetime(1970, 1, 1, tzinfo=ZONE)


def _control(way: Way, known: Known, done: list[Search], now: datetime) -> Ask | None:
    """The day's first probe asks for an account that is there, as long as none was seen today:
    a platform that hides even that one hides the others as well."""
    there = known.there.get(way.platform, ())
    if not way.probes or not there:
        return None
    names = {name for name, _ in there}
    if any(one.hits and one.query in names for one in done):
        return None
    name = there[(local(now).date().toordinal() + len(done)) % len(there)][0]
    return Ask(way, name, name, control=True)


# -- what an answer is worth ----------------------------------------------------------------


def worth(ask: Ask, hits: Hits, known: Known) -> tuple[SearchStatus, str, str]:
    """The status of a search that was answered, its trouble and its detail.

    Where the office's own account is known to be on the platform, it is the measure: a probe that
    does not find it has seen nothing, a search that does not show it has not shown all.
    """
    own = [row for row in known.there.get(ask.way.platform, ()) if row[0] == ask.query]
    shown = {profile.handle for profile in hits.profiles} | {p.name for p in hits.profiles}
    missed = bool(own) and not any(name in shown or (ident in shown) for name, ident in own)
    if missed and ask.way.probes:
        why = f"已备案账号“{ask.query}”也未查到，本次结果不可信"
        return SearchStatus.NOT_SEARCHED, Trouble.UNREADABLE.value, why
    if missed:
        detail = "；".join(filter(None, (hits.detail, "已备案的同名账号不在结果中")))
        return SearchStatus.PARTIAL, "", detail
    return (SearchStatus.SEARCHED if hits.complete else SearchStatus.PARTIAL), "", hits.detail
