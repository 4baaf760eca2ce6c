"""How families of metrics are made: names, samples, and labels that stay short-listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from prometheus_client.core import GaugeMetricFamily

from alerts.metrics.labels import plain

Key = TypeVar("Key", bound=tuple[str, ...])
OTHER = "other"  # stands for all names beyond the first so many


def gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    """An empty family of gauges, under our own prefix."""
    return GaugeMetricFamily(f"shouwang_{name}", text, labels=labels)


def filled(family: GaugeMetricFamily, samples: Mapping[Key, float]) -> GaugeMetricFamily:
    """The family with these samples, in order."""
    for labels, value in sorted(samples.items()):
        family.add_metric(tuple(plain(label) for label in labels), value)
    return family


def single(name: str, text: str, value: float | None) -> GaugeMetricFamily:
    """A gauge without labels; no sample where the value is not known."""
    return filled(gauge(name, text), {} if value is None else {(): value})


def moments(times: Mapping[tuple[str, ...], datetime | None]) -> dict[tuple[str, ...], float]:
    """The moments that are known, in seconds since 1970."""
    return {labels: at.timestamp() for labels, at in times.items() if at is not None}


def folded(pairs: Iterable[tuple[tuple[str, ...], int]]) -> Counter[tuple[str, ...]]:
    """The sum for each set of labels."""
    found: Counter[tuple[str, ...]] = Counter()
    for labels, count in pairs:
        found[labels] += count
    return found


def bound(names: Iterable[str], most: int) -> Callable[[str], str]:
    """Keep a label short-listed: names beyond the first `most` by order become "other"."""
    known = frozenset(sorted(set(names))[:most])
    return lambda name: name if name in known else OTHER
