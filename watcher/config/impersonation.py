"""impersonation.yaml: whose names are protected, where look-alikes are searched, how often.

The sections `judgement` and `takedown` are judgement.py's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from collectors import SECRETS, Collector, Need, searchers
from watcher.config.judgement import judgement_of, takedown_of
from watcher.config.reading import read_yaml, resolve_secrets
from watcher.config.schema import Name, Span, Table, between
from watcher.config.values import Impersonation
from watcher.discovery import Searches, Way
from watcher.mistakes import Mistake, meant
from watcher.wording import mistakes_of


def _line(value: str) -> str:
    if value != value.strip() or not value.isprintable():
        raise ValueError("应为一行文字，首尾没有空格")
    return value


Line = Annotated[Name, AfterValidator(_line)]
Again = Annotated[Span, between(timedelta(days=1), timedelta(days=90))]
PER_DAY = 24  # searches of one way where the file does not say


class NamesTable(Table):
    extra: list[Line] = Field(default_factory=list)
    leave_out: list[Line] = Field(default_factory=list)
    units: bool = True


class WayTable(Table):
    enabled: bool = False
    per_day: int = Field(default=PER_DAY, ge=1, le=500)
    settings: dict[str, Any] = Field(default_factory=dict)


class SearchTable(Table):
    from_hour: int = Field(default=7, ge=0, le=23)
    to_hour: int = Field(default=22, ge=1, le=24)
    again: Again = timedelta(days=7)
    ways: dict[str, WayTable] = Field(default_factory=dict)


class ImpersonationTable(Table):
    names: NamesTable = NamesTable()
    search: SearchTable = SearchTable()
    judgement: dict[str, Any] = Field(default_factory=dict)
    takedown: dict[str, Any] = Field(default_factory=dict)


def load_impersonation(
    path: Path | None, env: Mapping[str, str] | None
) -> tuple[Impersonation, tuple[Mistake, ...]]:
    """What the file comes to, and every mistake of it; nothing where none is named.

    Without `env` the secrets of operators' sessions may be missing.
    """
    if path is None:
        return Impersonation(), ()
    raw, mistakes = read_yaml(path)
    if raw is None:
        return Impersonation(), mistakes
    if not isinstance(raw, dict):
        return Impersonation(), (*mistakes, Mistake(path.name, "", "最上层应为若干“名称: 值”"))
    known, found = searchers(), list(mistakes)
    found += _wrong_ways(raw, known, env, path)
    try:
        table = ImpersonationTable.model_validate(raw)
    except ValidationError as error:
        found += mistakes_of(error, path.name, ImpersonationTable)
        return Impersonation(), tuple(found)
    if table.search.from_hour >= table.search.to_hour:
        hint = f"from_hour 是 {table.search.from_hour}"
        found.append(Mistake(path.name, "search.to_hour", "须晚于 from_hour", hint))
    weights, emblems, wrong = judgement_of(table.judgement, path)
    takedown, amiss = takedown_of(table.takedown, path)
    found += (*wrong, *amiss)
    return Impersonation(_searches(table, known), weights, emblems, takedown), tuple(found)


def _wrong_ways(
    raw: Mapping[Any, Any],
    known: Mapping[str, Collector],
    env: Mapping[str, str] | None,
    path: Path,
) -> Iterator[Mistake]:
    """What is wrong with the ways of searching, said even where the file is wrong elsewhere."""
    search = raw.get("search")
    ways = search.get("ways") if isinstance(search, dict) else None
    for name, way in (ways if isinstance(ways, dict) else {}).items():
        where = f"search.ways.{name}"
        if name not in known:
            hint = meant(name, known) or f"已有：{'、'.join(sorted(known))}"
            yield Mistake(path.name, where, "没有这种检索方式", hint)
            continue
        settings = way.get("settings") if isinstance(way, dict) else None
        yield from _wrong_settings(settings, f"{where}.settings", path.name)
        if env is None or not isinstance(way, dict) or way.get("enabled") is not True:
            continue
        given = settings if isinstance(settings, dict) else {}
        yield from resolve_secrets(given, env, path.parent, path.name, f"{where}.settings")[1]
        if Need.CREDENTIAL in known[name].needs and "cookie" not in given:
            hint = "加上 settings: {cookie: {env: 变量名}}"
            yield Mistake(path.name, where, "已启用，但没有给出管理人员的登录会话", hint)


def _wrong_settings(settings: Any, where: str, file: str) -> Iterator[Mistake]:
    for key, value in (settings if isinstance(settings, dict) else {}).items():
        if key in SECRETS and not isinstance(value, dict):
            hint = "请用 {env: 变量名} 或 {file: 路径} 给出"
            yield Mistake(file, f"{where}.{key}", "是密钥", hint)


def _searches(table: ImpersonationTable, known: Mapping[str, Collector]) -> Searches:
    given, search = table.search.ways, table.search
    return Searches(
        ways=tuple(way_of(known[name], given.get(name, WayTable())) for name in sorted(known)),
        extra=tuple(table.names.extra),
        left_out=frozenset(table.names.leave_out),
        units=table.names.units,
        begins=search.from_hour,
        ends=search.to_hour,
        again=search.again,
    )


def way_of(searcher: Collector, table: WayTable) -> Way:
    """A way of searching as configured. WeChat's searches do not tell 订阅号 from 服务号, so what
    they find stands under the first."""
    form = searcher.forms[0] if searcher.forms else "other"
    return Way(
        searcher.name,
        searcher.platform if form == "other" else form,
        table.enabled,
        table.per_day,
        searcher.search is None,
        table.settings,
    )
