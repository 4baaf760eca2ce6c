"""A platform that is blind accuses nobody, whatever happens in whatever order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.hours import RANK
from alerts.policy import DEFAULT_POLICY, Changes, after
from tests.rules.world import CAL, DAY, HOUR, RULES, account, bj, dossier, looked, post
from tests.rules.world import Look as Seen
from watcher.model import (
    Case,
    CaseState,
    Dossier,
    Failure,
    FiledState,
    Finding,
    Level,
    Notice,
    Outcome,
    PageRef,
    Post,
    Profile,
    Sighting,
    Snapshot,
    Trouble,
    Why,
)
from watcher.restraint import about_unit, decide
from watcher.rules import judge
from watcher.rules.platform import Ground, judged
from watcher.rules.platform import looked as canary_looked
from watcher.sight import (
    Canary,
    Clearance,
    LaneCount,
    Layout,
    Plan,
    PlatformSight,
    PlatformState,
)

BEGIN = bj("2026-03-02 00:00")
MINUTE = timedelta(minutes=1)
PLAN = Plan(canary=Canary("weibo", "1", "人民日报"), every=30 * MINUTE)
LANE = PlatformSight("weibo", BEGIN)
SAYING = (Why.FIRST, Why.REMINDER, Why.ESCALATION)


def canary(at: datetime, good: bool) -> Outcome:
    if not good:
        return Failure("canary-weibo", at, Trouble.BLOCKED, "432")
    sighting = Sighting(Profile("1", "人民日报"), (Post("c", at - HOUR),))
    return Snapshot("canary-weibo", at, sighting, "weibo")


@dataclass
class World:
    """One account and the canary of its platform, which is now and then in the dark."""

    truth: tuple[Post, ...]
    dark: tuple[tuple[datetime, datetime], ...]
    plan: Plan = PLAN
    sight: PlatformSight = LANE
    dossier: Dossier = field(default_factory=lambda: dossier(post(BEGIN), read_at=BEGIN))
    cases: tuple[Case, ...] = ()
    opened: list[Case] = field(default_factory=list)
    reads_from: datetime = BEGIN
    waits: bool = False

    def is_dark(self, at: datetime) -> bool:
        return any(begin <= at < end for begin, end in self.dark)

    def look_at_canary(self, now: datetime) -> None:
        known = canary_looked(self.sight, self.plan, canary(now, not self.is_dark(now)))
        self.sight = judged(known, Ground(self.plan), now)

    def read(self, now: datetime, lies: bool) -> None:
        """In the dark a reading fails, or shows as complete what was there before."""
        if self.is_dark(now) and not lies:
            self.dossier = looked(self.dossier, Seen(now, "failed"), ())
            return
        since = next((a for a, b in self.dark if a <= now < b), None)
        shown = [
            each for each in self.truth if each.at <= now and (since is None or each.at < since)
        ]
        self.dossier = looked(self.dossier, Seen(now, "complete"), shown)

    def judge(self, now: datetime) -> tuple[Changes, tuple[Notice, ...]]:
        findings = judge(self.dossier, now, RULES, CAL)
        clearance = Clearance(self.sight, self.plan)
        changes, said, self.waits = decide(
            self.cases, findings, self.dossier, clearance, now, DAY, DEFAULT_POLICY, CAL
        )
        self.opened += changes.opened
        kept = after(changes, said)
        self.cases = tuple(case for case in kept if case.state is CaseState.OPEN)
        return changes, said


def units(cases: tuple[Case, ...]) -> dict[tuple[str, str, str], Level]:
    return {c.finding.key: c.finding.level for c in cases if about_unit(c.finding.rule)}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Each darkness is long enough for one look at the canary: no shorter one can be noticed.

    As each begins the account speaks, so that whatever is read in it is a lie.
    """
    plan = replace(PLAN, every=6 * HOUR)
    starts = draw(st.lists(st.integers(3 * 24, 23 * 24), min_size=1, max_size=4, unique=True))
    begins = [BEGIN + hours * HOUR + 7 * MINUTE for hours in sorted(starts)]
    dark = tuple((at, at + draw(st.integers(6, 40)) * HOUR) for at in begins)
    spoken = draw(st.sets(st.integers(2, 24 * 24), max_size=2))
    times = {BEGIN - HOUR, *(BEGIN + n * HOUR for n in spoken), *(at + MINUTE for at in begins)}
    truth = tuple(post(at) for at in sorted(times))
    world = World(truth, dark, plan, dossier=dossier(truth[0], read_at=BEGIN))
    world.reads_from = draw(st.sampled_from([BEGIN, *begins]))  # what was long so is seen at once
    return world


