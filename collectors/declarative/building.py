"""Tables to fields: every selector, path and pattern compiled, every mistake noted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from collectors.declarative.paths import parse_path, text_of
from collectors.declarative.patterns import WrongError, compile_pattern
from collectors.declarative.schema import FieldTable, TestTable, TimeTable
from collectors.declarative.spec import (
    Before,
    Css,
    Field,
    Given,
    Header,
    InText,
    Parse,
    Path,
    Pattern,
    Template,
    Test,
    Time,
    Where_,
)
from watcher.mistakes import Mistake, meant

FORMATS = ("epoch_s", "epoch_ms", "iso", "cn", "cn_relative")
_CN = ("cn", "cn_relative")
_KINDS = ("css", "path", "header", "text", "before", "var", "const", "any")
_TINY = LexborHTMLParser("<p>x</p>")
_DIRECTIVES = re.compile(r"%(.)")
_KNOWN_DIRECTIVES = "YymdHIMSfpzbBaAjTDFR%"


@dataclass(frozen=True, slots=True)
class Build:
    """What a field may refer to, and where mistakes go."""

    file: str
    parse: Parse
    before: Parse | None
    partial: bool = False  # parts were taken out: what only the whole shows is not said
    wrong: list[Mistake] = field(default_factory=list)

    def add(self, path: str, message: str, suggestion: str = "") -> None:
        self.wrong.append(Mistake(self.file, path, message, suggestion))

    def whole(self, path: str, message: str, suggestion: str = "") -> None:
        """A mistake that follows from several parts."""
        if not self.partial:
            self.add(path, message, suggestion)

    def pattern(self, text: str | None, path: str, groups: bool = False) -> Pattern | None:
        """The compiled pattern, or None with a mistake. `groups`: exactly one must be there."""
        if text is None:
            return None
        try:
            compiled = compile_pattern(text)
        except WrongError as error:
            self.add(path, error.message, error.suggestion)
            return None
        if groups and compiled.groups != 1:
            self.add(path, f"须有一个分组，现有 {compiled.groups} 个", "给要取的部分加上 (…)")
        return compiled


def natural(parse: Parse) -> str:
    """What a field's plain text means on a page that is read so."""
    if not isinstance(parse, str):
        return "path"
    return {"html": "css", "json": "path", "header": "header", "text": "text"}[parse]


def build_field(given: str | FieldTable | None, path: str, build: Build) -> Field | None:
    """The compiled field; None for none, and where it is wrong."""
    if given is None:
        return None
    if isinstance(given, str):
        place = _place(natural(build.parse), given, path, build, build.parse)
        return Field(given, (place,)) if place else None
    kinds = [kind for kind in _KINDS if getattr(given, kind) is not None]
    if len(kinds) != 1:
        said = f"同时写了 {'、'.join(kinds)}" if kinds else "没有写值在哪里"
        build.whole(path, said, f"只写其中一个：{'、'.join(_KINDS)}")
        return None
    places = tuple(_places(kinds[0], given, path, build))
    return Field(
        text=_written(kinds[0], given),
        places=places,
        decode=given.decode or "",
        regex=build.pattern(given.regex, f"{path}.regex", groups=True),
        map=_mapped(given.map),
        number=given.number,
        prefix=Template(given.prefix),
        suffix=Template(given.suffix),
        test=_test(given, path, build),
    )


def _written(kind: str, given: FieldTable) -> str:
    value = getattr(given, kind)
    if kind == "any":
        return " | ".join(v if isinstance(v, str) else _written_of(v) for v in value)
    return str(value) if kind in ("css", "path") else f"{kind} {value}"


def _written_of(given: FieldTable) -> str:
    kind = next((kind for kind in _KINDS if getattr(given, kind) is not None), "")
    return _written(kind, given) if kind else "?"


def _places(kind: str, given: FieldTable, path: str, build: Build) -> Iterator[Where_ | Field]:
    value = getattr(given, kind)
    if kind == "any":
        for index, each in enumerate(value):
            if (inner := build_field(each, f"{path}.any[{index}]", build)) is not None:
                yield inner
        return
    place = _place(kind, value, f"{path}.{kind}", build, build.parse)
    if place is not None:
        yield place


def _place(kind: str, value: Any, path: str, build: Build, parse: Parse) -> Where_ | None:
    try:
        match kind:
            case "css":
                if natural(parse) != "css" and isinstance(parse, str):
                    raise WrongError("CSS 用于网页", f"这里是 parse: {parse}")
                return parse_css(value)
            case "path":
                if natural(parse) != "path":
                    raise WrongError("path 用于 JSON", f"这里是 parse: {parse}")
                return parse_path(value)
            case "header":
                return Header(value.strip().lower())
            case "text":
                return InText(_one_group(value))
            case "before":
                return _before(value, path, build)
            case "var":
                return Given(Template("{" + value + "}"))
            case _:
                return Given(Template(text_of(value) or ""))
    except WrongError as error:
        build.add(path, error.message, error.suggestion)
        return None


