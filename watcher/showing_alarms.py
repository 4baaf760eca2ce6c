"""What Alertmanager told us, for people: steps of a case, a table, JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from rich.table import Table

from watcher.alarms import Alarm, Ring
from watcher.showing import iso, moment, plain

STATES = {Ring.FIRING: "告警中", Ring.RESOLVED: "已解除"}
SEVERITIES = {"critical": "严重", "warning": "警告", "info": "提示", "none": "心跳"}
Step = tuple[datetime, tuple[str, str, str, str]]


def alarm_steps(alarms: Iterable[Alarm], shown: Callable[..., str]) -> Iterator[Step]:
    """Each alarm when it was first heard, and once more when it ended."""
    for each in alarms:
        at = each.first_heard or each.starts_at
        said = "，".join(_said(each, shown))
        yield at, (moment(at), "Alertmanager", "告警", said)
        if each.state is Ring.RESOLVED:
            ended = each.ends_at or each.heard_at or at
            text = f"{shown(each.name, 60)}，指纹 {shown(each.fingerprint)}"
            yield ended, (moment(ended), "Alertmanager", "告警解除", text)


def _said(each: Alarm, shown: Callable[..., str]) -> Iterator[str]:
    yield f"{shown(each.name, 60)}：{shown(each.text, 200)}"
    yield f"自 {moment(each.starts_at)} 起"
    yield f"指纹 {shown(each.fingerprint)}"
    if each.receiver:
        yield f"{'经' if each.times else '应由'} {shown(each.receiver, 40)} 推送"
    if each.times > 1:
        yield f"已推送 {each.times} 次，最近 {moment(each.heard_at)}"
    if each.suppressed:
        yield f"在 Alertmanager 中被抑制（{shown('；'.join(each.suppressed), 120)}）"


def alarm_json(each: Alarm) -> dict[str, Any]:
    """An alarm as JSON."""
    return {
        "name": each.name,
        "fingerprint": each.fingerprint,
        "state": each.state.value,
        "starts_at": each.starts_at.isoformat(),
        "ends_at": iso(each.ends_at),
        "receiver": each.receiver,
        "labels": dict(each.labels),
        "annotations": dict(each.annotations),
        "first_heard": iso(each.first_heard),
        "heard_at": iso(each.heard_at),
        "times": each.times,
        "suppressed": list(each.suppressed),
    }


def alarms_table(rows: Iterable[tuple[Alarm, int]]) -> Table:
    """Alarms with the number of cases each concerned, for the operators."""
    table = Table(title="Alertmanager 告警")
    for heading in ("状态", "级别", "告警", "内容", "开始", "解除", "最近推送", "涉及问题"):
        table.add_column(heading, overflow="fold")
    for each, cases in rows:
        severity = each.labels.get("severity", "")
        suppressed = "（已抑制）" if each.suppressed else ""
        table.add_row(
            STATES[each.state] + suppressed,
            SEVERITIES.get(severity, plain(severity, 20)),
            plain(each.name, 60),
            plain(each.text, 200),
            moment(each.starts_at),
            moment(each.ends_at),
            moment(each.heard_at),
            str(cases) if cases else "—（运维事项）",
        )
    return table
