from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.policy import (
    DEFAULT_POLICY,
    Changes,
    RulePolicy,
    after,
    identified,
    notices,
    policy_of,
    reconcile,
)
from tests.alerts.examples import CAL, DAY, HOUR, RECENT, STEADY, at, case, finding
from watcher.model import CaseState, Level, Role, Why

C, L, S, A, OPS = Role.CONTACT, Role.LEAD, Role.SUPERVISOR, Role.CITY, Role.OPERATOR


LEVEL = replace(DEFAULT_POLICY, steps={})  # nobody further up; see test_stepping.py


def step(cases, findings, now, policy=LEVEL):
    """One judgement: the notices, and the cases still open afterwards."""
    changes = reconcile(cases, findings, now, RECENT)
    said = notices(changes, now, policy, CAL)
    kept = [c for c in after(changes, said) if c.state is CaseState.OPEN]
    return said, kept


def whys(said):
    return [notice.why for notice in said]


def test_the_life_of_an_alert_from_first_word_to_resolved():
    monday = at(11, 16)
    said, cases = step([], [finding(as_of=monday)], monday)
    assert whys(said) == [Why.FIRST]
    said, cases = step(cases, [finding(as_of=monday)], monday + 4 * HOUR)
    assert whys(said) == []
    said, cases = step(cases, [finding(as_of=monday)], monday + DAY - HOUR)
    assert whys(said) == [Why.REMINDER]
    said, cases = step(cases, [finding(as_of=monday)], monday + DAY)
    assert whys(said) == []  # once a day
    said, cases = step(cases, [finding(level=Level.ORANGE)], monday + DAY + HOUR)
    assert whys(said) == [Why.ESCALATION]
    said, cases = step(cases, [], monday + 2 * DAY)
    assert whys(said) == [Why.RESOLVED]
    assert cases == []


def test_a_finding_opens_a_case_only_on_recent_proof():
    now = at(11, 23)
    assert reconcile([], [finding(as_of=now - RECENT)], now, RECENT).opened
    old = reconcile([], [finding(as_of=now - RECENT - timedelta(seconds=1))], now, RECENT)
    assert old == Changes()


def test_a_failed_poll_resolves_nothing_and_proof_that_ages_keeps_the_case():
    now = at(11, 23)
    known = case(finding(as_of=now - 3 * DAY), at(11, 20))
    changes = reconcile([known], [finding(as_of=now - 3 * DAY)], now, RECENT)
    assert changes.kept == (known,)
    assert not changes.closed


def test_a_kept_case_takes_the_new_finding_and_its_level():
    known = case(finding("UPD-03", Level.YELLOW), at(11, 20), id=7)
    new = finding("UPD-03", Level.ORANGE, at(11, 23))
    (kept,) = reconcile([known], [new], at(11, 23), RECENT).kept
    assert (kept.id, kept.finding, kept.opened_at) == (7, new, at(11, 20))


def test_the_same_finding_twice_is_one_case_of_the_higher_level():
    twice = [finding(level=Level.ORANGE), finding(level=Level.YELLOW)]
    (opened,) = reconcile([], twice, at(11, 23), RECENT).opened
    assert opened.finding.level is Level.ORANGE


def test_a_level_that_falls_and_rises_again_to_what_was_told_is_no_escalation():
    told = case(finding("UPD-03", Level.ORANGE), told_at=at(11, 23), told_level=Level.ORANGE)
    said, cases = step([told], [finding("UPD-03", Level.YELLOW)], at(11, 23, 11))
    assert whys(said) == []
    said, cases = step(cases, [finding("UPD-03", Level.ORANGE)], at(11, 23, 12))
    assert whys(said) == []
    assert cases[0].told_level is Level.ORANGE


@pytest.mark.parametrize(
    ("lower", "higher"), [("UPD-01", "UPD-02"), ("UPD-03", "UPD-04"), ("UPD-04", "UPD-05")]
)
def test_a_rule_that_gives_way_to_the_next_rung_closes_without_good_news(lower, higher):
    told = case(finding(lower), told_at=at(11, 20), told_level=Level.YELLOW)
    changes = reconcile([told], [finding(higher)], at(11, 23), RECENT)
    assert [c.closing for c in changes.closed] == [f"转为{higher}"]
    assert whys(notices(changes, at(11, 23), DEFAULT_POLICY, CAL)) == [Why.FIRST]


def test_another_account_on_the_next_rung_is_no_successor():
    told = case(finding("UPD-03"), told_at=at(11, 20), told_level=Level.YELLOW)
    changes = reconcile([told], [finding("UPD-04", account="weibo-1")], at(11, 23), RECENT)
    assert "转为" not in changes.closed[0].closing


def test_nobody_hears_the_end_of_what_they_never_heard_begin():
    said, _ = step([case()], [], at(11, 23))
    assert said == ()


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(2, 13, 9), []),  # the same day
        (at(2, 14, 9), [Why.REMINDER]),  # a Saturday on which people work
        (at(2, 15, 9), []),  # Spring Festival
        (at(2, 20, 9), []),
        (at(2, 24, 9), [Why.REMINDER]),  # first day after it
        (at(2, 24, 21, 59), [Why.REMINDER]),
        (at(2, 24, 22), []),  # the night waits for tomorrow's reminder
        (at(2, 21, 12), []),
    ],
)
def test_reminders_come_on_working_days_only(now, expected):
    told = case(opened=at(2, 13, 8), told_at=at(2, 13, 8), told_level=Level.YELLOW)
    assert whys(step([told], [finding()], now)[0]) == expected


