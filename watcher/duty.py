"""值守日报: each working day at nine a word to the operators that the watch lives, once.

Its coming is the proof; that it does not come is the alarm, which no program can send. It is told
even when there is nothing to say, and the day's mark and its letters are one transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from alerts.hours import Hours, beijing, moment
from alerts.office_tree import targets_for
from alerts.words import platform_name
from watcher import store
from watcher.calendar import WorkCalendar, is_working_day
from watcher.coverage import WORDS
from watcher.duty_words import Around, Said, duty_words
from watcher.gauges import disk
from watcher.model import Letter, Level, Why
from watcher.rules.platform import KNOWN, WINDOW
from watcher.search_state import covered
from watcher.sight import PlatformState
from watcher.store import Connection
from watcher.store.duty import duty
from watcher.store.silences import open_silences
from watcher.watch import Watch

log = logging.getLogger(__name__)

TOLD = "duty told"  # mark: the last working day whose report was told
FRESH = timedelta(minutes=10)  # a look round the platforms that still counts
LONGEST = timedelta(days=31)  # that one report looks back
SIGHTS = {
    PlatformState.BLIND: "失明",
    PlatformState.DEGRADED: "部分可读",
    PlatformState.UNCONFIRMED: "未经证实",
    PlatformState.CLOSED: "平台关闭",
}


def due_day(told: str | None, now: datetime, cal: WorkCalendar, hours: Hours) -> date | None:
    """The working day whose report is due and was not told; None at any other time.

    One that is late is told all the same, until the night.
    """
    here = beijing(now)
    if not is_working_day(cal, here.date()) or not hours.digest <= here.time() < hours.night:
        return None
    return None if told and told >= here.date().isoformat() else here.date()


def next_due(told: str | None, now: datetime, cal: WorkCalendar, hours: Hours) -> datetime:
    """When the next report leaves: now, where one is due, else at nine of a working day."""
    if due_day(told, now, cal, hours) is not None:
        return now
    day = beijing(now).date()
    if beijing(now).time() >= hours.digest:  # told, or too late for today
        day += timedelta(days=1)
    while not is_working_day(cal, day) or (told or "") >= day.isoformat():
        day += timedelta(days=1)
    return moment(day, hours.digest)


def days_of(told: str | None, today: date) -> tuple[date, date]:
    """The whole days that a report is about: since the last one, at least yesterday."""
    yesterday = today - timedelta(days=1)
    last = date.fromisoformat(told) if told else yesterday
    return max(min(last, yesterday), today - LONGEST), yesterday


@dataclass(frozen=True, slots=True)
class Preview:
    """The report as it would be said at this moment; `told` is the day of the last one."""

    told: str
    next_at: datetime
    targets: tuple[str, ...]
    said: Said


def preview(watch: Watch, version: str) -> Preview:
    """What another process than the running watch can say: of the platforms, what was kept last."""
    now, book = watch.now(), watch.book
    told = _told(watch)
    with watch.db.read() as c:
        counts = store.lane_counts(c, now - WINDOW, now - KNOWN)
        kept = store.platform_sights(c)
    watch.lookout.sights = {
        name: replace(sight, count=counts.get(name, sight.count)) for name, sight in kept.items()
    }
    watch.lookout.surveyed_at = now if kept else None
    due = next_due(told, now, book.calendar, book.policy.hours)
    return Preview(told or "", due, _targets(watch), compose_duty(watch, version, told, now))


async def report_duty(watch: Watch, version: str) -> bool:
    """Tell the report that is due, if one is; whether it was told now."""
    now, book = watch.now(), watch.book
    told = await asyncio.to_thread(_told, watch)
    day = due_day(told, now, book.calendar, book.policy.hours)
    if day is None or not watch.alive_roles:
        return False
    nine = moment(day, book.policy.hours.digest)
    if not _surveyed(watch, now) and now - nine < FRESH:  # it has only just begun
        return False
    said = await asyncio.to_thread(compose_duty, watch, version, told, now)
    kept = await watch.writer.submit(lambda c: _keep(c, watch, said, day, now))
    if kept:
        log.info("the report of duty of %s is told", day)
    return kept


def compose_duty(watch: Watch, version: str, told: str | None, now: datetime) -> Said:
    """What the report says at this moment."""
    since, until = days_of(told, beijing(now).date())
    with watch.db.read() as c:
        done = duty(c, since, until, now)
        bytes_kept = store.evidence_bytes(c)
        quiet = sum(each.lasts(now) for each in open_silences(c))
    return duty_words(done, _around(watch, version, now, bytes_kept, quiet), now)


def _around(watch: Watch, version: str, now: datetime, evidence: int, silences: int) -> Around:
    folder, year = watch.proofs.folder, beijing(now).year + 1
    searched = Counter(each.status for each in covered(watch.searches, now))
    return Around(
        version=version,
        next_year=year,
        announced=year in watch.book.calendar.announced,
        platforms=_dim(watch, now),
        searches={WORDS[status]: searched[status] for status in WORDS} if searched else {},
        silences=silences,
        evidence_bytes=evidence + (watch.proofs.beside or 0),
        evidence_most=watch.proofs.most if folder else 0,
        disk=disk(folder) if folder else (None, None),
        database_bytes=store.size(watch.db),
    )


def _surveyed(watch: Watch, now: datetime) -> bool:
    """Whether it is known how far the platforms are to be seen."""
    at = watch.lookout.surveyed_at
    return at is not None and now - at < FRESH


def _dim(watch: Watch, now: datetime) -> Sequence[tuple[str, str, datetime]] | None:
    """The platforms that are not fully to be seen and that somebody is watched on."""
    plans = watch.lookout.plans
    if not _surveyed(watch, now):
        return None
    return [
        (
            plans[name].title if name in plans and plans[name].title else platform_name(name),
            SIGHTS[sight.state],
            sight.since,
        )
        for name, sight in sorted(watch.lookout.sights.items())
        if sight.state in SIGHTS and sight.count.accounts
    ]


def _told(watch: Watch) -> str | None:
    with watch.db.read() as c:
        return store.get_mark(c, TOLD)


def _targets(watch: Watch) -> tuple[str, ...]:
    """To whom it goes, each once."""
    offices = watch.book.offices
    names = (name for role in watch.alive_roles for name in targets_for(role, None, offices))
    return tuple(dict.fromkeys(names))


def _keep(c: Connection, watch: Watch, said: Said, day: date, now: datetime) -> bool:
    """The letters and the mark together; nothing where another process was faster."""
    if (store.get_mark(c, TOLD) or "") >= day.isoformat():
        return False
    letters = []
    for target in _targets(watch):
        key = f"值守{day:%y%m%d}-{target}"
        body = f"{said.body}\n编号：{key}"
        made = Letter(
            key, target, Why.DIGEST, Level.OPERATOR, said.title, body, said.short, not_before=now
        )
        letters.append(made)
    store.enqueue(c, letters)
    store.set_mark(c, TOLD, day.isoformat())
    return True
