"""The export for 全国政务新媒体信息报送系统, by a table of columns that an office edits. Pure.

config/national.yaml, `export:`; the national system's own list of columns is not public (domain.md
§2.5), so headings, order, fixed values, date formats and words are all configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from watcher.mistakes import Mistake, meant
from watcher.model import FiledState
from watcher.reports.sheet import Field, Sheet, workbook
from watcher.reports.stamp import Stamp
from watcher.reports.template import cleaned
from watcher.reports.word import packed

Cell = str | int | date | None
TITLE = "全国政务新媒体信息报送表"
FIELDS: Mapping[str, str] = {
    "number": "序号",
    "key": "账号编号",
    "name": "账号名称",
    "platform": "账号类型",
    "platform_id": "平台ID",
    "url": "访问链接",
    "unit": "主办单位",
    "unit_key": "单位编号",
    "unit_kind": "单位类别",
    "supervisor": "日常主管单位",
    "approval_authority": "审批机关",
    "filed_subject": "账号主体",
    "filed_state": "运行状态",
    "opened_on": "开设日期",
    "approval": "审批文号",
    "approved_on": "审批日期",
    "filed_on": "备案日期",
    "verified": "是否认证",
    "followers": "粉丝量",
    "followers_on": "粉丝量采集日",
    "first": "第一责任人",
    "direct": "直接责任人",
    **{
        f"{role}_{name}": f"{who}{word}"
        for role, who in (("lead", "工作负责人"), ("contact", "工作联系人"))
        for name, word in (("name", "姓名"), ("post", "职务"), ("phone", "电话"))
    },
    "section": "负责科室",
    "email": "电子邮箱",
    "operator": "承办单位",
    "app_filing": "应用备案号",
    "closed_on": "关停、注销时间",
    "closing": "关停、注销原因",
    "national_on": "录入全国系统日期",
    "note": "备注",
}
DAYS = ("opened_on", "approved_on", "filed_on", "followers_on", "closed_on", "national_on")
NUMBERS = ("number", "followers")
_TOKEN = re.compile(r"YYYY|MM|DD|M|D")
_SIGNS = re.compile(r"[\s./\-年月日]*")


@dataclass(frozen=True, slots=True)
class NationalColumn:
    """One column: a field of FIELDS, or a fixed value.

    `name` is the field. `form`: YYYY, MM or M, DD or D and signs; "" leaves real dates. `words`:
    what a value is called there; `otherwise`: what every value without a word is, None: as the
    ledger calls it.
    """

    heading: str
    name: str = ""
    value: str = ""
    form: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class NationalTable:
    """The export: its columns, and for each account its unit and its cells."""

    area: str
    columns: tuple[NationalColumn, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


# -- the table of columns ----------------------------------------------------------------------


def columns_of(
    document: Any, file: str, known: Mapping[str, Mapping[str, str]]
) -> tuple[tuple[NationalColumn, ...], tuple[Mistake, ...]]:
    """The columns that a configuration asks for, and every mistake in it.

    `known` gives the values that `words` may name, by field, with what the ledger calls them.
    """
    mistakes: list[Mistake] = []
    given = document.get("columns") if isinstance(document, Mapping) else None
    if not isinstance(given, list) or not given:
        wrong = Mistake(
            file, "export.columns", "应为列的列表，每列写 列名: 字段，或 heading、field 等"
        )
        return (), (wrong,)
    more = [name for name in document if name != "columns"]
    mistakes += [Mistake(file, f"export.{name}", "不认识这一项", "只有 columns") for name in more]
    found = []
    for number, each in enumerate(given, start=1):
        column = _column(each, file, f"export.columns[{number}]", known, mistakes)
        if column is not None:
            found.append(column)
    mistakes += _twice(found, file)
    fields = {each.name for each in found}
    if not mistakes and not {"name", "unit"} <= fields:
        mistakes.append(Mistake(file, "export.columns", "至少要有字段 name 和 unit"))
    return tuple(found), tuple(mistakes)


_NAMES = ("heading", "field", "value", "format", "words", "otherwise")


def _column(
    given: Any, file: str, path: str, known: Mapping[str, Mapping[str, str]], into: list[Mistake]
) -> NationalColumn | None:
    if not isinstance(given, Mapping):
        into.append(Mistake(file, path, "每列应写 列名: 字段，或 {heading: 列名, field: 字段}"))
        return None
    if len(given) == 1 and not set(given) & set(_NAMES):
        (heading, name), *_ = given.items()
        given = {"heading": heading, "field": name}
    before = len(into)
    into += [
        Mistake(file, f"{path}.{other}", "不认识这一项", meant(other, _NAMES))
        for other in given
        if other not in _NAMES
    ]
    heading, name = str(given.get("heading") or "").strip(), str(given.get("field") or "")
    if not heading:
        into.append(Mistake(file, f"{path}.heading", "缺列名"))
    if ("field" in given) == ("value" in given):
        into.append(Mistake(file, path, "field 与 value 须且只须写一个"))
    elif name not in FIELDS and "field" in given:
        hint = meant(name, FIELDS) or f"可用：{'、'.join(FIELDS)}"
        into.append(Mistake(file, f"{path}.field", f"不认识的字段 {name}", hint))
    form = str(given.get("format") or "")
    into += _misformed(form, name, file, path)
    words = given.get("words") or {}
    into += _misworded(words, name, file, path, known)
    if len(into) > before:
        return None
    otherwise = given.get("otherwise")
    return NationalColumn(
        *(heading, name, str(given.get("value") or ""), form),
        words={_word(key): str(each) for key, each in words.items()},
        otherwise=None if otherwise is None else str(otherwise),
    )


def _misformed(form: str, name: str, file: str, path: str) -> Iterator[Mistake]:
    if form and name not in DAYS:
        yield Mistake(file, f"{path}.format", "只有日期字段有 format", f"日期：{'、'.join(DAYS)}")
    elif form and ("YYYY" not in form or not _SIGNS.fullmatch(_TOKEN.sub("", form))):
        hint = "写法如 YYYY-MM-DD、YYYY/M/D、YYYY年M月D日、YYYYMMDD"
        yield Mistake(file, f"{path}.format", f"不认识的日期格式 {form}", hint)


def _misworded(
    words: Any, name: str, file: str, path: str, known: Mapping[str, Mapping[str, str]]
) -> Iterator[Mistake]:
    if not isinstance(words, Mapping):
        yield Mistake(file, f"{path}.words", "应为 值: 写法 的形式")
    elif words and name not in known:
        hint = f"可以：{'、'.join(known)}"
        yield Mistake(file, f"{path}.words", f"字段 {name} 没有可换的词", hint)
    else:
        for key in words:
            if _word(key) not in known.get(name, {}):
                hint = meant(_word(key), known[name]) or f"可用：{'、'.join(known[name])}"
                yield Mistake(file, f"{path}.words", f"字段 {name} 没有“{key}”这个值", hint)


def _twice(found: Iterable[NationalColumn], file: str) -> Iterator[Mistake]:
    seen: set[str] = set()
    for each in found:
        if each.heading in seen:
            yield Mistake(file, "export.columns", f"列名“{each.heading}”出现了两次")
        seen.add(each.heading)


def _word(key: Any) -> str:
    """A value as `words` names it; YAML has words of its own for yes and no."""
    return {True: "yes", False: "no"}.get(key, str(key)) if isinstance(key, bool) else str(key)


# -- the cells ---------------------------------------------------------------------------------


def row_of(
    columns: Sequence[NationalColumn],
    values: Mapping[str, Any],
    known: Mapping[str, Mapping[str, str]],
) -> tuple[Cell, ...]:
    """One account's cells. `values` by field; None: not known, which leaves the cell empty."""
    return tuple(_cell(each, values, known) for each in columns)


