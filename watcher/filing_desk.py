"""The desk where filings are taken: what they name is known, and each step follows the last."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from watcher.calendar import WorkCalendar, deadline
from watcher.filing_order import AS_HAPPENED, Wrong, wrongs
from watcher.filings import (
    NOTICE_DAYS,
    Filing,
    FilingKind,
    FilingStep,
    Route,
    route_for,
    step_of,
)
from watcher.model import Account, Unit, UnitKind

STEPS: Mapping[str, str] = {
    "applied": "applied_on",
    "reviewed": "reviewed_on",
    "approved": "approved_on",
    "notice": "notice_from",
    "carried-out": "carried_out_on",
    "form": "form_on",
    "national": "national_on",
    "rejected": "ended_on",
    "withdrawn": "ended_on",
}
_SHARED = ("applied_on", "reviewed_on", "approved_on")  # a merge and its children have these alike


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a filing may name, by key."""

    units: Mapping[str, Unit] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    filings: Mapping[str, Filing] = field(default_factory=dict)


def ledger_of(
    units: Iterable[Unit], accounts: Iterable[Account], filings: Iterable[Filing]
) -> Ledger:
    return Ledger(
        {each.key: each for each in units},
        {each.key: each for each in accounts},
        {each.key: each for each in filings},
    )


def way_of(unit: Unit, ledger: Ledger) -> Route:
    """Who must agree: by the unit's kind, or by that of the unit it belongs to, where known."""
    parent = ledger.units.get(unit.daily_supervisor) or next(
        (each for each in ledger.units.values() if each.name == unit.daily_supervisor), None
    )
    kind: UnitKind | None = parent.kind if parent is not None and parent is not unit else None
    return route_for(unit, kind)


def completed(filing: Filing, ledger: Ledger) -> Filing:
    """The same filing with the unit's key for its name, and what its account tells."""
    named = [each.key for each in ledger.units.values() if each.name == filing.unit]
    unit = named[0] if filing.unit not in ledger.units and len(named) == 1 else filing.unit
    key = filing.account or _account_named(filing, unit, ledger)
    account = ledger.accounts.get(key)
    if account is None:
        return replace(filing, unit=unit)
    return replace(
        filing,
        unit=unit,
        account=key,
        platform=filing.platform or account.platform,
        account_name=filing.account_name or account.name,
    )


def _account_named(filing: Filing, unit: str, ledger: Ledger) -> str:
    """The one account of that unit, platform and name; an opening may be of a new one."""
    if not filing.account_name or not filing.platform:
        return ""
    found = [
        account.key
        for account in ledger.accounts.values()
        if (account.unit.key, account.platform, account.name)
        == (unit, filing.platform, filing.account_name)
    ]
    return found[0] if len(found) == 1 else ""


def faults(
    filing: Filing, ledger: Ledger, today: date, cal: WorkCalendar, as_happened: bool = False
) -> tuple[Wrong, ...]:
    """Everything for which a filing cannot be taken."""
    unit = ledger.units.get(filing.unit)
    if unit is None:
        near = _near(filing.unit, [*ledger.units, *(each.name for each in ledger.units.values())])
        said = Wrong("unit", f"没有单位“{filing.unit}”；{near or '请先在台账中登记该单位'}")
        return (said, *_unknown(filing, None, ledger))
    found = (
        *_unknown(filing, unit, ledger),
        *wrongs(filing, unit.kind, today, way_of(unit, ledger), as_happened),
        *_unfinished(filing, ledger),
    )
    return found if as_happened else (*found, *_short_notice(filing, cal))


