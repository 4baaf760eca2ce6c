"""Whether our clock can be trusted: terms are counted in days, so a wrong clock accuses wrongly.

A jump is told by the clock that only counts seconds since the machine started (it goes on while
the machine sleeps). Whether a time source is followed, the kernel knows (adjtimex(2)).
"""

from __future__ import annotations

import ctypes
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import CLOCK_BOOTTIME, clock_gettime

log = logging.getLogger(__name__)

JUMP = timedelta(seconds=30)  # more than a time source ever slews between two looks
AGAIN = timedelta(days=1)  # between two lines of log about a clock that follows nobody
_TIME_ERROR = 5
_ROOM = 512  # bytes; more than any struct timex


@dataclass(slots=True)
class Timekeeper:
    """What was seen of the clock at the last look."""

    clock: Callable[[], datetime]
    steady: Callable[[], float] = lambda: clock_gettime(CLOCK_BOOTTIME)
    synchronised: Callable[[], bool | None] = lambda: kernel_synchronised()
    last: tuple[datetime, float] | None = None
    warned_at: datetime | None = None


def look(keeper: Timekeeper) -> str:
    """What people are to be told about the clock since the last look; "" for nothing."""
    wall, steady = keeper.clock(), keeper.steady()
    before, keeper.last = keeper.last, (wall, steady)
    _warn(keeper, wall)
    if before is None:
        return ""
    jump = (wall - before[0]) - timedelta(seconds=steady - before[1])
    if abs(jump) < JUMP:
        return ""
    way = "拨快" if jump > timedelta() else "拨慢"
    text = f"系统时钟被{way} {_span(abs(jump))}；时限按时钟计算，请核对时间并检查 chrony（NTP）"
    log.error("the clock jumped by %.0f s", jump.total_seconds())
    return text


def _warn(keeper: Timekeeper, wall: datetime) -> None:
    if keeper.synchronised() is not False:
        return
    if keeper.warned_at is None or not timedelta() <= wall - keeper.warned_at < AGAIN:
        keeper.warned_at = wall
        log.warning("the clock follows no time source: install chrony, see chronyc tracking")


def _span(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    for unit, name in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= 2 * unit:
            return f"约 {seconds // unit} {name}"
    return f"{seconds} 秒"


def kernel_synchronised() -> bool | None:
    """Whether the kernel's clock follows a time source; None where it does not tell."""
    try:
        call = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    state = call(ctypes.create_string_buffer(_ROOM))  # modes 0: only asks
    if state < 0:
        log.debug("adjtimex: %s", os.strerror(ctypes.get_errno()))
        return None
    return bool(state != _TIME_ERROR)
