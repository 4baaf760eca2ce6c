"""platforms.yaml: what is known of each platform beforehand, and its canary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from collectors import SECRETS
from watcher.config.reading import read_yaml, resolve_secrets
from watcher.config.schema import Name, Span, Table, Text, between
from watcher.mistakes import Mistake, meant
from watcher.sight import Canary, Plan
from watcher.wording import mistakes_of

Every = Annotated[Span, between(timedelta(minutes=5), timedelta(days=1))]
Speaks = Annotated[Span, between(timedelta(hours=1), timedelta(days=366))]


def _line(value: str) -> str:
    if value != value.strip() or not value.isprintable():
        raise ValueError("应为一行文字，首尾没有空格")
    return value


Line = Annotated[Name, AfterValidator(_line)]


class CanaryTable(Table):
    collector: Line
    handle: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_line)]
    name: Line
    settings: dict[str, Any] = Field(default_factory=dict)
    speaks_within: Speaks = timedelta(days=2)


class PlatformTable(Table):
    title: Line | None = None
    status: Literal["live", "closed"] = "live"
    closed_on: date | None = None
    note: Text | None = None
    canary: CanaryTable | None = None
    every: Every = timedelta(minutes=30)
    confirmed_by: Line | None = None
    confirmed_on: date | None = None


def load_platforms(
    path: Path,
    lanes: Iterable[str],
    collectors: Mapping[str, str] | None,
    env: Mapping[str, str] | None,
) -> tuple[Mapping[str, Plan], tuple[Mistake, ...]]:
    """The plan of each lane, and every mistake of the file.

    `lanes` are those that somebody reads. `collectors` gives the lane of each; None: not known.
    Without `env` the secrets of canaries may be missing.
    """
    raw, mistakes = read_yaml(path)
    if raw is None:
        return {}, mistakes
    tables, wrong = _tables(raw, path.name)
    found = [*mistakes, *wrong]
    known = tuple(lanes)
    for lane, table in tables.items():
        for place, message, hint in _wrong(lane, table, known, collectors):
            found.append(Mistake(path.name, f"platforms.{lane}{place}", message, hint))
        if table.canary is not None and env is not None:
            where = f"platforms.{lane}.canary.settings"
            found += resolve_secrets(table.canary.settings, env, path.parent, path.name, where)[1]
    return {lane: _plan(table) for lane, table in tables.items()}, tuple(found)


def _tables(raw: Any, name: str) -> tuple[Mapping[str, PlatformTable], tuple[Mistake, ...]]:
    """The platforms that are right each for itself; a wrong one hides no mistake of another."""
    if not isinstance(raw, dict) or not isinstance(raw.get("platforms") or {}, dict):
        return {}, (Mistake(name, "", "最上层应为 platforms:，其下每个平台一项"),)
    found: dict[str, PlatformTable] = {}
    wrong = [
        Mistake(name, str(key), "不认识这一项", "这里可用：platforms")
        for key in raw
        if key != "platforms"
    ]
    for lane, given in (raw.get("platforms") or {}).items():
        try:
            found[str(lane)] = PlatformTable.model_validate(given)
        except ValidationError as error:
            for each in mistakes_of(error, name, PlatformTable):
                place = f"platforms.{lane}" + (f".{each.path}" if each.path else "")
                wrong.append(Mistake(name, place, each.message, each.suggestion))
    return found, tuple(wrong)


def _wrong(
    lane: str,
    table: PlatformTable,
    lanes: tuple[str, ...],
    collectors: Mapping[str, str] | None,
) -> Iterator[tuple[str, str, str]]:
    """What is each for itself right and together wrong: place, message, suggestion."""
    closed = table.status == "closed"
    if lane not in lanes and not closed:
        hint = meant(lane, lanes) or f"已有：{'、'.join(sorted(lanes))}"
        yield "", "没有采集器读取它", hint
    if table.closed_on is not None and not closed:
        yield ".closed_on", "只用于已停止运营的平台", "加上 status: closed"
    if table.canary is not None and closed:
        yield ".canary", "已停止运营的平台不再读取", "去掉 canary"
    if table.confirmed_on is not None and table.confirmed_by is None:
        yield ".confirmed_on", "写了日期，没写由谁确认", "加上 confirmed_by"
    if table.confirmed_by is not None and table.confirmed_on is None:
        yield (
            ".confirmed_by",
            "写了由谁确认，没写日期",
            "加上 confirmed_on，如 2026-11-23",
        )
    if table.canary is not None:
        yield from _wrong_canary(lane, table.canary, collectors)


def _wrong_canary(
    lane: str, canary: CanaryTable, collectors: Mapping[str, str] | None
) -> Iterator[tuple[str, str, str]]:
    name = canary.collector
    if collectors is not None and name not in collectors:
        hint = meant(name, collectors) or f"已有：{'、'.join(sorted(collectors))}"
        yield ".canary.collector", f"没有安装采集器 {name}", hint
    elif collectors is not None and collectors[name] != lane:
        yield ".canary.collector", f"{name} 读取的是 {collectors[name]}，不是 {lane}", ""
    for key, value in canary.settings.items():
        if key in SECRETS and isinstance(value, str):
            yield f".canary.settings.{key}", "是密钥", "请用 {env: 变量名} 或 {file: 路径} 给出"


def _plan(table: PlatformTable) -> Plan:
    return Plan(
        title=table.title or "",
        closed=table.status == "closed",
        closed_on=table.closed_on,
        note=table.note or "",
        canary=_canary(table.canary) if table.canary else None,
        every=table.every,
        confirmed_by=table.confirmed_by or "",
        confirmed_on=table.confirmed_on,
    )


def _canary(table: CanaryTable) -> Canary:
    return Canary(table.collector, table.handle, table.name, table.settings, table.speaks_within)
