"""The people of units, and what the ledger shows of accounts as it was known at a moment."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.store.given import DAY, HOUR, T0, account, case, failure, post, read, register, snapshot
from watcher.model import CaseState, Person
from watcher.store import Database, list_audit, load_accounts, save_cases
from watcher.store.ledger import Seen, cases_between, seen_accounts
from watcher.store.people import load_people, save_people
from watcher.units import UnitPerson, UnitRole

FIRST = UnitPerson("jyj", UnitRole.FIRST, Person("李局", "局长", "13800001234"), "li@x.cn")
EDITOR = UnitPerson("jyj", UnitRole.EDITOR, Person("甲", "", ""))


def test_people_are_kept_by_unit_and_role_with_a_trace(db: Database) -> None:
    register(db, account())
    with db.write() as c:
        places = {("jyj", UnitRole.EDITOR): (EDITOR,), ("jyj", UnitRole.FIRST): (FIRST,)}
        assert save_people(c, places, "张三", T0) == ("jyj",)
        assert save_people(c, places, "张三", T0) == ()  # the same again changes nothing
    with db.write() as c:
        save_people(c, {("jyj", UnitRole.EDITOR): ()}, "张三", T0 + HOUR)
    with db.read() as c:
        assert load_people(c) == (FIRST,)
        rows = [r for r in list_audit(c, "unit:jyj") if r.action == "unit.people"]
    assert [row.actor for row in rows] == ["张三"] * 3
    assert rows[0].before == {
        "role": "editor",
        "people": [{"name": "甲", "post": "", "phone": "", "email": ""}],
    }
    assert rows[0].after == {"role": "editor", "people": []}


def test_people_of_no_unit_are_refused(db: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError), db.write() as c:
        save_people(c, {("nobody", UnitRole.FIRST): (FIRST,)}, "张三", T0)


def test_the_number_of_an_approval_is_kept(db: Database) -> None:
    register(db, account(approval="三府办〔2026〕1号"))
    with db.read() as c:
        assert load_accounts(c)[0].approval == "三府办〔2026〕1号"


def test_the_ledger_shows_what_was_known_then(db: Database) -> None:
    register(db, account(), account(2))
    read(db, snapshot(T0 + HOUR, post(1)))
    read(db, snapshot(T0 + DAY, post(1), post(2, T0 + 20 * HOUR)))
    read(db, failure(T0 + 2 * DAY))
    with db.read() as c:
        before, then, now = (seen_accounts(c, at) for at in (T0, T0 + 2 * HOUR, T0 + 3 * DAY))
    assert before["weibo-1"].last_post is None
    assert then["weibo-1"].last_post == T0 - HOUR
    assert then["weibo-1"].last_reading == T0 + HOUR
    assert now["weibo-1"].last_post == T0 + 20 * HOUR
    assert now["weibo-1"].last_reading == T0 + DAY  # the failure saw nothing
    assert now["weibo-2"] == Seen()


def test_cases_of_a_stretch_are_those_that_were_open_in_it(db: Database) -> None:
    register(db, account())
    with db.write() as c:
        save_cases(
            c,
            [
                case(opened_at=T0),
                case(
                    opened_at=T0 - 9 * DAY,
                    state=CaseState.CLOSED,
                    closed_at=T0 - 8 * DAY,
                    closing="x",
                ),
                case(
                    opened_at=T0 - 9 * DAY,
                    state=CaseState.CLOSED,
                    closed_at=T0 + DAY,
                    closing="x",
                ),
            ],
        )
    with db.read() as c:
        found = cases_between(c, T0 - DAY, T0 + HOUR)
        later = cases_between(c, T0 - DAY, T0 - HOUR)
    assert [each.opened_at for each in found] == [T0 - 9 * DAY, T0]
    assert [each.opened_at for each in later] == [T0 - 9 * DAY]
