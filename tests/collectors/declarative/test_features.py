"""The seven features: requests, ways of parsing, fields, times, an earlier request, links, pace."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from collectors import Need, Sure
from collectors.declarative import collector_from
from tests.collectors.declarative.examples import (
    API,
    API_URL,
    SITE,
    api,
    read,
    row,
    spec_of,
    trouble,
)
from tests.collectors.serve import Served, page
from watcher.model import CollectError, Coverage, Pace, Request, Source, Trouble

# -- requests ------------------------------------------------------------------------------


def asked(text: str, *pages: object, **about: object) -> list[Request]:
    served = Served(*pages)  # type: ignore[arg-type]
    source = Source("x", str(about.pop("handle", "7")), about, str(about.pop("name", "")))
    with contextlib.suppress(CollectError):
        asyncio.run(collector_from(spec_of(text)).collect(source, served))
    return served.asked


def test_variables_are_quoted_in_addresses_and_plain_in_bodies() -> None:
    text = API.replace(
        'request: {url: "https://api.site.cn/list?id={id}"}',
        'request: {url: "https://api.site.cn/{id}/list", form: {who: "{id}", n: "10"}, '
        'headers: {X-Who: "{id}", Accept: a/b}}',
    )
    (request,) = asked(text, handle="a/b?c=%3D 三\r\nX: y")
    assert request.url == "https://api.site.cn/a%2Fb%3Fc%3D%253D%20%E4%B8%89%0D%0AX%3A%20y/list"
    assert request.method == "POST"
    assert request.form == {"who": "a/b?c=%3D 三\r\nX: y", "n": "10"}
    assert "\n" not in request.headers["X-Who"]
    assert "\r" not in request.headers["X-Who"]
    assert request.headers["X-Who"].isascii()


def test_a_json_body_keeps_numbers_and_fills_texts() -> None:
    text = API.replace(
        '?id={id}"}', '", json: {page: 1, who: ["{id}", {deep: "x{id}"}], on: true}}'
    )
    (request,) = asked(text)
    assert request.json == {"page": 1, "who": ["7", {"deep": "x7"}], "on": True}


def test_a_setting_that_is_missing_is_named_and_nothing_is_asked() -> None:
    text = API.replace("?id={id}", "?id={id}&c={column}")
    assert trouble(text) == (
        "unreadable: the source has no setting 'column', which the request needs"
    )
    (request,) = asked(text, column=5)
    assert request.url.endswith("&c=5")


def test_a_host_from_a_variable_must_be_one_of_the_hosts() -> None:
    text = API.replace("https://api.site.cn", "https://{id}.site.cn") + "hosts: ['*.site.cn']\n"
    assert asked(text, handle="a")[0].url.startswith("https://a.site.cn/")
    assert asked(text, handle="a.evil.cn/#") == []
    assert asked(text, handle="evil.cn/") == []


def test_redirects_and_conditions_are_passed_on() -> None:
    text = API.replace('{id}"}', '{id}", redirects: false, conditional: true}')
    (request,) = asked(text.replace("coverage: complete", "coverage: partial"))
    assert (request.redirects, request.conditional, request.secret) == (False, True, False)


def test_an_unchanged_page_adds_nothing_and_proves_nothing() -> None:
    text = API.replace('{id}"}', '{id}", conditional: true}').replace("complete", "partial")
    seen = read(text, replace(page(API_URL), status=304, not_modified=True))
    assert (seen.profile, seen.posts, seen.coverage) == (None, (), Coverage.PARTIAL)


def test_a_request_that_carries_a_credential_is_never_logged() -> None:
    text = API.replace("?id={id}", "?id={id}&token={token}") + "needs: [credential]\n"
    (request,) = asked(text, token="s3cret")
    assert request.secret
    assert not asked(API)[0].secret


BEFORE = """
platform: before
coverage: complete
variables: {id: {pattern: '^\\d+$'}}
request:
  before:
    url: "https://api.site.cn/who?id={id}"
    states: [{state: gone, when: {path: ret, equals: 404}}]
    take: {suid: user.suid}
  url: "https://api.site.cn/posts?suid={suid}"
