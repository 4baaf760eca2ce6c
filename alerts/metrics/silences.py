"""What is not said on purpose: silences that last, and what they hold back."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import Metric

from alerts.metrics.families import filled, gauge, single
from alerts.metrics.values import MetricsSnapshot

SCOPES = ("case", "many")  # a snooze of one case; a silence of all that fit


def silences(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    """Counted by what they are about; no label names a case or a person."""
    active = gauge("silences_active", "Silences that last now, by what they are about.", "scope")
    yield filled(active, {(s,): float(snapshot.silences.get(s, 0)) for s in SCOPES})
    yield single(
        "silenced_letters",
        "Letters that silences which last now have held back.",
        float(snapshot.silenced_letters),
    )
