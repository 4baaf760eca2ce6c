"""Tables about letters: links to acknowledge by, silences, and what silences held back."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.store.columns import Json, Moment
from watcher.store.schema import SERIAL, metadata, row_id, text

# The link of one message. Who reads this table cannot make a link: the key is not in it.
letter_link = sa.Table(
    "letter_link",
    metadata,
    row_id(),
    sa.Column("key", sa.Text, nullable=False, unique=True),  # of the message
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("cases", Json, nullable=False),  # ids
    sa.Column("acts", sa.Boolean(create_constraint=False), nullable=False),  # or shows only
    sa.Column("nonce", sa.Text, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False, index=True),
    sa.Column("used_at", Moment),
    text("used_by"),
)

# 静默: no letters about these for a while. Of one case, or of all that fit what is not empty.
silence = sa.Table(
    "silence",
    metadata,
    row_id(),
    sa.Column("case_id", SERIAL, sa.ForeignKey("cases.id"), index=True),
    *(text(name) for name in ("number", "rule", "platform", "office", "account", "unit")),
    sa.Column("even_red", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("begins_at", Moment, nullable=False),
    sa.Column("until", Moment, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("ended_at", Moment),  # by a person, before `until`
    text("ended_by"),
    sa.Column("concluded_at", Moment),  # what it held was said
)
sa.Index(
    "ix_silence_open",
    silence.c.until,
    sqlite_where=silence.c.concluded_at.is_(None),
    postgresql_where=silence.c.concluded_at.is_(None),
)

# What was not said of a case because of a silence, each kind once.
held_notice = sa.Table(
    "held_notice",
    metadata,
    sa.Column(
        "silence_id",
        SERIAL,
        sa.ForeignKey("silence.id", ondelete="CASCADE"),
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
    sa.Column("why", sa.Text, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("letters", sa.Integer, nullable=False),
)
