"""What was seen, decided and said: SQLite or PostgreSQL; the only importer of sqlalchemy.

Functions take a Connection and work on many rows at once; `Database` and `Writer` give
connections.
"""

from sqlalchemy.engine import Connection

from watcher.store.agenda import (
    Coming,
    TargetState,
    coming,
    next_judging,
    next_letter,
    outbox_by_target,
)
from watcher.store.attestations import attestations, pseudo_id, save_attestation
from watcher.store.audit import AuditRow, audit, get_mark, list_audit, set_mark
from watcher.store.cases import list_cases, open_cases, save_cases
from watcher.store.collectors import (
    Added,
    Standing,
    add_collector,
    added_collectors,
    disable_collector,
    enable_collector,
    look_again,
    set_lanes,
    standings,
)
from watcher.store.database import Database, at_head, connect, migrate, ready, size
from watcher.store.detail import AccountDetail, ListedPost, account_detail
from watcher.store.outbox import enqueue, mark_failed, mark_sent, take_letters
from watcher.store.overview import AccountState, Overview, overview
from watcher.store.platforms import (
    confirm_platform,
    judge_lane,
    lane_counts,
    lane_looks,
    platform_sights,
    save_platform_sights,
)
from watcher.store.readings import Reading, dossiers, prune, record
from watcher.store.register_tables import Changes, load_accounts, load_units, save_register
from watcher.store.units import (
    UNITS_JUDGED,
    accused_offices,
    list_inspections,
    list_papers,
    save_inspection,
    save_paper,
    supervised,
    unit_dossiers,
    units_changed,
)
from watcher.store.watch import Claim, Slot, claim, due_for_judging, next_due, schedule
from watcher.store.writer import Inline, StoreFull, StoreUnavailable, Writer

__all__ = [
    "UNITS_JUDGED",
    "AccountDetail",
    "AccountState",
    "Added",
    "AuditRow",
    "Changes",
    "Claim",
    "Coming",
    "Connection",
    "Database",
    "Inline",
    "ListedPost",
    "Overview",
    "Reading",
    "Slot",
    "Standing",
    "StoreFull",
    "StoreUnavailable",
    "TargetState",
    "Writer",
    "account_detail",
    "accused_offices",
    "add_collector",
    "added_collectors",
    "at_head",
    "attestations",
    "audit",
    "claim",
    "coming",
    "confirm_platform",
    "connect",
    "disable_collector",
    "dossiers",
    "due_for_judging",
    "enable_collector",
    "enqueue",
    "get_mark",
    "judge_lane",
    "lane_counts",
    "lane_looks",
    "list_audit",
    "list_cases",
    "list_inspections",
    "list_papers",
    "load_accounts",
    "load_units",
    "look_again",
    "mark_failed",
    "mark_sent",
    "migrate",
    "next_due",
    "next_judging",
    "next_letter",
    "open_cases",
    "outbox_by_target",
    "overview",
    "platform_sights",
    "prune",
    "pseudo_id",
    "ready",
    "record",
    "save_attestation",
    "save_cases",
    "save_inspection",
    "save_paper",
    "save_platform_sights",
    "save_register",
    "schedule",
    "set_lanes",
    "set_mark",
    "size",
    "standings",
    "supervised",
    "take_letters",
    "unit_dossiers",
    "units_changed",
]
