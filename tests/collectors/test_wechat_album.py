"""An album read as JSON: what it adds, and what it never proves."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.wechat_album import ALBUM, collect
from tests.collectors._weibo_stub import Answers
from watcher.model import CollectError, Coverage, Sighting, Source, Trouble

BIZ, GH, ALBUM_ID = "MzA5MTIzNDU2Nw==", "gh_0a1b2c3d4e5f", "2876543210987654321"
SOURCE = Source("wechat_album", BIZ, {"album_id": ALBUM_ID})
FIRST = f"{ALBUM}&__biz={BIZ}&album_id={ALBUM_ID}&count=20&is_reverse=0&f=json"
LAST = FIRST.replace("is_reverse=0", "is_reverse=1")


def article(number: int, biz: str = BIZ, at: int = 1763600000) -> dict[str, Any]:
    return {
        "title": f"第{number}期&amp;通知",
        "url": f"http://mp.weixin.qq.com/s?__biz={biz}&mid=26507076{number:02}&idx=1&sn=a#rd",
        "create_time": str(at + number),
        "msgid": f"26507076{number:02}",
        "itemidx": "1",
        "key": "x",
        "pos_num": str(number),
    }


def album(articles: Any, more: str = "0", **base: Any) -> dict[str, Any]:
    info = {
        "nickname": "三亚发布",
        "username": GH,
        "title": "政策解读",
        "brand_icon": "http://mmbiz.qpic.cn/mmbiz_png/IcOnNaMe/0",
        "article_count": "2",
        **base,
    }
    told = {"base_info": info, "continue_flag": more, "reverse_continue_flag": "0"}
    if articles is not None:
        told["article_list"] = articles
    return {"base_resp": {"ret": 0}, "getalbum_resp": told}


async def read(said: Any, last: Any = None, source: Source = SOURCE) -> Sighting:
    return await collect(source, Answers({FIRST: said} | ({LAST: last} if last else {})))


async def trouble(said: Any, source: Source = SOURCE) -> Trouble:
    with pytest.raises(CollectError) as caught:
        await read(said, source=source)
    return caught.value.trouble


async def test_an_album_adds_posts_and_proves_no_silence():
    seen = await read(album([article(1), article(2)]))
    assert seen.coverage is Coverage.PARTIAL
    assert seen.profile is not None
    assert (seen.profile.name, seen.profile.avatar) == ("三亚发布", "IcOnNaMe")
    first = seen.posts[0]
    assert (first.id, first.title) == ("2650707601_1", "第1期&通知")
    assert first.at == datetime.fromtimestamp(1763600001, UTC)
    assert first.url is not None
    assert first.url.startswith("https://mp.weixin.qq.com/s?__biz=")


async def test_one_article_may_come_as_a_bare_object():
    assert [post.id for post in (await read(album(article(1)))).posts] == ["2650707601_1"]


async def test_a_long_album_is_read_from_both_ends():
    seen = await read(album([article(1)], more="1"), album([article(9)]))
    assert {post.id for post in seen.posts} == {"2650707601_1", "2650707609_1"}


async def test_the_other_end_may_be_out_of_reach():
    assert len((await read(album([article(1)], more="1"))).posts) == 1


async def test_articles_of_others_filed_in_the_album_are_dropped():
    seen = await read(album([article(1), article(2, biz="MzA5OTk5OTk5OQ==")]))
    assert [post.id for post in seen.posts] == ["2650707601_1"]


async def test_an_album_of_another_account_is_refused():
    assert await trouble(album([article(1, biz="MzA5OTk5OTk5OQ==")])) is Trouble.UNREADABLE
    source = Source("wechat_album", "gh_ffffffffffff", {"album_id": ALBUM_ID, "biz": BIZ})
    assert await trouble(album([article(1)]), source) is Trouble.UNREADABLE


async def test_an_album_that_counts_no_article_is_empty():
    seen = await read(album(None, article_count="0"))
    assert (seen.coverage, seen.posts) == (Coverage.PARTIAL, ())


@pytest.mark.parametrize(
    ("said", "means"),
    [
        (album(None), Trouble.BLOCKED),
        ({"base_resp": {"ret": 0}, "getalbum_resp": {"continue_flag": "0"}}, Trouble.BLOCKED),
        ({"ret": 0, "errmsg": "ok", "msg_count": 0, "can_msg_continue": 0}, Trouble.BLOCKED),
        ({"ret": -6, "errmsg": "unknown error", "home_page_list": []}, Trouble.BLOCKED),
        ({"base_resp": {"ret": 200013, "err_msg": "freq control"}}, Trouble.BLOCKED),
        ({"base_resp": {"ret": 0}}, Trouble.UNREADABLE),
        ("", Trouble.BLOCKED),
        ("<html>环境异常</html>", Trouble.BLOCKED),
        ("<html>hello</html>", Trouble.UNREADABLE),
        (album([article(1) | {"create_time": "soon"}]), Trouble.UNREADABLE),
    ],
)
async def test_each_refusal_means_what_the_platform_means(said, means):
    assert await trouble(said) is means


@pytest.mark.parametrize(
    "source",
    [Source("wechat_album", BIZ), Source("wechat_album", "sanyafabu", {"album_id": ALBUM_ID})],
)
async def test_settings_that_name_no_album_ask_nothing(source):
    fetch = Answers({})
    with pytest.raises(CollectError):
        await collect(source, fetch)
    assert not fetch.asked


@settings(max_examples=100, deadline=None)
@given(
    name=st.sampled_from(["title", "url", "create_time", "msgid", "itemidx"]),
    new=st.sampled_from([None, 1, "", "\ud800", [], {}, "9" * 5000, "http://[x", True]),
)
async def test_a_mutated_article_is_refused_or_still_this_account(name, new):
    said = copy.deepcopy(album([article(1), article(2)]))
    said["getalbum_resp"]["article_list"][0][name] = new
    try:
        seen = await read(said)
    except CollectError:
        return
    assert all(post.url and BIZ in post.url for post in seen.posts)
