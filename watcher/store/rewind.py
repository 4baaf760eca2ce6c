"""Things as they were at a moment, taken back from now by the audit log, line by line.

Rows hold only what is; who changed what is never rewritten. So a report of last month can be made
again next year.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.filings import Filing
from watcher.store.papers import filing_json, filing_of, load_filings
from watcher.store.schema import audit_log

_CHANGES = ("register.add", "register.change", "filing.add", "filing.change")


def rewound(
    connection: sa.Connection, rows: Mapping[str, Mapping[str, Any]], as_of: datetime
) -> dict[str, dict[str, Any]]:
    """These rows, by their object in the audit log, as they were; those added since are left out.

    Values are as the audit log has them: JSON, days as ISO 8601.
    """
    found = {key: dict(row) for key, row in rows.items()}
    query = (
        sa.select(audit_log.c.object, audit_log.c.before)
        .where(audit_log.c.at > as_of, audit_log.c.action.in_(_CHANGES))
        .order_by(audit_log.c.id.desc())
    )
    for key, before in connection.execute(query):
        if key not in found:
            continue
        if before is None:
            del found[key]
        else:
            found[key] |= before
    return found


def filings_as_of(connection: sa.Connection, as_of: datetime) -> tuple[Filing, ...]:
    """All filings as they were known at a moment, by key."""
    rows = {f"filing:{each.key}": filing_json(each) for each in load_filings(connection)}
    was = rewound(connection, rows, as_of)
    return tuple(sorted((filing_of(row) for row in was.values()), key=lambda each: each.key))
