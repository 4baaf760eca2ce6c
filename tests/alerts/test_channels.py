"""What leaves by each channel fits it, says everything, and holds nothing of a stranger's."""

import re
import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels import LIMITS, fit, free_at, heading, remembered, stamps
from alerts.escape import inert, json_size, size, sms_size
from tests.alerts.examples import STEADY, at

ROBOTS = ("wecom", "dingtalk", "feishu")
NOW = at(11, 23)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOSTILE = (
    "@all",
    "@所有人",
    '<at user_id="all">所有人</at>',
    "<@all>",
    "[点此](http://evil.cn/x)",
    "http://evil.cn",
    '<font color="warning">',
    "<a href=http://evil.cn>",
    "<script>",
    "**三亚**",
    "![](//evil.cn/p.png)",
    "\n# 通知",
    "> ",
    "\u202e",
    "👨\u200d👩\u200d👧",
)
NAMES = st.lists(
    st.one_of(st.sampled_from(HOSTILE), st.text(max_size=8), st.sampled_from("三亚市教育局。")),
    min_size=1,
    max_size=8,
).map("".join)
SENTENCES = st.lists(
    st.tuples(
        st.text("政务新媒体监测账号未更新三亚市教育局，“”《》\"'…🏝", min_size=1),
        st.sampled_from(("。", "！", "；", "\n", "。”", "\n\n")),
    ).map("".join),
    max_size=60,
).map("".join)


@STEADY
@given(NAMES, st.sampled_from(ROBOTS))
def test_a_hostile_name_brings_no_mention_no_link_and_no_formatting(name, kind):
    text = f'【告警】经监测，"{inert(name)}"（新浪微博）已14天未更新。'
    for made in (*fit(text, kind), heading(text, kind)):
        assert not set(made) & set("@<>[]*`~")
        assert "://" not in made
        assert not re.search(r"\]\s*\(", made)
        assert not re.search(r"\w\.[a-z]{2,}", made)
        assert "\n" not in made.replace("  \n", "")


@STEADY
@given(NAMES, st.sampled_from(ROBOTS))
def test_even_a_name_that_nobody_defused_brings_no_tag_and_no_mention(name, kind):
    for made in fit(name, kind):
        outside = re.sub(r"https?://\S*", "", made)
        assert not set(outside) & set("@<>[]*`~")


@STEADY
@given(SENTENCES.map(lambda text: text * 40), st.sampled_from(ROBOTS), st.text(max_size=40))
def test_no_message_exceeds_its_limit_and_everything_is_said(text, kind, title):
    limits, above = LIMITS[kind], heading(title, kind)
    parts = fit(text, kind, above)
    assert len(parts) <= limits.parts
    assert all(limits.measure(above + part) + 15 <= limits.most for part in parts)
    said = "".join(parts).replace(" ", "").replace("\n", "")
    whole = limits.escape(text).replace(" ", "").replace("\n", "")
    assert said == whole or said.endswith("……（内容过长，全文见监测台账）")


@STEADY
@given(st.text(min_size=1, max_size=12), st.integers(1, 1500), st.sampled_from(ROBOTS))
def test_any_text_at_all_fits(piece, times, kind):
    limits = LIMITS[kind]
    for part in fit(piece * times, kind, "标题"):
        assert limits.measure(part) <= limits.most


@STEADY
@given(SENTENCES.map(lambda text: text * 60))
def test_no_character_is_cut_and_no_message_begins_with_a_mark_or_a_closing_sign(text):
    for part in fit(text, "wecom")[1:]:
        assert not unicodedata.combining(part[0])
        part.encode()


def test_flags_families_and_marked_letters_stay_whole():
    for whole in ("🇨🇳", "👨\u200d👩\u200d👧", "e\u0301", "✌🏽"):
        for before in range(12):
            parts = fit("字" * before + whole * 1000, "wecom")
            assert all(part.replace("字", "") == whole * part.count(whole) for part in parts)


