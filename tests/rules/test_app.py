"""APP-01: an app is gone only when every store says so, three times over a day or more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.policy import reconcile
from tests.rules.world import CAL, DAY, HOUR, RULES, account, bj, day
from watcher.model import (
    Account,
    Case,
    Coverage,
    Dossier,
    Exemption,
    Failure,
    FiledState,
    Finding,
    Level,
    Look,
    Profile,
    Sight,
    Sighting,
    Snapshot,
    Trouble,
)
from watcher.rules import judge
from watcher.store.sights import advance

START = bj("2026-03-05 08:00")
APP = account(key="app-1", platform="app", name="三亚政务通")
Said: TypeAlias = tuple[str, ...]  # what each store came to, in order; "partial" is a listing
GONE, BLOCKED, SEEN = "gone", "blocked", "partial"


def reading(at: datetime, said: Said) -> Snapshot | Failure:
    """One reading, merged as watcher.reading does it."""
    looks = tuple(Look(f"store{n}", each) for n, each in enumerate(said))
    failed = [each for each in said if each != SEEN]
    if SEEN in said:
        sighting = Sighting(Profile("1", APP.name), (), Coverage.PARTIAL)
        trouble = Trouble(failed[0]) if failed else None
        return Snapshot(APP.key, at, sighting, "store", trouble=trouble, looks=looks)
    return Failure(APP.key, at, Trouble(failed[0]), "said", "store0", looks=looks)


def sight_after(*said: tuple[float, Said]) -> Sight:
    """What is known after readings at so many hours from START."""
    sight = Sight()
    for hours, each in said:
        sight = advance(sight, reading(START + hours * HOUR, each))
    return sight


def found(sight: Sight, now: datetime | None = None, who: Account = APP) -> Finding | None:
    now = now or (sight.last_reading_at or START) + HOUR
    return next(
        (f for f in judge(Dossier(who, sight), now, RULES, CAL) if f.rule == "APP-01"), None
    )


def gone_at(*hours: float) -> tuple[tuple[float, Said], ...]:
    return tuple((each, (GONE,)) for each in hours)


def test_three_looks_over_a_day_that_show_no_listing_are_a_finding() -> None:
    finding = found(sight_after(*gone_at(0, 12, 24)))
    assert finding is not None
    assert (finding.level, finding.subject, finding.as_of) == (Level.RED, "shelf", START + DAY)
    assert finding.article
    assert finding.facts["window"] == [START.isoformat(), (START + DAY).isoformat()]
    assert (finding.facts["absent_looks"], finding.facts["stores"]) == (3, ["store0"])


@pytest.mark.parametrize("hours", [(0, 24), (0, 1, 23.9), (0,), (30,)])
def test_two_looks_or_less_than_a_day_are_none(hours: tuple[float, ...]) -> None:
    assert found(sight_after(*gone_at(*hours))) is None


def test_a_store_that_shows_the_app_outweighs_the_one_that_does_not() -> None:
    both: Said = (GONE, SEEN)
    assert found(sight_after((0, both), (12, both), (24, both), (36, both))) is None
    assert found(sight_after(*gone_at(0, 12), (13, (SEEN,)), *gone_at(24, 30))) is None


def test_a_store_that_could_not_be_asked_makes_the_look_count_for_nothing() -> None:
    for unasked in (BLOCKED, "unreachable", "unreadable"):
        half: Said = (GONE, unasked)
        assert found(sight_after((0, half), (12, half), (24, half), (48, half))) is None


def test_an_account_that_is_no_app_or_not_in_service_is_not_meant() -> None:
    sight = sight_after(*gone_at(0, 12, 24))
    weibo = account(platform="weibo")
    suspended = replace(APP, filed_state=FiledState.SUSPENDED)
    excused = replace(APP, exemptions=(Exemption(("APP-01",), "升级", "市政府办公室"),))
    lapsed = replace(
        APP, exemptions=(Exemption(("APP-*",), "升级", "市政府办公室", day("2026-03-01")),)
    )
    for who, wanted in ((weibo, False), (suspended, False), (excused, False), (lapsed, True)):
        assert (found(sight, who=who) is not None) is wanted


def test_a_failed_look_neither_closes_an_open_case_nor_opens_one() -> None:
    proved = sight_after(*gone_at(0, 12, 25))
    finding = found(proved)
    assert finding is not None
    case = Case(finding, finding.as_of)
    later = advance(proved, reading(START + 30 * HOUR, (BLOCKED,)))
    now = START + 31 * HOUR
    still = judge(Dossier(APP, later), now, RULES, CAL)
    assert not reconcile([case], still, now, RULES.recent).closed
    assert not [
        c for c in reconcile([], still, now, RULES.recent).opened if c.finding.rule != "SYS-01"
    ]
    back = advance(later, reading(START + 32 * HOUR, (SEEN,)))
    assert found(back) is None


looks = st.lists(
    st.tuples(
        st.integers(1, 40),  # hours since the look before
        st.lists(
            st.sampled_from((GONE, BLOCKED, "unreachable", "unreadable", SEEN)),
            min_size=1,
            max_size=3,
        ),
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(looks)
def test_a_blocked_or_unreachable_look_never_counts(history: list[tuple[int, list[str]]]) -> None:
    sight, shelf = Sight(), list[datetime]()  # the looks that really showed empty shelves
    opened = False
    hours = accumulate(gap for gap, _ in history)
    for hour, (_, said) in zip(hours, history, strict=True):
        at = START + hour * HOUR
        sight = advance(sight, reading(at, tuple(said)))
        if SEEN in said:
            shelf.clear()
        elif set(said) == {GONE}:
            shelf.append(at)
        finding = found(sight, at)
        fresh = finding is not None and at - finding.as_of <= RULES.recent
        proved = len(shelf) >= 3 and shelf[-1] - shelf[0] >= timedelta(hours=24)
        assert not fresh or (proved and set(said) == {GONE})
        assert not proved or set(said) != {GONE} or fresh
        opened |= fresh
        assert finding is None or len(shelf) >= 3


# -- APP-03 ------------------------------------------------------------------------------------


def asked(
    since: datetime,
    last: datetime,
    *,
    answer: str = "no",
    look: str = "partial",
    seen: datetime | None = None,
) -> Dossier:
    """An app whose face says so since then, and what became of the last question."""
    sight = Sight(
        last_reading_at=last,
        last_success_at=seen or last,
        looks=(Look("app_apple", "partial"), Look("app_ipv6", look)),
    )
    face = Profile("1", APP.name, traits={"ipv6": answer, "ipv6_host": "app.example.cn"})
    return Dossier(APP, sight, (), face, since)


def ipv6(d: Dossier) -> Finding | None:
    assert d.sight.last_reading_at is not None
    now = d.sight.last_reading_at + HOUR
    return next((f for f in judge(d, now, RULES, CAL) if f.rule == "APP-03"), None)


def test_a_host_without_ipv6_for_a_day_is_a_finding() -> None:
    finding = ipv6(asked(START, START + DAY))
    assert finding is not None
    assert (finding.level, finding.subject, finding.as_of) == (Level.YELLOW, "ipv6", START + DAY)
    assert finding.facts["host"] == "app.example.cn"


def test_one_answer_or_less_than_a_day_is_none() -> None:
    assert ipv6(asked(START, START)) is None
    assert ipv6(asked(START, START + 23 * HOUR)) is None
    assert ipv6(asked(START, START + 5 * DAY, answer="yes")) is None


@pytest.mark.parametrize(
    ("look", "seen"), [("unreachable", None), ("unreadable", None), ("partial", START)]
)
def test_a_question_without_answer_opens_nothing_and_closes_nothing(
    look: str, seen: datetime | None
) -> None:
    d = asked(START, START + 2 * DAY, look=look, seen=seen)
    finding = ipv6(d)
    assert finding is not None
    assert finding.as_of == START
    now = START + 2 * DAY + HOUR
    assert not reconcile([], [finding], now, RULES.recent).opened
    assert ipv6(asked(START, START + DAY, look=look, seen=seen)) is None
