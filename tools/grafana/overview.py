"""总览: how all accounts stand, and who must act today."""

from __future__ import annotations

from tools.grafana import queries as q
from tools.grafana import shared
from tools.grafana.board import Board, Row
from tools.grafana.looks import ANY_ORANGE, ANY_RED
from tools.grafana.panels import MOMENT, Column, Link, Panel, stat, table

DUE = 'term=~"late|today"'
URGENT = (
    f"shouwang_case_info{{{q.CHOSEN}}} and on (case) "
    f"(shouwang_case_due_timestamp_seconds <= scalar({q.TONIGHT})"
    ' or on (case) shouwang_case_info{level="red"})'
)


def board() -> Board:
    """The dashboard that the city office opens in the morning."""
    return Board(
        uid="shouwang-overview",
        title="守望·总览",
        about="全市政务新媒体账号的状态、覆盖率和今天须处置的事项。",
        by_office=True,
        by_platform=True,
        rows=[
            Row(4, [*shared.standing()]),
            Row(4, _today(), "今天须处置"),
            Row(9, [(24, _offices_to_act())]),
            Row(9, [(24, _cases())]),
            Row(9, [*shared.over_time()], "变化"),
            Row(12, [(12, _by_platform()), (12, _by_office())], "按平台、按单位"),
        ],
    )


def _today() -> list[tuple[int, Panel]]:
    cases = Link("打开问题清单", "${console:raw}/#cases")
    late = stat(
        "已过期限",
        "整改期限已过、单位未反馈的问题；期限为预计的不计。",
        q.cases('term="late"'),
        steps=ANY_RED,
        link=cases,
    )
    today = stat(
        "今日到期", "整改期限为今天的问题。", q.cases('term="today"'), steps=ANY_ORANGE, link=cases
    )
    red = stat("红色问题", "未结的红色问题。", q.cases('level="red"'), steps=ANY_RED, link=cases)
    suspects = stat(
        "待人工确认的疑似假冒",
        "由人确认之前只是疑似。",
        q.known('sum (shouwang_candidates{state="review"})'),
        steps=ANY_ORANGE,
        link=Link("打开候选账号", "${console:raw}/candidates"),
    )
    drawn = stat(
        "数据截至",
        "以上各数所据的时刻（北京时间）。",
        f"{q.DRAWN} * 1000",
        MOMENT,
    )
    return [(4, late), (4, today), (4, red), (6, suspects), (6, drawn)]


def _offices_to_act() -> Panel:
    return table(
        "今天谁须处置（按日常主管单位）",
        "有已过期限、今日到期或红色未结问题的单位。点单位名称打开该单位的面板。",
        [f"({expr}) and on (office) ({_must_act()})" for expr in shared.levels("office", q.CHOSEN)],
        [
            Column("office_name", "日常主管单位", link=shared.OFFICE),
            *shared.TERMS,
            Column("office", "编号", hidden=True),
        ],
        sort=("已过期限", True),
        nothing="今天没有须处置的事项（未采集到指标时也是空的，请看“数据截至”）",
    )


def _must_act() -> str:
    due = q.total(q.CASES, "office", where=f"{q.CHOSEN},{DUE}")
    red = q.total(q.CASES, "office", where=f'{q.CHOSEN},level="red"')
    return f"{due} or {red}"


def _cases() -> Panel:
    return shared.case_rows(
        "今天须处置的问题",
        "红色的，以及已过期限和今日到期的。",
        URGENT,
    )


def _by_platform() -> Panel:
    first = [Column("platform_name", "平台"), Column("platform", "代码", hidden=True)]
    return shared.census("按平台", "各平台账号的状态。", "platform", first, q.CHOSEN)


def _by_office() -> Panel:
    first = [
        Column("office_name", "日常主管单位", link=shared.OFFICE),
        Column("office", "编号", hidden=True),
    ]
    return shared.census("按单位", "各日常主管单位所管账号的状态。", "office", first, q.CHOSEN)
