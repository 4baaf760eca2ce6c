"""What the program shows people of cases and their history: tables in Chinese, and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from rich.console import RenderableType
from rich.table import Table

from alerts.fact import fact
from alerts.words import LEVELS, platform_name
from watcher.alarms import Alarm
from watcher.model import Account, Case, CaseState
from watcher.quiet import Silence
from watcher.rectifying import DEEDS, MEASURES, CaseEvent, Deed, case_number
from watcher.showing import COLOURS, due_text, iso, moment, plain
from watcher.showing_alarms import alarm_json, alarm_steps
from watcher.showing_silences import silenced_text
from watcher.store import CaseLetter

WHYS: Mapping[str, str] = {
    "first": "首次告知",
    "reminder": "再次提醒",
    "escalation": "升级",
    "resolved": "销号告知",
    "digest": "汇总",
}
SENT: Mapping[str, str] = {
    "sent": "已送达",
    "merged": "已合并送达",
    "failed": "未能送达",
    "pending": "待发",
    "sending": "发送中",
    "silenced": "静默中，未发",
    "held": "恢复备份后扣留",
    "dropped": "未发",
}
_MEASURES = {value.value: name for name, value in MEASURES.items()}


@dataclass(frozen=True, slots=True)
class History:
    """A case with all that happened to it."""

    case: Case
    account: Account | None
    events: Sequence[CaseEvent] = ()
    letters: Sequence[CaseLetter] = ()
    manifests: Sequence[str] = ()  # SHA-256 of its packages of proof
    alarms: Sequence[Alarm] = ()  # of Alertmanager
    silence: Silence | None = None  # that holds what would be said of it now


def standing_of(case: Case) -> str:
    """状态: how far a case has come."""
    if case.dismissed:
        return "不予认定"
    if case.state is CaseState.CLOSED:
        return "已销号"
    if case.feedback_at is not None:
        return "已反馈，待复查"
    if case.acknowledged_by:
        return "已签收，整改中"
    return "已通知" if case.told_at else "待通知"


def case_json(case: Case, account: Account | None) -> dict[str, Any]:
    """A case as JSON."""
    finding = case.finding
    return {
        "id": case.id,
        "number": case_number(case),
        "rule": finding.rule,
        "level": finding.level.value,
        "article": finding.article,
        "account": finding.account,
        "account_name": account.name if account else "",
        "platform": account.platform if account else "",
        "unit": account.unit.name if account else "",
        "subject": finding.subject,
        "fact": fact(case),
        "as_of": finding.as_of.isoformat(),
        "opened_at": case.opened_at.isoformat(),
        "state": case.state.value,
        "standing": standing_of(case),
        "told_at": iso(case.told_at),
        "acknowledged_by": case.acknowledged_by,
        "due_on": iso(case.due_on),
        "due_provisional": case.due_from is not None,
        "feedback_at": iso(case.feedback_at),
        "dismissed": case.dismissed,
        "closed_at": iso(case.closed_at),
        "closing": case.closing,
    }


def event_json(event: CaseEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "at": event.at.isoformat(),
        "by": event.actor,
        "kind": event.kind.value,
        "text": event.text,
        "data": dict(event.data),
    }


def history_json(told: History) -> dict[str, Any]:
    """A case with its history as JSON."""
    finding = told.case.finding
    return {
        **case_json(told.case, told.account),
        "facts": dict(finding.facts),
        "proof": [*proof_of(told.case)],
        "silenced_until": iso(told.silence.until if told.silence else None),
        "manifests": list(told.manifests),
        "events": [event_json(each) for each in told.events],
        "alarms": [alarm_json(each) for each in told.alarms],
        "letters": [
            {
                "at": each.at.isoformat(),
                "target": each.target,
                "why": each.why,
                "title": each.title,
                "state": each.state,
            }
            for each in told.letters
        ],
    }


def proof_of(case: Case) -> Iterator[str]:
    """SHA-256 of the pages its finding rests on."""
    for page in (case.finding.facts.get("reading") or {}).get("pages", ()):
        yield str(page.get("sha256", ""))


def cases_table(cases: Iterable[Case], accounts: Mapping[str, Account]) -> Table:
    """Cases for people who work on them."""
    table = Table(title="问题")
    for heading in ("号", "编号", "级别", "账号", "主办单位", "事实", "期限", "状态"):
        table.add_column(heading, overflow="fold")
    for case in cases:
        account = accounts.get(case.finding.account)
        level = case.finding.level
        table.add_row(
            str(case.id),
            case_number(case),
            f"[{COLOURS[level.value]}]{LEVELS[level]}[/]",
            plain(account.name) if account else plain(case.finding.account) or "（监测本身）",
            plain(account.unit.name) if account else "",
            plain(fact(case), 120),
            due_text(case),
            standing_of(case),
        )
    return table


def history_parts(told: History) -> Iterator[RenderableType]:
    """A case with its history for people."""
    head = Table(show_header=False, box=None, pad_edge=False)
    for name, text in _head(told):
        head.add_row(name, text)
    yield head
    table = Table(title="经过")
    for heading in ("时间", "经办", "事项", "内容"):
        table.add_column(heading, overflow="fold")
    for _, row in sorted(steps(told), key=lambda step: step[0]):
        table.add_row(*row)
    yield table


def _head(told: History) -> Iterator[tuple[str, str]]:
    case, account = told.case, told.account
    yield "编号", case_number(case)
    yield "规则", f"{case.finding.rule} {LEVELS[case.finding.level]}"
    yield "依据", plain(case.finding.article, 100)
    if account:
        yield "账号", f"{plain(account.name)}（{plain(platform_name(account.platform))}）"
        yield "主办单位", plain(account.unit.name)
    yield "事实", plain(fact(case), 300)
    yield "依据截至", moment(case.finding.as_of)
    yield "整改期限", due_text(case)
    yield "状态", standing_of(case)
    if told.silence:
        yield "静默", plain(silenced_text(told.silence), 600)
    for digest in proof_of(case):
        yield "页面 SHA-256", plain(digest)
    for digest in told.manifests:
        yield "证据包 SHA-256", plain(digest)


Shown: TypeAlias = Callable[..., str]  # a stranger's text, and how long it may be


def steps(
    told: History, shown: Shown = plain
) -> Iterator[tuple[datetime, tuple[str, str, str, str]]]:
    """All that happened, each with its moment; `shown` makes a stranger's text fit its place."""
    case = told.case
    yield case.opened_at, (moment(case.opened_at), "监测", "发现", shown(fact(case), 200))
    for letter in told.letters:
        text = f"{shown(letter.title, 80)} → {shown(letter.target)} {SENT.get(letter.state, '')}"
        why = WHYS.get(letter.why, letter.why)
        yield letter.at, (moment(letter.at), "监测", why, text)
    for event in told.events:
        what = "；".join(filter(None, (shown(event.text, 300), *_details(event, shown))))
        row = (moment(event.at), shown(event.actor), DEEDS[event.kind], what)
        yield event.at, row
    yield from alarm_steps(told.alarms, shown)
    if case.closed_at is not None and not _ended_by_person(told):
        row = (moment(case.closed_at), "监测", "销号", shown(case.closing, 200))
        yield case.closed_at, row


