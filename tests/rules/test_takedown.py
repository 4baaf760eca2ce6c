"""IMP-01 to IMP-03 as findings: states, letters and their terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watcher.calendar import load_calendar
from watcher.candidates import Candidate, CandidateState, Judgement, Suspect, Takedown, Tier
from watcher.model import Account, Case, Finding, Level, PageRef, Profile, Unit
from watcher.rectifying import CaseEvent, Deed, core, refusal
from watcher.rules import RuleSet, load_rules
from watcher.rules.takedown import judge_suspect, next_recheck

RULES = load_rules(Path(__file__).parents[2] / "config" / "rules.yaml")
CAL = load_calendar(None)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Beijing
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REAL = Account("weibo-jyj", "weibo", "三亚教育", Unit("jyj", "三亚市教育局"))
PAGE = PageRef("https://s.weibo.com/user", 200, "ab" * 32, NOW)
ALERT = Judgement("三亚教育", "alert", 0.95, 65, Tier.ALERT, ("近似。",), "", "weibo-jyj", "orange")
FOUND = Candidate(
    7,
    "weibo",
    "900",
    "https://weibo.com/900",
    Profile("900", "三亚教肓", verified=False, followers=12),
    NOW - DAY,
    NOW,
    pages=(PAGE,),
    state=CandidateState.REVIEW,
    judgement=ALERT,
)
LETTER = Takedown(7, "三教函〔2026〕1号", NOW, "李", sent_at=NOW, id=1)


def found(
    candidate: Candidate,
    *letters: Takedown,
    now: datetime = NOW,
    rules: RuleSet = RULES,
) -> list[Finding]:
    return list(judge_suspect(Suspect(candidate, letters, REAL), now, rules, CAL))


def off(name: str) -> RuleSet:
    return replace(RULES, rules={**RULES.rules, name: replace(RULES.rules[name], enabled=False)})


def test_an_alert_is_a_suspicion_with_its_readings() -> None:
    (one,) = found(FOUND)
    assert (one.rule, one.account, one.level) == ("IMP-01", "candidate:7", Level.ORANGE)
    assert (one.as_of, one.article) == (NOW, "《办法》第二十条")
    assert one.facts["reading"]["pages"][0]["sha256"] == "ab" * 32
    assert "confirmed_by" not in one.facts
    assert "weighty" not in one.facts
    red = replace(FOUND, judgement=replace(ALERT, level="red"))
    assert found(red)[0].level is Level.RED
    assert found(FOUND, rules=off("IMP-01")) == []


@pytest.mark.parametrize(
    "candidate",
    [
        replace(FOUND, judgement=replace(ALERT, tier=Tier.REVIEW)),
        replace(FOUND, judgement=replace(ALERT, tier=Tier.FAN)),
        replace(FOUND, judgement=None),
        *(
            replace(FOUND, state=state)
            for state in (
                CandidateState.NEW,
                CandidateState.DISMISSED,
                CandidateState.OWN,
                CandidateState.WATCHED,
                CandidateState.TAKEN_DOWN,
            )
        ),
    ],
)
def test_below_the_tier_of_alerts_and_once_decided_nothing_is_said(candidate: Candidate) -> None:
    assert found(candidate) == []


def test_what_a_person_confirmed_is_red_and_for_the_offices_in_charge() -> None:
    sure = replace(FOUND, state=CandidateState.CONFIRMED, decided_by="李", decided_at=NOW + HOUR)
    (one,) = found(sure)
    assert (one.level, one.facts["weighty"], one.as_of) == (Level.RED, True, NOW + HOUR)
    assert one.facts["confirmed_by"] == "李"
    assert one.key == found(FOUND)[0].key  # the same case goes on


def test_one_that_is_back_is_imp_03() -> None:
    (one,) = found(replace(FOUND, state=CandidateState.BACK))
    assert (one.rule, one.level) == ("IMP-03", Level.RED)
    assert found(replace(FOUND, state=CandidateState.BACK), rules=off("IMP-03")) == []


CONFIRMED = replace(FOUND, state=CandidateState.CONFIRMED, decided_by="李", decided_at=NOW)


@pytest.mark.parametrize(
    ("after", "said"),
    [(DAY - timedelta(seconds=1), 0), (DAY, 1), (DAY + timedelta(seconds=1), 1)],
)
def test_a_letter_without_a_receipt_within_24_hours(after: timedelta, said: int) -> None:
    late = [each for each in found(CONFIRMED, LETTER, now=NOW + after) if each.rule == "IMP-02"]
    assert len(late) == said
    assert all(each.facts["lacks"] == "receipt" for each in late)
    assert [e.rule for e in found(CONFIRMED, LETTER, now=NOW + after, rules=off("IMP-02"))] == [
        "IMP-01"
    ]


# Sent on Monday: three working days end with Thursday, in Beijing.
THURSDAY_ENDS = datetime(2026, 11, 26, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (THURSDAY_ENDS - timedelta(seconds=1), 0),
        (THURSDAY_ENDS, 1),
        (THURSDAY_ENDS + timedelta(seconds=1), 1),
    ],
)
def test_a_letter_without_a_result_within_three_working_days(now: datetime, said: int) -> None:
    received = replace(LETTER, receipt="R1", received_at=NOW + HOUR)
    late = [each for each in found(CONFIRMED, received, now=now) if each.rule == "IMP-02"]
    assert len(late) == said
    assert all((e.facts["lacks"], e.facts["weighty"]) == ("result", True) for e in late)


def test_an_answered_or_unsent_letter_is_not_pressed() -> None:
    done = replace(LETTER, result="已封禁", result_at=NOW + DAY)
    unsent = replace(LETTER, sent_at=None)
    for letter in (done, unsent):
        assert [e.rule for e in found(CONFIRMED, letter, now=NOW + 30 * DAY)] == ["IMP-01"]


def test_a_term_in_a_year_without_a_notice_of_holidays_is_never_missed() -> None:
    sent = datetime(2031, 12, 30, 2, 0, tzinfo=UTC)
    received = replace(LETTER, sent_at=sent, received_at=sent)
    assert [e.rule for e in found(CONFIRMED, received, now=sent + 30 * DAY)] == ["IMP-01"]


def test_looks_come_after_1_7_30_and_90_days_and_then_no_more() -> None:
    days = RULES.rechecks
    assert [next_recheck(NOW, n, days) for n in range(5)] == [
        NOW + DAY,
        NOW + 7 * DAY,
        NOW + 30 * DAY,
        NOW + 90 * DAY,
        None,
    ]


def test_followers_and_points_make_no_other_finding() -> None:
    more = replace(FOUND, profile=replace(FOUND.profile, followers=999), last_seen=NOW + HOUR)
    assert core(found(more)[0]) == core(found(FOUND)[0])
    other = replace(FOUND, profile=replace(FOUND.profile, name="三亚敎育"))
    assert core(found(other)[0]) != core(found(FOUND)[0])


def test_a_case_about_a_candidate_is_ended_by_deciding_about_it() -> None:
    case = Case(found(FOUND)[0], NOW, 1)
    for deed in (Deed.CLOSE, Deed.DISMISS):
        said = refusal(case, CaseEvent(1, NOW, "李", deed, "不是"))
        assert "watcher candidates dismiss" in said
    assert refusal(case, CaseEvent(1, NOW, "李", Deed.ACK)) == ""