def _one_group(text: str) -> Pattern:
    compiled = compile_pattern(text)
    if compiled.groups != 1:
        raise WrongError(f"须有一个分组，现有 {compiled.groups} 个", "给要取的部分加上 (…)")
    return compiled


def _before(value: str, path: str, build: Build) -> Before | None:
    if build.before is None:
        build.whole(path, "没有更早的请求", "加上 request.before，或在这里读取")
        return None
    inner = _place(natural(build.before), value, path, build, build.before)
    return Before(inner) if isinstance(inner, Path | Css | Header | InText) else None


def parse_css(text: str) -> Css:
    """`selector@attribute`, `selector` or `@attribute`. Raises WrongError."""
    selector, attribute = text.strip(), ""
    if (found := re.search(r"@([A-Za-z_:][\w:.-]*)\s*$", selector)) is not None:
        selector, attribute = selector[: found.start()].strip(), found[1].lower()
    if selector in ("", "."):
        return Css(text, Template(""), attribute)
    try:
        _TINY.css(Template(selector).fill(_Any()))
    except SelectolaxError as error:
        raise WrongError(f"不是 CSS 选择器：{selector}", "先在浏览器里试通") from error
    return Css(text, Template(selector), attribute)


class _Any(dict[str, str]):
    """Every variable there may be, for a trial."""

    def __missing__(self, key: str) -> str:
        return "x1"


def _mapped(given: Mapping[Any, Any] | None) -> Mapping[str, str] | None:
    if given is None:
        return None
    return {text_of(key) or "": text_of(value) or "" for key, value in given.items()}


def _test(given: FieldTable, path: str, build: Build) -> Test | None:
    equals = given.equals if isinstance(given.equals, list) else [given.equals]
    wanted = [*(e for e in equals if e is not None), *(given.in_ or ())]
    present = missing = empty = None
    if isinstance(given, TestTable):
        present, missing, empty = given.present, given.missing, given.empty
    if missing is not None:
        if present is not None:
            build.add(path, "不能同时写 present 和 missing", "留下其中一个")
        present = not missing
    if not wanted and given.matches is None and present is None and empty is None:
        if isinstance(given, TestTable):
            build.whole(
                path, "没有写检验条件", "加上 equals、in、matches、present、missing 或 empty"
            )
        return None
    pattern = Template(given.matches) if given.matches is not None else None
    compiled = build.pattern(pattern.fill(_Any()) if pattern else None, f"{path}.matches")
    return Test(
        equals=tuple(Template(text_of(each) or "") for each in wanted),
        pattern=pattern,
        compiled=compiled if pattern and not pattern.names else None,
        present=present,
        empty=empty,
    )


def build_time(given: str | TimeTable | None, path: str, build: Build) -> Time | None:
    """The compiled time."""
    if given is None:
        return None
    table = TimeTable() if isinstance(given, str) else given
    compiled = build_field(given, path, build)
    for index, form in enumerate(table.format):
        _check_format(form, f"{path}.format[{index}]", table.zone, build)
    try:
        ZoneInfo(table.zone)
    except (ValueError, OSError, LookupError):
        build.add(f"{path}.zone", f"没有时区 {table.zone}", "如 Asia/Shanghai、UTC")
    if compiled is None:
        return None
    return Time(compiled, tuple(table.format), table.zone, table.precision == "day")


def _check_format(form: str, path: str, zone: str, build: Build) -> None:
    if form in FORMATS:
        if form in _CN and zone != "Asia/Shanghai":
            build.add(path, f"{form} 写法的时间就是北京时间", "去掉 zone")
        return
    unknown = [d for d in _DIRECTIVES.findall(form) if d not in _KNOWN_DIRECTIVES]
    if "%" not in form or unknown:
        said = f"{form} 里的 %{unknown[0]} 不认识" if unknown else f"没有写法 {form}"
        known = f"可用：{'、'.join(FORMATS)} 和 '%Y-%m-%d %H:%M' 之类"
        build.add(path, said, meant(form, FORMATS) or known)


def variables_in(value: Any) -> frozenset[str]:
    """The variables that the templates inside a value use."""
    if isinstance(value, Template):
        return value.names
    if isinstance(value, Mapping):
        return variables_in(value.values())
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return frozenset().union(*(variables_in(each) for each in value))
    return frozenset()
