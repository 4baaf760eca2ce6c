"""Units with their accounts and papers come back as they were written, a page at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests.store.given import T0, UNIT, account, register
from watcher.model import Profile, Sighting, Snapshot, Unit, UnitKind
from watcher.store import (
    UNITS_JUDGED,
    Database,
    Reading,
    get_mark,
    list_inspections,
    list_papers,
    record,
    save_inspection,
    save_paper,
    save_register,
    set_mark,
    supervised,
    unit_dossiers,
)
from watcher.units import Inspection, PaperKind, UnitPaper

PAPER = UnitPaper(
    UNIT.key,
    PaperKind.CONTRACT,
    party="南海传媒",
    number="合〔2026〕3号",
    valid_from=date(2026, 1, 1),
    valid_until=date(2026, 12, 31),
    note="一年",
    evidence="ab" * 32,
    author="王一",
    at=T0,
)
OTHER = Unit("aaa", "三亚市第一局", UnitKind.CITY_DEPARTMENT, "szf", "szf")


def test_a_unit_comes_with_its_accounts_as_last_seen_and_its_papers(db: Database) -> None:
    register(db, account(1), account(2))
    with db.write() as c:
        save_register(c, [OTHER], [], "test", T0)
        saved = save_paper(c, PAPER)
        assert saved == replace(PAPER, id=1)
        first, second = unit_dossiers(c)
    assert (first.unit, first.accounts, first.papers) == (OTHER, (), ())
    assert second.unit == UNIT
    assert [each.account for each in second.accounts] == [account(1), account(2)]
    assert [each.profile for each in second.accounts] == [None, None]
    assert second.papers == (saved,)


def test_units_are_read_a_page_at_a_time(db: Database) -> None:
    register(db, account(1))
    with db.write() as c:
        save_register(c, [OTHER], [], "test", T0)
        (first,) = unit_dossiers(c, limit=1)
        (second,) = unit_dossiers(c, first.unit.key, limit=1)
        assert (first.unit.key, second.unit.key) == ("aaa", "jyj")
        assert unit_dossiers(c, second.unit.key) == ()


def test_a_paper_of_an_unknown_unit_is_refused(db: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError), db.write() as c:
        save_paper(c, PAPER)


def test_inspections_come_back_by_year(db: Database) -> None:
    value = Inspection("szf", 2026, date(2026, 10, 20), "全部账号", "王一", T0)
    with db.write() as c:
        saved = save_inspection(c, value)
        save_inspection(c, replace(value, year=2025))
        assert list_inspections(c, 2026) == (saved,)
        assert len(list_inspections(c)) == 2


def test_offices_are_those_of_units_whose_accounts_run(db: Database) -> None:
    register(db, account(1), account(2))
    with db.write() as c:
        save_register(c, [OTHER], [], "test", T0)
        assert supervised(c) == {"szf": 1}


def test_what_changes_on_paper_lets_the_units_be_judged_again(db: Database) -> None:
    register(db, account(1))
    changes = (
        lambda c: save_paper(c, PAPER),
        lambda c: save_inspection(c, Inspection("szf", 2026, date(2026, 10, 20), at=T0)),
        lambda c: save_register(c, [UNIT], [], "test", T0),
    )
    for change in changes:
        with db.write() as c:
            set_mark(c, UNITS_JUDGED, "2026-03-02")
            change(c)
            assert get_mark(c, UNITS_JUDGED) == ""
            assert len(list_papers(c)) == 1


def test_a_unit_that_is_called_otherwise_leaves_its_old_name_and_the_day(db: Database) -> None:
    register(db, account(1))
    with db.write() as c:
        for name in (UNIT.name, f" {UNIT.name} ", "三亚市教育和体育局", "三亚市教育和体育局"):
            save_register(c, [replace(UNIT, name=name)], [], "王一", T0)
        (paper,) = list_papers(c)
    assert (paper.unit, paper.kind, paper.party) == ("jyj", PaperKind.RENAMED, f" {UNIT.name} ")
    assert (paper.valid_from, paper.author) == (date(2026, 3, 2), "王一")


def test_followers_come_by_day_and_only_where_they_are_asked_for(db: Database) -> None:
    register(db, account(1), account(2))
    day = T0.date()
    for ago, count in ((80, 1), (75, 2), (3, None), (1, 30), (0, 40)):
        profile = Profile("1", "三亚教育", followers=count)
        at = T0 - timedelta(days=ago)
        seen = Snapshot("weibo-1", at, Sighting(profile), "weibo")
        with db.write() as c:
            record(c, [Reading("weibo-1", seen)], at)
    with db.read() as c:
        (plain,), (asked,) = unit_dossiers(c), unit_dossiers(c, today=day)
    assert plain.followers == {}
    known = ((75, 2), (1, 30), (0, 40))
    assert asked.followers == {"weibo-1": tuple((day - timedelta(days=n), k) for n, k in known)}
