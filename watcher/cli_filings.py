"""`watcher filings`: 事项台账, one filing from its application to its form, and whole files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from watcher.calendar import local
from watcher.cli_filing_desk import (
    changes_given,
    day_of,
    desk,
    follow,
    kind_of,
    known,
    ledger_at,
    platform_of,
    take,
    unit_of,
)
from watcher.config import Settings
from watcher.daemon import now
from watcher.filing_columns import HEADINGS
from watcher.filing_desk import (
    STEPS,
    Ledger,
    StepError,
    advanced,
    completed,
    faults,
    with_children,
)
from watcher.filing_files import FilingRow, read_filings, write_filings
from watcher.filings import Filing, FilingKind
from watcher.register import Mistake, RegisterError
from watcher.showing_filings import filing_json, filing_table, filings_table
from watcher.store.filed import keep_filings
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ConfigOption,
    HandOption,
    JsonOption,
    one_of,
    out,
    print_json,
    settings_of,
    writable,
)

app = typer.Typer(no_args_is_help=True, help="备案事项：开设、变更、整合、关停、注销")

HappenedOption = Annotated[
    bool, typer.Option("--as-happened", help="据实登记顺序不合规定的事项（由规则判定，不拒绝）")
]
MAKE_KEY = "不填则自动编号"


@app.command()
def add(
    kind: Annotated[str, typer.Option("--kind", help="开设、变更、整合、关停、注销")],
    unit: Annotated[str, typer.Option("--unit", help="主办单位的编号或名称")] = "",
    account: Annotated[str, typer.Option("--account", help="账号编号")] = "",
    platform: Annotated[str, typer.Option("--platform", help="平台（开设时）")] = "",
    name: Annotated[str, typer.Option("--name", help="拟用账号名称（开设时）")] = "",
    change: Annotated[
        list[str] | None, typer.Option("--change", help="字段=新值，如 名称=新名称，可重复")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="理由")] = "",
    decided_on: Annotated[str, typer.Option("--decided-on", help="集体研究日期")] = "",
    decision: Annotated[str, typer.Option("--decision", help="纪要文号")] = "",
    keeps: Annotated[str, typer.Option("--keeps", help="整合保留的账号编号")] = "",
    child: Annotated[
        list[str] | None,
        typer.Option("--child", help="整合的其他账号：账号编号=关停 或 账号编号=注销，可重复"),
    ] = None,
    override: Annotated[str, typer.Option("--override", help="第九条例外：批准人和理由")] = "",
    note: Annotated[str, typer.Option("--note", help="备注")] = "",
    key: Annotated[str, typer.Option("--key", help=f"事项编号，{MAKE_KEY}")] = "",
    by: HandOption = "",
    as_happened: HappenedOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """登记一个事项；之后用 advance 逐步推进。整合连同其他账号的关停、注销一并登记。"""
    settings, moment = settings_of(config), now()
    found = kind_of("--kind", kind)
    with desk(settings) as (c, ledger):
        number = key or _number(found, local(moment).date(), ledger)
        if number in ledger.filings:
            raise BadInputError(
                [f"--key: 事项编号“{number}”已存在；推进用 watcher filings advance"]
            )
        filing = Filing(
            number,
            found,
            unit or unit_of(account or keeps, ledger),
            account=account,
            platform=platform_of(platform),
            account_name=name,
            changes=changes_given(change or []),
            reason=reason,
            decided_on=day_of("--decided-on", decided_on),
            decision=decision,
            keeps=keeps,
            override=override,
            note=note,
        )
        filings = (filing, *_children(filing, child or []))
        take(c, settings, filings, ledger, by, moment, as_happened)
        ledger = ledger_at(c)
    _show(ledger.filings[number], ledger, settings, moment, as_json)


@app.command("list")
def list_(
    account: Annotated[str, typer.Option("--account", help="只列这个账号的")] = "",
    open_only: Annotated[bool, typer.Option("--open", help="只列未办结的")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """列出事项：进度、下一步、由谁办理。"""
    settings, moment = settings_of(config), now()
    with desk(settings, write=False) as (_, ledger):
        pass
    past = {filing.account for filing in ledger.filings.values()}
    if account:
        one_of("--account", account, {*ledger.accounts, *past}, "watcher accounts list")
    shown = [f for f in ledger.filings.values() if not account or f.account == account]
    today, law = local(moment).date(), settings.rules.published_on
    rows = [filing_json(f, ledger, law, settings.calendar, today) for f in shown]
    kept = [f for f, row in zip(shown, rows, strict=True) if not open_only or row["next_step"]]
    if as_json:
        keys = {f.key for f in kept}
        print_json({"filings": [row for row in rows if row["key"] in keys]})
    else:
        out.print(filings_table(kept, ledger))


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="事项编号")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """显示一个事项：各步日期、下一步由谁办理、各项期限。"""
    settings = settings_of(config)
    with desk(settings, write=False) as (_, ledger):
        pass
    _show(known(key, ledger), ledger, settings, now(), as_json)


@app.command()
def advance(
    key: Annotated[str, typer.Argument(help="事项编号")],
    step: Annotated[str, typer.Option("--step", help="、".join(STEPS))],
    on: Annotated[str, typer.Option("--on", help="日期，如 2026-11-23")],
    approval: Annotated[str, typer.Option("--approval", help="审批文号")] = "",
    url: Annotated[str, typer.Option("--url", help="公告链接")] = "",
    override: Annotated[str, typer.Option("--override", help="第九条例外：批准人和理由")] = "",
    account: Annotated[str, typer.Option("--account", help="开设后的账号编号")] = "",
    by: HandOption = "",
    as_happened: HappenedOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """推进一步：申请、初审、审批、公告、实施、登记表、全国系统、不予批准、撤回。"""
    if step not in STEPS:
        raise BadInputError([f"--step {step!r}: 应为 {'、'.join(STEPS)} 之一"])
    settings, moment = settings_of(config), now()
    day_on = day_of("--on", on)
    if day_on is None:
        raise BadInputError(["--on 不能为空"])
    with desk(settings) as (c, ledger):
        try:
            filing = advanced(known(key, ledger), step, day_on, approval, url)
        except StepError as error:
            raise BadInputError([error]) from None
        filing = replace(
            filing, account=account or filing.account, override=override or filing.override
        )
        take(c, settings, with_children(filing, ledger), ledger, by, moment, as_happened)
        ledger = ledger_at(c)
    _show(ledger.filings[key], ledger, settings, moment, as_json)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help=".xlsx、.csv 或 .yaml")],
    by: HandOption = "",
    as_happened: HappenedOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """导入事项台账；有任何错误则全部不导入，一次列出所有错误。"""
    settings, moment = settings_of(config), now()
    rows = read_filings(file)
    with desk(settings) as (c, ledger):
        filings = [completed(row.filing, ledger) for row in rows]
        after = replace(ledger, filings={**ledger.filings, **{f.key: f for f in filings}})
        today = local(moment).date()
        mistakes = [
            _mistake(file, row, wrong.field, wrong.message)
            for row, filing in zip(rows, filings, strict=True)
            for wrong in faults(filing, after, today, settings.calendar, as_happened)
        ]
        if mistakes:
            raise RegisterError(mistakes)
        changes = keep_filings(c, filings, by, moment)
        follow(c, settings, moment)
    done = {
        "added": list(changes.added),
        "changed": list(changes.changed),
        "unchanged": list(changes.unchanged),
    }
    if as_json:
        print_json(done)
        return
    out.print(
        f"导入完成（事项 {len(rows)} 条）：新增 {len(changes.added)} 条，"
        f"更新 {len(changes.changed)} 条，未变 {len(changes.unchanged)} 条。"
    )


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help=".xlsx、.csv 或 .yaml")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """导出事项台账，格式由扩展名决定；导出的文件可再导入。"""
    with desk(settings_of(config), write=False) as (_, ledger):
        pass
    names = {unit.key: unit.name for unit in ledger.units.values()}
    write_filings(writable(file), ledger.filings.values(), names)
    out.print(f"已导出 {len(ledger.filings)} 条事项到 {file}。", markup=False)


# -- inside ----------------------------------------------------------------------------------


def _show(
    filing: Filing, ledger: Ledger, settings: Settings, moment: datetime, as_json: bool
) -> None:
    today, law = local(moment).date(), settings.rules.published_on
    if as_json:
        print_json(filing_json(filing, ledger, law, settings.calendar, today))
    else:
        out.print(filing_table(filing, ledger, law, settings.calendar, today))


def _number(kind: FilingKind, today: date, ledger: Ledger) -> str:
    """A key that says the day and the kind and is not taken."""
    stem = f"{today:%Y%m%d}-{kind.value}"
    return next(key for n in range(1, 10_000) if (key := f"{stem}-{n}") not in ledger.filings)


def _children(parent: Filing, given: list[str]) -> tuple[Filing, ...]:
    if given and parent.kind is not FilingKind.MERGE:
        raise BadInputError(["--child 只用于整合"])
    found = []
    for number, word in enumerate(given, start=1):
        account, sign, kind = word.partition("=")
        if not sign:
            raise BadInputError([f"--child {word!r}: 应写成 账号编号=关停 或 账号编号=注销"])
        event = kind_of("--child", kind)
        key = f"{parent.key}-{number}"
        found.append(
            Filing(
                key,
                event,
                parent.unit,
                account=account.strip(),
                reason=parent.reason,
                decided_on=parent.decided_on,
                decision=parent.decision,
                parent=parent.key,
                override=parent.override,
            )
        )
    return tuple(found)


def _mistake(file: Path, row: FilingRow, name: str, message: str) -> Mistake:
    return Mistake(file.name, row.number, row.headings.get(name) or HEADINGS[name][0], message)
