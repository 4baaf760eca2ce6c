from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.store.given import DAY, HOUR, T0, account, failure, partial, post, read, register
from tests.store.given import snapshot as seen
from watcher.store import Database, prune
from watcher.store import stretches as module
from watcher.store.schema_stretches import stretch


def kept(db: Database) -> list[tuple[object, ...]]:
    with db.read() as c:
        names = ("began_at", "covered_from", "covered_to", "ended_at")
        query = sa.select(*(stretch.c[name] for name in names)).order_by(stretch.c.began_at)
        return [tuple(row) for row in c.execute(query)]


def test_a_stretch_that_a_gap_breaks_is_kept_with_its_bounds(db: Database) -> None:
    register(db)
    read(db, seen(T0, post(1), reaches=T0 - DAY))
    read(db, seen(T0 + HOUR, post(1), reaches=T0 - DAY))
    read(db, seen(T0 + 9 * DAY, post(2, T0 + 9 * DAY), reaches=T0 + 8 * DAY))
    assert kept(db) == [
        (T0, T0 - DAY, T0 + HOUR, T0 + 9 * DAY),
        (T0 + 9 * DAY, None, None, None),
    ]


def test_what_was_learned_of_earlier_days_later_is_a_stretch_of_its_own(db: Database) -> None:
    register(db)
    read(db, seen(T0, post(1), reaches=T0 - DAY))
    read(db, seen(T0 + HOUR, post(1), reaches=T0 - 9 * DAY))
    assert kept(db) == [
        (T0, T0 - DAY, T0, T0 + HOUR),
        (T0 + HOUR, None, None, None),
    ]


def test_readings_that_only_extend_a_stretch_write_none(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(db)
    read(db, seen(T0, post(1), reaches=T0 - DAY))
    with monkeypatch.context() as m:
        m.delattr(module, "_END")
        m.delattr(module, "upsert")
        for hours in range(1, 5):
            read(db, seen(T0 + hours * HOUR, post(1), reaches=T0 - DAY))
        read(db, partial(T0 + 6 * HOUR, post(2, T0 + 6 * HOUR)))
        read(db, failure(T0 + 7 * HOUR))
    assert len(kept(db)) == 1


def test_another_platform_id_forgets_the_stretches_of_the_old_one(db: Database) -> None:
    register(db)
    read(db, seen(T0, post(1), reaches=T0 - DAY))
    read(db, seen(T0 + 9 * DAY, post(2, T0 + 9 * DAY), reaches=T0 + 8 * DAY))
    register(db, account(1, platform_id="2"), now=T0 + 10 * DAY)
    assert kept(db) == []
    read(db, seen(T0 + 11 * DAY, post(3, T0 + 11 * DAY)))
    assert [row[0] for row in kept(db)] == [T0 + 11 * DAY]


def test_stretches_are_kept_for_three_years_at_least(db: Database) -> None:
    register(db)
    read(db, seen(T0, post(1), reaches=T0 - DAY))
    read(db, seen(T0 + 9 * DAY, post(2, T0 + 9 * DAY), reaches=T0 + 8 * DAY))
    for years, left in ((3, 2), (5, 1)):
        with db.write() as c:
            prune(c, T0 + timedelta(days=366 * years))
        assert len(kept(db)) == left
