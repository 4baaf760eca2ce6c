"""What Alertmanager told us, and of which cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _serial() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _must(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", _serial(), nullable=False),
        _must("fingerprint"),
        _moment("starts_at"),
        _must("state"),
        _moment("ends_at", nullable=True),
        *(_must(name) for name in ("labels", "annotations")),
        sa.Column("receiver", sa.Text(), server_default="", nullable=False),
        *(_moment(name) for name in ("first_heard", "heard_at")),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        _must("suppressed"),
        sa.PrimaryKeyConstraint("id", name="pk_alarm"),
        sa.UniqueConstraint("fingerprint", "starts_at", name="uq_alarm_fingerprint_starts_at"),
    )
    op.create_index("ix_alarm_heard_at", "alarm", ["heard_at"])
    op.create_table(
        "alarm_case",
        *(sa.Column(name, _serial(), nullable=False) for name in ("alarm_id", "case_id")),
        _moment("at"),
        sa.PrimaryKeyConstraint("alarm_id", "case_id", name="pk_alarm_case"),
        sa.ForeignKeyConstraint(
            ["alarm_id"], ["alarm.id"], name="fk_alarm_case_alarm_id_alarm", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_alarm_case_case_id_cases"),
    )
    op.create_index("ix_alarm_case_case_id", "alarm_case", ["case_id"])
