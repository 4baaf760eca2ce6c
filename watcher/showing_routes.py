"""What the program shows people of routes and rehearsals: tables in Chinese, and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from alerts.hours import Hours
from alerts.planning import Errand
from alerts.policy import Policy
from alerts.routes import OCCASIONS, Manner, Route
from alerts.routing import Offices
from alerts.steps import Hearers, Step
from alerts.words import LEVELS, ROLES, platform_name
from watcher.model import Level
from watcher.rehearsing import Rehearsal, StepRow
from watcher.report_plan import KINDS as REPORTS
from watcher.showing import moment, plain

KINDS = {
    "wecom": "企业微信",
    "dingtalk": "钉钉",
    "feishu": "飞书",
    "mail": "邮件",
    "webhook": "接口",
    "sms": "短信",
    "apprise": "Apprise",
}
MANNERS = {Manner.ADD: "另告", Manner.INSTEAD: "只告", Manner.MUTE: "不发"}
_ORDER = tuple(LEVELS)


# -- the configuration -------------------------------------------------------------------------


def routes_parts(policy: Policy, offices: Offices) -> Iterator[RenderableType]:
    """Routes, steps up and hours for people."""
    hours = policy.hours
    yield Text(
        f"静默时段 {hours.night:%H:%M}至次日{hours.morning:%H:%M}及节假日（红色除外）；"
        f"日报 工作日{hours.digest:%H:%M}；上班时间 {_office(hours)}"
    )
    yield Text(
        f"同类合并：等{_span(hours.settle)}，最多{_span(hours.longest)}；"
        f"红色等{_span(hours.settle_red)}，最多{_span(hours.longest_red)}"
    )
    yield _steps_table(policy, offices)
    table = Table(title="路由")
    for heading in ("序号", "名称", "条件", "做法", "告知", "方式"):
        table.add_column(heading, overflow="fold")
    for number, route in enumerate(policy.routes, 1):
        table.add_row(str(number), *_route_row(route, offices))
    yield table
    if not policy.routes:
        yield Text("没有路由：全部按规则的 roles、digest_roles 告知（watcher rules list）。")
    if not any(route.reports for route in policy.routes):
        yield Text("没有报告路由：定期报告告知所属主管单位和 watcher.yaml 的 targets。")


def routes_json(policy: Policy) -> dict[str, Any]:
    hours = policy.hours
    own = {name: each.steps for name, each in policy.rules.items() if each.steps is not None}
    return {
        "hours": {
            "quiet_from": _at(hours.night),
            "quiet_until": _at(hours.morning),
            "digest": _at(hours.digest),
            "office": [f"{_at(opens)}-{_at(closes)}" for opens, closes in hours.office],
        },
        "gather": {
            "wait": hours.settle.total_seconds(),
            "wait_red": hours.settle_red.total_seconds(),
            "wait_operator": hours.settle_operator.total_seconds(),
            "most": hours.longest.total_seconds(),
            "most_red": hours.longest_red.total_seconds(),
        },
        "escalation": {
            level.value: [_step_json(step) for step in steps]
            for level, steps in policy.steps.items()
        },
        "rules": {name: [_step_json(step) for step in steps] for name, steps in own.items()},
        "routes": [_route_json(route) for route in policy.routes],
    }


def _steps_table(policy: Policy, offices: Offices) -> Table:
    table = Table(title="逐级报告（自第一次告知起算；各规则只报比已告知者更上级的）")
    for heading in ("级别或规则", "情形", "报给"):
        table.add_column(heading, overflow="fold")
    named = [(LEVELS[level], steps) for level, steps in policy.steps.items()]
    named += [(name, each.steps) for name, each in policy.rules.items() if each.steps is not None]
    for name, steps in named:
        for step in steps:
            table.add_row(name, step.said, plain(hearers_text(step.to, offices), 200))
        if not steps:
            table.add_row(name, "不报", "")
    return table


def _route_row(route: Route, offices: Offices) -> tuple[str, ...]:
    how = "" if route.manner is Manner.MUTE else "日报（红色立即）" if route.digest else "立即"
    how = "工作时段" if route.reports is not None else how
    return (
        plain(route.name),
        plain("；".join(_conditions(route, offices)) or "全部", 400),
        MANNERS[route.manner],
        plain(hearers_text(route.to, offices), 200),
        how,
    )


def _conditions(route: Route, offices: Offices) -> Iterator[str]:
    if route.reports is not None:
        yield "定期报告 " + "、".join(
            name for kind, name in REPORTS.items() if kind in route.reports
        )
    if route.rules is not None:
        yield "规则 " + "、".join(sorted(route.rules))
    if route.levels is not None:
        yield "级别 " + "、".join(LEVELS[each] for each in _ORDER if each in route.levels)
    if route.platforms is not None:
        yield "平台 " + "、".join(platform_name(each) for each in sorted(route.platforms))
    if route.kinds is not None:
        yield "单位类型 " + "、".join(sorted(route.kinds))
    if route.offices is not None:
        names = (offices.name_of(key) if key else "全市" for key in sorted(route.offices))
        yield "主管单位 " + "、".join(names)
    if route.reports is None:
        yield "、".join(name for each, name in OCCASIONS.items() if each in route.occasions)


def hearers_text(to: Hearers, offices: Offices) -> str:
    """Who hears, by names."""
    named = (
        *(ROLES[role] for role in to.roles),
        *(offices.name_of(key) for key in to.offices),
        *(f"渠道 {name}" for name in to.targets),
    )
    return "、".join(named)


def _route_json(route: Route) -> dict[str, Any]:
    def listed(values: frozenset[Any] | None) -> list[str] | None:
        return None if values is None else sorted(str(each) for each in values)

    return {
        "name": route.name,
        "do": route.manner.value,
        "to": _hearers_json(route.to),
        "digest": route.digest,
        "rules": listed(route.rules),
        "levels": listed(route.levels),
        "platforms": listed(route.platforms),
        "kinds": listed(route.kinds),
        "offices": listed(route.offices),
        "why": listed(route.occasions) if route.reports is None else None,
        "reports": listed(route.reports),
    }


def _step_json(step: Step) -> dict[str, Any]:
    after = f"{step.days}wd" if step.days else f"{step.hours}wh"
    return {"when": step.unmet.value, "after": after, "to": _hearers_json(step.to)}


def _hearers_json(to: Hearers) -> dict[str, Any]:
    return {
        "roles": [role.value for role in to.roles],
        "offices": list(to.offices),
        "targets": list(to.targets),
    }


def _office(hours: Hours) -> str:
    return "、".join(f"{_at(opens)}-{_at(closes)}" for opens, closes in hours.office)


def _at(clock: time) -> str:
    return clock.strftime("%H:%M")


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds}秒" if seconds % 60 else f"{seconds // 60}分钟"


# -- a rehearsal -------------------------------------------------------------------------------


def rehearsal_parts(told: Rehearsal, policy: Policy, offices: Offices) -> Iterator[RenderableType]:
    """What would be said to whom and when, for people."""
    wish = told.wish
    yield Text(
        f"{wish.rule.rule} {wish.rule.name}，{LEVELS[wish.level]}，"
        f"{OCCASIONS[wish.occasion]}，假定此刻为 {moment(wish.now)}"
    )
    if told.imagined:
        yield Text("没有这样的未结问题：以下文字是示例，其中的事实是假设的，不是监测发现。")
    if told.plan.muted:
        yield Text(f"不发：路由“{told.plan.muted}”")
    for name in told.plan.routes:
        yield Text(f"适用路由：{name}")
    table = Table(title="告知")
    for heading in ("渠道", "类型", "方式", "时刻", "接收身份"):
        table.add_column(heading, overflow="fold")
    for errand, letter in zip(told.plan.errands, told.letters, strict=True):
        how = _how(errand, told, policy.hours)
        row = (errand.target, kind_of(errand.target, offices), how)
        table.add_row(*map(plain, row), moment(letter.not_before), plain(errand.reason, 200))
    yield table
    yield _timetable(told, policy)
    yield from _words(told)


def _words(told: Rehearsal) -> Iterator[RenderableType]:
    if not told.letters:
        yield Text("没有接收人，不产生通知。")
        return
    letter = told.letters[0]
    body = letter.body.removesuffix(f"\n编号：{letter.key}")
    for heading, text in (("标题", letter.title), ("正文", body), ("短信", letter.short)):
        yield Text(f"{heading}：{text}")


def _how(errand: Errand, told: Rehearsal, hours: Hours) -> str:
    if errand.digest:
        return "日报"
    return f"留至可发时（{told.held}）" if told.held else "立即，同类合并"


def kind_of(target: str, offices: Offices) -> str:
    """What kind of channel a target is, in Chinese."""
    found = offices.targets.get(target)
    return KINDS.get(found.kind, found.kind) if found else "没有这个渠道"


def _timetable(told: Rehearsal, policy: Policy) -> Table:
    table = Table(title="此后")
    for heading in ("时刻", "情形", "报给"):
        table.add_column(heading, overflow="fold")
    rule = policy.of(told.wish.rule.rule)
    if rule.reminder is not None and told.wish.level is not Level.OPERATOR:
        every = f"每{max(1, rule.reminder.days)}天（逢工作日）"
        table.add_row(every, "未签收", "再次提醒原接收人")
    for row in told.steps:
        table.add_row(moment(row.at), row.step.said, plain(_step_text(row), 300))
    if rule.deadline_days is not None:
        table.add_row(f"{rule.deadline_days}个工作日", "整改期限", "逾期由 REC-01 督办")
    return table


def _step_text(row: StepRow) -> str:
    named = "；".join(f"{errand.target}（{errand.reason}）" for errand in row.errands)
    return named or row.why_not


def rehearsal_json(told: Rehearsal, offices: Offices) -> dict[str, Any]:
    wish, first = told.wish, told.letters[0] if told.letters else None
    return {
        "rule": wish.rule.rule,
        "level": wish.level.value,
        "why": wish.occasion.value,
        "now": wish.now.isoformat(),
        "account": told.case.finding.account,
        "imagined": told.imagined,
        "muted": told.plan.muted,
        "held": told.held,
        "routes": list(told.plan.routes),
        "targets": [
            {
                "target": errand.target,
                "kind": offices.targets[errand.target].kind
                if errand.target in offices.targets
                else "",
                "digest": errand.digest,
                "reason": errand.reason,
                "not_before": letter.not_before.isoformat(),
            }
            for errand, letter in zip(told.plan.errands, told.letters, strict=True)
        ],
        "title": first.title if first else "",
        "body": first.body.removesuffix(f"\n编号：{first.key}") if first else "",
        "short": first.short if first else "",
        "steps": [_row_json(row) for row in told.steps],
    }


def _row_json(row: StepRow) -> dict[str, Any]:
    return {
        **_step_json(row.step),
        "at": row.at.isoformat(),
        "targets": [errand.target for errand in row.errands],
        "why_not": row.why_not,
    }


# -- a test that was sent ------------------------------------------------------------------------


def sent_table(rows: list[tuple[str, str, str]], at: datetime) -> Table:
    """What became of test messages: target, kind, outcome."""
    table = Table(title=f"测试消息 {moment(at)}")
    for heading in ("渠道", "类型", "结果"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(plain(cell, 200) for cell in row))
    return table
