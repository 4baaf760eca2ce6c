"""Who hears that a report of the plan was made, or cannot be made, when, and in what words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from alerts.hours import next_permitted
from alerts.planning import Plan, plan_report
from alerts.routes import ReportTopic
from alerts.routing import targets_for
from watcher.config import Settings
from watcher.model import Letter, Level, Role, Why
from watcher.report_plan import KINDS, Occasion
from watcher.reports.words import moment_text
from watcher.store.reports_made import REPORT, MadeReport


def hearers(settings: Settings, wanted: Occasion) -> Plan:
    """The targets that hear of it: by the plan, and by the routes about reports."""
    topic = ReportTopic(wanted.kind, wanted.office)
    return plan_report(topic, wanted.targets, settings.offices, settings.policy)


def letters_of(
    settings: Settings, wanted: Occasion, made: MadeReport, now: datetime
) -> list[Letter]:
    """One for each target, in the hours of offices. A mail takes the files along; for all others
    the words say where they are to be had."""
    title, body, short = words(settings, made)
    leaves = next_permitted(now, settings.calendar, settings.policy.hours)
    return [
        Letter(
            key := f"{REPORT}{made.id}-{errand.target}",
            errand.target,
            Why.DIGEST,
            Level.BLUE,
            title,
            f"{body}\n编号：{key}",
            short,
            leaves,
        )
        for errand in hearers(settings, wanted).errands
    ]


def words(settings: Settings, made: MadeReport) -> tuple[str, str, str]:
    """Title, body and short text. No path of the server is named."""
    names = "、".join(Path(file.name).name for file in made.files)
    number = f"第{made.id}号" if made.id is not None else "编号待定"
    public = settings.links.public_url if settings.links else ""
    page = f"{public}/reports" if public else "监测平台控制台“报告”页"
    body = (
        f"【报告】{made.title}已生成，数据截至{moment_text(made.as_of)}。\n"
        f"文件：{names}。\n"
        f"下载：{page}（{number}）。\n"
        f"校验码：{made.digest[:16]}，供核对文件是否被改动。"
    )
    return f"【报告】{made.title}", body, f"【政务新媒体监测】{made.title}已生成，请查收。"[:70]


def failure_letters(
    settings: Settings, wanted: Occasion, reasons: Sequence[str], now: datetime
) -> list[Letter]:
    """To our own operators, once: the key is that of the occasion."""
    title = f"【运维】{wanted.period.label}{KINDS[wanted.kind]}未能生成"
    whose = settings.offices.name_of(wanted.office) if wanted.office else "全市"
    key, short, level = f"unmade-{wanted.key}", title[:70], Level.OPERATOR
    body = (
        f"{title}（{whose}）：{'；'.join(reasons)[:500]}\n"
        f"每十分钟自动重试；也可用 watcher report 手工生成。\n编号：{key}"
    )
    return [
        Letter(f"{key}-{to}", to, Why.DIGEST, level, title, body, short, now)
        for to in targets_for(Role.OPERATOR, None, settings.offices)
    ]
