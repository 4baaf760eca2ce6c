from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.model import FiledState, Level
from watcher.replica.simulated import simulated_world
from watcher.replica.timetable import ZONE
from watcher.replica.truth import Eyes, truths
from watcher.replica.world import Outage, Scene

DAY = timedelta(days=1)


def beijing(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


START, END = beijing("2026-11-02"), beijing("2027-01-01")


def told(*posts, eyes=None, start=START, end=END):
    """The first truth of each rule and subject."""
    rows = truths("a", [beijing(p) for p in posts], start, end, eyes or Eyes())
    return {(t.rule, t.subject): t for t in reversed(rows)}


def levels(truth):
    return [(s.level, s.since) for s in truth.steps]


def test_a_week_without_a_post_is_reminded_on_thursday_at_ten():
    found = told("2026-11-06 09:00", "2026-11-13 09:00", "2026-11-16 09:00", end=START + 15 * DAY)
    week = found["UPD-01", "2026-W46"]
    assert levels(week) == [(Level.BLUE, beijing("2026-11-12 10:00"))]
    assert week.until == beijing("2026-11-13 09:00")
    assert set(found) == {("UPD-01", "2026-W46")}


def test_a_thursday_off_moves_the_reminder_to_the_working_day_before():
    found = told("2026-09-24 09:00", "2026-10-20 09:00", start=beijing("2026-09-20"))
    assert found["UPD-01", "2026-W40"].since == beijing("2026-09-30 10:00")


def test_a_week_without_working_days_is_neither_reminded_nor_missed():
    run = {"start": beijing("2026-02-01"), "end": beijing("2026-02-25")}
    found = told("2026-02-13 09:00", "2026-02-24 09:00", **run)
    assert ("UPD-01", "2026-W08") not in found
    assert ("UPD-02", "") not in found


def test_a_missed_week_is_told_on_the_first_working_day_after_it():
    found = told("2026-09-27 09:00", "2026-10-09 09:00", start=beijing("2026-09-20"))
    missed = found["UPD-02", ""]
    assert levels(missed) == [(Level.YELLOW, beijing("2026-10-08 00:00"))]
    assert missed.until == beijing("2026-10-09 09:00")


def test_the_second_missed_week_in_a_row_is_orange():
    found = told("2026-11-06 09:00", "2026-11-24 09:00")
    assert levels(found["UPD-02", ""]) == [
        (Level.YELLOW, beijing("2026-11-16")),
        (Level.ORANGE, beijing("2026-11-23")),
    ]


def test_silence_grows_from_near_to_overdue_to_dormant_to_zombie():
    found = told("2026-11-03 09:00", end=beijing("2027-01-01"))
    assert levels(found["UPD-03", ""]) == [
        (Level.YELLOW, beijing("2026-11-13 09:00")),
        (Level.ORANGE, beijing("2026-11-16 09:00")),
    ]
    assert found["UPD-03", ""].until == beijing("2026-11-17 09:00")
    assert levels(found["UPD-04", ""]) == [(Level.RED, beijing("2026-11-17 09:00"))]
    assert found["UPD-04", ""].until is None
    assert levels(found["UPD-05", ""]) == [(Level.ORANGE, beijing("2026-12-03 09:00"))]


def test_what_was_so_before_the_start_is_so_at_the_start():
    found = told("2026-07-01 09:00")
    assert levels(found["UPD-05", ""]) == [(Level.RED, START)]
    assert levels(found["UPD-02", ""]) == [(Level.ORANGE, START)]
    assert ("UPD-03", "") not in found


def test_an_outage_delays_the_proof_and_may_prevent_it():
    closed = (Outage("weibo", beijing("2026-11-16 00:00"), beijing("2026-11-18 00:00")),)
    posts = ("2026-11-06 10:00", "2026-11-17 09:00", "2026-12-30 09:00")
    late = told(posts[0], posts[2], eyes=Eyes(closed))["UPD-03", ""]
    assert late.steps[0].provable == beijing("2026-11-18 00:00")
    assert ("UPD-03", "") not in told(*posts[:2], eyes=Eyes(closed), end=beijing("2026-11-20"))


def test_a_source_of_days_counts_to_the_days_end_and_proves_the_next_morning():
    found = told("2026-11-03 09:00", "2026-11-30 09:00", eyes=Eyes(daily=True))
    red = found["UPD-04", ""]
    assert red.since == beijing("2026-11-17 23:59:59")
    assert red.steps[0].provable == beijing("2026-11-18 08:00")
    assert red.visible_end == beijing("2026-12-01 08:00")


def test_a_source_of_days_accuses_no_earlier_than_the_morning_after_an_outage():
    closed = (Outage("wechat", beijing("2026-11-18 06:00"), beijing("2026-11-20 03:00")),)
    red = told("2026-11-03 09:00", eyes=Eyes(closed, daily=True))["UPD-04", ""]
    assert red.steps[0].provable == beijing("2026-11-20 08:00")


def test_one_who_looks_every_ten_hours_has_read_by_then_if_the_eyes_stay_open():
    looks, seen = timedelta(hours=10), beijing("2026-11-16 08:00")
    dark = Outage("weibo", beijing("2026-11-16 17:00"), beijing("2026-11-18 00:00"))
    later = Outage("weibo", beijing("2026-11-16 18:00"), beijing("2026-11-18 00:00"))
    assert Eyes().surely(seen, looks) == beijing("2026-11-16 18:00")
    assert Eyes((later,)).surely(seen, looks) == beijing("2026-11-16 18:00")
    assert Eyes((dark,)).surely(seen, looks) == beijing("2026-11-18 10:00")


def test_a_source_of_days_rests_at_midnight():
    late = beijing("2026-11-16 20:00")
    assert Eyes(daily=True).surely(late, timedelta(hours=10)) == beijing("2026-11-17 18:00")


moments = st.lists(
    st.integers(0, 200 * 24 * 60).map(lambda m: beijing("2026-05-01") + timedelta(minutes=m)),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(moments, st.booleans())
def test_every_truth_lies_between_two_posts_and_inside_its_run(posts, daily):
    start, end = beijing("2026-06-01"), beijing("2026-11-01")
    eyes = Eyes(daily=daily)
    counted = sorted(eyes.counted(p) for p in posts)
    for truth in truths("a", posts, start, end, eyes):
        assert start <= truth.since < (truth.until or end) <= end
        assert not any(truth.since <= at < (truth.until or end) for at in counted)
        assert all(s.since <= s.provable < (truth.until or end) for s in truth.steps)
        assert all(a.since < b.since for a, b in pairwise(truth.steps))


@settings(max_examples=60, deadline=None)
@given(moments)
def test_one_more_post_never_adds_silence(posts):
    start, end = beijing("2026-06-01"), beijing("2026-11-01")

    def red(times):
        rows = truths("a", [beijing("2026-04-30"), *times], start, end, Eyes())
        return sum(((t.until or end) - t.since for t in rows if t.rule == "UPD-04"), timedelta())

    assert red([*posts, beijing("2026-08-01 12:00")]) <= red(posts)


def test_excused_suspended_and_partial_accounts_are_never_accused():
    simulated = simulated_world(1, 60, START, END)
    accused = {t.account for t in simulated.truth if t.rule.startswith("UPD-")}
    for account in simulated.accounts:
        if (
            account.exemptions
            or account.filed_state is not FiledState.ACTIVE
            or account.sources[0].collector == "feed"
        ):
            assert account.key not in accused
    assert len(accused) > 20


def test_nothing_can_be_proved_of_an_account_while_it_is_banned_or_gone():
    simulated = simulated_world(1, 60, START, END)
    away = {one.name: one.acts for one in simulated.world.actors.values() if one.acts}
    names = {account.key: account.name for account in simulated.accounts}
    assert {act.scene for acts in away.values() for act in acts} == {Scene.BANNED, Scene.GONE}
    told = [t for t in simulated.truth if names[t.account] in away and t.rule.startswith("UPD-")]
    assert told
    for truth in told:
        for act in away[names[truth.account]]:
            ends = act.ends or END
            # What was read just before stays good evidence for a day.
            assert not any(act.begins + DAY < s.provable < ends for s in truth.steps)
            assert (
                truth.visible_end is None
                or not act.begins <= truth.visible_end < ends
                or (truth.rule == "UPD-01")
            )  # a week ends by the calendar


def test_a_simulation_shows_every_rule_and_every_surface():
    units, accounts, world, truth = simulated_world(1, 60, beijing("2026-08-01"), START + 27 * DAY)
    assert {t.rule for t in truth} >= {f"UPD-0{n}" for n in range(1, 6)}
    assert {a.sources[0].collector for a in accounts} == {
        "weibo", "wechat_api", "feed", "govsite",
    }  # fmt: skip
    assert {a.unit for a in accounts} <= set(units)
    assert {o.platform for o in world.outages} == {"weibo", "wechat", "feed", "govsite"}
    assert any(s.level is Level.RED for t in truth for s in t.steps)


def test_a_year_holds_every_story_and_what_must_be_found_of_it():
    simulated = simulated_world(1, 130, beijing("2026-01-01"), beijing("2026-07-20"))
    rules = {t.rule for t in simulated.truth if not t.rule.startswith("UPD-")}
    assert rules == {
        "CHG-01", "DER-01", "DER-02", "DER-03", "DER-04", "DER-06", "FIL-02", "FIL-03", "FIL-04",
        "FIL-07", "OFF-01", "OFF-02", "SUS-01", "SUS-02", "SUS-03",
    }  # fmt: skip
    entries = simulated.ledger
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert {entry.filing.account for entry in entries} <= {a.key for a in simulated.accounts}
