"""Putting a backup in place of a database: everything is checked first, and nothing is half done.

The file is read twice: once to its end before anything is touched, once to be put in place. Files
of evidence are named by their hash, so those that a killed restore left disturb nobody; the
database changes in one step at the end.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

from watcher import store
from watcher.archive import ArchiveError
from watcher.backup import PACKAGES, REPORTS, Backup, Progress, Reader, chain_break, verify
from watcher.chain import Audit, ground
from watcher.chain import verify as verify_chain
from watcher.config import Settings
from watcher.config.copying import unquoted
from watcher.evidence import keep_bytes, place
from watcher.lookout import EVIDENCE
from watcher.store import Connection
from watcher.store.arriving import (
    Arrival,
    arriving,
    bring_up,
    counted,
    differing,
    is_empty,
    make_tables,
    number_on,
    put,
)
from watcher.store.dumping import report_files, revisions
from watcher.store.held_letters import hold_letters

LOCK = ".restore.lock"
_SPARE = 64 << 20  # bytes of the disk that stay free


class RestoreError(Exception):
    """The backup is not put in place, and why; for people."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: over rows that are there or not, the configuration written where."""

    replace: bool = False
    config_into: Path | None = None
    by: str = "命令行"


@dataclass(slots=True)
class Restored:
    """What came of it."""

    backup: Backup
    aside: str = ""
    migrated: bool = False
    held: int = 0  # letters
    nul: int = 0
    files: int = 0  # of evidence that were written; others were there
    chain: Audit | None = None  # None: files were not in the backup, links alone were checked
    remarks: list[str] = field(default_factory=list)


def restore(
    file: Path,
    settings: Settings,
    wish: Wish,
    now: datetime,
    progress: Progress = lambda what, done, total: None,
) -> Restored:
    """Check the file, then put it in place. Raises RestoreError, ArchiveError, ArrivalError."""
    said = verify(file, progress)
    _possible(said, settings, wish)
    settings.state.mkdir(parents=True, exist_ok=True)
    with _alone(settings.state):
        result = Restored(said)
        _room(said, settings.state)
        stamp = f"{now:%Y%m%dt%H%M%S}"
        with file.open("rb") as opened, arriving(settings.database.reveal(), stamp) as arrival:
            make_tables(arrival, said.revision)
            _fitting(arrival, said)
            _fill(cast(BinaryIO, opened), arrival, settings, wish, result, progress)
            _settle(arrival, settings, wish, result, now)
        result.aside = arrival.aside
    return result


