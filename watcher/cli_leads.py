"""`watcher leads`: accounts found that are in no register; `watcher filings national`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from watcher.calendar import local
from watcher.cli_filing_desk import day_of, desk, follow, platform_of
from watcher.daemon import now
from watcher.filing_national import compared, read_columns, read_national, read_words
from watcher.filings import Lead
from watcher.showing_filings import lead_json, leads_table
from watcher.store.filed import keep_national, load_leads, save_lead
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ByOption,
    ConfigOption,
    HandOption,
    JsonOption,
    filled,
    out,
    print_json,
    settings_of,
)

app = typer.Typer(no_args_is_help=True, help="线索：发现而不在台账中的账号")

STATES = {"filed": "filed", "已备案": "filed", "foreign": "foreign", "非政务": "foreign"}


@app.command()
def add(
    platform: Annotated[str, typer.Option("--platform", help="平台")],
    handle: Annotated[str, typer.Option("--handle", help="平台账号标识")],
    name: Annotated[str, typer.Option("--name", help="账号名称")],
    unit: Annotated[str, typer.Option("--unit", help="疑似主办单位的编号或名称")] = "",
    subject: Annotated[str, typer.Option("--subject", help="认证主体")] = "",
    url: Annotated[str, typer.Option("--url", help="链接")] = "",
    followers: Annotated[int | None, typer.Option("--followers", min=0, help="粉丝量")] = None,
    note: Annotated[str, typer.Option("--note", help="备注")] = "",
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """登记一条线索；知道疑似主办单位的，告知其日常主管单位核实（FIL-01）。"""
    settings, moment, kind = settings_of(config), now(), platform_of(platform)
    filled(("--handle", handle), ("--name", name))
    with desk(settings) as (c, ledger):
        named = [each.key for each in ledger.units.values() if unit in (each.key, each.name)]
        if unit and len(named) != 1:
            raise BadInputError([f"--unit: 没有单位“{unit}”；请先在台账中登记该单位"])
        same = (kind, handle.strip())
        if any((each.platform, each.platform_id) == same for each in ledger.accounts.values()):
            raise BadInputError(["--handle: 该账号已在台账中，不是线索"])
        found = Lead(
            kind,
            handle.strip(),
            name.strip(),
            moment,
            subject=subject,
            url=url,
            unit=named[0] if unit else "",
            note=note,
            author=by,
            followers=followers,
        )
        lead = save_lead(c, found, by, moment)
        follow(c, settings, moment)
    if as_json:
        print_json(lead_json(lead))
    else:
        out.print(f"已登记线索 {lead.id}：{lead.name}。", markup=False)


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="包括已核实的")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """列出线索。"""
    with desk(settings_of(config), write=False) as (c, ledger):
        found = load_leads(c, None if every else "open")
    if as_json:
        print_json({"leads": [lead_json(each) for each in found]})
    else:
        out.print(leads_table(found, ledger))


@app.command()
def close(
    number: Annotated[int, typer.Argument(help="线索编号")],
    state: Annotated[str, typer.Option("--as", help="已备案（filed）或 非政务（foreign）")],
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """核实一条线索：已备案，或非政务。"""
    if state not in STATES:
        raise BadInputError([f"--as {state!r}: 应为 已备案（filed）或 非政务（foreign）"])
    settings, moment = settings_of(config), now()
    with desk(settings) as (c, _):
        found = [each for each in load_leads(c) if each.id == number]
        if not found:
            raise BadInputError([f"没有编号为 {number} 的线索；用 watcher leads list --all 查看"])
        save_lead(c, replace(found[0], state=STATES[state]), by, moment)
        follow(c, settings, moment)
    out.print(f"线索 {number} 已核实。", markup=False)


def national(
    file: Annotated[Path, typer.Argument(help="全国系统导出的 .xlsx 或 .csv")],
    on: Annotated[str, typer.Option("--on", help="导出日期；默认今天")] = "",
    columns: Annotated[
        Path | None, typer.Option("--map", help="列名对照表；默认配置目录下的 national.yaml")
    ] = None,
    by: HandOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """导入全国系统导出表，逐字段与台账核对（FIL-04）；只说到表中出现的单位。"""
    settings, moment = settings_of(config), now()
    today = local(moment).date()
    day = day_of("--on", on) or today
    if day > today:
        raise BadInputError([f"--on {day} 尚未到"])
    table = columns or config.parent / "national.yaml"
    rows = read_national(file, read_columns(table), read_words(table))
    with desk(settings) as (c, ledger):
        found = compared(rows, ledger.accounts.values(), day)
        keep_national(c, found.said, file.name, by, moment)
        follow(c, settings, moment)
    missing = sorted(key for key, said in found.said.items() if said.fields is None)
    unknown = [{"row": row.number, **row.fields} for row in found.unknown]
    if as_json:
        print_json(
            {"matched": len(found.said) - len(missing), "missing": missing, "unknown": unknown}
        )
        return
    out.print(
        f"核对完成：对上 {len(found.said) - len(missing)} 个账号，"
        f"全国系统中未见 {len(missing)} 个，台账中没有 {len(unknown)} 行。"
    )
    for each in unknown:
        name, unit = each.get("name", ""), each.get("unit", "")
        out.print(f"第{each['row']}行不在台账中：{name}（{unit}）", markup=False, highlight=False)
