"""A running daemon takes over what an administrator changes; a broken collector harms nobody."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.reliability.stage import ROOT, Stage, open_hours, stage, weibo
from watcher import store

DETAIL = "SELECT substr(trouble_detail, 1, 6) FROM watch"
SEEN = "SELECT trouble IS NULL AND last_success_at IS NOT NULL FROM watch"


async def collectors(s: Stage, *words: str) -> str:
    """Run `watcher collectors …` in a process of its own, beside the daemon."""
    program = "import sys; from watcher.cli import main; sys.argv[0] = 'watcher'; main()"
    command = [sys.executable, "-c", program, "collectors", *words]
    done = await asyncio.to_thread(
        subprocess.run,
        [*command, "--config", str(s.folder / "watcher.yaml")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


async def read_until(s: Stage, query: str, wanted: object) -> None:
    """Let the next look come every second until it says what is wanted.

    The daemon's clock is not the real one that the other process goes by.
    """
    for _ in range(30):
        with closing(sqlite3.connect(s.database, timeout=10)) as connection, connection:
            connection.execute("UPDATE watch SET next_check_at = 0")
        await asyncio.sleep(1)
        if s.rows(query) == [(wanted,)]:
            return
    raise AssertionError(f"{query}: {s.rows(query)}\n{s.log[-3000:]}")


@pytest.mark.slow
async def test_a_collector_is_taken_out_and_back_without_a_restart(tmp_path: Path) -> None:
    start = datetime.now(UTC) + open_hours(datetime.now(UTC))
    async with stage(tmp_path, [weibo(1, [start - timedelta(days=1)])]) as s:
        pid = await s.go()
        await s.until(SEEN, 1)
        said = await collectors(s, "disable", "weibo", "--by", "李工", "--reason", "改版", "--yes")
        assert "三亚试验001" in said
        await read_until(s, DETAIL, "采集器已停用")
        assert s.rows("SELECT count(*) FROM cases") == [(0,)]
        await collectors(s, "enable", "weibo", "--by", "李工")
        await read_until(s, SEEN, 1)
        assert s.pid == pid
        assert await s.end() == 0


@pytest.mark.slow
async def test_a_stored_collector_that_is_broken_is_told_and_the_others_go_on(
    tmp_path: Path,
) -> None:
    start = datetime.now(UTC) + open_hours(datetime.now(UTC))
    async with stage(tmp_path, [weibo(1, [start - timedelta(days=1)])]) as s:
        db = store.connect(f"sqlite:///{s.database}")
        with db.write() as c:
            store.add_collector(c, "broken", "- no collector", "王工", s.now(), {})
        db.close()
        await s.go()
        await s.until(SEEN, 1)
        for _ in range(100):
            if s.box.got:
                break
            await asyncio.sleep(0.1)
        (told,) = s.box.got
        assert told.path == "/operator"
        assert "采集器 broken 第1版无法载入" in told.text
        assert "broken" in s.log
        assert await s.end() == 0
