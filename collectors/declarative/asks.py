"""Requests of a collector: templates, variables, hosts, what is secret, and the states."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from collectors.declarative.building import (
    Build,
    build_field,
    natural,
    parse_css,
    variables_in,
)
from collectors.declarative.patterns import WrongError
from collectors.declarative.schema import (
    AskTable,
    BeforeTable,
    CollectorTable,
    InHtmlTable,
    ParseTable,
    RequestTable,
    StateTable,
    TestTable,
)
from collectors.declarative.spec import Ask, Field, InHtml, Parse, State, Template

BOUND = frozenset({"id", "expected_name"})  # variables that every source has


def parse_of(given: str | ParseTable, build: Build, path: str) -> Parse:
    if isinstance(given, str):
        return given
    table: InHtmlTable = given.json_in_html
    if (table.script is None) == (table.marker is None):
        build.whole(f"{path}.json_in_html", "须写 script 或 marker 之一", "script: 'script#id'")
    if table.script is not None:
        try:
            parse_css(table.script)
        except WrongError as error:
            build.add(f"{path}.json_in_html.script", error.message, error.suggestion)
    return InHtml(table.script or "", table.marker or "", table.decode or "", table.optional)


# -- variables, hosts, secrets -------------------------------------------------------------


def asks_of(table: CollectorTable) -> Iterator[AskTable]:
    if table.request.before is not None:
        yield table.request.before
    yield table.request


def open_variables(table: CollectorTable, build: Build) -> frozenset[str]:
    """The variables that speak of this account or post; all others come from settings."""
    known = set(BOUND)
    for index, link in enumerate(table.links):
        known |= _groups(link, f"links[{index}]", build)
    seen: set[str] = set()
    for key, each in table.variables.items():
        if each.from_ in table.variables and each.from_ not in seen | {key, *BOUND}:
            build.whole(f"variables.{key}.from", f"{each.from_} 排在它后面", "移到它前面")
        seen |= {key, *_groups(each.pattern, f"variables.{key}.pattern", build)}
        if each.from_ in known:
            known |= {key, *_groups(each.pattern, "", build)}
    return frozenset(known)


def _groups(pattern: str | None, path: str, build: Build) -> frozenset[str]:
    compiled = build.pattern(pattern, path) if path or pattern else None
    return frozenset(compiled.groupindex) if compiled else frozenset()


def secret_variables(table: CollectorTable, known: frozenset[str]) -> frozenset[str]:
    """The settings that may be credentials, and what is made of them or answered to them."""
    if "credential" not in table.needs:
        return frozenset()
    before = table.request.before
    taken = frozenset(before.take) if before else frozenset()
    secrets = frozenset().union(*(_used(ask) for ask in asks_of(table))) - known - taken
    for key, each in table.variables.items():
        if each.from_ not in known:
            secrets |= {each.from_, key}
    if before and _used(before) & secrets:
        secrets |= taken - known
    return secrets


def _used(ask: AskTable) -> frozenset[str]:
    texts = (ask.url, *ask.headers.values(), *(ask.form or {}).values())
    return variables_in([*map(Template, texts), _templates(ask.json_)])


def hosts_of(table: CollectorTable, build: Build) -> frozenset[str]:
    given = frozenset(host.strip().lower() for host in table.hosts)
    for index, host in enumerate(table.hosts):
        if not re.fullmatch(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?", host.strip().lower()):
            build.add(f"hosts[{index}]", f"不是主机名：{host}", "如 api.example.cn")
    found: set[str] = set()
    for ask in asks_of(table):
        path = "request.url" if ask is table.request else "request.before.url"
        host = _host(ask.url)
        if not re.match(r"https?://", ask.url) or not host:
            build.add(path, f"不是网址：{ask.url[:60]}", "https://host/path/{id}")
        elif Template(host).names and not given:
            build.whole(path, "主机名里有变量", "在 hosts: 里列出可能的主机名")
        elif not Template(host).names:
            found.add(host)
    return given | found


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2].partition(":")[0].lower()
    except ValueError:
        return ""


def prefix_of(url: str) -> str:
    path = "/" + url.partition("://")[2].partition("/")[2]
    return re.split(r"[{?#]", path, maxsplit=1)[0] or "/"


# -- requests ------------------------------------------------------------------------------


def build_ask(
    table: AskTable,
    path: str,
    build: Build,
    parse: Parse,
    states: list[StateTable],
    secrets: frozenset[str],
) -> Ask:
    if table.form is not None and table.json_ is not None:
        build.add(path, "不能同时写 form 和 json", "留下其中一个")
    if table.charset and not _is_charset(table.charset):
        build.add(f"{path}.charset", f"不认识的编码 {table.charset}", "如 gb18030")
    posts = table.form is not None or table.json_ is not None
    if posts and table.method == "GET":
        build.add(f"{path}.method", "GET 不能带 form 或 json", "用 POST")
    where = f"{path}.states" if path != "request" else "states"
    return Ask(
        url=Template(table.url),
        method=table.method or ("POST" if posts else "GET"),
        headers={key: Template(value) for key, value in table.headers.items()},
        form={k: Template(v) for k, v in table.form.items()} if table.form is not None else None,
        json=_templates(table.json_),
        redirects=table.redirects,
        charset=table.charset or "",
        conditional=isinstance(table, RequestTable) and table.conditional,
        secret=bool(_used(table) & secrets),
        parse=parse,
        states=tuple(_states(states, where, build)),
        take={},
    )


def build_before(table: BeforeTable, build: Build, secrets: frozenset[str]) -> Ask:
    path = "request.before"
    inner = Build(build.file, build.before or "json", None, build.partial, build.wrong)
    parse_of(table.parse, inner, f"{path}.parse")
    ask = build_ask(table, path, inner, inner.parse, table.states, secrets)
    take = {
        name: found
        for name, given in table.take.items()
        if (found := build_field(given, f"{path}.take.{name}", inner)) is not None
    }
    return replace(ask, take=take, optional=table.optional)


def _is_charset(name: str) -> bool:
    try:
        return bool(codecs.lookup(name)) and bool(b"x".decode(name))
    except (LookupError, ValueError, TypeError):
        return False


def _templates(value: Any) -> Any:
    """A JSON value with every text in it a template."""
    if isinstance(value, str):
        return Template(value)
    if isinstance(value, Mapping):
        return {str(key): _templates(each) for key, each in value.items()}
    return [_templates(each) for each in value] if isinstance(value, list) else value


# -- states --------------------------------------------------------------------------------


def _states(tables: list[StateTable], path: str, build: Build) -> Iterator[State]:
    for index, table in enumerate(tables):
        here = f"{path}[{index}]"
        conditions = table.model_dump(
            exclude_none=True, exclude_defaults=True, exclude={"state", "why"}, by_alias=True
        )
        if not conditions:
            build.whole(here, f"{table.state} 没有写条件", "如 body: '安全验证'")
        if table.state in ("gone", "banned") and not _accuses(table):
            build.add(
                here,
                f"{table.state} 只凭“缺少某项”：这不是平台的说法",
                "加上 body:、url:、when:（平台自己的话或代码），或 status: [404]、[410]",
            )
        yield State(
            state=table.state,
            text=", ".join(f"{key} {value}" for key, value in conditions.items())[:200],
            why=table.why,
            status=frozenset(table.status or ()),
            url=build.pattern(table.url, f"{here}.url"),
            body=build.pattern(table.body, f"{here}.body"),
            header=tuple(
                (name.lower(), found)
                for name, text in (table.header or {}).items()
                if (found := build.pattern(text, f"{here}.header.{name}")) is not None
            ),
            tests=tuple(_tests(table, here, build)),
            smaller=table.smaller,
        )


def _accuses(table: StateTable) -> bool:
    """Whether a gone or banned rests on the platform's own words or codes."""
    says = any(getattr(table, name) is not None for name in ("url", "body", "header"))
    when = table.when
    says |= when is not None and (when.equals, when.in_, when.matches) != (None, None, None)
    return says or bool(table.status and set(table.status) <= {404, 410})


def _tests(table: StateTable, here: str, build: Build) -> Iterator[Field]:
    kind = natural(build.parse)
    given: list[tuple[str, TestTable]] = []
    if table.when is not None:
        given.append(("when", table.when))
    for key, test in (("missing", "missing"), ("present", "present"), ("len0", "empty")):
        if (text := getattr(table, key)) is not None:
            given.append((key, TestTable.model_validate({kind: text, test: True})))
    for key, each in given:
        if (found := build_field(each, f"{here}.{key}", build)) is not None:
            yield found
