"""事项台账: filings from and to xlsx, csv, yaml; every mistake of a file at once, in its place."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from watcher.filing_columns import (
    FIELD_OF,
    HEADINGS,
    IGNORED,
    KIND_OF,
    KINDS,
    changes_of,
    changes_text,
)
from watcher.filings import Filing
from watcher.register.cells import UnknownWordError, day, ident, one_of, text, yes
from watcher.register.columns import PLATFORM_OF, PLATFORMS, plain
from watcher.register.sheet import Layout, header_of, near, rows_of
from watcher.register.tables import cell_text, csv_table, write_lines, write_sheet, xlsx_table
from watcher.register.values import MAX_BYTES, MAX_ROWS, Mistake, RegisterError, Row

_KEY = re.compile(r"[\w.@:-]{1,120}")


@dataclass(frozen=True, slots=True)
class FilingRow:
    """One filing of a file, with the place it stands at and its words for its columns."""

    number: int
    filing: Filing
    headings: Mapping[str, str]


def _platform(value: Any) -> str:
    return one_of(value, PLATFORM_OF) if text(value) else ""


READ: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(HEADINGS, text),
    **dict.fromkeys(("key", "account", "parent", "keeps"), ident),
    **{name: day for name in HEADINGS if name.endswith("_on") or name == "notice_from"},
    "kind": lambda value: one_of(value, KIND_OF) if text(value) else None,
    "platform": _platform,
    "changes": changes_of,
    "rejected": lambda value: bool(yes(value)),
}


def read_filings(path: Path) -> tuple[FilingRow, ...]:
    """All filings of a file. Raises RegisterError with every mistake of its form."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RegisterError(
                [Mistake(path.name, 0, "", f"文件超过{MAX_BYTES >> 20}MB，拒绝读取")]
            )
        rows, mistakes = _rows_of(path)
    except OSError as error:
        said = f"无法读取：{error.strerror or error}"
        raise RegisterError([Mistake(path.name, 0, "", said)]) from error
    found = [read_row(path.name, row, mistakes) for row in rows]
    filings = [each for each in found if each is not None]
    mistakes += _twice(path.name, filings)
    if mistakes:
        raise RegisterError(mistakes)
    return tuple(filings)


def _rows_of(path: Path) -> tuple[list[Row], list[Mistake]]:
    kind = path.suffix.lower()
    if kind == ".xlsx":
        table = xlsx_table(path, lambda table: header_of(table, FIELD_OF) is not None)
        return rows_of(path.name, table, _LAYOUT)
    if kind == ".csv":
        return rows_of(path.name, csv_table(path), _LAYOUT)
    if kind in (".yaml", ".yml"):
        return _yaml_rows(path)
    message = f"不支持“{path.suffix}”文件"
    raise RegisterError([Mistake(path.name, 0, "", message, "请用 .xlsx、.csv 或 .yaml")])


_LAYOUT = Layout(
    headings=HEADINGS,
    known=FIELD_OF,
    ignored=frozenset(map(plain, IGNORED)),
    some="“事项编号”“事项类型”“主办单位”",
    fields_of=lambda words: [FIELD_OF.get(plain(word)) for word in words],
)


