"""The form in which names are compared, and what is said of how one is written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.names.normal import confusables, skeleton, variants

NAMES = st.text(max_size=20)
INVISIBLE = st.sampled_from(
    [chr(code) for code in (0x200B, 0x200D, 0x2060, 0xFEFF, 0x034F, 0xAD, 0xFE0F, 0xE0020, 0x3164)]
)


@settings(deadline=None)
@given(NAMES)
def test_a_skeleton_is_its_own_skeleton(name: str) -> None:
    assert skeleton(skeleton(name)) == skeleton(name)


@settings(deadline=None)
@given(st.text(max_size=12), INVISIBLE, st.integers(0, 12))
def test_what_is_not_seen_never_matters(name: str, unseen: str, at: int) -> None:
    assert skeleton(name[:at] + unseen + name[at:]) == skeleton(name)


@settings(deadline=None)
@given(NAMES)
def test_only_letters_and_digits_are_left(name: str) -> None:
    assert all(
        unicodedata.category(char)[0] in "LN" or ord(char) > 0x2E80 for char in skeleton(name)
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("三亞發佈", "三亚发布"),
        ("亜洲", "亚洲"),
        ("広州図書館", "广州图书馆"),
        ("靑春", "青春"),
        ("⼈社⻄安", "人社西安"),
        ("江苏⼈大", "江苏人大"),
        ("總エ会", "总工会"),
        ("ミ亚", "三亚"),
        ("Ｓａｎｙａ", "sanya"),
        ("ѕаnуа", "sanya"),
        ("三亚１２３４５", "三亚12345"),
        ("三亚l2345", "三亚12345"),
        ("三亚1234Ꮞ", "三亚12344"),
        ("三亚一二三四五", "三亚12345"),
        ("三亚壹贰叁肆伍", "三亚12345"),
        ("三亚™发布®", "三亚发布"),
        ("三亚🇨🇳发布✅", "三亚发布"),
        ("三亚丨发布", "三亚发布"),
        ("三亚の发布", "三亚发布"),
        ("三亚ღ发布", "三亚发布"),
        ("Ⓢanya", "sanya"),
        ("Lǚyóu", "luyou"),
    ],
)
def test_a_disguise_has_the_skeleton_of_what_is_meant(written: str, meant: str) -> None:
    assert skeleton(written) == meant


@pytest.mark.parametrize("name", ["乾县发布", "陆川发布", "三亚发布", "一二发布", "著名"])
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    assert skeleton(name) == name


def test_a_name_without_letters_has_no_skeleton() -> None:
    assert skeleton("😀！？") == skeleton("") == ""


def test_a_name_of_a_megabyte_is_cut() -> None:
    assert len(skeleton("三" * 1_000_000)) == 64


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("三亚\u200b发布", "含不可见字符 U+200B"),
        ("三亚 发布", "夹有空格"),
        ("三亚★发布", "夹有符号“★”"),
        ("三亞发布", "含繁体或异体字“亞”（亚）"),
        ("⻄安发布", "以部首“⻄”代替“西”"),
        ("工会エ", "以其他文字的“エ”代替“工”"),
        ("三亚１", "含全角字符“１”"),
        ("三亚一二三四五", "以汉字书写数字"),
    ],
)
def test_what_is_unusual_is_told(name: str, told: str) -> None:
    assert told in variants(name)


def test_nothing_is_told_of_a_plain_name() -> None:
    assert variants("三亚发布12345") == variants("Sanya News") == ()


@settings(deadline=None)
@given(NAMES)
def test_each_thing_is_told_once(name: str) -> None:
    told = variants(name)
    assert len(told) == len(set(told))


def test_the_table_holds_letters_of_other_scripts_only() -> None:
    table = confusables()
    assert table["а"] == "a"
    assert table["エ"] == "工"
    assert not any(char.isascii() for char in table)
    assert all(len(meant) == 1 for meant in table.values())
