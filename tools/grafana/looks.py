"""Colours and words: the levels of the regulation (蓝黄橙红), and grey for what nobody saw."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.models.dashboard import (
    DashboardRangeMapOptions,
    RangeMap,
    Threshold,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

from watcher.candidates import STATE_WORDS
from watcher.console.page import CONDITIONS, LANES, LEVELS, PLATFORMS

BLUE, YELLOW, ORANGE, RED = "#1d5fb8", "#f2c94c", "#e0740a", "#c62828"
GREY, PALE, GREEN, PLAIN = "#667085", "#b8c0cc", "#1d7a46", "text"
STATES: Mapping[str, str] = {
    "fresh": GREEN,
    "near": ORANGE,
    "overdue": RED,
    "blind": GREY,
    "never": "#98a2b3",
    "ended": "#d0c4e0",
}
DARK_YELLOW = "#a98200"  # for words: yellow ones cannot be read on white
LEVEL_COLOURS: Mapping[str, str] = {
    "red": RED,
    "orange": ORANGE,
    "yellow": YELLOW,
    "blue": BLUE,
    "operator": GREY,
}
OUTCOMES: Mapping[str, tuple[str, str]] = {
    "complete": ("读全", GREEN),
    "partial": ("读到部分", "#7fb58f"),
    "gone": ("平台提示不存在", "#7a5195"),
    "banned": ("平台提示封禁", RED),
    "blocked": ("遇墙（验证码或限流）", ORANGE),
    "unreadable": ("页面读不懂", YELLOW),
    "unreachable": ("网络不通", GREY),
}
TERMS: Mapping[str, str] = {
    "late": "已过期限",
    "today": "今日到期",
    "later": "未到期限",
    "provisional": "期限为预计",
    "answered": "已反馈",
    "none": "未设期限",
}
SIGHTS = ("live", "unconfirmed", "closed", "degraded", "blind")
SIGHT_COLOURS = (GREEN, BLUE, "#d0c4e0", ORANGE, GREY)
GATES = ("open", "probing", "cooling")
GATE_COLOURS = (GREEN, BLUE, ORANGE)
STEPS: Mapping[str, str] = {
    "made": "已拟未发",
    "sent": "已发待回执",
    "received": "平台已收",
    "settled": "已有结果",
}
TASKS: Mapping[str, str] = {
    "dispatch": "采集调度",
    "judge": "账号判断",
    "units": "单位判断",
    "papers": "台账判断",
    "deliver": "消息发送",
    "picture": "状态页与指标",
    "collectors": "采集器变动",
    "evidence": "证据打包",
    "avatars": "头像核对",
    "search": "仿冒检索",
    "suspects": "候选判断",
    "candidates": "候选头像",
    "rechecks": "候选复看",
    "missing": "消失内容复看",
    "housekeeping": "清理",
    "dead_man": "值守开关",
    "alertmanager": "告警静默查询",
    "reports": "报告编制",
    "duty": "值守日报",
    "clock": "对时",
}
LETTERS: Mapping[str, str] = {
    "pending": "待发",
    "sending": "发送中",
    "sent": "已发",
    "merged": "已并入他条发出",
    "failed": "未能送达",
    "silenced": "静默中",
    "held": "恢复后待复核",
    "dropped": "不再发出",
}
ALERTS: Mapping[str, str] = {
    "ShouwangAccountsStale": "账号未按时更新",
    "ShouwangPlatformBlind": "平台失明",
    "ShouwangPlatformDegraded": "平台只能部分读到",
    "ShouwangCollectorBlind": "通道采集全部失败",
    "ShouwangCollectorOut": "采集器不能装载",
    "ShouwangLaneWalled": "通道遇墙",
    "ShouwangOutboxStuck": "消息滞留",
    "ShouwangLettersFailed": "消息被拒收",
    "ShouwangDown": "守望没有应答",
    "ShouwangDispatchStopped": "采集调度停止",
    "ShouwangSnapshotOld": "指标陈旧",
    "ShouwangTaskFailing": "任务反复失败",
    "ShouwangDeadManSilent": "值守开关无信号",
    "ShouwangAlertmanagerSilent": "收不到告警心跳",
    "ShouwangCalendarMissing": "次年放假安排未录入",
    "ShouwangCalendarOver": "今年放假安排未录入",
    "ShouwangEvidenceFilling": "证据包将满",
    "ShouwangEvidenceFull": "证据包已满",
    "ShouwangDiskLow": "磁盘将满",
    "ShouwangWatchdog": "心跳（正常）",
}
SEVERITIES: Mapping[str, str] = {"critical": "严重", "warning": "警告", "info": "提示"}
SEVERITY_COLOURS: Mapping[str, str] = {"critical": RED, "warning": ORANGE, "info": BLUE}


def words(texts: Mapping[str, str], colours: Mapping[str, str] | None = None) -> list[ValueMapping]:
    """A word, and maybe a colour, for each value."""
    colours = colours or {}
    return [
        ValueMap(
            {
                value: ValueMappingResult(text=text, color=colours.get(value), index=place)
                for place, (value, text) in enumerate(texts.items())
            }
        )
    ]


def condition_words() -> list[ValueMapping]:
    return words(CONDITIONS, STATES)


def level_words() -> list[ValueMapping]:
    colours = {**LEVEL_COLOURS, "yellow": DARK_YELLOW}
    return words({str(level): text for level, text in LEVELS.items()}, colours)


def candidate_words() -> Mapping[str, str]:
    return {state.value: text for state, text in STATE_WORDS.items()}


def sight_words() -> list[ValueMapping]:
    """States of platforms as numbers, counted from 1 (see queries.coded)."""
    return _numbered([PLATFORMS[code] for code in SIGHTS], SIGHT_COLOURS)


def gate_words() -> list[ValueMapping]:
    return _numbered([LANES[code] for code in GATES], GATE_COLOURS)


def _numbered(texts: list[str], colours: tuple[str, ...]) -> list[ValueMapping]:
    numbers = [str(place) for place in range(1, len(texts) + 1)]
    by_number = dict(zip(numbers, colours, strict=True))
    return words(dict(zip(numbers, texts, strict=True)), by_number)


def between(
    low: float | None, high: float | None, text: str, colour: str | None = None
) -> ValueMapping:
    """A word for numbers from `low` to `high`."""
    result = ValueMappingResult(text=text, color=colour, index=9)
    return RangeMap(DashboardRangeMapOptions(from_val=low, to=high, result=result))


def from_zero(*steps: tuple[float, str], base: str = PLAIN) -> list[Threshold]:
    """Colours of thresholds: `base` below the first."""
    return [Threshold(None, base), *(Threshold(value, colour) for value, colour in steps)]


SEEN_WELL = from_zero((0.8, ORANGE), (0.95, GREEN), base=GREY)  # coverage: grey where we are blind
ANY_RED, ANY_ORANGE = from_zero((1, RED)), from_zero((1, ORANGE))
ANY_YELLOW, ANY_BLUE, ANY_GREY = (
    from_zero((1, DARK_YELLOW)),
    from_zero((1, BLUE)),
    from_zero((1, GREY)),
)
