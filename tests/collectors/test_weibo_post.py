"""Pasted links to single posts of 新浪微博: which are recognised, and what a post proves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collectors.weibo_post import SHOW, collector
from tests.collectors.serve import Served, page
from watcher.model import CollectError, Coverage, Page, Sighting, Source, Trouble

UID, POST, BID = "9900000101", "5000001784275200", "Rexample1"
LINK = f"https://weibo.com/{UID}/{BID}"


def shown(post: str = BID, **fields: Any) -> Page:
    data = {
        "id": POST,
        "bid": BID,
        "created_at": "Fri Jul 17 16:00:00 +0800 2026",
        "text": "通告",
        "user": {"id": int(UID), "screen_name": "三亚发布"},
        **fields,
    }
    return page(f"{SHOW}?id={post}", json.dumps({"ok": 1, "data": data}))


async def read(*pages: Page, links: Any = LINK, handle: str = UID) -> Sighting:
    source = Source("weibo_post", handle, {"links": links}, "三亚发布")
    return await collector.collect(source, Served(*pages))


async def trouble(*pages: Page, **how: Any) -> Trouble:
    with pytest.raises(CollectError) as caught:
        await read(*pages, **how)
    return caught.value.trouble


@pytest.mark.parametrize(
    "url",
    [
        LINK,
        f"http://weibo.com/{UID}/{BID}?from=page_100606",
        f"https://www.weibo.com/{UID}/{POST}",
        f"https://m.weibo.cn/status/{POST}",
        f"https://m.weibo.cn/detail/{POST}?sourceType=weixin",
        f"https://m.weibo.cn/{UID}/{POST}",
        f"https://m.weibo.cn/statuses/show?id={BID}",
    ],
)
def test_a_link_to_a_post_is_recognised(url: str) -> None:
    source = collector.recognise(url)
    assert source is not None
    assert source.settings["links"] == [url.replace("http:", "https:")]


@pytest.mark.parametrize(
    "url",
    [
        f"https://weibo.com/u/{UID}",
        f"https://weibo.com/{UID}/profile",
        f"https://m.weibo.cn/u/{UID}",
        f"https://m.weibo.cn/profile/{UID}",
        f"https://weibo.com.example.cn/{UID}/{BID}",
        "https://mp.weixin.qq.com/s/abcdefgh",
    ],
)
def test_other_links_are_left_alone(url: str) -> None:
    assert collector.recognise(url) is None


@pytest.mark.parametrize(
    ("link", "asked"), [(LINK, BID), (f"https://m.weibo.cn/status/{POST}", POST)]
)
async def test_a_post_proves_that_it_was_published_and_no_more(link: str, asked: str) -> None:
    got = await read(shown(asked), links=[link])
    assert [post.id for post in got.posts] == [POST]
    assert got.coverage is Coverage.PARTIAL


async def test_a_strangers_post_or_another_post_is_unreadable() -> None:
    theirs = {"id": 9900000999, "screen_name": "三亚发布"}
    assert await trouble(shown(user=theirs)) is Trouble.UNREADABLE
    assert await trouble(shown(id="5000000000000009", bid="Rexample9")) is Trouble.UNREADABLE
    assert await trouble(shown(user=None)) is Trouble.UNREADABLE


@pytest.mark.parametrize(
    "words", ["该微博不存在", "用户不存在", "该账号因被投诉违反《微博社区公约》"]
)
async def test_the_end_of_a_post_is_not_the_end_of_its_account(words: str) -> None:
    gone = page(f"{SHOW}?id={BID}", json.dumps({"ok": 0, "message": words}))
    assert await trouble(gone) is Trouble.UNREADABLE


async def test_a_captcha_is_a_wall() -> None:
    wall = {"ok": -100, "url": "https://m.weibo.cn/captcha?scene=limit"}
    assert await trouble(page(f"{SHOW}?id={BID}", json.dumps(wall))) is Trouble.BLOCKED


async def test_one_readable_post_outweighs_one_that_is_gone() -> None:
    gone = page(f"{SHOW}?id={POST}", json.dumps({"ok": 0, "message": "该微博不存在"}))
    got = await read(gone, shown(), links=f"{LINK}\nhttps://m.weibo.cn/status/{POST}")
    assert len(got.posts) == 1


@pytest.mark.parametrize(
    ("told", "gone"),
    [
        ({"ok": 0, "message": "该微博不存在", "error_code": 20101}, True),
        ({"ok": 0, "error_code": "20101"}, True),
        ({"ok": 0, "msg": "抱歉，此微博已被作者删除。"}, True),
        ({"ok": 0, "msg": "抱歉，作者已设置仅展示半年内微博，此微博已不可见。"}, False),
        ({"ok": 0, "msg": "抱歉，由于作者设置，你暂时没有这条微博的查看权限哦。"}, False),
        ({"ok": 0, "msg": "访问频次过高"}, False),
        ({"ok": 0, "msg": "该用户不存在(20003)"}, False),
        ({"ok": 0, "msg": "这里还没有内容"}, False),
        ([20101], False),
    ],
)
async def test_a_post_is_gone_only_where_the_platform_says_so(told: Any, gone: bool) -> None:
    with pytest.raises(CollectError) as caught:
        await read(page(f"{SHOW}?id={BID}", json.dumps(told)))
    assert caught.value.post_gone is gone
    assert caught.value.trouble in (Trouble.UNREADABLE, Trouble.BLOCKED)


async def test_a_gone_post_among_others_hides_none_of_them() -> None:
    other = f"https://m.weibo.cn/status/{POST}"
    lost = page(f"{SHOW}?id={BID}", json.dumps({"ok": 0, "error_code": 20101}))
    seen = await read(lost, shown(POST), links=[LINK, other])
    assert [each.id for each in seen.posts] == [POST]
