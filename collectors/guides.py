"""The platforms of the filing form: the ways into each, best first, and how look-alikes are found.

A platform's last resort is always the same: links that people paste, read on the post's own page,
and 人工核验 (`watcher attest`), which proves what a person saw on a day and then expires.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guide:
    """One box of the filing form (domain.md §1.4), or one of 其他.

    `sources` are names of collectors in order of preference; those that read one pasted post come
    last. `search` says how accounts of a similar name can be looked for, or that they cannot.
    """

    form: str
    title: str
    sources: tuple[str, ...]
    search: str
    remark: str = ""


_NONE = "no surface found"
_WECHAT = ("wechat_api", "wechat_album", "feed", "wechat_article")
_WECHAT_SEARCH = "searchbiz with an operator's session; Sogou's list as a hint"
_OTHER = "listed under 其他"

GUIDES: tuple[Guide, ...] = (
    Guide(
        "weibo",
        "新浪微博",
        ("weibo_api", "weibo", "feed", "weibo_post"),
        "exact-name probe as a guest; search only after login",
    ),
    Guide("wechat_service", "微信服务号", _WECHAT, _WECHAT_SEARCH),
    Guide("wechat_subscription", "微信订阅号", _WECHAT, _WECHAT_SEARCH),
    Guide(
        "wechat_miniprogram",
        "微信小程序",
        ("wechat_miniprogram",),
        "none: no public page and no public search",
        "versions, not posts: the weekly rule does not apply",
    ),
    Guide(
        "wechat_channels",
        "微信视频号",
        ("wechat_channels", "wechat_channels_link"),
        "none outside the client",
        "no public list: silence is proved by 人工核验 only",
    ),
    Guide("meipian", "美篇", ("meipian", "meipian_article"), _NONE),
    Guide(
        "app",
        "移动客户端（APP）",
        ("app_apple", "app_yyb", "app_yyb_simple", "app_huawei", "app_vivo", "app_ipv6"),
        "itunes.apple.com/search (country=cn); other stores unconfirmed",
        "versions, not posts; Xiaomi and Google Play have no source we trust",
    ),
    Guide(
        "douyin",
        "抖音短视频",
        ("douyin_api", "douyin"),
        "browser search, gated nine times in ten: a person's session",
    ),
    Guide(
        "kuaishou",
        "快手短视频",
        ("kuaishou_api", "kuaishou", "kuaishou_live", "kuaishou_video"),
        "browser search; sources disagree whether a guest may",
    ),
    Guide("weishi", "腾讯微视", ("weishi", "weishi_post"), "in the app only"),
    Guide(
        "toutiao",
        "今日头条",
        ("toutiao", "toutiao_api", "toutiao_article"),
        "so.toutiao.com result page; fields unconfirmed",
    ),
    Guide(
        "renminhao",
        "人民号",
        ("renminhao_article",),
        _NONE,
        "no page of an account is known: pasted links and 人工核验",
    ),
    Guide(
        "baijiahao",
        "百家号",
        ("baijiahao", "baijiahao_api", "baijiahao_article"),
        _NONE,
    ),
    Guide(
        "neteasehao",
        "网易号",
        ("neteasehao", "neteasehao_list", "neteasehao_article"),
        "dy.163.com/v2/media/tosearch.html, unconfirmed",
    ),
    Guide(
        "sohuhao",
        "搜狐号",
        ("sohuhao", "sohuhao_list", "sohuhao_article"),
        "web search `site:mp.sohu.com`",
    ),
    Guide(
        "dayuhao",
        "大鱼号",
        ("dayuhao", "dayuhao_article", "dayuhao_share"),
        _NONE,
        "its list was last seen in 2020: pasted links and 人工核验",
    ),
    Guide("yidianhao", "一点号", ("yidianhao",), _NONE, "whether the platform lives is unknown"),
    Guide("pengpaihao", "澎湃号", ("pengpaihao", "pengpaihao_article"), _NONE),
    Guide(
        "qiehao",
        "企鹅号",
        ("qiehao", "qiehao_article"),
        "new.qq.com search by author, unconfirmed",
    ),
    Guide("nanfanghao", "南方号", ("nanfanghao", "nanfanghao_article"), _NONE),
    Guide(
        "bilibili",
        "Bilibili",
        ("bilibili", "bilibili_api", "bilibili_card"),
        "search.bilibili.com/upuser in a browser",
        _OTHER,
    ),
    Guide(
        "xiaohongshu",
        "小红书",
        ("xiaohongshu", "xiaohongshu_note"),
        "a page that wants a login",
        f"{_OTHER}; its lists show no times: 人工核验 proves silence",
    ),
    Guide("govsite", "政府网站", ("govsite", "feed"), "does not apply", "for public notices"),
)

# What each way of searching says when it has not searched (searchers(), collectors/*_search.py).
SEARCHES: Mapping[str, str] = {
    "weibo_probe": "ok -100, the visitor system, 432; the known name not found either",
    "weibo_search": "`login` false, ok -100: a guest is given empty lists with HTTP 200",
    "wechat_searchbiz": "ret 200003 (log in again), 200013 (asked too often), 200040",
    "wechat_sogou": "`/antispider/`, the captcha's words or form; an empty page without a reason",
    "app_apple_search": "a refusal; fewer rows than it counts",
    "douyin_search": "`search_nil_info` (verify_check …), an empty list of whatever kind",
    "kuaishou_search": "`result` 2, 50, 109, 2001, 400002, 400010; an empty list without its end",
    "bilibili_search": "code -352, -412, `v_voucher`; an empty list without its count",
}
