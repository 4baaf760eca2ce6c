"""Weibo as a guest: what is read, what is proved, and what is only a wall."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors._weibo import count, moment, plain
from collectors._weibo_guest import VISITOR
from collectors.weibo import INDEX, INFO, collect, collector, handshake
from tests.collectors._weibo_stub import NOW, Answers, Turns
from watcher.model import CollectError, Coverage, Page, Sighting, Source, Trouble

UID = "2803301701"
SOURCE = Source("weibo", UID)
PROFILE = f"{INDEX}?type=uid&value={UID}"
TIMELINE = f"{PROFILE}&containerid=107603{UID}"
NOTHING = {"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}
GEETEST = {"ok": -100, "errno": "-100", "msg": "", "url": "https://m.weibo.cn/api/geetest?x=1"}
LOGIN = {"ok": -100, "url": "https://passport.weibo.com/sso/signin?entry=wapsso"}


def user(total: int | None = 3, uid: str = UID, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": int(uid),
        "screen_name": "三亚发布",
        "description": "三亚市政府新闻办官方微博",
        "profile_image_url": "https://tvax1.sinaimg.cn/crop.0.0.180.180.180/ab12.jpg?KID=i&ssig=x",
        "verified": True,
        "verified_type": 1,
        "verified_reason": "三亚市人民政府新闻办公室",
        "followers_count": "145.5万",
        **more,
    }
    return told if total is None else told | {"statuses_count": total}


def profile(total: int | None = 3, uid: str = UID, **more: Any) -> dict[str, Any]:
    tabs = [{"tab_type": "weibo", "containerid": f"107603{uid}"}]
    return {"ok": 1, "data": {"userInfo": user(total, uid, **more), "tabsInfo": {"tabs": tabs}}}


def card(number: int, created: str = "", uid: str = UID, **more: Any) -> dict[str, Any]:
    blog = {
        "id": str(5100000000000000 + number),
        "bid": f"Pbid{number}",
        "created_at": created or f"Sun Nov {22 - number:02} 09:30:00 +0800 2026",
        "text": f"第{number}条<br /><a href='/n/x'>@三亚</a>",
        "user": user(None, uid) | {"followers_count": 1363591},
        **more,
    }
    return {"card_type": 9, "mblog": blog}


def timeline(*cards: dict[str, Any], since: int | None = None) -> dict[str, Any]:
    info = {"total": len(cards)} | ({"since_id": since} if since else {})
    return {"ok": 1, "data": {"cardlistInfo": info, "cards": list(cards)}}


async def read(first: Any, second: Any = None) -> Sighting:
    table = {url: said for url, said in ((PROFILE, first), (TIMELINE, second)) if said is not None}
    return await collect(SOURCE, Answers(table))


async def trouble(first: Any, second: Any = None) -> Trouble:
    with pytest.raises(CollectError) as caught:
        await read(first, second)
    return caught.value.trouble


def html(text: str, status: int = 200, url: str = PROFILE, **headers: str) -> Page:
    return Page(url, status, text.encode(), NOW, headers)


async def test_a_lively_account_is_read_whole():
    seen = await read(profile(3), timeline(card(1), card(2), card(3)))
    assert seen.coverage is Coverage.COMPLETE
    assert seen.reaches is None
    assert seen.profile is not None
    assert (seen.profile.name, seen.profile.followers) == ("三亚发布", 1_455_000)
    assert (seen.profile.verified_type, seen.profile.avatar) == ("1", "ab12.jpg")
    assert seen.profile.verified_as == "三亚市人民政府新闻办公室"
    first = seen.posts[0]
    assert first.at == datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
    assert first.title == "第1条 @三亚"
    assert first.url == f"https://weibo.com/{UID}/Pbid1"


async def test_a_full_page_of_many_posts_reaches_to_its_oldest_that_is_not_pinned():
    cards = [card(0, "Wed Jan 07 08:00:00 +0800 2026", isTop=1), *map(card, range(1, 10))]
    seen = await read(profile(1553), timeline(*cards, since=4646131823281332))
    assert seen.coverage is Coverage.COMPLETE
    assert seen.reaches == datetime(2026, 11, 13, 1, 30, tzinfo=UTC)
    assert [post.pinned for post in seen.posts].count(True) == 1


async def test_a_thin_page_of_many_posts_proves_no_silence():
    seen = await read(profile(1553), timeline(card(1), card(2)))
    assert (seen.coverage, len(seen.posts)) == (Coverage.PARTIAL, 2)


async def test_a_profile_that_does_not_count_posts_proves_no_silence():
    seen = await read(profile(None), timeline(*map(card, range(1, 11))))
    assert seen.coverage is Coverage.PARTIAL


async def test_only_pinned_posts_on_a_page_with_more_behind_it_prove_no_silence():
    pins = [card(n, isTop=1) for n in range(10)]
    assert (await read(profile(99), timeline(*pins))).coverage is Coverage.PARTIAL


@pytest.mark.parametrize(
    "mark",
    [
        {"isTop": 1},
        {"mblogtype": 2},
        {"title": {"text": "置顶", "base_color": 1}},
        {"profile_type_id": "proweibotop_510"},
    ],
)
async def test_each_mark_of_a_pinned_post_is_known(mark):
    seen = await read(profile(2), timeline(card(1, **mark), card(2)))
    assert [post.pinned for post in seen.posts] == [True, False]


async def test_the_pin_may_be_marked_on_the_card():
    top = card(1) | {"profile_type_id": "proweibotop_510"}
    seen = await read(profile(2), timeline(top, card(2) | {"profile_type_id": "proweibo_51"}))
    assert [post.pinned for post in seen.posts] == [True, False]


async def test_edits_reposts_and_groups_are_marked_and_foreign_posts_dropped():
    edited = card(2, edit_count=2, edit_at="Sat Nov 21 10:00:00 +0800 2026")
    repost = card(3, retweeted_status={"id": "1", "user": None})
    group = {"card_type": 11, "card_group": [card(4), {"card_type": 42, "desc": "推荐"}]}
    stranger = card(5, uid="1999999999")
    seen = await read(profile(3), timeline(edited, repost, group, stranger))
    assert [post.id[-1] for post in seen.posts] == ["2", "3", "4"]
    assert seen.posts[0].edited_at == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    assert [post.repost for post in seen.posts] == [False, True, False]


async def test_a_list_of_strangers_only_is_the_wrong_account():
    stranger = card(1, uid="1999999999")
    assert await trouble(profile(3), timeline(stranger)) is Trouble.UNREADABLE


async def test_a_strangers_profile_is_the_wrong_account():
    wrong = profile(3, uid="1999999999")
    assert await trouble(wrong, timeline(card(1))) is Trouble.UNREADABLE


async def test_a_group_without_tabs_uses_the_known_container():
    first = profile(1)
    del first["data"]["tabsInfo"]
    assert len((await read(first, timeline(card(1)))).posts) == 1


@pytest.mark.parametrize("listed", [NOTHING, timeline()])
async def test_an_empty_list_is_believed_when_the_profile_counts_none(listed):
    seen = await read(profile(0), listed)
    assert (seen.coverage, seen.posts, seen.reaches) == (Coverage.COMPLETE, (), None)


@pytest.mark.parametrize("listed", [NOTHING, timeline()])
async def test_a_guest_view_that_hides_posts_is_a_wall(listed):
    assert await trouble(profile(812), listed) is Trouble.BLOCKED


async def test_nothing_here_is_neither_empty_nor_gone():
    assert await trouble(NOTHING, NOTHING) is Trouble.UNREADABLE
    assert await trouble(profile(None), NOTHING) is Trouble.UNREADABLE


@pytest.mark.parametrize(
    ("why", "means"),
    [("usernotexists&code=100001", Trouble.GONE), ("userblock&code=20003", Trouble.BANNED)],
)
async def test_what_is_in_doubt_is_asked_at_the_other_door(why, means):
    sorry = {"ok": 0, "error_type": "link", "url": f"https://weibo.com/sorry?{why}"}
    with pytest.raises(CollectError) as caught:
        await collect(SOURCE, Answers({PROFILE: NOTHING, f"{INFO}?uid={UID}": sorry}))
    assert caught.value.trouble is means


async def test_the_other_door_in_silence_leaves_the_doubt():
    for said in ({"ok": 1, "data": {"user": user()}}, html("", 302), html("", 403)):
        with pytest.raises(CollectError) as caught:
            await collect(SOURCE, Answers({PROFILE: NOTHING, f"{INFO}?uid={UID}": said}))
        assert caught.value.trouble is Trouble.UNREADABLE


async def test_the_profile_alone_is_a_partial_sighting():
    seen = await read(profile(3))
    assert seen.profile is not None
    assert (seen.coverage, seen.posts) == (Coverage.PARTIAL, ())


async def test_the_timeline_alone_brings_the_profile_of_its_posts():
    alone = timeline(card(1, user=user(1)))
    seen = await read(None, alone)
    assert seen.profile is not None
    assert (seen.profile.name, seen.coverage) == ("三亚发布", Coverage.COMPLETE)


async def test_the_timeline_in_place_of_the_profile_tells_the_profile_too():
    alone = timeline(card(1, user=user(1)))
    seen = await read(alone, alone)
    assert (len(seen.posts), seen.coverage) == (1, Coverage.COMPLETE)


async def test_the_profile_in_place_of_the_timeline_proves_nothing():
    seen = await read(profile(3), profile(3))
    assert (seen.coverage, seen.posts) == (Coverage.PARTIAL, ())


async def test_nothing_recorded_is_unreachable():
    assert await trouble(None, None) is Trouble.UNREACHABLE


SORRY = "https://weibo.com/sorry"
REFUSALS: list[tuple[str, Any, Trouble]] = [
    ("captcha", GEETEST, Trouble.BLOCKED),
    ("login", LOGIN, Trouble.BLOCKED),
    ("432", html("", 432), Trouble.BLOCKED),
    ("418", html("I'm a teapot", 418), Trouble.BLOCKED),
    ("414", html("Request-URI Too Large", 414), Trouble.BLOCKED),
    ("403", html('{"error":"Forbidden"}', 403), Trouble.BLOCKED),
    ("empty", html(""), Trouble.BLOCKED),
    ("visitor page", html("<title>Sina Visitor System</title>"), Trouble.BLOCKED),
    (
        "visitor redirect",
        html("", 302, location="https://visitor.passport.weibo.cn/visitor/visitor?a=enter"),
        Trouble.BLOCKED,
    ),
    ("login page", html("<html>", url="https://passport.weibo.cn/signin/login"), Trouble.BLOCKED),
    ("too often", {"ok": 0, "msg": "访问频次过高"}, Trouble.BLOCKED),
    ("wrong method", {"ok": 0, "errno": "100007", "msg": "不符合的请求方式"}, Trouble.UNREADABLE),
    ("server", html("oops", 502), Trouble.UNREACHABLE),
    ("no such page", html("<html>404</html>", 404), Trouble.UNREADABLE),
    ("no such user", {"ok": 0, "msg": "该用户不存在(20003)"}, Trouble.GONE),
    ("no such user, 404", html("<p>用户不存在</p>", 404), Trouble.GONE),
    ("sorry, none", html("", url=f"{SORRY}?usernotexists&code=100001"), Trouble.GONE),
    (
        "sorry in JSON",
        {"ok": 0, "error_type": "link", "url": f"{SORRY}?usernotexists&msg=%E6"},
        Trouble.GONE,
    ),
    ("sorry, blocked", html("", 302, location=f"{SORRY}?userblock&code=20003"), Trouble.BANNED),
    (
        "closed after complaints",
        {"ok": 0, "msg": "该账号因被投诉违反《微博社区公约》的相关规定，现已无法查看。"},
        Trouble.BANNED,
    ),
    ("closed by owner", {"ok": 0, "msg": "该账号因用户自行申请关闭，现已无法查看。"}, Trouble.GONE),
    (
        "risky",
        html("<p>该账号行为异常，存在安全风险，用户验证之前暂时不能查看。</p>"),
        Trouble.BANNED,
    ),
    ("half JSON", html('{"ok":1,"data":{"user'), Trouble.UNREADABLE),
    ("deep JSON", html("[" * 100_000), Trouble.UNREADABLE),
    ("a list", html("[1]"), Trouble.UNREADABLE),
    ("no data", {"ok": 1}, Trouble.UNREADABLE),
]


@pytest.mark.parametrize(("said", "means"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS])
async def test_each_refusal_means_what_the_platform_means(said, means):
    assert await trouble(said) is means
    if means is not Trouble.UNREACHABLE:
        assert await trouble(profile(3), said) is means


async def test_a_card_may_say_that_the_account_is_closed():
    said = timeline({"card_type": 58, "desc": "该账号因用户自行申请关闭，现已无法查看。"})
    assert await trouble(profile(3), said) is Trouble.GONE


async def test_a_post_that_quotes_a_verdict_is_a_post():
    quote = card(
        1, text="有网友问：该账号因被投诉违反《微博社区公约》的相关规定，现已无法查看。怎么办？"
    )
    assert len((await read(profile(1), timeline(quote))).posts) == 1


async def test_a_refused_session_is_renewed_once():
    fetch = Answers({PROFILE: Turns(GEETEST, profile(1)), TIMELINE: timeline(card(1))})
    assert (await collect(SOURCE, fetch)).coverage is Coverage.COMPLETE
    assert [request.renew for request in fetch.asked] == [False, True, False]
    assert {request.session for request in fetch.asked} == {"guest"}


async def test_a_second_refusal_of_the_same_reading_is_a_wall():
    fetch = Answers({PROFILE: Turns(html("", 432), profile(1)), TIMELINE: html("", 432)})
    with pytest.raises(CollectError, match="432"):
        await collect(SOURCE, fetch)
    assert [request.renew for request in fetch.asked].count(True) == 1


async def test_every_request_looks_like_the_sites_own():
    fetch = Answers({PROFILE: profile(1), TIMELINE: timeline(card(1))})
    await collect(SOURCE, fetch)
    for request in fetch.asked:
        assert request.mobile
        assert request.headers["Referer"] == f"https://m.weibo.cn/u/{UID}"
        assert request.headers["MWeibo-Pwa"] == "1"


@pytest.mark.parametrize("handle", ["", "三亚发布", "12", "../x", "1" * 30])
async def test_a_handle_that_is_no_uid_asks_nothing(handle):
    fetch = Answers({})
    with pytest.raises(CollectError):
        await collect(Source("weibo", handle), fetch)
    assert not fetch.asked


VISITOR_PAGE = f"{VISITOR}/visitor?entry=sinawap&a=enter&url=https%3A%2F%2Fm.weibo.cn%2F"
TICKETS = 'window.visitor_gray_callback && visitor_gray_callback({"retcode":20000000,"msg":"succ",'
TICKETS += '"data":{"sub":"_2AkMsub","subp":"0033subp"}})'


async def test_the_handshake_earns_the_guests_cookies():
    asked = Page(
        VISITOR_PAGE,
        200,
        b'var request_id = "ab12";',
        NOW,
        {"set-cookie": "SVB=x; Path=/, T=deleted"},
    )
    fetch = Answers({VISITOR_PAGE: asked, f"{VISITOR}/genvisitor2": TICKETS})
    session = await handshake(SOURCE, fetch)
    assert session.cookies == {"SVB": "x", "SUB": "_2AkMsub", "SUBP": "0033subp"}
    assert fetch.asked[-1].method == "POST"
    assert fetch.asked[-1].form is not None
    assert fetch.asked[-1].form["request_id"] == "ab12"


async def test_the_handshake_does_without_the_visitor_page():
    session = await handshake(SOURCE, Answers({f"{VISITOR}/genvisitor2": TICKETS}))
    assert session.cookies["SUB"] == "_2AkMsub"


@pytest.mark.parametrize(
    "said", ["", "x(", 'cb({"retcode":50111261,"data":{}})', 'cb({"retcode":20000000,"data":[]})']
)
async def test_a_refused_handshake_is_a_wall(said):
    with pytest.raises(CollectError) as caught:
        await handshake(SOURCE, Answers({f"{VISITOR}/genvisitor2": said}))
    assert caught.value.trouble is Trouble.BLOCKED


@pytest.mark.parametrize(
    ("words", "at", "day_only"),
    [
        ("Thu Jun 17 16:00:11 +0800 2021", "2021-06-17T08:00:11", False),
        ("刚刚", "2026-11-23T04:00:00", False),
        ("30秒前", "2026-11-23T03:59:30", False),
        ("5分钟前", "2026-11-23T03:55:00", False),
        ("3小时前", "2026-11-23T01:00:00", False),
        ("今天 09:05", "2026-11-23T01:05:00", False),
        ("昨天 12:00", "2026-11-22T04:00:00", False),
        ("11-23", "2026-11-22T16:00:00", True),
        ("11-24", "2025-11-23T16:00:00", True),
        ("06-27", "2026-06-26T16:00:00", True),
        ("06月17日 18:12", "2026-06-17T10:12:00", False),
        ("2020-06-03", "2020-06-02T16:00:00", True),
        ("2020-06-03 00:00", "2020-06-02T16:00:00", False),
    ],
)
def test_times_are_read_against_the_moment_of_reading(words, at, day_only):
    assert moment(words, NOW) == (datetime.fromisoformat(at).replace(tzinfo=UTC), day_only)


@pytest.mark.parametrize(
    "words", ["", None, 5, "明天", "13-45", "02-30", "Thu Jux 17 16:00:11 +0800 2021"]
)
def test_no_time_is_guessed(words):
    with pytest.raises(ValueError, match=r"."):
        moment(words, NOW)


def test_new_years_eve_belongs_to_last_year():
    seen = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)  # 1 January, 01:00 in Beijing
    assert moment("12-31", seen)[0] == datetime(2026, 12, 30, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("145.5万", 1_455_000),
        ("1.2亿", 120_000_000),
        (854869, 854869),
        ("12", 12),
        (True, None),
        ("很多", None),
        (None, None),
        (-1, None),
    ],
)
def test_followers_are_numbers(said, means):
    assert count(said) == means


def test_text_is_words_on_one_line():
    assert plain("<p>a<br/>b<script>x</script></p>\n&lt;c&gt;").startswith("a b")
    assert len(plain("三" * 5000)) == 120


def test_it_asks_only_sinas_hosts():
    assert all(host.endswith(("weibo.cn", "weibo.com", "sina.com.cn")) for host in collector.hosts)


VALUES = st.sampled_from([None, True, 0, -1, 10**30, 1.5, "", "x", "\ud800", [], {}, [[]], [None]])


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value if isinstance(value, list) else [])
    )
    return [path] + [deeper for name, inner in items for deeper in _paths(inner, (*path, name))]


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    value = copy.deepcopy(value)
    if not path:
        return new
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = new
    return value


GOOD = (
    profile(12),
    timeline(
        card(1, isTop=1), card(2, edit_count=1, edit_at="刚刚"), card(3, uid="1999999999"), since=9
    ),
)


async def _clean(first: Any, second: Any) -> None:
    try:
        seen = await read(first, second)
    except CollectError:
        return
    assert seen.profile is None or seen.profile.handle == UID
    assert all(not post.id.endswith("3") for post in seen.posts)  # the stranger's
    json.dumps([post.title for post in seen.posts], ensure_ascii=False).encode()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
async def test_a_mutated_answer_is_refused_or_still_this_account(data):
    which = data.draw(st.integers(0, 1))
    path = data.draw(st.sampled_from(_paths(GOOD[which])))
    answers = list(GOOD)
    answers[which] = _replaced(GOOD[which], path, data.draw(VALUES))
    await _clean(*answers)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
async def test_a_torn_answer_is_refused_or_still_this_account(data):
    bodies = [json.dumps(answer).encode() for answer in GOOD]
    which = data.draw(st.integers(0, 1))
    at = data.draw(st.integers(0, len(bodies[which]) - 1))
    torn = bytearray(bodies[which])
    if data.draw(st.booleans()):
        del torn[at:]
    else:
        torn[at] ^= data.draw(st.integers(1, 255))
    bodies[which] = bytes(torn)
    try:
        seen = await read(*bodies)
    except CollectError:
        return
    assert seen.profile is None or seen.profile.handle == UID
