"""`watcher poll|try|record|replay`: one reading at once, kept or only shown, live or recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from collectors import Collector, discover
from watcher import showing, store
from watcher.cli_subject import NOBODY, pairs
from watcher.config import Settings
from watcher.daemon import assemble, now
from watcher.fetch import Fetcher, FetchSettings
from watcher.fetch.record import load_case
from watcher.model import Account, Failure, Outcome, Source
from watcher.reading import observe, record_case, replay_case
from watcher.rounds import look
from watcher.service import at_hand, refresh
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ConfigOption,
    JsonOption,
    err,
    open_database,
    out,
    print_json,
    settings_of,
)
from watcher.watch import stop


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


def _source(
    platform: str, handle: str, settings: Iterable[str], known: Mapping[str, Collector]
) -> Source:
    if platform not in known:
        near = get_close_matches(platform, known, n=1)
        hint = f"，是否指 {near[0]}？" if near else f"；已有：{', '.join(sorted(known))}"
        raise BadInputError([f"没有采集器 {platform!r}{hint}"])
    return Source(platform, handle, pairs("--set", settings, values=True))


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
