"""All that was known of one account at a moment, for its file (一账号一档)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from watcher.annals import Record
from watcher.calendar import local
from watcher.history import Entered, History, Month, Package, Published, Shown, Vouched
from watcher.personal import masked
from watcher.rectifying import case_number
from watcher.store.annual import events, problems, units_as_of
from watcher.store.attestations import attestations
from watcher.store.cases import to_case
from watcher.store.columns import EPOCH, day_of, dumps
from watcher.store.register_tables import load_accounts
from watcher.store.rewind import rewound
from watcher.store.rows import account_row
from watcher.store.schema import account, audit_log, cases, daily, post, profile_version
from watcher.store.schema_paper import evidence_link

POSTS = 100  # the newest, listed; all are counted
_MOST = 10_000  # attestations of an account


def history(connection: sa.Connection, key: str, as_of: datetime) -> History | None:
    """The history of an account, without its record; None for one the register did not have."""
    rows = {each.key: _json(account_row(each)) for each in load_accounts(connection, [key])}
    row = rewound(connection, rows, as_of).get(key)
    units = units_as_of(connection, as_of)
    ident = connection.scalar(sa.select(account.c.id).where(account.c.key == key))
    if row is None or ident is None or row["unit_key"] not in units:
        return None
    posts = _posts(connection, ident, as_of)
    return History(
        key=key,
        register=row,
        unit=units[row["unit_key"]],
        record=None,
        entered=_entered(connection, key, as_of),
        shown=_shown(connection, ident, as_of),
        events=tuple(each for each in events(connection, as_of) if each.filing.account == key),
        months=_months(connection, ident, posts, as_of),
        posts=tuple(_published(each, as_of) for each in posts[:POSTS]),
        posts_known=len(posts),
        problems=problems(connection, EPOCH, as_of, as_of, key),
        vouched=_vouched(connection, key, as_of),
        packages=_packages(connection, key, as_of),
    )


def recorded(found: History, record: Record) -> History:
    """The history with the record of its last year."""
    return replace(found, record=record)


# -- inside ------------------------------------------------------------------------------------


def _json(value: Any) -> Any:
    return orjson.loads(dumps(value))


def _entered(connection: sa.Connection, key: str, as_of: datetime) -> tuple[Entered, ...]:
    query = (
        sa.select(audit_log)
        .where(audit_log.c.object == key, audit_log.c.at <= as_of)
        .where(audit_log.c.action.in_(("register.add", "register.change")))
        .order_by(audit_log.c.id)
    )
    return tuple(
        Entered(row.at, row.actor, row.before, row.after or {}) for row in connection.execute(query)
    )


def _shown(connection: sa.Connection, ident: int, as_of: datetime) -> tuple[Shown, ...]:
    faces = profile_version
    query = (
        sa.select(faces)
        .where(faces.c.account_id == ident, faces.c.seen_from <= as_of)
        .order_by(faces.c.seen_from)
    )
    return tuple(
        Shown(
            row.seen_from,
            row.seen_to if row.seen_to is not None and row.seen_to <= as_of else None,
            row.name,
            row.bio,
            row.verified,
            row.verified_as,
            row.avatar_sha256,
        )
        for row in connection.execute(query)
    )


def _posts(connection: sa.Connection, ident: int, as_of: datetime) -> list[sa.RowMapping]:
    """The newest first."""
    query = (
        sa.select(post.c.at, post.c.title, post.c.url, post.c.first_seen, post.c.removed_at)
        .where(post.c.account_id == ident, post.c.first_seen <= as_of, post.c.at <= as_of)
        .order_by(post.c.at.desc(), post.c.id)
    )
    return list(connection.execute(query).mappings())


def _published(row: sa.RowMapping, as_of: datetime) -> Published:
    gone = row["removed_at"]
    return Published(
        row["at"],
        masked(row["title"] or ""),
        row["url"] or "",
        row["first_seen"],
        gone if gone is not None and gone <= as_of else None,
    )


def _months(
    connection: sa.Connection, ident: int, posts: list[sa.RowMapping], as_of: datetime
) -> tuple[Month, ...]:
    """Every month with a post or a reading, oldest first."""
    counted = Counter(f"{local(row['at']):%Y-%m}" for row in posts)
    seen, tried = Counter[str](), Counter[str]()
    query = sa.select(daily).where(daily.c.account_id == ident, daily.c.day <= day_of(as_of))
    for row in connection.execute(query):
        name = f"{row.day:%Y-%m}"
        tried[name] += 1
        seen[name] += bool(row.complete or row.partial)
    names = sorted({*counted, *tried})
    return tuple(Month(name, counted[name], seen[name], tried[name]) for name in names)


def _vouched(connection: sa.Connection, key: str, as_of: datetime) -> tuple[Vouched, ...]:
    return tuple(
        Vouched(
            each.at,
            each.author,
            each.valid_until,
            each.last_post.at if each.last_post else None,
            each.evidence,
        )
        for each in reversed(attestations(connection, key, _MOST))
        if each.at <= as_of
    )


def _packages(connection: sa.Connection, key: str, as_of: datetime) -> tuple[Package, ...]:
    links = evidence_link
    query = (
        sa.select(links.c.number, links.c.at, links.c.kind, links.c.manifest, links.c.keep_until)
        .add_columns(links.c.case_id)
        .where(links.c.account == key, links.c.at <= as_of)
        .order_by(links.c.number)
    )
    rows = connection.execute(query).all()
    wanted = [row.case_id for row in rows if row.case_id is not None]
    found = connection.execute(sa.select(cases).where(cases.c.id.in_(wanted))).mappings()
    numbers = {row["id"]: case_number(to_case(row)) for row in found}
    return tuple(
        Package(
            row.number,
            row.at,
            row.kind,
            numbers.get(row.case_id, ""),
            row.manifest,
            row.keep_until <= as_of,
        )
        for row in rows
    )
