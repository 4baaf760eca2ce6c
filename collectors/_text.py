"""Bytes of a page to text, and the signs of a wall."""

from __future__ import annotations

import codecs
import re

from watcher.model import Page

WALL_SIGNS = (
    "安全验证",
    "验证码",
    "人机验证",
    "访问验证",
    "访问过于频繁",
    "请求被拦截",
    "访问被拦截",
    "被阻断",
    "统一身份认证",
    "Just a moment",
    "challenge-form",
    "cf-chl",
    "aliyun_waf",
    "acw_sc__v2",
    "__jsl_clearance",
    "$_ts",
    "ArgusSecurityPlugin",
)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,20})", re.IGNORECASE)


def decode(page: Page) -> str:
    """The page as text: a BOM, else UTF-8 where it fits, else what header or meta declare.

    Bytes before declarations: old templates say gb2312 over pages that are UTF-8 by now, and
    Chinese in GBK is never valid UTF-8 by accident. GB18030 stands for all of GB2312 and GBK.
    """
    body = page.body
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    names = _CHARSET.findall(page.headers.get("content-type", "").encode() + b"\n" + body[:4096])
    for name in (*(n.decode() for n in names), "gb18030"):
        wide = "gb18030" if name.lower() in ("gb2312", "gbk", "gb_2312-80") else name
        try:
            text = body.decode(wide)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
        return text
    return _least_damaged(body)


def _least_damaged(body: bytes) -> str:
    """A page cut in the middle of a character, or worse."""
    texts = [body.decode(name, "replace") for name in ("utf-8", "gb18030")]
    return min(texts, key=lambda text: text.count("\ufffd"))


def wall_sign(text: str) -> str | None:
    """The words by which a page shows that it is a wall, if there are any."""
    return next((sign for sign in WALL_SIGNS if sign in text), None)
