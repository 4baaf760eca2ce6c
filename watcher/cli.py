"""The `watcher` program. Exit status 2: bad input; 1: failure. Errors go to stderr.

`--json` prints one JSON document on stdout and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from collectors import SECRETS, Collector, discover
from watcher import (
    cli_cases,
    cli_collectors,
    cli_filings,
    cli_leads,
    cli_people,
    cli_platforms,
    cli_rules,
    cli_units,
    showing,
    store,
)
from watcher.calendar import CalendarError, WorkCalendar, deadline, load_calendar, week
from watcher.cli_accept import accept_face
from watcher.cli_evidence import app as evidence_app
from watcher.config import ConfigError, Settings
from watcher.console import as_json as console_json
from watcher.daemon import assemble, now
from watcher.daemon import run as serve
from watcher.fetch import Fetcher, FetchSettings
from watcher.fetch.record import CaseError, load_case
from watcher.model import Account, CaseState, Failure, Outcome, Source, Unit
from watcher.personal import Covering
from watcher.reading import observe, record_case, replay_case
from watcher.register import Register, RegisterError, read_register, write_register
from watcher.rounds import lane_of, look, stop
from watcher.service import at_hand, refresh, service_of
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ByOption,
    ConfigOption,
    JsonOption,
    err,
    fail,
    moment_of,
    open_database,
    out,
    print_json,
    settings_of,
)
from watcher.views import case_row

app = typer.Typer(no_args_is_help=True, add_completion=False, help="政务新媒体监测（守望）")
accounts_app = typer.Typer(no_args_is_help=True, help="账号台账：导入、导出、查看")
calendar_app = typer.Typer(no_args_is_help=True, help="工作日与自然周")
app.add_typer(accounts_app, name="accounts")
app.add_typer(calendar_app, name="calendar")
app.add_typer(cli_collectors.app, name="collectors")
app.add_typer(cli_platforms.app, name="platforms")
app.add_typer(evidence_app, name="evidence")
app.add_typer(cli_filings.app, name="filings")
app.add_typer(cli_leads.app, name="leads")
cli_filings.app.command("national")(cli_leads.national)
app.add_typer(cli_rules.app, name="rules")
app.add_typer(cli_units.papers_app, name="papers")
app.add_typer(cli_units.inspections_app, name="inspections")
app.add_typer(cli_people.posts_app, name="posts")
app.add_typer(cli_cases.app, name="cases")
app.command("attest")(cli_people.attest_account)
app.command("accept")(accept_face)
accounts_app.command("show")(cli_people.show_account)

HolidaysOption = Annotated[Path, typer.Option("--holidays", help="放假安排目录")]
DEFAULT_HOLIDAYS = Path("config/holidays")
NOBODY = Unit("", "")  # of an account that is only tried


def main() -> None:
    """Run the program; every foreseen error ends in one clear text and an exit status."""
    try:
        status = app(standalone_mode=False)
    except BadInputError as error:
        fail(error.lines, 2)
    except ConfigError as error:
        fail((f"配置有 {len(error.mistakes)} 处错误：", *error.mistakes), 2)
    except RegisterError as error:
        fail((f"台账文件有 {len(error.mistakes)} 处错误，未导入任何内容：", *error.mistakes), 2)
    except (CalendarError, CaseError) as error:
        fail(getattr(error, "mistakes", (error,)), 2)
    except typer.Exit as error:
        sys.exit(error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        fail(("中断",), 1)
    except typer._click.exceptions.UsageError as error:
        fail((error.format_message(), "用法见 --help"), 2)
    except (store.StoreUnavailable, OSError) as error:
        fail((error,), 1)
    sys.exit(status if isinstance(status, int) else 0)


@app.command()
def check(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """检查全部配置，一次报告所有错误。"""
    settings = settings_of(config, targets=True)
    out.print(
        f"配置无误：规则 {len(settings.rules.rules)} 条，"
        f"办公室 {len(settings.offices.offices)} 个，"
        f"推送目标 {len(settings.offices.targets)} 个；放假安排已公布至 "
        f"{max(settings.calendar.announced)} 年。"
    )


@app.command()
def run(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """运行监测程序，直到收到 SIGTERM 或 Ctrl-C。"""
    settings = settings_of(config, targets=True)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(Covering())
    for chatty in ("httpx", "apscheduler", "apprise", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    open_database(settings).close()
    serve(settings)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="状态页端口")] = 8710,
    seconds: Annotated[int, typer.Option(help="演示时长（秒）")] = 90,
    keep: Annotated[bool, typer.Option(help="结束后保留状态页，直到 Ctrl-C")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """在内置数据库和平台替身上演示主要流程。"""
    from watcher.demo import show  # Playwright and the replica are needed nowhere else

    raise typer.Exit(asyncio.run(show(settings_of(config), port, seconds, keep, out)))


@app.command()
def migrate(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """把数据库结构升级到最新版本（只向前）。"""
    db = store.connect(settings_of(config).database.reveal())
    store.migrate(db)
    db.close()
    out.print("数据库结构已是最新版本。")


@accounts_app.command("import")
def import_accounts(
    file: Path,
    config: ConfigOption = DEFAULT_CONFIG,
    by: ByOption = "命令行",
) -> None:
    """导入台账（.xlsx、.csv、.yaml）；有任何错误则全部不导入。"""
    settings = settings_of(config)
    register, moment = read_register(file), now()
    db = open_database(settings)
    try:
        with db.write() as c:
            collectors = service_of(c, discover()).collectors
            check_sources(file, register.accounts, collectors)
            changes = store.save_register(
                c,
                register.units,
                register.accounts,
                by,
                moment,
                lane=lambda account: lane_of(account, collectors),
            )
    finally:
        db.close()
    out.print(
        f"导入完成（单位 {len(register.units)} 个，账号 {len(register.accounts)} 个）："
        f"新增 {len(changes.added)} 条，更新 {len(changes.changed)} 条，"
        f"未变 {len(changes.unchanged)} 条。"
    )


@accounts_app.command("export")
def export_accounts(file: Path, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """导出台账，格式由扩展名决定（.xlsx、.csv、.yaml）。"""
    db = open_database(settings_of(config))
    with db.read() as c:
        register = Register(store.load_units(c), store.load_accounts(c))
    db.close()
    write_register(file, register)
    out.print(f"已导出 {len(register.accounts)} 个账号到 {file}。")


@accounts_app.command("list")
def list_accounts(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """列出账号及其最近更新、最近采集。"""
    db, moment = open_database(settings_of(config)), now()
    with db.read() as c:
        rows = store.overview(c, moment).accounts
    db.close()
    if as_json:
        print_json({"accounts": [showing.account_json(row) for row in rows]})
    else:
        out.print(showing.account_table(rows, moment))


@app.command()
def poll(
    account: Annotated[str, typer.Argument(help="账号编号")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """立即采集一个账号，并按规则判定、入库。"""
    settings = settings_of(config)
    open_database(settings).close()
    outcome = asyncio.run(_poll(settings, account))
    if as_json:
        print_json(showing.outcome_json(outcome))
    else:
        out.print(showing.outcome_table(outcome))


async def _poll(settings: Settings, key: str) -> Outcome:
    watch = assemble(settings)
    try:
        await refresh(watch)
        with watch.db.read() as c:
            found = store.load_accounts(c, [key])
        if not found:
            raise BadInputError([f"没有编号为 {key} 的账号；用 watcher accounts list 查看"])
        if not found[0].sources:
            raise BadInputError([f"账号 {key} 没有采集源；请用 watcher attest 人工核验"])
        return await look(watch, found[0])
    finally:
        await stop(watch)
        watch.db.close()


@app.command("try")
def try_(
    platform: Annotated[str, typer.Argument(help="采集器，如 weibo、govsite")],
    handle: Annotated[str, typer.Argument(help="平台账号标识")],
    setting: Annotated[list[str] | None, typer.Option("--set", help="名=值，可重复")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """试读一个账号：只显示读到什么，不入库。"""
    settings = settings_of(config)
    known = at_hand(settings).collectors
    source = _source(platform, handle, setting or [], known)
    outcome = asyncio.run(_try(settings.fetch, source, None, known))
    if as_json:
        print_json(showing.outcome_json(outcome))
    else:
        out.print(showing.outcome_table(outcome))
    if isinstance(outcome, Failure):
        raise typer.Exit(1)


@app.command()
def record(
    platform: Annotated[str, typer.Argument(help="采集器")],
    handle: Annotated[str, typer.Argument(help="平台账号标识")],
    folder: Annotated[Path, typer.Argument(help="新建的用例目录")],
    setting: Annotated[list[str] | None, typer.Option("--set", help="名=值，可重复")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """录制一次采集为用例目录（去除凭据与个人标识）。"""
    if folder.exists() and any(folder.iterdir()):
        raise BadInputError([f"{folder} 不是空目录；请换一个名字，已有用例不会被覆盖"])
    settings = settings_of(config)
    known = at_hand(settings).collectors
    source = _source(platform, handle, setting or [], known)
    outcome = asyncio.run(_try(settings.fetch, source, folder, known))
    out.print(showing.outcome_table(outcome))
    out.print(f"已录制到 {folder}；重放：watcher replay {folder} --json", markup=False)


@app.command()
def replay(
    case_dir: Annotated[Path, typer.Argument(help="用例目录（内有 case.yaml）")],
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="配置文件：用其数据库中在用的采集器")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """重放一个录制的用例，显示读到什么；默认只用随程序安装的采集器，不需要配置和数据库。"""
    case = load_case(case_dir)
    known = at_hand(settings_of(config)).collectors if config else discover()
    try:
        outcome, unasked = asyncio.run(replay_case(case, known))
    except LookupError as error:
        raise BadInputError([error]) from None
    if as_json:
        print_json({**showing.outcome_json(outcome), "unasked": list(unasked)})
        return
    out.print(showing.outcome_table(outcome))
    for url in unasked:
        err.print(f"录制了但没有用到：{url}", markup=False)


@app.command()
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


@calendar_app.command("due")
def calendar_due(
    start: Annotated[str, typer.Argument(metavar="DATE", help="起算日，不计入")],
    days: Annotated[int, typer.Argument(metavar="N", help="工作日数")],
    holidays: HolidaysOption = DEFAULT_HOLIDAYS,
    as_json: JsonOption = False,
) -> None:
    """起算日之后第 N 个工作日。"""
    if not 0 <= days <= 2000:
        raise BadInputError([f"N 应在 0 到 2000 之间，给的是 {days}"])
    due = deadline(_calendar(holidays), _day(start), days)
    if as_json:
        print_json(
            {
                "start": start,
                "days": days,
                "due": due.on.isoformat(),
                "provisional": due.provisional,
            }
        )
    else:
        note = "（预计，待国办放假通知）" if due.provisional else ""
        out.print(f"{due.on.isoformat()}{note}", markup=False)


@calendar_app.command("week")
def calendar_week(
    week_id: Annotated[str, typer.Argument(metavar="WEEK", help="如 2026-W08")],
    holidays: HolidaysOption = DEFAULT_HOLIDAYS,
    as_json: JsonOption = False,
) -> None:
    """一个自然周有几个工作日、是否须更新。"""
    try:
        found = week(_calendar(holidays), week_id)
    except ValueError as error:
        raise BadInputError([f"WEEK {week_id!r}: {error}；写法如 2026-W08"]) from None
    if as_json:
        print_json(
            {
                "week": found.id,
                "start": found.start.isoformat(),
                "end": found.end.isoformat(),
                "working_days": found.working_days,
                "required": found.required,
                "provisional": found.provisional,
            }
        )
        return
    duty = "须更新" if found.required else "无工作日，免更新"
    note = "（预计，待国办放假通知）" if found.provisional else ""
    out.print(
        f"{found.id} {found.start}至{found.end} 工作日{found.working_days}天 {duty}{note}",
        markup=False,
    )


@app.command()
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


def check_sources(
    file: Path, accounts: Iterable[Account], collectors: Mapping[str, Collector]
) -> None:
    """Raises BadInputError naming every source that no installed collector reads."""
    wrong = [
        f"{file.name}: {account.key}: 没有采集器 {source.collector!r}"
        f"；已有：{', '.join(sorted(collectors))}"
        for account in accounts
        for source in account.sources
        if source.collector not in collectors
    ]
    wrong += [
        f"{file.name}: {account.key}: 采集源设置 {name} 不得直接写密钥"
        f"；请写 {{env: 环境变量名}} 或 {{file: 文件路径}}"
        for account in accounts
        for source in account.sources
        for name, value in source.settings.items()
        if name in SECRETS and isinstance(value, str)
    ]
    if wrong:
        raise BadInputError(wrong)


# -- reading arguments ---------------------------------------------------------------------


def _calendar(holidays: Path) -> WorkCalendar:
    return load_calendar(holidays if holidays.is_dir() else None)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInputError([f"DATE {text!r} 不是日期；写法如 2026-02-11"]) from None


def _source(
    platform: str, handle: str, settings: Iterable[str], known: Mapping[str, Collector]
) -> Source:
    if platform not in known:
        near = get_close_matches(platform, known, n=1)
        hint = f"，是否指 {near[0]}？" if near else f"；已有：{', '.join(sorted(known))}"
        raise BadInputError([f"没有采集器 {platform!r}{hint}"])
    values: dict[str, Any] = {}
    for each in settings:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise BadInputError([f"--set {each!r} 应写作 名=值"])
        values[name] = yaml.safe_load(value) if value[:1] in "[{" else value
    return Source(platform, handle, values)


async def _try(
    settings: FetchSettings,
    source: Source,
    folder: Path | None,
    collectors: Mapping[str, Collector],
) -> Outcome:
    """Read a source once; with a folder, keep what came as a case."""
    account = Account(
        f"{source.collector}-{source.handle}", source.collector, "", NOBODY, (source,)
    )
    fetcher = Fetcher(settings, now)
    try:
        if folder is None:
            return (await observe(account, collectors, fetcher, {}, now())).outcome
        return await record_case(account, collectors[source.collector], fetcher, folder, now())
    finally:
        await fetcher.aclose()
