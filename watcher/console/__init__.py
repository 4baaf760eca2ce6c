"""The status page, the health checks and the metrics, over HTTP; it changes nothing."""

from watcher.console.app import build
from watcher.console.findings import as_json
from watcher.console.view import (
    AccountRow,
    CaseRow,
    JobRow,
    LaneRow,
    OutboxRow,
    Pulse,
    View,
    unhealthy,
    unready,
)

__all__ = [
    "AccountRow",
    "CaseRow",
    "JobRow",
    "LaneRow",
    "OutboxRow",
    "Pulse",
    "View",
    "as_json",
    "build",
    "unhealthy",
    "unready",
]