@settings(max_examples=40, deadline=None, derandomize=True)
@given(worlds(), st.lists(st.sampled_from(["read", "lie", "judge"]), min_size=20, max_size=60))
def test_in_the_dark_nobody_is_accused_and_nothing_is_closed(
    world: World, steps: list[str]
) -> None:
    now = BEGIN
    for n in range(24 * 4):
        now += 3 * HOUR
        before = units(world.cases)
        world.look_at_canary(now)
        world.judge(now)
        if world.sight.canary_failures:  # a failed canary closes nothing, and opens nothing
            assert units(world.cases) == before
        now += 3 * HOUR
        before, step = units(world.cases), steps[n % len(steps)]
        if step != "judge" and now >= world.reads_from:
            world.read(now, lies=step == "lie")
        changes, said = world.judge(now)
        if not world.sight.accuses:
            assert not [c for c in changes.opened if about_unit(c.finding.rule)]
            assert all(level == before[key] for key, level in units(world.cases).items())
            assert not [x for x in said if about_unit(x.case.finding.rule) and x.why in SAYING]
        if world.waits:  # what waits is judged again when the canary has been read
            world.look_at_canary(now + MINUTE)
            world.judge(now + MINUTE)
    for case in world.opened:  # no accusation was ever false
        if "window" in case.finding.facts:
            since, until = map(datetime.fromisoformat, case.finding.facts["window"])
            assert not [each for each in world.truth if since < each.at <= until]


# -- one thing at a time ---------------------------------------------------------------------

LATE = BEGIN + 15 * DAY


def silent(read_at: datetime = LATE, **changes: object) -> Dossier:
    return dossier(post(BEGIN), read_at=read_at, who=account(**changes))


def found(d: Dossier, now: datetime = LATE) -> tuple[Finding, ...]:
    return judge(d, now, RULES, CAL)


def opened(d: Dossier, now: datetime = LATE) -> tuple[Case, ...]:
    changes, said, _ = decide((), found(d, now), d, Clearance(), now, DAY, DEFAULT_POLICY, CAL)
    return tuple(replace(case, id=n) for n, case in enumerate(after(changes, said)))


def decided(
    cases: tuple[Case, ...], d: Dossier, sight: PlatformSight, now: datetime, plan: Plan = PLAN
) -> tuple[Changes, tuple[Notice, ...], bool]:
    clearance = Clearance(sight, plan)
    return decide(cases, found(d, now), d, clearance, now, DAY, DEFAULT_POLICY, CAL)


def sight(state: PlatformState = PlatformState.LIVE, **more: object) -> PlatformSight:
    return replace(LANE, state=state, canary_ok_at=LATE, **more)  # type: ignore[arg-type]


CHANGED = Layout("weibo", "data.cards", 4, 5, LATE)
MUTE = [
    sight(PlatformState.BLIND),
    sight(PlatformState.UNCONFIRMED),
    sight(PlatformState.CLOSED),
    sight(PlatformState.DEGRADED, layout=CHANGED),
]
NAMES = ["blind", "unconfirmed", "closed", "layout changed"]


@pytest.mark.parametrize("dark", MUTE, ids=NAMES)
def test_on_a_platform_that_cannot_be_trusted_no_case_opens(dark: PlatformSight) -> None:
    assert opened(silent())
    changes, said, waits = decided((), silent(), dark, LATE)
    assert (changes, said, waits) == (Changes(), (), False)


