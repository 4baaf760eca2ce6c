"""Filings (备案事项): what paper says of an account, in the order the regulation wants. Pure.
Art. 8(二): apply, be reviewed (two-level route only), be approved, then act; Art. 8(一): within
three working days of the act the form and the national system. Art. 9 adds, for a deregistration,
the unit's collective decision before and a public notice of 15 working days between approval and
act. Dates are Beijing days as written on paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from watcher.calendar import Deadline, WorkCalendar, deadline
from watcher.model import FiledState, Unit, UnitKind

FORM_DAYS = 3  # working days for form and national system (Art. 8(一))
NOTICE_DAYS = 15  # working days of public notice (Art. 9)
REGULARISE_DAYS = 30  # working days for accounts older than the regulation (Art. 30)
MERGE_DAYS = 30  # calendar days for those to be merged or closed (Art. 30)


ON_PAPER = ("FIL-", "DER-01", "DER-03")  # rules that rest on paper alone


def on_paper(rule: str) -> bool:
    """Whether findings of a rule rest on paper alone, whatever is to be seen."""
    return rule.startswith(ON_PAPER)


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


# Whose accounts are in principle not deregistered (Art. 9: 市、区两级政府).
GOVERNMENTS = frozenset({UnitKind.CITY_GOVERNMENT, UnitKind.DISTRICT_GOVERNMENT})
# Art. 8(二)1 names these; everybody else, the text's silence on towns included, takes two steps.
_ONE_STEP = frozenset(
    {
        UnitKind.CITY_GOVERNMENT,
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


# Kinds whose way the text does not fix: it is that of the department they belong to.
_BY_PARENT = frozenset({UnitKind.INTERNAL_ORGAN, UnitKind.PUBLIC_INSTITUTION, UnitKind.OTHER})


def route_for(unit: Unit, parent: UnitKind | None = None) -> Route:
    """The way of a unit's applications, by its kind, its parent's kind, else its offices.

    Of an internal organ or institution whose parent is not known, the register's 初审机关 and
    审批机关 tell the way; where they tell nothing it takes two steps.
    """
    if unit.kind not in _BY_PARENT or parent is not None:
        return route_of(unit.kind, parent)
    alone = bool(unit.approval_authority) and not unit.first_reviewer
    return Route.ONE_STEP if alone else Route.TWO_STEPS


def must_be_reviewed(unit: Unit) -> bool:
    """Whether we know that the district's office must agree first: a guess accuses nobody."""
    if unit.kind in _BY_PARENT:
        return bool(unit.first_reviewer)
    return unit.kind is UnitKind.DISTRICT_DEPARTMENT


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
class National:
    """What an export of 全国政务新媒体信息报送系统 of that day said of an account.

    None: its unit was in the export, the account was not.
    """

    on: date
    fields: Mapping[str, str] | None = None  # field of Account ("unit": its name) -> as written


@dataclass(frozen=True, slots=True)
class Paper:
    """All that paper says of one account: its filings, newest first, and the accepted face.

    `accepted` holds the fields of Profile that were accepted, by a filing or by a person; a field
    that is not there has never been seen or filed.
    """

    filings: tuple[Filing, ...] = ()
    accepted: Mapping[str, Any] = field(default_factory=dict)
    accepted_at: datetime | None = None
    national: National | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """线索: an account that somebody found and that is in no register."""

    platform: str
    handle: str
    name: str
    found_at: datetime
    subject: str = ""  # 认证主体
    url: str = ""
    unit: str = ""  # key of the unit that seems to have opened it; "" where nobody knows
    note: str = ""
    author: str = ""
    followers: int | None = None
    last_post_at: datetime | None = None
    state: str = "open"  # open, filed, foreign
    id: int | None = None


NO_PAPER = Paper()


def step_of(filing: Filing) -> FilingStep:
    """How far it has come, by the latest date it carries."""
    if filing.ended_on is not None:
        return FilingStep.REJECTED if filing.rejected else FilingStep.WITHDRAWN
    if filing.carried_out_on is not None:
        done = filing.kind is FilingKind.MERGE or (
            filing.form_on is not None and filing.national_on is not None
        )
        return FilingStep.FILED if done else FilingStep.CARRIED_OUT
    steps = (
        (filing.notice_from, FilingStep.NOTICE),
        (filing.approved_on, FilingStep.APPROVED),
        (filing.reviewed_on, FilingStep.REVIEWED),
        (filing.applied_on, FilingStep.APPLIED),
    )
    return next((step for day, step in steps if day is not None), FilingStep.DRAFT)


