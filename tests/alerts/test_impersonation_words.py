from __future__ import annotations

from typing import Any

import pytest

from alerts.fact import fact
from alerts.message import SMS, Words, compose
from alerts.policy import DEFAULT_POLICY
from tests.alerts.examples import CAL, OFFICES, UNIT, at, case
from watcher.model import Account, Dossier, Finding, Level, Notice, Sight, Why

FACTS: dict[str, Any] = {
    "platform": "weibo",
    "name": "三亚教肓",
    "handle": "900",
    "url": "https://weibo.com/u/900",
    "verified": False,
    "verified_as": None,
    "followers": 12,
    "match": "三亚教育",
    "account_name": "三亚教育",
    "unit": "三亚市教育局",
    "reasons": ["名称与台账账号“三亚教育”高度近似（0.95）（+50分）。", "平台显示未认证（+15分）。"],
    "reading": {"at": at(11, 23, 9).isoformat(), "pages": [{"sha256": "3fa9" * 16}]},
}
SURE = {"confirmed_by": "李主任", "confirmed_at": at(11, 23, 15).isoformat(), "weighty": True}
LETTER = {
    "letter": "三教函〔2026〕1号",
    "sent_at": at(11, 23, 16).isoformat(),
    "lacks": "receipt",
    "due": "2026-11-26",
}
WHO = '新浪微博账号"三亚教肓"（ID 900，未认证，12粉丝）'


def words(
    rule: str, facts: dict[str, Any] | None = None, why: Why = Why.FIRST, name: str = "三亚教肓"
) -> Words:
    about = Account("candidate:7", "weibo", name, UNIT, url="https://weibo.com/u/900")
    found = Finding(
        rule,
        about.key,
        "account",
        Level.RED,
        "《办法》第二十条",
        at(11, 23),
        {**FACTS, **(facts or {})},
    )
    made = case(found, closing="平台已关停") if why is Why.RESOLVED else case(found)
    known = Dossier(about, Sight())
    return compose(
        Notice(made, why, ()), known, DEFAULT_POLICY.of(rule), OFFICES.name_of, CAL, at(11, 23)
    )


def test_a_suspicion_is_called_one_and_asks_for_a_person() -> None:
    made = words("IMP-01")
    assert made.title == "【疑似假冒】三亚教肓（新浪微博）"
    assert f'经监测，{WHO}与备案账号"三亚教育"（三亚市教育局）近似，不在备案台账。' in made.body
    assert "1、名称与台账账号" in made.body
    assert "今日人工确认" in made.body
    assert "有认证标识不等于真实" in made.body
    assert "违规" not in made.body
    assert "系假冒" not in made.body
    assert made.body.splitlines()[-1].startswith("证据：https://weibo.com/u/900 （2026年11月23日")
    assert "SHA-256 3fa93fa93fa93fa9" in made.body


def test_what_was_confirmed_names_who_confirmed_it() -> None:
    made = words("IMP-01", SURE)
    assert made.title.startswith("【假冒处置】")
    assert "经李主任于2026年11月23日15:00人工确认，系假冒备案账号" in made.body
    assert "请网信、公安部门依法依规处置" in made.body


def test_a_letter_without_an_answer_is_pressed() -> None:
    made = words("IMP-02", LETTER)
    assert "（三教函〔2026〕1号）2026年11月23日16:00发出，逾24小时未见平台受理回执" in made.body
    late = words("IMP-02", LETTER | {"lacks": "result"})
    assert "逾3个工作日未见平台处置结果（期限11月26日）" in late.body


def test_one_that_is_back_is_told() -> None:
    assert f"已关停的{WHO}于2026年11月23日" in words("IMP-03").body


@pytest.mark.parametrize("rule", ["IMP-01", "IMP-02", "IMP-03"])
def test_every_text_fits_and_has_a_fact_and_an_end(rule: str) -> None:
    long = words(rule, name="三亚" + "很长" * 90)
    assert len(long.short) <= SMS
    done = words(rule, why=Why.RESOLVED)
    assert done.body.startswith("【处置结束】IMP-0")
    assert "平台已关停" in done.body
    assert "整改" not in done.body
    assert len(done.short) <= SMS
    found = Finding(rule, "candidate:7", "account", Level.RED, "", at(11, 23), FACTS | LETTER)
    assert fact(case(found))


def test_a_hostile_name_cannot_break_the_sentence() -> None:
    evil = '</at><at user_id="all">"】\r\n编号：伪造 http://evil.cn'
    made = words("IMP-01", {"name": evil, "verified_as": evil, "reasons": [evil]}, name=evil)
    for text in (made.title, made.body, made.short):
        assert "http://evil" not in text
        assert "\r" not in text
    assert made.body.count("\n") == 1
