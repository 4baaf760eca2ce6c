"""微信公众号 in Sogou's listing of accounts: a hint, for its index lags and has gaps.

Only the listing is read; its links are never followed. The captcha page says nothing of accounts.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from collectors import Collector, Sure
from collectors._search import escaped, hits, plain, traits, wanted
from collectors._text import decode
from collectors._xhr import check_status
from watcher.model import CollectError, Fetch, Hits, Pace, Page, Profile, Request, Source, Trouble

LIST = "https://weixin.sogou.com/weixin?type=1&ie=utf8&s_from=input"
_WALL = re.compile(r"您的访问出错了|访问过于频繁|请输入验证码|id=[\"']seccode(?:Form|Image)")
_NONE = re.compile(r"没有找到相关的(?:微信)?公众号|暂无与.{0,120}?相关的官方认证")
_TOTAL = re.compile(r"找到约([\d,]+)条结果")
_PAGE = 10  # rows of a full page


async def search(source: Source, fetch: Fetch) -> Hits:
    """The accounts of the first page. Raises CollectError."""
    page = await fetch(Request(f"{LIST}&query={escaped(wanted(source))}"))
    if "/antispider/" in page.url:
        raise CollectError(Trouble.BLOCKED, "sent to the antispider page")
    check_status(page)
    return read(page)


def read(page: Page) -> Hits:
    """The rows of a listing. Raises CollectError where the page is none."""
    text = decode(page).replace("\x00", "")
    if _WALL.search(text):
        raise CollectError(Trouble.BLOCKED, "a captcha in place of the listing")
    boxes = LexborHTMLParser(text).css("ul.news-list2 > li[id^=sogou_vr_]")[: 3 * _PAGE]
    rows = [_row(box) for box in boxes]
    if rows and not any(rows):
        raise CollectError(Trouble.UNREADABLE, "rows, and none that can be read")
    if not rows and not _NONE.search(text):
        raise CollectError(Trouble.BLOCKED, "an empty listing that does not say why")
    total = _TOTAL.search(text)
    more = total is not None and int(total[1].replace(",", "")) > _PAGE
    return hits(rows, False, "搜狗索引不全，仅作线索" + ("；只看了第一页" if more else ""))


def _row(box: LexborNode) -> Profile | None:
    name = _text(box, "p.tit a")
    number = _text(box, "label[name=em_weixinhao]") or (box.attributes.get("d") or "")
    if not name or not re.fullmatch(r"[\w-]{3,80}", number, re.ASCII):
        return None
    told = {
        dt.text(deep=True, strip=True).rpartition(")")[2].strip(" ：:"): _text(row, "dd")
        for row in box.css("dl")
        if (dt := row.css_first("dt")) is not None
    }
    bio = told.get("功能介绍")
    subject = next((text for label, text in told.items() if label.endswith("认证")), "")
    image = box.css_first("div.img-box img")
    picture = (image.attributes.get("src") or "") if image else ""
    return Profile(
        handle=number,
        name=name,
        bio=bio,
        # the picture's address is made of the account's number and says nothing of the picture
        verified=True if subject else None,  # the index lags behind a badge
        verified_as=subject or None,
        traits=traits(
            bio,
            openid=(box.attributes.get("d") or "")[:80],
            alias=_text(box, "label[name=em_weixinhao]"),
            avatar_url=f"https:{picture}" if picture.startswith("//") else picture,
        ),
    )


def _text(node: LexborNode, css: str) -> str:
    found = node.css_first(css)
    return plain(found.text(deep=True), 1000) if found is not None else ""


searcher = Collector(
    name="wechat_sogou",
    platform="wechat",
    hosts=frozenset({"weixin.sogou.com"}),
    search=search,
    pace=Pace(gap=60.0),
    title="搜狗微信公众号列表（线索）",
    forms=("wechat_subscription", "wechat_service"),
    sees=frozenset({"bio", "verified", "verified_as", "traits"}),
    sure=Sure.CAPTURED,
    risk="第三方索引，不全且滞后，易遇验证码（即记为未检索）；只读列表，不打开其跳转链接",
)
