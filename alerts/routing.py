"""To whom: from the roles of a notice to letters for targets. Pure.

A notice never goes nowhere: who has no target hands it to the office above, at last to the
fallback. Several roles that lead to one target are one letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from alerts.hours import next_digest, send_from
from alerts.message import Words, compose
from alerts.policy import DEFAULT_POLICY, Policy
from watcher.calendar import WorkCalendar
from watcher.model import Dossier, Letter, Notice, Role, Unit, Why
from watcher.rectifying import case_number
from watcher.units import collective

DIGEST = "digest"
UNITS = "/units"  # ends the merge key of letters that are about units, not accounts


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


def targets_for(role: Role, unit: Unit | None, offices: Offices) -> tuple[str, ...]:
    """Names of the targets that a role leads to; never none unless there is no fallback."""
    for office in _way(role, unit, offices):
        found = office.targets.get(role) or office.targets.get("")
        if found:
            return found
    return offices.fallback


def letters(
    notice: Notice,
    dossier: Dossier | None,
    offices: Offices,
    cal: WorkCalendar,
    now: datetime,
    policy: Policy = DEFAULT_POLICY,
) -> tuple[Letter, ...]:
    """One letter for each distinct target; who hears at once needs no line in the digest."""
    unit = dossier.account.unit if dossier else None
    at_once = _targets(notice.roles, unit, offices)
    digest = tuple(t for t in _targets(notice.digest_roles, unit, offices) if t not in at_once)
    return (
        *_write(notice, dossier, offices, cal, policy, at_once, send_from(notice, now, cal), ""),
        *_write(notice, dossier, offices, cal, policy, digest, next_digest(now, cal), DIGEST),
    )


def letter_key(notice: Notice, target: str) -> str:
    """Idempotency key: the same decision for the same target has the same key for ever."""
    case = notice.case
    told = case.told_at.isoformat() if case.told_at else ""
    parts = (*case.finding.key, notice.why, case.finding.level, case.opened_at.isoformat(), told)
    mark = sha256("\n".join((*parts, target)).encode(errors="backslashreplace")).hexdigest()[:10]
    return f"{case_number(case)}-{mark}"


# -- inside ----------------------------------------------------------------------------------


def _write(
    notice: Notice,
    dossier: Dossier | None,
    offices: Offices,
    cal: WorkCalendar,
    policy: Policy,
    targets: tuple[str, ...],
    not_before: datetime,
    merge: str,
) -> Iterator[Letter]:
    if not targets:
        return
    rule = policy.of(notice.case.finding.rule)
    words = compose(notice, dossier, rule, offices.name_of, cal, not_before)
    for target in targets:
        yield _letter(notice, words, target, not_before, merge or _merge_key(notice, dossier))


def _letter(notice: Notice, words: Words, target: str, not_before: datetime, merge: str) -> Letter:
    key = letter_key(notice, target)
    return Letter(
        key=key,
        target=target,
        why=notice.why,
        level=notice.case.finding.level,
        title=words.title,
        body=f"{words.body}\n编号：{key}",
        short=words.short,
        not_before=not_before,
        merge=merge,
        case_id=notice.case.id,
    )


def _merge_key(notice: Notice, dossier: Dossier | None) -> str:
    """Letters of one kind to one target become one message: 50 blind accounts are one trouble."""
    rule = notice.case.finding.rule
    if rule == "SYS-01" and notice.why is not Why.RESOLVED:
        platform = dossier.account.platform if dossier else notice.case.finding.subject
        return f"{rule}/{platform}"
    return f"{rule}/{notice.why}" + (UNITS if collective(notice.case.finding.account) else "")


def _targets(roles: tuple[Role, ...], unit: Unit | None, offices: Offices) -> tuple[str, ...]:
    found = (name for role in roles for name in targets_for(role, unit, offices))
    return tuple(dict.fromkeys(found))


def _way(role: Role, unit: Unit | None, offices: Offices) -> Iterator[Office]:
    """The offices to try, nearest first: the unit's own, its supervisor, those above."""
    if unit is not None and role in (Role.CONTACT, Role.LEAD):
        own = offices.units.get(unit.key) or offices.units.get(unit.name)
        if own is not None:
            yield own
    if role in (Role.CONTACT, Role.LEAD, Role.SUPERVISOR):
        start = unit.daily_supervisor if unit is not None else ""
    else:
        start = offices.roles.get(role, "")
    yield from _upwards(start, offices)


def _upwards(key: str, offices: Offices) -> Iterator[Office]:
    by_name = {office.name: office for office in offices.offices.values()}
    office, seen = offices.offices.get(key) or by_name.get(key), set[str]()
    while office is not None and office.key not in seen:
        seen.add(office.key)
        yield office
        office = offices.offices.get(office.parent)
