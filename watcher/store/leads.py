"""A lead ends by itself when what it found is in the register, or was approved on paper."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.canonical import text_key
from watcher.filings import FilingKind
from watcher.model import FiledState
from watcher.store.audit import audit
from watcher.store.schema import account
from watcher.store.schema_paper import filing, lead

OPEN, FILED = "open", "filed"


def settle_leads(connection: sa.Connection, actor: str, now: datetime) -> tuple[int, ...]:
    """Mark as filed each open lead whose account the register or the ledger holds by now; their
    numbers. Its finding (FIL-01) ends with it, and the audit log says by what."""
    query = sa.select(lead).where(lead.c.state == OPEN).order_by(lead.c.id)
    leads = connection.execute(query).all()
    if not leads:
        return ()
    by = _registered(connection, leads) | _approved(connection, leads)
    for number, what in sorted(by.items()):
        connection.execute(lead.update().where(lead.c.id == number).values(state=FILED))
        after = {"state": FILED, "by": what}
        audit(connection, actor, "lead.change", f"lead:{number}", {"state": OPEN}, after, now)
    return tuple(sorted(by))


def _registered(connection: sa.Connection, leads: Iterable[sa.Row[Any]]) -> dict[int, str]:
    """The leads whose id on the platform is that of a living account, by number."""
    platforms = {each.platform for each in leads}
    query = sa.select(account.c.key, account.c.platform, account.c.platform_id, account.c.sources)
    living = account.c.filed_state != FiledState.DEREGISTERED.value
    rows = connection.execute(query.where(account.c.platform.in_(platforms), living))
    known = {
        (row.platform, handle.strip()): row.key
        for row in rows
        for handle in (row.platform_id, *(source["handle"] for source in row.sources))
    }
    found = {each.id: known.get((each.platform, each.handle.strip())) for each in leads}
    return {number: key for number, key in found.items() if key}


def _approved(connection: sa.Connection, leads: Iterable[sa.Row[Any]]) -> dict[int, str]:
    """The leads whose opening was approved: the unit, platform and name of a filing."""
    query = sa.select(
        filing.c.key, filing.c.unit_key, filing.c.platform, filing.c.account_name
    ).where(
        filing.c.kind == FilingKind.OPEN.value,
        filing.c.approved_on.is_not(None),
        filing.c.ended_on.is_(None),
        filing.c.unit_key.in_({each.unit_key for each in leads}),
    )
    known = {
        (row.unit_key, row.platform, text_key(row.account_name)): f"filing:{row.key}"
        for row in connection.execute(query)
        if row.account_name
    }
    found = {
        each.id: known.get((each.unit_key, each.platform, text_key(each.name))) for each in leads
    }
    return {number: key for number, key in found.items() if key}
