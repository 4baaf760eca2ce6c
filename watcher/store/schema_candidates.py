"""Tables of impersonation: candidates, decisions, searches, letters to platforms."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.store.columns import Json, Moment
from watcher.store.schema import SERIAL, metadata, row_id, text


def _candidate() -> sa.Column[int]:
    return sa.Column(
        "candidate_id", SERIAL, sa.ForeignKey("candidate.id"), nullable=False, index=True
    )


candidate = sa.Table(
    "candidate",
    metadata,
    row_id(),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("handle", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("profile", Json, nullable=False),
    sa.Column("first_seen", Moment, nullable=False),
    sa.Column("last_seen", Moment, nullable=False),
    *(text(name) for name in ("query", "collector")),
    sa.Column("pages", Json, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("judgement", Json),
    sa.Column("judged_at", Moment),  # NULL: it is due for judging
    *(text(name) for name in ("decided_by", "reason", "fingerprint", "avatar_sha256")),
    sa.Column("decided_at", Moment),
    sa.Column("recheck_at", Moment),
    sa.Column("rechecks", sa.Integer, nullable=False, server_default="0"),
    sa.Column("gone_since", Moment),
    sa.UniqueConstraint("platform", "handle"),
)
sa.Index(
    "ix_candidate_judge",
    candidate.c.id,
    sqlite_where=candidate.c.judged_at.is_(None),
    postgresql_where=candidate.c.judged_at.is_(None),
)
sa.Index(
    "ix_candidate_recheck",
    candidate.c.recheck_at,
    sqlite_where=candidate.c.recheck_at.isnot(None),
    postgresql_where=candidate.c.recheck_at.isnot(None),
)

# What was found, judged, decided, looked at again. Append-only.
candidate_event = sa.Table(
    "candidate_event",
    metadata,
    row_id(),
    _candidate(),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    text("text"),
    sa.Column("data", Json),
)

# One query on one platform, and whether it could see. Append-only.
search_run = sa.Table(
    "search_run",
    metadata,
    row_id(),
    sa.Column("name", sa.Text, nullable=False),  # the protected name
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    text("collector"),  # the way of searching: its budget and its gates are its own
    sa.Column("at", Moment, nullable=False, index=True),
    sa.Column("status", sa.Text, nullable=False),  # of candidates.SearchStatus
    text("trouble"),  # of model.Trouble where it could not see
    text("detail"),
    sa.Column("hits", sa.Integer, nullable=False, server_default="0"),
)
sa.Index("ix_search_run_name_platform", search_run.c.name, search_run.c.platform, search_run.c.at)

# 关停函: the letter, the receipt, the result.
takedown = sa.Table(
    "takedown",
    metadata,
    row_id(),
    _candidate(),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    *(text(name) for name in ("file_sha256", "channel", "receipt", "result")),
    *(sa.Column(name, Moment) for name in ("sent_at", "received_at", "result_at")),
)
