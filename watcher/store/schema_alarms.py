"""Tables of what Alertmanager told us."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.store.columns import Json, Moment
from watcher.store.schema import SERIAL, metadata, row_id, text

# One row for each stretch in which an alert fires.
alarm = sa.Table(
    "alarm",
    metadata,
    row_id(),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("starts_at", Moment, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("ends_at", Moment),
    sa.Column("labels", Json, nullable=False),
    sa.Column("annotations", Json, nullable=False),
    text("receiver"),
    sa.Column("first_heard", Moment, nullable=False),
    sa.Column("heard_at", Moment, nullable=False, index=True),
    sa.Column("times", sa.Integer, nullable=False, server_default="1"),
    sa.Column("suppressed", Json, nullable=False),
    sa.UniqueConstraint("fingerprint", "starts_at"),
)

# The cases it concerned when it was told.
alarm_case = sa.Table(
    "alarm_case",
    metadata,
    sa.Column(
        "alarm_id",
        SERIAL,
        sa.ForeignKey("alarm.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column(
        "case_id",
        SERIAL,
        sa.ForeignKey("cases.id"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    sa.Column("at", Moment, nullable=False),
)
