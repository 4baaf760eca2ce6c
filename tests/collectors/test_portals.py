"""The portals of the filing form, which are YAML: links, handles, walls and whose a page is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from collectors import Need, Sure, discover
from tests.collectors.serve import Served, page
from watcher.fetch.case import Case, Recorded
from watcher.model import Account, CollectError, Coverage, Page, Sighting, Source, Trouble, Unit
from watcher.reading import collector_of

COLLECTORS = discover()
ARTICLES = {name: one for name, one in COLLECTORS.items() if name.endswith("hao_article")}
NAME = "三亚发布"


def recognised(link: str) -> tuple[str, Source] | None:
    found = [(name, source) for name, one in COLLECTORS.items() if (source := one.recognise(link))]
    assert len(found) < 2, f"{link} belongs to {[name for name, _ in found]}"
    return found[0] if found else None


@pytest.mark.parametrize(
    ("link", "collector", "post"),
    [
        ("https://www.163.com/dy/article/L9800002055450F0.html?spss=dy_author",
         "neteasehao_article", "L9800002055450F0"),
        ("http://dy.163.com/v2/article/detail/EFDAIN1E054550F0.html",
         "neteasehao_article", "EFDAIN1E054550F0"),
        ("https://c.m.163.com/news/a/L9800002055450F0.html", "neteasehao_article",
         "L9800002055450F0"),
        ("https://www.thepaper.cn/newsDetail_forward_32999002", "pengpaihao_article", "32999002"),
        ("https://m.thepaper.cn/detail/32999002", "pengpaihao_article", "32999002"),
        ("https://news.qq.com/rain/a/20261117A02ABC00", "qiehao_article", "20261117A02ABC00"),
        ("https://view.inews.qq.com/a/20261117A02ABC00?from=x", "qiehao_article",
         "20261117A02ABC00"),
        ("https://new.qq.com/omn/20190928/20190928A0372F00.html", "qiehao_article",
         "20190928A0372F00"),
        ("https://www.sohu.com/a/960000002_129900017?scm=1", "sohuhao_article", "960000002"),
        ("https://www.meipian.cn/5abc0002", "meipian_article", "5abc0002"),
        ("https://baijiahao.baidu.com/s?id=1700000000000000017&wfr=spider&for=pc",
         "baijiahao_article", "1700000000000000017"),
        ("https://rmh.pdnews.cn/Pc/ArtInfoApi/article?id=29900017", "renminhao_article",
         "29900017"),
        ("https://static.nfapp.southcn.com/content/202611/17/c11700002.html",
         "nanfanghao_article", "11700002"),
        ("https://mparticle.uc.cn/article.html?uc_param_str=frdn&wm_cid=632457937121448960",
         "dayuhao_article", "632457937121448960"),
        ("https://mparticle.uc.cn/article_org.html?uc_param_str=x#!wm_cid=632457937121448960!!w=1",
         "dayuhao_article", "632457937121448960"),
        ("https://mparticle.uc.cn/video.html?x=1&wm_aid=0691473850ce44928b9a891bcb71de76",
         "dayuhao_share", "0691473850ce44928b9a891bcb71de76"),
    ],
)  # fmt: skip
def test_a_pasted_link_is_known_by_one_collector(link: str, collector: str, post: str) -> None:
    found = recognised(link)
    assert found is not None
    assert (found[0], found[1].settings["post"]) == (collector, post)


@pytest.mark.parametrize(
    "link",
    [
        "https://www.163.com/dy/media/T1590000000017.html",
        "https://www.thepaper.cn/gov_990017",
        "https://news.qq.com/omn/author/8QMReplica000017",
        "https://m.sohu.com/media/129900017",
        "https://www.meipian.cn/c/99000017",
        "https://www.meipian.cn/static/action/load_columns_article.php?userid=1",
        "https://www.163.com.evil.example/dy/article/L9800002055450F0.html",
        "https://example.cn/?u=https://www.thepaper.cn/newsDetail_forward_32999002",
    ],
)
def test_an_account_page_or_a_strangers_address_is_no_post(link: str) -> None:
    assert recognised(link) is None


def recorded(name: str, *urls: str, handle: str = "x") -> Case:
    pages = tuple(Recorded(Page(url, 200, b"x", page("").at)) for url in urls)
    account = Account(key="k", platform=name, name=NAME, unit=Unit(key="", name=""))
    return Case("case", name, Source(name, handle), account, pages)


@pytest.mark.parametrize(
    ("form", "url", "collector"),
    [
        ("neteasehao", "https://www.163.com/dy/media/T1590000000017.html", "neteasehao"),
        ("neteasehao", "https://dy.163.com/v2/article/list.do?wemediaId=W1", "neteasehao_list"),
        ("neteasehao", "https://dy.163.com/v2/article/detail/E1.html", "neteasehao_article"),
        ("neteasehao", "https://www.163.com/dy/article/E1.html", "neteasehao_article"),
        ("netease", "https://www.163.com/dy/article/E1.html", "neteasehao_article"),
        ("pengpaihao", "https://api.thepaper.cn/contentapi/cont/pph/gov", "pengpaihao"),
        ("pengpaihao", "https://www.thepaper.cn/newsDetail_forward_1", "pengpaihao_article"),
        ("qiehao", "https://i.news.qq.com/getSubNewsMixedList?guestSuid=1", "qiehao"),
        ("qiehao", "https://new.qq.com/rain/a/20261117A02ABC00", "qiehao_article"),
        ("sohuhao", "https://m.sohu.com/media/1", "sohuhao"),
        ("sohuhao", "https://v2.sohu.com/author-page-api/author-articles/pc/1", "sohuhao_list"),
        ("sohuhao", "https://www.sohu.com/a/1_2", "sohuhao_article"),
        ("nanfanghao", "https://api.nfapp.southcn.com/nanfang_if/getColumn", "nanfanghao"),
        ("meipian", "https://www.meipian.cn/c/1", "meipian"),
        ("meipian", "https://www.meipian.cn/5abc0002", "meipian_article"),
        ("yidianhao", "http://www.yidianzixun.com/channel/m1", "yidianhao"),
        ("baijiahao", "https://baijiahao.baidu.com/s?id=1", "baijiahao_article"),
        ("renminhao", "https://rmh.pdnews.cn/Pc/ArtInfoApi/article?id=1", "renminhao_article"),
        ("dayuhao", "https://ff.dayu.com/contents/author/1", "dayuhao"),
    ],
)
def test_a_recording_of_a_form_finds_the_collector_of_its_pages(
    form: str, url: str, collector: str
) -> None:
    assert collector_of(recorded(form, url), COLLECTORS).name == collector


@pytest.mark.parametrize(
    ("collector", "handle"),
    [
        ("neteasehao", "W3978000000000000017"),
        ("neteasehao", NAME),
        ("neteasehao_list", "T1590000000017"),
        ("pengpaihao", "https://www.thepaper.cn/newsDetail_forward_1"),
        ("qiehao", ""),
        ("sohuhao", "https://mp.sohu.com/profile?xpt=abc"),
        ("nanfanghao", "三亚"),
        ("meipian", "../etc"),
        ("yidianhao", "9900017"),
        ("dayuhao", "17"),
    ],
)
async def test_a_handle_of_another_kind_is_refused_before_anything_is_asked(
    collector: str, handle: str
) -> None:
    fetch = Served()
    with pytest.raises(CollectError) as caught:
        await COLLECTORS[collector].collect(Source(collector, handle), fetch)
    assert caught.value.trouble is Trouble.UNREADABLE
    assert "handle" in caught.value.detail
    assert not fetch.asked


async def test_a_post_collector_without_a_link_says_what_it_lacks() -> None:
    for name, one in ARTICLES.items():
        with pytest.raises(CollectError) as caught:
            await one.collect(Source(name, "", account_name=NAME), Served())
        assert caught.value.trouble is Trouble.UNREADABLE
        assert "setting" in caught.value.detail
        assert Need.PERSON in one.needs


async def test_the_handle_of_a_post_collector_may_be_the_link_itself() -> None:
    link = "https://www.sohu.com/a/960000002_129900017"
    body = (
        '<meta name="mediaid" content="三亚发布"><h1>题</h1>'
        '<span id="news-time" data-val="1784253911000">'
    )
    source = Source("sohuhao_article", link, account_name=NAME)
    got = await COLLECTORS["sohuhao_article"].collect(source, Served(page(link, body)))
    assert [post.id for post in got.posts] == ["960000002"]


# -- 网易号 -----------------------------------------------------------------------------------

MEDIA = "https://www.163.com/dy/media/T1590000000017.html"


def media(*rows: tuple[str, str], name: str = NAME, handle: str = "T1590000000017") -> str:
    listed = "".join(
        f'<li class="js-item item"><h4><a class="title" href="/dy/article/L{n:015d}.html">{title}'
        f'</a></h4><span class="time">{when}</span></li>'
        for n, (title, when) in enumerate(rows)
    )
    link = f'<link rel="canonical" href="https://www.163.com/dy/media/{handle}.html">'
    return f"<title>{name}</title>{link}<h2>{name}</h2><ul>{listed}</ul>"


async def netease(body: str, filed: str = NAME) -> Sighting:
    source = Source("neteasehao", "T1590000000017", account_name=filed)
    return await COLLECTORS["neteasehao"].collect(source, Served(page(MEDIA, body)))


async def test_a_title_that_speaks_of_captchas_is_no_wall() -> None:
    got = await netease(media(("警惕“安全验证”短信，验证码不外传", "2026-07-17 08:00")))
    assert got.coverage is Coverage.COMPLETE


async def test_a_renamed_account_is_still_itself_and_another_id_never_is() -> None:
    row = ("题", "2026-07-17 08:00")
    got = await netease(media(row, name="三亚政务"))
    assert got.profile is not None
    assert got.profile.name == "三亚政务"
    with pytest.raises(CollectError) as caught:
        await netease(media(row, handle="T1590000000099"))
    assert caught.value.trouble is Trouble.UNREADABLE


@pytest.mark.parametrize(
    "rows",
    [
        [("旧", "2026-01-01 08:00"), ("新", "2026-07-17 08:00")],
        [("题", "2026-07-17 08:00"), ("题", "待定")],
        [("题", "2062-07-17 08:00"), ("题", "2026-07-17 08:00")],
    ],
)
async def test_a_list_out_of_order_or_with_a_row_unread_proves_no_silence(
    rows: list[tuple[str, str]],
) -> None:
    assert (await netease(media(*rows))).coverage is Coverage.PARTIAL


# -- 企鹅号 -----------------------------------------------------------------------------------

SUID = "8QMReplica000017"
HOME = "https://i.news.qq.com/i/getUserHomepageInfo?"
LIST = f"https://i.news.qq.com/getSubNewsMixedList?guestSuid={SUID}&tabId=om_index"


def answer(url: str, value: Any) -> Page:
    return page(url, json.dumps(value))


def userinfo(suid: str = SUID, count: int = 3) -> dict[str, Any]:
    return {"ret": 0, "userinfo": {"nick": NAME, "suid": suid, "pubnum": count}}


def qq_row(suid: str = SUID, **more: Any) -> dict[str, Any]:
    card = {"suid": suid, "chlname": NAME}
    return {"id": "20260717A0ABC", "title": "题", "timestamp": 1784253911, "card": card, **more}


async def qiehao(*pages: Page, handle: str = SUID) -> tuple[Sighting, Served]:
    fetch = Served(*pages)
    source = Source("qiehao", handle, account_name=NAME)
    return await COLLECTORS["qiehao"].collect(source, fetch), fetch


async def test_tencent_is_asked_by_suid_or_by_number_and_never_with_an_empty_parameter() -> None:
    listed = answer(LIST, {"ret": 0, "newslist": [qq_row()]})
    _, by_suid = await qiehao(answer(f"{HOME}guestSuid={SUID}", userinfo()), listed)
    _, by_number = await qiehao(answer(f"{HOME}chlid=98000017", userinfo()), listed,
                                handle="98000017")  # fmt: skip
    assert [r.url for r in by_suid.asked] == [f"{HOME}guestSuid={SUID}", LIST]
    assert [r.url for r in by_number.asked] == [f"{HOME}chlid=98000017", LIST]


async def test_a_wall_before_tencents_list_ends_the_reading() -> None:
    fetch = Served(page(f"{HOME}guestSuid={SUID}", "x", 403), answer(LIST, {"ret": 0}))
    with pytest.raises(CollectError) as caught:
        await COLLECTORS["qiehao"].collect(Source("qiehao", SUID, account_name=NAME), fetch)
    assert caught.value.trouble is Trouble.BLOCKED
    assert len(fetch.asked) == 1


async def test_tencents_list_of_somebody_else_is_refused() -> None:
    with pytest.raises(CollectError) as caught:
        await qiehao(
            answer(f"{HOME}guestSuid={SUID}", userinfo()),
            answer(LIST, {"ret": 0, "newslist": [qq_row("8QMReplica000099")]}),
        )
    assert caught.value.trouble is Trouble.UNREADABLE


async def test_an_empty_list_of_tencent_is_believed_only_beside_a_count_of_zero() -> None:
    nothing = answer(LIST, {"ret": 0, "newslist": []})
    got, _ = await qiehao(answer(f"{HOME}guestSuid={SUID}", userinfo(count=0)), nothing)
    assert (got.posts, got.coverage) == ((), Coverage.COMPLETE)
    for told, expected in (
        (userinfo(), Trouble.BLOCKED),
        ({"ret": 0, "userinfo": None}, Trouble.UNREADABLE),  # nothing says whose list it is
    ):
        with pytest.raises(CollectError) as caught:
            await qiehao(answer(f"{HOME}guestSuid={SUID}", told), nothing)
        assert caught.value.trouble is expected


# -- what only one platform says ----------------------------------------------------------------


async def test_only_the_page_of_a_deleted_channel_says_gone() -> None:
    url = "https://www.yidianzixun.com/channel/m9900017"
    source = Source("yidianhao", "m9900017", account_name=NAME)
    for body, expected in (
        ("<div>这个频道已被删除</div>", Trouble.GONE),
        ("<div>这个频道已被删除</div><script>yidian.docinfo = {}</script>", Trouble.UNREADABLE),
        ("<title>404</title>", Trouble.UNREADABLE),
    ):
        with pytest.raises(CollectError) as caught:
            await COLLECTORS["yidianhao"].collect(source, Served(page(url, body)))
        assert caught.value.trouble is expected


@pytest.mark.parametrize("name", sorted(COLLECTORS))
def test_no_portal_but_one_knows_words_by_which_accounts_die(name: str) -> None:
    if name not in PORTALS:
        return
    states = _states(name)
    assert bool(states & {"gone", "banned"}) == (name == "yidianhao")


PORTALS = {
    name
    for name, one in COLLECTORS.items()
    if one.platform
    in ("netease", "thepaper", "qq_news", "sohu", "southcn", "meipian", "yidian", "dayu", "people")
} | {"baijiahao_article"}


def _states(name: str) -> set[str]:
    spec = COLLECTORS[name].collect.args[0]  # type: ignore[attr-defined]
    asks = [ask for ask in (spec.before, spec.ask) if ask is not None]
    return {state.state for ask in asks for state in ask.states}


def test_what_was_not_confirmed_is_called_so() -> None:
    unsure = {name for name in PORTALS if COLLECTORS[name].sure is Sure.UNCONFIRMED}
    assert unsure == {
        "neteasehao_list", "sohuhao", "nanfanghao_article", "yidianhao", "dayuhao",
        "dayuhao_article", "dayuhao_share", "renminhao_article",
    }  # fmt: skip


async def test_a_shown_date_without_its_year_is_never_in_the_future() -> None:
    url = "https://baijiahao.baidu.com/s?id=1700000000000000017"
    body = (
        '<p class="author-name">三亚发布</p><div class="article-source"><span class="date">'
        '发布时间：{date}</span><span class="time">23:16</span></div>'
    )
    one = COLLECTORS["baijiahao_article"]
    source = one.recognise(url)
    assert source is not None
    source = replace(source, account_name=NAME)
    for date, expected in (("18-03-08", "2018-03-08"), ("07-17", "2026-07-17"),
                           ("07-19", "2025-07-19")):  # fmt: skip
        got = await one.collect(source, Served(page(url, body.format(date=date))))
        assert got.posts[0].at.isoformat() == f"{expected}T15:16:00+00:00"
