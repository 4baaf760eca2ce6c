"""How the accounts stand: counted by the database, and listed a page at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from watcher.model import FiledState, Trouble
from watcher.store.columns import to_ms
from watcher.store.overview import ACCOUNTS, AccountState, account_state
from watcher.store.rows import chunks
from watcher.store.schema import account, unit, watch


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on silence is near and overdue, and from when on not knowing is blindness."""

    near: timedelta
    overdue: timedelta
    blind: timedelta


def census_by_office(
    connection: sa.Connection, now: datetime, limits: Limits
) -> Mapping[tuple[str, str, str, str, str], int]:
    """Number of accounts by platform, kind of unit, condition, trouble ("" for none) and daily
    supervisor, as units spell it: one look at all accounts."""
    rows = connection.execute(_CENSUS, _marks(now, limits))
    return {(row[0], row[1], row[2], row[3], row[4]): row[5] for row in rows}


def without_offices(
    counted: Mapping[tuple[str, str, str, str, str], int],
) -> Mapping[tuple[str, str, str, str], int]:
    """The same census without its last part."""
    totals: Counter[tuple[str, str, str, str]] = Counter()
    for key, number in counted.items():
        totals[key[:4]] += number
    return totals


def account_page(
    connection: sa.Connection,
    now: datetime,
    limits: Limits,
    condition: str = "",
    first: int = 0,
    count: int = 100,
) -> tuple[tuple[AccountState, str], ...]:
    """So many accounts by key, of one condition or of all, each with its condition."""
    values = {**_marks(now, limits), "first": first, "count": count, "wanted": condition}
    rows = connection.execute(_PAGE_OF if condition else _PAGE, values)
    return tuple((account_state(row), row[-1]) for row in rows)


def states_of(connection: sa.Connection, keys: Iterable[str]) -> Mapping[str, AccountState]:
    """The accounts of these keys."""
    found = {}
    for batch in chunks(dict.fromkeys(keys)):
        for row in connection.execute(_OF, {"keys": batch}):
            state = account_state(row)
            found[state.key] = state
    return found


def _marks(now: datetime, limits: Limits) -> dict[str, Any]:
    return {
        "now": to_ms(now),
        "blind_before": to_ms(now - limits.blind),
        "near_after": to_ms(now - limits.near),
        "near": limits.near // timedelta(milliseconds=1),
        "overdue": limits.overdue // timedelta(milliseconds=1),
    }


def _mark(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=sa.BigInteger)


_seen, _known, _last = (
    sa.type_coerce(watch.c[name], sa.BigInteger)
    for name in ("last_success_at", "covered_to", "last_post_at")
)
_vouched = sa.func.coalesce(
    sa.type_coerce(watch.c.attested_until, sa.BigInteger) > _mark("now"), sa.false()
)
_unknown = sa.or_(_known.is_(None), sa.and_(_known < _mark("blind_before"), sa.not_(_vouched)))
_filed, _trouble = account.c.filed_state, watch.c.trouble
_deregistered = _filed == FiledState.DEREGISTERED.value
_not_there = _trouble.in_((Trouble.GONE.value, Trouble.BANNED.value))
# The same as alerts.metrics.condition, for very many rows at once.
_STANDS = sa.case(
    (sa.and_(_deregistered, _not_there), "ended"),
    (_seen.is_(None), "never"),
    (sa.and_(_deregistered, _trouble.is_(None)), "ended"),
    (
        sa.and_(_unknown, _last > _mark("near_after"), _seen >= _mark("blind_before")),
        "fresh",
    ),
    (_unknown, "blind"),
    (_filed != FiledState.ACTIVE.value, "ended"),
    (sa.or_(_last.is_(None), _known - _last >= _mark("overdue")), "overdue"),
    (_known - _last >= _mark("near"), "near"),
    else_="fresh",
)
_standing = (
    sa.select(
        account.c.platform,
        unit.c.kind,
        _STANDS.label("stands"),
        sa.func.coalesce(watch.c.trouble, "").label("trouble"),
        unit.c.daily_supervisor,
    )
    .select_from(account.join(unit).join(watch))
    .subquery()
)
_CENSUS = sa.select(*_standing.c, sa.func.count()).group_by(*_standing.c)
_PAGE = ACCOUNTS.add_columns(_STANDS).limit(sa.bindparam("count")).offset(sa.bindparam("first"))
_PAGE_OF = _PAGE.where(sa.bindparam("wanted", type_=sa.Text) == _STANDS)
_OF = ACCOUNTS.where(account.c.key.in_(sa.bindparam("keys", expanding=True)))
