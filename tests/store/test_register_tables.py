from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.store.given import DAY, FULL, HOUR, T0, UNIT, account, post, read, register, snapshot
from watcher.model import Source
from watcher.store import (
    Database,
    audit,
    claim,
    dossiers,
    get_mark,
    list_audit,
    load_accounts,
    load_units,
    save_register,
    set_mark,
)


def test_accounts_come_back_as_they_were_saved(db: Database) -> None:
    register(db, FULL, account(1))
    with db.read() as c:
        assert load_accounts(c) == (account(1), FULL)
        assert load_accounts(c, ["weibo-7", "weibo-404"]) == (FULL,)
        assert load_units(c) == (UNIT,)


def test_saving_the_same_register_twice_changes_nothing(db: Database) -> None:
    register(db, FULL)
    with db.write() as c:
        again = save_register(c, [UNIT], [FULL], "测试", T0 + DAY)
        assert (again.added, again.changed) == ((), ())
        assert again.unchanged == ("unit:jyj", "weibo-7")
        assert len(list_audit(c)) == 2


def test_a_change_leaves_a_line_with_what_was_before(db: Database) -> None:
    register(db, FULL)
    with db.write() as c:
        changes = save_register(c, [], [replace(FULL, name="新名")], "王一", T0 + DAY)
        assert changes.changed == ("weibo-7",)
        (line,) = list_audit(c, "weibo-7", limit=1)
    assert (line.actor, line.before, line.after) == ("王一", {"name": FULL.name}, {"name": "新名"})


def test_a_disabled_account_is_not_read_and_an_enabled_one_is_again(db: Database) -> None:
    register(db, account(1))
    for enabled in (False, True):
        register(db, account(1, enabled=enabled))
        with db.write() as c:
            assert len(claim(c, {"weibo": 9}, T0, HOUR, "w")) == enabled


def test_other_sources_keep_what_was_seen_and_another_platform_id_does_not(db: Database) -> None:
    register(db, account(1))
    seen = read(db, snapshot(T0 + HOUR, post()))
    register(db, account(1, sources=(Source("feed", "x"),)))
    with db.read() as c:
        assert dossiers(c, ["weibo-1"])["weibo-1"].sight == seen.sight
    register(db, account(1, platform_id="2"))
    with db.read() as c:
        other = dossiers(c, ["weibo-1"])["weibo-1"]
    assert (other.sight.covered_to, other.sight.last_post, other.posts) == (None, None, ())
    assert other.profile is None


def test_the_lane_is_what_the_caller_says(db: Database) -> None:
    with db.write() as c:
        save_register(c, [], [account(1)], "测试", T0, lane=lambda _: "bridge")
        assert claim(c, {"weibo": 1}, T0, HOUR, "w") == ()
        assert len(claim(c, {"bridge": 1}, T0, HOUR, "w")) == 1


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_the_audit_log_cannot_be_rewritten(db: Database, statement: str) -> None:
    with db.write() as c:
        audit(c, "王一", "look", "weibo-1", None, {"n": 1}, T0)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), db.write() as c:
        c.execute(sa.text(statement))


def test_a_mark_is_what_was_set_last(db: Database) -> None:
    with db.write() as c:
        assert get_mark(c, "digest") is None
        for value in ("2026-03-02", "2026-03-03"):
            set_mark(c, "digest", value)
        assert get_mark(c, "digest") == "2026-03-03"
