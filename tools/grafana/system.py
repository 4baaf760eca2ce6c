"""系统: scheduler, outbox, database, disk, memory, and the alarms that ring."""

from __future__ import annotations

from tools.grafana import queries as q
from tools.grafana.board import Board, Row
from tools.grafana.looks import (
    ALERTS,
    ANY_ORANGE,
    ANY_RED,
    BLUE,
    GREEN,
    GREY,
    LETTERS,
    ORANGE,
    RED,
    SEVERITIES,
    SEVERITY_COLOURS,
    TASKS,
    from_zero,
    words,
)
from tools.grafana.panels import Column, Curves, Panel, lines, stat, table

OURS = '{job="shouwang"}'
LATE = from_zero((300, ORANGE), (1800, RED), base=GREEN)


def board() -> Board:
    """The dashboard of whoever runs the program."""
    return Board(
        uid="shouwang-system",
        title="守望·系统",
        about="调度、消息发送、数据库、证据、磁盘、内存与告警。",
        span="now-2d",
        rows=[
            Row(4, _alive()),
            Row(4, _limits()),
            Row(7, [(24, _alarms())], "告警"),
            Row(12, [(12, _jobs()), (12, _heartbeats())], "调度"),
            Row(8, [(12, _letters()), (12, _waiting())], "消息发送"),
            Row(8, [(8, _memory()), (8, _processor()), (8, _files())], "资源"),
            Row(8, [(8, _database()), (8, _evidence()), (8, _disk())]),
        ],
    )


def _alive() -> list[tuple[int, Panel]]:
    up = stat(
        "守望",
        "Prometheus 能否取到 /metrics。",
        f"max(up{OURS})",
        steps=from_zero((1, GREEN), base=RED),
        words=words({"1": "在运行", "0": "没有应答"}),
        nothing="不在采集目标中",
    )
    version = stat(
        "版本", "正在运行的版本。", "max by (version) (shouwang_build_info)", legend="{{version}}"
    )
    age = stat(
        "指标新旧",
        "指标所据的时刻距今；超过半小时会告警。",
        f"time() - {q.DRAWN}",
        "s",
        from_zero((300, ORANGE), (1800, RED), base=GREEN),
        decimals=0,
    )
    tick = stat(
        "采集调度",
        "距上次安排采集；超过五分钟会告警。",
        'time() - max(shouwang_job_heartbeat_timestamp_seconds{task="dispatch"})',
        "s",
        from_zero((120, ORANGE), (300, RED), base=GREEN),
        decimals=0,
    )
    switch = stat(
        "值守开关",
        "距外部值守地址上次应答。",
        "time() - max(shouwang_dead_man_last_success_timestamp_seconds)",
        "s",
        LATE,
        decimals=0,
        nothing="未设置或尚未成功",
    )
    heard = stat(
        "告警心跳",
        "距上次收到 Alertmanager 的推送；应每五分钟一次。",
        "time() - max(shouwang_alertmanager_last_heard_timestamp_seconds)",
        "s",
        from_zero((900, ORANGE), (1800, RED), base=GREEN),
        decimals=0,
        nothing="尚未收到",
    )
    return [(4, up), (4, version), (4, age), (4, tick), (4, switch), (4, heard)]


def _limits() -> list[tuple[int, Panel]]:
    waits = stat(
        "待发消息",
        "发件箱中尚未发出的消息，含夜间等候的。",
        q.known('sum (shouwang_outbox_letters{state=~"pending|sending"})'),
        "none",
    )
    oldest = stat(
        "最久等待",
        "到时仍未发出的消息等了多久；夜间等候的不计。",
        f"{q.age('shouwang_outbox_oldest_pending_timestamp_seconds')}",
        "s",
        from_zero((300, ORANGE), (900, RED), base=GREEN),
        decimals=0,
        nothing="没有滞留",
    )
    failed = stat(
        "未能送达",
        "接收方明确拒收的消息。",
        q.known('sum (shouwang_outbox_letters{state="failed"})'),
        "none",
        ANY_RED,
    )
    evidence = stat(
        "证据包用去",
        "占上限的比例；到顶后新问题只留清单。",
        "max(shouwang_evidence_bytes) / max(shouwang_evidence_limit_bytes)",
        "percentunit",
        from_zero((0.8, ORANGE), (0.9, RED), base=GREEN),
        decimals=1,
    )
    disk = stat(
        "磁盘剩余",
        "数据所在磁盘。",
        "max(shouwang_state_disk_free_bytes) / max(shouwang_state_disk_bytes)",
        "percentunit",
        from_zero((0.1, ORANGE), (0.2, GREEN), base=RED),
        decimals=0,
    )
    year = stat(
        "放假安排录至",
        "国务院办公厅已公布并已录入的年份；跨年的期限在录入前为预计。",
        "max(shouwang_calendar_known_through_year)",
        "none",
        decimals=0,
    )
    return [(4, waits), (4, oldest), (4, failed), (4, evidence), (4, disk), (4, year)]


