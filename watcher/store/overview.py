"""The state of everything, for metrics and the status page, in a few queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.model import CaseState, FiledState, Level, Sight, Trouble
from watcher.store.columns import from_ms
from watcher.store.proofs import evidence_bytes
from watcher.store.rows import to_pages
from watcher.store.schema import account, cases, outbox, unit, watch


@dataclass(frozen=True, slots=True)
class AccountState:
    """One account, as metrics need it. `last_post_at` is the time the newest post claims.

    `attested_by` vouches until `attested_until` for what he saw at `attested_at`.
    """

    key: str
    name: str
    platform: str
    lane: str
    unit_key: str
    unit_name: str
    unit_kind: str
    filed_state: FiledState
    enabled: bool
    last_post_at: datetime | None
    last_reading_at: datetime | None
    last_success_at: datetime | None
    covered_from: datetime | None
    covered_to: datetime | None
    watched_since: datetime
    trouble: Trouble | None
    trouble_since: datetime | None
    failures: int
    next_check_at: datetime
    followers: int | None
    attested_until: datetime | None = None
    attested_at: datetime | None = None
    attested_by: str = ""
    supervisor: str = ""  # the daily supervisor as the unit spells it


@dataclass(frozen=True, slots=True)
class Overview:
    at: datetime
    accounts: tuple[AccountState, ...]  # by key
    attested: Mapping[str, int]  # platform: accounts that a person vouches for now
    cases: Mapping[tuple[str, Level, CaseState], int]  # (rule, level, state)
    outbox: Mapping[str, int]  # state
    outbox_oldest: datetime | None  # the oldest letter that waits although it is due
    evidence_bytes: int = 0  # of all packages


def overview(connection: sa.Connection, now: datetime, accounts: bool = True) -> Overview:
    """All of it, as of one moment; with `accounts` in a thread: 100,000 of them take seconds."""
    return Overview(
        at=now,
        accounts=tuple(_accounts(connection)) if accounts else (),
        attested=dict(connection.execute(_ATTESTED, {"now": now}).all()),
        cases={
            (rule, Level(level), CaseState(state)): number
            for rule, level, state, number in connection.execute(_CASES)
        },
        outbox=dict(connection.execute(_OUTBOX).all()),
        outbox_oldest=connection.scalar(_OLDEST, {"now": now}),
        evidence_bytes=evidence_bytes(connection),
    )


def _accounts(connection: sa.Connection) -> list[AccountState]:
    return [account_state(row) for row in connection.execute(ACCOUNTS)]


def account_state(row: Sequence[Any]) -> AccountState:
    """A row of ACCOUNTS. Moments come as plain numbers: these rows are many."""
    proof = to_pages(row[21])
    said = Sight(pages=proof).attested_by if proof else ""
    return AccountState(
        key=row[0],
        name=row[1],
        platform=row[2],
        lane=row[3],
        unit_key=row[4],
        unit_name=row[5],
        unit_kind=row[6],
        filed_state=FiledState(row[7]),
        enabled=bool(row[8]),
        last_post_at=_moment(row[9]),
        last_reading_at=_moment(row[10]),
        last_success_at=_moment(row[11]),
        covered_from=_moment(row[12]),
        covered_to=_moment(row[13]),
        watched_since=from_ms(row[14]),
        trouble=Trouble(row[15]) if row[15] else None,
        trouble_since=_moment(row[16]),
        failures=row[17],
        next_check_at=from_ms(row[18]),
        followers=row[19],
        attested_until=_moment(row[20]) if said else None,
        attested_at=proof[0].at if said else None,
        attested_by=said,
        supervisor=row[22],
    )


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_ms(value)


def _plain(column: sa.Column[datetime]) -> sa.ColumnElement[int]:
    return sa.type_coerce(column, sa.BigInteger)


ACCOUNTS = (
    sa.select(
        account.c.key,
        account.c.name,
        account.c.platform,
        watch.c.lane,
        unit.c.key,
        unit.c.name,
        unit.c.kind,
        account.c.filed_state,
        account.c.enabled,
        *(
            _plain(watch.c[name])
            for name in [
                "last_post_at",
                "last_reading_at",
                "last_success_at",
                "covered_from",
                "covered_to",
                "watched_since",
            ]
        ),
        watch.c.trouble,
        _plain(watch.c.trouble_since),
        watch.c.failures,
        _plain(watch.c.next_check_at),
        watch.c.followers,
        _plain(watch.c.attested_until),
        sa.case((watch.c.attested_until.isnot(None), watch.c.pages), else_=None),
        unit.c.daily_supervisor,
    )
    .select_from(account.join(unit).join(watch))
    .order_by(account.c.key)
)
_ATTESTED = (
    sa.select(account.c.platform, sa.func.count())
    .select_from(account.join(watch))
    .where(watch.c.attested_until > sa.bindparam("now"))
    .group_by(account.c.platform)
)
_CASES = sa.select(cases.c.rule, cases.c.level, cases.c.state, sa.func.count()).group_by(
    cases.c.rule, cases.c.level, cases.c.state
)
_OUTBOX = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
_OLDEST = sa.select(sa.func.min(outbox.c.not_before)).where(
    outbox.c.state.in_(("pending", "sending")), outbox.c.not_before <= sa.bindparam("now")
)
