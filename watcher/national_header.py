"""The columns of the national system's own import template, as `export:` of national.yaml.

The template is a spreadsheet that the office has; its list of columns is not public (domain.md
§2.5). Headings that are known become fields, the others stay empty columns for people to fill in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from watcher.filing_national import export_of
from watcher.register.columns import HEADINGS, plain
from watcher.register.sheet import header_of
from watcher.register.tables import csv_table, xlsx_table
from watcher.register.values import MAX_BYTES, Mistake, RegisterError
from watcher.reports.national import DAYS, FIELDS, NationalColumn

_SAME: Mapping[str, str] = {"unit_name": "unit", "daily_supervisor": "supervisor"}
_OFTEN: Mapping[str, str] = {
    "负责人": "lead_name",
    "负责人姓名": "lead_name",
    "联系人": "contact_name",
    "联系人姓名": "contact_name",
    "负责人电话": "lead_phone",
    "联系人电话": "contact_phone",
    "联系电话": "contact_phone",
    "主办单位名称": "unit",
    "开办单位": "unit",
    "是否认证": "verified",
    "注销时间": "closed_on",
    "关停时间": "closed_on",
    "关停原因": "closing",
    "注销原因": "closing",
}


def columns_in(template: Path, config: Path) -> str:
    """The YAML of `export:` for the header of a template. Columns that national.yaml has under the
    same heading are kept as they are. Raises RegisterError."""
    ours = {plain(each.heading): each for each in export_of(config)}
    known = {**_known(), **dict.fromkeys(ours, "")}
    headings = _header(template, known)
    return "\n".join(["export:", "  columns:", *_lines(headings, ours, known), ""])


# -- inside ------------------------------------------------------------------------------------


def _known() -> dict[str, str]:
    """Headings of ours by the field of an export that they name."""
    words = {plain(word): name for name, word in FIELDS.items()}
    for name, headings in HEADINGS.items():
        field = _SAME.get(name, name)
        if field in FIELDS:
            words |= {plain(word): field for word in headings}
    return words | {plain(word): name for word, name in _OFTEN.items()}


def _header(template: Path, known: Mapping[str, str]) -> Sequence[str]:
    if not template.is_file():
        raise RegisterError([Mistake(template.name, 0, "", "没有这个文件")])
    if template.suffix.lower() not in (".xlsx", ".csv"):
        said = "不是 .xlsx 或 .csv 文件；旧版 .xls 请先另存为 .xlsx"
        raise RegisterError([Mistake(template.name, 0, "", said)])
    if template.stat().st_size > MAX_BYTES:
        raise RegisterError([Mistake(template.name, 0, "", f"文件超过{MAX_BYTES >> 20}MB")])
    if template.suffix.lower() == ".csv":
        table = csv_table(template)
    else:
        table = xlsx_table(template, lambda found: header_of(found, known) is not None)
    at = header_of(table, known)
    if at is None:
        said = "找不到表头：前20行中没有一行含有两个认识的列名，如“账号名称”“主办单位”"
        raise RegisterError([Mistake(template.name, 0, "", said)])
    return [" ".join(str(cell).split()) for cell in table[at] if str(cell or "").strip()]


def _lines(
    headings: Sequence[str], ours: Mapping[str, NationalColumn], known: Mapping[str, str]
) -> Iterator[str]:
    seen: set[str] = set()
    for heading in headings:
        word = plain(heading)
        again, said = word in seen, json.dumps(heading, ensure_ascii=False)
        seen.add(word)
        if again:
            yield f"    # {said} 出现了两次，只保留一列"
        elif word in ours:
            yield f"    - {_written(ours[word], said)}"
        elif word in known:
            form = ", format: YYYY-MM-DD" if known[word] in DAYS else ""
            yield f"    - {{heading: {said}, field: {known[word]}{form}}}"
        else:
            yield f'    - {{heading: {said}, value: ""}} # 没有对应的字段：填固定值，或改写 field'


def _written(column: NationalColumn, heading: str) -> str:
    """A column of national.yaml as it stands there, on one line."""
    parts = [f"heading: {heading}"]
    if not column.name:
        parts.append(f"value: {json.dumps(column.value, ensure_ascii=False)}")
    else:
        parts.append(f"field: {column.name}")
    if column.form:
        parts.append(f"format: {column.form}")
    if column.words:
        pairs = (
            f"{json.dumps(key)}: {json.dumps(word, ensure_ascii=False)}"
            for key, word in column.words.items()
        )
        parts.append(f"words: {{{', '.join(pairs)}}}")
    if column.otherwise is not None:
        parts.append(f"otherwise: {json.dumps(column.otherwise, ensure_ascii=False)}")
    return "{" + ", ".join(parts) + "}"
