"""Filings (备案事项): what paper says of an account, in the order the regulation wants. Pure.

Art. 8(二): apply, be reviewed (two-level route only), be approved, then act; Art. 8(一): within
three working days of the act the form and the national system. Art. 9 adds, for a deregistration,
the unit's collective decision before and a public notice of 15 working days between approval and
act. Dates are Beijing days as written on paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from watcher.calendar import Deadline, WorkCalendar, deadline
from watcher.model import FiledState, UnitKind

FORM_DAYS = 3  # working days for form and national system (Art. 8(一))
NOTICE_DAYS = 15  # working days of public notice (Art. 9)
REGULARISE_DAYS = 30  # working days for accounts older than the regulation (Art. 30)
MERGE_DAYS = 30  # calendar days for those to be merged or closed (Art. 30)


class FilingKind(StrEnum):
    """The five events that Art. 8 wants filed."""

    OPEN = "open"  # 开设
    CHANGE = "change"  # 变更
    MERGE = "merge"  # 整合: a parent; each account given up has a filing of its own
    SUSPEND = "suspend"  # 关停
    DEREGISTER = "deregister"  # 注销


class FilingStep(StrEnum):
    """How far a filing has come."""

    DRAFT = "draft"  # 拟申请
    APPLIED = "applied"  # 已申请
    REVIEWED = "reviewed"  # 已初审
    APPROVED = "approved"  # 已审批
    NOTICE = "notice"  # 公告中
    CARRIED_OUT = "carried_out"  # 已实施，待报备
    FILED = "filed"  # 已报备
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Route(StrEnum):
    """Who must agree (Art. 8(二))."""

    ONE_STEP = "one_step"  # 市政府办公室 审批
    TWO_STEPS = "two_steps"  # 区政府办公室 审核, then 市政府办公室 审批


# Art. 8(二)1 names these; everybody else, the text's silence on towns included, takes two steps.
_ONE_STEP = frozenset(
    {
        UnitKind.DISTRICT_GOVERNMENT,
        UnitKind.MANAGEMENT_COMMITTEE,
        UnitKind.CITY_DEPARTMENT,
        UnitKind.VERTICAL_DEPARTMENT,
        UnitKind.STATUTORY_BODY,
        UnitKind.SOE,
    }
)


def route_of(kind: UnitKind, parent: UnitKind | None = None) -> Route:
    """The way a unit's applications take; an internal organ or institution takes its parent's."""
    if kind in _ONE_STEP or parent in _ONE_STEP - {UnitKind.DISTRICT_GOVERNMENT}:
        return Route.ONE_STEP
    return Route.TWO_STEPS


@dataclass(frozen=True, slots=True)
class Filing:
    """One event on paper. None: not yet, or not known."""

    key: str  # 事项编号
    kind: FilingKind
    unit: str  # key of the sponsoring unit
    account: str = ""  # key; "" where an account to be opened has none yet
    platform: str = ""
    account_name: str = ""
    changes: Mapping[str, str] = field(default_factory=dict)  # field of Profile -> approved value
    reason: str = ""
    decided_on: date | None = None  # 集体研究
    decision: str = ""  # 纪要文号
    applied_on: date | None = None
    reviewed_on: date | None = None  # 区政府办公室审核
    approved_on: date | None = None  # 市政府办公室审批
    approval: str = ""  # 审批文号
    notice_from: date | None = None  # 公告起始
    notice_url: str = ""
    carried_out_on: date | None = None
    form_on: date | None = None  # 登记表
    national_on: date | None = None  # 全国系统
    ended_on: date | None = None  # rejected or withdrawn
    rejected: bool = False
    parent: str = ""  # key of the merge this belongs to
    keeps: str = ""  # of a merge: key of the account that stays
    override: str = ""  # who allowed what Art. 9 forbids in principle, and why
    note: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """All that paper says of one account: its filings, newest first, and the accepted face.

    `accepted` holds the fields of Profile that were accepted, by a filing or by a person; a field
    that is not there has never been seen or filed.
    """

    filings: tuple[Filing, ...] = ()
    accepted: Mapping[str, Any] = field(default_factory=dict)
    accepted_at: datetime | None = None


NO_PAPER = Paper()


def step_of(filing: Filing) -> FilingStep:
    """How far it has come, by the latest date it carries."""
    if filing.ended_on is not None:
        return FilingStep.REJECTED if filing.rejected else FilingStep.WITHDRAWN
    if filing.carried_out_on is not None:
        done = filing.form_on is not None and filing.national_on is not None
        return FilingStep.FILED if done else FilingStep.CARRIED_OUT
    steps = (
        (filing.notice_from, FilingStep.NOTICE),
        (filing.approved_on, FilingStep.APPROVED),
        (filing.reviewed_on, FilingStep.REVIEWED),
        (filing.applied_on, FilingStep.APPLIED),
    )
    return next((step for day, step in steps if day is not None), FilingStep.DRAFT)


# In the order in which they must follow each other, with the words of the offices.
_ORDER: tuple[tuple[str, str], ...] = (
    ("decided_on", "集体研究日期"),
    ("applied_on", "申请日期"),
    ("reviewed_on", "初审日期"),
    ("approved_on", "审批日期"),
    ("notice_from", "公告起始日期"),
)
_AFTER_THE_ACT: tuple[tuple[str, str], ...] = (
    ("form_on", "登记表日期"),
    ("national_on", "全国系统日期"),
)
FIELD_WORDS: Mapping[str, str] = dict(
    (*_ORDER, ("carried_out_on", "实施日期"), *_AFTER_THE_ACT, ("ended_on", "终止日期"))
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing on paper that cannot be: at which field, and what to do."""

    field: str
    message: str


