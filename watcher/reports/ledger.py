"""The ledger (台账) as an Excel workbook of eight sheets (domain.md §6.6(c)). Pure.

Dates and numbers are real ones, ids and telephone numbers text; words are chosen from 字典. In a
copy for others telephone numbers and addresses are covered; the hidden seal of a row is of what
the copy shows, so that an edited copy is read back without loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from watcher.ledger import (
    COLUMNS,
    READ_BACK,
    REMARKS,
    SHEETS,
    WORDS,
    Cell,
    Column,
    Pages,
    covered_mail,
    covered_phone,
    seal,
)
from watcher.personal import masked
from watcher.reports.sheet import Field, Sheet, workbook
from watcher.reports.stamp import Stamp

SEAL_HEADING = "校验（勿改）"
_ACROSS: Mapping[str, int] = {"总台账": 3, "事项台账": 2, "问题台账": 2, "假冒台账": 2}
_FIRST = 3  # the first row below title and header, as a spreadsheet counts


def ledger_book(pages: Pages, stamp: Stamp) -> bytes:
    """The workbook. The same pages and stamp give the same bytes."""
    sheets = (_sheet(name, pages, stamp.scope.shared) for name in SHEETS)
    return workbook(sheets, stamp, f"{pages.scope}政务新媒体台账")


def shown(column: Column, value: Cell, shared: bool) -> Cell:
    """A cell as a copy has it."""
    if not shared or not isinstance(value, str):
        return value
    match column.personal:
        case "phone":
            return covered_phone(value)
        case "mail":
            return covered_mail(value)
        case "text":
            return masked(value)
    return value


# -- inside ------------------------------------------------------------------------------------


def _sheet(name: str, pages: Pages, shared: bool) -> Sheet:
    copy = "（共享版，联系方式已遮盖）" if shared else ""
    title = f"{pages.scope}政务新媒体{name}{copy}"
    if name == WORDS:
        fields = tuple(Field(heading, 22) for heading in pages.lists)
        return Sheet(name, "字典", fields, _words(pages.lists))
    if name == REMARKS:
        fields = tuple(Field(each.heading, each.width) for each in COLUMNS[name])
        return Sheet(name, "说明", fields, pages.remarks)
    columns, sealed = COLUMNS[name], name in READ_BACK
    fields = tuple(_field(each, pages.lists) for each in columns)
    hidden = (Field(SEAL_HEADING, 10, hidden=True),) if sealed else ()
    rows = _rows(columns, pages.sheets.get(name, ()), shared, sealed)
    return Sheet(name, title, (*fields, *hidden), rows, paper="A3", across=_ACROSS.get(name, 1))


def _rows(
    columns: Sequence[Column], lines: Sequence[Sequence[Cell]], shared: bool, sealed: bool
) -> Iterator[Sequence[Cell]]:
    for line in lines:
        row = [shown(each, value, shared) for each, value in zip(columns, line, strict=True)]
        yield [*row, seal(columns, row)] if sealed else row


def _field(column: Column, lists: Mapping[str, Sequence[str]]) -> Field:
    choices = ""
    if column.choices in lists:
        letter = chr(ord("A") + list(lists).index(column.choices))
        last = _FIRST - 1 + max(1, len(lists[column.choices]))
        choices = f"={WORDS}!${letter}${_FIRST}:${letter}${last}"
    return Field(column.heading, column.width, column.kind, choices)


def _words(lists: Mapping[str, Sequence[str]]) -> Iterator[Sequence[Cell]]:
    """The lists side by side, each in its column."""
    for at in range(max(map(len, lists.values()), default=0)):
        yield [words[at] if at < len(words) else None for words in lists.values()]
