"""Which collectors are in service: who added, disabled and enabled what, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.store.given import DAY, HOUR, T0, account, failure, read, register
from watcher.store import (
    Added,
    CollectorRaceError,
    Database,
    Standing,
    add_collector,
    added_collectors,
    claim,
    disable_collector,
    enable_collector,
    list_audit,
    look_again,
    set_lanes,
    standings,
)

SPEC = "platform: yazhoutong\n"
TRIED = {"outcome": "seen", "posts": 3}


def add(db: Database, spec: str = SPEC, author: str = "王工", days: int = 0) -> Added:
    with db.write() as c:
        return add_collector(c, "yazhoutong", spec, author, T0 + days * DAY, TRIED)


def now_standing(db: Database) -> tuple[Standing, ...]:
    with db.read() as c:
        return standings(c)


def test_versions_count_up_and_each_keeps_its_text_author_and_try(db: Database) -> None:
    first, second = add(db), add(db, SPEC + "sure: reported\n", "李工", days=1)
    with db.read() as c:
        assert added_collectors(c, "yazhoutong") == (second, first)
        assert added_collectors(c, current=True) == (second,)
        assert added_collectors(c, "weibo") == ()
    assert (first.version, first.spec, first.author, first.tried) == (1, SPEC, "王工", TRIED)
    assert (second.version, second.added_at) == (2, T0 + DAY)
    assert now_standing(db) == (Standing("yazhoutong", True, 2, T0 + DAY, "李工"),)


def test_the_same_content_again_changes_nothing(db: Database) -> None:
    first = add(db)
    assert add(db, author="李工", days=1) == first
    with db.read() as c:
        assert len(added_collectors(c)) == 1
        assert len(list_audit(c, "collector:yazhoutong")) == 1


def test_an_older_content_given_again_is_a_new_version(db: Database) -> None:
    add(db), add(db, SPEC + "sure: reported\n")
    assert add(db).version == 3


def test_what_is_disabled_keeps_its_version_for_the_day_it_comes_back(db: Database) -> None:
    add(db)
    with db.write() as c:
        assert disable_collector(c, "yazhoutong", "李工", "改版", T0 + DAY)
        assert not disable_collector(c, "yazhoutong", "别人", "再停", T0 + 2 * DAY)
    assert now_standing(db) == (Standing("yazhoutong", False, 1, T0 + DAY, "李工", "改版"),)
    with db.write() as c:
        assert enable_collector(c, "yazhoutong", "王工", T0 + 3 * DAY)
        assert not enable_collector(c, "yazhoutong", "王工", T0 + 3 * DAY)
        assert not enable_collector(c, "weibo", "王工", T0 + 3 * DAY)
    assert now_standing(db) == (Standing("yazhoutong", True, 1, T0 + 3 * DAY, "王工"),)


def test_the_same_content_of_a_disabled_one_takes_it_into_service_again(db: Database) -> None:
    add(db)
    with db.write() as c:
        disable_collector(c, "yazhoutong", "李工", "改版", T0 + DAY)
    assert add(db, days=2).version == 2
    assert now_standing(db)[0].enabled


def test_a_shipped_one_is_disabled_without_a_version(db: Database) -> None:
    with db.write() as c:
        disable_collector(c, "weibo", "李工", "登录墙", T0)
    assert now_standing(db) == (Standing("weibo", False, None, T0, "李工", "登录墙"),)
    with db.read() as c:
        assert added_collectors(c, current=True) == ()


def test_every_change_stands_in_the_audit_log_with_its_author_and_time(db: Database) -> None:
    added = add(db)
    with db.write() as c:
        disable_collector(c, "yazhoutong", "李工", "改版", T0 + DAY)
        enable_collector(c, "yazhoutong", "赵工", T0 + 2 * DAY)
    with db.read() as c:
        newest, middle, oldest = list_audit(c, "collector:yazhoutong")
    assert (oldest.actor, oldest.action, oldest.at) == ("王工", "collector.add", T0)
    assert oldest.before is None
    assert oldest.after == {"enabled": True, "version": 1, "reason": "", "sha256": added.sha256}
    assert (middle.actor, middle.action) == ("李工", "collector.disable")
    assert middle.after == {"enabled": False, "version": 1, "reason": "改版"}
    assert (newest.actor, newest.action, newest.at) == ("赵工", "collector.enable", T0 + 2 * DAY)


def test_accounts_change_their_lane_and_are_found_in_the_new_one(db: Database) -> None:
    register(db, account(1), account(2))
    with db.write() as c:
        assert set_lanes(c, {"weibo-1": "yazhoutong", "weibo-2": "weibo"}) == 1
        assert set_lanes(c, {"weibo-1": "yazhoutong"}) == 0
        (found,) = claim(c, {"yazhoutong": 9}, T0, HOUR, "w")
    assert (found.account.key, found.lane) == ("weibo-1", "yazhoutong")


def test_only_accounts_that_could_not_be_read_are_looked_at_again(db: Database) -> None:
    register(db, account(1), account(2))
    read(db, failure(T0))
    with db.write() as c:
        c.execute(sa.text("UPDATE watch SET next_check_at = next_check_at + 9000000"))
        assert look_again(c, ["weibo-1", "weibo-2"], T0) == 1
        assert [one.account.key for one in claim(c, {"weibo": 9}, T0, HOUR, "w")] == ["weibo-1"]


def test_of_two_who_add_at_once_the_second_is_told_and_the_first_stands(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = add(db)
    # As the second saw it before the first was done.
    monkeypatch.setattr("watcher.store.collectors.added_collectors", lambda *_: ())
    with pytest.raises(CollectorRaceError, match="yazhoutong: version 1"):
        add(db, SPEC + "sure: reported\n", "李工")
    monkeypatch.undo()
    with db.read() as c:
        assert added_collectors(c, "yazhoutong") == (first,)
    assert [each.author for each in now_standing(db)] == ["王工"]
