"""A unit's accounts, persons and papers against the register; exemptions hold to their last day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.policy import reconcile
from tests.rules.world import DAY, HOUR, RULES, UNIT, account, bj, page
from watcher.calendar import local, midnight
from watcher.model import (
    Case,
    Dossier,
    Exemption,
    FiledState,
    Finding,
    Level,
    Person,
    Profile,
    Sight,
    UnitKind,
)
from watcher.rules import RuleSet, judge_office, judge_unit
from watcher.rules.unit import plain_name
from watcher.units import Inspection, OfficeDossier, PaperKind, UnitDossier, UnitPaper

NOW = bj("2026-11-02 10:00")
TODAY = date(2026, 11, 2)
WHO = Person("王一", "主任", "0898-88270000")


def held(key: str, platform: str = "weibo", **changes: Any) -> Dossier:
    """An account of the unit that nobody has read yet."""
    made = account(key=key, platform=platform, lead=WHO, contact=WHO)
    return Dossier(replace(made, **changes), Sight())


def seen(each: Dossier, name: str, at: datetime, since: datetime) -> Dossier:
    sight = Sight(last_success_at=at, last_reading_at=at, source="weibo", pages=(page(at),))
    return replace(each, sight=sight, profile=Profile("1", name), profile_since=since)


def paper(kind: PaperKind, until: date | None = None, **changes: Any) -> UnitPaper:
    return replace(UnitPaper(UNIT.key, kind, party="南海传媒", valid_until=until), **changes)


def found(
    *accounts: Dossier,
    papers: tuple[UnitPaper, ...] = (),
    now: datetime = NOW,
    rules: RuleSet = RULES,
    kind: UnitKind = UnitKind.CITY_DEPARTMENT,
) -> dict[str, Finding]:
    dossier = UnitDossier(replace(UNIT, kind=kind), accounts, papers)
    return {f"{f.rule} {f.subject}": f for f in judge_unit(dossier, now, rules)}


def off(rule: str) -> RuleSet:
    rules = {**RULES.rules, rule: replace(RULES.rules[rule], enabled=False)}
    return replace(RULES, rules=rules)


def exempted(each: Dossier, *rules: str, until: date | None = None) -> Dossier:
    said = Exemption(rules, "双语账号", "市政府办公室", until)
    return replace(each, account=replace(each.account, exemptions=(said,)))


TWO = (held("weibo-1"), held("weibo-2"))
APPS = (held("app-1", "app"), held("app-2", "app"))
FILED = tuple(
    paper(kind, account=key, number="琼A-1")
    for kind in (PaperKind.APP_FILING, PaperKind.MLPS)
    for key in ("app-1", "app-2")
)


# -- DUP-01, APP-02 --------------------------------------------------------------------------


def test_one_account_of_each_type_is_as_it_should_be() -> None:
    assert found(held("weibo-1"), held("wechat-1", "wechat_subscription")) == {}


def test_a_second_account_of_a_type_names_both() -> None:
    finding = found(*TWO)["DUP-01 weibo"]
    assert finding.account == "unit:tourism"
    assert (finding.level, finding.as_of) == (Level.YELLOW, NOW)
    assert [row["key"] for row in finding.facts["accounts"]] == ["weibo-1", "weibo-2"]
    assert "第七条" in finding.article


def test_what_is_filed_as_other_may_be_on_different_platforms() -> None:
    assert found(held("a", "other"), held("b", "other")) == {}


@pytest.mark.parametrize(
    "state", [FiledState.DEREGISTERED, FiledState.SUSPENDED, FiledState.NOTICE_PERIOD]
)
def test_an_account_that_is_being_given_up_is_no_double(state: FiledState) -> None:
    assert found(held("weibo-1"), held("weibo-2", filed_state=state)) == {}


def test_an_account_that_is_not_watched_is_no_double() -> None:
    assert found(held("weibo-1"), held("weibo-2", enabled=False)) == {}


def test_one_exemption_allows_one_account_more() -> None:
    allowed = exempted(TWO[1], "DUP-01")
    assert found(TWO[0], allowed) == {}
    finding = found(TWO[0], allowed, held("weibo-3"))["DUP-01 weibo"]
    assert [row["exempt"] for row in finding.facts["accounts"]] == [False, True, False]


def test_two_apps_are_one_too_many_and_no_double() -> None:
    assert set(found(*APPS, papers=FILED)) == {"APP-02 app"}
    assert found(APPS[0], exempted(APPS[1], "APP-02"), papers=FILED) == {}


# -- NAM-01 ----------------------------------------------------------------------------------


def named(*names: str) -> tuple[Dossier, ...]:
    kinds = ("weibo", "wechat_subscription", "douyin", "kuaishou")
    return tuple(held(f"{k}-1", k, name=name) for k, name in zip(kinds, names, strict=False))


def test_different_filed_names_are_told_with_where_they_stand() -> None:
    finding = found(*named("三亚旅文", "三亚文旅"))["NAM-01 name"]
    assert (finding.level, finding.as_of) == (Level.BLUE, NOW)
    assert [row["name"] for row in finding.facts["names"]] == ["三亚旅文", "三亚文旅"]
    assert [row["seen_at"] for row in finding.facts["names"]] == [None, None]


@pytest.mark.parametrize("other", ["三亚 旅文", "三亚旅文\u200b", "「三亚旅文」", "三亚旅文"])
def test_form_spacing_and_marks_make_no_other_name(other: str) -> None:
    assert found(*named("三亚旅文", other)) == {}
    assert plain_name("ＡＢＣ 三亚") == "abc三亚"


def test_a_name_without_letters_says_nothing() -> None:
    assert found(*named("三亚旅文", "……")) == {}


def test_an_app_may_have_a_name_of_its_own() -> None:
    app = held("mini-1", "wechat_miniprogram", name="三亚游")
    filed = paper(PaperKind.APP_FILING, account="mini-1", number="琼A-2")
    assert found(held("weibo-1"), app, papers=(filed,)) == {}


def test_the_name_that_has_been_seen_for_a_day_goes_before_the_filed_one() -> None:
    one, two = named("三亚旅文", "三亚旅文")
    at = NOW - HOUR
    just_before = seen(two, "三亚文旅", at, at - DAY + timedelta(seconds=1))
    assert found(one, just_before) == {}
    finding = found(one, seen(two, "三亚文旅", at, at - DAY))["NAM-01 name"]
    assert finding.as_of == at
    assert finding.facts["names"][1]["reading"]["pages"][0]["sha256"] == "ab" * 32


def test_a_name_not_seen_of_late_keeps_a_case_and_opens_none() -> None:
    one, two = named("三亚旅文", "三亚旅文")
    old = found(one, seen(two, "三亚文旅", NOW - 2 * DAY, NOW - 9 * DAY))["NAM-01 name"]
    assert reconcile((), [old], NOW, DAY).opened == ()
    assert len(reconcile([Case(old, NOW - 3 * DAY)], [old], NOW, DAY).kept) == 1


def test_a_name_that_is_exempt_is_not_compared() -> None:
    one, two = named("三亚旅文", "Visit Sanya")
    assert found(one, exempted(two, "NAM-*")) == {}


# -- ORG-02, ORG-03 --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lead", "contact", "lacking"),
    [
        (Person(), WHO, ["lead"]),
        (WHO, Person(), ["contact"]),
        (WHO, Person("李二"), ["contact"]),
        (Person(" "), Person(phone="1"), ["lead", "contact"]),
    ],
)
def test_a_person_without_name_or_number_is_missing(
    lead: Person, contact: Person, lacking: list[str]
) -> None:
    finding = found(held("weibo-1", lead=lead, contact=contact))["ORG-02 persons"]
    assert finding.facts["accounts"] == [{"key": "weibo-1", "name": "三亚旅文", "lacking": lacking}]


def test_a_district_government_must_have_an_account() -> None:
    district = UnitKind.DISTRICT_GOVERNMENT
    assert set(found(kind=district)) == {"ORG-03 account"}
    assert found(held("weibo-1"), kind=district) == {}
    assert found(held("weibo-1", enabled=False), kind=district) == {}
    gone = held("weibo-1", filed_state=FiledState.DEREGISTERED)
    assert found(gone, kind=district)["ORG-03 account"].facts["deregistered"] == 1
    assert found(kind=UnitKind.CITY_DEPARTMENT) == {}


# -- ORG-01 ----------------------------------------------------------------------------------


def terms(**found_: Finding) -> dict[str, str]:
    return {key: finding.facts["state"] for key, finding in found_.items()}


def test_a_unit_that_entrusts_nobody_needs_no_contract() -> None:
    assert found(held("weibo-1")) == {}


def test_an_operator_needs_a_contract_and_an_nda() -> None:
    assert terms(**found(papers=(paper(PaperKind.OPERATOR),))) == {
        "ORG-01 contract:南海传媒": "missing",
        "ORG-01 nda:南海传媒": "missing",
    }
    signed = (paper(PaperKind.CONTRACT, date(2027, 6, 30)), paper(PaperKind.NDA))
    assert found(papers=(paper(PaperKind.OPERATOR), *signed)) == {}
    assert terms(**found(papers=signed[:1])) == {"ORG-01 nda:南海传媒": "missing"}


@pytest.mark.parametrize(
    ("until", "state"),
    [
        (TODAY + timedelta(days=31), None),
        (TODAY + timedelta(days=30), "expiring"),
        (TODAY, "expiring"),
        (TODAY - timedelta(days=1), "expired"),
    ],
)
def test_a_contract_is_asked_for_thirty_days_before_its_end(until: date, state: str) -> None:
    found_ = found(papers=(paper(PaperKind.CONTRACT, until), paper(PaperKind.NDA)))
    assert terms(**found_) == ({"ORG-01 contract:南海传媒": state} if state else {})


def test_a_renewed_contract_is_the_one_that_counts() -> None:
    old, new = paper(PaperKind.CONTRACT, TODAY), paper(PaperKind.CONTRACT, date(2027, 12, 1))
    assert found(papers=(old, new, paper(PaperKind.NDA))) == {}


def test_an_operator_that_was_let_go_needs_no_contract_any_more() -> None:
    ended = (paper(PaperKind.OPERATOR, TODAY - timedelta(days=1)),)
    expired = paper(PaperKind.CONTRACT, TODAY - timedelta(days=9))
    assert found(papers=(*ended, expired)) == {}
    # Papers are added, never rewritten: the later one ends the earlier, which had no end.
    begun = paper(PaperKind.OPERATOR)
    assert found(papers=(begun, *ended, expired)) == {}
    assert found(papers=(*ended, begun, expired)) != {}  # taken on again
    other = replace(ended[0], party="东海传媒")
    assert found(papers=(begun, other, expired)) != {}
    since = paper(PaperKind.OPERATOR, valid_from=TODAY - timedelta(days=30))
    long_ago = paper(PaperKind.OPERATOR, TODAY - timedelta(days=400))
    assert found(papers=(since, long_ago, expired)) != {}  # an earlier term, entered late
    last_day = (paper(PaperKind.OPERATOR, TODAY),)
    assert set(found(papers=(*last_day, expired))) == {
        "ORG-01 contract:南海传媒",
        "ORG-01 nda:南海传媒",
    }


# -- APP-03 (papers), APP-04 -----------------------------------------------------------------


def test_an_app_needs_a_filing_number_and_a_test_a_mini_program_the_number() -> None:
    app, mini = held("app-1", "app"), held("mini-1", "wechat_miniprogram")
    assert terms(**found(app, mini)) == {
        "APP-04 app_filing:app-1": "missing",
        "APP-04 app_filing:mini-1": "missing",
        "APP-03 mlps:app-1": "missing",
    }


@pytest.mark.parametrize(("left", "state"), [(1, None), (0, None), (-1, "expired")])
def test_a_test_of_the_app_is_good_through_its_last_day(left: int, state: str | None) -> None:
    test = paper(PaperKind.MLPS, TODAY + timedelta(days=left), account="app-1")
    found_ = found(held("app-1", "app"), papers=(test, FILED[0]))
    assert terms(**found_) == ({"APP-03 mlps:app-1": state} if state else {})


def test_papers_of_another_account_do_not_count() -> None:
    other = paper(PaperKind.APP_FILING, account="app-9", number="琼A-9")
    found_ = found(held("app-1", "app"), papers=(other, FILED[2]))
    assert terms(**found_) == {"APP-04 app_filing:app-1": "missing"}


# -- INS-01 ----------------------------------------------------------------------------------


def inspected(now: datetime, *years: int, units: int = 3) -> list[Finding]:
    held_ = tuple(Inspection("szf", year, date(year, 6, 1)) for year in years)
    return list(judge_office(OfficeDossier("szf", "市政府办公室", units, held_), now, RULES))


def test_an_inspection_is_asked_for_after_the_fifteenth_of_november() -> None:
    last = midnight(date(2026, 11, 16)) - timedelta(seconds=1)
    assert inspected(last, 2025) == []
    (finding,) = inspected(last + timedelta(seconds=1), 2025)
    assert (finding.account, finding.subject) == ("office:szf", "2026")
    assert finding.facts["due"] == "2026-11-15"
    assert inspected(last + DAY, 2025, 2026) == []
    assert inspected(last + DAY, 2025, units=0) == []


def test_last_years_inspection_keeps_its_case_and_opens_none() -> None:
    now = bj("2027-01-01 09:00")
    (finding,) = inspected(now)[:1]
    assert finding.subject == "2026"
    assert reconcile((), inspected(now), now, DAY).opened == ()
    case = Case(finding, bj("2026-11-16 09:00"))
    assert len(reconcile([case], inspected(now), now, DAY).kept) == 1
    assert reconcile([case], inspected(now, 2026, 2025), now, DAY).closed


# -- all of them -----------------------------------------------------------------------------

BROKEN = (
    *TWO,
    held("weibo-3", name="三亚文旅", lead=Person()),
    *APPS,
    held("mini-1", "wechat_miniprogram"),
)
OPERATOR = (paper(PaperKind.OPERATOR),)
UNIT_RULES = ("DUP-01", "NAM-01", "APP-02", "APP-03", "APP-04", "ORG-01", "ORG-02")


@pytest.mark.parametrize("rule", UNIT_RULES)
def test_each_rule_finds_is_switched_off_and_is_exempted(rule: str) -> None:
    assert rule in {f.rule for f in found(*BROKEN, papers=OPERATOR).values()}
    quiet = found(*BROKEN, papers=OPERATOR, rules=off(rule))
    assert rule not in {f.rule for f in quiet.values()}
    said = paper(PaperKind.EXEMPTION, number=f"{rule}，XXX-*")
    quiet = found(*BROKEN, papers=(*OPERATOR, said))
    assert rule not in {f.rule for f in quiet.values()}


def test_the_rules_about_districts_and_offices_are_switched_off() -> None:
    assert found(kind=UnitKind.DISTRICT_GOVERNMENT, rules=off("ORG-03")) == {}
    said = (paper(PaperKind.EXEMPTION, number="ORG-03"),)
    assert found(kind=UnitKind.DISTRICT_GOVERNMENT, papers=said) == {}
    office = OfficeDossier("szf", "市政府办公室", 1)
    assert judge_office(office, bj("2026-12-01 09:00"), off("INS-01")) == ()


@settings(deadline=None, derandomize=True)
@given(
    until=st.dates(date(2026, 1, 1), date(2026, 12, 30)),
    hour=st.integers(0, 23),
    past=st.integers(-3, 3),
    whole_unit=st.booleans(),
)
def test_an_exemption_until_a_day_covers_that_day(
    until: date, hour: int, past: int, whole_unit: bool
) -> None:
    now = midnight(until + timedelta(days=past)) + hour * HOUR
    assert local(now).date() == until + timedelta(days=past)
    accounts: tuple[Dossier, ...] = TWO
    papers: tuple[UnitPaper, ...] = ()
    if whole_unit:
        papers = (paper(PaperKind.EXEMPTION, until, number="DUP-01"),)
    else:
        accounts = (TWO[0], exempted(TWO[1], "DUP-01", until=until))
    assert bool(found(*accounts, papers=papers, now=now)) is (past > 0)


def test_an_exemption_that_begins_later_does_not_hold_yet() -> None:
    later = paper(PaperKind.EXEMPTION, number="DUP-01", valid_from=TODAY + timedelta(days=1))
    assert set(found(*TWO, papers=(later,))) == {"DUP-01 weibo"}


def test_findings_are_plain_and_told_apart() -> None:
    every = found(*BROKEN, papers=OPERATOR)
    assert len({f.key for f in every.values()}) == len(every)
    assert all(f.facts["unit_name"] == UNIT.name and f.article for f in every.values())
