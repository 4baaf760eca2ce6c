"""From readings to cases and letters, in the transaction that stores the readings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from watcher.accepted import moved, moves, settled
from watcher.alarms import concern
from watcher.calendar import WorkCalendar, local
from watcher.candidates import SCOPE
from watcher.due import Cadence, next_check
from watcher.faces import NO_FACE
from watcher.filings import NO_PAPER
from watcher.hushing import Hushed, hold, hushed
from watcher.model import (
    Account,
    Case,
    Dossier,
    Failure,
    Finding,
    Letter,
    Notice,
    Role,
    Sight,
    Unit,
)
from watcher.rectifying import WATCH, CaseEvent, Deed, repeats
from watcher.restraint import decide, presses
from watcher.rules import (
    RuleSet,
    judge,
    judge_filings,
    judge_lead,
    judge_office,
    judge_unit,
    judge_watch,
    next_judgement,
)
from watcher.sight import Clearance, Sky
from watcher.store import UNITS_JUDGED, Connection, Reading, Slot
from watcher.store.alarms import link_ringing
from watcher.store.candidates import by_numbers
from watcher.store.delivered import first_delivery
from watcher.store.faces import move_faces
from watcher.store.filed import loose
from watcher.store.takedowns import suspects
from watcher.units import OFFICE, OfficeDossier, office_scope, unit_scope

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


def settle(c: Connection, readings: Sequence[Reading], book: Book, now: datetime) -> None:
    """Keep these readings and all that follows from them: cases, letters, when to look again."""
    dossiers = _accepting(c, store.record(c, readings, now), now)
    waiting = _decide(c, dossiers, book, now)
    asked = {
        each.account_key: each.outcome.retry_after
        for each in readings
        if isinstance(each.outcome, Failure)
    }
    store.schedule(
        c,
        [
            Slot(
                key,
                next_check(dossier, now, book.rules, book.calendar, book.cadence, asked.get(key)),
                _judge_at(dossier, now, book, waiting),
            )
            for key, dossier in dossiers.items()
        ],
    )


def hear(c: Connection, readings: Sequence[Reading], book: Book, now: datetime) -> None:
    """Keep what came unasked, from people and events, and what follows; our own readings go on as
    they were to."""
    _follow(c, _accepting(c, store.record(c, readings, now), now), book, now)


def _follow(c: Connection, dossiers: Mapping[str, Dossier], book: Book, now: datetime) -> None:
    """Decide, and note when to judge next; when to read next stays as it is."""
    waiting = _decide(c, dossiers, book, now)
    store.schedule(
        c,
        [
            Slot(key, None, _judge_at(dossier, now, book, waiting))
            for key, dossier in dossiers.items()
        ],
    )


def _judge_at(
    dossier: Dossier, now: datetime, book: Book, waiting: Mapping[str, timedelta]
) -> datetime | None:
    """When to judge an account again: soon where a finding waits for a look at the canary, and
    when a step up of one of its cases is due."""
    regular = next_judgement(dossier, now, book.rules, book.calendar)
    pause = waiting.get(dossier.account.key)
    if pause is None:
        return regular
    return min(now + pause, regular or now + pause)


def rejudge(c: Connection, book: Book, now: datetime, limit: int = 200) -> int:
    """Judge anew the accounts for which time alone may have changed the answer; their number."""
    dossiers = _accepting(c, store.dossiers(c, store.due_for_judging(c, now, limit)), now)
    _follow(c, dossiers, book, now)
    return len(dossiers)


def _accepting(
    c: Connection, dossiers: Mapping[str, Dossier], now: datetime
) -> Mapping[str, Dossier]:
    """The dossiers with the accepted face moved where first sight or paper moves it; noted."""
    after, said = dict(dossiers), {}
    for key, dossier in dossiers.items():
        face = dossier.face or NO_FACE
        if found := tuple(moves(dossier.account, dossier.paper, face)):
            face = settled(face, found)
            said[key] = found, face
            paper = replace(dossier.paper or NO_PAPER, accepted=moved(dossier.paper, found))
            after[key] = replace(dossier, paper=paper, face=face)
    move_faces(c, said, now)
    return after


def review(c: Connection, key: str, book: Book, now: datetime) -> None:
    """Judge an account anew, since people did something about its cases."""
    _follow(c, store.dossiers(c, [key], now), book, now)


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
    _keep(c, scopes, {}, book, now, {key: dossier for key, (dossier, _) in found.items()})


def standing(c: Connection, case: Case, book: Book, now: datetime) -> Case | None:
    """The case as the last readings still show it, None where they do not any more."""
    key = case.finding.account
    dossier = store.dossiers(c, [key], now).get(key)
    if dossier is None:  # units and offices are judged elsewhere; what is open stands
        return case
    found = judge(dossier, now, book.rules, book.calendar)
    same = (finding for finding in found if finding.key == case.finding.key)
    return next((replace(case, finding=finding) for finding in same), None)


def watch_over(c: Connection, book: Book, now: datetime, platforms: Iterable[Finding] = ()) -> None:
    """Judge the watch itself, which concerns no single account: SYS-02, and what was found of
    whole platforms."""
    open_cases = store.open_cases(c, [""]).get("", ())
    findings = (*judge_watch(now, book.rules, book.calendar), *platforms)
    _keep(c, {"": (open_cases, findings)}, {}, book, now)


def judge_units(c: Connection, book: Book, now: datetime, limit: int = 200) -> bool:
    """Judge units and offices once a day, and again after their register or papers changed.

    At most `limit` units at a time; whether more are left.
    """
    day = local(now).date().isoformat()
    done, _, after = (store.get_mark(c, UNITS_JUDGED) or "").partition(">")
    if done == day and not after:
        return False
    today = local(now).date()
    dossiers = store.unit_dossiers(c, after if done == day else "", limit, today)
    found = {unit_scope(each.unit.key): judge_unit(each, now, book.rules) for each in dossiers}
    addressed = {unit_scope(each.unit.key): addressed_to(each.unit) for each in dossiers}
    more = len(dossiers) == limit
    if not more:
        for office in _offices(c, book):
            scope = office_scope(office.key)
            found[scope] = judge_office(office, now, book.rules)
            addressed[scope] = addressed_to(_as_unit(office), scope)
    held = store.open_cases(c, list(found))
    scopes = {key: (held[key], findings) for key, findings in found.items()}
    _keep(c, scopes, {}, book, now, addressed)
    store.set_mark(c, UNITS_JUDGED, f"{day}>{dossiers[-1].unit.key}" if more else day)
    return more


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


def _as_unit(office: OfficeDossier) -> Unit:
    return Unit(office.key, office.name, daily_supervisor=office.key)


def _offices(c: Connection, book: Book) -> Iterable[OfficeDossier]:
    """The supervising offices, each once however the register writes it, and those of old cases."""
    keys = {each.name: key for key, each in book.offices.offices.items()}
    units: dict[str, int] = {each.removeprefix(OFFICE): 0 for each in store.accused_offices(c)}
    for written, count in store.supervised(c).items():
        key = keys.get(written, written)
        units[key] = units.get(key, 0) + count
    held = store.list_inspections(c)
    for key, count in sorted(units.items()):
        theirs = tuple(each for each in held if keys.get(each.office, each.office) == key)
        yield OfficeDossier(key, book.offices.name_of(key), count, theirs)


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


def judge_papers(c: Connection, book: Book, now: datetime) -> None:
    """Judge what is on paper beside the accounts: leads, and filings that have no account yet."""
    beside = loose(c)
    if not beside.dossiers:
        return
    held = store.open_cases(c, list(beside.dossiers))
    scopes: dict[str, tuple[Iterable[Case], tuple[Finding, ...]]] = {}
    for scope, dossier in beside.dossiers.items():
        lead = beside.leads.get(scope)
        found = (
            judge_filings(dossier, now, book.rules, book.calendar)
            if lead is None
            else judge_lead(lead, dossier.account, now, book.rules)
        )
        scopes[scope] = held[scope], tuple(found)
    _keep(c, scopes, beside.dossiers, book, now)


def _decide(
    c: Connection, dossiers: Mapping[str, Dossier], book: Book, now: datetime
) -> Mapping[str, timedelta]:
    """Decide about these accounts; those about which a finding waits, and how long to wait."""
    if not dossiers:
        return {}
    open_cases = store.open_cases(c, list(dossiers))
    scopes = {
        key: (open_cases.get(key, ()), judge(dossier, now, book.rules, book.calendar))
        for key, dossier in dossiers.items()
    }
    return _keep(c, scopes, dossiers, book, now)


def _keep(
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
