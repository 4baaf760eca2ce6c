"""A daemon that looks alive and does nothing is noticed, said, and mended or ended."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.reliability.stage import Stage, open_hours, stage
from tests.reliability.test_signals import silent


async def told(s: Stage, what: str, seconds: float = 20.0) -> None:
    """Wait until the operators hear it."""
    for _ in range(int(seconds * 10)):
        if any(m.path == "/operator" and what in m.text for m in s.box.got):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{what} was never said\n{s.log[-3000:]}")


@pytest.mark.slow
async def test_a_scheduler_whose_timer_died_is_started_anew_and_the_operators_hear(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, silent(4)) as s:
        await s.go(stale=2, sabotage="timer")
        await s.until("SELECT count(*) FROM cases WHERE rule = 'UPD-04'", 4)
        await s.says("/healthz", 200)
        await told(s, "已自动重启")
        assert await s.end() == 0


@pytest.mark.slow
async def test_a_tick_that_hangs_is_told_to_the_operators(tmp_path: Path) -> None:
    async with stage(tmp_path, silent(1)) as s:
        await s.go(stale=1, sabotage="tick")
        await s.says("/readyz", 503)
        await told(s, "调度停止")
        assert await s.end() == 0


@pytest.mark.slow
async def test_a_process_whose_loop_is_blocked_ends_itself(tmp_path: Path) -> None:
    async with stage(tmp_path, silent(1)) as s:
        await s.go(sabotage="loop")
        assert await s.over() == 70
        assert "the event loop is stuck" in s.log
        await s.go()
        await s.until("SELECT count(*) FROM cases WHERE rule = 'UPD-04'", 1)
        assert await s.end() == 0


@pytest.mark.slow
async def test_after_a_day_of_downtime_the_gap_is_kept_and_nobody_is_forgotten(
    tmp_path: Path,
) -> None:
    yesterday = open_hours(datetime.now(UTC)) - timedelta(days=1)
    async with stage(tmp_path, silent(6), shift=yesterday, gap=0.5, concurrency=8) as s:
        await s.go(days=1)  # all six have been due for a day
        await s.until("SELECT count(DISTINCT account_id) FROM reading", 6)
        assert await s.end() == 0
        moments = sorted(at for (at,) in s.rows("SELECT min(at) FROM reading GROUP BY account_id"))
        assert all(later - sooner >= 400 for sooner, later in pairwise(moments)), moments
