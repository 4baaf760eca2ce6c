"""What the program shows people: tables in Chinese, and the JSON of `--json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from rich.markup import escape
from rich.table import Table

from alerts.escape import shorten, visible
from alerts.fact import fact
from alerts.unit_words import whose
from alerts.words import LEVELS, PROVISIONAL, TROUBLES, platform_name, vouched_text
from collectors._json import sighting_json, trouble_json
from watcher.calendar import local
from watcher.model import Account, Case, CollectError, Failure, Finding, Outcome, Snapshot
from watcher.personal import covered, masked
from watcher.store import AccountState
from watcher.units import collective

COLOURS: Mapping[str, str] = {
    "red": "bold red",
    "orange": "dark_orange",
    "yellow": "yellow",
    "blue": "blue",
    "operator": "magenta",
}


def plain(text: str, limit: int = 80) -> str:
    """Text of a stranger for a terminal: no control characters, no markup, bounded."""
    return escape(shorten(visible(text), limit * 3))


def moment(at: datetime | None) -> str:
    """A moment in Beijing, to the minute."""
    return local(at).strftime("%Y-%m-%d %H:%M") if at else "—"


def iso(at: date | None) -> str | None:
    """A day or a moment for JSON."""
    return at.isoformat() if at else None


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """A reading as JSON: what was seen, by which source, on which pages."""
    if isinstance(outcome, Snapshot):
        sighting = outcome.sighting
        value = sighting_json(replace(sighting, posts=tuple(map(covered, sighting.posts))))
    else:
        value = trouble_json(CollectError(outcome.trouble, outcome.detail))
    pages = [
        {"url": p.url, "status": p.status, "sha256": p.sha256, "at": p.at.isoformat()}
        for p in outcome.pages
    ]
    return {**value, "at": outcome.at.isoformat(), "source": outcome.source, "pages": pages}


def outcome_table(outcome: Outcome) -> Table:
    """A reading for people."""
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, text in _outcome_rows(outcome):
        table.add_row(name, text)
    return table


def _outcome_rows(outcome: Outcome) -> Iterable[tuple[str, str]]:
    yield "来源", plain(outcome.source)
    if isinstance(outcome, Failure):
        yield "结果", f"[red]未能采集：{TROUBLES[outcome.trouble]}[/red]"
        yield "说明", plain(outcome.detail, 300)
        return
    sighting = outcome.sighting
    yield (
        "结果",
        "完整" if sighting.coverage == "complete" else "部分（只能证明已发，不能证明未发）",
    )
    if profile := sighting.profile:
        yield "名称", plain(profile.name)
        yield "标识", plain(profile.handle)
        yield "认证", plain(profile.verified_as or "—")
        yield "简介", plain(profile.bio or "—", 200)
        yield "粉丝", str(profile.followers) if profile.followers is not None else "—"
    for post in sorted(sighting.posts, key=lambda each: each.latest, reverse=True)[:10]:
        marks = "".join(
            mark for mark, on in (("[置顶]", post.pinned), ("[转发]", post.repost)) if on
        )
        shown = local(post.at).strftime("%Y-%m-%d") if post.day_only else moment(post.at)
        yield shown, escape(marks) + plain(masked(post.title) or post.id, 60)


def account_json(state: AccountState) -> dict[str, Any]:
    """An account and how it stands, as JSON."""
    return {
        "key": state.key,
        "name": state.name,
        "platform": state.platform,
        "unit": state.unit_name,
        "filed_state": state.filed_state.value,
        "enabled": state.enabled,
        "last_post_at": iso(state.last_post_at),
        "last_reading_at": iso(state.last_reading_at),
        "last_success_at": iso(state.last_success_at),
        "covered_from": iso(state.covered_from),
        "covered_to": iso(state.covered_to),
        "trouble": state.trouble.value if state.trouble else None,
        "next_check_at": iso(state.next_check_at),
        "attested_by": state.attested_by or None,
        "attested_at": iso(state.attested_at),
        "attested_until": iso(state.attested_until),
    }


def account_table(states: Iterable[AccountState], now: datetime) -> Table:
    """Accounts for people."""
    table = Table(title="账号")
    for heading in ("编号", "平台", "账号名称", "主办单位", "最近更新", "最近采集", "状态"):
        table.add_column(heading, overflow="fold")
    for each in states:
        table.add_row(
            plain(each.key),
            platform_name(each.platform),
            plain(each.name),
            plain(each.unit_name),
            moment(each.last_post_at),
            moment(each.last_success_at),
            plain(standing(each, now)),
        )
    return table


def standing(state: AccountState, now: datetime) -> str:
    """How an account is seen: by a person, not at all, or as the last reading says."""
    said = vouched_text(state.attested_at, state.attested_by, state.attested_until, now)
    trouble = TROUBLES[state.trouble] if state.trouble else ""
    if said:
        return f"{said}；{trouble}" if trouble else said
    return trouble or ("正常" if state.last_success_at else "未采集")


def case_table(cases: Iterable[Case], accounts: Mapping[str, Account]) -> Table:
    """Cases for people, each with the fact and the reading that proves it."""
    table = Table(title="问题")
    for heading in ("级别", "规则", "账号", "主办单位", "事实", "依据截至", "发现", "期限", "状态"):
        table.add_column(heading, overflow="fold")
    for case in cases:
        finding, account = case.finding, accounts.get(case.finding.account)
        level = finding.level.value
        table.add_row(
            f"[{COLOURS[level]}]{LEVELS[finding.level]}[/]",
            finding.rule,
            plain(account.name) if account else _unnamed(finding),
            plain(account.unit.name if account else whose(finding)),
            plain(fact(case), 120),
            moment(finding.as_of),
            moment(case.opened_at),
            due_text(case),
            "未销号" if case.closed_at is None else f"已销号 {moment(case.closed_at)}",
        )
    return table


def due_text(case: Case) -> str:
    """整改期限, marked where it is provisional."""
    if case.due_on is None:
        return "—"
    return case.due_on.isoformat() + (PROVISIONAL if case.due_from else "")


def _unnamed(finding: Finding) -> str:
    return "（单位）" if collective(finding.account) else "（监测本身）"


def lasted(span: timedelta) -> str:
    """A span in Chinese, to its largest unit."""
    seconds = int(span.total_seconds())
    for size, unit in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}秒"
