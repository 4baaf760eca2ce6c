"""The aggregates: one custom collector over one snapshot."""

from __future__ import annotations

import platform as python_platform
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from alerts.metrics.families import bound, filled, folded, gauge, moments, single
from alerts.metrics.findings import findings
from alerts.metrics.names import names
from alerts.metrics.offices import collectors, limits, offices
from alerts.metrics.searches import searches
from alerts.metrics.silences import silences
from alerts.metrics.values import (
    BUCKETS,
    LANE_STATES,
    LETTER_STATES,
    MOST_PLATFORMS,
    PLATFORM_STATES,
    Condition,
    MetricsSnapshot,
)


def render(snapshot: MetricsSnapshot) -> bytes:
    """The aggregates as Prometheus text."""
    registry = CollectorRegistry()
    registry.register(_Snapshot(snapshot))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Snapshot(Collector):
    def __init__(self, snapshot: MetricsSnapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterable[Metric]:
        for family in _FAMILIES:
            yield from family(self._snapshot)


def _accounts(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    held = snapshot.counted
    names = bound((platform for platform, _, _, _ in held), MOST_PLATFORMS)
    states = gauge("accounts", "Watched accounts.", "platform", "unit_kind", "state")
    fold = folded(((names(p), kind, str(state)), n) for (p, kind, state, _), n in held.items())
    yield filled(states, fold)
    trouble = gauge(
        "accounts_in_trouble", "Accounts whose last reading did not see.", "platform", "trouble"
    )
    yield filled(trouble, folded(((names(p), t), n) for (p, _, _, t), n in held.items() if t))
    ratio = gauge("coverage_ratio", "Share of accounts neither blind nor never read.", "platform")
    whole: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for (platform, _, state), count in fold.items():
        whole[platform] += count
        seen[platform] += 0 if state in (Condition.BLIND, Condition.NEVER) else count
    yield filled(ratio, {(p,): seen[p] / n for p, n in whole.items()})
    said = gauge("accounts_attested", "Accounts that a person vouches for now.", "platform")
    yield filled(said, folded(((names(p),), n) for p, n in snapshot.attested.items()))


def _readings(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    total = CounterMetricFamily(
        "shouwang_readings", "Readings since the process began.", labels=("lane", "outcome")
    )
    names = bound((p for p, _ in snapshot.readings), MOST_PLATFORMS)
    for key, count in folded(((names(p), o), n) for (p, o), n in snapshot.readings.items()).items():
        total.add_metric(key, count)
    yield total
    times = HistogramMetricFamily(
        "shouwang_reading_duration_seconds", "How long readings took.", labels=("lane",)
    )
    for platform, took in sorted(snapshot.durations.items())[:MOST_PLATFORMS]:
        edges = (*(str(edge) for edge in BUCKETS), "+Inf")
        buckets = list(zip(edges, accumulate(took.counts), strict=True))
        times.add_metric((platform,), buckets=buckets, sum_value=took.total)
    yield times


def _cases(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    yield filled(gauge("cases_open", "Open cases.", "rule", "level"), snapshot.open_cases)
    letters = gauge("outbox_letters", "Letters in the outbox.", "state")
    # Of no letter in a state there are 0: the first that fails must be seen as one more.
    known = {**dict.fromkeys(LETTER_STATES, 0), **snapshot.outbox}
    yield filled(letters, {(state,): float(number) for state, number in known.items()})
    oldest = gauge("outbox_oldest_pending_timestamp_seconds", "Since when a letter waits.")
    yield filled(oldest, moments({(): snapshot.oldest_pending_at}))


def _lanes(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    state = gauge("lane_state", "1 for the state a lane is in.", "lane", "state")
    opens = gauge("lane_opens_timestamp_seconds", "When a lane may read next.", "lane")
    yield filled(
        state,
        {(x.platform, s): float(x.state == s) for x in snapshot.lanes for s in LANE_STATES},
    )
    yield filled(opens, moments({(x.platform,): x.opens_at for x in snapshot.lanes}))


def _platforms(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    state = gauge("platform_state", "1 for how far a platform is to be seen.", "lane", "state")
    canary = gauge(
        "canary_last_success_timestamp_seconds",
        "When the known-good account of a platform was last seen well.",
        "lane",
    )
    shown = snapshot.platforms[:MOST_PLATFORMS]
    states = {(x.platform, s): float(x.state == s) for x in shown for s in PLATFORM_STATES}
    yield filled(state, states)
    yield filled(canary, moments({(x.platform,): x.canary_ok_at for x in shown}))


def _jobs(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    beat = gauge("job_heartbeat_timestamp_seconds", "When a job last ran to its end.", "task")
    yield filled(beat, moments({(job.name,): job.last_run_at for job in snapshot.jobs}))
    failed = CounterMetricFamily("shouwang_job_failures", "Runs that failed.", labels=("task",))
    missed = CounterMetricFamily(
        "shouwang_job_missed", "Runs that did not start.", labels=("task",)
    )
    for job in snapshot.jobs:
        failed.add_metric((job.name,), job.failures)
        missed.add_metric((job.name,), job.missed)
    yield from (failed, missed)


def _watch(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    build = gauge("build_info", "What is running.", "version", "commit", "python")
    label = (snapshot.version, snapshot.commit, python_platform.python_version())
    yield filled(build, {label: 1})
    yield single("database_bytes", "Size of the database.", snapshot.database_bytes)
    yield single("evidence_bytes", "Size of all packages of evidence.", snapshot.evidence_bytes)
    yield single(
        "calendar_known_through_year",
        "Last year whose working days are announced.",
        snapshot.calendar_year,
    )


_FAMILIES = (
    *(_accounts, _readings, _cases, _lanes, _platforms, _jobs, _watch),
    *(offices, collectors, limits, searches, findings, names, silences),
)
