"""How well names are told from names, and how fast.

A generated benchmark ships with the project. The public one lies beside the project where it is
worked on (`SHOUWANG_NAMES_BENCH`, else ../shared/bench/impersonation); elsewhere it is left out.
Speed is also told as a ratio to a search of rapidfuzz among 1,000 names in the same process, since
machines differ.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

import numpy as np
import orjson
import psutil
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from tests.bench.names_made import WORDS, Innocent, Made, Variant, made
from watcher.names.index import Names

ROOT = Path(__file__).parents[2]
PUBLIC = Path(os.environ.get("SHOUWANG_NAMES_BENCH", ROOT.parent / "shared/bench/impersonation"))
SIZES = (1_000, 10_000, 100_000)
FALSE = 0.01  # share of innocents that may be taken for impersonators where recall is told
BANDS = ("same", "alert", "review", "weak", "none")
Scores = NDArray[np.float64]


def measure(victims: int, sizes: Sequence[int]) -> dict[str, Any]:
    """Quality on the generated and, where it is there, the public benchmark; speed by size."""
    told = {"generated": quality(made(1, victims))}
    if PUBLIC.is_dir():
        told["public"] = quality(public(PUBLIC))
    told["speed"] = {str(size): _apart(size) for size in sizes}
    return told


def public(folder: Path) -> Made:
    """The benchmark of names.tsv, variants.tsv and negatives.tsv."""
    names = [row["name"] for row in _rows(folder / "names.tsv") if row["role"] == "protected"]
    variants = _rows(folder / "variants.tsv")
    innocents = _rows(folder / "negatives.tsv")
    return Made(
        protected=tuple(names),
        variants=tuple(Variant(one["target"], one["variant"], one["attack"]) for one in variants),
        innocents=tuple(Innocent(one["name"], one["class"]) for one in innocents),
    )


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf8", newline="") as rows:
        return list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))


def quality(bench: Made) -> dict[str, Any]:
    """AUC, AP, recall where 1 % of innocents are taken for impersonators, and by kind."""
    names = Names.of(bench.protected)
    attacks = [names.best(one.name) for one in bench.variants]
    others = [names.best(one.name) for one in bench.innocents]
    bad, good = (
        np.array([match.score if match else 0.0 for match in found]) for found in (attacks, others)
    )
    threshold = _threshold(good)
    named = zip(attacks, bench.variants, strict=True)
    victim = sum(match is not None and match.match == one.target for match, one in named)
    return {
        "protected": len(bench.protected),
        "attacks": len(bad),
        "innocents": len(good),
        "auc": round(auc(bad, good), 4),
        "ap": round(average_precision(bad, good), 4),
        "threshold_at_fpr_1": round(threshold, 3),
        "recall_at_fpr_1": _share(bad > threshold),
        "victim_named": round(victim / max(1, len(bad)), 4),
        "recall_by_attack": _by([one.attack for one in bench.variants], bad > threshold),
        "fpr_by_class_at_alert": _by([one.kind for one in bench.innocents], good >= 0.85),
        "bands_of_attacks": _bands([match.band if match else "none" for match in attacks]),
        "bands_of_innocents": _bands([match.band if match else "none" for match in others]),
    }


def _threshold(good: Scores) -> float:
    """The lowest score that at most 1 % of the innocents are above."""
    return float(np.sort(good)[::-1][int(len(good) * FALSE)])


def _share(true: NDArray[np.bool_]) -> float:
    return round(float(true.mean()), 4)


def _by(kinds: list[str], true: NDArray[np.bool_]) -> dict[str, float]:
    found = defaultdict(list)
    for kind, one in zip(kinds, true.tolist(), strict=True):
        found[kind].append(one)
    return {kind: round(sum(all_) / len(all_), 4) for kind, all_ in sorted(found.items())}


def _bands(bands: list[str]) -> dict[str, float]:
    count = Counter(bands)
    return {band: round(count[band] / len(bands), 4) for band in BANDS}


def auc(bad: Scores, good: Scores) -> float:
    """The share of pairs in which the attack has the higher score; equals count half."""
    order = np.sort(good)
    below, up_to = np.searchsorted(order, bad), np.searchsorted(order, bad, side="right")
    return float((below + up_to).sum() / 2 / len(bad) / len(good))


def average_precision(bad: Scores, good: Scores) -> float:
    """The mean precision over the recall that each further score adds."""
    scores = np.unique(np.concatenate((bad, good)))[::-1]
    true = len(bad) - np.searchsorted(np.sort(bad), scores)
    false = len(good) - np.searchsorted(np.sort(good), scores)
    recall = np.concatenate(([0.0], true / len(bad)))
    return float((np.diff(recall) * true / (true + false)).sum())


def _apart(size: int) -> dict[str, Any]:
    """Speed in a process of its own, so that its memory is what this size needs."""
    command = [sys.executable, "-m", "tests.bench.names", str(size)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    told: dict[str, Any] = orjson.loads(done.stdout)
    return told


def speed(size: int) -> dict[str, Any]:
    """Building for so many protected names, then two streams of candidates on one core."""
    bench = made(2, 100)
    own = public(PUBLIC).protected if PUBLIC.is_dir() else ()
    protected = list(dict.fromkeys((*own, *many(size))))[:size]  # whom the public mix attacks
    protected += bench.protected[: max(0, size - len(protected))]
    begun = process_time()
    names = Names.of(protected)
    build = process_time() - begun
    attacked = [one.name for one in bench.variants] + [one.name for one in bench.innocents]
    mostly_innocent = _stream([one.name for one in bench.innocents], attacked)
    reference = _rate(
        attacked[:500], lambda one: process.extractOne(one, protected[:1000], scorer=fuzz.ratio)
    )
    realistic = _realistic()
    rates = {
        "public_cold": _turn(realistic, names.best) if realistic else 0.0,
        "attacks_cold": _turn(attacked, names.best),
        "attacks": _rate(attacked, names.best),
        "innocents": _rate(mostly_innocent, names.best),
    }
    return {
        "build_cpu_seconds": round(build, 2),
        "candidates_per_second": {kind: round(rate) for kind, rate in rates.items()},
        "ratio_to_rapidfuzz": {kind: round(rate / reference, 2) for kind, rate in rates.items()},
        "rss_mb": psutil.Process().memory_info().rss >> 20,
    }


def many(size: int) -> list[str]:
    """So many names of organs: three in a hundred are attacked, the rest are the country's."""
    victims = list(made(2, 100).protected)
    places = [line[7:] for line in _places().splitlines()]
    organs = WORDS["organs"] + WORDS["long"]
    drawn = Random(4)
    found = dict.fromkeys(victims[:size])
    while len(found) < size:
        found[drawn.choice(places) + drawn.choice(organs) + drawn.choice(("", "", "", "在线"))] = (
            None
        )
    return list(found)


def _places() -> str:
    return (ROOT / "watcher/names/data/places.tsv").read_text("utf8")


def _stream(innocents: list[str], attacked: list[str]) -> list[str]:
    """What a search brings: nineteen in twenty have nothing to do with us."""
    drawn = Random(5)
    return [drawn.choice(attacked if n % 20 == 0 else innocents) for n in range(1000)]


def _realistic() -> list[str]:
    """The public mix, two thirds attacks, in an order of chance; nothing where it is not there."""
    if not PUBLIC.is_dir():
        return []
    bench = public(PUBLIC)
    mixed = [one.name for one in bench.variants] + [one.name for one in bench.innocents]
    Random(6).shuffle(mixed)
    return mixed


def _turn(candidates: Sequence[str], look: Callable[[str], object]) -> float:
    """Candidates for each second of CPU, each seen for the first time."""
    begun = process_time()
    for candidate in candidates:
        look(candidate)
    return len(candidates) / (process_time() - begun)


def _rate(candidates: Sequence[str], look: Callable[[str], object]) -> float:
    """The better of two turns: the first fills caches."""
    return max(_turn(candidates, look) for _ in range(2))


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(speed(int(sys.argv[1]))))
