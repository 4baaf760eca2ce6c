"""What alerts rest on: silence by platform and office, collectors, limits, who hears whom."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import Metric

from alerts.metrics.families import bound, filled, folded, gauge, moments, single
from alerts.metrics.values import MOST_COLLECTORS, MOST_OFFICES, MOST_PLATFORMS, MetricsSnapshot


def offices(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    """Accounts and open cases by the office that supervises them ("unassigned": none on file)."""
    platforms = bound(
        (
            *(p for _, p, _, _ in snapshot.stale),
            *(p for _, p, _ in snapshot.offices),
            *(p for _, p, _, _, _ in snapshot.office_cases),
        ),
        MOST_PLATFORMS,
    )
    names = bound(
        (
            *(o for _, _, o, _ in snapshot.stale),
            *(o for o, _, _ in snapshot.offices),
            *(o for o, _, _, _, _ in snapshot.office_cases),
        ),
        MOST_OFFICES,
    )
    stale = gauge(
        "accounts_stale",
        "Accounts with an open case of silence, by the highest level of these cases.",
        "lane",
        "platform",
        "office",
        "level",
    )
    lanes = bound((lane for lane, _, _, _ in snapshot.stale), MOST_PLATFORMS)
    rows = (
        ((lanes(lane), platforms(p), names(o), level), n)
        for (lane, p, o, level), n in snapshot.stale.items()
    )
    yield filled(stale, folded(rows))
    held = gauge(
        "office_accounts",
        "Watched accounts by supervising office.",
        *("office", "platform", "state"),
    )
    counts = (
        ((names(o), platforms(p), str(state)), n) for (o, p, state), n in snapshot.offices.items()
    )
    yield filled(held, folded(counts))
    cases = gauge(
        "office_cases",
        "Open cases by supervising office and by how their term stands.",
        *("office", "platform", "rule", "level", "term"),
    )
    found = snapshot.office_cases.items()
    known = (((names(o), platforms(p), *more), n) for (o, p, *more), n in found)
    yield filled(cases, folded(known))


def collectors(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    """Which ways of reading are in service; one that is out blinds its accounts."""
    service = gauge("collector_in_service", "1 while a collector is in service.", "collector")
    shown = sorted(snapshot.collectors.items())[:MOST_COLLECTORS]
    yield filled(service, {(name,): float(up) for name, up in shown})
    decided = gauge(
        "collector_disabled",
        "1 while a person has taken a collector out of service.",
        "collector",
    )
    yield filled(decided, {(name,): float(name in snapshot.disabled) for name, _ in shown})


def limits(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    """What may run full, and what may fall silent."""
    drawn = gauge("snapshot_timestamp_seconds", "The moment that these metrics describe.")
    yield filled(drawn, moments({(): snapshot.drawn_at}))
    yield single("evidence_limit_bytes", "Most bytes of evidence.", snapshot.evidence_limit)
    yield single("state_disk_bytes", "Size of the disk of our files.", snapshot.disk_bytes)
    yield single("state_disk_free_bytes", "Free bytes of that disk.", snapshot.disk_free)
    every = snapshot.dead_man_every
    yield single(
        "dead_man_interval_seconds",
        "How often the dead man's switch is told that we live; absent where none is configured.",
        None if every is None else every.total_seconds(),
    )
    told = gauge("dead_man_last_success_timestamp_seconds", "When it last took our word.")
    yield filled(told, moments({(): snapshot.dead_man_at}))
    heard = gauge("alertmanager_last_heard_timestamp_seconds", "Last word of Alertmanager.")
    yield filled(heard, moments({(): snapshot.alertmanager_at}))
