"""Units with all that their rules need, their papers, and the inspections of their offices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from watcher.model import Dossier, FiledState, Unit
from watcher.store.audit import set_mark
from watcher.store.faces import to_face
from watcher.store.papers import to_paper
from watcher.store.rows import (
    DOSSIER,
    to_account,
    to_profile,
    to_sight,
    to_unit,
)
from watcher.store.schema import account, cases, daily, unit
from watcher.store.schema_paper import inspection, unit_paper
from watcher.units import OFFICE, Inspection, PaperKind, UnitDossier, UnitPaper

DAY = timedelta(days=1)
FOLLOWED = 75  # days back that counts of followers are handed out
UNITS_JUDGED = "units_judged"  # the mark: how far the units were judged, and on which day


def unit_dossiers(
    connection: sa.Connection, after: str = "", limit: int = 200, today: date | None = None
) -> tuple[UnitDossier, ...]:
    """Units by key, from the first one after `after`, with accounts (without posts) and papers;
    with `today` also how many followers they had on each of the last days."""
    query = sa.select(unit).where(unit.c.key > after).order_by(unit.c.key).limit(limit)
    units = [to_unit(row, prefix="") for row in connection.execute(query).mappings()]
    accounts, papers = _accounts(connection, units), list_papers(connection, units)
    since = today - FOLLOWED * DAY if today else date.max
    counts = _followers(connection, [each.key for each in units], since)
    return tuple(
        UnitDossier(
            each,
            tuple(one for one in accounts if one.account.unit.key == each.key),
            tuple(one for one in papers if one.unit == each.key),
            {
                one.account.key: tuple(counts[one.account.key])
                for one in accounts
                if one.account.unit.key == each.key and one.account.key in counts
            },
        )
        for each in units
    )


def _followers(
    connection: sa.Connection, units: list[str], since: date
) -> dict[str, list[tuple[date, int]]]:
    """The followers of the accounts of these units at the end of each day, oldest first."""
    query = (
        sa.select(account.c.key, daily.c.day, daily.c.followers)
        .join(daily, daily.c.account_id == account.c.id)
        .where(account.c.unit_key.in_(units), daily.c.day >= since)
        .where(daily.c.followers.isnot(None))
        .order_by(daily.c.account_id, daily.c.day)
    )
    found: dict[str, list[tuple[date, int]]] = {}
    for key, day, count in connection.execute(query) if since < date.max else ():
        found.setdefault(key, []).append((day, count))
    return found


def supervised(connection: sa.Connection) -> dict[str, int]:
    """The supervising offices of units with running accounts, as they are written in the
    register, and how many such units each looks after."""
    running = (
        sa.select(account.c.unit_key)
        .where(account.c.filed_state == FiledState.ACTIVE.value, account.c.enabled)
        .distinct()
    )
    rows = connection.execute(
        sa.select(unit.c.daily_supervisor, unit.c.approval_authority).where(unit.c.key.in_(running))
    )
    counts: dict[str, int] = {}
    for row in rows:
        for office in {each for each in row if each}:
            counts[office] = counts.get(office, 0) + 1
    return counts


def accused_offices(connection: sa.Connection) -> tuple[str, ...]:
    """The scopes of offices about which a case is open."""
    query = sa.select(cases.c.account).where(
        cases.c.state == sa.literal_column("'open'"), cases.c.account.startswith(OFFICE)
    )
    return tuple(connection.scalars(query.distinct().order_by(cases.c.account)))


def save_paper(connection: sa.Connection, paper: UnitPaper) -> UnitPaper:
    """Keep a paper; with its number. Raises IntegrityError for an unknown unit."""
    row = {name: getattr(paper, name) for name in _PAPER} | {
        "unit_key": paper.unit,
        "kind": paper.kind.value,
    }
    number = connection.scalar(unit_paper.insert().values(row).returning(unit_paper.c.id))
    units_changed(connection)
    return replace(paper, id=number)


def list_papers(
    connection: sa.Connection, units: Iterable[Unit] | None = None
) -> tuple[UnitPaper, ...]:
    """Papers of these units, or all; in the order in which they were entered."""
    query = sa.select(unit_paper).order_by(unit_paper.c.id)
    if units is not None:
        query = query.where(unit_paper.c.unit_key.in_([each.key for each in units]))
    return tuple(_paper(row) for row in connection.execute(query).mappings())


def save_inspection(connection: sa.Connection, value: Inspection) -> Inspection:
    """Keep an inspection; with its number."""
    row = {name: getattr(value, name) for name in _INSPECTION}
    number = connection.scalar(inspection.insert().values(row).returning(inspection.c.id))
    units_changed(connection)
    return replace(value, id=number)


def list_inspections(connection: sa.Connection, year: int | None = None) -> tuple[Inspection, ...]:
    """Inspections in the order in which they were entered, of one year or all."""
    query = sa.select(inspection).order_by(inspection.c.id)
    if year is not None:
        query = query.where(inspection.c.year == year)
    rows = connection.execute(query).mappings()
    return tuple(Inspection(**{name: row[name] for name in (*_INSPECTION, "id")}) for row in rows)


def units_changed(connection: sa.Connection) -> None:
    """Let the units be judged again soon: what they rest on was changed."""
    set_mark(connection, UNITS_JUDGED, "")


# -- inside ----------------------------------------------------------------------------------

_PAPER = (
    *("account", "party", "number", "note", "evidence", "author"),
    *("valid_from", "valid_until", "at"),
)
_INSPECTION = ("office", "year", "held_on", "note", "author", "at")


def _accounts(connection: sa.Connection, units: list[Unit]) -> list[Dossier]:
    """The accounts of these units as they were last seen."""
    rows = connection.execute(_ACCOUNTS, {"units": [each.key for each in units]}).mappings()
    return [
        Dossier(
            account=to_account(row),
            sight=to_sight(row),
            profile=to_profile(row),
            profile_since=row["profile_since"],
            paper=to_paper(row["paper"]),
            face=to_face(row["face"]),
        )
        for row in rows
    ]


_ACCOUNTS = DOSSIER.where(account.c.unit_key.in_(sa.bindparam("units", expanding=True))).order_by(
    account.c.key
)


def _paper(row: sa.RowMapping) -> UnitPaper:
    known: dict[str, Any] = {name: row[name] for name in (*_PAPER, "id")}
    return UnitPaper(unit=row["unit_key"], kind=PaperKind(row["kind"]), **known)
