"""One file that holds all the watch knows: tables, evidence, configuration without its secrets.

What it says of itself, and how it is read and checked; `watcher.backing_up` makes one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson

from watcher import store
from watcher.archive import HEADER, MANIFEST, ArchiveError, read
from watcher.lookout import EVIDENCE
from watcher.manifest import GENESIS, link_of
from watcher.store import Connection
from watcher.store.dumping import Shape

FORMAT = 1
PACKAGES = "packages"
REPORTS = "reports"  # in the state folder; in the backup they are named by their hash
NAMED = 200  # files that are named as missing; the others are counted
PATTERN = "shouwang-????????T??????Z.tar.gz"
Progress = Callable[[str, int, int], None]  # what, done, of how many


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup file says of itself."""

    made_at: datetime
    version: str
    revision: str
    database: str  # sqlite, postgresql
    tables: tuple[Shape, ...]
    evidence: bool  # whether files of evidence were to be included
    secrets: Mapping[str, tuple[str, ...]]  # env, file: names of what is not in it
    masked: int = 0  # literal secrets in the configuration that were blotted out
    evidence_files: int = 0
    evidence_bytes: int = 0
    reports: int = 0  # files of reports
    missing: tuple[str, ...] = ()  # files that the chain names and that were not there, or spoilt
    missing_count: int = 0
    chain_break: str = ""  # where the chain of evidence was broken already
    files: int = 0
    bytes: int = 0
    sums: str = ""  # SHA-256 of SHA256SUMS: stands for all contents

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(shape.rows for shape in self.tables)


def default_name(now: datetime) -> str:
    """The name under which scheduled backups are found again."""
    return f"shouwang-{now:%Y%m%dT%H%M%SZ}.tar.gz"


def chain_break(c: Connection) -> str:
    """Where the links of the chain do not follow each other, whatever their files; "" nowhere."""
    previous, number = GENESIS, 0
    for number, link in enumerate(store.links(c), 1):
        if link.number != number or link.link != link_of(previous, link.manifest):
            return f"第 {number} 环"
        previous = link.link
    head = f"{number} {previous}" if number else None
    return "" if store.evidence_head(c) == head else f"第 {number + 1} 环（链的末尾）"


def folder_of(number: int, shape: Shape) -> str:
    """Where the pieces of a table lie; the number keeps the tables in their order."""
    return f"tables/{number:02}-{shape.name}"


def header(said: Backup) -> dict[str, Any]:
    """The first file of a backup: what a reader must know before the tables come."""
    return {
        "format": FORMAT,
        "program": "shouwang",
        "version": said.version,
        "revision": said.revision,
        "made_at": said.made_at.isoformat(),
        "database": said.database,
        "evidence": said.evidence,
        "secrets_not_included": said.secrets,
        "masked": said.masked,
        "tables": [
            {"name": each.name, "rows": each.rows, "columns": each.columns} for each in said.tables
        ],
    }


def manifest(said: Backup) -> dict[str, Any]:
    """The last file: what there is, so that a backup that was cut off cannot look whole."""
    return {
        "format": FORMAT,
        "made_at": said.made_at.isoformat(),
        "version": said.version,
        "revision": said.revision,
        "rows": said.rows,
        "evidence_files": said.evidence_files,
        "evidence_bytes": said.evidence_bytes,
        "reports": said.reports,
        "missing": said.missing,
        "missing_count": said.missing_count,
        "chain_break": said.chain_break,
        "files": said.files,
        "bytes": said.bytes,
        "sums": said.sums,
    }


