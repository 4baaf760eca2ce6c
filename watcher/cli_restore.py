"""`watcher restore`: back to the state of a backup, and the letters that are held after it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from watcher import store
from watcher.archive import ArchiveError
from watcher.backup import Backup
from watcher.cli_backup import FileArgument, bar, values_of
from watcher.config import Settings
from watcher.daemon import now
from watcher.link_key import own_key
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
    fail,
    open_database,
    out,
    person,
    print_json,
    settings_of,
)


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
        with bar() as report:
            done = restore(file, settings, Wish(over, config_into, by), now(), report)
    except RestoreError as error:
        raise BadInputError(str(error).split("；\n")) from None
    except (ArchiveError, ArrivalError) as error:
        fail([f"{file}：{error}"], 1)
    _told(done, file, _missing(done.backup, settings), as_json)


def _told(done: Restored, file: Path, missing: list[str], as_json: bool) -> None:
    if as_json:
        print_json(
            {
                **values_of(done.backup, file),
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


def _missing(said: Backup, settings: Settings) -> list[str]:
    """Secrets that the configuration named when it was backed up, and that are not here."""
    names = [f"环境变量 {name}" for name in said.secrets.get("env", ()) if name not in os.environ]
    files = said.secrets.get("file", ())
    names += [f"文件 {name}" for name in files if not (settings.folder / name).is_file()]
    own = own_key(settings)
    if own is not None and not own.exists():
        names.append(f"文件 {own}（签收链接的密钥；不放回则已发出的链接作废）")
    return names


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
