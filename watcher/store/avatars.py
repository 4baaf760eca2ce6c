"""What came from the addresses of avatars, beside the face that shows them."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from watcher.faces import Face, Picture
from watcher.store.faces import face_json, to_face
from watcher.store.schema import account, profile_version, watch


def pictures_known(connection: sa.Connection) -> Mapping[str, Mapping[str, Picture]]:
    """What came from the addresses of avatars, by account and by the key of the address."""
    rows = connection.execute(
        sa.select(account.c.key, watch.c.face).join(watch).where(watch.c.face.isnot(None))
    )
    return {key: found.pictures for key, kept in rows if (found := to_face(kept)) is not None}


def keep_picture(
    connection: sa.Connection, key: str, avatar: str, face: Face, sha256: str, bits: str | None
) -> None:
    """Keep a face with what came from an address; the versions that show it bear its print."""
    this = sa.select(account.c.id).where(account.c.key == key).scalar_subquery()
    connection.execute(
        watch.update().where(watch.c.account_id == this).values(face=face_json(face))
    )
    if bits is not None:
        connection.execute(
            profile_version.update()
            .where(profile_version.c.account_id == this, profile_version.c.avatar == avatar)
            .values(avatar_sha256=sha256, avatar_print={"bits": bits})
        )


def units_showing(connection: sa.Connection, sha256: str, key: str) -> int:
    """How many units, beside that of this account, have shown exactly this picture."""
    mine = sa.select(account.c.unit_key).where(account.c.key == key).scalar_subquery()
    others = (
        sa.select(sa.func.count(sa.distinct(account.c.unit_key)))
        .join(profile_version, profile_version.c.account_id == account.c.id)
        .where(profile_version.c.avatar_sha256 == sha256, account.c.unit_key != mine)
    )
    return connection.scalar(others) or 0
