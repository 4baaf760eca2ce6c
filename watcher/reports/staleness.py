"""更新情况监测报告: who was stale when, for how long, and what proves it; both clocks apart."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from io import StringIO
from itertools import islice
from typing import Any

import orjson
from markupsafe import Markup

from watcher.annals import DAY, Mark
from watcher.calendar import local
from watcher.reports import update_words as words
from watcher.reports.sheet import Field, workbook
from watcher.reports.stamp import Stamp, written
from watcher.reports.template import cleaned
from watcher.reports.update_lines import account_lines, blind_lines, silence_lines, week_lines
from watcher.reports.update_sheets import (
    ACCOUNTS,
    BLINDS,
    SILENCES,
    WEEKS,
    method,
    platform_tallies,
    rows,
    sheets,
)
from watcher.reports.updates import Facts, Tally, counting, tally
from watcher.reports.word import MOST_ROWS, Column, paragraphs, table
from watcher.reports.words import day_text, listed, moment_text, span_text

TITLE = "政务新媒体更新情况监测报告"
FIELDS: Mapping[str, str] = {
    "title": "标题",
    "area": "地区或主管单位",
    "office": "出具单位",
    "period": "时段名称，如2026年第三季度",
    "span": "起止日期",
    "cut": "数据截止时刻",
    "summary": "总体情况（逐条）",
    "platforms": "分平台表",
    "silences": "连续未更新表（24小时连续计）",
    "weeks": "自然周未更新表",
    "blind": "未能采集表",
    "holidays": "节假日说明",
    "method": "监测方法与局限（逐条）",
    "date": "成文日期（数据截止日）",
    "stamp": "数据截止、版本与校验码",
}
NEEDED = ("period", "summary", "silences", "weeks", "blind", "stamp")
_PAGE = 257.0  # millimetres across a lying page


def fields_of(facts: Facts, stamp: Stamp) -> dict[str, Any]:
    """The fields of the Word template."""
    return {
        "title": f"{facts.area}{facts.label}{TITLE}",
        "area": facts.area,
        "office": facts.office,
        "period": facts.label,
        "span": span_text(facts.since, facts.until),
        "cut": moment_text(facts.as_of),
        "summary": paragraphs(summary(facts)),
        "platforms": platforms_table(facts),
        "silences": shown(SILENCES, silence_lines(facts), {"key"}),
        "weeks": shown(WEEKS, week_lines(facts), {"key", "provisional", "supervisor"}),
        "blind": shown(BLINDS, blind_lines(facts), {"key", "supervisor"}),
        "holidays": words.holiday_note(facts),
        "method": paragraphs(method(facts)),
        "date": day_text(local(facts.as_of).date()),
        "stamp": stamp.line,
    }


def summary(facts: Facts) -> list[str]:
    """What the period comes to, each figure with what it rests on."""
    found = tally(facts.records)
    if not found.accounts:
        return [f"{facts.label}{facts.area}没有在运行的账号，无可检查对象。"]
    over = [
        record
        for record in facts.records
        if any(each.length > facts.overdue * DAY for each in counting(record))
    ]
    missed = [record for record in facts.records if Mark.MISSED in record.weeks]
    return [
        f"期内在运行账号{found.accounts}个，检查{found.checked}个（抽查比例{found.sampled}），"
        f"合格{found.passed}个，合格率{found.pass_rate}；另有{found.unknown}个{words.BLIND}，"
        f"{found.excused}个豁免或不予认定{_apart(found)}。监测覆盖率{found.coverage}。",
        f"自然周更新：可判断的应更新账号周{found.met + found.missed}个，达标{found.met}个，"
        f"周更新达标率{found.weekly}；另有{found.blind}个账号周无法判断。"
        f"有自然周未更新的账号{len(missed)}个。监测覆盖率{found.coverage}。",
        f"连续未更新：经监测证实超过{facts.overdue}天的账号{len(over)}个"
        + (f"：{listed([words.named(facts, record) for record in over])}" if over else "")
        + f"。监测覆盖率{found.coverage}。",
    ]


def _apart(found: Tally) -> str:
    """The accounts that no weekly duty or no day of the period asks of."""
    rest = found.accounts - found.checked - found.unknown - found.excused
    return f"，{rest}个不按周检查（小程序、移动客户端等，或期内已划转）" if rest else ""


def platforms_table(facts: Facts) -> Markup:
    """合格率 by platform, with the coverage beside; its counts stand in the columns before it."""
    columns = (
        Column("平台", 22),
        *(Column(each, 11, number=True) for each in ("在运行", "检查", "合格")),
        Column("合格率", 15, number=True),
        Column("不作判断", 12, number=True),
        *(Column(each, 39) for each in ("周更新达标率", "监测覆盖率")),
    )
    rows = [
        (
            *(name, each.accounts, each.checked, each.passed, each.pass_rate.percent),
            *(each.unknown, each.weekly, each.coverage),
        )
        for name, each in platform_tallies(facts)
    ]
    return table(columns, rows, size=9)


def shown(
    columns: Sequence[tuple[str, Field]],
    lines: Iterable[Any],
    without: set[str],
    page: float = _PAGE,
) -> Markup:
    """A table of the Word file: its first rows, and how many there are."""
    kept = [(name, field) for name, field in columns if name not in without]
    every = rows(kept, lines)
    first = [[_text(cell) for cell in row] for row in islice(every, MOST_ROWS)]
    more = sum(1 for _ in every)
    whole = sum(field.width for _, field in kept)
    laid = [
        Column(each.heading, page * each.width / whole, number=each.kind == "number")
        for _, each in kept
    ]
    made = table(laid, first, size=8)
    if more:
        count = len(first) + more
        made += paragraphs([f"共{count}条，此处列前{len(first)}条，其余见同名 Excel 文件。"])
    return made


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{local(cell):%Y-%m-%d %H:%M}" if hasattr(cell, "hour") else str(cell)


# -- the other formats -------------------------------------------------------------------------


def excel(facts: Facts, stamp: Stamp) -> bytes:
    """Every line as Excel."""
    return workbook(sheets(facts, "更新情况"), stamp, f"{facts.area}{facts.label}{TITLE}")


def comma_separated(facts: Facts) -> bytes:
    """The accounts, a line each; UTF-8 with a mark so that Excel reads it. No cell begins a
    formula."""
    made = StringIO()
    writer = csv.writer(made)
    writer.writerow([field.heading for _, field in ACCOUNTS])
    for row in rows(ACCOUNTS, account_lines(facts)):
        writer.writerow([_safe(_text(cell)) for cell in row])
    return made.getvalue().encode("utf-8-sig")


def _safe(text: str) -> str:
    """A cell that a spreadsheet takes for text."""
    plain = cleaned(text, 2000)
    return f"'{plain}" if plain[:1] in ("=", "+", "-", "@") else plain


def as_json(facts: Facts, stamp: Stamp) -> bytes:
    """Everything, for programs; moments in UTC."""
    said = {
        "stamp": orjson.loads(written(stamp)),
        "title": f"{facts.area}{facts.label}{TITLE}",
        "since": facts.since,
        "until": facts.until,
        "as_of": facts.as_of,
        "summary": asdict(tally(facts.records)),
        "accounts": list(account_lines(facts)),
        "weeks_without_update": list(week_lines(facts)),
        "silences": list(silence_lines(facts)),
        "not_seen": list(blind_lines(facts)),
        "notes": method(facts),
    }
    return orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z) + b"\n"
