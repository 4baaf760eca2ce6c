"""FIL-03 to FIL-06: the terms that filings and older accounts have. 《办法》Art. 8(一), 30."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from watcher.calendar import Deadline, WorkCalendar, deadline, local, midnight
from watcher.filings import NO_PAPER, Filing, FilingKind, regularisation
from watcher.model import Dossier, FiledState, Finding
from watcher.rules.filing_facts import (
    REGISTER,
    active,
    before_the_law,
    born,
    days_of,
    facts_of,
    found,
    openings,
    running,
)
from watcher.rules.ruleset import Rule, RuleSet

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Term:
    """A term that runs: what it is about, its last day, and the days on which to remind of it."""

    rule: Rule
    subject: str
    start: date
    due: Deadline
    marks: tuple[date, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def overrun(dossier: Dossier, term: Term, now: datetime) -> Iterator[Finding]:
    """A reminder from its first mark on, and the graver form when the last day has passed."""
    today, due = local(now).date(), term.due
    late = not due.provisional and today > due.on
    reached = [mark for mark in term.marks if mark <= today]
    if not late and not reached:
        return
    facts = {
        "start": term.start.isoformat(),
        "due": due.on.isoformat(),
        "provisional": due.provisional,
        "late": late,
        "remind_at": None if late else midnight(reached[-1]).isoformat(),
        **term.facts,
    }
    level = term.rule.high if late else term.rule.level
    yield found(term.rule, dossier.account.key, term.subject, now, facts, level)


def terms(dossier: Dossier, now: datetime, rules: RuleSet, cal: WorkCalendar) -> Iterator[Term]:
    """The terms that run for one account and are not met."""
    for filing in running(dossier, now, rules):
        yield from _reporting(dossier, filing, now, rules, cal)
    published = rules.published_on
    if published is not None:
        yield from _older(dossier, published, now, rules, cal)


def _reporting(
    dossier: Dossier, filing: Filing, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> Iterator[Term]:
    """FIL-03, the form, and FIL-04, the national system: so many working days after the act."""
    act, account = filing.carried_out_on, dossier.account
    if act is None or filing.kind is FilingKind.MERGE or before_the_law(act, rules):
        return
    form, national = (active(account, name, now, rules) for name in ("FIL-03", "FIL-04"))
    if form and filing.form_on is None:
        mark = deadline(cal, act, rules.form_remind).on
        due = deadline(cal, act, rules.form_days)
        yield Term(form, filing.key, act, due, (mark,), facts_of(filing))
    if national and filing.national_on is None and not _reported(dossier, filing):
        due = deadline(cal, act, rules.national_days)
        yield Term(national, filing.key, act, due, (), facts_of(filing))


def _reported(dossier: Dossier, filing: Filing) -> bool:
    """Whether an export of the national system shows the account since it was opened."""
    said = (dossier.paper or NO_PAPER).national
    act = filing.carried_out_on
    opened = filing.kind is FilingKind.OPEN and said is not None and said.fields is not None
    return opened and act is not None and said is not None and said.on >= act


def _older(
    dossier: Dossier, published: date, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> Iterator[Term]:
    """FIL-05 and FIL-06, Art. 30: accounts that were there before the regulation."""
    account, first = dossier.account, born(dossier)
    if first is None or first[0] >= published:
        return
    days = rules.regularise_days, rules.close_days
    procedures, closing = regularisation(published, cal, *days)
    facts = {"opened_on": first[0].isoformat(), "published_on": published.isoformat()}
    fifth = active(account, "FIL-05", now, rules)
    if fifth and account.filed_state is FiledState.ACTIVE and not _regular(dossier):
        marks = _marks(published, rules.regularise_remind, cal)
        yield Term(fifth, REGISTER, published, procedures, marks, facts)
    sixth = active(account, "FIL-06", now, rules)
    for filing in (dossier.paper or NO_PAPER).filings if sixth else ():
        if sixth and _to_be_closed(filing, closing.on):
            marks = tuple(published + n * DAY for n in rules.close_remind)
            yield Term(sixth, filing.key, published, closing, marks, {**facts, **facts_of(filing)})


@lru_cache(maxsize=64)
def _marks(published: date, numbers: tuple[int, ...], cal: WorkCalendar) -> tuple[date, ...]:
    return tuple(deadline(cal, published, n).on for n in numbers)


def _regular(dossier: Dossier) -> bool:
    """Whether paper shows that an older account's procedures were completed."""
    account = dossier.account
    approved = any(filing.approved_on is not None for filing in openings(dossier))
    return approved or account.approved_on is not None or account.filed_on is not None


def _to_be_closed(filing: Filing, closing: date) -> bool:
    """Whether it was planned within the term that this account be closed, and is not yet."""
    kinds = (FilingKind.SUSPEND, FilingKind.DEREGISTER)
    if filing.kind not in kinds or filing.ended_on or filing.carried_out_on:
        return False
    begun = min(days_of(filing), default=None)
    return begun is not None and begun <= closing
