"""平台与采集: what we see, where walls stand, and how long readings take."""

from __future__ import annotations

from tools.grafana import queries as q
from tools.grafana.board import Board, Row
from tools.grafana.looks import (
    ANY_GREY,
    ANY_ORANGE,
    BLUE,
    GATES,
    GREY,
    ORANGE,
    OUTCOMES,
    PALE,
    RED,
    SEEN_WELL,
    SIGHTS,
    gate_words,
    sight_words,
    words,
)
from tools.grafana.panels import Column, Curves, Panel, lines, stat, table, timeline

LANE = 'lane=~"$lane"'
SEEN = 'outcome=~"complete|partial|gone|banned"'
READINGS = "shouwang_readings_total"
TOOK = "shouwang_reading_duration_seconds"
TROUBLES = {
    "blocked": "遇墙（验证码或限流）",
    "unreadable": "页面读不懂",
    "unreachable": "网络不通",
    "gone": "平台提示账号不存在",
    "banned": "平台提示账号被封禁",
}


def board() -> Board:
    """The dashboard of whoever keeps the readings going."""
    return Board(
        uid="shouwang-platforms",
        title="守望·平台与采集",
        about="采集成功率、遇墙、通道与耗时。采集不到的账号不作更新类判断。",
        by_lane=True,
        span="now-2d",
        rows=[
            Row(4, _now()),
            Row(13, [(24, _lanes())]),
            Row(17, [(12, _sight()), (12, _gates())]),
            Row(9, [(12, _success()), (12, _outcomes())], "采集结果"),
            Row(9, [(12, _walls()), (12, _coverage())]),
            Row(9, [(12, _durations()), (12, _slow())], "采集耗时"),
            Row(8, [(14, _troubles()), (10, _out())], "采集异常与停用"),
        ],
    )


def increase(span: str, *by: str, where: str = LANE) -> str:
    """Readings in the last so long."""
    grouped = f" by ({', '.join(by)})" if by else ""
    return f"sum{grouped} (increase({READINGS}{{{where}}}[{span}]))"


def success(span: str, *by: str) -> str:
    """The share of readings that saw: of none in that time there is no share."""
    every = increase(span, *by)
    return f"({increase(span, *by, where=f'{LANE},{SEEN}')} or 0 * {every}) / ({every} > 0)"


def _now() -> list[tuple[int, Panel]]:
    lanes, gates = f"shouwang_platform_state{{{LANE}}}", f"shouwang_lane_state{{{LANE}}}"
    return [
        (
            6,
            stat(
                "采集成功率（近2小时）",
                "读到账号（含平台明示账号不存在、被封禁）的次数占采集次数的比例。",
                success("2h"),
                "percentunit",
                SEEN_WELL,
                decimals=1,
            ),
        ),
        (6, stat("近2小时采集次数", "全部通道合计。", increase("2h"), "none", decimals=0)),
        (
            6,
            stat(
                "失明的平台",
                "参照账号读不到，或账号普遍读不到；失明期间不对任何单位立案、升级或催办。",
                f'count(max by (lane) ({lanes[:-1]},state="blind"}}) == 1) or 0 * count({lanes})',
                "none",
                ANY_GREY,
            ),
        ),
        (
            6,
            stat(
                "遇墙停采的通道",
                "平台要求验证码或限流，守望不绕过，冷却后只试探一次。",
                f"count(max by (lane) ({gates[:-1]},state!='open'}}) == 1) or 0 * count({gates})",
                "none",
                ANY_ORANGE,
            ),
        ),
    ]


def _lanes() -> Panel:
    asked = [
        q.coded("shouwang_platform_state", "state", SIGHTS),
        q.coded("shouwang_lane_state", "state", GATES),
        q.age("shouwang_canary_last_success_timestamp_seconds", "lane"),
        increase("2h", "lane"),
        success("2h", "lane"),
        f"histogram_quantile(0.9, sum by (lane, le) (rate({TOOK}_bucket[1h])))",
    ]
    return table(
        "各通道现状",
        "通道是采集的最小单位，同一平台的账号一般同一通道。",
        [q.named(f"{expr} and on (lane) {_chosen()}", "lane") for expr in asked],
        [
            Column("lane_name", "通道"),
            Column("A", "能见度", words=sight_words(), width=110),
            Column("B", "通道状态", words=gate_words(), width=110),
            Column("C", "参照账号正常于…前", "s", width=160, nothing="未设或未读到"),
            Column("D", "近2小时采集", "none", decimals=0, width=110),
            Column(
                "E",
                "采集成功率",
                "percentunit",
                steps=SEEN_WELL,
                decimals=0,
                width=110,
                nothing="没有采集",
            ),
            Column("F", "九成在…内读完", "s", decimals=1, width=130, nothing="没有采集"),
            Column("lane", "代码", hidden=True),
        ],
        sort=("通道", False),
    )


def _chosen() -> str:
    return f"sum by (lane) (shouwang_platform_state{{{LANE}}})"


