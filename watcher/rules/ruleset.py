"""The thresholds and wordings of the rules, as plain frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from watcher.calendar import local
from watcher.model import Account, Exemption, Level, Role

DAY = timedelta(days=1)
NOTICES = (
    *("停止更新", "停更公告", "停更通知", "停更声明", "停更说明", "暂停更新", "不再更新"),
    *("关停公告", "关停通知", "关停的公告", "关停的通知", "账号关停", "停止运营", "停止运行"),
    *("停用公告", "停止使用", "注销公告", "注销的公告", "账号注销", "账号…迁移", "迁移公告"),
)
# The same words about something else: water, roads, another's account.
NO_NOTICES = (
    *("停水", "停电", "停气", "道路", "路段", "航班", "列车", "系统", "网站", "小程序", "热线"),
    *("营业执照", "企业注销", "公司注销", "证书", "许可证", "不动产", "服务器", "临时"),
    *("他人", "假冒", "仿冒", "回复", "解答", "关于公众", "恢复更新"),
)
_WECHAT: tuple[tuple[int | None, int], ...] = ((10_000, 15), (100_000, 30), (None, 60))
# Days by number of followers (domain.md §2.8, not confirmed lately); None: more than these.
COOLING_OFF: tuple[tuple[str, tuple[tuple[int | None, int], ...]], ...] = (
    ("wechat_service", _WECHAT),
    ("wechat_subscription", _WECHAT),
    ("wechat_channels", _WECHAT),
    ("other", ((None, 15),)),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the catalogue: what it is called, what it rests on, who hears of it.

    `level_high` is the level of its graver form (a second week, 13 days, a zombie, a term that
    has run out). `late_roles` join the digest once a term has run out, `red_roles` at red.
    `roles` hear at once, `digest_roles` in the next digest, `orange_roles` join the digest from
    orange on, `later_roles` with the first reminder. `deadline_days` are working days,
    `evidence_days` calendar days.
    """

    rule: str
    name: str
    article: str
    level: Level
    level_high: Level | None = None
    enabled: bool = True
    roles: tuple[Role, ...] = ()
    digest_roles: tuple[Role, ...] = ()
    orange_roles: tuple[Role, ...] = ()
    later_roles: tuple[Role, ...] = ()
    late_roles: tuple[Role, ...] = ()
    red_roles: tuple[Role, ...] = ()
    reminder: timedelta | None = DAY
    deadline_days: int | None = None
    evidence_days: int = 1096  # packages of evidence are kept so long: three years
    thresholds: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def high(self) -> Level:
        return self.level_high or self.level


@dataclass(frozen=True, slots=True)
class RuleSet:
    """config/rules.yaml, parsed. The defaults of the thresholds are those of domain.md §6.3."""

    rules: Mapping[str, Rule] = field(default_factory=lambda: MappingProxyType({}))
    recent: timedelta = DAY  # older evidence opens no case
    reposts_count: bool = True
    not_updated_weekly: frozenset[str] = frozenset({"app", "wechat_miniprogram"})
    remind_weekday: int = 4  # ISO: Thursday
    remind_at: time = time(10)  # Beijing
    repeated_weeks: int = 2
    new_account_by: int = 3  # ISO: Wednesday
    near: timedelta = 10 * DAY
    urgent: timedelta = 13 * DAY
    overdue: timedelta = 14 * DAY
    dormant: timedelta = 30 * DAY
    zombie: timedelta = 90 * DAY
    inactive: timedelta = 180 * DAY
    backdated: timedelta = timedelta(hours=48)
    absent: timedelta = DAY  # an app is looked for so long …
    absent_looks: int = 3  # … and so often before it is called gone
    gone: timedelta = DAY  # an account is looked for so long …
    gone_looks: int = 3  # … and so often before it is called gone
    gone_suspended: Level = Level.ORANGE  # OFF-01 of an account that was allowed to stop
    notice_phrases: tuple[str, ...] = NOTICES
    not_notices: tuple[str, ...] = NO_NOTICES
    notice_grace: int = 3  # working days after the suspension in which to say so
    notice_lookback: timedelta = 30 * DAY  # it may have been said so long before
    quiet: timedelta = 30 * DAY  # SUS-03 ends when nothing came for so long
    notice_days: int = 15  # working days of notice (Art. 9)
    notice_plain: Level = Level.YELLOW  # DER-02 where Art. 9 ¶2 is not the case
    delete_days: int = 5  # working days after the platform's cooling-off
    cooling_off: tuple[tuple[str, tuple[tuple[int | None, int], ...]], ...] = COOLING_OFF
    no_ipv6: timedelta = DAY  # a host is asked for so long before it is said to have none
    published_on: date | None = None  # 《办法》公布之日; None: FIL-05 and FIL-06 are off
    paper_lasts: timedelta = 365 * DAY  # filings quiet for longer are history
    form_days: int = 3  # working days for the form …
    form_remind: int = 2
    national_days: int = 3  # … and for the national system
    regularise_days: int = 30  # working days for what is older than the regulation …
    regularise_remind: tuple[int, ...] = (20, 27)
    close_days: int = 30  # … and calendar days for what is to be closed
    close_remind: tuple[int, ...] = (15, 25)
    late: int = 1  # working days past the term …
    very_late: int = 5
    blind: timedelta = timedelta(hours=12)
    warn_from: tuple[int, int] = (11, 15)  # month, day
    names_seen: timedelta = DAY  # a name is compared with others when seen for so long
    names_apart: frozenset[str] = frozenset({"app", "wechat_miniprogram"})  # may be called anything
    expiring: int = 30  # days before its end a contract is asked for
    inspected_by: tuple[int, int] = (11, 15)  # month, day: the last for the year's inspection
    receipt: timedelta = DAY  # within which a platform confirms that it has our letter …
    result_days: int = 3  # … and working days within which it says what it did
    rechecks: tuple[int, ...] = (1, 7, 30, 90)  # days after which an impersonator is looked for

    def active(self, rule: str) -> Rule | None:
        """The rule where it is on, else None."""
        found = self.rules.get(rule)
        return found if found and found.enabled else None


def exempt(account: Account, rule: str, now: datetime) -> bool:
    """Whether an exemption of the account covers the rule today; `until` is inclusive."""
    return bool(account.exemptions) and covered(account.exemptions, rule, now)


def covered(exemptions: Iterable[Exemption], rule: str, now: datetime) -> bool:
    """The same of any exemptions."""
    today = local(now).date()
    return any(
        _covers(pattern, rule) and _lasts(exemption.until, today)
        for exemption in exemptions
        for pattern in exemption.rules
    )


def _covers(pattern: str, rule: str) -> bool:
    return pattern == rule or (pattern.endswith("*") and rule.startswith(pattern[:-1]))


def _lasts(until: date | None, today: date) -> bool:
    return until is None or today <= until
