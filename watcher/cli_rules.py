"""`watcher rules`: the whole catalogue, what is on, with which figures, and the law behind it."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any

import typer
from rich.table import Table

from alerts.words import LEVELS
from watcher.rules import Rule, RuleSet
from watcher.rules.catalogue import LAW, Entry, catalogue
from watcher.showing import plain
from watcher.terminal import (
    DEFAULT_CONFIG,
    BadInputError,
    ConfigOption,
    JsonOption,
    out,
    print_json,
    settings_of,
)

app = typer.Typer(no_args_is_help=True, help="规则：总目、依据、阈值、告知对象")

ROLES = {
    "C": "工作联系人",
    "L": "工作负责人",
    "S": "日常主管单位",
    "A": "市政府办公室",
    "N": "网信部门",
    "P": "公安机关",
    "O": "运维",
}


@app.command("list")
def list_(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """列出全部规则：是否已实现、是否启用、级别、阈值、告知谁；未实现的如实列出。"""
    rules = settings_of(config).rules
    entries = _entries(rules)
    if as_json:
        print_json({"rules": [rule_json(each, rules.rules.get(each.rule)) for each in entries]})
        return
    table = Table(title="规则总目")
    for heading in ("规则", "名称", "状态", "级别", "阈值", "告知", "期限"):
        table.add_column(heading, overflow="fold")
    for each in entries:
        table.add_row(*_row(each, rules.rules.get(each.rule)))
    out.print(table)
    built = sum(each.rule in rules.rules for each in entries)
    out.print(f"共 {len(entries)} 条，已实现 {built} 条，未实现 {len(entries) - built} 条。")


@app.command()
def show(
    rule: Annotated[str, typer.Argument(help="规则编号，如 DUP-01")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """一条规则的全部：开关、阈值、告知对象、期限，以及所依据条款的原文。"""
    rules = settings_of(config).rules
    entries = {each.rule: each for each in _entries(rules)}
    entry = entries.get(rule.strip().upper())
    if entry is None:
        near = get_close_matches(rule.upper(), entries, n=1)
        hint = f"；是否指 {near[0]}？" if near else "；"
        raise BadInputError([f"没有规则 {rule}{hint}用 watcher rules list 查看"])
    held = rules.rules.get(entry.rule)
    if as_json:
        print_json(rule_json(entry, held))
        return
    table = Table(title=f"{entry.rule} {held.name if held else entry.name}", show_header=False)
    for name, value in _facts(entry, held):
        table.add_row(name, plain(value, 400))
    out.print(table)
    for line in _law(entry):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def rule_json(entry: Entry, rule: Rule | None) -> dict[str, Any]:
    """One rule of the catalogue; what is not built has no settings."""
    return {
        "id": entry.rule,
        "name": rule.name if rule else entry.name,
        "implemented": rule is not None,
        "enabled": rule is not None and rule.enabled,
        "severity": rule.level.value if rule else None,
        "severity_high": rule.level_high.value if rule and rule.level_high else None,
        "severity_catalogue": entry.severity,
        "basis": rule.article if rule else "",
        "thresholds": dict(rule.thresholds) if rule else {},
        "roles": [role.value for role in rule.roles] if rule else [],
        "digest_roles": [role.value for role in rule.digest_roles] if rule else [],
        "orange_roles": [role.value for role in rule.orange_roles] if rule else [],
        "later_roles": [role.value for role in rule.later_roles] if rule else [],
        "late_roles": [role.value for role in rule.late_roles] if rule else [],
        "red_roles": [role.value for role in rule.red_roles] if rule else [],
        "reminder_hours": _hours(rule),
        "deadline_days": rule.deadline_days if rule else None,
        "articles": [
            {"law": LAW, "article": each.title, "text": list(each.text)} for each in entry.articles
        ],
        "documents": list(entry.documents),
    }


# -- inside ----------------------------------------------------------------------------------


def _entries(rules: RuleSet) -> tuple[Entry, ...]:
    """The catalogue, and what the configuration has beside it."""
    known = catalogue()
    more = (
        Entry(name, rule.name, LEVELS[rule.level])
        for name, rule in rules.rules.items()
        if name not in known
    )
    return (*known.values(), *more)


def _row(entry: Entry, rule: Rule | None) -> tuple[str, ...]:
    if rule is None:
        return (entry.rule, entry.name, "未实现", entry.severity, "", "", "")
    state = "启用" if rule.enabled else "停用"
    due = f"{rule.deadline_days}个工作日" if rule.deadline_days is not None else ""
    return (
        entry.rule,
        plain(rule.name),
        state,
        _level(rule),
        plain(_thresholds(rule), 200),
        _told(rule),
        due,
    )


def _facts(entry: Entry, rule: Rule | None) -> list[tuple[str, str]]:
    if rule is None:
        return [("状态", "未实现：本版本不作判断"), ("级别", entry.severity)]
    due = f"{rule.deadline_days}个工作日" if rule.deadline_days is not None else "无"
    hours = _hours(rule)
    return [
        ("状态", "启用" if rule.enabled else "停用（config/rules.yaml）"),
        ("级别", _level(rule)),
        ("依据", rule.article or "（监测程序自身）"),
        ("阈值", _thresholds(rule) or "无"),
        ("告知", _told(rule)),
        ("再次提醒", f"每{hours:g}小时" if hours else "不再提醒"),
        ("整改期限", due),
    ]


def _law(entry: Entry) -> list[str]:
    lines = []
    for each in entry.articles:
        lines += [f"\n{LAW}{each.title}", *(f"　　{part}" for part in each.text)]
    lines += [f"\n{title}（本系统未收录全文）" for title in entry.documents]
    return lines


def _level(rule: Rule) -> str:
    low, high = LEVELS[rule.level], LEVELS[rule.high]
    return low if low == high else f"{low}→{high}"


def _thresholds(rule: Rule) -> str:
    return "；".join(f"{name}={_value(name, value)}" for name, value in rule.thresholds.items())


def _value(name: str, value: Any) -> str:
    """A figure as people read it: roles by their names, steps (at most n: days) in words."""
    if isinstance(value, list | tuple):
        shown = (ROLES.get(each, str(each)) if name.endswith("_roles") else each for each in value)
        return "、".join(map(str, shown)) or "无"
    if isinstance(value, Mapping):
        return "，".join(_step(name, key, each) for key, each in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)


def _step(name: str, key: Any, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{key}（{_value(name, value)}）"
    return f"{'更多' if key == 'more' else f'至{key}' if str(key).isdecimal() else key}：{value}"


def _told(rule: Rule) -> str:
    """Who hears, in the order in which they do."""
    parts = (
        ("即时", rule.roles),
        ("汇总", rule.digest_roles),
        ("升橙起", rule.orange_roles),
        ("再次提醒起", rule.later_roles),
        ("期限已过", rule.late_roles),
        ("红色", rule.red_roles),
    )
    return "；".join(
        f"{when}：{'、'.join(ROLES[role.value] for role in roles)}"
        for when, roles in parts
        if roles
    )


def _hours(rule: Rule | None) -> float | None:
    return rule.reminder.total_seconds() / 3600 if rule and rule.reminder else None
