"""The people of a unit, and the number of the paper that approved an account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def upgrade() -> None:
    op.add_column("account", _text("approval"))
    op.create_table(
        "unit_person",
        sa.Column("unit_key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *(_text(name) for name in ("post", "phone", "email")),
        sa.ForeignKeyConstraint(["unit_key"], ["unit.key"], name="fk_unit_person_unit_key_unit"),
        sa.PrimaryKeyConstraint("unit_key", "role", "name", name="pk_unit_person"),
    )
