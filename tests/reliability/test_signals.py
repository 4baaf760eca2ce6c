"""The daemon started and ended: SIGTERM, a taken port, a stale database, a bad configuration."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from tests.reliability.stage import ROOT, mailbox, open_hours, stage, weibo

DAY = timedelta(days=1)


def silent(count: int, days: float = 20, first: int = 1) -> list:  # type: ignore[type-arg]
    start = datetime.now(UTC) + open_hours(datetime.now(UTC))
    posts = [start - (days + n) * DAY for n in range(30)]
    return [weibo(number, posts) for number in range(first, first + count)]


@pytest.mark.slow
async def test_sigterm_ends_well_and_the_next_start_goes_on(tmp_path: Path) -> None:
    async with stage(tmp_path, silent(4)) as s:
        await s.go()
        await s.until("SELECT count(*) FROM cases WHERE rule = 'UPD-04'", 4)
        assert await s.end() == 0
        assert s.rows("SELECT count(*) FROM watch WHERE lease_owner IS NOT NULL") == [(0,)]
        await s.go()
        await s.until("SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')", 0)
        assert await s.end(signal.SIGINT) == 0
        assert s.rows("SELECT count(*) FROM cases WHERE rule = 'UPD-04'") == [(4,)]


@pytest.mark.slow
async def test_sigterm_does_not_wait_for_a_receiver_that_hangs(tmp_path: Path) -> None:
    async with stage(tmp_path, silent(3)) as s:
        s.box.mode = "hang"
        await s.go()
        while not s.box.asked:
            await asyncio.sleep(0.1)
        begun = monotonic()
        assert await s.end() == 0
        assert monotonic() - begun < 10
        s.box.mode = "ok"
        await s.go(letter_lease=1, days=0.005)  # seven minutes later: the leases have run out
        waiting = "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')"
        await s.until(waiting, 0)
        assert {key for message in s.box.got for key in message.letters} == {
            key for (key,) in s.rows("SELECT key FROM outbox")
        }
        assert any(message.marked for message in s.box.got)
        assert await s.end() == 0


@pytest.mark.slow
async def test_sigterm_does_not_wait_for_a_platform_that_hangs(tmp_path: Path) -> None:
    async with stage(tmp_path, silent(3)) as s:
        with closing(socket.create_server(("127.0.0.1", 0))) as deaf:
            text = (s.folder / "watcher.yaml").read_text()
            base = text.split('"m.weibo.cn": "')[1].split('"')[0]
            hung = text.replace(base, f"http://127.0.0.1:{deaf.getsockname()[1]}")
            (s.folder / "watcher.yaml").write_text(hung)
            await s.go()
            await s.until("SELECT count(*) > 0 FROM watch WHERE lease_owner IS NOT NULL", 1)
            await asyncio.sleep(0.5)
            begun = monotonic()
            assert await s.end() == 0
            assert monotonic() - begun < 10


def run(config: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; from watcher.cli import main; sys.argv[0] = 'watcher'; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "run", "--config", str(config)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.slow
async def test_a_start_that_cannot_be_says_why_and_with_what_status(tmp_path: Path) -> None:
    async with mailbox(), stage(tmp_path, silent(1)) as s:
        config = s.folder / "watcher.yaml"
        with closing(socket.create_server(("127.0.0.1", s.port))):
            taken = await asyncio.to_thread(run, config)
        assert taken.returncode == 1
        assert f"127.0.0.1:{s.port}" in taken.stderr
        assert "Traceback" not in taken.stderr

        s.database.rename(s.database.with_suffix(".kept"))
        stale = await asyncio.to_thread(run, config)
        assert stale.returncode == 2
        assert "watcher migrate" in stale.stderr

        config.write_text(config.read_text().replace('"port"', '"prot"'))
        bad = await asyncio.to_thread(run, config)
        assert bad.returncode == 2
        assert "listen.prot" in bad.stderr