def wrongs(filing: Filing, kind: UnitKind, today: date) -> tuple[Wrong, ...]:
    """Everything about a filing that cannot be so on paper.

    An act before its approval is no mistake of the paper but a finding (FIL-02); so it is allowed.
    """
    return (
        *_disorder(filing),
        *_not_yet(filing, today),
        *_gaps(filing, kind),
        *_guards(filing, kind),
        *_unfit(filing),
    )


def _disorder(filing: Filing) -> Iterator[Wrong]:
    last: tuple[date, str] | None = None
    for name, word in _ORDER:
        day: date | None = getattr(filing, name)
        if day is None:
            continue
        if last is not None and day < last[0]:
            yield Wrong(name, f"{word} {day} 早于{last[1]} {last[0]}；请核对两个日期")
        last = (day, word)
    act = filing.carried_out_on
    for name, word in _AFTER_THE_ACT:
        day = getattr(filing, name)
        if day is not None and act is None:
            yield Wrong(name, f"有{word}而没有实施日期；请补填实施日期")
        elif day is not None and act is not None and day < act:
            yield Wrong(name, f"{word} {day} 早于实施日期 {act}；请核对两个日期")


def _not_yet(filing: Filing, today: date) -> Iterator[Wrong]:
    for name, word in FIELD_WORDS.items():
        day: date | None = getattr(filing, name)
        if day is not None and name != "notice_from" and day > today:
            yield Wrong(name, f"{word} {day} 尚未到；只登记已经发生的日期")


def _gaps(filing: Filing, kind: UnitKind) -> Iterator[Wrong]:
    if filing.approved_on is not None and filing.applied_on is None:
        yield Wrong("applied_on", "有审批日期而没有申请日期；请补填申请日期")
    two = route_of(kind) is Route.TWO_STEPS
    if two and filing.approved_on is not None and filing.reviewed_on is None:
        yield Wrong(
            "reviewed_on",
            "区政府部门须先经区政府办公室审核（《办法》第八条（二）2），缺初审日期；"
            "确未审核的，用 --as-happened 据实登记",
        )
    if filing.notice_from is not None and not filing.notice_url:
        yield Wrong("notice_url", "有公告起始日期而没有公告链接；请补填")


def _guards(filing: Filing, kind: UnitKind) -> Iterator[Wrong]:
    closing = filing.kind is FilingKind.DEREGISTER
    if closing and kind is UnitKind.DISTRICT_GOVERNMENT and not filing.override:
        yield Wrong(
            "kind",
            "市、区两级政府开设的账号原则上不得注销（《办法》第九条）；"
            "确经市政府办公室同意的，用 --override 写明批准人和理由",
        )


def _unfit(filing: Filing) -> Iterator[Wrong]:
    if filing.kind is FilingKind.CHANGE and not filing.changes:
        yield Wrong("changes", "变更事项须写明变更后的内容，如 name=新名称")
    if filing.kind is FilingKind.MERGE and not filing.keeps:
        yield Wrong("keeps", "整合事项须写明保留哪个账号")
    if filing.kind not in (FilingKind.OPEN, FilingKind.MERGE) and not filing.account:
        yield Wrong("account", "缺账号编号")
    if filing.kind is FilingKind.OPEN and not (filing.account or filing.account_name):
        yield Wrong("account_name", "开设事项须有账号编号或拟用名称")
    if filing.parent and filing.kind not in (FilingKind.SUSPEND, FilingKind.DEREGISTER):
        yield Wrong("parent", "整合中的其他账号只能关停或注销")


# -- the clocks ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clock:
    """A term that runs: what must be done, from which day, until when; None: done."""

    what: str
    start: date
    due: Deadline
    done_on: date | None = None

    def late(self, today: date) -> bool:
        """Whether it was missed: by a day that came too late, or by today. Never provisionally."""
        return not self.due.provisional and (self.done_on or today) > self.due.on


def clocks(filing: Filing, cal: WorkCalendar) -> tuple[Clock, ...]:
    """The terms of one filing; the day itself is not counted."""
    found = []
    if filing.carried_out_on is not None:
        due = deadline(cal, filing.carried_out_on, FORM_DAYS)
        found.append(Clock("填报备案登记表", filing.carried_out_on, due, filing.form_on))
        found.append(Clock("录入全国系统", filing.carried_out_on, due, filing.national_on))
    if filing.kind is FilingKind.DEREGISTER and filing.notice_from is not None:
        due = deadline(cal, filing.notice_from, NOTICE_DAYS)
        found.append(Clock("注销公告", filing.notice_from, due, filing.carried_out_on))
    return tuple(found)


def regularisation(published_on: date, cal: WorkCalendar) -> tuple[Deadline, Deadline]:
    """Art. 30: the last days for older accounts' procedures, and for merging and closing."""
    plain = Deadline(published_on + timedelta(days=MERGE_DAYS), False)
    return deadline(cal, published_on, REGULARISE_DAYS), plain


def filed_state(filing: Filing, before: FiledState) -> FiledState:
    """What paper says of the account after this filing (domain.md §6.2)."""
    step = step_of(filing)
    acted = step in (FilingStep.CARRIED_OUT, FilingStep.FILED)
    if filing.kind is FilingKind.OPEN and acted:
        return FiledState.ACTIVE
    if filing.kind is FilingKind.SUSPEND and acted:
        return FiledState.SUSPENDED
    if filing.kind is FilingKind.DEREGISTER and acted:
        return FiledState.DEREGISTERED
    if filing.kind is FilingKind.DEREGISTER and step is FilingStep.NOTICE:
        return FiledState.NOTICE_PERIOD
    return before
