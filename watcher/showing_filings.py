"""Filings for people and programs: how far they are, what comes next, which terms run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from rich.table import Table

from alerts.words import platform_name
from watcher.calendar import PROVISIONAL_MARK, WorkCalendar
from watcher.filing_columns import HEADINGS, KINDS, changes_text
from watcher.filing_desk import Ledger, way_of
from watcher.filing_order import next_step
from watcher.filings import (
    Clock,
    Filing,
    FilingStep,
    Lead,
    Route,
    clocks,
    regularising,
    step_of,
)
from watcher.showing import iso, moment, plain

STEPS: Mapping[FilingStep, str] = {
    FilingStep.DRAFT: "拟申请",
    FilingStep.APPLIED: "已申请",
    FilingStep.REVIEWED: "已初审",
    FilingStep.APPROVED: "已审批",
    FilingStep.NOTICE: "公告中",
    FilingStep.CARRIED_OUT: "已实施，待报备",
    FilingStep.FILED: "已办结",
    FilingStep.REJECTED: "不予批准",
    FilingStep.WITHDRAWN: "已撤回",
}
LEAD_STATES = {"open": "待核实", "filed": "已备案", "foreign": "非政务"}


def terms_of(
    filing: Filing, ledger: Ledger, published_on: date | None, cal: WorkCalendar
) -> tuple[Clock, ...]:
    """All terms of a filing: Art. 8's three working days, Art. 9's fifteen, Art. 30's."""
    account = ledger.accounts.get(filing.account)
    opened = account.opened_on if account else None
    return (*clocks(filing, cal), *regularising(filing, opened, published_on, cal))


def filing_json(
    filing: Filing, ledger: Ledger, published_on: date | None, cal: WorkCalendar, today: date
) -> dict[str, Any]:
    """One filing with what follows from its dates."""
    coming = _next(filing, ledger)
    values = {name: getattr(filing, name) for name in HEADINGS}
    return {
        **{
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in values.items()
        },
        "changes": dict(filing.changes),
        "kind": filing.kind.value,
        "step": step_of(filing).value,
        "route": _route(filing, ledger).value,
        "next_step": coming[0].value if coming else None,
        "next_by": coming[1] if coming else None,
        "clocks": [
            _clock_json(each, today) for each in terms_of(filing, ledger, published_on, cal)
        ],
        "children": [each.key for each in ledger.filings.values() if each.parent == filing.key],
    }


def _clock_json(clock: Clock, today: date) -> dict[str, Any]:
    return {
        "what": clock.what,
        "start": clock.start.isoformat(),
        "due": clock.due.on.isoformat(),
        "provisional": clock.due.provisional,
        "done_on": iso(clock.done_on),
        "late": clock.late(today) if clock.what != "注销公告" else False,
    }


def filings_table(filings: Iterable[Filing], ledger: Ledger) -> Table:
    table = Table(title="事项台账")
    for heading in ("事项编号", "事项", "主办单位", "账号", "进度", "下一步"):
        table.add_column(heading, overflow="fold")
    for filing in filings:
        coming, unit = _next(filing, ledger), ledger.units.get(filing.unit)
        table.add_row(
            plain(filing.key),
            KINDS[filing.kind],
            plain(unit.name if unit else filing.unit),
            plain(filing.account_name or filing.account),
            STEPS[step_of(filing)],
            coming[1] if coming else "",
        )
    return table


def filing_table(
    filing: Filing, ledger: Ledger, published_on: date | None, cal: WorkCalendar, today: date
) -> Table:
    """One filing: what is known of it, the next step, who must agree, the terms."""
    table = Table(title=f"事项 {plain(filing.key)}", show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    for name, words in HEADINGS.items():
        value = getattr(filing, name)
        if value and name not in ("key", "rejected"):
            table.add_row(words[0], plain(_value(filing, name, ledger), 500))
    table.add_row("进度", STEPS[step_of(filing)])
    two = _route(filing, ledger) is Route.TWO_STEPS
    table.add_row("审批", "区政府办公室审核，市政府办公室审批" if two else "市政府办公室审批")
    coming = _next(filing, ledger)
    table.add_row("下一步", coming[1] if coming else "无")
    for clock in terms_of(filing, ledger, published_on, cal):
        table.add_row(clock.what, _term(clock, today))
    children = [each.key for each in ledger.filings.values() if each.parent == filing.key]
    if children:
        table.add_row("整合的其他账号", plain("、".join(children), 500))
    return table


def _value(filing: Filing, name: str, ledger: Ledger) -> str:
    if name == "kind":
        return KINDS[filing.kind]
    if name == "unit":
        unit = ledger.units.get(filing.unit)
        return unit.name if unit else filing.unit
    if name == "changes":
        return changes_text(filing.changes)
    return str(getattr(filing, name))


def _term(clock: Clock, today: date) -> str:
    mark = PROVISIONAL_MARK if clock.due.provisional else ""
    if clock.what == "注销公告":
        return f"自 {clock.start} 起，至 {clock.due.on}{mark} 满15个工作日，次日起方可注销"
    done = f"已于 {clock.done_on} 完成" if clock.done_on else "未完成"
    late = "，逾期" if clock.late(today) else ""
    return f"自 {clock.start} 起算，期限 {clock.due.on}{mark}，{done}{late}"


def _route(filing: Filing, ledger: Ledger) -> Route:
    unit = ledger.units.get(filing.unit)
    return way_of(unit, ledger) if unit else Route.TWO_STEPS


def coming_text(filing: Filing, ledger: Ledger) -> str:
    """What comes next and who does it; "" where nothing is left to do."""
    coming = _next(filing, ledger)
    return coming[1] if coming else ""


def _next(filing: Filing, ledger: Ledger) -> tuple[FilingStep, str] | None:
    return next_step(filing, _route(filing, ledger))


def lead_json(lead: Lead) -> dict[str, Any]:
    """One lead, with the names of the value's fields."""
    names = Lead.__dataclass_fields__
    return {name: getattr(lead, name) for name in names}


def leads_table(leads: Iterable[Lead], ledger: Ledger) -> Table:
    table = Table(title="线索")
    for heading in ("编号", "平台", "标识", "名称", "疑似主办单位", "发现", "状态"):
        table.add_column(heading, overflow="fold")
    for lead in leads:
        unit = ledger.units.get(lead.unit)
        table.add_row(
            str(lead.id),
            platform_name(lead.platform),
            plain(lead.handle),
            plain(lead.name),
            plain(unit.name if unit else lead.unit),
            moment(lead.found_at),
            LEAD_STATES.get(lead.state, lead.state),
        )
    return table
