"""Making a backup while the daemon writes.

The tables are read in one transaction that hinders no writer, then the files of evidence, which
are never changed and were on the disk before their rows.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from watcher import store
from watcher.archive import HEADER, LARGEST, Packer
from watcher.backup import (
    NAMED,
    PACKAGES,
    REPORTS,
    Backup,
    Progress,
    as_json,
    chain_break,
    folder_of,
    header,
    manifest,
)
from watcher.config import Settings
from watcher.config.copying import config_copies
from watcher.lookout import EVIDENCE
from watcher.store import Connection
from watcher.store.dumping import pieces, report_files, revision, shapes, sources


@dataclass(slots=True)
class _Evidence:
    """The files of evidence while they are written."""

    wanted: set[str]  # hashes the chain needs
    files: int = 0
    bytes: int = 0
    wrong: list[str] = field(default_factory=list)


def make(
    target: Path,
    settings: Settings,
    db: store.Database,
    now: datetime,
    version: str,
    *,
    evidence: bool = True,
    progress: Progress = lambda what, done, total: None,
) -> Backup:
    """Write the backup beside `target` and give it its name when it is whole. Raises OSError."""
    with _written(target) as out, closing(Packer(out, int(now.timestamp()))) as packer:
        with db.read() as c:
            said, wanted = _tables(packer, c, settings, now, version, evidence, progress)
            reports = report_files(c)
        if evidence:
            said = _files(packer, settings.state / EVIDENCE, said, wanted, progress)
        said = _reports(packer, settings.state / REPORTS, said, reports)
        said = replace(said, files=packer.files, bytes=packer.bytes, sums=packer.sums())
        packer.finish(as_json(manifest(said)))
    return said


@contextmanager
def _written(target: Path) -> Iterator[BinaryIO]:
    """A file of mode 0600 that gets its name at the end, over what a killed backup left."""
    part = target.with_name(f".{target.name}.part")
    number = os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(number, "wb") as out:
        try:
            fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise OSError(f"{target} 正由另一个备份写入") from None
        try:
            out.truncate()
            os.fchmod(number, 0o600)
            yield out
            out.flush()
            os.fsync(number)
            if target.exists():
                raise FileExistsError(f"{target} 已存在；请另给文件名")
            part.replace(target)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise


def _tables(
    packer: Packer,
    c: Connection,
    settings: Settings,
    now: datetime,
    version: str,
    evidence: bool,
    progress: Progress,
) -> tuple[Backup, set[str]]:
    """Header, configuration and all rows, of one moment; and the hashes that the chain needs."""
    copies, secrets, masked = config_copies(settings.folder, settings.state, sources(c))
    tables = shapes(c)
    kind = c.dialect.name
    said = Backup(now, version, revision(c), kind, tables, evidence, secrets, masked)
    said = replace(said, chain_break=chain_break(c))
    packer.add(HEADER, as_json(header(said)))
    for name, body in copies:
        packer.add(f"config/{name}", body)
    done = 0
    for number, shape in enumerate(tables, 1):
        for count, (piece, rows) in enumerate(pieces(c, shape), 1):
            packer.add(f"{folder_of(number, shape)}/{count:06}.jsonl", piece)
            done += rows
            progress("数据库", done, said.rows)
    return said, set(store.kept_files(c)) if evidence else set()


def _files(
    packer: Packer, folder: Path, said: Backup, wanted: set[str], progress: Progress
) -> Backup:
    """All files that are kept by their hash. One that cannot be had is named, and does not stop."""
    found, total = _Evidence(wanted), sum(1 for _ in kept_files(folder))
    for done, (name, file) in enumerate(kept_files(folder), 1):
        _one(packer, found, name, file)
        progress("证据文件", done, total)
    found.wrong += [f"{PACKAGES}/{each[:2]}/{each[2:]}" for each in sorted(found.wanted)]
    return replace(
        said,
        evidence_files=found.files,
        evidence_bytes=found.bytes,
        missing=tuple(found.wrong[:NAMED]),
        missing_count=len(found.wrong),
    )


def _reports(packer: Packer, folder: Path, said: Backup, known: Mapping[str, str]) -> Backup:
    """Reports as they were made, each once. What was changed or cleared away since is named."""
    bodies, wrong = dict[str, Path](), list[str]()
    for name, digest in known.items():
        file = folder / name
        if Path(name).parent == Path():  # made by hand, and put where its maker wanted
            continue
        try:
            whole = file.resolve().is_relative_to(folder.resolve()) and _digest(file) == digest
        except OSError:
            whole = False
        if whole:
            bodies[digest] = file
        else:
            wrong.append(f"{REPORTS}/{name}")
    for digest in sorted(bodies):
        packer.add(f"{REPORTS}/{digest}", _read(bodies[digest]))
    missing = (*said.missing, *wrong)[:NAMED]
    count = said.missing_count + len(wrong)
    return replace(said, reports=len(bodies), missing=missing, missing_count=count)


def _digest(file: Path) -> str:
    return sha256(_read(file)).hexdigest()


def kept_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Files that are kept by their hash, by rising name; `packages` comes after all of hex."""
    for prefix, root in (("", folder), (f"{PACKAGES}/", folder / PACKAGES)):
        for shelf in sorted(root.glob("[0-9a-f][0-9a-f]")):
            for file in sorted(shelf.iterdir()):
                if _HASH.fullmatch(shelf.name + file.name):
                    yield f"{prefix}{shelf.name}/{file.name}", file


_HASH = re.compile(r"[0-9a-f]{64}")


def _one(packer: Packer, found: _Evidence, name: str, file: Path) -> None:
    """One file, whole or not at all."""
    try:
        body = _read(file)
    except FileNotFoundError:  # expired since it was listed; `wanted` knows whether it is missed
        return
    except OSError:
        found.wrong.append(name)
        return
    digest = name.removeprefix(f"{PACKAGES}/").replace("/", "")
    if sha256(body).hexdigest() != digest:
        found.wrong.append(name)
        return
    if name.startswith(PACKAGES):
        found.wanted.discard(digest)
    packer.add(f"{EVIDENCE}/{name}", body)
    found.files += 1
    found.bytes += len(body)


def _read(file: Path) -> bytes:
    number = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(number, "rb") as opened:
        if os.fstat(number).st_size > LARGEST:
            raise OSError(f"{file} is larger than {LARGEST >> 20} MiB")
        return opened.read()
