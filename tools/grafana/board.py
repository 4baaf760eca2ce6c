"""A dashboard of ours: variables, links, annotations, and panels in rows of 24 columns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    GridPos,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from tools.grafana.looks import BLUE, GREY, ORANGE, RED
from tools.grafana.panels import SOURCE, Panel
from tools.grafana.queries import named

TAG = "守望"
CONSOLE = "http://127.0.0.1:8710"  # where the status page is, unless the reader says otherwise
WIDE = 24
ALL = "全部"


@dataclass(frozen=True, slots=True)
class Row:
    """Panels side by side under a heading ("" for none): each with its width; one height."""

    height: int
    panels: Sequence[tuple[int, Panel]]
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard. `one_office`: an office must be chosen, all of them cannot be."""

    uid: str
    title: str
    about: str
    rows: Sequence[Row]
    span: str = "now-7d"
    by_office: bool = False
    by_platform: bool = False
    by_lane: bool = False
    one_office: bool = False


def made(board: Board, console: str = CONSOLE) -> str:
    """The dashboard as JSON, the same bytes each time."""
    build = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.about)
        .tags([TAG])
        .timezone("Asia/Shanghai")
        .week_start("monday")
        .refresh("1m")
        .time(board.span, "now")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
        .link(_others())
        .link(_status_page())
    )
    for variable in _variables(board, console):
        build = build.with_variable(variable)
    for name, colour, expr, title in ANNOTATIONS:
        build = build.annotation(_annotation(name, colour, expr, title))
    place, number = 0, 0
    for row in board.rows:
        if row.heading:
            number += 1
            heading = dashboard.Row(row.heading).id(number).grid_pos(GridPos(1, WIDE, 0, place))
            build = build.with_row(heading)
            place += 1
        left = 0
        for width, panel in row.panels:
            number += 1
            there = GridPos(h=row.height, w=width, x=left, y=place)
            build = build.with_panel(panel.id(number).grid_pos(there))
            left += width
        assert left == WIDE, (board.uid, row.heading, left)
        place += row.height
    whole = in_sight(json.loads(json.dumps(build.build(), cls=JSONEncoder)))
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def in_sight(whole: dict[str, Any]) -> dict[str, Any]:
    """Links and annotations on the dashboard itself: the SDK puts them all into a menu."""
    for each in (*whole["links"], *whole["annotations"]["list"]):
        del each["placement"]
    return whole


def _others() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("其他面板").type(DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.as_dropdown(True).include_vars(True).keep_time(True)


def _status_page() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("守望状态页").type(DashboardLinkType.LINK).icon("external link")
    return link.url("${console:raw}/").target_blank(True)


def _variables(
    board: Board, console: str
) -> Sequence[dashboard.QueryVariable | dashboard.TextBoxVariable]:
    found: list[dashboard.QueryVariable | dashboard.TextBoxVariable] = []
    if board.by_office or board.one_office:
        found.append(_choice("office", "单位", "shouwang_office_accounts", board.one_office))
    if board.by_platform:
        found.append(_choice("platform", "平台", "shouwang_office_accounts"))
    if board.by_lane:
        found.append(_choice("lane", "通道", "shouwang_platform_state"))
    about = "守望状态页的地址，表格各行由此打开账号与问题的页面；以 Grafana 读者的浏览器能访问为准"
    text = dashboard.TextBoxVariable("console").label("守望地址").description(about)
    shown = VariableOption(selected=True, text=console, value=console)
    return [*found, text.default_value(console).current(shown).options([shown])]


def _choice(label: str, title: str, held: str, one: bool = False) -> dashboard.QueryVariable:
    """The labels that there are, under their Chinese names."""
    info = f"max by ({label}, {label}_name) (shouwang_{label}_info)"
    asked = f"query_result({info} and on ({label}) sum by ({label}) ({held}))"
    query = {"qryType": 3, "query": asked, "refId": "PrometheusVariableQueryEditor-VariableQuery"}
    made = (
        dashboard.QueryVariable(label)
        .label(title)
        .datasource(SOURCE)
        .query(query)
        .definition(asked)
        .regex(f'/{label}="(?<value>[^"]+)".*{label}_name="(?<text>[^"]+)"/')
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )
    if one:
        return made.multi(False)
    chosen = VariableOption(selected=True, text=[ALL], value=["$__all"])
    return made.multi(True).include_all(True).all_value(".*").current(chosen)


FIRING = 'ALERTS{alertstate="firing",alertname=~"%s"}'
ANNOTATIONS = (
    (
        "账号未按时更新",
        RED,
        named(FIRING % "ShouwangAccountsStale", "office", "platform"),
        "{{office_name}}：{{platform_name}}账号未按时更新",
    ),
    ("平台失明", GREY, named(FIRING % "ShouwangPlatformBlind", "lane"), "平台失明：{{lane_name}}"),
    (
        "采集受阻",
        ORANGE,
        named(
            FIRING % "ShouwangCollectorBlind|ShouwangLaneWalled|ShouwangPlatformDegraded", "lane"
        ),
        "采集受阻：{{lane_name}}",
    ),
    (
        "系统告警",
        BLUE,
        FIRING % "Shouwang(Down|DispatchStopped|OutboxStuck|DiskLow|EvidenceFull|DeadManSilent)",
        "系统告警：{{alertname}}",
    ),
)


def _annotation(name: str, colour: str, expr: str, title: str) -> dashboard.AnnotationQuery:
    return (
        dashboard.AnnotationQuery()
        .name(name)
        .datasource(SOURCE)
        .enable(True)
        .icon_color(colour)
        .expr(expr)
        .step("60s")
        .title_format(title)
        .tag_keys("severity")
    )
