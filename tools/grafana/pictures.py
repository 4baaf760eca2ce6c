"""Pictures of the dashboards where no Grafana is at hand.

    python -m tools.grafana.pictures --prometheus URL -o FOLDER [--from T] [--to T] [--office KEY]

Asks what the panels ask and draws each dashboard as one PNG, panel for panel where Grafana puts
them. Moments are written like 2026-11-09T00:00+08:00; by default the dashboard's own span up to
now.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from tools.grafana.__main__ import FOLDER
from tools.grafana.asking import Json, Prometheus, Sampled, choices, chosen, filled, load, variables
from tools.grafana.drawing import (
    draw_lines,
    draw_stat,
    draw_table,
    draw_timeline,
    empty,
    framed,
)
from tools.grafana.values import INK, ZONE, look_of

COLUMN, ROW = 0.62, 0.33  # inches of a column and of a row of Grafana's grid
POINTS = 240  # of a line
FONTS = ["Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "DejaVu Sans"]
_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Span:
    """The stretch of time that lines show, in seconds since 1970."""

    start: float
    end: float

    @property
    def step(self) -> float:
        return max(1.0, (self.end - self.start) / POINTS)


def picture(dashboard: Json, server: Prometheus, span: Span, office: str) -> Figure:
    """One dashboard, drawn."""
    width = 24 * COLUMN
    height = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in dashboard["panels"]) * ROW + 0.9
    figure = Figure(figsize=(width, height), facecolor="#f4f6f9", dpi=80)
    values = {**chosen(dashboard, server, office, span.end), **_spans(span)}
    until = datetime.fromtimestamp(span.end, ZONE)
    figure.text(0.01, 1 - 0.3 / height, dashboard["title"], fontsize=17, color=INK, weight="bold")
    said = f"{until:%Y-%m-%d %H:%M}（北京时间）  {_told(dashboard, server, values, span)}"
    figure.text(0.01, 1 - 0.62 / height, said, fontsize=9.5, color="#667085")
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        left, top = place["x"] / 24, (place["y"] * ROW + 0.8) / height
        if panel["type"] == "row":
            figure.text(0.01, 1 - top - 0.24 / height, panel["title"], fontsize=12, weight="bold")
            continue
        tall = place["h"] * ROW
        foot = 0.55 if panel["type"] in ("timeseries", "state-timeline") else 0.12
        pad = 0.7 if panel["type"] in ("timeseries", "state-timeline") else 0.12
        pad = 1.15 if panel["type"] == "state-timeline" else pad
        axes = figure.add_axes(
            (
                left + pad / width,
                1 - top - (tall - foot) / height,
                place["w"] / 24 - (pad + 0.2) / width,
                (tall - foot - 0.34) / height,
            )
        )
        framed(axes, panel["title"])
        _panel(axes, panel, server, span, values, tall - foot - 0.34)
    return figure


def _panel(
    axes: Any,
    panel: Json,
    server: Prometheus,
    span: Span,
    values: Mapping[str, str],
    height: float,
) -> None:
    if panel["type"] == "text":
        empty(axes, panel["options"]["content"].replace("`", ""), panel["gridPos"]["w"])
        return None
    nothing = panel["fieldConfig"]["defaults"]["noValue"]
    if panel["type"] in ("timeseries", "state-timeline"):
        series = _series(panel, server, span, values)
        draw = draw_lines if panel["type"] == "timeseries" else draw_timeline
        return draw(axes, panel, series) if series else empty(axes, nothing, panel["gridPos"]["w"])
    found = [server.now(filled(target["expr"], values), span.end) for target in panel["targets"]]
    if panel["type"] == "stat":
        return draw_stat(axes, panel, found[0])
    names, rows = _joined(panel, found)
    looks = [look_of(panel, name) for name in names]
    kept = [place for place, look in enumerate(looks) if not look.hidden]
    if not rows:
        return empty(axes, nothing, panel["gridPos"]["w"])
    told = [[row[place] for place in kept] for row in _sorted(panel, looks, rows)]
    return draw_table(axes, [looks[place] for place in kept], told, height)


def _series(
    panel: Json, server: Prometheus, span: Span, values: Mapping[str, str]
) -> list[tuple[str, Sampled]]:
    found = []
    for target in panel["targets"]:
        expr, legend = filled(target["expr"], values), target.get("legendFormat", "")
        for one in server.over(expr, span.start, span.end, span.step):
            name = _LABEL.sub(lambda m, one=one: one.labels.get(m[1], ""), legend)  # type: ignore[misc]
            found.append((name, one))
    return sorted(found, key=lambda pair: pair[0])


def _joined(
    panel: Json, found: Sequence[Sequence[Sampled]]
) -> tuple[Sequence[str], list[list[Any]]]:
    """Rows as the transformations of the panel make them: joined on their labels, in order."""
    rows: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    labels = [set(one.labels) for each in found for one in each]
    shared = set.intersection(*labels) if labels else set()
    for place, samples in enumerate(found):
        name = "Value" if len(found) == 1 else f"Value #{'ABCDEFGHIJ'[place]}"
        for one in samples:
            same = tuple((k, v) for k, v in sorted(one.labels.items()) if k in shared)
            rows.setdefault(same, {}).update({**one.labels, name: one.points[-1][1]})
    (options,) = (each["options"] for each in panel["transformations"] if each["id"] == "organize")
    names = sorted(options["indexByName"], key=options["indexByName"].__getitem__)
    return names, [[row.get(name) for name in names] for row in rows.values()]


def _sorted(panel: Json, looks: Sequence[Any], rows: list[list[Any]]) -> list[list[Any]]:
    order = (panel["options"].get("sortBy") or [None])[0]
    if order is None:
        return rows
    place = next(i for i, look in enumerate(looks) if look.title == order["displayName"])

    def key(row: list[Any]) -> tuple[bool, Any]:
        return (row[place] is None) != bool(order.get("desc")), row[place] or 0

    texts = any(isinstance(row[place], str) for row in rows)
    by = (lambda row: str(row[place] or "")) if texts else key
    return sorted(rows, key=by, reverse=bool(order.get("desc")))


def _spans(span: Span) -> dict[str, str]:
    return {"__range": f"{span.end - span.start:.0f}s", "__rate_interval": "2h", "__interval": "5m"}


def _told(dashboard: Json, server: Prometheus, values: Mapping[str, str], span: Span) -> str:
    """What was chosen, in the words of the variables."""
    told = []
    for variable in variables(dashboard):
        if variable["type"] == "query":
            value = values[variable["name"]]
            words = {each.value: each.text for each in choices(variable, server, span.end)}
            chosen_text = "全部" if value == ".*" else words.get(value, value)
            told.append(f"{variable['label']}：{chosen_text}")
    return "  ".join(told)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.grafana.pictures",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--prometheus", required=True, metavar="URL")
    parser.add_argument("-o", dest="folder", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--from", dest="start", type=datetime.fromisoformat, metavar="T")
    parser.add_argument("--to", dest="end", type=datetime.fromisoformat, metavar="T")
    parser.add_argument("--office", default="", help="for 守望·单位; by default the first there is")
    asked = parser.parse_args()
    mpl.rcParams["font.sans-serif"] = FONTS
    mpl.rcParams["axes.unicode_minus"] = False
    server = Prometheus(asked.prometheus.rstrip("/"))
    end = asked.end or datetime.now(UTC)  # noqa: TID251 a tool for people, no part of the watch
    asked.folder.mkdir(parents=True, exist_ok=True)
    for dashboard in load(FOLDER):
        days = int(dashboard["time"]["from"].removeprefix("now-").removesuffix("d"))
        start = asked.start or end - timedelta(days=days)
        span = Span(start.timestamp(), end.timestamp())
        path = asked.folder / f"{dashboard['uid']}.png"
        picture(dashboard, server, span, asked.office).savefig(path)
        print(path)


if __name__ == "__main__":
    main()