def _unknown(filing: Filing, unit: Unit | None, ledger: Ledger) -> Iterable[Wrong]:
    for name, key in (("account", filing.account), ("keeps", filing.keeps)):
        account = ledger.accounts.get(key)
        if key and account is None:
            hint = _near(key, ledger.accounts) or "用 watcher accounts list 查看"
            yield Wrong(name, f"没有编号为“{key}”的账号；{hint}")
        elif account is not None and unit is not None and account.unit.key != unit.key:
            text = f"账号“{key}”的主办单位是“{account.unit.name}”，不是“{unit.name}”；请核对"
            yield Wrong(name, text)
    parent = ledger.filings.get(filing.parent)
    if filing.parent and (parent is None or parent.kind is not FilingKind.MERGE):
        yield Wrong("parent", f"“{filing.parent}”不是已登记的整合事项；请先登记整合")
    elif parent is not None and parent.keeps == filing.account:
        yield Wrong("account", f"“{filing.account}”是整合“{parent.key}”要保留的账号")


def _unfinished(filing: Filing, ledger: Ledger) -> Iterable[Wrong]:
    """A merge is carried out when each account given up has been."""
    if filing.kind is not FilingKind.MERGE or filing.carried_out_on is None:
        return
    left = [
        each.key
        for each in ledger.filings.values()
        if each.parent == filing.key and each.carried_out_on is None and each.ended_on is None
    ]
    if left:
        yield Wrong("carried_out_on", f"整合尚有{len(left)}个账号未实施：{'、'.join(left)}")


def _short_notice(filing: Filing, cal: WorkCalendar) -> Iterable[Wrong]:
    begun, act = filing.notice_from, filing.carried_out_on
    if filing.kind is not FilingKind.DEREGISTER or begun is None or act is None:
        return
    due = deadline(cal, begun, NOTICE_DAYS)
    if act <= due.on and not due.provisional:
        text = (
            f"公告应不少于15个工作日，至 {due.on}，次日起方可注销（《办法》第九条）；{AS_HAPPENED}"
        )
        yield Wrong("carried_out_on", text, soft=True)


def _near(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.4)
    return f"是否为“{near[0]}”？" if near else ""


# -- steps -------------------------------------------------------------------------------------


class StepError(Exception):
    """A step that cannot be taken now."""


def advanced(filing: Filing, step: str, on: date, approval: str = "", url: str = "") -> Filing:
    """The filing after a step. Raises StepError where it has ended, or the step was taken."""
    name = STEPS[step]
    if filing.ended_on is not None:
        raise StepError(f"事项 {filing.key} 已于 {filing.ended_on} 终止，不能再推进")
    known: date | None = getattr(filing, name)
    if known is not None:
        raise StepError(f"事项 {filing.key} 的这一步已登记为 {known}；更正请改文件后重新导入")
    if step in ("rejected", "withdrawn"):
        _may_end(filing, step)
        return replace(filing, ended_on=on, rejected=step == "rejected")
    days: dict[str, Any] = {name: on}
    return replace(
        filing,
        **days,
        approval=approval or filing.approval,
        notice_url=url or filing.notice_url,
    )


def _may_end(filing: Filing, step: str) -> None:
    at = step_of(filing)
    if at in (FilingStep.CARRIED_OUT, FilingStep.FILED):
        raise StepError(f"事项 {filing.key} 已实施，不能再不予批准或撤回")
    if step == "rejected" and (filing.applied_on is None or filing.approved_on is not None):
        raise StepError(f"事项 {filing.key} 不在审批中，不能不予批准；撤回用 --step withdrawn")


def with_children(filing: Filing, ledger: Ledger) -> tuple[Filing, ...]:
    """The filing, and of a merge its children: what was agreed to for one is for all."""
    if filing.kind is not FilingKind.MERGE:
        return (filing,)
    children = [each for each in ledger.filings.values() if each.parent == filing.key]
    return (filing, *(_agreed(child, filing) for child in children if child.ended_on is None))


def _agreed(child: Filing, parent: Filing) -> Filing:
    days: dict[str, Any] = {
        name: day
        for name in _SHARED
        if getattr(child, name) is None and (day := getattr(parent, name)) is not None
    }
    if "approved_on" in days and not child.approval:
        days["approval"] = parent.approval
    if parent.ended_on is not None:
        days |= {"ended_on": parent.ended_on, "rejected": parent.rejected}
    return replace(child, **days)
