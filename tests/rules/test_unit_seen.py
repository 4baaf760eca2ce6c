"""NAM-02, CHG-02, FAN-01, INT-01: just before, at and just after each limit; off, exempt, blind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.fact import fact
from alerts.message import compose
from alerts.policy import DEFAULT_POLICY, reconcile
from tests.rules.test_unit import exempted, found, held, off
from tests.rules.world import CAL, DAY, HOUR, RULES, UNIT, bj, page
from watcher.faces import Face, Feature, Glance, Picture, State
from watcher.filings import NO_PAPER, Filing, FilingKind
from watcher.model import Case, Dossier, FiledState, Finding, Level, Notice, Sight, Why
from watcher.rules import RuleSet, judge_unit
from watcher.rules.unit_seen import robust_z
from watcher.units import PaperKind, UnitDossier, UnitPaper

NOW = bj("2026-11-02 10:00")
TODAY = date(2026, 11, 2)
SEEN = NOW - HOUR


def state(value: str, at: datetime = SEEN, looks: int = 2) -> State:
    return State(
        value, looks, looks, at, (Glance(at - HOUR, "weibo"), Glance(at, "weibo", (page(at),)))
    )


def showing(each: Dossier, at: datetime = SEEN, looks: int = 2, **fields: str) -> Dossier:
    """The account as it shows these fields."""
    features = {name: Feature(state(value, at, looks)) for name, value in fields.items()}
    return replace(each, face=Face(features, looks), sight=Sight(last_success_at=at))


def pictured(key: str, bits: int, at: datetime = SEEN, times: int = 2, **more: Any) -> Dossier:
    """An account whose picture has so many bits set, of 256."""
    each = showing(held(key, more.pop("platform", key.partition("-")[0]), **more), at, avatar=key)
    text = f"{(1 << bits) - 1:064x}"
    assert each.face is not None
    picture = Picture(at, text, text, bits=text, times=times)
    return replace(each, face=replace(each.face, pictures={key: picture}))


def one(findings: Mapping[str, Finding], rule: str) -> Finding | None:
    mine = [finding for finding in findings.values() if finding.rule == rule]
    assert len(mine) < 2
    return mine[0] if mine else None


# -- NAM-02 ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bits", "apart"), [(95, False), (96, False), (97, True)])
def test_pictures_are_apart_beyond_the_limit_only(bits: int, apart: bool) -> None:
    finding = one(found(pictured("weibo-1", 0), pictured("douyin-1", bits)), "NAM-02")
    assert (finding is not None) is apart
    if finding:
        assert (finding.level, finding.as_of) == (Level.BLUE, SEEN)
        rows = finding.facts["pictures"]
        assert [row["key"] for row in rows] == ["weibo-1", "douyin-1"]
        assert rows[0]["reading"]["pages"][0]["sha256"] == "ab" * 32
        assert rows[1]["sha256"] == f"{(1 << bits) - 1:064x}"


FAR = pictured("douyin-1", 200)


def changing(feature: Feature) -> Dossier:
    """The same account with another state of its avatar."""
    return replace(FAR, face=replace(FAR.face or Face(), features={"avatar": feature}))


@pytest.mark.parametrize(
    "other",
    [
        pictured("douyin-1", 200, times=1),
        held("douyin-1", "douyin"),
        replace(FAR, face=replace(FAR.face or Face(), pictures={})),
        changing(Feature(state("douyin-1", looks=1))),
        changing(Feature(state("douyin-1"), state("x", looks=1))),
        pictured("app-1", 200, platform="app"),
        replace(FAR, account=replace(FAR.account, filed_state=FiledState.SUSPENDED)),
        exempted(FAR, "NAM-02"),
    ],
    ids=["once", "never read", "no picture", "one look", "changing", "app", "suspended", "exempt"],
)  # fmt: skip
def test_what_is_not_surely_shown_or_need_not_agree_is_not_compared(other: Dossier) -> None:
    assert one(found(pictured("weibo-1", 0), other), "NAM-02") is None


def test_one_picture_is_like_itself_and_the_rule_can_be_switched_off() -> None:
    assert one(found(pictured("weibo-1", 0)), "NAM-02") is None
    two = (pictured("weibo-1", 0), FAR)
    assert one(found(*two), "NAM-02")
    assert one(found(*two, rules=off("NAM-02")), "NAM-02") is None
    said = UnitPaper(UNIT.key, PaperKind.EXEMPTION, number="NAM-*")
    assert one(found(*two, papers=(said,)), "NAM-02") is None


def test_a_picture_that_was_not_seen_of_late_opens_nothing_and_ends_nothing() -> None:
    finding = one(found(pictured("weibo-1", 0), pictured("douyin-1", 200, NOW - 2 * DAY)), "NAM-02")
    assert finding is not None
    assert finding.as_of == NOW - 2 * DAY
    assert not reconcile([], [finding], NOW, RULES.recent).opened
    assert reconcile([Case(finding, NOW - 3 * DAY)], [finding], NOW, RULES.recent).kept


# -- CHG-02 ------------------------------------------------------------------------------------

OLD = "三亚市旅游发展委员会"


def renamed(days: int, **changes: Any) -> UnitPaper:
    """The unit was called otherwise until so many days ago."""
    paper = UnitPaper(UNIT.key, PaperKind.RENAMED, party=OLD, valid_from=TODAY - days * DAY)
    return replace(paper, **changes)


STALE = showing(held("weibo-1"), verified_as=f"{OLD}官方微博")


@pytest.mark.parametrize(("days", "late"), [(29, False), (30, False), (31, True)])
def test_accounts_have_thirty_days_to_follow_a_new_name(days: int, late: bool) -> None:
    finding = one(found(STALE, papers=(renamed(days),)), "CHG-02")
    assert (finding is not None) is late
    if finding:
        assert (finding.level, finding.as_of) == (Level.YELLOW, SEEN)
        (row,) = finding.facts["accounts"]
        assert (row["field"], row["shown"]) == ("verified_as", f"{OLD}官方微博")
        assert row["reading"]["pages"][0]["sha256"] == "ab" * 32


def filed(days: int, kind: FilingKind = FilingKind.CHANGE, **more: Any) -> Dossier:
    filing = Filing("F1", kind, UNIT.key, account="weibo-1", applied_on=TODAY - days * DAY, **more)
    return replace(STALE, paper=replace(NO_PAPER, filings=(filing,)))


@pytest.mark.parametrize(
    ("each", "papers", "late"),
    [
        (showing(held("weibo-1"), verified_as=f"{UNIT.name}官方微博"), (renamed(40),), False),
        (showing(held("weibo-1"), name=f"{OLD}发布"), (renamed(40),), True),
        (showing(held("weibo-1"), verified_as=f"{UNIT.name}（原{OLD}）"), (renamed(40),), False),
        (showing(held("weibo-1"), looks=1, verified_as=OLD), (renamed(40),), False),
        (held("weibo-1"), (renamed(40),), False),
        (STALE, (), False),
        (STALE, (renamed(40, valid_from=None),), False),
        (STALE, (renamed(40, party=" "),), False),
        (STALE, (renamed(40, party=UNIT.name),), False),
        (filed(40), (renamed(40),), False),
        (filed(5, FilingKind.DEREGISTER), (renamed(40),), False),
        (filed(41), (renamed(40),), True),
        (filed(5, rejected=True), (renamed(40),), True),
        (exempted(STALE, "CHG-02"), (renamed(40),), False),
    ],
    ids=["new", "name", "both", "one look", "not seen", "no paper", "no day", "no name",
         "same name", "change filed", "end filed", "filed before", "refused", "exempt"],
)  # fmt: skip
def test_only_an_old_name_that_was_seen_and_nobody_is_changing_is_asked_about(
    each: Dossier, papers: tuple[UnitPaper, ...], late: bool
) -> None:
    assert (one(found(each, papers=papers), "CHG-02") is not None) is late
    assert one(found(each, papers=papers, rules=off("CHG-02")), "CHG-02") is None


def test_an_old_name_that_was_not_seen_of_late_opens_nothing() -> None:
    each = showing(held("weibo-1"), NOW - 2 * DAY, verified_as=OLD)
    finding = one(found(each, papers=(renamed(40),)), "CHG-02")
    assert finding is not None
    assert not reconcile([], [finding], NOW, RULES.recent).opened


# -- FAN-01 ------------------------------------------------------------------------------------


def series(*last: int, steady: int = 30, until: date = TODAY) -> tuple[tuple[date, int], ...]:
    """Followers that grow and shrink by about one in a thousand, and then these counts."""
    counts = [10_000 + 10 * (n % 3) for n in range(steady)] + list(last)
    return tuple((until - (len(counts) - 1 - n) * DAY, c) for n, c in enumerate(counts))


def leapt(
    counts: tuple[tuple[date, int], ...], rules: RuleSet = RULES, each: Dossier | None = None
) -> Finding | None:
    dossier = UnitDossier(UNIT, (each or held("weibo-1"),), (), {"weibo-1": counts})
    return one({f.subject: f for f in judge_unit(dossier, NOW, rules)}, "FAN-01")


@pytest.mark.parametrize(
    ("leap", "stayed", "told"),
    [
        (11_999, 12_400, False),
        (12_024, 12_500, False),  # 20 % of 10 020 to the head
        (12_025, 12_500, True),
        (8_016, 7_900, False),
        (8_015, 7_900, True),
        (20_000, 20_100, True),
        (20_000, 10_050, False),  # taken back: another way of counting, or a slip
        (0, 0, False),  # nothing was shown
    ],
)
def test_a_leap_is_more_than_a_fifth_within_a_day_and_stays(
    leap: int, stayed: int, told: bool
) -> None:
    counts = series(10_020, leap, stayed)
    assert (leapt(counts) is not None) is told
    assert leapt(counts, off("FAN-01")) is None
    assert leapt(counts, each=exempted(held("weibo-1"), "FAN-01")) is None


def test_a_leap_says_its_day_its_counts_and_when_it_was_sure() -> None:
    finding = leapt(series(10_020, 20_000, 20_100, until=TODAY - DAY))
    assert finding is not None
    assert (finding.level, finding.as_of) == (Level.BLUE, bj("2026-11-02 00:00"))
    facts = finding.facts
    assert (facts["before"], facts["after"], facts["stayed"]) == (10_020, 20_000, 20_100)
    assert (facts["day"], facts["percent"]) == ("2026-10-31", 99.6)
    today = leapt(series(10_020, 20_000, 20_100))
    assert today is not None
    assert today.as_of == NOW


def test_one_day_alone_and_days_without_a_reading_prove_no_leap() -> None:
    assert leapt(series(10_020, 20_000)) is None
    whole = series(10_020, 20_000, 20_100)
    assert leapt((*whole[:-3], *whole[-2:])) is None  # the eve was not seen


def test_a_leap_is_one_only_where_the_account_does_not_leap_every_day() -> None:
    assert leapt(series(10_020, 20_000, 20_100, steady=14)) is not None
    assert leapt(series(10_020, 20_000, 20_100, steady=13)) is None  # too little is known
    wild = [10_000, 14_000] * 15
    counts = tuple((TODAY - (31 - n) * DAY, c) for n, c in enumerate([*wild, 20_000, 20_100]))
    assert leapt(counts) is None


@pytest.mark.parametrize(("days", "stands"), [(29, True), (30, True), (31, False)])
def test_a_leap_stands_for_thirty_days(days: int, stands: bool) -> None:
    steady = [20_100 + 10 * (n % 3) for n in range(days)]
    counts = series(10_020, 20_000, *steady)
    assert counts[-1 - days][0] == TODAY - days * DAY
    assert (leapt(counts) is not None) is stands


def test_the_robust_deviation_has_a_limit_of_its_own() -> None:
    usual = [-0.01, 0.0, 0.01] * 5
    assert robust_z(0.0889, usual) == pytest.approx(5.996, abs=0.01)
    assert robust_z(1.0, usual[:13]) is None
    assert robust_z(0.01, [0.0] * 20) == pytest.approx(10)


@given(st.lists(st.integers(0, 10**9), max_size=60), st.integers(0, 5))
def test_no_series_breaks_the_rule(counts: list[int], gap: int) -> None:
    days = tuple((TODAY - (len(counts) - n) * (1 + gap % 2) * DAY, c) for n, c in enumerate(counts))
    finding = leapt(days)
    assert finding is None or abs(finding.facts["percent"]) > 20


# -- INT-01 ------------------------------------------------------------------------------------


def looked(said: str, days: int = 0, **changes: Any) -> UnitPaper:
    paper = UnitPaper(
        *(UNIT.key, PaperKind.INTERACTION, "weibo-1"),
        number=said,
        valid_from=TODAY - days * DAY,
        evidence="cd" * 32,
        author="王一",
        at=NOW - days * DAY,
        id=100 - days,
    )
    return replace(paper, **changes)


@pytest.mark.parametrize(
    ("papers", "mute"),
    [
        ((), False),
        ((looked("无"),), True),
        ((looked("有"),), False),
        ((looked("无", 5), looked("有", 1)), False),
        ((looked("有", 5), looked("无", 1)), True),
        ((looked("无", 1), looked("有", 1, id=200)), False),
        ((looked("无", account="weibo-9"),), False),
    ],
)
def test_only_what_a_person_found_last_counts(papers: tuple[UnitPaper, ...], mute: bool) -> None:
    finding = one(found(held("weibo-1"), papers=papers), "INT-01")
    assert (finding is not None) is mute
    assert one(found(held("weibo-1"), papers=papers, rules=off("INT-01")), "INT-01") is None
    assert one(found(exempted(held("weibo-1"), "INT-*"), papers=papers), "INT-01") is None
    if finding:
        assert finding.level is Level.ORANGE
        assert finding.facts["evidence"] == "cd" * 32


# -- words -------------------------------------------------------------------------------------

ALL = (
    *(pictured("weibo-1", 0), FAR, showing(held("kuaishou-1", "kuaishou"), verified_as=OLD)),
    held("toutiao-1", "toutiao"),
)


@pytest.mark.parametrize(
    ("rule", "long", "short"),
    [
        ("NAM-02", "头像差异较大", "头像风格不一致"),
        ("CHG-02", f"由“{OLD}”更名", "机构已更名"),
        ("FAN-01", "由10020变为20000（+99.6%）", "粉丝量骤变（+99.6%）"),
        ("INT-01", "经2026年11月2日人工核查", "经人工核查未见有效互动功能"),
    ],
)
def test_the_letters_say_the_fact_the_article_and_never_call_it_an_offence(
    rule: str, long: str, short: str
) -> None:
    papers = (renamed(40), looked("无", account="toutiao-1"))
    dossier = UnitDossier(UNIT, ALL, papers, {"toutiao-1": series(10_020, 20_000, 20_100)})
    finding = next(f for f in judge_unit(dossier, NOW, RULES) if f.rule == rule)
    case = Case(finding, NOW)
    whom = Dossier(replace(held("x").account, key=finding.account, name=UNIT.name), Sight())
    for why in (Why.FIRST, Why.REMINDER, Why.RESOLVED):
        notice = Notice(case, why, ())
        words = compose(notice, whom, DEFAULT_POLICY.of(rule), lambda key: key, CAL, NOW)
        assert "违规" not in words.body + words.short + words.title
        assert len(words.short) <= 70
        if why is Why.FIRST:
            assert long in words.body
            assert short in words.short
            assert "《" in words.body
    assert fact(case)


def test_hostile_names_do_no_harm_in_the_letters() -> None:
    evil = showing(held("weibo-1", name="<b>甲\n[乙](http://x)</b>"), name=f"{OLD}\n# <i>")
    finding = one(found(evil, papers=(renamed(40),)), "CHG-02")
    assert finding is not None
    whom = Dossier(replace(held("x").account, key=finding.account, name=UNIT.name), Sight())
    notice = Notice(Case(finding, NOW), Why.FIRST, ())
    body = compose(notice, whom, DEFAULT_POLICY.of("CHG-02"), lambda key: key, CAL, NOW).body
    assert "http://" not in body
    assert "\n#" not in body
