"""What is judged and when: after a reading, at its marks of time, daily for units, after papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from watcher import store
from watcher.accepted import moved, moves, settled
from watcher.calendar import local
from watcher.deciding import Book, addressed_to, keep
from watcher.due import next_check
from watcher.faces import NO_FACE
from watcher.filings import NO_PAPER
from watcher.model import Case, Dossier, Failure, Finding, Unit
from watcher.rules import (
    judge,
    judge_filings,
    judge_lead,
    judge_office,
    judge_unit,
    judge_watch,
    next_judgement,
)
from watcher.store import UNITS_JUDGED, Connection, Reading, Slot
from watcher.store.faces import move_faces
from watcher.store.filed import loose
from watcher.units import OFFICE, OfficeDossier, office_scope, unit_scope


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


def watch_over(c: Connection, book: Book, now: datetime, platforms: Iterable[Finding] = ()) -> None:
    """Judge the watch itself, which concerns no single account: SYS-02, and what was found of
    whole platforms."""
    open_cases = store.open_cases(c, [""]).get("", ())
    findings = (*judge_watch(now, book.rules, book.calendar), *platforms)
    keep(c, {"": (open_cases, findings)}, {}, book, now)


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
    keep(c, scopes, {}, book, now, addressed)
    store.set_mark(c, UNITS_JUDGED, f"{day}>{dossiers[-1].unit.key}" if more else day)
    return more


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
    keep(c, scopes, beside.dossiers, book, now)


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
    return keep(c, scopes, dossiers, book, now)