def test_a_long_chinese_message_is_cut_where_sentences_end():
    text = "经监测，该账号已十四天未更新，请立即更新并反馈原因。" * 300
    parts = fit(text, "wecom")
    assert len(parts) > 1
    assert all(part.endswith("。") for part in parts)
    assert "".join(parts) == text


def test_a_quotation_ends_with_its_sign():
    text = "通知说：“请于今日更新。”" * 200
    assert all(part.endswith("”") for part in fit(text, "wecom"))


def test_what_no_number_of_messages_holds_says_where_the_rest_is():
    parts = fit("很长的一项。\n" * 20000, "wecom", "标题", "监测台账，编号：UPD-04-1")
    assert len(parts) == LIMITS["wecom"].parts
    assert parts[-1].endswith("很长的一项。……（内容过长，全文见监测台账，编号：UPD-04-1）")


def test_our_own_links_are_never_torn_and_stay_as_they_are():
    link = "https://weibo.com/u/2803301701?a=b_c"
    for part in fit(f"证据：{link}，" * 400, "wecom"):
        assert part.count("https://") == part.count(link)


def test_quotes_and_line_breaks_count_as_json_has_them():
    assert json_size('"\n\\三') == 2 + 2 + 2 + 3
    for part in fit('"' * 30000, "feishu"):
        assert json_size(part) <= 19000


def test_a_text_message_counts_as_the_network_does():
    assert (sms_size("三亚"), sms_size("🏝"), size("三亚")) == (2, 2, 6)
    (made,) = fit("🏝" * 200, "sms", "【三亚市政府办】")
    assert sms_size("【三亚市政府办】" + made) <= 134
    assert made.endswith("全文见监测台账）")


def test_a_text_message_holds_one_signature():
    assert fit("【告警】甲\n【更新】", "sms") == ("〔告警〕甲 〔更新〕",)


@pytest.mark.parametrize(("kind", "most"), [("wecom", 20), ("dingtalk", 20), ("feishu", 100)])
def test_the_cap_of_a_minute_holds_at_its_edge(kind, most):
    # Spread over 30 seconds, so that the minute alone decides.
    taken = [NOW + SECOND * (30 * n / most) for n in range(most)]
    late = NOW + SECOND * 59
    assert free_at(taken[:-1], 1, kind, late) == late
    assert free_at(taken, 1, kind, late) == NOW + MINUTE
    assert free_at(taken, 1, kind, NOW + MINUTE) == NOW + MINUTE
    assert free_at(taken, 2, kind, late) == taken[1] + MINUTE


def test_feishu_takes_five_a_second():
    taken = [NOW] * 5
    assert free_at(taken[1:], 1, "feishu", NOW) == NOW
    assert free_at(taken, 1, "feishu", NOW) == NOW + SECOND


def test_the_parts_of_one_message_to_feishu_stay_within_a_second_cap():
    moments = stamps(8, "feishu", NOW)
    for start in moments:
        assert sum(start <= each < start + SECOND for each in moments) <= 5


@STEADY
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=60),
    st.sampled_from(ROBOTS),
)
def test_whoever_waits_until_it_is_free_never_exceeds_a_cap(wishes, kind):
    moment, taken = NOW, ()
    for pause, posts in wishes:
        moment = free_at(taken, posts, kind, moment + SECOND * pause / 4)
        assert free_at(taken, posts, kind, moment) == moment
        made = stamps(posts, kind, moment)
        taken = (*taken, *made)[-max(remembered(kind), posts) :]
        moment = made[-1]
        for cap in LIMITS[kind].caps:
            recent = [each for each in taken if moment - each < cap.within]
            assert len(recent) <= cap.posts


def test_a_clock_that_was_wrong_blocks_nobody():
    ahead = [NOW + timedelta(days=300)] * 20
    assert free_at(ahead, 1, "dingtalk", NOW) == NOW


def test_mail_and_webhooks_know_no_cap():
    for kind in ("mail", "webhook", "apprise", "sms"):
        assert (remembered(kind), free_at([NOW] * 500, 1, kind, NOW)) == (0, NOW)
