"""An export of 全国政务新媒体信息报送系统, row by row against the register (Art. 8(一))."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from watcher.filings import COMPARED, National
from watcher.mistakes import load_yaml
from watcher.model import Account
from watcher.register.cells import day, ident, text
from watcher.register.columns import KINDS, PLATFORM_OF, PLATFORMS, STATE_OF, STATES, plain
from watcher.register.sheet import Table, header_of, stripped
from watcher.register.tables import csv_table, xlsx_table
from watcher.register.values import MAX_BYTES, MAX_ROWS, Mistake, RegisterError
from watcher.reports.national import NationalColumn, columns_of

# Values that an export may call otherwise, by field, with what the ledger calls them.
KNOWN: Mapping[str, Mapping[str, str]] = {
    "platform": PLATFORMS,
    "unit_kind": {kind.value: word for kind, word in KINDS.items()},
    "filed_state": {state.value: word for state, word in STATES.items()},
    "verified": {"yes": "是", "no": "否"},
}


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
    """Heading to field, those of our own export among them. Raises RegisterError where the map
    cannot be used."""
    try:
        document = load_yaml(path.read_text("utf-8"))
        found = {plain(str(word)): str(name) for word, name in document["columns"].items()}
        for column in _exported(document):
            if column.name in COMPARED:
                found.setdefault(plain(column.heading), column.name)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        said = f"不是可用的列名对照表：{error}；最上层应为 columns: 列名: 字段"
        raise RegisterError([Mistake(path.name, 0, "", said)]) from error
    wrong = [name for name in found.values() if name not in COMPARED]
    if wrong or not {"name", "unit"} <= set(found.values()):
        said = f"不认识的字段：{'、'.join(wrong)}" if wrong else "至少要有 name 和 unit"
        known = "可用：" + "、".join(COMPARED)
        raise RegisterError([Mistake(path.name, 0, "columns", said, known)])
    return found


def read_words(path: Path) -> Mapping[str, Mapping[str, str]]:
    """What our own export calls values, by field, backwards. A word for several values means none
    of them: "" is not compared."""
    found: dict[str, dict[str, str]] = {}
    for column in _exported(load_yaml(path.read_text("utf-8"))):
        backwards = found.setdefault(column.name, {})
        for value, word in column.words.items():
            backwards[plain(word)] = "" if plain(word) in backwards else value
        if column.otherwise:
            backwards[plain(column.otherwise)] = ""
    return found


def export_of(path: Path) -> tuple[NationalColumn, ...]:
    """The columns of our export. Raises RegisterError with every mistake of the configuration."""
    try:
        document = load_yaml(path.read_text("utf-8"))
    except OSError as error:
        said = f"无法读取：{error.strerror or error}"
        raise RegisterError([Mistake(path.name, 0, "", said)]) from error
    except ValueError as error:
        raise RegisterError([Mistake(path.name, 0, "", f"不是可用的 YAML：{error}")]) from error
    given = document.get("export") if isinstance(document, dict) else None
    columns, mistakes = columns_of(given, path.name, KNOWN)
    if mistakes:
        wrong = [Mistake(path.name, 0, m.path, m.message, m.suggestion) for m in mistakes]
        raise RegisterError(wrong)
    return columns


def _exported(document: Any) -> tuple[NationalColumn, ...]:
    """The columns of our export that can be used; what is wrong with others its maker says."""
    given = document.get("export") if isinstance(document, dict) else None
    return columns_of(given, "", KNOWN)[0] if given else ()


def read_national(
    path: Path,
    columns: Mapping[str, str],
    words: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> tuple[NationalRow, ...]:
    """The rows of an export; `words` are what it calls values. Raises RegisterError with every
    mistake."""
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
                known = words.get(name, {})
                word = plain(text(value)) if known else ""
                meaning = known[word] if word in known else _READ[name](stripped(value))
                fields[name] = fields.get(name) or meaning
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
