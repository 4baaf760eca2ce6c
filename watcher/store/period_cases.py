"""The cases of a period as they stood at the cut-off: opened by then, ended only if by then, with
what was said and done by then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from watcher.annals import WEEK_RULE, CaseLife, Question
from watcher.model import Case, Finding, Level
from watcher.rectifying import Deed, case_number
from watcher.store.columns import from_ms, to_ms
from watcher.store.rows import chunks
from watcher.store.schema import audit_log, cases, outbox
from watcher.store.schema_paper import case_event, evidence_link

_DAY, _BEIJING = 86_400_000, 8 * 3_600_000  # milliseconds


@dataclass(slots=True)
class _Told:
    """What was said, done and kept of one case by the cut-off."""

    first: datetime | None = None  # the first letter that left
    notices: dict[str, int] = field(default_factory=dict)  # in the period, by why
    done: dict[str, datetime] = field(default_factory=dict)  # the last deed of each kind
    due_on: date | None = None  # a term that a person set
    evidence: list[int] = field(default_factory=list)


def cases_of(
    connection: sa.Connection, keys: Sequence[str], ask: Question
) -> dict[str, tuple[CaseLife, ...]]:
    """The cases of these scopes (keys of accounts, unit:KEY …), oldest first."""
    values = {"keys": list(keys), "as_of": ask.as_of, "cases_from": ask.cases_from or ask.begins}
    rows = connection.execute(_CASES, values).mappings().all()
    told = {row["id"]: _Told() for row in rows}
    terms = terms_as_of(connection, ask.as_of)
    for ids in chunks(told):
        _letters(connection, ids, ask, told)
        _deeds(connection, ids, ask, told)
        _proofs(connection, ids, ask, told)
    found: dict[str, list[CaseLife]] = {}
    for row in rows:
        found.setdefault(row["account"], []).append(_life(row, told[row["id"]], terms, ask))
    return {key: tuple(lives) for key, lives in found.items()}


def terms_as_of(connection: sa.Connection, as_of: datetime) -> dict[str, date | None]:
    """The terms, by number, of the cases that people worked on since, as they were before that."""
    query = (
        sa.select(audit_log.c.object, audit_log.c.before)
        .where(audit_log.c.at > as_of, audit_log.c.action.in_(_WORK))
        .order_by(audit_log.c.id.desc())
    )
    found = {}
    for number, before in connection.execute(query):
        if before and "due_on" in before:
            found[number] = date.fromisoformat(before["due_on"]) if before["due_on"] else None
    return found


_WORK = tuple(f"case_{deed}" for deed in Deed)


_DISMISSED_WEEK = sa.and_(cases.c.rule == WEEK_RULE, cases.c.dismissed)
_CASES = (
    sa.select(
        *(
            cases.c[name]
            for name in (
                *("id", "account", "rule", "subject", "level", "opened_at", "closed_at"),
                *("closing", "due_on", "due_from"),
            )
        ),
        # Facts are long, and only those of the dismissed tell which weeks they were about.
        sa.case((_DISMISSED_WEEK, cases.c.facts)).label("facts"),
    )
    .where(
        cases.c.account.in_(sa.bindparam("keys", expanding=True)),
        cases.c.opened_at <= sa.bindparam("as_of"),
        sa.or_(cases.c.closed_at.is_(None), cases.c.closed_at >= sa.bindparam("cases_from")),
    )
    .order_by(cases.c.opened_at, cases.c.id)
)


def _life(
    row: sa.RowMapping, told: _Told, terms: Mapping[str, date | None], ask: Question
) -> CaseLife:
    ended = row["closed_at"] if row["closed_at"] and row["closed_at"] <= ask.as_of else None
    dismissed = Deed.DISMISS.value in told.done
    facts: Mapping[str, Any] = (row["facts"] or {}) if dismissed else {}
    number = _number(row)
    return CaseLife(
        number=number,
        rule=row["rule"],
        opened_at=row["opened_at"],
        told_at=told.first,
        acknowledged_at=told.done.get(Deed.ACK.value),
        feedback_at=told.done.get(Deed.FEEDBACK.value),
        rechecked_at=told.done.get(Deed.RECHECK.value),
        closed_at=ended,
        closing=row["closing"] if ended else "",
        dismissed=dismissed,
        due_on=told.due_on or terms.get(number, row["due_on"]),
        provisional=row["due_from"] is not None,
        notices=tuple(sorted(told.notices.items())),
        evidence=tuple(sorted(told.evidence)),
        weeks=tuple(facts.get("weeks", ())),
    )


def _number(row: sa.RowMapping) -> str:
    finding = Finding(
        *(row["rule"], row["account"], row["subject"], Level(row["level"]), ""), row["opened_at"]
    )
    return case_number(Case(finding, row["opened_at"]))


def _letters(
    connection: sa.Connection, ids: Sequence[int], ask: Question, told: dict[int, _Told]
) -> None:
    """One occasion is one notice, however many targets and groups it went to."""
    values = {
        "ids": list(ids),
        "as_of": to_ms(ask.as_of),
        "begins": to_ms(ask.begins),
        "ends": to_ms(ask.ends),
    }
    for ident, why, first, days in connection.execute(_LETTERS, values):
        here, at = told[ident], from_ms(first)
        here.first = at if here.first is None else min(here.first, at)
        if days:
            here.notices[why] = days


_done = sa.type_coerce(outbox.c.done_at, sa.BigInteger)
_IN_PERIOD = sa.and_(
    _done >= sa.bindparam("begins", type_=sa.BigInteger),
    _done < sa.bindparam("ends", type_=sa.BigInteger),
)
_LETTERS = (
    sa.select(
        outbox.c.case_id,
        outbox.c.why,
        sa.func.min(_done),
        sa.func.count(sa.distinct(sa.case((_IN_PERIOD, (_done + _BEIJING) // _DAY)))),
    )
    .where(
        outbox.c.case_id.in_(sa.bindparam("ids", expanding=True)),
        outbox.c.state.in_(("sent", "merged")),
        _done <= sa.bindparam("as_of", type_=sa.BigInteger),
    )
    .group_by(outbox.c.case_id, outbox.c.why)
)


def _deeds(
    connection: sa.Connection, ids: Sequence[int], ask: Question, told: dict[int, _Told]
) -> None:
    query = (
        sa.select(case_event.c.case_id, case_event.c.kind, case_event.c.at, case_event.c.data)
        .where(case_event.c.case_id.in_(ids), case_event.c.at <= ask.as_of)
        .order_by(case_event.c.id)
    )
    for ident, kind, at, data in connection.execute(query):
        here = told[ident]
        here.done[kind] = at
        if data and data.get("due_on"):
            here.due_on = date.fromisoformat(data["due_on"])
        if kind == Deed.RECHECK.value and data and data.get("ok") is False:
            here.done.pop(Deed.FEEDBACK.value, None)  # 整改不到位: what was told is no feedback


def _proofs(
    connection: sa.Connection, ids: Sequence[int], ask: Question, told: dict[int, _Told]
) -> None:
    query = sa.select(evidence_link.c.case_id, evidence_link.c.number).where(
        evidence_link.c.case_id.in_(ids), evidence_link.c.at <= ask.as_of
    )
    for ident, number in connection.execute(query):
        told[ident].evidence.append(number)