def test_a_weekly_reminder_waits_for_a_week():
    told = case(finding("UPD-06"), told_at=at(11, 16), told_level=Level.YELLOW)
    assert whys(step([told], [finding("UPD-06")], at(11, 20))[0]) == []
    assert whys(step([told], [finding("UPD-06")], at(11, 23, 8))[0]) == [Why.REMINDER]


def test_who_acknowledged_is_not_reminded_but_hears_of_escalation():
    told = case(told_at=at(11, 16), told_level=Level.YELLOW, acknowledged_by="contact@education")
    assert whys(step([told], [finding()], at(11, 23))[0]) == []
    said, _ = step([told], [finding(level=Level.ORANGE)], at(11, 23))
    assert whys(said) == [Why.ESCALATION]


@pytest.mark.parametrize(
    ("rule", "level", "at_once", "digest"),
    [
        ("UPD-01", Level.BLUE, (C,), ()),
        ("UPD-02", Level.YELLOW, (C, L), (S,)),
        ("UPD-02", Level.ORANGE, (C, L), (S,)),
        ("UPD-03", Level.YELLOW, (C, L), ()),
        ("UPD-03", Level.ORANGE, (C, L), (S,)),
        ("UPD-04", Level.RED, (C, L, S, A), ()),
        ("UPD-05", Level.ORANGE, (), (S, A)),
        ("UPD-05", Level.RED, (S, A), ()),
        ("UPD-06", Level.ORANGE, (), (S,)),
        ("UPD-07", Level.YELLOW, (OPS,), ()),
        ("APP-01", Level.RED, (C, L, S), ()),
        ("CON-03", Level.RED, (C, L), ()),
        ("DER-01", Level.RED, (A,), ()),
        ("REC-01", Level.ORANGE, (L,), (S,)),
        ("REC-01", Level.RED, (L, S, A), ()),
        ("APP-03", Level.YELLOW, (C,), (S,)),
        ("SYS-01", Level.OPERATOR, (OPS,), ()),
        ("SYS-02", Level.OPERATOR, (OPS,), ()),
        ("XXX-99", Level.YELLOW, (OPS,), ()),
    ],
)
def test_who_hears_first(rule, level, at_once, digest):
    (notice,), _ = step([], [finding(rule, level)], at(11, 23))
    assert (notice.roles, notice.digest_roles) == (at_once, digest)


def test_a_doubtful_time_goes_to_the_operator_and_with_the_reminder_to_the_supervisor():
    told = case(finding("UPD-07"), at(11, 20), told_at=at(11, 20), told_level=Level.YELLOW)
    (notice,), _ = step([told], [finding("UPD-07")], at(11, 23))
    assert (notice.why, notice.roles, notice.digest_roles) == (Why.REMINDER, (OPS,), (S,))


def test_a_notice_carries_the_case_as_told():
    policy = policy_of([RulePolicy("UPD-02", "一周未更新", (C,))])
    (notice,), (kept,) = step([], [finding()], at(11, 23), policy)
    assert kept == notice.case
    assert (kept.told_at, kept.told_level) == (at(11, 23), Level.YELLOW)


@pytest.mark.parametrize(("subject", "termed"), [("notice", False), ("early", True)])
def test_a_reminder_of_a_term_that_runs_sets_no_term_of_its_own(subject, termed):
    now = at(11, 23)
    changes = reconcile([], [replace(finding("DER-02", as_of=now), subject=subject)], now, RECENT)
    (notice,) = notices(changes, now, DEFAULT_POLICY, CAL)
    assert (notice.case.due_on is not None) is termed


def test_notices_get_the_numbers_the_store_gave():
    changes = reconcile([], [finding()], at(11, 23), RECENT)
    said = notices(changes, at(11, 23), DEFAULT_POLICY, CAL)
    saved = [replace(c, id=41) for c in after(changes, said)]
    assert [n.case.id for n in identified(said, saved)] == [41]


def test_one_silence_is_repeated_once_by_its_gravest_case():
    told = {"told_at": at(11, 20), "told_level": Level.RED}
    both = [finding("UPD-02"), finding("UPD-04", Level.RED)]
    said, _ = step([case(f, at(11, 20), **told) for f in both], both, at(11, 23))
    assert [(n.why, n.case.finding.rule) for n in said] == [(Why.REMINDER, "UPD-04")]


LADDER = st.sampled_from(["UPD-01", "UPD-02", "UPD-03", "UPD-04", "UPD-05", "SYS-01"])
LEVELS = st.sampled_from(list(Level))


@STEADY
@given(
    st.lists(
        st.tuples(st.integers(1, 90), st.dictionaries(LADDER, LEVELS, max_size=4)), max_size=40
    )
)
def test_whatever_happens_a_life_begins_once_reminds_daily_at_most_and_ends_once(steps):
    now, cases = at(9, 1), []
    alive, days = set(), set()
    for hours, found in steps:
        now += hours * HOUR
        open_before = {c.finding.key for c in cases}
        said, cases = step(cases, [finding(r, level, now) for r, level in found.items()], now)
        for notice in said:
            key = notice.case.finding.key
            day = (key, notice.case.opened_at, (now + 8 * HOUR).date())
            assert (notice.why is Why.FIRST) == (key not in open_before)
            assert notice.why is not Why.RESOLVED or key in alive
            assert notice.why is not Why.REMINDER or day not in days
            alive.add(key)
            days.add(day)
        assert {c.finding.rule for c in cases} == set(found)
        assert all(c.told_at is not None for c in cases)
