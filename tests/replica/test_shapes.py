"""Every scene answers with the shape that the fact sheets document."""

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from tests.replica.stage import DAY, NOW, get, play
from watcher.replica import douyin
from watcher.replica.core import HOSTS, origins
from watcher.replica.pictures import HOSTS as PICTURE_HOSTS
from watcher.replica.web import Stream
from watcher.replica.world import Outage, Scene, posts_until, view, world
from watcher.replica.wxpages import short_link

FORM = b"cb=visitor_gray_callback&tid=&from=weibo"


def guest(shown, now=NOW):
    said = get(shown, "https://visitor.passport.weibo.cn/visitor/genvisitor2", body=FORM, now=now)
    data = json.loads(re.search(rb"\((\{.*\})\)", said.body)[1])["data"]
    return {"cookie": f"SUB={data['sub']}; SUBP={data['subp']}", "referer": "https://weibo.com/"}


def weibo(*scenes, timeline=True, every=1.0):
    shown, one = play("weibo", *scenes, every=every)
    url = f"https://m.weibo.cn/api/container/getIndex?type=uid&value={one.handle}"
    url += f"&containerid=107603{one.handle}" if timeline else ""
    return get(shown, url, guest(shown))


# -- Weibo ---------------------------------------------------------------------------------


def test_m_weibo_cn_refuses_with_432_whoever_has_no_guest_cookie():
    shown, one = play("weibo")
    url = f"https://m.weibo.cn/api/container/getIndex?type=uid&value={one.handle}"
    assert get(shown, url).status == 432
    assert get(shown, url, {"cookie": "SUB=made-up"}).status == 432
    assert get(shown, url, guest(shown, NOW - 2 * DAY)).status == 432
    assert get(shown, url, guest(shown)).status == 200


def test_the_two_step_handshake_gives_a_cookie_too():
    shown, _ = play("weibo")
    first = get(shown, "https://passport.weibo.com/visitor/genvisitor", body=b"cb=gen_callback")
    assert b'"new_tid":true' in first.body
    url = "https://passport.weibo.com/visitor/visitor?a=incarnate&t=x&w=3&cb=cross_domain"
    second = get(shown, url)
    assert second.body.startswith(b"window.cross_domain && cross_domain({")


def test_the_profile_names_the_account_its_badge_and_its_timeline():
    data = json.loads(weibo(timeline=False).body)["data"]
    assert data["userInfo"]["screen_name"] == "三亚试验"
    assert data["userInfo"]["verified_type"] == 1
    assert isinstance(data["userInfo"]["followers_count"], str)
    assert data["tabsInfo"]["tabs"][1]["containerid"].startswith("107603")


def test_a_timeline_has_ten_cards_in_order_and_a_way_on():
    data = json.loads(weibo().body)["data"]
    times = [
        datetime.strptime(c["mblog"]["created_at"], "%a %b %d %H:%M:%S %z %Y")
        for c in data["cards"]
    ]
    assert len(times) == 10
    assert times == sorted(times, reverse=True)
    assert data["cardlistInfo"]["since_id"]
    assert {c["card_type"] for c in data["cards"]} == {9}


def test_pages_of_a_timeline_join_without_gap_or_overlap():
    shown, one = play("weibo", every=6.0)
    base = f"https://m.weibo.cn/api/container/getIndex?type=uid&containerid=107603{one.handle}"
    ids, page = [], 1
    while (told := json.loads(get(shown, f"{base}&page={page}", guest(shown)).body))["ok"] == 1:
        ids += [c["mblog"]["id"] for c in told["data"]["cards"]]
        page += 1
    assert len(ids) == len(set(ids)) == len(posts_until(one, NOW))


def test_a_pinned_card_says_so_in_all_three_ways():
    card = json.loads(weibo(Scene.PINNED_OLD).body)["data"]["cards"][0]
    assert card["profile_type_id"].startswith("proweibotop")
    assert (card["mblog"]["isTop"], card["mblog"]["mblogtype"]) == (1, 2)
    assert card["mblog"]["title"]["text"] == "置顶"


def test_a_guest_from_whom_posts_are_hidden_still_sees_how_many_there_are():
    profile = json.loads(weibo(Scene.GUEST_HIDES, timeline=False).body)
    assert profile["data"]["userInfo"]["statuses_count"] > 0
    assert json.loads(weibo(Scene.GUEST_HIDES).body) == {
        "ok": 0,
        "msg": "这里还没有内容",
        "data": {"cards": []},
    }


