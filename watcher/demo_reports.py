"""What the demo takes home: a report of its days and the public page, in its state folder."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from watcher.config import Settings
from watcher.enclosing import REPORTS
from watcher.report_kinds import KINDS
from watcher.report_round import noted
from watcher.reporting import Desk, file_name, write
from watcher.reports.period import between
from watcher.reports.stamp import Scope
from watcher.store.reports_made import MadeReport, keep_report
from watcher.watch import Watch

WANTED = ("staleness", "matrix")


async def take_home(
    watch: Watch, settings: Settings, state: Path, first: date, last: date
) -> tuple[Path, ...]:
    """Make the reports of the demo's days and list them; where their files are."""
    settings = replace(settings, offices=watch.book.offices)
    made = await asyncio.to_thread(_made, watch, settings, state / REPORTS, first, last)
    for each in made:
        await watch.writer.submit(partial(keep_report, made=each))
    return tuple(state / REPORTS / file.name for each in made for file in each.files)


def _made(
    watch: Watch, settings: Settings, folder: Path, first: date, last: date
) -> list[MadeReport]:
    folder.mkdir(parents=True, exist_ok=True)
    scope, now = Scope(between(first, last)), watch.now()
    found = []
    with watch.db.read() as connection:
        desk = Desk(connection, settings)
        for name in WANTED:
            kind = KINDS[name]
            stamp, paths = write(kind, desk, scope, now, folder, kind.formats[:1])
            title = file_name(kind, desk, scope)
            found.append(noted(kind, title, stamp, paths, folder, now, author="演示"))
    return found
