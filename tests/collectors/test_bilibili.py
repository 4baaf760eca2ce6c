"""Bilibili: what its answers prove, and what they do not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.bilibili import CARD, collector
from collectors.bilibili_card import MASTER
from collectors.bilibili_card import collector as card_collector
from tests.collectors.serve import NOW, Served, any_json, page
from watcher.model import CollectError, Coverage, Page, Sighting, Source, Trouble

MID, OTHER = "3990000000101", "2990000000077"
NOON = 1784275200  # 2026-07-17 16:00 in Beijing
API = "https://api.bilibili.com"
LIST, INFO = "/x/polymer/web-dynamic/v1/feed/space", "/x/space/wbi/acc/info"
STAT = "/x/relation/stat"


def row(at: int = NOON, mid: str = MID, kind: str = "DRAW", **fields: Any) -> dict[str, Any]:
    author = {"mid": int(mid), "name": "三亚发布", "pub_ts": at, "pub_time": "3天前"}
    modules = {"module_author": author, "module_dynamic": {"desc": {"text": "通告"}}}
    if fields.pop("pinned", False):
        modules["module_tag"] = {"text": "置顶"}
    return {"id_str": str(at), "modules": modules, "type": f"DYNAMIC_TYPE_{kind}", **fields}


def feed(*rows: Any, more: bool = True, mid: str = MID, **fields: Any) -> Page:
    data = {"items": list(rows), "has_more": more, **fields}
    return page(f"{API}{LIST}?host_mid={mid}", json.dumps({"code": 0, "data": data}))


def info(mid: str = MID, **fields: Any) -> Page:
    data = {"mid": int(mid), "name": "三亚发布", "sign": "", "official": {"type": 1}, **fields}
    return page(f"{API}{INFO}?mid={MID}", json.dumps({"code": 0, "data": data}))


def code(number: int, path: str = LIST, words: str = "", **data: Any) -> Page:
    asked = "host_mid" if path == LIST else "mid"
    said = {"code": number, "message": words, **({"data": data} if data else {})}
    return page(f"{API}{path}?{asked}={MID}", json.dumps(said))


async def read(*pages: Page, handle: str = MID) -> Sighting:
    return await collector.collect(Source("bilibili", handle), Served(*pages))


async def trouble(*pages: Page) -> CollectError:
    with pytest.raises(CollectError) as caught:
        await read(*pages)
    return caught.value


@pytest.mark.parametrize("handle", [MID, f"https://space.bilibili.com/{MID}/dynamic", f"UID:{MID}"])
async def test_the_newest_is_the_latest_own_dynamic_not_the_first_row(handle: str) -> None:
    rows = (row(NOON - 10**6, pinned=True), row(), row(NOON + 60, OTHER), row(NOON - 500))
    got = await read(info(), feed(*rows), handle=handle)
    assert max(post.at for post in got.posts) == datetime.fromtimestamp(NOON, UTC)
    assert got.reaches == datetime.fromtimestamp(NOON - 500, UTC)
    assert got.coverage is Coverage.COMPLETE
    assert [post.pinned for post in got.posts] == [True, False, False]


async def test_a_pinned_dynamic_may_be_the_newest() -> None:
    got = await read(info(), feed(row(NOON, pinned=True), row(NOON - 500)))
    assert max(post.at for post in got.posts) == datetime.fromtimestamp(NOON, UTC)
    assert got.coverage is Coverage.COMPLETE


async def test_only_pinned_dynamics_prove_no_silence() -> None:
    got = await read(info(), feed(row(NOON, pinned=True)))
    assert got.coverage is Coverage.PARTIAL


async def test_a_list_that_ends_reaches_down_to_the_beginning() -> None:
    got = await read(info(), feed(row(), more=False))
    assert (got.coverage, got.reaches) == (Coverage.COMPLETE, None)


async def test_a_forwarded_dynamic_is_a_repost_of_the_one_who_forwards() -> None:
    got = await read(info(), feed(row(kind="FORWARD", orig=row(NOON - 9, OTHER))))
    assert [(post.id, post.repost) for post in got.posts] == [(str(NOON), True)]


async def test_being_live_is_no_post() -> None:
    got = await read(info(), feed(row(kind="LIVE_RCMD"), row(NOON - 500)))
    assert [post.id for post in got.posts] == [str(NOON - 500)]


async def test_rows_out_of_order_prove_no_silence() -> None:
    got = await read(info(), feed(row(NOON - 9000), row(NOON)))
    assert got.coverage is Coverage.PARTIAL


@pytest.mark.parametrize("at", ["3天前", None, 0, int(NOW.timestamp()) + 86400, True])
async def test_a_row_without_a_credible_time_makes_the_list_partial(at: Any) -> None:
    spoiled = row()
    spoiled["modules"]["module_author"]["pub_ts"] = at
    got = await read(info(), feed(spoiled, row(NOON - 500)))
    assert len(got.posts) == 1
    assert got.coverage is Coverage.PARTIAL


@pytest.mark.parametrize("number", [-352, -401, -403, -412, -799, -101])
async def test_refusals_by_code_are_walls(number: int) -> None:
    assert (await trouble(info(), code(number, words="x"))).trouble is Trouble.BLOCKED


async def test_a_good_code_with_a_voucher_is_a_wall() -> None:
    assert (await trouble(info(), code(0, v_voucher="x"))).trouble is Trouble.BLOCKED


@pytest.mark.parametrize(("status", "means"), [(412, Trouble.BLOCKED), (502, Trouble.UNREACHABLE)])
async def test_refusals_by_status(status: int, means: Trouble) -> None:
    refused = page(f"{API}{LIST}?host_mid={MID}", "<html></html>", status)
    assert (await trouble(info(), refused)).trouble is means


async def test_an_empty_list_proves_nothing() -> None:
    assert (await trouble(info(), feed(more=False))).trouble is Trouble.BLOCKED


async def test_a_page_that_asks_for_nothing_is_a_wall() -> None:
    assert (await trouble(info())).trouble is Trouble.BLOCKED


async def test_nobody_by_that_number_is_gone_where_no_dynamic_was_seen() -> None:
    gone = code(-404, INFO, "啥都木有")
    assert (await trouble(gone, feed(more=False))).trouble is Trouble.GONE
    assert (await trouble(gone, code(-352))).trouble is Trouble.BLOCKED
    assert (await read(gone, feed(row()))).posts


async def test_the_words_of_another_answer_are_no_verdict() -> None:
    assert (await trouble(info(), code(-404, LIST, "啥都木有"))).trouble is Trouble.UNREADABLE
    assert (await trouble(code(-404, INFO, "not found"))).trouble is Trouble.UNREADABLE
    theirs = page(f"{API}{INFO}?mid={OTHER}", json.dumps({"code": -404, "message": "啥都木有"}))
    assert (await trouble(theirs)).trouble is Trouble.BLOCKED


async def test_the_older_paths_say_the_same() -> None:
    told, listed = info(), feed(row())
    old = page(told.url.replace("/wbi/", "/"), told.body)
    desk = page(listed.url.replace("/v1/", "/desktop/v1/"), listed.body)
    got = await read(old, desk)
    assert got.profile is not None
    assert (got.profile.bio, len(got.posts)) == ("", 1)


async def test_another_accounts_dynamics_are_unreadable() -> None:
    assert (await trouble(info(), feed(row(mid=OTHER)))).trouble is Trouble.UNREADABLE


async def test_what_was_asked_for_another_account_is_not_looked_at() -> None:
    assert (await trouble(info(), feed(row(), mid=OTHER))).trouble is Trouble.BLOCKED


async def test_another_accounts_profile_is_not_shown() -> None:
    got = await read(info(OTHER, name="别的账号"), feed(row()))
    assert got.profile is not None
    assert got.profile.name == "三亚发布"


async def test_where_the_profile_is_refused_the_card_tells_who_it_is() -> None:
    card = {
        "mid": MID,
        "name": "三亚发布",
        "sign": "简介",
        "Official": {"type": 1, "title": "官方"},
    }
    said = json.dumps({"code": 0, "data": {"card": card, "follower": 12}})
    got = await read(code(-352, INFO), feed(row()), page(f"{CARD}?mid={MID}", said))
    assert got.profile is not None
    assert (got.profile.verified_as, got.profile.followers) == ("官方", 12)


async def test_followers_come_from_the_statistics_of_this_account_only() -> None:
    stat = json.dumps({"code": 0, "data": {"mid": int(MID), "follower": 128431}})
    theirs = json.dumps({"code": 0, "data": {"mid": int(OTHER), "follower": 1}})
    for said, followers in ((stat, 128431), (theirs, None)):
        got = await read(info(), feed(row()), page(f"{API}{STAT}?vmid={MID}", said))
        assert got.profile is not None
        assert got.profile.followers == followers


@pytest.mark.parametrize("handle", ["三亚发布", "0", "12a", "https://space.bilibili.com/video"])
async def test_a_handle_that_is_no_mid_is_named(handle: str) -> None:
    with pytest.raises(CollectError, match="no mid"):
        await read(handle=handle)


async def test_a_card_that_is_refused_leaves_the_live_rooms_face() -> None:
    face = {"uid": int(MID), "uname": "三亚发布", "official_verify": {"type": -1, "desc": ""}}
    said = json.dumps({"code": 0, "data": {"info": face, "follower_num": 6}})
    pages = (page(f"{CARD}?mid={MID}", "", 412), page(f"{MASTER}?uid={MID}", said))
    got = await card_collector.collect(Source("bilibili_card", MID), Served(*pages))
    assert got.profile is not None
    assert (got.profile.verified, got.profile.followers) == (False, 6)
    assert (got.coverage, got.posts) == (Coverage.PARTIAL, ())


@settings(max_examples=100, deadline=None)
@given(st.lists(any_json(), max_size=3), any_json())
async def test_no_json_raises_anything_but_a_reading_that_failed(rows: Any, data: Any) -> None:
    spoiled = page(f"{API}{INFO}?mid={MID}", json.dumps({"code": 0, "data": data}))
    try:
        got = await read(spoiled, feed(*rows))
    except CollectError:
        return
    assert not got.posts
