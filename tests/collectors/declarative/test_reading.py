"""What a collector written as YAML sees, and what it refuses to see."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.collectors.declarative.examples import (
    API,
    API_URL,
    SECTION_14,
    SITE,
    SITE_URL,
    api,
    item,
    news,
    read,
    row,
    site,
    trouble,
)
from tests.collectors.serve import NOW, page
from watcher.model import Coverage, Page, Sighting

THEPAPER = "https://api.thepaper.cn/contentapi/cont/pph/gov"
ORDINARY = news(item("AB", "2026-07-17 10:00:00"), item("AC", "07-15 08:30"))


def complete(seen: Sighting) -> bool:
    return seen.coverage is Coverage.COMPLETE


# -- the example of the facts --------------------------------------------------------------


def _thepaper(name: str = "三亚测试") -> str:
    author = {
        "sname": name,
        "pic": "https://img.cn/a/1.png?x",
        "authInfo": "市府",
        "fansNum": "1.2万",
    }
    rows = [{"contId": 9, "name": "通知", "pubTimeLong": 1784300000000, "authorInfo": author}]
    return json.dumps({"data": {"list": rows}})


def test_the_example_of_section_14_reads_as_it_stands() -> None:
    seen = read(SECTION_14, page(THEPAPER, _thepaper()), handle="57944", name="三亚测试")
    assert seen.profile is not None
    assert (seen.profile.name, seen.profile.followers, seen.profile.avatar) == (
        "三亚测试",
        12000,
        "a/1.png",
    )
    assert seen.profile.verified_as == "市府"
    assert [(post.id, post.url) for post in seen.posts] == [
        ("9", "https://www.thepaper.cn/newsDetail_forward_9")
    ]
    assert seen.posts[0].at == datetime.fromtimestamp(1784300000, UTC)
    assert not complete(seen), "nobody said that it may be complete"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (page(THEPAPER, _thepaper("别人")), "unreadable: wrong account: shows account '别人'"),
        (page(THEPAPER, '{"data": null}'), "unreachable: error: missing data.list"),
        (page(THEPAPER, '{"data": {"list": []}}'), "blocked: an empty list proves nothing"),
        (page(THEPAPER, "{}", 403), "blocked: blocked: status [403, 429]"),
        (page(THEPAPER, "{}", 412), "blocked: status 412"),
        (page(THEPAPER, "{}", 502), "unreachable: status 502"),
        (page(THEPAPER, "{}", 404), "unreadable: status 404"),
        (page(THEPAPER, ""), "blocked: an empty answer"),
        (page(THEPAPER, "<title>访问验证</title>"), "blocked: a wall: '访问验证'"),
        (page(THEPAPER, "<title>hello</title>"), "unreadable: layout changed: parse 'no JSON'"),
    ],
)
def test_what_the_example_does_not_see_it_says(answer: Page, said: str) -> None:
    assert trouble(SECTION_14, answer, handle="57944", name="三亚测试").startswith(said)


# -- HTML ----------------------------------------------------------------------------------


def test_a_page_is_read_by_css() -> None:
    face = '<p class="desc">官方</p><img class="head" src="//i.cn/1/abcdef1234567.jpg?sign=1">'
    seen = read(SITE, site(face + ORDINARY), handle="T12")
    assert seen.profile is not None
    assert seen.profile.bio == "官方"
    assert seen.profile.avatar == "abcdef1234567.jpg"
    assert seen.profile.verified is None, "an element that is not there says nothing"
    first, second = seen.posts
    assert (first.id, first.title) == ("AB", "标题 AB")
    assert first.url == "https://www.site.cn/a/AB.html"
    assert first.at == datetime(2026, 7, 17, 2, 0, tzinfo=UTC)
    assert second.at == datetime(2026, 7, 15, 0, 30, tzinfo=UTC), "the year is the latest past one"
    assert complete(seen)
    assert seen.reaches == second.at


def test_a_badge_that_is_an_empty_element_is_a_badge() -> None:
    seen = read(SITE, site('<i class="vip"></i>' + ORDINARY), handle="T12")
    assert seen.profile is not None
    assert seen.profile.verified is True


def test_gbk_is_read_and_a_charset_may_be_forced() -> None:
    html = site(ORDINARY).body.decode()
    assert (
        read(SITE, page(SITE_URL, html.encode("gb18030")), handle="T12").posts[0].title == "标题 AB"
    )
    forced = SITE.replace('.html"}', '.html", charset: gb18030}')
    seen = read(forced, page(SITE_URL, html.encode("gb18030")), handle="T12")
    assert seen.posts[0].title == "标题 AB"


def test_no_row_on_a_page_is_a_changed_layout_not_an_empty_list() -> None:
    said = trouble(SITE, site("<ol><li>x</li></ol>"), handle="T12")
    assert said == "unreadable: layout changed: posts.list 'ul.news > li' finds nothing"


def test_a_handle_of_another_shape_is_refused_before_anything_is_asked() -> None:
    assert trouble(SITE, handle="12") == "unreadable: handle '12' is no site id"


# -- states --------------------------------------------------------------------------------


def test_the_platforms_own_words_are_believed_in_order() -> None:
    assert trouble(SITE, site("该账号已注销"), handle="T12").startswith("gone: gone: body")
    both = site("该账号已注销 安全验证")
    assert trouble(SITE, both, handle="T12").startswith("blocked: challenge")


def test_a_status_that_is_named_is_the_collectors_to_judge() -> None:
    text = SITE.replace("states:", "states:\n  - {state: gone, status: [404], body: '用户不存在'}")
    here = replace(site("用户不存在"), status=404)
    assert trouble(text, here, handle="T12").startswith("gone: gone")
    other = replace(site("页面不存在"), status=404)
    assert trouble(text, other, handle="T12") == "unreadable: status 404"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("{state: private, when: {path: code, in: [5, 7]}}", "blocked: private"),
        ("{state: login, when: {path: msg, matches: '登录'}}", "blocked: login"),
        (
            "{state: banned, when: {path: msg, matches: '登录'}, why: 平台关闭}",
            "banned: banned: 平台关闭",
        ),
        ("{state: unreadable, present: code}", "unreadable: unreadable"),
        ("{state: error, smaller: 5000}", "unreachable: error"),
        ("{state: error, when: {path: data.list, empty: true}}", "unreachable: error"),
        ("{state: blocked, header: {server: '(?i)waf'}}", "blocked: blocked"),
        ("{state: blocked, url: '/list\\?'}", "blocked: blocked"),
    ],
)
def test_every_kind_of_condition(state: str, said: str) -> None:
    text = API + f"states:\n  - {state}\n"
    body = json.dumps({"code": 5, "msg": "请登录", "data": {"list": []}})
    assert trouble(text, page(API_URL, body, headers={"server": "X-WAF"})).startswith(said)


def test_all_conditions_of_an_entry_must_hold_and_ok_ends_the_search() -> None:
    entries = """states:
  - {state: banned, when: {path: code, equals: 0}, body: 没有的话}
  - {state: ok, present: data.list.0.id}
  - {state: error, present: data}
