"""What the metrics say beyond the state of single accounts: offices, limits, who hears whom.

Asked once for each picture, in two queries that count in the database; never for a scrape.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from alerts.metrics import MetricsSnapshot
from alerts.office_labels import office_label
from watcher.rounds import Watch
from watcher.store import Connection
from watcher.store.alarms import last_heard, stale_accounts

OfficeCensus = Mapping[tuple[str, str, str, str, str], int]


@dataclass(frozen=True, slots=True)
class Gauges:
    """What was read for one picture. Offices are still as units spell them."""

    census: OfficeCensus
    stale: Mapping[tuple[str, str, str, str], int]
    heard: datetime | None


def read_gauges(connection: Connection, census: OfficeCensus) -> Gauges:
    """What the metrics need beside the census."""
    return Gauges(census, stale_accounts(connection), last_heard(connection))


def gauged(snapshot: MetricsSnapshot, read: Gauges, watch: Watch, now: datetime) -> MetricsSnapshot:
    """The snapshot with all of it."""
    known = watch.book.offices
    stale: Counter[tuple[str, str, str, str]] = Counter()
    for (lane, platform, spelt, level), number in read.stale.items():
        stale[lane, platform, office_label(spelt, known), level] += number
    held: Counter[tuple[str, str]] = Counter()
    for (_, _, stands, _, spelt), number in read.census.items():
        held[office_label(spelt, known), stands] += number
    folder = watch.proofs.folder
    size, free = _disk(folder) if folder else (None, None)
    return replace(
        snapshot,
        stale=stale,
        offices=held,
        collectors={name: not each.out for name, each in watch.collectors.items()},
        drawn_at=now,
        evidence_limit=watch.proofs.most if folder else None,
        disk_bytes=size,
        disk_free=free,
        alertmanager_at=read.heard,
    )


def _disk(folder: Path) -> tuple[int | None, int | None]:
    """Size and free bytes of the disk on which the folder lies or will lie."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), None)
    try:
        usage = shutil.disk_usage(there) if there else None
    except OSError:
        usage = None
    return (usage.total, usage.free) if usage else (None, None)
