"""Papers of units and inspections of offices, for people and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from rich.table import Table

from alerts.unit_words import KINDS
from watcher.showing import iso, plain
from watcher.units import Inspection, UnitPaper


def papers_table(papers: Iterable[UnitPaper], today: date) -> Table:
    """The papers with their terms."""
    table = Table(title="单位材料")
    for heading in ("号", "单位", "账号", "种类", "对方", "文号", "有效期", "证据", "登记人"):
        table.add_column(heading, overflow="fold")
    for each in papers:
        table.add_row(
            *(str(each.id), plain(each.unit), plain(each.account), KINDS[each.kind]),
            *(plain(each.party), plain(each.number), _valid(each, today)),
            *(each.evidence[:12], plain(each.author)),
        )
    return table


def inspections_table(found: Iterable[Inspection], name_of: Callable[[str], str]) -> Table:
    """The inspections by office and year."""
    table = Table(title="年度专项检查")
    for heading in ("主管单位", "年度", "检查日期", "说明", "登记人"):
        table.add_column(heading, overflow="fold")
    for each in found:
        name = name_of(each.office)
        table.add_row(
            *(plain(name), str(each.year), each.held_on.isoformat()),
            *(plain(each.note, 200), plain(each.author)),
        )
    return table


def paper_json(each: UnitPaper) -> dict[str, Any]:
    """A paper as one JSON object."""
    return {
        "id": each.id,
        "unit": each.unit,
        "kind": each.kind.value,
        "account": each.account,
        "party": each.party,
        "number": each.number,
        "valid_from": iso(each.valid_from),
        "valid_until": iso(each.valid_until),
        "note": each.note,
        "evidence": each.evidence,
        "author": each.author,
        "at": iso(each.at),
    }


def inspection_json(each: Inspection) -> dict[str, Any]:
    """An inspection as one JSON object."""
    return {
        "id": each.id,
        "office": each.office,
        "year": each.year,
        "held_on": each.held_on.isoformat(),
        "note": each.note,
        "author": each.author,
        "at": iso(each.at),
    }


def _valid(paper: UnitPaper, today: date) -> str:
    begin = paper.valid_from.isoformat() if paper.valid_from else ""
    end = paper.valid_until.isoformat() if paper.valid_until else "长期"
    over = paper.valid_until is not None and paper.valid_until < today
    return f"{begin}至{end}" + ("（已过期）" if over else "")
