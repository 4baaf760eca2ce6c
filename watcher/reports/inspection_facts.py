"""年度专项检查 (Art. 25): what its report rests on, and the few questions asked of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from watcher.annual import Bridge, Event, Impostor, Problem
from watcher.calendar import WorkCalendar
from watcher.filings import FilingKind
from watcher.reports.figures import Rate
from watcher.reports.period import Period
from watcher.reports.procedure import Procedure, happened_in, procedure_of

# The headings of section 四, with the rules (or their beginnings) that stand under each.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "自行开设": ("FIL-01", "FIL-02", "FIL-05"),
    "自行下线": ("OFF-", "SUS-", "DER-"),
    "自行变更": ("CHG-",),
    "未按要求整改": ("REC-",),
    "更新": ("UPD-",),
    "一平台多号、名称、认证": ("DUP-", "NAM-", "VER-"),
    "假冒": ("IMP-",),
    "APP、小程序": ("APP-",),
    "其他": ("",),
}
REMINDERS = ("UPD-01",)  # said before the week was over: no problem of anybody yet
PRESSED = "REC-"  # about another problem, and never counted beside it
LONG_SILENT = timedelta(days=90)  # UPD-05: 僵尸


@dataclass(frozen=True, slots=True)
class Unseen:
    """An account that could not be read on so many days of the period on which it ought to be."""

    name: str
    platform: str
    unit: str
    days: int
    of: int


@dataclass(frozen=True, slots=True)
class Silent:
    """An account whose silence, proved up to the last complete reading, is long."""

    name: str
    platform: str
    unit: str
    last_post: datetime | None  # None: before anything that is known
    proved_to: datetime
    days: int  # at least


@dataclass(frozen=True, slots=True)
class Updating:
    """The figures of updating of the period, as far as could be seen."""

    coverage: Rate  # 有效采集账号日 of 应采集账号日
    weekly: Rate  # 达标账号周 of the 应更新账号周 that could be judged
    unjudged: int  # 账号周 that could not be judged
    unseen: tuple[Unseen, ...] = ()
    silent: tuple[Silent, ...] = ()
    entered: int = 0  # accounts whose first day in the ledger lies inside the period


@dataclass(frozen=True, slots=True)
class InspectionFacts:
    """All that the report rests on; `office` and `area` are names."""

    period: Period
    office: str
    area: str
    held_on: tuple[date, ...]  # inspections that were entered for the year
    by_kind: tuple[Bridge, ...]
    by_platform: tuple[Bridge, ...]
    problems: tuple[Problem, ...]
    events: tuple[Event, ...]
    impostors: tuple[Impostor, ...]
    updating: Updating
    late_entries: int = 0  # of the running at the start, those entered into the ledger only later


@dataclass(frozen=True, slots=True)
class Speech:
    """The words the report takes from outside: names of platforms, rules, kinds of filings."""

    platform: Callable[[str], str]
    rule: Callable[[str], str]
    kind: Mapping[FilingKind, str]
    cal: WorkCalendar


def procedures_of(facts: InspectionFacts, cal: WorkCalendar, today: date) -> tuple[Procedure, ...]:
    """What may be said of each event of the period on the day of the cut-off."""
    return tuple(procedure_of(each.filing, each.unit, cal, today) for each in facts.events)


def sections(problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    """The problems under the headings of section 四, each under the first that takes its rule."""
    found: dict[str, list[Problem]] = {name: [] for name in SECTIONS}
    for each in problems:
        name = next(name for name, rules in SECTIONS.items() if each.rule.startswith(rules))
        found[name].append(each)
    return found


def own(problems: Iterable[Problem]) -> list[Problem]:
    """Those that count as problems: upheld, and not the pressing of another one."""
    return [e for e in problems if not e.dismissed and not e.rule.startswith(PRESSED)]


def events_of(events: Iterable[Event], period: Period) -> tuple[Event, ...]:
    """Those that belong to the period."""
    return tuple(each for each in events if happened_in(each.filing, period))


MENDING = ("已整改", "已反馈", "整改中", "逾期")


def state_of(problem: Problem, today: date) -> str:
    """已整改, 不予认定, 逾期, 已反馈 (a recheck is due) or 整改中 on a Beijing day."""
    if problem.dismissed:
        return "不予认定"
    if problem.closed_at is not None:
        return "已整改"
    if problem.late(today):
        return "逾期"
    return "整改中" if problem.feedback_at is None else "已反馈"
