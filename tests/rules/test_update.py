"""UPD-01 to UPD-07 at their limits, on the real calendar of 2026."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.rules.world import (
    CAL,
    DAY,
    HOUR,
    RULES,
    account,
    bj,
    day,
    dossier,
    found,
    levels,
    page,
    post,
)
from watcher.model import Exemption, FiledState, Level, Profile, StoredPost
from watcher.rules import judge

SECOND = timedelta(seconds=1)
MONDAY = bj("2026-03-02 09:00")  # 2026-W10, an ordinary week


# -- two weeks -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "wanted"),
    [
        (10 * DAY - SECOND, {}),
        (10 * DAY, {"UPD-03": "yellow"}),
        (13 * DAY - SECOND, {"UPD-03": "yellow"}),
        (13 * DAY, {"UPD-03": "orange"}),
        (14 * DAY, {"UPD-03": "orange"}),
        (14 * DAY + SECOND, {"UPD-04": "red"}),
        (30 * DAY, {"UPD-04": "red"}),
        (30 * DAY + SECOND, {"UPD-04": "red", "UPD-05": "orange"}),
        (90 * DAY + SECOND, {"UPD-04": "red", "UPD-05": "red"}),
    ],
)
def test_days_of_silence_climb_the_ladder(age: timedelta, wanted: dict[str, str]) -> None:
    now = MONDAY + age
    by_age = levels(dossier(post(MONDAY), read_at=now), now)
    assert {rule: level for rule, level in by_age.items() if rule > "UPD-02"} == wanted


def test_a_finding_of_two_weeks_carries_its_proof() -> None:
    now = MONDAY + 15 * DAY
    finding = found(dossier(post(MONDAY, repost=True), read_at=now), now + HOUR)["UPD-04"]
    assert finding.as_of == now
    assert finding.article
    facts = json.loads(json.dumps(finding.facts))
    assert (facts["days"], facts["at_least"]) == (15, False)
    assert facts["last_post"]["repost"] is True
    assert facts["reading"]["pages"] == [
        {
            "url": page(now).url,
            "status": 200,
            "sha256": page(now).sha256,
            "at": now.isoformat(),
        }
    ]


def test_time_that_passes_without_a_reading_adds_no_silence() -> None:
    d = dossier(post(MONDAY), read_at=MONDAY + 9 * DAY)
    assert not {"UPD-03", "UPD-04"} & set(found(d, MONDAY + 60 * DAY))


def test_silence_before_the_stretch_we_know_is_not_claimed() -> None:
    now = MONDAY + 100 * DAY
    d = dossier(post(MONDAY), read_at=now, covered_from=now - 11 * DAY)
    findings = found(d, now)
    assert "UPD-03" in findings
    assert "UPD-04" not in findings
    assert (findings["UPD-03"].facts["days"], findings["UPD-03"].facts["at_least"]) == (11, True)


def test_a_post_that_a_partial_source_saw_after_the_reading_ends_the_silence() -> None:
    read = MONDAY + 15 * DAY
    d = dossier(post(MONDAY), read_at=read)
    d = replace(d, sight=replace(d.sight, last_post=post(read + HOUR)))
    assert levels(d, read + 2 * HOUR) == {}


def test_a_day_without_a_time_is_judged_by_its_last_moment() -> None:
    only_day = post(bj("2026-03-02 00:00"), day_only=True)
    now = bj("2026-03-16 12:00")
    assert "UPD-04" not in found(dossier(only_day, read_at=now), now)
    now = bj("2026-03-17 00:00")
    assert "UPD-04" in found(dossier(only_day, read_at=now), now)


def test_a_post_dated_in_the_future_is_no_update() -> None:
    now = MONDAY + 15 * DAY
    d = dossier(post(MONDAY), post(now + 400 * DAY, pinned=True), read_at=now)
    assert "UPD-04" in found(d, now)


def test_a_forward_counts_unless_the_rules_say_otherwise() -> None:
    now = MONDAY + 15 * DAY
    d = dossier(post(MONDAY), post(now - DAY, repost=True), read_at=now)
    assert "UPD-04" not in found(d, now)
    assert "UPD-04" in found(d, now, replace(RULES, reposts_count=False))


def test_an_account_that_never_posted_is_judged_from_its_opening() -> None:
    now = bj("2026-03-20 12:00")
    who = account(opened_on=day("2026-02-01"), approved_on=day("2026-03-03"))
    assert "UPD-04" in found(dossier(read_at=now, who=who), now)
    late = replace(who, approved_on=day("2026-03-06"))
    assert "UPD-04" not in found(dossier(read_at=now, who=late), now)


def test_an_account_that_never_posted_and_has_no_dates_is_judged_from_the_watch_on() -> None:
    now = bj("2026-03-20 12:00")
    assert "UPD-04" in found(dossier(read_at=now, watched_since=now - 15 * DAY), now)
    assert "UPD-04" not in found(dossier(read_at=now, watched_since=now - 14 * DAY), now)


# -- the week --------------------------------------------------------------------------------


def test_a_missed_week_is_told_from_the_first_working_day_after_it() -> None:
    last = post(bj("2026-03-01 23:59"))
    read = bj("2026-03-09 00:01")
    assert "UPD-02" not in found(dossier(last, read_at=bj("2026-03-08 23:59")), read)
    finding = found(dossier(last, read_at=read), read)["UPD-02"]
    assert (finding.subject, finding.level) == ("week", Level.YELLOW)
    assert (finding.facts["week"], finding.facts["working_days"]) == ("2026-W10", 5)
    assert finding.facts["deadline"] == "2026-03-11"


@pytest.mark.parametrize("at", ["2026-03-02 00:00", "2026-03-08 23:59", "2026-03-09 00:00"])
def test_one_post_in_the_week_or_since_satisfies_it(at: str) -> None:
    read = bj("2026-03-09 08:00")
    assert "UPD-02" not in found(dossier(post(bj(at)), read_at=read), read)


def test_two_missed_weeks_in_a_row_are_one_graver_finding() -> None:
    read = bj("2026-03-16 08:00")
    finding = found(dossier(post(bj("2026-02-28 10:00")), read_at=read), read)["UPD-02"]
    assert finding.level is Level.ORANGE
    assert finding.facts["weeks"] == ["2026-W11", "2026-W10"]


def test_spring_festival_excuses_the_week_but_not_the_fortnight() -> None:
    """The example of domain.md §0: post on 02-09, next on 02-28."""
    last, read = post(bj("2026-02-09 10:00")), bj("2026-02-24 09:00")
    findings = levels(dossier(last, read_at=read), read)
    assert findings == {"UPD-04": "red"}


def test_a_week_missed_before_a_holiday_is_told_after_it() -> None:
    last, read = post(bj("2026-02-06 10:00")), bj("2026-02-16 00:10")  # W07 missed
    d = dossier(last, read_at=read)
    assert "UPD-02" not in found(d, bj("2026-02-23 23:59"))
    assert found(d, bj("2026-02-24 00:00"))["UPD-02"].facts["week"] == "2026-W07"


def test_a_week_with_one_working_sunday_is_required() -> None:
    last, read = post(bj("2024-02-10 10:00")), bj("2024-02-19 00:10")  # W07: Sunday 02-18 works
    assert found(dossier(last, read_at=read), read)["UPD-02"].facts["week"] == "2024-W07"


def test_a_week_not_wholly_seen_is_not_called_empty() -> None:
    read = bj("2026-03-09 08:00")
    monday = bj("2026-03-02 00:00")
    old = post(bj("2026-01-05 10:00"))
    assert "UPD-02" in found(dossier(old, read_at=read, covered_from=monday), read)
    assert "UPD-02" not in found(dossier(old, read_at=read, covered_from=monday + SECOND), read)


def test_a_case_stays_proven_while_we_are_blind() -> None:
    d = dossier(post(bj("2026-03-01 10:00")), read_at=bj("2026-03-09 08:00"))
    finding = found(d, bj("2026-03-24 08:00"))["UPD-02"]
    assert (finding.facts["weeks"], finding.level) == (["2026-W10"], Level.YELLOW)


@pytest.mark.parametrize(("opened", "counts"), [("2026-03-04", True), ("2026-03-05", False)])
def test_the_first_week_of_a_new_account_counts_if_it_opened_by_wednesday(
    opened: str, counts: bool
) -> None:
    read = bj("2026-03-09 08:00")
    d = dossier(post(bj("2026-02-01 10:00")), read_at=read, who=account(opened_on=day(opened)))
    assert ("UPD-02" in found(d, read)) is counts


def test_weeks_before_an_account_opened_do_not_count() -> None:
    read = bj("2026-03-16 08:00")
    who = account(approved_on=day("2026-03-05"))
    finding = found(dossier(post(bj("2026-01-05 10:00")), read_at=read, who=who), read)["UPD-02"]
    assert finding.facts["weeks"] == ["2026-W11"]


# -- the Thursday reminder -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "at"),
    [
        ("2026-03-05 09:59", "2026-03-05 10:00"),  # an ordinary Thursday
        ("2026-09-30 09:59", "2026-09-30 10:00"),  # Thursday 10-01 is off
        ("2024-02-18 09:59", "2024-02-18 10:00"),  # only that Sunday works
    ],
)
def test_the_reminder_comes_on_thursday_or_the_working_day_before(before: str, at: str) -> None:
    last = post(bj(at) - 9 * DAY)
    assert "UPD-01" not in found(dossier(last, read_at=bj(before)), bj(at))
    finding = found(dossier(last, read_at=bj(at)), bj(at))["UPD-01"]
    assert finding.level is Level.BLUE


def test_the_reminder_ends_with_the_week() -> None:
    d = dossier(post(bj("2026-03-01 10:00")), read_at=bj("2026-03-06 10:00"))
    assert "UPD-01" in found(d, bj("2026-03-08 23:59"))
    assert "UPD-01" not in found(d, bj("2026-03-09 00:00"))


def test_a_week_without_a_working_day_reminds_nobody() -> None:
    read = bj("2026-02-19 12:00")
    assert "UPD-01" not in found(dossier(post(bj("2026-02-13 10:00")), read_at=read), read)


# -- the rest --------------------------------------------------------------------------------


def test_only_an_unverified_wechat_account_risks_its_end() -> None:
    now = MONDAY + 180 * DAY
    for who, wanted in (
        (account(platform="wechat_subscription", verified=False), True),
        (account(platform="wechat_subscription", verified=True), False),
        (account(platform="wechat_subscription", verified=None), False),
        (account(platform="weibo", verified=False), False),
    ):
        d = dossier(post(MONDAY), read_at=now, who=who)
        assert ("UPD-06" in found(d, now)) is wanted
    shown = Profile(handle="x", name="x", verified=True)
    who = account(platform="wechat_subscription", verified=False)
    d = replace(dossier(post(MONDAY), read_at=now, who=who), profile=shown)
    assert "UPD-06" not in found(d, now)


@pytest.mark.parametrize(
    ("late", "backdatable", "wanted"),
    [(49, True, True), (48, True, False), (49, False, False)],
)
def test_a_post_first_seen_long_after_its_date_is_doubted(
    late: int, backdatable: bool, wanted: bool
) -> None:
    seen = MONDAY + late * HOUR
    doubtful = StoredPost(post(MONDAY, id="x1"), seen, backdatable)
    d = replace(dossier(post(MONDAY, id="x1"), read_at=seen), posts=(doubtful,))
    finding = found(d, seen).get("UPD-07")
    assert (finding is not None) is wanted
    if finding is not None:
        assert (finding.subject, finding.as_of) == ("x1", seen)
        assert finding.facts["claimed_at"] == MONDAY.isoformat()


@pytest.mark.parametrize(
    "who",
    [
        account(filed_state=FiledState.SUSPENDED),
        account(filed_state=FiledState.NOTICE_PERIOD),
        account(filed_state=FiledState.DEREGISTERED),
        account(enabled=False),
        account(platform="app"),
        account(platform="wechat_miniprogram", verified=False),
        account(exemptions=(Exemption(("UPD-*",), "机构改革", "市政府办公室"),)),
    ],
)
def test_an_account_that_owes_no_updates_is_left_alone(who: object) -> None:
    now = MONDAY + 200 * DAY
    d = replace(dossier(post(MONDAY), read_at=now), account=who)  # type: ignore[arg-type]
    assert judge(d, now, RULES, CAL) == ()


def test_an_exemption_covers_its_rules_through_its_last_day() -> None:
    last_day = Exemption(("UPD-04",), "系统维护", "市政府办公室", until=day("2026-03-20"))
    read = bj("2026-03-20 12:00")
    d = dossier(post(MONDAY), read_at=read, who=account(exemptions=(last_day,)))
    assert set(found(d, bj("2026-03-20 23:59"))) == {"UPD-01", "UPD-02"}
    assert "UPD-04" in found(d, bj("2026-03-21 00:00"))


def test_a_disabled_rule_finds_nothing() -> None:
    now = MONDAY + 15 * DAY
    off = {**RULES.rules, "UPD-04": replace(RULES.rules["UPD-04"], enabled=False)}
    d = dossier(post(MONDAY), read_at=now)
    assert "UPD-04" not in found(d, now, replace(RULES, rules=off))
