"""`watcher evidence`: the packages of proof, their chain, and taking a case out of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from watcher import store
from watcher.chain import Audit, export, ground, verify
from watcher.config import Settings
from watcher.daemon import now
from watcher.evidence import place, size_of
from watcher.proofs import PACKAGES
from watcher.showing import moment, plain
from watcher.store import Link
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

app = typer.Typer(no_args_is_help=True, help="证据：证据包、哈希链、核验、导出")
KINDS = {"case": "立案", "page": "网页截图", "candidate": "假冒比对"}
STATES = {"kept": "保留", "expired": "已到期"}
CaseArgument = Annotated[
    str,
    typer.Argument(metavar="CASE", help="问题编号，如 UPD-02-261123-…，或号；不是环号"),
]
Files = Mapping[int, Mapping[str, tuple[str, int]]]


@app.command("list")
def list_evidence(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """列出全部证据包、总量与上限。"""
    settings = settings_of(config)
    db = open_database(settings)
    try:
        with db.read() as c:
            links, files, used = store.links(c), store.evidence_files(c), store.evidence_bytes(c)
    finally:
        db.close()
    beside = size_of((settings.state / PACKAGES).parent)
    used += beside
    most = settings.evidence.most
    if as_json:
        rows = [_json(link, files) for link in links]
        print_json(
            {"bytes": used, "bytes_beside_packages": beside, "max_bytes": most, "packages": rows}
        )
        return
    out.print(_table(links, files))
    rest = f"其中头像、人工提交的材料等 {_size(beside)}"
    out.print(f"共 {len(links)} 个证据包，总量 {_size(used)}（{rest}），上限 {_size(most)}。")


@app.command()
def show(
    case: CaseArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """显示一个问题的证据清单。"""
    settings = settings_of(config)
    folder = settings.state / PACKAGES
    number, links, files = _of_case(settings, case)
    found = [_json(link, files) | {"contents": _manifest(link, folder)} for link in links]
    if as_json:
        print_json({"case": number, "packages": found})
        return
    for link, each in zip(links, found, strict=True):
        _print(link, each["contents"], folder)


@app.command("verify")
def verify_chain(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """重新计算每个文件、清单和每一环；发现第一处断裂即指明，退出码 1。"""
    settings = settings_of(config)
    db = open_database(settings)
    try:
        with db.read() as c:
            known = ground(c)
    except (TypeError, ValueError, OverflowError) as error:
        what = "数据库中的登记被改动，已无法读取"
        if as_json:
            print_json({"ok": False, "break": {"number": None, "what": what, "where": str(error)}})
            raise typer.Exit(1) from None
        fail([f"证据链断裂：{what}（{error}）"], 1)
    finally:
        db.close()
    audit = verify(known, settings.state / PACKAGES, settings.evidence.stamp_roots, now())
    if as_json:
        print_json(_audit_json(audit))
    else:
        _print_audit(audit)
    if audit.first is not None:
        raise typer.Exit(1)


@app.command("export")
def export_case(
    case: CaseArgument,
    target: Annotated[Path, typer.Option("-o", "--output", metavar="ZIP", help="写入的压缩包")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """把一个问题的全部证据导出为压缩包，不用本程序也能核对。"""
    settings = settings_of(config)
    if target.exists():
        raise BadInputError([f"{target} 已存在；请另给文件名"])
    writable(target)
    db = open_database(settings)
    try:
        with db.read() as c:
            found = export(c, _number(c, case), settings.state / PACKAGES, target)
    except LookupError as error:
        raise BadInputError([f"{error}；用 watcher evidence list 查看"]) from None
    finally:
        db.close()
    out.print(f"已导出 {len(found)} 个证据包到 {target}。", markup=False)


def _of_case(settings: Settings, case: str) -> tuple[int, tuple[Link, ...], Files]:
    db = open_database(settings)
    try:
        with db.read() as c:
            number = _number(c, case)
            links, files = store.links(c, number), store.evidence_files(c)
    finally:
        db.close()
    if not links:
        raise BadInputError([f"问题 {case} 还没有证据包；用 watcher evidence list 查看"])
    return number, links, files


def _number(c: store.Connection, case: str) -> int:
    """The id of a case by its id or its number. Raises BadInputError."""
    found = store.find_case(c, case.strip())
    if found is not None and found.id is not None:
        return found.id
    if case.strip().isdecimal() and len(case.strip()) < 19:  # its package may outlive the case
        return int(case)
    raise BadInputError([f"没有编号为 {case} 的问题；用 watcher evidence list 查看“问题”一栏"])


def _manifest(link: Link, folder: Path) -> Any:
    """The manifest; None where it is missing or spoilt, which `verify` tells in full."""
    try:
        return json.loads(place(link.manifest, folder).read_bytes())
    except (OSError, ValueError):
        return None


def _json(link: Link, files: Files) -> dict[str, Any]:
    own = files.get(link.number, {})
    return {
        "number": link.number,
        "at": link.at.isoformat(),
        "case": link.case_id,
        "account": link.account,
        "kind": link.kind,
        "level": link.level,
        "files": len(own),
        "bytes": sum(size for _, size in own.values()),
        "manifest": link.manifest,
        "link": link.link,
        "state": link.state,
        "keep_until": link.keep_until.isoformat(),
        "stamped": link.stamp is not None,
    }


def _table(links: Iterable[Link], files: Files) -> Table:
    table = Table(title="证据包")
    for heading in ("环", "时间", "问题", "账号", "内容", "文件", "大小", "清单", "状态", "时间戳"):
        table.add_column(heading, overflow="fold")
    for link in links:
        own = files.get(link.number, {})
        table.add_row(
            str(link.number),
            moment(link.at),
            str(link.case_id),
            plain(link.account),
            KINDS.get(link.kind, plain(link.kind)),
            str(len(own)),
            _size(sum(size for _, size in own.values())),
            link.manifest[:12],
            STATES.get(link.state, plain(link.state)),
            "有" if link.stamp is not None else "",
        )
    return table


def _print(link: Link, manifest: Any, folder: Path) -> None:
    """One package for people."""
    kind = KINDS.get(link.kind, link.kind)
    lines = [f"第 {link.number} 环 {kind}，{moment(link.at)}", f"  清单 {link.manifest}"]
    lines.append(f"  链值 {link.link}")
    if manifest is None:
        lines.append("  清单缺失或损坏；运行 watcher evidence verify")
    for each in manifest["files"] if manifest else ():
        kept = place(each["sha256"], folder) if each["kept"] else "未保留"
        lines.append(f"  {each['name']}  {_size(each['size'])}  {each['sha256']}  {kept}")
    lines += [f"  注：{note}" for note in (manifest["notes"] if manifest else ())]
    out.print("\n".join(map(plain_line, lines)), markup=False, highlight=False, soft_wrap=True)


def plain_line(text: str) -> str:
    """A line without what would move the cursor: notes hold words of strangers."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def _size(count: int) -> str:
    return f"{count / (1 << 20):,.1f} MiB" if count >= 1 << 20 else f"{count / 1024:,.1f} KiB"


def _audit_json(audit: Audit) -> dict[str, Any]:
    first = audit.first
    return {
        "ok": first is None,
        "links": audit.links,
        "files": audit.files,
        "bytes": audit.bytes,
        "stamps": audit.stamps,
        "unchecked": audit.unchecked,
        "break": first and {"number": first.number, "what": first.what, "where": first.where},
    }


def _print_audit(audit: Audit) -> None:
    for note in audit.unchecked:
        out.print(note, markup=False)
    if audit.first is None:
        stamps = f"，时间戳 {audit.stamps} 个" if audit.stamps else ""
        size = _size(audit.bytes)
        out.print(f"证据链完整：{audit.links} 环，{audit.files} 个文件，{size}{stamps}。")
        return
    first = audit.first
    broken = f"{first.what}（{first.where}）"
    text = f"证据链在第 {first.number} 环断裂：{broken}；此前 {audit.links} 环完整"
    err.print(plain_line(text), markup=False)
