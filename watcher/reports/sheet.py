"""Excel as offices print and sort it, written row by row in constant memory. Pure.

No cell is ever a formula: text goes in as text, whatever it begins with. Days and moments are
real dates (Beijing), numbers real numbers, ids and telephone numbers text. Rows are as high as
their text asks for: only Excel works that out when it opens a file, other programs do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from math import ceil
from typing import Any, Literal, TypeAlias
from unicodedata import east_asian_width

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from watcher.calendar import local
from watcher.reports.stamp import PROPERTY, Stamp, written
from watcher.reports.template import cleaned

MOST = 32_000  # characters of a cell; Excel takes 32,767
Kind: TypeAlias = Literal["text", "number", "ordinal", "percent", "day", "moment"]
Cell: TypeAlias = str | int | float | date | datetime | None


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its heading, width in characters, what it holds; `choices` make a drop-down.

    An `ordinal` is a number that names (序号, 年度) and is written without separators.

    `choices` is a range of another sheet such as `=字典!$A$2:$A$30`, or the words themselves.
    """

    heading: str
    width: float = 12
    kind: Kind = "text"
    choices: str | tuple[str, ...] = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a title line over everything, its columns, its rows in order.

    `across` pages lie side by side when it is printed, the first columns on each of them.
    """

    name: str
    title: str
    fields: Sequence[Field]
    rows: Iterable[Sequence[Cell]]
    landscape: bool = True
    paper: Literal["A3", "A4"] = "A4"
    across: int = 1


def workbook(sheets: Iterable[Sheet], stamp: Stamp, title: str) -> bytes:
    """The sheets as one file. The same sheets and stamp give the same bytes."""
    made = BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with closing(xlsxwriter.Workbook(made, options)) as book:
        at = stamp.as_of.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        book.set_properties({"title": title, "author": "守望", "created": at})
        book.set_custom_property(PROPERTY, written(stamp), "text")
        formats = _formats(book)
        for sheet in sheets:
            _write(book.add_worksheet(sheet.name), sheet, formats, stamp)
    return made.getvalue()


# -- inside ------------------------------------------------------------------------------------

_PAPER = {"A3": 8, "A4": 9}
_SPARE = 200  # empty rows below that keep the drop-downs, for what people add
_LINE = 13.5  # points of a line of text
_HIGHEST = 405.0  # points; Excel takes 409


def _formats(book: xlsxwriter.Workbook) -> Mapping[str, Format]:
    line: dict[str, Any] = {
        "font_name": "宋体",
        "font_size": 10,
        "border": 1,
        "valign": "vcenter",
        "text_wrap": True,
    }
    return {
        "title": book.add_format({"font_name": "黑体", "font_size": 14, "valign": "vcenter"}),
        "head": book.add_format(
            line | {"bold": True, "align": "center", "bg_color": "#DCE6F1", "font_name": "黑体"}
        ),
        "text": book.add_format(line | {"num_format": "@"}),
        "number": book.add_format(line | {"num_format": "#,##0"}),
        "part": book.add_format(line | {"num_format": "#,##0.0#"}),  # a number with a fraction
        "ordinal": book.add_format(line | {"num_format": "0"}),
        "percent": book.add_format(line | {"num_format": "0.0%"}),
        "day": book.add_format(line | {"num_format": "yyyy-mm-dd", "align": "center"}),
        "moment": book.add_format(line | {"num_format": "yyyy-mm-dd hh:mm", "align": "center"}),
    }


def _write(page: Worksheet, sheet: Sheet, formats: Mapping[str, Format], stamp: Stamp) -> None:
    for at, field in enumerate(sheet.fields):
        page.set_column(at, at, field.width, formats[field.kind], {"hidden": field.hidden})
    page.set_row(0, 24, formats["title"])
    page.write_string(0, 0, sheet.title, formats["title"])
    page.set_row(1, 30)
    for at, field in enumerate(sheet.fields):
        page.write_string(1, at, field.heading, formats["head"])
    last = 1
    for last, row in enumerate(sheet.rows, start=2):
        if (lines := _lines(sheet.fields, row)) > 1:
            page.set_row(last, min(_HIGHEST, lines * _LINE + 2))
        for at, (field, value) in enumerate(zip(sheet.fields, row, strict=True)):
            part = field.kind == "number" and isinstance(value, float) and not value.is_integer()
            _cell(page, last, at, value, formats["part" if part else field.kind])
    _dress(page, sheet, last, stamp)


def _lines(fields: Sequence[Field], row: Sequence[Cell]) -> int:
    """How many lines the longest text of a row takes in its column."""
    pairs = ((each, value) for each, value in zip(fields, row, strict=True) if not each.hidden)
    return max(
        (_wrapped(v, each.width) for each, v in pairs if isinstance(v, str) and v), default=1
    )


def _wrapped(text: str, width: float) -> int:
    """A Chinese character is as wide as two others."""
    if len(text) * 2 <= width and "\n" not in text:
        return 1
    room = max(1.0, width - 1)
    return sum(
        max(1, ceil(sum(2 if east_asian_width(sign) in "WFA" else 1 for sign in line) / room))
        for line in text[:MOST].split("\n")
    )


def _cell(page: Worksheet, row: int, at: int, value: Cell, style: Format) -> None:
    """`datetime` is a `date` too, and must come first; bool is no number here."""
    if value is None:
        page.write_blank(row, at, None, style)
    elif isinstance(value, datetime):
        page.write_datetime(row, at, local(value).replace(tzinfo=None), style)
    elif isinstance(value, date):
        page.write_datetime(row, at, datetime(value.year, value.month, value.day), style)  # noqa: DTZ001
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        page.write_number(row, at, value, style)
    else:
        page.write_string(row, at, cleaned(str(value), MOST), style)


def _dress(page: Worksheet, sheet: Sheet, last: int, stamp: Stamp) -> None:
    """What makes a list fit for work and for print."""
    kept = min(3, len(sheet.fields))
    page.freeze_panes(2, kept)
    page.autofilter(1, 0, max(last, 1), len(sheet.fields) - 1)
    page.repeat_rows(0, 1)
    page.set_paper(_PAPER[sheet.paper])
    if sheet.landscape:
        page.set_landscape()
    page.fit_to_pages(sheet.across, 0)
    if sheet.across > 1:
        page.repeat_columns(0, kept - 1)
        page.print_across()
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer(f"&L&8{stamp.line.replace('&', '&&')}&R&9第 &P 页，共 &N 页")
    for at, field in enumerate(sheet.fields):
        if field.choices:
            said = {"validate": "list", "source": field.choices, "error_type": "warning"}
            page.data_validation(2, at, last + _SPARE, at, said)
