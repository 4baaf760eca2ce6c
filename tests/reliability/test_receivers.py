"""Receivers that refuse, hang or lie: letters wait with the reason, and arrive when they can."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from tests.reliability.stage import Stage, stage
from tests.reliability.test_signals import silent

WAITING = "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')"


def arrived(s: Stage) -> set[str]:
    return {key for message in s.box.got for key in message.letters}


def decided(s: Stage) -> set[str]:
    return {key for (key,) in s.rows("SELECT key FROM outbox")}


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["error", "hang"])
async def test_letters_wait_for_a_receiver_that_fails(tmp_path: Path, mode: str) -> None:
    async with stage(tmp_path, silent(6)) as s:
        s.box.mode = mode
        await s.go()
        await s.until("SELECT count(*) > 0 FROM outbox WHERE last_error <> ''", 1)
        reason = s.rows("SELECT DISTINCT last_error FROM outbox WHERE last_error <> ''")
        assert reason == [("HTTP 500",)] if mode == "error" else "连接失败" in reason[0][0]
        assert s.rows("SELECT DISTINCT state FROM outbox WHERE state IN ('failed', 'sent')") == []
        assert (await s.get("/healthz"))[0] == 200
        assert await s.end() == 0
        s.box.mode = "ok"
        await s.go(days=0.005)  # seven minutes later
        await s.until(WAITING, 0)
        assert arrived(s) == decided(s)
        assert all(message.marked == (mode == "hang") for message in s.box.got)
        assert await s.end() == 0


@pytest.mark.slow
async def test_a_robots_errcode_is_a_failure_and_the_letter_goes_to_the_last_resort(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, silent(2)) as s:
        offices = yaml.safe_load((s.folder / "offices.yaml").read_text("utf-8"))
        offices["offices"]["bureau"]["targets"] = ["robot"]
        (s.folder / "offices.yaml").write_text(yaml.safe_dump(offices, allow_unicode=True))
        s.box.errcode = 93000  # with HTTP 200: no such robot
        await s.go()
        await s.until("SELECT count(*) FROM outbox WHERE state='failed' AND target='robot'", 2)
        await s.until(WAITING, 0)
        handed = [m for m in s.box.got if m.path == "/operator" and "【转送】" in m.text]
        assert len(handed) == 2
        assert all("robot 拒收：errcode 93000" in message.text for message in handed)
        assert await s.end() == 0


@pytest.mark.slow
async def test_a_receiver_that_hangs_does_not_stop_the_others(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as deaf:
        async with stage(tmp_path, silent(6)) as s:
            port = deaf.getsockname()[1]  # takes connections and never answers
            (s.folder / "city.url").write_text(f"http://127.0.0.1:{port}/city")
            await s.go()
            await s.until("SELECT count(*) FROM outbox WHERE target = 'bureau'", 6)
            waiting = "SELECT count(*) FROM outbox WHERE target = 'bureau' AND state NOT IN "
            await s.until(f"{waiting} ('sent', 'merged')", 0)
            assert await s.end() == 0