@pytest.mark.parametrize("dark", MUTE, ids=NAMES)
def test_open_cases_stay_as_they_are_and_nobody_is_reminded(dark: PlatformSight) -> None:
    early = silent(BEGIN + 14 * DAY + HOUR)
    cases = opened(early, BEGIN + 14 * DAY + HOUR)
    later = silent(BEGIN + 31 * DAY)  # by then it is dormant, and reminders are due
    changes, said, _ = decided(cases, later, dark, BEGIN + 31 * DAY)
    assert changes.kept == cases
    assert (changes.opened, changes.closed, said) == ((), (), ())
    vanished = replace(later, sight=replace(later.sight, covered_to=None))
    changes, said, _ = decided(cases, vanished, dark, BEGIN + 31 * DAY)
    assert sorted(c.id or 0 for c in changes.kept) == sorted(c.id or 0 for c in cases)
    assert (changes.closed, said) == ((), ())


@pytest.mark.parametrize("dark", MUTE, ids=NAMES)
def test_a_new_post_closes_even_in_the_dark(dark: PlatformSight) -> None:
    cases = opened(silent())
    now = LATE + DAY
    spoke = looked(silent(), Seen(now, "partial"), [post(BEGIN), post(now - HOUR)])
    changes, said, _ = decided(cases, spoke, dark, now)
    assert {c.finding.rule for c in changes.closed} == {c.finding.rule for c in cases}
    assert {n.why for n in said if about_unit(n.case.finding.rule)} == {Why.RESOLVED}


def test_what_paper_says_ends_a_case_in_the_dark() -> None:
    cases = opened(silent())
    suspended = silent(filed_state=FiledState.SUSPENDED)
    changes, _, _ = decided(cases, suspended, MUTE[0], LATE)
    assert len(changes.closed) == len(cases)


def test_the_week_of_a_reminder_ends_in_the_dark_and_nobody_is_told_of_a_rectification() -> None:
    thursday = bj("2026-03-12 11:00")
    quiet = dossier(post(bj("2026-03-07 10:00")), read_at=thursday)
    cases = opened(quiet, thursday)
    assert [case.finding.rule for case in cases] == ["UPD-01"]
    changes, said, _ = decided(cases, quiet, MUTE[0], bj("2026-03-16 00:10"))
    assert [case.finding.rule for case in changes.closed] == ["UPD-01"]
    assert changes.closed[0].closing == "转为恢复采集后复查"
    assert said == ()


def test_a_finding_waits_until_the_canary_was_seen_well_after_the_reading() -> None:
    early = sight(canary_at=LATE - MINUTE)
    early = replace(early, canary_ok_at=LATE - MINUTE)
    assert decided((), silent(), early, LATE) == (Changes(), (), True)
    good = replace(early, canary_ok_at=LATE + 5 * MINUTE)
    changes, _, waits = decided((), silent(), good, LATE + 5 * MINUTE)
    assert "UPD-04" in {case.finding.rule for case in changes.opened}
    assert not waits
    _, _, waits = decided((), silent(), good, LATE + 66 * MINUTE)  # overdue: it is read first
    assert waits


def test_an_open_case_is_not_raised_while_its_finding_waits() -> None:
    cases = opened(silent(BEGIN + 11 * DAY), BEGIN + 11 * DAY)
    near = next(case for case in cases if case.finding.rule == "UPD-03")
    assert near.finding.level is Level.YELLOW
    urgent = silent(BEGIN + 13 * DAY + HOUR)
    changes, _, waits = decided(cases, urgent, LANE, BEGIN + 13 * DAY + HOUR)
    kept = next(case for case in changes.kept if case.finding.rule == "UPD-03")
    assert waits
    assert RANK[kept.finding.level] == RANK[Level.YELLOW]


def test_what_was_read_in_the_dark_opens_nothing_when_the_light_is_back() -> None:
    doubts = ((LATE - HOUR, LATE + HOUR),)
    back = replace(sight(doubts=doubts), canary_ok_at=LATE + HOUR)
    changes, _, waits = decided((), silent(), back, LATE + 2 * HOUR)
    assert (changes, waits) == (Changes(), False)
    again = silent(LATE + 90 * MINUTE)
    good = replace(back, canary_ok_at=LATE + 2 * HOUR)
    changes, _, _ = decided((), again, good, LATE + 2 * HOUR)
    assert "UPD-04" in {case.finding.rule for case in changes.opened}


