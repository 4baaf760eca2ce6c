"""What is searched for, when, and what may be said of it afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from watcher import store
from watcher.calendar import local
from watcher.candidates import SearchStatus
from watcher.coverage import coverage
from watcher.discovery import (
    Ask,
    Key,
    Known,
    Search,
    Searches,
    Way,
    asked_of,
    gated,
    known_of,
    plan,
    worth,
)
from watcher.model import Account, FiledState, Hits, Profile, Source, Unit
from watcher.names.normal import skeleton
from watcher.queries import PROBES, QUERIES, probes_for, queries_for
from watcher.store.searches import last_searches, note_search, searches_since

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)  # Monday, 12:00 in Beijing
UNIT = Unit("city", "三亚市人民政府办公室")
PROBE = Way("weibo_probe", "weibo", True, 30, probes=True)
SEARCH = Way("weibo_search", "weibo", True, 15)
APPLE = Way("app_apple_search", "app", True, 15)
SEEN, PART, BLIND = SearchStatus.SEARCHED, SearchStatus.PARTIAL, SearchStatus.NOT_SEARCHED


def account(name: str = "三亚发布", platform: str = "weibo", ident: str = "99") -> Account:
    source = Source("weibo", ident)
    return Account(f"{platform}-{ident}", platform, name, UNIT, (source,), platform_id=ident)


def run(
    way: Way, query: str, at: datetime, status: SearchStatus = SEEN, name: str = "", **more: object
) -> Search:
    found = Search(name or query, way.platform, query, way.name, at, status)
    return replace(found, **more)  # type: ignore[arg-type]


def by_key(*runs: Search) -> dict[Key, Search]:
    return {(one.collector, one.name, one.query): one for one in runs}


# -- queries ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["三亚发布", "三亚市教育局", "健康三亚", "三亚12345", "吉", "ABC"])
def test_a_name_itself_is_asked_for_first_and_nothing_twice(name: str) -> None:
    for found, most in ((queries_for(name), QUERIES), (probes_for(name), PROBES)):
        assert found[0] == name
        assert len(set(found)) == len(found) <= most


def test_a_search_asks_for_the_name_without_its_places_kind() -> None:
    assert "三亚教育局" in queries_for("三亚市教育局")
    assert "三亚" not in queries_for("三亚发布"), "half of Hainan"


@pytest.mark.parametrize(
    "taken",
    ["三亚发布官方", "三亚市发布", "三亚文旅推荐官", "三亞發佈", "三亚官方直播间", "三亚发布客服"],
)
def test_probes_ask_for_the_names_that_impersonators_take(taken: str) -> None:
    assert taken in probes_for("三亚发布")


def test_probes_hold_every_kind_of_disguise() -> None:
    told = probes_for("三亚市教育局")
    one_off = [each for each in told if len(each) == 6 and skeleton(each) != "三亚市教育局"]
    assert len(one_off) >= 5, "characters that look or sound alike"
    assert "三亚教育局" in told
    assert any("-" in each for each in told)


def test_long_and_empty_names_ask_for_little_and_do_not_fail() -> None:
    assert probes_for("  ") == ()
    assert queries_for("") == ()
    assert len(probes_for("政" * 200)) <= PROBES


# -- names -----------------------------------------------------------------------------------


def test_names_of_accounts_units_and_the_configuration_are_protected_each_once() -> None:
    gone = replace(account("三亚旧闻", ident="7"), filed_state=FiledState.DEREGISTERED)
    asked = Searches(extra=("三亚政务服务热线", "三亚发布"), left_out=frozenset({"三亚公交"}))
    accounts = (account(), account("三亚公交", ident="8"), gone)
    known = known_of(accounts, (UNIT,), asked)
    assert known.names == ("三亚发布", "三亚政务服务热线", "三亚市人民政府办公室")
    assert ("三亚公交", "8") in known.there["weibo"], "it is known to be there all the same"
    assert known_of((account(),), (UNIT,), replace(asked, units=False)).names[-1] != UNIT.name


def test_a_service_account_is_looked_for_where_wechat_is_searched() -> None:
    known = known_of((account(platform="wechat_service"),), (), Searches())
    assert set(known.there) == {"wechat_subscription"}


# -- when ------------------------------------------------------------------------------------

KNOWN = Known(("三亚发布", "三亚公安"), {})
ASKED = Searches((SEARCH,), begins=7, ends=22, again=timedelta(days=7))


def _day(known: Known, asked: Searches, begin: datetime, minutes: int = 24 * 60) -> list[Search]:
    """A day of a running watch: once a minute, every search answered."""
    last: dict[Key, Search] = {}
    done: list[Search] = []
    for minute in range(minutes):
        now = begin + timedelta(minutes=minute)
        for ask in plan(known, asked, last, done, now):
            hits = 1 if ask.control else 0
            one = run(ask.way, ask.query, now, name=ask.name, hits=hits)
            last[ask.way.name, ask.name, ask.query] = one
            done.append(one)
    return done


def test_a_days_searches_are_spread_over_its_hours_and_within_the_budget() -> None:
    names = tuple(f"三亚{number}局" for number in range(40))
    done = _day(Known(names), ASKED, NOON - timedelta(hours=12))
    hours = [local(one.at).hour for one in done]
    assert len(done) == SEARCH.per_day
    assert min(hours) == 7
    assert max(hours) == 21
    assert all(b.at - a.at >= timedelta(minutes=30) for a, b in pairwise(done))


def test_a_watch_that_starts_late_does_not_make_up_for_lost_time_at_once() -> None:
    names = tuple(f"三亚{number}局" for number in range(40))
    done = _day(Known(names), ASKED, NOON + timedelta(hours=8), 120)
    assert len(done) <= 5


def test_every_names_first_query_comes_before_any_names_second() -> None:
    done = _day(KNOWN, ASKED, NOON - timedelta(hours=5))
    assert [(one.name, one.query) for one in done][:3] == [
        ("三亚发布", "三亚发布"),
        ("三亚公安", "三亚公安"),
        ("三亚发布", "三亚发布官方"),
    ]


def test_the_oldest_answer_is_refreshed_first_and_none_before_its_time() -> None:
    both = [(n, q) for n in KNOWN.names for q in queries_for(n)]
    fresh = {
        ("weibo_search", n, q): run(SEARCH, q, NOON - timedelta(days=3), name=n) for n, q in both
    }
    assert plan(KNOWN, ASKED, fresh, (), NOON) == ()
    name, query = both[1]
    old = run(SEARCH, query, NOON - timedelta(days=7), name=name)
    older = run(SEARCH, both[2][1], NOON - timedelta(days=7, seconds=1), name=both[2][0])
    (ask,) = plan(KNOWN, ASKED, fresh | by_key(old), (), NOON)
    assert (ask.name, ask.query) == (name, query)
    (ask,) = plan(KNOWN, ASKED, fresh | by_key(old, older), (), NOON)
    assert (ask.name, ask.query) == both[2]


@pytest.mark.parametrize(
    ("hour", "due"), [(6, False), (7, True), (12, True), (21, True), (22, False)]
)
def test_nothing_is_searched_at_night(hour: int, due: bool) -> None:
    at = datetime(2026, 11, 22, 16, tzinfo=UTC) + timedelta(hours=hour)
    assert bool(plan(KNOWN, ASKED, {}, (), at)) is due


def test_a_way_that_is_off_or_without_a_budget_asks_nothing() -> None:
    for way in (replace(SEARCH, enabled=False), replace(SEARCH, per_day=0)):
        assert plan(KNOWN, replace(ASKED, ways=(way,)), {}, (), NOON) == ()
    assert plan(Known(), ASKED, {}, (), NOON) == ()


def test_a_gate_closes_its_own_way_until_tomorrow_and_no_other() -> None:
    blocked = run(SEARCH, "三亚发布", NOON - timedelta(hours=4), BLIND, trouble="blocked")
    both = replace(ASKED, ways=(SEARCH, APPLE))
    assert [ask.way for ask in plan(KNOWN, both, by_key(blocked), [blocked], NOON)] == [APPLE]
    tomorrow = NOON + timedelta(hours=19)  # 07:00
    later = plan(KNOWN, both, by_key(blocked), [blocked], tomorrow)
    assert [ask.way for ask in later] == [SEARCH, APPLE]


def test_three_answers_that_nobody_understands_are_a_gate_and_a_dead_network_is_none() -> None:
    def failed(trouble: str) -> list[Search]:
        hours = (timedelta(hours=n) for n in range(1, 4))
        return [run(SEARCH, f"q{h}", NOON - h, BLIND, trouble=trouble) for h in hours]

    assert not gated(failed("unreadable")[:2])
    assert gated(failed("unreadable"))
    assert not gated(failed("unreachable"))
    assert gated(failed("blocked")[:1])


# -- the measure -----------------------------------------------------------------------------

THERE = Known(("三亚公安", "三亚发布"), {"weibo": (("三亚发布", "99"),)})


def test_the_days_first_probe_asks_for_an_account_that_is_there() -> None:
    asked = replace(ASKED, ways=(PROBE,))
    (ask,) = plan(THERE, asked, {}, (), NOON)
    assert ask == Ask(PROBE, "三亚发布", "三亚发布", control=True)
    found = run(PROBE, "三亚发布", NOON - timedelta(hours=4), hits=1)
    (ask,) = plan(THERE, asked, by_key(found), [found], NOON)
    assert (ask.name, ask.control) == ("三亚公安", False)


def test_a_probe_that_does_not_find_the_offices_own_account_has_seen_nothing() -> None:
    ask = Ask(PROBE, "三亚发布", "三亚发布", control=True)
    status, trouble, why = worth(ask, Hits(), THERE)
    assert status is BLIND
    assert trouble
    assert "三亚发布" in why
    assert worth(Ask(PROBE, "三亚公安", "三亚公安"), Hits(), THERE)[0] is SEEN
    there = Hits((Profile("99", "三亚发布"),))
    assert worth(ask, there, THERE)[0] is SEEN


def test_a_search_that_leaves_out_the_offices_own_account_has_shown_a_part() -> None:
    ask = Ask(SEARCH, "三亚发布", "三亚发布")
    others = Hits((Profile("1", "三亚发布官方"),))
    assert worth(ask, others, THERE)[0] is PART
    own = Hits((Profile("99", "三亚发布（改名）"),))
    assert worth(ask, own, THERE)[0] is SEEN, "by its number"
    assert worth(ask, Hits(own.profiles, complete=False), THERE)[0] is PART


# -- coverage --------------------------------------------------------------------------------


def _one(
    known: Known, asked: Searches, *runs: Search, now: datetime = NOON
) -> tuple[SearchStatus, str]:
    (found,) = (c for c in coverage(known, asked, by_key(*runs), now) if c.name == known.names[0])
    return found.status, found.detail


ONLY = Known(("三亚发布",))
YESTERDAY = NOON - timedelta(days=1)


def _all(at: datetime = YESTERDAY, status: SearchStatus = SEEN) -> list[Search]:
    return [run(SEARCH, q, at, status, "三亚发布") for q in asked_of(SEARCH, "三亚发布")]


def test_a_name_is_searched_while_every_query_was_answered_lately() -> None:
    assert _one(ONLY, ASKED, *_all()) == (SEEN, "")
    limit = NOON - 2 * ASKED.again
    assert _one(ONLY, ASKED, *_all(limit + timedelta(seconds=1)))[0] is SEEN
    assert _one(ONLY, ASKED, *_all(limit))[0] is BLIND


def test_one_query_of_several_is_a_part() -> None:
    status, why = _one(ONLY, ASKED, _all()[0])
    assert status is PART
    assert why == "只完成了1/2个检索词"


def test_a_gated_search_is_never_none_found() -> None:
    refused = run(SEARCH, "三亚发布", YESTERDAY, BLIND, trouble="blocked", detail="ok -100")
    assert _one(ONLY, ASKED, refused) == (BLIND, "ok -100")
    assert _one(ONLY, ASKED, _all()[1], refused)[0] is PART


def test_probes_alone_are_never_more_than_a_part() -> None:
    asked = replace(ASKED, ways=(PROBE,))
    every = [run(PROBE, q, YESTERDAY, name="三亚发布") for q in asked_of(PROBE, "三亚发布")]
    status, why = _one(ONLY, asked, *every)
    assert status is PART
    assert "不等于检索" in why
    assert _one(ONLY, replace(ASKED, ways=(PROBE, SEARCH)), *every, *_all())[0] is SEEN


def test_what_was_never_asked_or_is_switched_off_says_so() -> None:
    assert _one(ONLY, ASKED) == (BLIND, "还没有轮到")
    off = replace(ASKED, ways=(replace(SEARCH, enabled=False),))
    assert _one(ONLY, off) == (BLIND, "未启用")


def test_a_way_that_was_switched_off_says_when_it_last_saw() -> None:
    off = replace(ASKED, ways=(replace(SEARCH, enabled=False),))
    seen = by_key(*_all())
    (told,) = coverage(ONLY, off, seen, NOON)
    assert told.status is SearchStatus.PARTIAL, "it was seen, and no longer is"
    assert (told.searched_at, told.due_at) == (YESTERDAY, None)
    assert told.detail.startswith(f"检索方式现已停用；最近检索到 {local(YESTERDAY):%Y-%m-%d %H:%M}")
    (later,) = coverage(ONLY, off, seen, NOON + timedelta(days=90))
    assert later.status is SearchStatus.NOT_SEARCHED
    assert later.detail.startswith(
        f"检索方式现已停用；最近一次检索 {local(YESTERDAY):%Y-%m-%d %H:%M}"
    )
    (gated,) = coverage(ONLY, off, by_key(*_all(status=SearchStatus.NOT_SEARCHED)), NOON)
    assert gated.status is SearchStatus.NOT_SEARCHED
    nowhere = replace(ONLY, there={"weishi": (("三亚发布", "1"),)})
    found = coverage(nowhere, Searches(), {}, NOON)
    assert [(c.platform, c.detail) for c in found] == [("weishi", "本平台没有可用的检索入口")]


def test_coverage_speaks_of_every_name_on_every_platform() -> None:
    asked = replace(ASKED, ways=(SEARCH, PROBE, APPLE))
    found = coverage(KNOWN, asked, {}, NOON)
    assert {(c.name, c.platform) for c in found} == {
        (name, platform) for name in KNOWN.names for platform in ("weibo", "app")
    }
    assert all(c.due_at == NOON for c in found)


# -- rows ------------------------------------------------------------------------------------


def test_searches_are_kept_and_the_last_of_each_query_is_found(tmp_path: Path) -> None:
    db = store.connect(f"sqlite:///{tmp_path / 'w.sqlite'}")
    store.migrate(db)
    first = run(SEARCH, "三亚发布", YESTERDAY, BLIND, trouble="blocked", detail="墙" * 900)
    second = run(SEARCH, "三亚发布", NOON, hits=3)
    with db.write() as c:
        for each in (first, second, run(PROBE, "三亚发布", NOON)):
            note_search(c, each)
    with db.read() as c:
        last = last_searches(c)
        today = searches_since(c, NOON)
        kept = searches_since(c, YESTERDAY)[0]
    db.close()
    assert last["weibo_search", "三亚发布", "三亚发布"] == second
    assert len(last) == 2
    assert len(today) == 2
    assert len(kept.detail) == 500
    assert kept.at.date() == date(2026, 11, 22)