# The days of a filing in the order in which they must follow each other, as offices call them.
BEFORE_THE_ACT: tuple[tuple[str, str], ...] = (
    ("decided_on", "集体研究日期"),
    ("applied_on", "申请日期"),
    ("reviewed_on", "初审日期"),
    ("approved_on", "审批日期"),
    ("notice_from", "公告起始日期"),
)
AFTER_THE_ACT: tuple[tuple[str, str], ...] = (
    ("form_on", "登记表日期"),
    ("national_on", "全国系统日期"),
)
FIELD_WORDS: Mapping[str, str] = dict(
    (*BEFORE_THE_ACT, ("carried_out_on", "实施日期"), *AFTER_THE_ACT, ("ended_on", "终止日期"))
)
# Fields of the national system and of the register that ought to agree, as people call them.
COMPARED: Mapping[str, str] = {
    "name": "账号名称",
    "platform": "账号类型",
    "platform_id": "平台ID",
    "unit": "主办单位",
    "filed_subject": "账号主体",
    "filed_state": "运行状态",
    "opened_on": "开设日期",
    "url": "访问链接",
}


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
    """The terms of one filing; the day itself is not counted.

    Art. 8(一) does not name 整合: the form is due for each account that is given up.
    """
    found = []
    if filing.carried_out_on is not None and filing.kind is not FilingKind.MERGE:
        due = deadline(cal, filing.carried_out_on, FORM_DAYS)
        found.append(Clock("填报备案登记表", filing.carried_out_on, due, filing.form_on))
        found.append(Clock("录入全国系统", filing.carried_out_on, due, filing.national_on))
    if filing.kind is FilingKind.DEREGISTER and filing.notice_from is not None:
        due = deadline(cal, filing.notice_from, NOTICE_DAYS)
        found.append(Clock("注销公告", filing.notice_from, due, filing.carried_out_on))
    return tuple(found)


@lru_cache(maxsize=64)
def regularisation(
    published_on: date,
    cal: WorkCalendar,
    working_days: int = REGULARISE_DAYS,
    plain_days: int = MERGE_DAYS,
) -> tuple[Deadline, Deadline]:
    """Art. 30: the last days for older accounts' procedures, and for merging and closing."""
    plain = Deadline(published_on + timedelta(days=plain_days), False)
    return deadline(cal, published_on, working_days), plain


def regularising(
    filing: Filing, opened_on: date | None, published_on: date | None, cal: WorkCalendar
) -> tuple[Clock, ...]:
    """The term of Art. 30 of a filing about an account older than the regulation."""
    if published_on is None or opened_on is None or opened_on >= published_on:
        return ()
    procedures, closing = regularisation(published_on, cal)
    if filing.kind is FilingKind.OPEN:
        return (Clock("补办手续", published_on, procedures, filing.approved_on),)
    if filing.kind is FilingKind.CHANGE:
        return ()
    return (Clock("整合关停", published_on, closing, filing.carried_out_on),)


def filed_state(filing: Filing, before: FiledState) -> FiledState:
    """What paper says of the account after this filing (domain.md §6.2)."""
    said = _said(filing)
    return before if said is None else said[1]


def paper_state(filings: Iterable[Filing]) -> FiledState | None:
    """What all filings of an account together say of it; None where they say nothing."""
    said = sorted(filter(None, map(_said, filings)), key=lambda each: each[0])
    return said[-1][1] if said else None


def _said(filing: Filing) -> tuple[date, FiledState] | None:
    """From which day on a filing says what of its account."""
    act, notice = filing.carried_out_on, filing.notice_from
    if filing.ended_on is not None:
        return None
    if act is not None and filing.kind in _STATES:
        return act, _STATES[filing.kind]
    if notice is not None and filing.kind is FilingKind.DEREGISTER:
        return notice, FiledState.NOTICE_PERIOD
    return None


_STATES = {
    FilingKind.OPEN: FiledState.ACTIVE,
    FilingKind.SUSPEND: FiledState.SUSPENDED,
    FilingKind.DEREGISTER: FiledState.DEREGISTERED,
}
