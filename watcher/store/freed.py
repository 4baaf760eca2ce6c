"""Names that deregistered accounts set free, and who is known to bear names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from watcher.model import Account, FiledState, Profile
from watcher.store.register_tables import load_accounts
from watcher.store.rows import chunks
from watcher.store.schema import account, profile_version
from watcher.store.schema_candidates import candidate
from watcher.store.schema_paper import lead


def deregistered(connection: sa.Connection) -> tuple[Account, ...]:
    """The accounts that are deregistered on paper, by key."""
    wanted = account.c.filed_state == FiledState.DEREGISTERED.value
    return load_accounts(connection, connection.scalars(sa.select(account.c.key).where(wanted)))


def faces_shown(
    connection: sa.Connection, keys: Iterable[str]
) -> Mapping[str, tuple[tuple[Profile, bool], ...]]:
    """What our own readings showed on the pages of these accounts: each face, and whether it is
    the one shown now."""
    found: dict[str, list[tuple[Profile, bool]]] = {}
    columns = ("handle", "name", "verified_as", "seen_to")
    query = sa.select(account.c.key, *(profile_version.c[name] for name in columns))
    query = query.join_from(account, profile_version).order_by(profile_version.c.seen_from)
    for batch in chunks(keys):
        for row in connection.execute(query.where(account.c.key.in_(batch))):
            face = Profile(row.handle, row.name, verified_as=row.verified_as)
            found.setdefault(row.key, []).append((face, row.seen_to is None))
    return {key: tuple(faces) for key, faces in found.items()}


def suspects_since(
    connection: sa.Connection, platforms: Iterable[str], since: datetime | None
) -> tuple[tuple[str, str, str, Profile], ...]:
    """Candidates of these platforms that were seen since then: platform, handle, address, face.

    Those that people ended or that are a unit's own are left out.
    """
    table, over = candidate.c, ("dismissed", "own")
    query = sa.select(table.platform, table.handle, table.url, table.profile).where(
        table.platform.in_(list(platforms)), table.state.not_in(over)
    )
    if since is not None:
        query = query.where(table.last_seen >= since)
    rows = connection.execute(query.order_by(table.id))
    return tuple((row.platform, row.handle, row.url, Profile(**row.profile)) for row in rows)


def is_known(connection: sa.Connection, platform: str, handle: str) -> bool:
    """Whether an account is in the register under this id, or is or was a lead already."""
    same = (account.c.platform == platform, account.c.platform_id == handle)
    if connection.scalar(sa.select(account.c.id).where(*same)) is not None:
        return True
    found = sa.select(lead.c.id).where(lead.c.platform == platform, lead.c.handle == handle)
    return connection.scalar(found) is not None