@pytest.mark.parametrize(
    ("plan", "sure", "accused"),
    [
        (Plan(), LANE, False),
        (Plan(confirmed_by="王一"), LANE, True),
        (Plan(), replace(LANE, confirmed_by="王一"), True),
        (PLAN, sight(), True),
        (replace(PLAN, canary=Canary("weibo_api", "1", "人民日报")), sight(), False),
    ],
    ids=["nobody", "configured", "said", "its canary", "another's canary"],
)
def test_on_the_word_of_an_unproved_collector_alone_nobody_is_accused(
    plan: Plan, sure: PlatformSight, accused: bool
) -> None:
    clearance = Clearance(sure, plan, frozenset({"weibo"}))
    d = silent()
    changes, _, waits = decide((), found(d), d, clearance, LATE, DAY, DEFAULT_POLICY, CAL)
    assert bool(changes.opened) is accused
    assert not waits


@pytest.mark.parametrize("dark", [None, *MUTE], ids=["seen", *NAMES])
def test_a_persons_word_waits_for_no_canary_but_accuses_nobody_in_the_dark(
    dark: PlatformSight | None,
) -> None:
    d = silent()
    word = PageRef("attest:/王一", 200, "ab" * 32, LATE)
    d = replace(d, sight=replace(d.sight, pages=(word,), attested_until=LATE + 30 * DAY))
    assert d.sight.attested_by == "王一"
    changes, said, waits = decided((), d, dark or LANE, LATE)
    assert bool(changes.opened) is bool(said) is (dark is None)
    assert not waits


def test_without_a_canary_nothing_waits() -> None:
    changes, _, waits = decided((), silent(), LANE, LATE, Plan())
    assert changes.opened
    assert not waits


def blinded(trouble: Trouble) -> Dossier:
    made = silent()
    return replace(made, sight=replace(made.sight, trouble=trouble, trouble_since=LATE, failures=3))


@pytest.mark.parametrize(
    ("dark", "heir"),
    [(MUTE[0], "转为SYS-03"), (MUTE[2], "转为平台关闭"), (MUTE[3], "转为SYS-04")],
    ids=["blind", "closed", "layout"],
)
def test_one_case_for_the_platform_takes_the_place_of_the_accounts(
    dark: PlatformSight, heir: str
) -> None:
    now = LATE + DAY
    d = blinded(Trouble.UNREADABLE)
    cases = tuple(case for case in opened(d, now) if case.finding.rule == "SYS-01")
    assert cases
    changes, said, _ = decided(cases, d, dark, now)
    assert [case.closing for case in changes.closed if not about_unit(case.finding.rule)] == [heir]
    assert not [notice for notice in said if notice.case.finding.rule == "SYS-01"]
    changes, _, _ = decided((), d, dark, now)
    assert changes.opened == ()


def test_counts_of_no_moment_make_no_difference_to_what_is_kept() -> None:
    assert replace(LANE, count=LaneCount(accounts=5)) == LANE


@pytest.mark.parametrize(
    ("hours", "read", "told"),
    [
        (1, False, False),  # its turn has not come since sight returned
        (11, False, False),
        (12, False, True),  # it ought to have been read by now
        (1, True, True),  # it was read, and could not be
    ],
)
def test_when_sight_returns_an_account_is_missed_only_after_its_turn(
    hours: int, read: bool, told: bool
) -> None:
    back = BEGIN + 3 * DAY
    now = back + hours * HOUR
    unread = dossier(post(BEGIN), read_at=BEGIN)
    if read:
        sight = replace(unread.sight, last_reading_at=now, trouble=Trouble.BLOCKED)
        unread = replace(unread, sight=sight)
    over = Clearance(replace(LANE, doubts=((BEGIN + DAY, back),), canary_ok_at=now), PLAN)
    found = [f for f in judge(unread, now, RULES, CAL) if f.rule == "SYS-01"]
    assert found
    changes, _, _ = decide((), found, unread, over, now, DAY, DEFAULT_POLICY, CAL)
    assert bool(changes.opened) is told
