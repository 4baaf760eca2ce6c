"""The owners' own APIs of 微博, 抖音, Bilibili and 百家号: what their answers and codes mean."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import Collector
from collectors.baijiahao_api import collector as baijiahao
from collectors.bilibili_api import collector as bilibili
from collectors.bilibili_api import signed
from collectors.douyin_api import collector as douyin
from collectors.weibo_api import collector as weibo
from tests.collectors.serve import NOW, any_json, page
from watcher.model import CollectError, Coverage, Page, Request, Sighting, Source, Trouble

NOON = 1784275200  # 2026-07-17 16:00 in Beijing
NAME, UID, APP = "三亚发布", "9900000101", "1799000000000101"


class Calls:
    """Answers by the end of a path; those of a tuple in turn, the last again and again."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = {k: list(v) if isinstance(v, tuple) else [v] for k, v in answers.items()}
        self.asked: list[Request] = []

    async def __call__(self, request: Request) -> Page:
        self.asked.append(request)
        path = request.url.partition("?")[0].rstrip("/")
        for end, said in self.answers.items():
            if path.endswith(end):
                told = said.pop(0) if len(said) > 1 else said[0]
                return told if isinstance(told, Page) else page(request.url, json.dumps(told))
        raise CollectError(Trouble.UNREACHABLE, f"{path} is not served")


@dataclass(frozen=True, slots=True)
class Api:
    """One of the four: its collector, its source, and good answers."""

    collector: Collector
    source: Source
    good: Mapping[str, Any]


def status(at: int = NOON, uid: str = UID, **fields: Any) -> dict[str, Any]:
    local = datetime.fromtimestamp(at, timezone(timedelta(hours=8)))
    day = f"{local:%a %b %d %H:%M:%S +0800 %Y}"
    return {"id": at, "created_at": day, "text": "通告", "user": {"id": int(uid)}, **fields}


def user(total: Any = 2) -> dict[str, Any]:
    return {"id": int(UID), "screen_name": NAME, "statuses_count": total}


def work(at: int = NOON, **fields: Any) -> dict[str, Any]:
    share = f"https://www.iesdouyin.com/share/video/{at << 32}/?region=CN"
    return {"item_id": f"@{at}", "create_time": at, "title": "通告", "share_url": share, **fields}


def works(*rows: Any, more: Any = True) -> dict[str, Any]:
    return {"data": {"error_code": 0, "list": rows, "has_more": more}, "extra": {"error_code": 0}}


def video(at: int = NOON, state: int = 0) -> dict[str, Any]:
    return {"resource_id": f"BV{at}", "ptime": at, "title": "通告", "addit_info": {"state": state}}


def article(number: int = 7, at: Any = "2026-07-17 16:00:00") -> dict[str, Any]:
    return {"article_id": str(number), "updated_at": at, "title": "通告"}


def articles(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"errno": 0, "data": {"items": {r["article_id"]: r for r in rows}, "page": {}}}


OPEN = {"open_id": "mine", "access_token": "t"}
FACE = {"data": {"open_id": "mine", "nickname": NAME}, "err_no": 0}
WEIBO = Api(
    weibo,
    Source("weibo_api", UID, {"access_token": "t"}, NAME),
    {"show.json": user(), "user_timeline.json": {"statuses": [status(), status(NOON - 9)]}},
)
DOUYIN = Api(
    douyin,
    Source("douyin_api", "MS4wLjABAAAAmine", OPEN, NAME),
    {"video_list": works(work(), work(NOON - 9)), "userinfo": FACE},
)
BILIBILI = Api(
    bilibili,
    Source("bilibili_api", "399", {"access_token": "t", "app_secret": "s"}, NAME),
    {
        "info": {"code": 0, "data": {"name": NAME, "openid": "mine"}},
        "stat": {"code": 0, "data": {"follower": 6}},
        "viewlist": {"code": 0, "data": {"list": [video(), video(NOON + 9, -30)]}},
    },
)
BAIJIAHAO = Api(
    baijiahao,
    Source("baijiahao_api", APP, {"app_token": "t"}, NAME),
    {
        "articleListall": articles(article(), article(8, "2026-07-16 16:00")),
        "fansListall": {"errno": 0, "data": {"page": {"total_count": 6}, "items": []}},
    },
)
ALL = pytest.mark.parametrize(
    "api", [WEIBO, DOUYIN, BILIBILI, BAIJIAHAO], ids=["weibo", "douyin", "bilibili", "baijiahao"]
)


