"""A name that a deregistered account set free, borne by another account. 《办法》Art. 9, 20, 25.

It is a lead and no finding: who bears it may be the same unit that opened anew without filing, or
somebody who takes the public in. A person looks (domain.md §6.2: deregistered × name taken).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from watcher.canonical import skeleton
from watcher.filings import Lead
from watcher.model import Account, FiledState

AUTHOR = "守望"
_SHORTEST = 2  # characters: a shorter name is anybody's
# Official accounts of WeChat share one set of names, whatever their kind.
_ONE_SPACE = {"wechat": "wechat_subscription", "wechat_service": "wechat_subscription"}


@dataclass(frozen=True, slots=True)
class Bearer:
    """An account that was read, and the name it shows."""

    platform: str
    handle: str
    name: str
    url: str = ""
    subject: str = ""  # 认证主体
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class Freed:
    """A deregistered account and all names it bore on its platform."""

    account: Account
    names: frozenset[str]


def freed_name(bearer: Bearer, deregistered: Iterable[Freed]) -> Freed | None:
    """The deregistered account whose name another account of the same platform bears now.

    Names are compared as a reader takes them in, look-alike letters as one. The account itself,
    back under its own id, is no other: that is DER-06.
    """
    name, space = skeleton(bearer.name), _space(bearer.platform)
    if len(name) < _SHORTEST:
        return None
    return next(
        (
            each
            for each in deregistered
            if each.account.filed_state is FiledState.DEREGISTERED
            and _space(each.account.platform) == space
            and name in {skeleton(name) for name in each.names | {each.account.name}}
            and not _is_itself(bearer, each.account)
        ),
        None,
    )


def lead_of(bearer: Bearer, was: Freed, now: datetime) -> Lead:
    """The lead about who bears a freed name, for the unit that bore it before."""
    note = f"名称与已注销账号“{was.account.name}”（{was.account.key}）相同，可能是释放后被他人使用"
    return Lead(
        was.account.platform,
        bearer.handle,
        bearer.name,
        now,
        subject=bearer.subject,
        url=bearer.url,
        unit=was.account.unit.key,
        note=note,
        author=AUTHOR,
        followers=bearer.followers,
    )


def _space(platform: str) -> str:
    return _ONE_SPACE.get(platform, platform)


def _is_itself(bearer: Bearer, account: Account) -> bool:
    mine = {account.platform_id.strip(), *(source.handle.strip() for source in account.sources)}
    return not bearer.handle.strip() or bearer.handle.strip() in mine
