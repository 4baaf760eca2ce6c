"""Problems, events and impersonators of a period, as they were known at a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from watcher.annual import Event, Impostor, Named, Problem
from watcher.calendar import local, midnight
from watcher.candidates import SCOPE, CandidateState
from watcher.model import FiledState, Unit, UnitKind, Why
from watcher.rectifying import CaseEvent, Deed, Measure, case_number
from watcher.store.candidates import candidate_events
from watcher.store.cases import to_case
from watcher.store.filed import FILING, LEAD
from watcher.store.period_cases import terms_as_of
from watcher.store.register_tables import load_accounts, load_units
from watcher.store.rewind import filings_as_of, rewound
from watcher.store.rows import account_row, unit_row
from watcher.store.schema import account, audit_log, cases, outbox
from watcher.store.schema_candidates import candidate, takedown
from watcher.store.schema_paper import case_event, evidence_link, filing, lead


def units_as_of(connection: sa.Connection, as_of: datetime) -> Mapping[str, Unit]:
    """The units of the register as they were, by key."""
    rows = {f"unit:{each.key}": unit_row(each) for each in load_units(connection)}
    return {
        row["key"]: Unit(**row | {"kind": UnitKind(row["kind"])})
        for row in rewound(connection, rows, as_of).values()
    }


def names_as_of(connection: sa.Connection, as_of: datetime) -> Mapping[str, Named]:
    """The accounts of the register as they were, by key."""
    units = units_as_of(connection, as_of)
    rows = {each.key: account_row(each) for each in load_accounts(connection)}
    return {
        key: _named(row, units)
        for key, row in rewound(connection, rows, as_of).items()
        if row["unit_key"] in units
    }


def entered_late(connection: sa.Connection, day: date, until: datetime) -> Mapping[str, Named]:
    """The accounts that had been opened before a day but came into the ledger only on or after
    it, as they were first entered, by key; entries after `until` are left out."""
    units = units_as_of(connection, until)
    query = (
        sa.select(audit_log.c.object, audit_log.c.after)
        .where(
            audit_log.c.action == "register.add",
            audit_log.c.at >= midnight(day),
            audit_log.c.at <= until,
            sa.not_(audit_log.c.object.startswith("unit:")),
        )
        .order_by(audit_log.c.id)
    )
    return {
        key: _named(row, units)
        for key, row in connection.execute(query)
        if row["unit_key"] in units and (row["opened_on"] or "9") < day.isoformat()
    }


def _named(row: Mapping[str, Any], units: Mapping[str, Unit]) -> Named:
    return Named(
        row["key"],
        row["name"],
        row["platform"],
        units[row["unit_key"]],
        FiledState(row["filed_state"]),
        row["url"],
        row["platform_id"],
    )


def problems(
    connection: sa.Connection,
    since: datetime,
    until: datetime,
    as_of: datetime,
    scope: str | None = None,
) -> tuple[Problem, ...]:
    """The cases that were open at some time of the period, by rule and day, of one scope (key of
    an account, unit:KEY …) or of all; none of the watch's own troubles."""
    names = names_as_of(connection, as_of)
    query = (
        sa.select(cases)
        .where(cases.c.opened_at < min(until, as_of), cases.c.rule.not_like("SYS-%"))
        .where(sa.or_(cases.c.closed_at.is_(None), cases.c.closed_at >= since))
        .order_by(cases.c.rule, cases.c.opened_at, cases.c.id)
    )
    if scope is not None:
        query = query.where(cases.c.account == scope)
    ids = query.with_only_columns(cases.c.id).order_by(None)
    deeds, letters = _deeds(connection, as_of, ids), _letters(connection, as_of, ids)
    proofs, terms = _proofs(connection, as_of, ids), terms_as_of(connection, as_of)
    return tuple(
        _problem(row, names, deeds.get(row["id"], []), letters, proofs, terms, as_of)
        for row in connection.execute(query).mappings()
    )


def events(connection: sa.Connection, as_of: datetime) -> tuple[Event, ...]:
    """All filings as they were known, with their units and the names of their accounts."""
    units, names = units_as_of(connection, as_of), names_as_of(connection, as_of)
    found = []
    for each in filings_as_of(connection, as_of):
        named = names.get(each.account)
        unit = units.get(each.unit)
        if unit is not None:
            name = named.name if named else each.account_name
            platform = named.platform if named else each.platform
            found.append(Event(each, unit, name, platform))
    return tuple(found)


def owners(connection: sa.Connection) -> Mapping[str, str]:
    """The units (keys) that cases of no account are about: of filings, leads and candidates, by
    scope."""
    judged = sa.select(candidate.c.id, candidate.c.judgement)
    rows = connection.execute(sa.select(account.c.key, account.c.unit_key))
    units = {row.key: row.unit_key for row in rows}
    found = {f"{FILING}{row.key}": row.unit_key for row in connection.execute(_FILED)}
    found |= {f"{LEAD}{row.id}": row.unit_key for row in connection.execute(_LEADS)}
    for number, judgement in connection.execute(judged):
        unit = units.get((judgement or {}).get("account") or "")
        if unit:
            found[f"{SCOPE}{number}"] = unit
    return found


def impostors(connection: sa.Connection, as_of: datetime) -> tuple[Impostor, ...]:
    """The candidates that a person had confirmed by then, and not taken it back, by number."""
    names = names_as_of(connection, as_of)
    query = sa.select(candidate).where(candidate.c.first_seen <= as_of).order_by(candidate.c.id)
    found = (
        _impostor(connection, row, names, as_of) for row in connection.execute(query).mappings()
    )
    return tuple(each for each in found if each is not None)


Letters: TypeAlias = Mapping[int, list[sa.RowMapping]]  # about each case, as they left

