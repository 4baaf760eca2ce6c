"""更新情况监测报告 and 季度通报稿: from their facts to the files an office sends on."""

from __future__ import annotations

from datetime import datetime

from alerts.words import platform_name
from watcher.report_updates import update_facts
from watcher.reporting import Desk, Kind, ReportError
from watcher.reports import quarterly as circular
from watcher.reports import staleness
from watcher.reports.sheet import workbook
from watcher.reports.stamp import Scope, Stamp
from watcher.reports.template import render
from watcher.reports.update_charts import drawn
from watcher.reports.updates import Facts
from watcher.reports.word import finished


def about(desk: Desk, scope: Scope) -> str:
    """The office and the platform, for the name of the file."""
    office = desk.settings.offices.name_of(scope.office) if scope.office else ""
    platform = platform_name(scope.platform) if scope.platform else ""
    return "-".join(part for part in (office, platform) if part)


def make_staleness(facts: Facts, stamp: Stamp, desk: Desk, ending: str) -> bytes:
    """One format of the report."""
    if ending == "xlsx":
        return staleness.excel(facts, stamp)
    if ending == "csv":
        return staleness.comma_separated(facts)
    if ending == "json":
        return staleness.as_json(facts, stamp)
    fields = staleness.fields_of(facts, stamp)
    template = desk.settings.folder / "templates" / "staleness.docx"
    title = str(fields["title"])
    return finished(render(template, fields, staleness.FIELDS, staleness.NEEDED), stamp, title)


def make_quarterly(facts: Facts, stamp: Stamp, desk: Desk, ending: str) -> bytes:
    """The circular as Word, or its annex as Excel."""
    title = f"{facts.label}{facts.area}{circular.TITLE}"
    if ending == "xlsx":
        return workbook(circular.annex_sheets(facts), stamp, f"{title}附表")
    fields = circular.fields_of(facts, stamp.line, drawn(facts), desk.settings.calendar)
    template = desk.settings.folder / "templates" / "quarterly.docx"
    return finished(render(template, fields, circular.FIELDS, circular.NEEDED), stamp, title)


def collect_quarter(desk: Desk, scope: Scope, as_of: datetime) -> Facts:
    """The facts of a quarter. Raises ReportError for another period."""
    if scope.period is None or "季度" not in scope.period.label:
        raise ReportError("季度通报须为一个季度；写法如 --quarter 2026Q3")
    return update_facts(desk, scope, as_of)


STALENESS = Kind(
    "staleness",
    "更新情况监测报告",
    ("docx", "xlsx", "csv", "json"),
    update_facts,
    make_staleness,
    about,
)
QUARTERLY = Kind(
    "quarterly", "季度通报稿", ("docx", "xlsx"), collect_quarter, make_quarterly, about
)