def as_json(value: Any) -> bytes:
    """Header and manifest as they are written: for people to read as well."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)


@dataclass(slots=True)
class Reader:
    """Goes through a backup file; `said` is known after the header, whole at the end."""

    said: Backup | None = None
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0

    def through(self, file: BinaryIO, progress: Progress) -> Iterator[tuple[str, bytes]]:
        """Every member but header and manifest, held against what they say. Raises ArchiveError."""
        total, sums = os.fstat(file.fileno()).st_size, sha256()
        for name, body in read(file):
            progress("读取", file.tell(), total)
            content = body.read()
            if name == HEADER:
                self.said = header_of(content)
            elif name == MANIFEST:
                self._compare(content, sums.hexdigest())
            else:
                self._count(name, content)
                yield name, content
            if name != MANIFEST:
                sums.update(f"{body.digest.hexdigest()}  {name}\n".encode())

    def _count(self, name: str, content: bytes) -> None:
        self.files += name.startswith(f"{EVIDENCE}/")
        if name.startswith("tables/"):
            table = self.table(name).name
            self.rows[table] = self.rows.get(table, 0) + content.count(b"\n")

    def table(self, name: str) -> Shape:
        """The table that a piece belongs to."""
        assert self.said is not None
        folder = name.rsplit("/", 1)[0]
        for number, shape in enumerate(self.said.tables, 1):
            if folder_of(number, shape) == folder:
                return shape
        raise ArchiveError(f"备份文件含有不认识的表（{folder}），已拒绝")

    def _compare(self, content: bytes, sums: str) -> None:
        """Whether all is there that the manifest says."""
        assert self.said is not None
        found = _loads(content)
        try:
            self.said = replace(
                self.said,
                evidence_files=int(found["evidence_files"]),
                evidence_bytes=int(found["evidence_bytes"]),
                reports=int(found["reports"]),
                missing=tuple(map(str, found["missing"])),
                missing_count=int(found["missing_count"]),
                chain_break=str(found["chain_break"]),
                files=int(found["files"]),
                bytes=int(found["bytes"]),
                sums=str(found["sums"]),
            )
        except (KeyError, TypeError, ValueError):
            raise ArchiveError("备份文件的清单（manifest.json）不能识别") from None
        short = [
            shape.name for shape in self.said.tables if self.rows.get(shape.name, 0) != shape.rows
        ]
        if sums != self.said.sums or short or self.files != self.said.evidence_files:
            what = f"：{'、'.join(short)} 的行数不符" if short else ""
            raise ArchiveError(f"备份文件的内容与清单不符{what}")


def header_of(content: bytes) -> Backup:
    """What the header says. Raises ArchiveError, for a newer format as well."""
    found = _loads(content)
    if not isinstance(found, dict) or found.get("program") != "shouwang":
        raise ArchiveError("不是守望的备份文件")
    if found.get("format") != FORMAT:
        raise ArchiveError(f"备份文件的格式（{found.get('format')}）比本程序新；请先升级程序")
    try:
        return Backup(
            made_at=datetime.fromisoformat(found["made_at"]),
            version=str(found["version"]),
            revision=str(found["revision"]),
            database=str(found["database"]),
            tables=tuple(_shape(each) for each in found["tables"]),
            evidence=bool(found["evidence"]),
            secrets={k: tuple(map(str, v)) for k, v in found["secrets_not_included"].items()},
            masked=int(found["masked"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ArchiveError("备份文件的文件头（shouwang.json）不能识别") from None


def _shape(said: Any) -> Shape:
    columns = tuple((str(name), str(kind)) for name, kind in said["columns"])
    plain = all(re.fullmatch(r"[a-z][a-z0-9_]*", each) for each in (said["name"], *dict(columns)))
    if not plain or not columns:
        raise ValueError("names of tables and columns are plain")
    return Shape(said["name"], columns, int(said["rows"]))


def _loads(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except ValueError:
        raise ArchiveError("备份文件已损坏（不是 JSON）") from None


def verify(file: Path, progress: Progress = lambda what, done, total: None) -> Backup:
    """Read a backup to its end and check all of it. Raises ArchiveError, OSError."""
    reader = Reader()
    with file.open("rb") as opened:
        for _ in reader.through(cast(BinaryIO, opened), progress):
            pass
    assert reader.said is not None
    return reader.said


def prune(folder: Path, keep: int) -> tuple[Path, ...]:
    """Remove the oldest scheduled backups but the newest `keep`; those that were removed."""
    old = sorted(folder.glob(PATTERN))[:-keep]
    for file in old:
        file.unlink(missing_ok=True)
    return tuple(old)