@pytest.mark.parametrize(
    ("scene", "mark"),
    [
        (Scene.CAPTCHA, '"url":"https://m.weibo.cn/captcha?scene=limit'),
        (Scene.LOGIN_WALL, '"url":"https://passport.weibo.com/sso/signin'),
        (Scene.GONE, "这里还没有内容"),
        (Scene.BANNED, "这里还没有内容"),
        (Scene.LAYOUT_CHANGED, '"modules"'),
    ],
)
def test_weibo_fails_with_http_200(scene, mark):
    said = weibo(scene)
    assert said.status == 200
    assert mark in said.body.decode()


def test_another_accounts_timeline_is_served_under_the_wrong_uid():
    cards = json.loads(weibo(Scene.WRONG_ACCOUNT).body)["data"]["cards"]
    assert {c["mblog"]["user"]["id"] for c in cards} == {9900000002}


def test_a_renamed_account_keeps_its_uid():
    user = json.loads(weibo(Scene.RENAMED, timeline=False).body)["data"]["userInfo"]
    assert (user["id"], user["screen_name"]) == (9900000001, "三亚试验发布")


def test_weibo_com_tells_gone_and_banned_apart_and_wants_a_referer():
    for scene, mark in ((Scene.GONE, "usernotexists"), (Scene.BANNED, "userblock")):
        shown, one = play("weibo", scene)
        url = f"https://weibo.com/ajax/profile/info?uid={one.handle}"
        assert mark in get(shown, url, guest(shown)).body.decode()
        assert get(shown, url).status == 403


# -- scenes that look alike everywhere -----------------------------------------------------


def front_page(platform, *scenes):
    shown, one = play(platform, *scenes)
    url = {
        "weibo": f"https://m.weibo.cn/api/container/getIndex?type=uid&value={one.handle}",
        "wechat": short_link(one, posts_until(one, NOW)[0]),
        "douyin": f"https://www.douyin.com/user/{one.handle}",
        "feed": f"https://rss.example-bridge.cn{one.handle}",
        "govsite": f"https://www.sanya.gov.cn{one.handle}",
    }[platform]
    return get(shown, url, guest(shown))


