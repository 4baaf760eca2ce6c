"""What the owners' own APIs of several platforms mean by their codes; pure.

A code about our credential or our app is BLOCKED and says what an operator must do; only a code
about the owner's own account says GONE or BANNED.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collectors._values import line, text_of
from watcher.model import CollectError, Source, Trouble

Meanings = Mapping[int, tuple[Trouble, str]]
_AGAIN = "operator: let the account's owner authorise again"
_APP = "operator: the app has no permission for this call"

WEIBO: Meanings = {
    10001: (Trouble.UNREACHABLE, "system error"),
    10002: (Trouble.UNREACHABLE, "service unavailable"),
    10003: (Trouble.UNREACHABLE, "remote service error"),
    10004: (Trouble.BLOCKED, "operator: put our address on the app's list of safe addresses"),
    10005: (Trouble.BLOCKED, _APP),
    10009: (Trouble.UNREACHABLE, "too many pending tasks"),
    10010: (Trouble.UNREACHABLE, "job expired"),
    10011: (Trouble.UNREACHABLE, "RPC error"),
    10013: (Trouble.BLOCKED, "operator: the token is of no valid Weibo user"),
    10014: (Trouble.BLOCKED, _APP),
    10022: (Trouble.BLOCKED, "the quota of our address is used up"),
    10023: (Trouble.BLOCKED, "the quota of this user is used up"),
    10024: (Trouble.BLOCKED, "the quota of this call is used up"),
    20003: (Trouble.GONE, "User does not exist"),
    21335: (Trouble.BLOCKED, "operator: the token belongs to another account than the uid"),
    21337: (Trouble.BLOCKED, _APP),
    **dict.fromkeys((*range(21314, 21320), 21327, 21332), (Trouble.BLOCKED, _AGAIN)),
}
DOUYIN: Meanings = {
    **dict.fromkeys(
        (28001008, 2190008, 10008), (Trouble.BLOCKED, "access_token expired; " + _AGAIN)
    ),
    **dict.fromkeys((28001003, 2190002), (Trouble.BLOCKED, "access_token refused; " + _AGAIN)),
    10010: (Trouble.BLOCKED, "refresh_token expired; " + _AGAIN),
    10020: (Trouble.BLOCKED, "renewals of refresh_token used up; " + _AGAIN),
    10004: (Trouble.BLOCKED, _APP),
    10005: (Trouble.BLOCKED, "operator: settings lack a parameter"),
    28001012: (Trouble.BLOCKED, "the owner did not grant this; " + _AGAIN),
    28001015: (Trouble.BLOCKED, "operator: token and open_id are of different accounts"),
    **dict.fromkeys((28001014, 28001018, 2190004, 2100007), (Trouble.BLOCKED, _APP)),
    28001016: (Trouble.BLOCKED, "operator: the app is banned or offline"),
    28001019: (Trouble.BLOCKED, "operator: the app's capability is banned"),
    28001056: (Trouble.UNREADABLE, "Douyin retired this API"),
    28001045: (Trouble.GONE, "the owner's account is cancelled"),
    28001046: (Trouble.BANNED, "the owner's account is banned"),
    2100009: (Trouble.BANNED, "the owner's account is banned"),
    28001047: (Trouble.BLOCKED, "the owner's account is private"),
    28003017: (Trouble.BLOCKED, "the quota is used up"),
    2190001: (Trouble.BLOCKED, "the quota is used up"),
    28003018: (Trouble.BLOCKED, "asked too fast"),
    28001052: (Trouble.BLOCKED, "risk control: asked too often"),
    **dict.fromkeys((28001005, 28001006, 2100004), (Trouble.UNREACHABLE, "busy")),
}
BILIBILI: Meanings = {
    127001: (Trouble.BLOCKED, "access_token refused; " + _AGAIN),
    122007: (Trouble.BLOCKED, "refresh_token refused; " + _AGAIN),
    122000: (Trouble.BLOCKED, "operator: client_id or app_secret is wrong"),
    122001: (Trouble.BLOCKED, "operator: client_id or app_secret is wrong"),
    127000: (Trouble.BLOCKED, "operator: settings lack a credential"),
    127004: (Trouble.BLOCKED, "operator: client_id is wrong"),
    127005: (Trouble.BLOCKED, "operator: the developer is not verified"),
    127006: (Trouble.BLOCKED, "operator: the app is not verified"),
    127007: (Trouble.BLOCKED, _APP),
    127011: (Trouble.BLOCKED, "the owner did not grant this; " + _AGAIN),
    127009: (Trouble.BLOCKED, "the quota is used up"),
    127306: (Trouble.BLOCKED, "asked too fast"),
    127200: (Trouble.UNREACHABLE, "busy"),
    127201: (Trouble.UNREACHABLE, "busy"),
    **dict.fromkeys(
        (127002, 127010, *range(4002, 4009)),
        (Trouble.BLOCKED, "operator: the signature is refused (app_secret, clock?)"),
    ),
}
BAIJIAHAO: Meanings = {
    60001001: (Trouble.BLOCKED, "operator: app_id or app_token is wrong or was reset"),
    10002: (Trouble.BLOCKED, _APP),
    # unaudited or muted: what that means in public is not said, so it is no verdict
    60000005: (Trouble.BLOCKED, "the account is not approved or muted; ask its owner"),
    60000009: (Trouble.GONE, "帐号不存在"),
    10009: (Trouble.BLOCKED, "operator: the app_id is another author's"),
    **dict.fromkeys((4, 5, 10003, 10005), (Trouble.UNREACHABLE, "internal error")),
    **dict.fromkeys((60000006, 60000020), (Trouble.UNREACHABLE, "internal error")),
}


class CodeError(CollectError):
    """A refusal by code, and what it means."""

    def __init__(self, meanings: Meanings, code: int, call: str, said: Any = "") -> None:
        trouble, meaning = meanings.get(code, (Trouble.UNREADABLE, "a code we do not know"))
        told = line(said, 80)
        words = f" ({told})" if told and told != meaning else ""
        super().__init__(trouble, f"{call}: code {code}, {meaning}{words}")
        self.code = code


def number(value: Any) -> int | None:
    """A code, as number or text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)[:20].strip()
    return (
        int(text) if text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() else None
    )


def setting(source: Source, name: str) -> str:
    """A setting of the source as text; what is not there is left to the platform to refuse."""
    value = source.settings.get(name)
    return text_of(str(value)) if isinstance(value, str | int) else ""
