"""Posts and faces: what changed is written, what did not is left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from watcher.model import Coverage, Post, Profile, Sight, Snapshot, StoredPost
from watcher.personal import covered, personal_in
from watcher.store.columns import from_ms, to_ms
from watcher.store.prepared import prepared
from watcher.store.rows import chunks
from watcher.store.schema import post, profile_version
from watcher.store.sights import backdatable

_REPOST, _PINNED, DAY_ONLY = 1, 2, 4
_FACE = ("name", "bio", "avatar", "verified", "verified_as")  # a change of these is a change
_ALL = ("handle", *_FACE, "verified_type", "traits")
_face_of = attrgetter(*_ALL)
MOST = 15  # newest posts in a dossier; backdatable ones come on top


@dataclass(frozen=True, slots=True)
class Shown:
    """A reading that shows something new, beside what was known before it."""

    account_id: int
    snapshot: Snapshot
    before: Sight
    covered_by: str | None
    profile: Profile | None


_PLAIN: Mapping[str, Any] = {
    "account_id": sa.BigInteger(),
    **dict.fromkeys(("flags", "gone_looks"), sa.SmallInteger()),
    "backdatable": sa.Boolean(),
    **dict.fromkeys(("id", "title", "url", "source", "follows"), sa.Text()),
    **dict.fromkeys(
        (
            *("at", "edited_at", "first_seen", "last_seen"),
            *("missing_since", "gone_look_at", "removed_at"),
        ),
        sa.BigInteger(),
    ),
}
# Plain integers: these rows are many, and converting each value by type doubles their cost.
_post = sa.table("post", *(sa.column(column.name, _PLAIN[column.name]) for column in post.c))


def _upsert(insert: Any) -> Any:
    """A post seen again keeps when it was first seen; an exact time is never lost to a day."""
    statement = insert(_post)
    new = statement.excluded
    # The platform names no time of an edit: it was before we saw another text by the same source.
    retitled = sa.case(
        (sa.and_(_post.c.source == new.source, _post.c.title != new.title), new.last_seen)
    )
    coarser = sa.and_(new.flags.op("&")(DAY_ONLY) != 0, _post.c.flags.op("&")(DAY_ONLY) == 0)
    return statement.on_conflict_do_update(
        index_elements=["account_id", "id"],
        set_={
            "at": sa.case((coarser, _post.c.at), else_=new.at),
            "flags": sa.case(
                (coarser, new.flags.op("-")(DAY_ONLY)),
                else_=new.flags,
            ),
            "title": new.title,
            "url": sa.func.coalesce(new.url, _post.c.url),
            "edited_at": sa.func.coalesce(new.edited_at, retitled, _post.c.edited_at),
            "last_seen": sa.case(
                (new.last_seen > _post.c.last_seen, new.last_seen), else_=_post.c.last_seen
            ),
            "missing_since": None,
            "gone_looks": 0,
            "gone_look_at": None,
            "removed_at": None,
            "source": new.source,
        },
    )


_UPSERT = {
    "sqlite": prepared(_upsert(sqlite.insert)),
    "postgresql": prepared(_upsert(postgresql.insert)),
}
_MISSING = prepared(
    _post.update()
    .where(
        _post.c.account_id == sa.bindparam("b_account"),
        _post.c.at > sa.bindparam("b_low", type_=sa.BigInteger),
        _post.c.at <= sa.bindparam("b_high", type_=sa.BigInteger),
        _post.c.last_seen < sa.bindparam("b_at", type_=sa.BigInteger),
        _post.c.source == sa.bindparam("b_source"),
        _post.c.missing_since.is_(None),
    )
    .values(missing_since=sa.bindparam("b_at", type_=sa.BigInteger))
)


def write_posts(connection: sa.Connection, shown: Sequence[Shown]) -> None:
    """Keep the posts shown; mark those that a complete list ought to show and does not."""
    rows = [_row(one, each) for one in shown for each in one.snapshot.sighting.posts]
    _UPSERT[connection.dialect.name](connection, rows)
    absent = [_absence(one) for one in shown if one.snapshot.sighting.coverage is Coverage.COMPLETE]
    _MISSING(connection, absent)


def _row(one: Shown, value: Post) -> dict[str, Any]:
    at = to_ms(one.snapshot.at)
    return {
        "account_id": one.account_id,
        "id": value.id,
        "at": to_ms(value.at),
        "title": value.title or None,
        "url": value.url,
        "flags": _REPOST * value.repost + _PINNED * value.pinned + DAY_ONLY * value.day_only,
        "backdatable": backdatable(one.before, one.covered_by, value, one.snapshot),
        "edited_at": None if value.edited_at is None else to_ms(value.edited_at),
        "first_seen": at,
        "last_seen": at,
        "missing_since": None,
        "source": one.snapshot.source,
        "gone_looks": 0,
    }


def _absence(one: Shown) -> dict[str, Any]:
    sighting = one.snapshot.sighting
    return {
        "b_account": one.account_id,
        "b_low": -(2**62) if sighting.reaches is None else to_ms(sighting.reaches),
        "b_high": to_ms(sighting.until or one.snapshot.at),
        "b_at": to_ms(one.snapshot.at),
        "b_source": one.snapshot.source,
    }


def recent_posts(
    connection: sa.Connection, ids: Iterable[int], since: datetime
) -> dict[int, tuple[StoredPost, ...]]:
    """The MOST newest posts of each account since a moment, and its backdatable ones."""
    found: dict[int, list[StoredPost]] = {}
    for batch in chunks(ids):
        rows = connection.execute(_RECENT, {"ids": batch, "since": to_ms(since)})
        for account_id, *values in rows:
            found.setdefault(account_id, []).append(_stored(*values))
    return {account_id: tuple(posts) for account_id, posts in found.items()}


_other = _post.alias("newer")
_RECENT = (
    sa.select(
        *(
            _post.c[name]
            for name in [
                "account_id",
                "id",
                "at",
                "title",
                "url",
                "flags",
                "edited_at",
                "first_seen",
                "backdatable",
                "source",
                "missing_since",
                "removed_at",
                "follows",
            ]
        )
    )
    .where(
        _post.c.account_id.in_(sa.bindparam("ids", expanding=True)),
        _post.c.at >= sa.bindparam("since", type_=sa.BigInteger),
        sa.or_(
            _post.c.backdatable,
            # the time of the last that counts as new, found in the index
            _post.c.at
            >= sa.func.coalesce(
                sa.select(_other.c.at)
                .where(_other.c.account_id == _post.c.account_id)
                .order_by(_other.c.at.desc())
                .limit(1)
                .offset(MOST - 1)
                .scalar_subquery(),
                -(2**62),
            ),
        ),
    )
    .order_by(_post.c.account_id, _post.c.at.desc(), _post.c.id)
)


@lru_cache(1 << 13)  # a reading mostly shows what the one before it showed
def _stored(
    ident: str,
    at: int,
    title: str | None,
    url: str | None,
    flags: int,
    edited_at: int | None,
    first_seen: int,
    backdatable: bool,
    source: str,
    missing_since: int | None,
    removed_at: int | None,
    follows: str | None,
) -> StoredPost:
    repost, pinned, day_only = read_flags(flags)
    value = Post(ident, from_ms(at), title or "", url, repost, pinned, _at(edited_at), day_only)
    found = personal_in(value.title)
    return StoredPost(
        covered(value) if found.any else value,
        from_ms(first_seen),
        backdatable,
        source,
        found.ids,
        found.mobiles,
        _at(missing_since),
        _at(removed_at),
        follows or "",
    )


def _at(value: int | None) -> datetime | None:
    return None if value is None else from_ms(value)


def read_flags(flags: int) -> tuple[bool, bool, bool]:
    """Whether a post is a forward, is pinned, and is known to the day only."""
    return bool(flags & _REPOST), bool(flags & _PINNED), bool(flags & DAY_ONLY)


def merged(old: Profile | None, new: Profile | None) -> Profile | None:
    """The face now: what this reading does not show stays as it was."""
    if old is None or new is None:
        return new or old
    values = {name: getattr(new, name) for name in Profile.__dataclass_fields__}
    known = {name: getattr(old, name) if one is None else one for name, one in values.items()}
    if old.traits and new.traits:  # each is some other source's: what one does not show stays
        known["traits"] = {**old.traits, **new.traits}
    return Profile(**known)


def renewed(old: Profile | None, new: Profile | None) -> bool:
    """Whether the face now is another than before, and not only better known.

    A trait that comes up is new: a rule counts how long each has stood.
    """
    if old is None or new is None:
        return old is not new
    changed = any(getattr(old, name) not in (None, getattr(new, name)) for name in _FACE)
    return changed or (old.traits or {}) != (new.traits or {})


def write_profiles(connection: sa.Connection, shown: Iterable[Shown]) -> None:
    """A new version where something known changed; what was unknown is filled in."""
    closing, adding, filling = [], [], []
    for one in shown:
        old, new = one.profile, merged(one.profile, one.snapshot.sighting.profile)
        if new is None or (old is not None and _face_of(new) == _face_of(old)):
            continue
        row = {f"b_{name}": getattr(new, name) for name in _ALL}
        row |= {"b_account": one.account_id, "b_at": one.snapshot.at}
        if old is None:
            adding.append(row)
        elif renewed(old, new):
            closing.append({"b_account": one.account_id, "b_at": one.snapshot.at})
            adding.append(row)
        else:
            filling.append(row)
    add = _ADD[connection.dialect.name]
    for statement, rows in ((_CLOSE, closing), (add, adding), (_FILL, filling)):
        if rows:
            connection.execute(statement, rows)


def count_looks(connection: sa.Connection, looked: Sequence[tuple[int, int, datetime]]) -> None:
    """Note of faces how many readings showed them and, once, when that was confirmed."""
    rows = [{"b_account": ident, "b_looks": looks, "b_at": at} for ident, looks, at in looked]
    if rows:
        connection.execute(_LOOKED, rows)


_CURRENT = sa.and_(
    profile_version.c.account_id == sa.bindparam("b_account"), profile_version.c.seen_to.is_(None)
)
_VALUES: dict[str, Any] = {name: sa.bindparam(f"b_{name}") for name in _ALL}
_CLOSE = profile_version.update().where(_CURRENT).values(seen_to=sa.bindparam("b_at"))
_FILL = profile_version.update().where(_CURRENT).values(_VALUES)
_AT = sa.bindparam("b_at", type_=profile_version.c.confirmed_at.type)
_LOOKED = (
    profile_version.update()
    .where(_CURRENT)
    .values(
        looks=sa.bindparam("b_looks"),
        confirmed_at=sa.func.coalesce(profile_version.c.confirmed_at, _AT),
    )
)


def _adding(insert: Any) -> Any:
    """Of two faces shown at one moment the later told one stays."""
    statement = insert(profile_version).values(
        account_id=sa.bindparam("b_account"), seen_from=sa.bindparam("b_at"), **_VALUES
    )
    new = {name: statement.excluded[name] for name in _ALL}
    return statement.on_conflict_do_update(
        index_elements=["account_id", "seen_from"], set_={**new, "seen_to": None}
    )


_ADD = {"sqlite": _adding(sqlite.insert), "postgresql": _adding(postgresql.insert)}
