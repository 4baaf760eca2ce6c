"""The stretches in which every public post of an account is known, those before the last one too.

The bounds of the running stretch stand in `watch`, which every reading writes anyway; here is only
when a stretch began and, once it was broken, where it had come to.
"""

from __future__ import annotations

import sqlalchemy as sa

from watcher.store.columns import Moment
from watcher.store.schema import account_id, metadata

stretch = sa.Table(
    "stretch",
    metadata,
    account_id(primary_key=True, autoincrement=False),
    sa.Column("began_at", Moment, primary_key=True),  # the reading from which on it is known so
    sa.Column("covered_from", Moment),  # these three are empty while it runs
    sa.Column("covered_to", Moment),
    sa.Column("ended_at", Moment),  # the reading that broke it, or reached further back
    sqlite_with_rowid=False,
)
