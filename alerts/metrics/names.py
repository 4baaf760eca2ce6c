"""What labels mean in the language of the offices: one series with the value 1 for each name.

Joined to other series by the label (`* on (office) group_left (office_name) …`), so that a
dashboard says 三亚市教育局办公室 and never education_office.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client.core import Metric

from alerts.metrics.families import OTHER, filled, gauge
from alerts.metrics.values import MOST_OFFICES, MOST_PLATFORMS, NONE, UNASSIGNED, MetricsSnapshot

MOST_RULES = 200
ALWAYS: Mapping[str, Mapping[str, str]] = {
    "platform": {OTHER: "其他平台", NONE: "不属于平台"},
    "lane": {OTHER: "其他通道"},
    "office": {UNASSIGNED: "未登记日常主管单位", NONE: "不属于单位", OTHER: "其他机构"},
    "rule": {},
}


def names(snapshot: MetricsSnapshot) -> Iterable[Metric]:
    """One family for each label that has names."""
    told = snapshot.names
    yield _info("platform", told.platforms, MOST_PLATFORMS)
    yield _info("lane", told.lanes, MOST_PLATFORMS)
    yield _info("office", told.offices, MOST_OFFICES)
    yield _info("rule", told.rules, MOST_RULES)


def _info(label: str, told: Mapping[str, str], most: int) -> Metric:
    family = gauge(f"{label}_info", f"Names by {label}.", label, f"{label}_name")
    shown = {**dict(sorted(told.items())[:most]), **ALWAYS[label]}
    return filled(family, dict.fromkeys(shown.items(), 1.0))
