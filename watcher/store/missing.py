"""Posts that a complete list ought to show and does not: what their own pages say of them.

Missing is no deletion. Only a page that says twice, some hours apart, that its post is gone makes
one, while the account's other posts are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from watcher.reposts import SOON, is_version
from watcher.store.schema import account, post, watch

PAUSE = timedelta(hours=6)  # between two looks at one post, at the least
LONGEST = timedelta(days=30)  # a post that has been missing for longer is looked at no more
ENOUGH = 2  # looks that said "gone"


@dataclass(frozen=True, slots=True)
class MissingPost:
    """A post whose own page is to be asked."""

    account_id: int
    account: str  # key
    lane: str
    id: str
    url: str
    looks: int  # how many have said "gone" by now


def missing_posts(
    connection: sa.Connection, now: datetime, limit: int = 50
) -> tuple[MissingPost, ...]:
    """The posts to look at, those waiting longest first; only of accounts that are read."""
    rows = connection.execute(_DUE, {"now": now, "limit": limit, **_bounds(now)})
    return tuple(MissingPost(*row) for row in rows)


def note_look(
    connection: sa.Connection, missing: MissingPost, said: bool | None, now: datetime
) -> None:
    """Keep what a page said: gone, not gone, or (None) nothing that can be relied on.

    A post that came back into a list meanwhile is left alone.
    """
    looks = missing.looks + 1 if said else missing.looks
    values: dict[str, object] = {"gone_look_at": now, "gone_looks": looks}
    if said and looks >= ENOUGH:
        values["removed_at"] = now
    if said is False:
        values["gone_looks"] = 0
    connection.execute(
        post.update()
        .where(post.c.account_id == missing.account_id, post.c.id == missing.id)
        .where(post.c.missing_since.isnot(None), post.c.removed_at.is_(None))
        .values(values)
    )


def link_versions(connection: sa.Connection, now: datetime) -> int:
    """Note of new posts which deleted one they follow; how many were found."""
    found = 0
    gone = connection.execute(_GONE, {"since": now - 2 * SOON}).all()
    for old in gone:
        new = connection.execute(
            _AFTER,
            {
                "account": old.account_id,
                "low": old.missing_since - SOON,
                "high": old.missing_since + SOON,
            },
        )
        for row in new:
            times = (row.first_seen, old.title or "", old.first_seen, old.missing_since)
            if row.id != old.id and is_version(row.title or "", *times):
                connection.execute(
                    post.update()
                    .where(post.c.account_id == old.account_id, post.c.id == row.id)
                    .values(follows=old.id)
                )
                found += 1
                break
    return found


def _bounds(now: datetime) -> dict[str, datetime]:
    return {"looked_before": now - PAUSE, "missing_after": now - LONGEST}


_DUE = (
    sa.select(
        post.c.account_id, account.c.key, watch.c.lane, post.c.id, post.c.url, post.c.gone_looks
    )
    .select_from(post.join(account, account.c.id == post.c.account_id))
    .join(watch, watch.c.account_id == post.c.account_id)
    .where(
        post.c.missing_since >= sa.bindparam("missing_after"),
        post.c.missing_since <= sa.bindparam("now"),
        post.c.removed_at.is_(None),
        post.c.url.isnot(None),
        sa.or_(post.c.gone_look_at.is_(None), post.c.gone_look_at <= sa.bindparam("looked_before")),
        watch.c.enabled,
        watch.c.trouble.is_(None),
        watch.c.last_success_at >= post.c.missing_since,
    )
    .order_by(sa.func.coalesce(post.c.gone_look_at, post.c.missing_since), post.c.id)
    .limit(sa.bindparam("limit"))
)
_GONE = sa.select(
    post.c.account_id, post.c.id, post.c.title, post.c.first_seen, post.c.missing_since
).where(post.c.missing_since >= sa.bindparam("since"), post.c.removed_at.isnot(None))
_AFTER = (
    sa.select(post.c.id, post.c.title, post.c.first_seen)
    .where(
        post.c.account_id == sa.bindparam("account"),
        post.c.first_seen >= sa.bindparam("low"),
        post.c.first_seen <= sa.bindparam("high"),
        post.c.missing_since.is_(None),
        post.c.follows.is_(None),
    )
    .order_by(post.c.first_seen, post.c.id)
)
