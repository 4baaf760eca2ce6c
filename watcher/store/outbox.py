"""The outbox: letters decided in one transaction with their cases, and sent by a separate loop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from watcher.model import Letter, Level, Why
from watcher.store.rows import chunks, upsert
from watcher.store.schema import outbox


def enqueue(connection: sa.Connection, letters: Iterable[Letter]) -> int:
    """Put letters in; one whose key is there already is ignored. Returns how many were new.

    A letter that came after others of its kind makes them wait for it, no longer in all than its
    `patience`: what trickles in becomes one message.
    """
    made = list(letters)
    rows = [letter_row(letter) for letter in made]
    if not rows:
        return 0
    before = connection.scalar(_HOW_MANY, {"keys": [row["key"] for row in rows]}) or 0
    connection.execute(upsert(connection, outbox).on_conflict_do_nothing(), rows)
    last = {(each.target, each.merge): each for each in made if each.merge and each.patience}
    for letter in last.values():
        _gather(connection, letter)
    return len({row["key"] for row in rows}) - before


def _gather(connection: sa.Connection, letter: Letter) -> None:
    """Let the letters of its kind that still wait wait for this one.

    Where it may leave only later than the first of them may wait (night has come), they go ahead.
    """
    kind = {"to": letter.target, "kind": letter.merge}
    first = connection.scalar(_FIRST, kind)
    if first is not None and letter.not_before <= first + letter.patience:
        connection.execute(_WAIT, {**kind, "at": letter.not_before})


_HOW_MANY = (
    sa.select(sa.func.count())
    .select_from(outbox)
    .where(outbox.c.key.in_(sa.bindparam("keys", expanding=True)))
)


def take_letters(
    connection: sa.Connection, now: datetime, lease: timedelta, limit: int = 50
) -> tuple[tuple[Letter, ...], ...]:
    """Letters to send now, longest due first; each group becomes one message to one target.

    They are the caller's until the lease ends. One taken before whose fate was never noted comes
    back with `possibly_sent`. `attempts` counts the tries before this one. `limit` bounds the
    letters that start a group; their due companions (same target and merge key) come along.
    """
    first = connection.execute(_DUE, {"now": now, "wanted": limit}).mappings().all()
    keys = {(row["target"], row["merge"]) for row in first if row["merge"]}
    rows = {row["id"]: row for row in first}
    for batch in chunks(keys):
        mates = connection.execute(_MATES, {"now": now, "groups": batch}).mappings()
        rows.update((row["id"], row) for row in mates)
    for ids in chunks(rows):
        connection.execute(_TAKE, {"ids": ids, "until": now + lease})
    groups: dict[Any, list[Letter]] = {}
    for row in rows.values():
        group = (row["target"], row["merge"]) if row["merge"] else row["id"]
        groups.setdefault(group, []).append(_letter(row))
    return tuple(tuple(group) for group in groups.values())


_OPEN = outbox.c.state.in_([sa.literal_column("'pending'"), sa.literal_column("'sending'")])
# Those of one kind that were not tried yet; the first term is that of the partial index.
_FRESH = sa.and_(
    _OPEN,
    outbox.c.target == sa.bindparam("to"),
    outbox.c.merge == sa.bindparam("kind"),
    outbox.c.state == "pending",
    outbox.c.attempts == 0,
    sa.not_(outbox.c.possibly_sent),
)
_FIRST = sa.select(sa.func.min(outbox.c.not_before)).where(_FRESH)
_WAIT = (
    outbox.update()
    .where(_FRESH, outbox.c.due_at < sa.bindparam("at"))
    .values(due_at=sa.bindparam("at"))
)
_READY = sa.and_(_OPEN, outbox.c.due_at <= sa.bindparam("now"))
_ORDER = (outbox.c.due_at, outbox.c.id)
_DUE = (
    sa.select(outbox)
    .where(_READY)
    .order_by(*_ORDER)
    .limit(sa.bindparam("wanted"))
    .with_for_update(skip_locked=True)
)
_MATES = (
    sa.select(outbox)
    .where(
        _READY,
        sa.tuple_(outbox.c.target, outbox.c.merge).in_(sa.bindparam("groups", expanding=True)),
    )
    .order_by(*_ORDER)
    .with_for_update(skip_locked=True)
)
_IDS = outbox.c.id.in_(sa.bindparam("ids", expanding=True))
_TAKE = (
    outbox.update()
    .where(_IDS)
    .values(
        possibly_sent=sa.or_(outbox.c.possibly_sent, outbox.c.state == "sending"),
        state="sending",
        due_at=sa.bindparam("until"),
        attempts=outbox.c.attempts + 1,
    )
)


def mark_sent(
    connection: sa.Connection, ids: Sequence[int], provider_id: str, now: datetime
) -> None:
    """Note that a group went out as one message: the first letter is sent, the rest merged."""
    done = {"provider_id": provider_id, "done_at": now, "last_error": ""}
    for part, state in ((ids[:1], "sent"), (ids[1:], "merged")):
        for batch in chunks(part):
            values = done | {"state": state}
            connection.execute(outbox.update().where(outbox.c.id.in_(batch)).values(values))


def put_back(connection: sa.Connection, ids: Sequence[int], until: datetime) -> None:
    """Give back letters that were taken and not tried; they may be taken again from `until`."""
    still = outbox.c.state == "sending"
    values = {"state": "pending", "due_at": until, "attempts": outbox.c.attempts - 1}
    for batch in chunks(ids):
        connection.execute(outbox.update().where(outbox.c.id.in_(batch), still).values(values))


def mark_failed(
    connection: sa.Connection,
    ids: Sequence[int],
    error: str,
    next_try: datetime | None,
    now: datetime,
    uncertain: bool = False,
) -> None:
    """Note why a try failed; it comes again at `next_try`, never again where that is None.

    `uncertain`: it may have arrived all the same, and the next message must say so.
    """
    values: dict[str, Any] = {"last_error": error}
    if uncertain:
        values["possibly_sent"] = True
    if next_try is None:
        values |= {"state": "failed", "done_at": now}
    else:
        values |= {"state": "pending", "due_at": next_try}
    for batch in chunks(ids):
        still = outbox.c.state == "sending"  # a message that went out after all stays sent
        connection.execute(outbox.update().where(outbox.c.id.in_(batch), still).values(values))


def letter_row(letter: Letter) -> dict[str, Any]:
    """A letter as the outbox keeps it."""
    return {
        "key": letter.key,
        "target": letter.target,
        "why": letter.why.value,
        "level": letter.level.value,
        "title": letter.title,
        "body": letter.body,
        "short": letter.short,
        "not_before": letter.not_before,
        "merge": letter.merge,
        "case_id": letter.case_id,
        "state": "pending",
        "due_at": letter.not_before,
        "attempts": letter.attempts,
        "possibly_sent": letter.possibly_sent,
    }


def _letter(row: sa.RowMapping) -> Letter:
    return Letter(
        key=row["key"],
        target=row["target"],
        why=Why(row["why"]),
        level=Level(row["level"]),
        title=row["title"],
        body=row["body"],
        short=row["short"],
        not_before=row["not_before"],
        merge=row["merge"],
        case_id=row["case_id"],
        id=row["id"],
        attempts=row["attempts"],
        possibly_sent=row["possibly_sent"] or row["state"] == "sending",
    )
