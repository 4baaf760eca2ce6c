"""A ledger (台账) that people edited, read back: its sheets by name, their rows as they stand.

Nothing is decided here; what cannot be read at all is refused. Bounded like every register file.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from watcher.ledger import COLUMNS, MAIN, READ_BACK, SEAL, SHEETS, Column
from watcher.register.columns import HEADINGS, plain
from watcher.register.sheet import HEADER_WITHIN, Layout, Table, header_of, rows_of
from watcher.register.values import MAX_BYTES, MAX_ROWS, Mistake, RegisterError, Row

MOST_ROWS = 5 * MAX_ROWS  # of a sheet: each account has people of its own in 单位通讯录
_UNZIPPED = 200 << 20  # bytes that the file may unpack to
_WIDEST = 200  # columns looked at
_SEALS = ("校验（勿改）", "校验")


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """The rows of the sheets that are taken over, each with what is wrong with its columns."""

    name: str
    rows: Mapping[str, Sequence[Row]]

    def place(self, sheet: str) -> str:
        """How mistakes call a sheet of the file."""
        return f"{self.name} {sheet}"


def is_ledger(path: Path) -> bool:
    """Whether a file is such a workbook: its main sheet with another of the eight, or with columns
    that only a ledger has."""
    if path.suffix.lower() != ".xlsx" or not path.is_file() or path.stat().st_size > MAX_BYTES:
        return False
    try:
        _bounded(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Exception:  # what is damaged, the reader of registers says
        return False
    try:
        names = {sheet.title.strip() for sheet in book.worksheets}
        if MAIN not in names:
            return False
        return len(names & set(SHEETS)) > 1 or _has_own(_cells(book, MAIN, HEADER_WITHIN))
    finally:
        book.close()


def read_ledger(path: Path) -> LedgerFile:
    """Its rows. Raises RegisterError with every mistake of its form, in all sheets."""
    try:
        if path.stat().st_size > MAX_BYTES:
            said = f"文件超过{MAX_BYTES >> 20}MB，拒绝读取"
            raise RegisterError([Mistake(path.name, 0, "", said)])
        _bounded(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and validations that openpyxl drops
            tables = _tables(path)
    except RegisterError:
        raise
    except Exception as error:  # a damaged file fails in many ways
        said = f"不是可读的 .xlsx 文件（{type(error).__name__}: {error}）"
        raise RegisterError([Mistake(path.name, 0, "", said)]) from error
    return _ledger(path.name, tables)


# -- inside ------------------------------------------------------------------------------------


def _bounded(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _UNZIPPED:
            raise RegisterError([Mistake(path.name, 0, "", "解压后过大，拒绝读取")])


def _tables(path: Path) -> Mapping[str, Table]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        return {name: _cells(book, name, MOST_ROWS + HEADER_WITHIN + 1) for name in READ_BACK}
    finally:
        book.close()


def _cells(book: Any, name: str, rows: int) -> Table:
    """The cells of a sheet; none where it is not there."""
    for sheet in book.worksheets:
        if sheet.title.strip() == name and hasattr(sheet, "iter_rows"):
            bounds = {"max_row": rows, "max_col": _WIDEST}
            return [list(row) for row in sheet.iter_rows(values_only=True, **bounds)]
    return []


def _ledger(file: str, tables: Mapping[str, Table]) -> LedgerFile:
    kept: dict[str, Sequence[Row]] = {}
    mistakes: list[Mistake] = []
    for name, table in tables.items():
        if not table and name != MAIN:
            continue
        try:
            rows, wrong = rows_of(f"{file} {name}", table, layout_of(name), MOST_ROWS)
        except RegisterError as error:
            mistakes += error.mistakes
            continue
        kept[name] = rows
        mistakes += wrong
    if mistakes:
        raise RegisterError(mistakes)
    return LedgerFile(file, kept)


def layout_of(sheet: str) -> Layout:
    """What the columns of a sheet are called; 总台账 may also have those of a register file."""
    headings: dict[str, tuple[str, ...]] = {
        each.field: _words(sheet, each) for each in COLUMNS[sheet]
    }
    if sheet == MAIN:
        headings = {**HEADINGS, **headings}
    headings[SEAL] = _SEALS
    known = {plain(word): name for name, words in headings.items() for word in words}
    return Layout(
        headings=headings,
        known=known,
        ignored=frozenset(),
        some="、".join(f"“{each.heading}”" for each in COLUMNS[sheet][1:4]),
        fields_of=lambda words: [known.get(plain(word)) for word in words],
    )


def _words(sheet: str, column: Column) -> tuple[str, ...]:
    more = HEADINGS.get(column.field, ()) if sheet == MAIN else ()
    return tuple(dict.fromkeys((column.heading, *more)))


def _has_own(table: Table) -> bool:
    """Whether the header has columns that no register file has, its derived ones left aside."""
    own = {plain(each.heading) for each in COLUMNS[MAIN] if each.edited}
    own -= {plain(word) for words in HEADINGS.values() for word in words}
    own.add(plain(_SEALS[0]))
    header = header_of(table, {plain(each.heading) for each in COLUMNS[MAIN]})
    if header is None:
        return False
    return any(plain(str(cell or "")) in own for cell in table[header])