async def read(api: Api, **other: Any) -> Sighting:
    answers = {**api.good, **{name.replace("__", "."): said for name, said in other.items()}}
    return await api.collector.collect(api.source, Calls(answers))


async def trouble(api: Api, **other: Any) -> CollectError:
    with pytest.raises(CollectError) as caught:
        await read(api, **other)
    return caught.value


@ALL
async def test_every_request_carries_a_credential_and_is_kept_out_of_logs(api: Api) -> None:
    calls = Calls(api.good)
    await api.collector.collect(api.source, calls)
    assert calls.asked
    assert all(request.secret for request in calls.asked)
    assert not any("=t&" in f"{request.url}&" for request in calls.asked)


@ALL
@pytest.mark.parametrize(
    ("said", "means"),
    [
        (page("https://x.cn/", "", 200), Trouble.BLOCKED),
        (page("https://x.cn/", "<html>", 403), Trouble.BLOCKED),
        (page("https://x.cn/", "<html>", 502), Trouble.UNREACHABLE),
        (page("https://x.cn/", "<html>", 200), Trouble.UNREADABLE),
        (page("https://x.cn/", '{"data": {"v9": 1}, "code": 0, "errno": 0}'), Trouble.UNREADABLE),
    ],
)
async def test_what_is_no_answer_is_no_sighting(api: Api, said: Page, means: Trouble) -> None:
    lists = ("user_timeline.json", "video_list", "viewlist", "articleListall")
    name = next(name for name in api.good if name in lists)
    with pytest.raises(CollectError) as caught:
        await api.collector.collect(api.source, Calls({**api.good, name: said}))
    assert caught.value.trouble is means


@pytest.mark.parametrize(
    ("code", "means"),
    [
        (21327, Trouble.BLOCKED),
        (21332, Trouble.BLOCKED),
        (21335, Trouble.BLOCKED),
        (10014, Trouble.BLOCKED),
        (10023, Trouble.BLOCKED),
        (10002, Trouble.UNREACHABLE),
        (20003, Trouble.GONE),
        (99999, Trouble.UNREADABLE),
    ],
)
async def test_weibos_codes(code: int, means: Trouble) -> None:
    said = {"error_code": code, "error": "x"}
    error = await trouble(WEIBO, show__json=said, user_timeline__json=said)
    assert error.trouble is means
    assert str(code) in error.detail


@pytest.mark.parametrize(
    ("code", "means"),
    [
        (28001003, Trouble.BLOCKED),
        (2190008, Trouble.BLOCKED),
        (28001012, Trouble.BLOCKED),
        (28001018, Trouble.BLOCKED),
        (28001047, Trouble.BLOCKED),
        (28003017, Trouble.BLOCKED),
        (28001045, Trouble.GONE),
        (28001046, Trouble.BANNED),
        (2100009, Trouble.BANNED),
        (28001005, Trouble.UNREACHABLE),
        (28001056, Trouble.UNREADABLE),
        (12345678, Trouble.UNREADABLE),
    ],
)
async def test_douyins_codes_in_both_envelopes(code: int, means: Trouble) -> None:
    old = {"data": {"error_code": code, "description": "x"}, "extra": {"error_code": code}}
    new = {"err_no": code, "err_msg": "x", "data": None}
    for said in (old, new):
        error = await trouble(DOUYIN, video_list=said)
        assert error.trouble is means
        assert str(code) in error.detail


@pytest.mark.parametrize(
    ("code", "means"),
    [
        (127001, Trouble.BLOCKED),
        (122007, Trouble.BLOCKED),
        (127011, Trouble.BLOCKED),
        (4004, Trouble.BLOCKED),
        (127009, Trouble.BLOCKED),
        (127200, Trouble.UNREACHABLE),
        (1, Trouble.UNREADABLE),
    ],
)
async def test_bilibilis_codes(code: int, means: Trouble) -> None:
    assert (await trouble(BILIBILI, info={"code": code, "message": "x"})).trouble is means


@pytest.mark.parametrize(
    ("code", "means"),
    [
        (60001001, Trouble.BLOCKED),
        (60000005, Trouble.BLOCKED),
        (10002, Trouble.BLOCKED),
        (60000009, Trouble.GONE),
        (60000020, Trouble.UNREACHABLE),
        (80000107, Trouble.UNREADABLE),
    ],
)
async def test_baijiahaos_codes(code: int, means: Trouble) -> None:
    said = {"errno": code, "errmsg": "x", "data": {}}
    assert (await trouble(BAIJIAHAO, articleListall=said)).trouble is means


