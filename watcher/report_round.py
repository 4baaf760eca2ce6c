"""The round that makes the reports of the plan, keeps their files, and tells the offices.

A report's files stand before its row, and its row is written with its letters: killed in between,
it is made again under the same name, and told of once.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from alerts.hours import next_permitted
from alerts.routing import Offices, targets_for
from watcher import store
from watcher.config import Settings
from watcher.model import Letter, Level, Role, Unit, Why
from watcher.posting import REPORTS
from watcher.report_kinds import KINDS
from watcher.report_plan import Occasion, occasions
from watcher.reporting import Desk, Kind, ReportError, file_name, write
from watcher.reports.stamp import Scope, Stamp, written
from watcher.reports.template import TemplateProblemError
from watcher.reports.words import moment_text
from watcher.store.reports_made import (
    REPORT,
    MadeFile,
    MadeReport,
    keep_report,
    occasions_met,
)
from watcher.watch import Watch

log = logging.getLogger(__name__)

PLANNED = ("docx", "xlsx", "html")  # formats that the plan makes, where a kind has them


async def make_reports(watch: Watch, settings: Settings) -> int:
    """Make what the plan wants and is not made yet; how many were.

    One that cannot be made is told to the operators once and tried again in the next round.
    """
    now = watch.now()
    due = occasions(settings.reports, now, settings.calendar)
    if not due:
        return 0
    with watch.db.read() as c:
        met = occasions_met(c, [each.key for each in due])
    return sum([await _attempt(watch, settings, e, now) for e in due if e.key not in met])


async def _attempt(watch: Watch, settings: Settings, wanted: Occasion, now: datetime) -> bool:
    try:
        made = await asyncio.to_thread(make_planned, watch, settings, wanted, now)
    except (ReportError, TemplateProblemError, OSError) as error:
        log.error("report %s cannot be made: %s", wanted.key, error)
        letters = _failed(settings, wanted, str(error), now)
        await watch.writer.submit(lambda c: store.enqueue(c, letters))
        return False

    def keep(c: store.Connection) -> None:
        store.enqueue(c, _letters(settings, wanted, keep_report(c, made), now))

    await watch.writer.submit(keep)
    log.info("report %s: %s", wanted.key, ", ".join(file.name for file in made.files))
    return True


def make_planned(watch: Watch, settings: Settings, wanted: Occasion, now: datetime) -> MadeReport:
    """Make the files of an occasion; blocks. Raises what `reporting.write` raises.

    A ledger is a copy for others: telephone numbers are covered.
    """
    kind, folder = KINDS[wanted.kind], settings.state / REPORTS
    place = folder / wanted.period.label / (wanted.office or "city")
    place.mkdir(parents=True, exist_ok=True)
    for half in place.glob(".*"):  # of a process that died while it wrote
        half.unlink(missing_ok=True)
    scope = Scope(wanted.period, office=wanted.office, shared=True)
    with watch.db.read() as connection:
        desk = Desk(connection, settings)
        formats = tuple(each for each in kind.formats if each in PLANNED)
        stamp, paths = write(kind, desk, scope, now, place, formats)
        return noted(kind, file_name(kind, desk, scope), stamp, paths, folder, now, wanted.key)


def noted(
    kind: Kind,
    title: str,
    stamp: Stamp,
    paths: tuple[Path, ...],
    folder: Path,
    now: datetime,
    occasion: str | None = None,
    author: str = "",
) -> MadeReport:
    """What the list of reports says of these files; those of the plan are named from `folder`."""
    return MadeReport(
        kind=kind.name,
        title=title,
        scope=written(stamp),
        as_of=stamp.as_of,
        made_at=now,
        digest=stamp.digest,
        files=tuple(_file(path, folder) for path in paths),
        author=author,
        occasion=occasion,
    )


def _file(path: Path, folder: Path) -> MadeFile:
    body = path.read_bytes()
    inside = path.is_relative_to(folder)
    name = str(path.relative_to(folder)) if inside else path.name
    return MadeFile(name, sha256(body).hexdigest(), len(body))


# -- who hears of it -----------------------------------------------------------------------------


def _letters(settings: Settings, wanted: Occasion, made: MadeReport, now: datetime) -> list[Letter]:
    """One for each target of the office, and of the plan."""
    names = "、".join(Path(file.name).name for file in made.files)
    body = (
        f"【报告】{made.title}已生成，数据截至{moment_text(made.as_of)}。\n"
        f"文件：{names}（监测服务器 {REPORTS} 目录，控制台“报告”页可下载；邮件随附 Word）。\n"
        f"校验码：{made.digest[:16]}，可用 watcher report verify 核对。"
    )
    short = f"【政务新媒体监测】{made.title}已生成，请查收。"[:70]
    heard = dict.fromkeys((*_office_targets(wanted.office, settings.offices), *wanted.targets))
    leaves, title = next_permitted(now, settings.calendar), f"【报告】{made.title}"
    return [
        Letter(f"{REPORT}{made.id}-{to}", to, Why.DIGEST, Level.BLUE, title, body, short, leaves)
        for to in heard
    ]


def _failed(settings: Settings, wanted: Occasion, why: str, now: datetime) -> list[Letter]:
    """Told once: the key is that of the occasion."""
    title = f"【运维】{wanted.period.label}{KINDS[wanted.kind].title}未能生成"
    body = f"{title}：{why[:500]}\n每十分钟自动重试；也可用 watcher report 手工生成。"
    key, short, level = f"report-failed-{wanted.key}", title[:70], Level.OPERATOR
    return [
        Letter(f"{key}-{to}", to, Why.DIGEST, level, title, body, short, now)
        for to in targets_for(Role.OPERATOR, None, settings.offices)
    ]


def _office_targets(office: str, offices: Offices) -> tuple[str, ...]:
    if not office:
        return targets_for(Role.CITY, None, offices)
    return targets_for(Role.SUPERVISOR, Unit("", "", daily_supervisor=office), offices)
