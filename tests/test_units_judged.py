"""Units and offices are judged once a day and after a change, and their offices hear of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from alerts.policy import DEFAULT_POLICY
from alerts.routing import Office, Offices, Target
from tests.rules.world import CAL, DAY, HOUR, RULES, bj
from watcher import store
from watcher.console.page import account_page
from watcher.deciding import Book, conclude
from watcher.due import Cadence
from watcher.judging import judge_units
from watcher.model import (
    Account,
    Case,
    FiledState,
    Finding,
    Letter,
    Level,
    Person,
    Unit,
    UnitKind,
)
from watcher.units import Inspection
from watcher.view_rows import case_row

WHO = Person("王一", "主任", "0898-88270000")
UNIT = Unit("wlj", "三亚市旅文局", UnitKind.CITY_DEPARTMENT, "三亚市旅文局办公室", "city")
TARGETS = {name: Target(name, "webhook", "http://127.0.0.1/x") for name in ("sup", "town", "last")}
OFFICES = Offices(
    {
        "office": Office("office", "三亚市旅文局办公室", targets={"": ("sup",)}),
        "city": Office("city", "市政府办公室", targets={"": ("town",)}),
    },
    TARGETS,
    fallback=("last",),
)
BOOK = Book(RULES, DEFAULT_POLICY, OFFICES, CAL, Cadence(), DAY)
NOW = bj("2026-11-12 10:00")  # a Thursday


def account(key: str, **changes: object) -> Account:
    made = Account(key, "weibo", f"三亚旅文{key}", UNIT, lead=WHO, contact=WHO)
    return replace(made, name="三亚旅文", **changes)  # type: ignore[arg-type]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[store.Database]:
    opened = store.connect(f"sqlite:///{tmp_path}/watcher.sqlite")
    store.migrate(opened)
    yield opened
    opened.close()


def enter(db: store.Database, *accounts: Account) -> None:
    with db.write() as c:
        store.save_register(c, [UNIT], accounts, "test", NOW)


def judged(db: store.Database, now: datetime, limit: int = 200) -> list[Case]:
    with db.write() as c:
        while judge_units(c, BOOK, now, limit):
            pass
        return list(store.list_cases(c))


def told(db: store.Database, now: datetime) -> list[Letter]:
    with db.write() as c:
        groups = store.take_letters(c, now, timedelta(minutes=5), 20)
    return [letter for group in groups for letter in group]


def test_a_case_about_a_unit_is_told_to_its_office_by_name(db: store.Database) -> None:
    enter(db, account("a"), account("b"))
    (case,) = judged(db, NOW)
    assert (case.finding.rule, case.finding.account) == ("DUP-01", "unit:wlj")
    (letter,) = told(db, NOW + DAY)
    assert letter.target == "sup"
    assert letter.title == "【一平台多号】三亚市旅文局"
    assert letter.body.startswith("【一平台多号】三亚市旅文局在新浪微博有2个账号：“三亚旅文”、")
    assert "监测" not in letter.body
    assert "违规" not in letter.body


def test_units_are_judged_once_a_day_and_at_once_after_an_import(db: store.Database) -> None:
    enter(db, account("a"))
    assert judged(db, NOW) == []
    with db.write() as c:
        c.exec_driver_sql('UPDATE account SET lead = \'{"name":"","phone":""}\'')
    assert judged(db, NOW + HOUR) == []
    assert [case.finding.rule for case in judged(db, NOW + DAY)] == ["ORG-02"]
    enter(db, account("a"))
    assert [case.closed_at for case in judged(db, NOW + DAY + HOUR)] == [NOW + DAY + HOUR]


def test_what_was_put_in_order_is_said_to_be(db: store.Database) -> None:
    enter(db, account("a"), account("b"))
    judged(db, NOW)
    told(db, NOW + DAY)
    enter(db, account("b", filed_state=FiledState.SUSPENDED))
    judged(db, NOW + DAY)
    letters = [one for one in told(db, NOW + 5 * DAY) if one.why == "resolved"]
    assert [one.title for one in letters] == ["【销号】三亚市旅文局"]
    assert "按最新台账和登记" in letters[0].body


def test_many_units_are_judged_a_few_at_a_time(db: store.Database) -> None:
    with db.write() as c:
        for n in range(7):
            unit = replace(UNIT, key=f"u{n}", name=f"三亚市{n}局")
            both = [replace(account(f"{n}-{m}"), unit=unit) for m in range(2)]
            store.save_register(c, [unit], both, "test", NOW)
        calls = 1
        while judge_units(c, BOOK, NOW, 2):
            calls += 1
        assert calls == 4
        assert not judge_units(c, BOOK, NOW, 2)
        assert len(store.list_cases(c)) == 7


def test_offices_hear_of_an_inspection_that_is_not_on_record(db: store.Database) -> None:
    enter(db, account("a"))
    late = bj("2026-11-16 08:00")
    assert judged(db, late - DAY) == []
    cases = judged(db, late)
    assert sorted(case.finding.account for case in cases) == ["office:city", "office:office"]
    letters = told(db, late + DAY)
    assert {letter.target for letter in letters} == {"sup", "town", "last"}
    assert any("三亚市旅文局办公室" in letter.body for letter in letters)
    with db.write() as c:
        for office in ("市政府办公室", "office"):  # by name or by key
            store.save_inspection(c, Inspection(office, 2026, date(2026, 11, 1), at=late))
    assert all(case.closed_at for case in judged(db, late + HOUR))


def test_the_case_of_an_office_ends_where_it_has_no_units_left(db: store.Database) -> None:
    enter(db, account("a"))
    late = bj("2026-11-16 08:00")
    assert len(judged(db, late)) == 2
    enter(db, account("a", filed_state=FiledState.DEREGISTERED))
    assert all(case.closed_at for case in judged(db, late + HOUR))


def test_an_end_by_a_persons_hand_is_told_to_the_office_that_heard(db: store.Database) -> None:
    enter(db, account("a"), account("b"))
    (case,) = judged(db, NOW)
    (first,) = told(db, NOW + DAY)
    ended = replace(case, closed_at=NOW + DAY, closing="已报整合方案")
    with db.write() as c:
        conclude(c, ended, BOOK, NOW + DAY)
    (letter,) = [one for one in told(db, NOW + 5 * DAY) if one.key != first.key]
    assert (letter.target, letter.why) == ("sup", "resolved")


def test_lists_name_the_unit_of_a_case(db: store.Database) -> None:
    enter(db, account("a"), account("b"))
    (case,) = judged(db, NOW)
    row = case_row(case, None)
    assert (row.unit, row.account) == ("三亚市旅文局", "")
    assert row.fact == "在新浪微博有2个账号：“三亚旅文”、“三亚旅文”"


def test_lists_name_the_account_outside_the_register_that_a_case_is_about() -> None:
    facts = {"name": "三亚发步", "platform": "weibo", "unit": "三亚市人民政府办公室"}
    found = Finding("IMP-01", "candidate:6", "", Level.ORANGE, "《办法》第二十条", NOW, facts)
    row = case_row(Case(found, NOW), None)
    assert (row.account, row.platform, row.unit) == ("三亚发步", "新浪微博", "")
    pages = map(account_page, ("candidate:6", "lead:1", "weibo-1"))
    assert [*pages] == ["/candidates/6", "", "/accounts/weibo-1"]
