"""年度专项检查报告 (Art. 25): its facts from the database, its words and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial

from alerts.policy import HANDED_ON
from alerts.words import platform_name
from watcher.annals import Mark, Record
from watcher.annual import Event, Named, Problem
from watcher.calendar import local
from watcher.filing_columns import KINDS as FILING_KINDS
from watcher.model import Role
from watcher.register.columns import KINDS as UNIT_KINDS
from watcher.report_updates import Area, area_of, update_facts
from watcher.reporting import Desk, Kind
from watcher.reports import charts
from watcher.reports.bridge import bridges, running
from watcher.reports.figures import Rate
from watcher.reports.inspection import FIELDS, NEEDED, fields_of
from watcher.reports.inspection_annex import sheets
from watcher.reports.inspection_facts import (
    LONG_SILENT,
    REMINDERS,
    InspectionFacts,
    Silent,
    Speech,
    Unseen,
    Updating,
    events_of,
    sections,
)
from watcher.reports.sheet import workbook
from watcher.reports.stamp import Scope, Stamp
from watcher.reports.template import render
from watcher.reports.updates import Facts
from watcher.reports.word import finished
from watcher.store import annual, list_inspections
from watcher.store.period import unit_standings
from watcher.units import OFFICE, UNIT

TEMPLATE = "templates/inspection.docx"


def collect(desk: Desk, scope: Scope, as_of: datetime) -> InspectionFacts:
    """The facts of a year. Raises ReportError for an office nobody knows, a year to come."""
    updates = update_facts(desk, scope, as_of)
    period, offices, c = scope.period, desk.settings.offices, desk.connection
    assert period is not None  # update_facts has seen to it
    area = area_of(offices, scope.office, unit_standings(c, as_of))
    horizon = min(period.ends, as_of)
    start, end = (
        tuple(each for each in annual.names_as_of(c, at).values() if area.holds(each.unit.key, at))
        for at in (period.begins, horizon)
    )
    older = annual.entered_late(c, period.since, horizon)
    added = tuple(each for each in older.values() if area.holds(each.unit.key, period.begins))
    start += added
    ours = {each.unit.name for each in end}
    known = [each for each in annual.events(c, as_of) if area.holds(each.unit.key, horizon)]
    bridge = partial(bridges, start, end, known, period, local(as_of).date())
    owners = annual.owners(c)
    problems = annual.problems(c, period.begins, period.ends, as_of)
    events = sorted(events_of(known, period), key=lambda each: (each.unit.name, each.filing.key))
    return InspectionFacts(
        period=period,
        office=updates.office,
        area=updates.area if scope.office else desk.settings.impersonation.takedown.city,
        held_on=_held_on(desk, scope, as_of),
        by_kind=bridge(_kind),
        by_platform=bridge(_platform),
        problems=tuple(
            each for each in problems if each.rule not in REMINDERS and _belongs(each, area, owners)
        ),
        events=tuple(events),
        impostors=tuple(
            each
            for each in annual.impostors(c, as_of)
            if each.confirmed_at < period.ends and (not scope.office or each.unit in ours)
        ),
        updating=updating_of(updates.records, updates),
        late_entries=sum(running(each.state) for each in added),
    )


def updating_of(records: Iterable[Record], facts: Facts) -> Updating:
    """The figures of updating, summed over the accounts that owed updates."""
    owed = [each for each in records if each.due_days or set(each.weeks) & _JUDGED]
    met, missed = (sum(each.count(mark) for each in owed) for mark in (Mark.MET, Mark.MISSED))
    unseen = [each for each in owed if each.blind]
    return Updating(
        coverage=Rate(sum(e.seen_days for e in owed), sum(e.due_days for e in owed)),
        weekly=Rate(met, met + missed),
        unjudged=sum(each.count(Mark.BLIND) for each in owed),
        unseen=tuple(
            sorted(
                (
                    Unseen(
                        each.name,
                        each.platform,
                        facts.unit(each.unit),
                        each.due_days - each.seen_days,
                        each.due_days,
                    )
                    for each in unseen
                    if each.seen_days < each.due_days
                ),
                key=lambda one: (-one.days, one.platform, one.name),
            )
        ),
        silent=tuple(_silent(owed, facts)),
        entered=sum(each.entered is not None and each.entered > facts.since for each in owed),
    )


_JUDGED = {Mark.MET.value, Mark.MISSED.value, Mark.BLIND.value}


def _silent(records: Sequence[Record], facts: Facts) -> Iterable[Silent]:
    """Accounts whose silence lasted at its last proof, and was long by then, longest first."""
    found = [
        (silence, each)
        for each in records
        if each.in_operation
        for silence in each.silences
        if not silence.ended and not silence.excused and silence.length > LONG_SILENT
    ]
    for silence, each in sorted(found, key=lambda pair: (pair[0].since, pair[1].key)):
        last = each.last_post if silence.begun else None
        unit = facts.unit(each.unit)
        yield Silent(each.name, each.platform, unit, last, silence.until, silence.days)


def _kind(of: Named | Event) -> str:
    return UNIT_KINDS[of.unit.kind]


def _platform(of: Named | Event) -> str:
    return platform_name(of.platform) if of.platform else "未填平台"


def _belongs(problem: Problem, area: Area, owners: Mapping[str, str]) -> bool:
    """Whether a problem is of the offices asked for, and no rung of a ladder that went on."""
    if problem.closing.startswith(HANDED_ON):
        return False
    if area.spelled is None:
        return True
    if problem.account is not None:
        return area.holds(problem.account.unit.key, problem.opened_at)
    if problem.subject.startswith(UNIT):
        return area.holds(problem.subject.removeprefix(UNIT), problem.opened_at)
    if problem.subject.startswith(OFFICE):
        return problem.subject.removeprefix(OFFICE) in area.spelled
    return area.holds(owners.get(problem.subject, ""), problem.opened_at)


def _held_on(desk: Desk, scope: Scope, as_of: datetime) -> tuple[date, ...]:
    """The days of the inspections that were entered for this office and year by then."""
    assert scope.period is not None
    offices = desk.settings.offices
    key = scope.office or offices.roles.get(Role.CITY, "")
    spelled = {key, offices.name_of(key)}
    found = list_inspections(desk.connection, scope.period.since.year)
    return tuple(
        sorted(
            each.held_on
            for each in found
            if each.office in spelled and (each.at is None or each.at <= as_of)
        )
    )


# -- the files -----------------------------------------------------------------------------------


def make(facts: InspectionFacts, stamp: Stamp, desk: Desk, ending: str) -> bytes:
    """The report as Word, or its annexes as Excel."""
    speech = Speech(platform_name, _rule(desk), FILING_KINDS, desk.settings.calendar)
    today = local(stamp.as_of).date()
    title = f"{facts.period.label}{facts.area}政务新媒体专项检查报告"
    if ending == "xlsx":
        return workbook(sheets(facts, speech, today).values(), stamp, f"{title}附件")
    fields = fields_of(facts, speech, stamp.as_of, stamp.line, _charts(facts))
    template = desk.settings.folder / TEMPLATE
    return finished(render(template, fields, FIELDS, NEEDED), stamp, title)


SUSPECTED = ("FIL-02", "DER-06")  # what their letters call 疑似, though their names do not


def _rule(desk: Desk) -> Callable[[str], str]:
    def said(rule: str) -> str:
        name = desk.settings.policy.of(rule).name
        return f"疑似{name}" if rule in SUSPECTED and not name.startswith("疑似") else name

    return said


def _charts(facts: InspectionFacts) -> dict[str, bytes]:
    """The charts that have something to show, where this machine can draw Chinese."""
    if charts.font() is None:
        return {}
    counted = sections(each for each in facts.problems if not each.dismissed)
    wanted = {
        "platforms": ("期末各平台在运行账号数", {e.group: e.end for e in facts.by_platform[:-1]}),
        "found": ("各类问题数", {name: len(each) for name, each in counted.items()}),
    }
    return {
        name: charts.bars(values, title, "个")
        for name, (title, values) in wanted.items()
        if any(values.values())
    }


INSPECTION = Kind(
    "inspection",
    "年度专项检查报告",
    ("docx", "xlsx"),
    collect,
    make,
    about=lambda desk, scope: desk.settings.offices.name_of(scope.office) if scope.office else "",
)
