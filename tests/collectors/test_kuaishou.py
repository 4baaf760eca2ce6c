"""快手: what its answers prove, and what they do not."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import kuaishou, kuaishou_api, kuaishou_live, kuaishou_video
from collectors._kuaishou import published
from collectors._times import BEIJING
from tests.collectors.serve import NOW, Served, any_json, page
from watcher.model import CollectError, Coverage, Page, Sighting, Source, Trouble

EID, OTHER, NUMBER = "3xours0123456", "3xtheirs01234", "990180534002"
PROFILE = f"https://live.kuaishou.com/profile/{EID}"
LIST = f"https://live.kuaishou.com{kuaishou.LIST}?principalId={EID}"
FACE = f"https://live.kuaishou.com{kuaishou.FACE}?principalId={EID}"
NOON = datetime(2026, 7, 17, 8, 0, tzinfo=UTC)  # 16:00 in Beijing
API = kuaishou_api.API


def clip(at: datetime, number: str = NUMBER) -> str:
    local = at.astimezone(BEIJING)
    name = b64encode(f"{local:%Y%m%d%H%M%S}_{number}_88000001_1_3".encode()).decode()
    return f"https://v.kwimgs.com/upic/{local:%Y/%m/%d/%H}/B{name.rstrip('=')}_b_B7c1.mp4"


def row(n: int = 1, at: datetime = NOON, **fields: Any) -> dict[str, Any]:
    author = {"id": EID, "name": "三亚发布"}
    return {"id": f"3xwork{n:07}", "playUrl": clip(at), "author": author, **fields}


def works(*rows: Any, result: Any = 1, pcursor: str = "no_more", url: str = LIST) -> Page:
    return page(url, json.dumps({"data": {"result": result, "list": rows, "pcursor": pcursor}}))


def face(count: Any = None, result: int = 1, **fields: Any) -> Page:
    user = {"id": EID, "originUserId": int(NUMBER), "name": "三亚发布", **fields}
    if count is not None:
        user["counts"] = {"fan": "2.6万", "open": count}
    return page(FACE, json.dumps({"data": {"result": result, "userInfo": user}}))


async def read(*pages: Page, handle: str = EID, name: str = "", **settings: Any) -> Sighting:
    source = Source("kuaishou", handle, settings, name)
    return await kuaishou.collect(source, Served(*pages))


async def trouble(*pages: Page, **how: Any) -> CollectError:
    with pytest.raises(CollectError) as caught:
        await read(*pages, **how)
    return caught.value


async def test_the_front_page_is_visited_first_and_the_profile_once() -> None:
    fetch = Served(face(1), works(row()))
    await kuaishou.collect(Source("kuaishou", EID), fetch)
    assert [request.url for request in fetch.asked] == [kuaishou.HOME, PROFILE]


async def test_a_gated_page_is_opened_once_more_and_then_left_alone() -> None:
    fetch = Served(works(result=2))
    with pytest.raises(CollectError, match="result 2"):
        await kuaishou.collect(Source("kuaishou", EID), fetch)
    assert [request.url for request in fetch.asked] == [kuaishou.HOME, PROFILE, PROFILE]


async def test_a_list_is_complete_only_where_it_holds_all_that_the_profile_counts() -> None:
    rows = (row(1, NOON - timedelta(days=200)), row(2), row(3, NOON - timedelta(days=1)))
    whole = await read(face(3), works(*rows))
    assert (whole.coverage, whole.reaches) == (Coverage.COMPLETE, None)
    assert [post.pinned for post in whole.posts] == [True, False, False]
    for pages in ((face(4), works(*rows)), (face("1.3万"), works(*rows)), (works(*rows),)):
        assert (await read(*pages)).coverage is Coverage.PARTIAL


async def test_a_list_that_does_not_run_by_time_is_partial() -> None:
    days = (0, 3, 2, 4, 1)
    rows = tuple(row(n, NOON - timedelta(days=day)) for n, day in enumerate(days))
    assert (await read(face(5), works(*rows))).coverage is Coverage.PARTIAL


async def test_a_work_without_a_readable_time_makes_the_list_partial() -> None:
    for broken in ("", "https://v.kwimgs.com/upic/2026/07/17/16/BbrokenBase64IsNoTime.mp4"):
        got = await read(face(2), works(row(), row(2, playUrl=broken)))
        assert (len(got.posts), got.coverage) == (1, Coverage.PARTIAL)


async def test_other_peoples_works_are_left_out_whatever_their_name() -> None:
    theirs = row(7, NOON + timedelta(minutes=9), author={"id": OTHER, "name": "三亚发布"})
    got = await read(face(1), works(theirs, row()), name="三亚发布")
    assert [post.at for post in got.posts] == [NOON]
    error = await trouble(face(1), works(theirs), name="三亚发布")
    assert (error.trouble, error.detail) == (Trouble.UNREADABLE, "list of another account")


async def test_an_id_of_another_kind_is_borne_out_by_the_filed_name() -> None:
    address = LIST.replace(EID, "sanyafabu")
    listed = works(row(), url=address)
    got = await read(listed, handle="sanyafabu", name="三亚发布")
    assert len(got.posts) == 1
    error = await trouble(listed, handle="sanyafabu", name="三亚日报")
    assert error.trouble is Trouble.UNREADABLE
    assert (await read(listed, handle="sanyafabu", name="三亚日报", user_id=NUMBER)).posts


async def test_the_number_in_the_file_name_tells_a_stranger() -> None:
    theirs = row(author={"id": "sanyafabu", "name": "三亚发布"}, playUrl=clip(NOON, "990999"))
    error = await trouble(face(1), works(theirs), name="三亚发布")
    assert error.trouble is Trouble.UNREADABLE


async def test_the_visitors_own_profile_is_not_taken_for_the_accounts() -> None:
    visitor = face(0, id=OTHER, originUserId=77, name="访客")
    got = await read(visitor, works(row()))
    assert got.profile is not None
    assert (got.profile.name, got.profile.post_count) == ("三亚发布", None)


async def test_an_empty_list_is_an_empty_account_only_where_the_profile_counts_none() -> None:
    got = await read(face(0), works())
    assert (got.posts, got.coverage) == ((), Coverage.COMPLETE)
    for pages in ((face(3), works()), (face(), works()), (works(),)):
        assert (await trouble(*pages)).trouble is Trouble.BLOCKED


@pytest.mark.parametrize("result", [2, 50, 109, 2001, 400002, 400010])
async def test_refusals_are_walls(result: int) -> None:
    assert (await trouble(face(3), works(result=result))).trouble is Trouble.BLOCKED


@pytest.mark.parametrize("result", [21, 999])
async def test_codes_that_we_cause_or_do_not_know_are_ours_to_look_at(result: int) -> None:
    assert (await trouble(works(result=result))).trouble is Trouble.UNREADABLE


@pytest.mark.parametrize(
    ("body", "status", "means"),
    [
        ("<p>请求过快，请稍后重试</p>", 200, Trouble.BLOCKED),
        ("", 200, Trouble.BLOCKED),
        ("<html>", 502, Trouble.UNREACHABLE),
    ],
)
async def test_a_page_that_asks_for_nothing_is_no_account(
    body: str, status: int, means: Trouble
) -> None:
    assert (await trouble(page(PROFILE, body, status))).trouble is means


def test_the_moment_stands_in_the_file_name_in_beijing_time() -> None:
    assert published(clip(NOON)) == (NOON, NUMBER)
    name = b64encode(b"519700123_1784275200123").decode().rstrip("=")
    atlas = f"https://p4.yximgs.com/ufile/atlas/{name}_0.webp"
    assert published(atlas) == (datetime(2026, 7, 17, 8, 0, 0, 123000, UTC), "")
    moved = clip(NOON).replace("/2026/07/17/16/", "/2026/07/18/16/")
    assert published(moved) is None


@given(any_json(), any_json(), any_json())
def test_hostile_answers_raise_only_collect_errors(value: Any, fields: Any, author: Any) -> None:
    rows = [{**row(), **(fields if isinstance(fields, dict) else {})}, row(2, author=author), value]
    hostile = (works(*rows), face(), page(FACE, json.dumps({"data": {"userInfo": value}})))
    for pages in (hostile, hostile[:1], (page(LIST, json.dumps(value)),)):
        try:
            got = asyncio.run(read(*pages, name="三亚发布"))
        except CollectError:
            continue
        assert all(post.at <= NOW for post in got.posts)


@given(st.text(max_size=200))
def test_hostile_addresses_have_no_time_or_a_real_one(url: str) -> None:
    for text in (url, f"/upic/2026/07/17/16/B{url}", f"/atlas/{url}"):
        found = published(text)
        assert found is None or found[0].tzinfo is not None


# -- the other doors -----------------------------------------------------------------------


def room(author: Any, error: Any = None) -> Page:
    state = {"liveroom": {"playList": [{"author": author, "errorType": error}]}}
    script = json.dumps(state).replace("null", "undefined")
    return page(
        f"{kuaishou_live.ROOM}{EID}", f"<script>window.__INITIAL_STATE__={script};</script>"
    )


@pytest.mark.parametrize(
    ("error", "means"),
    [
        ({"type": 1, "title": "主播不存在"}, Trouble.GONE),
        ({"type": 22, "title": "错误代码22"}, Trouble.GONE),
        ({"type": 1, "title": "开小差了"}, Trouble.BLOCKED),
        ({"type": 2, "title": "请求过快，请稍后重试"}, Trouble.BLOCKED),
        ({"type": 7, "title": "主播不存在"}, Trouble.BLOCKED),
        ({}, Trouble.BLOCKED),
        (None, Trouble.BLOCKED),
    ],
)
async def test_a_room_is_gone_only_by_code_and_words_together(error: Any, means: Trouble) -> None:
    with pytest.raises(CollectError) as caught:
        await kuaishou_live.collect(Source("kuaishou_live", EID), Served(room({}, error)))
    assert caught.value.trouble is means


async def test_a_room_never_speaks_of_another_account() -> None:
    theirs = room({"id": OTHER, "name": "三亚发布"})
    with pytest.raises(CollectError, match="another account"):
        await kuaishou_live.collect(
            Source("kuaishou_live", EID, account_name="三亚发布"), Served(theirs)
        )


@pytest.mark.parametrize(
    "link",
    [
        "https://www.kuaishou.com/short-video/3xwork0000001?fid=1",
        "http://www.kuaishou.com/f/X-7abc",
        "https://v.kuaishou.com/7abcde",
        "https://v.m.chenzhongtech.com/fw/photo/3xwork0000001?userId=1",
    ],
)
def test_pasted_links_are_recognised(link: str) -> None:
    source = kuaishou_video.collector.recognise(link)
    assert source is not None
    assert source.settings["links"][0].startswith("https://")


@pytest.mark.parametrize(
    "link",
    [
        "https://www.kuaishou.com/profile/3x1",
        "https://kuaishou.com.evil.example/short-video/3x1",
        "",
    ],
)
def test_other_links_are_none_of_its_own(link: str) -> None:
    assert kuaishou_video.collector.recognise(link) is None


def owner(path: str, value: Any) -> Page:
    return page(f"{API}/{path}", json.dumps(value))


async def test_the_owners_api_is_partial_without_a_filed_name_to_compare() -> None:
    row = {"photo_id": "3x1", "create_time": int(NOON.timestamp() * 1000), "caption": "通知"}
    pages = (
        owner("user_info", {"result": 1, "user_info": {"name": "三亚发布"}}),
        owner("photo/count", {"result": 1, "public_count": 1}),
        owner("photo/list?count=200", {"result": 1, "video_list": [row]}),
    )
    for name, coverage in (("", Coverage.PARTIAL), ("三亚发布", Coverage.COMPLETE)):
        source = Source("kuaishou_api", "open-id", account_name=name)
        got = await kuaishou_api.collect(source, Served(*pages))
        assert (got.coverage, [post.at for post in got.posts]) == (coverage, [NOON])


@pytest.mark.parametrize(
    ("code", "means"),
    [
        (100200108, Trouble.BLOCKED),
        (100200109, Trouble.BLOCKED),
        (100400, Trouble.UNREADABLE),
        (4711, Trouble.UNREADABLE),
        ("1", Trouble.UNREADABLE),
    ],
)
async def test_the_owners_api_says_what_an_operator_must_do(code: Any, means: Trouble) -> None:
    with pytest.raises(CollectError) as caught:
        await kuaishou_api.collect(
            Source("kuaishou_api", "open-id"), Served(owner("user_info", {"result": code}))
        )
    assert caught.value.trouble is means


async def test_a_missing_token_is_told_before_anything_is_asked() -> None:
    with pytest.raises(CollectError, match="app_id and access_token"):
        await kuaishou_api.handshake(Source("kuaishou_api", "open-id"), Served())
