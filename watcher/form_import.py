"""A form that was read, against the register: whose it is, and what of it would be written. Pure.

Only what was read without a doubt is taken over, a blank field changes nothing, and neither name
nor state of an account is changed by a form: they follow its filings.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import Any

from watcher.filing_columns import FIELDS as CHANGED
from watcher.filing_columns import KIND_OF
from watcher.filing_desk import Ledger
from watcher.filings import Filing, FilingKind, FilingStep, step_of
from watcher.model import Account, FiledState, Person, Source, Unit
from watcher.register.columns import plain
from watcher.register.form import Doubt, FormRead

_OVER = (FilingStep.FILED, FilingStep.REJECTED, FilingStep.WITHDRAWN)
_SAME = ("opened_on", "verified", "followers", "section", "email", "url")
_CHANGE = re.compile(r"([\w/]{2,6})[：:]\s*(?:原“[^”]*”[，,]\s*)?现“([^”]+)”")
_FIELD_OF = {plain(word): name for name, words in CHANGED.items() for word in words}
_WEIBO = re.compile(r"https?://(?:www\.|m\.)?weibo\.c(?:om|n)/(?:u/)?(\d{5,12})(?:[/?#]|$)")
_DOUYIN = re.compile(r"https?://www\.douyin\.com/user/([\w.-]{10,120})(?:[/?#]|$)")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an import would write. `barred` says why nothing can be; `account` or `filing` None:
    nothing of that kind. `before` is the account or filing that is changed."""

    unit: Unit | None = None
    account: Account | None = None
    account_before: Account | None = None
    filing: Filing | None = None
    filing_before: Filing | None = None
    doubts: tuple[Doubt, ...] = ()
    barred: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class _Desk:
    read: FormRead
    ledger: Ledger
    today: date
    doubts: list[Doubt] = field(default_factory=list)
    barred: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def value(self, name: str) -> Any:
        return self.read.values.get(name) if self.read.sure(name) else None


def proposal(
    read: FormRead, ledger: Ledger, today: date, unit: str = "", account: str = ""
) -> Proposal:
    """What a form would change. `unit` and `account` are what a person said of it."""
    desk = _Desk(read, ledger, today)
    whose = _unit(desk, unit)
    known = _account(desk, whose, account)
    whose = known.unit if known is not None else whose
    platform = str(read.values.get("platform") or (known.platform if known else ""))
    name = str(read.values.get("name") or (known.name if known else ""))
    if not platform:
        desk.barred.append("没有读到账号类型；请补填后再导入，或用 --account 指明账号")
    if not name:
        desk.barred.append("没有读到账号名称；请补填后再导入，或用 --account 指明账号")
    if desk.barred or whose is None:
        return _told(desk, whose)
    changed = _changed(desk, known) if known else _opened(desk, whose, platform, name)
    key = changed.key if changed else (known.key if known else "")
    before, filing = _filing(desk, whose, key, platform, name)
    made = _told(desk, whose)
    return replace(
        made,
        account=changed if changed != known else None,
        account_before=known,
        filing=filing if filing != before else None,
        filing_before=before,
    )


def _told(desk: _Desk, unit: Unit | None) -> Proposal:
    return Proposal(
        unit=unit,
        doubts=(*desk.read.doubts, *desk.doubts),
        barred=tuple(desk.barred),
        remarks=tuple(desk.remarks),
    )


# -- whose it is -------------------------------------------------------------------------------


def _unit(desk: _Desk, said: str) -> Unit | None:
    word = said or str(desk.read.values.get("unit", ""))
    units = desk.ledger.units
    found = [each for each in units.values() if word and word in (each.key, each.name)]
    if len(found) == 1:
        return found[0]
    if not word:
        desk.barred.append("没有读到单位名称；用 --unit 指明主办单位")
        return None
    names = [each.name for each in units.values()]
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    hint = f"是否为“{near[0]}”？" if near else "请先在台账中登记该单位，"
    several = f"有{len(found)}个单位名为“{word}”；" if found else f"台账中没有单位“{word}”；{hint}"
    desk.barred.append(f"{several}用 --unit 写明单位编号")
    return None


def _account(desk: _Desk, unit: Unit | None, said: str) -> Account | None:
    """The account of a form: as a person said, by unit, type and name, else by its address."""
    accounts, read = desk.ledger.accounts, desk.read.values
    if said:
        if said not in accounts:
            desk.barred.append(f"没有编号为 {said} 的账号；用 watcher accounts list 查看")
        return accounts.get(said)
    if unit is None:
        return None
    mine = [each for each in accounts.values() if each.unit.key == unit.key]
    same = [each for each in mine if each.platform == read.get("platform")]
    named = [each for each in same if each.name == read.get("name")]
    url = str(read.get("url", "")).rstrip("/")
    linked = [each for each in mine if url and each.url.rstrip("/") == url]
    found = named if len(named) == 1 else linked if len(linked) == 1 else []
    if not found and len(same) == 1 and desk.read.event not in ("开设", ""):
        found = same
    if not found:
        return None
    account = found[0]
    if account.name != read.get("name"):
        advice = f"台账中是“{account.name}”；名称不由登记表改动，变更请登记变更事项"
        desk.doubts.append(Doubt("name", str(read.get("name", "")), advice))
    return account


