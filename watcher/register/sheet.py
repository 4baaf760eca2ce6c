"""A table with a header somewhere near its top, read into rows by the fields its columns hold."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from watcher.register.cells import bare
from watcher.register.columns import plain
from watcher.register.values import MAX_ROWS, Mistake, RegisterError, Row

HEADER_WITHIN = 20  # rows of titles that may stand above the header
Table: TypeAlias = list[list[Any]]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a kind of file are called.

    `fields_of` gives the field of each word of a header, None for a word it does not know.
    """

    headings: Mapping[str, tuple[str, ...]]  # field -> the words people write for it
    known: Container[str]  # the same words, plain
    ignored: frozenset[str]  # plain words of columns that are passed over
    some: str  # columns to name where no header is found
    fields_of: Callable[[Sequence[str]], Sequence[str | None]]


def header_of(table: Sequence[Sequence[Any]], known: Container[str]) -> int | None:
    """The index of the row with most known headings, at least two."""
    counts = [
        sum(plain(cell) in known for cell in row if isinstance(cell, str))
        for row in table[:HEADER_WITHIN]
    ]
    best = max(counts, default=0)
    return counts.index(best) if best >= 2 else None


def rows_of(
    file: str, table: Table, layout: Layout, most: int = MAX_ROWS
) -> tuple[list[Row], list[Mistake]]:
    """The rows that say anything, and what is wrong with the columns.

    Raises RegisterError where there is no header, or more rows than a file may have.
    """
    header = header_of(table, layout.known)
    if header is None:
        message = f"找不到表头：前{HEADER_WITHIN}行中没有一行含有{layout.some}等列名"
        raise RegisterError([Mistake(file, 0, "", message)])
    if len(table) - header - 1 > most:
        raise RegisterError([Mistake(file, 0, "", f"超过{most}行，请拆分后导入")])
    fields, mistakes = _columns(file, header + 1, table[header], layout)
    headings = {field: str(table[header][at]).strip() for at, field in fields.items()}
    rows = []
    for number, cells in enumerate(table[header + 1 :], start=header + 2):
        found = {field: stripped(cells[at]) for at, field in fields.items() if at < len(cells)}
        if any(value not in (None, "") for value in found.values()):
            rows.append(Row(number, found, headings))
    return rows, mistakes


def _columns(
    file: str, number: int, header: Sequence[Any], layout: Layout
) -> tuple[dict[int, str], list[Mistake]]:
    """Which field each column holds."""
    fields: dict[int, str] = {}
    mistakes = []
    words = ["" if cell is None else str(cell).strip() for cell in header]
    for at, (word, field) in enumerate(zip(words, layout.fields_of(words), strict=True)):
        if field is not None and field in fields.values():
            mistakes.append(Mistake(file, number, word, "这一列出现了两次"))
        elif field is not None:
            fields[at] = field
        elif word and plain(word) not in layout.ignored:
            hint = near(word, layout.headings)
            mistakes.append(Mistake(file, number, word, "不认识这一列", hint))
    return fields, mistakes


def near(word: str, headings: Mapping[str, tuple[str, ...]]) -> str:
    """What to do about a column that nobody knows."""
    names = [heading for words in headings.values() for heading in words]
    found = difflib.get_close_matches(word, [*names, *headings], n=1, cutoff=0.4)
    return f"是否为“{found[0]}”？" if found else "请删去这一列，或改为“备注”"


def stripped(value: Any) -> Any:
    """A cell without spaces around it and without the mark that keeps it from being run."""
    return bare(value.strip()) if isinstance(value, str) else value
