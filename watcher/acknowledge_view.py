"""What a link of a letter shows: its cases as they stand now, and whether anything waits."""

from __future__ import annotations

from datetime import datetime

from alerts.escape import inert
from alerts.routing import Offices
from watcher.calendar import local
from watcher.console.acknowledge import AckRow, AckView
from watcher.model import Case, CaseState
from watcher.rectifying import case_number
from watcher.showing import due_text
from watcher.store import AccountState, Connection
from watcher.store.census import states_of
from watcher.store.letter_links import Acknowledged, LetterLink, acknowledgements, cases_by_id
from watcher.view_rows import case_row
from watcher.watch import Watch


def view_of(c: Connection, watch: Watch, link: LetterLink, now: datetime) -> AckView:
    about = cases_by_id(c, link.cases)
    keys = {case.finding.account for case in about if case.finding.account}
    states = states_of(c, keys)
    acked = acknowledgements(c, link.cases)
    return AckView(
        now=now,
        office=office_of(link.target, watch.book.offices),
        rows=[
            _row(each, states.get(each.finding.account), acked.get(each.id or 0), watch)
            for each in about
        ],
        expires_at=link.expires_at,
        listing=not link.acts,
    )


def _row(
    case: Case, account: AccountState | None, acked: Acknowledged | None, watch: Watch
) -> AckRow:
    shown = case_row(case, account)
    whose = f"{shown.account}（{shown.platform}）" if shown.account else shown.unit or "监测系统"
    return AckRow(
        number=case_number(case),
        level=case.finding.level.value,
        rule=watch.book.policy.of(case.finding.rule).name,
        whose=whose,
        unit=shown.unit if shown.account else "",
        fact=shown.fact,
        due=due_text(case),
        standing=_standing(case, acked),
        waits=waits(case),
    )


def waits(case: Case) -> bool:
    return case.state is CaseState.OPEN and not case.acknowledged_by


def _standing(case: Case, acked: Acknowledged | None) -> str:
    if case.dismissed:
        return "已不予认定，无须办理"
    if case.state is CaseState.CLOSED:
        return f"已于{when(case.closed_at)}销号" if case.closed_at else "已销号"
    if case.acknowledged_by:
        moment = f"于{when(acked.at)}" if acked else ""
        return f"已由{case.acknowledged_by}{moment}签收"
    return "待签收"


def over(link: LetterLink, view: AckView) -> str:
    """Why there is nothing to acknowledge, in one sentence; "" for a mere list."""
    if not link.acts:
        return "本消息是汇总，供知悉，无需签收。"
    if link.used_at:
        return f"本通知已由{link.used_by}于{when(link.used_at)}签收，无需再次签收。"
    if not view.rows:
        return "本通知所涉问题已无记录，无需签收。"
    if len(view.rows) == 1:
        return f"本问题{view.rows[0].standing}，无需再次签收。"
    return "所列问题均已签收或已办结，无需再次签收。"


def when(at: datetime) -> str:
    return local(at).strftime("%Y-%m-%d %H:%M")


def office_of(target: str, offices: Offices) -> str:
    """The one office or unit that is reached by a target; else the target itself."""
    every = (*offices.offices.values(), *offices.units.values())
    found = {each.name for each in every if any(target in names for names in each.targets.values())}
    return inert(found.pop() if len(found) == 1 else f"接收方{target}", 30)
