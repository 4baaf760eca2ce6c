"""Douyin: what its answers prove, and what they do not."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.douyin import collector
from tests.collectors.serve import NOW, Served, any_json, page
from watcher.model import CollectError, Coverage, Page, Sighting, Source, Trouble

SEC = "MS4wLjABAAAAours"
OTHER = "MS4wLjABAAAAtheirs"
USER = f"https://www.douyin.com/user/{SEC}"
PROFILE = f"https://www.douyin.com/aweme/v1/web/user/profile/other/?sec_user_id={SEC}"
LIST = f"https://www-hj.douyin.com/aweme/v1/web/aweme/post/?sec_user_id={SEC}"
PHONE = f"https://m.douyin.com/web/api/v2/aweme/post/?sec_uid={SEC}"
NOON = 1784275200  # 2026-07-17 16:00 in Beijing


def profile(**fields: Any) -> Page:
    user = {"sec_uid": SEC, "uid": "990", "nickname": "三亚发布", "aweme_count": 2, **fields}
    return page(PROFILE, json.dumps({"status_code": 0, "user": user}))


def work(at: int | None = NOON, **fields: Any) -> dict[str, Any]:
    number = ((at or NOON) - 30 << 32) | 77
    author = {"sec_uid": SEC, "uid": "990", "nickname": "三亚发布"}
    return {"aweme_id": str(number), "create_time": at, "desc": "通知", "author": author, **fields}


def works(*rows: Any, url: str = LIST, more: int = 0, **fields: Any) -> Page:
    return page(url, json.dumps({"status_code": 0, "aweme_list": rows, "has_more": more, **fields}))


async def read(*pages: Page, handle: str = SEC, **settings: Any) -> Sighting:
    return await collector.collect(Source("douyin", handle, settings), Served(*pages))


async def trouble(*pages: Page) -> CollectError:
    with pytest.raises(CollectError) as caught:
        await read(*pages)
    return caught.value


async def test_a_list_that_holds_all_the_profile_counts_is_complete_to_the_beginning() -> None:
    got = await read(profile(), works(work(), work(NOON - 100)))
    assert got.coverage is Coverage.COMPLETE
    assert got.reaches is None


async def test_a_list_shorter_than_the_profile_counts_is_partial() -> None:
    got = await read(profile(aweme_count=900), works(work()))
    assert got.coverage is Coverage.PARTIAL


async def test_a_list_that_goes_on_reaches_down_to_its_oldest_unpinned_work() -> None:
    rows = (work(NOON - 10**7, is_top=1), work(NOON), work(NOON - 500))
    got = await read(profile(aweme_count=900), works(*rows, more=1))
    assert got.coverage is Coverage.COMPLETE
    assert got.reaches == datetime.fromtimestamp(NOON - 500, UTC)
    assert [post.pinned for post in got.posts] == [True, False, False]


async def test_several_pages_of_a_list_are_one() -> None:
    second = f"{LIST}&max_cursor=1"
    got = await read(
        profile(aweme_count=2), works(work(), more=1), works(work(NOON - 9), url=second)
    )
    assert len(got.posts) == 2
    assert got.reaches is None


async def test_the_second_page_is_left_alone_when_the_first_showed_everything() -> None:
    fetch = Served(profile(), works(work(), work(NOON - 1)))
    await collector.collect(Source("douyin", SEC), fetch)
    assert [request.url for request in fetch.asked] == [USER]


async def test_a_list_without_times_takes_them_from_the_ids() -> None:
    got = await read(profile(), works(work(create_time=None), url=PHONE, more=1))
    assert got.posts[0].at == datetime.fromtimestamp(NOON - 30, UTC)


async def test_an_id_too_large_for_a_float_keeps_its_digits() -> None:
    got = await read(profile(aweme_count=1), works(work(aweme_id=7663403502214963777)))
    assert got.posts[0].id == "7663403502214963777"


async def test_pictures_are_notes_and_the_rest_are_videos() -> None:
    got = await read(profile(), works(work(images=[{"uri": "a"}]), work(NOON - 1)))
    assert [str(post.url).split("/")[3] for post in got.posts] == ["note", "video"]


@pytest.mark.parametrize("flag", ["is_delete", "is_prohibited", "private_status", "in_reviewing"])
async def test_works_that_nobody_may_see_are_left_out(flag: str) -> None:
    got = await read(profile(), works(work(), work(NOON - 1, status={flag: 1})))
    assert len(got.posts) == 1
    assert got.coverage is Coverage.COMPLETE


async def test_a_work_without_a_credible_time_makes_the_list_partial() -> None:
    got = await read(profile(), works(work(), work(int(NOW.timestamp()) + 86400)))
    assert len(got.posts) == 1
    assert got.coverage is Coverage.PARTIAL


async def test_other_peoples_works_are_left_out() -> None:
    theirs = work(NOON + 60, author={"sec_uid": OTHER, "uid": "990", "unique_id": SEC})
    got = await read(profile(), works(theirs, work(), work(NOON - 1)))
    assert max(post.at for post in got.posts) == datetime.fromtimestamp(NOON, UTC)


async def test_rows_without_an_author_count_only_if_the_page_asked_for_this_account() -> None:
    bare = work(author=None)
    assert (await read(profile(), works(bare))).posts
    unasked = "https://www.douyin.com/aweme/v1/web/aweme/post/"
    assert (await trouble(profile(), works(bare, url=unasked))).trouble is Trouble.UNREADABLE


async def test_a_list_that_was_asked_for_somebody_else_is_not_looked_at() -> None:
    url = f"https://www.douyin.com/aweme/v1/web/aweme/post/?sec_user_id={OTHER}"
    got = await read(profile(), works(work(author=None), url=url), works(work(), work(NOON - 1)))
    assert len(got.posts) == 2


async def test_an_answer_from_a_foreign_host_is_not_looked_at() -> None:
    url = "https://douyin.com.evil.example/aweme/v1/web/aweme/post/"
    assert (await trouble(works(work(), url=url))).trouble is Trouble.BLOCKED


async def test_an_empty_list_beside_a_profile_that_counts_zero_is_an_empty_account() -> None:
    got = await read(profile(aweme_count=0), works())
    assert got.posts == ()
    assert got.coverage is Coverage.COMPLETE


@pytest.mark.parametrize(
    "pages",
    [
        (profile(aweme_count=3), works()),
        (works(),),
        (profile(aweme_count=0, secret=1), works()),
        (profile(), page(LIST, "")),
        (profile(), page(LIST, "blocked")),
        (profile(), page(LIST, '{"status_code":8,"aweme_list":[]}')),
        (page(USER, "<title>验证码中间页</title>"),),
        (page(USER, ""),),
        (page(USER, "<p>用户不存在</p>", 404),),
    ],
)
async def test_nothing_to_see_is_a_wall_unless_zero_is_proved(pages: tuple[Page, ...]) -> None:
    assert (await trouble(*pages)).trouble is Trouble.BLOCKED


async def test_a_profile_without_any_list_is_partial_and_never_an_empty_account() -> None:
    for count in (0, 7):
        got = await read(profile(aweme_count=count))
        assert got.coverage is Coverage.PARTIAL


async def test_the_page_saying_that_there_are_no_works_is_believed_with_a_count_of_zero() -> None:
    said = page(USER, "<p>暂无内容</p><p>该账号还未发布过作品哦～</p>")
    assert (await read(said, profile(aweme_count=0))).coverage is Coverage.COMPLETE
    assert (await read(said, profile(aweme_count=9))).coverage is Coverage.PARTIAL


async def test_the_platforms_own_words_make_banned_but_not_those_of_a_bio() -> None:
    banned = page(USER, "<div><p>账号已被封禁</p>由于违反《抖音社区自律公约》</div>")
    assert (await trouble(banned, works())).trouble is Trouble.BANNED
    bio = "账号已被封禁，请关注新号"
    quoted = page(USER, f"<p>{bio}</p>")
    assert (await trouble(quoted, profile(signature=bio), works())).trouble is Trouble.BLOCKED
    assert (await read(banned, profile(), works(work(), work(NOON - 1)))).posts


async def test_flags_of_the_profile_say_banned_and_gone_only_of_this_account() -> None:
    assert (await trouble(profile(is_ban=True))).trouble is Trouble.BANNED
    assert (await trouble(profile(user_canceled=True))).trouble is Trouble.GONE
    theirs = profile(sec_uid=OTHER, user_canceled=True)
    assert (await trouble(theirs)).trouble is Trouble.UNREADABLE


async def test_a_badge_is_its_text_and_not_its_flags() -> None:
    flags = {"verification_type": 1, "is_verified": True, "custom_verify": ""}
    got = (await read(profile(**flags))).profile
    assert got is not None
    assert got.verified is False
    cert = json.dumps({"label_text": "三亚市人民政府"}, ensure_ascii=False)
    got = (await read(profile(custom_verify="", account_cert_info=cert))).profile
    assert got is not None
    assert (got.verified, got.verified_as) == (True, "三亚市人民政府")
    got = (await read(profile())).profile
    assert got is not None
    assert got.verified is None


async def test_without_a_profile_the_author_of_the_works_is_the_face() -> None:
    got = await read(works(work(), more=1))
    assert got.profile is not None
    assert (got.profile.name, got.profile.followers) == ("三亚发布", None)
    assert got.coverage is Coverage.COMPLETE


async def test_a_link_pasted_as_handle_is_taken_apart() -> None:
    assert (await read(profile(), works(work()), handle=f"{USER}?from=share")).posts
    short = "https://v.douyin.com/abc/"
    hop = page(short, "", 302, {"location": f"https://www.iesdouyin.com/share/user/{SEC}?a=b"})
    assert (await read(hop, profile(), works(work()), handle=short)).posts


@given(any_json(), any_json(), any_json(), st.sampled_from([PROFILE, LIST, PHONE]))
def test_hostile_answers_raise_only_collect_errors_and_show_nobody_else(
    value: Any, row: Any, user: Any, url: str
) -> None:
    hostile = (
        page(url, json.dumps(value)),
        page(LIST, json.dumps({"aweme_list": [row, work(author=user)], "has_more": row})),
        page(PROFILE, json.dumps({"user": user, "data": value})),
        page(USER, str(value)),
    )
    for pages in (hostile, hostile[:1], hostile[1:2], hostile[2:]):
        try:
            got = asyncio.run(read(*pages))
        except CollectError:
            continue
        assert all(post.id == work()["aweme_id"] for post in got.posts)


@given(st.dictionaries(st.sampled_from(sorted(work())), any_json()), any_json(), any_json())
def test_hostile_works_raise_only_collect_errors(
    fields: dict[str, Any], status: Any, images: Any
) -> None:
    row = {**work(), "status": status, "images": images, **fields}
    user = {"avatar_larger": {"url_list": images}, "account_cert_info": status, "signature": images}
    try:
        got = asyncio.run(read(profile(**user), works(row)))
    except CollectError:
        return
    assert got.profile is not None
    assert all(post.at <= NOW for post in got.posts)


@given(st.binary(max_size=200))
def test_hostile_bytes_raise_only_collect_errors(body: bytes) -> None:
    for url in (USER, PROFILE, LIST):
        with pytest.raises(CollectError):
            asyncio.run(read(page(url, body)))
