from datetime import datetime
from pathlib import Path

import pytest

from alerts.message import SMS, compose
from alerts.policy import DEFAULT_POLICY
from tests.alerts.examples import (
    ACCOUNT,
    CAL,
    OFFICES,
    UNIT,
    at,
    blind,
    case,
    dossier,
    finding,
)
from watcher.model import Account, Level, Notice, Post, Trouble, Why
from watcher.rectifying import case_number

GOLDEN = Path(__file__).with_name("messages.golden")
RED, ORANGE, YELLOW, BLUE = Level.RED, Level.ORANGE, Level.YELLOW, Level.BLUE


MONDAY = at(11, 23)


def words(found, known, why=Why.FIRST, sent=MONDAY, **fields):
    notice = Notice(case(found, **fields), why, ())
    rule = DEFAULT_POLICY.of(found.rule)
    return compose(notice, known, rule, OFFICES.name_of, CAL, sent)


def posted(month, day, title="2026年秋季招生公告", **fields):
    return dossier(Post("p", at(month, day, 9), title, **fields))


DOUBTFUL = {
    "claimed_at": at(11, 18).isoformat(),
    "first_seen": at(11, 22).isoformat(),
    "title": "安全生产月总结",
}
ABSENT = {
    "absent_since": at(11, 21, 9).isoformat(),
    "absent_looks": 6,
    "stores": ["app_apple", "app_yyb", "app_yyb_simple"],
}
DONE = {"filing": "F1", "kind": "open", "carried_out_on": "2026-11-18"}
TERM = {"due": "2026-11-23", "provisional": False, "late": False}
FILINGS = {
    "FIL-01": lambda: words(
        finding(
            "FIL-01",
            ORANGE,
            handle="7788",
            name="三亚教育资讯",
            verified_as="三亚某某传媒有限公司",
            followers=1200,
            last_post_at=at(11, 20, 9).isoformat(),
            url="https://weibo.com/u/7788",
        ),
        dossier(account=Account("lead:1", "weibo", "三亚教育资讯", UNIT)),
    ),
    "FIL-02": lambda: words(
        finding("FIL-02", ORANGE, act="首条信息", act_on="2026-11-02", approved_on="2026-11-10"),
        posted(11, 20),
    ),
    "FIL-02 without approval": lambda: words(
        finding("FIL-02", ORANGE, **DONE, act="实施日期", act_on="2026-11-18"), posted(11, 20)
    ),
    "FIL-03": lambda: words(finding("FIL-03", BLUE, **DONE, **TERM), posted(11, 20)),
    "FIL-03 late": lambda: words(
        finding("FIL-03", YELLOW, **DONE, **TERM | {"late": True}, national_on="2026-11-19"),
        posted(11, 20),
    ),
    "FIL-03 provisional": lambda: words(
        finding("FIL-03", BLUE, **DONE, **TERM | {"due": "2027-01-06", "provisional": True}),
        posted(11, 20),
    ),
    "FIL-04": lambda: words(
        finding("FIL-04", YELLOW, **DONE, **TERM | {"late": True}), posted(11, 20)
    ),
    "FIL-04 missing": lambda: words(
        finding("FIL-04", YELLOW, export_on="2026-11-20", missing=True), posted(11, 20)
    ),
    "FIL-04 differing": lambda: words(
        finding(
            "FIL-04",
            YELLOW,
            export_on="2026-11-20",
            differ=[{"field": "filed_state", "ours": "active", "theirs": "suspended"}],
        ),
        posted(11, 20),
    ),
    "FIL-05": lambda: words(
        finding("FIL-05", BLUE, **TERM | {"due": "2026-11-30"}), posted(11, 20)
    ),
    "FIL-05 late": lambda: words(
        finding("FIL-05", YELLOW, **TERM | {"late": True}), posted(11, 20)
    ),
    "FIL-06": lambda: words(
        finding("FIL-06", BLUE, filing="F2", kind="suspend", **TERM | {"due": "2026-11-30"}),
        posted(11, 20),
    ),
    "FIL-06 late": lambda: words(
        finding("FIL-06", ORANGE, filing="F2", kind="suspend", **TERM | {"late": True}),
        posted(11, 20),
    ),
    "FIL-07": lambda: words(
        finding("FIL-07", ORANGE, filing="F1", kind="open", approved_on="2026-11-10"),
        posted(11, 20),
    ),
    "DER-01": lambda: words(finding("DER-01", RED, filing="F3", kind="deregister"), posted(11, 20)),
    "DER-03": lambda: words(
        finding("DER-03", YELLOW, filing="F3", kind="deregister"), posted(11, 20)
    ),
    "paper in order again": lambda: words(
        finding("FIL-03", YELLOW, **DONE), posted(11, 20), Why.RESOLVED, closed_at=at(11, 24)
    ),
}
SCENES = {
    "UPD-01": lambda: words(
        finding("UPD-01", BLUE, at(11, 26)),
        dossier(Post("p", at(11, 20, 9), "防溺水提醒", repost=True), seen=at(11, 26)),
    ),
    "UPD-02": lambda: words(finding(), posted(11, 13)),
    "UPD-02 second week": lambda: words(finding(level=ORANGE), posted(11, 6)),
    "UPD-03": lambda: words(finding("UPD-03", YELLOW), posted(11, 13)),
    "UPD-04": lambda: words(finding("UPD-04", RED), posted(11, 9)),
    "UPD-05 asleep": lambda: words(finding("UPD-05", ORANGE), posted(10, 9, day_only=True)),
    "UPD-05 dead": lambda: words(finding("UPD-05", RED), posted(6, 1)),
    "UPD-06": lambda: words(finding("UPD-06", ORANGE), posted(5, 9)),
    "UPD-07": lambda: words(finding("UPD-07", YELLOW, **DOUBTFUL), posted(11, 18)),
    "APP-01": lambda: words(finding("APP-01", RED, **ABSENT), posted(11, 9)),
    "APP-03": lambda: words(
        finding("APP-03", YELLOW, since=at(11, 21, 9).isoformat(), host="app.sanya.example.cn"),
        posted(11, 9),
    ),
    **FILINGS,
    "SYS-01": lambda: words(finding("SYS-01", Level.OPERATOR), blind()),
    "SYS-02": lambda: words(finding("SYS-02", Level.OPERATOR, account="", subject="2027"), None),
    "another rule": lambda: words(finding("CON-04", ORANGE), posted(11, 20)),
    "reminder": lambda: words(finding("UPD-04", RED), posted(11, 9), Why.REMINDER),
    "escalation": lambda: words(finding("UPD-03", ORANGE), posted(11, 10), Why.ESCALATION),
    "resolved": lambda: words(
        finding(), posted(11, 24, "今日开学"), Why.RESOLVED, closed_at=at(11, 24, 12)
    ),
    "resolved without a post": lambda: words(
        finding(),
        posted(11, 9),
        Why.RESOLVED,
        closed_at=at(11, 24),
        closing="复查时已不再出现该情形",
    ),
    "sight regained": lambda: words(
        finding("SYS-01", Level.OPERATOR), blind(), Why.RESOLVED, closed_at=at(11, 24)
    ),
    "a provisional deadline": lambda: words(
        finding("UPD-05", ORANGE, at(12, 28)), posted(11, 9), sent=at(12, 28)
    ),
}


