"""The status page, the health checks and the metrics, over HTTP; it changes nothing."""

from watcher.console.app import build
from watcher.console.findings import as_json
from watcher.console.view import (
    AccountRow,
    Accounts,
    AccountView,
    AlarmRow,
    AttestationRow,
    CaseRow,
    JobRow,
    LaneRow,
    Listed,
    LookRow,
    OutboxRow,
    PlatformRow,
    PostRow,
    Pulse,
    SearchRow,
    SilenceRow,
    View,
    unhealthy,
    unready,
)

__all__ = [
    "AccountRow",
    "AccountView",
    "Accounts",
    "AlarmRow",
    "AttestationRow",
    "CaseRow",
    "JobRow",
    "LaneRow",
    "Listed",
    "LookRow",
    "OutboxRow",
    "PlatformRow",
    "PostRow",
    "Pulse",
    "SearchRow",
    "SilenceRow",
    "View",
    "as_json",
    "build",
    "unhealthy",
    "unready",
]
