"""Candidates judged in a round, decided by people, looked at again: what follows of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.policy import DEFAULT_POLICY
from alerts.routing import Office, Offices, Target
from tests.rules.world import CAL, DAY, HOUR, RULES, bj
from watcher import store
from watcher.candidates import Candidate, CandidateState, Found, Tier
from watcher.casting import Casting
from watcher.deciding import Book
from watcher.discovery import known_of
from watcher.due import Cadence
from watcher.model import (
    Account,
    Case,
    CaseState,
    Coverage,
    Failure,
    Letter,
    Level,
    Profile,
    Role,
    Sighting,
    Snapshot,
    Trouble,
    Unit,
    UnitKind,
)
from watcher.store import Database
from watcher.store.candidates import candidate, candidate_events, found, judge_again
from watcher.store.filed import load_leads
from watcher.suspect_deeds import (
    Answer,
    ReviewError,
    Step,
    made_letter,
    note_answer,
    reviewed,
    suspect_of,
    witnessed,
)
from watcher.suspect_looks import note_look
from watcher.suspects import keep_verdicts, verdicts

NOW = bj("2026-11-23 10:00")  # a Monday
UNIT = Unit("jyj", "三亚市教育局", UnitKind.CITY_DEPARTMENT, "三亚市教育局办公室", "city")
REAL = Account("weibo-jyj", "weibo", "三亚教育", UNIT, platform_id="111")
TARGETS = {
    name: Target(name, "webhook", "http://127.0.0.1/x") for name in ("sup", "net", "police", "last")
}
OFFICES = Offices(
    {
        "office": Office("office", "三亚市教育局办公室", targets={"": ("sup",)}),
        "net": Office("net", "三亚市网信办", targets={"": ("net",)}),
        "police": Office("police", "三亚市公安局", targets={"": ("police",)}),
    },
    TARGETS,
    roles={Role.CYBERSPACE: "net", Role.POLICE: "police"},
    fallback=("last",),
)
BOOK = Book(RULES, DEFAULT_POLICY, OFFICES, CAL, Cadence(), DAY)


@dataclass(frozen=True)
class Match:
    match: str = "三亚教育"
    score: float = 0.95
    band: str = "alert"
    reasons: tuple[str, ...] = ()
    kind: str = ""


class FakeNames:
    """Every name that holds 教 is near the real one."""

    def best(self, name: str) -> Match | None:
        return Match() if "教" in name else None


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = store.connect(f"sqlite:///{tmp_path}/watcher.sqlite")
    store.migrate(opened)
    with opened.write() as c:
        store.save_register(c, [UNIT], [REAL], "test", NOW)
    yield opened
    opened.close()


@pytest.fixture
def casting(db: Database) -> Casting:
    made = Casting()
    with db.read() as c:
        wanted = known_of(store.load_accounts(c), store.load_units(c), made.searches).names
    made.names = wanted, FakeNames()  # type: ignore[assignment]
    return made


def seen(db: Database, at: datetime = NOW, handle: str = "900", **shown: Any) -> int:
    face = Profile(handle, shown.pop("name", "三亚教肓"), **({"verified": False} | shown))
    with db.write() as c:
        return found(c, Found("weibo", handle, f"https://weibo.com/{handle}", face, at)).id


def judge(db: Database, casting: Casting, now: datetime = NOW) -> None:
    with db.write() as c:
        keep_verdicts(c, verdicts(c, casting, now), casting, BOOK, now)


def decide(db: Database, casting: Casting, number: int, how: str, now: datetime = NOW) -> None:
    with db.write() as c:
        reviewed(c, number, how, "李主任", "核实", casting, BOOK, now)


def at_hand(db: Database, number: int) -> Candidate:
    with db.read() as c:
        kept = candidate(c, number)
    assert kept is not None
    return kept


def cases(db: Database, state: CaseState | None = CaseState.OPEN) -> list[Case]:
    with db.read() as c:
        return list(store.list_cases(c, state))


def told(db: Database, now: datetime) -> list[Letter]:
    """The letters that go out soon after: they wait a minute, in case all is mended at once."""
    now += timedelta(minutes=2)
    with db.write() as c:
        groups = store.take_letters(c, now, timedelta(minutes=5), 50)
        every = [letter for group in groups for letter in group]
        store.mark_sent(c, [each.id for each in every if each.id is not None], "", now)
    return every


# -- judging -----------------------------------------------------------------------------------


def test_an_alert_opens_a_case_for_the_supervisor_alone(db: Database, casting: Casting) -> None:
    number = seen(db)
    judge(db, casting)
    (case,) = cases(db)
    assert (case.finding.rule, case.finding.level) == ("IMP-01", Level.ORANGE)
    assert at_hand(db, number).state is CandidateState.REVIEW
    letters = told(db, NOW + HOUR)
    assert [letter.target for letter in letters] == ["sup"]
    assert "疑似假冒" in letters[0].title
    assert "三亚市教育局办公室今日人工确认" in letters[0].body


def test_what_has_nothing_to_do_with_anybody_is_not_listed(db: Database, casting: Casting) -> None:
    number = seen(db, name="海鲜排档")
    judge(db, casting)
    assert at_hand(db, number).state is CandidateState.NEW
    assert cases(db) == []


def test_below_the_tier_it_waits_in_the_queue_and_nobody_is_told(
    db: Database, casting: Casting
) -> None:
    number = seen(db, verified=None)
    judge(db, casting)
    kept = at_hand(db, number)
    assert kept.state is CandidateState.REVIEW
    assert kept.judgement is not None
    assert kept.judgement.tier is Tier.REVIEW
    assert cases(db) == []
    assert told(db, NOW + DAY) == []


def test_the_account_of_the_register_is_never_a_candidate(db: Database, casting: Casting) -> None:
    number = seen(db, handle="111", name="三亚教育")
    judge(db, casting)
    assert at_hand(db, number).state is CandidateState.NEW
    assert cases(db) == []


def test_a_candidate_that_is_entered_in_the_register_is_let_go(
    db: Database, casting: Casting
) -> None:
    number = seen(db)
    judge(db, casting)
    with db.write() as c:
        other = replace(REAL, key="weibo-2", platform_id="900", name="三亚教育考试")
        store.save_register(c, [UNIT], [REAL, other], "test", NOW)
        judge_again(c)
        wanted = known_of(store.load_accounts(c), store.load_units(c), casting.searches).names
    casting.names = wanted, FakeNames()  # type: ignore[assignment]
    judge(db, casting, NOW + HOUR)
    assert cases(db) == []
    assert at_hand(db, number).state is CandidateState.NEW


def test_a_units_own_account_becomes_a_lead_once(db: Database, casting: Casting) -> None:
    number = seen(db, verified=True, verified_as="三亚市教育局")
    judge(db, casting)
    kept = at_hand(db, number)
    assert (kept.state, kept.decided_by) == (CandidateState.OWN, "自动判定")
    assert cases(db) == []
    with db.write() as c:
        (lead,) = load_leads(c)
        judge_again(c)
    assert (lead.handle, lead.unit, lead.state) == ("900", "jyj", "open")
    judge(db, casting, NOW + HOUR)
    with db.read() as c:
        assert len(load_leads(c)) == 1


# -- people ------------------------------------------------------------------------------------


def test_dismissed_ends_the_case_and_stays_silent_until_it_shows_something_else(
    db: Database, casting: Casting
) -> None:
    number = seen(db)
    judge(db, casting)
    told(db, NOW)
    decide(db, casting, number, "dismiss", NOW + HOUR)
    assert cases(db) == []
    (ended,) = cases(db, CaseState.CLOSED)
    assert ended.closing == "经人工核实，不属假冒"
    (letter,) = told(db, NOW + HOUR)
    assert letter.title.startswith("【处置结束】")
    seen(db, NOW + 2 * HOUR, followers=5)
    with db.write() as c:
        judge_again(c)
    judge(db, casting, NOW + 2 * HOUR)
    assert at_hand(db, number).state is CandidateState.DISMISSED
    seen(db, NOW + 3 * HOUR, name="三亚教育考试院")
    judge(db, casting, NOW + 3 * HOUR)
    assert at_hand(db, number).state is CandidateState.REVIEW
    assert [case.finding.rule for case in cases(db)] == ["IMP-01"]
    with db.read() as c:
        kinds = [event.kind for event in candidate_events(c, number)]
    assert kinds == ["found", "dismissed", "reopened"]


def test_confirmed_is_told_to_the_offices_in_charge(db: Database, casting: Casting) -> None:
    number = seen(db)
    judge(db, casting)
    told(db, NOW)
    decide(db, casting, number, "confirm", NOW + HOUR)
    (case,) = cases(db)
    assert case.finding.level is Level.RED
    letters = told(db, NOW + HOUR)
    assert {letter.target for letter in letters} == {"sup", "net", "police"}
    assert all("经李主任于" in letter.body for letter in letters)
    kept = at_hand(db, number)
    assert (kept.state, kept.recheck_at) == (CandidateState.CONFIRMED, NOW + HOUR)


def test_what_was_red_before_is_told_anew_once_confirmed(db: Database, casting: Casting) -> None:
    casting.weights = replace(casting.weights, red=65)
    number = seen(db)
    judge(db, casting)
    assert [case.finding.level for case in cases(db)] == [Level.RED]
    told(db, NOW)
    decide(db, casting, number, "confirm", NOW + HOUR)
    assert {letter.target for letter in told(db, NOW + HOUR)} == {"sup", "net", "police"}
    assert told(db, NOW + 2 * HOUR) == []


def test_confirmed_out_of_the_queue_opens_its_case(db: Database, casting: Casting) -> None:
    number = seen(db, verified=None)
    judge(db, casting)
    decide(db, casting, number, "confirm", NOW + 3 * DAY)
    assert [case.finding.level for case in cases(db)] == [Level.RED]
    assert {letter.target for letter in told(db, NOW + 3 * DAY)} == {"sup", "net", "police"}


def test_watched_and_own_end_the_case_and_own_opens_that_of_the_lead(
    db: Database, casting: Casting
) -> None:
    first, second = seen(db), seen(db, handle="901")
    judge(db, casting)
    assert [case.finding.rule for case in cases(db)] == ["IMP-01", "IMP-01"]
    decide(db, casting, first, "watch")
    decide(db, casting, second, "own")
    assert [case.finding.rule for case in cases(db)] == ["FIL-01"]
    assert at_hand(db, first).recheck_at == NOW
    with db.read() as c:
        assert [lead.handle for lead in load_leads(c)] == ["901"]


@pytest.mark.parametrize(
    ("how", "by", "reason", "words"),
    [
        ("confirm", " ", "x", "--by"),
        ("confirm", "李", " ", "--reason"),
        ("dismiss", "李", "", "--reason"),
    ],
)
def test_a_decision_without_name_or_reason_is_refused(
    db: Database, casting: Casting, how: str, by: str, reason: str, words: str
) -> None:
    number = seen(db)
    with db.write() as c, pytest.raises(ReviewError, match=words):
        reviewed(c, number, how, by, reason, casting, BOOK, NOW)


def test_the_same_decision_twice_and_an_unknown_number_are_refused(
    db: Database, casting: Casting
) -> None:
    number = seen(db)
    decide(db, casting, number, "dismiss")
    with pytest.raises(ReviewError, match="已是这一结论"):
        decide(db, casting, number, "dismiss")
    with pytest.raises(ReviewError, match="没有编号为 99"):
        decide(db, casting, 99, "dismiss")


# -- letters -----------------------------------------------------------------------------------


def test_a_letter_is_pressed_until_it_is_answered(db: Database, casting: Casting) -> None:
    number = seen(db)
    decide(db, casting, number, "confirm")
    told(db, NOW)
    with db.write() as c:
        made_letter(c, suspect_of(c, number), "三教函1号", "投诉", "ab" * 32, "李", NOW)
        note_answer(c, number, "", Answer(Step.SENT, NOW), "李", casting, BOOK, NOW)
    assert {case.finding.rule for case in cases(db)} == {"IMP-01"}
    judge(db, casting, NOW + DAY)
    assert {case.finding.rule for case in cases(db)} == {"IMP-01", "IMP-02"}
    with db.write() as c:
        note_answer(
            c, number, "", Answer(Step.RECEIPT, NOW + DAY, "R-1"), "李", casting, BOOK, NOW + DAY
        )
    assert {case.finding.rule for case in cases(db)} == {"IMP-01"}
    with db.write() as c:
        at = NOW + 2 * DAY
        note_answer(c, number, "", Answer(Step.RESULT, at, "已封禁", True), "李", casting, BOOK, at)
    assert cases(db) == []
    assert at_hand(db, number).state is CandidateState.TAKEN_DOWN
    assert {case.closing for case in cases(db, CaseState.CLOSED)} == {"平台已关停", "平台已回应"}


def test_answers_without_a_letter_and_numbers_in_use_are_refused(
    db: Database, casting: Casting
) -> None:
    number, other = seen(db), seen(db, handle="901")
    with db.write() as c:
        with pytest.raises(ReviewError, match="还没有关停函"):
            note_answer(c, number, "", Answer(Step.RECEIPT, NOW, "R"), "李", casting, BOOK, NOW)
        made_letter(c, suspect_of(c, number), "1号", "投诉", "", "李", NOW)
        with pytest.raises(ReviewError, match=f"已用于候选账号 {number}"):
            made_letter(c, suspect_of(c, other), "1号", "投诉", "", "李", NOW)
        with pytest.raises(ReviewError, match="尚未到"):
            note_answer(c, number, "", Answer(Step.SENT, NOW + DAY), "李", casting, BOOK, NOW)


# -- looking again -----------------------------------------------------------------------------


def there(at: datetime, name: str = "三亚教肓") -> Snapshot:
    face = Profile("900", name, verified=False)
    return Snapshot("candidate", at, Sighting(face, coverage=Coverage.PARTIAL), "weibo")


def not_there(at: datetime, trouble: Trouble = Trouble.GONE, source: str = "weibo") -> Failure:
    return Failure("candidate", at, trouble, "不存在", source)


def look(db: Database, number: int, outcome: Snapshot | Failure, now: datetime) -> str:
    with db.write() as c:
        return note_look(c, number, (outcome,), RULES.rechecks, now)


def test_looks_come_at_once_and_after_1_7_30_and_90_days(db: Database, casting: Casting) -> None:
    number = seen(db)
    decide(db, casting, number, "confirm")
    due = []
    for days in (0, 1, 7, 30, 90):
        at = NOW + days * DAY
        assert at_hand(db, number).recheck_at == at
        look(db, number, there(at), at)
        due.append(at)
    assert at_hand(db, number).recheck_at is None


def test_gone_is_believed_of_who_saw_it_before_and_after_a_day(
    db: Database, casting: Casting
) -> None:
    number = seen(db)
    judge(db, casting)
    decide(db, casting, number, "confirm")
    assert look(db, number, not_there(NOW), NOW) == "unknown"
    assert look(db, number, there(NOW + HOUR), NOW + HOUR) == "seen"
    for trouble in (Trouble.BLOCKED, Trouble.UNREADABLE, Trouble.UNREACHABLE):
        assert look(db, number, not_there(NOW + HOUR, trouble), NOW + HOUR) == "unknown"
    assert look(db, number, not_there(NOW + HOUR, source="other"), NOW + HOUR) == "unknown"
    gone = NOW + DAY
    assert look(db, number, not_there(gone), gone) == "gone"
    early = gone + DAY - timedelta(seconds=1)
    assert look(db, number, not_there(early), early) == "gone"
    assert at_hand(db, number).state is CandidateState.CONFIRMED
    assert look(db, number, not_there(gone + DAY), gone + DAY) == "gone"
    assert at_hand(db, number).state is CandidateState.TAKEN_DOWN
    judge(db, casting, gone + DAY)
    assert cases(db) == []


def test_seen_between_two_looks_it_is_not_gone(db: Database, casting: Casting) -> None:
    number = seen(db)
    decide(db, casting, number, "confirm")
    look(db, number, there(NOW), NOW)
    look(db, number, not_there(NOW + DAY), NOW + DAY)
    look(db, number, there(NOW + 2 * DAY), NOW + 2 * DAY)
    look(db, number, not_there(NOW + 3 * DAY), NOW + 3 * DAY)
    assert at_hand(db, number).state is CandidateState.CONFIRMED


def test_a_closed_account_that_is_seen_again_is_back(db: Database, casting: Casting) -> None:
    number = seen(db)
    decide(db, casting, number, "confirm")
    look(db, number, there(NOW), NOW)
    look(db, number, not_there(NOW + DAY), NOW + DAY)
    look(db, number, not_there(NOW + 2 * DAY), NOW + 2 * DAY)
    assert at_hand(db, number).recheck_at == NOW + 3 * DAY
    again = NOW + 3 * DAY
    look(db, number, there(again), again)
    assert at_hand(db, number).state is CandidateState.BACK
    judge(db, casting, again)
    assert [(case.finding.rule, case.finding.level) for case in cases(db)] == [
        ("IMP-03", Level.RED)
    ]


def test_an_unreadable_platform_is_tried_daily_and_ends_nothing(
    db: Database, casting: Casting
) -> None:
    number = seen(db)
    decide(db, casting, number, "confirm")
    now, tries = NOW, 0
    while (due := at_hand(db, number).recheck_at) is not None:
        now, tries = due, tries + 1
        look(db, number, not_there(now, Trouble.BLOCKED), now)
    assert at_hand(db, number).state is CandidateState.CONFIRMED
    assert now - NOW >= 90 * DAY
    assert tries <= 95


def test_a_person_sees_what_machines_cannot(db: Database, casting: Casting) -> None:
    number = seen(db)
    with db.write() as c, pytest.raises(ReviewError, match="尚未确认"):
        witnessed(c, number, False, "李", casting, BOOK, NOW)
    decide(db, casting, number, "confirm")
    with db.write() as c:
        kept = witnessed(c, number, True, "李", casting, BOOK, NOW)
        assert (kept.state, kept.recheck_at) == (CandidateState.CONFIRMED, NOW + DAY)
        kept = witnessed(c, number, False, "李", casting, BOOK, NOW + DAY)
    assert kept.state is CandidateState.TAKEN_DOWN
    assert cases(db) == []
    with db.write() as c:
        kept = witnessed(c, number, True, "王", casting, BOOK, NOW + 2 * DAY)
    assert (kept.state, kept.decided_by) == (CandidateState.BACK, "王")
    assert [case.finding.rule for case in cases(db)] == ["IMP-03"]
