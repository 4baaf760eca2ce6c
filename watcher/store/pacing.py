"""When each robot was posted to last: one row a robot, so that a cap outlives the process."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import sqlalchemy as sa

from watcher.store.audit import set_mark
from watcher.store.schema import mark

_POSTED = "posted "


def posted(connection: sa.Connection, robot: str) -> tuple[datetime, ...]:
    """The moments of the posts that were noted; the row is held until the transaction ends."""
    query = sa.select(mark.c.value).where(mark.c.name == _POSTED + robot).with_for_update()
    value = connection.scalar(query) or ""
    return tuple(datetime.fromtimestamp(float(each), UTC) for each in value.split())


def note_posted(connection: sa.Connection, robot: str, moments: Iterable[datetime]) -> None:
    """Note these moments, and no others."""
    value = " ".join(f"{moment.timestamp():.3f}" for moment in moments)
    set_mark(connection, _POSTED + robot, value)
