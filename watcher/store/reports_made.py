"""Reports that were made: what of, as of when, by whom, and the files that came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from watcher.store.schema_reports import report

REPORT = "report-"  # begins the keys of letters that tell of a report, then its number
_PLAIN = ("kind", "title", "scope", "as_of", "made_at", "author", "digest", "occasion")


@dataclass(frozen=True, slots=True)
class MadeFile:
    """One file of a report; `size` in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class MadeReport:
    """`occasion` names what the plan wanted it for, None for one that a person asked for."""

    kind: str
    title: str
    scope: str
    as_of: datetime
    made_at: datetime
    digest: str
    files: tuple[MadeFile, ...]
    author: str = ""
    occasion: str | None = None
    id: int | None = None


def keep_report(connection: sa.Connection, made: MadeReport) -> MadeReport:
    """Note a report. Raises IntegrityError where its occasion has one already."""
    row = {name: getattr(made, name) for name in _PLAIN}
    statement = report.insert().returning(report.c.id)
    files = [{"name": f.name, "sha256": f.sha256, "size": f.size} for f in made.files]
    return replace(made, id=connection.scalar(statement, row | {"files": files}))


def reports_made(connection: sa.Connection, limit: int = 100) -> tuple[MadeReport, ...]:
    """The newest first."""
    query = sa.select(report).order_by(report.c.id.desc()).limit(limit)
    return tuple(_made(row) for row in connection.execute(query).mappings())


def report_made(connection: sa.Connection, number: int) -> MadeReport | None:
    """One by its number."""
    row = connection.execute(sa.select(report).where(report.c.id == number)).mappings().first()
    return None if row is None else _made(row)


def occasions_met(connection: sa.Connection, occasions: Iterable[str]) -> frozenset[str]:
    """Those of the occasions that have their report."""
    query = sa.select(report.c.occasion).where(report.c.occasion.in_(list(occasions)))
    return frozenset(each for each in connection.scalars(query) if each is not None)


def _made(row: sa.RowMapping) -> MadeReport:
    files = tuple(MadeFile(**each) for each in row["files"])
    return MadeReport(id=row["id"], files=files, **{name: row[name] for name in _PLAIN})
