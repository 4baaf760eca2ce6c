"""The charts of reports about updates: 各平台合格率, 间隔分布, 周达标热力图. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from watcher.annals import DAY, Mark
from watcher.reports import charts
from watcher.reports.figures import Rate
from watcher.reports.updates import Facts, by_platform

MOST_UNITS = 30  # rows of the heat map; all of them stand in the Excel file
_PLATFORMS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One unit of the heat map: met and missed account-weeks of each week, and those unseen."""

    unit: str
    cells: tuple[tuple[int, int, int], ...]

    @property
    def rate(self) -> Rate:
        met, missed = (sum(cell[at] for cell in self.cells) for at in (0, 1))
        return Rate(met, met + missed)


def drawn(facts: Facts) -> dict[str, bytes]:
    """Each chart by the name of its field; none where this machine has no Chinese font."""
    if charts.font() is None:
        return {}
    return {
        "chart_platforms": platforms(facts),
        "chart_gaps": gaps(facts),
        "chart_weeks": heat(facts, unit_rows(facts)),
    }


def platforms(facts: Facts) -> bytes:
    """合格率 by platform, the counts beside."""
    found = dict(list(by_platform(facts).items())[:_PLATFORMS])
    values: dict[str, float | None] = {}
    notes = []
    for name, each in found.items():
        share = each.pass_rate.share
        values[name] = None if share is None else float(each.pass_rate.percent.rstrip("%"))
        notes.append(f"（{each.passed}/{each.checked}）")
    return charts.bars(values or {"无账号": None}, "各平台合格率", "%", notes)


def buckets(facts: Facts) -> dict[str, int]:
    """How many accounts have their longest proven gap in each stretch of days."""
    bounds = (3, 7, facts.near, facts.overdue, facts.dormant, facts.zombie)
    names = [f"不满{bounds[0]}天"]
    names += [f"{low}—{high}天" for low, high in pairwise(bounds[:4])]
    names += [
        f"超过{facts.overdue}天",
        f"超过{facts.dormant}天",
        f"超过{facts.zombie}天",
    ]
    found = dict.fromkeys(names, 0)
    for record in facts.records:
        if record.longest is None:
            continue
        length = record.longest.length
        at = sum(length >= bound * DAY for bound in bounds[:3])
        at += sum(length > bound * DAY for bound in bounds[3:])
        found[names[at]] += 1
    return found


def gaps(facts: Facts) -> bytes:
    """间隔分布: the longest gap of each account, as far as it is proven."""
    found = buckets(facts)
    colours = [charts.GREEN] * 3 + [charts.YELLOW, charts.ORANGE, charts.RED, charts.RED]
    with charts.in_chinese():
        figure, axes = charts.drawing(160, 75)
        drawn_bars = axes.bar(range(len(found)), list(found.values()), color=colours, width=0.65)
        axes.bar_label(drawn_bars, fontsize=9, padding=2)
        axes.set_xticks(range(len(found)), list(found), fontsize=8)
        axes.set_ylabel("账号数（个）", fontsize=9)
        unseen = sum(record.longest is None for record in facts.records)
        tail = f"，未能证实的{unseen}个未列" if unseen else ""
        axes.set_title(f"最长更新间隔分布（已证实的间隔{tail}）", fontsize=11)
        axes.set_ylim(0, 1.15 * max(1, *found.values()))
        axes.locator_params(axis="y", integer=True)
        axes.tick_params(axis="y", labelsize=8)
        return charts.png(figure)


# -- weeks by units ------------------------------------------------------------------------------


def unit_rows(facts: Facts) -> list[Row]:
    """Each unit's weeks, each week with the unit that had the account then; the worst first."""
    weeks = len(facts.weeks)
    found: dict[str, list[list[int]]] = {}
    for record in facts.records:
        for number, sign in enumerate(record.weeks):
            at = _COUNTED.get(sign)
            if at is not None:
                unit = record.unit_in(number)
                cells = found.setdefault(unit, [[0, 0, 0] for _ in range(weeks)])
                cells[number][at] += 1
    rows = [
        Row(facts.unit(key), tuple((a, b, c) for a, b, c in cells))
        for key, cells in sorted(found.items())
    ]
    return sorted(rows, key=lambda row: (1 if row.rate.share is None else row.rate.share, row.unit))


_COUNTED: Mapping[str, int] = {Mark.MET: 0, Mark.MISSED: 1, Mark.BLIND: 2}


def heat(facts: Facts, rows: Sequence[Row]) -> bytes:
    """周达标热力图: weeks across, units down; no working day grey, unseen hatched."""
    shown = rows[:MOST_UNITS]
    with charts.in_chinese():
        height = max(55, 5.2 * max(1, len(shown)) + 36)
        figure, axes = charts.drawing(max(160, 55 + 4.6 * len(facts.weeks)), height)
        for line, row in enumerate(shown):
            for at, cell in enumerate(row.cells):
                axes.add_patch(_square(at, line, cell, facts.weeks[at].required))
        axes.set_xlim(0, max(1, len(facts.weeks)))
        axes.set_ylim(max(1, len(shown)), 0)
        names = [f"{week.id[5:]}\n{week.start.month}/{week.start.day}" for week in facts.weeks]
        turned = 90 if len(names) > 26 else 0
        axes.set_xticks(
            [at + 0.5 for at in range(len(names))], names, fontsize=6.5, rotation=turned
        )
        axes.set_yticks(
            [line + 0.5 for line in range(len(shown))],
            [charts.short(r.unit, 18) for r in shown],
            fontsize=7.5,
        )
        axes.tick_params(length=0)
        axes.set_frame_on(False)
        more = (
            f"（达标率最低的{len(shown)}个，共{len(rows)}个单位）" if len(rows) > len(shown) else ""
        )
        axes.set_title(f"各单位每周更新达标情况{more}", fontsize=11)
        if not shown:
            axes.text(0.5, 0.5, "无可判断的周", transform=axes.transAxes, ha="center", fontsize=11)
        figure.legend(handles=list(_legend()), loc="outside lower center", ncols=4, fontsize=7)
        return charts.png(figure)


def _square(at: int, line: int, cell: tuple[int, int, int], required: bool) -> Any:
    from matplotlib.patches import Rectangle

    met, missed, blind = cell
    colour, hatch = charts.PALE, None
    if not required:
        colour = charts.GREY
    elif met + missed:
        colour = _colour(met / (met + missed))
        hatch = "////" if blind else None
    elif blind:
        colour, hatch = "white", "////"
    return Rectangle(
        (at + 0.04, line + 0.06),
        *(0.92, 0.88),
        facecolor=colour,
        hatch=hatch,
        edgecolor="#8a8a8a" if hatch else "none",
        linewidth=0,
    )


def _colour(share: float) -> str:
    if share == 1:
        return charts.GREEN
    return "#a9cf9f" if share >= 0.8 else charts.YELLOW if share >= 0.5 else charts.RED


def _legend() -> Iterator[object]:
    from matplotlib.patches import Patch

    for label, colour, hatch in (
        ("全部达标", charts.GREEN, None),
        ("达标八成以上", "#a9cf9f", None),
        ("五成以上", charts.YELLOW, None),
        ("不足五成", charts.RED, None),
        ("无工作日，不要求更新", charts.GREY, None),
        ("有账号未能采集，无法判断", "white", "////"),
        ("不计（未开设、豁免、未到期）", charts.PALE, None),
    ):
        yield Patch(facecolor=colour, hatch=hatch, edgecolor="#8a8a8a", linewidth=0.3, label=label)