# -- the account -------------------------------------------------------------------------------


def _changed(desk: _Desk, account: Account) -> Account:
    values = {name: desk.value(name) for name in _SAME}
    kept: dict[str, Any] = {name: each for name, each in values.items() if each is not None}
    if not desk.read.event and desk.value("reason"):
        kept["reason"] = desk.value("reason")  # else it is that of a filing
    if desk.value("subject"):
        kept["filed_subject"] = desk.value("subject")
    lead, contact = _person(desk, "lead", account.lead), _person(desk, "contact", account.contact)
    return replace(account, lead=lead, contact=contact, **kept)


def _person(desk: _Desk, role: str, before: Person) -> Person:
    """A person as the form has it; whoever has another name has a telephone of his own."""
    name = desk.value(f"{role}_name") or before.name
    old = before if name == before.name else Person()
    post, phone = desk.value(f"{role}_post"), desk.value(f"{role}_phone")
    return Person(name, post or old.post, phone or old.phone)


def _opened(desk: _Desk, unit: Unit, platform: str, name: str) -> Account | None:
    """A new account, where the form says that it was made; one to be made is a filing only."""
    if desk.value("opened_on") is None:
        desk.remarks.append("没有创建/注册日期：账号尚未开设，只登记事项，不新增账号")
        return None
    if desk.read.event not in ("开设", ""):
        desk.barred.append(
            f"台账中没有这个账号，不能{desk.read.event}；用 --account 指明，或先登记账号"
        )
        return None
    own = _own_id(platform, str(desk.read.values.get("url", "")))
    mark = sha256(f"{unit.key}\0{platform}\0{name}".encode()).hexdigest()[:8]
    fresh = Account(
        key=f"{platform}-{own or mark}",
        platform=platform,
        name=name,
        unit=unit,
        platform_id=own,
        sources=(Source(platform, own),) if own else (),
        filed_state=FiledState.ACTIVE,
        note=f"平台：{desk.read.other_name}" if platform == "other" else "",
    )
    if not own:
        desk.remarks.append("登记表没有平台ID：请在台账中补填平台ID或采集源，之后才能采集")
    return _changed(desk, fresh)


def _own_id(platform: str, url: str) -> str:
    """The platform's id where the address tells it."""
    form = {"weibo": _WEIBO, "douyin": _DOUYIN}.get(platform)
    found = form.match(url) if form else None
    return found[1] if found else ""


# -- the filing --------------------------------------------------------------------------------


def _filing(
    desk: _Desk, unit: Unit, account: str, platform: str, name: str
) -> tuple[Filing | None, Filing | None]:
    """The filing that a form is of, as it was and as it would be; none where it is of none."""
    kind = KIND_OF.get(plain(desk.read.event)) if desk.read.event else None
    if kind is None:
        desk.remarks.append("理由栏没有写明是开设、变更、关停、注销还是整合：不登记事项")
        return None, None
    if kind is FilingKind.MERGE:
        desk.remarks.append("整合事项请用 watcher filings add --kind 整合 登记，本表不登记事项")
        return None, None
    before = next(_running(desk, kind, unit, account, platform, name), None)
    reason = str(desk.value("reason") or "")
    filled = desk.value("filled_on")
    if before is not None:
        done = before.carried_out_on is not None and before.form_on is None and filled
        after = replace(before, form_on=filled) if done else before
        if not done:
            desk.remarks.append(f"事项 {before.key} 已登记；实施后的登记表才填入登记表日期")
        return before, replace(
            after, reason=before.reason or reason, account=before.account or account
        )
    changes = _changes(reason) if kind is FilingKind.CHANGE else {}
    if kind is FilingKind.CHANGE and not changes:
        desk.remarks.append("没有读出变更后的内容；请用 watcher filings add --kind 变更 登记")
        return None, None
    known = desk.ledger.accounts.get(account)
    fresh = Filing(
        key=_number(desk, kind),
        kind=kind,
        unit=unit.key,
        account=account,
        platform=known.platform if known else platform,
        account_name=known.name if known else name,
        changes=changes,
        reason=reason,
        applied_on=filled,
        note="由备案登记表导入",
    )
    return None, fresh


def _running(
    desk: _Desk, kind: FilingKind, unit: Unit, account: str, platform: str, name: str
) -> Iterator[Filing]:
    """Those of the account; one that was begun before there was an account goes by its name."""
    for each in desk.ledger.filings.values():
        named = (each.unit, each.platform, each.account_name) == (unit.key, platform, name)
        mine = each.account == account if each.account else named
        if each.kind is kind and mine and step_of(each) not in _OVER:
            yield each


def _changes(reason: str) -> Mapping[str, str]:
    """账号名称：原“甲”，现“乙”, as our own draft writes it."""
    pairs = ((_FIELD_OF.get(plain(word)), new) for word, new in _CHANGE.findall(reason))
    return {name: new for name, new in pairs if name is not None}


def _number(desk: _Desk, kind: FilingKind) -> str:
    stem = f"{desk.today:%Y%m%d}-{kind.value}"
    return next(k for n in range(1, 10_000) if (k := f"{stem}-{n}") not in desk.ledger.filings)
