"""What the program shows people of a report that would be told of: a table in Chinese, and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from alerts.routing import Offices
from watcher.enclosing import LARGEST
from watcher.rehearsing_reports import ReportRehearsal
from watcher.report_plan import KINDS, Planned
from watcher.showing import moment, plain
from watcher.showing_routes import kind_of

EVERY = {"month": "每月", "quarter": "每季度", "year": "每年"}


def report_parts(told: ReportRehearsal, offices: Offices) -> Iterator[RenderableType]:
    """Who would hear of the report, when, and what each would get."""
    whose = offices.name_of(told.wanted.office) if told.wanted.office else "全市"
    yield Text(f"{KINDS[told.wanted.kind]}（{whose}），假定于 {moment(told.now)} 生成")
    yield from _plan_lines(told)
    for name in told.plan.routes:
        yield Text(f"适用路由：{name}")
    table = Table(title="告知")
    for heading in ("渠道", "类型", "时刻", "随附", "接收身份"):
        table.add_column(heading, overflow="fold")
    for errand, letter in zip(told.plan.errands, told.letters, strict=True):
        files = "、".join(_files(errand.target, told, offices)) or "不附，文字说明下载处"
        row = (plain(files, 300), plain(errand.reason, 200))
        kind = kind_of(errand.target, offices)
        table.add_row(plain(errand.target), kind, moment(letter.not_before), *row)
    yield table
    yield Text(f"邮件所附合计不超过 {LARGEST >> 20} MiB，Word 优先；其余注明到“报告”页下载。")
    if told.letters:
        letter = told.letters[0]
        for heading, text in (("标题", letter.title), ("短信", letter.short)):
            yield Text(f"{heading}：{text}")
        yield Text(f"正文：{_body(told)}")


def report_json(told: ReportRehearsal, offices: Offices) -> dict[str, Any]:
    first = told.letters[0] if told.letters else None
    return {
        "report": told.wanted.kind,
        "office": told.wanted.office,
        "period": str(told.wanted.period),
        "now": told.now.isoformat(),
        "planned": bool(told.planned),
        "next": [{"due": o.due.isoformat(), "period": str(o.period)} for o in told.nexts],
        "routes": list(told.plan.routes),
        "files": list(told.files),
        "targets": [
            {
                "target": errand.target,
                "kind": offices.targets[errand.target].kind
                if errand.target in offices.targets
                else "",
                "reason": errand.reason,
                "not_before": letter.not_before.isoformat(),
                "files": list(_files(errand.target, told, offices)),
            }
            for errand, letter in zip(told.plan.errands, told.letters, strict=True)
        ],
        "title": first.title if first else "",
        "body": _body(told),
        "short": first.short if first else "",
    }


# -- inside ------------------------------------------------------------------------------------


def _plan_lines(told: ReportRehearsal) -> Iterator[Text]:
    if not told.planned:
        yield Text("watcher.yaml 的 reports 没有安排这份报告：以下假定安排了它。")
    for planned, coming in zip(told.planned, told.nexts, strict=True):
        yield Text(f"{_when(planned)}；下次 {moment(coming.due)}（{coming.period.label}）")


def _when(planned: Planned) -> str:
    return f"{EVERY[planned.every]}结束后第{planned.working_day}个工作日生成"


def _files(target: str, told: ReportRehearsal, offices: Offices) -> tuple[str, ...]:
    """What a target would get as files: mail alone carries them."""
    found = offices.targets.get(target)
    return told.files if found is not None and found.kind == "mail" else ()


def _body(told: ReportRehearsal) -> str:
    """The words without the key, which is another for each target."""
    return told.letters[0].body.rpartition("\n编号：")[0] if told.letters else ""
