"""Builds watcher/names/data/readings.tsv: how characters are read today, without tones.

    python -m tools.names.readings [OUT]

pypinyin's table of characters (MIT) lists readings of old books beside those of today (居 as jī,
洁 as jí), by which anything would sound like anything. What its table of phrases (MIT) uses in a
fair share of the phrases with a character, or as its first reading, is a reading of today. Only
characters with several readings stand in the file; the others have the first of pypinyin's.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path

from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

from watcher.names.sound import toneless

OUT = Path(__file__).parents[2] / "watcher" / "names" / "data" / "readings.tsv"
HEAD = "# Readings of today, from pypinyin's phrases (MIT)\n"
SHARE = 0.04  # of the phrases with the character


def main(out: str = str(OUT)) -> None:
    used = _used()
    rows = {char: _today(char, used[char]) for char in sorted(used)}
    lines = (f"{char}\t{' '.join(found)}\n" for char, found in rows.items() if len(found) > 1)
    Path(out).write_text(HEAD + "".join(lines), "utf8")


def _used() -> defaultdict[str, Counter[str]]:
    used: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for phrase, spelt in PHRASES_DICT.items():
        if len(phrase) == len(spelt):
            for char, (sound, *_) in zip(phrase, spelt, strict=True):
                used[char][toneless(sound)] += 1
    return used


def _today(char: str, counts: Counter[str]) -> tuple[str, ...]:
    first = toneless(PINYIN_DICT.get(ord(char), "").split(",")[0])
    common = [sound for sound, count in counts.most_common() if count >= SHARE * counts.total()]
    return tuple(dict.fromkeys([sound for sound in (*common, first) if sound]))


if __name__ == "__main__":
    main(*sys.argv[1:])
