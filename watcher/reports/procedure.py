"""程序执行情况: whether the events of a period kept the order and the terms of Art. 8 and 9. Pure.

None is an answer: what does not apply, or whose term still runs, counts neither for nor against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from watcher.calendar import WorkCalendar, is_working_day
from watcher.filings import (
    FORM_DAYS,
    NOTICE_DAYS,
    Clock,
    Filing,
    FilingKind,
    clocks,
    must_be_reviewed,
)
from watcher.model import Unit
from watcher.reports.figures import Rate
from watcher.reports.period import Period

FORM, NATIONAL, NOTICE = "填报备案登记表", "录入全国系统", "注销公告"  # as `clocks` calls them


@dataclass(frozen=True, slots=True)
class Procedure:
    """What may be said of one event; each None where it does not apply or is not over yet."""

    filing: Filing
    approved_first: bool | None  # 审批先行
    form_in_time: bool | None  # 登记表 within 3 working days
    national_in_time: bool | None  # 全国系统 within 3 working days
    both_levels: bool | None  # 区审核 then 市审批, where two levels are needed
    notice_kept: bool | None  # 公告 of 15 working days before a deregistration
    days_to_form: int | None  # working days from the act to the form

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was not kept, in the words of annex 1; facts, no verdict on anybody."""
        return tuple(text for name, text in _REMARKS.items() if getattr(self, name) is False)

    @property
    def conclusion(self) -> str:
        if self.remarks:
            return "；".join(self.remarks)
        known = [getattr(self, name) for name in _REMARKS]
        return "符合程序" if True in known else "尚无可核对的日期"


_REMARKS: Mapping[str, str] = {
    "approved_first": "实施早于审批或未见审批",
    "form_in_time": f"登记表超过{FORM_DAYS}个工作日",
    "national_in_time": f"全国系统超过{FORM_DAYS}个工作日",
    "both_levels": "区级审核未见或晚于市级审批",
    "notice_kept": f"公告不足{NOTICE_DAYS}个工作日",
}


def procedure_of(filing: Filing, unit: Unit, cal: WorkCalendar, today: date) -> Procedure:
    """What may be said of an event on a Beijing day. A provisional term is never missed."""
    terms = {clock.what: clock for clock in clocks(filing, cal)}
    return Procedure(
        filing,
        approved_first=_approved_first(filing),
        form_in_time=_kept(terms.get(FORM), today),
        national_in_time=_kept(terms.get(NATIONAL), today),
        both_levels=_both_levels(filing, unit),
        notice_kept=_notice_kept(filing, terms.get(NOTICE)),
        days_to_form=_working_days(filing.carried_out_on, filing.form_on, cal),
    )


def happened_in(filing: Filing, period: Period) -> bool:
    """Whether an event belongs to a period: by its act, else by the last step it came to."""
    days = (
        filing.carried_out_on,
        filing.ended_on,
        filing.notice_from,
        filing.approved_on,
        filing.reviewed_on,
        filing.applied_on,
        filing.decided_on,
    )
    found = next((day for day in days if day is not None), None)
    return found is not None and period.since <= found <= period.until


def rate(procedures: Iterable[Procedure], of: Callable[[Procedure], bool | None]) -> Rate:
    """So many kept it, of those of which it can be said."""
    known = [said for each in procedures if (said := of(each)) is not None]
    return Rate(sum(known), len(known))


# -- inside ------------------------------------------------------------------------------------


def _approved_first(filing: Filing) -> bool | None:
    """An act without an approval of the same day or earlier came first (Art. 8(二))."""
    if filing.carried_out_on is None or filing.ended_on is not None:
        return None
    return filing.approved_on is not None and filing.approved_on <= filing.carried_out_on


def _kept(clock: Clock | None, today: date) -> bool | None:
    if clock is None or (clock.done_on is None and not clock.late(today)):
        return None
    return not clock.late(today)


def _both_levels(filing: Filing, unit: Unit) -> bool | None:
    if filing.approved_on is None or not must_be_reviewed(unit):
        return None
    return filing.reviewed_on is not None and filing.reviewed_on <= filing.approved_on


def _notice_kept(filing: Filing, clock: Clock | None) -> bool | None:
    """Art. 9: the act may follow on the day after the term is full."""
    if filing.kind is not FilingKind.DEREGISTER or filing.carried_out_on is None:
        return None
    if clock is None:
        return False
    return None if clock.due.provisional else filing.carried_out_on > clock.due.on


def _working_days(start: date | None, end: date | None, cal: WorkCalendar) -> int | None:
    """Working days after the first day up to the last; 0 for the same day; None if unknown."""
    if start is None or end is None or end < start:
        return None
    days = range(start.toordinal() + 1, end.toordinal() + 1)
    return sum(is_working_day(cal, date.fromordinal(each)) for each in days)
