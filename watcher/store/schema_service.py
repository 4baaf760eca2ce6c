"""More tables: ways of reading in service, what platforms show of themselves, people's word."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.store.columns import Json, Moment
from watcher.store.schema import account_id, metadata, row_id

# Declarative collectors that an administrator added; a version is never changed.
collector_version = sa.Table(
    "collector_version",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("spec", sa.Text, nullable=False),  # the YAML as it was given
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("added_at", Moment, nullable=False),
    sa.Column("tried", Json, nullable=False),  # what the try before it saw
)

# What is in service where it differs from what the program ships.
collector_service = sa.Table(
    "collector_service",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("enabled", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("version", sa.Integer),  # of collector_version; NULL: the one that is shipped
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
)

# One row per lane: whether the platform can be read at all, and how we know.
platform_sight = sa.Table(
    "platform_sight",
    metadata,
    sa.Column("platform", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("since", Moment, nullable=False),
    sa.Column("why", sa.Text, nullable=False, server_default=""),
    sa.Column("canary_due_at", Moment),
    sa.Column("canary_at", Moment),  # the last look at the known-good account …
    sa.Column("canary_ok_at", Moment),  # … and the last that saw it as it should be
    sa.Column("canary_trouble", sa.Text),
    sa.Column("canary_detail", sa.Text, nullable=False, server_default=""),
    sa.Column("confirmed_by", sa.Text, nullable=False, server_default=""),
    sa.Column("extra", Json),
)

# 人工核验: what a person saw, with the file that proves it.
attestation = sa.Table(
    "attestation",
    metadata,
    row_id(),
    account_id(nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("valid_until", Moment, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("last_post_at", Moment),
    sa.Column("last_post_title", sa.Text, nullable=False, server_default=""),
    sa.Column("last_post_url", sa.Text, nullable=False, server_default=""),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("evidence", sa.Text, nullable=False),  # SHA-256 of the file
    sa.Column("evidence_name", sa.Text, nullable=False),
    sa.Column("evidence_size", sa.BigInteger, nullable=False),
)
