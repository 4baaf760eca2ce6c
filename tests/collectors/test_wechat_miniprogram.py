"""小程序: the release that is out, whose it is, and what a refusal means."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors._wechat_owner import API, handshake
from collectors.wechat_miniprogram import collect
from tests.collectors._weibo_stub import Answers, Turns
from tests.collectors.serve import any_json
from watcher.model import CollectError, Coverage, Request, Sighting, Source, Trouble

APPID = "wx5a4e590000000001"
SOURCE = Source("wechat_miniprogram", APPID, {"secret": "s3cr3t"})
VERSION, FACE = f"{API}/wxa/getversioninfo", f"{API}/cgi-bin/account/getaccountbasicinfo"
RELEASE = {"release_info": {"release_time": 1794625200, "release_version": "2.3.1"}}
DENIED = {"errcode": 48001, "errmsg": "api unauthorized"}
MINE = {"errcode": 0, "appid": APPID, "nickname": "三亚政务服务"}


async def read(version: Any, face: Any = DENIED, source: Source = SOURCE) -> Sighting:
    return await collect(source, Answers({VERSION: version, FACE: face}))


async def trouble(version: Any, face: Any = DENIED, source: Source = SOURCE) -> CollectError:
    with pytest.raises(CollectError) as caught:
        await read(version, face, source)
    return caught.value


async def test_nothing_is_newer_than_the_release_that_is_out() -> None:
    seen = await read(RELEASE)
    assert (seen.coverage, seen.reaches) == (Coverage.COMPLETE, seen.posts[0].at)
    assert seen.posts[0].title == "2.3.1"


async def test_no_release_proves_nothing() -> None:
    assert (await read({"exp_info": {}, "release_info": {}})).coverage is Coverage.PARTIAL


async def test_a_token_of_others_must_show_whose_it_is() -> None:
    given = Source("wechat_miniprogram", APPID, {"token": "t"})
    assert (await trouble(RELEASE, DENIED, given)).trouble is Trouble.BLOCKED
    assert (await read(RELEASE, MINE, given)).profile is not None
    foreign = {**MINE, "appid": "wx5a4e590000000002"}
    assert "wrong account" in (await trouble(RELEASE, foreign, given)).detail


async def test_a_handle_that_is_no_appid_is_told_before_anything_is_asked() -> None:
    fetch = Answers({})
    with pytest.raises(CollectError, match="is no AppID"):
        await collect(Source("wechat_miniprogram", "三亚政务服务"), fetch)
    assert fetch.asked == []


async def test_a_stale_token_is_renewed_once() -> None:
    stale = {"errcode": 40001, "errmsg": "invalid credential"}
    assert (await read(Turns(stale, RELEASE))).posts
    assert (await trouble(Turns(stale, stale))).trouble is Trouble.BLOCKED


async def test_the_handle_is_the_appid_that_the_token_is_asked_for() -> None:
    asked: list[Request] = []

    def stable(request: Request) -> Any:
        asked.append(request)
        return {"access_token": "T" * 20, "expires_in": 7200}

    session = await handshake(SOURCE, Answers({f"{API}/cgi-bin/stable_token": stable}))
    assert (asked[0].json["appid"], asked[0].secret) == (APPID, True)
    assert session.params == {"access_token": "T" * 20}


async def test_a_token_that_others_keep_fresh_is_used_as_it_is() -> None:
    session = await handshake(Source("x", APPID, {"token": "theirs"}), Answers({}))
    assert (session.params, session.lifetime) == ({"access_token": "theirs"}, 60.0)


@given(any_json(), st.booleans())
async def test_odd_answers_raise_nothing_but_its_own_error(value: Any, wrapped: bool) -> None:
    try:
        await read({"release_info": value} if wrapped else value, {"nickname": value})
    except CollectError:
        return
    assert wrapped or isinstance(value, dict)
