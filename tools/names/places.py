"""Builds watcher/names/data/places.tsv and words.npz.

    python -m tools.names.places --places cpca/resources/adcodes.csv --dict jieba/dict.txt

Divisions are those of cpca (MIT) with the additions of `extra.tsv`; words are those of jieba's
dictionary (MIT) that are written at all often, two to four characters long.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from tools.names.words import HAN, divisions, words

OUT = Path("watcher/names/data")
LEAST = {2: 4, 3: 6, 4: 6}  # occurrences in jieba's corpus, by characters of the word
NO_PLACE = ("市辖区", "直辖", "群岛")  # rows that head a list; the islands come with extra.tsv
GENERIC = {"县", "城区", "郊区", "矿区", "东区", "西区", "新区"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=Path, required=True)
    parser.add_argument("--dict", type=Path, required=True)
    args = parser.parse_args()
    rows = sorted((code[:6], name) for code, name in divisions(args.places) if _is_place(name))
    rows += _extra(Path(__file__).with_name("extra.tsv"))
    text = "".join(f"{code}\t{name}\n" for code, name in rows)
    OUT.joinpath("places.tsv").write_text(text, "utf8")
    codes = np.array(sorted({_code(w) for w, n in words(args.dict) if _is_kept(w, n)}), np.uint64)
    np.savez_compressed(OUT / "words.npz", steps=np.diff(codes, prepend=np.uint64(0)))
    print(f"{len(rows)} places, {len(codes)} words")


def _is_place(name: str) -> bool:
    return name not in GENERIC and not any(mark in name for mark in NO_PLACE)


def _extra(file: Path) -> list[tuple[str, str]]:
    with file.open(encoding="utf8", newline="") as rows:
        return [(row["code"], row["name"]) for row in csv.DictReader(rows, delimiter="\t")]


def _is_kept(word: str, count: int) -> bool:
    return count >= LEAST.get(len(word), count + 1) and all(ord(char) in HAN for char in word)


def _code(word: str) -> int:
    """Its characters, 16 bits each: what `places.is_word` looks for."""
    code = 0
    for char in word:
        code = code << 16 | ord(char)
    return code


if __name__ == "__main__":
    main()
