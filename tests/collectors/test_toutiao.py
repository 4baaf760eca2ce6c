"""今日头条: what its answers prove, and what they do not."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given

from collectors import toutiao, toutiao_api, toutiao_article
from tests.collectors.serve import NOW, Served, any_json, page
from watcher.model import CollectError, Coverage, Page, Sighting, Source, Trouble

TOKEN, NUMBER = "MS4wLjABAAAAours", "9950500001"
USER = f"https://www.toutiao.com/c/user/token/{TOKEN}/"
FEED = f"https://www.toutiao.com{toutiao.FEED}?category=profile_all&token={TOKEN}&max_behot_time=0"
FANS = f"https://www.toutiao.com{toutiao.FANS}"
NOON = 1784275200  # 2026-07-17 16:00 in Beijing
AUTH = json.dumps({"auth_type": "0", "auth_info": "三亚市人民政府官方头条号"})


def cell(at: int = NOON, **fields: Any) -> dict[str, Any]:
    author = {"user_id": NUMBER, "name": "三亚发布", "follower_count": 0, "user_auth_info": AUTH}
    number = str(at << 32 | 7)
    base = {"id": number, "publish_time": at, "behot_time": at + 999, "cell_type": 60}
    return {**base, "title": "通知", "user_info": author, **fields}


def feed(*rows: Any, url: str = FEED, **fields: Any) -> Page:
    return page(url, json.dumps({"message": "success", "data": rows, "has_more": True, **fields}))


def profile(**fields: Any) -> Page:
    user = {"userId": NUMBER, "name": "三亚发布", "userVerified": True, **fields}
    data = quote(json.dumps({"data": {"profileUserInfo": user}}))
    return page(USER, f'<script id="RENDER_DATA" type="application/json">{data}</script>')


async def read(*pages: Page, handle: str = TOKEN, name: str = "", **settings: Any) -> Sighting:
    return await toutiao.collect(Source("toutiao", handle, settings, name), Served(*pages))


async def trouble(*pages: Page, **how: Any) -> CollectError:
    with pytest.raises(CollectError) as caught:
        await read(*pages, **how)
    return caught.value


async def test_a_feed_reaches_down_to_its_oldest_post_that_is_not_pinned() -> None:
    rows = (cell(NOON - 10**7, is_stick=True), cell(), cell(NOON - 500))
    got = await read(feed(*rows), user_id=NUMBER)
    assert got.coverage is Coverage.COMPLETE
    assert got.reaches == datetime.fromtimestamp(NOON - 500, UTC)
    assert [post.pinned for post in got.posts] == [True, False, False]


async def test_an_old_post_on_top_is_pinned_though_nothing_says_so() -> None:
    got = await read(feed(cell(NOON - 10**7), cell(), cell(NOON - 500)), user_id=NUMBER)
    assert [post.pinned for post in got.posts] == [True, False, False]
    assert got.reaches == datetime.fromtimestamp(NOON - 500, UTC)


async def test_when_a_post_was_moved_up_is_not_when_it_was_published() -> None:
    got = await read(feed(cell(behot_time=NOON + 50_000)), user_id=NUMBER)
    assert got.posts[0].at == datetime.fromtimestamp(NOON, UTC)


async def test_the_author_may_stand_in_three_places() -> None:
    user = {"user_id": NUMBER, "name": "三亚发布"}
    author = {"info": user, "relation_count": {"followers_count": 31871}, "user_id": NUMBER}
    rows = (
        cell(),
        cell(NOON - 9, cell_type=32, title="", content="今天", user_info=None, user=user),
        cell(NOON - 99, cell_type=49, user_info=None, user=author),
    )
    got = await read(feed(*rows), user_id=NUMBER)
    assert [str(post.url).split("/")[3] for post in got.posts] == ["article", "w", "video"]
    assert got.posts[1].title == "今天"
    assert got.profile is not None
    assert (got.profile.followers, got.profile.verified_type) == (31871, "0")


@pytest.mark.parametrize(
    "url",
    [
        FEED.replace("profile_all", "pc_profile_article"),
        FEED.replace("max_behot_time=0", "max_behot_time=1784000000"),
        FEED.partition("?")[0],
    ],
)
async def test_a_part_of_the_feed_proves_no_silence(url: str) -> None:
    got = await read(feed(cell(), url=url), user_id=NUMBER)
    assert got.coverage is Coverage.PARTIAL


async def test_a_post_without_a_credible_time_makes_the_feed_partial() -> None:
    got = await read(feed(cell(), cell(publish_time=0)), user_id=NUMBER)
    assert (len(got.posts), got.coverage) == (1, Coverage.PARTIAL)


async def test_only_pinned_posts_say_nothing_of_the_newest() -> None:
    got = await read(feed(cell(is_stick=True)), user_id=NUMBER)
    assert got.coverage is Coverage.PARTIAL


@pytest.mark.parametrize(
    "pages",
    [
        (profile(), feed()),
        (profile(), feed(has_more=False)),
        (profile(), page(FEED, '{"message":"error","data":null}')),
        (profile(), page(FEED, '{"data":null}')),
        (profile(), page(FEED, "")),
        (profile(), page(FEED, "blocked", 403)),
        (page(USER, "<title>验证码中间页</title>"),),
        (page(USER, ""),),
    ],
)
async def test_nothing_to_see_is_a_wall(pages: tuple[Page, ...]) -> None:
    assert (await trouble(*pages, user_id=NUMBER)).trouble is Trouble.BLOCKED


async def test_the_picture_of_a_missing_page_is_no_dead_account() -> None:
    said = page(USER, '<img src="/404.png" usemap="#map">')
    assert (await trouble(said)).trouble is Trouble.UNREADABLE


async def test_other_peoples_posts_are_left_out_whatever_their_name() -> None:
    author = {"user_id": "77001", "name": "三亚发布"}
    theirs = cell(NOON + 60, user_info=author)
    got = await read(feed(theirs, cell()), name="三亚发布", user_id=NUMBER)
    assert [post.at for post in got.posts] == [datetime.fromtimestamp(NOON, UTC)]
    error = await trouble(feed(theirs), name="三亚发布", user_id=NUMBER)
    assert error.trouble is Trouble.UNREADABLE


async def test_with_the_token_alone_the_name_decides() -> None:
    assert (await read(profile(), feed(cell()), name="三亚发布")).posts
    error = await trouble(profile(), feed(cell()), name="三亚日报")
    assert (error.trouble, "user_id" in error.detail) == (Trouble.UNREADABLE, True)
    assert (await read(profile(), feed(cell()), name="三亚日报", user_id=NUMBER)).posts


async def test_a_profile_without_a_feed_is_partial() -> None:
    got = await read(
        profile(userAuthInfo={"auth_info": "官方"}), page(FANS, '{"data":{"fans":"3.2万"}}')
    )
    assert (got.posts, got.coverage) == ((), Coverage.PARTIAL)
    assert got.profile is not None
    assert (got.profile.followers, got.profile.verified_as) == (32000, "官方")


async def test_a_link_pasted_as_handle_is_taken_apart() -> None:
    assert (await read(feed(cell()), handle=f"{USER}?source=x", user_id=NUMBER)).posts


async def test_the_apps_cells_are_wrapped_in_strings() -> None:
    wrapped = {"code": "", "content": json.dumps(cell())}
    got = await read(feed(wrapped), user_id=NUMBER)
    assert len(got.posts) == 1


@given(any_json(), any_json(), any_json())
def test_hostile_answers_raise_only_collect_errors(value: Any, row: Any, user: Any) -> None:
    rows = (row, cell(user_info=user), cell(NOON - 1, user=user, user_info=None))
    hostile = (
        feed(*rows),
        page(FANS, json.dumps({"data": value})),
        page(USER, f'<script id="RENDER_DATA">{json.dumps({"data": value})}</script>'),
    )
    for pages in (hostile, hostile[1:], (page(FEED, json.dumps(value)),)):
        try:
            got = asyncio.run(read(*pages, name="三亚发布", user_id=NUMBER))
        except CollectError:
            continue
        assert all(post.at <= NOW for post in got.posts)


# -- the other doors -----------------------------------------------------------------------

POST = str(NOON << 32 | 7)
INFO = f"https://m.toutiao.com/i{POST}/info/"


@pytest.mark.parametrize(
    "link",
    [
        f"https://www.toutiao.com/article/{POST}/?log_from=x",
        f"http://www.toutiao.com/w/{POST}/",
        f"https://www.toutiao.com/video/{POST}/",
        f"https://m.toutiao.com/i{POST}/",
        f"https://www.toutiao.com/a{POST}",
        "https://m.toutiao.com/is/Abc12_-3/",
        "https://m.toutiao.com/isAbc123/",
    ],
)
def test_pasted_links_are_recognised(link: str) -> None:
    assert toutiao_article.collector.recognise(link) is not None


@pytest.mark.parametrize(
    "link", [USER, "https://toutiao.com.evil.example/article/7663409029837750349/", "三亚发布"]
)
def test_other_links_are_none_of_its_own(link: str) -> None:
    assert toutiao_article.collector.recognise(link) is None


async def test_a_pasted_link_without_an_account_tells_whose_it_is() -> None:
    source = toutiao_article.collector.recognise(f"https://www.toutiao.com/w/{POST}/")
    assert source is not None
    told = {
        "title": "通知",
        "publish_time": str(NOON),
        "media_user": {"id": NUMBER, "name": "三亚发布"},
    }
    got = await toutiao_article.collect(source, Served(page(INFO, json.dumps({"data": told}))))
    assert got.profile is not None
    assert (got.profile.handle, got.profile.name) == (NUMBER, "三亚发布")
    assert [post.at for post in got.posts] == [datetime.fromtimestamp(NOON, UTC)]


@pytest.mark.parametrize(
    ("told", "means"),
    [
        ({"data": {"error_code": 28001008}}, Trouble.BLOCKED),
        ({"extra": {"error_code": 2190002}}, Trouble.BLOCKED),
        ({"err_no": 28001045}, Trouble.GONE),
        ({"err_no": 28001046}, Trouble.BANNED),
        ({"err_no": 28001005}, Trouble.UNREACHABLE),
        ({"err_no": 4711}, Trouble.UNREADABLE),
        ({"data": {"list": []}}, Trouble.BLOCKED),
        ({"data": {}}, Trouble.UNREADABLE),
    ],
)
async def test_the_owners_api_says_what_an_operator_must_do(told: Any, means: Trouble) -> None:
    url = f"{toutiao_api.LIST}?open_id=o&cursor=0&count=20"
    source = Source("toutiao_api", "o", {"access_token": "t"})
    with pytest.raises(CollectError) as caught:
        await toutiao_api.collect(source, Served(page(url, json.dumps(told))))
    assert caught.value.trouble is means
