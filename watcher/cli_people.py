"""What people tell the watch: pasted links, and 人工核验; and all that is known of one account."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from collectors import discover
from watcher import store
from watcher.attesting import AttestError, Word, attest, remarks
from watcher.calendar import ZONE
from watcher.config import Settings
from watcher.daemon import assemble, book_of, now
from watcher.evidence import EvidenceError, keep
from watcher.lookout import sky_over, unproved_of
from watcher.model import Attestation, Post
from watcher.pasting import Pasted, paste
from watcher.service import refresh, service_of
from watcher.showing import moment
from watcher.showing_account import (
    account_parts,
    attestation_json,
    detail_json,
    pasted_json,
    pasted_table,
)
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ByOption,
    ConfigOption,
    HandOption,
    JsonOption,
    err,
    moment_of,
    open_database,
    out,
    print_json,
    settings_of,
)
from watcher.watch import lane_of, stop

posts_app = typer.Typer(no_args_is_help=True, help="信息：粘贴链接补录")


@posts_app.command("add")
def add_posts(
    urls: Annotated[list[str], typer.Argument(help="单篇文章或作品的链接，可多个")],
    account: Annotated[str, typer.Option("--account", help="账号编号；不填则按作者查找")] = "",
    by: HandOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """补录信息：读取粘贴的链接，核对作者后入库；不能证明此后未发。"""
    settings = settings_of(config)
    open_database(settings).close()
    done = asyncio.run(_paste(settings, urls, account, by))
    if as_json:
        print_json({"posts": [pasted_json(each) for each in done]})
    else:
        out.print(pasted_table(done))
    if any(each.problem for each in done):
        raise typer.Exit(1)


async def _paste(settings: Settings, urls: list[str], account: str, by: str) -> list[Pasted]:
    watch = assemble(settings)
    try:
        await refresh(watch)
        return await paste(watch, urls, account, by)
    except LookupError as error:
        raise BadInputError([error.args[0]]) from None
    finally:
        await stop(watch)
        watch.db.close()


def attest_account(
    account: Annotated[str, typer.Argument(help="账号编号")],
    evidence: Annotated[Path, typer.Option("--evidence", help="证据文件：截图或保存的页面")],
    by: ByOption = "",
    last_post: Annotated[
        str, typer.Option("--last-post", help="最近一条信息的发布时间，如 2026-11-20T10:00+08:00")
    ] = "",
    no_posts: Annotated[bool, typer.Option("--no-posts", help="账号上没有任何信息")] = False,
    last_post_url: Annotated[str, typer.Option("--last-post-url", help="其链接")] = "",
    last_post_title: Annotated[str, typer.Option("--last-post-title", help="其标题")] = "",
    name: Annotated[str, typer.Option("--name", help="所见账号名称")] = "",
    valid_days: Annotated[int, typer.Option("--valid-days", help="有效天数", min=1, max=90)] = 30,
    at: Annotated[str, typer.Option("--at", help="核验时间；默认现在")] = "",
    note: Annotated[str, typer.Option("--note", help="备注")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """人工核验：记下某人何时见到账号最近一条信息，附证据；到期后视为未知，机器采集到即作废。"""
    if no_posts == bool(last_post):
        raise BadInputError(["请给出 --last-post 时间；账号上没有任何信息时用 --no-posts"])
    last = _post(last_post, last_post_title, last_post_url) if last_post else None
    settings, seen = settings_of(config), moment_of("--at", at) if at else now()
    word = Word(seen, by, last, name, timedelta(days=valid_days), note)
    said, notes = _attested(settings, account, word, evidence)
    if as_json:
        print_json({**attestation_json(said), "notes": notes})
        return
    until = moment(said.valid_until)
    out.print(f"已记录：人工核验 · {moment(said.at)} · {by}，有效至 {until}。", markup=False)
    for line in notes:
        err.print(f"注意：{line}", markup=False, highlight=False)


def _attested(
    settings: Settings, account: str, word: Word, evidence: Path
) -> tuple[Attestation, list[str]]:
    """Keep the evidence first: a word without it is none."""
    db, moment = open_database(settings), now()
    try:
        with db.read() as c:
            known = store.dossiers(c, [account], moment).get(account)
        if known is None:
            raise BadInputError([f"没有编号为 {account} 的账号；用 watcher accounts list 查看"])
        kept = keep(evidence, settings.state / "evidence")
        with db.write() as c:
            collectors = service_of(c, discover()).collectors
            sky = sky_over(
                store.platform_sights(c),
                settings.platforms,
                lambda each: lane_of(each, collectors),
                unproved_of(collectors),
            )
            book = replace(book_of(settings), sky=sky)
            said = attest(c, account, word, kept, book, moment)
        return said, list(remarks(word, known))
    except (AttestError, EvidenceError) as error:
        raise BadInputError([error]) from None
    finally:
        db.close()


def show_account(
    account: Annotated[str, typer.Argument(help="账号编号")],
    posts: Annotated[int, typer.Option("--posts", help="显示最近多少条信息", min=0, max=1000)] = 20,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """显示一个账号：台账、采集情况、各采集源所见、信息、人工核验、未结问题。"""
    db, seen = open_database(settings_of(config)), now()
    try:
        with db.read() as c:
            found = store.account_detail(c, account, seen, count=posts)
    finally:
        db.close()
    if found is None:
        raise BadInputError([f"没有编号为 {account} 的账号；用 watcher accounts list 查看"])
    if as_json:
        print_json(detail_json(found))
        return
    for part in account_parts(found, seen):
        out.print(part)


def _post(text: str, title: str, url: str) -> Post:
    """The last post as it was told; a day alone means: some moment of that Beijing day."""
    day_only = len(text) == len("2026-11-20")
    at = moment_of("--last-post", text)
    if day_only:
        at = datetime.combine(at.astimezone(ZONE).date(), time(), ZONE).astimezone(UTC)
    return Post("", at, title[:300], url[:2000] or None, day_only=day_only)