def _alarms() -> Panel:
    firing = 'ALERTS{alertstate="firing",alertname=~"Shouwang.*",alertname!="ShouwangWatchdog"}'
    return table(
        "正在响的告警",
        "处置办法见 deploy/runbook.md 中同名一节。涉及单位的告警另记入问题的经过。",
        [f"sum by (alertname, severity, lane, platform, office, collector, task) ({firing})"],
        [
            Column("severity", "级别", words=words(SEVERITIES, SEVERITY_COLOURS), width=80),
            Column("alertname", "告警", words=words(ALERTS)),
            Column("office", "单位（编号）"),
            Column("platform", "平台（代码）", width=130),
            Column("lane", "通道（代码）", width=130),
            Column("collector", "采集器", width=130),
            Column("task", "任务", words=words(TASKS), width=130),
            Column("A", "条数", "none", width=70),
        ],
        sort=("级别", False),
        nothing="没有告警在响（Prometheus 未求值规则时也是空的）",
    )


def _jobs() -> Panel:
    return table(
        "任务",
        "失败与错过的次数自进程启动算起。原因见状态页“调度”一栏。",
        [
            "time() - max by (task) (shouwang_job_heartbeat_timestamp_seconds)",
            "sum by (task) (shouwang_job_failures_total)",
            "sum by (task) (shouwang_job_missed_total)",
        ],
        [
            Column("task", "任务", words=words(TASKS)),
            Column("A", "上次完成于…前", "s", decimals=0),
            Column("B", "失败", "none", steps=ANY_ORANGE, width=80),
            Column("C", "错过", "none", steps=ANY_ORANGE, width=80),
        ],
        sort=("失败", True),
    )


def _heartbeats() -> Panel:
    expr = (
        "time() - max by (task) (shouwang_job_heartbeat_timestamp_seconds"
        '{task=~"dispatch|deliver|judge|picture"})'
    )
    colours = {"dispatch": BLUE, "deliver": ORANGE, "judge": GREEN, "picture": GREY}
    return lines(
        "主要任务距上次完成",
        "持续上升的线是停了的任务。",
        [(expr, "{{task}}")],
        Curves(unit="s", names={task: (TASKS[task], c) for task, c in colours.items()}),
    )


def _letters() -> Panel:
    colours = {"pending": BLUE, "sending": ORANGE, "failed": RED, "silenced": GREY, "held": GREEN}
    return lines(
        "发件箱",
        "尚未发出的与未能送达的消息；待发含夜间等候的。",
        [('sum by (state) (shouwang_outbox_letters{state!~"sent|merged|dropped"})', "{{state}}")],
        Curves(unit="none", names={state: (LETTERS[state], c) for state, c in colours.items()}),
    )


def _waiting() -> Panel:
    sent = 'clamp_min(sum (delta(shouwang_outbox_letters{state=~"sent|merged"}[1h])), 0)'
    return lines(
        "每小时发出的消息",
        "按发件箱中已发消息的增量计。",
        [(sent, "发出")],
        Curves(unit="none", names={"发出": ("发出", GREEN)}),
    )


def _memory() -> Panel:
    return lines(
        "内存",
        "守望进程占用的内存。",
        [(f"max(process_resident_memory_bytes{OURS})", "内存")],
        Curves(unit="bytes", names={"内存": ("内存", BLUE)}),
    )


def _processor() -> Panel:
    return lines(
        "处理器",
        "守望进程用去的处理器时间，1 为占满一个核。",
        [(f"max(rate(process_cpu_seconds_total{OURS}[5m]))", "处理器")],
        Curves(unit="none", names={"处理器": ("处理器", BLUE)}),
    )


def _files() -> Panel:
    return lines(
        "打开的文件",
        "守望进程打开的文件与连接数，及其上限。",
        [
            (f"max(process_open_fds{OURS})", "打开"),
        ],
        Curves(unit="none", names={"打开": ("打开的文件", BLUE)}),
    )


def _database() -> Panel:
    return lines(
        "数据库大小",
        "数据库文件或库的大小。",
        [("max(shouwang_database_bytes)", "数据库")],
        Curves(unit="bytes", names={"数据库": ("数据库", BLUE)}),
    )


def _evidence() -> Panel:
    return lines(
        "证据包",
        "全部证据包的大小。",
        [("max(shouwang_evidence_bytes)", "证据包")],
        Curves(unit="bytes", names={"证据包": ("证据包", GREY)}),
    )


def _disk() -> Panel:
    return lines(
        "磁盘剩余",
        "数据所在磁盘的剩余空间。",
        [("max(shouwang_state_disk_free_bytes)", "剩余")],
        Curves(unit="bytes", names={"剩余": ("剩余", GREEN)}),
    )
