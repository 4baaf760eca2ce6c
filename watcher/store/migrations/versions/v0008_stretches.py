"""The stretches in which everything was known, kept when they end; posts walked by their index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _moment(name: str, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "stretch",
        sa.Column("account_id", serial, autoincrement=False, nullable=False),
        _moment("began_at", nullable=False),
        *(_moment(name) for name in ("covered_from", "covered_to", "ended_at")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_stretch_account_id_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "began_at", name="pk_stretch"),
        sqlite_with_rowid=False,
    )
    # When the stretches of now began was not noted: they are known from their last reading on.
    op.execute(
        "INSERT INTO stretch (account_id, began_at) "
        "SELECT account_id, covered_to FROM watch WHERE covered_to IS NOT NULL"
    )
    # Reports walk a year of posts by this index alone, without the rows.
    op.drop_index("ix_post_at", "post")
    op.create_index("ix_post_at", "post", ["account_id", "at", "first_seen", "flags"])
