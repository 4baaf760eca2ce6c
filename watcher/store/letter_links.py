"""Links of messages: made as a message leaves, used once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from watcher.model import Case
from watcher.rectifying import Deed
from watcher.store.cases import to_case
from watcher.store.rows import chunks, upsert
from watcher.store.schema import cases
from watcher.store.schema_letters import letter_link
from watcher.store.schema_paper import case_event


@dataclass(frozen=True, slots=True)
class LetterLink:
    """The link of a message to `target` about `cases`, and whether it was used. `acts`: it
    acknowledges them; else it only shows them."""

    target: str
    cases: tuple[int, ...]  # ids
    acts: bool
    nonce: bytes
    expires_at: datetime
    id: int = 0
    used_at: datetime | None = None
    used_by: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Who acknowledged a case, and when."""

    by: str
    at: datetime


def make_link(connection: sa.Connection, key: str, wanted: LetterLink, now: datetime) -> LetterLink:
    """The link of the message with this key: the one it had, where it is tried again.

    One that expired before its message arrived is made anew.
    """
    row = {
        "key": key,
        "target": wanted.target,
        "cases": list(wanted.cases),
        "acts": wanted.acts,
        "nonce": wanted.nonce.hex(),
        "made_at": now,
        "expires_at": wanted.expires_at,
    }
    connection.execute(upsert(connection, letter_link).on_conflict_do_nothing(), [row])
    stale = sa.and_(letter_link.c.key == key, letter_link.c.expires_at <= now)
    connection.execute(letter_link.update().where(stale).values(row | {"used_at": None}))
    found = connection.execute(sa.select(letter_link).where(letter_link.c.key == key))
    return _link(found.mappings().one())


def find_link(connection: sa.Connection, number: int, lock: bool = False) -> LetterLink | None:
    """The link of a number; `lock`: nobody else uses it before this transaction ends."""
    query = sa.select(letter_link).where(letter_link.c.id == number)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    return _link(row) if row else None


def use_link(connection: sa.Connection, number: int, by: str, now: datetime) -> None:
    """Note that it was used."""
    values = {"used_at": now, "used_by": by}
    connection.execute(letter_link.update().where(letter_link.c.id == number).values(values))


def prune_links(connection: sa.Connection, now: datetime, days: int) -> int:
    """Forget links that expired more than so many days ago; how many."""
    old = letter_link.c.expires_at < now - timedelta(days=days)
    return connection.execute(letter_link.delete().where(old)).rowcount


def cases_by_id(connection: sa.Connection, ids: Sequence[int]) -> tuple[Case, ...]:
    """These cases, in this order; what is not there is left out."""
    found: dict[int, Case] = {}
    for batch in chunks(ids):
        rows = connection.execute(sa.select(cases).where(cases.c.id.in_(batch))).mappings()
        found.update((row["id"], to_case(row)) for row in rows)
    return tuple(found[each] for each in ids if each in found)


def acknowledgements(connection: sa.Connection, ids: Sequence[int]) -> Mapping[int, Acknowledged]:
    """The last 签收 of each of these cases."""
    found: dict[int, Acknowledged] = {}
    for batch in chunks(ids):
        query = (
            sa.select(case_event.c.case_id, case_event.c.actor, case_event.c.at)
            .where(case_event.c.case_id.in_(batch), case_event.c.kind == Deed.ACK.value)
            .order_by(case_event.c.id)
        )
        for number, actor, at in connection.execute(query):
            found[number] = Acknowledged(actor, at)
    return found


def _link(row: sa.RowMapping) -> LetterLink:
    return LetterLink(
        target=row["target"],
        cases=tuple(row["cases"]),
        acts=bool(row["acts"]),
        nonce=bytes.fromhex(row["nonce"]),
        expires_at=row["expires_at"],
        id=row["id"],
        used_at=row["used_at"],
        used_by=row["used_by"],
    )
