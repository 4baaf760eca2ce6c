"""What the metrics say beyond the state of single accounts: offices, cases, limits, who hears whom.

Asked once for each picture, in a few queries that count in the database; never for a scrape.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from alerts.metrics import NONE, CaseSample, MetricsSnapshot, Names
from alerts.office_labels import office_label
from alerts.routing import Offices
from alerts.words import platform_name
from watcher.calendar import local, midnight
from watcher.candidates import SCOPE
from watcher.model import Case, Level
from watcher.rules.catalogue import catalogue
from watcher.store import AccountState, Connection
from watcher.store.alarms import last_heard, stale_accounts
from watcher.store.case_counts import (
    candidates_by_state,
    leads_by_state,
    open_by_office,
    takedowns_by_step,
)
from watcher.watch import Watch

OfficeCensus = Mapping[tuple[str, str, str, str, str], int]
LONGEST = 60  # characters of a look-alike's name: strangers chose it
GRAVITY = (Level.RED, Level.ORANGE, Level.YELLOW, Level.BLUE, Level.OPERATOR)


@dataclass(frozen=True, slots=True)
class Gauges:
    """What was read for one picture. Offices are still as units spell them."""

    census: OfficeCensus
    stale: Mapping[tuple[str, str, str, str], int]
    heard: datetime | None
    cases: Mapping[tuple[str | None, str | None, str, str, str], int]
    candidates: Mapping[tuple[str, str], int]
    takedowns: Mapping[str, int]
    leads: Mapping[str, int]


def read_gauges(connection: Connection, census: OfficeCensus, now: datetime) -> Gauges:
    """What the metrics need beside the census."""
    return Gauges(
        census,
        stale_accounts(connection),
        last_heard(connection),
        open_by_office(connection, local(now).date()),
        candidates_by_state(connection),
        takedowns_by_step(connection),
        leads_by_state(connection),
    )


def gauged(snapshot: MetricsSnapshot, read: Gauges, watch: Watch, now: datetime) -> MetricsSnapshot:
    """The snapshot with all of it."""
    folder = watch.proofs.folder
    size, free = disk(folder) if folder else (None, None)
    counted = replace(
        _by_office(snapshot, read, watch.book.offices),
        candidates=read.candidates,
        takedowns=read.takedowns,
        leads=read.leads,
        collectors={name: not each.out for name, each in watch.collectors.items()},
        disabled=frozenset(each.name for each in watch.standings if not each.enabled),
        drawn_at=now,
        evidence_limit=watch.proofs.most if folder else None,
        disk_bytes=size,
        disk_free=free,
        alertmanager_at=read.heard,
    )
    return replace(counted, names=_names(counted, watch))


def case_samples(
    cases: Iterable[Case],
    accounts: Mapping[str, AccountState],
    whose: Mapping[int, tuple[str | None, str | None]],
    offices: Offices,
) -> tuple[CaseSample, ...]:
    """Open cases one by one, the gravest and then the oldest first; `whose` they are is the daily
    supervisor and the platform, by id."""
    known = [each for each in cases if each.id is not None]
    known.sort(key=lambda each: (GRAVITY.index(each.finding.level), each.opened_at, each.id))
    return tuple(
        _case(each, accounts.get(each.finding.account), whose.get(each.id or 0), offices)
        for each in known
    )


def _case(
    case: Case,
    of: AccountState | None,
    whose: tuple[str | None, str | None] | None,
    offices: Offices,
) -> CaseSample:
    spelt, platform = whose or (None, None)
    firm = case.due_on is not None and case.due_from is None and case.feedback_at is None
    found = case.finding.facts if case.finding.account.startswith(SCOPE) else {}
    assert case.id is not None
    return CaseSample(
        number=case.id,
        rule=case.finding.rule,
        level=case.finding.level.value,
        opened_at=case.opened_at,
        account=of.key if of else "",
        name=of.name if of else str(found.get("name") or "")[:LONGEST],
        platform=platform or NONE,
        office=NONE if spelt is None else office_label(spelt, offices),
        due_at=midnight(case.due_on + timedelta(days=1)) if case.due_on and firm else None,
    )


def _by_office(snapshot: MetricsSnapshot, read: Gauges, known: Offices) -> MetricsSnapshot:
    stale: Counter[tuple[str, str, str, str]] = Counter()
    for (lane, platform, spelt, level), number in read.stale.items():
        stale[lane, platform, office_label(spelt, known), level] += number
    held: Counter[tuple[str, str, str]] = Counter()
    for (platform, _, stands, _, spelt), number in read.census.items():
        held[office_label(spelt, known), platform, stands] += number
    cases: Counter[tuple[str, str, str, str, str]] = Counter()
    for (whose, where, rule, level, term), number in read.cases.items():
        office = NONE if whose is None else office_label(whose, known)
        cases[office, where or NONE, rule, level, term] += number
    return replace(snapshot, stale=stale, offices=held, office_cases=cases)


def _names(snapshot: MetricsSnapshot, watch: Watch) -> Names:
    """Chinese for the labels that there are."""
    platforms = {
        *(platform for platform, _, _, _ in snapshot.counted),
        *(platform for platform, _ in snapshot.candidates),
        *(each.platform for each in snapshot.searches),
        *(platform for _, platform, _, _, _ in snapshot.office_cases),
    }
    lanes = {*watch.lanes, *watch.lookout.sights, *watch.lookout.plans}
    titles = {name: plan.title for name, plan in watch.lookout.plans.items() if plan.title}
    return Names(
        platforms={each: platform_name(each) for each in platforms},
        lanes={each: titles.get(each, platform_name(each)) for each in lanes},
        offices={key: office.name for key, office in watch.book.offices.offices.items()},
        rules={rule: entry.name for rule, entry in catalogue().items()},
    )


def disk(folder: Path) -> tuple[int | None, int | None]:
    """Size and free bytes of the disk on which the folder lies or will lie."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), None)
    try:
        usage = shutil.disk_usage(there) if there else None
    except OSError:
        usage = None
    return (usage.total, usage.free) if usage else (None, None)
