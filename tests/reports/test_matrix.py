"""The public page of an area's accounts: what stands on it, and what cannot be put on it."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import async_playwright
from selectolax.lexbor import LexborHTMLParser

from alerts.routing import Office, Offices
from watcher.report_matrix import CITY, district_of, shortened
from watcher.reports.matrix import MOST_CODES, Entry, MatrixFacts, page, public
from watcher.reports.stamp import Scope, Stamp, digest_of, read
from watcher.reports.template import TemplateProblemError

TEMPLATE = Path("config/templates/matrix.html")
ONE = Entry("海棠区", "海棠区教育局", "新浪微博", "海棠教育", "https://weibo.com/u/1", "1")
OTHER = Entry("市直单位", "三亚市教育局", "抖音", "三亚教育", "", "9")
FACTS = MatrixFacts("三亚市", date(2026, 11, 23), (OTHER, ONE))
STAMP = Stamp("matrix", Scope(), datetime(2026, 11, 23, tzinfo=UTC), "0.1.0", digest_of(FACTS))


def made(facts=FACTS):
    return LexborHTMLParser(page(facts, STAMP, TEMPLATE))


def test_each_account_stands_in_its_district_with_link_and_code():
    tree = made()
    assert [each.text() for each in tree.css("h2")] == ["市直单位（1）", "海棠区（1）"]
    links = [(each.text(), each.attributes["href"]) for each in tree.css("li .name a")]
    assert links == [("海棠教育", "https://weibo.com/u/1")]
    assert len(tree.css("svg")) == 1
    assert "请在抖音内搜索上述名称" in tree.css("li")[0].text()


def test_a_page_of_very_many_has_links_and_says_that_it_has_no_codes():
    many = tuple(replace(ONE, name=f"账号{n}") for n in range(MOST_CODES + 1))
    tree = made(replace(FACTS, entries=(OTHER, *many)))
    assert not tree.css("svg")
    assert len(tree.css("li .name a")) == MOST_CODES + 1
    assert "本页不附二维码" in tree.css_first("footer").text()
    assert "请在抖音内搜索上述名称" in tree.css("li")[0].text()
    assert "请在新浪微博内" not in tree.css("li")[1].text()
    assert "本页不附二维码" not in made().css_first("footer").text()


def test_screen_readers_are_told_what_each_part_is():
    tree = made()
    assert tree.css_first("html").attributes["lang"] == "zh-CN"
    assert [each.tag for each in tree.css("header, main, footer")] == ["header", "main", "footer"]
    code = tree.css_first("svg")
    assert code.attributes["role"] == "img"
    assert code.css_first("title").text() == "海棠教育的二维码"
    assert tree.css_first("form").attributes["role"] == "search"
    fields = {each.attributes["id"] for each in tree.css("select, input")}
    assert fields == {each.attributes["for"] for each in tree.css("label")}
    assert all(each.attributes["role"] == "list" for each in tree.css("#list ul"))
    named = {each.attributes["aria-labelledby"] for each in tree.css("#list section")}
    assert named == {each.attributes["id"] for each in tree.css("h2")}


def test_a_page_without_accounts_says_so():
    assert "目前没有在运行的账号" in made(replace(FACTS, entries=())).body.text()


def test_the_page_carries_its_stamp():
    content = made().css_first('meta[name="守望"]').attributes["content"]
    assert read(content) == STAMP


def test_the_page_allows_its_own_script_and_no_other():
    tree = made()
    policy = tree.css_first("meta[http-equiv]").attributes["content"]
    (wanted,) = re.findall(r"'sha256-([^']+)'", policy)
    (script,) = re.findall(rb"<script>(.*?)</script>", page(FACTS, STAMP, TEMPLATE), re.S)
    assert b64decode(wanted) == sha256(script).digest()


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_a_stranger_wrote_stays_text(name, url):
    evil = replace(ONE, name=f'"><img src=x onerror=1>{name}', url=url, unit=f"<script>{name}")
    tree = made(replace(FACTS, entries=(evil,)))
    assert not tree.css("img")
    assert len(tree.css("script")) == 1
    for link in tree.css("li a"):
        assert link.attributes["href"].startswith(("http://", "https://"))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://u:p@x.cn/",
        "//x.cn",
        "",
        "https://",
        "http://x.cn/" + "a" * 999,
    ],
)
def test_an_address_that_is_none_is_left_out(url):
    assert public(url) == ""


def test_a_broken_template_names_its_placeholder(tmp_path):
    (tmp_path / "matrix.html").write_text("{{ titel }}", "utf-8")
    with pytest.raises(TemplateProblemError, match="titel"):
        page(FACTS, STAMP, tmp_path / "matrix.html")
    with pytest.raises(TemplateProblemError, match=r"不能读取|不能填写"):
        page(FACTS, STAMP, tmp_path / "other.html")


def test_the_same_register_gives_the_same_page():
    assert page(FACTS, STAMP, TEMPLATE) == page(FACTS, STAMP, TEMPLATE)


def test_a_unit_stands_under_the_district_above_its_supervisor():
    offices = Offices(
        {
            "city": Office("city", "三亚市人民政府办公室", "city"),
            "ht": Office("ht", "海棠区人民政府办公室", "district", "city"),
            "edu": Office("edu", "海棠区教育局办公室", "department", "ht"),
            "loop": Office("loop", "甲", "department", "loop"),
        }
    )
    assert district_of("edu", offices) == "海棠区"
    assert district_of("海棠区人民政府办公室", offices) == "海棠区"
    assert {district_of(each, offices) for each in ("city", "loop", "", "无")} == {CITY}
    assert shortened("办公室") == "办公室"


@pytest.mark.slow
async def test_the_page_filters_and_fits_a_telephone(tmp_path):
    file = tmp_path / "matrix.html"
    file.write_bytes(page(FACTS, STAMP, TEMPLATE))
    async with async_playwright() as started:
        browser = await started.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        view = await browser.new_page(viewport={"width": 360, "height": 700})
        said: list[str] = []
        view.on("console", lambda message: said.append(message.text))
        await view.goto(file.as_uri())
        assert await view.locator("#shown").inner_text() == "显示2个账号"
        await view.select_option("#district", "海棠区")
        assert await view.locator("#shown").inner_text() == "显示1个账号"
        await view.fill("#word", "没有")
        assert await view.locator("#none").is_visible()
        assert await view.evaluate("document.documentElement.scrollWidth") <= 360
        await browser.close()
    assert said == []
