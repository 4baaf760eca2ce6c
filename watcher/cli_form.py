"""`watcher filings read-form`: a filled 备案登记表 read back, every doubt named."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from collectors import discover
from watcher import store
from watcher.calendar import local
from watcher.cli_filing_desk import desk, take
from watcher.config import Settings
from watcher.daemon import now
from watcher.filing_columns import HEADINGS as FILING_WORDS
from watcher.filing_desk import Ledger
from watcher.filing_files import filing_words
from watcher.form_import import Proposal, proposal
from watcher.model import Account
from watcher.register.columns import HEADINGS, PLATFORMS
from watcher.register.form import WORDS, FormRead, dated, read_form
from watcher.register.form_text import MOST_BYTES, FormError, form_text
from watcher.register.tables import row_words
from watcher.service import service_of
from watcher.showing import plain
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ConfigOption,
    HandOption,
    JsonOption,
    out,
    print_json,
    settings_of,
)
from watcher.watch import lane_of


def read_form_file(
    file: Annotated[Path, typer.Argument(help="填好的登记表（.docx）")],
    take_over: Annotated[
        bool, typer.Option("--import", help="写入台账与事项；不加则只显示")
    ] = False,
    unit: Annotated[str, typer.Option("--unit", help="主办单位的编号或名称，表中读不准时")] = "",
    account: Annotated[str, typer.Option("--account", help="账号编号，表中读不准时")] = "",
    as_happened: Annotated[
        bool, typer.Option("--as-happened", help="据实登记顺序不合规定的事项")
    ] = False,
    by: HandOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """读取填好的备案登记表：读到什么、哪里存疑、会改什么；加 --import 才写入。"""
    settings, moment = settings_of(config), now()
    read = _read(file)
    with desk(settings, write=take_over) as (c, ledger):
        found = proposal(read, ledger, local(moment).date(), unit, account)
        if take_over and found.barred:
            raise BadInputError(f"{file.name}：{each}" for each in found.barred)
        if take_over:
            _write(c, settings, found, ledger, by, as_happened)
    if as_json:
        print_json(_json(read, found, take_over))
    else:
        _show(file, read, found, take_over)


def _read(file: Path) -> FormRead:
    if not file.is_file():
        raise BadInputError([f"没有文件 {file}"])
    if file.suffix.lower() != ".docx":
        raise BadInputError([f"{file.name} 不是 .docx；旧版 .doc、.wps 请先另存为 .docx"])
    try:
        with file.open("rb") as stream:
            return read_form(form_text(stream.read(MOST_BYTES + 1)))
    except (FormError, ValueError) as error:
        raise BadInputError([f"{file.name}：{error}"]) from error
    except OSError as error:
        raise BadInputError([f"{file.name} 无法读取：{error.strerror or error}"]) from error


def _write(
    c: store.Connection,
    settings: Settings,
    found: Proposal,
    ledger: Ledger,
    by: str,
    as_happened: bool,
) -> None:
    """The account, then its filing; both audited, in one transaction."""
    moment = now()
    if found.account is not None:
        collectors = service_of(c, discover()).collectors
        accounts = (found.account,)
        store.save_register(
            c, (), accounts, by, moment, lane=lambda each: lane_of(each, collectors)
        )
    if found.filing is not None:
        accounts_by_key = {each.key: each for each in store.load_accounts(c)}
        known = Ledger(ledger.units, accounts_by_key, ledger.filings)
        take(c, settings, [found.filing], known, by, moment, as_happened)


# -- showing it --------------------------------------------------------------------------------


def _changes(found: Proposal) -> list[tuple[str, str, str, str]]:
    """What would be written: of what, which field, from what to what."""
    rows = []
    if found.account is not None:
        after, before = row_words(found.account), _words(found.account_before)
        rows += [
            (f"账号 {found.account.key}", HEADINGS[name][0], before.get(name, ""), word)
            for name, word in after.items()
            if word != before.get(name, "")
        ]
    if found.filing is not None:
        after = filing_words(found.filing)
        before = filing_words(found.filing_before) if found.filing_before else {}
        rows += [
            (f"事项 {found.filing.key}", FILING_WORDS[name][0], before.get(name, ""), word)
            for name, word in after.items()
            if word != before.get(name, "")
        ]
    return rows


def _words(account: Account | None) -> dict[str, str]:
    return row_words(account) if account else {}


def _json(read: FormRead, found: Proposal, written: bool) -> dict[str, Any]:
    return {
        "imported": written and not found.barred,
        "read": {
            name: value if isinstance(value, (bool, int)) else dated(value)
            for name, value in read.values.items()
        },
        "event": read.event,
        "other_name": read.other_name,
        "doubts": [
            {
                "field": each.field,
                "word": each.word,
                "read": each.read,
                "advice": each.advice,
                "soft": each.soft,
            }
            for each in found.doubts
        ],
        "unit": found.unit.key if found.unit else None,
        "account": found.account_before.key if found.account_before else None,
        "changes": [
            {"about": about, "column": column, "before": before, "after": after}
            for about, column, before, after in _changes(found)
        ],
        "cannot": list(found.barred),
        "remarks": list(found.remarks),
    }


def _show(file: Path, read: FormRead, found: Proposal, written: bool) -> None:
    out.print(_fields(file, read, found))
    rows = _changes(found)
    if rows:
        table = Table(title="已写入" if written else "导入时会写入")
        for heading in ("对象", "栏目", "原为", "改为"):
            table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(*(plain(each, 120) for each in row))
        out.print(table)
    for line in (*found.barred, *found.remarks):
        out.print(line, markup=False)
    if found.barred:
        out.print("以上问题解决之前不能导入。", markup=False)
    elif not rows:
        out.print("与台账一致，没有要写入的。", markup=False)
    elif not written:
        out.print("尚未写入；核对后加 --import 导入。存疑的栏目不写入。", markup=False)


def _fields(file: Path, read: FormRead, found: Proposal) -> Table:
    table = Table(title=f"备案登记表 {plain(file.name, 60)}")
    for heading in ("栏目", "读到", "存疑与处理"):
        table.add_column(heading, overflow="fold")
    doubts: dict[str, list[str]] = {}
    for each in found.doubts:
        doubts.setdefault(each.field, []).append(each.advice)
    for name, word in WORDS.items():
        value = read.values.get(name)
        shown = read.texts.get(name, "") if value is None else _shown(name, value, read)
        table.add_row(word, plain(shown, 120), plain("；".join(doubts.get(name, ())), 200))
    return table


def _shown(name: str, value: Any, read: FormRead) -> str:
    if name == "closed":
        return "关停注销" if value else "正常"
    if name == "platform":
        return (
            f"{PLATFORMS.get(value, value)} {read.other_name if value == 'other' else ''}".strip()
        )
    return dated(value)
