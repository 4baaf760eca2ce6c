"""CHG-01, VER-01, VER-02: what a face has against an account, and when it has nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import pytest

from alerts.fact import fact
from alerts.message import compose
from alerts.policy import DEFAULT_POLICY, notices, reconcile
from tests.rules.world import CAL, DAY, HOUR, RULES, account, bj, dossier, page
from watcher.accepted import moved, moves, settled
from watcher.faces import NO_FACE, Picture, observe, pictured
from watcher.filings import NO_PAPER, Filing, FilingKind
from watcher.model import (
    Account,
    Case,
    Dossier,
    Exemption,
    FiledState,
    Finding,
    Level,
    Notice,
    Profile,
    Role,
    Sighting,
    Snapshot,
    Why,
)
from watcher.rules import RuleSet, judge
from watcher.rules.change import is_of

START = bj("2026-03-02 08:00")
FACE = Profile("1", "三亚旅文", "简介", "a.jpg", True, "3", "三亚市旅游和文化广电体育局官方微博")


def after(*faces: Profile | None, who: Account | None = None, **paper: Any) -> Dossier:
    """The dossier after readings an hour apart, each judged as the daemon does it."""
    d = replace(dossier(read_at=START, who=who), face=NO_FACE, paper=replace(NO_PAPER, **paper))
    for number, face in enumerate(faces, 1):
        at = START + number * HOUR
        seen = Snapshot("weibo-1", at, Sighting(face), "weibo", (page(at),))
        assert d.face is not None
        assert d.paper is not None
        shown = observe(d.face, seen, d.paper.accepted, False)
        said = tuple(moves(d.account, d.paper, shown))
        kept = replace(d.paper, accepted=moved(d.paper, said))
        sight = replace(d.sight, last_reading_at=at, last_success_at=at, covered_to=at)
        d = replace(d, face=settled(shown, said), paper=kept, sight=sight)
    return d


def found(d: Dossier, rule: str = "CHG-01", rules: RuleSet = RULES, **more: Any) -> list[Finding]:
    now: datetime = more.get("now") or (d.sight.last_reading_at or START) + HOUR
    return [finding for finding in judge(d, now, rules, CAL) if finding.rule == rule]


def off(rule: str) -> RuleSet:
    return replace(
        RULES,
        rules=MappingProxyType({**RULES.rules, rule: replace(RULES.rules[rule], enabled=False)}),
    )


def test_a_change_is_found_at_the_second_look_with_both_sides_and_their_pages() -> None:
    new = replace(FACE, bio="新简介")
    assert found(after(FACE, FACE, new)) == []
    (finding,) = found(after(FACE, FACE, new, new))
    assert (finding.level, finding.subject, finding.opens) == (Level.ORANGE, "bio", True)
    assert finding.as_of == START + 4 * HOUR
    facts = finding.facts
    assert (facts["before"]["value"], facts["after"]["value"]) == ("简介", "新简介")
    assert facts["before"]["until"] == (START + 2 * HOUR).isoformat()
    assert facts["after"]["since"] == (START + 3 * HOUR).isoformat()
    for side in ("before", "after"):
        assert len(facts[side]["readings"]) == 2
        assert facts[side]["readings"][0]["pages"][0]["sha256"] == "ab" * 32
        assert facts[side]["readings"][0]["source"] == "weibo"
    assert facts["confirmed"] is True
    assert facts["weighty"] is False


def test_a_name_is_asked_about_at_once_and_the_city_hears_of_it() -> None:
    new = replace(FACE, name="三亚文旅")
    (asked,) = found(after(FACE, FACE, new))
    assert (asked.level, asked.facts["confirmed"]) == (Level.YELLOW, False)
    (sure,) = found(after(FACE, FACE, new, new))
    assert (sure.level, sure.facts["confirmed"], sure.facts["weighty"]) == (
        Level.ORANGE,
        True,
        True,
    )
    now = START + 5 * HOUR
    (said,) = notices(reconcile([], [sure], now, RULES.recent), now, DEFAULT_POLICY, CAL)
    assert Role.CITY in said.digest_roles
    case = replace(said.case, finding=asked, told_level=Level.YELLOW)
    (raised,) = notices(reconcile([case], [sure], now, RULES.recent), now, DEFAULT_POLICY, CAL)
    assert raised.why is Why.ESCALATION


def test_invisible_characters_are_a_blue_hint_that_lists_them() -> None:
    new = replace(FACE, name="三亚旅文\u200b")
    assert found(after(FACE, FACE, new)) == []
    (finding,) = found(after(FACE, FACE, new, new))
    assert finding.level is Level.BLUE
    assert finding.facts["code_points"] == {"before": [], "after": ["U+200B ZERO WIDTH SPACE"]}


def test_blindness_keeps_an_open_case_and_opens_none() -> None:
    new = replace(FACE, bio="新简介")
    d = after(FACE, FACE, new, new)
    (finding,) = found(d)
    late = START + 10 * DAY
    (still,) = found(d, now=late)
    assert not reconcile([], [still], late, RULES.recent).opened
    assert reconcile([Case(finding, START)], [still], late, RULES.recent).kept
    blank = replace(FACE, bio=None)
    (still,) = found(after(FACE, FACE, new, new, blank, None))
    assert still.as_of == finding.as_of


def test_a_known_state_that_returns_opens_no_case_and_keeps_an_open_one() -> None:
    new = replace(FACE, bio="新简介")
    (back,) = found(after(FACE, FACE, new, new, FACE, FACE, new, new))
    now = START + 9 * HOUR
    assert not back.opens
    assert not reconcile([], [back], now, RULES.recent).opened
    assert reconcile([Case(back, START)], [back], now, RULES.recent).kept


@pytest.mark.parametrize(
    ("who", "finds"),
    [
        (account(), True),
        (account(filed_state=FiledState.SUSPENDED), True),
        (account(filed_state=FiledState.NOTICE_PERIOD), True),
        (account(filed_state=FiledState.DEREGISTERED), False),
        (account(enabled=False), False),
        (account(exemptions=(Exemption(("CHG-01",), "活动", "市府办"),)), False),
        (account(exemptions=(Exemption(("CHG-*",), "活动", "市府办", date(2026, 3, 1)),)), True),
    ],
)
def test_paper_decides_whether_a_face_is_held_against_an_account(who: Account, finds: bool) -> None:
    new = replace(FACE, name="三亚文旅")
    assert bool(found(after(FACE, FACE, new, new, who=who))) is finds


def test_an_approved_filing_or_a_switch_silences_it() -> None:
    new = replace(FACE, name="三亚文旅")
    filing = Filing("F1", FilingKind.CHANGE, "u", "weibo-1", changes={"name": "三亚文旅"})
    approved = replace(filing, approved_on=date(2026, 3, 1))
    assert found(after(FACE, FACE, new, filings=(approved,))) == []
    assert found(after(FACE, FACE, new, new, filings=(approved,))) == []
    assert found(after(FACE, FACE, new, new, filings=(filing,)))
    assert found(after(FACE, FACE, new, new), rules=off("CHG-01")) == []


def test_a_name_that_was_never_the_filed_one_is_told_as_such() -> None:
    d = after(FACE, FACE, who=account(name="三亚市旅文局发布"))
    (finding,) = found(d)
    assert finding.facts["before"] == {"value": "三亚市旅文局发布", "source": "备案台账"}
    assert "备案为“三亚市旅文局发布”，现显示“三亚旅文”" in fact(Case(finding, START))


# -- verification ------------------------------------------------------------------------------


def test_an_account_without_badge_is_found_only_where_two_looks_show_that() -> None:
    bare = replace(FACE, verified=False, verified_type=None, verified_as=None)
    assert found(after(bare), "VER-01") == []
    (finding,) = found(after(bare, bare), "VER-01")
    assert (finding.level, finding.facts["lost"]) == (Level.YELLOW, False)
    assert found(after(*[replace(bare, verified=None)] * 3), "VER-01") == []
    assert found(after(bare, bare), "VER-01", off("VER-01")) == []
    excused = account(exemptions=(Exemption(("VER-01",), "平台不认证", "市府办"),))
    assert found(after(bare, bare, who=excused), "VER-01") == []


def test_a_badge_lost_is_both_asked_about_and_found() -> None:
    bare = replace(FACE, verified=False)
    d = after(FACE, FACE, bare)
    assert found(d, "VER-01") == []
    assert [f.facts["confirmed"] for f in found(d)] == [False]
    d = after(FACE, FACE, bare, bare)
    (finding,) = found(d, "VER-01")
    assert finding.facts["lost"] is True
    assert not found(after(FACE, FACE, bare, bare, FACE), "VER-01")[0].opens


def test_another_subject_than_the_sponsor_is_found_unless_it_is_an_alias() -> None:
    other = replace(FACE, verified_as="海南某某文化传媒有限公司")
    assert found(after(other), "VER-02") == []
    (finding,) = found(after(other, other), "VER-02")
    assert finding.facts["subject"] == "海南某某文化传媒有限公司"
    assert found(after(FACE, FACE), "VER-02") == []
    assert found(after(other, other), "VER-02", off("VER-02")) == []
    rule = RULES.rules["VER-02"]
    table = {"三亚市旅游和文化广电体育局": ["海南某某文化传媒有限公司"]}
    named = replace(rule, thresholds={"aliases": table})
    rules = replace(RULES, rules={**RULES.rules, "VER-02": named})
    assert found(after(other, other), "VER-02", rules) == []


def test_a_part_of_a_name_names_the_unit_where_it_is_long_enough() -> None:
    assert is_of("三亚市教育局官方微博", "三亚市教育局")
    assert is_of("三亚市新闻办公室", "中共三亚市委宣传部（三亚市新闻办公室）")
    assert not is_of("三亚", "三亚市教育局")
    assert not is_of("三亚市教育局", "")


MOVED = replace(FACE, avatar="b.jpg")


@pytest.mark.parametrize(("hours", "hint"), [(23, False), (24, True), (25, True)])
def test_a_picture_told_apart_by_its_address_alone_is_only_a_hint_and_waits_a_day(
    hours: int, hint: bool
) -> None:
    findings = found(after(FACE, FACE, *[MOVED] * (hours + 1)))
    assert [each.level for each in findings] == ([Level.BLUE] if hint else [])
    assert all(each.facts["apart"] is False for each in findings)


def fetched(d: Dossier, **pictures: Picture) -> Dossier:
    """The dossier with what came from the addresses a.jpg and b.jpg."""
    assert d.face is not None
    face = d.face
    for name, picture in pictures.items():
        for _ in range(picture.times or 1):
            face = pictured(face, f"{name}.jpg", replace(picture, times=1), "a.jpg")
    return replace(d, face=face)


def of(sha256: str, times: int = 2, look: str = "", apart: tuple[str, ...] = ()) -> Picture:
    return Picture(START, sha256, look or sha256, apart, times=times)


def test_two_pictures_that_differ_twice_are_a_change_with_both_hashes() -> None:
    d = fetched(after(FACE, FACE, MOVED, MOVED), a=of("aa"), b=of("bb", apart=("aa",)))
    (finding,) = found(d)
    assert (finding.level, finding.facts["apart"], finding.opens) == (Level.ORANGE, True, True)
    sides = [finding.facts[side]["picture"]["sha256"] for side in ("before", "after")]
    assert sides == ["aa", "bb"]


@pytest.mark.parametrize(
    ("before", "then"),
    [
        (of("aa", 1), of("bb", 2, apart=("aa",))),
        (of("aa", 2), of("bb", 1, apart=("aa",))),
        (of("aa", 2), of("bb", 2)),
        (of("aa", 2), Picture(START, why="404", tries=3)),
        (Picture(START, why="404", tries=3), of("bb", 2)),
    ],
    ids=["first once", "second once", "sizes", "no second", "no first"],
)
def test_pictures_that_are_not_proved_to_differ_accuse_nobody(
    before: Picture, then: Picture
) -> None:
    assert found(fetched(after(FACE, FACE, MOVED, MOVED), a=before, b=then)) == []
    late = fetched(after(FACE, FACE, *[MOVED] * 25), a=before, b=then)
    assert [each.level for each in found(late)] == [Level.BLUE]


def test_the_same_picture_at_another_address_is_no_change_however_long() -> None:
    d = after(FACE, FACE, *[MOVED] * 30)
    assert found(fetched(d, a=of("aa"), b=of("aa"))) == []
    assert found(fetched(d, a=of("aa", 1), b=of("bb", 1, look="aa"))) == []


def test_one_look_at_another_address_says_nothing_even_with_its_picture() -> None:
    assert found(fetched(after(FACE, FACE, MOVED), a=of("aa"), b=of("bb", apart=("aa",)))) == []


# -- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "times", "rule", "long", "short"),
    [
        ({"bio": "新"}, 2, "CHG-01", "简介由“简介”变为“新”", "疑似自行变更"),
        ({"avatar": "b.jpg"}, 26, "CHG-01", "图片未能比对，可能并未更换", "头像地址变化"),
        ({"name": "三亚文旅"}, 1, "CHG-01", "待复核", "待复核"),
        ({"name": "三亚旅文\u200b"}, 2, "CHG-01", "U+200B", "形近"),
        ({"verified": False}, 2, "VER-01", "认证已失效", "认证已失效"),
        ({"verified_as": "某公司"}, 2, "VER-02", "不一致", "不一致"),
    ],
)
def test_the_letters_say_what_changed_and_never_call_it_an_offence(
    new: dict[str, Any], times: int, rule: str, long: str, short: str
) -> None:
    d = after(FACE, FACE, *[replace(FACE, **new)] * times)
    (finding,) = found(d, rule)
    case = Case(finding, START)
    for why in (Why.FIRST, Why.RESOLVED):
        policy = DEFAULT_POLICY.of(rule)
        words = compose(Notice(case, why, ()), d, policy, lambda key: key, CAL, START + 5 * HOUR)
        assert "违规" not in words.body + words.short + words.title
        assert len(words.short) <= 70
        if why is Why.FIRST:
            assert long in words.body
            assert short in words.short
            assert "SHA-256" in words.body
    assert fact(case)


def test_the_letter_about_two_pictures_names_both_by_their_hashes() -> None:
    d = after(FACE, FACE, MOVED, MOVED)
    (finding,) = found(fetched(d, a=of("aa" * 32), b=of("bb" * 32, apart=("aa" * 32,))))
    policy, case = DEFAULT_POLICY.of("CHG-01"), Case(finding, START)
    notice = Notice(case, Why.FIRST, ())
    words = compose(notice, d, policy, lambda key: key, CAL, START + 5 * HOUR)
    assert "SHA-256 aaaaaaaaaaaa… 变为 bbbbbbbbbbbb…" in words.body
    assert "头像疑似自行变更" in words.short
