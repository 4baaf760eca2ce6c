"""Draws one panel into a part of a picture with matplotlib, in a light theme."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tools.grafana.asking import Sampled
from tools.grafana.values import INK, ZONE, Look, look_of, number, shown

SOFT, LINE, BLUE = "#667085", "#e3e7ee", "#1d5fb8"
PALETTE = (
    *("#1d5fb8", "#e0740a", "#1d7a46", "#7a5195", "#a98200", "#c62828"),
    *("#3a9bb5", "#8d6e63", "#ef8fa3", "#5b7f2b", "#667085", "#00796b"),
)
SMALL, NORMAL, LARGE = 8.5, 10.0, 21.0  # points
DAY = 86400.0  # seconds


def framed(axes: Axes, title: str) -> None:
    """An empty panel with its title."""
    axes.set_facecolor("white")
    for side in axes.spines.values():
        side.set_color(LINE)
    axes.set_title(title, loc="left", fontsize=NORMAL, color=INK, pad=5, fontweight="bold")
    axes.tick_params(colors=SOFT, labelsize=SMALL, length=2)


def empty(axes: Axes, text: str, columns: int) -> None:
    """A panel without data, so many columns wide: what it says in their place."""
    axes.set_xticks([])
    axes.set_yticks([])
    wrapped = _wrapped(text, int(columns * 6.5))
    axes.text(
        *(0.5, 0.5, wrapped),
        transform=axes.transAxes,
        ha="center",
        va="center",
        color=SOFT,
        fontsize=NORMAL,
    )


def draw_stat(axes: Axes, panel: Mapping[str, Any], rows: Sequence[Sampled]) -> None:
    """One number, or a word."""
    axes.set_xticks([])
    axes.set_yticks([])
    look = look_of(panel, "")
    legend = panel["targets"][0].get("legendFormat", "")
    if legend and rows:
        text, colour = rows[0].labels[legend.strip("{}")], INK
    else:
        text, colour = shown(look, rows[0].points[-1][1] if rows else None)
    size = LARGE if _wide(text) <= 10 else LARGE * 10 / _wide(text)
    axes.text(
        *(0.5, 0.5, text),
        transform=axes.transAxes,
        ha="center",
        va="center",
        color=colour,
        fontsize=max(size, NORMAL),
        fontweight="bold",
    )


def draw_lines(axes: Axes, panel: Mapping[str, Any], series: Sequence[tuple[str, Sampled]]) -> None:
    """Lines, or areas one upon the other."""
    defaults = panel["fieldConfig"]["defaults"]
    unit, stacked = defaults.get("unit", "short"), "stacking" in defaults.get("custom", {})
    looks = [look_of(panel, name) for name, _ in series]
    colours = [look.colour or PALETTE[i % len(PALETTE)] for i, look in enumerate(looks)]
    if stacked:
        _areas(axes, series, looks, colours)
    else:
        for (_, one), look, colour in zip(series, looks, colours, strict=True):
            times, values = _with_gaps(one)
            dot = "o" if len(one.points) == 1 else ""  # a line of one sample cannot be seen
            axes.plot(times, values, color=colour, lw=1.4, marker=dot, ms=3, label=look.title)
    low, high = axes.get_ylim()
    axes.set_ylim(defaults.get("min", low), defaults.get("max", high))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=unit == "none" and high > 4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, unit)))
    axes.grid(axis="y", color=LINE, lw=0.6)
    _dated(axes)
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.12),
        ncols=min(_beside(looks, panel["gridPos"]["w"]), len(series)),
        fontsize=SMALL,
        frameon=False,
        handlelength=1.2,
        columnspacing=1.2,
    )


def draw_timeline(
    axes: Axes, panel: Mapping[str, Any], series: Sequence[tuple[str, Sampled]]
) -> None:
    """Bars of words over time, one row for each series; the step tells what is one bar."""
    look = look_of(panel, "")
    told: dict[str, str] = {}
    for place, (_, one) in enumerate(reversed(series)):
        step = min((b[0] - a[0] for a, b in pairwise(one.points)), default=60.0)
        for begin, end, value in _runs(one, step):
            text, colour = shown(look, value)
            told[text] = colour
            bar = ((begin / DAY, (end - begin) / DAY),)
            axes.broken_barh(bar, (place - 0.35, 0.7), color=colour, lw=0)
    axes.set_yticks(range(len(series)), [name for name, _ in reversed(series)])
    handles = [Rectangle((0, 0), 1, 1, color=colour) for colour in told.values()]
    axes.legend(
        handles,
        list(told),
        loc="upper center",
        bbox_to_anchor=(0.5, -0.12),
        ncols=6,
        fontsize=SMALL,
        frameon=False,
    )
    _dated(axes)


def draw_table(
    axes: Axes, looks: Sequence[Look], rows: Sequence[Sequence[Any]], height: float
) -> None:
    """A table; `height` in inches says how many rows there is room for."""
    axes.set_xticks([])
    axes.set_yticks([])
    fits = max(2, int(height / 0.235))
    texts = [[shown(look, value) for look, value in zip(looks, row, strict=True)] for row in rows]
    widths = [
        max(_wide(look.title), *(min(_wide(row[i][0]), 34) for row in texts)) + 2
        for i, look in enumerate(looks)
    ]
    total = sum(widths)
    edges = [sum(widths[:i]) / total for i in range(len(widths))]
    for edge, look in zip(edges, looks, strict=True):
        _cell(axes, edge, 1 - 0.6 / fits, look.title, SOFT, bold=True)
    for number_, row in enumerate(texts[: fits - 2], 1):
        y = 1 - (number_ + 0.6) / fits
        axes.axhline(y + 0.5 / fits, color=LINE, lw=0.6)
        for edge, look, (text, colour) in zip(edges, looks, row, strict=True):
            link = look.linked and colour == INK
            _cell(axes, edge, y, _cut(text, 34), BLUE if link else colour)
    if len(texts) > fits - 2:
        _cell(axes, 0, 0.4 / fits, f"…共 {len(texts)} 行", SOFT)


def _cell(axes: Axes, x: float, y: float, text: str, colour: str, bold: bool = False) -> None:
    axes.text(
        *(x + 0.008, y, text),
        transform=axes.transAxes,
        va="center",
        fontsize=SMALL,
        color=colour,
        fontweight="bold" if bold else "normal",
    )


def _areas(
    axes: Axes,
    series: Sequence[tuple[str, Sampled]],
    looks: Sequence[Look],
    colours: Sequence[str],
) -> None:
    moments = sorted({at for _, one in series for at, _ in one.points})
    known = [dict(one.points) for _, one in series]
    axes.stackplot(
        [at / DAY for at in moments],
        *([values.get(at, 0.0) for at in moments] for values in known),
        labels=[look.title for look in looks],
        colors=list(colours),
        alpha=0.85,
        lw=0,
    )


def _with_gaps(one: Sampled) -> tuple[list[float], list[float]]:
    """Days since 1970, as matplotlib counts time, and values; no line where samples are missing."""
    steps = sorted(b[0] - a[0] for a, b in pairwise(one.points))
    most = 1.5 * steps[0] if steps else 0.0
    times, values = [], []
    for place, (at, value) in enumerate(one.points):
        if place and at - one.points[place - 1][0] > most:
            times.append(at / DAY)
            values.append(math.nan)
        times.append(at / DAY)
        values.append(value)
    return times, values


def _runs(one: Sampled, step: float) -> list[tuple[float, float, float]]:
    """Stretches of one value: from, to, value; none where samples are missing."""
    runs: list[tuple[float, float, float]] = []
    for at, value in one.points:
        if runs and runs[-1][2] == value and at - runs[-1][1] < step / 2:
            runs[-1] = (runs[-1][0], at + step, value)
        else:
            runs.append((at, at + step, value))
    return runs


def _beside(looks: Sequence[Look], width: int) -> int:
    """How many words of a legend stand side by side in a panel of that width, six at most."""
    longest = max(_wide(look.title) for look in looks)
    return max(1, min(6, int(width * 12 / (longest + 7))))


def _dated(axes: Axes) -> None:
    known = axes.dataLim
    if known.width < 1 / DAY:  # of one moment, around which matplotlib would show years
        axes.set_xlim(known.x0 - 1 / 48, known.x1 + 1 / 48)
    axes.xaxis_date(ZONE)
    locator = AutoDateLocator(tz=ZONE, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(  # type: ignore[no-untyped-call]
        locator,
        tz=ZONE,
        formats=["%Y年", "%m月", "%m-%d", "%H:%M", "%H:%M", "%H:%M:%S"],
        zero_formats=["%Y年", "%Y年", "%m-%d", "%m-%d", "%H:%M", "%H:%M"],
        offset_formats=["", "", "", "", "", ""],
    )
    axes.xaxis.set_major_formatter(formatter)


def _wide(text: str) -> int:
    """Columns that a text takes: characters of ours are twice as wide."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _cut(text: str, most: int) -> str:
    while _wide(text) > most:
        text = text.removesuffix("…")[:-1] + "…"
    return text


def _wrapped(text: str, most: int) -> str:
    lines: list[str] = []
    line = ""
    for char in text:
        if _wide(line) + 2 > most:
            lines, line = [*lines, line], ""
        line += char
    return "\n".join([*lines, line])
