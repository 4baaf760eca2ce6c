from dataclasses import replace

import pytest

from alerts.hours import next_digest
from alerts.office_tree import Office, reached
from alerts.policy import DEFAULT_POLICY, notices, reconcile
from alerts.routing import letters, targets_for
from tests.alerts.examples import (
    ACCOUNT,
    CAL,
    OFFICES,
    RECENT,
    UNIT,
    at,
    blind,
    case,
    dossier,
    finding,
)
from watcher.model import Level, Notice, Role, Unit, Why

NOW = at(11, 23)
HEALTH = Unit("health", "三亚市卫生健康委员会", daily_supervisor="education_office")
ORPHAN = Unit("x", "某单位", daily_supervisor="nobody")
YAZHOU = Unit("y", "崖州区教育局", daily_supervisor="yazhou_office")
BY_NAME = Unit("z", "某馆", daily_supervisor="三亚市教育局办公室")


@pytest.mark.parametrize(
    ("role", "unit", "expected"),
    [
        (Role.CONTACT, UNIT, ("edu",)),  # no entry of its own: the daily supervisor
        (Role.CONTACT, HEALTH, ("own",)),
        (Role.LEAD, HEALTH, ("own", "lead")),
        (Role.SUPERVISOR, HEALTH, ("edu",)),
        (Role.SUPERVISOR, YAZHOU, ("city",)),  # an office without targets: the one above
        (Role.SUPERVISOR, BY_NAME, ("edu",)),
        (Role.SUPERVISOR, ORPHAN, ("ops",)),  # nowhere: the fallback
        (Role.CONTACT, ORPHAN, ("ops",)),
        (Role.CITY, UNIT, ("city",)),
        (Role.POLICE, UNIT, ("police",)),
        (Role.CYBERSPACE, UNIT, ("ops",)),  # nobody named for it
        (Role.OPERATOR, None, ("ops",)),
        (Role.SUPERVISOR, None, ("ops",)),
    ],
)
def test_a_role_leads_to_targets_and_never_nowhere(role, unit, expected):
    assert targets_for(role, unit, OFFICES) == expected


def write(rule, level, known=None, now=NOW, why=Why.FIRST):
    known = known or dossier(seen=now)
    changes = reconcile([], [finding(rule, level, now)], now, RECENT)
    (notice,) = notices(changes, now, DEFAULT_POLICY, CAL)
    return letters(replace(notice, why=why), known, OFFICES, CAL, now)


def test_one_letter_for_each_target_though_several_roles_lead_there():
    # C and L of this unit and S all lead to the education office.
    made = write("UPD-04", Level.RED)
    assert [letter.target for letter in made] == ["edu", "city"]


def test_who_hears_at_once_is_not_told_again_in_the_digest():
    made = write("UPD-02", Level.YELLOW)
    assert [(letter.target, letter.merge) for letter in made] == [("edu", "UPD/first")]


def test_a_supervisor_of_its_own_hears_in_the_digest_at_nine():
    known = dossier(account=replace(ACCOUNT, unit=HEALTH))
    at_once, lead, digest = write("UPD-02", Level.YELLOW, known)
    assert (at_once.target, lead.target) == ("own", "lead")
    assert (digest.target, digest.merge) == ("edu", "digest")
    assert digest.not_before == next_digest(NOW, CAL) == at(11, 24, 9)
    assert at_once.not_before == at(11, 23, 10, 2)


def test_red_goes_to_supervisor_and_city_office_at_night():
    night = at(2, 20, 23)
    made = write("UPD-04", Level.RED, now=night)
    assert {letter.target for letter in made} == {"edu", "city"}
    assert {letter.not_before for letter in made} == {at(2, 20, 23, 1)}


def test_blind_accounts_of_a_platform_share_a_merge_key_and_settle_two_minutes():
    (letter,) = write("SYS-01", Level.OPERATOR, blind())
    assert (letter.target, letter.merge) == ("ops", "SYS-01/weibo")
    assert letter.not_before == at(11, 23, 10, 2)


def test_a_term_counts_from_the_day_the_letter_may_leave():
    (first, *_) = write("UPD-02", Level.YELLOW, now=at(9, 30, 23))
    assert first.not_before == at(10, 8, 8)
    assert "于10月10日前反馈原因" in first.body


def test_the_key_is_printed_and_the_same_decision_has_the_same_key():
    one, two = write("UPD-04", Level.RED), write("UPD-04", Level.RED)
    assert [letter.key for letter in one] == [letter.key for letter in two]
    assert len({letter.key for letter in one}) == len(one)
    assert all(letter.body.endswith(f"\n编号：{letter.key}") for letter in one)


def test_another_reason_level_or_time_is_another_key():
    keys = {
        write("UPD-03", level, now=now, why=why)[0].key
        for level in (Level.YELLOW, Level.ORANGE)
        for now in (NOW, at(11, 24))
        for why in (Why.FIRST, Why.REMINDER)
    }
    assert len(keys) == 8


def test_a_letter_knows_its_case():
    notice = Notice(case(id=12, told_at=NOW), Why.FIRST, (Role.CONTACT,))
    (letter,) = letters(notice, dossier(), OFFICES, CAL, NOW)
    assert letter.case_id == 12


def test_a_finding_about_the_watch_itself_needs_no_dossier():
    found = finding("SYS-02", Level.OPERATOR, account="", subject="2027")
    notice = Notice(case(found, told_at=NOW), Why.FIRST, (Role.OPERATOR,))
    (letter,) = letters(notice, None, OFFICES, CAL, NOW)
    assert letter.target == "ops"
    assert "2027年" in letter.body


def test_a_unit_is_named_by_its_name_where_its_entry_gives_none():
    entry = Office("health", "health", targets={Role.CONTACT: ("own",)})
    known = replace(OFFICES, units={"health": entry})
    assert reached(Role.CONTACT, HEALTH, known) == (("own",), f"工作联系人：{HEALTH.name}")
    _, reason = reached(Role.LEAD, HEALTH, known)
    assert f"{HEALTH.name}未设渠道，由其代收" in reason