def _possible(said: Backup, settings: Settings, wish: Wish) -> None:
    """All that would stand in the way, before anything is touched. Raises RestoreError."""
    wrong = []
    if said.revision not in revisions():
        wrong.append(
            f"备份的数据库结构 {said.revision} 比本程序（{revisions()[0]}）新；"
            f"请先把程序升级到 {said.version} 或更高"
        )
    if not wish.replace and not is_empty(settings.database.reveal()):
        wrong.append(
            "目标数据库里已有数据；确要以备份取代，请加 --replace（原数据保留在旁，不删除）"
        )
    into = wish.config_into
    if into is not None and into.exists() and (not into.is_dir() or any(into.iterdir())):
        wrong.append(f"--config-into {into} 不是空目录；请另给一个")
    if wrong:
        raise RestoreError("；".join(wrong))


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """One restore at a time; a killed one leaves no lock behind."""
    with (state / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RestoreError("另一个恢复正在进行") from None
        yield


def _room(said: Backup, state: Path) -> None:
    """Tables take about as much as their text, indexes as much again."""
    needed = said.bytes + (said.bytes - said.evidence_bytes) + _SPARE
    free = shutil.disk_usage(state).free
    if free < needed:
        text = f"磁盘空间不足：恢复约需 {needed >> 20} MiB，{state} 只剩 {free >> 20} MiB"
        raise RestoreError(text)


def _fitting(arrival: Arrival, said: Backup) -> None:
    odd = differing(arrival, said.tables)
    if odd:
        shown = "、".join(odd[:5])
        raise RestoreError(
            f"备份的表与结构 {said.revision} 不符（{shown}）；备份可能不是本程序所做"
        )


def _fill(
    opened: BinaryIO,
    arrival: Arrival,
    settings: Settings,
    wish: Wish,
    result: Restored,
    progress: Progress,
) -> None:
    """The second reading: rows into tables, files to their places."""
    reader = Reader()
    for name, content in reader.through(opened, lambda _, *n: progress("恢复", *n)):
        section = name.split("/", 1)[0]
        if section == "tables":
            _rows(arrival, reader, name, content)
        elif section == "evidence":
            result.files += _file(settings.state / EVIDENCE, name, content)
        elif section == REPORTS:
            _reports(arrival.connection, settings.state / REPORTS, content, result)
        elif section == "config" and wish.config_into is not None:
            _config(wish.config_into, name.removeprefix("config/"), content)
    if reader.said != result.backup:
        raise RestoreError("备份文件在恢复过程中被改动；未恢复任何内容")
    wrong = counted(arrival, result.backup.tables)
    if wrong:
        raise RestoreError(f"恢复后的行数与清单不符：{'、'.join(wrong)}；未恢复任何内容")
    number_on(arrival, result.backup.tables)


def _rows(arrival: Arrival, reader: Reader, name: str, content: bytes) -> None:
    table = reader.table(name)
    try:
        put(arrival, table, content)
    except (ValueError, TypeError) as error:
        raise RestoreError(f"备份中 {name} 的一行不能识别（{error}）；未恢复任何内容") from None


def _file(folder: Path, name: str, content: bytes) -> bool:
    """One file of evidence; whether it had to be written. What a killed restore left is used."""
    parts = name.removeprefix("evidence/").split("/")
    if parts[0] == PACKAGES:
        folder, parts = folder / PACKAGES, parts[1:]
    digest = sha256(content).hexdigest()
    if "".join(parts) != digest or len(parts) != 2 or len(parts[0]) != 2:
        raise ArchiveError(f"备份文件中的证据 {name} 与其名称（SHA-256）不符，已拒绝")
    there = place(digest, folder)
    known = there.is_file() and there.stat().st_size == len(content)
    keep_bytes(content, folder, digest)
    return not known


def _reports(c: Connection, folder: Path, content: bytes, result: Restored) -> None:
    """A report under every name it has. One that lies there and differs is not touched."""
    digest = sha256(content).hexdigest()
    for name, wanted in report_files(c).items():
        file = folder / name
        inside = file.resolve().is_relative_to(folder.resolve())
        if wanted != digest or not inside or Path(name).parent == Path():
            continue
        if file.exists():
            if sha256(file.read_bytes()).hexdigest() != digest:
                result.remarks.append(f"报告 {name} 已有不同的文件，未覆盖")
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f".{digest[:16]}.restoring")
        new.write_bytes(content)
        new.replace(file)


def _config(into: Path, name: str, content: bytes) -> None:
    try:
        file = into / unquoted(name)
    except (ValueError, UnicodeDecodeError):
        raise ArchiveError("备份文件含有不允许的配置文件名，已拒绝") from None
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
    with os.fdopen(number, "wb") as opened:
        opened.write(content)


def _settle(
    arrival: Arrival, settings: Settings, wish: Wish, result: Restored, now: datetime
) -> None:
    """The newest tables, the chain, the letters; written down as what it was."""
    result.migrated = bring_up(arrival)
    c = arrival.connection
    _chain(c, settings, result, now)
    result.held = hold_letters(c, now)
    result.nul = arrival.nul
    said = result.backup
    after = {
        "backup_made_at": said.made_at.isoformat(),
        "sums": said.sums,
        "rows": said.rows,
        "revision": said.revision,
        "held_letters": result.held,
        "evidence_head": store.evidence_head(c),
    }
    store.audit(c, wish.by, "restore", "database", None, after, now)


def _chain(c: Connection, settings: Settings, result: Restored, now: datetime) -> None:
    """The chain of evidence must be as whole as it was. Raises RestoreError."""
    said, broken = result.backup, chain_break(c)
    if broken != said.chain_break:
        raise RestoreError(f"恢复后证据链在{broken}断裂；未恢复任何内容")
    if not said.evidence:
        result.remarks.append("备份不含证据文件：只核对了证据链各环，未核对文件")
    if broken:
        result.remarks.append(f"备份时证据链已在{broken}断裂，照原样恢复")
    if broken or not said.evidence:
        return
    folder, roots = settings.state / EVIDENCE / PACKAGES, settings.evidence.stamp_roots
    result.chain = audit = verify_chain(ground(c), folder, roots, now)
    if audit.first is None:
        return
    text = f"证据链在第 {audit.first.number} 环断裂：{audit.first.what}（{audit.first.where}）"
    if not said.missing_count:
        raise RestoreError(f"{text}；未恢复任何内容")
    result.remarks.append(f"{text}；备份时已缺 {said.missing_count} 个证据文件")
