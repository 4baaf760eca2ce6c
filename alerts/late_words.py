"""整改: the words about a case that is late (REC-01), and about cases that people ended. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from alerts.escape import inert
from alerts.scene import Scene
from alerts.words import day_text, due_text

_QUARTERS = "一二三四"


def late(s: Scene) -> tuple[str, str]:
    """REC-01: which case, since when, how long the unit has now; long text and text message."""
    number, due, days = _number(s), _due(s.facts), s.facts.get("late_days")
    over = f"已过{days}个工作日" if isinstance(days, int) else "已过"
    again = due_text(s.cal, s.sent_on, s.rule.deadline_days or 2)
    quarter = f"{s.sent_on.year}年第{_QUARTERS[(s.sent_on.month - 1) // 3]}季度"
    text = (
        f'【督办】{number}号问题（"{s.name}"（{s.platform}，{s.unit}），{_rule(s)}）'
        f"整改期限{due}{over}，未收到反馈。{_others(s.facts)}请于{again}前整改并上传佐证；"
        f"逾期将列入{quarter}通报。"
    )
    short = f"【督办】{number}号问题整改期限{due}{over}，未收到反馈，请于{again}前整改并反馈。"
    return text, short


def relieved(s: Scene, at: str) -> tuple[str, str, str]:
    """The end of a REC-01: title, text, text message."""
    why = inert(s.case.closing, 60)
    about = _number(s)
    body = f'【督办结束】{about}号问题（"{s.name}"（{s.platform}），{_rule(s)}）：{why}（{at}）。'
    return f"【督办结束】{s.name}（{s.platform}）", body, f"【督办结束】{about}号问题：{why}。"[:70]


def ended_by_person(s: Scene, number: str, at: str) -> tuple[str, str, str]:
    """不予认定: title, text, text message."""
    who = f'"{s.name}"（{s.platform}），{s.rule.name}'
    why = inert(s.case.closing, 120)
    body = f"【销号】{number}号问题（{who}）经{at}人工核实，{why}，予以销号。"
    short = f"【销号】{number}号问题经人工核实不予认定，予以销号。"
    return f"【销号】{s.name}（{s.platform}）", body, short


def late_fact(facts: Mapping[str, Any]) -> str:
    """One sentence for lists and pages."""
    days = facts.get("late_days")
    over = f"已过{days}个工作日" if isinstance(days, int) else "已过"
    return f"{inert(str(facts.get('case', '')), 40)}号问题整改期限{_due(facts)}{over}，未收到反馈"


def _others(facts: Mapping[str, Any]) -> str:
    """The milder cases of the same reason, which are late as well."""
    numbers = [inert(str(each), 40) for each in facts.get("others") or ()]
    if not numbers:
        return ""
    more = f"等{len(numbers)}件" if len(numbers) > 3 else ""
    return f"同因逾期的还有{'、'.join(numbers[:3])}{more}。"


def _number(s: Scene) -> str:
    return inert(str(s.facts.get("case") or s.case.finding.subject), 40)


def _rule(s: Scene) -> str:
    return inert(str(s.facts.get("name") or s.facts.get("rule") or ""), 40)


def _due(facts: Mapping[str, Any]) -> str:
    try:
        return day_text(date.fromisoformat(str(facts.get("due_on"))))
    except ValueError:
        return "（未定）"
