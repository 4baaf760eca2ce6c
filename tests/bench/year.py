"""(e) A year of many accounts under the virtual clock, against its truth: `watcher simulate`."""

from __future__ import annotations

import asyncio
import resource
from datetime import datetime, timedelta
from typing import Any

from tests.bench.checks import CONFIG
from watcher.config import load
from watcher.simulation import simulated

BEGIN = datetime.fromisoformat("2026-01-01T00:00+08:00")


def measure(accounts: int, days: int) -> dict[str, Any]:
    """Seconds on the clock and of CPU, all processes together; `differences` must be 0."""
    settings, before = load(CONFIG / "watcher.yaml", {}, targets=False), _cpu()
    end = BEGIN + timedelta(days=days)
    came = asyncio.run(simulated(settings, BEGIN, end, accounts, 1, None))
    cpu, readings = _cpu() - before, sum(came.readings.values())
    return {
        "accounts": accounts,
        "days": days,
        "readings": readings,
        "truths": came.truths,
        "differences": len(came.differences),
        "latest_hours": round(came.latest / timedelta(hours=1), 1),
        "seconds": round(came.seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "cpu_ms_per_reading": round(1000 * cpu / max(readings, 1), 2),
    }


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)