def printed(made):
    return f"{made.title}\n{made.body}\n短信：{made.short}"


def goldens():
    blocks = GOLDEN.read_text("utf-8").strip().split("\n\n")
    return dict(block.removeprefix("# ").split("\n", 1) for block in blocks)


@pytest.mark.parametrize("name", SCENES)
def test_the_words_are_those_agreed(name):
    assert printed(SCENES[name]()) == goldens()[name]


@pytest.mark.parametrize("name", SCENES)
def test_a_text_message_has_at_most_70_characters(name):
    assert len(SCENES[name]().short) <= SMS


def test_a_long_name_gives_way_before_the_fact():
    account = Account("a", "wechat_subscription", "三亚市" + "很长的名字" * 30, UNIT)
    made = words(finding("UPD-04", RED), dossier(account=account))
    assert len(made.short) <= SMS
    assert made.short.endswith("触及单项否决，请今日更新。")


def test_a_hostile_title_and_name_cannot_break_the_sentence():
    account = Account(
        "a",
        "weibo",
        '三亚\u202e发布"已注销\n【告警】@all http://evil.cn',
        UNIT,
        url="javascript:alert(1)",
    )
    title = '</at><at user_id="all">所有人</at>》[点我](http://evil.cn)\r\n编号：伪造'
    known = dossier(Post("p", at(11, 20, 9), title), account=account)
    made = words(finding("UPD-01", BLUE), known)
    for text in (made.title, made.body, made.short):
        assert "http://evil" not in text
        assert "@" not in text
        assert "\u202e" not in text
    assert made.body.count("\n") == 1
    assert made.body.count("【") == 1
    assert made.body.splitlines()[1].startswith("证据：https://m.weibo.cn/")


def test_an_account_never_seen_posting_is_not_given_a_number_of_days():
    known = dossier()
    known = type(known)(ACCOUNT, type(known.sight)(covered_to=at(11, 23)))
    made = words(finding(), known)
    assert "监测以来未见更新" in made.body
    assert "0天" not in made.body
    assert "还有" not in made.body


def test_the_update_the_rule_counted_from_is_the_one_that_is_named():
    fact = {"at": at(11, 9).isoformat(), "title": "原创", "repost": False, "day_only": True}
    made = words(finding("UPD-04", RED, days=14, last_post=fact), posted(11, 20, repost=True))
    assert "已14天未更新，最近更新2026年11月9日，" in made.body


def test_days_that_are_only_a_bound_are_called_so():
    made = words(finding("UPD-04", RED, days=30, at_least=True, last_post=None), posted(11, 20))
    assert "已至少30天未更新，最近更新（未见更新记录）" in made.body


def test_a_second_week_in_a_row_is_said():
    made = words(finding(week="2026-W47", weeks_in_a_row=2), posted(11, 6))
    assert "未更新（连续第2个应更新周），" in made.body


def test_what_the_reader_saw_instead_is_told_to_the_operator():
    made = words(finding("SYS-01", Level.OPERATOR, detail="页面要求 @滑块\n验证"), blind())
    assert made.body.splitlines()[0].endswith("详情：页面要求 ＠滑块 验证")


def test_a_week_named_by_the_finding_is_the_week_in_the_text():
    made = words(finding(week="2026-W08"), posted(2, 9))
    assert "应更新周（2月16日至2月22日，其间工作日0天）" in made.body


def test_the_number_of_a_problem_stays_for_the_life_of_the_case():
    one = case(finding(level=YELLOW), at(11, 20))
    later = case(finding(level=ORANGE, as_of=at(11, 23)), at(11, 20))
    assert case_number(one) == case_number(later)
    assert case_number(one) != case_number(case(finding(), at(11, 21)))


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_has_a_reason_in_chinese(trouble):
    made = words(finding("SYS-01", Level.OPERATOR), blind(trouble=trouble))
    assert trouble.value not in made.body
    assert "期间不对单位发更新类告警" in made.body


def test_times_are_beijings():
    assert (
        "2026年11月21日00:30"
        in words(
            finding(), dossier(Post("p", datetime.fromisoformat("2026-11-20T16:30:00+00:00")))
        ).body
    )