_FILED = sa.select(filing.c.key, filing.c.unit_key)
_LEADS = sa.select(lead.c.id, lead.c.unit_key)

# -- inside ------------------------------------------------------------------------------------


def _problem(
    row: sa.RowMapping,
    names: Mapping[str, Named],
    deeds: list[CaseEvent],
    letters: Letters,
    proofs: Mapping[int, int],
    terms: Mapping[str, date | None],
    as_of: datetime,
) -> Problem:
    case, said = to_case(row), letters.get(row["id"], [])
    last = {each.kind: each.at for each in deeds}
    closed_at = _until(case.closed_at, as_of)
    number = case_number(case)
    told = [each["short"] for each in said if each["why"] != Why.RESOLVED.value]
    return Problem(
        number=number,
        rule=case.finding.rule,
        article=case.finding.article,
        account=names.get(case.finding.account),
        subject=case.finding.account if case.finding.account not in names else case.finding.subject,
        opened_at=case.opened_at,
        told_at=said[0]["done_at"] if said else None,
        due_on=terms.get(number, case.due_on),
        feedback_at=_feedback(deeds),
        rechecked_at=last.get(Deed.RECHECK),
        closed_at=closed_at,
        closing=case.closing if closed_at else "",
        dismissed=Deed.DISMISS in last,
        measures=_measures(deeds),
        said=told[-1] if told else "",
        evidence=proofs.get(row["id"]),
        provisional=case.due_from is not None,
    )


def _feedback(deeds: Iterable[CaseEvent]) -> datetime | None:
    """When it was last told what was done; 整改不到位 makes that no feedback."""
    found = None
    for each in deeds:
        if each.kind is Deed.FEEDBACK:
            found = each.at
        elif each.kind is Deed.RECHECK and each.data.get("ok") is False:
            found = None
    return found


def _until(at: datetime | None, as_of: datetime) -> datetime | None:
    return at if at is not None and at <= as_of else None


def _measures(deeds: Iterable[CaseEvent]) -> tuple[tuple[Measure, date], ...]:
    return tuple(
        (Measure(each.data["measure"]), local(each.at).date())
        for each in deeds
        if each.kind is Deed.MEASURE and "measure" in each.data
    )


def _deeds(
    connection: sa.Connection, as_of: datetime, ids: sa.Select[tuple[int]]
) -> Mapping[int, list[CaseEvent]]:
    query = (
        sa.select(case_event)
        .where(case_event.c.at <= as_of, case_event.c.case_id.in_(ids))
        .order_by(case_event.c.id)
    )
    found: dict[int, list[CaseEvent]] = defaultdict(list)
    for row in connection.execute(query):
        deed = CaseEvent(row.case_id, row.at, row.actor, Deed(row.kind), row.text, row.data or {})
        found[row.case_id].append(deed)
    return found


def _letters(connection: sa.Connection, as_of: datetime, ids: sa.Select[tuple[int]]) -> Letters:
    """The letters about each case that had left, in the order they left."""
    query = (
        sa.select(outbox.c.case_id, outbox.c.done_at, outbox.c.why, outbox.c.short)
        .where(outbox.c.case_id.in_(ids), outbox.c.done_at <= as_of)
        .where(outbox.c.state.in_(("sent", "merged")))
        .order_by(outbox.c.case_id, outbox.c.done_at, outbox.c.id)
    )
    found: dict[int, list[sa.RowMapping]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        found[row["case_id"]].append(row)
    return found


def _proofs(
    connection: sa.Connection, as_of: datetime, ids: sa.Select[tuple[int]]
) -> Mapping[int, int]:
    query = (
        sa.select(evidence_link.c.case_id, sa.func.min(evidence_link.c.number).label("number"))
        .where(evidence_link.c.at <= as_of, evidence_link.c.case_id.in_(ids))
        .group_by(evidence_link.c.case_id)
    )
    return {row.case_id: row.number for row in connection.execute(query)}


def _impostor(
    connection: sa.Connection, row: sa.RowMapping, names: Mapping[str, Named], as_of: datetime
) -> Impostor | None:
    """A candidate whose last decision by then was that it is one, or what followed from that."""
    history = [each for each in candidate_events(connection, row["id"]) if each.at <= as_of]
    states = [each for each in history if each.kind in _DECIDED]
    if not states or states[-1].kind not in _STANDING:
        return None
    confirmed = next(each for each in states if each.kind in _STANDING)
    gone = [each.at for each in states if each.kind == CandidateState.TAKEN_DOWN.value]
    letter = connection.execute(
        sa.select(takedown)
        .where(takedown.c.candidate_id == row["id"], takedown.c.made_at <= as_of)
        .order_by(takedown.c.id)
    ).first()
    judged = row["judgement"] or {}
    victim = names.get(judged.get("account") or "")
    return Impostor(
        id=row["id"],
        platform=row["platform"],
        name=row["profile"].get("name") or row["handle"],
        handle=row["handle"],
        victim=victim.name if victim else judged.get("match") or "",
        unit=victim.unit.name if victim else "",
        first_seen=row["first_seen"],
        confirmed_at=confirmed.at,
        confirmed_by=confirmed.actor,
        letter=letter.number if letter else "",
        sent_at=_until(letter.sent_at, as_of) if letter else None,
        result=letter.result if letter and _until(letter.result_at, as_of) else "",
        gone_at=gone[-1] if gone else None,
        back=any(each.kind == CandidateState.BACK.value for each in states),
    )


_STANDING = (
    CandidateState.CONFIRMED.value,
    CandidateState.TAKEN_DOWN.value,
    CandidateState.BACK.value,
)
_DECIDED = tuple(state.value for state in CandidateState)
