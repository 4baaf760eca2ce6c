"""Links to acknowledge by, silences, and what silences held back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _serial() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", _serial(), nullable=False)


def _must(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _yes(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(create_constraint=False), nullable=False)


def _moment(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    _links()
    _silences()


def _links() -> None:
    op.create_table(
        "letter_link",
        _id(),
        *(_must(name) for name in ("key", "target", "cases")),
        _yes("acts"),
        _must("nonce"),
        *(_moment(name) for name in ("made_at", "expires_at")),
        _moment("used_at", nullable=True),
        _text("used_by"),
        sa.PrimaryKeyConstraint("id", name="pk_letter_link"),
        sa.UniqueConstraint("key", name="uq_letter_link_key"),
    )
    op.create_index("ix_letter_link_expires_at", "letter_link", ["expires_at"])


def _silences() -> None:
    op.create_table(
        "silence",
        _id(),
        sa.Column("case_id", _serial(), nullable=True),
        *(_text(name) for name in ("number", "rule", "platform", "office", "account", "unit")),
        _yes("even_red"),
        *(_moment(name) for name in ("begins_at", "until")),
        *(_must(name) for name in ("reason", "author")),
        _moment("ended_at", nullable=True),
        _text("ended_by"),
        _moment("concluded_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_silence"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_silence_case_id_cases"),
    )
    op.create_index("ix_silence_case_id", "silence", ["case_id"])
    still = sa.text("concluded_at IS NULL")
    op.create_index(
        "ix_silence_open", "silence", ["until"], sqlite_where=still, postgresql_where=still
    )
    op.create_table(
        "held_notice",
        *(sa.Column(name, _serial(), nullable=False) for name in ("silence_id", "case_id")),
        _must("why"),
        _moment("at"),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("silence_id", "case_id", "why", name="pk_held_notice"),
        sa.ForeignKeyConstraint(
            ["silence_id"],
            ["silence.id"],
            name="fk_held_notice_silence_id_silence",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_held_notice_case_id_cases"),
    )
    op.create_index("ix_held_notice_case_id", "held_notice", ["case_id"])
