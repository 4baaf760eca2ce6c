"""What paper says of accounts: filings as rows, and beside each account what its rules need.

The account's own row keeps a copy of its filings and accepted face, so that no reading costs a
further query; whoever writes either writes both, in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from watcher.filings import Filing, FilingKind, National, Paper
from watcher.store.columns import from_ms, to_ms
from watcher.store.rows import chunks, upsert
from watcher.store.schema import account, watch
from watcher.store.schema_paper import filing

DAYS = (
    "decided_on",
    "applied_on",
    "reviewed_on",
    "approved_on",
    "notice_from",
    "carried_out_on",
    "form_on",
    "national_on",
    "ended_on",
)
_SAME = tuple(
    name for name in Filing.__dataclass_fields__ if name not in ("kind", "unit", "changes", *DAYS)
)


def save_filings(connection: sa.Connection, values: Iterable[Filing]) -> None:
    """Write filings, new and changed ones, and what follows beside their accounts.

    Raises IntegrityError for a unit that is not in the register.
    """
    kept = tuple(values)
    for value in kept:
        row = _row(value)
        statement = upsert(connection, filing).values(row)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["key"], set_={k: v for k, v in row.items() if k != "key"}
            )
        )
    refresh_papers(connection, {value.account for value in kept if value.account})


def load_filings(
    connection: sa.Connection,
    keys: Iterable[str] | None = None,
    accounts: Iterable[str] | None = None,
) -> tuple[Filing, ...]:
    """Filings by key or by account, else all; the youngest first."""
    query = sa.select(filing)
    if keys is not None:
        query = query.where(filing.c.key.in_(list(keys)))
    if accounts is not None:
        query = query.where(filing.c.account.in_(list(accounts)))
    return youngest_first(_filing(row) for row in connection.execute(query).mappings())


def youngest_first(filings: Iterable[Filing]) -> tuple[Filing, ...]:
    """By the last day that each of them names, then by key."""
    return tuple(sorted(filings, key=lambda each: (_latest(each), each.key), reverse=True))


def refresh_papers(connection: sa.Connection, accounts: Iterable[str]) -> None:
    """Copy the filings of these accounts beside them; what is accepted stays as it is."""
    for batch in chunks(sorted(set(accounts))):
        filed: dict[str, list[Filing]] = {key: [] for key in batch}
        for each in load_filings(connection, accounts=batch):
            filed[each.account].append(each)
        rows = connection.execute(
            sa.select(account.c.key, watch.c.account_id, watch.c.paper)
            .select_from(watch.join(account))
            .where(account.c.key.in_(batch))
        )
        for key, account_id, old in rows.all():
            paper = {**(old or {}), "filings": [filing_json(each) for each in filed[key]]}
            _write(connection, account_id, paper)


def accept(connection: sa.Connection, account_id: int, fields: Mapping[str, Any], at: Any) -> None:
    """Move the accepted face: these fields are from now on as they should be."""
    old = connection.scalar(sa.select(watch.c.paper).where(watch.c.account_id == account_id)) or {}
    _write(connection, account_id, accepting(old, fields, at))


def accepting(
    paper: Mapping[str, Any] | None, fields: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    """What an account's row keeps, with these fields accepted."""
    old = paper or {}
    accepted = {**old.get("accepted", {}), **fields}
    return {**old, "accepted": accepted, "accepted_at": to_ms(at)}


def save_national(connection: sa.Connection, said: Mapping[str, National]) -> None:
    """Keep what an export of the national system says of these accounts, beside each of them."""
    for batch in chunks(sorted(said)):
        rows = connection.execute(
            sa.select(account.c.key, watch.c.account_id, watch.c.paper)
            .select_from(watch.join(account))
            .where(account.c.key.in_(batch))
        )
        for key, account_id, old in rows.all():
            value = said[key]
            fields = None if value.fields is None else dict(value.fields)
            national = {"on": value.on.isoformat(), "fields": fields}
            _write(connection, account_id, {**(old or {}), "national": national})


def _write(connection: sa.Connection, account_id: int, paper: Mapping[str, Any]) -> None:
    connection.execute(
        watch.update().where(watch.c.account_id == account_id).values(paper=dict(paper))
    )


def to_paper(value: Mapping[str, Any] | None) -> Paper | None:
    """The paper of an account from what its row keeps."""
    if not value:
        return None
    at = value.get("accepted_at")
    return Paper(
        tuple(filing_of(each) for each in value.get("filings", ())),
        value.get("accepted", {}),
        None if at is None else from_ms(at),
        _national(value.get("national")),
    )


def _national(value: Mapping[str, Any] | None) -> National | None:
    if value is None:
        return None
    return National(date.fromisoformat(value["on"]), value["fields"])


def filing_json(value: Filing) -> dict[str, Any]:
    """A filing as JSON; days as ISO 8601."""
    days = {name: day.isoformat() for name in DAYS if (day := getattr(value, name)) is not None}
    same = {name: getattr(value, name) for name in _SAME}
    return {**same, **days, "kind": value.kind.value, "unit": value.unit} | {
        "changes": dict(value.changes)
    }


def filing_of(value: Mapping[str, Any]) -> Filing:
    """A filing from its JSON."""
    known: dict[str, Any] = {name: value[name] for name in _SAME if name in value}
    known |= {name: date.fromisoformat(value[name]) for name in DAYS if value.get(name)}
    changes = value.get("changes", {})
    return Filing(kind=FilingKind(value["kind"]), unit=value["unit"], changes=changes, **known)


def _row(value: Filing) -> dict[str, Any]:
    plain = {name: getattr(value, name) for name in (*_SAME, *DAYS)}
    return plain | {
        "kind": value.kind.value,
        "unit_key": value.unit,
        "changes": dict(value.changes),
    }


def _filing(row: sa.RowMapping) -> Filing:
    return Filing(
        kind=FilingKind(row["kind"]),
        unit=row["unit_key"],
        changes=row["changes"],
        **{name: row[name] for name in (*_SAME, *DAYS)},
    )


def _latest(value: Filing) -> date:
    days = [day for name in DAYS if (day := getattr(value, name)) is not None]
    return max(days, default=date.min)
