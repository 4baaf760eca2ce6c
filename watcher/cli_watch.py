"""Commands of the watch as a whole: check, run, demo, migrate, findings, simulate."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from alerts.links import Hiding
from watcher import showing, store
from watcher.console import as_json as console_json
from watcher.daemon import now
from watcher.daemon import run as serve
from watcher.model import CaseState
from watcher.personal import Covering
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ConfigOption,
    JsonOption,
    err,
    moment_of,
    open_database,
    out,
    print_json,
    settings_of,
)
from watcher.view_rows import case_row


def check(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """检查全部配置，一次报告所有错误。"""
    settings = settings_of(config, targets=True)
    out.print(
        f"配置无误：规则 {len(settings.rules.rules)} 条，"
        f"办公室 {len(settings.offices.offices)} 个，"
        f"推送目标 {len(settings.offices.targets)} 个；放假安排已公布至 "
        f"{max(settings.calendar.announced)} 年。"
    )
    if settings.links and settings.links.public_url.startswith("http://"):
        err.print("注意：public_url 不是 https，签收链接会在网络上明文传送。", style="yellow")


def run(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """运行监测程序，直到收到 SIGTERM 或 Ctrl-C。"""
    settings = settings_of(config, targets=True)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(Covering())
        handler.addFilter(Hiding())
    for chatty in ("httpx", "apscheduler", "apprise", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    open_database(settings).close()
    serve(settings)


def demo(
    port: Annotated[int, typer.Option(help="状态页端口")] = 8710,
    seconds: Annotated[int, typer.Option(help="演示时长（秒）")] = 90,
    keep: Annotated[bool, typer.Option(help="结束后保留状态页，直到 Ctrl-C")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """在内置数据库和平台替身上演示主要流程。"""
    from watcher.demo import show  # Playwright and the replica are needed nowhere else

    raise typer.Exit(asyncio.run(show(settings_of(config), port, seconds, keep, out)))


def migrate(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """把数据库结构升级到最新版本（只向前）。"""
    db = store.connect(settings_of(config).database.reveal())
    store.migrate(db)
    db.close()
    out.print("数据库结构已是最新版本。")


def findings(
    config: ConfigOption = DEFAULT_CONFIG,
    closed: Annotated[bool, typer.Option("--all", help="包括已销号的")] = False,
    as_json: JsonOption = False,
) -> None:
    """列出问题，每条附依据。"""
    moment = now()
    db = open_database(settings_of(config))
    with db.read() as c:
        cases = store.list_cases(c, None if closed else CaseState.OPEN)
        proofs = store.evidence_of(c, [case.id for case in cases if case.id is not None])
        accounts = {account.key: account for account in store.load_accounts(c)}
        states = {state.key: state for state in store.overview(c, moment).accounts}
    db.close()
    if as_json:
        rows = [
            case_row(case, states.get(case.finding.account), proofs.get(case.id or 0, ""))
            for case in cases
        ]
        print_json(console_json(rows, moment))
    else:
        out.print(showing.case_table(cases, accounts))


def simulate(
    begin: Annotated[str, typer.Option("--from", help="开始时刻，ISO 8601")],
    end: Annotated[str, typer.Option("--to", help="结束时刻，ISO 8601")],
    accounts: Annotated[int, typer.Option(help="账号数", min=1, max=5000)] = 60,
    seed: Annotated[int, typer.Option(help="随机种子：同样的种子，同样的世界")] = 1,
    database: Annotated[
        Path | None, typer.Option("--database", help="结果数据库文件（新建）")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """在虚拟时钟下运行同一套流程，并与事先写好的真值比较。"""
    from watcher.simulation import simulated  # the replica is needed nowhere else

    first, last = moment_of("--from", begin), moment_of("--to", end)
    if last <= first:
        raise BadInputError([f"--to {end} 应晚于 --from {begin}"])
    if last - first > timedelta(days=3 * 366):
        raise BadInputError(["一次最多模拟三年"])
    progress = None if as_json else err
    settings = settings_of(config)
    result = asyncio.run(simulated(settings, first, last, accounts, seed, database, progress))
    if as_json:
        print_json(result.as_json())
    else:
        out.print(result.as_text(), markup=False)
    if result.differences:
        raise typer.Exit(1)
