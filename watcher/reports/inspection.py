"""年度专项检查报告 (Art. 25; domain.md §6.6(a)) as a Word file and its annexes as Excel. Pure.

Nothing is asserted that the data does not show; a section without data says so. Who is to answer
for what (问责建议) is for people to write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from watcher.annual import Bridge
from watcher.calendar import local
from watcher.reports import inspection_words as words
from watcher.reports.inspection_annex import sheets
from watcher.reports.inspection_facts import InspectionFacts, Speech, procedures_of
from watcher.reports.sheet import Sheet
from watcher.reports.template import Picture
from watcher.reports.word import MOST_ROWS, Column, paragraphs, table
from watcher.reports.words import day_text, span_text

FIELDS: Mapping[str, str] = {
    "office": "检查单位（主管单位）",
    "area": "地区",
    "period": "时段名称，如2026年",
    "span": "起止日期",
    "held": "专项检查登记情况",
    "accounts": "期末在运行账号数",
    "coverage": "监测覆盖率",
    "weekly": "周更新达标率",
    "unjudged": "无法判断的账号周说明",
    "unseen": "盲区说明",
    "bridge_text": "数量变化说明",
    "by_kind": "按单位类别的数量变化表",
    "by_platform": "按平台的数量变化表",
    "chart_platforms": "各平台在运行账号数图",
    "procedures": "程序执行情况（逐条）",
    "found": "发现问题（逐类）",
    "chart_found": "各类问题数图",
    "mended": "整改与处置（逐条）",
    "advice": "下年建议（逐条）",
    "annex_events": "附件1 事项明细",
    "annex_problems": "附件2 问题清单",
    "annex_silent": "附件3 拟整合关停建议名单",
    "annex_impostors": "附件4 假冒处置台账",
    "method": "附件5 监测方法与局限",
    "date": "成文日期（数据截止日）",
    "stamp": "数据截止、版本与校验码",
}
NEEDED = ("office", "period", "coverage", "found", "annex_problems", "stamp")


def fields_of(
    facts: InspectionFacts, speech: Speech, as_of: datetime, stamp: str, charts: Mapping[str, bytes]
) -> dict[str, Any]:
    """The fields of the template."""
    today = local(as_of).date()
    checked = procedures_of(facts, speech.cal, today)
    total = facts.by_kind[-1]
    annexes = {
        f"annex_{name}": _annex(sheet) for name, sheet in sheets(facts, speech, today).items()
    }
    return {
        "office": facts.office,
        "area": facts.area,
        "period": facts.period.label,
        "span": span_text(facts.period.since, min(facts.period.until, today)),
        "held": words.held(facts),
        "accounts": f"{total.end}个",
        "coverage": str(facts.updating.coverage),
        "weekly": str(facts.updating.weekly),
        "unjudged": words.unjudged(facts.updating),
        "unseen": words.unseen(facts.updating, speech),
        "bridge_text": words.bridged(total, facts.late_entries),
        "by_kind": _bridge_table("单位类别", facts.by_kind),
        "by_platform": _bridge_table("平台", facts.by_platform),
        "chart_platforms": _picture(charts, "platforms"),
        "procedures": paragraphs(words.procedures(checked)),
        "found": paragraphs(words.found(facts.problems, speech)),
        "chart_found": _picture(charts, "found"),
        "mended": paragraphs(words.mended(facts, today)),
        "advice": paragraphs(words.advice(facts, speech)),
        **annexes,
        "method": paragraphs(words.METHOD),
        "date": day_text(today),
        "stamp": stamp,
    }


def _bridge_table(heading: str, rows: Sequence[Bridge]) -> Any:
    columns = (
        Column(heading, 34),
        *(
            Column(name, 16, number=True)
            for name in ("期初", "开设", "关停", "注销", "其中整合", "变更", "期末")
        ),
    )
    return table(
        columns,
        [
            (
                *(row.group, row.start, row.opened, row.suspended, row.deregistered),
                *(row.merged, row.changed, row.end),
            )
            for row in rows
        ],
    )


def _picture(charts: Mapping[str, bytes], name: str) -> Any:
    """Where no chart could be drawn, the figures stand in the table beside."""
    if name in charts:
        return Picture(charts[name], 150)
    return "（没有可绘制的数据，或本机没有中文字体，未绘图；数据见表）"


def _annex(sheet: Sheet) -> Any:
    """An annex for the Word file: its first rows, and how many there are."""
    rows = [[_shown(cell) for cell in row] for row in list(sheet.rows)[:MOST_ROWS]]
    whole = sum(field.width for field in sheet.fields)
    columns = [
        Column(each.heading, 257 * each.width / whole, number=each.kind == "number")
        for each in sheet.fields
    ]
    made = table(columns, rows, size=8)
    count = len(list(sheet.rows))
    if count > MOST_ROWS:
        more = f"共{count}条，此处列前{MOST_ROWS}条，全部见随附的 Excel 附件。"
        return made + paragraphs([more])
    return made


def _shown(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{local(cell):%Y-%m-%d %H:%M}"
    return str(cell)
