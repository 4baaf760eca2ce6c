"""The reports that were made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "report",
        sa.Column("id", serial, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "title", "scope")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("as_of", "made_at")),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("digest", "files")),
        sa.Column("occasion", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sa.UniqueConstraint("occasion", name="uq_report_occasion"),
    )
