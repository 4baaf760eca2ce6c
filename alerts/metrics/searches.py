"""How far protected names are searched for: a gated search counts as not searched."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import Metric

from alerts.metrics.families import filled, gauge, moments
from alerts.metrics.values import MOST_PLATFORMS, SEARCH_STATES, MetricsSnapshot


def searches(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    """Names by platform and status, and when a platform last answered a search."""
    shown = snapshot.searches[:MOST_PLATFORMS]
    names = gauge(
        "search_names",
        "Protected names by how far they are searched for on a platform.",
        "platform",
        "status",
    )
    yield filled(
        names, {(x.platform, s): float(x.names.get(s, 0)) for x in shown for s in SEARCH_STATES}
    )
    last = gauge(
        "search_last_answer_timestamp_seconds",
        "When a platform last answered a search.",
        "platform",
    )
    yield filled(last, moments({(x.platform,): x.searched_at for x in shown}))
