"""Who hears of a notice, at once or in the digest, and of a report, and why: rules, steps up and
routes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from alerts.hours import RANK, urgent
from alerts.office_tree import Offices, heard_by, office_key
from alerts.policy import DEFAULT_POLICY, Policy
from alerts.routes import Manner, ReportTopic, Topic, occasion_of, taken
from alerts.rule_policy import at_once
from alerts.steps import Hearers, Step, Unmet
from watcher.model import Dossier, Notice, Role, Unit, Why


@dataclass(frozen=True, slots=True)
class Errand:
    """A target that hears, whether in the digest only, and why it is one of them."""

    target: str
    digest: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Who hears of a notice. `muted` says why nobody does, `routes` which routes applied."""

    errands: tuple[Errand, ...]
    muted: str = ""
    routes: tuple[str, ...] = ()


def plan(
    notice: Notice, dossier: Dossier | None, offices: Offices, policy: Policy = DEFAULT_POLICY
) -> Plan:
    """Who hears of it, and why. Nobody only where a route mutes it, and where a step up would
    tell those alone who have heard."""
    unit = dossier.account.unit if dossier else None
    routes = tuple(taken(policy.routes, topic_of(notice, dossier, offices)))
    last = routes[-1] if routes else None
    if last is not None and last.manner is Manner.MUTE:
        return Plan((), last.name, tuple(route.name for route in routes))
    found = [] if last is not None and last.ends else [*_by_policy(notice, unit, offices, policy)]
    urgent = is_urgent(notice)
    for route in routes:
        digest = route.digest and not urgent
        found += (
            Errand(target, digest, f"{reason}（{route.name}）")
            for target, reason in heard_by(route.to, unit, offices)
        )
    if not found and notice.step is None:
        found = _last_resort(offices)
    return Plan(_each_once(found), routes=tuple(route.name for route in routes))


def plan_report(
    topic: ReportTopic, targets: tuple[str, ...], offices: Offices, policy: Policy = DEFAULT_POLICY
) -> Plan:
    """Who hears that a report of the plan was made: its office and the targets that the plan names,
    as far as routes do not say otherwise. Never nobody."""
    role = Role.SUPERVISOR if topic.office else Role.CITY
    about = Unit("", "", daily_supervisor=topic.office or offices.roles.get(Role.CITY, ""))
    routes = tuple(taken(policy.routes, topic))
    found: list[Errand] = []
    if not (routes and routes[-1].ends):
        usual = heard_by(Hearers((role,), targets=targets), about, offices)
        found += (Errand(target, False, reason) for target, reason in usual)
    for route in routes:
        found += (
            Errand(target, False, f"{reason}（{route.name}）")
            for target, reason in heard_by(route.to, about, offices)
        )
    return Plan(_each_once(found or _last_resort(offices)), routes=tuple(r.name for r in routes))


def topic_of(notice: Notice, dossier: Dossier | None, offices: Offices) -> Topic:
    """What routes go by. Of what is about no account, the subject is the platform."""
    finding = notice.case.finding
    level = finding.level
    if notice.why is Why.RESOLVED and notice.case.told_level is not None:
        level = max(level, notice.case.told_level, key=RANK.__getitem__)
    if dossier is None:
        return Topic(finding.rule, level, occasion_of(notice), platform=finding.subject)
    unit = dossier.account.unit
    office = office_key(unit.daily_supervisor, offices)
    occasion = occasion_of(notice)
    return Topic(finding.rule, level, occasion, dossier.account.platform, unit.kind, office)


# -- inside ----------------------------------------------------------------------------------


def _last_resort(offices: Offices) -> list[Errand]:
    return [Errand(target, False, "没有别的接收人，转兜底渠道") for target in offices.fallback]


def _by_policy(
    notice: Notice, unit: Unit | None, offices: Offices, policy: Policy
) -> Iterator[Errand]:
    """Those whom the rule names; of a step up, those who have not heard of the case."""
    if notice.step is None:
        for digest, roles in ((False, notice.roles), (True, notice.digest_roles)):
            for target, reason in heard_by(Hearers(roles), unit, offices):
                yield Errand(target, digest, reason)
        return
    known = _known(notice, notice.step, unit, offices, policy)
    for target, reason in heard_by(notice.step.to, unit, offices):
        if target not in known:
            yield Errand(target, False, reason)


def _known(
    notice: Notice, step: Step, unit: Unit | None, offices: Offices, policy: Policy
) -> frozenset[str]:
    """The targets to which a step would say nothing new: those of the steps before it, and where
    nobody signed, those who were asked to."""
    case, finding = notice.case, notice.case.finding
    earlier = case.stepped[: case.stepped.index(step.key)] if step.key in case.stepped else ()
    steps = policy.steps_of(finding.rule, finding.level)
    known = [each.to for each in steps if each.key in earlier and each.unmet is step.unmet]
    if step.unmet is Unmet.UNACKNOWLEDGED:
        known.append(Hearers(at_once(policy.of(finding.rule), finding.level)))
    return frozenset(name for to in known for name, _ in heard_by(to, unit, offices))


def _each_once(errands: Iterable[Errand]) -> tuple[Errand, ...]:
    """One errand for each target: who hears at once needs no line in the digest. Its reasons
    are told together."""
    found: dict[str, Errand] = {}
    for each in sorted(errands, key=lambda errand: errand.digest):
        known = found.get(each.target)
        if known is None:
            found[each.target] = each
        elif known.digest == each.digest and each.reason not in known.reason.split("；"):
            found[each.target] = replace(known, reason=f"{known.reason}；{each.reason}")
    return tuple(found.values())


def is_urgent(notice: Notice) -> bool:
    return urgent(notice.case.finding.level, notice.why)
