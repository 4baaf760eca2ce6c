"""From findings to cases and letters, in the transaction that stores what they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

from alerts.office_labels import spellings
from alerts.policy import Changes, Policy, after, identified, notices
from alerts.routing import DIGEST, Offices, letters, targets_for
from alerts.stepping import NOTHING_HEARD, Heard, next_step
from alerts.steps import Step
from alerts.words import ROLES
from watcher import store
from watcher.alarms import concern
from watcher.calendar import WorkCalendar
from watcher.candidates import SCOPE
from watcher.due import Cadence
from watcher.hushing import Hushed, hold, hushed
from watcher.model import Account, Case, Dossier, Finding, Letter, Notice, Role, Sight, Unit
from watcher.rectifying import WATCH, CaseEvent, Deed, repeats
from watcher.restraint import decide, presses
from watcher.rules import RuleSet, judge
from watcher.sight import Clearance, Sky
from watcher.store import Connection
from watcher.store.alarms import link_ringing
from watcher.store.candidates import by_numbers
from watcher.store.delivered import first_delivery
from watcher.store.takedowns import suspects
from watcher.units import OFFICE, unit_scope

SOON = timedelta(minutes=1)
Scopes: TypeAlias = Mapping[str, tuple[Iterable[Case], tuple[Finding, ...]]]


@dataclass(frozen=True, slots=True)
class Book:
    """What a decision needs besides the facts: rules, offices, calendar, cadence."""

    rules: RuleSet
    policy: Policy
    offices: Offices
    calendar: WorkCalendar
    cadence: Cadence
    recent: timedelta  # a reading older than this opens no case
    sky: Sky = Sky()  # how far each account's platform is to be seen

    def spell(self, office: str) -> tuple[tuple[str, ...], bool]:
        """How units may write an office that a label names, and whether all others are meant."""
        return spellings(office, self.offices)


def conclude(
    c: Connection, case: Case, book: Book, now: datetime, whom: Dossier | None = None
) -> None:
    """Say to those who heard of a case that it is ended; `whom` where it is no account's."""
    key = case.finding.account
    dossier = whom or store.dossiers(c, [key], now).get(key) or _whom(c, key, book)
    said = notices(Changes(closed=(case,)), now, book.policy, book.calendar)
    hush = hushed(c, said, dossier.account if dossier else None, book.offices, now)
    _tell(c, hush.said, dossier, book, now)
    hold(c, hush, (), dossier, book.offices, book.calendar, book.policy, now)


def keep_beside(
    c: Connection,
    found: Mapping[str, tuple[Dossier, tuple[Finding, ...]]],
    book: Book,
    now: datetime,
) -> None:
    """Keep what was found of scopes that are no accounts, with whom letters about them go to."""
    held = store.open_cases(c, list(found))
    scopes: Scopes = {key: (held[key], findings) for key, (_, findings) in found.items()}
    keep(c, scopes, {}, book, now, {key: dossier for key, (dossier, _) in found.items()})


def standing(c: Connection, case: Case, book: Book, now: datetime) -> Case | None:
    """The case as the last readings still show it, None where they do not any more."""
    key = case.finding.account
    dossier = store.dossiers(c, [key], now).get(key)
    if dossier is None:  # units and offices are judged elsewhere; what is open stands
        return case
    found = judge(dossier, now, book.rules, book.calendar)
    same = (finding for finding in found if finding.key == case.finding.key)
    return next((replace(case, finding=finding) for finding in same), None)


def addressed_to(unit: Unit, scope: str = "") -> Dossier:
    """Whom letters about a unit go to and name."""
    return Dossier(Account(scope or unit_scope(unit.key), "", unit.name, unit), Sight())


def _whom(c: Connection, scope: str, book: Book) -> Dossier | None:
    """The same by the scope of a case; None where it is about neither unit nor office."""
    key = scope.partition(":")[2]
    if scope.startswith(SCOPE):
        number = int(scope.removeprefix(SCOPE))
        return next((each.dossier for each in suspects(c, by_numbers(c, [number]))), None)
    if scope.startswith(OFFICE):
        return addressed_to(Unit(key, book.offices.name_of(key), daily_supervisor=key), scope)
    unit = next((each for each in store.load_units(c) if unit_scope(each.key) == scope), None)
    return addressed_to(unit) if unit else None


