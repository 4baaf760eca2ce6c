"""Readers of the sources the tables of watcher/names/data are built from."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

HAN = range(0x4E00, 0xA000)


def frequencies(dictionary: Path) -> Counter[str]:
    """How often each character is written, by jieba's `dict.txt` (MIT): word, count, kind."""
    often: Counter[str] = Counter()
    for word, count in words(dictionary):
        for char in word:
            if ord(char) in HAN:
                often[char] += count
    return often


def words(dictionary: Path) -> list[tuple[str, int]]:
    rows = (line.split(" ") for line in dictionary.read_text("utf8").splitlines())
    return [(row[0], int(row[1])) for row in rows]


def divisions(places: Path) -> list[tuple[str, str]]:
    """Code and name of every division in cpca's `adcodes.csv` (MIT)."""
    with places.open(encoding="utf8", newline="") as file:
        return [(row["adcode"], row["name"]) for row in csv.DictReader(file)]


def characters(places: Path) -> set[str]:
    return {char for _, name in divisions(places) for char in name}
