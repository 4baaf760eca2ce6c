"""What the register said of accounts and units in the course of time: the rows of now, with the
changes of the audit log undone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from watcher.annals import Question, Standing, UnitStanding
from watcher.calendar import midnight
from watcher.filings import FilingKind
from watcher.model import Exemption, FiledState
from watcher.store.schema import account, audit_log, unit, watch
from watcher.store.schema_paper import filing

_FIELDS = ("unit_key", "name", "platform", "filed_state", "enabled", "exemptions")
_DAYS = ("opened_on", "approved_on")
_UNIT = ("name", "kind", "daily_supervisor")
Change = tuple[datetime, Mapping[str, Any]]  # when, and what the changed fields were before


def accounts_on_paper(
    connection: sa.Connection, ask: Question
) -> Iterator[tuple[int, str, tuple[Standing, ...], datetime, date | None]]:
    """Small number, key, standings, since when it is watched, from when on it owes updates; by
    key. Accounts entered after the cut-off are left out."""
    changes = _changes(connection, units=False)
    stops = _stops(connection)
    rows = connection.execute(_ACCOUNTS, {"as_of": ask.as_of}).mappings()
    for row in sorted(rows, key=lambda each: str(each["key"])):
        key = row["key"]
        turns = _turns(
            {name: row[name] for name in (*_FIELDS, *_DAYS)}, changes.get(key), ask.as_of
        )
        born = max(filter(None, (_day(turns[-1][1][name]) for name in _DAYS)), default=None)
        standings = [_standing(since, state) for since, state in turns]
        kept = tuple(_earlier(standings, stops.get(key, ())))
        yield row["id"], key, kept, row["watched_since"], born


def units_on_paper(
    connection: sa.Connection, as_of: datetime
) -> dict[str, tuple[UnitStanding, ...]]:
    """Every unit by key, oldest standing first."""
    changes = _changes(connection, units=True)
    found = {}
    for row in connection.execute(sa.select(unit).order_by(unit.c.key)).mappings():
        turns = _turns(dict(row), changes.get(row["key"]), as_of)
        found[row["key"]] = tuple(
            UnitStanding(since, *(str(state[name]) for name in _UNIT)) for since, state in turns
        )
    return found


_ACCOUNTS = (
    sa.select(*(account.c[name] for name in ("id", "key", *_FIELDS, *_DAYS)), watch.c.watched_since)
    .join(watch, watch.c.account_id == account.c.id)
    .where(watch.c.watched_since <= sa.bindparam("as_of", type_=watch.c.watched_since.type))
)


def _changes(connection: sa.Connection, units: bool) -> dict[str, list[Change]]:
    """The changes of each account, or of each unit, oldest first."""
    about_unit = audit_log.c.object.startswith("unit:")
    query = (
        sa.select(audit_log.c.object, audit_log.c.at, audit_log.c.before)
        .where(
            audit_log.c.action == "register.change", about_unit if units else sa.not_(about_unit)
        )
        .order_by(audit_log.c.id)
    )
    found: dict[str, list[Change]] = {}
    for about, at, before in connection.execute(query):
        key = about.removeprefix("unit:") if units else about
        found.setdefault(key, []).append((at, before or {}))
    return found


def _turns(
    now: Mapping[str, Any], changes: list[Change] | None, as_of: datetime
) -> list[tuple[datetime | None, Mapping[str, Any]]]:
    """What stood from when on, oldest first; what came after the cut-off is undone."""
    state, turns = dict(now), []
    for at, before in reversed(changes or []):
        known = {name: value for name, value in before.items() if name in state}
        if known and at <= as_of:
            turns.append((at, dict(state)))
        state |= known
    return [(None, state), *reversed(turns)]


def _standing(since: datetime | None, state: Mapping[str, Any]) -> Standing:
    return Standing(
        since,
        str(state["unit_key"]),
        str(state["name"]),
        str(state["platform"]),
        FiledState(state["filed_state"]),
        bool(state["enabled"]),
        tuple(_exemption(each) for each in state["exemptions"] or ()),
    )


def _exemption(value: Mapping[str, Any]) -> Exemption:
    until = value.get("until")
    return Exemption(
        tuple(value["rules"]),
        value.get("reason", ""),
        value.get("approver", ""),
        date.fromisoformat(until) if until else None,
    )


def _day(value: Any) -> date | None:
    """A day of the row, or of the audit log, where it is text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


# -- acts on paper ---------------------------------------------------------------------------------


def _stops(connection: sa.Connection) -> dict[str, tuple[date, ...]]:
    """The days on which accounts were suspended or deregistered, or their notice began."""
    query = sa.select(filing.c.account, filing.c.notice_from, filing.c.carried_out_on).where(
        filing.c.account != "",
        filing.c.kind.in_([FilingKind.SUSPEND.value, FilingKind.DEREGISTER.value]),
        filing.c.ended_on.is_(None),
    )
    found: dict[str, list[date]] = {}
    for key, notice, done in connection.execute(query):
        days = [day for day in (notice, done) if day is not None]
        found.setdefault(key, []).extend(days)
    return {key: tuple(sorted(days)) for key, days in found.items()}


def _earlier(standings: list[Standing], stops: tuple[date, ...]) -> Iterator[Standing]:
    """The register hears of a suspension late: it holds from the day on its filing, where that is
    earlier, so that no week after it counts against anybody."""
    before: Standing | None = None
    for each in standings:
        since = each.since
        stopped = before is not None and before.state is FiledState.ACTIVE is not each.state
        if since is not None and before is not None and stopped:
            floor = before.since or midnight(date(1970, 1, 1)) + timedelta(days=1)
            days = [midnight(day) for day in stops if floor < midnight(day) < since]
            each = replace(each, since=min([*days, since]))
        before = each
        yield each