def _yaml_rows(path: Path) -> tuple[list[Row], list[Mistake]]:
    """`filings:`, a list with the names of the fields; scalars are taken as written."""
    try:
        content = path.read_text("utf-8-sig")
        written = yaml.load(content, yaml.CBaseLoader)  # noqa: S506 - makes strings only
        node = yaml.compose(content, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = f"不是可读的YAML（{error}）"
        raise RegisterError([Mistake(path.name, 0, "", message)]) from error
    items = written.get("filings") if isinstance(written, dict) else None
    if not isinstance(items, list) or len(written) != 1 or node is None:
        raise RegisterError([Mistake(path.name, 0, "", "最上层应只有 filings: 一个列表")])
    if len(items) > MAX_ROWS:
        raise RegisterError([Mistake(path.name, 0, "", f"超过{MAX_ROWS}项，请拆分后导入")])
    lines = [item.start_mark.line + 1 for item in node.value[0][1].value]
    rows, mistakes = [], []
    for line, item in zip(lines, items, strict=True):
        cells = item if isinstance(item, dict) else {}
        if not isinstance(item, dict):
            mistakes.append(Mistake(path.name, line, "", "每一项应为 名称: 值 的形式"))
        for name, value in cells.items():
            if name not in HEADINGS:
                hint = near(name, HEADINGS)
                mistakes.append(Mistake(path.name, line, str(name), "不认识这一项", hint))
            elif isinstance(value, list) or (isinstance(value, dict) and name != "changes"):
                mistakes.append(Mistake(path.name, line, name, "应为一个值"))
        rows.append(Row(line, cells, {name: name for name in HEADINGS}))
    return rows, mistakes


def read_row(file: str, row: Row, mistakes: list[Mistake]) -> FilingRow | None:
    number, cells, headings = row.number, row.cells, row.headings
    before = len(mistakes)
    values: dict[str, Any] = {}

    def wrong(name: str, message: str, hint: str = "") -> None:
        column = headings.get(name) or HEADINGS[name][0]
        mistakes.append(Mistake(file, number, column, message, hint))

    for name, read in READ.items():
        try:
            values[name] = read(cells.get(name))
        except UnknownWordError as error:
            wrong(name, str(error), error.suggestion)
        except (ValueError, TypeError, OverflowError, AttributeError) as error:
            wrong(name, str(error))
    for name in ("key", "kind", "unit"):
        if name in values and not values[name]:
            wrong(name, "必填，不能为空")
    if values.get("key") and not _KEY.fullmatch(values["key"]):
        wrong("key", f"“{values['key']}”含有空格等字符", "请用字母、数字、“-”和“_”")
    if len(mistakes) > before:
        return None
    return FilingRow(number, Filing(**values), headings)


def _twice(file: str, rows: Iterable[FilingRow]) -> Iterator[Mistake]:
    first: dict[str, int] = {}
    for row in rows:
        key = row.filing.key
        if key in first:
            message = f"事项编号“{key}”与第{first[key]}行重复"
            yield Mistake(file, row.number, row.headings.get("key", "事项编号"), message)
        first.setdefault(key, row.number)


# -- writing -----------------------------------------------------------------------------------


def write_filings(path: Path, filings: Iterable[Filing], units: Mapping[str, str]) -> None:
    """A file that `read_filings` reads back as the same; never half a file.

    `units` are the names of units by key; one that is not there, or whose name another unit has
    as well, is written by its key.
    """
    kept = tuple(filings)
    lines = ([headings[0] for headings in HEADINGS.values()], *(_line(f, units) for f in kept))
    draft = path.with_name(f".{path.name}.part{path.suffix}")
    try:
        match path.suffix.lower():
            case ".xlsx":
                write_sheet(draft, "事项台账", lines)
            case ".csv":
                write_lines(draft, list(lines))
            case ".yaml" | ".yml":
                document = {"filings": [_map(filing) for filing in kept]}
                content = yaml.dump(
                    document, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False
                )
                draft.write_text(content, "utf-8")
            case _:
                message = f"不支持“{path.suffix}”文件"
                hint = "请用 .xlsx、.csv 或 .yaml"
                raise RegisterError([Mistake(path.name, 0, "", message, hint)])
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _line(filing: Filing, units: Mapping[str, str]) -> list[str]:
    names = list(units.values())
    return [cell_text(_word(filing, name, units, names)) for name in HEADINGS]


def _word(filing: Filing, name: str, units: Mapping[str, str], names: list[str]) -> str:
    value: Any = getattr(filing, name)
    if name == "unit":
        known = units.get(value, value)
        return str(known if names.count(known) == 1 else value)
    if name == "kind":
        return KINDS[filing.kind]
    if name == "platform":
        return str(PLATFORMS.get(value, value))
    if name == "changes":
        return changes_text(value)
    if name == "rejected":
        return "是" if value else ""
    return _plain(value).replace("\r\n", "\n").replace("\r", "\n")


def filing_words(filing: Filing) -> dict[str, str]:
    """A filing by the fields of a row, as people write them."""
    return {name: _word(filing, name, {}, []) for name in HEADINGS}


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _map(filing: Filing) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in HEADINGS:
        value = getattr(filing, name)
        if name == "changes" and value:
            found[name] = dict(value)
        elif value not in ("", None, False) and name != "changes":
            found[name] = value.isoformat() if isinstance(value, date) else value
    return found | {"kind": filing.kind.value} | ({"rejected": "是"} if filing.rejected else {})
