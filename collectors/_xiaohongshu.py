"""Reading 小红书: the state in its pages, and the walls in front of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from collectors._text import wall_sign
from collectors._values import count, line, mapping, sequence, text_of
from collectors._whose import ids_in
from collectors._xhr import answer, check_status, dig, file_name, script_state
from watcher.model import CollectError, Page, Profile, Trouble

HOSTS = frozenset({"xiaohongshu.com", "*.xiaohongshu.com", "xhslink.com", "*.xhslink.com"})
EXPLORE = "https://www.xiaohongshu.com/explore"
_WALL_PLACES = ("/login", "/website-login", "/web-login", "/404/sec")
_WALL_WORDS = ("登录后查看", "请先登录", "安全限制", "IP存在风险", "访问频次异常", "扫码验证身份")
_REFUSED = {
    300011: "the platform refuses this visitor",
    300012: "the platform refuses this address",
    300013: "asked too often",
    300015: "the platform refuses this browser",
    -1: "signature check failed",
    -100: "login needed",
    -101: "login needed",
    -104: "login needed",
}
UNAVAILABLE = "当前笔记暂时无法浏览"


def state_of(page: Page) -> Mapping[str, Any]:
    """The page's state. Raises CollectError where a wall stands in its place."""
    check_place(page)
    check_status(page)
    if page.text.lstrip().startswith("{"):  # a recording may hold an answer in the page's place
        value = answer(page)
        check(value)
        return value
    state = mapping(script_state(page.text, "__INITIAL_STATE__"))
    if state:
        return state
    html = page.text
    sign = wall_sign(html) or next((word for word in _WALL_WORDS if word in html), None)
    if sign:
        raise CollectError(Trouble.BLOCKED, f"the page says {sign}")
    raise CollectError(Trouble.UNREADABLE, "layout changed: the page carries no state")


def check_place(page: Page) -> None:
    """Raises BLOCKED where we were sent to a login, a captcha or a page of refusal."""
    parts = urlsplit(page.url)
    codes = parse_qs(parts.query).get("error_code", parse_qs(parts.query).get("code", []))
    if parts.path.startswith(_WALL_PLACES) or "captcha" in parts.path:
        said = unquote("".join(parse_qs(parts.query).get("error_msg", [])))[:40]
        raise CollectError(Trouble.BLOCKED, f"sent to {parts.path[:40]} {' '.join(codes)} {said}")


def check(value: Mapping[str, Any]) -> None:
    """Raises BLOCKED where an answer says refused, UNREADABLE for codes we do not know."""
    code = value.get("code", 0)
    if code in (0, None) and value.get("success") is not False:
        return
    known = _REFUSED.get(code) if isinstance(code, int) else None
    trouble = Trouble.BLOCKED if known else Trouble.UNREADABLE
    raise CollectError(trouble, f"code {code!r:.12}: {known or line(value.get('msg'), 60)}")


def account_in(value: Any) -> tuple[Mapping[str, Any], frozenset[str]] | None:
    """An account's data and ids, from a page's state or an answer; None where there is none."""
    for path in ("user.userPageData", "userPageData", "data", "user"):
        data = mapping(dig(value, path))
        basic = mapping(data.get("basicInfo") or data.get("basic_info"))
        if basic:
            ids = ids_in(basic, "userId", "user_id", "redId", "red_id")
            return data, ids | users_of(dig(value, "user.notes") or dig(value, "notes"))
    return None


def users_of(notes: Any) -> frozenset[str]:
    """The author ids of the note cards of a profile page, in its pages of notes."""
    cards = [mapping(card) for page in sequence(notes) for card in sequence(page)]
    users = (dig(card, "noteCard.user") or card.get("user") for card in cards)
    return frozenset(ident for user in users for ident in ids_in(user, "userId", "user_id"))


def profile_of(data: Mapping[str, Any], handle: str) -> Profile:
    """The face, from the page's `userPageData` or the answer of `otherinfo`."""
    basic = mapping(data.get("basicInfo") or data.get("basic_info"))
    bio = basic.get("desc")
    kind = dig(data, "verifyInfo.redOfficialVerifyType")
    official = kind if isinstance(kind, int) and not isinstance(kind, bool) else None
    return Profile(
        handle=handle,
        name=line(basic.get("nickname"), 60),
        bio=text_of(bio) if isinstance(bio, str) else None,
        avatar=file_name(basic.get("imageb") or basic.get("images")),
        verified=True if official else None,  # what 0 means is documented nowhere
        verified_type=str(official) if official else None,
        followers=_fans(data.get("interactions")),
    )


def _fans(rows: Any) -> int | None:
    """Counts are texts: "912", "1.2万", "10+"."""
    for row in map(mapping, sequence(rows)):
        if row.get("type") == "fans":
            told = row.get("count")
            return count(re.sub(r"\+$", "", told) if isinstance(told, str) else told)
    return None
