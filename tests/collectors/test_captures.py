"""Every capture of Weibo and WeChat reads as its row in MANIFEST.tsv says.

The captures are no part of the repository; without them these tests are skipped.
"""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, datetime

import pytest

from collectors import wechat_album, wechat_api, wechat_article, weibo
from collectors._wechat_owner import API
from collectors._weibo_guest import VISITOR
from tests.collectors._weibo_stub import Answers
from tests.collectors.captured import CAPTURES, NEEDS_CAPTURES
from watcher.model import CollectError, Coverage, Page, Profile, Sighting, Source, Trouble

ROOT = CAPTURES / "weibo_wechat"
pytestmark = NEEDS_CAPTURES

UID = "6279793937"
ARKNIGHTS = Source("weibo", UID)
PROFILE = f"{weibo.INDEX}?type=uid&value={UID}"
TIMELINE = f"{PROFILE}&containerid=107603{UID}"
LINK = "https://mp.weixin.qq.com/s/AbCdEfGhIjKlMnOpQrStUv"
CAPTURED = datetime(2021, 6, 17, 8, 30, tzinfo=UTC)


def body(name: str) -> bytes:
    """The bytes of a capture; its row must still be in the manifest."""
    with (ROOT.parent / "MANIFEST.tsv").open(encoding="utf-8") as table:
        rows = {row["file"] for row in csv.DictReader(table, delimiter="\t")}
    assert f"weibo_wechat/{name}" in rows
    data = (ROOT / name).read_bytes()
    return gzip.decompress(data) if name.endswith(".gz") else data


def trouble_of(error: pytest.ExceptionInfo[CollectError]) -> Trouble:
    return error.value.trouble


async def weibo_with(**names: str) -> Sighting:
    urls = {"profile": PROFILE, "timeline": TIMELINE}
    table = {urls[what]: body(name) for what, name in names.items()}
    return await weibo.collect(ARKNIGHTS, Answers(table, CAPTURED))


async def article(name: str, handle: str) -> Sighting:
    source = Source("wechat_article", handle, {"links": [LINK]})
    return await wechat_article.collect(source, Answers({LINK: body(name)}))


async def test_weibo_profile_and_pinned_timeline():
    seen = await weibo_with(
        profile="weibo_m_profile_org_bluev.json", timeline="weibo_m_timeline_pinned_t0.json"
    )
    assert seen.profile == Profile(
        handle=UID,
        name="明日方舟Arknights",
        bio="《明日方舟》官方微博，欢迎咨询客服QQ服务号：800830064",
        avatar="006QZngZly8gdj05mufr9j30l00l0dq4.jpg",
        verified=True,
        verified_type="2",
        verified_as="上海鹰角网络科技有限公司",
        followers=1_455_000,
        post_count=1553,
    )
    assert (len(seen.posts), seen.coverage) == (10, Coverage.COMPLETE)
    pin = seen.posts[0]
    assert (pin.id, pin.pinned) == ("4645748019299849", True)
    assert pin.at == datetime(2021, 6, 8, 1, 35, 4, tzinfo=UTC)
    assert pin.edited_at == datetime(2021, 6, 16, 2, 51, 10, tzinfo=UTC)
    newest = max(seen.posts, key=lambda post: post.at)
    assert (newest.id, newest.at) == (
        "4649031014551911",
        datetime(2021, 6, 17, 3, 0, 31, tzinfo=UTC),
    )
    assert [post.id for post in seen.posts if post.repost] == ["4648806186747944"]
    assert [post.pinned for post in seen.posts].count(True) == 1
    assert seen.reaches == datetime(2021, 6, 9, 7, 0, 3, tzinfo=UTC)


async def test_weibo_timeline_alone():
    seen = await weibo_with(timeline="weibo_m_timeline_pinned_t0.json")
    assert seen.profile is not None
    assert (seen.profile.name, seen.profile.followers) == ("明日方舟Arknights", 1_363_591)
    assert len(seen.posts) == 10


async def test_weibo_profile_alone():
    seen = await weibo_with(profile="weibo_m_profile_org_bluev.json")
    assert (seen.coverage, seen.posts) == (Coverage.PARTIAL, ())


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("weibo_m_error_no_content.json", Trouble.UNREADABLE),
        ("transcribed/weibo_m_ok-100_captcha_scene_limit.json", Trouble.BLOCKED),
        ("transcribed/weibo_m_ok-100_geetest.json", Trouble.BLOCKED),
        ("transcribed/weibo_m_ok0_errno100007.json", Trouble.UNREADABLE),
        # answers of other doors of Weibo: nothing there may look like an account
        ("transcribed/weibo_ajax_side_search_empty_visitor.json", Trouble.UNREADABLE),
        ("weibo_m_timeline_pinned_t0.json", Trouble.UNREADABLE),
    ],
)
async def test_weibo_refusals(name, means):
    other = Source("weibo", "2803301701")
    table = {url.replace(UID, other.handle): body(name) for url in (PROFILE, TIMELINE)}
    with pytest.raises(CollectError) as caught:
        await weibo.collect(other, Answers(table, CAPTURED))
    assert trouble_of(caught) is means


async def test_weibo_refuses_without_a_referer():
    page = Page(PROFILE, 403, body("transcribed/weibo_ajax_403_no_referer.json"), CAPTURED)
    with pytest.raises(CollectError) as caught:
        await weibo.collect(ARKNIGHTS, Answers({PROFILE: page}))
    assert trouble_of(caught) is Trouble.BLOCKED


