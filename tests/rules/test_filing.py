"""What paper says: too early, unreviewed, late, missing; at each limit, and never on a guess."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from tests.rules.world import CAL, CONFIG, DAY, RULES, UNIT, account, bj, day, post
from watcher.filings import Filing, FilingKind, Lead, National, Paper
from watcher.model import (
    Dossier,
    Exemption,
    FiledState,
    Finding,
    Level,
    Sight,
    StoredPost,
    Trouble,
    UnitKind,
)
from watcher.rules import RulesError, judge, judge_filings, judge_lead, load_rules, next_judgement

NOW = bj("2026-11-23 10:00")
SECOND = timedelta(seconds=1)
LAW = replace(RULES, published_on=day("2026-09-28"))
FILING = Filing(
    "F1",
    FilingKind.OPEN,
    UNIT.key,
    account="weibo-1",
    applied_on=day("2026-09-01"),
    approved_on=day("2026-09-10"),
)
ACTED = replace(FILING, carried_out_on=day("2026-09-24"))  # + 3 working days: 2026-09-30
DISTRICT = replace(UNIT, kind=UnitKind.DISTRICT_DEPARTMENT)


def known(*filings: Filing, national: National | None = None, **changes: Any) -> Dossier:
    return Dossier(account(**changes), Sight(), paper=Paper(filings, national=national))


def found(d: Dossier, now: datetime = NOW, rules: Any = RULES) -> dict[str, Finding]:
    return {each.rule: each for each in judge_filings(d, now, rules, CAL)}


def off(rule: str) -> Any:
    rules = dict(RULES.rules) | {rule: replace(RULES.rules[rule], enabled=False)}
    return replace(RULES, rules=MappingProxyType(rules), published_on=LAW.published_on)


# -- FIL-02 ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "expected"), [("2026-09-09", True), ("2026-09-10", False), ("2026-09-11", False)]
)
def test_an_opening_before_its_approval_is_found(act: str, expected: bool) -> None:
    finding = found(known(replace(FILING, carried_out_on=day(act)))).get("FIL-02")
    assert (finding is not None) is expected
    if finding:
        assert (finding.level, finding.subject) == (Level.ORANGE, "F1")
        assert finding.facts["act_on"] == act


def test_an_opening_written_down_without_approval_is_found_and_one_on_its_way_is_not() -> None:
    bare = replace(FILING, approved_on=None)
    assert "FIL-02" in found(known(replace(bare, carried_out_on=day("2026-09-09"))))
    assert found(known(bare, opened_on=day("2026-10-01")), rules=LAW) == {}


@pytest.mark.parametrize(
    ("at", "expected"), [("2026-10-12 23:59", True), ("2026-10-13 00:00", False)]
)
def test_a_post_before_the_approval_is_an_opening(at: str, expected: bool) -> None:
    approved = replace(FILING, applied_on=day("2026-10-09"), approved_on=day("2026-10-13"))
    d = replace(known(approved), posts=(StoredPost(post(bj(at)), NOW),))
    assert ("FIL-02" in found(d, rules=LAW)) is expected
    assert found(d) == {}  # nobody knows which accounts are older than the regulation


@pytest.mark.parametrize(("opened", "expected"), [("2026-09-27", False), ("2026-09-28", True)])
def test_accounts_older_than_the_regulation_were_not_opened_too_early(
    opened: str, expected: bool
) -> None:
    approved = replace(FILING, applied_on=day("2026-10-09"), approved_on=day("2026-10-13"))
    d = known(approved, opened_on=day(opened))
    assert ("FIL-02" in found(d, rules=LAW)) is expected


def test_an_account_that_opens_again_was_there_before() -> None:
    closed = replace(ACTED, key="F0", kind=FilingKind.SUSPEND, form_on=day("2026-09-25"))
    again = replace(FILING, applied_on=day("2026-10-09"), approved_on=day("2026-10-13"))
    d = known(again, replace(closed, national_on=closed.form_on), opened_on=day("2026-09-29"))
    assert "FIL-02" not in found(d, rules=LAW)


@pytest.mark.parametrize(("approved", "expected"), [("2026-10-13", True), ("2026-10-09", False)])
def test_the_register_alone_shows_an_opening_too_early(approved: str, expected: bool) -> None:
    who = account(opened_on=day("2026-10-09"), approved_on=day(approved))
    d = Dossier(who, Sight())
    finding = found(d, rules=LAW).get("FIL-02")
    assert (finding is not None) is expected
    assert found(d) == {}
    if finding:
        assert finding.subject == "register"
        assert "FIL-02" not in found(d, bj("2027-10-14 00:00"), LAW)  # history


# -- FIL-03 and the national system by filing --------------------------------------------------


@pytest.mark.parametrize(
    ("now", "level"),
    [
        ("2026-09-28 23:59:59", None),
        ("2026-09-29 00:00:00", Level.BLUE),  # 09-25 is a holiday
        ("2026-09-30 23:59:59", Level.BLUE),
        ("2026-10-01 00:00:00", Level.YELLOW),
    ],
)
def test_the_form_is_recalled_on_the_second_day_and_late_after_the_third(
    now: str, level: Level | None
) -> None:
    finding = found(known(ACTED), bj(now)).get("FIL-03")
    assert (finding.level if finding else None) == level
    if finding:
        assert finding.facts["due"] == "2026-09-30"
        assert finding.facts["late"] is (level is Level.YELLOW)


def test_a_form_that_came_is_no_finding_and_a_merge_has_none() -> None:
    done = replace(ACTED, form_on=day("2026-09-30"), national_on=day("2026-09-30"))
    assert found(known(done)) == {}
    merge = replace(ACTED, kind=FilingKind.MERGE, keeps="weibo-1")
    assert found(known(merge)) == {}
    assert found(known(replace(ACTED, ended_on=day("2026-09-25")))) == {}


def test_a_form_due_in_a_year_nobody_announced_is_never_late() -> None:
    act = replace(ACTED, carried_out_on=day("2026-12-31"))
    finding = found(known(act), bj("2027-03-01 10:00"))["FIL-03"]
    assert (finding.level, finding.facts["provisional"]) == (Level.BLUE, True)
    assert "FIL-04" not in found(known(act), bj("2027-03-01 10:00"))


@pytest.mark.parametrize(
    ("now", "expected"), [("2026-09-30 23:59:59", False), ("2026-10-01 00:00:00", True)]
)
def test_the_national_system_has_three_working_days_as_well(now: str, expected: bool) -> None:
    d = known(replace(ACTED, form_on=day("2026-09-25")))
    assert ("FIL-04" in found(d, bj(now))) is expected


def test_old_filings_are_history() -> None:
    last = bj("2027-09-24 10:00")
    assert "FIL-03" in found(known(ACTED), last)
    assert found(known(ACTED), last + DAY) == {}
    older = replace(LAW, published_on=day("2026-09-25"))
    assert "FIL-03" not in found(known(ACTED), bj("2026-10-01 00:00"), older)


# -- FIL-04 by an export -----------------------------------------------------------------------

EXPORT = National(date(2026, 11, 20), {"name": "三亚旅文", "platform": "weibo"})


def test_an_export_that_agrees_is_no_finding() -> None:
    assert found(known(national=EXPORT)) == {}


def test_an_account_that_is_missing_in_its_units_export_is_found() -> None:
    finding = found(known(national=National(date(2026, 11, 20))))["FIL-04"]
    assert (finding.level, finding.subject) == (Level.YELLOW, "national")
    assert finding.facts["missing"] is True
    gone = known(national=National(date(2026, 11, 20)), filed_state=FiledState.DEREGISTERED)
    assert found(gone) == {}


@pytest.mark.parametrize(("act", "expected"), [("2026-11-16", True), ("2026-11-17", False)])
def test_what_happened_within_three_days_need_not_be_in_the_export(
    act: str, expected: bool
) -> None:
    filed = replace(
        FILING, carried_out_on=day(act), form_on=day("2026-11-19"), national_on=day("2026-11-19")
    )
    d = known(filed, national=National(date(2026, 11, 20)))
    assert ("FIL-04" in found(d)) is expected


def test_each_field_that_differs_is_named_and_spelling_is_no_difference() -> None:
    said = {
        "name": "三亚 旅文",
        "unit": "三亚市旅游局",
        "url": "http://weibo.com/u/1/",
        "opened_on": "",
    }
    d = known(national=replace(EXPORT, fields=said), url="https://weibo.com/u/1")
    finding = found(d)["FIL-04"]
    assert finding.facts["differ"] == [
        {"field": "unit", "ours": UNIT.name, "theirs": "三亚市旅游局"}
    ]


def test_an_account_that_the_export_shows_was_reported() -> None:
    d = known(replace(ACTED, form_on=day("2026-09-25")), national=EXPORT)
    assert "FIL-04" not in found(d)


# -- FIL-05 and FIL-06: published on 2026-09-28 ------------------------------------------------

OLD = Dossier(account(opened_on=day("2020-01-01")), Sight())


@pytest.mark.parametrize(
    ("now", "level", "recalled"),
    [
        ("2026-10-29 23:59", None, None),
        ("2026-10-30 00:00", Level.BLUE, "2026-10-30"),  # 20th working day
        ("2026-11-09 23:59", Level.BLUE, "2026-10-30"),
        ("2026-11-10 00:00", Level.BLUE, "2026-11-10"),  # 27th
        ("2026-11-13 23:59", Level.BLUE, "2026-11-10"),
        ("2026-11-14 00:00", Level.YELLOW, None),  # after the 30th
    ],
)
def test_older_accounts_are_recalled_twice_and_late_after_thirty_working_days(
    now: str, level: Level | None, recalled: str | None
) -> None:
    finding = found(OLD, bj(now), LAW).get("FIL-05")
    assert (finding.level if finding else None) == level
    if finding:
        assert finding.facts["due"] == "2026-11-13"
        mark = recalled and bj(f"{recalled} 00:00").isoformat()
        assert finding.facts["remind_at"] == mark


def test_without_a_day_of_publication_nobody_is_late() -> None:
    assert found(OLD) == {}


@pytest.mark.parametrize(
    "who",
    [
        account(opened_on=day("2026-09-28")),
        account(),
        account(opened_on=day("2020-01-01"), approved_on=day("2020-01-01")),
        account(opened_on=day("2020-01-01"), filed_on=day("2026-10-01")),
        account(opened_on=day("2020-01-01"), filed_state=FiledState.SUSPENDED),
    ],
    ids=["new", "nobody knows how old", "approved", "filed", "closed"],
)
def test_who_owes_no_procedures(who: Any) -> None:
    assert found(Dossier(who, Sight()), NOW, LAW) == {}


def test_a_post_shows_that_an_account_is_older() -> None:
    d = Dossier(account(), Sight(), (StoredPost(post(bj("2026-09-27 23:00")), NOW),))
    assert "FIL-05" in found(d, NOW, LAW)


CLOSING = replace(FILING, kind=FilingKind.SUSPEND, approved_on=None)


@pytest.mark.parametrize(
    ("now", "level"),
    [
        ("2026-10-12 23:59", None),
        ("2026-10-13 00:00", Level.BLUE),
        ("2026-10-23 00:00", Level.BLUE),
        ("2026-10-28 23:59", Level.BLUE),
        ("2026-10-29 00:00", Level.ORANGE),
    ],
)
def test_what_is_to_be_closed_has_thirty_plain_days(now: str, level: Level | None) -> None:
    d = replace(OLD, paper=Paper((CLOSING,)))
    finding = found(d, bj(now), LAW).get("FIL-06")
    assert (finding.level if finding else None) == level


def test_a_plan_made_after_the_term_or_carried_out_is_not_late() -> None:
    after = replace(CLOSING, applied_on=day("2026-10-29"))
    done = replace(
        CLOSING,
        approved_on=day("2026-10-08"),
        carried_out_on=day("2026-10-28"),
        form_on=day("2026-10-28"),
        national_on=day("2026-10-28"),
    )
    for filing in (after, done):
        d = replace(OLD, paper=Paper((filing,)))
        assert "FIL-06" not in found(d, NOW, LAW)
    recent = replace(known(CLOSING, opened_on=day("2026-10-01")))
    assert "FIL-06" not in found(recent, NOW, LAW)


# -- FIL-07, DER-01, DER-03 --------------------------------------------------------------------


def test_a_district_department_approved_without_review_is_found() -> None:
    assert found(known(FILING, unit=DISTRICT))["FIL-07"].level is Level.ORANGE
    assert found(known(FILING)) == {}
    reviewed = replace(FILING, reviewed_on=day("2026-09-05"))
    assert found(known(reviewed, unit=DISTRICT)) == {}
    assert found(known(replace(FILING, approved_on=None), unit=DISTRICT)) == {}


def test_a_unit_whose_parent_nobody_knows_is_not_accused() -> None:
    organ = replace(UNIT, kind=UnitKind.INTERNAL_ORGAN)
    assert found(known(FILING, unit=organ)) == {}
    told = replace(organ, first_reviewer="district")
    assert "FIL-07" in found(known(FILING, unit=told))


def test_deregistering_a_governments_account_is_stopped_unless_the_city_office_agreed() -> None:
    closing = replace(FILING, kind=FilingKind.DEREGISTER, decision="纪要1号", approved_on=None)
    government = replace(UNIT, kind=UnitKind.DISTRICT_GOVERNMENT)
    finding = found(known(closing, unit=government))["DER-01"]
    assert finding.level is Level.RED
    assert found(known(replace(closing, applied_on=None), unit=government)).keys() == {"DER-01"}
    assert found(known(replace(closing, override="市府办同意"), unit=government)) == {}
    assert found(known(replace(closing, ended_on=NOW.date()), unit=government)) == {}
    assert found(known(closing)) == {}
    city = replace(UNIT, kind=UnitKind.CITY_GOVERNMENT)
    assert found(known(closing, unit=city)).keys() == {"DER-01"}


def test_a_deregistration_without_a_collective_decision_is_found() -> None:
    closing = replace(FILING, kind=FilingKind.DEREGISTER, approved_on=None)
    assert found(known(closing)).keys() == {"DER-03"}
    assert found(known(replace(closing, applied_on=None))) == {}  # nothing was asked yet
    assert found(known(replace(closing, decided_on=day("2026-08-31")))) == {}
    assert found(known(replace(closing, decision="纪要1号"))) == {}


# -- all of them -------------------------------------------------------------------------------

EVERY = {
    "FIL-02": known(replace(FILING, carried_out_on=day("2026-09-09")), opened_on=None),
    "FIL-03": known(ACTED),
    "FIL-04": known(national=National(date(2026, 11, 20))),
    "FIL-05": OLD,
    "FIL-06": replace(OLD, paper=Paper((CLOSING,))),
    "FIL-07": known(FILING, unit=DISTRICT),
    "DER-01": known(
        replace(FILING, kind=FilingKind.DEREGISTER),
        unit=replace(UNIT, kind=UnitKind.DISTRICT_GOVERNMENT),
    ),
    "DER-03": known(replace(FILING, kind=FilingKind.DEREGISTER)),
}


def rules_for(rule: str) -> Any:
    return LAW if rule in ("FIL-05", "FIL-06") else RULES


@pytest.mark.parametrize("rule", EVERY)
def test_each_rule_can_be_switched_off_and_exempted(rule: str) -> None:
    d = EVERY[rule]
    assert rule in found(d, rules=rules_for(rule))
    switched = off(rule)
    assert rule not in found(d, rules=replace(switched, published_on=rules_for(rule).published_on))
    freed = replace(d.account, exemptions=(Exemption((rule,), "理由", "批准人"),))
    assert rule not in found(replace(d, account=freed), rules=rules_for(rule))


@pytest.mark.parametrize("rule", EVERY)
def test_blindness_neither_makes_nor_hides_what_paper_says(rule: str) -> None:
    blind = Sight(watched_since=NOW - 30 * DAY, trouble=Trouble.BLOCKED, trouble_since=NOW - DAY)
    d = replace(EVERY[rule], sight=blind)
    told = {each.rule for each in judge(d, NOW, rules_for(rule), CAL)}
    assert rule in told
    assert told - {"SYS-01"} == found(EVERY[rule], rules=rules_for(rule)).keys()


@pytest.mark.parametrize(
    ("d", "rules", "now", "expected"),
    [
        (known(ACTED), RULES, "2026-09-25 10:00", "2026-09-29 00:00"),
        (known(ACTED), RULES, "2026-09-29 10:00", "2026-10-01 00:00"),
        (known(ACTED), RULES, "2026-10-01 10:00", "2027-09-25 00:00"),
        (OLD, LAW, "2026-10-01 10:00", "2026-10-30 00:00"),
        (OLD, LAW, "2026-11-10 10:00", "2026-11-14 00:00"),
    ],
)
def test_the_clock_alone_turns_a_judgement_at_each_limit(
    d: Dossier, rules: Any, now: str, expected: str
) -> None:
    moment = bj(expected)
    assert next_judgement(d, bj(now), rules, CAL) == moment
    before, after = (found(d, at, rules) for at in (moment - SECOND, moment))
    assert before != after


# -- FIL-01 ------------------------------------------------------------------------------------


def test_a_lead_of_a_known_unit_is_found_while_it_is_open() -> None:
    lead = Lead("weibo", "99", "三亚旅游发布", NOW - DAY, unit=UNIT.key, followers=3, id=4)
    who = account(key="lead:4", name=lead.name)
    (finding,) = judge_lead(lead, who, NOW, RULES)
    assert (finding.account, finding.level, finding.as_of) == ("lead:4", Level.ORANGE, NOW)
    assert finding.facts["unit"] == UNIT.name
    assert list(judge_lead(replace(lead, state="foreign"), who, NOW, RULES)) == []
    assert list(judge_lead(lead, who, NOW, off("FIL-01"))) == []


# -- the file ----------------------------------------------------------------------------------


def with_change(tmp_path: Path, old: str, new: str) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text((CONFIG / "rules.yaml").read_text("utf-8").replace(old, new), "utf-8")
    return path


def test_the_day_of_publication_is_read(tmp_path: Path) -> None:
    path = with_change(tmp_path, 'published_on: ""', "published_on: 2026-09-28")
    assert load_rules(path).published_on == day("2026-09-28")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('published_on: ""', "published_on: 2026-09-31", "published_on"),
        ('published_on: ""', "published_on: 去年", "published_on"),
        ("remind_day: 2", "remind_day: 3", "rules.FIL-03.remind_day"),
        ("[20, 27]", "[27, 20]", "rules.FIL-05.remind_days"),
        ("[15, 25]", "[15, 30]", "rules.FIL-06.remind_days"),
    ],
)
def test_a_day_that_is_none_and_a_reminder_after_its_term_are_refused(
    tmp_path: Path, old: str, new: str, field: str
) -> None:
    with pytest.raises(RulesError) as caught:
        load_rules(with_change(tmp_path, old, new))
    assert [each.path for each in caught.value.mistakes] == [field]
