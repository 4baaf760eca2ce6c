"""Routes: who hears of some cases beside, or instead of, those whom their rule names. Pure.

A route is about cases, or about reports of the plan, never about both. Routes are gone through in
order. `add` adds its hearers and the next one is tried; `instead` puts
its hearers in the place of those the rule names, and `mute` says nothing, and both end it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from alerts.steps import Hearers
from watcher.model import Level, Notice, UnitKind, Why


class Manner(StrEnum):
    ADD = "add"
    INSTEAD = "instead"
    MUTE = "mute"


class Occasion(StrEnum):
    """Why something is said. A step up (逐级报告) has routes of its own, else those that stand in
    for somebody would swallow it."""

    FIRST = "first"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    STEP = "step"
    RESOLVED = "resolved"


USUAL_OCCASIONS = frozenset(Occasion) - {Occasion.STEP}
OCCASIONS = {
    Occasion.FIRST: "首次告知",
    Occasion.REMINDER: "再次提醒",
    Occasion.ESCALATION: "升级",
    Occasion.STEP: "逐级报告",
    Occasion.RESOLVED: "销号告知",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """What a letter would be about; "" and None where it is about no account or unit."""

    rule: str
    level: Level
    occasion: Occasion
    platform: str = ""
    kind: UnitKind | None = None
    office: str = ""  # key of the unit's daily supervisor


@dataclass(frozen=True, slots=True)
class ReportTopic:
    """A report of the plan: its kind, and the key of its office ("" for the whole city)."""

    kind: str
    office: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One route; a condition that is None holds for everything.

    `offices` hold the whole subtree of those that were written. `digest`: it can wait for the
    next digest, where it is not red. `reports` are kinds; a route with them is about these reports
    of the plan alone, one without them about cases alone.
    """

    name: str
    manner: Manner
    to: Hearers = Hearers()
    digest: bool = False
    rules: frozenset[str] | None = None
    levels: frozenset[Level] | None = None
    platforms: frozenset[str] | None = None
    kinds: frozenset[UnitKind] | None = None
    offices: frozenset[str] | None = None
    occasions: frozenset[Occasion] = USUAL_OCCASIONS
    reports: frozenset[str] | None = None

    @property
    def ends(self) -> bool:
        """Whether no further route is tried."""
        return self.manner is not Manner.ADD


def fits(route: Route, topic: Topic | ReportTopic) -> bool:
    if isinstance(topic, ReportTopic):
        there = route.offices is None or topic.office in route.offices
        return there and route.reports is not None and topic.kind in route.reports
    return (
        route.reports is None
        and topic.occasion in route.occasions
        and (route.rules is None or topic.rule in route.rules)
        and (route.levels is None or topic.level in route.levels)
        and (route.platforms is None or topic.platform in route.platforms)
        and (route.kinds is None or topic.kind in route.kinds)
        and (route.offices is None or topic.office in route.offices)
    )


def taken(routes: Iterable[Route], topic: Topic | ReportTopic) -> Iterator[Route]:
    """The routes that apply, in order, up to the first that ends it."""
    for route in routes:
        if fits(route, topic):
            yield route
            if route.ends:
                return


def shadowed(routes: Iterable[Route]) -> Iterator[tuple[Route, Route]]:
    """Each route that is never reached, with the earlier one that takes all it is for."""
    earlier: list[Route] = []
    for route in routes:
        by = next((each for each in earlier if each.ends and _covers(each, route)), None)
        if by is not None:
            yield route, by
        earlier.append(route)


def occasion_of(notice: Notice) -> Occasion:
    if notice.step is not None:
        return Occasion.STEP
    return Occasion(notice.why) if notice.why is not Why.DIGEST else Occasion.REMINDER


def family(pattern: str, known: Iterable[str]) -> frozenset[str]:
    """The rules that a pattern such as UPD-04 or UPD-* names."""
    return frozenset(rule for rule in known if fnmatchcase(rule, pattern))


# -- inside ------------------------------------------------------------------------------------


def _covers(wide: Route, narrow: Route) -> bool:
    """Whether all that the narrow one is for is the wide one's as well."""
    if (wide.reports is None) != (narrow.reports is None):
        return False
    pairs = (
        (wide.rules, narrow.rules),
        (wide.levels, narrow.levels),
        (wide.platforms, narrow.platforms),
        (wide.kinds, narrow.kinds),
        (wide.offices, narrow.offices),
        (wide.occasions, narrow.occasions),
        (wide.reports, narrow.reports),
    )
    return all(w is None or (n is not None and n <= w) for w, n in pairs)
