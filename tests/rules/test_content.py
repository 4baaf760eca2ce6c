"""CON-01 to CON-03: advisories on titles; what left our sight is neither found nor ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.content_words import content_fact
from alerts.policy import DEFAULT_POLICY
from tests.rules.world import CAL, DAY, HOUR, RULES, account, bj, dossier, post
from watcher.model import Case, Dossier, Exemption, FiledState, Finding, Level, StoredPost
from watcher.restraint import decide
from watcher.rules.content import judge_content
from watcher.rules.ruleset import RuleSet
from watcher.sight import Clearance

NOW = bj("2026-03-05 10:00")


def with_posts(*stored: StoredPost, **changes: Any) -> Dossier:
    d = dossier(*(each.post for each in stored), read_at=NOW, who=account(**changes))
    return replace(d, posts=stored)


def shown(title: str, ident: str = "p1", first_seen: datetime = NOW, **more: Any) -> StoredPost:
    url = more.pop("url", None)
    return StoredPost(post(NOW - HOUR, id=ident, title=title, url=url), first_seen, **more)


def found(d: Dossier, rules: RuleSet = RULES, now: datetime = NOW) -> list[Finding]:
    return list(judge_content(d, now, rules))


def off(rule: str) -> RuleSet:
    return replace(RULES, rules={**RULES.rules, rule: replace(RULES.rules[rule], enabled=False)})


@pytest.mark.parametrize(
    ("title", "domains"),
    [
        ("详见 https://mall.example.com/x?y=1 抢购", ["mall.example.com"]),
        ("官网 taobao.com/shop", ["taobao.com"]),
        ("https://gov.cn.evil.com/", ["gov.cn.evil.com"]),
        ("https://www.gov.cn@evil.com/", ["evil.com"]),
        ("notgov.cn", ["notgov.cn"]),
        ("详见 https://www.sanya.gov.cn/a", None),
        ("见 weibo.com 和 http://t.cn/A6x", None),
        ("邮箱 someone@example.com", None),
        ("增长3.5个百分点，V2.0版", None),
        ("海风", None),
    ],
)
def test_links_outside_the_list_are_advised(title: str, domains: list[str] | None) -> None:
    got = [each.facts["domains"] for each in found(with_posts(shown(title)))]
    assert got == ([domains] if domains else [])


def test_the_address_of_a_post_is_judged_and_the_accounts_own_host_is_allowed() -> None:
    stored = shown("海风", url="https://www.ourcity-news.com/a/1.html")
    (finding,) = found(with_posts(stored))
    assert (finding.rule, finding.level, finding.subject) == ("CON-01", Level.YELLOW, "p1")
    assert finding.facts["seen"] == "titles"
    assert not found(with_posts(stored, url="https://ourcity-news.com/"))


@pytest.mark.parametrize(
    ("title", "holds"),
    [
        ("【转载】三亚旅游新政", True),
        ("转载：三亚旅游新政", True),
        ("三亚旅游新政（转）", True),
        ("三亚旅游新政 来源：网络", True),
        ("三亚旅游新政 来源：", True),
        ("【转载】三亚旅游新政 来源：海南日报", False),
        ("转载自人民日报：新政", False),
        ("【转】据新华社报道，新政", False),
        ("好转的形势", False),
        ("转作风促发展", False),
    ],
)
def test_a_repost_without_its_origin_is_advised(title: str, holds: bool) -> None:
    assert [each.rule for each in found(with_posts(shown(title)))] == ["CON-02"] * holds


def test_a_forward_names_its_origin_by_itself() -> None:
    stored = shown("【转载】新政")
    assert not found(with_posts(replace(stored, post=replace(stored.post, repost=True))))


def test_personal_data_is_red_and_a_public_disclosure_is_a_note() -> None:
    (plain,) = found(with_posts(shown("联系46***************6", ids=1, mobiles=2)))
    (note,) = found(with_posts(shown("失信被执行人名单46***************6", ids=1)))
    assert (plain.level, plain.facts["disclosure"]) == (Level.RED, "")
    assert (note.level, note.facts["disclosure"]) == (Level.YELLOW, "失信")
    assert "身份证号1处、手机号2处" in content_fact("CON-03", plain.facts)
    assert not found(with_posts(shown("海风")))


def test_at_most_so_many_a_day() -> None:
    posts = [shown("x", f"p{n}", mobiles=1) for n in range(5)]
    assert [each.subject for each in found(with_posts(*posts))] == ["p0", "p1", "p2"]
    late = shown("x", "p9", NOW - DAY, mobiles=1)
    assert len(found(with_posts(*posts, late))) == 4


def test_a_title_changed_later_is_judged_as_of_the_change() -> None:
    stored = shown("x", first_seen=NOW - 9 * DAY, mobiles=1)
    (before,) = found(with_posts(stored))
    changed = replace(stored, post=replace(stored.post, edited_at=NOW - HOUR))
    (after,) = found(with_posts(changed))
    assert (before.as_of, after.as_of) == (NOW - 9 * DAY, NOW - HOUR)


@pytest.mark.parametrize("rule", ["CON-01", "CON-02", "CON-03"])
def test_each_is_off_by_switch_and_by_exemption(rule: str) -> None:
    title = "【转载】新政 https://mall.example.com/"
    d = with_posts(shown(title, mobiles=1))
    assert {each.rule for each in found(d)} == {"CON-01", "CON-02", "CON-03"}
    assert rule not in {each.rule for each in found(d, off(rule))}
    excused = replace(d.account, exemptions=(Exemption((rule,), "经批准", "市府办"),))
    assert rule not in {each.rule for each in found(replace(d, account=excused))}


def test_a_deregistered_account_and_a_deleted_post_are_not_judged() -> None:
    stored = shown("x", mobiles=1)
    assert not found(with_posts(stored, filed_state=FiledState.DEREGISTERED))
    assert not found(with_posts(replace(stored, removed_at=NOW)))


def decided(d: Dossier, case: Case, now: datetime) -> tuple[int, int]:
    findings = tuple(judge_content(d, now, RULES))
    changes, _, _ = decide(
        [case], findings, d, Clearance(), now, timedelta(days=1), DEFAULT_POLICY, CAL
    )
    return len(changes.kept), len(changes.closed)


def test_a_case_stands_when_its_post_leaves_our_sight_and_ends_when_it_is_mended() -> None:
    stored = shown("x", mobiles=1)
    (finding,) = found(with_posts(stored))
    case = Case(finding, NOW, id=1, told_at=NOW, told_level=finding.level)
    later = NOW + DAY
    assert decided(with_posts(stored), case, later) == (1, 0)
    assert decided(with_posts(shown("海风", "p2")), case, later) == (1, 0)
    assert decided(with_posts(shown("海风")), case, later) == (0, 1)
    assert decided(with_posts(replace(stored, removed_at=later)), case, later) == (0, 1)
