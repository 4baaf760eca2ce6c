"""The aggregates: one custom collector over one snapshot."""

from __future__ import annotations

import platform as python_platform
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import accumulate
from typing import TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from alerts.metrics.labels import plain
from alerts.metrics.values import (
    BUCKETS,
    LANE_STATES,
    PLATFORM_STATES,
    Condition,
    MetricsSnapshot,
)

MOST_PLATFORMS = 50  # a register with more than this many platform names has a mistake in it


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
        for family in (_accounts, _readings, _cases, _lanes, _platforms, _jobs, _watch):
            yield from family(self._snapshot)


def _accounts(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    held = snapshot.counted
    names = _bound(platform for platform, _, _, _ in held)
    states = _gauge("accounts", "Watched accounts.", "platform", "unit_kind", "state")
    fold = _fold(((names(p), kind, str(state)), n) for (p, kind, state, _), n in held.items())
    yield _filled(states, fold)
    trouble = _gauge(
        "accounts_in_trouble", "Accounts whose last reading did not see.", "platform", "trouble"
    )
    yield _filled(trouble, _fold(((names(p), t), n) for (p, _, _, t), n in held.items() if t))
    ratio = _gauge("coverage_ratio", "Share of accounts neither blind nor never read.", "platform")
    whole: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for (platform, _, state), count in fold.items():
        whole[platform] += count
        seen[platform] += 0 if state in (Condition.BLIND, Condition.NEVER) else count
    yield _filled(ratio, {(p,): seen[p] / n for p, n in whole.items()})
    said = _gauge("accounts_attested", "Accounts that a person vouches for now.", "platform")
    yield _filled(said, _fold(((names(p),), n) for p, n in snapshot.attested.items()))


def _readings(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    total = CounterMetricFamily(
        "shouwang_readings", "Readings since the process began.", labels=("platform", "outcome")
    )
    names = _bound(p for p, _ in snapshot.readings)
    for key, count in _fold(((names(p), o), n) for (p, o), n in snapshot.readings.items()).items():
        total.add_metric(key, count)
    yield total
    times = HistogramMetricFamily(
        "shouwang_reading_duration_seconds", "How long readings took.", labels=("platform",)
    )
    for platform, took in sorted(snapshot.durations.items())[:MOST_PLATFORMS]:
        edges = (*(str(edge) for edge in BUCKETS), "+Inf")
        buckets = list(zip(edges, accumulate(took.counts), strict=True))
        times.add_metric((platform,), buckets=buckets, sum_value=took.total)
    yield times


def _cases(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    yield _filled(_gauge("cases_open", "Open cases.", "rule", "level"), snapshot.open_cases)
    letters = _gauge("outbox_letters", "Letters in the outbox.", "state")
    yield _filled(letters, {(state,): n for state, n in snapshot.outbox.items()})
    oldest = _gauge("outbox_oldest_pending_timestamp_seconds", "Since when a letter waits.")
    yield _filled(oldest, _moments({(): snapshot.oldest_pending_at}))


def _lanes(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    state = _gauge("lane_state", "1 for the state a lane is in.", "platform", "state")
    opens = _gauge("lane_opens_timestamp_seconds", "When a lane may read next.", "platform")
    yield _filled(
        state,
        {(x.platform, s): float(x.state == s) for x in snapshot.lanes for s in LANE_STATES},
    )
    yield _filled(opens, _moments({(x.platform,): x.opens_at for x in snapshot.lanes}))


def _platforms(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    state = _gauge("platform_state", "1 for how far a platform is to be seen.", "platform", "state")
    canary = _gauge(
        "canary_last_success_timestamp_seconds",
        "When the known-good account of a platform was last seen well.",
        "platform",
    )
    shown = snapshot.platforms[:MOST_PLATFORMS]
    states = {(x.platform, s): float(x.state == s) for x in shown for s in PLATFORM_STATES}
    yield _filled(state, states)
    yield _filled(canary, _moments({(x.platform,): x.canary_ok_at for x in shown}))


def _jobs(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    beat = _gauge("job_heartbeat_timestamp_seconds", "When a job last ran to its end.", "job")
    yield _filled(beat, _moments({(job.name,): job.last_run_at for job in snapshot.jobs}))
    failed = CounterMetricFamily("shouwang_job_failures", "Runs that failed.", labels=("job",))
    missed = CounterMetricFamily("shouwang_job_missed", "Runs that did not start.", labels=("job",))
    for job in snapshot.jobs:
        failed.add_metric((job.name,), job.failures)
        missed.add_metric((job.name,), job.missed)
    yield from (failed, missed)


def _watch(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    build = _gauge("build_info", "What is running.", "version", "commit", "python")
    label = (snapshot.version, snapshot.commit, python_platform.python_version())
    yield _filled(build, {label: 1})
    size = _gauge("database_bytes", "Size of the database.")
    year = _gauge("calendar_known_through_year", "Last year whose working days are announced.")
    yield _filled(size, {} if snapshot.database_bytes is None else {(): snapshot.database_bytes})
    proof = _gauge("evidence_bytes", "Size of all packages of evidence.")
    yield _filled(proof, {} if snapshot.evidence_bytes is None else {(): snapshot.evidence_bytes})
    yield _filled(year, {} if snapshot.calendar_year is None else {(): snapshot.calendar_year})


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"shouwang_{name}", text, labels=labels)


Key = TypeVar("Key", bound=tuple[str, ...])


def _filled(family: GaugeMetricFamily, samples: Mapping[Key, float]) -> GaugeMetricFamily:
    for labels, value in sorted(samples.items()):
        family.add_metric(tuple(plain(label) for label in labels), value)
    return family


def _moments(times: Mapping[tuple[str, ...], datetime | None]) -> dict[tuple[str, ...], float]:
    return {labels: at.timestamp() for labels, at in times.items() if at is not None}


def _fold(pairs: Iterable[tuple[tuple[str, ...], int]]) -> Counter[tuple[str, ...]]:
    folded: Counter[tuple[str, ...]] = Counter()
    for labels, count in pairs:
        folded[labels] += count
    return folded


def _bound(platforms: Iterable[str]) -> Callable[[str], str]:
    """Keep the label short-listed: names beyond the first MOST_PLATFORMS become "other"."""
    known = frozenset(sorted(set(platforms))[:MOST_PLATFORMS])
    return lambda platform: platform if platform in known else "other"
