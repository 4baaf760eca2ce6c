"""The people of units (Art. 19, 24), with a line in the audit log for each change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.model import Person
from watcher.store.audit import audit
from watcher.store.schema_paper import unit_person
from watcher.units import UnitPerson, UnitRole

Place = tuple[str, UnitRole]  # key of a unit, and a role in it


def load_people(connection: sa.Connection) -> tuple[UnitPerson, ...]:
    """All of them, by unit, role and name."""
    table = unit_person.c
    query = sa.select(unit_person).order_by(table.unit_key, table.role, table.name)
    found = [_person(row) for row in connection.execute(query).mappings()]
    order = list(UnitRole)
    return tuple(sorted(found, key=lambda each: (each.unit, order.index(each.role))))


def save_people(
    connection: sa.Connection,
    places: Mapping[Place, Iterable[UnitPerson]],
    actor: str,
    now: datetime,
) -> tuple[str, ...]:
    """Let these people, and nobody else, stand in these places; the units that changed.

    Raises IntegrityError for a unit that is not in the register.
    """
    old: dict[Place, list[UnitPerson]] = {}
    for each in load_people(connection):
        old.setdefault((each.unit, each.role), []).append(each)
    changed = []
    for place, people in places.items():
        new, before = sorted(people, key=_name), old.get(place, [])
        if new != before:
            _replace(connection, place, new)
            said = {"role": place[1].value}
            was, now_is = {**said, "people": _plain(before)}, {**said, "people": _plain(new)}
            audit(connection, actor, "unit.people", f"unit:{place[0]}", was, now_is, now)
            changed.append(place[0])
    return tuple(dict.fromkeys(changed))


def _replace(connection: sa.Connection, place: Place, people: list[UnitPerson]) -> None:
    here = (unit_person.c.unit_key == place[0], unit_person.c.role == place[1].value)
    connection.execute(unit_person.delete().where(*here))
    if people:
        connection.execute(unit_person.insert(), [_row(each) for each in people])


def _name(value: UnitPerson) -> str:
    return value.person.name


def _row(value: UnitPerson) -> dict[str, Any]:
    return {"unit_key": value.unit, "role": value.role.value, **_parts(value)}


def _parts(value: UnitPerson) -> dict[str, str]:
    known = value.person
    return {
        "name": known.name,
        "post": known.post,
        "phone": known.phone,
        "email": value.email,
    }


def _plain(people: Iterable[UnitPerson]) -> list[dict[str, str]]:
    return [_parts(each) for each in people]


def _person(row: sa.RowMapping) -> UnitPerson:
    known = Person(row["name"], row["post"], row["phone"])
    return UnitPerson(row["unit_key"], UnitRole(row["role"]), known, row["email"])
