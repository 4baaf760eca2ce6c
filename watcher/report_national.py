"""The export for the national system: which accounts, with what the register says of each."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

from watcher.filing_national import KNOWN, export_of
from watcher.filings import Filing, FilingKind
from watcher.ledger_facts import known_at
from watcher.ledger_rows import Known, app_filing_of, operators_text
from watcher.model import Account
from watcher.register.tables import cell_text
from watcher.register.values import RegisterError
from watcher.reporting import Desk, Kind, ReportError
from watcher.reports.national import (
    CLOSED,
    TITLE,
    NationalTable,
    national_book,
    national_lines,
    national_zip,
    row_of,
)
from watcher.reports.stamp import Scope, Stamp, written
from watcher.store.ledger import Seen
from watcher.units import ALONE

COLUMNS = "national.yaml"
_CLOSING = (FilingKind.SUSPEND, FilingKind.DEREGISTER)


def collect(desk: Desk, scope: Scope, as_of: datetime) -> NationalTable:
    """The rows of an office's units, of one unit, or of all. Raises ReportError."""
    offices = desk.settings.offices
    columns = columns_at(desk.settings.folder / COLUMNS)
    known = known_at(desk.connection, scope.office, offices, as_of)
    wanted = [
        each
        for each in sorted(known.accounts, key=lambda one: (one.unit.name, one.platform, one.key))
        if not scope.unit or scope.unit in (each.unit.key, each.unit.name)
    ]
    if not wanted:
        whose = scope.unit or scope.office or "台账"
        raise ReportError(f"{whose}中没有账号；用 watcher accounts list 查看")
    area = scope.unit and wanted[0].unit.name
    area = area or (offices.name_of(scope.office) if scope.office else "")
    papers, filings = _by(known.papers, "unit"), _by(known.filings, "account")
    people = {(each.unit, each.role): each.person.name for each in reversed(known.people)}
    rows = (
        (
            each.unit.name,
            row_of(
                columns,
                {
                    **_values(number, each, known, filings.get(each.key, [])),
                    **{role.value: people.get((each.unit.key, role), "") for role in ALONE},
                    "operator": operators_text(papers.get(each.unit.key, []), known.today),
                    "app_filing": app_filing_of(papers.get(each.unit.key, []), each.key),
                },
                KNOWN,
            ),
        )
        for number, each in enumerate(wanted, start=1)
    )
    return NationalTable(area, columns, tuple(rows))


def columns_at(path: Path) -> Any:
    """The columns of a configuration. Raises ReportError with every mistake in it."""
    try:
        return export_of(path)
    except RegisterError as error:
        raise ReportError(*map(str, error.mistakes)) from error


_SAME = (
    *("key", "name", "platform", "platform_id", "url", "filed_subject", "opened_on", "approval"),
    *("approved_on", "filed_on", "section", "email", "note"),
)


def _by(found: Iterable[Any], name: str) -> dict[str, list[Any]]:
    """Papers or filings by whose they are."""
    sorted_out: dict[str, list[Any]] = {}
    for each in found:
        sorted_out.setdefault(getattr(each, name), []).append(each)
    return sorted_out


def _values(number: int, account: Account, known: Known, filings: list[Filing]) -> dict[str, Any]:
    """An account by the fields of an export."""
    unit, seen = account.unit, known.seen.get(account.key, Seen())
    people = {
        f"{role}_{name}": getattr(person, name)
        for role, person in (("lead", account.lead), ("contact", account.contact))
        for name in ("name", "post", "phone")
    }
    return {
        **{name: getattr(account, name) for name in _SAME},
        **people,
        **_closing(account, filings),
        "number": number,
        "unit": unit.name,
        "unit_key": unit.key,
        "unit_kind": unit.kind.value,
        "supervisor": known.offices.get(unit.daily_supervisor, unit.daily_supervisor),
        "approval_authority": known.offices.get(unit.approval_authority, unit.approval_authority),
        "filed_state": account.filed_state.value,
        "verified": seen.verified if account.verified is None else account.verified,
        "followers": account.followers if seen.followers is None else seen.followers,
        "followers_on": seen.followers_on,
        "national_on": max((f.national_on for f in filings if f.national_on), default=None),
    }


def _closing(account: Account, filings: list[Filing]) -> dict[str, Any]:
    """When and why it was closed, where it was."""
    done = [each for each in filings if each.kind in _CLOSING and each.carried_out_on]
    if account.filed_state not in CLOSED:
        return {}
    last = max(done, key=lambda each: str(each.carried_out_on), default=None)
    return {
        "closed_on": last.carried_out_on if last else None,
        "closing": (last.reason if last else "") or account.reason,
    }


def _make(table: NationalTable, stamp: Stamp, desk: Desk, ending: str) -> bytes:
    if ending == "zip":
        return national_zip(table, stamp, written(stamp).encode())
    if ending == "csv":
        made = StringIO()
        csv.writer(made).writerows(
            [cell_text(word) for word in line] for line in national_lines(table)
        )
        return b"\xef\xbb\xbf" + made.getvalue().encode("utf-8", "replace")
    return national_book(table, stamp)


def _about(desk: Desk, scope: Scope) -> str:
    return scope.unit or (desk.settings.offices.name_of(scope.office) if scope.office else "")


NATIONAL = Kind("national", TITLE, ("xlsx", "csv", "zip"), collect, _make, _about)
