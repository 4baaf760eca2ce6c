"""人工核验: what people saw, and what becomes of it when a complete list says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from watcher.model import ATTEST, Attestation, Coverage, Post, Snapshot
from watcher.personal import masked
from watcher.store.columns import EPOCH, to_ms
from watcher.store.posts import DAY_ONLY
from watcher.store.rows import chunks
from watcher.store.schema import account, post
from watcher.store.schema_service import attestation

DAY = timedelta(days=1)
_NAMES = (
    *("at", "valid_until", "author", "evidence", "evidence_name", "evidence_size"),
    *("name", "note", "id"),
)


def save_attestation(connection: sa.Connection, value: Attestation) -> Attestation:
    """Keep what somebody saw; returns it with its number. Raises LookupError for no account."""
    query = sa.select(account.c.id).where(account.c.key == value.account)
    ident = connection.scalar(query)
    if ident is None:
        raise LookupError(value.account)
    last = value.last_post
    row = {name: getattr(value, name) for name in _NAMES if name != "id"} | {
        "account_id": ident,
        "last_post_at": last and last.at,
        "last_post_title": last.title if last else "",
        "last_post_url": (last.url or "") if last else "",
    }
    statement = attestation.insert().returning(attestation.c.id)
    return replace(value, id=connection.scalar(statement, row))


def attestations(
    connection: sa.Connection, key: str, limit: int | None = None
) -> tuple[Attestation, ...]:
    """What people saw of an account, the newest first."""
    query = (
        sa.select(attestation)
        .join(account, account.c.id == attestation.c.account_id)
        .where(account.c.key == key)
        .order_by(attestation.c.at.desc(), attestation.c.id.desc())
        .limit(limit)
    )
    return tuple(_value(key, row) for row in connection.execute(query).mappings())


def _value(key: str, row: sa.RowMapping) -> Attestation:
    at = row["last_post_at"]
    title = masked(row["last_post_title"])
    last = at and Post(pseudo_id(row["id"]), at, title, row["last_post_url"])
    return Attestation(account=key, last_post=last, **{name: row[name] for name in _NAMES})


def pseudo_id(number: int | None) -> str:
    """The id of a post that only a person told of: no platform gave it one."""
    return f"{ATTEST}:{number}"


def refuted(
    connection: sa.Connection, seen: Iterable[tuple[int, Snapshot]]
) -> Mapping[int, frozenset[str]]:
    """Forget the posts that people told of and that a complete list ought to show and does not.

    `seen` are readings by account number; the answer says which ids went, by account number. A
    later attestation is such a list too. A machine lists the same post by its own id.
    """
    lists = {ident: s for ident, s in seen if s.sighting.coverage is Coverage.COMPLETE}
    found: dict[int, set[str]] = {}
    for batch in chunks(lists):
        for ident, name, at, flags in connection.execute(_TOLD, {"ids": batch}):
            latest = at + to_ms(EPOCH + DAY) if flags & DAY_ONLY else at
            if _ought_to_show(lists[ident], at, latest) and not _shows(lists[ident], name):
                found.setdefault(ident, set()).add(name)
    gone = [{"b_account": ident, "b_id": name} for ident, names in found.items() for name in names]
    if gone:
        connection.execute(_FORGET, gone)
    return {ident: frozenset(names) for ident, names in found.items()}


def _ought_to_show(snapshot: Snapshot, at: int, latest: int) -> bool:
    """Whether the list covers the time of a post; of one on its very end it shows the real one."""
    sighting = snapshot.sighting
    reaches, until = sighting.reaches, sighting.until or snapshot.at
    return (reaches is None or latest >= to_ms(reaches)) and at <= to_ms(until)


def _shows(snapshot: Snapshot, ident: str) -> bool:
    return any(each.id == ident for each in snapshot.sighting.posts)


# By the attestations, which are few, and not by the posts, which are many.
_TOLD = (
    sa.select(post.c.account_id, post.c.id, sa.type_coerce(post.c.at, sa.BigInteger), post.c.flags)
    .select_from(attestation)
    .join(
        post,
        sa.and_(
            post.c.account_id == attestation.c.account_id,
            post.c.id == sa.literal(f"{ATTEST}:") + sa.cast(attestation.c.id, sa.Text),
        ),
    )
    .where(attestation.c.account_id.in_(sa.bindparam("ids", expanding=True)))
)
_FORGET = post.delete().where(
    post.c.account_id == sa.bindparam("b_account"), post.c.id == sa.bindparam("b_id")
)
