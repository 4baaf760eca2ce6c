"""The round that makes the reports of the plan, keeps their files, and tells the offices.

A report's files stand before its row, and its row is written with its letters: killed in between,
it is made again under the same name, and told of once.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from watcher import store
from watcher.config import Settings
from watcher.enclosing import REPORTS
from watcher.report_kinds import KINDS
from watcher.report_letters import failure_letters, letters_of
from watcher.report_plan import FORMATS, Occasion, occasions
from watcher.reporting import Desk, Kind, ReportError, file_name, write
from watcher.reports.stamp import Scope, Stamp, written
from watcher.reports.template import TemplateProblemError
from watcher.store.reports_made import MadeFile, MadeReport, keep_report, occasions_met
from watcher.watch import Watch

log = logging.getLogger(__name__)


async def make_reports(watch: Watch, settings: Settings) -> int:
    """Make what the plan wants and is not made yet; how many were.

    One that cannot be made keeps no other waiting; it is told to the operators once and tried again
    in the next round.
    """
    due = occasions(settings.reports, watch.now(), settings.calendar)
    if not due:
        return 0
    with watch.db.read() as c:
        met = occasions_met(c, [each.key for each in due])
    return sum([await _attempt(watch, settings, each) for each in due if each.key not in met])


async def _attempt(watch: Watch, settings: Settings, wanted: Occasion) -> bool:
    try:
        made = await asyncio.to_thread(make_planned, watch, settings, wanted, watch.now())
    except Exception as error:
        letters = failure_letters(settings, wanted, _reasons(wanted, error), watch.now())
        await watch.writer.submit(lambda c: store.enqueue(c, letters))
        return False
    if not await watch.writer.submit(lambda c: _keep(c, settings, wanted, made, watch.now())):
        return False
    log.info("report %s: %s", wanted.key, ", ".join(file.name for file in made.files))
    return True


def _keep(
    c: store.Connection, settings: Settings, wanted: Occasion, made: MadeReport, now: datetime
) -> bool:
    """Note the report and its letters; whether it was wanting still."""
    if occasions_met(c, [wanted.key]):  # another process of the watch was quicker
        return False
    store.enqueue(c, letters_of(settings, wanted, keep_report(c, made), now))
    return True


def _reasons(wanted: Occasion, error: Exception) -> Sequence[str]:
    """Why it cannot be made, for our operators; what nobody foresaw is in the log in full."""
    if isinstance(error, (ReportError, TemplateProblemError)):
        log.error("report %s cannot be made: %s", wanted.key, error)
        return error.reasons
    if isinstance(error, OSError):
        log.error("report %s cannot be written: %s", wanted.key, error)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return [f"文件不能写入：{'磁盘空间不足' if full else error}"]
    log.error("report %s cannot be made", wanted.key, exc_info=error)
    return [f"程序出错（{type(error).__name__}），详见日志"]


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
        formats = tuple(each for each in kind.formats if each in FORMATS)
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
