"""An edited ledger (台账) against the register: all three sheets together. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from watcher.filing_columns import HEADINGS
from watcher.filing_desk import Ledger
from watcher.filing_files import READ, read_row
from watcher.filings import Filing
from watcher.ledger import COLUMNS, FILINGS, Cell, said
from watcher.ledger_accounts import OF_UNIT, field_of, planned_accounts
from watcher.ledger_people import named_in_main, planned_people, sorted_people
from watcher.ledger_plan import Desk, FilingEdit, Plan, edits, parsed
from watcher.ledger_rows import Known, filing_lines
from watcher.model import Unit
from watcher.register.cells import ident
from watcher.register.ledger import LedgerFile
from watcher.register.values import RegisterError, Row


def planned(file: LedgerFile, known: Known, ledger: Ledger, author: str, at: datetime) -> Plan:
    """What an import would write, and what not. Raises RegisterError with every mistake."""
    desk = Desk(file, known, author, at)
    people = planned_people(desk)
    accounts, papers = planned_accounts(desk)
    people = named_in_main(desk, people)
    filings = tuple(_filings(desk, ledger))
    if desk.mistakes:
        raise RegisterError(sorted(desk.mistakes, key=lambda each: (each.file, each.row)))
    units = _units(desk)
    return Plan(
        units=tuple(unit for _, unit in sorted(units.items()) if unit not in known.units),
        accounts=tuple(replace(each, unit=units[each.unit.key]) for each in accounts),
        people=sorted_people(people),
        papers=papers,
        filings=filings,
        changes=tuple(desk.changes),
        untaken=tuple(desk.untaken),
    )


def _units(desk: Desk) -> Mapping[str, Unit]:
    """All units with what the file wants of them."""
    found = dict(desk.units)
    for (key, name), (value, _) in desk.unit_edits.items():
        if name in OF_UNIT or name == "unit_name":
            found[key] = replace(found[key], **{field_of(name): value})
    return found


# -- filings -----------------------------------------------------------------------------------


def _filings(desk: Desk, ledger: Ledger) -> Iterator[FilingEdit]:
    """The filings that are new or changed."""
    names = [each.field for each in COLUMNS[FILINGS]]
    lines = (dict(zip(names, line, strict=True)) for line in filing_lines(desk.known, ledger))
    shown = {str(line["key"]): line for line in lines}
    first: dict[str, int] = {}
    for row in desk.file.rows.get(FILINGS, ()):
        fine, key = parsed(desk, FILINGS, row, "key", ident)
        if key and key in first:
            desk.wrong(FILINGS, row, "key", f"事项编号“{key}”与第{first[key]}行重复")
            continue
        first.setdefault(key or "", row.number)
        old = ledger.filings.get(key or "")
        if old is not None:
            new = _changed(desk, row, old, shown.get(old.key, {}))
            if new != old:
                yield FilingEdit(row, new)
        elif fine and any(said(row.cells.get(name)) for name in HEADINGS):
            yield from _new(desk, row)


def _changed(desk: Desk, row: Row, old: Filing, now: Mapping[str, Cell]) -> Filing:
    values: dict[str, Any] = {}
    for column in edits(desk, FILINGS, row, now, old.key, READ):
        fine, value = parsed(desk, FILINGS, row, column.field, READ[column.field])
        if fine and column.field in ("kind", "unit") and not value:
            desk.wrong(FILINGS, row, column.field, "必填，不能为空")
        elif fine:
            values[column.field] = value
            desk.take(FILINGS, row, column.field, old.key, now.get(column.field))
    return replace(old, **values)


def _new(desk: Desk, row: Row) -> Iterator[FilingEdit]:
    found = read_row(desk.file.place(FILINGS), row, desk.mistakes)
    if found is not None:
        desk.take(FILINGS, row, "kind", found.filing.key, "（新增事项）")
        yield FilingEdit(row, found.filing)
