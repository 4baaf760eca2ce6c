"""Real answers that were captured by others, read as their MANIFEST says.

The captures are no part of the repository; without them these tests are skipped.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from collectors._rows import Selectors, read_rows
from collectors.douyin import LIST, PROFILE, collector
from collectors.feed import collector as feed
from collectors.govsite import collector as govsite
from collectors.govsite import read_article
from tests.collectors.captured import CAPTURES, NEEDS_CAPTURES
from tests.collectors.serve import NOW, Served, page
from watcher.model import CollectError, Coverage, Page, Source, Trouble

pytestmark = NEEDS_CAPTURES

CCTV = "MS4wLjABAAAAgq8cb7cn9ByhZbmx-XQDdRTvFzmJeBBXOUO4QflP96M"
USER = f"https://www.douyin.com/user/{CCTV}"
GZ = "https://www.gz.gov.cn/xw/tzgg/"


def capture(name: str) -> bytes:
    return (CAPTURES / name).read_bytes()


def xhr(path: str, name: str, status: int = 200) -> Page:
    url = f"https://www.douyin.com{path}/?sec_user_id={CCTV}"
    return page(url, capture(f"video/douyin/{name}"), status)


@pytest.mark.parametrize("handle", [CCTV, "66598046050", "cctvnews"])
async def test_cctv_news_on_douyin_reads_as_captured(handle: str) -> None:
    fetch = Served(
        xhr(PROFILE, "app_user_info_cctvnews.json"), xhr(LIST, "app_user_posts_cctvnews.json")
    )
    got = await collector.collect(Source("douyin", handle), fetch)
    assert got.profile is not None
    assert got.profile.name == "央视新闻"
    assert got.profile.verified_as == "央视新闻官方账号"
    assert got.profile.verified_type == "gov_media"
    assert got.profile.followers == 95769103
    assert got.profile.post_count == 3467
    assert got.profile.bio == ""
    assert got.profile.avatar == "30e520009a01cad2d810e"
    assert [post.id for post in got.posts] == ["6871068361715879175"]
    assert got.posts[0].at == datetime.fromtimestamp(1599795299, UTC)
    assert got.coverage is Coverage.COMPLETE


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("http403_argus_body.txt", 403),
        ("http403_argus_body.txt", 200),
        ("status_code4_soft_block.json", 200),
        ("search_gate_verify_check.json", 200),
    ],
)
async def test_douyins_refusals_are_walls(name: str, status: int) -> None:
    fetch = Served(xhr(PROFILE, name, status), xhr(LIST, name, status))
    with pytest.raises(CollectError) as caught:
        await collector.collect(Source("douyin", CCTV), fetch)
    assert caught.value.trouble is Trouble.BLOCKED


async def test_an_answer_about_one_removed_work_is_no_list() -> None:
    fetch = Served(xhr(LIST, "aweme_detail_removed.json"))
    with pytest.raises(CollectError) as caught:
        await collector.collect(Source("douyin", CCTV), fetch)
    assert caught.value.trouble is Trouble.UNREADABLE


@pytest.mark.parametrize("item", ["", "ul.news_list > li"])
async def test_guangzhous_notices_read_as_captured(item: str) -> None:
    article = f"{GZ}content/post_9600238.html"
    fetch = Served(
        page(GZ, capture("portals/gov-gz-tzgg-list-20260718.html")),
        page(article, capture("portals/gov-gz-article-meta-9600238.html")),
    )
    got = await govsite.collect(Source("govsite", GZ, {"item": item} if item else {}), fetch)
    assert [post.at.isoformat() for post in got.posts] == [
        "2026-07-16T16:00:00+00:00",
        "2026-06-09T16:00:00+00:00",
        "2024-04-15T16:00:00+00:00",
    ]
    assert [post.id.rpartition("_")[2] for post in got.posts] == [
        "10905933.html",
        "10849284.html",
        "9600238.html",
    ]
    assert got.posts[0].title == "致市民的一封信"
    assert got.coverage is Coverage.COMPLETE
    assert got.reaches == got.posts[-1].at


def test_guangzhous_article_says_its_minute() -> None:
    raw = capture("portals/gov-gz-article-meta-9600238.html")
    article = read_article(raw.decode(), page(GZ, raw))
    assert article.published is not None
    assert article.published.at == datetime(2024, 4, 16, 5, 23, 11, tzinfo=UTC)
    assert article.meta["contentsource"] == "市科技局"
    assert article.meta["columnname"] == "通知公告"


async def test_shanxis_article_proves_its_date_and_no_more() -> None:
    url = "http://www.shanxi.gov.cn/yw/sxyw/201909/t20190918_693227.shtml"
    fetch = Served(page(url, capture("portals/gov-shanxi-article.html")))
    got = await govsite.collect(Source("govsite", url, {"site_id": "1400000045"}), fetch)
    assert [post.at for post in got.posts] == [datetime(2019, 9, 17, 22, 23, tzinfo=UTC)]
    assert got.coverage is Coverage.PARTIAL
    assert got.profile is not None
    assert got.profile.name == "山西省人民政府门户网站"


@pytest.mark.parametrize(
    ("name", "css", "count", "newest"),
    [
        ("list-rtfund_xxpl.html", Selectors(item="#expertList1 li"), 15, "2020-07-08T16:00"),
        ("list-hrfund_announcement.html", Selectors(item="li:has(.inner)"), 10, "2020-04-29T16:00"),
        ("list-hrfund_announcement.html", Selectors(), 10, "2020-04-29T16:00"),
    ],
)
def test_other_lists_of_announcements_read_as_captured(
    name: str, css: Selectors, count: int, newest: str
) -> None:
    html = capture(f"portals/{name}").decode()
    rows = read_rows(html, css, "http://www.example.cn/list/", NOW).rows
    assert len(rows) == count
    assert max(row.moment.at for row in rows).isoformat().startswith(newest)
    assert all(row.moment.day_only and row.title for row in rows)


async def test_a_captcha_of_baidu_is_a_wall_for_a_feed_and_a_site() -> None:
    url = "https://www.example.gov.cn/tzgg/"
    fetch = Served(page(url, capture("portals/baidu-captcha-20230731.html")))
    for source in (Source("govsite", url), Source("feed", url)):
        with pytest.raises(CollectError) as caught:
            await (govsite if source.collector == "govsite" else feed).collect(source, fetch)
        assert caught.value.trouble is Trouble.BLOCKED
