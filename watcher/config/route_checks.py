"""What may be wrong with routes.yaml beyond its form: place, message, suggestion of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from alerts.office_tree import Offices
from alerts.routes import Occasion, Route, family, shadowed
from alerts.steps import Hearers
from alerts.words import PLATFORMS
from watcher.config.report_routes import wrong_report_route
from watcher.config.route_tables import (
    EscalationTable,
    HearersTable,
    RoutesTable,
    RouteTable,
    RuleTable,
    StepTable,
)
from watcher.mistakes import meant
from watcher.model import Level, Role, UnitKind
from watcher.rules.ruleset import Rule

_RISING = (Level.BLUE, Level.YELLOW, Level.ORANGE, Level.RED)
_QUIET = (Occasion.REMINDER, Occasion.RESOLVED)  # of what is blue, these may be muted
_CALLED = {"offices": "办公室", "targets": "推送目标", "platforms": "平台", "kinds": "单位类型"}


@dataclass(frozen=True, slots=True)
class Known:
    """What the names of the file must be among; `offices` None: offices.yaml cannot be read."""

    rules: tuple[str, ...]
    offices: Offices | None


def hearers_of(table: HearersTable) -> Hearers:
    roles = tuple(Role(name) for name in dict.fromkeys(table.roles))
    return Hearers(roles, tuple(dict.fromkeys(table.offices)), tuple(dict.fromkeys(table.targets)))


def rules_of(patterns: Iterable[str], known: Known) -> frozenset[str]:
    return frozenset(rule for each in patterns for rule in family(each, known.rules))


def levels_of(table: RouteTable) -> frozenset[Level] | None:
    if table.level:
        return frozenset({Level(table.level)})
    if table.at_least:
        return frozenset(_RISING[_RISING.index(Level(table.at_least)) :])
    return None


def wrong(table: RoutesTable, known: Known) -> Iterator[tuple[str, str, str]]:
    """Place, message, suggestion of what stands in the file."""
    yield from _wrong_hours(table)
    for level in EscalationTable.model_fields:
        steps = getattr(table.escalation, level) or ()
        yield from _wrong_steps(steps, f"escalation.{level}", known)
    for pattern, each in table.policy.items():
        yield from _unknownrules_of([pattern], "policy", known)
        yield from _wrong_steps(each.escalation or (), f"policy.{pattern}.escalation", known)
    for number, route in enumerate(table.routes):
        yield from _wrong_route(route, f"routes[{number}]", known)


def _wrong_hours(table: RoutesTable) -> Iterator[tuple[str, str, str]]:
    clock, gather = table.hours, table.gather
    if clock.quiet_until >= clock.quiet_from:
        yield "hours.quiet_until", "须早于 quiet_from：夜间在两者之间", ""
    elif not clock.quiet_until <= clock.digest < clock.quiet_from:
        yield "hours.digest", "不能落在夜间静默时段", ""
    for earlier, later in pairwise(clock.office):
        if later[0] < earlier[1]:
            yield "hours.office", "各段须先后相接，不能重叠", ""
    opens, closes = clock.office[0][0], clock.office[-1][1]
    if clock.quiet_until < clock.quiet_from and not (
        clock.quiet_until <= opens and closes <= clock.quiet_from
    ):
        yield "hours.office", "不能落在夜间静默时段", ""
    for wait, most in (("wait", "most"), ("wait_red", "most_red"), ("wait_operator", "most")):
        if getattr(gather, wait) > getattr(gather, most):
            yield f"gather.{wait}", f"不能长于 {most}", ""


def _wrong_steps(
    steps: Iterable[StepTable], place: str, known: Known
) -> Iterator[tuple[str, str, str]]:
    keys: set[str] = set()
    for number, each in enumerate(steps):
        where = f"{place}[{number}]"
        yield from _wrong_hearers(each.to, f"{where}.to", known, needed=True)
        key = f"{each.when} {hearers_of(each.to).mark}"
        if key in keys:
            yield where, "与前面一步的时间和对象相同", "去掉其中一步"
        keys.add(key)


def _wrong_hearers(
    to: HearersTable, place: str, known: Known, needed: bool
) -> Iterator[tuple[str, str, str]]:
    if needed and not (to.roles or to.offices or to.targets):
        yield place, "没有写通知谁", "写上 roles、offices 或 targets"
    if known.offices is None:
        return
    for kind, names in (("offices", known.offices.offices), ("targets", known.offices.targets)):
        for name in getattr(to, kind):
            if name not in names:
                yield f"{place}.{kind}", f"没有这个{_CALLED[kind]}：{name}", meant(name, names)


def _unknownrules_of(
    patterns: Iterable[str], place: str, known: Known
) -> Iterator[tuple[str, str, str]]:
    for each in patterns:
        if not family(each, known.rules):
            hint = meant(each, known.rules) or "用 watcher rules list 查看；一族写作 UPD-*"
            yield place, f"没有规则 {each}", hint


def _wrong_route(route: RouteTable, place: str, known: Known) -> Iterator[tuple[str, str, str]]:
    yield from _wrong_places(route, place, known)
    yield from _wrong_hearers(route.to, f"{place}.to", known, needed=route.do != "mute")
    if route.reports is not None:
        yield from wrong_report_route(route, place)
        return
    yield from _unknownrules_of(route.rules or (), f"{place}.rules", known)
    if route.level and route.at_least:
        yield f"{place}.level", "不能与 at_least 同时写", "留下其中一个"
    yield from _wrong_manner(route, place)
    yield from _never(route, place, known)


def _wrong_places(route: RouteTable, place: str, known: Known) -> Iterator[tuple[str, str, str]]:
    """Names that nobody knows. Of a report, "" stands for the whole city."""
    offices = known.offices.offices if known.offices else None
    for name, values, allowed in (
        ("platforms", route.platforms, PLATFORMS),
        ("kinds", route.kinds, [kind.value for kind in UnitKind]),
        ("offices", route.offices, offices),
    ):
        for value in values or ():
            whole = name == "offices" and not value and route.reports is not None
            if allowed is not None and value not in allowed and not whole:
                hint = meant(value, allowed) or f"可用：{'、'.join(sorted(allowed)[:40])}"
                yield f"{place}.{name}", f"没有这个{_CALLED[name]}：{value}", hint


def _wrong_manner(route: RouteTable, place: str) -> Iterator[tuple[str, str, str]]:
    if route.do == "mute":
        if route.level != "blue" or not route.why or set(route.why) - set(_QUIET):
            hint = "写 level: blue 和 why: [reminder, resolved]"
            yield f"{place}.do", "只有蓝色问题的催办和办结通知可以不发", hint
        if hearers_of(route.to) or route.digest:
            yield f"{place}.to", "不发的通知没有接收人", "去掉这一项"
    if route.digest and route.level == "red":
        yield f"{place}.digest", "红色问题不等汇总", "去掉这一项"


def _never(route: RouteTable, place: str, known: Known) -> Iterator[tuple[str, str, str]]:
    """A level that none of its rules has: SYS rules are for our operators, and they alone."""
    rules, levels = rules_of(route.rules or ("*",), known), levels_of(route)
    if not rules or levels is None:
        return
    ours = all(rule.startswith("SYS-") for rule in rules)
    theirs = not any(rule.startswith("SYS-") for rule in rules)
    if (ours and Level.OPERATOR not in levels) or (theirs and levels == {Level.OPERATOR}):
        hint = "SYS 规则的级别是 operator，其他规则都不是"
        yield place, "这些规则没有这个级别的问题", hint


def wrong_together(routes: Mapping[int, Route]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with routes, by their numbers, beside each other."""
    number = {id(route): n for n, route in routes.items()}
    for route, by in shadowed(routes.values()):
        message = f"永远用不到：routes[{number[id(by)]}] 已包括它的全部情形"
        yield f"routes[{number[id(route)]}]", message, "移到那一条之前，或去掉"
    names: set[str] = set()
    for n, route in routes.items():
        if route.name in names:
            yield (
                f"routes[{n}].name",
                f"已有另一条路由叫“{route.name}”",
                "换一个名称",
            )
        names.add(route.name)


def unheard(
    rules: Mapping[str, Rule], policy: Mapping[str, RuleTable]
) -> Iterator[tuple[str, str, str]]:
    for name, rule in rules.items():
        if rule.enabled and not (rule.roles or rule.digest_roles):
            by = [pattern for pattern in policy if family(pattern, [name])]
            yield f"policy.{by[-1] if by else name}", f"{name} 没有任何接收人", "写上 roles"
