"""The replica's searches: who is listed for a query, and how a gate looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.replica.stage import NOW
from watcher.replica.core import HOSTS, answer
from watcher.replica.impostors import IMPOSTORS, Truth, crowd, with_crowd
from watcher.replica.matching import likeness, matching
from watcher.replica.sample import sample
from watcher.replica.search import OPERATOR
from watcher.replica.web import Answer, Ask
from watcher.replica.world import Outage, World, view

T0 = datetime(2026, 11, 8, 16, tzinfo=UTC)
DAY = timedelta(days=1)
SHOWN = with_crowd(sample(T0).world, T0)
LOOKUP = ("weibo.com", "/ajax/profile/info")


def ask(world: World, host: str, path: str, cookie: str = "", **query: str) -> Answer:
    headers = {"cookie": cookie} if cookie else {}
    return answer(world, Ask("GET", host, path, query, headers), T0)


@pytest.mark.parametrize(
    ("query", "name", "listed"),
    [
        ("三亚发布", "三亚发步", True),
        ("三亚发布", "發布·三亚", True),
        ("三亚发布", "sanyafabu官方", True),
        ("三亚发布", "在海边的日子", False),
        ("三亚发布", "", False),
        ("", "三亚发布", False),
    ],
)
def test_a_name_is_listed_for_its_characters_or_its_sound(
    query: str, name: str, listed: bool
) -> None:
    assert (likeness(query, name) >= 0.5) is listed


def test_the_likest_come_first_and_accounts_that_are_gone_never() -> None:
    names = [one.name for one in matching(SHOWN, "weibo", "三亚交警", T0)]
    assert names[0] == "三亚交警"
    assert "三亚交警官方" in names
    later = [one.name for one in matching(SHOWN, "weibo", "三亚交警", T0 + 4 * DAY)]
    assert "三亚交警官方" not in later
    back = [one.name for one in matching(SHOWN, "weibo", "三亚交警", T0 + 7 * DAY)]
    assert "三亚交警官方" in back


def test_a_guest_finds_one_name_and_searches_nothing() -> None:
    found = ask(SHOWN, *LOOKUP, "SUB=_2AkMguest", screen_name="三亚发步")
    assert "三亚发步" in found.body.decode()
    nobody = ask(SHOWN, *LOOKUP, "SUB=_2AkMguest", screen_name="三亚发部")
    assert "usernotexists" in nobody.body.decode()
    assert b"-100" in ask(SHOWN, *LOOKUP, screen_name="三亚发步").body
    side = ask(SHOWN, "weibo.com", "/ajax/side/search", "SUB=_2AkMguest", q="三亚发布")
    assert '"users":[]' in side.body.decode()


def test_a_gate_closes_the_search_and_not_the_profiles() -> None:
    gated = replace(SHOWN, gates=(Outage("weibo", T0, T0 + DAY),))
    cookie = f"SUB={OPERATOR}"
    container = "100103type=3&q=三亚发布&t=0"
    users = ("m.weibo.cn", "/api/container/getIndex")
    assert b'"card_type":10' in ask(SHOWN, *users, cookie, containerid=container).body
    assert b"-100" in ask(gated, *users, cookie, containerid=container).body
    assert not view(next(iter(SHOWN.actors.values())), NOW).scenes & {"gone"}


def test_wechats_searches_list_official_accounts_only() -> None:
    where = ("mp.weixin.qq.com", "/cgi-bin/searchbiz")
    cookie = f"slave_sid={OPERATOR}"
    told = ask(SHOWN, *where, cookie, query="三亚人社服务", token="1").body.decode()
    assert "三亚警方服务" in told
    assert "三亚人社服务" not in told, "a 小程序"
    assert b"200003" in ask(SHOWN, *where, query="三亚人社服务", token="1").body


def test_the_hosts_of_searches_are_the_replicas_too() -> None:
    assert {"weixin.sogou.com", "search.bilibili.com"} <= set(HOSTS)


def test_every_impostor_has_its_truth_and_a_victim_where_it_has_one() -> None:
    registered = {account.name for account in sample(T0).accounts}
    for one in IMPOSTORS:
        guilty = one.truth in (Truth.ALERT, Truth.FOUND)
        assert (one.victim in registered) if guilty or one.victim else True, one.name
        assert bool(one.victim) >= guilty
    assert len({(one.platform, one.name) for one in IMPOSTORS}) == len(IMPOSTORS)
    assert len({made.key for made in crowd(T0)}) == len(IMPOSTORS)


def test_names_are_one_to_an_account_on_weibo() -> None:
    names = [one.name for one in SHOWN.actors.values() if one.platform == "weibo"]
    assert len(set(names)) == len(names)
