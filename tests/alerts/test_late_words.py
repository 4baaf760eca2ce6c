"""The words about cases that are late, and about those that people ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from alerts.fact import fact
from alerts.message import SMS, Words, compose
from alerts.policy import DEFAULT_POLICY
from tests.alerts.examples import CAL, OFFICES, UNIT, at, dossier
from watcher.model import Case, CaseState, Finding, Level, Notice, Why

FACTS = {"case": "UPD-04-261123-abcdef", "rule": "UPD-04", "due_on": "2026-11-25", "late_days": 1}


def rec(**more: Any) -> Case:
    found = Finding(
        "REC-01", "weibo-2803301701", FACTS["case"], Level.ORANGE, "办法", at(11, 26), FACTS
    )
    return Case(found, at(11, 26), 9, **more)


def said(case: Case, why: Why = Why.FIRST) -> Words:
    rule = DEFAULT_POLICY.of(case.finding.rule)
    return compose(Notice(case, why, ()), dossier(), rule, OFFICES.name_of, CAL, at(11, 26))


def test_a_late_case_is_pressed_in_the_words_agreed() -> None:
    words = said(rec())
    assert words.body.startswith(
        f'【督办】UPD-04-261123-abcdef号问题（"三亚教育"（新浪微博，{UNIT.name}），UPD-04）'
        "整改期限11月25日已过1个工作日，未收到反馈。请于11月30日前整改并上传佐证；"
        "逾期将列入2026年第四季度通报。"
    )
    assert len(words.short) <= SMS
    assert "违规" not in words.body
    assert fact(rec()) == "UPD-04-261123-abcdef号问题整改期限11月25日已过1个工作日，未收到反馈"


def test_its_end_says_why() -> None:
    ended = rec(state=CaseState.CLOSED, closed_at=at(11, 27), closing="已收到反馈")
    words = said(ended, Why.RESOLVED)
    assert "UPD-04-261123-abcdef号问题" in words.body
    assert "已收到反馈" in words.body


def test_a_dismissed_case_is_not_said_to_have_been_mended() -> None:
    found = Finding("UPD-04", "weibo-2803301701", "", Level.RED, "检查指标", at(11, 23), {})
    case = Case(
        found, at(11, 23), 9, CaseState.CLOSED, closed_at=at(11, 24),
        closing="不予认定：平台显示有误", dismissed=True,
    )  # fmt: skip
    words = said(case, Why.RESOLVED)
    assert "不予认定：平台显示有误" in words.body
    assert "已整改" not in words.body + words.short


def test_a_reminder_names_the_term_of_the_case_and_that_it_has_passed() -> None:
    found = Finding("UPD-04", "weibo-2803301701", "", Level.RED, "检查指标", at(11, 26), {})
    case = Case(found, at(11, 23), 9, told_at=at(11, 23), due_on=date(2026, 11, 25))
    assert "整改期限11月25日已过。" in said(case, Why.REMINDER).body
    provisional = replace(case, due_from=date(2026, 11, 23))
    assert "已过。" not in said(provisional, Why.REMINDER).body
    assert "11月25日（预计" in said(provisional, Why.REMINDER).body
    answered = replace(case, feedback_at=at(11, 24))
    assert "待复查" in said(answered, Why.REMINDER).body