def _sight() -> Panel:
    expr = f"{q.coded('shouwang_platform_state', 'state', SIGHTS)} and on (lane) {_chosen()}"
    return timeline(
        "平台能见度",
        "灰色为失明：此间没有对任何单位立案、升级或催办。",
        q.named(expr, "lane"),
        "{{lane_name}}",
        sight_words(),
    )


def _gates() -> Panel:
    chosen = f"sum by (lane) (shouwang_lane_state{{{LANE}}})"
    expr = f"{q.coded('shouwang_lane_state', 'state', GATES)} and on (lane) {chosen}"
    return timeline(
        "通道状态",
        "橙色为遇墙后的冷却。",
        q.named(expr, "lane"),
        "{{lane_name}}",
        gate_words(),
    )


def _success() -> Panel:
    return lines(
        "采集成功率",
        "所选通道合计，每点为此前两小时；没有采集的时段不画线。要看一个通道，在上方选它。",
        [(success("2h"), "近2小时"), (success("1d"), "近24小时")],
        Curves(
            unit="percentunit",
            most=1,
            names={"近2小时": ("近2小时", PALE), "近24小时": ("近24小时", BLUE)},
        ),
    )


def _outcomes() -> Panel:
    return lines(
        "采集结果（次/小时）",
        "读全的才能证明“没有更新”；读到部分的只能证明“有更新”。",
        [(f"sum by (outcome) (rate({READINGS}{{{LANE}}}[2h])) * 3600", "{{outcome}}")],
        Curves(unit="none", stacked=True, names=OUTCOMES),
    )


def _walls() -> Panel:
    walled = f'{READINGS}{{{LANE},outcome="blocked"}}'
    every = f"sum (rate({READINGS}{{{LANE}}}[2h]))"
    each = f"sum by (lane) (rate({walled}[2h])) * 3600 > 0"
    return lines(
        "遇墙（次/小时）",
        "平台要求验证码、登录或限流的次数：合计，及有遇墙的通道。",
        [
            (f"(sum (rate({walled}[2h])) or 0 * {every}) * 3600", "合计"),
            (q.named(each, "lane"), "{{lane_name}}"),
        ],
        Curves(unit="none", names={"合计": ("合计", PALE)}),
    )


def _coverage() -> Panel:
    low = "max by (platform) (shouwang_coverage_ratio) < 1"
    return lines(
        "采集覆盖率",
        "全部平台合计，及不满 100% 的平台；没有画线的平台都看得到。",
        [
            (q.coverage(where='office=~".*"'), "全部平台"),
            (q.named(low, "platform"), "{{platform_name}}"),
        ],
        Curves(unit="percentunit", most=1, names={"全部平台": ("全部平台", GREY)}),
    )


def _durations() -> Panel:
    rate = f"sum by (le) (rate({TOOK}_bucket{{{LANE}}}[1h]))"
    return lines(
        "采集耗时",
        "一次采集从开始到读完的时间；九成指 90% 的采集不超过此值。",
        [
            (f"histogram_quantile(0.5, {rate})", "p50"),
            (f"histogram_quantile(0.9, {rate})", "p90"),
            (f"histogram_quantile(0.99, {rate})", "p99"),
        ],
        Curves(
            unit="s",
            names={
                "p50": ("半数不超过", GREY),
                "p90": ("九成不超过", ORANGE),
                "p99": ("99%不超过", RED),
            },
        ),
    )


def _slow() -> Panel:
    rate = f"rate({TOOK}_bucket{{{LANE}}}[1h])"
    slow = f"histogram_quantile(0.9, sum by (lane, le) ({rate})) > 5"
    return lines(
        "慢的通道（九成不超过）",
        "合计，及九成采集超过 5 秒的通道。突然变长多半是平台变慢，或出网不畅。",
        [
            (f"histogram_quantile(0.9, sum by (le) ({rate}))", "合计"),
            (q.named(slow, "lane"), "{{lane_name}}"),
        ],
        Curves(unit="s", names={"合计": ("合计", PALE)}),
    )


def _troubles() -> Panel:
    expr = "sum by (platform, trouble) (shouwang_accounts_in_trouble)"
    return table(
        "最近一次没有读到的账号",
        "按平台与原因。“平台提示不存在、被封禁”是平台说的，其余是我们没看到。",
        [q.named(expr, "platform")],
        [
            Column("platform_name", "平台"),
            Column("trouble", "原因", words=words(TROUBLES)),
            Column("A", "账号", "none", width=90),
            Column("platform", "代码", hidden=True),
        ],
        sort=("账号", True),
        nothing="没有采集异常的账号（未采集到指标时也是空的，请看“近2小时采集次数”）",
    )


def _out() -> Panel:
    decided = "max by (collector) (shouwang_collector_disabled)"
    expr = f"(max by (collector) (shouwang_collector_in_service) == 0) + on (collector) {decided}"
    return table(
        "停用的采集器",
        "人停用的，和不能装载的（后者会告警）。只能由它采集的账号为“未能采集”。",
        [expr],
        [
            Column("collector", "采集器"),
            Column("A", "缘由", words=words({"1": "人停用", "0": "不能装载"}, {"0": RED})),
        ],
        nothing="采集器全部在用",
    )
