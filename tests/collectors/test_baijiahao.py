"""百家号's account page: what it proves, and the check that Baidu puts in front of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from collectors.baijiahao import collector
from tests.collectors.serve import Served, any_json, page
from watcher.model import CollectError, Coverage, Page, Sighting, Source, Trouble

APP, UK, NAME = "1799000000000101", "exampleUk", "三亚发布"
HOME = f"https://author.baidu.com/home/{APP}"
LIST = f"https://mbd.baidu.com/webpage?tab=main&uk={UK}&format=json"
NOON = 1784275200  # 2026-07-17 16:00 in Beijing


def home(extra: str = "", state: dict[str, Any] | None = None, **user: Any) -> Page:
    told = {"nickname": NAME, "uk": UK, "fans_num": "1.2万", "content_num": 320, **user}
    runtime = json.dumps({"user": told, **(state if state is not None else {})})
    return page(HOME, f"<html><script>window.runtime= {runtime};</script>{extra}</html>")


def row(at: int = NOON, **fields: Any) -> dict[str, Any]:
    item = {"title": "通告", "article_id": str(at), "url": f"https://baijiahao.baidu.com/s?id={at}"}
    return {"dynamic_ctime": at, "itemData": item, **fields}


def listed(*rows: Any, more: bool = True, url: str = LIST, **fields: Any) -> Page:
    return page(url, json.dumps({"errno": 0, "data": {"list": rows, "hasMore": more, **fields}}))


def written(*rows: Any, **fields: Any) -> str:
    return f"<script>window.dynamicData={json.dumps({'list': rows, **fields})};</script>"


async def read(*pages: Page, name: str = NAME, handle: str = APP, **settings: Any) -> Sighting:
    return await collector.collect(Source("baijiahao", handle, settings, name), Served(*pages))


async def trouble(*pages: Page, **how: Any) -> CollectError:
    with pytest.raises(CollectError) as caught:
        await read(*pages, **how)
    return caught.value


async def test_the_tab_of_all_kinds_is_complete_down_to_its_oldest_row() -> None:
    got = await read(home(), listed(row(), row(NOON - 500)))
    assert got.coverage is Coverage.COMPLETE
    assert got.reaches == datetime.fromtimestamp(NOON - 500, UTC)
    assert got.profile is not None
    assert (got.profile.followers, got.profile.post_count) == (12_000, 320)


async def test_a_list_of_articles_only_proves_no_silence() -> None:
    articles = LIST.replace("main", "article")
    assert (await read(home(), listed(row(), url=articles))).coverage is Coverage.PARTIAL


async def test_all_that_the_account_counts_is_all_there_is() -> None:
    got = await read(home(written(row(), row(NOON - 9)), content_num=2))
    assert (got.coverage, got.reaches) == (Coverage.COMPLETE, None)


async def test_an_old_post_on_top_is_taken_for_pinned() -> None:
    got = await read(home(), listed(row(NOON - 10**7), row(), row(NOON - 500)))
    assert [post.pinned for post in got.posts] == [True, False, False]
    assert got.reaches == datetime.fromtimestamp(NOON - 500, UTC)


async def test_a_row_without_time_makes_the_list_partial() -> None:
    got = await read(home(), listed(row(), {"itemData": {"article_id": "7"}}))
    assert (len(got.posts), got.coverage) == (1, Coverage.PARTIAL)


@pytest.mark.parametrize("foe", [True, 1, "1"])
async def test_a_page_that_wants_to_check_the_visitor_is_a_wall(foe: Any) -> None:
    check = {"is_need_foe": foe}
    assert (await trouble(home(), listed(more=False, foe=check))).trouble is Trouble.BLOCKED
    assert (await trouble(home(state={"foe": check}), listed(row()))).trouble is Trouble.BLOCKED
    assert (await trouble(home(written(foe=check)))).trouble is Trouble.BLOCKED


@pytest.mark.parametrize(
    "said",
    [
        page("https://wappass.baidu.com/static/captcha/tuxing.html", "<html></html>"),
        page(HOME, "<title>百度安全验证</title>"),
        page(HOME, "<p>网络不给力，请稍后重试</p>"),
        page(HOME, "", 403),
    ],
)
async def test_the_captcha_is_a_wall(said: Page) -> None:
    async def fetch(request: Any) -> Page:
        return said

    with pytest.raises(CollectError) as caught:
        await collector.collect(Source("baijiahao", APP, {}, NAME), fetch)
    assert caught.value.trouble is Trouble.BLOCKED


async def test_an_empty_list_is_believed_only_where_the_account_counts_zero() -> None:
    assert (await trouble(home(), listed(more=False))).trouble is Trouble.BLOCKED
    assert (await trouble(home(content_num=None), listed())).trouble is Trouble.BLOCKED
    got = await read(home(content_num=0), listed(more=False))
    assert (got.posts, got.coverage) == ((), Coverage.COMPLETE)


async def test_a_page_without_any_list_shows_the_face_and_no_more() -> None:
    got = await read(home())
    assert (got.posts, got.coverage) == ((), Coverage.PARTIAL)


async def test_a_missing_page_is_no_missing_account() -> None:
    assert (await trouble(page(HOME, "<html></html>", 404))).trouble is Trouble.UNREADABLE


@pytest.mark.parametrize(
    ("state", "user", "how"),
    [
        ({"app_id": "1799000000000999"}, {}, {}),
        ({"query": {"app_id": "1799000000000999"}}, {}, {}),
        ({}, {"app_id": 1799000000000999}, {}),
        ({}, {"nickname": "别的账号"}, {}),
        ({}, {}, {"uk": "anotherUk"}),
        ({}, {}, {"name": ""}),
    ],
)
async def test_another_accounts_page_is_unreadable(
    state: dict[str, Any], user: dict[str, Any], how: dict[str, Any]
) -> None:
    assert (await trouble(home(state=state, **user), listed(row()), **how)).trouble is (
        Trouble.UNREADABLE
    )


@pytest.mark.parametrize(("state", "how"), [({"app_id": APP}, {}), ({}, {"uk": UK})])
async def test_a_renamed_account_is_known_by_its_id(
    state: dict[str, Any], how: dict[str, Any]
) -> None:
    got = await read(home(state=state, nickname="新名字"), listed(row()), **how)
    assert got.profile is not None
    assert got.profile.name == "新名字"


async def test_a_list_of_another_account_is_not_looked_at() -> None:
    theirs = listed(row(), url=LIST.replace(UK, "anotherUk"))
    assert (await read(home(), theirs)).posts == ()


@pytest.mark.parametrize(
    "handle", [APP, HOME, f"https://baijiahao.baidu.com/u?app_id={APP}&from=x"]
)
async def test_a_link_to_the_account_names_it(handle: str) -> None:
    assert (await read(home(), listed(row()), handle=handle)).posts


@settings(max_examples=100, deadline=None)
@given(any_json())
async def test_no_json_raises_anything_but_a_reading_that_failed(value: Any) -> None:
    try:
        got = await read(home(), listed(value), page(f"{LIST}&n=2", json.dumps(value)))
    except CollectError:
        return
    assert not got.posts
