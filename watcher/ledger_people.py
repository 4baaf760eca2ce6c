"""单位通讯录 of an edited ledger: what its rows change of units and their people. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from watcher.ledger import COLUMNS, OF_ACCOUNT, PEOPLE, ROLES, Cell, said, touched
from watcher.ledger_accounts import (
    OF_UNIT,
    OFFICES,
    field_of,
    office_key,
    office_known,
    unit_role,
)
from watcher.ledger_plan import (
    Desk,
    Place,
    edits,
    parsed,
    people_now,
    seal_of,
    unit_edit,
    unit_named,
)
from watcher.mistakes import meant
from watcher.model import Person, Unit
from watcher.register.build import READ
from watcher.register.values import Mistake, Row
from watcher.units import ALONE, UnitPerson, UnitRole

Shown = dict[tuple[str, str], list[Mapping[str, Cell]]]  # lines by unit and role
_ROLE_OF = {word: role for role, word in ROLES.items()}
_READERS = {"unit_kind": READ["unit_kind"]}
_PERSONAL = ("name", "post", "phone", "email")


def planned_people(desk: Desk) -> Mapping[Place, tuple[UnitPerson, ...]]:
    """The places in units where other people stand from now on; edits of units are noted.

    Read before 总台账, which may name units that are registered here.
    """
    held: dict[Place, list[UnitPerson]] = {}
    for each in desk.known.people:
        held.setdefault((each.unit, each.role), []).append(each)
    before = {place: tuple(people) for place, people in held.items()}
    shown: Shown = {}
    for line in people_now(desk.known):
        shown.setdefault((str(line["unit_key"]), str(line["role"])), []).append(line)
    for row in desk.file.rows.get(PEOPLE, ()):
        unit = _unit(desk, row)
        if unit is not None:
            _person_row(desk, row, unit, shown, held)
    return {place: tuple(p) for place, p in held.items() if tuple(p) != before.get(place, ())}


def named_in_main(
    desk: Desk, people: Mapping[Place, tuple[UnitPerson, ...]]
) -> Mapping[Place, tuple[UnitPerson, ...]]:
    """With 第一责任人 and 直接责任人 as 总台账 names them; 单位通讯录 must not say otherwise.

    Whoever is new keeps the post, not the telephone of the one before.
    """
    found = dict(people)
    now = {(each.unit, each.role): each for each in desk.known.people}
    for (key, name), (value, where) in desk.unit_edits.items():
        if name not in (role.value for role in ALONE):
            continue
        place = (key, unit_role(name))
        if place in found and [each.person.name for each in found[place]] != [value]:
            desk.mistakes.append(_conflict(desk, where, ROLES[place[1]], value))
            continue
        if place not in found:
            post = now[place].person.post if place in now else ""
            person = UnitPerson(key, place[1], Person(value, post))
            found[place] = (person,) if value else ()
    return found


def _conflict(desk: Desk, where: str, role: str, name: str) -> Mistake:
    message = f"{where}的“{name}”与单位通讯录不一致"
    return Mistake(desk.file.name, 0, role, message, "请统一后重新导入")


# -- units -------------------------------------------------------------------------------------


def _unit(desk: Desk, row: Row) -> Unit | None:
    """The unit of a row; a new one is taken up with what the row says of it."""
    key = said(row.cells.get("unit_key"))
    if key not in desk.units and not _known_name(desk, row):
        name = said(row.cells.get("unit_name"))
        if not name:
            desk.wrong(PEOPLE, row, "unit_name", "必填，不能为空")
            return None
        key = key or name
        desk.units[key] = Unit(key, name)
        desk.take(PEOPLE, row, "unit_name", key, "（新增单位）")
    elif key not in desk.units:
        found = unit_named(desk, PEOPLE, row, "unit_name")
        if found is None:
            return None
        key = found
    return desk.units[key]


def _known_name(desk: Desk, row: Row) -> bool:
    name = said(row.cells.get("unit_name"))
    return any(each.name == name for each in desk.units.values())


def _of_unit(desk: Desk, row: Row, unit: Unit, name: str, now: Cell) -> None:
    if name == "unit_name":
        fine, value = True, said(row.cells.get(name))
    else:
        fine, value = parsed(desk, PEOPLE, row, name, READ[name])
        fine = fine and (name not in OFFICES or office_known(desk, PEOPLE, row, name, value))
        value = office_key(desk, value) if fine and name in OFFICES else value
    if not fine:
        return
    if name in ("unit_name", "unit_kind") and not value:
        desk.wrong(PEOPLE, row, name, "必填，不能为空")
        return
    if getattr(unit, field_of(name)) == value:
        return
    if unit_edit(desk, PEOPLE, row, unit.key, name, value):
        desk.take(PEOPLE, row, name, unit.key, now)


# -- people ------------------------------------------------------------------------------------


def _person_row(
    desk: Desk,
    row: Row,
    unit: Unit,
    shown: Shown,
    held: dict[Place, list[UnitPerson]],
) -> None:
    word = said(row.cells.get("role"))
    role = _ROLE_OF.get(word)
    if word and role is None and word not in OF_ACCOUNT:
        _unknown_role(desk, row, word)
        return
    now = _shown(row, unit, word, shown)
    about = unit.key
    edited = {each.field for each in edits(desk, PEOPLE, row, now, about, _READERS)}
    for name in ("unit_name", *OF_UNIT):
        if name in edited and (now is not None or said(row.cells.get(name))):
            _of_unit(desk, row, unit, name, (now or {}).get(name))
    if not edited & {"role", *_PERSONAL}:
        return
    if word in OF_ACCOUNT:
        for name in sorted(edited & {"role", *_PERSONAL}):
            desk.leave(PEOPLE, row, name, about, "请在总台账中修改，未采纳")
    elif role is None and edited & set(_PERSONAL):
        _unknown_role(desk, row, word)
    elif role is not None and "role" in edited and now is None and seal_of(row):
        hint = "请清空原行的姓名，另起一行填写"
        desk.wrong(PEOPLE, row, "role", "角色不能直接修改", hint)
    elif role is not None:
        _place(desk, row, (unit.key, role), now, held, edited)


def _unknown_role(desk: Desk, row: Row, word: str) -> None:
    near = meant(word, ROLES.values())
    hint = near or f"应为 {'、'.join(ROLES.values())} 之一"
    desk.wrong(PEOPLE, row, "role", f"不认识角色“{word}”" if word else "必填，不能为空", hint)


def _shown(row: Row, unit: Unit, word: str, shown: Shown) -> Mapping[str, Cell] | None:
    """The line of the ledger that a row was: by unit and role, then by account, seal or name."""
    account, name = said(row.cells.get("account")), row.cells.get("name")
    same = [e for e in shown.get((unit.key, word), ()) if (e["account"] or "") == account]
    if word in (ROLES[role] for role in ALONE) or account:
        return same[0] if same else None
    sealed = seal_of(row)
    for each in same:
        if touched(COLUMNS[PEOPLE], sealed, "name", each["name"]) is False:
            return each
    return next((each for each in same if each["name"] == said(name)), None)


def _place(
    desk: Desk,
    row: Row,
    place: Place,
    now: Mapping[str, Cell] | None,
    held: dict[Place, list[UnitPerson]],
    edited: set[str],
) -> None:
    """Let the person of a row stand in a place; an empty name takes away who stood there."""
    people = held.setdefault(place, [])
    old = next((p for p in people if now is not None and p.person.name == now["name"]), None)
    values = {name: said((now or {}).get(name)) for name in _PERSONAL}
    values |= {name: said(row.cells.get(name)) for name in edited & set(_PERSONAL)}
    if not values["name"] and old is None:
        if any(values[name] for name in _PERSONAL):
            desk.wrong(PEOPLE, row, "name", "必填，不能为空")
        return
    at = people.index(old) if old is not None else len(people)
    if old is not None:
        people.remove(old)
    for name in sorted(edited & set(_PERSONAL)):
        desk.take(PEOPLE, row, name, place[0], (now or {}).get(name))
    if values["name"]:
        if any(each.person.name == values["name"] for each in people):
            desk.wrong(PEOPLE, row, "name", f"“{values['name']}”已在同一角色中")
        person = Person(values["name"], values["post"], values["phone"])
        people.insert(at, UnitPerson(place[0], place[1], person, values["email"]))
    if place[1] in ALONE and len(people) > 1:
        desk.wrong(PEOPLE, row, "name", f"一个单位只有一名{ROLES[place[1]]}")


def sorted_people(
    people: Mapping[Place, tuple[UnitPerson, ...]],
) -> Mapping[tuple[str, UnitRole], tuple[UnitPerson, ...]]:
    """By place, for a trace that reads the same each time."""
    return dict(sorted(people.items(), key=lambda each: (each[0][0], each[0][1].value)))
