"""Each way of taking one name for another, and each innocent likeness."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.names.edit import distance, steps
from watcher.names.index import Names
from watcher.names.normal import skeleton
from watcher.names.score import band, compare, protect

FOUND = [  # how, candidate, protected, at least
    ("the same", "临江市应急管理局", "临江市应急管理局", 0.995),
    ("an invisible character", "临江\u200b应急", "临江应急", 0.995),
    ("full width", "临江１２３４５", "临江12345", 0.995),
    ("a radical", "临江⼈社", "临江人社", 0.995),
    ("traditional", "臨江應急", "临江应急", 0.995),
    ("a symbol between", "临江·应★急", "临江应急", 0.995),
    ("brackets", "【临江应急】", "临江应急", 0.995),
    ("kana", "临江総エ会", "临江总工会", 0.995),
    ("one look-alike", "临江应怠", "临江应急", 0.85),
    ("two look-alikes", "临汪性态环境", "临江生态环境", 0.85),
    ("one homophone", "临江公鞍", "临江公安", 0.85),
    ("two homophones", "林江工安", "临江公安", 0.7),
    ("the whole as it sounds", "林疆工鞍", "临江公安", 0.7),
    ("a homophone and a symbol", "临❤江公鞍", "临江公安", 0.85),
    ("place in pinyin", "LinJiang公安", "临江公安", 0.85),
    ("place in initials", "LJ公安", "临江公安", 0.7),
    ("place and 市 in pinyin", "LinJiangShi公安局", "临江市公安局", 0.85),
    ("place and 市 in initials", "ljs公安局", "临江市公安局", 0.7),
    ("人民 turned before 政府", "临江县民人政府", "临江县人民政府", 0.85),
    ("the organ in pinyin", "临江gongan", "临江公安", 0.85),
    ("a syllable in pinyin", "临江公an", "临江公安", 0.85),
    ("a digit as it is spoken", "3亚公安", "三亚公安", 0.85),
    ("all in pinyin", "linjianggongan", "临江公安", 0.85),
    ("Cyrillic among the Latin", "Lіnјіаng公安", "临江公安", 0.85),
    ("words in another order", "公安临江", "临江公安", 0.85),
    ("two characters swapped", "临江安公", "临江公安", 0.8),
    ("the same characters", "吉林省教育考试招生院", "吉林省教育招生考试院", 0.85),
    ("a character twice", "临江公公安", "临江公安", 0.85),
    ("市 put in", "临江市公安", "临江公安", 0.85),
    ("市 left out", "临江公安局", "临江市公安局", 0.85),
    ("人民 left out", "临江市政府网", "临江市人民政府网", 0.85),
    ("a word before", "掌上临江公安", "临江公安", 0.85),
    ("a word behind", "临江公安官方直播间", "临江公安", 0.85),
    ("推荐官", "临江文旅推荐官", "临江文旅", 0.85),
    ("a number behind", "临江公安2", "临江公安", 0.85),
    ("a digit behind a number", "临江123456", "临江12345", 0.7),
    ("a number spelt out", "临江一二三四五", "临江12345", 0.995),
    ("more around it", "临江公安便民之家", "临江公安", 0.7),
    ("a look-alike with more", "临江公按客服", "临江公安", 0.85),
    ("another word for the organ", "临江警方", "临江公安", 0.85),
    ("nearly a word for it, official", "吉林旅行推荐官", "吉林文旅", 0.7),
    ("a brand", "铁路优选", "中国铁路", 0.7),
    ("the prefix form", "平按洛阳", "平安洛阳", 0.85),
    ("a lottery office", "临江市福利彩票中心", "临江市福利彩票发行中心", 0.85),
]

INNOCENT = [  # why, candidate, protected, less than
    ("another place that sounds the same", "宿州公安", "苏州公安", 0.7),
    ("another place in a long name", "宿州市市场监督管理局", "苏州市市场监督管理局", 0.7),
    ("another place that looks alike", "清风潮阳", "清风朝阳", 0.7),
    ("another place, turned", "东山公安", "山东公安", 0.7),
    ("another organ", "临江税务", "临江公安", 0.7),
    ("another hotline", "临江12333", "临江12345", 0.55),
    ("a newspaper", "临江日报", "临江发布", 0.7),
    ("people of the town", "临江同城", "临江发布", 0.7),
    ("a club of friends", "临江文旅粉丝团", "临江文旅", 0.7),
    ("an everyday word", "临江公园", "临江公安", 0.7),
    ("province and city", "吉林市公安局", "吉林省公安局", 0.7),
    ("a brand of something else", "临江壹伴", "临江公安", 0.7),
    ("nothing in common", "小明的厨房", "临江公安", 0.55),
    ("a place that is a word", "东方公安", "南方公安", 0.7),
    ("a county of many peoples", "北川公安", "北山公安", 0.7),
]


@pytest.mark.parametrize(("how", "candidate", "name", "least"), FOUND, ids=[x[0] for x in FOUND])
def test_a_disguise_is_seen_through(how: str, candidate: str, name: str, least: float) -> None:
    match = compare(candidate, protect(name))
    assert match.score >= least, match
    assert match.reasons


@cache
def among() -> Names:
    return Names.of(name for _, _, name, _ in FOUND)


@pytest.mark.parametrize(("how", "candidate", "name", "least"), FOUND, ids=[x[0] for x in FOUND])
def test_it_is_found_among_many_names_too(
    how: str, candidate: str, name: str, least: float
) -> None:
    match = among().best(candidate)
    assert match is not None
    assert match.score >= least, match


@pytest.mark.parametrize(
    ("why", "candidate", "name", "most"), INNOCENT, ids=[x[0] for x in INNOCENT]
)
def test_an_innocent_name_is_left_alone(why: str, candidate: str, name: str, most: float) -> None:
    assert compare(candidate, protect(name)).score < most


@pytest.mark.parametrize(
    ("candidate", "name", "reason"),
    [
        ("人民曰报", "人民日报", "“曰”与“日”字形相近"),
        ("林疆工鞍", "临江公安", "与受保护名称读音相同"),
        ("临江公氨", "临江公安", "“氨”与“安”字形相近，读音相同"),
        ("临江供安", "临江公安", "“供”与“公”读音相同"),
        ("临江公安官方直播间", "临江公安", "增加了“官方直播间”"),
        ("临江\u200b公安", "临江公安", "含不可见字符 U+200B"),
        ("临江公公安", "临江公安", "“公”字重复"),
        ("LinJiang公安", "临江公安", "以拼音“linjiang”代替“临江”"),
        ("公安临江", "临江公安", "地名与机构名称前后颠倒"),
        ("临江警方", "临江公安", "地名相同，“警方”与“公安”指同一机构"),
        ("宿州公安", "苏州公安", "所含“宿州”是另一真实地名，可能是当地的账号"),
        ("临江公安", "临江公安", "与受保护名称完全相同"),
    ],
)
def test_the_reason_names_what_was_altered(candidate: str, name: str, reason: str) -> None:
    assert reason in compare(candidate, protect(name)).reasons


def test_a_medium_is_told_by_its_kind() -> None:
    assert compare("临江日报", protect("临江发布")).kind == "media"
    assert compare("临江文旅粉丝团", protect("临江文旅")).kind == "fan"
    assert compare("临江日报", protect("临江日报")).kind == ""


def test_bands_begin_where_they_say() -> None:
    scores = (1.0, 0.995, 0.994, 0.85, 0.849, 0.70, 0.699, 0.55, 0.549, 0.0)
    told = [band(score) for score in scores]
    assert "".join(name[0] for name in told) == "ssaarrwwnn"


NAMES = st.text("临江市公安局发布平安洛阳12345的aбエ·", max_size=12)


@settings(deadline=None)
@given(NAMES, NAMES)
def test_a_score_is_between_nothing_and_all(candidate: str, name: str) -> None:
    match = compare(candidate, protect(name))
    assert 0.0 <= match.score <= 1.0
    assert (match.band == "same") == (match.score == 1.0)
    assert bool(match.reasons) == (match.score > 0)


@settings(deadline=None)
@given(NAMES)
def test_a_name_is_itself(name: str) -> None:
    assert compare(name, protect(name)).score == (1.0 if skeleton(name) else 0.0)


@settings(deadline=None)
@given(NAMES, NAMES, st.integers(0, 12))
def test_what_is_not_seen_changes_no_score(candidate: str, name: str, at: int) -> None:
    hidden = candidate[:at] + "\u200b" + candidate[at:]
    assert compare(hidden, protect(name)).score == compare(candidate, protect(name)).score


@settings(deadline=None)
@given(NAMES, NAMES)
def test_a_distance_is_the_sum_of_its_steps(one: str, other: str) -> None:
    found = steps(one, other)
    assert distance(one, other) <= sum(step.cost for step in found) + 1e-9
    assert (found == ()) == (one == other)
