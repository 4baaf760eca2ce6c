"""SYS-01, SYS-02, the next judgement, and that blindness never becomes staleness."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.world import (
    CAL,
    DAY,
    HOUR,
    RULES,
    Look,
    account,
    bj,
    day,
    dossier,
    found,
    looked,
    post,
)
from watcher.calendar import midnight
from watcher.model import Dossier, Exemption, FiledState, Finding, Level, Post, Sight, Trouble
from watcher.rules import judge, judge_watch, next_judgement

START = bj("2026-01-05 09:00")


def test_twelve_hours_without_a_complete_reading_are_told_to_the_operator() -> None:
    read = bj("2026-03-05 08:00")
    d = dossier(post(read - HOUR), read_at=read)
    assert "SYS-01" not in found(d, read + 12 * HOUR - timedelta(seconds=1))
    finding = found(d, read + 12 * HOUR)["SYS-01"]
    assert (finding.level, finding.subject, finding.article) == (Level.OPERATOR, "sight", "")
    assert finding.facts["hours"] == 12


def test_an_account_never_seen_is_blind_from_the_first_look_on() -> None:
    at = bj("2026-03-05 08:00")
    sight = Sight(watched_since=at, last_reading_at=at, trouble=Trouble.BLOCKED, failures=1)
    d = Dossier(account(), sight)
    assert set(found(d, at + 12 * HOUR)) == {"SYS-01"}
    assert found(Dossier(account(), Sight()), at) == {}


def test_readings_that_see_only_a_part_leave_us_blind() -> None:
    read = bj("2026-03-05 08:00")
    d = dossier(post(read - HOUR), read_at=read)
    d = replace(d, sight=replace(d.sight, last_success_at=read + 13 * HOUR))
    assert found(d, read + 13 * HOUR)["SYS-01"].facts["partial_only"] is True


def test_an_account_that_is_read_in_part_is_blind_from_its_last_good_reading_on() -> None:
    at = bj("2026-03-05 08:00")
    failed = at + 6 * HOUR
    sight = Sight(
        watched_since=at - 9 * DAY,
        last_reading_at=failed,
        last_success_at=at,
        trouble=Trouble.BLOCKED,
        trouble_since=failed,
        failures=1,
    )
    d = Dossier(account(), sight)
    assert "SYS-01" not in found(d, failed)
    assert found(d, at + 12 * HOUR)["SYS-01"].facts["hours"] == 12
    # a lesser source that stood in for one that never worked is no such sight
    stood_in = replace(sight, trouble_since=at - 9 * DAY, last_success_at=failed, failures=0)
    assert "SYS-01" in found(Dossier(account(), stood_in), failed)


def test_a_source_that_is_complete_only_up_to_yesterday_is_no_blindness() -> None:
    read = bj("2026-03-05 08:00")
    d = dossier(post(read - 9 * DAY), read_at=read)
    d = replace(d, sight=replace(d.sight, covered_to=read - DAY))
    assert "SYS-01" not in found(d, read + HOUR)


def test_a_deregistered_account_may_be_out_of_sight_and_a_suspended_one_may_not() -> None:
    read = bj("2026-03-05 08:00")
    for state, wanted in ((FiledState.DEREGISTERED, False), (FiledState.SUSPENDED, True)):
        d = dossier(read_at=read, who=account(filed_state=state))
        assert ("SYS-01" in found(d, read + DAY)) is wanted


def test_a_missing_notice_is_told_from_mid_november() -> None:
    assert judge_watch(midnight(day("2026-11-14")), RULES, CAL) == ()
    (finding,) = judge_watch(midnight(day("2026-11-15")), RULES, CAL)
    assert (finding.rule, finding.account, finding.facts["year"]) == ("SYS-02", "", 2027)


# -- the next judgement ----------------------------------------------------------------------


def test_a_week_missed_before_a_holiday_is_judged_again_when_work_resumes() -> None:
    read = bj("2026-02-16 00:10")
    d = dossier(post(bj("2026-02-06 10:00")), read_at=read)
    turns, now = [], read
    while (then := next_judgement(d, now, RULES, CAL)) is not None:
        turns.append(then)
        now = then
    assert turns == [read + 12 * HOUR, bj("2026-02-23 00:00"), bj("2026-02-24 00:00")]


def shape(findings: tuple[Finding, ...]) -> set[tuple[object, ...]]:
    return {(each.key, each.level) for each in findings}


@settings(deadline=None)
@given(
    st.integers(0, 40 * 24 * 60),
    st.integers(0, 40 * 24 * 60),
    st.integers(0, 30 * 24 * 60),
    st.booleans(),
)
def test_nothing_changes_before_the_next_judgement(
    posted: int, read: int, later: int, exempt: bool
) -> None:
    at = START + timedelta(minutes=posted)
    read_at = at + timedelta(minutes=read)
    now = read_at + timedelta(minutes=later)
    until = Exemption(("UPD-*",), "系统维护", "市政府办公室", until=day("2026-02-20"))
    d = dossier(post(at), read_at=read_at, who=account(exemptions=(until,) if exempt else ()))
    then = next_judgement(d, now, RULES, CAL)
    before = shape(judge(d, now, RULES, CAL))
    if then is None:
        assert shape(judge(d, now + 300 * DAY, RULES, CAL)) == before
    else:
        assert then > now
        assert shape(judge(d, then - timedelta(seconds=1), RULES, CAL)) == before


# -- blindness is never silence --------------------------------------------------------------

hours = st.integers(0, 60 * 24)
posted = st.lists(hours, max_size=12, unique=True)
looks = st.lists(
    st.tuples(
        hours, st.sampled_from(("complete", "complete", "partial", "failed")), st.integers(1, 4)
    ),
    max_size=25,
    unique_by=lambda look: look[0],
)


def history(when: list[tuple[int, str, int]], truth: list[Post]) -> Dossier:
    d = Dossier(account(), Sight())
    for hour, kind, depth in sorted(when):
        d = looked(d, Look(START + hour * HOUR, kind, depth), truth)
    return d


def accusations(d: Dossier, now: datetime) -> dict[str, Finding]:
    return {rule: each for rule, each in found(d, now).items() if rule.startswith("UPD")}


@settings(max_examples=200, deadline=None)
@given(posted, looks, st.integers(0, 30 * 24))
def test_no_finding_claims_silence_where_a_post_was_or_where_nobody_looked(
    posts: list[int], when: list[tuple[int, str, int]], later: int
) -> None:
    truth = [post(START + hour * HOUR) for hour in posts]
    d = history(when, truth)
    complete = [START + hour * HOUR for hour, kind, _ in when if kind == "complete"]
    now = START + (max((hour for hour, _, _ in when), default=0) + later) * HOUR
    for finding in accusations(d, now).values():
        since, as_of = map(datetime.fromisoformat, finding.facts["window"])
        assert as_of == max(complete)
        assert not [each for each in truth if since < each.at <= as_of]
        assert d.sight.covered_from is None or d.sight.covered_from <= since
        assert finding.facts["age_days"] * DAY <= as_of - since
        if finding.rule in ("UPD-01", "UPD-02"):
            week = midnight(day(finding.facts["week_start"]))
            assert not [each for each in truth if week <= each.at <= as_of]


@settings(max_examples=100, deadline=None)
@given(posted, looks, st.lists(hours, max_size=10, unique=True))
def test_failures_add_no_finding_about_a_unit(
    posts: list[int], when: list[tuple[int, str, int]], failed: list[int]
) -> None:
    truth = [post(START + hour * HOUR) for hour in posts]
    taken = {hour for hour, _, _ in when}
    worse = [*when, *((hour, "failed", 1) for hour in failed if hour not in taken)]
    now = START + 70 * DAY
    plain, blind = history(when, truth), history(worse, truth)
    blind = replace(blind, sight=replace(blind.sight, watched_since=plain.sight.watched_since))
    assert accusations(blind, now).keys() == accusations(plain, now).keys()


@settings(max_examples=100, deadline=None)
@given(posted, looks, st.lists(hours, max_size=10, unique=True))
def test_readings_that_fail_instead_of_seeing_accuse_of_no_longer_silence(
    posts: list[int], when: list[tuple[int, str, int]], broken: list[int]
) -> None:
    truth = [post(START + hour * HOUR) for hour in posts]
    spoiled = [(h, "failed" if i in broken else k, n) for i, (h, k, n) in enumerate(sorted(when))]
    now = START + 70 * DAY
    d = history(spoiled, truth)
    for finding in accusations(d, now).values():
        since, as_of = map(datetime.fromisoformat, finding.facts["window"])
        assert not [each for each in truth if since < each.at <= as_of]


@settings(max_examples=100, deadline=None)
@given(posted, hours, st.integers(1, 60 * 24))
def test_one_post_more_never_makes_an_account_staler(
    posts: list[int], extra: int, read: int
) -> None:
    now = START + read * HOUR
    truth = [post(START + hour * HOUR) for hour in posts if hour <= read]
    more = [*truth, post(START + min(extra, read) * HOUR, id="extra")]
    watched = START - 90 * DAY
    before = accusations(dossier(*truth, read_at=now, watched_since=watched), now)
    after = accusations(dossier(*more, read_at=now, watched_since=watched), now)
    silent = max((f.facts["age_days"] for f in before.values()), default=0)
    assert all(f.facts["age_days"] <= silent for f in after.values())


def test_a_judgement_of_forty_posts_takes_less_than_a_tenth_of_a_millisecond() -> None:
    now = START + 100 * DAY
    d = dossier(*(post(now - n * HOUR) for n in range(40)), read_at=now)
    assert min(_cpu_seconds(d, now) for _ in range(5)) < 100e-6


def _cpu_seconds(d: Dossier, now: datetime) -> float:
    begun = process_time()
    for _ in range(200):
        judge(d, now, RULES, CAL)
    return (process_time() - begun) / 200
