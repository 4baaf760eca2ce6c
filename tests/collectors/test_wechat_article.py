"""Pasted article links: both templates of 2026, the one of 2018, and every refusal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors._wechat import Identity, require_owner, wanted
from collectors._wechat_page import read_article
from collectors.wechat_article import collect
from tests.collectors._weibo_stub import NOW, Answers
from watcher.model import CollectError, Coverage, Page, Sighting, Source, Trouble

BIZ, GH, ALIAS = "MzA5MTIzNDU2Nw==", "gh_0a1b2c3d4e5f", "sanyafabu"
LINK = "https://mp.weixin.qq.com/s/AbCdEfGhIjKlMnOpQrStUv"
OTHER = "https://mp.weixin.qq.com/s/ZyXwVuTsRqPoNmLkJiHgFe"
SOURCE = Source("wechat_article", BIZ, {"links": [LINK]})
AT = datetime(2026, 11, 20, 9, 39, 33, tzinfo=UTC)
SECONDS = int(AT.timestamp())

ADVERTISEMENT = """
<script>var adDatas = { advertisement_info: [{ biz_info: {
  user_name: 'gh_1e80bb81a1d2', nick_name: '微信广告', biz_uin: 3094043316, signature: '微信广告'
} }] };</script>"""

TEMPLATE_A = f"""<html><head>
<meta property="og:title" content="三亚台风&quot;预警&quot;发布" />
<meta property="og:url"
 content="https://mp.weixin.qq.com/s?__biz={BIZ}&amp;mid=2650707699&amp;idx=1" />
</head><body><div id="js_article" class="rich_media">
<div id="js_content">此帐号已被屏蔽, 内容无法查看</div></div>
{ADVERTISEMENT}
<script>
    var biz = "" || "{BIZ}";
    var mid = "" || "2650707699" || "";
    var idx = "" || "2" || "";
    window.cgiDataNew = {{
        base_resp: {{ ret: '0' * 1, nick_name: '里层' }},
        user_name: JsDecode('{GH}'),
        nick_name: JsDecode('三亚发布\\x26amp;旅游'),
        content_noencode: JsDecode('\\x3cp\\x3e nick_name: \\x22x\\x22 {{ \\x3c/p\\x3e'),
        ori_create_time: '{SECONDS}' * 1,
        biz_info: {{ user_name: 'gh_1e80bb81a1d2', nick_name: '微信广告' }},
        alias: JsDecode('{ALIAS}'),
    }};
    var nickname = htmlDecode("三亚发布&amp;旅游");
    var ct = "{SECONDS}";
    var user_name = "{GH}";
    var round_head_img = "http://mmbiz.qpic.cn/mmbiz/DhKPeHFI5Hhh/0";
    var profile_signature = "发布三亚政务";
    var msg_title = '标题'.html(false);
    var verify_status = "2" * 1;
    window.alias = "{ALIAS}" || "";
    window.modify_time = "{SECONDS + 60}" * 1;
</script></body></html>"""

TEMPLATE_B = f"""<html><head><meta property="og:title" content="图集" />
<meta property="og:url"
 content="https://mp.weixin.qq.com/s?__biz={BIZ}&amp;mid=2650707700&amp;idx=1" />
</head><body>{ADVERTISEMENT}<script>
    window.cgiDataNew = {{
        advertisement_info: [{{ user_name: 'gh_1e80bb81a1d2', nick_name: '微信广告' }}],
        bizuin: '{BIZ}', user_name: '{GH}', nick_name: '三亚发布', signature: '',
        mid: '2650707700' * 1, idx: '1' * 1,
        create_time: JsDecode('2026-11-20 17:39'),
    }};
</script></body></html>"""

TEMPLATE_D = f"""<html><body><div id="js_article"></div><script>
    d.biz = xml ? getXmlValue('bizuin.DATA') : '{BIZ}';
    d.user_name = xml ? getXmlValue('user_name.DATA') : '{GH}';
    d.nick_name = xml ? getXmlValue('nick_name.DATA') : '三亚发布';
    d.ct = xml ? getXmlValue('ori_create_time.DATA') * 1 : '{SECONDS}';
    d.mid = xml ? getXmlValue('mid.DATA') : '2650707701';