PLATFORMS = ["weibo", "wechat", "douyin", "feed", "govsite"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_platform_can_misbehave_in_the_common_ways(platform):
    assert front_page(platform).status == 200
    assert front_page(platform, Scene.EMPTY_BODY).body == b""
    assert front_page(platform, Scene.STATUS_432).status == 432
    assert front_page(platform, Scene.SERVER_ERROR).status == 502
    assert front_page(platform, Scene.SLOW).stream is Stream.SLOW
    assert front_page(platform, Scene.HANG).stream is Stream.HANG
    assert front_page(platform, Scene.HUGE).stream is Stream.HUGE
    many = front_page(platform, Scene.TOO_MANY)
    assert (many.status, dict(many.headers)["retry-after"]) == (429, "600")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_redirect_loop_stays_on_its_host_and_never_ends(platform):
    said = front_page(platform, Scene.REDIRECT_LOOP)
    shown, _ = play(platform, Scene.REDIRECT_LOOP)
    seen = set()
    for _ in range(20):
        assert said.status == 302
        location = dict(said.headers)["location"]
        assert location not in seen
        seen.add(location)
        said = get(shown, location, guest(shown))


def test_a_bomb_is_small_on_the_wire_and_huge_unpacked():
    said = front_page("feed", Scene.BOMB)
    assert dict(said.headers)["content-encoding"] == "gzip"
    assert len(said.body) < 1 << 18
    assert len(gzip.decompress(said.body)) == 64 << 20


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_outage_takes_a_whole_platform_for_its_time_and_no_other(platform):
    shown, one = play(platform)
    host = {"weibo": "m.weibo.cn", "wechat": "mp.weixin.qq.com", "douyin": "www.douyin.com",
            "feed": "rss.example-bridge.cn", "govsite": "www.sanya.gov.cn"}[platform]  # fmt: skip
    out = world([one], [Outage(platform, NOW, NOW + DAY)])
    assert get(out, f"https://{host}/x").status == 502
    assert get(out, f"https://{host}/x", now=NOW + DAY).status != 502
    assert get(shown, f"https://{host}/x").status != 502


def test_the_origins_cover_every_host_and_a_stranger_is_not_found():
    assert set(origins("http://127.0.0.1:8701/")) == {*HOSTS, *PICTURE_HOSTS}
    assert set(origins("http://127.0.0.1:8701/").values()) == {"http://127.0.0.1:8701"}
    shown, _ = play("weibo")
    assert get(shown, "https://stranger.example/x").status == 404


# -- WeChat --------------------------------------------------------------------------------


def token(shown, one, **other):
    body = {"grant_type": "client_credential", "appid": one.extra["appid"],
            "secret": one.extra["secret"]} | other  # fmt: skip
    url = "https://api.weixin.qq.com/cgi-bin/stable_token"
    return json.loads(get(shown, url, body=json.dumps(body).encode()).body)


def call(shown, one, path, body, now=NOW):
    url = f"https://api.weixin.qq.com/{path}?access_token={token(shown, one)['access_token']}"
    return json.loads(get(shown, url, body=json.dumps(body).encode(), now=now).body)


def test_a_token_comes_back_the_same_while_it_lives_and_dies_after_it():
    shown, one = play("wechat_api")
    assert token(shown, one) == token(shown, one)
    assert token(shown, one)["expires_in"] == 7200
    later = call(shown, one, "cgi-bin/freepublish/batchget", {"count": 1}, NOW + DAY)
    assert later["errcode"] == 42001


def test_wrong_credentials_are_refused_by_their_own_codes():
    shown, one = play("wechat_api")
    assert token(shown, one, appid="wx0")["errcode"] == 40013
    assert token(shown, one, secret="x")["errcode"] == 40125
    url = "https://api.weixin.qq.com/cgi-bin/freepublish/batchget?access_token=x"
    assert json.loads(get(shown, url, body=b"{}").body)["errcode"] == 40001


def test_figures_end_yesterday_and_are_late_before_eight_o_clock():
    shown, one = play("wechat_api")
    path, morning = "datacube/getarticletotaldetail", datetime(2026, 11, 9, 23, 30, tzinfo=UTC)
    days = {"begin_date": "2026-11-01", "end_date": "2026-11-09"}
    early = call(shown, one, path, days, morning)
    late = call(shown, one, path, days, morning + timedelta(hours=1))
    assert (early["is_delay"], late["is_delay"]) == (True, False)
    assert max(r["ref_date"] for r in early["list"]) < "2026-11-09"
    own = [p for p in posts_until(one, NOW) if "2026-11-01" <= f"{p.at:%F}" <= "2026-11-08"]
    assert len(own) <= len(late["list"]) <= len(own) + 2
    assert call(shown, one, path, days | {"end_date": "2026-11-10"})["errcode"] == 61501


def test_mass_sent_articles_are_not_in_the_list_of_published_ones():
    shown, one = play("wechat_api")
    assert call(shown, one, "cgi-bin/freepublish/batchget", {"offset": 0, "count": 20}) == {
        "total_count": 0, "item_count": 0, "item": [],
    }  # fmt: skip


def test_without_the_permission_set_the_api_says_48001():
    shown, one = play("wechat_api", Scene.NOT_PERMITTED)
    assert call(shown, one, "cgi-bin/freepublish/batchget", {"count": 1})["errcode"] == 48001


def test_basic_info_names_the_principal():
    shown, one = play("wechat_api")
    told = call(shown, one, "cgi-bin/account/getaccountbasicinfo", {})
    assert (told["nickname"], told["principal_name"]) == ("三亚试验", "三亚市人民政府办公室")


def test_articles_come_in_two_templates_that_name_the_account_and_the_time():
    shown, one = play("wechat")
    posts = posts_until(one, NOW)
    for item in posts[:10]:
        text = get(shown, short_link(one, item)).body.decode()
        assert f"gh_{one.handle[3:]}" in text
        assert str(int(item.at.timestamp())) in text
        assert ("cgiDataNew" in text) is (item.number % 5 == 4)
        assert ('id="js_content"' in text) is (item.number % 5 != 4)


@pytest.mark.parametrize(
    ("scene", "mark"),
    [
        (Scene.CAPTCHA, "js_verify"),
        (Scene.BANNED, "此帐号已被屏蔽, 内容无法查看"),
        (Scene.GONE, "此帐号已自主注销，内容无法查看"),
        (Scene.LOGIN_WALL, "请在微信客户端打开链接"),
    ],
)
def test_an_article_page_speaks_of_its_trouble_with_http_200(scene, mark):
    said = front_page("wechat", scene)
    assert said.status == 200
    assert mark in said.body.decode()


def test_a_deleted_article_says_that_its_author_deleted_it():
    shown, one = play("wechat", Scene.NEWEST_DELETED)
    gone = next(i for i in one.items if i.number == view(one, NOW).deleted)
    assert "该内容已被发布者删除" in get(shown, short_link(one, gone)).body.decode()


def test_an_album_can_be_paged_from_either_end():
    shown, one = play("wechat")
    base = (
        "https://mp.weixin.qq.com/mp/appmsgalbum?action=getalbum&f=json&count=20"
        f"&__biz={one.extra['biz']}&album_id={one.extra['album_id']}"
    )
    newest = json.loads(get(shown, f"{base}&is_reverse=0").body)["getalbum_resp"]
    oldest = json.loads(get(shown, f"{base}&is_reverse=1").body)["getalbum_resp"]
    last = newest["article_list"][-1]["msgid"]
    following = json.loads(get(shown, f"{base}&is_reverse=0&begin_msgid={last}").body)
    assert newest["continue_flag"] == "1"
    assert int(newest["article_list"][0]["create_time"]) > int(
        following["getalbum_resp"]["article_list"][0]["create_time"]
    )
    assert int(oldest["article_list"][0]["create_time"]) < int(last) * 10**9
    assert newest["base_info"]["username"] == one.handle


# -- Douyin --------------------------------------------------------------------------------


def test_a_douyin_page_fires_its_two_requests_and_the_share_page_its_one():
    shown, one = play("douyin")
    page = get(shown, f"https://www.douyin.com/user/{one.handle}").body.decode()
    calls = json.loads(re.search(r"^(\[.*\])\.forEach", page, re.MULTILINE)[1])
    assert [c.partition("?")[0] for c in calls] == [douyin.PROFILE, douyin.POSTS]
    for path in calls:
        assert json.loads(get(shown, f"https://www.douyin.com{path}").body)["status_code"] == 0
    page = get(shown, f"https://m.douyin.com/share/user/{one.handle}").body.decode()
    assert douyin.MOBILE_POSTS in page


def xhr(path, *scenes):
    shown, one = play("douyin", *scenes)
    return get(shown, f"https://www.douyin.com{path}?sec_user_id={one.handle}&max_cursor=0"), one


def test_a_works_id_carries_the_second_of_its_upload():
    said, one = xhr(douyin.POSTS)
    for work in json.loads(said.body)["aweme_list"]:
        assert 0 <= work["create_time"] - (int(work["aweme_id"]) >> 32) <= 37
        assert work["author"]["sec_uid"] == one.handle


def test_the_share_pages_list_has_no_times():
    said, _ = xhr(douyin.MOBILE_POSTS)
    assert all("create_time" not in work for work in json.loads(said.body)["aweme_list"])


def test_douyin_walls_are_told_apart():
    captcha, _ = xhr(douyin.POSTS, Scene.CAPTCHA)
    assert captcha.status == 403
    assert b"ArgusSecurityPlugin" in captcha.body
    assert json.loads(xhr(douyin.POSTS, Scene.LOGIN_WALL)[0].body)["status_code"] == 4
    assert json.loads(xhr(douyin.POSTS, Scene.GUEST_HIDES)[0].body)["aweme_list"] == []
    assert json.loads(xhr(douyin.PROFILE, Scene.GUEST_HIDES)[0].body)["user"]["aweme_count"] > 0
    assert json.loads(xhr(douyin.PROFILE, Scene.BANNED)[0].body)["user"]["is_ban"] is True
    assert "账号已被封禁" in front_page("douyin", Scene.BANNED).body.decode()
    assert "验证码中间页" in front_page("douyin", Scene.CAPTCHA).body.decode()


# -- feeds and government sites ------------------------------------------------------------


def test_a_feed_is_well_formed_and_can_be_asked_conditionally():
    shown, one = play("feed")
    said = get(shown, f"https://rss.example-bridge.cn{one.handle}")
    items = ElementTree.fromstring(said.body).findall("channel/item")
    assert len(items) == 20
    assert all(i.findtext("link").startswith(one.extra["prefix"]) for i in items)
    tag = {"if-none-match": dict(said.headers)["etag"]}
    assert get(shown, f"https://rss.example-bridge.cn{one.handle}", tag).status == 304
    later = get(shown, f"https://rss.example-bridge.cn{one.handle}", tag, now=NOW + 3 * DAY)
    assert later.status == 200


def test_a_list_page_links_to_articles_with_the_meta_block():
    shown, one = play("govsite")
    text = get(shown, f"https://www.sanya.gov.cn{one.handle}").body.decode()
    rows = re.findall(r'<a href="([^"]+)" target.*?<span class="time">([\d-]+)</span>', text)
    assert len(rows) == 15
    for path, day in rows:
        article = get(shown, f"https://www.sanya.gov.cn{path}").body.decode()
        published = re.search(r'name="PubDate" content="([^"]+)"', article)[1]
        assert published.startswith(day)
        assert 'name="SiteIDCode"' in article


def test_list_pages_are_numbered_from_index_2():
    shown, one = play("govsite")
    assert get(shown, f"https://www.sanya.gov.cn{one.handle}index.html").status == 200
    assert get(shown, f"https://www.sanya.gov.cn{one.handle}index_2.html").status == 200
    assert get(shown, f"https://www.sanya.gov.cn{one.handle}index_99.html").status == 404
