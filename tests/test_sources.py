"""An account's sources in order: the first complete one wins, a partial one may only add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from collectors import Collector
from watcher.fetch import Fetcher, FetchSettings
from watcher.model import (
    Account,
    CollectError,
    Coverage,
    Failure,
    Fetch,
    Look,
    Outcome,
    Post,
    Profile,
    Sighting,
    Snapshot,
    Source,
    Trouble,
    Unit,
)
from watcher.reading import merge, observe
from watcher.whose import belongs, same_account

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
UNIT = Unit("u", "三亚市大数据局")
OWN = Profile("1001", "三亚政务")
Said = Sighting | CollectError


def post(number: int) -> Post:
    return Post(f"p{number}", NOW - number * HOUR, f"第{number}条")


def part(*posts: Post, profile: Profile | None = OWN) -> Sighting:
    return Sighting(profile, posts, Coverage.PARTIAL)


def whole(*posts: Post, profile: Profile | None = OWN) -> Sighting:
    return Sighting(profile, posts)


async def observed(**said: Said) -> tuple[Outcome, list[str]]:
    """Read one account through sources that say this, in this order; and who was asked."""
    asked: list[str] = []
    installed: Mapping[str, Collector] = {
        name: Collector(name, name, frozenset({f"{name}.test"}), _saying(name, value, asked))
        for name, value in said.items()
    }
    account = Account("a-1", "weibo", "三亚政务", UNIT, tuple(Source(name, "1") for name in said))
    transport = httpx.MockTransport(lambda _: httpx.Response(500))
    fetcher = Fetcher(FetchSettings(), lambda: NOW, transport)
    try:
        return (await observe(account, installed, fetcher, {}, NOW)).outcome, asked
    finally:
        await fetcher.aclose()


def _saying(name: str, said: Said, asked: list[str]):  # type: ignore[no-untyped-def]
    async def collect(source: Source, fetch: Fetch) -> Sighting:
        asked.append(name)
        if isinstance(said, CollectError):
            raise said
        return said

    return collect


WALL = CollectError(Trouble.BLOCKED, "captcha")


async def test_the_first_complete_one_ends_the_reading() -> None:
    outcome, asked = await observed(a=whole(post(1)), b=whole(post(2)), c=part(post(3)))
    assert asked == ["a"]
    assert isinstance(outcome, Snapshot)
    assert outcome.source == "a"
    assert outcome.looks == (
        Look("a", "complete", "", 1, post(1).at),
        Look("b"),
        Look("c"),
    )


async def test_what_failed_before_is_kept_beside_the_one_that_saw() -> None:
    outcome, asked = await observed(a=WALL, b=whole(post(1)), c=whole())
    assert asked == ["a", "b"]
    assert isinstance(outcome, Snapshot)
    assert (outcome.source, outcome.trouble) == ("b", None)
    assert outcome.looks[0] == Look("a", "blocked", "captcha")


async def test_a_part_only_adds_posts_and_leaves_the_rest_to_the_complete_one() -> None:
    outcome, _ = await observed(a=part(post(1)), b=whole(post(2), post(1)))
    assert isinstance(outcome, Snapshot)
    assert outcome.source == "b"
    assert outcome.sighting.coverage is Coverage.COMPLETE
    assert {each.id for each in outcome.sighting.posts} == {"p1", "p2"}


async def test_parts_alone_never_become_a_whole() -> None:
    outcome, asked = await observed(a=WALL, b=part(post(1)), c=part(post(2)))
    assert asked == ["a", "b", "c"]
    assert isinstance(outcome, Snapshot)
    assert outcome.sighting.coverage is Coverage.PARTIAL
    assert outcome.trouble is Trouble.BLOCKED
    assert [look.result for look in outcome.looks] == ["blocked", "partial", "partial"]


async def test_a_part_that_shows_another_account_adds_nothing() -> None:
    stranger = part(post(1), profile=Profile("7", "三亚旅游"))
    outcome, _ = await observed(a=stranger, b=whole(post(5)))
    assert isinstance(outcome, Snapshot)
    assert [each.id for each in outcome.sighting.posts] == ["p5"]
    assert outcome.looks[0].result == "unreadable"
    assert outcome.looks[0].detail.startswith("shows another account: 三亚旅游 (7), not 三亚政务")


async def test_a_part_that_names_nobody_may_add() -> None:
    outcome, _ = await observed(a=part(post(1), profile=None), b=whole(post(5)))
    assert isinstance(outcome, Snapshot)
    assert len(outcome.sighting.posts) == 2


def test_merging_drops_the_stranger_by_itself() -> None:
    strange = Snapshot("a-1", NOW, part(post(1), profile=Profile("x", "别人")), "a")
    own = Snapshot("a-1", NOW, whole(post(2)), "b")
    merged = merge("a-1", NOW, [strange, own])
    assert isinstance(merged, Snapshot)
    assert [each.id for each in merged.sighting.posts] == ["p2"]
    assert isinstance(merge("a-1", NOW, []), Failure)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Profile("1001", "三亚政务"), Profile("1001", "改了名"), True),
        (Profile("1001", "三亚政务"), Profile("1002", "三亚政务"), False),
        (Profile("gh_aaaaaaaaaaaa", "三亚政务"), Profile("gh_bbbbbbbbbbbb", "三亚政务"), False),
        (Profile("gh_aaaaaaaaaaaa", "三亚政务"), Profile("MzA4ODUzNjAxOA==", "三亚政务"), True),
        (Profile("MzA4ODUzNjAxOA==", "三亚"), Profile("MzA4ODUzNjAxOQ==", "三亚"), False),
        (Profile("https://sy.test/rss", "三亚 政务"), Profile("1001", "三亚政务"), True),
        (Profile("https://sy.test/rss", "三亚旅游"), Profile("1001", "三亚政务"), False),
        (Profile("sanya", "ＳＡＮＹＡ"), Profile("1001", "sanya"), True),
    ],
)
def test_ids_of_one_kind_decide_and_else_the_name(one: Profile, other: Profile, same: bool) -> None:
    assert same_account(one, other) is same
    assert same_account(other, one) is same


@pytest.mark.parametrize(
    ("author", "own"),
    [
        (Profile("1001", "改了名"), True),
        (Profile("gh_aaaaaaaaaaaa", "改了名"), True),
        (Profile("", "三亚政务"), True),
        (Profile("sanya_gov", "三亚政务"), True),
        (Profile("1002", "三亚政务"), False),
        (Profile("gh_bbbbbbbbbbbb", "三亚政务"), False),
        (Profile("", "三亚 政务"), False),
        (Profile("", ""), False),
    ],
)
def test_an_author_is_the_account_by_id_or_by_its_exact_filed_name(
    author: Profile, own: bool
) -> None:
    account = Account(
        "a-1",
        "wechat_subscription",
        "三亚政务",
        UNIT,
        (Source("wechat_article", "x", {"gh": "gh_aaaaaaaaaaaa"}),),
        platform_id="1001",
    )
    assert belongs(account, author) is own
    nameless = replace(account, name="", platform_id="", sources=())
    assert not belongs(nameless, author)
