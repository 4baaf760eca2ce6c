"""Posts that change: edited, missing, deleted only on their own page's word, posted anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from collectors import Collector
from collectors._wechat_page import read_article
from tests.rules.world import dossier, found
from tests.rules.world import post as a_post
from tests.store.given import DAY, HOUR, T0, failure, partial, post, read, register, snapshot
from tests.test_rounds import UNIT, watching
from watcher import store
from watcher.fetch import Fetcher, FetchSettings
from watcher.model import (
    Account,
    CollectError,
    Coverage,
    Fetch,
    Page,
    PageRef,
    Post,
    Request,
    Sighting,
    Snapshot,
    Source,
    StoredPost,
    Trouble,
)
from watcher.post_looks import look_at_missing
from watcher.reposts import SOON, alike, is_version
from watcher.showing_account import post_marks
from watcher.store import Database, ListedPost

FIXTURE = Path(__file__).parent / "fixtures" / "wechat_article" / "deleted"
URL = "https://post.test/1"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    found = store.connect(f"sqlite:///{tmp_path}/posts.sqlite")
    store.migrate(found)
    register(found)
    yield found
    found.close()


def listed(db: Database, ident: str = "p1") -> ListedPost:
    with db.read() as c:
        detail = store.account_detail(c, "weibo-1", T0)
    assert detail is not None
    return next(each for each in detail.posts if each.post.id == ident)


def missing(db: Database, now: datetime) -> list[str]:
    with db.read() as c:
        return [each.id for each in store.missing_posts(c, now)]


def say(db: Database, said: bool | None, now: datetime) -> None:
    with db.write() as c:
        (one,) = store.missing_posts(c, now)
        store.note_look(c, one, said, now)


def gone(db: Database) -> datetime:
    """One post of two is no longer listed; when that was seen."""
    read(db, snapshot(T0, replace(post(1), url=URL), post(2, T0 - 2 * HOUR)))
    read(db, snapshot(T0 + HOUR, post(2, T0 - 2 * HOUR)))
    return T0 + HOUR


def test_another_title_by_the_same_source_is_an_edit(db: Database) -> None:
    read(db, snapshot(T0, post(1)))
    assert listed(db).post.edited_at is None
    read(db, snapshot(T0 + HOUR, replace(post(1), title="改过")))
    assert listed(db).post.edited_at == T0 + HOUR
    assert "已修改" in post_marks(listed(db))


def test_another_title_by_another_source_is_none(db: Database) -> None:
    read(db, snapshot(T0, post(1)))
    read(db, partial(T0 + HOUR, replace(post(1), title="第1条……"), source="weibo_post"))
    assert listed(db).post.edited_at is None


def test_missing_is_not_deleted_until_its_page_said_so_twice(db: Database) -> None:
    at = gone(db)
    assert post_marks(listed(db)) == ["已不见"]
    say(db, True, at + HOUR)
    assert missing(db, at + 7 * HOUR - timedelta(seconds=1)) == []
    assert post_marks(listed(db)) == ["已不见"]
    say(db, True, at + 7 * HOUR)
    assert post_marks(listed(db)) == ["已删除"]
    assert missing(db, at + 9 * DAY) == []


@pytest.mark.parametrize("said", [None, False])
def test_a_page_that_says_nothing_or_shows_the_post_deletes_nothing(
    db: Database, said: bool | None
) -> None:
    at = gone(db)
    say(db, True, at + HOUR)
    say(db, said, at + 7 * HOUR)
    assert listed(db).removed_at is None
    say(db, True, at + 14 * HOUR)
    assert (listed(db).removed_at is None) is (said is False)


def test_a_post_that_comes_back_was_not_deleted(db: Database) -> None:
    at = gone(db)
    say(db, True, at + HOUR)
    say(db, True, at + 8 * HOUR)
    read(db, snapshot(at + DAY, replace(post(1), url=URL)))
    assert post_marks(listed(db)) == []


def test_nothing_is_asked_while_the_account_is_not_read(db: Database) -> None:
    at = gone(db)
    assert missing(db, at) == ["p1"]
    read(db, failure(at + HOUR))
    assert missing(db, at + HOUR) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("三亚市教育局关于招生的公告", "三亚市教育局关于招生的公告（更正）", False),
        ("三亚市教育局关于2026年招生工作的公告", "三亚市教育局关于2026年招生工作公告", True),
        ("海风", "海风", False),  # too short to tell
        ("第一期三亚天气预报播报", "停水通知：河东路明日停水", False),
    ],
)
def test_versions_of_one_text_are_alike(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same


@pytest.mark.parametrize(("after", "holds"), [(SOON, True), (SOON + HOUR, False)])
def test_a_version_comes_within_seven_days(after: timedelta, holds: bool) -> None:
    title = "三亚市教育局关于招生的公告"
    assert is_version(title, T0 + after, title, T0 - DAY, T0) is holds
    assert not is_version(title, T0 - 2 * DAY, title, T0 - DAY, T0)  # the elder follows nobody


def test_a_new_post_follows_the_deleted_one_it_replaces(db: Database) -> None:
    title = "三亚市教育局关于招生的公告"
    read(db, snapshot(T0, replace(post(1), url=URL, title=title)))
    read(db, snapshot(T0 + HOUR, replace(post(2), title=title)))
    at = T0 + HOUR
    say(db, True, at)
    with db.write() as c:
        assert store.link_versions(c, at) == 0  # missing is not deleted
    say(db, True, at + 6 * HOUR)
    with db.write() as c:
        assert store.link_versions(c, at + 6 * HOUR) == 1
    assert listed(db, "p2").follows == "p1"
    assert post_marks(listed(db, "p2")) == ["替换已删除的 p1"]


def test_a_repost_of_an_older_text_is_not_backdated() -> None:
    title = "三亚市教育局关于招生的公告"
    old = a_post(T0 - 5 * DAY, id="old", title=title)
    new = a_post(T0 - 5 * DAY, id="new", title=title)
    doubted = StoredPost(new, T0, backdatable=True)
    was = StoredPost(old, T0 - 5 * DAY, missing_since=T0)
    d = replace(dossier(old, new, read_at=T0), posts=(doubted,))
    assert "UPD-07" in found(d, T0)
    for posts in ((doubted, was), (replace(doubted, follows="old"),)):
        assert "UPD-07" not in found(replace(d, posts=posts), T0)
    still = replace(was, missing_since=None)
    assert "UPD-07" in found(replace(d, posts=(doubted, still)), T0)


def test_wechat_says_that_an_article_was_deleted_and_not_that_its_account_is_gone() -> None:
    body = next(FIXTURE.glob("**/*.html")).read_bytes()
    with pytest.raises(CollectError) as caught:
        read_article(Page("https://mp.weixin.qq.com/s/x", 200, body, T0))
    assert caught.value.post_gone
    assert caught.value.trouble is Trouble.UNREADABLE


@pytest.mark.parametrize(("word", "removed"), [("gone", True), ("odd", False), ("there", False)])
async def test_the_round_asks_the_page_in_its_lane(
    tmp_path: Path, word: str, removed: bool
) -> None:
    async def collect(source: Source, fetch: Fetch) -> Sighting:
        await fetch(Request(URL))
        if word == "there":
            return Sighting(None, (Post("p1", T0),), Coverage.PARTIAL)
        raise CollectError(Trouble.UNREADABLE, word, post_gone=word == "gone")

    def recognise(url: str) -> Source | None:
        return Source("post", "", {"link": url}) if url == URL else None

    reader = Collector(
        "post", "post", frozenset({"post.test"}), collect, Coverage.PARTIAL, recognise=recognise
    )
    who = Account("post-1", "post", "三亚一号", UNIT, (Source("post", "1"),))
    async with watching(tmp_path, {"post": reader}, [who]) as (watch, clock):
        watch.fetcher = Fetcher(
            FetchSettings(), watch.now, httpx.MockTransport(lambda _: httpx.Response(200))
        )
        start = clock.now()
        both = (Post("p1", start - HOUR, "甲", URL), Post("p2", start - 2 * HOUR, "乙"))
        for n, posts in enumerate((both, both[1:])):
            at = start + n * timedelta(minutes=1)
            page = PageRef("https://post.test", 200, "ab" * 32, at)
            outcome = Snapshot(who.key, at, Sighting(None, posts), "post", (page,))
            with watch.db.write() as c:
                store.record(c, [store.Reading(who.key, outcome)], at)
        asked = []
        for hours in (1, 3, 8):
            clock.moment = start + hours * HOUR
            asked.append(await look_at_missing(watch))
        with watch.db.read() as c:
            detail = store.account_detail(c, who.key, clock.now())
    assert detail is not None
    assert asked == [1, 0, 1]
    assert [each.removed_at is not None for each in detail.posts] == [removed, False]