# -- 微博 ----------------------------------------------------------------------------------


async def test_weibo_shows_its_owner_everything_there_is() -> None:
    got = await read(WEIBO)
    assert (got.coverage, got.reaches, len(got.posts)) == (Coverage.COMPLETE, None, 2)


async def test_weibos_full_list_reaches_down_to_its_oldest_post() -> None:
    rows = [status(NOON - n) for n in range(30)]
    got = await read(WEIBO, show__json=user(900), user_timeline__json={"statuses": rows})
    assert (got.coverage, got.reaches) == (
        Coverage.COMPLETE,
        datetime.fromtimestamp(NOON - 29, UTC),
    )


async def test_weibos_newest_five_prove_no_silence() -> None:
    rows = [status(NOON - n) for n in range(5)]
    got = await read(WEIBO, show__json=user(900), user_timeline__json={"statuses": rows})
    assert got.coverage is Coverage.PARTIAL


async def test_what_only_friends_may_see_on_weibo_is_no_public_post() -> None:
    rows = [status(visible={"type": 1}), status(NOON - 9, visible={"type": 0})]
    got = await read(WEIBO, user_timeline__json={"statuses": rows})
    assert [post.id for post in got.posts] == [str(NOON - 9)]


async def test_without_leave_to_read_the_profile_the_posts_tell_whose_they_are() -> None:
    refused = {"error_code": 10014, "error": "Insufficient app permissions!"}
    rows = {"statuses": [status(user={**user(), "id": int(UID)})]}
    got = await read(WEIBO, show__json=refused, user_timeline__json=rows)
    assert got.profile is not None
    assert (got.profile.name, len(got.posts)) == (NAME, 1)
    none = {"statuses": []}
    error = await trouble(WEIBO, show__json=refused, user_timeline__json=none)
    assert error.trouble is Trouble.BLOCKED


async def test_an_empty_weibo_is_believed_only_where_it_counts_zero() -> None:
    none = {"statuses": []}
    assert (await trouble(WEIBO, user_timeline__json=none)).trouble is Trouble.BLOCKED
    got = await read(WEIBO, show__json=user(0), user_timeline__json=none)
    assert got.coverage is Coverage.COMPLETE


async def test_another_weibo_account_is_unreadable() -> None:
    theirs = {"statuses": [status(), status(uid="9900000999")]}
    assert (await trouble(WEIBO, user_timeline__json=theirs)).trouble is Trouble.UNREADABLE
    other = {**user(), "id": 9900000999}
    assert (await trouble(WEIBO, show__json=other)).trouble is Trouble.UNREADABLE


async def test_weibos_token_goes_with_the_session_not_in_the_address() -> None:
    assert weibo.handshake is not None
    session = await weibo.handshake(WEIBO.source, Calls({}))
    assert session.params == {"access_token": "t"}


# -- 抖音 ----------------------------------------------------------------------------------


async def test_douyins_pinned_work_does_not_hide_the_newest() -> None:
    rows = works(work(NOON - 10**7, is_top=True), work(), work(NOON - 9))
    got = await read(DOUYIN, video_list=rows)
    assert (got.coverage, got.reaches) == (Coverage.COMPLETE, datetime.fromtimestamp(NOON - 9, UTC))
    assert [post.pinned for post in got.posts] == [True, False, False]


async def test_a_work_bears_the_number_of_its_public_page() -> None:
    got = await read(DOUYIN)
    assert got.posts[0].id == str(NOON << 32)
    bare = await read(DOUYIN, video_list=works(work(share_url="")))
    assert bare.posts[0].id == f"@{NOON}"


async def test_a_work_under_review_proves_no_silence() -> None:
    got = await read(DOUYIN, video_list=works(work(is_reviewed=False), work(NOON - 9), more=False))
    assert (len(got.posts), got.coverage) == (1, Coverage.PARTIAL)


async def test_an_empty_list_of_works_proves_nothing() -> None:
    assert (await trouble(DOUYIN, video_list=works(more=False))).trouble is Trouble.BLOCKED


async def test_an_expired_token_is_prolonged_once_where_that_can_be_done() -> None:
    expired = {"data": {"error_code": 28001008}, "extra": {}}
    new = {"data": {"error_code": 0, "access_token": "new"}}
    calls = Calls({**DOUYIN.good, "video_list": (expired, works(work())), "refresh_token": new})
    settings = {**OPEN, "client_key": "k", "refresh_token": "r"}
    source = Source("douyin_api", "MS4wLjABAAAAmine", settings, NAME)
    assert (await douyin.collect(source, calls)).posts
    assert [request.headers.get("access-token") for request in calls.asked[:3]] == [
        "t",
        None,
        "new",
    ]
    assert calls.asked[1].form == {
        "client_key": "k",
        "grant_type": "refresh_token",
        "refresh_token": "r",
    }


