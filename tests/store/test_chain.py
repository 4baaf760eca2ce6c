"""The chain of evidence: whatever is changed, removed or reordered is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.given import DAY, HOUR, T0, UNIT, account
from watcher.chain import Audit, export, ground, verify
from watcher.manifest import GENESIS, Item, Kind, link_of, package
from watcher.model import Case, CaseState, Finding, Level
from watcher.proving import chained, write
from watcher.store import (
    Database,
    add_link,
    evidence_bytes,
    evidence_of,
    expire,
    last_link,
    save_cases,
    save_register,
    set_mark,
    set_stamp,
    unpictured,
    unproved,
    unstamped,
)
from watcher.store.schema import mark
from watcher.store.schema_paper import evidence_file, evidence_link

LATER = T0 + 400 * DAY
Change = Callable[[sa.Connection], object]


def case(rule: str = "UPD-04", key: str = "weibo-1", level: Level = Level.RED) -> Case:
    facts = {"reading": {"pages": [{"url": "https://m.weibo.cn/", "sha256": "ab" * 32}]}}
    return Case(Finding(rule, key, "", level, "《办法》第十二条", T0, facts), opened_at=T0)


@pytest.fixture
def folder(db: Database, tmp_path: Path) -> Path:
    """Three packages: two of one case, one of another; some bytes in common."""
    here = tmp_path / "packages"
    with db.write() as c:
        save_register(c, [UNIT], [account(1), account(2)], "test", T0)
        first, second = save_cases(c, [case(), case(key="weibo-2")])
        for n, one in enumerate((first, second, first)):
            items = (Item("01.html", b"<p>same</p>"), Item("02.json", b'{"n": %d}' % n))
            at, kind = T0 + n * HOUR, Kind.PAGE if n == 2 else Kind.CASE
            owner = account(int(one.finding.account[-1]))
            made = package(kind, one, owner, None, items, (), at, "0.1", at + 365 * DAY)
            chained(c, made, write(made, here), one, at, at + 365 * DAY)
    return here


def audited(db: Database, folder: Path, change: Change | None = None, **more: Any) -> Audit:
    """What a verification says after a change that is taken back."""
    with db.writer.connect() as c:
        under_way = c.begin()
        if change is not None:
            change(c)
        known = ground(c)
        under_way.rollback()
    return verify(known, folder, more.get("roots", b""), more.get("now", T0))


def test_a_whole_chain_verifies(db: Database, folder: Path) -> None:
    audit = audited(db, folder)
    assert audit.first is None
    assert (audit.links, audit.files) == (3, 9)
    with db.read() as c:
        size = sum(f.stat().st_size for f in folder.glob("??/*"))
        assert evidence_bytes(c) == size


def test_every_row_that_is_removed_is_found(db: Database, folder: Path) -> None:
    for number in (1, 2, 3):
        gone = evidence_link.delete().where(evidence_link.c.number == number)
        first = audited(db, folder, lambda c, q=gone: c.execute(q)).first
        assert first is not None
        assert first.number == number
    with db.read() as c:
        rows = c.execute(sa.select(evidence_file)).all()
    for row in rows:
        one = evidence_file.delete().where(
            evidence_file.c.sha256 == row.sha256, evidence_file.c.number == row.number
        )
        first = audited(db, folder, lambda c, q=one: c.execute(q)).first
        assert first is not None
        assert (first.number, first.what) == (row.number, "文件登记与清单不符")


def test_rows_that_change_places_are_found(db: Database, folder: Path) -> None:
    def swap(c: sa.Connection) -> None:
        for old, new in ((1, 99), (2, 1), (99, 2)):
            rows = evidence_link.update().where(evidence_link.c.number == old)
            c.execute(rows.values(number=new))

    first = audited(db, folder, swap).first
    assert first is not None
    assert first.number == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", T0 - HOUR),
        ("case_id", None),
        ("account", "weibo-9"),
        ("kind", "other"),
        ("level", "blue"),
        ("keep_until", LATER),
        ("manifest", "0" * 64),
        ("link", "0" * 64),
        ("state", "expired"),
        ("stamp", b"1"),
    ],
)
def test_every_column_that_is_changed_is_found(
    db: Database, folder: Path, column: str, value: object
) -> None:
    for number in (1, 2, 3):
        row = evidence_link.update().where(evidence_link.c.number == number)
        change = row.values(**{column: value})
        first = audited(db, folder, lambda c, q=change: c.execute(q)).first
        assert first is not None, column
        assert first.number == number


def test_files_and_marks_that_belong_to_nothing_are_found(db: Database, folder: Path) -> None:
    extra = evidence_file.insert().values(sha256="a", number=9, name="x", size=1)
    for change in (
        lambda c: c.execute(extra),
        lambda c: c.execute(mark.delete().where(mark.c.name == "evidence_head")),
        lambda c: set_mark(c, "evidence_stamp_9", "a"),
        lambda c: set_mark(c, "evidence_stamp_2", "a"),
    ):
        assert audited(db, folder, change).first is not None


@pytest.mark.slow
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_flipped_byte_and_any_missing_file_is_found(
    db: Database, folder: Path, data: st.DataObject
) -> None:
    files = sorted(folder.glob("??/*"))
    file = data.draw(st.sampled_from(files))
    body = file.read_bytes()
    place = data.draw(st.integers(-1, len(body) - 1))
    changed = bytearray(body)
    file.chmod(0o640)
    if place < 0:
        file.unlink()
    else:
        changed[place] ^= 1 << data.draw(st.integers(0, 7))
        file.write_bytes(changed)
    try:
        first = audited(db, folder).first
        assert first is not None
        assert first.where == str(file)
        assert ("缺失" if place < 0 else "被改动") in first.what
    finally:
        file.write_bytes(body)


def test_an_expired_package_may_lack_its_files_and_never_its_manifest(
    db: Database, folder: Path
) -> None:
    with db.write() as c:
        assert expire(c, LATER) == frozenset(), "its cases are open"
        rows = c.execute(sa.select(evidence_link.c.case_id)).scalars().all()
        over = replace(case(), id=min(rows), state=CaseState.CLOSED, closed_at=T0)
        save_cases(c, [over])
        assert expire(c, LATER - 10 * 365 * DAY) == frozenset()
        assert len(expire(c, LATER)) == 5
        assert expire(c, LATER) == frozenset()
    own = sha256(b'{"n": 0}').hexdigest()
    (folder / own[:2] / own[2:]).unlink()
    assert audited(db, folder, now=LATER).first is None
    assert audited(db, folder, now=T0).first is not None, "it cannot have expired by now"
    with db.read() as c:
        manifest = c.execute(sa.select(evidence_link.c.manifest)).scalars().first()
    assert manifest is not None
    (folder / manifest[:2] / manifest[2:]).unlink()
    assert audited(db, folder, now=LATER).first is not None


def test_two_at_once_cannot_take_the_same_place(db: Database, folder: Path) -> None:
    with db.write() as c:
        last = last_link(c)
    assert last is not None
    with pytest.raises(sa.exc.IntegrityError), db.write() as c:
        add_link(c, last, {})


def test_which_cases_want_a_package_and_which_a_picture(db: Database, folder: Path) -> None:
    with db.write() as c:
        watch = case("SYS-01", level=Level.OPERATOR)
        fresh, blind = save_cases(c, [case("UPD-02", level=Level.YELLOW), watch])
        assert [each.id for each in unproved(c)] == [fresh.id]
        assert [each.finding.account for each in unpictured(c)] == ["weibo-2"]
        assert blind.id is not None
        assert fresh.id is not None
        first = evidence_of(c, [1, 2, fresh.id])
        assert len(first) == 2


def test_the_last_link_of_each_finished_day_wants_a_stamp(db: Database, folder: Path) -> None:
    midnight = T0 - timedelta(hours=9)  # of T0's day in Beijing
    with db.write() as c:
        assert unstamped(c, midnight) == ()
        assert [link.number for link in unstamped(c, midnight + DAY)] == [3]
        set_stamp(c, 3, b"stamp")
        assert unstamped(c, midnight + DAY) == ()


def test_a_case_taken_out_can_be_checked_without_us(
    db: Database, folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "case.zip"
    with db.read() as c:
        one = min(c.execute(sa.select(evidence_link.c.case_id)).scalars().all())
        assert len(export(c, one, folder, target)) == 2
        with pytest.raises(FileExistsError):
            export(c, one, folder, target)
        with pytest.raises(LookupError):
            export(c, 999, folder, tmp_path / "none.zip")
    with ZipFile(target) as archive:
        chain = json.loads(archive.read("chain.json"))
        assert [row["previous"] == GENESIS for row in chain] == [True, False]
        for row in chain:
            body = archive.read(f"{row['number']:06}/manifest.json")
            assert sha256(body).hexdigest() == row["manifest"]
            assert link_of(row["previous"], row["manifest"]) == row["link"]
            for each in json.loads(body)["files"]:
                kept = archive.read(f"{row['number']:06}/{each['name']}")
                assert sha256(kept).hexdigest() == each["sha256"]
        assert "SHA-256" in archive.read("说明.txt").decode()
