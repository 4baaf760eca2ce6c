"""Filings and leads as people write them: with an audit line for each change, and what follows.

What paper says of an account (`filed_state`) moves with its filings, in the same transaction; the
account is due for judging at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.filings import Filing, Lead, National, Paper, paper_state
from watcher.model import Account, CaseState, Dossier, FiledState, Sight, Unit
from watcher.store.audit import audit
from watcher.store.leads import settle_leads
from watcher.store.papers import (
    filing_json,
    load_filings,
    refresh_papers,
    save_filings,
    save_national,
)
from watcher.store.register_tables import Changes, load_units
from watcher.store.rows import chunks
from watcher.store.schema import account, cases, watch
from watcher.store.schema_paper import filing, lead

LEAD, FILING = "lead:", "filing:"  # scopes of findings about what is no account of the register


def keep_filings(
    connection: sa.Connection, values: Iterable[Filing], actor: str, now: datetime
) -> Changes:
    """Write filings and all that follows from them; the same again changes nothing.

    Raises IntegrityError for a unit that is not in the register.
    """
    kept = {value.key: value for value in values}
    old: dict[str, Filing] = {}
    for batch in chunks(kept):
        old |= {each.key: each for each in load_filings(connection, keys=batch)}
    new = [value for value in kept.values() if old.get(value.key) != value]
    keys = {each.account for each in (*new, *(old[v.key] for v in new if v.key in old))} - {""}
    before = _by_account(connection, keys)
    save_filings(connection, new)
    refresh_papers(connection, keys)
    for value in new:
        _note(connection, old.get(value.key), value, actor, now)
    settle_leads(connection, actor, now)
    _move(connection, before, _by_account(connection, keys), actor, now)
    _judge(connection, keys, now)
    return Changes(
        tuple(value.key for value in new if value.key not in old),
        tuple(value.key for value in new if value.key in old),
        tuple(key for key, value in kept.items() if old.get(key) == value),
    )


def keep_national(
    connection: sa.Connection, said: Mapping[str, National], file: str, actor: str, now: datetime
) -> None:
    """Keep what an export of the national system says of these accounts."""
    save_national(connection, said)
    missing = sorted(key for key, value in said.items() if value.fields is None)
    after = {"file": file, "accounts": len(said), "missing": missing}
    audit(connection, actor, "national.import", file, None, after, now)
    _judge(connection, said, now)


@dataclass(frozen=True, slots=True)
class Loose:
    """What is judged beside accounts, by scope; `leads` are those scopes that are leads."""

    dossiers: Mapping[str, Dossier] = field(default_factory=dict)
    leads: Mapping[str, Lead] = field(default_factory=dict)


def loose(connection: sa.Connection) -> Loose:
    """Leads of a known unit and filings without an account: those that run, or have a case."""
    units = {each.key: each for each in load_units(connection)}
    cased = set(_scopes_with_cases(connection))
    leads = {
        scope: each
        for each in load_leads(connection, None if cased else "open")
        if each.unit in units and (each.state == "open" or f"{LEAD}{each.id}" in cased)
        for scope in (f"{LEAD}{each.id}",)
    }
    filings = [_loose(each, units[each.unit]) for each in _without_account(connection, cased)]
    found = {scope: _lead_dossier(scope, lead, units[lead.unit]) for scope, lead in leads.items()}
    return Loose(found | {each.account.key: each for each in filings}, leads)


def _lead_dossier(scope: str, value: Lead, unit: Unit) -> Dossier:
    name = value.name or value.handle
    return Dossier(Account(scope, value.platform, name, unit, url=value.url), Sight())


def _without_account(connection: sa.Connection, cased: Iterable[str]) -> tuple[Filing, ...]:
    query = sa.select(filing.c.key).where(filing.c.account == "", filing.c.ended_on.is_(None))
    keys = {*connection.scalars(query), *(each.removeprefix(FILING) for each in cased)}
    return load_filings(connection, keys=sorted(keys)) if keys else ()


def _loose(value: Filing, unit: Unit) -> Dossier:
    """A filing that has an account by now is judged there: here nothing is left of it."""
    name = value.account_name or value.key
    about = Account(f"{FILING}{value.key}", value.platform or "other", name, unit)
    return Dossier(about, Sight(), paper=Paper(() if value.account else (value,)))


def _scopes_with_cases(connection: sa.Connection) -> tuple[str, ...]:
    mine = sa.or_(cases.c.account.startswith(LEAD), cases.c.account.startswith(FILING))
    is_open = cases.c.state == sa.literal_column(f"'{CaseState.OPEN.value}'")
    return tuple(connection.scalars(sa.select(cases.c.account).where(is_open, mine).distinct()))


# -- leads -----------------------------------------------------------------------------------


def load_leads(connection: sa.Connection, state: str | None = None) -> tuple[Lead, ...]:
    """Leads, the newest first."""
    query = sa.select(lead).order_by(lead.c.found_at.desc(), lead.c.id.desc())
    if state is not None:
        query = query.where(lead.c.state == state)
    return tuple(_lead(row) for row in connection.execute(query).mappings())


def save_lead(connection: sa.Connection, value: Lead, actor: str, now: datetime) -> Lead:
    """Write a lead; one found again under its platform and handle is the same lead."""
    known = _known_lead(connection, value)
    values = _lead_row(value)
    if known is None:
        number = connection.scalar(lead.insert().values(values).returning(lead.c.id))
        audit(connection, actor, "lead.add", f"{LEAD}{number}", None, _plain(values), now)
        return replace(value, id=number)
    values |= {"found_at": known.found_at}
    old = _lead_row(known)
    if values != old:
        connection.execute(lead.update().where(lead.c.id == known.id).values(values))
        changed = [name for name in values if values[name] != old[name]]
        audit(
            connection,
            actor,
            "lead.change",
            f"{LEAD}{known.id}",
            _plain({name: old[name] for name in changed}),
            _plain({name: values[name] for name in changed}),
            now,
        )
    return replace(value, id=known.id, found_at=known.found_at)


def _known_lead(connection: sa.Connection, value: Lead) -> Lead | None:
    same = (lead.c.platform == value.platform, lead.c.handle == value.handle)
    query = sa.select(lead).where(*same if value.id is None else (lead.c.id == value.id,))
    row = connection.execute(query).mappings().first()
    return None if row is None else _lead(row)


_LEAD = tuple(name for name in Lead.__dataclass_fields__ if name != "unit")


def _lead(row: sa.RowMapping) -> Lead:
    return Lead(unit=row["unit_key"], **{name: row[name] for name in _LEAD})


def _lead_row(value: Lead) -> dict[str, Any]:
    names = (name for name in _LEAD if name != "id")
    return {name: getattr(value, name) for name in names} | {"unit_key": value.unit}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


# -- what follows from a filing --------------------------------------------------------------


def _note(
    connection: sa.Connection, old: Filing | None, new: Filing, actor: str, now: datetime
) -> None:
    """One audit line, with the fields that changed."""
    after = filing_json(new)
    if old is None:
        audit(connection, actor, "filing.add", f"{FILING}{new.key}", None, after, now)
        return
    before = filing_json(old)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    audit(
        connection,
        actor,
        "filing.change",
        f"{FILING}{new.key}",
        {name: before.get(name) for name in names},
        {name: after.get(name) for name in names},
        now,
    )


def _by_account(connection: sa.Connection, keys: Iterable[str]) -> dict[str, list[Filing]]:
    found: dict[str, list[Filing]] = {key: [] for key in sorted(keys)}
    for batch in chunks(found):
        for each in load_filings(connection, accounts=batch):
            found[each.account].append(each)
    return found


def _move(
    connection: sa.Connection,
    before: Mapping[str, list[Filing]],
    after: Mapping[str, list[Filing]],
    actor: str,
    now: datetime,
) -> None:
    """Let `filed_state` follow the filings where they say something else than before.

    A notice that is withdrawn gives the account back its life; an act that is struck out does too.
    """
    for key, filings in after.items():
        said = paper_state(filings)
        if said is paper_state(before[key]):
            continue
        state = said or FiledState.ACTIVE
        old = connection.scalar(sa.select(account.c.filed_state).where(account.c.key == key))
        if old is None or old == state.value:
            continue
        connection.execute(
            account.update().where(account.c.key == key).values(filed_state=state.value)
        )
        was, now_is = {"filed_state": old}, {"filed_state": state.value}
        audit(connection, actor, "register.change", key, was, now_is, now)


def _judge(connection: sa.Connection, keys: Iterable[str], now: datetime) -> None:
    for batch in chunks(sorted(keys)):
        ids = sa.select(account.c.id).where(account.c.key.in_(batch))
        connection.execute(watch.update().where(watch.c.account_id.in_(ids)).values(judge_at=now))
