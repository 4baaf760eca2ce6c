"""Government sites: rows, dates, charsets, and the many ways a page can be another page."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors._times import BEIJING, EARLIEST, find_time, read_time
from collectors.govsite import collector
from tests.collectors.serve import NOW, Served, page
from watcher.model import CollectError, Coverage, Page, Sighting, Source, Trouble

URL = "https://www.sanya.gov.cn/tzgg/index.html"
SELECTORS = {"item": "ul.list > li", "time": "span"}


def row(
    href: str = "./t1.pdf", day: str = "2026-07-17", title: str = "停水通知", top: str = ""
) -> str:
    return f'<li>{top}<a href="{href}">{title}</a><span>{day}</span></li>'


def listing(*rows: str, head: str = "", after: str = "") -> str:
    return (
        f"<html><head>{head}</head><body><ul class='list'>{''.join(rows)}</ul>{after}</body></html>"
    )


async def read(
    body: str | bytes,
    *details: Page,
    status: int = 200,
    headers: dict[str, str] | None = None,
    final: str = URL,
    **settings: Any,
) -> Sighting:
    served = Served(*details)
    served.pages[URL] = page(final, body, status, headers)
    return await collector.collect(Source("govsite", URL, {**SELECTORS, **settings}), served)


async def trouble(body: str | bytes, *details: Page, **more: Any) -> CollectError:
    with pytest.raises(CollectError) as caught:
        await read(body, *details, **more)
    return caught.value


async def test_a_list_is_complete_down_to_its_oldest_row() -> None:
    got = await read(listing(row(), row("a/b.doc", "2026-06-01")))
    assert got.coverage is Coverage.COMPLETE
    assert got.reaches == datetime(2026, 5, 31, 16, tzinfo=UTC)
    assert [post.url for post in got.posts] == [
        "https://www.sanya.gov.cn/tzgg/t1.pdf",
        "https://www.sanya.gov.cn/tzgg/a/b.doc",
    ]
    assert all(post.day_only for post in got.posts)


@pytest.mark.parametrize("prefix", ["", "meta-", "META-"])
async def test_the_article_says_the_minute_of_its_day(prefix: str) -> None:
    meta = f'<meta name="{prefix}PubDate" content="2026-07-17 16:05">'
    article = page("https://www.sanya.gov.cn/tzgg/t1.html", f"<html><head>{meta}</head></html>")
    got = await read(listing(row("t1.html")), article)
    assert got.posts[0].at == datetime(2026, 7, 17, 8, 5, tzinfo=UTC)
    assert not got.posts[0].day_only


async def test_an_article_of_another_day_does_not_move_the_row() -> None:
    meta = '<meta name="PubDate" content="2026-07-15 16:05">'
    article = page("https://www.sanya.gov.cn/tzgg/t1.html", meta)
    assert (await read(listing(row("t1.html")), article)).posts[0].day_only


async def test_only_two_articles_of_the_same_host_are_opened() -> None:
    rows = [row(f"t{n}.html", f"2026-07-1{n}") for n in range(7, 2, -1)]
    fetch = Served()
    rows.insert(0, row("https://www.gov.cn/x.html"))
    fetch.pages[URL] = page(URL, listing(*rows))
    got = await collector.collect(Source("govsite", URL, SELECTORS), fetch)
    assert [request.url for request in fetch.asked] == [
        URL,
        "https://www.sanya.gov.cn/tzgg/t7.html",
        "https://www.sanya.gov.cn/tzgg/t6.html",
    ]
    assert len(got.posts) == 6


async def test_an_old_row_on_top_is_pinned_and_not_the_reach_of_the_list() -> None:
    marked = await read(listing(row("a.pdf", "2026-07-16", top="<em>置顶</em>"), row("b.pdf")))
    old = await read(listing(row("a.pdf", "2020-01-01"), row("b.pdf"), row("c.pdf", "2026-07-10")))
    assert [post.pinned for post in marked.posts] == [True, False]
    assert [post.pinned for post in old.posts] == [True, False, False]
    assert old.reaches == datetime(2026, 7, 9, 16, tzinfo=UTC)


async def test_a_list_from_old_to_new_is_partial() -> None:
    days = ("2026-01-01", "2026-02-01", "2026-03-01")
    got = await read(listing(*(row(f"{day}.pdf", day) for day in days)))
    assert got.coverage is Coverage.PARTIAL


async def test_a_row_whose_date_is_in_the_future_or_unreadable_makes_the_list_partial() -> None:
    for day in ("2062-07-17", "待定"):
        got = await read(listing(row("a.pdf", day), row("b.pdf")))
        assert len(got.posts) == 1
        assert got.coverage is Coverage.PARTIAL
    assert (await trouble(listing(row(day="2062-07-17")))).trouble is Trouble.UNREADABLE


@pytest.mark.parametrize(
    ("encoding", "head", "headers"),
    [
        ("utf-8", '<meta charset="gb2312">', None),
        ("gb18030", '<meta charset="gb2312">', None),
        ("gb18030", "", {"content-type": "text/html; charset=GBK"}),
        ("gb18030", "", {"content-type": "text/html; charset=utf-8"}),
        ("utf-8", "", {"content-type": "text/html; charset=GB2312"}),
        ("utf-8-sig", "", None),
        ("utf-16", "", None),
    ],
)
async def test_the_bytes_decide_where_declarations_lie(
    encoding: str, head: str, headers: dict[str, str] | None
) -> None:
    body = listing(row(title="关于㙟镇停水的通知"), head=head).encode(encoding)
    assert (await read(body, headers=headers)).posts[0].title == "关于㙟镇停水的通知"


async def test_without_selectors_the_one_dated_list_is_read_and_two_are_refused() -> None:
    rows = [row(f"{n}.pdf", f"2026-07-{17 - n}") for n in range(4)]
    hot = "<ul><li><a href='/x.pdf'>热点</a><i>07-01</i></li></ul>"
    side = f"{hot}<ul><li><a href='/'>首页</a></li></ul>"
    got = await read(listing(*rows, after=side), item="", time="")
    assert len(got.posts) == 4
    twice = listing(*rows, after=f"<table><tr>{''.join(rows)}</tr></table><ol>{''.join(rows)}</ol>")
    error = await trouble(twice, item="", time="")
    assert error.trouble is Trouble.UNREADABLE
    assert "item" in error.detail


async def test_day_and_month_in_boxes_of_their_own_are_one_date() -> None:
    box = "<li><b>17</b><i>2026-07</i><a href='a.pdf'>关于2025-01-01起施行的通知</a></li>"
    got = await read(listing(box), time="")
    assert got.posts[0].at == datetime(2026, 7, 16, 16, tzinfo=UTC)


async def test_attributes_can_be_selected() -> None:
    box = "<li><p data-go='a.pdf' data-t='2026-07-17 08:00'><b>标题</b></p></li>"
    got = await read(listing(box), link="p@data-go", time="p@data-t", title="b")
    assert got.posts[0].url == "https://www.sanya.gov.cn/tzgg/a.pdf"
    assert got.posts[0].at == datetime(2026, 7, 17, tzinfo=UTC)


async def test_a_shortened_title_is_read_whole_from_its_attribute() -> None:
    box = "<li><a href='a.pdf' title='关于停水的通知'>关于停…</a><span>2026-07-17</span></li>"
    assert (await read(listing(box))).posts[0].title == "关于停水的通知"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"item": "div.none"}, "div.none"),
        ({"item": "li["}, "li["),
        ({"link": "b.none"}, "b.none"),
        ({"time": "b.none"}, "b.none"),
    ],
)
async def test_a_selector_that_reads_nothing_is_named(settings: dict[str, str], named: str) -> None:
    error = await trouble(listing(row()), **settings)
    assert error.trouble is Trouble.UNREADABLE
    assert named in error.detail


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ("", 200, Trouble.BLOCKED),
        ("<title>安全验证</title>", 200, Trouble.BLOCKED),
        ("<script>$_ts={}</script>", 412, Trouble.BLOCKED),
        ("<script>$_ts={}</script>", 202, Trouble.BLOCKED),
        ("denied", 403, Trouble.BLOCKED),
        ("<script>__jsl_clearance</script>", 521, Trouble.BLOCKED),
        ("down", 502, Trouble.UNREACHABLE),
        ("gone", 404, Trouble.UNREADABLE),
        ("gone", 410, Trouble.UNREADABLE),
        ("moved", 302, Trouble.UNREADABLE),
        ("<h1>改版</h1>", 200, Trouble.UNREADABLE),
    ],
)
async def test_a_page_that_is_no_list_never_means_silence_or_gone(
    body: str, status: int, expected: Trouble
) -> None:
    assert (await trouble(body, status=status)).trouble is expected


async def test_a_row_about_verification_is_no_wall() -> None:
    assert (await read(listing(row(title="关于开展短信验证码诈骗宣传的通知")))).posts


async def test_a_list_that_leads_to_the_front_page_has_moved() -> None:
    error = await trouble(listing(row()), final="https://www.sanya.gov.cn/")
    assert error.trouble is Trouble.UNREADABLE


async def test_a_page_of_another_site_or_column_is_refused() -> None:
    head = '<meta name="SiteIDCode" content="4602000001"><meta name="ColumnName" content="要闻">'
    assert (await read(listing(row(), head=head), site_id="4602000001")).posts
    assert (await trouble(listing(row(), head=head), site_id="1")).trouble is Trouble.UNREADABLE
    assert (await trouble(listing(row(), head=head), column="公告")).trouble is Trouble.UNREADABLE
    article = page("https://www.sanya.gov.cn/tzgg/t1.html", head)
    error = await trouble(listing(row("t1.html")), article, site_id="1")
    assert error.trouble is Trouble.UNREADABLE


def test_the_hosts_are_those_of_the_list_page() -> None:
    hosts = collector.hosts_for(Source("govsite", URL))
    assert hosts == {"www.sanya.gov.cn", "sanya.gov.cn"}
    assert collector.hosts_for(Source("govsite", "三亚")) == frozenset()


@pytest.mark.parametrize(
    ("text", "at", "day_only"),
    [
        ("[2026-07-17]", "2026-07-16T16:00:00+00:00", True),
        ("2026年7月17日 09:30", "2026-07-17T01:30:00+00:00", False),
        ("发布时间：2026/07/17 09:30:05", "2026-07-17T01:30:05+00:00", False),
        ("07-17", "2026-07-16T16:00:00+00:00", True),
        ("12-30", "2025-12-29T16:00:00+00:00", True),
        ("昨天 10:11", "2026-07-17T02:11:00+00:00", False),
        ("前天", "2026-07-15T16:00:00+00:00", True),
        ("3天前", "2026-07-14T16:00:00+00:00", True),
        ("5分钟前", "2026-07-18T01:55:00+00:00", False),
        ("1784337000123", "2026-07-18T01:10:00+00:00", False),
    ],
)
def test_chinese_times_are_read_as_beijing_times(text: str, at: str, day_only: bool) -> None:
    moment = read_time(text, NOW)
    assert moment is not None
    assert (moment.at.isoformat(), moment.day_only) == (at, day_only)


@pytest.mark.parametrize("text", ["", "2026-02-30", "2026-07-17 25:00", "13-45", "通知", "12:30"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_time(text, NOW) is None


@given(st.integers(int(EARLIEST.timestamp()), 4_000_000_000))
def test_a_printed_time_reads_back(seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, BEIJING)
    for text in (f"{at:%Y-%m-%d %H:%M:%S}", at.isoformat(), f"{at:%Y年%m月%d日 %H:%M:%S}"):
        moment = read_time(text, NOW)
        assert moment is not None
        assert moment.at == at


@given(st.text(max_size=80) | st.from_regex(r"\d{1,5}[-/.年]\d{1,4}[-/.月 ]\d{0,3}日? ?\d*:?\d*"))
def test_hostile_times_are_read_or_none(text: str) -> None:
    for moment in (read_time(text, NOW), find_time(text, NOW)):
        assert moment is None or moment.at >= EARLIEST


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode()))
def test_hostile_pages_raise_only_collect_errors(noise: bytes) -> None:
    whole = listing(row()).encode()
    choices: tuple[dict[str, Any], ...] = ({}, {"item": "", "time": ""})
    for settings in choices:
        for body in (noise, whole[:60] + noise + whole[60:], whole[: len(noise)]):
            try:
                got = asyncio.run(read(body, **settings))
            except CollectError:
                continue
            assert got.posts
            assert all(post.at <= NOW for post in got.posts)


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=12))
def test_hostile_rows_and_selectors_raise_only_collect_errors(
    href: str, day: str, css: str
) -> None:
    body = listing(row(href.replace("<", ""), day.replace("<", "")), row())
    choices: tuple[dict[str, Any], ...] = tuple(
        {name: css} for name in ("time", "item", "link", "title")
    )
    for settings in choices:
        try:
            got = asyncio.run(read(body, **settings))
        except CollectError:
            continue
        assert all((post.url or "").startswith("http") for post in got.posts)
