"""routes.yaml: who hears what, when and by which steps up; every mistake at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from alerts.hours import Hours
from alerts.office_tree import Offices
from alerts.routes import USUAL_OCCASIONS, Manner, Occasion, Route, family
from alerts.rule_policy import Policy
from alerts.steps import DEFAULT_STEPS, Step, Unmet
from watcher.config.reading import read_yaml
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


@dataclass(frozen=True, slots=True)
class Routing:
    """What the file comes to: the rules as it changes them, the policy without its rules, and the
    steps up that rules have of their own."""

    rules: RuleSet
    policy: Policy = Policy()
    steps: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)


def load_routes(
    path: Path, rules: RuleSet, offices: Offices | None
) -> tuple[Routing, tuple[Mistake, ...]]:
    """The file as it is meant, and every mistake of it; `offices` None: they cannot be read."""
    raw, mistakes = read_yaml(path)
    if raw is None or mistakes:
        return Routing(rules), mistakes
    try:
        table = RoutesTable.model_validate(raw)
    except ValidationError as error:
        return Routing(rules), mistakes_of(error, path.name, RoutesTable)
    known = Known(tuple(rules.rules), offices)
    found = [Mistake(path.name, *each) for each in wrong(table, known)]
    if found:
        return Routing(rules), tuple(found)
    made = tuple(_routes(table.routes, known))
    changed = {name: _changed(rule, table.policy) for name, rule in rules.rules.items()}
    later = (*wrong_together(made), *unheard(changed, table.policy))
    policy = Policy(steps=_levels(table.escalation), routes=made, hours=_hours(table))
    routing = Routing(replace(rules, rules=changed), policy, dict(_own_steps(changed, table)))
    return routing, tuple(Mistake(path.name, *each) for each in later)


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


def _routes(tables: Iterable[RouteTable], known: Known) -> Iterator[Route]:
    for number, each in enumerate(tables, 1):
        yield Route(
            name=each.name or f"路由{number}",
            manner=Manner(each.do),
            to=hearers_of(each.to),
            digest=each.digest,
            rules=rules_of(each.rules, known) if each.rules else None,
            levels=levels_of(each),
            platforms=frozenset(each.platforms) if each.platforms else None,
            kinds=frozenset(map(UnitKind, each.kinds)) if each.kinds else None,
            offices=_subtree(each.offices, known.offices) if each.offices else None,
            occasions=frozenset(map(Occasion, each.why)) if each.why else USUAL_OCCASIONS,
        )


def _subtree(keys: Iterable[str], offices: Offices | None) -> frozenset[str]:
    """These offices and all below them."""
    found = set(keys)
    below = dict(offices.offices) if offices else {}
    while more := {key for key, each in below.items() if each.parent in found} - found:
        found |= more
    return frozenset(found)
