"""`python -m tests.bench [checks|many|size]`: the figures as one JSON document."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from tests.bench import checks


def main() -> None:
    with TemporaryDirectory(prefix="shouwang-bench-") as folder:
        told = {"checks": asyncio.run(checks.measure(300, 6, Path(folder)))}
    sys.stdout.write(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() + "\n")


if __name__ == "__main__":
    main()
