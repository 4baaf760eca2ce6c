"""What issue 5 asks of names, on the public benchmark where it lies beside the repository."""

from __future__ import annotations

import csv
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from watcher.names.index import Names
from watcher.names.score import compare, protect

FOLDER = Path(__file__).parents[3] / "shared" / "bench" / "impersonation"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the benchmark is not beside the repository"),
]
Row = Mapping[str, str]


def rows(name: str) -> list[Row]:
    with (FOLDER / name).open(encoding="utf8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def names() -> Names:
    return Names.of(row["name"] for row in rows("names.tsv") if row["role"] == "protected")


@cache
def score(name: str) -> float:
    match = names().best(name)
    return match.score if match else 0.0


def threshold(innocent: list[float]) -> float:
    """The least score that at most one innocent name in a hundred reaches."""
    rising = sorted(innocent, reverse=True)
    return rising[len(rising) // 100] + 1e-6


def recall(attacks: list[Row], least: float) -> float:
    return sum(score(row["variant"]) >= least for row in attacks) / len(attacks)


@pytest.fixture(scope="module")
def attacks() -> list[Row]:
    return rows("variants.tsv")


@pytest.fixture(scope="module")
def innocent() -> list[float]:
    return [score(row["name"]) for row in rows("negatives.tsv")]


def test_attacks_stand_above_innocent_names(attacks: list[Row], innocent: list[float]) -> None:
    below = sorted(innocent)
    scores = [score(row["variant"]) for row in attacks]
    wins = sum((bisect_left(below, each) + bisect_right(below, each)) / 2 for each in scores)
    assert wins / len(scores) / len(below) >= 0.99


def test_at_one_in_a_hundred_nearly_all_are_found(
    attacks: list[Row], innocent: list[float]
) -> None:
    least = threshold(innocent)
    assert recall(attacks, least) >= 0.97
    assert recall([row for row in attacks if row["attack"] == "glyph2"], least) >= 0.85


def test_a_threshold_found_on_some_names_holds_for_the_others(
    attacks: list[Row], innocent: list[float]
) -> None:
    least = threshold(innocent[::2])
    assert sum(each >= least for each in innocent[1::2]) / len(innocent[1::2]) <= 0.015
    targets = sorted({row["target"] for row in attacks})[1::2]
    assert recall([row for row in attacks if row["target"] in targets], least) >= 0.97


def test_those_to_alert_for_are_hardly_ever_innocent(innocent: list[float]) -> None:
    assert sum(each >= 0.85 for each in innocent) / len(innocent) <= 0.003
    assert sum(each >= 0.70 for each in innocent) / len(innocent) <= 0.005


def test_the_cases_that_happened_are_found() -> None:
    happened = [row for row in rows("real_cases.tsv") if not row["target"].startswith("(")]
    for row in happened:
        assert compare(row["impersonator"], protect(row["target"])).score >= 0.7, row
    among = Names.of([*names().names, *(row["target"] for row in happened)])
    found = [among.best(row["impersonator"]) for row in happened]
    assert [match.match if match else "" for match in found] == [row["target"] for row in happened]
