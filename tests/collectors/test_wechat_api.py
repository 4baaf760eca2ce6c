"""The owner's API: two lists put together, and what each errcode means."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors._wechat_owner import API, handshake
from collectors.wechat_api import collect
from tests.collectors._weibo_stub import NOW, Answers, Turns
from watcher.model import CollectError, Coverage, Page, Request, Sighting, Source, Trouble

BIZ = "MzA5MTIzNDU2Nw=="
SOURCE = Source("wechat_api", BIZ, {"appid": "wx0123456789abcdef", "secret": "s3cr3t"})
NOTES = f"{API}/cgi-bin/freepublish/batchget"
DAYS = f"{API}/datacube/getarticletotaldetail"
FACE = f"{API}/cgi-bin/account/getaccountbasicinfo"
TOKEN = f"{API}/cgi-bin/stable_token"
DENIED = {"errcode": 48001, "errmsg": "api unauthorized"}


def link(number: int, biz: str = BIZ) -> str:
    return f"http://mp.weixin.qq.com/s?__biz={biz}&mid={2247480000 + number}&idx=1&sn=a&chksm=b#rd"


def note(number: int, at: str, **more: Any) -> dict[str, Any]:
    seconds = int(datetime.fromisoformat(at).timestamp())
    item = {"title": f"第{number}条", "url": link(number), "is_deleted": False, **more}
    return {
        "article_id": f"art{number}",
        "update_time": seconds,
        "content": {"news_item": [item]},
    }


def notes(*items: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {"total_count": len(items) if total is None else total, "item": list(items)}


def day(number: int, ref_date: str, biz: str = BIZ) -> dict[str, Any]:
    return {
        "ref_date": ref_date,
        "msgid": f"{2247480000 + number}_1",
        "publish_type": 0,
        "title": f"群发{number}",
        "content_url": link(number, biz),
        "detail_list": [],
    }


def days(*rows: dict[str, Any], delay: bool = False) -> dict[str, Any]:
    return {"list": list(rows), "is_delay": delay}


async def read(first: Any, second: Any = None, face: Any = None) -> Sighting:
    table = {NOTES: first, DAYS: second, FACE: face}
    return await collect(
        SOURCE, Answers({url: said for url, said in table.items() if said is not None})
    )


async def trouble(first: Any, second: Any = None) -> CollectError:
    with pytest.raises(CollectError) as caught:
        await read(first, second)
    return caught.value


async def test_both_lists_together_are_complete_until_yesterday():
    seen = await read(
        notes(note(1, "2026-11-20T09:30:00+08:00"), note(9, "2026-11-23T11:00:00+08:00")),
        days(day(1, "2026-11-20"), day(2, "2026-11-21")),
    )
    assert seen.coverage is Coverage.COMPLETE
    assert seen.until == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # 23 November in Beijing
    assert seen.reaches == datetime(2026, 10, 23, 16, 0, tzinfo=UTC)  # 24 October in Beijing
    posts = {post.id: post for post in seen.posts}
    assert posts["2247480001_1"].at == datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    assert not posts["2247480001_1"].day_only
    assert posts["2247480002_1"].at == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert posts["2247480002_1"].day_only
    assert posts["2247480009_1"].title == "第9条"
    assert all(post.url and post.url.startswith("https://mp.weixin") for post in seen.posts)


async def test_a_later_update_is_an_edit_and_not_the_day_of_publishing():
    seen = await read(notes(note(1, "2026-11-22T08:00:00+08:00")), days(day(1, "2026-11-01")))
    (post,) = seen.posts
    assert (post.at, post.day_only) == (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), True)
    assert post.edited_at == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


async def test_an_empty_month_is_proved_by_the_daily_figures():
    seen = await read(notes(), days())
    assert (seen.coverage, seen.posts) == (Coverage.COMPLETE, ())
    assert seen.reaches is not None


async def test_publishing_without_the_daily_figures_proves_no_silence():
    for second in (DENIED, None, {"errcode": 45009, "errmsg": "quota"}):
        seen = await read(notes(note(1, "2026-11-20T09:30:00+08:00")), second)
        assert (seen.coverage, len(seen.posts)) == (Coverage.PARTIAL, 1)
        assert seen.until is None


async def test_the_daily_figures_alone_are_complete():
    seen = await read(DENIED, days(day(2, "2026-11-21")))
    assert (seen.coverage, len(seen.posts)) == (Coverage.COMPLETE, 1)


@pytest.mark.parametrize("second", [DENIED, None])
async def test_an_account_that_may_use_neither_list_is_a_wall(second):
    error = await trouble(DENIED, second)
    assert error.trouble is Trouble.BLOCKED
    assert "48001" in error.detail


async def test_delayed_figures_prove_one_day_less():
    late, settled = days(day(2, "2026-11-21"), delay=True), days(day(2, "2026-11-21"))
    seen = await read(notes(), Turns(late, settled))
    assert seen.coverage is Coverage.COMPLETE
    assert seen.until == datetime(2026, 11, 21, 16, 0, tzinfo=UTC)


async def test_figures_delayed_twice_prove_nothing():
    seen = await read(notes(), Turns(days(delay=True), {"errcode": 61503}))
    assert seen.coverage is Coverage.PARTIAL


async def test_a_refused_range_is_asked_day_by_day():
    def answer(request: Request) -> dict[str, Any]:
        begin, end = request.json["begin_date"], request.json["end_date"]
        if begin != end:
            return {"errcode": 61501, "errmsg": "date range error"}
        return days(day(2, "2026-11-21")) if begin == "2026-11-21" else days()

    seen = await read(notes(), answer)
    assert (seen.coverage, len(seen.posts)) == (Coverage.COMPLETE, 1)
    assert seen.reaches == datetime(2026, 11, 15, 16, 0, tzinfo=UTC)
    assert seen.until == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)


async def test_a_hole_between_the_days_ends_what_is_proved():
    def answer(request: Request) -> dict[str, Any]:
        begin, end = request.json["begin_date"], request.json["end_date"]
        return {"errcode": 61501} if begin != end else days(delay=begin == "2026-11-20")

    seen = await read(notes(), answer)
    assert seen.reaches == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


async def test_no_day_before_the_figures_began_is_claimed():
    fetch = Answers({NOTES: notes(), DAYS: days()}, datetime(2025, 11, 5, 4, 0, tzinfo=UTC))
    assert (await collect(SOURCE, fetch)).reaches == datetime(2025, 10, 31, 16, 0, tzinfo=UTC)


async def test_publishing_is_read_to_its_last_page():
    pages = [
        notes(*(note(20 * p + n, "2026-11-20T09:30:00+08:00") for n in range(20)), total=45)
        for p in range(2)
    ]
    last = notes(*(note(40 + n, "2026-11-20T09:30:00+08:00") for n in range(5)), total=45)
    fetch = Answers({NOTES: Turns(*pages, last)})
    assert len((await collect(SOURCE, fetch)).posts) == 45
    asked = [request.json["offset"] for request in fetch.asked if "batchget" in request.url]
    assert asked == [0, 20, 40]


async def test_deleted_articles_are_left_out():
    seen = await read(notes(note(1, "2026-11-20T09:30:00+08:00", is_deleted=True)), days())
    assert seen.posts == ()


async def test_an_article_of_another_account_is_refused():
    stranger = days(day(2, "2026-11-21", biz="MzA5OTk5OTk5OQ=="))
    assert (await trouble(notes(), stranger)).trouble is Trouble.UNREADABLE


async def test_the_profile_comes_where_it_is_permitted():
    face = {
        "errcode": 0,
        "appid": "wx0123456789abcdef",
        "nickname": "三亚发布",
        "principal_name": "三亚市人民政府新闻办公室",
        "wx_verify_info": {"qualification_verify": True, "naming_verify": True},
        "signature_info": {"signature": "发布三亚政务"},
        "head_image_info": {"head_image_url": "http://mmbiz.qpic.cn/mmbiz/HeAd/0"},
    }
    profile = (await read(notes(), days(), face)).profile
    assert profile is not None
    assert (profile.name, profile.verified, profile.avatar) == ("三亚发布", True, "HeAd")
    assert profile.verified_as == "三亚市人民政府新闻办公室"
    assert (await read(notes(), days(), DENIED)).profile is None
    with pytest.raises(CollectError, match="wrong account"):
        await read(notes(), days(), face | {"appid": "wxother"})


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_refused_token_is_renewed_once(code):
    stale = {"errcode": code, "errmsg": "invalid credential"}
    fetch = Answers({NOTES: Turns(stale, notes()), DAYS: days()})
    assert (await collect(SOURCE, fetch)).coverage is Coverage.COMPLETE
    assert [request.renew for request in fetch.asked[:3]] == [False, True, False]
    error = await trouble(stale)
    assert (error.trouble, str(code) in error.detail) == (Trouble.BLOCKED, True)


async def test_a_token_is_never_shared_with_another_account():
    other = Source("wechat_api", "gh_b", {"appid": "wxother", "secret": "x"})
    names = set()
    for source in (SOURCE, other):
        fetch = Answers({NOTES: notes()})
        await collect(source, fetch)
        names |= {request.session for request in fetch.asked}
    assert len(names) == 2


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ({"errcode": -1, "errmsg": "system error"}, Trouble.UNREACHABLE),
        ({"errcode": 40013}, Trouble.BLOCKED),
        ({"errcode": 40125}, Trouble.BLOCKED),
        ({"errcode": 40164}, Trouble.BLOCKED),
        ({"errcode": 45009}, Trouble.BLOCKED),
        ({"errcode": 45011}, Trouble.BLOCKED),
        ({"errcode": 47009}, Trouble.UNREADABLE),
        ({"errcode": 50002}, Trouble.BLOCKED),
        ({"errcode": 61007}, Trouble.BLOCKED),
        ({"errcode": 99999}, Trouble.UNREADABLE),
        ({"errcode": "no"}, Trouble.UNREADABLE),
        ({"ret": 0, "errmsg": "ok", "msg_count": 0}, Trouble.BLOCKED),
        ({"hello": 1}, Trouble.UNREADABLE),
        ("", Trouble.BLOCKED),
        ("<html>", Trouble.UNREADABLE),
        (Page(NOTES, 502, b"", NOW), Trouble.UNREACHABLE),
        (Page(NOTES, 404, b"{}", NOW), Trouble.UNREADABLE),
        (notes(note(1, "2026-11-20T09:30:00+08:00") | {"update_time": 0}), Trouble.UNREADABLE),
    ],
)
async def test_each_errcode_means_what_wechat_means(said, means):
    assert (await trouble(said)).trouble is means


@pytest.mark.parametrize(
    "said", [{"is_delay": False}, days(day(1, "soon")), days(day(1, "2026-11-20") | {"msgid": 5})]
)
async def test_daily_figures_that_are_not_understood_are_said_so(said):
    assert (await trouble(notes(), said)).trouble is Trouble.UNREADABLE


async def test_the_handshake_buys_a_token_in_secret():
    fetch = Answers({TOKEN: {"access_token": "t" * 512, "expires_in": 7200}})
    session = await handshake(SOURCE, fetch)
    assert session.params == {"access_token": "t" * 512}
    assert session.lifetime == 6900
    (request,) = fetch.asked
    assert request.secret
    assert request.json["secret"] == "s3cr3t"
    assert request.json["force_refresh"] is False


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ({"errcode": 40125, "errmsg": "invalid appsecret s3cr3t"}, Trouble.BLOCKED),
        ({"errcode": 40164}, Trouble.BLOCKED),
        ({"access_token": "", "expires_in": 7200}, Trouble.UNREADABLE),
        ({"access_token": "t"}, Trouble.UNREADABLE),
    ],
)
async def test_a_refused_handshake_says_why_without_the_secret(said, means):
    with pytest.raises(CollectError) as caught:
        await handshake(SOURCE, Answers({TOKEN: said}))
    assert caught.value.trouble is means
    assert "s3cr3t" not in caught.value.detail


async def test_missing_credentials_are_the_operators_to_give():
    fetch = Answers({TOKEN: {"errcode": 41002, "errmsg": "appid missing"}})
    with pytest.raises(CollectError, match="need an appid"):
        await handshake(Source("wechat_api", BIZ), fetch)


@pytest.mark.parametrize("where", [NOTES, DAYS, FACE])
async def test_a_named_waiting_time_is_passed_on(where):
    wall = CollectError(Trouble.BLOCKED, "429", retry_after=1800.0)
    with pytest.raises(CollectError) as caught:
        await collect(SOURCE, Answers({NOTES: notes(), DAYS: days(), where: wall}))
    assert caught.value.retry_after == 1800.0


VALUES = st.sampled_from([None, True, -1, 10**30, 1.5, "", "x", "\ud800", [], {}, [[]], "9" * 5000])


@settings(max_examples=150, deadline=None)
@given(
    place=st.sampled_from(
        [(0, "item"), (0, "item", 0), (0, "item", 0, "content"), (0, "item", 0, "update_time"),
         (0, "item", 0, "content", "news_item"), (0, "item", 0, "content", "news_item", 0),
         (0, "item", 0, "content", "news_item", 0, "url"), (0, "total_count"), (1, "list"),
         (1, "list", 0), (1, "list", 0, "ref_date"), (1, "list", 0, "msgid"), (1, "is_delay"),
         (1, "list", 0, "content_url"), (1, "list", 0, "title"), (1, "errcode"), (0, "errcode")]
    ),
    new=VALUES,
)  # fmt: skip
async def test_a_mutated_answer_is_refused_or_read(place, new):
    answers: Any = [notes(note(1, "2026-11-20T09:30:00+08:00")), days(day(2, "2026-11-21"))]
    answers = copy.deepcopy(answers)
    inner = answers
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = new
    try:
        seen = await read(*answers)
    except CollectError:
        return
    assert all(post.id for post in seen.posts)
