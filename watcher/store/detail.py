"""All that is known of one account, for the page and the command that show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from watcher.model import Account, Attestation, Case, CaseState, Post, Profile, Sight
from watcher.personal import masked
from watcher.store.attestations import attestations
from watcher.store.cases import list_cases
from watcher.store.census import states_of
from watcher.store.overview import AccountState
from watcher.store.posts import read_flags
from watcher.store.readings import dossiers
from watcher.store.schema import account, post

MOST_ATTESTATIONS = 50


@dataclass(frozen=True, slots=True)
class ListedPost:
    """A post with the source that saw it last."""

    post: Post
    source: str
    first_seen: datetime
    last_seen: datetime
    missing_since: datetime | None
    backdatable: bool
    removed_at: datetime | None = None  # its own page said twice that it is gone
    follows: str = ""  # id of the post taken down, of which this is another version


@dataclass(frozen=True, slots=True)
class AccountDetail:
    """One account: what paper says, what we know, its posts from one on, people's word, cases."""

    account: Account
    sight: Sight
    profile: Profile | None
    state: AccountState
    posts: tuple[ListedPost, ...]
    posts_total: int
    attestations: tuple[Attestation, ...]
    cases: tuple[Case, ...]  # the open ones


def account_detail(
    connection: sa.Connection, key: str, now: datetime, first: int = 0, count: int = 20
) -> AccountDetail | None:
    """So many posts, newest first, and all the rest; None for no such account."""
    dossier = dossiers(connection, [key], now).get(key)
    if dossier is None:
        return None
    return AccountDetail(
        account=dossier.account,
        sight=dossier.sight,
        profile=dossier.profile,
        state=states_of(connection, [key])[key],
        posts=tuple(
            _listed(row)
            for row in connection.execute(_POSTS, {"key": key, "first": first, "count": count})
        ),
        posts_total=connection.scalar(_TOTAL, {"key": key}) or 0,
        attestations=attestations(connection, key, MOST_ATTESTATIONS),
        cases=list_cases(connection, CaseState.OPEN, key),
    )


def _listed(row: sa.Row[tuple[object, ...]]) -> ListedPost:
    repost, pinned, day_only = read_flags(row.flags)
    title = masked(row.title or "")
    shown = Post(row.id, row.at, title, row.url, repost, pinned, row.edited_at, day_only)
    return ListedPost(
        shown,
        row.source,
        row.first_seen,
        row.last_seen,
        row.missing_since,
        row.backdatable,
        row.removed_at,
        row.follows or "",
    )


_MINE = post.c.account_id == (
    sa.select(account.c.id).where(account.c.key == sa.bindparam("key")).scalar_subquery()
)
_POSTS = (
    sa.select(post)
    .where(_MINE)
    .order_by(post.c.at.desc(), post.c.id)
    .limit(sa.bindparam("count"))
    .offset(sa.bindparam("first"))
)
_TOTAL = sa.select(sa.func.count()).select_from(post).where(_MINE)
