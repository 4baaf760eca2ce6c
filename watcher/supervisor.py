"""What we tell systemd: that we are ready, that we live, that we end (sd_notify(3)).

Without NOTIFY_SOCKET nobody asked, and nothing is told. The protocol is a datagram; no library.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)


def notify(state: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Tell the supervisor, such as `READY=1`; whether anybody was told. Never raises."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as one:
            one.settimeout(1.0)
            one.sendto(state.encode(), address)
    except OSError as error:
        log.warning("cannot tell the supervisor %s: %s", state, error)
        return False
    return True


def patience(environ: Mapping[str, str] = os.environ) -> float | None:
    """Seconds after which the supervisor takes us for dead; None where it does not watch."""
    given, whose = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not given.isdecimal() or int(given) == 0 or whose not in ("", str(os.getpid())):
        return None
    return int(given) / 1_000_000


async def reassure(well: Callable[[], bool], environ: Mapping[str, str] = os.environ) -> None:
    """Say again and again that we live, as long as we do; runs until it is cancelled.

    It runs in the event loop, so a loop that is stuck says nothing, and it asks `well`, so work
    that stands still behind a lively loop ends the process too.
    """
    limit = patience(environ)
    while limit is not None:
        if well():
            notify("WATCHDOG=1", environ)
        await asyncio.sleep(limit / 4)
    await asyncio.Event().wait()
