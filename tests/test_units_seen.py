"""How a unit's accounts present themselves, from readings and papers in the database to letters."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.test_units_judged import BOOK, NOW, UNIT, account, db, enter, judged, told
from watcher import store
from watcher.faces import Picture, pictured
from watcher.judging import settle
from watcher.model import PageRef, Profile, Sighting, Snapshot
from watcher.store import Database, Reading
from watcher.store.avatars import keep_picture, pictures_known, units_showing
from watcher.units import PaperKind, UnitPaper

__all__ = ["db"]
HOUR = timedelta(hours=1)
OLD = "三亚市旅游发展委员会"
RULES = ("NAM-02", "CHG-02", "FAN-01", "INT-01")
BITS = {"a": "0" * 64, "b": f"{(1 << 200) - 1:064x}"}


def read(db: Database, key: str, subject: str = "", times: int = 3) -> None:
    """So many readings of an account, the last an hour ago; its picture came twice."""
    for ago in range(times, 0, -1):
        at = NOW - ago * HOUR
        face = Profile("1", "三亚旅文", avatar=f"picture-{key}.jpg", verified_as=subject or None)
        pages = (PageRef("https://example.cn/1", 200, "ab" * 32, at),)
        with db.write() as c:
            seen = Snapshot(key, at, Sighting(face), "weibo", pages)
            settle(c, [Reading(key, seen)], BOOK, at)
    with db.write() as c:
        found = store.dossiers(c, [key])[key].face
        assert found is not None
        for _ in range(2):
            new = Picture(NOW - HOUR, BITS[key], BITS[key], bits=BITS[key], times=1)
            found = pictured(found, f"picture-{key}.jpg", new, None)
        keep_picture(c, key, f"picture-{key}.jpg", found, BITS[key], BITS[key])


def paper(kind: PaperKind, **more: object) -> UnitPaper:
    made = UnitPaper(UNIT.key, kind, author="王一", at=NOW, valid_from=date(2026, 10, 1))
    return replace(made, **more)  # type: ignore[arg-type]


def found(db: Database) -> dict[str, str]:
    cases = [case for case in judged(db, NOW) if case.finding.rule in RULES]
    return {case.finding.rule: case.finding.subject for case in cases}


def test_pictures_that_have_nothing_in_common_are_told_of(db: Database) -> None:
    enter(db, account("a"), account("b", platform="douyin"))
    read(db, "a")
    assert found(db) == {}
    read(db, "b")
    with db.write() as c:
        store.set_mark(c, store.UNITS_JUDGED, "")
    assert found(db) == {"NAM-02": "avatar"}


def test_an_old_name_is_told_of_a_month_after_the_register_was_changed(db: Database) -> None:
    enter(db, account("a"))
    read(db, "a", subject=f"{OLD}官方微博")
    with db.write() as c:
        store.save_paper(c, paper(PaperKind.RENAMED, party=OLD))
    assert list(found(db)) == ["CHG-02"]
    letters = [one for one in told(db, NOW + timedelta(days=1)) if "更名" in one.title]
    assert [one.target for one in letters] == ["sup"]
    assert f"由“{OLD}”更名" in letters[0].body


@pytest.mark.parametrize(("said", "cases"), [("无", {"INT-01": "a"}), ("有", {})])
def test_what_a_person_found_is_judged_at_once(
    db: Database, said: str, cases: dict[str, str]
) -> None:
    enter(db, account("a"))
    assert found(db) == {}
    with db.write() as c:
        store.save_paper(c, paper(PaperKind.INTERACTION, account="a", number=said))
    assert found(db) == cases


def test_pictures_come_back_as_they_were_kept_and_are_counted_by_unit(db: Database) -> None:
    enter(db, account("a"), account("b"))
    read(db, "a")
    with db.read() as c:
        known = pictures_known(c)
        others = units_showing(c, BITS["a"], "b"), units_showing(c, "no such", "b")
    (picture,) = known["a"].values()
    assert (picture.sha256, picture.bits, picture.times) == (BITS["a"], BITS["a"], 2)
    assert others == (0, 0)  # both accounts are of one unit
