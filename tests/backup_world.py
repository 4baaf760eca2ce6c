"""An installation with a row in every table, for the tests of backup and restore."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from tests.program import ROOT
from watcher import store
from watcher.archive import HEADER, Packer
from watcher.config import Secret, load
from watcher.config.values import Settings
from watcher.evidence import keep_bytes
from watcher.manifest import Item, Kind, package
from watcher.model import Account, Case, Finding, Level, Unit
from watcher.proving import chained, write
from watcher.store import arriving, dumping
from watcher.store.columns import Day, Json, Moment, to_ms
from watcher.store.schema import metadata

NOW = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
_OWN = {"evidence_link", "evidence_file", "mark", "report"}  # those must name real files


def settings_at(folder: Path, url: str) -> Settings:
    """The shipped configuration for an installation below `folder`."""
    (folder / "config").mkdir(parents=True, exist_ok=True)
    (folder / "var").mkdir(exist_ok=True)
    state, database = folder / "var", Secret(url)
    return replace(_shipped(), folder=folder / "config", state=state, database=database)


@cache
def _shipped() -> Settings:
    return load(ROOT / "config/watcher.yaml", {}, targets=False)


def fill(c: sa.Connection) -> None:
    """Three rows in every table, numbered from 11 on, with all that text may hold."""
    for table in metadata.sorted_tables:
        if table.name not in _OWN:
            rows = [{k.name: _value(k, n) for k in table.columns} for n in (11, 12, 13)]
            c.execute(table.insert(), rows)
    if c.dialect.name == "postgresql":
        shapes = [each for each in dumping.shapes(c) if each.name not in _OWN]
        arriving.number_on(arriving.Arrival(c), shapes)
    outbox = metadata.tables["outbox"]
    for number, (state, days) in {
        11: ("sent", -1),
        12: ("pending", -1),
        13: ("pending", 1),
    }.items():
        at = NOW + timedelta(days=days)
        values = {"state": state, "not_before": at, "due_at": at, "why": "first", "level": "red"}
        values |= {"possibly_sent": False, "merge": ""}
        c.execute(outbox.update().where(outbox.c.id == number).values(values))


def _value(column: sa.Column[Any], n: int) -> Any:
    if column.foreign_keys:
        (key,) = column.foreign_keys
        return _value(key.column, n)
    if isinstance(column.type, Moment):
        return NOW - timedelta(days=n, milliseconds=n)
    if isinstance(column.type, Day):
        return (NOW - timedelta(days=n)).date()
    if isinstance(column.type, Json):
        return None if column.nullable and n == 12 else {"say": [f"“三亚”\n{n}", None, 1.5]}
    if column.nullable and n == 13 and not column.primary_key:
        return None
    kind = dumping.kind_of(column.type)
    if column.name == "state":
        return "closed"
    text = f"{column.table.name}.{column.name} 政务'\"\\\t\n🙂 {n}"
    return {"text": text, "int": n, "bool": n % 2 == 0, "bytes": bytes(range(n, 200))}[kind]


def chain(c: sa.Connection, state: Path) -> None:
    """Two packages, and a file beside them."""
    folder, at = state / "evidence/packages", NOW - timedelta(days=1)
    unit = Unit("u", "三亚市第一局")
    account = Account("weibo-1", "weibo", "三亚一号", unit)
    store.save_register(c, [unit], [account], "test", at)
    finding = Finding("UPD-04", "weibo-1", "", Level.RED, "《办法》第十二条", at)
    (case,) = store.save_cases(c, [Case(finding, at)])
    until = at + timedelta(days=1096)
    for kind in (Kind.CASE, Kind.PAGE):
        items = (
            Item("01.html", f"<p>{kind}</p>".encode(), {"kind": "response"}),
            Item("02.html", b"<p>same</p>", {"kind": "response"}),
        )
        made = package(kind, case, account, None, items, (), at, "0.1", until)
        chained(c, made, write(made, folder), case, at, until)
    keep_bytes(b"an avatar", state / "evidence", "a.png")


def report(c: sa.Connection, state: Path) -> None:
    """A report of the plan with its file, and one that somebody made for himself."""
    table, body = metadata.tables["report"], b"a report"
    name = "2026年2月/city/三亚市政务新媒体监测月报（含各区各部门通报与附表）.docx"
    file = state / "reports" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(body)
    row = dict.fromkeys(("kind", "title", "scope", "author", "digest"), "x")
    row |= {"as_of": NOW, "made_at": NOW}
    for number, where in ((1, name), (2, "mine.docx")):
        files = [{"name": where, "sha256": sha256(body).hexdigest(), "size": len(body)}]
        c.execute(table.insert().values(row | {"files": files, "occasion": str(number)}))


def everything(c: sa.Connection) -> Mapping[str, list[bytes]]:
    """All rows, as a backup has them."""
    return {
        shape.name: [line for piece, _ in dumping.pieces(c, shape) for line in piece.splitlines()]
        for shape in dumping.shapes(c)
    }


def rows_of(db: store.Database, version: str, file: Path, now: datetime) -> None:
    """A backup as a program of that version made it: one unit, nothing else."""
    with db.write() as c:
        arrival = arriving.Arrival(c)
        config = arriving.migrations_config()
        config.attributes["connection"] = c
        arriving.command.upgrade(config, version)
        found = sa.inspect(arrival.connection)
        tables = [
            {
                "name": name,
                "rows": int(name == "unit"),
                "columns": [
                    [each["name"], dumping.kind_of(each["type"])]
                    for each in found.get_columns(name)
                ],
            }
            for name in sorted(set(found.get_table_names()) - {"alembic_version"})
        ]
    out, sums = io.BytesIO(), sha256()
    packer = Packer(out, to_ms(now) // 1000)
    header = {
        "format": 1,
        "program": "shouwang",
        "version": "0.0.1",
        "revision": version,
        "made_at": now.isoformat(),
        "database": "sqlite",
        "evidence": True,
        "secrets_not_included": {},
        "masked": 0,
        "tables": tables,
    }
    (number,) = (n for n, each in enumerate(tables, 1) if each["name"] == "unit")
    width = len(tables[number - 1]["columns"])  # type: ignore[arg-type]
    row = ["u", "三亚市第一局", "city_department", *[""] * (width - 3)]
    for name, body in (
        (HEADER, orjson.dumps(header)),
        (f"tables/{number:02}-unit/000001.jsonl", orjson.dumps(row) + b"\n"),
    ):
        packer.add(name, body)
        sums.update(f"{sha256(body).hexdigest()}  {name}\n".encode())
    manifest = {"evidence_files": 0, "evidence_bytes": 0, "missing": [], "missing_count": 0}
    manifest |= {"reports": 0, "chain_break": "", "files": 2, "bytes": 0, "sums": sums.hexdigest()}
    packer.finish(orjson.dumps(manifest))
    file.write_bytes(out.getvalue())
