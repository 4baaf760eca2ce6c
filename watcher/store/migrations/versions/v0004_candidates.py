"""Impersonation: candidates, what was decided, what was searched, letters to platforms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _serial() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", _serial(), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _must(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    _candidates()
    _events()
    _searches()
    _letters()


def _candidates() -> None:
    op.create_table(
        "candidate",
        _id(),
        *(_must(name) for name in ("platform", "handle", "url", "profile")),
        _moment("first_seen", nullable=False),
        _moment("last_seen", nullable=False),
        _text("query"),
        _text("collector"),
        _must("pages"),
        _must("state"),
        sa.Column("judgement", sa.Text(), nullable=True),
        _moment("judged_at"),
        *(_text(name) for name in ("decided_by", "reason", "fingerprint", "avatar_sha256")),
        _moment("decided_at"),
        _moment("recheck_at"),
        sa.Column("rechecks", sa.Integer(), server_default="0", nullable=False),
        _moment("gone_since"),
        sa.PrimaryKeyConstraint("id", name="pk_candidate"),
        sa.UniqueConstraint("platform", "handle", name="uq_candidate_platform_handle"),
    )
    op.create_index("ix_candidate_state", "candidate", ["state"])
    due = sa.text("judged_at IS NULL")
    op.create_index(
        "ix_candidate_judge", "candidate", ["id"], sqlite_where=due, postgresql_where=due
    )
    again = sa.text("recheck_at IS NOT NULL")
    op.create_index(
        "ix_candidate_recheck",
        "candidate",
        ["recheck_at"],
        sqlite_where=again,
        postgresql_where=again,
    )


def _events() -> None:
    op.create_table(
        "candidate_event",
        _id(),
        sa.Column("candidate_id", _serial(), nullable=False),
        _moment("at", nullable=False),
        _must("actor"),
        _must("kind"),
        _text("text"),
        sa.Column("data", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_candidate_event"),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["candidate.id"],
            name="fk_candidate_event_candidate_id_candidate",
        ),
    )
    op.create_index("ix_candidate_event_candidate_id", "candidate_event", ["candidate_id"])


def _searches() -> None:
    op.create_table(
        "search_run",
        _id(),
        *(_must(name) for name in ("name", "platform", "query")),
        _text("collector"),
        _moment("at", nullable=False),
        _must("status"),
        _text("trouble"),
        _text("detail"),
        sa.Column("hits", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_run"),
    )
    op.create_index("ix_search_run_at", "search_run", ["at"])
    op.create_index("ix_search_run_name_platform", "search_run", ["name", "platform", "at"])


def _letters() -> None:
    op.create_table(
        "takedown",
        _id(),
        sa.Column("candidate_id", _serial(), nullable=False),
        _must("number"),
        _moment("made_at", nullable=False),
        _must("author"),
        *(_text(name) for name in ("file_sha256", "channel", "receipt", "result")),
        *(_moment(name) for name in ("sent_at", "received_at", "result_at")),
        sa.PrimaryKeyConstraint("id", name="pk_takedown"),
        sa.UniqueConstraint("number", name="uq_takedown_number"),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name="fk_takedown_candidate_id_candidate"
        ),
    )
    op.create_index("ix_takedown_candidate_id", "takedown", ["candidate_id"])