parse: json
account: {name: {before: user.nick}, post_count: {before: user.n}}
posts: {list: list, id: id, title: title, time: {path: ts, format: [epoch_s]}}
identity: {id: {before: user.id}, name: "{expected_name}"}
"""
WHO = "https://api.site.cn/who?id=7"


def who(**user: object) -> object:
    told = {"id": 7, "suid": "a=", "nick": "三亚测试", "n": 3} | user
    return page(WHO, json.dumps({"ret": 0, "user": told}))


POSTS = page("https://api.site.cn/posts?suid=a%3D", json.dumps({"list": [row(1)]}))


def test_an_earlier_answer_gives_variables_and_the_face() -> None:
    seen = read(BEFORE, who(), POSTS)  # type: ignore[arg-type]
    assert seen.profile is not None
    assert seen.profile.name == "三亚测试"
    assert seen.coverage is Coverage.COMPLETE


def test_the_earlier_answer_has_states_and_an_identity_of_its_own() -> None:
    assert trouble(BEFORE, page(WHO, '{"ret": 404}')).startswith("gone: gone")
    assert trouble(BEFORE, page(WHO, "{}", 429)) == "blocked: status 429"
    assert trouble(BEFORE, page(WHO, "<p>登录 验证码</p>")).startswith("blocked: a wall")
    assert trouble(BEFORE, who(suid=None)) == (  # type: ignore[arg-type]
        "unreadable: layout changed: request.before.take.suid 'user.suid' finds nothing"
    )
    assert trouble(BEFORE, who(id=8), POSTS).startswith("unreadable: wrong account")  # type: ignore[arg-type]


def test_a_credential_makes_what_is_answered_to_it_secret_too() -> None:
    text = BEFORE.replace("who?id={id}", "who?id={id}&key={app_key}") + "needs: [credential]\n"
    (first,) = asked(text, app_key="k")
    assert first.secret
    both = asked(text, replace(who(), url=f"{WHO}&key=k"), app_key="k")  # type: ignore[type-var]
    assert [request.secret for request in both] == [True, True]


def test_an_id_that_only_the_earlier_answer_told_does_not_tie_the_page_alone() -> None:
    text = BEFORE.replace("{before: user.id}", '{before: user.suid, equals: "{suid}"}')
    assert read(text, who(), POSTS).coverage is Coverage.PARTIAL  # type: ignore[arg-type]
    seen = read(text, who(), POSTS, name="三亚测试")  # type: ignore[arg-type]
    assert seen.coverage is Coverage.COMPLETE
    assert trouble(text, who(), POSTS, name="别人").startswith("unreadable: wrong account")  # type: ignore[arg-type]


def test_an_earlier_answer_may_not_replace_what_the_handle_says() -> None:
    text = BEFORE.replace("take: {suid", "take: {id: user.id, suid")
    assert trouble(text, who(id=8)).startswith("unreadable: wrong account: the earlier answer")  # type: ignore[arg-type]


OPTIONAL = (
    BEFORE.replace("    states: [", "    optional: true\n    states: [")
    .replace("take: {suid: user.suid}", "take: {nick: user.nick}")
    .replace("suid={suid}", "id={id}")
    .replace("{before: user.id}", "uid")
)


def test_an_optional_earlier_request_may_fail_but_gone_and_waiting_times_are_heard() -> None:
    posts = page("https://api.site.cn/posts?id=7", json.dumps({"uid": 7, "list": [row(1)]}))
    seen = read(OPTIONAL, page(WHO, "{}", 500), posts)
    assert (seen.profile, len(seen.posts)) == (None, 1)
    assert trouble(OPTIONAL, page(WHO, '{"ret": 404}'), posts).startswith("gone")
    needed = BEFORE.replace("    states: [", "    optional: true\n    states: [")
    assert trouble(needed, page(WHO, "{}", 500), posts) == "unreachable: status 500"

    async def wait(request: Request) -> object:
        raise CollectError(Trouble.BLOCKED, "429", retry_after=60.0)

    with pytest.raises(CollectError) as caught:
        asyncio.run(collector_from(spec_of(OPTIONAL)).collect(Source("x", "7"), wait))  # type: ignore[arg-type]
    assert caught.value.retry_after == 60.0


# -- ways of parsing -----------------------------------------------------------------------

STATE = json.dumps({"data": {"uid": 7, "nick": "三亚测试", "list": [row(1)]}})
IN_SCRIPT = API.replace("parse: json", "parse: {json_in_html: {script: 'script#state'}}")
BY_MARKER = API.replace("parse: json", "parse: {json_in_html: {marker: 'window.runtime='}}")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (IN_SCRIPT, f'<p>x</p><script id="state" type="application/json">{STATE}</script>'),
        (IN_SCRIPT, f'<script id="state">window.__STATE__ = {STATE};(function(){{}})()</script>'),
        (BY_MARKER, f"<script>var a=1;window.runtime= {STATE};var b={{}}</script>"),
        (BY_MARKER, f"<script>if(window.runtime=x);window.runtime={STATE}</script>"),
        (BY_MARKER, f"<script>window.runtime=JSON.parse({json.dumps(STATE)})</script>"),
        (BY_MARKER, f'<script>window.runtime={STATE[:-1]},"x":undefined}}</script>'),
        (
            BY_MARKER.replace("runtime='", "runtime=', decode: base64"),
            f'<script>window.runtime="{base64.b64encode(STATE.encode()).decode()}"</script>',
        ),
        (
            BY_MARKER.replace("runtime='", "runtime=', decode: url"),
            '<script>window.runtime="{}"</script>'.format(STATE.replace('"', "%22")),
        ),
    ],
)
def test_json_inside_a_page(text: str, html: str) -> None:
    assert [post.id for post in read(text, page(API_URL, html)).posts] == ["1"]


def test_a_page_without_the_json_is_unreadable_or_a_wall() -> None:
    assert trouble(BY_MARKER, page(API_URL, "<p>window.runtime=</p>")).startswith("unreadable")
    assert trouble(IN_SCRIPT, page(API_URL, "<p>请输入验证码</p>")).startswith("blocked: a wall")


HEADER = """
platform: header
request: {url: "https://down.site.cn/app/{id}", redirects: false}
parse: header
states: [{state: unreadable, missing: location}]
account: {name: {var: expected_name}, traits: {package: {header: location, regex: '/([\\w.]+)\\.\\d{10}\\.apk'}}}
posts:
  list: "."
  id: {header: location, regex: '/([\\w.]+)\\.apk'}
  time: {header: location, regex: '\\.(\\d{10})\\.apk', format: ['%y%m%d%H%M']}
