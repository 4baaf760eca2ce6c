"""A title with personal numbers leaves the store covered, whichever way it goes."""

from __future__ import annotations

from dataclasses import replace

from tests.store.given import HOUR, T0, post, read, register, snapshot
from watcher import store
from watcher.showing import outcome_json
from watcher.store import Database

RAW = "联系人王某13800138000，身份证460200199001011236"
SAFE = "联系人王某138******00，身份证46***************6"


def test_dossier_detail_and_last_post_are_covered_and_counted(db: Database) -> None:
    register(db)
    seen = snapshot(T0, replace(post(1), title=RAW))
    after = read(db, seen)
    with db.read() as c:
        again = store.dossiers(c, ["weibo-1"], T0)["weibo-1"]
        detail = store.account_detail(c, "weibo-1", T0)
    assert detail is not None
    for dossier in (after, again):
        assert dossier.sight.last_post is not None
        assert dossier.sight.last_post.title == SAFE
        (stored,) = dossier.posts
        assert (stored.post.title, stored.ids, stored.mobiles) == (SAFE, 1, 1)
    assert detail.posts[0].post.title == SAFE
    assert detail.sight.last_post is not None
    assert detail.sight.last_post.title == SAFE
    assert "13800138000" not in str(outcome_json(seen))


def test_covering_is_no_edit(db: Database) -> None:
    register(db)
    for hours in (0, 1, 30):
        after = read(db, snapshot(T0 + hours * HOUR, replace(post(1), title=RAW)))
    assert after.posts[0].post.edited_at is None
