"""The index finds what comparing with every name finds."""

from __future__ import annotations

from random import Random

import pytest

from tests.bench.names_made import Made, made
from watcher.names.index import Names
from watcher.names.score import Match, compare, protect

ALERT, WEAK = 0.85, 0.55
HELD_DOWN = 0.55  # what the name of another real place comes to at most


@pytest.fixture(scope="module")
def small() -> Made:
    return made(seed=11, victims=60)


@pytest.fixture(scope="module")
def names(small: Made) -> Names:
    return Names.of(small.protected)


def _score(match: Match | None) -> float:
    return match.score if match else 0.0


def test_the_index_is_as_good_as_comparing_with_all(small: Made, names: Names) -> None:
    drawn = Random(3)
    attacks = [one.name for one in drawn.sample(small.variants, 200)]
    innocents = [one.name for one in drawn.sample(small.innocents, 40)]
    protected = [protect(name) for name in small.protected]
    other = []
    for candidate in attacks + innocents:
        most = max(compare(candidate, one).score for one in protected)
        found = _score(names.best(candidate))
        if max(most, found) > HELD_DOWN and abs(most - found) > 1e-6:
            other.append((candidate, most, found))
    assert len(other) <= 0.01 * (len(attacks) + len(innocents)), other


def test_attacks_are_found_and_innocents_are_not(small: Made, names: Names) -> None:
    attacks = [names.best(one.name) for one in small.variants]
    found = [match for match in attacks if _score(match) >= 0.7]
    assert len(found) >= 0.97 * len(attacks)
    innocents = [_score(names.best(one.name)) for one in small.innocents]
    assert sum(score >= ALERT for score in innocents) <= 0.01 * len(innocents)


def test_the_victim_is_named(small: Made, names: Names) -> None:
    right = 0
    for one in small.variants:
        match = names.best(one.name)
        right += match is not None and match.match == one.target
    assert right >= 0.95 * len(small.variants)


@pytest.mark.parametrize(
    ("candidate", "victim"),
    [
        ("三亚讼安", "三亚公安"),
        ("三鸭公安", "三亚公安"),
        ("SanYa公安", "三亚公安"),
        ("SY公安官方", "三亚公安"),
        ("sanyagongan", "三亚公安"),
        ("公安三亚", "三亚公安"),
        ("三亚警方", "三亚公安"),
        ("【三\u200b亚公安】直播间", "三亚公安"),
        ("文旅三亚推荐官", "三亚文旅"),
        ("天涯区气像局", "天涯区气象局"),
        ("重庆发步", "重庆发布"),
    ],
)
def test_each_kind_of_change_has_its_key(candidate: str, victim: str) -> None:
    names = Names.of(["三亚公安", "三亚文旅", "天涯区气象局", "重庆发布", "海口发布", "人民日报"])
    match = names.best(candidate)
    assert match is not None
    assert match.match == victim
    assert match.score >= 0.7


@pytest.mark.parametrize(
    "candidate", ["", " ", "😀", "深夜书桌", "Python笔记", "a" * 500, "海" * 500]
)
def test_of_what_is_near_nothing_nothing_is_said(candidate: str) -> None:
    assert _score(Names.of(["三亚公安", "", "😀"]).best(candidate)) < WEAK


def test_no_names_and_same_names_are_no_trouble() -> None:
    assert Names.of([]).best("三亚公安") is None
    names = Names.of(["三亚公安", "三亚公安", "三亞公安"])
    match = names.best("三亚公安")
    assert match is not None
    assert (match.match, match.band) == ("三亚公安", "same")
