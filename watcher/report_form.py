"""备案登记表: which accounts and filings it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from alerts.words import platform_name
from watcher.calendar import local
from watcher.filings import Filing, FilingKind, FilingStep, step_of
from watcher.model import Account, FiledState, Unit
from watcher.register.columns import PLATFORMS
from watcher.reporting import Desk, Kind, ReportError
from watcher.reports.form import (
    TITLE,
    FormFacts,
    closed_by,
    form_file,
    forms_file,
    reason_of,
)
from watcher.reports.stamp import Scope, Stamp, written
from watcher.store.ledger import Seen, seen_accounts
from watcher.store.register_then import register_as_of

TEMPLATE = "templates/filing_form.docx"
FILING = "filing:"  # an account of a scope that is a filing of its own: one still to be opened
_NOTED = re.compile(r"平台：\s*([^；;，,。\n]{1,30})")
_OVER = (FilingStep.FILED, FilingStep.REJECTED, FilingStep.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class _Papers:
    """What forms are made of."""

    filings: tuple[Filing, ...]  # the youngest first
    accounts: Mapping[str, Account]
    units: Mapping[str, Unit]
    seen: Mapping[str, Seen]


def collect(desk: Desk, scope: Scope, as_of: datetime) -> tuple[FormFacts, ...]:
    """The forms of one account, of one filing, or of all accounts of a unit. Raises ReportError."""
    c, today = desk.connection, local(as_of).date()
    then = register_as_of(c, as_of)
    papers = _Papers(
        then.filings,
        {each.key: each for each in then.accounts},
        {each.key: each for each in then.units},
        seen_accounts(c, as_of),
    )
    if scope.account.startswith(FILING):
        filing = _filing(scope.account.removeprefix(FILING), papers)
        account = papers.accounts.get(filing.account)
        unit = account.unit if account else papers.units[filing.unit]
        return (_form(account, unit, filing, papers, today),)
    if scope.account:
        account = papers.accounts.get(scope.account)
        if account is None:
            raise ReportError(
                f"--account：没有编号为 {scope.account} 的账号；用 watcher accounts list 查看"
            )
        return (_form(account, account.unit, _current(account, papers.filings), papers, today),)
    return tuple(_of_unit(scope.unit, papers, today))


def _filing(key: str, papers: _Papers) -> Filing:
    filing = next((each for each in papers.filings if each.key == key), None)
    if filing is None:
        raise ReportError(f"--filing：没有编号为 {key} 的事项；用 watcher filings list 查看")
    if filing.kind is FilingKind.MERGE:
        raise ReportError(
            f"整合事项 {key} 没有登记表；请为被整合的各账号分别生成（《办法》第八条）"
        )
    return filing


def _of_unit(wanted: str, papers: _Papers, today: date) -> Iterator[FormFacts]:
    keys = [key for key, each in papers.units.items() if wanted in (key, each.name)]
    if len(keys) != 1:
        count = (
            f"有 {len(keys)} 个单位名为 {wanted}，请写单位编号" if keys else f"没有单位 {wanted}"
        )
        raise ReportError(f"--unit：{count}；用 watcher accounts export 查看台账")
    mine = [each for each in papers.accounts.values() if each.unit.key == keys[0]]
    opening = [each for each in papers.filings if each.unit == keys[0] and _to_open(each)]
    if not mine and not opening:
        raise ReportError(f"--unit：单位 {wanted} 没有账号，也没有拟开设的账号")
    for account in sorted(mine, key=lambda each: (each.platform, each.key)):
        yield _form(account, account.unit, _current(account, papers.filings), papers, today)
    for filing in sorted(opening, key=lambda each: each.key):
        yield _form(None, papers.units[keys[0]], filing, papers, today)


def _to_open(filing: Filing) -> bool:
    """An account on paper only."""
    return not filing.account and filing.kind is FilingKind.OPEN and step_of(filing) not in _OVER


def _current(account: Account, filings: Iterable[Filing]) -> Filing | None:
    """What is being filed of an account: the youngest event whose form is still owed; of one that
    was closed, the event that closed it."""
    mine = [each for each in filings if each.account == account.key]
    owed = next((each for each in mine if step_of(each) not in _OVER), None)
    if owed is not None or account.filed_state is FiledState.ACTIVE:
        return owed
    closing = (FilingKind.SUSPEND, FilingKind.DEREGISTER)
    return next((e for e in mine if e.kind in closing and e.ended_on is None), None)


def _form(
    account: Account | None, unit: Unit, filing: Filing | None, desk: _Papers, today: date
) -> FormFacts:
    platform = account.platform if account else (filing.platform if filing else "")
    called = _called(platform, account)
    form = FormFacts(
        account=account.key if account else "",
        unit=unit.name,
        name=account.name if account else (filing.account_name if filing else ""),
        platform=platform or "other",
        platform_name=called,
        filled_on=today,
        closed=closed_by(account, filing),
        reason=reason_of(account, filing, called, _before(account, desk), _kept(filing, desk)),
    )
    return form if account is None else _known(form, account, desk.seen.get(account.key, Seen()))


def _called(platform: str, account: Account | None) -> str:
    """How people call a platform; 其他 by what a form that was read called it (form_import)."""
    noted = _NOTED.match(account.note) if account and platform == "other" else None
    if noted:
        return noted[1].strip()
    return PLATFORMS.get(platform) or (platform_name(platform) if platform else "")


def _known(form: FormFacts, account: Account, shown: Seen) -> FormFacts:
    """With what the register says; what a reading saw where the register says nothing."""
    return replace(
        form,
        subject=account.filed_subject,
        opened_on=account.opened_on,
        followers=account.followers if shown.followers is None else shown.followers,
        verified=shown.verified if account.verified is None else account.verified,
        lead=account.lead,
        contact=account.contact,
        section=account.section,
        email=account.email,
        url=account.url,
    )


def _before(account: Account | None, desk: _Papers) -> Mapping[str, str]:
    """What an account shows before a change, as it was accepted or filed."""
    if account is None:
        return {}
    paper = desk.seen.get(account.key, Seen()).paper
    accepted = {
        name: value
        for name, value in (paper.accepted if paper else {}).items()
        if isinstance(value, str) and name != "avatar"
    }
    filed = {
        "name": account.name,
        "verified_as": account.filed_subject,
        "handle": account.platform_id,
    }
    return {**accepted, **{name: value for name, value in filed.items() if value}}


def _kept(filing: Filing | None, desk: _Papers) -> str:
    """The name of the account into which this one is merged; "" where it is in no merge."""
    parent = next((e for e in desk.filings if filing and e.key == filing.parent), None)
    kept = desk.accounts.get(parent.keeps) if parent else None
    return kept.name if kept else ""


def _make(forms: tuple[FormFacts, ...], stamp: Stamp, desk: Desk, ending: str) -> bytes:
    template = desk.settings.folder / TEMPLATE
    if ending == "zip":
        return forms_file(forms, template, stamp, written(stamp).encode())
    if len(forms) != 1:
        raise ReportError(f"共 {len(forms)} 张登记表，一个账号一张；请用 .zip 或指定 --account")
    return form_file(forms[0], template, stamp)


def _about(desk: Desk, scope: Scope) -> str:
    return scope.account.removeprefix(FILING) or scope.unit


FORM = Kind("form", TITLE, ("docx", "zip"), collect, _make, _about)
