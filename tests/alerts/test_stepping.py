"""逐级报告: who is told next, when, and when not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.policy import DEFAULT_POLICY, Changes, after, notices
from alerts.routing import letters
from alerts.stepping import next_step
from alerts.steps import Hearers, Step, Unmet
from tests.alerts.examples import (
    ACCOUNT,
    CAL,
    DAY,
    HOUR,
    OFFICES,
    RECENT,
    STEADY,
    UNIT,
    at,
    case,
    dossier,
    finding,
)
from watcher.model import CaseState, Level, Role, Unit
from watcher.units import unit_scope

OPENED = at(11, 23, 10)  # a Monday
C, L, S, A = Role.CONTACT, Role.LEAD, Role.SUPERVISOR, Role.CITY
HEALTH = Unit("health", "三亚市卫生健康委员会", daily_supervisor="education_office")


def told(rule="CHG-01", level=Level.ORANGE, opened=OPENED, **fields):
    """A case that was told of when it opened, of a rule that the contact hears at once."""
    known = {"told_at": opened, "told_level": level, **fields}
    return case(finding(rule, level, opened), opened, **known)


def steps(one, now, policy=DEFAULT_POLICY, as_of=None):
    """The steps up said now, and the case after them."""
    seen = replace(one, finding=replace(one.finding, as_of=as_of or now))
    changes = Changes(kept=(seen,))
    said = notices(changes, now, policy, CAL, RECENT)
    return [n.step.to.roles for n in said if n.step], after(changes, said)[0]


def test_nobody_signs_and_it_goes_up_one_office_after_the_other():
    one = told()
    assert steps(one, at(11, 23, 16, 29))[0] == []
    said, one = steps(one, at(11, 23, 16, 30))  # two hours before noon, two after half past two
    assert said == [(L,)]
    assert steps(one, at(11, 24, 9, 59))[0] == []
    said, one = steps(one, at(11, 24, 10))
    assert said == [(S,)]
    said, one = steps(one, at(11, 26, 10))
    assert said == [(A,)]
    assert steps(one, at(12, 20, 10))[0] == []
    assert len(one.stepped) == 3


def test_each_step_is_said_once_though_it_was_missed_for_days():
    said, one = steps(told(), at(12, 1, 10))
    assert said == [(L,), (S,), (A,)]
    assert steps(one, at(12, 2, 10))[0] == []


def test_who_heard_at_once_is_no_step_and_who_is_below_neither():
    assert [step.to.roles for step in DEFAULT_POLICY.steps_of("UPD-02", Level.YELLOW)] == [(S,)]
    assert DEFAULT_POLICY.steps_of("UPD-04", Level.RED) == ()  # all four hear it at once
    assert [step.to.roles for step in DEFAULT_POLICY.steps_of("UPD-05", Level.ORANGE)] == [(A,)]
    assert DEFAULT_POLICY.steps_of("DUP-01", Level.YELLOW) == ()  # the supervisor is the lowest
    assert DEFAULT_POLICY.steps_of("UPD-01", Level.BLUE) == ()
    assert DEFAULT_POLICY.steps_of("SYS-03", Level.OPERATOR) == ()
    assert DEFAULT_POLICY.steps_of("REC-01", Level.RED) == ()  # presses by itself


@pytest.mark.parametrize(
    "done",
    [
        {"acknowledged_by": "王五"},
        {"feedback_at": OPENED + HOUR},
        {"state": CaseState.CLOSED, "dismissed": True},
    ],
)
def test_who_signed_answered_or_was_let_off_is_left_alone(done):
    one = told(**done)
    assert steps(one, at(12, 1, 10))[0] == []
    assert next_step(one, at(11, 23, 12), DEFAULT_POLICY, CAL, 30 * DAY) is None


@pytest.mark.parametrize(
    "now",
    [
        at(11, 24, 22),  # night
        at(11, 25, 7, 59),
        at(11, 28, 11),  # Saturday
    ],
)
def test_no_step_at_night_or_on_a_day_off_but_of_red(now):
    assert steps(told(), now)[0] == []
    assert steps(told("CON-03", Level.RED), now)[0] != []


def test_units_are_judged_after_midnight_and_their_steps_wait_for_the_morning():
    one = told("APP-04")
    one = replace(one, finding=replace(one.finding, account=unit_scope("health")))
    night = at(11, 25, 0, 5)
    assert steps(one, night)[0] == [(L,), (S,)]
    seen = replace(one, finding=replace(one.finding, as_of=night))
    said = [n for n in notices(Changes(kept=(seen,)), night, DEFAULT_POLICY, CAL) if n.step]
    known = dossier(account=replace(ACCOUNT, unit=HEALTH))
    made = [letter for n in said for letter in letters(n, known, OFFICES, CAL, night)]
    assert {letter.not_before for letter in made} == {at(11, 25, 8)}


def test_nobody_is_accused_further_up_on_old_proof():
    late = at(11, 26, 10)
    assert steps(told(), late, as_of=late - RECENT)[0] == [(L,), (S,), (A,)]
    assert steps(told(), late, as_of=late - RECENT - timedelta(seconds=1))[0] == []


def test_a_case_that_a_graver_one_stands_for_takes_no_step():
    now = at(11, 25, 10)
    week = told("UPD-02", Level.YELLOW)
    week = replace(week, finding=replace(week.finding, as_of=now))
    grave = told("UPD-04", Level.RED)
    alone = notices(Changes(kept=(week,)), now, DEFAULT_POLICY, CAL)
    beside = notices(Changes(kept=(week, grave)), now, DEFAULT_POLICY, CAL)
    assert any(n.step for n in alone)
    assert not any(n.step for n in beside)


def test_what_is_not_mended_goes_up_when_the_term_of_those_who_signed_has_passed():
    step = Step(Unmet.UNRECTIFIED, Hearers((A,)), days=1)
    rule = replace(DEFAULT_POLICY.of("CHG-01"), steps=(step,))
    policy = replace(DEFAULT_POLICY, rules={"CHG-01": rule})
    signed = told(acknowledged_by="王五", due_on=at(11, 26).date())
    assert steps(told(), at(11, 24, 10), policy)[0] == [(A,)]
    assert steps(signed, at(11, 26, 21), policy)[0] == []
    assert steps(signed, at(11, 27, 8), policy)[0] == [(A,)]
    provisional = replace(signed, due_from=at(11, 23).date())
    assert steps(provisional, at(12, 27, 8), policy)[0] == []


def test_a_step_goes_to_those_who_have_not_heard():
    now = at(11, 24, 10)
    one = replace(told(), finding=replace(told().finding, as_of=now))
    said = [n for n in notices(Changes(kept=(one,)), now, DEFAULT_POLICY, CAL) if n.step]
    own = dossier(account=replace(ACCOUNT, unit=HEALTH))
    made = [letter for n in said for letter in letters(n, own, OFFICES, CAL, now)]
    # The contact has a target of its own; the lead shares it and has one more; then the office.
    assert [letter.target for letter in made] == ["lead", "edu"]
    assert all("逐级报告" in letter.title for letter in made)
    assert "超过4个工作小时未签收，现逐级报告" in made[0].body
    assert "超过1个工作日未签收" in made[1].body
    # A unit without targets of its own is spoken for by its supervisor, who has heard.
    shared = [x for n in said for x in letters(n, dossier(), OFFICES, CAL, now)]
    assert UNIT.daily_supervisor == "education_office"
    assert shared == []


def test_the_next_step_is_known_beforehand_so_that_it_is_judged_in_time():
    one = told()
    assert next_step(one, OPENED, DEFAULT_POLICY, CAL) == at(11, 23, 16, 30)
    fresh = replace(one, finding=replace(one.finding, as_of=at(11, 23, 23)))
    _, one = steps(fresh, at(11, 23, 16, 30))
    assert next_step(one, at(11, 23, 17), DEFAULT_POLICY, CAL) == at(11, 24, 10)
    assert next_step(one, at(11, 23, 17), DEFAULT_POLICY, CAL, HOUR) is None  # proof will be old


def test_days_off_are_no_working_time():
    before = told(opened=at(9, 30, 17))  # half an hour before the offices close for Golden Week
    assert steps(before, at(10, 7, 12))[0] == []
    assert steps(before, at(10, 8, 11, 29))[0] == []
    assert steps(before, at(10, 8, 11, 30))[0] == [(L,)]
    assert (S,) not in steps(before, at(10, 8, 16, 59))[0]
    assert (S,) in steps(before, at(10, 8, 17))[0]


@STEADY
@given(
    st.lists(st.tuples(st.integers(1, 30), st.booleans()), max_size=40),
    st.sampled_from(["CHG-01", "UPD-02", "CON-03", "FIL-02"]),
)
def test_whatever_happens_no_step_is_said_twice_nor_after_a_signature(looks, rule):
    level = {"UPD-02": Level.YELLOW, "CON-03": Level.RED}.get(rule, Level.ORANGE)
    one, now, said = told(rule, level), OPENED, []
    for hours, signs in looks:
        now += hours * HOUR
        if signs and len(said) > 1:
            one = replace(one, acknowledged_by="王五")
        new, one = steps(one, now)
        assert not (new and one.acknowledged_by)
        said += new
    assert len(said) == len(set(said))
