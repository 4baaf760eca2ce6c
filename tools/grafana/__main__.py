"""Writes the dashboards: `python -m tools.grafana [-o FOLDER] [--console URL]`.

The files of deploy/grafana/dashboards are made by this and by nothing else; a test makes them
again and compares the bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tools.grafana import impersonation, offices, overview, platforms, system
from tools.grafana.board import CONSOLE, Board, made

FOLDER = Path(__file__).parents[2] / "deploy" / "grafana" / "dashboards"


def boards() -> tuple[Board, ...]:
    """All dashboards, in the order in which people meet them."""
    makers = (overview.board, platforms.board, offices.board, impersonation.board, system.board)
    return tuple(make() for make in makers)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.grafana", description=__doc__)
    parser.add_argument("-o", dest="folder", type=Path, default=FOLDER, help="where to write")
    parser.add_argument(
        "--console", default=CONSOLE, help="address of the status page as readers reach it"
    )
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for board in boards():
        path = asked.folder / f"{board.uid}.json"
        path.write_text(made(board, asked.console.rstrip("/")), "utf-8")
        print(path)


if __name__ == "__main__":
    main()
