"""A reading told rule by rule."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.declarative import Step, Told
from tests.collectors.declarative.examples import (
    API,
    API_URL,
    SITE,
    api,
    item,
    news,
    row,
    site,
    told,
)
from tests.collectors.declarative.test_features import BEFORE, POSTS, WHO, who
from tests.collectors.serve import any_json, page


def step(tale: Told, rule: str) -> Step:
    return next(each for each in tale.steps if each.rule == rule)


def test_each_rule_says_what_it_found() -> None:
    html = site(news(*(item(f"A{n}", f"2026-07-{17 - n} 10:00") for n in range(5))))
    tale = told(SITE, html, handle="T12")
    assert tale.sighting is not None
    assert tale.error is None
    assert step(tale, "variables.id").found == ("T12",)
    assert step(tale, "request").note.startswith("status 200")
    assert step(tale, "states[0]") == Step("states[0]", "body 安全验证", note="not challenge")
    assert step(tale, "account.name") == Step("account.name", "h2", ("三亚测试",), 1)
    listed = step(tale, "posts.list")
    assert (listed.count, len(listed.found)) == (5, 3)
    assert step(tale, "posts.id").found == ("A0", "A1", "A2")
    assert step(tale, "posts.time").found[0] == "2026-07-17 10:00 = 2026-07-17 02:00:00 UTC"
    assert tale.steps[-1].rule == "verdict"
    assert tale.steps[-1].note == "complete"


def test_a_selector_that_finds_nothing_gets_a_suggestion() -> None:
    html = site('<ul class="newslist"><li><i class="tim">x</i></li></ul>')
    text = SITE.replace("'ul.news > li'", "'ul.newslst > li'")
    listed = step(told(text, html, handle="T12"), "posts.list")
    assert (listed.count, listed.note) == (0, "finds nothing")
    assert ".newslist" in listed.suggestion
    prefix = step(told(SITE, site('<ul class="news"><p>x</p></ul>'), handle="T12"), "posts.list")
    assert prefix.suggestion.startswith("'ul.news' matches 1, the rest nothing")
    text = SITE.replace("ul.news", "ul.newslist").replace("@data-id", "@data-uid")
    tale = told(text, html, handle="T12")
    assert ".tim" in step(tale, "posts.time").suggestion
    assert "it has data-id" in step(tale, "identity.id").suggestion


def test_a_path_that_breaks_names_the_keys_there() -> None:
    tale = told(API.replace("data.nick", "data.nik.x"), api(row(1)))
    assert step(tale, "account.name").suggestion == "step 2: did you mean 'nick'?"
    tale = told(API.replace("data.list", "dat.list"), api(row(1)))
    assert step(tale, "posts.list").suggestion == "step 1: did you mean 'data'?"
    tale = told(API.replace("data.nick", "data.list.name"), api(row(1)))
    assert "take 0, * or [key=value]" in step(tale, "account.name").suggestion
    tale = told(API, page(API_URL, "<html>"))
    assert step(tale, "account.name").suggestion == "the page is no JSON"


def test_times_that_cannot_be_read_are_shown() -> None:
    tale = told(API, api(row(1, ts="下周一"), row(2)))
    assert step(tale, "posts.time").note == "cannot read '下周一'"
    assert step(tale, "posts.time").suggestion == "formats tried: epoch_s"
    assert tale.steps[-1].note == "partial"


def test_the_state_that_matched_ends_the_states() -> None:
    text = API + "states:\n  - {state: ok, missing: code}\n  - {state: error, present: data}\n"
    tale = told(text + "  - {state: gone, body: x}\n", api(row(1)))
    rules = [each.rule for each in tale.steps if each.rule.startswith("states")]
    assert rules == ["states[0]", "states[1]"]
    assert step(tale, "states[1]").note == "the page is error"
    assert str(tale.error) == "unreachable: error: present data"
    walled = told(API, page(API_URL, "{}", 429))
    assert step(walled, "states").found == ("status 429",)


def test_rows_that_were_left_out_are_counted() -> None:
    text = API.replace(
        "  more:", "  drop_if: [{path: k, equals: 1}]\n  own: {path: by, equals: '{id}'}\n  more:"
    )
    tale = told(text, api(row(1, by=7), row(2, by=8), row(3, k=1), row(4)))
    assert step(tale, "posts.drop_if[0]").count == 1
    assert step(tale, "posts.own").note == "1 own, 1 of others, 1 that do not say"


def test_the_earlier_answer_is_told_too_even_where_it_failed() -> None:
    tale = told(BEFORE, who(), POSTS)  # type: ignore[arg-type]
    assert step(tale, "request.before.take.suid").found == ("a=",)
    assert step(tale, "account.name").found == ("三亚测试",)
    failed = told(BEFORE, page(WHO, '{"ret": 0, "user": {"suidd": 1}}'))
    assert failed.sighting is None
    assert step(failed, "request.before.take.suid").suggestion == "step 2: did you mean 'suidd'?"


def test_no_credential_is_ever_shown() -> None:
    text = API.replace("?id={id}", "?id={id}&t={token}") + "needs: [credential]\n"
    answer = page(API_URL + "&t=s3cr3t", json.dumps({"data": {"uid": 7, "list": [row(1)]}}))
    tale = told(text, answer, token="s3cr3t")
    assert tale.sighting is not None
    assert "s3cr3t" not in repr(tale.steps)


def test_a_page_that_never_came_is_a_verdict() -> None:
    tale = told(API)
    assert str(tale.error).startswith("unreachable")
    assert [each.rule for each in tale.steps][-1] == "verdict"


@settings(deadline=None, max_examples=100)
@given(any_json(), st.sampled_from([API, SITE, BEFORE]))
def test_any_answer_can_be_told(value: object, text: str) -> None:
    body = json.dumps(value) if text != SITE else f"<body data-id=T12>{value}"
    pages = (page(API_URL, body), page(WHO, body), site(body))
    handle = "T12" if text == SITE else "7"
    tale = told(text, *pages, handle=handle)
    assert (tale.sighting is None) != (tale.error is None)
