"""The register as it stood at a moment: units, accounts, people, filings, by the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
import sqlalchemy as sa

from watcher.filings import Filing
from watcher.model import Account, Person, Unit
from watcher.store.annual import units_as_of
from watcher.store.columns import dumps
from watcher.store.papers import youngest_first
from watcher.store.people import load_people
from watcher.store.register_tables import load_accounts
from watcher.store.rewind import filings_as_of, rewound
from watcher.store.rows import account_row, to_account, unit_row
from watcher.store.schema import audit_log
from watcher.units import UnitPerson, UnitRole

_DAYS = ("opened_on", "approved_on", "filed_on")


@dataclass(frozen=True, slots=True)
class RegisterThen:
    """Units and accounts by key, people by unit and role, the youngest filings first."""

    units: tuple[Unit, ...]
    accounts: tuple[Account, ...]
    people: tuple[UnitPerson, ...]
    filings: tuple[Filing, ...]


def register_as_of(connection: sa.Connection, as_of: datetime) -> RegisterThen:
    """What was entered by then, as it was; accounts of units that were not there are left out."""
    units = units_as_of(connection, as_of)
    held = load_accounts(connection)
    rows = {each.key: orjson.loads(dumps(account_row(each))) for each in held}
    was = rewound(connection, rows, as_of)
    accounts = tuple(
        _account(each, rows[each.key], row, units)
        for each in held
        if (row := was.get(each.key)) is not None and row["unit_key"] in units
    )
    order = tuple(units[key] for key in sorted(units))
    filings = youngest_first(filings_as_of(connection, as_of))
    return RegisterThen(order, accounts, _people(connection, units, as_of), filings)


# -- inside ------------------------------------------------------------------------------------


def _account(
    now: Account, row: Mapping[str, Any], was: Mapping[str, Any], units: Mapping[str, Unit]
) -> Account:
    """An account as the audit log has it: JSON, days as ISO 8601."""
    unit = units[was["unit_key"]]
    if was == row and unit == now.unit:
        return now
    days = {name: date.fromisoformat(was[name]) if was[name] else None for name in _DAYS}
    about = {f"unit_{name}": value for name, value in unit_row(unit).items()}
    return to_account({**was, **days, **about})


def _people(
    connection: sa.Connection, units: Mapping[str, Unit], as_of: datetime
) -> tuple[UnitPerson, ...]:
    """Whoever stood in a place then, by unit, role and name."""
    places: dict[tuple[str, str], list[UnitPerson]] = {}
    for each in load_people(connection):
        places.setdefault((each.unit, each.role.value), []).append(each)
    query = (
        sa.select(audit_log.c.object, audit_log.c.before)
        .where(audit_log.c.at > as_of, audit_log.c.action == "unit.people")
        .order_by(audit_log.c.id.desc())
    )
    for name, before in connection.execute(query):
        unit = name.removeprefix("unit:")
        role = UnitRole(before["role"])
        places[unit, role.value] = [_person(unit, role, each) for each in before["people"]]
    order = [role.value for role in UnitRole]
    found = sorted(places.items(), key=lambda item: (item[0][0], order.index(item[0][1])))
    return tuple(person for (unit, _), people in found if unit in units for person in people)


def _person(unit: str, role: UnitRole, row: Mapping[str, str]) -> UnitPerson:
    return UnitPerson(unit, role, Person(row["name"], row["post"], row["phone"]), row["email"])
