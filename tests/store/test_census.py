"""The database counts the accounts as the pure function of the metrics judges them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa

from alerts.metrics import BLIND, LIMIT, NEAR, condition
from tests.store.given import T0, account, register
from watcher.model import FiledState, Trouble
from watcher.store import Database, overview
from watcher.store.census import Limits, account_page, census_by_office, states_of, without_offices
from watcher.store.schema import watch

LIMITS = Limits(NEAR, LIMIT, BLIND)
EDGE = timedelta(milliseconds=1)


def _moments(*spans: timedelta) -> list[datetime | None]:
    return [None, T0, *(T0 - span + step for span in spans for step in (-EDGE, 0 * EDGE, EDGE))]


VOUCHED = (None, T0, T0 + EDGE)
STATES = list(product(_moments(NEAR, LIMIT), _moments(BLIND), _moments(BLIND, NEAR), VOUCHED))
EVIDENCE = [["attest:1/王五", 0, "cd" * 32, 0]]


@pytest.fixture
def many(db: Database) -> Database:
    register(db, *(account(n) for n in range(len(STATES))))
    with db.write() as c:
        ids = c.scalars(sa.select(watch.c.account_id).order_by(watch.c.account_id)).all()
        for ident, (last, seen, known, until) in zip(ids, STATES, strict=True):
            values: dict[str, Any] = {
                "last_post_at": last,
                "last_success_at": seen,
                "covered_to": known,
            }
            values |= {"attested_until": until, "pages": EVIDENCE if until else None}
            c.execute(watch.update().where(watch.c.account_id == ident).values(values))
    return db


def test_every_account_stands_as_the_metrics_say(many: Database) -> None:
    with many.read() as c:
        rows = account_page(c, T0, LIMITS, count=len(STATES))
        counted = without_offices(census_by_office(c, T0, LIMITS))
    assert len(rows) == len(STATES)
    for each, stands in rows:
        known = each.last_post_at, each.last_success_at, each.covered_to
        assert stands == condition(*known, T0, attested_until=each.attested_until), each
    totals = Counter(stands for _, stands in rows)
    assert set(totals) == {"fresh", "near", "overdue", "blind", "never"}
    assert counted == {("weibo", "city_department", k, ""): n for k, n in totals.items()}


ENDED = [
    (T0 - days, seen, known, trouble, filed)
    for days in (timedelta(days=1), timedelta(days=40))
    for seen in (None, T0, T0 - timedelta(days=3))
    for known in (None, T0, T0 - timedelta(days=3))
    for trouble in (None, Trouble.GONE, Trouble.BANNED, Trouble.BLOCKED)
    for filed in FiledState
]


def test_an_account_that_paper_has_ended_is_neither_late_nor_blind_for_being_gone(
    db: Database,
) -> None:
    register(db, *(account(n, filed_state=row[4]) for n, row in enumerate(ENDED)))
    with db.write() as c:
        ids = c.scalars(sa.select(watch.c.account_id).order_by(watch.c.account_id)).all()
        for ident, (last, seen, known, trouble, _) in zip(ids, ENDED, strict=True):
            values = {"last_post_at": last, "last_success_at": seen, "covered_to": known}
            said = watch.c.account_id == ident
            c.execute(watch.update().where(said).values(**values, trouble=trouble))
    with db.read() as c:
        rows = account_page(c, T0, LIMITS, count=len(ENDED))
    for each, stands in rows:
        row = each.last_post_at, each.last_success_at, each.covered_to
        wanted = condition(*row, T0, filed=each.filed_state, trouble=each.trouble)
        assert stands == wanted, each
        if each.filed_state is not FiledState.ACTIVE:
            assert stands not in ("near", "overdue")
        if each.filed_state is FiledState.DEREGISTERED and each.trouble is Trouble.GONE:
            assert stands == "ended"
        if each.trouble is Trouble.BLOCKED and each.covered_to is None and each.last_success_at:
            assert stands in ("blind", "fresh")


def test_who_vouches_for_an_account_is_known_where_it_is_shown(many: Database) -> None:
    with many.read() as c:
        shown = [each for each, _ in account_page(c, T0, LIMITS, count=len(STATES))]
        counted = overview(c, T0, accounts=False).attested
    vouched = [each for each in shown if each.attested_until]
    assert {each.attested_by for each in vouched} == {"王五"}
    assert len(vouched) == len(STATES) * 2 // 3
    assert counted == {"weibo": len(STATES) // 3}
    assert not any(each.attested_by or each.attested_at for each in shown if each not in vouched)


def test_a_page_holds_only_the_condition_asked_for(many: Database) -> None:
    with many.read() as c:
        every = [each for each in account_page(c, T0, LIMITS, count=9999) if each[1] == "near"]
        pages = [account_page(c, T0, LIMITS, "near", first, 3) for first in range(0, 9, 3)]
    assert [each for page in pages for each in page] == every[:9]


def test_accounts_are_found_by_key_and_strangers_left_out(many: Database) -> None:
    with many.read() as c:
        assert set(states_of(c, ["weibo-3", "weibo-3", "nobody", ""])) == {"weibo-3"}
