"""`watcher collectors`: what is in service, trying a new one, taking it in, taking one out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from collectors import Collector, installed
from collectors.declarative import json_schema, read_spec
from watcher import store
from watcher.cli_known import (
    candidate_of,
    entries_of,
    entry_of,
    from_file,
    named,
    read_text,
    text_of,
    versions_of,
)
from watcher.cli_subject import (
    AccountOption,
    AtOption,
    HandleOption,
    HeaderOption,
    NameOption,
    PageOption,
    SetOption,
    StatusOption,
    UrlOption,
    subject_of,
    tried_on,
)
from watcher.daemon import now
from watcher.service import losses, refit, service_of
from watcher.showing_collectors import (
    COVERAGES,
    accounts_table,
    entries_table,
    entry_json,
    entry_table,
    print_trial,
    summary,
    trial_json,
    version_json,
    versions_table,
)
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ByOption,
    ConfigOption,
    JsonOption,
    err,
    open_database,
    out,
    print_json,
    settings_of,
)
from watcher.trying import Candidate, Trial

app = typer.Typer(no_args_is_help=True, help="采集器：列表、检查、试用、投入使用、停用")


@app.command("list")
def list_(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """列出采集器：读什么、能看到多少、是否在用、有多少账号使用。"""
    found = installed()
    entries = entries_of(config, found.collectors)
    if as_json:
        print_json(
            {
                "collectors": [entry_json(entry) for entry in entries],
                "broken": [{"name": name, "why": why} for name, why in found.broken.items()],
            }
        )
    else:
        out.print(entries_table(entries))
    for name, why in found.broken.items():
        err.print(f"插件 {name} 不能使用：{why}", markup=False)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="采集器")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """一个采集器的全部：访问的主机、能看到的栏目、历次版本及其作者、YAML 原文。"""
    entry = entry_of(name, entries_of(config, installed().collectors))
    versions = versions_of(config, name)
    text = text_of(entry.collector, versions)
    if as_json:
        hosts = sorted(entry.collector.hosts)
        pace = {"gap": entry.collector.pace.gap, "concurrency": entry.collector.pace.concurrency}
        more = {"hosts": hosts, "pace": pace, "versions": [version_json(v) for v in versions]}
        print_json({**entry_json(entry), **more, "yaml": text or None})
        return
    out.print(entry_table(entry))
    if versions:
        out.print(versions_table(versions))
    said = text or "（由 Python 编写，没有 YAML）"
    out.print(said, markup=False, highlight=False, soft_wrap=True)


@app.command()
def check(files: Annotated[list[Path], typer.Argument(help="YAML 文件，可多个")]) -> None:
    """检查 YAML 文件，一次报告所有错误。"""
    wrong: list[object] = []
    for file in files:
        spec, mistakes = read_spec(read_text(file), str(file))
        wrong += mistakes
        if spec is not None and not mistakes:
            out.print(f"{file}: 无误（采集器 {spec.name}）", markup=False, highlight=False)
    if wrong:
        raise BadInputError([f"有 {len(wrong)} 处错误：", *wrong])


@app.command()
def schema() -> None:
    """打印 YAML 的 JSON Schema，供编辑器提示和检查。"""
    print_json(json_schema())


@app.command("try")
def try_(
    target: Annotated[str, typer.Argument(metavar="FILE|NAME", help="YAML 文件或采集器名称")],
    account: AccountOption = "",
    handle: HandleOption = "",
    name: NameOption = "",
    setting: SetOption = None,
    page: PageOption = None,
    url: UrlOption = None,
    status: StatusOption = None,
    header: HeaderOption = None,
    at: AtOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """在一个账号或已保存的页面上试用：逐条规则找到什么，结论如何；不入库。"""
    settings = settings_of(config)
    subject = subject_of(account, handle, name, setting, page, url, status, header, at)
    candidate = candidate_of(target, config)
    trial = asyncio.run(tried_on(candidate, subject, settings))
    if as_json:
        print_json(trial_json(trial))
    else:
        print_trial(trial, out, trial.outcome.at)
    if not trial.saw:
        raise typer.Exit(1)


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="YAML 文件")],
    by: ByOption = "",
    account: AccountOption = "",
    handle: HandleOption = "",
    name: NameOption = "",
    setting: SetOption = None,
    page: PageOption = None,
    url: UrlOption = None,
    status: StatusOption = None,
    header: HeaderOption = None,
    at: AtOption = "",
    note: Annotated[str, typer.Option("--note", help="说明，记入审计日志")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """试用成功后投入使用；正在运行的监测程序随即采用，无需重启。"""
    settings = settings_of(config)
    candidate = from_file(file)
    db = open_database(settings)
    try:
        if _stands(db, candidate):
            _say_added(as_json, candidate.collector.name, None, "内容与在用的版本相同，未作改动")
            return
        subject = subject_of(account, handle, name, setting, page, url, status, header, at)
        trial = asyncio.run(tried_on(candidate, subject, settings))
        if not as_json or not trial.saw:
            print_trial(trial, err if as_json else out, trial.outcome.at)
        if not trial.saw:
            err.print("试用没有成功，未投入使用。", markup=False)
            raise typer.Exit(1)
        try:
            added, text = _added(db, candidate, trial, by, note)
        except store.CollectorRaceError as error:
            err.print(
                f"{error.name}：另一人同时加入了第{error.version}版，本次未投入使用；"
                f"请用 watcher collectors show {error.name} 查看后再试。",
                markup=False,
            )
            raise typer.Exit(1) from None
        _say_added(as_json, added.name, added, text)
    finally:
        db.close()


@app.command()
def disable(
    name: Annotated[str, typer.Argument(help="采集器")],
    reason: Annotated[str, typer.Option("--reason", help="停用理由，记入审计日志")],
    by: ByOption = "",
    yes: Annotated[bool, typer.Option("--yes", help="不再询问")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """停用一个采集器，并说明哪些账号因此看不到。"""
    shipped = installed().collectors
    db = open_database(settings_of(config))
    try:
        with db.read() as c:
            known = service_of(c, shipped).collectors
            collector = named(name, known)
            if collector.out:
                out.print(f"{collector.name} 已经停用：{collector.out}", markup=False)
                return
            lost = losses(name, store.load_accounts(c), known)
        if lost.blind:
            out.print(accounts_table(lost.blind, "停用后完全看不到的账号（只记为未能采集）"))
        if lost.partial:
            out.print(accounts_table(lost.partial, "停用后只能看到部分的账号（不能证明未更新）"))
        out.print(f"{len(lost.blind)} 个账号将看不到，{len(lost.partial)} 个账号将只能看到部分。")
        if not yes:
            typer.confirm(f"停用 {name}？", abort=True, err=True)
        with db.write() as c:
            store.disable_collector(c, name, by, reason, now())
            refit(c, name, shipped)
    finally:
        db.close()
    out.print(f"已停用 {name}。", markup=False)


@app.command()
def enable(
    name: Annotated[str, typer.Argument(help="采集器")],
    by: ByOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """重新启用停用了的采集器（停用前的版本）。"""
    shipped, moment = installed().collectors, now()
    db = open_database(settings_of(config))
    try:
        with db.write() as c:
            named(name, service_of(c, shipped).collectors)
            done = store.enable_collector(c, name, by, moment)
            concerned = refit(c, name, shipped, wake=moment)
    finally:
        db.close()
    out.print(
        f"已启用 {name}，涉及 {len(concerned)} 个账号。" if done else f"{name} 本来就在用。",
        markup=False,
    )


# -- taking it in ----------------------------------------------------------------------------


def _stands(db: store.Database, candidate: Candidate) -> bool:
    """Whether just this text is in service already."""
    name = candidate.collector.name
    with db.read() as c:
        current = {each.name: each for each in store.added_collectors(c, current=True)}
        enabled = {each.name for each in store.standings(c) if each.enabled}
    return name in enabled and name in current and current[name].spec == candidate.text


def _added(
    db: store.Database, candidate: Candidate, trial: Trial, by: str, note: str
) -> tuple[store.Added, str]:
    """Take it into service; what it replaces and whom it concerns, in words."""
    name, moment, shipped = candidate.collector.name, now(), installed().collectors
    tried = {
        "at": trial.outcome.at.isoformat(),
        "account": trial.account.key,
        "summary": summary(trial),
        "pages": [page.sha256 for page in trial.outcome.pages],
    }
    with db.write() as c:
        before = service_of(c, shipped).collectors.get(name)
        added = store.add_collector(c, name, candidate.text, by, moment, tried, note)
        concerned = refit(c, name, shipped, wake=moment)
    replaced = "新的采集器" if before is None else _replaced(before, candidate.collector)
    return added, f"{replaced}；涉及 {len(concerned)} 个账号"


def _replaced(before: Collector, after: Collector) -> str:
    """What a new version stands in the place of, and whether less can be seen with it."""
    text = f"替换{f'第{before.version}版' if before.version else '随程序安装的'} {before.name}"
    if before.coverage is not after.coverage:
        text += f"，由{COVERAGES[before.coverage]}变为{COVERAGES[after.coverage]}"
    return text


def _say_added(as_json: bool, name: str, added: store.Added | None, text: str) -> None:
    if as_json:
        print_json(
            {
                "name": name,
                "changed": added is not None,
                "version": added.version if added else None,
                "summary": text,
            }
        )
    elif added is None:
        out.print(f"{name}：{text}。", markup=False)
    else:
        out.print(f"已投入使用：{name} 第{added.version}版（{text}）。", markup=False)