async def test_weibo_first_step_of_the_older_handshake_is_no_ticket():
    said = body("transcribed/weibo_genvisitor_tid.jsonp.txt")
    with pytest.raises(CollectError) as caught:
        await weibo.handshake(ARKNIGHTS, Answers({f"{VISITOR}/genvisitor2": said}))
    assert trouble_of(caught) is Trouble.BLOCKED


async def test_weibo_government_account():
    user = json.loads(body("transcribed/weibo_user_government_verified_type1.json"))
    told = {"ok": 1, "data": {"userInfo": user}}
    url = f"{weibo.INDEX}?type=uid&value=2176235777"
    seen = await weibo.collect(Source("weibo", "2176235777"), Answers({url: told}))
    assert seen.profile is not None
    assert (seen.profile.name, seen.profile.verified_type) == ("广东政法", "1")
    assert seen.profile.verified_as == "广东省政法委、省平安办、省综治办、省维稳办官方微博"
    assert seen.profile.followers == 854869


@pytest.mark.parametrize("handle", ["MjM5OTAyNDkwMA==", "gh_ee2320e6a2ac", "zreading"])
async def test_wechat_article_of_2026(handle):
    seen = await article("wx_article_2026_normal_zuoandushu.html.gz", handle)
    assert seen.profile is not None
    assert (seen.profile.name, seen.profile.verified) == ("左岸读书", False)
    (post,) = seen.posts
    assert (post.id, post.edited_at) == ("2650707699_1", None)
    assert post.at == datetime(2026, 1, 2, 9, 39, 33, tzinfo=UTC)
    assert seen.coverage is Coverage.PARTIAL


async def test_wechat_article_is_never_its_advertisement():
    with pytest.raises(CollectError, match="wrong account"):
        await article("wx_article_2026_normal_zuoandushu.html.gz", "gh_1e80bb81a1d2")


@pytest.mark.parametrize("handle", ["MzA4ODUzNjAxOA==", "gh_9381891f8dd8"])
async def test_wechat_article_of_2018(handle):
    seen = await article("wx_article_org_gongchandangyuan_2018.html", handle)
    assert seen.profile is not None
    assert seen.profile.name == "共产党员"
    assert seen.posts[0].at == datetime(2018, 3, 20, 3, 19, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("wx_article_deleted_zh.html", "deleted"),
        ("wx_article_violation_marketing.html", "blocked by the platform"),
        ("wx_article_link_expired_2018.html", "expired"),
    ],
)
async def test_wechat_articles_that_are_gone_are_no_dead_accounts(name, words):
    with pytest.raises(CollectError, match=words) as caught:
        await article(name, "MjM5OTAyNDkwMA==")
    assert trouble_of(caught) is Trouble.UNREADABLE


@pytest.mark.parametrize(
    "name",
    [
        "wx_aboutbiz_institution_bj54.html",
        "wx_aboutbiz_service_pizzahut.html",
        "sogou_type1_accounts_gaokao.html",
        "sogou_antispider_captcha.html",
        "transcribed/sogou_type1_item_2019_linkurl_excerpt.html",
        "transcribed/wx_authorinfo_shzgh.json",
        "transcribed/wx_masssendjobfinish_event.xml",
    ],
)
async def test_wechat_pages_that_are_no_article_are_not_read_as_one(name):
    with pytest.raises(CollectError) as caught:
        await article(name, "MjM5OTAyNDkwMA==")
    assert trouble_of(caught) in (Trouble.UNREADABLE, Trouble.BLOCKED)


@pytest.mark.parametrize(
    "name", ["wx_profile_ext_empty_list_202609.json", "wx_profile_ext_ret-6_rate_limited.json"]
)
async def test_wechats_closed_list_is_a_wall_wherever_it_comes(name):
    said = body(f"transcribed/{name}")
    source = Source("wechat_album", "MjM5OTAyNDkwMA==", {"album_id": "2876543210987654321"})
    url = f"{wechat_album.ALBUM}&__biz={source.handle}&album_id=2876543210987654321"
    doors = [
        wechat_album.collect(source, Answers({f"{url}&count=20&is_reverse=0&f=json": said})),
        article(f"transcribed/{name}", source.handle),
        wechat_api.collect(
            Source("wechat_api", source.handle),
            Answers({f"{API}/cgi-bin/freepublish/batchget": said}),
        ),
    ]
    for door in doors:
        with pytest.raises(CollectError) as caught:
            await door
        assert trouble_of(caught) is Trouble.BLOCKED


async def test_wechat_album_past_its_end_is_not_empty():
    said = json.loads(body("transcribed/wx_getalbum_last_page_empty.json"))
    with pytest.raises(CollectError) as caught:
        wechat_album.read_album(said, Source("wechat_album", "MjM5OTAyNDkwMA=="))
    assert trouble_of(caught) is Trouble.BLOCKED


async def test_wechat_api_refuses_an_unverified_account():
    said = body("transcribed/wx_freepublish_48001_unverified_account.json")
    paths = ("cgi-bin/freepublish/batchget", "datacube/getarticletotaldetail")
    fetch = Answers({f"{API}/{path}": said for path in paths})
    with pytest.raises(CollectError, match="48001") as caught:
        await wechat_api.collect(Source("wechat_api", "MjM5OTAyNDkwMA=="), fetch)
    assert trouble_of(caught) is Trouble.BLOCKED
