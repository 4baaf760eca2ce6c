"""What the WeChat sources share: safe JSON, article addresses, whose account a page is; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from watcher.model import CollectError, Page, Source, Trouble

_BIZ = re.compile(r"[0-9A-Za-z+/]{8,40}={0,2}")
_REFUSED_RETS = {-3: "no session", -6: "asked too often", 200003: "session dead", 200013: "closed"}


@dataclass(frozen=True, slots=True)
class Identity:
    """The names by which WeChat knows one account, as far as a page tells them."""

    biz: str = ""  # __biz, base64
    gh: str = ""  # gh_…, the original id
    alias: str = ""  # 微信号


def mapping(value: Any) -> dict[str, Any]:
    """The value where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """A JSON array as it is, one object as an array of it, anything else as an empty one."""
    if isinstance(value, dict):
        return [value]
    return value if isinstance(value, list) else []


def clean(text: str) -> str:
    """Text that every place can store: no lone surrogates, no NUL."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def text_of(value: Any) -> str:
    """A JSON string without HTML entities, clean; anything else is an empty string."""
    return clean(unescape(value)) if isinstance(value, str) else ""


def title_of(value: Any) -> str:
    """A title on one line, at most 120 characters."""
    return " ".join(text_of(value).split())[:120]


def unix(value: Any) -> datetime | None:
    """Unix seconds, as number or string, in UTC; None where it is no moment after 2010."""
    if isinstance(value, bool) or not re.fullmatch(r"\d{10}", str(value)):
        return None
    return datetime.fromtimestamp(int(value), UTC) if int(value) > 1_262_304_000 else None


def read_json(page: Page) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises UNREACHABLE for a server error, BLOCKED for a refusal, an empty body, a captcha page or
    the closed article list, UNREADABLE for the rest.
    """
    if page.status >= 500:
        raise CollectError(Trouble.UNREACHABLE, f"HTTP {page.status}")
    if page.status in (401, 403, 418, 429) or not page.body.strip():
        raise CollectError(Trouble.BLOCKED, f"HTTP {page.status}, {len(page.body)} bytes")
    if "captcha" in page.url or "captcha" in page.headers.get("location", ""):
        raise CollectError(Trouble.BLOCKED, "captcha")
    try:
        payload = page.json()
    except (ValueError, RecursionError):
        payload = None
    if isinstance(payload, dict):
        refuse_closed_list(payload)
        return payload
    if looks_like_captcha(page.text):
        raise CollectError(Trouble.BLOCKED, "captcha")
    raise CollectError(Trouble.UNREADABLE, f"HTTP {page.status}, not the JSON we know")


def refuse_closed_list(payload: dict[str, Any]) -> None:
    """WeChat closed the article lists of 2026: "ok" with no message is a wall, never silence."""
    ret = payload.get("ret", mapping(payload.get("base_resp")).get("ret"))
    if "msg_count" in payload or "home_page_list" in payload or "general_msg_list" in payload:
        raise CollectError(Trouble.BLOCKED, f"the article list is closed (ret {ret!r:.12})")
    if isinstance(ret, int) and ret != 0:
        why = _REFUSED_RETS.get(ret, "refused")
        raise CollectError(Trouble.BLOCKED, f"ret {ret}: {why}"[:80])


_CAPTCHA = re.compile(
    r"wappoc_appmsgcaptcha|secitptpage/verify|id=[\"']js_verify[\"']|TCaptcha\.js"
    r"|\b(?:cap_sid|poc_token)\b|环境异常|完成验证后即可继续访问|访问过于频繁|操作频繁"
    r"|失效的验证页面|未知错误，请稍后再试"
)


def looks_like_captcha(html: str) -> bool:
    """Whether a page that is no article asks the visitor to prove to be human."""
    return _CAPTCHA.search(html) is not None


def article_ref(url: str) -> tuple[str, str, str]:
    """(biz, mid, idx) of a long article address; empty strings where it does not say."""
    try:
        query = parse_qs(urlsplit(unescape(url).strip()).query)
    except ValueError:
        return "", "", ""
    found = (query.get(name, [""])[0] for name in ("__biz", "mid", "idx"))
    biz, mid, idx = (value.replace(" ", "+") for value in found)
    return biz, mid if mid.isdigit() else "", idx if idx.isdigit() else ""


def wanted(source: Source) -> Identity:
    """Whom the source means: its handle (__biz, gh_… or 微信号) and `biz`, `gh`, `alias`."""
    settings = {key: str(source.settings.get(key) or "") for key in ("biz", "gh", "alias")}
    handle = source.handle.strip()
    if handle.startswith("gh_"):
        settings["gh"] = settings["gh"] or handle
    elif _BIZ.fullmatch(handle) and handle.startswith("M") and len(handle) % 4 == 0:
        settings["biz"] = settings["biz"] or handle
    else:
        settings["alias"] = settings["alias"] or handle
    return Identity(**settings)


def require_owner(found: Identity, source: Source) -> None:
    """Raises UNREADABLE unless a page proves to be the source's account.

    One name must agree and none may differ: accounts of the same nickname exist, and so do
    articles of others under a pasted link.
    """
    want = wanted(source)
    pairs = [
        (want.biz.rstrip("="), found.biz.rstrip("=")),
        (want.gh, found.gh),
        (want.alias.casefold(), found.alias.casefold()),
    ]
    known = [(a, b) for a, b in pairs if a and b]
    if any(a != b for a, b in known):
        raise CollectError(Trouble.UNREADABLE, f"wrong account: {found.biz or found.gh:.40}")
    if not known:
        raise CollectError(Trouble.UNREADABLE, "the page does not tell whose it is")
