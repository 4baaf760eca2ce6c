"""What silences do: hold back what would be said, and say once what is still so when they end.

A case that is held is kept as if nobody had been told: its reminders do not pile up, its term does
not begin, and when the silence ends the policy finds by itself what there is to say. Only what is
decided already (letters that wait for morning, the end of a case that was told) waits as letters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.office_tree import Offices
from alerts.policy import Policy, identified
from alerts.routing import letters
from watcher import store
from watcher.calendar import WorkCalendar
from watcher.model import Account, Case, CaseState, Dossier, Notice, Unit, Why
from watcher.quiet import Silence, longest, scope_text
from watcher.store import Connection
from watcher.store.letter_links import cases_by_id
from watcher.store.silences import (
    Held,
    add_silence,
    note_held,
    open_silences,
    put_silenced,
    save_silence,
    silence_letters,
    silenced_letters,
    waiting_letters,
)
from watcher.units import OFFICE, UNIT


@dataclass(frozen=True, slots=True)
class Hushed:
    """What may be said now, and what silences hold back, each with the one that holds it."""

    said: tuple[Notice, ...]
    held: tuple[tuple[Silence, Notice], ...] = ()

    @property
    def cases(self) -> frozenset[tuple[str, str, str]]:
        """The keys of the cases of which something is held back."""
        return frozenset(notice.case.finding.key for _, notice in self.held)


def hushed(
    c: Connection, said: Sequence[Notice], about: Account | None, offices: Offices, now: datetime
) -> Hushed:
    """Part what would be said of one scope. Asks the database only where there is something."""
    lasting = [each for each in open_silences(c) if each.lasts(now)] if said else []
    if not lasting:
        return Hushed(tuple(said))
    spoken: list[Notice] = []
    held: list[tuple[Silence, Notice]] = []
    for notice in said:
        by = longest(lasting, notice.case, about, offices.name_of)
        by = by or _untold(c, lasting, notice)
        if by is None:
            spoken.append(notice)
        else:
            held.append((by, notice))
    return Hushed(tuple(spoken), tuple(held))


def _untold(c: Connection, lasting: Sequence[Silence], notice: Notice) -> Silence | None:
    """The snooze of an ended case of which somebody has not heard: who did not hear it begin must
    not hear it end. Else the end of a snoozed case is said at once."""
    case = notice.case
    snooze = next((each for each in lasting if each.snooze and each.case_id == case.id), None)
    if snooze is None or case.id is None or notice.why is not Why.RESOLVED:
        return None
    return snooze if silenced_letters(c, [case.id])[case.id] else None


def hold(
    c: Connection,
    hush: Hushed,
    saved: Sequence[Case],
    dossier: Dossier | None,
    offices: Offices,
    cal: WorkCalendar,
    policy: Policy,
    now: datetime,
) -> None:
    """Note what is held back of cases as they were saved; their ends wait as letters."""
    noted: list[Held] = []
    for silence, notice in hush.held:
        (known,) = identified([notice], saved)
        made = letters(known, dossier, offices, cal, now, policy)
        if known.why is Why.RESOLVED:
            put_silenced(c, made)
        assert silence.id is not None
        assert known.case.id is not None
        noted.append(Held(silence.id, known.case.id, kind_of(notice), now, len(made)))
    note_held(c, noted)


def kind_of(notice: Notice) -> str:
    """What is said, as it is noted: a step up is none of the reasons that letters have."""
    return "step" if notice.step is not None else notice.why.value


def begin(c: Connection, silence: Silence, offices: Offices, now: datetime) -> Silence:
    """Begin a silence: keep it, and hold the letters it covers that have not left yet."""
    kept = add_silence(c, silence)
    assert kept.id is not None
    waiting = waiting_letters(c)
    cases = cases_by_id(c, list(dict.fromkeys(each.case_id for each in waiting)))
    about = subjects(c, cases, offices)
    chosen = {
        case.id
        for case in cases
        if longest([kept], case, about.get(case.finding.account), offices.name_of)
    }
    mine = [each for each in waiting if each.case_id in chosen]
    silence_letters(c, [each.id for each in mine])
    counts = Counter((each.case_id, each.why.value) for each in mine)
    note_held(c, [Held(kept.id, case, why, now, n) for (case, why), n in counts.items()])
    after = {"until": kept.until.isoformat(), "scope": scope_text(kept), "reason": kept.reason}
    store.audit(c, kept.author, "silence_begin", f"silence:{kept.id}", None, after, now)
    return kept


def stop_early(c: Connection, silence: Silence, by: str, now: datetime) -> Silence:
    """A person ends a silence before its time; what it held is said by `conclude`."""
    ended = replace(silence, ended_at=now, ended_by=by)
    save_silence(c, ended)
    before, after = {"until": silence.until.isoformat()}, {"ended_at": now.isoformat()}
    store.audit(c, by, "silence_end", f"silence:{silence.id}", before, after, now)
    return ended


def silence_of(c: Connection, case: Case, offices: Offices, now: datetime) -> Silence | None:
    """The silence that holds what would be said of an open case now."""
    lasting = [each for each in open_silences(c) if each.lasts(now)]
    if not lasting or case.state is not CaseState.OPEN:
        return None
    about = subjects(c, [case], offices).get(case.finding.account)
    return longest(lasting, case, about, offices.name_of)


def subjects(c: Connection, cases: Iterable[Case], offices: Offices) -> Mapping[str, Account]:
    """The account, unit or office that each scope of these cases is about, as an account."""
    scopes = {case.finding.account for case in cases}
    found = {each.key: each for each in store.load_accounts(c, scopes)} if scopes else {}
    units = {each.key: each for each in store.load_units(c)} if _any(scopes, UNIT) else {}
    for scope in scopes:
        key = scope.partition(":")[2]
        if scope.startswith(UNIT) and key in units:
            found[scope] = Account(scope, "", units[key].name, units[key])
        elif scope.startswith(OFFICE):
            unit = Unit(key, offices.name_of(key), daily_supervisor=key)
            found[scope] = Account(scope, "", unit.name, unit)
    return found


def _any(scopes: Iterable[str], kind: str) -> bool:
    return any(scope.startswith(kind) for scope in scopes)
