"""What people did about cases, append-only; and all that a case's history is told from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from watcher.calendar import midnight
from watcher.model import Case, CaseState, Finding
from watcher.rectifying import CaseEvent, Deed, case_number, parsed_number
from watcher.store.cases import to_case
from watcher.store.rows import chunks
from watcher.store.schema import cases, outbox
from watcher.store.schema_paper import case_event, evidence_link

DAY = timedelta(days=1)
_LARGEST = 2**63 - 1
# What ends a case by a person's word.
_ENDINGS = (Deed.CLOSE.value, Deed.DISMISS.value)


def add_event(connection: sa.Connection, value: CaseEvent) -> CaseEvent:
    """Keep what somebody did; returns it with its number."""
    row = {
        "case_id": value.case_id,
        "at": value.at,
        "actor": value.actor,
        "kind": value.kind.value,
        "text": value.text,
        "data": value.data,
    }
    statement = case_event.insert().returning(case_event.c.id)
    return replace(value, id=connection.scalar(statement, row))


def case_events(connection: sa.Connection, case_id: int) -> tuple[CaseEvent, ...]:
    """All that people did about a case, the oldest first."""
    query = sa.select(case_event).where(case_event.c.case_id == case_id).order_by(case_event.c.id)
    return tuple(
        CaseEvent(
            case_id=row["case_id"],
            at=row["at"],
            actor=row["actor"],
            kind=Deed(row["kind"]),
            text=row["text"],
            data=row["data"] or {},
            id=row["id"],
        )
        for row in connection.execute(query).mappings()
    )


def find_case(connection: sa.Connection, given: str, lock: bool = False) -> Case | None:
    """The case of an id, or of a number as letters print it; None where there is none.

    `lock`: nobody else changes it before this transaction ends.
    """
    numbered = parsed_number(given)
    if numbered is None:
        known = given.isascii() and given.isdigit() and int(given) <= _LARGEST
        found = _select(connection, cases.c.id == int(given), lock) if known else ()
        return next(iter(found), None)
    rule, day = numbered
    here = _opened_on(day)
    found = _select(connection, sa.and_(cases.c.rule == rule, here), lock)
    return next((case for case in found if given.startswith(case_number(case))), None)


def _opened_on(day: date) -> sa.ColumnElement[bool]:
    return sa.and_(cases.c.opened_at >= midnight(day), cases.c.opened_at < midnight(day + DAY))


def _select(
    connection: sa.Connection, where: sa.ColumnElement[bool], lock: bool
) -> tuple[Case, ...]:
    query = sa.select(cases).where(where).order_by(cases.c.id)
    if lock:
        query = query.with_for_update()
    return tuple(to_case(row) for row in connection.execute(query).mappings())


def settled_findings(connection: sa.Connection, accounts: Iterable[str]) -> tuple[Finding, ...]:
    """The findings of these accounts whose cases a person ended."""
    found: list[Finding] = []
    for batch in chunks(sorted(set(accounts))):
        rows = connection.execute(_SETTLED, {"keys": batch}).mappings()
        found += (to_case(row).finding for row in rows)
    return tuple(found)


_SETTLED = sa.select(cases).where(
    cases.c.account.in_(sa.bindparam("keys", expanding=True)),
    cases.c.state == CaseState.CLOSED.value,
    sa.or_(
        cases.c.dismissed,
        sa.exists().where(case_event.c.case_id == cases.c.id, case_event.c.kind.in_(_ENDINGS)),
    ),
)


@dataclass(frozen=True, slots=True)
class CaseLetter:
    """A letter about a case: to which target, why, and what became of it."""

    at: datetime  # when it left, or may leave
    target: str
    why: str
    title: str
    state: str


def case_letters(connection: sa.Connection, case_id: int) -> tuple[CaseLetter, ...]:
    """The letters about a case, in order."""
    query = sa.select(outbox).where(outbox.c.case_id == case_id).order_by(outbox.c.id)
    return tuple(
        CaseLetter(
            row["done_at"] or row["not_before"],
            row["target"],
            row["why"],
            row["title"],
            row["state"],
        )
        for row in connection.execute(query).mappings()
    )


def case_manifests(connection: sa.Connection, case_id: int) -> tuple[str, ...]:
    """SHA-256 of the packages of proof kept for a case."""
    query = sa.select(evidence_link.c.manifest).where(evidence_link.c.case_id == case_id)
    return tuple(connection.scalars(query.order_by(evidence_link.c.number)))
