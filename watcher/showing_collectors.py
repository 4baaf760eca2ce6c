"""Collectors and tries of collectors, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from alerts.fact import fact
from alerts.words import LEVELS, TROUBLES
from collectors import Collector, Need, Sure
from collectors.declarative import Step
from watcher.model import Account, Case, Coverage, Failure
from watcher.showing import COLOURS, lasted, moment, outcome_json, outcome_table, plain
from watcher.store import Added, Standing
from watcher.trying import Trial

COVERAGES: Mapping[Coverage, str] = {Coverage.COMPLETE: "完整", Coverage.PARTIAL: "部分"}
NEEDS: Mapping[Need, str] = {
    Need.BROWSER: "浏览器",
    Need.CREDENTIAL: "凭据",
    Need.PERSON: "人工",
}
SURES: Mapping[Sure, str] = {
    Sure.CAPTURED: "实测响应",
    Sure.REPORTED: "公开资料",
    Sure.UNCONFIRMED: "未证实",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A collector, how it stands, and how many accounts use it (None: no database is at hand)."""

    collector: Collector
    shipped: bool  # installed under this name with the program or a plug-in
    standing: Standing | None
    accounts: int | None

    @property
    def version(self) -> str:
        return self.collector.version or "installed"


def entry_json(entry: Entry) -> dict[str, Any]:
    """What `collectors list` says of one."""
    each, standing = entry.collector, entry.standing
    return {
        "name": each.name,
        "title": each.title,
        "platform": each.platform,
        "forms": list(each.forms),
        "coverage": each.coverage.value,
        "needs": sorted(each.needs),
        "sees": sorted(each.sees),
        "sure": each.sure.value,
        "version": entry.version,
        "installed": entry.shipped,
        "in_service": not each.out,
        "why_out": each.out,
        "changed": None if standing is None else standing_json(standing),
        "accounts": entry.accounts,
    }


def standing_json(standing: Standing) -> dict[str, Any]:
    return {
        "enabled": standing.enabled,
        "version": standing.version,
        "at": standing.changed_at.isoformat(),
        "by": standing.author,
        "reason": standing.reason,
    }


def version_json(added: Added) -> dict[str, Any]:
    return {
        "version": added.version,
        "at": added.added_at.isoformat(),
        "by": added.author,
        "sha256": added.sha256,
        "tried": added.tried,
    }


def entries_table(entries: Iterable[Entry]) -> Table:
    """The collectors for people."""
    table = Table(title="采集器")
    for heading in ("名称", "读什么", "通道", "能看到", "需要", "依据", "版本", "状态", "账号数"):
        table.add_column(heading, overflow="fold")
    for entry in entries:
        each = entry.collector
        table.add_row(
            plain(each.name),
            plain(each.title),
            plain(each.platform),
            COVERAGES[each.coverage],
            "、".join(NEEDS[need] for need in sorted(each.needs)) or "—",
            SURES[each.sure],
            f"第{each.version}版" if each.version else "随程序",
            plain(each.out) if each.out else "在用",
            "—" if entry.accounts is None else str(entry.accounts),
        )
    return table


def entry_table(entry: Entry) -> Table:
    """Everything about one collector, its versions and YAML aside."""
    each = entry.collector
    table = Table(show_header=False, box=None, pad_edge=False)
    hosts = "、".join(sorted(each.hosts)) or "由账号的采集源决定"
    for name, text in (
        ("名称", each.name),
        ("读什么", each.title or "—"),
        ("通道", each.platform),
        ("账号类型", "、".join(each.forms) or "—"),
        ("能看到", COVERAGES[each.coverage]),
        ("资料栏目", "、".join(sorted(each.sees)) or "仅名称"),
        ("需要", "、".join(NEEDS[need] for need in sorted(each.needs)) or "—"),
        ("依据", SURES[each.sure]),
        ("访问的主机", hosts),
        ("间隔", f"{each.pace.gap:g}秒，同时 {each.pace.concurrency} 个"),
        ("版本", f"第{each.version}版" if each.version else "随程序"),
        ("状态", each.out or "在用"),
        ("账号数", "—" if entry.accounts is None else str(entry.accounts)),
    ):
        table.add_row(name, plain(text, 200))
    return table


