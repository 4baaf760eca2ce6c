"""总台账 of an edited ledger: what it changes of accounts, their units, people, papers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from watcher.ledger import COLUMNS, MAIN, UNSEEN, Cell, said, touched
from watcher.ledger_plan import (
    Desk,
    alike,
    by_key,
    edits,
    main_now,
    parsed,
    seal_of,
    unit_edit,
    unit_named,
)
from watcher.mistakes import meant
from watcher.model import Account, Unit
from watcher.register.build import READ, account_values, build, to_account
from watcher.register.cells import ident
from watcher.register.columns import HEADINGS
from watcher.register.values import RegisterError, Row
from watcher.units import ALONE, PaperKind, UnitPaper, UnitRole

OF_UNIT = ("unit_kind", "daily_supervisor", "approval_authority", "first_reviewer")
OFFICES = OF_UNIT[1:]
_APPS = ("app", "wechat_miniprogram")
_PEOPLE = tuple(role.value for role in ALONE)
_BESIDE = ("sources", "enabled", "reason")  # of a register file; a ledger may have them added
_REPLACE = "更换或终止委托请用 watcher papers add 登记"
_NO_BLANK = "备案号不能由台账清空；请用 watcher papers add 登记"


def planned_accounts(desk: Desk) -> tuple[tuple[Account, ...], tuple[UnitPaper, ...]]:
    """The accounts that are new or changed, with their units as they were, and new papers."""
    now, accounts = main_now(desk.known), by_key(desk.known.accounts)
    changed: list[Account] = []
    papers: list[UnitPaper] = []
    fresh: list[Row] = []
    first: dict[str, int] = {}
    rows: dict[str, Row] = {}
    for row in desk.file.rows.get(MAIN, ()):
        fine, key = parsed(desk, MAIN, row, "key", ident)
        if key and key in first:
            desk.wrong(MAIN, row, "key", f"账号编号“{key}”与第{first[key]}行重复")
        elif key in accounts:
            changed += _changed(desk, row, accounts[key], now[key], papers)
        elif fine and not _rekeyed(desk, row, accounts):
            fresh.append(row)
        if key:
            first.setdefault(key, row.number)
            rows.setdefault(key, row)
    changed += _fresh(desk, fresh, now, rows)
    _one_each(desk, changed, rows)
    return tuple(changed), tuple(papers)


def _one_each(desk: Desk, changed: Iterable[Account], rows: Mapping[str, Row]) -> None:
    """Two accounts of a platform cannot have one id there; only what the file brings is looked
    at."""
    before, after = by_key(desk.known.accounts), by_key((*desk.known.accounts, *changed))
    owners: dict[tuple[str, str], list[str]] = {}
    for each in after.values():
        owners.setdefault((each.platform, each.platform_id), []).append(each.key)
    for each in changed:
        was, place = before.get(each.key), (each.platform, each.platform_id)
        others = [key for key in owners[place] if key != each.key]
        same = was is not None and (was.platform, was.platform_id) == place
        if each.platform_id and others and not same:
            message = f"平台ID“{each.platform_id}”已是账号“{others[0]}”的"
            desk.wrong(MAIN, rows[each.key], "platform_id", message, "请核对两个账号的平台ID")


def _rekeyed(desk: Desk, row: Row, accounts: Mapping[str, Account]) -> bool:
    """Whether a row of ours got another key; a copied row that became another account did not."""
    if not touched(COLUMNS[MAIN], seal_of(row), "key", row.cells.get("key")):
        return False
    own = touched(COLUMNS[MAIN], seal_of(row), "platform_id", row.cells.get("platform_id"))
    if own or not said(row.cells.get("platform_id")):
        return False
    hint = "改回原编号；要新增账号请另起一行，填写新账号的平台ID"
    desk.wrong(MAIN, row, "key", "账号编号不能修改", hint)
    return True


# -- an account that is there ------------------------------------------------------------------


def _changed(
    desk: Desk, row: Row, account: Account, now: Mapping[str, Cell], papers: list[UnitPaper]
) -> Iterator[Account]:
    values, key = account_values(account), account.key
    unit = account.unit
    for column in edits(desk, MAIN, row, now, key, READ):
        name = column.field
        if name == "unit_name":
            found = unit_named(desk, MAIN, row, name)
            unit = desk.units[found] if found else unit
            desk.take(MAIN, row, name, key, now[name])
        elif name in OF_UNIT or name in _PEOPLE:
            _of_unit(desk, row, unit, name, now.get(name))
        elif name in ("operator", "app_filing"):
            papers += _paper(desk, row, account, unit, name, now.get(name))
        else:
            _of_account(desk, row, key, name, values, now.get(name))
    for name in _BESIDE:
        _beside(desk, row, key, name, values)
    after = to_account(values, unit)
    if after != account:
        yield after


def _of_account(
    desk: Desk, row: Row, key: str, name: str, values: dict[str, Any], now: Cell
) -> None:
    """Take over one cell of an account. What it is called may not be nothing."""
    blank = said(row.cells.get(name)) in ("", UNSEEN)
    if blank and name in ("name", "platform", "filed_state"):
        desk.wrong(MAIN, row, name, "必填，不能为空")
        return
    fine, value = (True, None) if blank and name == "verified" else _read(desk, row, name)
    if fine:
        values[name] = value
        desk.take(MAIN, row, name, key, now)


def _read(desk: Desk, row: Row, name: str) -> tuple[bool, Any]:
    return parsed(desk, MAIN, row, name, READ[name])


def _beside(desk: Desk, row: Row, key: str, name: str, values: dict[str, Any]) -> None:
    """Columns of a register file that somebody added; an empty cell says nothing."""
    if not said(row.cells.get(name)):
        return
    fine, value = _read(desk, row, name)
    if fine and value != values[name]:
        before, values[name] = values[name], value
        desk.take(MAIN, row, name, key, before)


def _of_unit(desk: Desk, row: Row, unit: Unit, name: str, now: Cell) -> None:
    """Take over what a row says of its unit. A row that moved to another unit may say what is so
    of that one."""
    if name in _PEOPLE:
        value: Any = said(row.cells.get(name))
    else:
        fine, value = parsed(desk, MAIN, row, name, READ[name])
        if not fine:
            return
        if name == "unit_kind" and value is None:
            desk.wrong(MAIN, row, name, "必填，不能为空")
            return
        if name in OFFICES and not office_known(desk, MAIN, row, name, value):
            return
        value = office_key(desk, value) if name in OFFICES else value
        if getattr(unit, field_of(name)) == value:
            return
    if unit_edit(desk, MAIN, row, unit.key, name, value):
        desk.take(MAIN, row, name, unit.key, now)


def field_of(name: str) -> str:
    """The field of Unit for a column."""
    return name.removeprefix("unit_")


def office_key(desk: Desk, word: str) -> str:
    """An office by the key the register has for it; one that only the register names stays."""
    named = [key for key, name in desk.known.offices.items() if name == word]
    return named[0] if len(named) == 1 else word


def office_known(desk: Desk, sheet: str, row: Row, name: str, word: str) -> bool:
    """Whether an office is one of offices.yaml, or one that the register names already: whoever
    stands under another one would be supervised by nobody. What is not is noted as wrong."""
    offices = desk.known.offices
    named = {getattr(each, field) for each in desk.known.units for field in OFFICES}
    if not word or word in {*offices, *offices.values(), *named}:
        return True
    hint = meant(word, offices.values()) or "请从字典的主管单位中选，或先写入 offices.yaml"
    desk.wrong(sheet, row, name, f"没有主管单位“{word}”", hint)
    return False


def _paper(
    desk: Desk, row: Row, account: Account, unit: Unit, name: str, now: Cell
) -> Iterator[UnitPaper]:
    """A new operator or filing number, as a paper; what was there before stays on paper."""
    value = said(row.cells.get(name))
    if name == "operator" and (said(now) or not value):
        desk.leave(MAIN, row, name, unit.key, _REPLACE)
    elif name == "operator":
        if unit_edit(desk, MAIN, row, unit.key, name, value):
            desk.take(MAIN, row, name, unit.key, now)
            yield _new(desk, unit, PaperKind.OPERATOR, party=value)
    elif account.platform not in _APPS:
        desk.leave(MAIN, row, name, account.key, "只有移动客户端和小程序有应用备案号")
    elif not value:
        desk.leave(MAIN, row, name, account.key, _NO_BLANK)
    else:
        desk.take(MAIN, row, name, account.key, now)
        yield _new(desk, unit, PaperKind.APP_FILING, account=account.key, number=value)


def _new(
    desk: Desk, unit: Unit, kind: PaperKind, party: str = "", account: str = "", number: str = ""
) -> UnitPaper:
    note = f"由台账 {desk.file.name} 导入"
    return UnitPaper(
        *(unit.key, kind, account, party, number), note=note, author=desk.author, at=desk.at
    )


# -- an account that is new --------------------------------------------------------------------


def _fresh(
    desk: Desk,
    rows: list[Row],
    now: Mapping[str, Mapping[str, Cell]],
    places: dict[str, Row],
) -> Iterator[Account]:
    """Rows of no register, read as a register's file would be; `places` gets them by account."""
    plain: list[Row] = []
    for row in rows:
        key = unit_named(desk, MAIN, row, "unit_name")
        if key is not None:
            _new_unit(desk, row, desk.units[key])
            cells = {name: _bare(value) for name, value in row.cells.items() if name in HEADINGS}
            cells |= {"unit_key": key, "unit_name": desk.units[key].name, **dict.fromkeys(OF_UNIT)}
            plain.append(Row(row.number, cells, row.headings))
    try:
        register = build(desk.file.place(MAIN), plain)
    except RegisterError as error:
        desk.mistakes += error.mistakes
        return
    for row, account in zip(plain, register.accounts, strict=True):
        if account.key in now and _says_so(row, now[account.key]):
            continue  # this file was imported before
        if account.key in now:
            said_key = f"这个账号已在台账中，编号是“{account.key}”"
            desk.wrong(MAIN, row, "key", said_key, "请改那一行，或填写另一个账号编号")
            continue
        desk.take(MAIN, row, "name", account.key, "（新增账号）")
        places[account.key] = row
        yield replace(account, unit=desk.units[account.unit.key])


def _says_so(row: Row, now: Mapping[str, Cell]) -> bool:
    """Whether a row says nothing that the ledger does not say."""
    return all(
        alike(READ.get(name), row.cells.get(name), now.get(name))
        for name in (each.field for each in COLUMNS[MAIN] if each.edited)
        if said(row.cells.get(name))
    )


def _new_unit(desk: Desk, row: Row, unit: Unit) -> None:
    """What a new row says of its unit; an empty cell says nothing."""
    for name in (*OF_UNIT, *_PEOPLE):
        if said(row.cells.get(name)):
            _of_unit(desk, row, unit, name, "")


def _bare(value: Any) -> Any:
    return None if said(value) == UNSEEN else value


def unit_role(name: str) -> UnitRole:
    """第一责任人 or 直接责任人 by the field of 总台账."""
    return UnitRole(name)
