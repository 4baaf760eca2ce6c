"""The dashboards can be drawn without a Grafana, with data and without."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.font_manager import findfont
from matplotlib.text import Text

from tools.grafana.asking import Sampled, load
from tools.grafana.pictures import FONTS, Span, picture
from tools.grafana.values import Look, number, shown

FOLDER = Path(__file__).parents[2] / "deploy/grafana/dashboards"
SPAN = Span(1_794_700_000.0, 1_794_786_400.0)
LABELS = {
    "office": "education_office",
    "office_name": "三亚市教育局办公室",
    "platform": "weibo",
    "platform_name": "新浪微博",
    "lane": "weibo",
    "lane_name": "新浪微博",
    "state": "overdue",
    "rule": "UPD-04",
    "rule_name": "两周未更新",
    "level": "red",
    "term": "late",
    "case": "12",
    "account": "weibo-1",
    "name": "很长的名称" * 12,
    "unit_name": "三亚市教育局",
    "task": "dispatch",
    "version": "0.1.0",
    "step": "sent",
    "trouble": "blocked",
    "alertname": "ShouwangOutboxStuck",
    "severity": "critical",
    "collector": "weibo",
    "outcome": "complete",
    "status": "searched",
}


@dataclass(frozen=True, slots=True)
class Answers:
    """A Prometheus with so many series for whatever is asked."""

    rows: int

    def now(self, expr: str, at: float | None = None) -> list[Sampled]:
        return [Sampled({**LABELS, "case": str(i)}, [(SPAN.end, 1.0 + i)]) for i in self._rows()]

    def over(self, expr: str, start: float, end: float, step: float) -> list[Sampled]:
        moments = [start + step * i for i in range(24) if i not in (10, 11)]
        return [Sampled(LABELS, [(at, 1.0 + i) for at in moments]) for i in self._rows()]

    def _rows(self) -> range:
        return range(self.rows)


def drawn(board: Any, rows: int) -> set[str]:
    """The texts of the picture, once it was drawn to the end."""
    with mpl.rc_context({"font.sans-serif": FONTS, "axes.unicode_minus": False}):
        figure = picture(board, Answers(rows), SPAN, "education_office")  # type: ignore[arg-type]
        figure.savefig(io.BytesIO(), format="png")
    return {found.get_text() for found in figure.findobj(Text)}  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.skipif(
    "CJK" not in findfont(FONTS[0], fallback_to_default=True), reason="no Chinese font"
)
@pytest.mark.parametrize("board", load(FOLDER), ids=lambda board: board["uid"])
def test_every_dashboard_can_be_drawn_with_data_and_without(board: Any) -> None:
    full = drawn(board, 14)
    assert {panel["title"] for panel in board["panels"]} <= full
    assert not {"nan", "None"} & full
    nothing = "".join(drawn(board, 0)).replace("\n", "")
    assert "未采集到" in nothing


def test_values_are_written_as_people_read_them() -> None:
    assert number(0.9375, "percentunit", 0) == "94%"
    assert number(5400, "s") == "1.5小时"
    assert number(3 << 20, "bytes") == "3.0 MiB"
    assert number(1_794_786_400_000, "time:YYYY-MM-DD") == "2026-11-16"
    assert shown(Look(nothing="未采集到"), None)[0] == "未采集到"
    steps = [{"value": None, "color": "text"}, {"value": 1, "color": "#c62828"}]
    assert shown(Look(steps=steps), 0.0) == ("0", "#1c2430")
    assert shown(Look(steps=steps), 2.0) == ("2", "#c62828")
