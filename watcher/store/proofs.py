"""Packages of evidence: which cases want one, the chain of their links, the files they need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa

from watcher.model import Case
from watcher.store.audit import get_mark, set_mark
from watcher.store.cases import to_case
from watcher.store.rows import chunks
from watcher.store.schema import cases, mark
from watcher.store.schema_paper import evidence_file, evidence_link

_HEAD = "evidence_head"  # number and link of the last package, so that none goes from the end
_STAMP = "evidence_stamp_"  # hash of the time stamp of a link, by its number


@dataclass(frozen=True, slots=True)
class Link:
    """One package in the chain."""

    number: int
    at: datetime
    case_id: int | None
    account: str
    kind: str
    level: str
    keep_until: datetime
    manifest: str
    link: str
    stamp: bytes | None = None
    state: str = "kept"


_FIELDS = tuple(Link.__dataclass_fields__)


def unproved(connection: sa.Connection, limit: int = 1000) -> tuple[Case, ...]:
    """Open cases about accounts without a package, or without one since they turned red."""
    made = sa.select(evidence_link.c.number).where(
        evidence_link.c.case_id == cases.c.id, evidence_link.c.kind == "case"
    )
    red = made.where(evidence_link.c.level == "red")
    query = (
        sa.select(cases)
        .where(
            *_ABOUT_ACCOUNTS,
            sa.or_(~made.exists(), sa.and_(cases.c.level == "red", ~red.exists())),
        )
        .order_by(cases.c.id.desc())
        .limit(limit)
    )
    return tuple(to_case(row) for row in connection.execute(query).mappings())


def unpictured(connection: sa.Connection, limit: int = 100) -> tuple[Case, ...]:
    """Open cases with a package, of whose page no picture was tried yet; oldest first."""
    made = sa.select(evidence_link.c.number).where(evidence_link.c.case_id == cases.c.id)
    page = made.where(evidence_link.c.kind == "page")
    query = (
        sa.select(cases)
        .where(*_ABOUT_ACCOUNTS, made.exists(), ~page.exists())
        .order_by(cases.c.id)
        .limit(limit)
    )
    return tuple(to_case(row) for row in connection.execute(query).mappings())


_ABOUT_ACCOUNTS = (
    cases.c.state == sa.literal_column("'open'"),
    cases.c.account != "",
    sa.not_(cases.c.rule.startswith("SYS")),
)


def add_link(connection: sa.Connection, new: Link, files: Mapping[str, tuple[str, int]]) -> None:
    """Register a package whose files are on the disk. Raises IntegrityError where another came
    before it: then its number is taken."""
    connection.execute(evidence_link.insert(), {name: getattr(new, name) for name in _FIELDS})
    rows = [
        {"sha256": digest, "number": new.number, "name": name, "size": size}
        for digest, (name, size) in files.items()
    ]
    connection.execute(evidence_file.insert(), rows)
    set_mark(connection, _HEAD, f"{new.number} {new.link}")


def last_link(connection: sa.Connection) -> Link | None:
    """The end of the chain."""
    query = sa.select(evidence_link).order_by(evidence_link.c.number.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return _link(row) if row else None


def links(connection: sa.Connection, case_id: int | None = None) -> tuple[Link, ...]:
    """The chain, or what of it is about one case; in order."""
    query = sa.select(evidence_link).order_by(evidence_link.c.number)
    if case_id is not None:
        query = query.where(evidence_link.c.case_id == case_id)
    return tuple(_link(row) for row in connection.execute(query).mappings())


def link_before(connection: sa.Connection, number: int) -> str | None:
    """The link that one was made over; None for the first."""
    query = sa.select(evidence_link.c.link).where(evidence_link.c.number == number - 1)
    return connection.scalar(query)


def _link(row: sa.RowMapping) -> Link:
    return Link(**{name: row[name] for name in _FIELDS})


def evidence_files(connection: sa.Connection) -> Mapping[int, Mapping[str, tuple[str, int]]]:
    """The registered files by number of their package: hash to name and size."""
    found: dict[int, dict[str, tuple[str, int]]] = {}
    for row in connection.execute(sa.select(evidence_file)).mappings():
        found.setdefault(row["number"], {})[row["sha256"]] = (row["name"], row["size"])
    return found


def evidence_head(connection: sa.Connection) -> str | None:
    """Number and link of the last package as they were noted beside the chain."""
    return get_mark(connection, _HEAD)


def evidence_bytes(connection: sa.Connection) -> int:
    """Bytes of all files that are kept, each counted once."""
    sizes = _kept().group_by(evidence_file.c.sha256).subquery()
    return int(connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(sizes.c.size), 0))) or 0)


def _kept() -> sa.Select[tuple[str, int]]:
    """Files that must be on the disk: those of packages that have not expired, all manifests."""
    return (
        sa.select(evidence_file.c.sha256, sa.func.max(evidence_file.c.size).label("size"))
        .join(evidence_link, evidence_link.c.number == evidence_file.c.number)
        .where(sa.or_(evidence_link.c.state == "kept", evidence_file.c.name == "manifest.json"))
    )


def kept_among(connection: sa.Connection, digests: Iterable[str]) -> frozenset[str]:
    """Those of these hashes whose files must be on the disk."""
    found: set[str] = set()
    for batch in chunks(digests):
        query = _kept().where(evidence_file.c.sha256.in_(batch)).group_by(evidence_file.c.sha256)
        found.update(row.sha256 for row in connection.execute(query))
    return frozenset(found)


def kept_files(connection: sa.Connection) -> frozenset[str]:
    """The hashes of all files that must be on the disk."""
    found = connection.execute(_kept().group_by(evidence_file.c.sha256))
    return frozenset(row.sha256 for row in found)


def expire(connection: sa.Connection, now: datetime, limit: int = 200) -> frozenset[str]:
    """Let packages of closed cases expire whose time is over; the hashes of their files."""
    query = (
        sa.select(evidence_link.c.number)
        .join(cases, cases.c.id == evidence_link.c.case_id)
        .where(
            evidence_link.c.state == "kept",
            evidence_link.c.keep_until < now,
            cases.c.state == "closed",
        )
        .limit(limit)
    )
    numbers = list(connection.scalars(query))
    if not numbers:
        return frozenset()
    theirs = sa.select(evidence_file.c.sha256).where(evidence_file.c.number.in_(numbers))
    digests = frozenset(connection.scalars(theirs))
    over = evidence_link.update().where(evidence_link.c.number.in_(numbers))
    connection.execute(over.values(state="expired"))
    return digests


def evidence_of(connection: sa.Connection, ids: Collection[int]) -> Mapping[int, str]:
    """The hash of the first manifest of each of these cases that has one."""
    found: dict[int, str] = {}
    for batch in chunks(ids):
        query = (
            sa.select(evidence_link.c.case_id, evidence_link.c.manifest)
            .where(evidence_link.c.case_id.in_(batch))
            .order_by(evidence_link.c.number)
        )
        for row in connection.execute(query):
            found.setdefault(row.case_id, row.manifest)
    return found


def page_pictures(
    connection: sa.Connection, ids: Collection[int]
) -> Mapping[int, tuple[str, datetime]]:
    """The newest picture of the page of each of these cases: its hash, and when it was kept."""
    query = (
        sa.select(evidence_link.c.case_id, evidence_file.c.sha256, evidence_link.c.at)
        .join(evidence_file, evidence_file.c.number == evidence_link.c.number)
        .where(
            evidence_link.c.case_id.in_(ids),
            evidence_link.c.kind == "page",
            evidence_link.c.state == "kept",
            evidence_file.c.name == "screenshot.png",
        )
        .order_by(evidence_link.c.number)
    )
    return {row.case_id: (row.sha256, row.at) for row in connection.execute(query)}


def unstamped(connection: sa.Connection, midnight: datetime, days: int = 30) -> tuple[Link, ...]:
    """The last links of the days before `midnight` (one of Beijing's) that bear no time stamp."""
    day = timedelta(days=1)
    query = sa.select(evidence_link).where(
        evidence_link.c.at >= midnight - days * day, evidence_link.c.at < midnight
    )
    last: dict[int, Link] = {}
    for row in connection.execute(query.order_by(evidence_link.c.number)).mappings():
        last[(midnight - row["at"]) // day] = _link(row)
    found = [link for link in last.values() if link.stamp is None]
    return tuple(sorted(found, key=lambda link: link.number))


def set_stamp(connection: sa.Connection, number: int, stamp: bytes) -> None:
    """Keep the time stamp of a link, and its hash apart from it."""
    one = evidence_link.update().where(
        evidence_link.c.number == number, evidence_link.c.stamp.is_(None)
    )
    if connection.execute(one.values(stamp=stamp)).rowcount:
        set_mark(connection, f"{_STAMP}{number}", sha256(stamp).hexdigest())


def stamp_marks(connection: sa.Connection) -> Mapping[int, str]:
    """The hashes of all time stamps, by the number of their link."""
    query = sa.select(mark).where(mark.c.name.startswith(_STAMP, autoescape=True))
    rows = connection.execute(query).mappings()
    return {int(row["name"].removeprefix(_STAMP)): row["value"] for row in rows}
