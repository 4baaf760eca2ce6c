"""Cases (问题): the life of each finding. At most one is open per account, rule and subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from watcher.model import Case, CaseState, Finding, Level
from watcher.store.rows import chunks
from watcher.store.schema import cases


def open_cases(
    connection: sa.Connection, account_keys: Iterable[str]
) -> Mapping[str, tuple[Case, ...]]:
    """The open cases of these accounts, oldest first; "" stands for the watch itself.

    Every key asked for is in the answer.
    """
    found: dict[str, list[Case]] = {key: [] for key in account_keys}
    for batch in chunks(found):
        for row in connection.execute(_open_of(connection), {"keys": batch}).mappings():
            found[row["account"]].append(to_case(row))
    return {key: tuple(values) for key, values in found.items()}


def _open_of(connection: sa.Connection) -> sa.Select[Any]:
    """The query; who may write locks what it reads, for people work on cases too."""
    reads = connection.get_execution_options().get("postgresql_readonly")
    return _OPEN if reads else _OPEN_LOCKED


_OPEN = (
    sa.select(cases)
    .where(
        cases.c.account.in_(sa.bindparam("keys", expanding=True)),
        cases.c.state == sa.literal_column("'open'"),  # so that the partial index serves
    )
    .order_by(cases.c.id)
)
_OPEN_LOCKED = _OPEN.with_for_update()


def save_cases(connection: sa.Connection, values: Sequence[Case]) -> tuple[Case, ...]:
    """Write cases, new ones without id; returns them in the same order, all with ids.

    Raises IntegrityError for a second open case of one account, rule and subject. Cases that
    close are written before those that open, so that one may follow another in one call.
    """
    ids = [value.id for value in values]
    old = [_row(value) | {"b_id": value.id} for value in values if value.id is not None]
    old.sort(key=lambda row: row["state"] == CaseState.OPEN.value)
    if old:
        connection.execute(cases.update().where(cases.c.id == sa.bindparam("b_id")), old)
    new = [index for index, value in enumerate(values) if value.id is None]
    if new:
        statement = cases.insert().returning(cases.c.id, sort_by_parameter_order=True)
        numbers = connection.scalars(statement, [_row(values[index]) for index in new])
        for index, number in zip(new, numbers, strict=True):
            ids[index] = number
    return tuple(_with_id(value, number) for value, number in zip(values, ids, strict=True))


def list_cases(
    connection: sa.Connection,
    state: CaseState | None = None,
    account: str | None = None,
    limit: int | None = None,
) -> tuple[Case, ...]:
    """Cases, newest first."""
    query = sa.select(cases).order_by(cases.c.opened_at.desc(), cases.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(cases.c.state == state.value)
    if account is not None:
        query = query.where(cases.c.account == account)
    return tuple(to_case(row) for row in connection.execute(query).mappings())


def _row(value: Case) -> dict[str, Any]:
    finding = value.finding
    return {
        "account": finding.account,
        "rule": finding.rule,
        "subject": finding.subject,
        "level": finding.level.value,
        "article": finding.article,
        "as_of": finding.as_of,
        "facts": finding.facts,
        "opened_at": value.opened_at,
        "state": value.state.value,
        "told_at": value.told_at,
        "told_level": value.told_level and value.told_level.value,
        "acknowledged_by": value.acknowledged_by,
        "closed_at": value.closed_at,
        "closing": value.closing,
        "due_on": value.due_on,
        "due_from": value.due_from,
        "feedback_at": value.feedback_at,
        "dismissed": value.dismissed,
        "stepped": " ".join(value.stepped),
    }


def to_case(row: sa.RowMapping) -> Case:
    """A case from its row."""
    return Case(
        finding=Finding(
            rule=row["rule"],
            account=row["account"],
            subject=row["subject"],
            level=Level(row["level"]),
            article=row["article"],
            as_of=row["as_of"],
            facts=row["facts"],
        ),
        opened_at=row["opened_at"],
        id=row["id"],
        state=CaseState(row["state"]),
        told_at=row["told_at"],
        told_level=row["told_level"] and Level(row["told_level"]),
        acknowledged_by=row["acknowledged_by"],
        closed_at=row["closed_at"],
        closing=row["closing"],
        due_on=row["due_on"],
        due_from=row["due_from"],
        feedback_at=row["feedback_at"],
        dismissed=row["dismissed"],
        stepped=tuple(row["stepped"].split()),
    )


def _with_id(value: Case, number: int | None) -> Case:
    return value if value.id == number else replace(value, id=number)
