"""出具的报告 as a page: what was made, as of when, and its files to take along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from watcher.console.page import TEMPLATES


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file of a report: its name, where the console gives it ("" where it lies elsewhere)."""

    name: str
    url: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report; `author` is "" for those of the plan."""

    id: int
    title: str
    as_of: datetime
    made_at: datetime
    author: str
    digest: str
    files: Sequence[ReportFile]


@dataclass(frozen=True, slots=True)
class ReportsView:
    """The newest reports at `now`."""

    now: datetime
    rows: Sequence[ReportRow]
    version: str = ""


def render_reports(view: ReportsView) -> str:
    return TEMPLATES.get_template("reports.html").render(view=view)
