"""An export of 全国政务新媒体信息报送系统, row by row against the register (Art. 8(一))."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from watcher.filings import COMPARED, National
from watcher.mistakes import load_yaml
from watcher.model import Account
from watcher.register.cells import day, ident, text
from watcher.register.columns import PLATFORM_OF, STATE_OF, plain
from watcher.register.sheet import Table, header_of, stripped
from watcher.register.tables import csv_table, xlsx_table
from watcher.register.values import MAX_BYTES, MAX_ROWS, Mistake, RegisterError


@dataclass(frozen=True, slots=True)
class NationalRow:
    """One account as the national system has it: field of Account to its text."""

    number: int
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Compared:
    """What an export says of the register's accounts, and its rows that are none of them."""

    said: Mapping[str, National]
    unknown: tuple[NationalRow, ...]


def read_columns(path: Path) -> Mapping[str, str]:
    """Heading to field. Raises RegisterError where the map cannot be used."""
    try:
        columns = load_yaml(path.read_text("utf-8"))["columns"]
        found = {plain(str(word)): str(name) for word, name in columns.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        said = f"不是可用的列名对照表：{error}；最上层应为 columns: 列名: 字段"
        raise RegisterError([Mistake(path.name, 0, "", said)]) from error
    wrong = [name for name in found.values() if name not in COMPARED]
    if wrong or not {"name", "unit"} <= set(found.values()):
        said = f"不认识的字段：{'、'.join(wrong)}" if wrong else "至少要有 name 和 unit"
        known = "可用：" + "、".join(COMPARED)
        raise RegisterError([Mistake(path.name, 0, "columns", said, known)])
    return found


def read_national(path: Path, columns: Mapping[str, str]) -> tuple[NationalRow, ...]:
    """The rows of an export. Raises RegisterError with every mistake."""
    table = _table(path, columns)
    header = header_of(table, columns)
    if header is None:
        said = "找不到表头：前20行中没有一行含有对照表中的两个列名"
        raise RegisterError([Mistake(path.name, 0, "", said, "请核对 config/national.yaml")])
    if len(table) - header - 1 > MAX_ROWS:
        raise RegisterError([Mistake(path.name, 0, "", f"超过{MAX_ROWS}行，请拆分后导入")])
    names = {at: columns.get(plain(str(cell or ""))) for at, cell in enumerate(table[header])}
    rows, mistakes = [], []
    for number, cells in enumerate(table[header + 1 :], start=header + 2):
        fields: dict[str, str] = {}
        for at, value in enumerate(cells):
            name = names.get(at)
            if name is None:
                continue
            try:
                fields[name] = fields.get(name) or _READ[name](stripped(value))
            except (ValueError, OverflowError) as error:
                mistakes.append(Mistake(path.name, number, str(table[header][at]), str(error)))
        if any(fields.values()):
            rows.append(NationalRow(number, fields))
    if mistakes:
        raise RegisterError(mistakes)
    return tuple(rows)


def compared(rows: Iterable[NationalRow], accounts: Iterable[Account], on: date) -> Compared:
    """Which account each row is; the accounts of a unit that has rows but is not among them are
    missing. An account whose unit has no row at all is not spoken of: an export may be of one
    unit only."""
    register, kept = tuple(accounts), tuple(rows)
    said: dict[str, National] = {}
    unknown = []
    for row in kept:
        account = _match(row.fields, register, said)
        if account is None:
            unknown.append(row)
        else:
            said[account.key] = National(on, dict(row.fields))
    units = {_same(row.fields.get("unit", "")) for row in kept} - {""}
    units |= {_same(each.unit.name) for each in register if each.key in said}
    for account in register:
        if account.key not in said and _same(account.unit.name) in units:
            said[account.key] = National(on)
    return Compared(said, tuple(unknown))


def _match(
    fields: Mapping[str, str], accounts: Iterable[Account], taken: Mapping[str, National]
) -> Account | None:
    """By platform id, else by address, else by unit, platform and name; each account once."""
    free = [each for each in accounts if each.key not in taken]
    platform = fields.get("platform", "")
    same = [each for each in free if not platform or each.platform == platform]
    for name, of in _MARKS:
        mark = _same(fields.get(name, ""))
        found = [each for each in same if mark and _same(of(each)) == mark]
        if len(found) == 1:
            return found[0]
    unit, name = _same(fields.get("unit", "")), _same(fields.get("name", ""))
    found = [e for e in same if (_same(e.unit.name), _same(e.name)) == (unit, name)]
    return found[0] if len(found) == 1 else None


_MARKS: tuple[tuple[str, Callable[[Account], str]], ...] = (
    ("platform_id", lambda account: account.platform_id),
    ("url", lambda account: account.url),
)


def _same(word: str) -> str:
    return "".join(unicodedata.normalize("NFKC", word).split()).casefold().rstrip("/")


def _day(value: Any) -> str:
    found = day(value)
    return found.isoformat() if found else ""


_READ: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(COMPARED, text),
    "platform_id": ident,
    "platform": lambda value: PLATFORM_OF.get(plain(text(value)), text(value)),
    "filed_state": lambda value: str(STATE_OF.get(plain(text(value)), text(value))),
    "opened_on": _day,
}


def _table(path: Path, columns: Mapping[str, str]) -> Table:
    try:
        if path.stat().st_size > MAX_BYTES:
            said = f"文件超过{MAX_BYTES >> 20}MB，拒绝读取"
            raise RegisterError([Mistake(path.name, 0, "", said)])
        if path.suffix.lower() == ".xlsx":
            return xlsx_table(path, lambda table: header_of(table, columns) is not None)
        if path.suffix.lower() == ".csv":
            return csv_table(path)
    except OSError as error:
        said = f"无法读取：{error.strerror or error}"
        raise RegisterError([Mistake(path.name, 0, "", said)]) from error
    said = f"不支持“{path.suffix}”文件"
    raise RegisterError([Mistake(path.name, 0, "", said, "请用 .xlsx 或 .csv")])
