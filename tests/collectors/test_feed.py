"""Feeds: whose items count, what their times mean, and that a bridge proves no silence."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.feed import collector
from tests.collectors.serve import Served, page
from watcher.model import CollectError, Coverage, Sighting, Source, Trouble

URL = "https://bridge.example.cn/weibo/user/2803301701"
HOME = "https://weibo.com/2803301701"
DATE = "Fri, 17 Jul 2026 09:30:00 GMT"


def item(
    link: str = f"{HOME}/Qa1", date: str = DATE, author: str = "三亚发布", more: str = ""
) -> str:
    return (
        f"<item><title>通知</title><link>{link.replace('&', '&amp;')}</link>{more}"
        f"<author>{author}</author><pubDate>{date}</pubDate></item>"
    )


def rss(*items: str, home: str = HOME) -> bytes:
    head = f'<?xml version="1.0"?><rss version="2.0"><channel><link>{home}</link><title>t</title>'
    return f"{head}{''.join(items)}</channel></rss>".encode()


async def read(
    body: bytes | str, status: int = 200, handle: str = URL, **settings: Any
) -> Sighting:
    return await collector.collect(
        Source("feed", handle, settings), Served(page(handle, body, status))
    )


async def trouble(body: bytes | str, status: int = 200, **settings: Any) -> Trouble:
    with pytest.raises(CollectError) as caught:
        await read(body, status, **settings)
    return caught.value.trouble


async def test_a_feed_is_partial_whatever_it_holds() -> None:
    for body in (rss(item()), rss()):
        got = await read(body)
        assert got.coverage is Coverage.PARTIAL
        assert collector.coverage is Coverage.PARTIAL


@pytest.mark.parametrize(
    ("settings", "link", "author", "counts"),
    [
        ({"links": f"{HOME}/"}, f"{HOME}/Qa1", "", True),
        ({"links": f"{HOME}/"}, f"{HOME}9/Qa1", "三亚发布", False),
        ({"links": f"{HOME}/", "author": "三亚发布"}, "https://weibo.com/1/Q", "三亚发布", False),
        ({"author": "三亚发布"}, "https://mp.weixin.qq.com/s/abc", "三亚发布", True),
        ({"author": "三亚发布"}, "https://mp.weixin.qq.com/s/abc", "三亚发布中心", False),
        ({"owner": "三亚发布"}, "https://mp.weixin.qq.com/s/abc", "三亚发布", True),
        ({"owner": "2803301701"}, f"{HOME}/Qa1", "", True),
        ({"owner": "2803301701"}, "https://weibo.com/28033017010/Qa1", "", False),
        ({"owner": "weibo.com/2803301701"}, f"{HOME}/Qa1", "", True),
        ({"owner": {"links": [HOME]}}, f"{HOME}/Qa1", "", True),
        (
            {"biz": "MzA5NzEwMDcwMQ=="},
            "https://mp.weixin.qq.com/s?__biz=MzA5NzEwMDcwMQ%3D%3D&mid=1&idx=1&sn=a",
            "",
            True,
        ),
        (
            {"owner": "MzA5NzEwMDcwMQ==", "author": "三亚发布"},
            "https://mp.weixin.qq.com/s?__biz=MzI5NzEwMDcwMQ==&mid=1",
            "三亚发布",
            False,
        ),
        ({"biz": "MzA5NzEwMDcwMQ=="}, "https://mp.weixin.qq.com/s/abc", "三亚发布", False),
        ({}, f"{HOME}/Qa1", "", True),
        ({}, "https://weibo.com/1/Qa1", "三亚发布", False),
    ],
)
async def test_an_item_counts_only_where_it_is_shown_to_be_the_accounts(
    settings: dict[str, Any], link: str, author: str, counts: bool
) -> None:
    body = rss(item(link, author=author))
    if counts:
        assert len((await read(body, **settings)).posts) == 1
    else:
        assert await trouble(body, **settings) is Trouble.UNREADABLE


async def test_a_sites_own_feed_needs_no_owner_but_a_platforms_front_page_is_none() -> None:
    own = "https://www.sanya.gov.cn/feed.xml"
    body = rss(item("https://www.sanya.gov.cn/a.html"), home="https://www.sanya.gov.cn/")
    assert (await read(body, handle=own)).posts
    shared = rss(item("https://weibo.com/1/Q"), home="https://weibo.com/")
    with pytest.raises(CollectError):
        await read(shared, handle="https://bridge.example.cn/weibo/sanya")


@pytest.mark.parametrize(
    ("date", "at", "day_only"),
    [
        (DATE, "2026-07-17T09:30:00+00:00", False),
        ("Fri, 17 Jul 2026 17:30:00 +0800", "2026-07-17T09:30:00+00:00", False),
        ("2026-07-17 17:30:00", "2026-07-17T09:30:00+00:00", False),
        ("2026-07-17T17:30:00+08:00", "2026-07-17T09:30:00+00:00", False),
        ("2026-07-17", "2026-07-16T16:00:00+00:00", True),
    ],
)
async def test_a_time_without_a_zone_is_beijing_time(date: str, at: str, day_only: bool) -> None:
    post = (await read(rss(item(date=date)))).posts[0]
    assert (post.at.isoformat(), post.day_only) == (at, day_only)


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 17 Jul 2027 09:30:00 GMT"])
async def test_an_item_without_a_time_that_can_be_true_is_left_out(date: str) -> None:
    assert (await read(rss(item(date=date)))).posts == ()


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ("", 200, Trouble.BLOCKED),
        ("<!DOCTYPE html><html><title>Just a moment...</title></html>", 200, Trouble.BLOCKED),
        ("<!DOCTYPE html><html>此订阅源已迁移</html>", 200, Trouble.UNREADABLE),
        ("{}", 200, Trouble.UNREADABLE),
        ("/etc/passwd", 200, Trouble.UNREADABLE),
        ("<rss version='2.0'><channel><item", 200, Trouble.UNREADABLE),
        ("x", 403, Trouble.BLOCKED),
        ("x", 404, Trouble.UNREADABLE),
        ("x", 410, Trouble.UNREADABLE),
        ("x", 503, Trouble.UNREACHABLE),
        ("x", 302, Trouble.UNREADABLE),
    ],
)
async def test_what_is_no_feed_says_nothing_about_the_account(
    body: str, status: int, expected: Trouble
) -> None:
    assert await trouble(body, status) is expected


async def test_a_feed_that_breaks_off_still_proves_what_came_before() -> None:
    whole = rss(item(), item(f"{HOME}/Qa2"))
    got = await read(whole[:-60])
    assert got.posts[0].id == f"{HOME}/Qa1"


async def test_not_modified_reads_the_kept_body_and_without_one_adds_nothing() -> None:
    assert (await read(rss(item()), 304)).posts
    got = await read(b"", 304)
    assert (got.posts, got.coverage) == ((), Coverage.PARTIAL)


async def test_a_body_that_is_a_file_name_opens_no_file(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(rss(item()))
    assert await trouble(str(file)) is Trouble.UNREADABLE


async def test_a_source_without_an_address_says_so() -> None:
    with pytest.raises(CollectError, match="set `url`"):
        await collector.collect(Source("feed", "三亚发布"), Served())
    assert collector.hosts_for(Source("feed", "三亚发布")) == frozenset()
    assert collector.hosts_for(Source("feed", "http://[x")) == frozenset()
    assert collector.hosts_for(Source("feed", URL)) == {"bridge.example.cn"}


async def test_the_request_is_conditional() -> None:
    fetch = Served(page(URL, rss(item())))
    await collector.collect(Source("feed", URL), fetch)
    assert [request.conditional for request in fetch.asked] == [True]


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_hostile_bytes_raise_only_collect_errors(noise: bytes) -> None:
    whole = rss(item())
    for body in (noise, whole[: len(noise)] + noise, whole[:120] + noise + whole[120:]):
        try:
            got = asyncio.run(read(body, links=HOME))
        except CollectError:
            continue
        assert all((post.url or "").startswith(HOME) for post in got.posts)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_hostile_items_raise_only_collect_errors(link: str, date: str, author: str) -> None:
    plain = [text.translate(str.maketrans("<>&", "   ")) for text in (link, date, author)]
    try:
        got = asyncio.run(read(rss(item(*plain), item()), links=HOME, author="x"))
    except CollectError:
        return
    assert all((post.url or "").startswith(HOME) for post in got.posts)
