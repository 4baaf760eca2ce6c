"""视频号: the owner's attributes and pasted share links; a foreign one is never a sighting."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import pytest
from hypothesis import given

from collectors import wechat_channels, wechat_channels_link
from collectors._wechat_owner import API
from collectors.wechat_channels_link import HOST, INFO, PAGE, recognise
from tests.collectors._weibo_stub import Answers
from tests.collectors.serve import any_json
from watcher.model import CollectError, Request, Sighting, Source, Trouble

NAME, UNIQ = "三亚发布", "sphSanYaFaBu0001"
ATTR = f"{API}/channels/finderlive/get_finder_attr_by_appid"


def link(ident: str) -> str:
    return f"https://weixin.qq.com/sph/{ident}"


def address(ident: str) -> str:
    return f"{INFO}?_rid={crc32(ident.encode()):08x}&_pageUrl={PAGE}"


def post(name: str = NAME, at: Any = 1794625200) -> dict[str, Any]:
    feed = {"description": "海棠湾的清晨", "createtime": at}
    return {"data": {"authorInfo": {"nickname": name}, "feedInfo": feed}}


async def pasted(table: dict[str, Any], handle: str = UNIQ) -> Sighting:
    links = {"links": [link(ident) for ident in table]}
    source = Source("wechat_channels_link", handle, links, account_name=NAME)
    answers = Answers({address(ident): said for ident, said in table.items()})
    return await wechat_channels_link.collect(source, answers)


async def test_the_page_behind_a_link_is_asked_as_its_own_page_does() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Any:
        asked.append(request)
        return post()

    seen = await pasted({"AbSanYa001": answer})
    assert seen.posts[0].url == link("AbSanYa001")
    assert asked[0].headers == {"Origin": f"https://{HOST}", "Referer": PAGE}
    assert asked[0].json["shortUri"] == "AbSanYa001"


async def test_the_time_may_be_a_number_or_a_text() -> None:
    seen = await pasted({"AbSanYa001": post(), "AbSanYa002": post(at="1794711600")})
    assert [each.at.day for each in seen.posts] == [14, 15]


async def test_a_gone_post_leaves_the_others() -> None:
    gone = {"data": {"errMsg": "该视频已被删除"}}
    assert len((await pasted({"AbSanYa001": gone, "AbSanYa002": post()})).posts) == 1
    with pytest.raises(CollectError) as caught:
        await pasted({"AbSanYa001": gone})
    assert caught.value.trouble is Trouble.UNREADABLE  # one post, not the account


async def test_a_wall_ends_the_reading_of_links() -> None:
    said = {"errMsg": "permission verification failed"}
    with pytest.raises(CollectError, match="permission") as caught:
        await pasted({"AbSanYa001": said, "AbSanYa002": said})
    assert caught.value.trouble is Trouble.BLOCKED


async def test_somebody_elses_post_is_no_sighting() -> None:
    with pytest.raises(CollectError, match="wrong account"):
        await pasted({"AbSanYa001": post("三亚日常")})
    nameless = Source("wechat_channels_link", UNIQ, {"links": link("AbSanYa001")})
    with pytest.raises(CollectError, match="not a filed name"):
        await wechat_channels_link.collect(nameless, Answers({address("AbSanYa001"): post()}))


def test_a_share_link_is_recognised_and_nothing_else() -> None:
    source = recognise(f" {link('AbSanYa001')}?scene=1 ")
    assert source is not None
    assert source.settings == {"links": [link("AbSanYa001")]}
    assert recognise("https://mp.weixin.qq.com/s/AbSanYa001") is None
    assert recognise("https://weixin.qq.com/r/AbSanYa001") is None


async def owner(told: Any, handle: str = UNIQ, name: str = NAME) -> Sighting:
    source = Source("wechat_channels", handle, {"appid": "wx5a4e590000000001"}, account_name=name)
    return await wechat_channels.collect(source, Answers({ATTR: told}))


def attr(uniq: str, name: str) -> dict[str, Any]:
    return {"errcode": 0, "finder_attr": {"uniq_id": uniq, "nickname": name, "fans_count": 7}}


async def test_a_renamed_account_is_known_by_its_id() -> None:
    seen = await owner(attr(UNIQ, "三亚融媒"))
    assert seen.profile is not None
    assert (seen.profile.name, seen.profile.followers) == ("三亚融媒", 7)


@pytest.mark.parametrize(
    ("handle", "name", "uniq", "shown"),
    [
        (UNIQ, NAME, "sphAnother000001", NAME),
        ("三亚发布", NAME, "sphAnother000001", "三亚日常"),
        ("三亚发布", "", UNIQ, NAME),
    ],
)
async def test_another_account_is_no_sighting(
    handle: str, name: str, uniq: str, shown: str
) -> None:
    with pytest.raises(CollectError, match="wrong account"):
        await owner(attr(uniq, shown), handle, name)


@given(any_json())
async def test_odd_answers_raise_nothing_but_their_own_error(value: Any) -> None:
    for said in (value, {"finder_attr": value}):
        with pytest.raises(CollectError):
            await owner(said)
    for said in (value, {"data": value}, {"data": {"authorInfo": value, "feedInfo": value}}):
        with pytest.raises(CollectError):
            await pasted({"AbSanYa001": said})
