"""What an edited ledger (台账) would change: every edit against the register as it stands. Pure.

A cell counts as edited when it no longer fits the seal of its row, or, without a seal, when it says
something else than the ledger would say now. An edit of what the register itself has changed since
the export is refused rather than laid over it. Columns that the watch derives are never taken over.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from watcher.filings import Filing
from watcher.ledger import (
    COLUMNS,
    MAIN,
    PEOPLE,
    SEAL,
    Cell,
    Column,
    covered_mail,
    covered_phone,
    is_covered,
    said,
    touched,
)
from watcher.ledger_rows import Known, main_lines, person_lines, unit_names
from watcher.model import Account, Unit
from watcher.personal import masked
from watcher.register.cells import UnknownWordError
from watcher.register.ledger import LedgerFile
from watcher.register.values import Mistake, Row
from watcher.units import UnitPaper, UnitPerson, UnitRole

Place = tuple[str, UnitRole]
Readers = Mapping[str, Callable[[Any], Any]]
DERIVED = "由系统得出，未采纳"
COVERED = "含遮盖的号码，未采纳；请填写完整号码"
_COVERS = {"phone": covered_phone, "mail": covered_mail, "text": masked}


@dataclass(frozen=True, slots=True)
class Change:
    """One edit that is taken over: where it stands, what it is about, from what to what."""

    sheet: str
    row: int
    about: str  # key of the account, filing or unit
    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Untaken:
    """One edit that is not, and why."""

    sheet: str
    row: int
    about: str
    column: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class FilingEdit:
    """A filing as the sheet has it, with its row, for what is found wrong with it later."""

    row: Row
    filing: Filing


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import writes. `units` and `accounts` are those that are new or changed."""

    units: tuple[Unit, ...] = ()
    accounts: tuple[Account, ...] = ()
    people: Mapping[Place, tuple[UnitPerson, ...]] = field(default_factory=dict)
    papers: tuple[UnitPaper, ...] = ()
    filings: tuple[FilingEdit, ...] = ()
    changes: tuple[Change, ...] = ()
    untaken: tuple[Untaken, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is to be written."""
        return not (self.units or self.accounts or self.people or self.papers or self.filings)


@dataclass(slots=True)
class Desk:
    """What is gathered over the sheets of one file."""

    file: LedgerFile
    known: Known
    author: str
    at: datetime
    mistakes: list[Mistake] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    untaken: list[Untaken] = field(default_factory=list)
    units: dict[str, Unit] = field(default_factory=dict)  # by key, those of the file among them
    unit_edits: dict[tuple[str, str], tuple[Any, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.units = {each.key: each for each in self.known.units}

    def wrong(self, sheet: str, row: Row, name: str, message: str, hint: str = "") -> None:
        """Note a mistake in its place."""
        self.mistakes.append(
            Mistake(self.file.place(sheet), row.number, heading(sheet, row, name), message, hint)
        )

    def leave(self, sheet: str, row: Row, name: str, about: str, why: str) -> None:
        """Note an edit that is not taken over."""
        value = said(row.cells.get(name))
        column = heading(sheet, row, name)
        self.untaken.append(Untaken(sheet, row.number, about, column, value, why))

    def take(self, sheet: str, row: Row, name: str, about: str, before: Any) -> None:
        """Note an edit that is."""
        after, column = said(row.cells.get(name)), heading(sheet, row, name)
        self.changes.append(Change(sheet, row.number, about, column, said(before), after))


def heading(sheet: str, row: Row, name: str) -> str:
    """A column as the file calls it."""
    ours = next((each.heading for each in COLUMNS[sheet] if each.field == name), name)
    return row.headings.get(name) or ours


def edits(
    desk: Desk,
    sheet: str,
    row: Row,
    shown: Mapping[str, Cell] | None,
    about: str,
    readers: Readers,
) -> Iterator[Column]:
    """The columns of a row that somebody edited and that are taken over.

    `shown` is what the ledger would say of it now; None: it is in no ledger of ours. `readers` tell
    when two cells mean the same.
    """
    for column in COLUMNS[sheet]:
        wanted = column.field in row.cells and column.field not in ("number", *_IDS[sheet])
        if wanted and _edited(desk, sheet, row, column, shown or {}, about):
            value = row.cells.get(column.field)
            now = (shown or {}).get(column.field)
            same = alike(readers.get(column.field), value, now)
            if not same and not _moved_on(desk, sheet, row, column, now):
                yield column


_IDS: Mapping[str, tuple[str, ...]] = {
    MAIN: ("key",),
    PEOPLE: ("unit_key", "account"),
    "事项台账": ("key",),
}


def _edited(
    desk: Desk, sheet: str, row: Row, column: Column, shown: Mapping[str, Cell], about: str
) -> bool:
    value, now = row.cells.get(column.field), shown.get(column.field)
    sealed = touched(COLUMNS[sheet], seal_of(row), column.field, value)
    if sealed is False or said(value) in _forms(column, now):
        return False
    if not column.edited:
        if sealed:  # without a seal nobody can tell an edit from what the watch has seen since
            desk.leave(sheet, row, column.field, about, DERIVED)
        return False
    if is_covered(said(value)) and column.personal:
        desk.leave(sheet, row, column.field, about, COVERED)
        return False
    return bool(sealed or said(value))  # without a seal an empty cell says nothing


def _moved_on(desk: Desk, sheet: str, row: Row, column: Column, now: Cell) -> bool:
    """Whether the register has changed since the export what was edited here; that is refused."""
    columns, seal, name = COLUMNS[sheet], seal_of(row), column.field
    if not all(touched(columns, seal, name, form) for form in _forms(column, now)):
        return False
    value = said(row.cells.get(name))
    message = f"导出后这一项已改为“{said(now) or '空'}”，与文件中的“{value}”冲突"
    desk.wrong(sheet, row, name, message, "请重新导出后再改")
    return True


def alike(read: Callable[[Any], Any] | None, one: Any, other: Any) -> bool:
    """Whether two cells mean the same, such as 2026-01-01 and 2026年1月1日."""
    try:
        return said(one) == said(other) or (read is not None and bool(read(one) == read(other)))
    except (ValueError, TypeError, OverflowError, AttributeError):
        return False


def _forms(column: Column, value: Cell) -> set[str]:
    """What a cell may say without saying anything else: as it is, and covered."""
    plain = said(value)
    cover = _COVERS.get(column.personal)
    return {plain, said(cover(plain))} if cover else {plain}


def seal_of(row: Row) -> str:
    return str(row.cells.get(SEAL) or "")


def parsed(desk: Desk, sheet: str, row: Row, name: str, read: Any) -> tuple[bool, Any]:
    """A cell read; False where it cannot be, which is noted."""
    try:
        return True, read(row.cells.get(name))
    except UnknownWordError as error:
        desk.wrong(sheet, row, name, str(error), error.suggestion)
    except (ValueError, TypeError, OverflowError, AttributeError) as error:
        desk.wrong(sheet, row, name, str(error))
    return False, None


# -- what the ledger says now ------------------------------------------------------------------


def main_now(known: Known) -> Mapping[str, Mapping[str, Cell]]:
    """总台账 as it would be written now, by account."""
    names = [each.field for each in COLUMNS[MAIN]]
    rows = (dict(zip(names, line, strict=True)) for line in main_lines(known))
    return {str(row["key"]): row for row in rows}


def people_now(known: Known) -> Sequence[Mapping[str, Cell]]:
    """单位通讯录 as it would be written now."""
    names = [each.field for each in COLUMNS[PEOPLE]]
    return [dict(zip(names, line, strict=True)) for line in person_lines(known)]


# -- units -------------------------------------------------------------------------------------


def unit_named(desk: Desk, sheet: str, row: Row, name: str) -> str | None:
    """The key of the unit that a cell names; a new one's is its name. None: noted as wrong."""
    word = said(row.cells.get(name))
    called = unit_names(desk.units.values())
    keys = [key for key, shown in called.items() if word in (shown, key)]
    if len(keys) == 1:
        return keys[0]
    same = [each.key for each in desk.units.values() if each.name == word]
    if len(same) > 1:
        message = f"有{len(same)}个单位名为“{word}”"
        desk.wrong(sheet, row, name, message, f"请写单位编号：{'、'.join(same)}")
        return None
    if not word:
        desk.wrong(sheet, row, name, "必填，不能为空")
        return None
    near = difflib.get_close_matches(word, list(called.values()), n=1, cutoff=0.85)
    if near:
        hint = f"是否为“{near[0]}”？新单位请先在单位通讯录另起一行登记"
        desk.wrong(sheet, row, name, f"没有单位“{word}”", hint)
        return None
    desk.units[word] = Unit(word, word)
    return word


def unit_edit(desk: Desk, sheet: str, row: Row, key: str, name: str, value: Any) -> bool:
    """Note what a row wants of a unit; rows that want different things are wrong."""
    place = f"{sheet}第{row.number}行"
    want, where = desk.unit_edits.setdefault((key, name), (value, place))
    if want != value:
        message = f"与{where}对同一单位的修改不一致"
        desk.wrong(sheet, row, name, message, "请统一后重新导入")
        return False
    return where == place


def by_key(accounts: Iterable[Account]) -> dict[str, Account]:
    return {each.key: each for each in accounts}
