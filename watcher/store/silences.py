"""Silences, and what they held back; the letters they hold wait in the outbox as `silenced`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.model import Letter, Why
from watcher.quiet import Silence
from watcher.store.columns import Moment
from watcher.store.outbox import letter_row
from watcher.store.rows import chunks, upsert
from watcher.store.schema import account, cases, outbox, unit, watch
from watcher.store.schema_letters import held_notice, silence

SILENCED, DROPPED = "silenced", "dropped"  # states of letters
_READ = ("account_name", "unit_name")  # from the register, never kept
_NAMES = tuple(name for name in Silence.__dataclass_fields__ if name not in ("id", *_READ))
_NEVER_SAID = "静默期间没有发出"


@dataclass(frozen=True, slots=True)
class Held:
    """What a silence held back of one case: the first time, reminders, the end …"""

    silence_id: int
    case_id: int
    why: str  # first, reminder, escalation, step, resolved
    at: datetime
    letters: int  # to so many targets


@dataclass(frozen=True, slots=True)
class QuietLetter:
    """A letter that waits in the outbox for the end of a silence, or might have to."""

    id: int
    case_id: int
    target: str
    why: Why


# -- silences --------------------------------------------------------------------------------


def add_silence(connection: sa.Connection, value: Silence) -> Silence:
    """Keep a silence; returns it with its number and the names it is about."""
    row = {name: getattr(value, name) for name in _NAMES}
    number = connection.scalar(silence.insert().returning(silence.c.id), row)
    (kept,) = _silences(connection, silence.c.id == number)
    return kept


def open_silences(connection: sa.Connection) -> tuple[Silence, ...]:
    """Silences whose end was not told yet, whether they still last or not."""
    return _silences(connection, silence.c.concluded_at.is_(None))


def list_silences(connection: sa.Connection, limit: int = 1000) -> tuple[Silence, ...]:
    """All silences there ever were, the newest first."""
    query = _named().order_by(silence.c.id.desc()).limit(limit)
    return tuple(_silence(row) for row in connection.execute(query).mappings())


def find_silence(connection: sa.Connection, number: int) -> Silence | None:
    """The silence of a number, held until this transaction ends."""
    query = _named().where(silence.c.id == number).with_for_update(of=silence)
    row = connection.execute(query).mappings().first()
    return _silence(row) if row else None


def save_silence(connection: sa.Connection, value: Silence) -> None:
    """Write what became of a silence: who ended it, and when its end was told."""
    names = ("ended_at", "ended_by", "concluded_at")
    values = {name: getattr(value, name) for name in names}
    connection.execute(silence.update().where(silence.c.id == value.id).values(values))


def _silences(connection: sa.Connection, which: sa.ColumnElement[bool]) -> tuple[Silence, ...]:
    query = _named().where(which).order_by(silence.c.id)
    return tuple(_silence(row) for row in connection.execute(query).mappings())


def _named() -> sa.Select[Any]:
    """Silences with the names of whom they are about: the account's, or that of the case's."""
    about = sa.func.coalesce(sa.func.nullif(silence.c.account, ""), cases.c.account)
    joined = (
        silence.outerjoin(cases, cases.c.id == silence.c.case_id)
        .outerjoin(account, account.c.key == about)
        .outerjoin(unit, unit.c.key == silence.c.unit)
    )
    names = account.c.name.label("account_name"), unit.c.name.label("unit_name")
    return sa.select(silence, *names).select_from(joined)


def _silence(row: sa.RowMapping) -> Silence:
    names: dict[str, Any] = {name: row[name] or "" for name in _READ}
    return Silence(id=row["id"], **{name: row[name] for name in _NAMES}, **names)


# -- what they held --------------------------------------------------------------------------


def note_held(connection: sa.Connection, rows: Iterable[Held]) -> None:
    """Note what was held back; each kind of news about a case counts once."""
    values = [
        {
            "silence_id": each.silence_id,
            "case_id": each.case_id,
            "why": each.why,
            "at": each.at,
            "letters": each.letters,
        }
        for each in rows
    ]
    if values:
        connection.execute(upsert(connection, held_notice).on_conflict_do_nothing(), values)


def held_by(connection: sa.Connection, numbers: Sequence[int]) -> Mapping[int, tuple[Held, ...]]:
    """What each of these silences held back, oldest first."""
    found: dict[int, list[Held]] = {number: [] for number in numbers}
    for batch in chunks(numbers):
        query = sa.select(held_notice).where(held_notice.c.silence_id.in_(batch))
        for row in connection.execute(query.order_by(held_notice.c.at, held_notice.c.case_id)):
            number, case_id, why, at, letters = row
            found[number].append(Held(number, case_id, why, at, letters))
    return {number: tuple(each) for number, each in found.items()}


def pass_on(connection: sa.Connection, held: Iterable[Held], heir: int) -> None:
    """Let another silence answer for these: the case is still held by it."""
    for each in held:
        same = sa.and_(
            held_notice.c.silence_id == each.silence_id,
            held_notice.c.case_id == each.case_id,
            held_notice.c.why == each.why,
        )
        connection.execute(held_notice.delete().where(same))
        note_held(connection, [replace(each, silence_id=heir)])


# -- letters ---------------------------------------------------------------------------------


def put_silenced(connection: sa.Connection, letters: Iterable[Letter]) -> None:
    """Put letters into the outbox that wait for the end of a silence."""
    rows = [letter_row(each) | {"state": SILENCED} for each in letters]
    if rows:
        connection.execute(upsert(connection, outbox).on_conflict_do_nothing(), rows)


def waiting_letters(connection: sa.Connection) -> tuple[QuietLetter, ...]:
    """Letters about cases that were decided and have not left: they wait for morning, say."""
    return _letters(connection, sa.and_(outbox.c.state == "pending", outbox.c.case_id.isnot(None)))


def silenced_letters(
    connection: sa.Connection, cases: Sequence[int]
) -> Mapping[int, tuple[QuietLetter, ...]]:
    """The letters about these cases that wait for the end of a silence, oldest first."""
    found: dict[int, list[QuietLetter]] = {each: [] for each in cases}
    for batch in chunks(cases):
        which = sa.and_(outbox.c.state == SILENCED, outbox.c.case_id.in_(batch))
        for letter in _letters(connection, which):
            found[letter.case_id].append(letter)
    return {each: tuple(letters) for each, letters in found.items()}


def cases_told(connection: sa.Connection, cases: Sequence[int]) -> frozenset[int]:
    """Those of these cases of which a letter has left, or is leaving."""
    found: set[int] = set()
    left = outbox.c.state.not_in((SILENCED, DROPPED))
    for batch in chunks(cases):
        query = sa.select(outbox.c.case_id).where(left, outbox.c.case_id.in_(batch)).distinct()
        found.update(connection.scalars(query))
    return frozenset(found)


def silence_letters(connection: sa.Connection, ids: Sequence[int]) -> None:
    """Let these wait for the end of a silence; one that is just leaving leaves."""
    _become(connection, ids, "pending", {"state": SILENCED})


def release_letters(connection: sa.Connection, ids: Sequence[int], now: datetime) -> None:
    """Let these leave, not before they were to."""
    moment = sa.literal(now, Moment())
    due = sa.case((outbox.c.not_before > now, outbox.c.not_before), else_=moment)
    values = {"state": "pending", "due_at": due}
    _become(connection, ids, SILENCED, values)


def drop_letters(connection: sa.Connection, ids: Sequence[int], now: datetime) -> None:
    """Never send these: what they say is over, or said anew."""
    values = {"state": DROPPED, "done_at": now, "last_error": _NEVER_SAID}
    _become(connection, ids, SILENCED, values)


def judge_soon(connection: sa.Connection, keys: Sequence[str], now: datetime) -> None:
    """Let these accounts be judged at once: what was held back of them may be said."""
    for batch in chunks(keys):
        chosen = sa.select(account.c.id).where(account.c.key.in_(batch))
        this = watch.c.account_id.in_(chosen)
        connection.execute(watch.update().where(this).values(judge_at=now))


def _become(
    connection: sa.Connection, ids: Sequence[int], from_: str, values: Mapping[str, Any]
) -> None:
    for batch in chunks(ids):
        these = sa.and_(outbox.c.id.in_(batch), outbox.c.state == from_)
        connection.execute(outbox.update().where(these).values(values))


def _letters(connection: sa.Connection, which: sa.ColumnElement[bool]) -> tuple[QuietLetter, ...]:
    columns = (outbox.c.id, outbox.c.case_id, outbox.c.target, outbox.c.why)
    rows = connection.execute(sa.select(*columns).where(which).order_by(outbox.c.id))
    return tuple(QuietLetter(id_, case, target, Why(why)) for id_, case, target, why in rows)