def _unsettled(c: Connection, scopes: Scopes, since: datetime) -> Scopes:
    """The scopes without the findings that people have ended and that show nothing new.

    Only what could open a case, being found by a reading after `since`, is looked up.
    """
    fresh = {
        finding.key
        for cases, findings in scopes.values()
        for finding in findings
        if finding.as_of >= since and finding.key not in {case.finding.key for case in cases}
    }
    if not fresh:
        return scopes
    settled = store.settled_findings(c, {key[0] for key in fresh})
    if not settled:
        return scopes
    return {
        key: (cases, tuple(f for f in findings if f.key not in fresh or not repeats(f, settled)))
        for key, (cases, findings) in scopes.items()
    }


def keep(
    c: Connection,
    scopes: Mapping[str, tuple[Iterable[Case], tuple[Finding, ...]]],
    dossiers: Mapping[str, Dossier],
    book: Book,
    now: datetime,
    addressed: Mapping[str, Dossier] | None = None,
) -> Mapping[str, timedelta]:
    """Reconcile each scope and keep its cases and letters; a scope is an account, a unit, an
    office or the watch. `addressed` are those that letters about units and offices go to."""
    waiting: dict[str, timedelta] = {}
    opened = False
    for key, (open_cases, findings) in _unsettled(c, scopes, now - book.recent).items():
        open_cases, dossier = tuple(open_cases), dossiers.get(key)
        if not open_cases and not findings:
            continue
        whom = dossier or (addressed or {}).get(key)
        over = book.sky.over(dossier.account) if dossier else Clearance()
        settle_now = partial(
            decide,
            open_cases,
            findings,
            dossier,
            over,
            now,
            book.recent,
            book.policy,
            book.calendar,
            book.rules,
        )
        heard = NOTHING_HEARD
        changes, said, waits = settle_now()
        if presses(changes, said):  # seldom: only then it is asked whether they know of it
            heard = _heard(c, open_cases, whom, book)
            changes, said, waits = settle_now(heard)
        opened |= bool(changes.opened)
        if waits and dossier is not None:
            waiting[key] = max(SOON, over.plan.every / 10)
            book.sky.awaited(dossier.account)
        hush = hushed(c, said, whom.account if whom else None, book.offices, now)
        before = {case.id: case for case in open_cases}
        changed = [case for case in after(changes, hush.said) if before.get(case.id) != case]
        saved = store.save_cases(c, changed)
        _tell(c, identified(hush.said, saved), whom, book, now)
        hold(c, hush, saved, whom, book.offices, book.calendar, book.policy, now)
        if dossier is not None and (pause := _next_step(changes, hush, book, now, heard)):
            waiting[key] = min(pause, waiting.get(key, pause))
    if opened:  # an alarm that rings already is not told again for hours
        link_ringing(c, lambda labels: concern(labels, book.spell), now)
    return waiting


def _heard(c: Connection, known: Iterable[Case], whom: Dossier | None, book: Book) -> Heard:
    """When the letters about these cases arrived at the unit's own targets."""
    unit = whom.account.unit if whom else None
    roles = (Role.CONTACT, Role.LEAD) if unit else ()
    own = frozenset(t for role in roles for t in targets_for(role, unit, book.offices))
    told = [case.id for case in known if case.id is not None and case.told_at is not None]
    return first_delivery(c, told, own, DIGEST)


def _tell(
    c: Connection, said: Iterable[Notice], whom: Dossier | None, book: Book, now: datetime
) -> None:
    """Keep the letters of these notices, and in the history of each case the steps up."""
    made: list[Letter] = []
    for notice in said:
        new = letters(notice, whom, book.offices, book.calendar, now, book.policy)
        if notice.step is not None and new and notice.case.id is not None:
            store.add_event(c, _stepped(notice.case.id, notice.step, new, now))
        made += new
    store.enqueue(c, made)


def _stepped(case_id: int, step: Step, said: Iterable[Letter], now: datetime) -> CaseEvent:
    """What a case's history says of a step up: why, and to which targets."""
    targets = [letter.target for letter in said]
    whom = "、".join(ROLES[role] for role in step.to.roles) or "指定的接收人"
    text = f"{step.said}，报{whom}（{'、'.join(targets)}）"
    return CaseEvent(case_id, now, WATCH, Deed.STEP, text, {"step": step.key, "targets": targets})


def _next_step(
    changes: Changes, hush: Hushed, book: Book, now: datetime, heard: Heard
) -> timedelta | None:
    """How long until the next step up of a case may be due; what is silenced waits for the end of
    its silence."""
    every = (
        next_step(case, now, book.policy, book.calendar, book.recent, heard)
        for case in after(changes, hush.said)
        if case.finding.key not in hush.cases
    )
    first = min((at for at in every if at is not None), default=None)
    return None if first is None else first - now
