"""What a collector is tried on: an account or a handle, live or on saved pages."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from collectors import Collector
from watcher import store
from watcher.config import Settings, source_settings
from watcher.daemon import now
from watcher.fetch import Fetcher
from watcher.model import Account, Page, Source, Unit
from watcher.reading import reader_for
from watcher.terminal import BadInputError, moment_of, open_database
from watcher.trying import Candidate, SavedPages, Trial, attempt

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

NOBODY = Unit("", "")  # of an account that is only tried


@dataclass(frozen=True, slots=True)
class Subject:
    """What a collector is to be tried on: an account or a handle, live or on saved pages."""

    account: str = ""
    handle: str = ""
    name: str = ""
    settings: Mapping[str, Any] | None = None
    pages: tuple[Page, ...] = ()


def subject_of(
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
    return Subject(account, handle, name, pairs("--set", setting or [], values=True), pages)


def _pages(
    files: list[Path], urls: list[str], statuses: list[int], headers: list[str], at: str
) -> Iterable[Page]:
    for option, given in (("--url", urls), ("--status", statuses)):
        if len(given) > len(files):
            raise BadInputError([f"{option} 比 --page 多；两者按先后一一对应"])
    said = {key.lower(): str(value) for key, value in pairs("--header", headers).items()}
    moment = moment_of("--at", at) if at else now()
    for n, file in enumerate(files):
        try:
            body = file.read_bytes()
        except OSError as error:
            raise BadInputError([f"{file}: {error.strerror or error}"]) from None
        url = urls[n] if n < len(urls) else ""
        yield Page(url, statuses[n] if n < len(statuses) else 200, body, moment, said)


def pairs(option: str, given: Iterable[str], values: bool = False) -> dict[str, Any]:
    """NAME=VALUE; a value that begins like a list or a map is read as YAML where `values`."""
    found: dict[str, Any] = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals or not key:
            raise BadInputError([f"{option} {each!r} 应写作 名=值"])
        found[key.strip()] = yaml.safe_load(value) if values and value[:1] in "[{" else value
    return found


async def tried_on(candidate: Candidate, subject: Subject, settings: Settings) -> Trial:
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
        reader = reader_for(fetcher, collector, source)
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
        return Account(key, collector.platform, subject.name, NOBODY, (source,)), source
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
