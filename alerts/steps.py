"""逐级报告: who is told next where nobody signs for a case, or nobody mends it. Pure.

Contact → lead → daily supervisor → city office; 网信, 公安 and our operators stand apart. A step
goes to those above who have not heard of the case; each is said once in the life of a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from alerts.hours import USUAL, Hours, after_days, after_hours
from watcher.calendar import WorkCalendar, local
from watcher.model import Case, Level, Role

CHAIN = (Role.CONTACT, Role.LEAD, Role.SUPERVISOR, Role.CITY)


class Unmet(StrEnum):
    """What did not happen."""

    UNACKNOWLEDGED = "unacknowledged"  # nobody signed for it (签收)
    UNRECTIFIED = "unrectified"  # nobody told how it was mended (反馈)


SAID: Mapping[Unmet, str] = {
    Unmet.UNACKNOWLEDGED: "未签收",
    Unmet.UNRECTIFIED: "未反馈整改情况",
}


@dataclass(frozen=True, slots=True)
class Hearers:
    """Roles, offices (keys) and targets (names) that hear something."""

    roles: tuple[Role, ...] = ()
    offices: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """The same hearers, the same mark, without blanks."""
        every = (
            *self.roles,
            *(f"@{key}" for key in self.offices),
            *(f"#{t}" for t in self.targets),
        )
        return "_".join("+".join(every).split())

    def __bool__(self) -> bool:
        return bool(self.roles or self.offices or self.targets)


@dataclass(frozen=True, slots=True)
class Step:
    """After so many working days, or working hours, these hear of it as well."""

    unmet: Unmet
    to: Hearers
    days: int = 0  # 工作日
    hours: int = 0  # 工作小时, counted where `days` is 0

    @property
    def key(self) -> str:
        """By which a case remembers that it was said."""
        return f"{self.unmet}:{self.to.mark}"

    @property
    def waited(self) -> str:
        return f"{self.days}个工作日" if self.days else f"{self.hours}个工作小时"

    @property
    def said(self) -> str:
        """What did not happen in which time."""
        return f"超过{self.waited}{SAID[self.unmet]}"


def _unsigned(role: Role, days: int = 0, hours: int = 0) -> Step:
    return Step(Unmet.UNACKNOWLEDGED, Hearers((role,)), days, hours)


# What is mended too late is pressed by REC-01, so these are about cases that nobody signs for.
DEFAULT_STEPS: Mapping[Level, tuple[Step, ...]] = {
    Level.YELLOW: (_unsigned(Role.LEAD, days=1), _unsigned(Role.SUPERVISOR, days=2)),
    Level.ORANGE: (
        _unsigned(Role.LEAD, hours=4),
        _unsigned(Role.SUPERVISOR, days=1),
        _unsigned(Role.CITY, days=3),
    ),
    Level.RED: (
        _unsigned(Role.LEAD, hours=2),
        _unsigned(Role.SUPERVISOR, hours=4),
        _unsigned(Role.CITY, days=1),
    ),
}


def above(steps: Iterable[Step], told: Iterable[Role], at_once: Iterable[Role]) -> tuple[Step, ...]:
    """The steps that lead further up than the lowest of those who are `told` anyway, to somebody
    who does not hear `at_once`."""
    lowest = min((CHAIN.index(role) for role in told if role in CHAIN), default=len(CHAIN))
    known = set(at_once)
    return tuple(step for step in steps if _leads_above(step.to, lowest, known))


def step_at(step: Step, told_from: datetime, cal: WorkCalendar, hours: Hours = USUAL) -> datetime:
    """When it is time for a step, if they were told at `told_from`."""
    if step.days:
        return after_days(told_from, step.days, cal, hours)
    return after_hours(told_from, step.hours, cal, hours)


def owed(step: Step, case: Case, now: datetime) -> bool:
    """Whether what the step presses for has not happened, and was not allowed to wait.

    Who signed has a term, and is left alone until it has passed; a provisional one never passes.
    """
    if step.key in case.stepped or case.feedback_at is not None or case.dismissed:
        return False
    if step.unmet is Unmet.UNACKNOWLEDGED:
        return not case.acknowledged_by
    return not case.acknowledged_by or _passed(case, local(now).date())


# -- inside ------------------------------------------------------------------------------------


def _leads_above(to: Hearers, lowest: int, known: set[Role]) -> bool:
    new = [role for role in to.roles if role not in known]
    apart = any(role not in CHAIN for role in new)
    higher = any(CHAIN.index(role) > lowest for role in new if role in CHAIN)
    return bool(to.offices or to.targets) or apart or higher


def _passed(case: Case, today: date) -> bool:
    return case.due_on is not None and case.due_from is None and today > case.due_on
