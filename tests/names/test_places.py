"""Places are found in names as a reader finds them, and ordinary words are no places."""

from __future__ import annotations

import pytest

from watcher.names.places import (
    base,
    find_places,
    is_place,
    is_word,
    may_be_place,
    within,
)


@pytest.mark.parametrize(
    ("name", "bases"),
    [
        ("三亚公安", ["三亚"]),
        ("三亚市公安局", ["三亚"]),
        ("平安洛阳", ["洛阳"]),
        ("海南省三亚市吉阳区发布", ["海南", "三亚", "吉阳"]),
        ("天涯发布", ["天涯"]),
        ("育才生态区", ["育才"]),
        ("北川羌族自治县公安局", ["北川"]),  # a wild card before 自治 leaves nothing of it
        ("隆林各族自治县", ["隆林"]),
        ("延边州公安", ["延边"]),
        ("内蒙古发布", ["内蒙古"]),
        ("浦东新区发布", ["浦东"]),
        ("雄安发布", ["雄安"]),
        ("山海关公安", ["山海关"]),
        ("科尔沁左翼中旗公安", ["科尔沁左翼中旗"]),
        ("重庆两江新区", ["重庆", "两江"]),
    ],
)
def test_places_are_found_in_full_and_short(name: str, bases: list[str]) -> None:
    assert [place.base for place in find_places(name)] == bases


@pytest.mark.parametrize("word", ["公安", "资源", "合作", "共和", "新华", "平安", "健康", "安全"])
def test_a_word_that_is_also_a_place_is_none_by_itself(word: str) -> None:
    assert find_places(f"{word}在线") == ()
    assert not is_place(word)


def test_such_a_word_with_its_division_is_a_place() -> None:
    assert [place.text for place in find_places("公安县公安局")] == ["公安县"]
    assert [place.text for place in find_places("东方市发布")] == ["东方市"]
    assert may_be_place("南岸")
    assert not may_be_place("健康")


def test_no_place_begins_inside_a_word() -> None:
    assert find_places("公安宁静") == ()


def test_where_a_place_stands_is_told() -> None:
    (place,) = find_places("平安三亚市")
    assert (place.start, place.text, place.base, place.kind) == (2, "三亚市", "三亚", "city")


def test_the_short_form_of_a_place_is_its_base() -> None:
    assert base("三亚市") == base("三亚") == "三亚"
    assert base("恩施土家族苗族自治州") == base("恩施州") == "恩施"
    assert base("蝴蝶市") == "蝴蝶"
    assert base("芒市") == "芒市"


def test_a_place_lies_within_what_its_code_says() -> None:
    assert within("吉阳", "三亚")
    assert within("三亚", "海南")
    assert within("渝中", "重庆")
    assert not within("三亚", "吉阳")
    assert not within("陵水", "三亚")


def test_words_are_told_from_what_is_none() -> None:
    assert all(map(is_word, ("发布", "平安", "海滩", "警务")))
    assert not any(map(is_word, ("三鸭", "发步厅", "诲南", "", "安", "abcd", "中华人民共和国")))