"""  # noqa: E501


def test_a_header_may_be_all_there_is() -> None:
    there = {"location": "https://d.cn/x/cn.sanya.app.2607170830.apk?s=1"}
    seen = read(HEADER, page("https://down.site.cn/app/7", "", 302, there), name="三亚测试")
    assert [(post.id, post.at) for post in seen.posts] == [
        ("cn.sanya.app.2607170830", datetime(2026, 7, 17, 0, 30, tzinfo=UTC))
    ]
    assert seen.profile is not None
    assert seen.profile.traits == {"package": "cn.sanya.app"}
    assert trouble(HEADER, page("https://down.site.cn/app/7", "", 302)).startswith("unreadable")


def test_plain_text_is_read_by_patterns() -> None:
    text = """
platform: plain
request: {url: "https://www.site.cn/{id}.txt"}
parse: text
account: {name: '^名称：(\\S+)'}
posts: {list: ".", id: '编号：(\\w+)', time: '时间：(\\S+)'}
"""
    body = "名称：三亚测试 编号：A1 时间：2026年7月17日"
    seen = read(text, page("https://www.site.cn/7.txt", body))
    assert [(post.id, post.day_only) for post in seen.posts] == [("A1", True)]


# -- collectors as the rest of the watch sees them -----------------------------------------


def test_a_collector_says_what_it_is() -> None:
    more = """
collector: api_list
title: 测试
forms: [app]
sure: reported
needs: [person]
pace: {gap: 20, concurrency: 2}
"""
    made = collector_from(spec_of(API + more), "v2")
    assert (made.name, made.platform, made.title, made.forms) == (
        "api_list",
        "api",
        "测试",
        ("app",),
    )
    assert (made.sure, made.needs, made.pace) == (Sure.REPORTED, {Need.PERSON}, Pace(20, 2))
    assert made.hosts == {"api.site.cn"}
    assert made.paths == ("/list",)
    assert made.sees == {"post_count", "followers"}
    assert made.version == "v2"
    assert made.coverage is Coverage.COMPLETE


LINKED = SITE.replace(
    "request:", "links: ['^https?://www\\.site\\.cn/a/(?P<post>\\w+)\\.html']\nrequest:"
)


def test_a_pasted_link_becomes_a_source() -> None:
    made = collector_from(spec_of(LINKED))
    source = made.recognise(" https://www.site.cn/a/AB.html?from=x ")
    assert source == Source("site", "", {"post": "AB"})
    assert made.recognise("https://www.other.cn/a/AB.html") is None


def test_a_bare_recording_tells_the_handle_by_its_addresses() -> None:
    made = collector_from(spec_of(BEFORE))
    settled = made.settle(Source("before", ""), ("https://x.cn/", WHO, POSTS.url))
    assert (settled.handle, settled.settings) == ("7", {"suid": "a="})
    assert made.settle(Source("before", "9"), (WHO,)).handle == "9"


def test_fifty_kilobytes_are_read_in_five_milliseconds() -> None:
    """CPU time, the best of several, with room for a slow machine."""
    wide = api(*(row(n, n, pad="三" * 300) for n in range(1, 51)))
    assert len(wide.body) > 50_000
    collect = collector_from(spec_of(API)).collect

    def spent() -> float:
        start = time.process_time()
        asyncio.run(collect(Source("x", "7"), Served(wide)))
        return time.process_time() - start

    assert min(spent() for _ in range(7)) < 0.015
