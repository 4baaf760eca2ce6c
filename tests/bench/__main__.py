"""`python -m tests.bench [checks|many|names|pages|reports|size|year …]`: figures as one JSON."""

from __future__ import annotations

import asyncio
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from tests.bench import checks, many, names, pages, reports, size, year

PARTS: Mapping[str, Callable[[Path], Any]] = {
    "checks": lambda folder: asyncio.run(checks.measure(300, 6, folder)),
    "many": lambda folder: many.measure(100_000, 20.0, folder),
    "names": lambda folder: names.measure(300, names.SIZES),
    "pages": lambda folder: pages.measure(20),
    "reports": lambda folder: reports.measure(10_000, 750, folder),
    "size": lambda folder: size.measure(20, 130, folder),
    "year": lambda folder: year.measure(150, 365),
}


def main(wanted: list[str]) -> int:
    """Measure what is named, or all; the exit status."""
    if unknown := [name for name in wanted if name not in PARTS]:
        sys.stderr.write(f"no such part: {', '.join(unknown)}; known: {', '.join(PARTS)}\n")
        return 2
    told: dict[str, Any] = {
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "load": round(os.getloadavg()[0], 1),
        }
    }
    for name in wanted or PARTS:
        with TemporaryDirectory(prefix="shouwang-bench-") as folder:
            told[name] = PARTS[name](Path(folder))
    sys.stdout.write(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
