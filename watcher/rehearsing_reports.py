"""What would be said of a report of the plan: to whom, when, in what words, with which files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.merge import Outgoing
from alerts.planning import Errand, Plan
from alerts.words import moment_text
from watcher import store
from watcher.calendar import local
from watcher.config import Settings
from watcher.model import Letter, Level
from watcher.report_kinds import KINDS
from watcher.report_letters import hearers, letters_of
from watcher.report_plan import FORMATS, Occasion, Planned, coming, ended
from watcher.reporting import Desk, file_name
from watcher.reports.stamp import Scope
from watcher.store.reports_made import MadeFile, MadeReport


@dataclass(frozen=True, slots=True)
class ReportRehearsal:
    """All that would happen if it were made now. `planned`: the entries of the plan that want it;
    `nexts` when each of them next does."""

    wanted: Occasion
    now: datetime
    planned: tuple[Planned, ...]
    nexts: tuple[Occasion, ...]
    plan: Plan
    letters: tuple[Letter, ...]
    files: tuple[str, ...]


def rehearse_report(
    settings: Settings,
    connection: store.Connection,
    kind: str,
    office: str,
    now: datetime,
    at: datetime | None = None,
) -> ReportRehearsal:
    """As if it were made `at` a moment; else when the plan next wants it, or now if it does not."""
    planned = tuple(p for p in settings.reports if p.kind == kind and office in p.offices)
    first = planned[0] if planned else Planned(kind, "quarter")
    nexts = tuple(coming(each, office, now, settings.calendar) for each in planned)
    made_at = at or min((each.due for each in nexts), default=now)
    targets = tuple(dict.fromkeys(name for each in planned for name in each.targets))
    period = ended(first.every, local(made_at).date())
    wanted = Occasion(kind, period, office, made_at, targets)
    scope = Scope(period, office=office, shared=True)
    title = file_name(KINDS[kind], Desk(connection, settings), scope)
    files = tuple(f"{title}.{each}" for each in KINDS[kind].formats if each in FORMATS)
    listed = tuple(MadeFile(name, "", 0) for name in files)
    made = MadeReport(kind, title, "", made_at, made_at, "示例", listed)
    return ReportRehearsal(
        wanted=wanted,
        now=made_at,
        planned=planned,
        nexts=nexts,
        plan=hearers(settings, wanted),
        letters=tuple(letters_of(settings, wanted, made, made_at)),
        files=files,
    )


def report_trial(errand: Errand, title: str, now: datetime) -> Outgoing:
    """A message that says that it is a test, and brings no report."""
    said = "这是守望监测系统的通知渠道测试，没有报告，无需处理。"
    key = f"测试-报告-{now:%y%m%d%H%M%S}"
    body = (
        f"【测试】{said}\n今后定期报告“{title}”生成后告知本渠道。接收身份：{errand.reason}。\n"
        f"发送时刻：{moment_text(now)}\n编号：{key}"
    )
    return Outgoing("【测试】通知渠道测试", body, f"【测试】{said}", key, Level.BLUE)
