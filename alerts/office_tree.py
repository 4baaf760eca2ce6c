"""The offices, their targets, and which of them a role leads to. Pure.

Who has no target hands what it hears to the office above, at last to the fallback: nothing goes
nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from alerts.steps import Hearers
from alerts.words import ROLES
from watcher.model import Role, Unit


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret lies; never what it is. `source` is "env" or "file"."""

    source: str
    name: str


@dataclass(frozen=True, slots=True)
class Target:
    """One place messages go to. `kind` is a channel of alerts.channels.LIMITS.

    `token` is the robot's key or access token, `secret` signs, `url` is a whole address.
    `base_url` replaces the platform's own host (a relay, or a receiver on loopback). `to` is the
    number of a telephone and `sign` the registered signature, for text messages. `pictures`: the
    pictures of pages go with the messages, where the channel takes them.
    """

    name: str
    kind: str
    url: Secret | str | None = field(default=None, repr=False)
    token: Secret | None = None
    secret: Secret | None = None
    base_url: str = ""
    to: Secret | None = None
    sign: str = ""
    pictures: bool = False


@dataclass(frozen=True, slots=True)
class Office:
    """An office of the tree, and the targets by which it is reached, by role ("" = any role)."""

    key: str
    name: str
    kind: str = ""
    parent: str = ""
    targets: Mapping[Role | str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offices:
    """The office tree, the targets, the offices that stand for roles, and the last resort.

    `units` are the entries of sponsoring units, by key or name, for contact and lead.
    """

    offices: Mapping[str, Office] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    units: Mapping[str, Office] = field(default_factory=dict)
    roles: Mapping[Role, str] = field(default_factory=dict)
    fallback: tuple[str, ...] = ()

    def name_of(self, key: str) -> str:
        """The name of an office; a key we do not know is most likely a name already."""
        return self.offices[key].name if key in self.offices else key


def office_key(spelt: str, offices: Offices) -> str:
    """The key of an office that a unit names by key or by name; "" where there is none."""
    if spelt in offices.offices:
        return spelt
    return next((key for key, each in offices.offices.items() if each.name == spelt), "")


def targets_for(role: Role, unit: Unit | None, offices: Offices) -> tuple[str, ...]:
    """Names of the targets that a role leads to; never none unless there is no fallback."""
    return reached(role, unit, offices)[0]


def heard_by(to: Hearers, unit: Unit | None, offices: Offices) -> Iterator[tuple[str, str]]:
    """The targets that roles, offices and targets lead to, each with its reason."""
    for role in to.roles:
        targets, reason = reached(role, unit, offices)
        yield from ((target, reason) for target in targets)
    for key in to.offices:
        targets, reason = _through(_upwards(key, offices), "", offices, offices.name_of(key))
        yield from ((target, reason) for target in targets)
    yield from ((target, "指定渠道") for target in to.targets)


def reached(role: Role, unit: Unit | None, offices: Offices) -> tuple[tuple[str, ...], str]:
    """The targets that a role leads to, and by which way."""
    theirs = role in (Role.CONTACT, Role.LEAD) and _own(unit, offices) is None
    whose = ROLES[role] + ("（本单位未登记渠道）" if theirs else "")
    return _through(_way(role, unit, offices), role, offices, whose)


def _through(
    way: Iterable[Office], role: Role | str, offices: Offices, whose: str
) -> tuple[tuple[str, ...], str]:
    """The targets of the first office of a way that has some; else the last resort."""
    without: list[str] = []
    for office in way:
        found = office.targets.get(role) or office.targets.get("")
        if found:
            took = f"（{'、'.join(without)}未设渠道，由其代收）" if without else ""
            where = "" if office.name == whose else f"：{office.name}"
            return found, f"{whose}{where}{took}"
        without.append(office.name)
    why = f"{'、'.join(without)}未设渠道" if without else "机构树中查无此单位"
    return offices.fallback, f"{whose}（{why}，转兜底渠道）"


def _way(role: Role, unit: Unit | None, offices: Offices) -> Iterator[Office]:
    """The offices to try, nearest first: the unit's own, its supervisor, those above."""
    own = _own(unit, offices)
    if own is not None and role in (Role.CONTACT, Role.LEAD):
        yield own
    if role in (Role.CONTACT, Role.LEAD, Role.SUPERVISOR):
        start = unit.daily_supervisor if unit is not None else ""
    else:
        start = offices.roles.get(role, "")
    yield from _upwards(start, offices)


def _own(unit: Unit | None, offices: Offices) -> Office | None:
    """The entry of the unit itself, if it has one."""
    if unit is None:
        return None
    found = offices.units.get(unit.key) or offices.units.get(unit.name)
    # Entries need no name of their own; people know a unit by its name, not by its key.
    return replace(found, name=unit.name) if found and found.name == found.key else found


def _upwards(key: str, offices: Offices) -> Iterator[Office]:
    office, seen = offices.offices.get(office_key(key, offices)), set[str]()
    while office is not None and office.key not in seen:
        seen.add(office.key)
        yield office
        office = offices.offices.get(office.parent)