</script></body></html>"""

TEMPLATE_2018 = f"""<html><body><div id="js_article"><div id="js_content"></div></div><script>
    var biz = "" || "{BIZ}";
    var mid = "" || "" || "2671068104";
    var idx = "" || "" || "7";
    var nickname = "三亚发布";
    var ct = "{SECONDS}";
    var user_name = "{GH}";
    var user_name_new = "";
    var msg_title = "【视频】石榴花开";
    var modify_time = "";
</script></body></html>"""


def message(title: str, desc: str = "", script: str = "") -> str:
    return (
        f'<html><head><title></title></head><body><div class="weui-msg"><h2 class="weui-msg__title'
        f' warn"> {title} </h2><div class="weui-msg__desc">{desc}</div></div>'
        f"<script>{script}</script></body></html>"
    )


async def read(*pages: str | Page | CollectError, source: Source = SOURCE) -> Sighting:
    links = (LINK, OTHER)[: len(pages)]
    filled = Source(source.collector, source.handle, {**source.settings, "links": links})
    return await collect(filled, Answers(dict(zip(links, pages, strict=True))))


async def trouble(*pages: str | Page | CollectError, source: Source = SOURCE) -> Trouble:
    with pytest.raises(CollectError) as caught:
        await read(*pages, source=source)
    return caught.value.trouble


async def test_template_a_gives_the_account_not_its_advertisement():
    seen = await read(TEMPLATE_A)
    assert seen.coverage is Coverage.PARTIAL
    assert seen.profile is not None
    assert (seen.profile.name, seen.profile.bio) == ("三亚发布&旅游", "发布三亚政务")
    assert (seen.profile.verified, seen.profile.avatar) == (True, "DhKPeHFI5Hhh")
    (post,) = seen.posts
    assert (post.id, post.at, post.title) == ("2650707699_2", AT, '三亚台风"预警"发布')
    assert post.edited_at == datetime(2026, 11, 20, 9, 40, 33, tzinfo=UTC)
    assert post.url == LINK


@pytest.mark.parametrize(
    ("html", "ident", "at"),
    [
        (TEMPLATE_B, "2650707700_1", datetime(2026, 11, 20, 9, 39, tzinfo=UTC)),
        (TEMPLATE_D, "2650707701_1", AT),
        (TEMPLATE_2018, "2671068104_7", AT),
    ],
    ids=["picture", "older picture", "2018"],
)
async def test_the_other_templates_are_read_as_well(html, ident, at):
    seen = await read(html)
    assert seen.profile is not None
    assert (seen.profile.name, seen.posts[0].id, seen.posts[0].at) == ("三亚发布", ident, at)
    assert seen.posts[0].edited_at is None


async def test_code_shown_in_an_article_is_not_taken_for_the_page():
    shown = 'var ct = "1999999999";\nvar user_name = "gh_ffffffffffff";\nvar nickname = "骗子";'
    seen = await read(TEMPLATE_A.replace('<div id="js_content">', f'<div id="js_content">{shown}'))
    assert seen.profile is not None
    assert (seen.posts[0].at, seen.profile.name) == (AT, "三亚发布&旅游")


async def test_an_advertisement_alone_is_no_article():
    assert await trouble(f"<html><body>{ADVERTISEMENT}</body></html>") is Trouble.UNREADABLE


@pytest.mark.parametrize("handle", [BIZ, GH, ALIAS, ALIAS.upper()])
async def test_the_handle_may_be_any_name_of_the_account(handle):
    seen = await read(TEMPLATE_A, source=Source("wechat_article", handle))
    assert seen.profile is not None
    assert seen.profile.handle == handle


@pytest.mark.parametrize("handle", ["MzA5MTIzNDU2OA==", "gh_ffffffffffff", "sanyafabu2"])
async def test_an_article_of_another_account_is_refused(handle):
    assert await trouble(TEMPLATE_A, source=Source("wechat_article", handle)) is Trouble.UNREADABLE


async def test_a_biz_that_differs_outweighs_a_handle_that_agrees():
    source = Source("wechat_article", GH, {"biz": "MzA5MTIzNDU2OA=="})
    assert await trouble(TEMPLATE_A, source=source) is Trouble.UNREADABLE


async def test_a_page_that_tells_none_of_the_names_wanted_is_refused():
    source = Source("wechat_article", ALIAS)
    assert await trouble(TEMPLATE_2018, source=source) is Trouble.UNREADABLE


async def test_of_several_links_own_articles_are_kept_and_others_dropped():
    stranger = TEMPLATE_2018.replace(BIZ, "MzA5OTk5OTk5OQ==").replace(GH, "gh_ffffffffffff")
    seen = await read(stranger, TEMPLATE_B)
    assert [post.id for post in seen.posts] == ["2650707700_1"]


CAPTCHA_WITHOUT_WORDS = '<html><script src="//captcha.gtimg.com/TCaptcha.js"></script></html>'
CAPTCHA_URL = "https://mp.weixin.qq.com/mp/wappoc_appmsgcaptcha?poc_token=x&target_url=y"
REFUSALS: list[tuple[str | Page | CollectError, Trouble]] = [
    (message("该内容已被发布者删除"), Trouble.UNREADABLE),
    (message("The content has been deleted by the author."), Trouble.UNREADABLE),
    (message("此内容因违规无法查看", "由用户投诉并经平台审核"), Trouble.UNREADABLE),
    (message("此内容被投诉且经审核涉嫌侵权，无法查看。"), Trouble.UNREADABLE),
    (message("此内容发送失败无法查看"), Trouble.UNREADABLE),
    (message("链接已过期"), Trouble.UNREADABLE),
    (message("参数错误"), Trouble.UNREADABLE),
    (message("已停止访问该网页"), Trouble.UNREADABLE),
    ('<html><div class="mesg-block"><p>该内容暂时无法查看</p></div></html>', Trouble.BLOCKED),
    (message("此帐号已被屏蔽, 内容无法查看"), Trouble.BANNED),
    (message("此账号已被屏蔽, 内容无法查看"), Trouble.BANNED),
    (
        message("此帐号被投诉且经审核涉嫌侵权。此帐号已注销，内容无法查看。"),
        Trouble.BANNED,
    ),
    (message("此帐号已自主注销，内容无法查看"), Trouble.GONE),
    (message("此账号已自主注销，内容无法查看"), Trouble.GONE),
    (message("该帐号已系统注销"), Trouble.GONE),
    (message("帐号已被系统回收"), Trouble.GONE),
    (message("该公众号已迁移"), Trouble.GONE),
    (message("此帐号处于帐号迁移流程中"), Trouble.BLOCKED),
    (message("此账号已申请账号迁移"), Trouble.BLOCKED),
    (message("环境异常", "完成验证后即可继续访问"), Trouble.BLOCKED),
    (message("访问过于频繁"), Trouble.BLOCKED),
    (message("未知错误，请稍后再试", script="失效的验证页面"), Trouble.BLOCKED),
    (message("请在微信客户端打开链接"), Trouble.BLOCKED),
    (CAPTCHA_WITHOUT_WORDS, Trouble.BLOCKED),
    ('<html><body><div id="js_verify"></div></body></html>', Trouble.BLOCKED),
    ("<html><script>window.cgiData = { cap_sid: '1' };</script></html>", Trouble.BLOCKED),
    (Page(CAPTCHA_URL, 200, b"<html></html>", NOW), Trouble.BLOCKED),
    (Page(LINK, 302, b"", NOW, {"location": CAPTCHA_URL}), Trouble.BLOCKED),
    ("", Trouble.BLOCKED),
    (Page(LINK, 404, b"", NOW), Trouble.UNREADABLE),
    (Page(LINK, 503, b"", NOW), Trouble.UNREACHABLE),
    ("<html><body>hello</body></html>", Trouble.UNREADABLE),
    ('{"ret":0,"errmsg":"ok","msg_count":0,"can_msg_continue":0}', Trouble.BLOCKED),
    (CollectError(Trouble.UNREACHABLE, "no route"), Trouble.UNREACHABLE),
]


@pytest.mark.parametrize(("said", "means"), REFUSALS)
async def test_each_refusal_means_what_the_platform_means(said, means):
    assert await trouble(said) is means


async def test_a_readable_article_outweighs_a_banned_one():
    seen = await read(message("此帐号已被屏蔽, 内容无法查看"), TEMPLATE_A)
    assert len(seen.posts) == 1


async def test_of_several_troubles_the_accounts_own_end_is_told():
    deleted, banned = message("该内容已被发布者删除"), message("此帐号已自主注销，内容无法查看")
    assert await trouble(deleted, banned) is Trouble.GONE


async def test_a_wall_stops_the_reading_and_keeps_what_was_read():
    fetch = Answers({LINK: TEMPLATE_A, OTHER: ""})
    source = Source("wechat_article", BIZ, {"links": [LINK, OTHER, f"{OTHER}2"]})
    assert len((await collect(source, fetch)).posts) == 1
    assert len(fetch.asked) == 2


async def test_a_migrated_article_is_followed_to_its_account():
    moved = message("该公众号已迁移", script=f"var transferTargetLink = '{OTHER}';")
    source = Source("wechat_article", BIZ, {"links": [LINK]})
    seen = await collect(source, Answers({LINK: moved, OTHER: TEMPLATE_A}))
    assert seen.posts[0].id == "2650707699_2"
    stranger = TEMPLATE_2018.replace(BIZ, "MzA5OTk5OTk5OQ==").replace(GH, "gh_ffffffffffff")
    with pytest.raises(CollectError) as caught:
        await collect(source, Answers({LINK: moved, OTHER: stranger}))
    assert caught.value.trouble is Trouble.GONE


@pytest.mark.parametrize(
    "links",
    [None, [], "", ["https://evil.example/s/abcdef"], ["https://mp.weixin.qq.com.evil/s/x"], 5],
)
async def test_settings_without_a_link_ask_nothing(links):
    fetch = Answers({})
    with pytest.raises(CollectError):
        await collect(Source("wechat_article", BIZ, {"links": links}), fetch)
    assert not fetch.asked


async def test_links_may_be_pasted_as_text_and_plain_http():
    pasted = f"今天的：http{LINK[5:]} ，昨天的：{OTHER}\n{OTHER}"
    fetch = Answers({LINK: TEMPLATE_A, OTHER: TEMPLATE_B})
    seen = await collect(Source("wechat_article", BIZ, {"links": pasted}), fetch)
    assert len(seen.posts) == len(fetch.asked) == 2
    assert all(request.url.startswith("https:") for request in fetch.asked)


def test_a_handle_is_told_apart_by_its_shape():
    assert wanted(Source("x", GH)) == Identity(gh=GH)
    assert wanted(Source("x", BIZ)) == Identity(biz=BIZ)
    assert wanted(Source("x", ALIAS, {"biz": BIZ})) == Identity(biz=BIZ, alias=ALIAS)


def test_an_identity_without_a_common_name_is_no_proof():
    with pytest.raises(CollectError):
        require_owner(Identity(gh=GH), Source("x", BIZ))


@settings(max_examples=150, deadline=None)
@given(
    html=st.sampled_from([TEMPLATE_A, TEMPLATE_B, TEMPLATE_D, TEMPLATE_2018]),
    at=st.integers(0, 4000),
    length=st.integers(0, 300),
    filling=st.sampled_from(["", "'", '"', "{", "}", "\\x", "\x00", "<script>", "\\ud800", "é"]),
)
async def test_a_damaged_page_is_refused_or_still_this_account(html, at, length, filling):
    damaged = html[:at] + filling + html[at + length :]
    page = Page(LINK, 200, damaged.encode(), NOW)
    try:
        article = read_article(page)
        require_owner(article.identity, SOURCE)
    except CollectError:
        return
    assert BIZ in damaged
    assert "微信广告" not in article.profile.name
    article.post.title.encode()
