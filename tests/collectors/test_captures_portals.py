"""Real pages of the portals, captured by others, read as their MANIFEST says.

The captures are no part of the repository; without them these tests are skipped.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from collectors import discover
from tests.collectors.captured import CAPTURES, NEEDS_CAPTURES
from tests.collectors.serve import Served, page
from watcher.model import CollectError, Coverage, Sighting, Source, Trouble

pytestmark = NEEDS_CAPTURES
COLLECTORS = discover()

NETEASE = "http://dy.163.com/v2/article/detail/EFDAIN1E054550F0.html"
THEPAPER = "https://www.thepaper.cn/newsDetail_forward_4150096"
GUYU = "8QMd3Hta64Advz3Z"
FINANCE = "https://finance.qq.com/a/20190923/000843.htm"


async def read(collector: str, link: str, name: str, handle: str, filed: str) -> Sighting:
    """The capture read as the page behind a pasted link, of that handle and filed name."""
    one = COLLECTORS[collector]
    source = one.recognise(link)
    assert source is not None
    body = (CAPTURES / "portals" / name).read_bytes()
    secure = link.replace("http://", "https://")
    asked = replace(source, handle=handle, account_name=filed)
    return await one.collect(asked, Served(page(secure, body)))


@pytest.mark.parametrize("handle", ["W3978385829253722415", "", NETEASE])
async def test_an_article_of_netease_reads_as_captured(handle: str) -> None:
    name = "163-dy-article-EFDAIN1E054550F0.html"
    got = await read("neteasehao_article", NETEASE, name, handle, "苏皖城市报道")
    assert got.profile is not None
    assert got.profile.handle == (handle or "W3978385829253722415")
    assert got.profile.name == "苏皖城市报道"
    assert got.profile.bio == "关注苏皖城市发展，人文地理！"
    assert (got.profile.post_count, got.profile.followers) == (399, 542)
    times = {post.id: post.at for post in got.posts}
    assert times["EFDAIN1E054550F0"] == datetime(2019, 5, 17, 12, 2, 46, tzinfo=UTC)
    listed = {ident: at for ident, at in times.items() if ident != "EFDAIN1E054550F0"}
    assert len(listed) == 10  # the ten newest beside it; the page's own article is older
    assert max(listed, key=lambda ident: listed[ident]) == "ELTGHOJP054550F0"
    assert max(listed.values()) == datetime(2019, 8, 6, 7, 9, 13, tzinfo=UTC)
    assert min(listed.values()) == datetime(2019, 6, 22, 5, 38, 18, tzinfo=UTC)
    assert got.coverage is Coverage.PARTIAL


async def test_an_article_of_guangzhou_at_the_paper_reads_as_captured() -> None:
    name = "thepaper-gov-article-4150096.html"
    got = await read("pengpaihao_article", THEPAPER, name, "44871", "中国广州发布")
    assert got.profile is not None
    assert got.profile.name == "中国广州发布"
    assert got.profile.verified is True
    assert got.profile.avatar == "image/10/860/991.jpg"
    assert [post.at for post in got.posts] == [datetime(2019, 8, 13, 6, 7, tzinfo=UTC)]
    assert got.posts[0].title.startswith("定了！广州南沙邮轮母港即将开通！")


@pytest.mark.parametrize(
    ("number", "post", "app", "name", "subject", "at"),
    [
        (2, "1646116705759028486", "1551599273641720", "IT之家", "青岛软媒网络科技有限公司",
         datetime(2019, 9, 30, 14, 46, 13, tzinfo=UTC)),
        (3, "1594379932298080127", "1584934575488470", "体育教科书", None,
         datetime(2018, 3, 8, 15, 16, 24, tzinfo=UTC)),
    ],
)  # fmt: skip
async def test_articles_of_baijiahao_read_as_captured(
    number: int, post: str, app: str, name: str, subject: str | None, at: datetime
) -> None:
    link = f"https://baijiahao.baidu.com/s?id={post}"
    capture = f"baijiahao-article-{number}.html"
    got = await read("baijiahao_article", link, capture, app, name)
    assert got.profile is not None
    assert (got.profile.name, got.profile.verified_as) == (name, subject)
    assert [(p.id, p.at) for p in got.posts] == [(post, at)]


async def test_a_past_year_of_two_digits_is_read_without_the_meta_too() -> None:
    body = (CAPTURES / "portals" / "baijiahao-article-3.html").read_text("utf-8")
    url = "https://baijiahao.baidu.com/s?id=1594379932298080127"
    one = COLLECTORS["baijiahao_article"]
    source = one.recognise(url)
    assert source is not None
    served = Served(page(url, body.replace('itemprop="dateUpdate"', "")))
    got = await one.collect(replace(source, handle="1584934575488470"), served)
    assert [p.at for p in got.posts] == [datetime(2018, 3, 8, 15, 16, tzinfo=UTC)]


async def test_a_page_of_tencents_portal_reads_although_it_calls_itself_gb2312() -> None:
    got = await read("qiehao_article", FINANCE, "qq-article-omn.html", "", "棱镜")
    assert got.profile is not None
    assert got.profile.name == "棱镜"
    assert [p.at for p in got.posts] == [datetime(2019, 9, 22, 23, 48, tzinfo=UTC)]
    assert got.posts[0].id == "20190923000843"


async def test_tencents_list_reads_without_its_label_rows() -> None:
    name = "tencent-getSubNewsMixedList-guyu-sanitised.json"
    url = f"https://i.news.qq.com/getSubNewsMixedList?guestSuid={GUYU}&tabId=om_index"
    answer = page(url, (CAPTURES / "portals" / name).read_bytes())
    served = Served(replace(answer, at=datetime(2026, 9, 23, 5, 30, tzinfo=UTC)))
    source = Source("qiehao", GUYU, account_name="谷雨实验室")
    got = await COLLECTORS["qiehao"].collect(source, served)
    assert [(p.id, p.at.timestamp()) for p in got.posts] == [("20260923V06EAK00", 1790135828)]
    assert got.profile is not None
    assert got.profile.name == "谷雨实验室"


async def test_an_article_object_of_nanfang_reads_as_captured() -> None:
    link = "http://static.nfapp.southcn.com/content/201612/20/c221980.html"
    got = await read("nanfanghao_article", link, "nfapp-article-221980.kv.txt", "1863", "")
    assert [(p.id, p.at) for p in got.posts] == [
        ("221980", datetime(2016, 12, 20, 11, 49, 38, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    "name", ["baidu-captcha-20230731.html", "baidu-captcha-baijiahao-20220316.txt"]
)
async def test_baidus_captcha_is_a_wall(name: str) -> None:
    with pytest.raises(CollectError) as caught:
        await read("baijiahao_article", "https://baijiahao.baidu.com/s?id=1646116705759028486",
                   name, "1551599273641720", "IT之家")  # fmt: skip
    assert caught.value.trouble is Trouble.BLOCKED


@pytest.mark.parametrize(
    ("collector", "link", "name", "handle", "filed"),
    [
        ("neteasehao_article", NETEASE, "163-dy-article-EFDAIN1E054550F0.html", "W111111111111",
         "苏皖城市报道"),
        ("neteasehao_article", NETEASE, "163-dy-article-EFDAIN1E054550F0.html", "", "三亚发布"),
        ("pengpaihao_article", THEPAPER, "thepaper-gov-article-4150096.html", "44872",
         "中国广州发布"),
        ("qiehao_article", FINANCE, "qq-article-omn.html", "", "三亚发布"),
    ],
)  # fmt: skip
async def test_a_captured_page_of_another_account_is_refused(
    collector: str, link: str, name: str, handle: str, filed: str
) -> None:
    with pytest.raises(CollectError) as caught:
        await read(collector, link, name, handle, filed)
    assert caught.value.trouble is Trouble.UNREADABLE
