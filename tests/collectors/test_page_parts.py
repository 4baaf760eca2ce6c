"""What collectors of pages share: whose a payload is, states in scripts, pins, pasted links."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors._order import pins_on_top
from collectors._pasted import links_in
from collectors._whose import Match, Owner, differ, main_id, match
from collectors._xhr import dig, script_data, script_state, unfold
from collectors.toutiao_article import _LINKS, _POST
from tests.collectors.serve import Served, any_json, page
from watcher.model import CollectError, Post, Trouble

EID, NUMBER, TOKEN = "3xours0123456", "990180534002", "MS4wLjABAAAAours"


# -- whose it is ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "name", "asked", "grounds"),
    [
        ({EID}, "别的名字", set(), Match.ID),
        ({EID, "sanyafabu"}, "", set(), Match.ID),
        ({"3xtheirs01234"}, "三亚发布", {EID}, Match.NONE),
        ({"sanyafabu"}, "三亚发布", set(), Match.NAME),
        ({"sanyafabu"}, "三亚日报", {EID}, Match.NONE),
        ({"sanyafabu"}, "", {EID}, Match.ASKED),
        ({"sanyafabu"}, "", {"3xtheirs01234"}, Match.NONE),
        ({NUMBER}, "三亚发布", {EID}, Match.NAME),
        (set(), "", {EID}, Match.NONE),
        (set(), "", set(), Match.NONE),
    ],
)
def test_ids_of_one_kind_decide_then_the_filed_name_then_what_was_asked(
    ids: set[str], name: str, asked: set[str], grounds: Match
) -> None:
    owner = Owner(frozenset({EID}), "三亚发布")
    assert match(owner, frozenset(ids), name, frozenset(asked)) is grounds


def test_a_stranger_with_the_same_name_is_a_stranger() -> None:
    owner = Owner(frozenset({EID}), "三亚发布").learns({NUMBER})
    assert match(owner, frozenset({"990000000001"}), "三亚发布") is Match.NONE
    assert not differ(frozenset({EID}), frozenset({NUMBER, "sanyafabu"}))


def test_the_main_id_is_one_that_nobody_chose() -> None:
    assert main_id(frozenset({"sanyafabu", NUMBER, TOKEN})) == TOKEN
    assert main_id(frozenset({"sanyafabu"})) == "sanyafabu"
    assert main_id(frozenset()) == ""


# -- states in scripts ---------------------------------------------------------------------


def test_a_state_is_javascript_and_not_json() -> None:
    html = (
        "<script>if(window.__S__){go()}</script><script>window.__S__ = "
        '{"a":undefined,"b":"undefined } { \\"","c":"\\u002F","d":[NaN,1]};run();</script>'
    )
    assert script_state(html, "__S__") == {
        "a": None,
        "b": 'undefined } { "',
        "c": "/",
        "d": [None, 1],
    }


def plain(value: Any) -> str:
    """As JSON, with null for what JSON has no word for."""
    return re.sub(r"-?Infinity|NaN", "null", json.dumps(value))


@given(any_json())
def test_whatever_is_assigned_is_read(value: Any) -> None:
    value = json.loads(plain(value))  # a page is JSON, with no infinities
    text = json.dumps({"v": value}).replace("</", "<\\/")
    got = script_state(f"<script>window.__S__={text};x()</script>", "__S__")
    assert plain(got) == plain({"v": value})


@pytest.mark.parametrize("tail", ['\\"' * 200_000, '{"' * 100_000, "undefined," * 50_000, '"' * 9])
def test_a_hostile_state_costs_no_more_than_its_length(tail: str) -> None:
    began = time.process_time()
    assert script_state(f"window.__S__={{{tail}", "__S__") is None
    assert time.process_time() - began < 2


@given(st.text(max_size=80))
def test_scripts_of_any_kind_are_none_or_a_value(text: str) -> None:
    script_state(f"window.__S__={{{text}", "__S__")
    script_data(f'<script id="D">{text}</script>', "D")


def test_a_path_looks_through_vues_references() -> None:
    state = {"user": {"notes": {"_rawValue": [1], "_value": []}, "page": {"_value": {"a": 1}}}}
    assert dig(state, "user.notes") == [1]
    assert dig(state, "user.page.a") == 1
    assert dig(state, "user.none.a") is None


# -- pins ----------------------------------------------------------------------------------

NOON = datetime(2026, 7, 17, 4, 0, tzinfo=UTC)


def listed(*days: float, pinned: int = 0) -> list[Post]:
    return [
        Post(str(n), NOON - timedelta(days=day), pinned=n < pinned) for n, day in enumerate(days)
    ]


@pytest.mark.parametrize(
    ("days", "pinned", "marks", "ordered"),
    [
        ((0, 1, 2), 0, 0, True),
        ((90, 0, 1), 0, 1, True),
        ((90, 0, 1), 1, 1, True),
        ((90, 80, 0, 1), 1, 2, True),
        ((0, 3, 2), 0, 0, False),
        ((6, 5, 4, 3, 2, 1, 0), 0, 0, False),
        ((0, -0.02, 1), 0, 0, True),
        ((), 0, 0, True),
    ],
)
def test_old_posts_on_top_are_pins_and_old_posts_below_are_disorder(
    days: tuple[float, ...], pinned: int, marks: int, ordered: bool
) -> None:
    posts, runs = pins_on_top(listed(*days, pinned=pinned))
    assert (sum(post.pinned for post in posts), runs) == (marks, ordered)


# -- pasted links --------------------------------------------------------------------------

POST = "7663409029837750349"


def test_links_are_found_in_whatever_was_pasted() -> None:
    text = f"【三亚防汛提示】http://m.toutiao.com/i{POST}/，快看 https://example.cn/ "
    assert links_in({"links": text}, _LINKS) == (f"https://m.toutiao.com/i{POST}/",)
    with pytest.raises(CollectError, match="no link"):
        links_in({"links": ["https://example.cn/"]}, _LINKS)
    with pytest.raises(CollectError, match="no link"):
        links_in({}, _LINKS)


async def test_a_short_link_is_followed_to_what_we_know() -> None:
    short, long = "https://m.toutiao.com/is/a/", f"https://www.toutiao.com/article/{POST}/"
    hop = page(short, "", 302, {"location": long})
    assert (await unfold(short, Served(hop), _POST))["id"] == POST
    for target in ("", "/relative", "https://www.toutiao.com/"):
        with pytest.raises(CollectError) as caught:
            await unfold(short, Served(page(short, "", 302, {"location": target})), _POST)
        assert caught.value.trouble in (Trouble.UNREADABLE, Trouble.UNREACHABLE)
