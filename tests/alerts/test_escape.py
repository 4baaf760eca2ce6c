import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.escape import (
    feishu,
    html,
    inert,
    link,
    markdown,
    shorten,
    size,
    split,
    visible,
)
from tests.alerts.examples import STEADY

NASTY = st.text(
    st.one_of(
        st.sampled_from("*_`[]()<>#@&!|\\~\n\r\t\u202e\u200b:/.。！。三亚eéw"), st.characters()
    )
)


@STEADY
@given(NASTY, st.integers(1, 80))
def test_inert_text_is_one_visible_line_within_its_limit(text, limit):
    made = inert(text, limit)
    assert len(made) <= limit
    assert "\n" not in made
    assert not any(unicodedata.category(sign)[0] == "C" for sign in made)


@STEADY
@given(NASTY)
def test_inert_text_holds_no_address_and_no_mention(text):
    made = inert(f"{text}http://evil.cn{text}@all", 500)
    assert "@" not in made
    assert "://" not in made
    assert not re.search(r"\w\.[a-z]{2,}", made)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("三亚发布", "三亚发布"),
        ("@all 看这里", "＠all 看这里"),
        ('<at user_id="all">', "<at user_id='all'>"),
        ("www.evil.cn", "www．evil．cn"),
        ("mailto:a@b.cn", "mailto：a＠b．cn"),
        ("2026.11.23 10:30 增长3.5%", "2026.11.23 10:30 增长3.5%"),
        ("三亚\u202e布发\u2066", "三亚布发"),
        ("第一行\r\n第二行", "第一行 第二行"),
        ("《办法》【告警】", "〈办法〉〔告警〕"),
    ],
)
def test_strangers_text_is_defused_and_stays_readable(text, expected):
    assert inert(text) == expected


@STEADY
@given(NASTY)
def test_markdown_signs_are_gone_outside_our_links(text):
    made = markdown(inert(text, 400))
    assert not set(made) & set("*_`~[]<>\\|&!")
    assert not re.match(r"[#>+=-]", made)


def test_our_own_links_survive_markdown():
    text = "证据：https://weibo.com/u/1_2?a=b_c （*采集*）"
    assert markdown(text) == "证据：https://weibo.com/u/1_2?a=b_c （＊采集＊）"


@STEADY
@given(NASTY)
def test_no_feishu_mention_and_no_html_tag_is_left(text):
    assert "<" not in feishu(f'{text}<at user_id="all">')
    assert "<script" not in html(f"{text}<script>")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://weibo.com/u/1", "https://weibo.com/u/1"),
        ("http://user:pass@weibo.com/x", "http://weibo.com/x"),
        ("javascript:alert(1)", ""),
        ("https://evil.cn/)[x](http://a", "https://evil.cn/%29%5Bx%5D%28http://a"),
        ("https://a.cn/\n编号：1", "https://a.cn/%E7%BC%96%E5%8F%B7%EF%BC%9A1"),
        ("https://[::1", ""),
        ("https://a.cn:99999999/", ""),
        ("https://evil<at>.cn/", ""),
        ("https://a.cn/" + "x" * 400, ""),
        ("", ""),
    ],
)
def test_a_link_is_an_address_and_nothing_else(url, expected):
    assert link(url) == expected


@STEADY
@given(NASTY.map(lambda tail: f"https://a.cn/{tail}"))
def test_a_link_never_breaks_out_of_its_place(url):
    assert re.fullmatch(r"(https?://[!#-'*+,\-./0-9:;=?@A-Z_a-z~%]+)?", link(url))


@STEADY
@given(NASTY, st.integers(20, 200))
def test_pieces_fit_and_lose_only_line_breaks_at_the_cuts(text, limit):
    pieces = split(text, limit)
    assert all(size(piece) <= limit for piece in pieces)
    assert "".join(pieces).replace("\n", "") == text.replace("\n", "")


@STEADY
@given(NASTY, st.integers(20, 200))
def test_shortened_text_fits_and_shows_that_it_was_cut(text, limit):
    made = shorten(text, limit)
    assert size(made) <= limit
    assert made == text or made.endswith("…")


def test_pieces_end_at_lines_then_at_sentences():
    assert split("第一句。第二句。\n第三句。", 30) == ("第一句。第二句。", "第三句。")
    assert split("第一句很长。第二句很长。", 24) == ("第一句很长。", "第二句很长。")


@pytest.mark.parametrize("atom", ["<font color=red>", "&amp;", "[三亚](https://a.cn)", "e\u0301"])
def test_tags_entities_links_and_marked_letters_are_not_torn(atom):
    text = "字" * 9 + atom + "字" * 9
    for limit in range(size(atom) + 3, 60):
        assert any(atom in piece for piece in split(text, limit))


def test_visible_keeps_chinese_and_emoji():
    assert visible("三亚 🏝 发布") == "三亚 🏝 发布"
