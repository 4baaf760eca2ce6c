"""What a register file holds, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from watcher.model import Account, Unit

MAX_BYTES = 10 << 20
MAX_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Register:
    """Units by key and accounts in the order of the file."""

    units: tuple[Unit, ...] = ()
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong. `row` as a spreadsheet counts, or a line of YAML; 0 for the whole file."""

    file: str
    row: int
    column: str
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        where = f"{self.file}" + (f" 第{self.row}行" if self.row else "")
        column = f"「{self.column}」" if self.column else ""
        return f"{where}{column}：{self.message}" + (
            f"；{self.suggestion}" if self.suggestion else ""
        )


class RegisterError(Exception):
    """Everything wrong with a register file; nothing of it was taken."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file by field of columns.HEADINGS; `headings` as the file writes them."""

    number: int
    cells: Mapping[str, Any]
    headings: Mapping[str, str]
