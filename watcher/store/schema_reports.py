"""The table of reports that were made (出具的报告); their files lie beside the database."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.store.columns import Json, Moment
from watcher.store.schema import metadata, row_id, text

report = sa.Table(
    "report",
    metadata,
    row_id(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),  # as the stamp has it
    sa.Column("as_of", Moment, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    text("author"),  # "" for those of the plan
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("files", Json, nullable=False),  # name, sha256, size of each
    sa.Column("occasion", sa.Text, unique=True),  # of the plan: each is made once
)