def versions_table(versions: Iterable[Added]) -> Table:
    table = Table(title="版本")
    for heading in ("版本", "投入使用", "由谁", "SHA-256", "试用所见"):
        table.add_column(heading, overflow="fold")
    for each in versions:
        seen = each.tried.get("summary", "")
        row = (str(each.version), moment(each.added_at), each.author, each.sha256[:12], str(seen))
        table.add_row(*(plain(text) for text in row))
    return table


def accounts_table(accounts: Iterable[Account], title: str) -> Table:
    table = Table(title=title)
    for heading in ("编号", "账号名称", "主办单位"):
        table.add_column(heading, overflow="fold")
    for each in accounts:
        table.add_row(plain(each.key), plain(each.name), plain(each.unit.name))
    return table


# -- a try -----------------------------------------------------------------------------------


def trial_json(trial: Trial) -> dict[str, Any]:
    """A try as JSON: what each rule found, the reading, the verdict."""
    return {
        "collector": trial.collector.name,
        "version": trial.collector.version,
        "saw": trial.saw,
        "steps": [step_json(step) for step in trial.steps],
        "reading": outcome_json(trial.outcome),
        "verdict": verdict_json(trial),
        "notes": list(trial.notes),
    }


def step_json(step: Step) -> dict[str, Any]:
    return {
        "rule": step.rule,
        "selector": step.selector,
        "count": step.count,
        "found": list(step.found),
        "note": step.note,
        "suggestion": step.suggestion,
    }


def verdict_json(trial: Trial) -> dict[str, Any]:
    newest, outcome = trial.newest, trial.outcome
    return {
        "summary": summary(trial),
        "proves_silence": trial.proves_silence,
        "last_post_at": None if newest is None else newest.at.isoformat(),
        "age_days": None if trial.age is None else max(trial.age // timedelta(days=1), 0),
        "trouble": outcome.trouble.value if isinstance(outcome, Failure) else None,
        "findings": [
            {
                "rule": each.rule,
                "level": each.level.value,
                "fact": fact(Case(each, outcome.at)),
            }
            for each in trial.findings
        ],
    }


def summary(trial: Trial) -> str:
    """The verdict in one sentence."""
    outcome = trial.outcome
    if isinstance(outcome, Failure):
        return f"未能采集（{TROUBLES[outcome.trouble]}）：{outcome.detail}"
    whole = "完整" if trial.proves_silence else "部分（只能证明已发，不能证明未发）"
    newest = trial.newest
    if newest is None or trial.age is None:
        return f"{whole}，没有发布记录"
    ago = lasted(max(trial.age, timedelta(0)))
    return f"{whole}，共 {len(outcome.sighting.posts)} 条，最近 {moment(newest.at)}，距采集 {ago}"


def print_trial(trial: Trial, out: Console, now: datetime) -> None:
    """A try for people."""
    if trial.steps:
        out.print(_steps_table(trial.steps))
    out.print(outcome_table(trial.outcome))
    for note in trial.notes:
        out.print(plain(f"注意：{note}", 300))
    out.print(plain(f"结论：{summary(trial)}", 300))
    for each in trial.findings:
        colour = COLOURS[each.level.value]
        said = plain(fact(Case(each, now)), 120)
        out.print(f"按规则：[{colour}]{LEVELS[each.level]}[/] {each.rule} {said}")
    if trial.proves_silence and not trial.findings:
        out.print("按规则：没有更新方面的问题")
    if trial.saw and trial.collector.sure is Sure.UNCONFIRMED:
        out.print("该采集器未证实：平台经核实之前，不据此提出任何问题")


def _steps_table(steps: Iterable[Step]) -> Table:
    table = Table(title="逐条规则")
    for heading in ("规则", "选择器", "数", "找到", "说明"):
        table.add_column(heading, overflow="fold")
    for step in steps:
        if step.rule == "verdict":  # said below, in the words of the offices
            continue
        found = "\n".join(plain(text, 40) for text in step.found[:3])
        more = "；".join(text for text in (_in_chinese(step.note), step.suggestion) if text)
        count = f"[yellow]{step.count}[/yellow]" if step.suggestion else str(step.count)
        table.add_row(plain(step.rule), plain(step.selector, 60), count, found, plain(more, 120))
    return table


_WORDS = (("finds nothing", "没有找到"), ("rows dropped", "行被剔除"), ("rows without", "行没有"))


def _in_chinese(note: str) -> str:
    """What a rule notes about itself, where it is one of the usual things."""
    if note.startswith("not "):
        return f"不是 {note[4:]}"
    for english, chinese in _WORDS:
        note = note.replace(english, chinese)
    return note
