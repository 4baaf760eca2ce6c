"""Likeness of characters is what the eye says, and cheap to have."""

from __future__ import annotations

import random

import pytest

from watcher.names.glyphs import alike, lookalikes


@pytest.mark.parametrize(
    ("pair", "least"),
    [
        ("巿市", 0.97),
        ("己已", 0.93),
        ("末未", 0.93),
        ("土士", 0.93),
        ("捡检", 0.92),
        ("人入", 0.84),
        ("曰日", 0.84),
        ("诲海", 0.80),
        ("柿市", 0.78),  # holds the other
        ("矿广", 0.78),
        ("折拆", 0.90),
        ("城诚", 0.74),  # all but the radical
    ],
)
def test_what_the_eye_takes_for_another_is_alike(pair: str, least: float) -> None:
    assert alike(*pair) >= least


@pytest.mark.parametrize("pair", ["我他", "三海", "公安", "发布", "崖岛", "a安", "安a", "12"])
def test_what_nobody_mistakes_is_not_in_the_table(pair: str) -> None:
    assert alike(*pair) == 0.0


def test_likeness_is_mutual_and_never_said_of_a_character_itself() -> None:
    for char in "三亚公安发布市检察院":
        assert char not in lookalikes(char)
        assert alike(char, char) == 1.0
        for other, likeness in lookalikes(char).items():
            assert alike(other, char) == likeness
            assert 0.6 <= likeness < 1.0


def test_hardly_any_two_characters_of_names_are_alike_by_chance() -> None:
    drawn = random.Random(5)
    names = "三亚海口公安发布文旅消防气象教育税务司法卫健民政交通应急管理检察纪委监委统计审计商务"
    pairs = [(drawn.choice(names), drawn.choice(names)) for _ in range(4000)]
    alike_pairs = {pair for pair in pairs if pair[0] != pair[1] and alike(*pair) >= 0.62}
    assert len(alike_pairs) / len(pairs) < 0.01