def _cell(
    column: NationalColumn, values: Mapping[str, Any], known: Mapping[str, Mapping[str, str]]
) -> Cell:
    if not column.name:
        return column.value
    value = values.get(column.name)
    if column.name in known:
        return _said(column, value, known[column.name])
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return formed(value, column.form) if column.form else value
    return value if isinstance(value, int) and column.name in NUMBERS else str(value)


def _said(column: NationalColumn, value: Any, known: Mapping[str, str]) -> Cell:
    word = _word(value) if value is not None else ""
    if word in column.words:
        return column.words[word]
    if column.otherwise is not None:
        return column.otherwise
    return known.get(word, word) or None


def formed(day: date, form: str) -> str:
    """A day in a format of the configuration."""
    parts = {
        "YYYY": f"{day.year:04}",
        "MM": f"{day.month:02}",
        "M": str(day.month),
        "DD": f"{day.day:02}",
        "D": str(day.day),
    }
    return _TOKEN.sub(lambda match: parts[match[0]], form)


# -- the files ---------------------------------------------------------------------------------


def national_book(table: NationalTable, stamp: Stamp) -> bytes:
    """The export as Excel: header in the second row, under a title."""
    fields = tuple(_field(each) for each in table.columns)
    rows = (cells for _, cells in table.rows)
    sheet = Sheet("报送表", f"{table.area}{TITLE}", fields, rows, paper="A3")
    return workbook([sheet], stamp, TITLE)


def national_lines(table: NationalTable) -> Iterator[list[str]]:
    """The same as lines of CSV: header first."""
    yield [each.heading for each in table.columns]
    for _, cells in table.rows:
        yield [_text(each) for each in cells]


def national_zip(table: NationalTable, stamp: Stamp, line: bytes) -> bytes:
    """One workbook for each unit (一个单位一张表)."""
    parts = {"stamp.json": line}
    for number, unit in enumerate(sorted({unit for unit, _ in table.rows}), start=1):
        mine = tuple(each for each in table.rows if each[0] == unit)
        one = NationalTable(unit, table.columns, mine)
        safe = "".join("_" if sign in '\\/:*?"<>|' else sign for sign in cleaned(unit, 60))
        parts[f"{number:03}-{safe.strip('. ')}.xlsx"] = national_book(one, stamp)
    return packed(parts, stamp.as_of)


def _field(column: NationalColumn) -> Field:
    wide = 24 if column.name in ("name", "unit", "url", "filed_subject", "closing") else 14
    if column.name in DAYS and not column.form:
        return Field(column.heading, 12, "day")
    if column.name in NUMBERS:
        return Field(column.heading, 10, "number")
    return Field(column.heading, wide)


def _text(value: Cell) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else cleaned(str(value), 2000)


CLOSED = (FiledState.SUSPENDED, FiledState.DEREGISTERED)
