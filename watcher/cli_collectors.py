"""`watcher collectors`: what is in service, trying a new one, taking it in, taking one out."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from collectors import Collector, installed
from collectors.declarative import collector_from, json_schema, read_spec
from watcher import store
from watcher.calendar import ZONE
from watcher.config import Settings, source_settings
from watcher.daemon import now
from watcher.fetch import Fetcher
from watcher.mistakes import meant
from watcher.model import Account, Page, Source, Unit
from watcher.service import losses, refit, service_of, users_of
from watcher.showing_collectors import (
    COVERAGES,
    Entry,
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
    ConfigOption,
    JsonOption,
    err,
    open_database,
    out,
    print_json,
    settings_of,
)
from watcher.trying import Candidate, SavedPages, Trial, attempt, shipped_text

app = typer.Typer(no_args_is_help=True, help="采集器：列表、检查、试用、投入使用、停用")

ByOption = Annotated[str, typer.Option("--by", help="操作人，记入审计日志")]
AccountOption = Annotated[str, typer.Option("--account", help="在这个已登记的账号上试")]
HandleOption = Annotated[str, typer.Option("--handle", help="在这个平台账号标识上试")]
NameOption = Annotated[str, typer.Option("--name", help="账号名称，供核对页面是否本账号")]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="采集源设置 名=值，可重复")]
PageOption = Annotated[
    list[Path] | None,
    typer.Option("--page", help="已保存的页面，不访问网络；有前置请求的按先后重复给出"),
]
UrlOption = Annotated[
    list[str] | None, typer.Option("--url", help="页面的网址，与 --page 依次对应")
]
StatusOption = Annotated[
    list[int] | None, typer.Option("--status", help="页面的 HTTP 状态，与 --page 依次对应")
]
HeaderOption = Annotated[
    list[str] | None, typer.Option("--header", help="页面的响应头 名=值，可重复")
]
AtOption = Annotated[str, typer.Option("--at", help="页面保存的时刻，ISO 8601；默认现在")]

_NOBODY = Unit("", "")  # of an account that is only tried


@dataclass(frozen=True, slots=True)
class Subject:
    """What a collector is to be tried on: an account or a handle, live or on saved pages."""

    account: str = ""
    handle: str = ""
    name: str = ""
    settings: Mapping[str, Any] | None = None
    pages: tuple[Page, ...] = ()


@app.command("list")
def list_(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """列出采集器：读什么、能看到多少、是否在用、有多少账号使用。"""
    found = installed()
    entries = _entries(config, found.collectors)
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
    entry = _entry(name, _entries(config, installed().collectors))
    versions = _versions(config, name)
    text = _text_of(entry.collector, versions)
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
        spec, mistakes = read_spec(_read(file), str(file))
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
    subject = _subject(account, handle, name, setting, page, url, status, header, at)
    candidate = _candidate(target, config)
    trial = asyncio.run(_tried(candidate, subject, settings))
    if as_json:
        print_json(trial_json(trial))
    else:
        print_trial(trial, out, trial.outcome.at)
    if not trial.saw:
        raise typer.Exit(1)


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="YAML 文件")],
    by: ByOption,
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
    by, settings = _person(by), settings_of(config)
    candidate = _from_file(file)
    db = open_database(settings)
    try:
        if _stands(db, candidate):
            _say_added(as_json, candidate.collector.name, None, "内容与在用的版本相同，未作改动")
            return
        subject = _subject(account, handle, name, setting, page, url, status, header, at)
        trial = asyncio.run(_tried(candidate, subject, settings))
        if not as_json or not trial.saw:
            print_trial(trial, err if as_json else out, trial.outcome.at)
        if not trial.saw:
            err.print("试用没有成功，未投入使用。", markup=False)
            raise typer.Exit(1)
        added, text = _added(db, candidate, trial, by, note)
        _say_added(as_json, added.name, added, text)
    finally:
        db.close()


@app.command()
def disable(
    name: Annotated[str, typer.Argument(help="采集器")],
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", help="停用理由，记入审计日志")],
    yes: Annotated[bool, typer.Option("--yes", help="不再询问")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """停用一个采集器，并说明哪些账号因此看不到。"""
    by, shipped = _person(by), installed().collectors
    db = open_database(settings_of(config))
    try:
        with db.read() as c:
            known = service_of(c, shipped).collectors
            collector = _named(name, known)
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
    by: ByOption,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """重新启用停用了的采集器（停用前的版本）。"""
    by, shipped, moment = _person(by), installed().collectors, now()
    db = open_database(settings_of(config))
    try:
        with db.write() as c:
            _named(name, service_of(c, shipped).collectors)
            done = store.enable_collector(c, name, by, moment)
            concerned = refit(c, name, shipped, wake=moment)
    finally:
        db.close()
    out.print(
        f"已启用 {name}，涉及 {len(concerned)} 个账号。" if done else f"{name} 本来就在用。",
        markup=False,
    )


# -- what is there ---------------------------------------------------------------------------


def _entries(config: Path, shipped: Mapping[str, Collector]) -> tuple[Entry, ...]:
    """Every collector and how it stands, as far as a database is at hand."""
    db = _database(config)
    if db is None:
        return tuple(Entry(shipped[name], True, None, None) for name in sorted(shipped))
    try:
        with db.read() as c:
            known = service_of(c, shipped).collectors
            standings = {each.name: each for each in store.standings(c)}
            accounts = store.load_accounts(c)
    finally:
        db.close()
    return tuple(
        Entry(known[name], name in shipped, standings.get(name), len(users_of(name, accounts)))
        for name in sorted(known)
    )


def _database(config: Path) -> store.Database | None:
    """The configured database, where there is a configuration and a database that is ready."""
    if not config.is_file():
        return None
    url = settings_of(config).database.reveal()
    return store.connect(url) if store.ready(url) else None


def _versions(config: Path, name: str) -> tuple[store.Added, ...]:
    db = _database(config)
    if db is None:
        return ()
    try:
        with db.read() as c:
            return store.added_collectors(c, name)
    finally:
        db.close()


def _text_of(collector: Collector, versions: Iterable[store.Added]) -> str:
    """The YAML of a collector: the version that stands, else what is installed; "" for Python."""
    added = next((each for each in versions if str(each.version) == collector.version), None)
    return added.spec if added else shipped_text(collector.name)


def _entry(name: str, entries: Iterable[Entry]) -> Entry:
    known = {entry.collector.name: entry for entry in entries}
    _named(name, {key: entry.collector for key, entry in known.items()})
    return known[name]


def _named(name: str, known: Mapping[str, Collector]) -> Collector:
    if name not in known:
        hint = meant(name, known) or f"已有：{', '.join(sorted(known))}"
        raise BadInputError([f"没有采集器 {name!r}；{hint}"])
    return known[name]


# -- what is to be tried, and on what --------------------------------------------------------


def _candidate(target: str, config: Path) -> Candidate:
    """A YAML file, or a collector that is known by name, whether in service or not."""
    path = Path(target)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return _from_file(path)
    entry = _entry(target, _entries(config, installed().collectors))
    text = _text_of(entry.collector, _versions(config, target))
    if not text:
        return Candidate(entry.collector)
    spec, _ = read_spec(text, target)
    return Candidate(replace(entry.collector, out=""), spec, text)


def _from_file(file: Path) -> Candidate:
    """The collector of a YAML file. Raises BadInputError with all its mistakes."""
    text = _read(file)
    spec, mistakes = read_spec(text, str(file))
    if spec is None or mistakes:
        raise BadInputError([f"有 {len(mistakes)} 处错误：", *mistakes])
    return Candidate(collector_from(spec), spec, text)


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError([f"{file}: 不是 UTF-8 文本（第 {error.start} 字节）"]) from None
    except OSError as error:
        raise BadInputError([f"{file}: {error.strerror or error}"]) from None


def _subject(
    account: str,
    handle: str,
    name: str,
    setting: list[str] | None,
    files: list[Path] | None,
    urls: list[str] | None,
    statuses: list[int] | None,
    headers: list[str] | None,
    at: str,
) -> Subject:
    """What the options say to try on. Raises BadInputError."""
    if account and handle:
        raise BadInputError(["--account 与 --handle 只能给一个"])
    if not (account or handle or files):
        raise BadInputError(["请用 --account、--handle 或 --page 说明在什么上试"])
    pages = tuple(_pages(files or [], urls or [], statuses or [], headers or [], at))
    return Subject(account, handle, name, _pairs("--set", setting or [], values=True), pages)


def _pages(
    files: list[Path], urls: list[str], statuses: list[int], headers: list[str], at: str
) -> Iterable[Page]:
    for option, given in (("--url", urls), ("--status", statuses)):
        if len(given) > len(files):
            raise BadInputError([f"{option} 比 --page 多；两者按先后一一对应"])
    said = {key.lower(): str(value) for key, value in _pairs("--header", headers).items()}
    moment = _moment(at)
    for n, file in enumerate(files):
        try:
            body = file.read_bytes()
        except OSError as error:
            raise BadInputError([f"{file}: {error.strerror or error}"]) from None
        url = urls[n] if n < len(urls) else ""
        yield Page(url, statuses[n] if n < len(statuses) else 200, body, moment, said)


def _pairs(option: str, given: Iterable[str], values: bool = False) -> dict[str, Any]:
    """NAME=VALUE; a value that begins like a list or a map is read as YAML where `values`."""
    found: dict[str, Any] = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals or not key:
            raise BadInputError([f"{option} {each!r} 应写作 名=值"])
        found[key.strip()] = yaml.safe_load(value) if values and value[:1] in "[{" else value
    return found


def _moment(text: str) -> datetime:
    if not text:
        return now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInputError([f"--at {text!r} 不是时刻；写法如 2026-01-01T00:00+08:00"]) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC)


def _person(by: str) -> str:
    if not by.strip():
        raise BadInputError(["--by 不能为空：请写明操作人"])
    return by.strip()


async def _tried(candidate: Candidate, subject: Subject, settings: Settings) -> Trial:
    """Read once, live or from the saved pages."""
    collector = candidate.collector
    account, source = _account(collector, subject, settings)
    if subject.pages:
        saved = SavedPages(subject.pages, collector.hosts_for(source))
        at = max(page.at for page in subject.pages)
        trial = await attempt(
            candidate, account, source, saved, at, settings.rules, settings.calendar
        )
        unasked = (f"给出的页面有 {saved.unasked} 个没有用到",) if saved.unasked else ()
        return replace(trial, notes=(*trial.notes, *unasked))
    fetcher = Fetcher(settings.fetch, now)
    try:
        reader = fetcher.reader(
            collector=collector.name,
            platform=collector.platform,
            hosts=collector.hosts_for(source),
            source=source,
            handshake=collector.handshake,
        )
        return await attempt(
            candidate, account, source, reader, now(), settings.rules, settings.calendar
        )
    finally:
        await fetcher.aclose()


def _account(collector: Collector, subject: Subject, settings: Settings) -> tuple[Account, Source]:
    """The account to read and its source for this collector, secrets in place.

    A registered account need not name the collector yet: then its platform id is the handle.
    """
    given = dict(subject.settings or {})
    if not subject.account:
        source = Source(collector.name, subject.handle, given, subject.name)
        key = f"{collector.name}-{subject.handle}"
        return Account(key, collector.platform, subject.name, _NOBODY, (source,)), source
    db = open_database(settings)
    with db.read() as c:
        found = store.load_accounts(c, [subject.account])
    db.close()
    if not found:
        raise BadInputError([f"没有编号为 {subject.account} 的账号；用 watcher accounts list 查看"])
    account = found[0]
    other = Source(collector.name, account.platform_id)
    source = next((s for s in account.sources if s.collector == collector.name), other)
    revealed = source_settings(
        {**source.settings, **given}, os.environ, settings.folder, source.collector
    )
    return account, replace(source, settings=revealed, account_name=subject.name or account.name)


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
