"""The one sentence of a case, from its own facts."""

from datetime import UTC, datetime

import pytest

from alerts.fact import fact
from alerts.message import SMS, compose
from alerts.policy import DEFAULT_POLICY
from watcher.calendar import load_calendar
from watcher.model import Case, Finding, Level, Notice, Role, Why

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
LAST = {"at": "2026-11-08T01:00:00+00:00", "title": "防溺水提醒", "repost": True}


def case(rule: str, **facts: object) -> Case:
    return Case(Finding(rule, "a", "s", Level.RED, "", NOW, facts), NOW)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            case("UPD-04", days=15, last_post=LAST),
            "已15天未更新，最近更新2026年11月8日09:00《防溺水提醒》（转发）",
        ),
        (
            case("UPD-02", days=15, last_post={**LAST, "day_only": True, "repost": False}),
            "自然周未更新，已15天未更新，最近更新2026年11月8日《防溺水提醒》",
        ),
        (
            case("UPD-04", days=33, at_least=True, last_post=None),
            "监测以来至少33天未见更新",
        ),
        (
            case("SYS-01", since="2026-11-22T02:00:00+00:00", trouble="blocked"),
            "自2026年11月22日10:00起未成功采集（验证码或限流）",
        ),
        (
            case(
                "APP-01",
                absent_since="2026-11-21T02:00:00+00:00",
                absent_looks=4,
                stores=["app_yyb", "unknown"],
            ),
            "自2026年11月21日10:00起在应用宝、应用商店无法下载（4次核查）",
        ),
        (
            case("APP-03", host="app.sanya.example.cn"),
            "服务域名app．sanya．example．cn无IPv6地址（AAAA记录）",
        ),
        (case("SYS-02", year=2027), "缺少2027年放假安排"),
    ],
    ids=["silent", "a day only", "never seen", "blind", "an app gone", "no ipv6", "holidays"],
)
def test_a_case_is_one_sentence(given: Case, sentence: str) -> None:
    assert fact(given) == sentence


def test_a_hostile_title_stays_inert_and_short() -> None:
    hostile = {**LAST, "title": "@all [点击](http://evil.example)\u202e" + "长" * 500}
    text = fact(case("UPD-04", days=15, last_post=hostile))
    assert len(text) < 120
    assert "\u202e" not in text
    assert "http://" not in text  # no channel makes a link of it


DARK = {
    "platform": "weibo",
    "title": "",
    "since": "2026-11-22T02:00:00+00:00",
    "why": "参照账号“人民日报”连续2次未能正常读到",
    "trouble": "blocked",
    "detail": "https://evil.example/ 432",
    "canary_ok_at": "2026-11-22T01:30:00+00:00",
    "accounts": 31,
}
CHANGED = {
    "platform": "douyin",
    "title": "抖音",
    "collector": "douyin",
    "missing": "layout changed: aweme_list",
    "accounts": 12,
    "of": 15,
    "sha256": "ab" * 32,
    "file": "evidence/ab/cdef",
}


def platform_case(rule: str, **facts: object) -> Case:
    return Case(Finding(rule, "", "weibo", Level.OPERATOR, "", NOW, facts), NOW, told_at=NOW)


@pytest.mark.parametrize(
    ("rule", "facts", "words"),
    [
        ("SYS-03", DARK, ("新浪微博", "人民日报", "验证码或限流", "31个账号")),
        ("SYS-04", CHANGED, ("抖音", "15个账号中12个", "layout changed")),
    ],
)
def test_a_platform_is_told_in_one_sentence_and_in_a_letter(
    rule: str, facts: dict[str, object], words: tuple[str, ...]
) -> None:
    made = platform_case(rule, **facts)
    assert all(word in fact(made) for word in words)
    policy = DEFAULT_POLICY.of(rule)
    for why in (Why.FIRST, Why.REMINDER, Why.RESOLVED):
        notice = Notice(made, why, (Role.OPERATOR,))
        told = compose(notice, None, policy, str, load_calendar(None), NOW)
        assert words[0] in told.title
        assert words[0] in told.body
        assert "https://evil" not in told.body
        assert len(told.short) <= SMS
        assert "整改" not in told.body or why is Why.REMINDER
    first = compose(Notice(made, Why.FIRST, ()), None, policy, str, load_calendar(None), NOW)
    assert "不对该平台单位立案" in first.body


def test_facts_of_a_platform_may_be_missing() -> None:
    for rule in ("SYS-03", "SYS-04"):
        bare = platform_case(rule, platform="weibo")
        assert "新浪微博" in fact(bare)
        notice = Notice(bare, Why.FIRST, ())
        policy = DEFAULT_POLICY.of(rule)
        assert "新浪微博" in compose(notice, None, policy, str, load_calendar(None), NOW).body
