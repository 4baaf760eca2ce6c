"""What Prometheus reads: text made of one frozen snapshot.

Whoever holds the state builds a `MetricsSnapshot`; nothing here asks a database or a clock.
"""

from __future__ import annotations

from alerts.metrics.accounts import render_accounts
from alerts.metrics.aggregates import render
from alerts.metrics.values import (
    BLIND,
    BUCKETS,
    LANE_STATES,
    LIMIT,
    MOST_COLLECTORS,
    MOST_OFFICES,
    MOST_PLATFORMS,
    NEAR,
    NONE,
    UNASSIGNED,
    AccountSample,
    CaseSample,
    Condition,
    Durations,
    JobSample,
    LaneSample,
    MetricsSnapshot,
    Names,
    PlatformSample,
    SearchSample,
    Tally,
    condition,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

__all__ = [
    "BLIND",
    "BUCKETS",
    "CONTENT_TYPE",
    "LANE_STATES",
    "LIMIT",
    "MOST_COLLECTORS",
    "MOST_OFFICES",
    "MOST_PLATFORMS",
    "NEAR",
    "NONE",
    "UNASSIGNED",
    "AccountSample",
    "CaseSample",
    "Condition",
    "Durations",
    "JobSample",
    "LaneSample",
    "MetricsSnapshot",
    "Names",
    "PlatformSample",
    "SearchSample",
    "Tally",
    "condition",
    "render",
    "render_accounts",
]
