"""What systemd is told, and what the clock is watched for."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watcher.supervisor import notify, patience, reassure
from watcher.timekeeping import AGAIN, Timekeeper, kernel_synchronised, look

T0 = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind(str(tmp_path / "notify"))
        one.settimeout(2.0)
        yield one


def environ(systemd: socket.socket, **more: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": systemd.getsockname(), **more}


def test_the_supervisor_is_told(systemd: socket.socket) -> None:
    assert notify("READY=1", environ(systemd))
    assert systemd.recv(100) == b"READY=1"


def test_an_abstract_socket_is_told_too() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind(f"\0shouwang-{os.getpid()}")
        one.settimeout(2.0)
        assert notify("STOPPING=1", {"NOTIFY_SOCKET": f"@shouwang-{os.getpid()}"})
        assert one.recv(100) == b"STOPPING=1"


def test_without_a_supervisor_nothing_is_told_and_nothing_breaks(tmp_path: Path) -> None:
    assert not notify("READY=1", {})
    assert not notify("READY=1", {"NOTIFY_SOCKET": "vsock:2:1234"})
    assert not notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "nobody")})


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "x"}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
    ],
)
def test_patience_is_what_systemd_said_to_this_process(
    given: dict[str, str], seconds: float | None
) -> None:
    assert patience(given) == seconds


async def test_it_is_reassured_only_while_work_is_done(systemd: socket.socket) -> None:
    asked, well = asyncio.Event(), True

    def alive() -> bool:
        asked.set()
        return well

    given = environ(systemd, WATCHDOG_USEC="40000")
    task = asyncio.create_task(reassure(alive, given))
    assert await asyncio.to_thread(systemd.recv, 100) == b"WATCHDOG=1"
    well = False
    for _ in range(2):
        asked.clear()
        await asked.wait()
    systemd.setblocking(False)
    with suppress(BlockingIOError):
        while systemd.recv(100):  # what was said before
            pass
    asked.clear()
    await asked.wait()
    with pytest.raises(BlockingIOError):
        systemd.recv(100)
    task.cancel()


# -- the clock -------------------------------------------------------------------------------


class Clocks:
    """A wall clock that can be set, and one that cannot."""

    def __init__(self) -> None:
        self.wall, self.steady, self.synchronised = T0, 100.0, True

    def keeper(self) -> Timekeeper:
        return Timekeeper(lambda: self.wall, lambda: self.steady, lambda: self.synchronised)

    def pass_(self, seconds: float, jump: timedelta = timedelta()) -> None:
        self.steady += seconds
        self.wall += timedelta(seconds=seconds) + jump


def test_a_clock_that_is_set_is_told_once_and_how_far() -> None:
    clocks = Clocks()
    keeper = clocks.keeper()
    assert look(keeper) == ""
    clocks.pass_(15, timedelta(days=3))
    assert "拨快 约 3 天" in look(keeper)
    clocks.pass_(15)
    assert look(keeper) == ""
    clocks.pass_(15, -timedelta(minutes=5))
    assert "拨慢 约 5 分钟" in look(keeper)


def test_slow_correction_and_sleep_are_no_jumps() -> None:
    clocks = Clocks()
    keeper = clocks.keeper()
    look(keeper)
    for _ in range(100):
        clocks.pass_(15, timedelta(milliseconds=-500))
        assert look(keeper) == ""
    clocks.pass_(8 * 3600)  # the machine slept; both clocks went on
    assert look(keeper) == ""


def test_a_clock_that_follows_nobody_is_logged_once_a_day(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clocks = Clocks()
    clocks.synchronised = False
    keeper = clocks.keeper()
    for _ in range(3):
        assert look(keeper) == ""
        clocks.pass_(15)
    assert [record.getMessage()[:9] for record in caplog.records] == ["the clock"]
    clocks.pass_(AGAIN.total_seconds())
    look(keeper)
    assert len(caplog.records) == 2


def test_the_kernel_says_whether_it_follows_a_time_source() -> None:
    assert kernel_synchronised() in (True, False, None)
