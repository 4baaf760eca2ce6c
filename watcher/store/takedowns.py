"""Letters to platforms about candidates, and what candidates are held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.candidates import SCOPE, Candidate, Suspect, Takedown
from watcher.store.audit import audit
from watcher.store.register_tables import load_accounts
from watcher.store.rows import chunks
from watcher.store.schema import account, profile_version, watch
from watcher.store.schema_candidates import takedown

_LETTER = tuple(name for name in Takedown.__dataclass_fields__ if name != "candidate")


def save_takedown(
    connection: sa.Connection, value: Takedown, actor: str, now: datetime
) -> Takedown:
    """Write a letter, or what came of it; audited. Raises IntegrityError for a number in use."""
    values = {name: getattr(value, name) for name in _LETTER if name != "id"}
    values |= {"candidate_id": value.candidate}
    before: dict[str, Any] | None = None
    if value.id is None:
        number = connection.scalar(takedown.insert().values(values).returning(takedown.c.id))
        kept = replace(value, id=number)
    else:
        where = takedown.c.id == value.id
        row = connection.execute(sa.select(takedown).where(where)).mappings().one()
        before = _plain({name: row[name] for name in values if row[name] != values[name]})
        connection.execute(takedown.update().where(where).values(values))
        kept = value
    after = _plain(values if before is None else {name: values[name] for name in before})
    name = f"{SCOPE}{value.candidate}"
    audit(connection, actor, "candidate.letter", name, before, after, now)
    return kept


def takedowns(
    connection: sa.Connection, numbers: Iterable[int] | None = None
) -> tuple[Takedown, ...]:
    """Letters about these candidates, or about all; the oldest first."""
    query = sa.select(takedown).order_by(takedown.c.id)
    if numbers is not None:
        query = query.where(takedown.c.candidate_id.in_(list(numbers)))
    return tuple(
        Takedown(candidate=row["candidate_id"], **{name: row[name] for name in _LETTER})
        for row in connection.execute(query).mappings()
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


# -- what they are held against ---------------------------------------------------------------


def suspects(connection: sa.Connection, found: Iterable[Candidate]) -> tuple[Suspect, ...]:
    """These candidates with their letters and the accounts they are held against."""
    found = tuple(found)
    letters: dict[int, list[Takedown]] = {each.id: [] for each in found}
    for batch in chunks(letters):
        for letter in takedowns(connection, batch):
            letters[letter.candidate].append(letter)
    keys = sorted({each.judgement.account for each in found if each.judgement} - {""})
    accounts = {a.key: a for batch in chunks(keys) for a in load_accounts(connection, batch)}
    return tuple(
        Suspect(
            each,
            tuple(letters[each.id]),
            accounts.get(each.judgement.account) if each.judgement else None,
        )
        for each in found
    )


@dataclass(frozen=True, slots=True)
class RegisterFace:
    """What a registered account shows: introduction, avatar as the SHA-256 of its bytes."""

    bio: str | None
    avatar_sha256: str
    followers: int | None


def register_faces(connection: sa.Connection) -> Mapping[str, RegisterFace]:
    """The present face of every account that was ever seen, by its key."""
    now = sa.and_(profile_version.c.account_id == account.c.id, profile_version.c.seen_to.is_(None))
    query = (
        sa.select(
            account.c.key,
            profile_version.c.bio,
            profile_version.c.avatar_sha256,
            watch.c.followers,
        )
        .join(profile_version, now)
        .join(watch, watch.c.account_id == account.c.id)
    )
    return {key: RegisterFace(bio, sha or "", n) for key, bio, sha, n in connection.execute(query)}