async def test_a_refresh_token_that_ended_asks_the_owner() -> None:
    expired = {"data": {"error_code": 28001008}, "extra": {}}
    ended = {"data": {"error_code": 10010, "description": "x"}}
    calls = Calls({"video_list": expired, "refresh_token": ended})
    source = Source("douyin_api", "x", {**OPEN, "client_key": "k", "refresh_token": "r"}, NAME)
    with pytest.raises(CollectError, match="authorise again") as caught:
        await douyin.collect(source, calls)
    assert caught.value.trouble is Trouble.BLOCKED


async def test_a_face_of_another_open_id_is_unreadable_and_a_refused_one_is_left_out() -> None:
    theirs = {"data": {"open_id": "theirs", "nickname": "别的账号"}, "err_no": 0}
    assert (await trouble(DOUYIN, userinfo=theirs)).trouble is Trouble.UNREADABLE
    got = await read(DOUYIN, userinfo={"err_no": 28001012, "err_msg": "x", "data": None})
    assert (got.profile, len(got.posts)) == (None, 2)


# -- Bilibili ------------------------------------------------------------------------------


async def test_videos_prove_no_silence_and_only_public_ones_count() -> None:
    got = await read(BILIBILI)
    assert ([post.id for post in got.posts], got.coverage) == ([f"BV{NOON}"], Coverage.PARTIAL)
    assert got.profile is not None
    assert got.profile.followers == 6


def test_a_call_is_signed_over_its_sorted_lines() -> None:
    source = Source("bilibili_api", "399", {"client_id": "id", "app_secret": "s"})
    headers = signed(source, "1784275200", "n")
    text = (
        "x-bili-accesskeyid:id\n"
        "x-bili-content-md5:d41d8cd98f00b204e9800998ecf8427e\n"
        "x-bili-signature-method:HMAC-SHA256\n"
        "x-bili-signature-nonce:n\n"
        "x-bili-signature-version:2.0\n"
        "x-bili-timestamp:1784275200"
    )
    assert headers["Authorization"] == hmac.new(b"s", text.encode(), hashlib.sha256).hexdigest()


async def test_another_owners_token_is_unreadable() -> None:
    theirs = {"code": 0, "data": {"name": "别的账号", "openid": "theirs"}}
    assert (await trouble(BILIBILI, info=theirs)).trouble is Trouble.UNREADABLE
    filed = Source("bilibili_api", "399", {"openid": "mine"}, "旧名字")
    assert (await bilibili.collect(filed, Calls(BILIBILI.good))).posts
    with pytest.raises(CollectError, match="another openid"):
        await bilibili.collect(filed, Calls({**BILIBILI.good, "info": theirs}))


# -- 百家号 --------------------------------------------------------------------------------


async def test_articles_have_no_time_but_that_of_their_last_change() -> None:
    got = await read(BAIJIAHAO)
    assert [post.at.isoformat() for post in got.posts] == [
        "2026-07-17T08:00:00+00:00",
        "2026-07-16T08:00:00+00:00",
    ]
    assert got.coverage is Coverage.PARTIAL
    assert got.profile is not None
    assert (got.profile.name, got.profile.followers) == (NAME, 6)


@pytest.mark.parametrize(
    ("at", "day_only"), [(NOON, False), (str(NOON), False), ("2026-07-17", True)]
)
async def test_the_form_of_that_time_is_not_documented(at: Any, day_only: bool) -> None:
    got = await read(BAIJIAHAO, articleListall=articles(article(at=at)))
    assert got.posts[0].day_only is day_only


async def test_articles_of_the_future_and_drafts_are_left_out() -> None:
    later = article(at=int(NOW.timestamp()) + 86400)
    draft = {**article(9), "collection": "draft"}
    got = await read(BAIJIAHAO, articleListall=articles(later, draft, article(8)))
    assert [post.id for post in got.posts] == ["8"]


@ALL
@settings(max_examples=60, deadline=None)
@given(st.data())
async def test_no_json_raises_anything_but_a_reading_that_failed(api: Api, data: Any) -> None:
    answers = {name: data.draw(any_json() | st.just(said)) for name, said in api.good.items()}
    try:
        await api.collector.collect(api.source, Calls(answers))
    except CollectError:
        return
