"""`watcher backup` and `watcher restore`: one file with all the watch knows, and back again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn
from rich.table import Table

from watcher import store
from watcher.archive import ArchiveError
from watcher.backup import Backup, default_name, make, prune, verify
from watcher.backup import Progress as Report
from watcher.config import Settings
from watcher.daemon import now
from watcher.restoring import Restored, RestoreError, Wish, restore
from watcher.showing import moment, plain
from watcher.store.arriving import ArrivalError
from watcher.store.held_letters import drop_letters, held_letters, release_letters
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ConfigOption,
    HandOption,
    JsonOption,
    err,
    fail,
    open_database,
    out,
    person,
    print_json,
    settings_of,
    writable,
)

FileArgument = Annotated[Path | None, typer.Argument(metavar="文件", help="备份文件，.tar.gz")]


def backup(
    file: FileArgument = None,
    into: Annotated[
        Path | None, typer.Option("--into", help="写入这个文件夹，文件名取当前时刻（供定时备份）")
    ] = None,
    keep: Annotated[
        int | None, typer.Option("--keep", min=1, help="与 --into 同用：只保留最近几份")
    ] = None,
    without_evidence: Annotated[
        bool, typer.Option("--without-evidence", help="不含证据文件，只备份数据库与配置")
    ] = False,
    check: Annotated[bool, typer.Option("--verify", help="不备份，只核验这个备份文件")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """备份数据库、证据与配置（不含密钥）到一个文件；监测程序照常运行。"""
    _sensible(file, into, keep, check, without_evidence)
    if check:
        assert file is not None
        _show(_verified(file), file, as_json, "备份文件完整", ())
        return
    moment_, settings = now(), settings_of(config)
    target = file or _folder(into) / default_name(moment_)
    if target.exists():
        raise BadInputError([f"{target} 已存在；请另给文件名"])
    db = open_database(settings)
    try:
        with _bar() as report:
            said = make(
                writable(target),
                settings,
                db,
                moment_,
                version("shouwang"),
                evidence=not without_evidence,
                progress=report,
            )
    finally:
        db.close()
    gone: tuple[Path, ...] = ()
    if into is not None and keep is not None:
        _verified(target)  # older ones go only when this one can be read
        gone = prune(into, keep)
    _show(said, target, as_json, "已备份到", gone)


def _sensible(
    file: Path | None, into: Path | None, keep: int | None, check: bool, without: bool
) -> None:
    wrong = []
    if (file is None) == (into is None):
        wrong.append("请给出备份文件名，或用 --into 给出文件夹（二者取一）")
    if keep is not None and into is None:
        wrong.append("--keep 须与 --into 同用")
    if check and (file is None or without):
        wrong.append("--verify 只需备份文件名，如 watcher backup --verify 文件")
    if wrong:
        raise BadInputError(wrong)


def _folder(into: Path | None) -> Path:
    assert into is not None
    if not into.exists():
        into.mkdir(mode=0o700, parents=True)
    if not into.is_dir():
        raise BadInputError([f"--into {into} 不是文件夹"])
    return into


def _verified(file: Path) -> Backup:
    if not file.is_file():
        raise BadInputError([f"没有备份文件 {file}"])
    try:
        with _bar() as report:
            return verify(file, report)
    except ArchiveError as error:
        fail([f"{file}：{error}"], 1)


@contextmanager
def _bar() -> Iterator[Report]:
    """A bar on stderr where somebody looks."""
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what)
            bar.update(tasks[what], completed=done, total=max(total, 1))

        yield report


def _show(said: Backup, file: Path, as_json: bool, verb: str, gone: tuple[Path, ...]) -> None:
    if as_json:
        print_json(_json(said, file) | {"removed": [str(each) for each in gone]})
        return
    size = file.stat().st_size
    lines = [f"{verb} {file}（{_size(size)}，时刻 {moment(said.made_at)}）。", *_about(said)]
    lines += [f"已删除较旧的备份 {each.name}" for each in gone]
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def _about(said: Backup) -> Iterator[str]:
    """What is in it, and what is not."""
    yield (
        f"数据库 {said.database}，结构 {said.revision}，程序 {said.version}："
        f"{len(said.tables)} 张表，{said.rows} 行。"
    )
    if said.evidence:
        yield f"证据文件 {said.evidence_files} 个，{_size(said.evidence_bytes)}。"
    else:
        yield "不含证据文件（--without-evidence）：恢复后须另有 state/evidence，方能核验证据链。"
    if said.reports:
        yield f"已出具的报告 {said.reports} 份。"
    if said.missing_count:
        yield f"注意：有 {said.missing_count} 个文件缺失或损坏，未能备份："
        yield from (f"  {name}" for name in said.missing[:10])
    if said.chain_break:
        yield f"注意：证据链已在{said.chain_break}断裂（watcher evidence verify）。"
    names = [f"环境变量 {name}" for name in said.secrets.get("env", ())]
    names += [f"文件 {name}" for name in said.secrets.get("file", ())]
    listed = "、".join(plain(name) for name in names[:60]) or "无"
    yield f"不含密钥，恢复前请自行备好：{listed}"
    if said.masked:
        yield f"配置文件里有 {said.masked} 处直接写明的密钥，已涂去。"
    yield f"校验值（SHA256SUMS 的 SHA-256，建议另行记下）：{said.sums}"


def _json(said: Backup, file: Path) -> dict[str, Any]:
    return {
        "file": str(file),
        "size": file.stat().st_size,
        "made_at": said.made_at.isoformat(),
        "version": said.version,
        "revision": said.revision,
        "database": said.database,
        "rows": {shape.name: shape.rows for shape in said.tables},
        "evidence": said.evidence,
        "evidence_files": said.evidence_files,
        "evidence_bytes": said.evidence_bytes,
        "reports": said.reports,
        "missing": list(said.missing),
        "missing_count": said.missing_count,
        "chain_break": said.chain_break,
        "secrets_not_included": {kind: list(names) for kind, names in said.secrets.items()},
        "masked": said.masked,
        "sums": said.sums,
    }


def _size(count: int) -> str:
    return f"{count / (1 << 20):,.1f} MiB" if count >= 1 << 20 else f"{count / 1024:,.1f} KiB"


# -- restore -------------------------------------------------------------------------------


def restore_(
    file: FileArgument = None,
    over: Annotated[
        bool, typer.Option("--replace", help="取代已有的数据；原数据库保留在旁，不删除")
    ] = False,
    config_into: Annotated[
        Path | None,
        typer.Option("--config-into", help="把备份中的配置写到这个空文件夹，供比对；缺省不写"),
    ] = None,
    release: Annotated[
        bool, typer.Option("--release-letters", help="放行恢复后扣留的消息（文中注明可能重复）")
    ] = False,
    drop: Annotated[
        bool, typer.Option("--drop-letters", help="作废恢复后扣留的消息，不再发送")
    ] = False,
    letters: Annotated[bool, typer.Option("--letters", help="列出恢复后扣留的消息")] = False,
    by: HandOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """从备份恢复（先停止监测程序）；备份中可能已发出的消息先扣留，由人放行或作废。"""
    if sum((file is not None, release, drop, letters)) != 1:
        text = "请给出备份文件，或 --letters、--release-letters、--drop-letters 之一"
        raise BadInputError([text])
    settings = settings_of(config)
    if file is None:
        _letters(settings, person(by) if release or drop else by, release, drop, as_json)
        return
    if not file.is_file():
        raise BadInputError([f"没有备份文件 {file}"])
    try:
        with _bar() as report:
            done = restore(file, settings, Wish(over, config_into, by), now(), report)
    except RestoreError as error:
        raise BadInputError(str(error).split("；\n")) from None
    except (ArchiveError, ArrivalError) as error:
        fail([f"{file}：{error}"], 1)
    _told(done, file, _missing(done.backup, settings.folder), as_json)


def _told(done: Restored, file: Path, missing: list[str], as_json: bool) -> None:
    if as_json:
        print_json(
            {
                **_json(done.backup, file),
                "old_data": done.aside,
                "migrated": done.migrated,
                "held_letters": done.held,
                "files_written": done.files,
                "remarks": done.remarks,
                "secrets_missing": missing,
            }
        )
        return
    for line in _results(done, missing):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def _results(done: Restored, missing: list[str]) -> Iterator[str]:
    said = done.backup
    yield f"已恢复到 {moment(said.made_at)} 的状态：{len(said.tables)} 张表，{said.rows} 行。"
    if said.evidence:
        there = said.evidence_files - done.files
        yield f"证据文件 {said.evidence_files} 个（写入 {done.files}，原已存在 {there}）。"
    if done.chain is not None and done.chain.first is None:
        yield f"证据链完整：{done.chain.links} 环，{done.chain.files} 个文件。"
    yield from (f"注意：{remark}。" for remark in done.remarks)
    if done.migrated:
        yield "备份的数据库结构较旧，已升级到最新。"
    if done.aside:
        yield f"原数据保留在：{done.aside}（确认无误后自行删除）。"
    if done.nul:
        yield f"{done.nul} 处文字含 NUL 字符，PostgreSQL 不能存放，已换成 �。"
    if done.held:
        yield (
            f"{done.held} 条消息在备份时尚未发出、此后可能已发，现扣留不发："
            "watcher restore --letters 查看，--release-letters 放行，--drop-letters 作废。"
        )
    yield "备份之后才产生的消息不在备份里：启动后对同一情况会再告知一次，请先告知各单位。"
    lacking = [plain(name) for name in missing]
    if lacking:
        yield f"备份不含密钥，启动前请备好这 {len(lacking)} 项：{'、'.join(lacking)}"


def _missing(said: Backup, folder: Path) -> list[str]:
    """Secrets that the configuration named when it was backed up, and that are not here."""
    names = [f"环境变量 {name}" for name in said.secrets.get("env", ()) if name not in os.environ]
    files = said.secrets.get("file", ())
    return names + [f"文件 {name}" for name in files if not (folder / name).is_file()]


def _letters(settings: Settings, by: str, release: bool, drop: bool, as_json: bool) -> None:
    moment_, db = now(), open_database(settings)
    try:
        with db.write() as c:
            rows = held_letters(c)
            deed = release_letters if release else drop_letters if drop else None
            if deed is not None and rows:
                name = "release_letters" if release else "drop_letters"
                count = deed(c, moment_)
                ids = [row.id for row in rows]
                store.audit(c, by, name, "outbox", {"letters": ids}, {"count": count}, moment_)
    finally:
        db.close()
    what = "已放行" if release else "已作废" if drop else "扣留"
    if as_json:
        letters = [
            {
                "id": row.id,
                "target": row.target,
                "title": row.title,
                "level": row.level,
                "not_before": row.not_before.isoformat(),
                "case": row.case_id,
            }
            for row in rows
        ]
        print_json({"state": what, "letters": letters})
        return
    table = Table(title=f"恢复后{what}的消息")
    for heading in ("编号", "应发时间", "发给", "标题", "问题"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        case = str(row.case_id or "")
        table.add_row(
            str(row.id), moment(row.not_before), plain(row.target), plain(row.title), case
        )
    out.print(table)
    out.print(f"{what} {len(rows)} 条。", markup=False)
