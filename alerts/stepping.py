"""逐级报告: which steps up of a case are due, and when the next one is. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import TypeAlias

from alerts.hours import Hours, beijing, next_digest, next_permitted, urgent
from alerts.rule_policy import Policy
from alerts.steps import Step, owed, step_at
from watcher.calendar import WorkCalendar, is_working_day
from watcher.model import Case, CaseState, Level, Notice, Why
from watcher.units import collective

DAY = timedelta(days=1)


# When the first letter about cases (by number) arrived, None: it has not. A case that is not among
# them was heard of when it was decided.
Heard: TypeAlias = Mapping[int, datetime | None]
NOTHING_HEARD: Heard = MappingProxyType({})


def unheard(case: Case, heard: Heard) -> bool:
    """Whether it is known that no letter about the case has arrived."""
    return heard.get(case.id or 0, case.opened_at) is None


def due_steps(
    case: Case,
    now: datetime,
    policy: Policy,
    cal: WorkCalendar,
    arrived: datetime | None = None,
) -> Iterator[Notice]:
    """The steps up that are due and may be said now; they count from when the letter `arrived`."""
    for step, at in _owed(case, now, policy, cal, arrived):
        if at <= now and _may_step(case, now, policy.hours, cal):
            case = replace(case, stepped=(*case.stepped, step.key))
            yield Notice(case, Why.ESCALATION, step.to.roles, step=step)


def next_step(
    case: Case,
    now: datetime,
    policy: Policy,
    cal: WorkCalendar,
    recent: timedelta = DAY,
    heard: Heard = NOTHING_HEARD,
) -> datetime | None:
    """The first moment after `now` at which a step up may be due, as things stand."""
    if case.told_at is None or case.state is not CaseState.OPEN or unheard(case, heard):
        return None
    arrived = heard.get(case.id or 0)
    moments = (max(at, now) for _, at in _owed(case, now, policy, cal, arrived))
    if not urgent(case.finding.level, Why.ESCALATION):
        moments = (next_permitted(at, cal, policy.hours) for at in moments)
    coming = (at for at in moments if now < at <= case.finding.as_of + recent)
    return min(coming, default=None)


def _owed(
    case: Case, now: datetime, policy: Policy, cal: WorkCalendar, arrived: datetime | None
) -> Iterator[tuple[Step, datetime]]:
    """The steps up that were not said and whose reason stands, each with its time."""
    steps = policy.steps_of(case.finding.rule, case.finding.level)
    if any(owed(step, case, now) for step in steps):
        start = told_from(case, policy, cal)
        start = max(start, arrived or start)
        for step in steps:
            if owed(step, case, now):
                yield step, step_at(step, start, cal, policy.hours)


def told_from(case: Case, policy: Policy, cal: WorkCalendar) -> datetime:
    """When the first letter about a case could leave: at once, or with the digest."""
    at_once = policy.of(case.finding.rule).roles or case.finding.level is Level.RED
    return case.opened_at if at_once else next_digest(case.opened_at, cal, policy.hours)


def leaves_on(case: Case, policy: Policy, cal: WorkCalendar) -> date:
    """The day, in Beijing, on which the first letter about a case should leave."""
    start = told_from(case, policy, cal)
    if not urgent(case.finding.level, Why.FIRST):
        start = next_permitted(start, cal, policy.hours)
    return beijing(start).date()


def _may_step(case: Case, now: datetime, hours: Hours, cal: WorkCalendar) -> bool:
    """Not at night nor on days off, lest somebody signs before the letter leaves; red may. Units
    and offices are judged after midnight, once a day."""
    if urgent(case.finding.level, Why.ESCALATION):
        return True
    if collective(case.finding.account):
        return awake(now, hours, cal)
    return next_permitted(now, cal, hours) == now


def awake(now: datetime, hours: Hours, cal: WorkCalendar) -> bool:
    """A working day before the night: what is decided now leaves today."""
    here = beijing(now)
    return is_working_day(cal, here.date()) and time(0) <= here.time() < hours.night
