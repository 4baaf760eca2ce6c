"""Open cases, candidates and letters to platforms, counted by the database for the metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

import sqlalchemy as sa

from watcher.candidates import SCOPE
from watcher.model import CaseState
from watcher.store.filed import FILING, LEAD
from watcher.store.rows import chunks
from watcher.store.schema import account, cases, unit
from watcher.store.schema_candidates import candidate, takedown
from watcher.store.schema_paper import filing, lead
from watcher.units import OFFICE, UNIT


def open_by_office(
    connection: sa.Connection, today: date
) -> Mapping[tuple[str | None, str | None, str, str, str], int]:
    """Open cases by daily supervisor as units spell it, platform, rule, level and term.

    None where a case concerns no unit or no platform; a look-alike's is the office of the unit it
    resembles, which is to act on it. Terms: "answered" (反馈), "none" (there is
    none, or nobody was told yet), "provisional", then "late", "today" or "later" by `today`, a
    day in Beijing.
    """
    said = {"today": today, "open": CaseState.OPEN.value}
    rows = connection.execute(_OPEN, said).all()
    victims = _victims(connection, {row[1] for row in rows if row[1] is not None})
    counted: Counter[tuple[str | None, str | None, str, str, str]] = Counter()
    for row in rows:
        counted[victims.get(row[1], row[0]), row[2], row[3], row[4], row[5]] += row[6]
    return counted


def whose_cases(connection: sa.Connection) -> Mapping[int, tuple[str | None, str | None]]:
    """The daily supervisor, as units spell it, and the platform of each open case, by its id."""
    rows = connection.execute(_WHOSE, {"open": CaseState.OPEN.value}).all()
    victims = _victims(connection, {row[2] for row in rows if row[2] is not None})
    return {row[0]: (victims.get(row[2], row[1]), row[3]) for row in rows}


def candidates_by_state(connection: sa.Connection) -> Mapping[tuple[str, str], int]:
    """Look-alikes by platform and state."""
    return {(row[0], row[1]): row[2] for row in connection.execute(_CANDIDATES)}


def takedowns_by_step(connection: sa.Connection) -> Mapping[str, int]:
    """Letters to platforms: "made", "sent", "received" (a receipt came), "settled" (a result)."""
    return {row[0]: row[1] for row in connection.execute(_TAKEDOWNS)}


def leads_by_state(connection: sa.Connection) -> Mapping[str, int]:
    """Leads about accounts outside the register, by state."""
    return {row[0]: row[1] for row in connection.execute(_LEADS)}


def _victims(connection: sa.Connection, suspects: Iterable[int]) -> Mapping[int | None, str]:
    """The daily supervisor of the unit that each of these candidates resembles, where there is
    one."""
    likes: dict[int, str] = {}
    for part in chunks(sorted(suspects)):
        query = sa.select(candidate.c.id, candidate.c.judgement).where(candidate.c.id.in_(part))
        for number, judgement in connection.execute(query):
            likes[number] = (judgement or {}).get("account", "")
    offices: dict[str, str] = {}
    joined = sa.select(account.c.key, unit.c.daily_supervisor).select_from(
        account.join(unit, unit.c.key == account.c.unit_key)
    )
    for keys in chunks(sorted({key for key in likes.values() if key})):
        rows = connection.execute(joined.where(account.c.key.in_(keys)))
        offices.update((row[0], row[1]) for row in rows)
    return {number: offices[key] for number, key in likes.items() if key in offices}


def _after(scope: str) -> sa.ColumnElement[str]:
    """What follows the scope in a case's account; NULL where the case is of another scope."""
    rest = sa.func.substr(cases.c.account, len(scope) + 1)
    return sa.case((cases.c.account.startswith(scope, autoescape=True), rest), else_=None)


def _number(scope: str) -> sa.ColumnElement[int]:
    return sa.cast(_after(scope), sa.BigInteger)


_UNIT = sa.func.coalesce(account.c.unit_key, filing.c.unit_key, lead.c.unit_key, _after(UNIT))
_TERM = sa.case(
    (cases.c.feedback_at.is_not(None), "answered"),
    (sa.or_(cases.c.due_on.is_(None), cases.c.told_at.is_(None)), "none"),
    (cases.c.due_from.is_not(None), "provisional"),
    (cases.c.due_on < sa.bindparam("today"), "late"),
    (cases.c.due_on == sa.bindparam("today"), "today"),
    else_="later",
)
_OFFICE = sa.func.coalesce(unit.c.daily_supervisor, _after(OFFICE)).label("office")
_PLATFORM = sa.func.coalesce(
    account.c.platform, filing.c.platform, lead.c.platform, candidate.c.platform
).label("platform")
_JOINED = (
    cases.outerjoin(account, account.c.key == cases.c.account)
    .outerjoin(filing, filing.c.key == _after(FILING))
    .outerjoin(lead, lead.c.id == _number(LEAD))
    .outerjoin(candidate, candidate.c.id == _number(SCOPE))
    .outerjoin(unit, unit.c.key == _UNIT)
)
_IS_OPEN = cases.c.state == sa.bindparam("open")
_SUSPECT = candidate.c.id.label("suspect")
_WHOSE = sa.select(cases.c.id, _OFFICE, _SUSPECT, _PLATFORM).select_from(_JOINED).where(_IS_OPEN)
_LOOKED_UP = (
    sa.select(_OFFICE, _SUSPECT, _PLATFORM, cases.c.rule, cases.c.level, _TERM.label("term"))
    .select_from(_JOINED)
    .where(_IS_OPEN)
    .subquery()
)
_OPEN = sa.select(*_LOOKED_UP.c, sa.func.count()).group_by(*_LOOKED_UP.c)
_CANDIDATES = sa.select(candidate.c.platform, candidate.c.state, sa.func.count()).group_by(
    candidate.c.platform, candidate.c.state
)
_STEP = sa.case(
    (takedown.c.result_at.is_not(None), "settled"),
    (takedown.c.received_at.is_not(None), "received"),
    (takedown.c.sent_at.is_not(None), "sent"),
    else_="made",
).label("step")
_STEPS = sa.select(_STEP).subquery()
_TAKEDOWNS = sa.select(_STEPS.c.step, sa.func.count()).group_by(_STEPS.c.step)
_LEADS = sa.select(lead.c.state, sa.func.count()).group_by(lead.c.state)
