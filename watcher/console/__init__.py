"""The status page, the health checks and the metrics, over HTTP; it changes nothing."""

from watcher.console.app import build
from watcher.console.findings import as_json
from watcher.console.view import (
    AccountRow,
    Accounts,
    CaseRow,
    JobRow,
    LaneRow,
    Listed,
    OutboxRow,
    PlatformRow,
    Pulse,
    View,
    unhealthy,
    unready,
)

__all__ = [
    "AccountRow",
    "Accounts",
    "CaseRow",
    "JobRow",
    "LaneRow",
    "Listed",
    "OutboxRow",
    "PlatformRow",
    "Pulse",
    "View",
    "as_json",
    "build",
    "unhealthy",
    "unready",
]
