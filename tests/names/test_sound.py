"""How names sound."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.names.sound import fuzzy, initials, latin, readings, spellings, syllables


@pytest.mark.parametrize(
    ("place", "read"),
    [
        ("六安", "lu an"),
        ("长子县", "zhang zi xian"),
        ("厦门", "xia men"),
        ("乐清", "yue qing"),
        ("单县", "shan xian"),
        ("都匀", "du yun"),
        ("朝阳区", "chao yang qu"),
        ("蚌埠", "beng bu"),
    ],
)
def test_places_are_read_as_the_people_there_do(place: str, read: str) -> None:
    assert " ".join(syllables(place)) == read


@settings(deadline=None)
@given(st.text(max_size=16))
def test_each_character_has_one_syllable(text: str) -> None:
    assert len(syllables(text)) == len(text)


def test_readings_are_those_of_today() -> None:
    assert readings("居") == ("ju",)
    assert set(readings("重")) == {"zhong", "chong"}
    assert readings("a") == ("a",)
    assert "san" in readings("3")


def test_sounds_that_are_confused_are_one_class() -> None:
    assert fuzzy("zhang") == fuzzy("zan")
    assert fuzzy("nan") == fuzzy("lan")
    assert fuzzy("ling") == fuzzy("nin")
    assert fuzzy("an") != fuzzy("en")


def test_pinyin_is_one_spelling_however_the_vowel_is_typed() -> None:
    assert spellings("旅游") == {latin("lvyou")} == {latin("lyuyou")} == {"luyou"}


def test_a_place_is_also_known_as_its_words_are_read() -> None:
    assert spellings("朝阳") == {"chaoyang", "zhaoyang"}


def test_initials_are_of_each_syllable() -> None:
    assert initials("三亚12") == {"sy12"}
    assert initials("朝阳") == {"cy", "zy"}
