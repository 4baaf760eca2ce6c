"""The charts of reports, as PNG with the system's Chinese fonts. No font is shipped.

The same numbers give the same bytes on one machine: nothing is dated, nothing is random.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from watcher.reports.template import cleaned

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# What a Debian, a Windows and a domestic system have, the likeliest first.
FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "SimHei",
    "Noto Serif CJK SC",
)
# 蓝 黄 橙 红 as notices have them; green is 达标, grey 豁免, and what was not seen is hatched.
BLUE, YELLOW, ORANGE, RED = "#2f6db5", "#e0b400", "#e07b00", "#c0392b"
GREEN, GREY, PALE = "#4f9d69", "#bdbdbd", "#f2f2f2"
DPI = 150


@cache
def font() -> str | None:
    """A font of this machine that can draw Chinese, or None."""
    from matplotlib import font_manager

    here = {each.name for each in font_manager.fontManager.ttflist}
    return next((name for name in FONTS if name in here), None)


def drawing(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty chart of so many millimetres; to be used `with in_chinese()`."""
    from matplotlib.figure import Figure as Paper

    figure = Paper(figsize=(width / 25.4, height / 25.4), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def png(figure: Figure) -> bytes:
    """The chart as bytes, without the name and version of what drew it."""
    made = BytesIO()
    figure.savefig(made, format="png", metadata={"Software": None})
    return made.getvalue()


def bars(
    values: Mapping[str, float | None], title: str, unit: str, notes: Sequence[str] = ()
) -> bytes:
    """Horizontal bars by name, in the order given; None is drawn as 未采集到, never as nought."""
    with in_chinese():
        figure, axes = drawing(160, max(40, 9 * len(values) + 25))
        names = [short(name) for name in values]
        shown = [value or 0 for value in values.values()]
        axes.barh(range(len(names)), shown, color=BLUE, height=0.6)
        axes.set_yticks(range(len(names)), names, fontsize=9)
        axes.invert_yaxis()
        places = 1 if unit == "%" else 0
        said = [
            "无可检查对象" if value is None else f"{value:.{places}f}{unit}{note}"
            for value, note in zip(values.values(), [*notes, *[""] * len(names)], strict=False)
        ]
        for at, (length, text) in enumerate(zip(shown, said, strict=True)):
            axes.annotate(
                text, (length, at), (4, 0), textcoords="offset points", va="center", fontsize=9
            )
        axes.set_title(title, fontsize=11)
        axes.set_xlim(0, _reach(shown, said, max(map(len, names), default=0)))
        if unit == "%":
            axes.set_xticks(range(0, 101, 20))
        else:
            axes.locator_params(axis="x", integer=True)
            axes.ticklabel_format(axis="x", style="plain", useOffset=False)
        axes.tick_params(axis="x", labelsize=8)
        return png(figure)


def in_chinese() -> AbstractContextManager[None]:
    """Everything drawn inside is in the machine's Chinese font."""
    import matplotlib as mpl

    return mpl.rc_context(
        {
            "font.family": [font() or "sans-serif"],
            "axes.unicode_minus": False,
            "text.parse_math": False,  # a name may hold dollar signs
        }
    )


_SIGN = 3.3  # millimetres of a Chinese character of 9 points


def _reach(lengths: Sequence[float], texts: Sequence[str], longest: int) -> float:
    """Where the axis ends, so that the text beside each bar stands inside the picture; `longest`
    characters of a name stand before it. At least 1: bars of nought have no length."""
    across = 150 - _SIGN * longest  # millimetres for bars and texts
    free = (
        1 - (3 + sum(_SIGN / 2 if sign.isascii() else _SIGN for sign in text)) / across
        for text in texts
    )
    return (
        max((length / max(0.2, of) for length, of in zip(lengths, free, strict=True)), default=0)
        or 1
    )


def short(name: str, most: int = 16) -> str:
    """A name as it stands beside a chart: no signs that a font cannot draw, cut."""
    return cleaned(name, most)
