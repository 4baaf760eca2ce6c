"""From readings to cases and letters, in the transaction that stores the readings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.policy import Policy, after, identified
from alerts.routing import Offices, letters
from watcher import store
from watcher.calendar import WorkCalendar
from watcher.due import Cadence, next_check
from watcher.model import Case, Dossier, Failure, Finding
from watcher.restraint import decide
from watcher.rules import RuleSet, judge, judge_watch, next_judgement
from watcher.sight import Clearance, Sky
from watcher.store import Connection, Reading, Slot

SOON = timedelta(minutes=1)


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


def settle(c: Connection, readings: Sequence[Reading], book: Book, now: datetime) -> None:
    """Keep these readings and all that follows from them: cases, letters, when to look again."""
    dossiers = store.record(c, readings, now)
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
    _follow(c, store.record(c, readings, now), book, now)


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
    """When to judge an account again: soon where a finding waits for a look at the canary."""
    regular = next_judgement(dossier, now, book.rules, book.calendar)
    pause = waiting.get(dossier.account.key)
    if pause is None:
        return regular
    return min(now + pause, regular or now + pause)


def rejudge(c: Connection, book: Book, now: datetime, limit: int = 200) -> int:
    """Judge anew the accounts for which time alone may have changed the answer; their number."""
    dossiers = store.dossiers(c, store.due_for_judging(c, now, limit))
    _follow(c, dossiers, book, now)
    return len(dossiers)


def watch_over(c: Connection, book: Book, now: datetime, platforms: Iterable[Finding] = ()) -> None:
    """Judge the watch itself, which concerns no single account: SYS-02, and what was found of
    whole platforms."""
    open_cases = store.open_cases(c, [""]).get("", ())
    findings = (*judge_watch(now, book.rules, book.calendar), *platforms)
    _keep(c, {"": (open_cases, findings)}, {}, book, now)


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
) -> Mapping[str, timedelta]:
    """Reconcile each scope and keep its cases and letters; a scope is an account, or the watch."""
    waiting: dict[str, timedelta] = {}
    for key, (open_cases, findings) in scopes.items():
        open_cases, dossier = tuple(open_cases), dossiers.get(key)
        if not open_cases and not findings:
            continue
        over = book.sky.over(dossier.account) if dossier else Clearance()
        changes, said, waits = decide(
            open_cases, findings, dossier, over, now, book.recent, book.policy, book.calendar
        )
        if waits and dossier is not None:
            waiting[key] = max(SOON, over.plan.every / 10)
            book.sky.awaited(dossier.account)
        before = {case.id: case for case in open_cases}
        changed = [case for case in after(changes, said) if before.get(case.id) != case]
        saved = store.save_cases(c, changed)
        store.enqueue(
            c,
            [
                letter
                for notice in identified(said, saved)
                for letter in letters(
                    notice, dossier, book.offices, book.calendar, now, book.policy
                )
            ],
        )
    return waiting
