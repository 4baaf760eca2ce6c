"""What api.weixin.qq.com means by its errcodes; every answer is HTTP 200, good or bad."""

from __future__ import annotations

from typing import Any

from collectors._wechat import read_json
from watcher.model import CollectError, Page, Trouble

STALE_TOKEN = frozenset({40001, 40014, 42001})
NOT_PERMITTED = frozenset({48001, 61007})
DATE_RANGE, NOT_READY = 61501, 61503
_MEANING: dict[int, tuple[Trouble, str]] = {
    -1: (Trouble.UNREACHABLE, "system busy"),
    40001: (Trouble.BLOCKED, "operator: AppSecret or access_token is refused"),
    40013: (Trouble.BLOCKED, "operator: the AppID is wrong"),
    40014: (Trouble.BLOCKED, "operator: access_token is refused"),
    40125: (Trouble.BLOCKED, "operator: the AppSecret is wrong or was reset"),
    40164: (Trouble.BLOCKED, "operator: put our address on the account's IP allow-list"),
    41002: (Trouble.BLOCKED, "operator: settings need an appid"),
    41004: (Trouble.BLOCKED, "operator: settings need a secret"),
    40243: (Trouble.BLOCKED, "operator: the AppSecret is frozen"),
    42001: (Trouble.BLOCKED, "access_token keeps expiring"),
    45009: (Trouble.BLOCKED, "today's quota is used up"),
    45011: (Trouble.BLOCKED, "asked too fast"),
    47009: (Trouble.UNREADABLE, "WeChat retired this API"),
    # says that the owner's interfaces are limited, which the public may not notice at all
    50002: (Trouble.BLOCKED, "operator: WeChat limits this account's API, ask its owner"),
    48001: (Trouble.BLOCKED, "operator: the account lacks this API (not verified?)"),
    61004: (Trouble.BLOCKED, "operator: put our address on the platform's IP allow-list"),
    61007: (Trouble.BLOCKED, "operator: the owner did not grant this API"),
    61023: (Trouble.BLOCKED, "operator: the owner must authorise again"),
}
_RETRY_AFTER = {45011: 60.0}  # seconds


class ApiError(CollectError):
    """An errcode, and what it means."""

    def __init__(self, code: int, api: str) -> None:
        trouble, meaning = _MEANING.get(code, (Trouble.UNREADABLE, "an errcode we do not know"))
        super().__init__(trouble, f"{api}: errcode {code}, {meaning}", _RETRY_AFTER.get(code))
        self.code = code


def payload(page: Page, api: str) -> dict[str, Any]:
    """The answer where it is a good one. Raises ApiError for an errcode, CollectError."""
    told = read_json(page)
    code = told.get("errcode", 0)
    if isinstance(code, bool) or not isinstance(code, int):
        raise CollectError(Trouble.UNREADABLE, f"{api}: errcode is no number")
    if code:
        raise ApiError(code, api)
    if page.status != 200:
        raise CollectError(Trouble.UNREADABLE, f"{api}: HTTP {page.status}")
    return told
