"""routes.yaml: who hears what, when and by which steps up; every mistake at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from alerts.hours import Hours
from alerts.office_tree import Offices
from alerts.routes import USUAL_OCCASIONS, Manner, Occasion, Route, family
from alerts.rule_policy import Policy, RulePolicy
from alerts.steps import DEFAULT_STEPS, Step, Unmet
from watcher.config.reading import read_yaml
from watcher.config.report_routes import kinds_of
from watcher.config.route_checks import (
    Known,
    hearers_of,
    levels_of,
    rules_of,
    unheard,
    wrong,
    wrong_together,
)
from watcher.config.route_tables import (
    EscalationTable,
    RoutesTable,
    RouteTable,
    RuleTable,
    StepTable,
)
from watcher.mistakes import Mistake
from watcher.model import Level, Role, UnitKind
from watcher.rules.ruleset import Rule, RuleSet
from watcher.wording import mistakes_of

_NO_RULES: Mapping[str, RulePolicy] = {}


@dataclass(frozen=True, slots=True)
class Routing:
    """What the file comes to: the rules as it changes them, the policy without its rules, and the
    steps up that rules have of their own."""

    rules: RuleSet
    policy: Policy = Policy()
    steps: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)


def load_routes(
    path: Path, rules: RuleSet | None, offices: Offices | None
) -> tuple[Routing, tuple[Mistake, ...]]:
    """The file as it is meant, and every mistake of it; `offices` None: they cannot be read.

    Without `rules`, which cannot be read either, its form alone is looked at.
    """
    raw, mistakes = read_yaml(path)
    if raw is None or mistakes:
        return Routing(rules or RuleSet()), mistakes
    try:
        table = RoutesTable.model_validate(raw)
    except ValidationError as error:
        return Routing(rules or RuleSet()), mistakes_of(error, path.name, RoutesTable)
    if rules is None:
        return Routing(RuleSet()), ()
    known = Known(tuple(rules.rules), offices)
    found = tuple(wrong(table, known))
    bad = {place.partition(".")[0] for place, _, _ in found}
    made = {n: _route(n, each, known) for n, each in _right(table.routes, bad)}
    changed = {name: _changed(rule, table.policy) for name, rule in rules.rules.items()}
    found += (*wrong_together(made), *unheard(changed, table.policy))
    policy = Policy(_NO_RULES, _levels(table.escalation), tuple(made.values()), _hours(table))
    routing = Routing(replace(rules, rules=changed), policy, dict(_own_steps(changed, table)))
    return routing, tuple(Mistake(path.name, *each) for each in found)


def _right(tables: Iterable[RouteTable], bad: set[str]) -> Iterator[tuple[int, RouteTable]]:
    """The routes that are right each for itself, with their numbers in the file."""
    return ((n, each) for n, each in enumerate(tables) if f"routes[{n}]" not in bad)


# -- what the file comes to --------------------------------------------------------------------


def _hours(table: RoutesTable) -> Hours:
    clock, gather = table.hours, table.gather
    return Hours(
        morning=clock.quiet_until,
        night=clock.quiet_from,
        digest=clock.digest,
        office=tuple(clock.office),
        settle=gather.wait,
        settle_red=gather.wait_red,
        settle_operator=gather.wait_operator,
        longest=gather.most,
        longest_red=gather.most_red,
    )


def _levels(table: EscalationTable) -> Mapping[Level, tuple[Step, ...]]:
    said = {Level(name): getattr(table, name) for name in EscalationTable.model_fields}
    given = {level: _steps(steps) for level, steps in said.items() if steps is not None}
    return {**DEFAULT_STEPS, **given}


def _steps(tables: Iterable[StepTable]) -> tuple[Step, ...]:
    made = []
    for each in tables:
        number, days = int(each.after[:-2]), each.after.endswith("wd")
        to = hearers_of(each.to)
        made.append(Step(Unmet(each.when), to, number if days else 0, 0 if days else number))
    return tuple(made)


def _said_of(name: str, policy: Mapping[str, RuleTable]) -> Iterator[RuleTable]:
    """What is said of a rule: of its families in their order, then of itself."""
    ordered = sorted(policy.items(), key=lambda item: item[0] == name)
    return (table for pattern, table in ordered if family(pattern, [name]))


def _own_steps(rules: Iterable[str], table: RoutesTable) -> Iterator[tuple[str, tuple[Step, ...]]]:
    for name in rules:
        for each in _said_of(name, table.policy):
            if each.escalation is not None:
                yield name, _steps(each.escalation)


def _changed(rule: Rule, policy: Mapping[str, RuleTable]) -> Rule:
    for table in _said_of(rule.rule, policy):
        for name in table.model_fields_set - {"escalation"}:
            value = getattr(table, name)
            if name.endswith("roles"):
                value = tuple(map(Role, value or ()))
            rule = replace(rule, **{name: value})
    return rule


def _route(number: int, table: RouteTable, known: Known) -> Route:
    return Route(
        name=table.name or f"路由{number + 1}",
        manner=Manner(table.do),
        to=hearers_of(table.to),
        digest=table.digest,
        rules=rules_of(table.rules, known) if table.rules else None,
        levels=levels_of(table),
        platforms=frozenset(table.platforms) if table.platforms else None,
        kinds=frozenset(map(UnitKind, table.kinds)) if table.kinds else None,
        offices=_places(table, known.offices),
        occasions=frozenset(map(Occasion, table.why)) if table.why else USUAL_OCCASIONS,
        reports=kinds_of(table.reports) if table.reports is not None else None,
    )


def _places(table: RouteTable, offices: Offices | None) -> frozenset[str] | None:
    """The offices a route is for. Reports of the whole city ("") are those of the city's office."""
    if not table.offices:
        return None
    found = _subtree(table.offices, offices)
    city = offices.roles.get(Role.CITY) if offices else None
    return found | {""} if table.reports is not None and city in found else found


def _subtree(keys: Iterable[str], offices: Offices | None) -> frozenset[str]:
    """These offices and all below them."""
    found = set(keys)
    below = dict(offices.offices) if offices else {}
    while (
        more := {key for key, each in below.items() if each.parent and each.parent in found} - found
    ):
        found |= more
    return frozenset(found)