def _ended_by_person(told: History) -> bool:
    endings = (Deed.CLOSE, Deed.DISMISS)
    return any(e.kind in endings and e.at == told.case.closed_at for e in told.events)


def _details(event: CaseEvent, shown: Shown) -> Iterator[str]:
    data = event.data
    for kept in data.get("files", ()):
        yield f"附件 {shown(str(kept['name']))}（SHA-256 {shown(str(kept['sha256']))}）"
    if event.new_deadline:
        yield f"新期限 {event.new_deadline.isoformat()}"
    if "ok" in data:
        yield "整改到位" if data["ok"] else "整改不到位"
    if data.get("link"):
        where = f"，地址 {shown(str(data.get('address', '')))}" if data.get("address") else ""
        yield f"经通知中的链接签收（接收方 {shown(str(data.get('target', '')))}{where}）"
    if event.kind is Deed.SNOOZE and "until" in data:
        yield f"静默至 {moment(datetime.fromisoformat(data['until']))}"
    if "measure" in data:
        yield f"措施：{_MEASURES.get(data['measure'], '')}"
    if data.get("seen"):
        yield f"销号时最近一次采集仍见：{shown(str(data['seen']), 200)}"
    if "outcome" in data:
        yield shown(str(data["outcome"]), 100)
    for page in data.get("pages", ()):
        yield f"页面 SHA-256 {shown(str(page['sha256']))}"
