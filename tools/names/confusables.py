"""Builds watcher/names/data/confusables.tsv: letters of other scripts that look like ours.

    python -m tools.names.confusables CONFUSABLES.json [OUT]

CONFUSABLES.json is the file of the package confusable-homoglyphs (MIT), which holds Unicode's
confusables.txt (UTS #39) in both directions; the Unicode licence covers what is taken from it:
single letters that look like one of a-z, 0-9 or like one Han character. What NFKC already folds
and Han characters that look like other Han characters are left out (the glyph table has them).
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OUT = Path(__file__).parents[2] / "watcher" / "names" / "data" / "confusables.tsv"
HEAD = "# From Unicode's confusables.txt (UTS #39). © Unicode, Inc. Unicode License v3\n"
I_LIKE = frozenset("lI1|")  # one shape in UTS #39; what is an i in lower case is an i


def main(source: str, out: str = str(OUT)) -> None:
    table = dict(pairs(json.loads(Path(source).read_text("utf8"))))
    rows = "".join(f"{char}\t{table[char]}\n" for char in sorted(table))
    Path(out).write_text(HEAD + rows, "utf8")


def pairs(confusables: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[str, str]]:
    """Each letter of another script with what it looks like."""
    for char, likes in confusables.items():
        if not _is_foreign(char):
            continue
        shapes = {like["c"] for like in likes if len(like["c"]) == 1}
        if char.isupper() and shapes & I_LIKE:
            shapes |= {like["c"] for like in confusables.get(char.lower(), [])}
        if target := _target(shapes):
            yield char, target


def _target(shapes: set[str]) -> str:
    """The Han character or the ASCII letter or digit that is meant, "" if none is."""
    letters = {shape.lower() for shape in shapes if shape.isascii() and shape.isalnum()}
    if letters:
        return "i" if letters >= {"i"} else min(letters, key=lambda shape: (shape.isdigit(), shape))
    return min((shape for shape in shapes if _is_han(shape)), default="")


def _is_foreign(char: str) -> bool:
    return (
        len(char) == 1
        and not char.isascii()
        and not _is_han(char)
        and unicodedata.category(char)[0] in "LN"
        and unicodedata.normalize("NFKC", char) == char
    )


def _is_han(char: str) -> bool:
    return len(char) == 1 and (0x3400 <= ord(char) < 0xA000 or 0x20000 <= ord(char) < 0x40000)


if __name__ == "__main__":
    main(*sys.argv[1:])
