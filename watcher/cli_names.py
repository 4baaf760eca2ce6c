"""`watcher names`: how much names may be taken for protected ones."""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table
from rich.text import Text

from watcher.name_lists import NameList, NameListError, read_names
from watcher.names.index import Names
from watcher.names.score import Match
from watcher.terminal import BadInputError, JsonOption, err, out

app = typer.Typer(no_args_is_help=True, help="名称：与受保护名称比对")

_BANDS = {"same": "相同", "alert": "高度近似", "review": "待复核", "weak": "略近似", "none": "无关"}
_KINDS = {"media": "媒体", "fan": "民间", "commercial": "商业", "": ""}
_BATCH = 1000  # results written at a time
_SHOWN = 1000  # rows of a table


@app.command()
def score(
    protected: Annotated[Path, typer.Option("--protected", help="受保护名称，每行一个")],
    candidates: Annotated[Path, typer.Option("--candidates", help="待比对名称，每行一个")],
    as_json: JsonOption = False,
) -> None:
    """逐个给出与哪个受保护名称最相近、相近程度（0 到 1）和理由。名称相近不等于假冒。"""
    kept, asked = _lists(protected, candidates)
    started = time.perf_counter()
    names = Names.of(kept.names)
    gc.freeze()  # what is built stays: the collector need not look through it again and again
    built = time.perf_counter()
    matches = (names.best(candidate) for candidate in asked.names)
    found = zip(asked.names, matches, strict=True)
    if as_json:
        _write_json(found)
    else:
        _print_table(found)
    _tell(kept, asked, built - started, time.perf_counter() - built)


def _lists(protected: Path, candidates: Path) -> tuple[NameList, NameList]:
    """Both files, or every mistake of both."""
    read: list[NameList] = []
    mistakes: list[str] = []
    for path in (protected, candidates):
        try:
            read.append(read_names(path))
        except NameListError as error:
            mistakes += error.lines
    if not mistakes and not read[0].names:
        mistakes.append(f"{protected}: 没有名称；请每行写一个受保护名称")
    if mistakes:
        raise BadInputError(mistakes)
    return read[0], read[1]


def _write_json(found: Iterable[tuple[str, Match | None]]) -> None:
    """One document, written as it comes: a million candidates need no memory for results."""
    stdout = sys.stdout.buffer
    stdout.write(b'{"results":[')
    rows: list[bytes] = []
    for count, (candidate, match) in enumerate(found):
        rows.append((b",\n" if count else b"\n") + orjson.dumps(as_row(candidate, match)))
        if len(rows) == _BATCH:
            stdout.write(b"".join(rows))
            rows.clear()
    stdout.write(b"".join(rows) + b"\n]}\n")
    stdout.flush()


def as_row(candidate: str, match: Match | None) -> dict[str, Any]:
    """A result as JSON; without a match the score is 0."""
    return {
        "candidate": candidate,
        "match": match.match if match else None,
        "score": match.score if match else 0.0,
        "band": match.band if match else "none",
        "reasons": list(match.reasons) if match else [],
    }


def _print_table(found: Iterable[tuple[str, Match | None]]) -> None:
    """Those that are like a protected name, and how many are not."""
    counts: Counter[str] = Counter()
    table = Table("候选名称", "受保护名称", "分数", "程度", "类别", "理由", header_style="bold")
    for candidate, match in found:
        counts[match.band if match else "none"] += 1
        if match and match.band != "none" and table.row_count < _SHOWN:
            table.add_row(*map(Text, _cells(candidate, match)))
    if table.row_count:
        out.print(table)
    out.print("，".join(f"{_BANDS[band]} {counts[band]}" for band in _BANDS), markup=False)
    if sum(counts.values()) - counts["none"] > _SHOWN:
        out.print(f"只列出前 {_SHOWN} 行；全部结果请用 --json", markup=False)


def _cells(candidate: str, match: Match) -> Iterator[str]:
    yield plain(candidate)
    yield plain(match.match)
    yield f"{match.score:.2f}"
    yield _BANDS[match.band]
    yield _KINDS[match.kind]
    yield plain("；".join(match.reasons))


def plain(text: str) -> str:
    """As it may stand on a terminal: what is not printed, or turns the line, is seen as a sign."""
    return "".join(char if char.isprintable() else "�" for char in text)


def _tell(kept: NameList, asked: NameList, built: float, took: float) -> None:
    """Time and memory on stderr, and what of the files was left out."""
    for name, found in (("受保护名称", kept), ("候选名称", asked)):
        if found.encoding == "gb18030":
            err.print(f"{name}：不是 UTF-8，按 GB 18030 读取", markup=False)
        if found.empty:
            err.print(f"{name}：略过 {found.empty} 个空行", markup=False)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    speed = len(asked.names) / took if took else 0.0
    err.print(
        f"受保护名称 {len(kept.names)} 个，准备 {built:.1f} 秒；候选名称 {len(asked.names)} 个，"
        f"{took:.1f} 秒（每秒 {speed:.0f} 个）；内存 {memory:.0f} MiB",
        markup=False,
        highlight=False,
    )
