"""Spreadsheets and CSV: finding the header, reading rows, writing them."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from watcher.model import Account, FiledState, UnitKind
from watcher.register.build import account_values, unit_values
from watcher.register.cells import exemptions_json, safe, sources_text
from watcher.register.columns import FIELD_OF, HEADINGS, IGNORED, KINDS, PLATFORMS, STATES, plain
from watcher.register.sheet import HEADER_WITHIN, Layout, Table, header_of, rows_of
from watcher.register.values import MAX_ROWS, Mistake, Register, RegisterError, Row
from watcher.register.yaml_file import dump_json

_UNZIPPED = 200 << 20  # bytes an .xlsx may unpack to
_WIDEST = 200  # columns looked at
_PERSON = {"姓名": "name", "职务": "post", "电话": "phone", "联系电话": "phone"}
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def read_xlsx(path: Path) -> tuple[list[Row], list[Mistake]]:
    """The rows of the first sheet that has a header."""
    table = xlsx_table(path, lambda table: header_of(table, FIELD_OF) is not None)
    return rows_of(path.name, table, _LAYOUT)


def read_csv(path: Path) -> tuple[list[Row], list[Mistake]]:
    """The rows of a CSV file."""
    return rows_of(path.name, csv_table(path), _LAYOUT)


def xlsx_table(path: Path, wanted: Callable[[Table], bool]) -> Table:
    """The cells of the first sheet that is wanted, else of the last."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _UNZIPPED:
                raise RegisterError([Mistake(path.name, 0, "", "解压后过大，拒绝读取")])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and validations that openpyxl drops
            return _read_book(path, wanted)
    except RegisterError:
        raise
    except Exception as error:  # a damaged file fails in many ways
        message = f"不是可读的 .xlsx 文件（{type(error).__name__}: {error}）"
        raise RegisterError([Mistake(path.name, 0, "", message)]) from error


def _read_book(path: Path, wanted: Callable[[Table], bool]) -> Table:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")]
        for sheet in sheets:
            bounds = {"max_row": MAX_ROWS + HEADER_WITHIN + 1, "max_col": _WIDEST}
            table = [list(row) for row in sheet.iter_rows(values_only=True, **bounds)]
            if sheet is sheets[-1] or wanted(table):
                return table
    finally:
        book.close()
    raise RegisterError([Mistake(path.name, 0, "", "文件中没有工作表")])


def csv_table(path: Path) -> Table:
    """UTF-8 with or without BOM, else GB18030; comma, semicolon or tab."""
    data = path.read_bytes()
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            content = data.decode("gb18030")
        except UnicodeDecodeError:
            message = "既不是UTF-8也不是GB18030编码"
            raise RegisterError([Mistake(path.name, 0, "", message)]) from None
    head = content[:2000]
    delimiter = max(",;\t", key=head.count)
    try:
        return list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise RegisterError([Mistake(path.name, 0, "", f"不是可读的CSV（{error}）")]) from error


def _fields_of(words: Sequence[str]) -> Iterable[str | None]:
    """职务 and 电话 belong to the person named before them."""
    person = ""
    for word in words:
        field = FIELD_OF.get(plain(word))
        if field is None and person and word in _PERSON:
            field = f"{person}_{_PERSON[word]}"
        if field in ("lead_name", "contact_name"):
            person = field.removesuffix("_name")
        yield field


_LAYOUT = Layout(
    headings=HEADINGS,
    known=FIELD_OF,
    ignored=frozenset(map(plain, IGNORED)),
    some="“账号名称”“账号类型”“主办单位”",
    fields_of=lambda words: tuple(_fields_of(words)),
)


def write_xlsx(path: Path, register: Register) -> None:
    """All cells as text, so that ids and phones stay what they are; the header stays in sight."""
    write_sheet(path, "总台账", _lines(register))


def write_csv(path: Path, register: Register) -> None:
    """UTF-8 with BOM, as Excel wants it."""
    write_lines(path, _lines(register))


def write_sheet(path: Path, title: str, lines: Iterable[list[str]]) -> None:
    """One sheet of texts under a header; what a spreadsheet would run must be marked before."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for index, line in enumerate(lines):
        cells = []
        for word in line:
            cell = WriteOnlyCell(sheet, value=word or None)
            cell.number_format = "@"
            if index == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    book.save(path)


def write_lines(path: Path, lines: Iterable[list[str]]) -> None:
    """A CSV file, UTF-8 with BOM."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(lines)


def cell_text(value: str) -> str:
    """Text as a cell may hold it: no formula, nothing a workbook cannot write."""
    return safe(_UNWRITABLE.sub("", value))


def _lines(register: Register) -> Iterable[list[str]]:
    yield [headings[0] for headings in HEADINGS.values()]
    used = {account.unit.key for account in register.accounts}
    for account in register.accounts:
        yield _line(unit_values(account.unit) | account_values(account))
    for unit in register.units:
        if unit.key not in used:
            yield _line(unit_values(unit))


def _line(values: dict[str, Any]) -> list[str]:
    return [cell_text(_word(name, values.get(name))) for name in HEADINGS]


def row_words(account: Account) -> dict[str, str]:
    """An account by the fields of a row, as people write them."""
    return {name: _word(name, value) for name, value in account_values(account).items()}


def _word(field: str, value: Any) -> str:
    """One value as people write it."""
    if field == "sources" and value is not None:
        return sources_text(value) or "无"
    if field == "exemptions":
        return dump_json(exemptions_json(value)) if value else ""
    if field == "platform" and value:
        return str(PLATFORMS.get(value, value))
    if isinstance(value, UnitKind):
        return KINDS[value]
    if isinstance(value, FiledState):
        return STATES[value]
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n")
