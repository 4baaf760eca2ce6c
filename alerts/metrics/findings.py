"""What people must decide: look-alikes, letters to platforms, leads; and what is shown singly."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import Metric

from alerts.metrics.families import bound, filled, folded, gauge, single
from alerts.metrics.values import (
    CANDIDATE_STATES,
    LEAD_STATES,
    LETTER_STEPS,
    MOST_PLATFORMS,
    MetricsSnapshot,
)


def findings(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    """Counts of all states, those that nobody is in as well: 0 is known, nothing is not."""
    platforms = bound((p for p, _ in snapshot.candidates), MOST_PLATFORMS)
    seen = folded(((platforms(p), state), n) for (p, state), n in snapshot.candidates.items())
    shown = sorted({platform for platform, _ in seen})
    found = gauge("candidates", "Look-alikes by what people decided.", "platform", "state")
    yield filled(found, {(p, s): float(seen[p, s]) for p in shown for s in CANDIDATE_STATES})
    letters = gauge("takedown_letters", "Letters to platforms by how far they came.", "step")
    yield filled(letters, {(s,): float(snapshot.takedowns.get(s, 0)) for s in LETTER_STEPS})
    leads = gauge("leads", "Leads about accounts outside the register.", "state")
    yield filled(leads, {(s,): float(snapshot.leads.get(s, 0)) for s in LEAD_STATES})
    yield single(
        "account_metrics_enabled",
        "1 where accounts and cases are shown one by one on /metrics/accounts.",
        float(snapshot.one_by_one),
    )
