"""The face is kept with its looks, and the accepted one moves with a line for each field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from tests.store.given import DAY, HOUR, T0, account, failure, read, register, snapshot
from watcher.accepted import FIRST, Move
from watcher.faces import Face
from watcher.model import Profile, Source
from watcher.store import Database, dossiers, save_register
from watcher.store.faces import face_json, move_face, to_face
from watcher.store.papers import accept
from watcher.store.schema import profile_version
from watcher.store.schema_paper import acceptance

FACE = Profile("1", "三亚教育1", "简介", "a.jpg", True, "3", "三亚市教育局")


def shown(db: Database, hours: int, **more: Any) -> Face:
    found = read(db, snapshot(T0 + hours * HOUR, profile=replace(FACE, **more)))
    assert isinstance(found.face, Face)
    with db.read() as c:
        assert dossiers(c, ["weibo-1"])["weibo-1"].face == found.face
    return found.face


def test_a_face_comes_back_as_it_was_seen(db: Database) -> None:
    register(db)
    shown(db, 1)
    with db.write() as c:
        accept(c, 1, {"bio": "简介"}, T0)
    shown(db, 2)
    face = shown(db, 3, bio="新")
    feature = face.features["bio"]
    assert (feature.now.value, feature.now.looks, feature.now.last) == ("简介", 2, T0 + 2 * HOUR)
    assert feature.next is not None
    assert feature.next.proof[0].pages[0].sha256 == "ab" * 32
    face = shown(db, 4, bio="新")
    assert face.features["bio"].now.value == "新"
    assert face.features["name"].now.looks == 4
    assert to_face(face_json(face)) == face


def test_a_failure_leaves_the_face_as_it_was(db: Database) -> None:
    register(db)
    before = shown(db, 1)
    assert read(db, failure(T0 + 2 * HOUR)).face == before


def test_versions_count_their_looks_and_note_when_they_were_confirmed(db: Database) -> None:
    register(db)
    query = sa.select(profile_version.c.looks, profile_version.c.confirmed_at).order_by(
        profile_version.c.seen_from
    )

    def versions() -> list[Any]:
        with db.read() as c:
            return [tuple(row) for row in c.execute(query)]

    shown(db, 1)
    assert versions() == [(1, None)]
    shown(db, 2)
    assert versions() == [(2, T0 + 2 * HOUR)]
    shown(db, 3)
    shown(db, 30)
    assert versions() == [(4, T0 + 2 * HOUR)]
    shown(db, 31, bio="新")
    assert versions() == [(4, T0 + 2 * HOUR), (1, None)]


def test_each_move_of_the_accepted_face_is_kept(db: Database) -> None:
    register(db)
    face = shown(db, 1)
    first = Move("bio", None, "简介", FIRST)
    second = Move("bio", "简介", "新", "变更备案", "三府办〔2026〕1号", "F1")
    with db.write() as c:
        move_face(c, "weibo-1", [first], T0, face)
        move_face(c, "weibo-1", [second], T0 + DAY, None)
        move_face(c, "nobody", [second], T0 + DAY, None)
        kept = c.execute(sa.select(acceptance).order_by(acceptance.c.id)).mappings().all()
        paper = dossiers(c, ["weibo-1"])["weibo-1"].paper
    assert [row["at"] for row in kept] == [T0, T0 + DAY]
    assert [Move(**{name: row[name] for name in Move.__dataclass_fields__}) for row in kept] == [
        first,
        second,
    ]
    assert paper is not None
    assert paper.accepted == {"bio": "新"}
    assert paper.accepted_at == T0 + DAY


def test_a_register_that_means_another_account_begins_anew(db: Database) -> None:
    register(db)
    face = shown(db, 1)
    with db.write() as c:
        move_face(c, "weibo-1", [Move("bio", None, "简介", FIRST)], T0, face)
        save_register(c, [account().unit], [account(note="注")], "测试", T0)
        assert dossiers(c, ["weibo-1"])["weibo-1"].face == face
        moved = account(sources=(Source("weibo", "99"),))
        save_register(c, [account().unit], [moved], "测试", T0)
        after = dossiers(c, ["weibo-1"])["weibo-1"]
    assert after.face is None
    assert after.paper is None
