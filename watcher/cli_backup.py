"""`watcher backup`: one file with all the watch knows, while the watch goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from watcher.archive import ArchiveError
from watcher.backing_up import make
from watcher.backup import Backup, default_name, prune, verify
from watcher.backup import Progress as Report
from watcher.daemon import now
from watcher.link_key import own_key
from watcher.showing import moment, plain
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ConfigOption,
    JsonOption,
    err,
    fail,
    open_database,
    out,
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
        with bar() as report:
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
    own = own_key(settings)
    if own is not None and own.exists() and not as_json:
        kept = "也不含：请另行妥存，恢复时放回，否则已发出的链接作废。"
        note = f"签收链接的密钥 {plain(str(own))} {kept}"
        out.print(note, markup=False, highlight=False, soft_wrap=True)


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
        with bar() as report:
            return verify(file, report)
    except ArchiveError as error:
        fail([f"{file}：{error}"], 1)


@contextmanager
def bar() -> Iterator[Report]:
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
        print_json(values_of(said, file) | {"removed": [str(each) for each in gone]})
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


def values_of(said: Backup, file: Path) -> dict[str, Any]:
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
