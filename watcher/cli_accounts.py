"""`watcher accounts`: the register in and out, and how each account stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from collectors import SECRETS, Collector, discover
from watcher import showing, store
from watcher.cli_ledger import import_ledger
from watcher.daemon import now
from watcher.model import Account
from watcher.register import Register, read_register, write_register
from watcher.register.ledger import is_ledger
from watcher.service import service_of
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ConfigOption,
    HandOption,
    JsonOption,
    open_database,
    out,
    print_json,
    settings_of,
    writable,
)
from watcher.watch import lane_of

app = typer.Typer(no_args_is_help=True, help="账号台账：导入、导出、查看")


@app.command("import")
def import_accounts(
    file: Path,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只显示会有哪些改动，不写入")] = False,
    as_happened: Annotated[
        bool, typer.Option("--as-happened", help="据实登记台账中顺序不合规定的事项")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    by: HandOption = "",
    as_json: JsonOption = False,
) -> None:
    """导入台账（.xlsx、.csv、.yaml，或导出后改过的八表台账）；有任何错误则全部不导入。"""
    settings, moment = settings_of(config), now()
    if is_ledger(file):
        import_ledger(file, settings, by, moment, _lanes(file), dry_run, as_happened, as_json)
        return
    register = read_register(file)
    db = open_database(settings)
    try:
        with _transaction(db, dry_run) as c:
            changes = store.save_register(
                c,
                register.units,
                register.accounts,
                by,
                moment,
                lane=_lanes(file)(c, register.accounts),
            )
    finally:
        db.close()
    if as_json:
        print_json({"dry_run": dry_run, "added": changes.added, "changed": changes.changed})
        return
    done = "试导入（未写入）" if dry_run else "导入完成"
    out.print(
        f"{done}（单位 {len(register.units)} 个，账号 {len(register.accounts)} 个）："
        f"新增 {len(changes.added)} 条，更新 {len(changes.changed)} 条，"
        f"未变 {len(changes.unchanged)} 条。"
    )


@contextmanager
def _transaction(db: store.Database, dry_run: bool) -> Iterator[store.Connection]:
    """A transaction; one of a dry run is rolled back."""
    try:
        with db.write() as c:
            yield c
            if dry_run:
                raise _DryRunError
    except _DryRunError:
        pass


class _DryRunError(Exception):
    """Nothing is to be written."""


def _lanes(
    file: Path,
) -> Callable[[store.Connection, tuple[Account, ...]], Callable[[Account], str]]:
    """Which lane an account is read in. Raises BadInputError for sources that nothing reads."""

    def lanes(c: store.Connection, accounts: tuple[Account, ...]) -> Callable[[Account], str]:
        collectors = service_of(c, discover()).collectors
        check_sources(file, accounts, collectors)
        return lambda account: lane_of(account, collectors)

    return lanes


@app.command("export")
def export_accounts(file: Path, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """导出台账，格式由扩展名决定（.xlsx、.csv、.yaml）。"""
    db = open_database(settings_of(config))
    with db.read() as c:
        register = Register(store.load_units(c), store.load_accounts(c))
    db.close()
    write_register(writable(file), register)
    out.print(f"已导出 {len(register.accounts)} 个账号到 {file}。")


@app.command("list")
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
