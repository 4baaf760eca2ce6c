"""A name taken apart."""

from __future__ import annotations

import pytest

from watcher.names.organs import form, kind_of, loose_form
from watcher.names.parts import Parts, prepare, protect


def parts(name: str) -> Parts:
    return prepare(name).of


@pytest.mark.parametrize(
    ("name", "place", "organ"),
    [
        ("三亚公安", "三亚", "公安"),
        ("三亚市公安局", "三亚", "公安局"),
        ("平安洛阳", "洛阳", "平安"),
        ("健康海淀", "海淀", "健康"),
        ("清风南岸", "南岸", "清风"),
        ("南岸发布", "南岸", "发布"),
        ("公安县发布", "公安", "发布"),
        ("济南市天桥区人民检察院", "天桥", "检察院"),
        ("北川羌族自治县发布", "北川", "发布"),
        ("南京市场监管", "南京", "市场监管"),
        ("中国邮政", "", "邮政"),
    ],
)
def test_place_and_organ_are_told_apart(name: str, place: str, organ: str) -> None:
    assert (parts(name).place, parts(name).organ) == (place, organ)


@pytest.mark.parametrize(
    ("name", "core", "added"),
    [
        ("三亚公安官方直播间", "三亚公安", ("官方直播间",)),
        ("官方三亚公安客服2", "三亚公安", ("2", "客服", "官方")),
        ("新三亚发布", "三亚发布", ("新",)),
        ("新余发布", "新余发布", ()),
        ("江苏政务服务平台", "江苏政务服务", ("平台",)),
        ("江苏疾控中心", "江苏疾控中心", ()),
        ("三亚12345", "三亚12345", ()),
        ("三亚在线", "三亚在线", ()),
        ("三亚官方发布", "三亚发布", ("官方",)),
        ("国家税务总局三亚市税务局", "三亚市税务局", ("国家税务总局",)),
        ("邮政精选", "邮政", ("精选",)),
    ],
)
def test_what_says_nothing_is_taken_off(name: str, core: str, added: tuple[str, ...]) -> None:
    assert (parts(name).core, parts(name).added) == (core, added)


def test_the_plain_form_is_without_levels_and_the_people() -> None:
    assert parts("三亚市人民政府网").plain == "三亚政府网"
    assert parts("黄山市文化和旅游局").plain == "黄山文化旅游局"


def test_synonyms_have_one_form() -> None:
    assert form("教育公告") == form("教育局发布")
    assert form("公安") == form("警方") != form("交警")
    assert loose_form("旅行") == form("文旅") != form("旅行")


def test_words_of_others_are_known() -> None:
    names = ("三亚日报", "广东科技报", "三亚同城", "三亚某某公司", "三亚播报", "三亚发布")
    assert [kind_of(name) for name in names] == ["media", "media", "fan", "commercial", "", ""]


def test_a_protected_name_knows_its_other_order() -> None:
    assert protect("三亚公安").turned == ("公安三亚",)
    assert protect("平安洛阳").turned == ("洛阳平安",)
    assert protect("三亚公安在线").turned == ("公安三亚", "公安在线三亚")


@pytest.mark.parametrize("name", ["", "😀", "1", "a", "市", "县区市", "2" * 80, "\u200b"])
def test_hardly_anything_is_a_name_too(name: str) -> None:
    assert prepare(name).of.name == protect(name).of.name == name
