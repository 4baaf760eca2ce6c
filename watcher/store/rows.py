"""Rows to values and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from watcher.model import (
    Absence,
    Account,
    Exemption,
    FiledState,
    Look,
    PageRef,
    Person,
    Post,
    Profile,
    Sight,
    Source,
    Trouble,
    Unit,
    UnitKind,
)
from watcher.personal import masked
from watcher.store.columns import from_ms, to_ms
from watcher.store.schema import account, profile_version, unit, watch

_PLAIN = [
    "key",
    "platform",
    "name",
    "url",
    "platform_id",
    "opened_on",
    "approved_on",
    "filed_on",
    "filed_subject",
    "verified",
    "followers",
    "section",
    "email",
    "reason",
    "approval",
    "note",
    "enabled",
]
_UNIT = ("key", "name", "daily_supervisor", "approval_authority", "first_reviewer")

ACCOUNT_COLUMNS = (
    *(column for column in account.c if column.name not in ("id", "unit_key")),
    *(column.label(f"unit_{column.name}") for column in unit.c),
)
PROFILE_COLUMNS = tuple(
    profile_version.c[name].label(f"profile_{name}")
    for name in (
        "handle",
        "name",
        "bio",
        "avatar",
        "verified",
        "verified_type",
        "verified_as",
        "traits",
    )
)
PROFILE_SINCE = profile_version.c.seen_from.label("profile_since")
WATCH_COLUMNS = tuple(
    column.label(f"watch_{column.name}") if column.name in ("enabled", "followers") else column
    for column in watch.c
)
# All that a dossier rests on but its posts: one row for an account.
DOSSIER = sa.select(*ACCOUNT_COLUMNS, *WATCH_COLUMNS, *PROFILE_COLUMNS, PROFILE_SINCE).select_from(
    account.join(unit)
    .join(watch)
    .outerjoin(
        profile_version,
        sa.and_(profile_version.c.account_id == account.c.id, profile_version.c.seen_to.is_(None)),
    )
)


def unit_row(value: Unit) -> dict[str, Any]:
    return {name: getattr(value, name) for name in _UNIT} | {"kind": value.kind.value}


def account_row(value: Account) -> dict[str, Any]:
    return {name: getattr(value, name) for name in _PLAIN} | {
        "unit_key": value.unit.key,
        "filed_state": value.filed_state.value,
        "sources": value.sources,
        "lead": value.lead,
        "contact": value.contact,
        "exemptions": value.exemptions,
    }


def to_unit(row: Mapping[Any, Any], prefix: str = "unit_") -> Unit:
    kept = {name: row[prefix + name] for name in _UNIT}
    return Unit(kind=UnitKind(row[f"{prefix}kind"]), **kept)


def to_account(row: Mapping[Any, Any]) -> Account:
    """An account from a row that holds ACCOUNT_COLUMNS."""
    return Account(
        unit=to_unit(row),
        sources=tuple(Source(**source) for source in row["sources"]),
        filed_state=FiledState(row["filed_state"]),
        lead=Person(**row["lead"]),
        contact=Person(**row["contact"]),
        exemptions=tuple(_exemption(value) for value in row["exemptions"]),
        **{name: row[name] for name in _PLAIN},
    )


def _exemption(value: Mapping[str, Any]) -> Exemption:
    until = value["until"]
    return Exemption(
        rules=tuple(value["rules"]),
        reason=value["reason"],
        approver=value["approver"],
        until=date.fromisoformat(until) if until else None,
    )


def to_sight(row: sa.RowMapping) -> Sight:
    """What we know, from a row that holds WATCH_COLUMNS."""
    return Sight(
        covered_from=row["covered_from"],
        covered_to=row["covered_to"],
        watched_since=row["watched_since"],
        last_reading_at=row["last_reading_at"],
        last_success_at=row["last_success_at"],
        trouble=Trouble(row["trouble"]) if row["trouble"] else None,
        trouble_detail=row["trouble_detail"],
        trouble_since=row["trouble_since"],
        failures=row["failures"],
        source=row["source"],
        pages=to_pages(row["pages"]),
        last_post=to_post(row["last_post"]) if row["last_post"] else None,
        looks=_looks(row["looks"]),
        absent_since=row["absent_since"],
        absent_looks=row["absent_looks"],
        absent_by=row["absent_by"] or {},
        absent_last=row["absent_last"],
        banned=_absence(row["banned"]),
        absent_pages=to_pages(row["absent_pages"]),
        absent_before=_absence(row["absent_before"]),
        attested_until=row["attested_until"],
        listed=row["listed"],
        listed_usual=row["listed_usual"],
    )


def _absence(value: list[Any] | None) -> Absence | None:
    if value is None:
        return None
    since, until, looks, by = value
    return Absence(from_ms(since), from_ms(until), looks, by)


def absence_json(value: Absence | None) -> list[Any] | None:
    """An absence as JSON, where moments are milliseconds."""
    if value is None:
        return None
    return [to_ms(value.since), to_ms(value.until), value.looks, dict(value.by)]


def _looks(values: Iterable[list[Any]] | None) -> tuple[Look, ...]:
    return tuple(
        Look(source, result, detail, posts, *(None if ms is None else from_ms(ms) for ms in times))
        for source, result, detail, posts, *times in values or ()
    )


def looks_json(looks: Iterable[Look]) -> list[list[Any]]:
    return [
        [
            *(look.source, look.result, look.detail, look.posts),
            *(moment and to_ms(moment) for moment in (look.newest, look.at)),
        ]
        for look in looks
    ]


def to_pages(values: Iterable[list[Any]] | None) -> tuple[PageRef, ...]:
    """Pages from their JSON, where moments are milliseconds."""
    return tuple(PageRef(url, status, sha, from_ms(at)) for url, status, sha, at in values or ())


def pages_json(pages: Iterable[PageRef]) -> list[list[Any]]:
    return [[page.url, page.status, page.sha256, to_ms(page.at)] for page in pages]


def to_post(value: Mapping[str, Any]) -> Post:
    """A post from its JSON, where moments are milliseconds."""
    edited = value["edited_at"]
    return Post(
        id=value["id"],
        at=from_ms(value["at"]),
        title=masked(value["title"]),
        url=value["url"],
        repost=value["repost"],
        pinned=value["pinned"],
        edited_at=None if edited is None else from_ms(edited),
        day_only=value["day_only"],
    )


def post_json(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "at": to_ms(post.at),
        "title": post.title,
        "url": post.url,
        "repost": post.repost,
        "pinned": post.pinned,
        "edited_at": None if post.edited_at is None else to_ms(post.edited_at),
        "day_only": post.day_only,
    }


def to_profile(row: sa.RowMapping) -> Profile | None:
    """The face last seen, from a row that holds PROFILE_COLUMNS and WATCH_COLUMNS."""
    if row["profile_handle"] is None:
        return None
    face = {column.name: row[column.name] for column in PROFILE_COLUMNS}
    return Profile(
        **{name.removeprefix("profile_"): value for name, value in face.items()},
        followers=row["watch_followers"],
        post_count=row["post_count"],
    )


def chunks(values: Iterable[Any], size: int = 500) -> Iterable[list[Any]]:
    """Pieces small enough for one statement."""
    rest = list(values)
    return (rest[start : start + size] for start in range(0, len(rest), size))


def upsert(connection: sa.Connection, table: sa.Table) -> Any:
    """An INSERT that knows ON CONFLICT, in the dialect of the connection."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
