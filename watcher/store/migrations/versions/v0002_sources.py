"""Sources in order, ways of reading in service, platforms' own state, people's word."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _serial() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for column in (
        sa.Column("looks", sa.Text(), nullable=True),
        sa.Column("absent_since", sa.BigInteger(), nullable=True),
        sa.Column("absent_looks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attested_until", sa.BigInteger(), nullable=True),
        sa.Column("listed", sa.Integer(), nullable=True),
        sa.Column("listed_usual", sa.Integer(), nullable=True),
    ):
        op.add_column("watch", column)
    op.add_column("profile_version", sa.Column("traits", sa.Text(), nullable=True))
    _collectors()
    _platforms()
    _people()


def _collectors() -> None:
    op.create_table(
        "collector_version",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("tried", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_collector_version"),
    )
    op.create_table(
        "collector_service",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_collector_service"),
    )


def _platforms() -> None:
    op.create_table(
        "platform_sight",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("canary_due_at", sa.BigInteger(), nullable=True),
        sa.Column("canary_at", sa.BigInteger(), nullable=True),
        sa.Column("canary_ok_at", sa.BigInteger(), nullable=True),
        sa.Column("canary_trouble", sa.Text(), nullable=True),
        sa.Column("canary_detail", sa.Text(), server_default="", nullable=False),
        sa.Column("confirmed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("platform", name="pk_platform_sight"),
    )


def _people() -> None:
    op.create_table(
        "attestation",
        sa.Column("id", _serial(), nullable=False),
        sa.Column("account_id", _serial(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("last_post_at", sa.BigInteger(), nullable=True),
        sa.Column("last_post_title", sa.Text(), server_default="", nullable=False),
        sa.Column("last_post_url", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("evidence_name", sa.Text(), nullable=False),
        sa.Column("evidence_size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name="fk_attestation_account_id_account",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attestation"),
    )
    op.create_index("ix_attestation_account_id", "attestation", ["account_id"], unique=False)