"""
    assert len(read(API + entries, api(row(1))).posts) == 1


def test_a_condition_on_json_holds_of_no_page_that_is_none() -> None:
    text = API + "states:\n  - {state: error, missing: data.list}\n"
    assert trouble(text, page(API_URL, "<html>")).startswith("unreadable: layout changed: parse")


# -- whose page it is ----------------------------------------------------------------------


def test_another_accounts_page_is_never_a_sighting() -> None:
    said = trouble(API, api(row(1), uid=8))
    assert said == "unreadable: wrong account: shows account '8', not '7'"


def test_a_page_without_its_id_is_not_believed() -> None:
    said = trouble(API, api(row(1), uid=None))
    assert said == "unreadable: layout changed: identity.id 'data.uid' finds nothing"


def test_the_name_counts_only_where_there_is_no_id() -> None:
    assert read(API, api(row(1)), name="旧名").posts, "a new name beside the right id is a finding"
    named = API.replace("{id: data.uid}", '{id: data.uid, name: "{expected_name}"}')
    assert complete(read(named, api(row(1), uid=None), name="三亚 测试"))
    said = trouble(named, api(row(1), uid=None), name="别的")
    assert said.startswith("unreadable: wrong account: shows account '三亚测试'")


def test_without_anything_that_ties_the_page_it_is_partial() -> None:
    named = API.replace("{id: data.uid}", '{name: "{expected_name}"}')
    assert not complete(read(named, api(row(1))))
    assert complete(read(named, api(row(1)), name="三亚测试"))


OWN = API.replace("identity: {id: data.uid}", "").replace(
    "  more:", '  own: {path: by, equals: "{id}"}\n  more:'
)


def test_rows_of_others_are_dropped_and_own_rows_tie_the_page() -> None:
    seen = read(OWN, api(row(1, by=7), row(2, 2, by=8)))
    assert [post.id for post in seen.posts] == ["1"]
    assert complete(seen)


def test_a_list_of_others_alone_is_another_accounts() -> None:
    said = trouble(OWN, api(row(1, by=8)))
    assert said == "unreadable: wrong account: every post is somebody else's"


def test_a_row_that_does_not_say_whose_it_is_leaves_the_list_partial() -> None:
    seen = read(OWN, api(row(1, by=7), row(2, 2)))
    assert [post.id for post in seen.posts] == ["1"]
    assert not complete(seen)


def test_an_own_test_may_be_a_pattern_with_the_handle_in_it() -> None:
    text = OWN.replace('{path: by, equals: "{id}"}', "{path: by, matches: '_{id}$'}")
    assert [p.id for p in read(text, api(row(1, by="a_7"), row(2, 2, by="a_77"))).posts] == ["1"]


# -- complete or not -----------------------------------------------------------------------


def test_pinned_posts_do_not_say_how_far_a_list_reaches() -> None:
    seen = read(API, api(row(9, 300, top=1), row(1, 1), row(2, 2)))
    assert complete(seen)
    assert seen.reaches == NOW - timedelta(days=2)
    assert [post.pinned for post in seen.posts] == [True, False, False]


def test_pinned_posts_alone_prove_nothing() -> None:
    assert not complete(read(API, api(row(9, 300, top=1))))


def test_a_list_that_does_not_run_from_new_to_old_is_partial() -> None:
    assert not complete(read(API, api(row(9, 300), row(1, 1))))


def test_a_row_without_a_time_makes_the_list_partial() -> None:
    seen = read(API, api(row(1), {"id": 5, "title": "无时间"}))
    assert [post.id for post in seen.posts] == ["1"]
    assert not complete(seen)


def test_a_row_without_an_id_makes_the_list_partial() -> None:
    assert not complete(read(API, api(row(1), row(2, 2, id=None))))


def test_a_post_from_the_future_is_left_out_and_the_list_is_partial() -> None:
    seen = read(API, api(row(1, -1), row(2, 1)))
    assert [post.id for post in seen.posts] == ["2"]
    assert not complete(seen)
    assert complete(read(API, api(row(1, -0.005), row(2, 1)))), "two clocks may differ by minutes"


def test_rows_none_of_which_can_be_read_are_unreadable() -> None:
    assert trouble(API, api(row(1, ts="x"))).startswith("unreadable: none of 1 rows can be read")


def test_no_more_posts_means_down_to_the_first() -> None:
    assert read(API, api(row(1), more=False)).reaches is None
    assert read(API, api(row(1), more=True)).reaches is not None
    assert read(API, api(row(1))).reaches is not None, "unknown is not no"
    claims = read(API, api(row(1), more=False, total=500))
    assert claims.reaches is not None, "the page counts more than it shows"


def test_an_empty_list_is_a_fact_only_where_zero_posts_are_counted() -> None:
    seen = read(API, api(total=0))
    assert complete(seen)
    assert seen.posts == ()
    assert trouble(API, api(total=12)) == ("blocked: empty list while the account counts 12 posts")
    assert trouble(API, api()) == "blocked: an empty list proves nothing"
    assert trouble(API, api(total=0, uid=8)).startswith("unreadable: wrong account")


def test_the_empty_state_is_no_more_than_an_empty_list() -> None:
    text = API + "states: [{state: empty, len0: data.list}]\n"
    assert complete(read(text, api(total=0)))
    assert trouble(text, api()) == "blocked: an empty list proves nothing"


def test_label_rows_are_dropped_but_a_dated_one_is_not_forgotten() -> None:
    text = API.replace("  more:", "  require: [id, title]\n  more:")
    label = {"id": 3}
    assert complete(read(text, api(row(1), label)))
    assert not complete(read(text, api(row(1), row(2, 2, title=""))))


def test_rows_may_be_dropped_by_what_they_are() -> None:
    text = API.replace("  more:", "  drop_if: [{path: kind, in: ['123', 560]}]\n  more:")
    seen = read(text, api(row(1), row(2, 2, kind=123), row(3, 3, kind="560"), row(4, 4, kind=4)))
    assert [post.id for post in seen.posts] == ["1", "4"]
    assert complete(seen)


def test_a_day_only_list_reaches_to_the_end_of_its_last_day() -> None:
    text = API.replace("format: [epoch_s]", "format: [epoch_s], precision: day")
    seen = read(text, api(row(1, 1), row(2, 2)))
    assert all(post.day_only for post in seen.posts)
    assert seen.reaches == seen.posts[-1].latest


def test_what_must_be_there_and_is_not_is_named() -> None:
    text = API + "mandatory: [name, posts]\n"
    assert trouble(text, api(row(1), nick="")) == (
        "unreadable: layout changed: account.name 'data.nick' finds nothing"
    )


def test_the_best_a_collector_can_do_is_what_it_says() -> None:
    assert not complete(read(API.replace("coverage: complete", "coverage: partial"), api(row(1))))


def test_a_repost_is_marked_and_the_same_id_counts_once() -> None:
    seen = read(API, api(row(1, forward="x"), row(1, forward="x"), row(2, 2)))
    assert [(post.id, post.repost) for post in seen.posts] == [("1", True), ("2", False)]


# -- contradictions ------------------------------------------------------------------------


def test_a_page_without_the_name_it_is_known_by_is_not_believed() -> None:
    named = API.replace("{id: data.uid}", '{name: "{expected_name}"}')
    said = trouble(named, api(row(1), nick=None), name="三亚测试")
    assert said == "unreadable: layout changed: identity.name 'data.nick' finds nothing"


def test_words_of_the_end_in_a_title_close_no_account() -> None:
    body = ORDINARY.replace("标题 AB", "关于该账号已注销的公告")
    assert trouble(SITE, site(body), handle="T12").startswith(
        "unreadable: contradicts itself: gone"
    )


def test_a_count_of_zero_does_not_make_up_for_a_missing_list() -> None:
    counted = '<b class="count">0</b>'
    assert trouble(SITE, site(counted), handle="T12").startswith("unreadable: layout changed")
    text = SITE.replace("states:", "states:\n  - {state: empty, body: 暂无内容}")
    assert complete(read(text, site(counted + "暂无内容"), handle="T12"))


def test_rows_that_all_lost_what_is_required_are_a_changed_layout() -> None:
    text = API.replace("  more:", "  require: [id, title]\n  more:")
    said = trouble(text, api({"ident": 1, "titel": "x"}))
    assert said == "unreadable: layout changed: none of 1 rows has what posts.require names"
    assert not complete(read(text, api(row(1), row(2, 2, id=None)))), "a dated row is no label"


def test_a_base_address_counts_and_an_interface_has_none() -> None:
    here = site('<base href="https://other.cn/x/">' + ORDINARY)
    assert read(SITE, here, handle="T12").posts[0].url == "https://other.cn/a/AB.html"
    text = API.replace("  more:", "  url: link\n  more:")
    (relative, absolute) = read(text, api(row(1, link="/a"), row(2, 2, link="//b.cn/c"))).posts
    assert (relative.url, absolute.url) == (None, "https://b.cn/c")
