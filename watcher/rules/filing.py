"""FIL-01 to FIL-07, DER-01 and DER-03: what paper says, in which order and in time.

《办法》Art. 8, 9 and 30. They judge the ledger of filings and the register, not pages, so no
platform's blindness touches them. Only what stands on paper counts: a day that is missing accuses
nobody of having been too early, and a term that reaches into a year without a notice of holidays
is never called missed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from watcher.calendar import WorkCalendar, deadline, local, midnight
from watcher.filings import (
    COMPARED,
    GOVERNMENTS,
    NO_PAPER,
    Filing,
    FilingKind,
    FilingStep,
    Lead,
    must_be_reviewed,
    step_of,
)
from watcher.model import Account, Dossier, FiledState, Finding
from watcher.rules.filing_facts import (
    NATIONAL,
    REGISTER,
    active,
    before_the_law,
    born,
    facts_of,
    found,
    last_day,
    openings,
    running,
)
from watcher.rules.filing_terms import overrun, terms
from watcher.rules.ruleset import RuleSet

__all__ = ["differences", "judge_filings", "judge_lead", "turns"]

DAY = timedelta(days=1)


def judge_filings(
    dossier: Dossier, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> Iterator[Finding]:
    """What is wrong on the paper of one account."""
    if dossier.paper is None and rules.published_on is None:
        return
    for filing in running(dossier, now, rules):
        yield from _too_early(dossier, filing, now, rules)
        yield from _unreviewed(dossier, filing, now, rules)
        yield from _deregistration(dossier, filing, now, rules)
    yield from _opened_first(dossier, now, rules)
    yield from _differing(dossier, now, rules, cal)
    for term in terms(dossier, now, rules, cal):
        yield from overrun(dossier, term, now)


def judge_lead(lead: Lead, account: Account, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """FIL-01: an account that is in no register and seems to be of the unit of `account`."""
    rule = rules.active("FIL-01")
    if rule is None or lead.state != "open":
        return
    facts = {
        "platform": lead.platform,
        "handle": lead.handle,
        "name": lead.name,
        "verified_as": lead.subject,
        "url": lead.url,
        "unit": account.unit.name,
        "followers": lead.followers,
        "last_post_at": lead.last_post_at.isoformat() if lead.last_post_at else None,
        "found_at": lead.found_at.isoformat(),
        "author": lead.author,
        "note": lead.note,
    }
    yield found(rule, account.key, "lead", now, facts)


def turns(dossier: Dossier, now: datetime, rules: RuleSet, cal: WorkCalendar) -> Iterator[datetime]:
    """The moments at which time alone turns a judgement of paper."""
    if dossier.paper is None and rules.published_on is None:
        return
    for term in terms(dossier, now, rules, cal):
        yield from (midnight(mark) for mark in term.marks)
        yield midnight(term.due.on + DAY)
    for filing in (dossier.paper or NO_PAPER).filings:
        last = last_day(filing)
        if last is not None:
            yield midnight(last + rules.paper_lasts + DAY)


# -- the order of things -----------------------------------------------------------------------


def _too_early(
    dossier: Dossier, filing: Filing, now: datetime, rules: RuleSet
) -> Iterator[Finding]:
    """FIL-02 by a filing: opened before it was approved."""
    rule = active(dossier.account, "FIL-02", now, rules)
    if rule is None or filing.kind is not FilingKind.OPEN:
        return
    act = _first_act(dossier, filing, rules)
    if act is None or (filing.approved_on is not None and act[0] >= filing.approved_on):
        return
    if filing.approved_on is None and filing.carried_out_on is None:
        return  # still on its way: only an approval that came later shows what was too early
    facts = {"act_on": act[0].isoformat(), "act": act[1], **facts_of(filing)}
    yield found(rule, dossier.account.key, filing.key, now, facts)


def _opened_first(dossier: Dossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """FIL-02 by the register, where the ledger holds no opening of the account."""
    rule, account = active(dossier.account, "FIL-02", now, rules), dossier.account
    approved = account.approved_on
    if rule is None or approved is None or openings(dossier):
        return
    act = _first_seen(dossier, rules)
    if act is None or act[0] >= approved or local(now).date() - approved > rules.paper_lasts:
        return
    facts = {"act_on": act[0].isoformat(), "act": act[1], "approved_on": approved.isoformat()}
    yield found(rule, account.key, REGISTER, now, facts)


def _first_act(dossier: Dossier, filing: Filing, rules: RuleSet) -> tuple[date, str] | None:
    """The first day on which the account is known to have been opened, and how it is known."""
    act = filing.carried_out_on
    known = [] if act is None or before_the_law(act, rules) else [(act, "实施日期")]
    again = any(
        other.carried_out_on is not None and other is not filing
        for other in (dossier.paper or NO_PAPER).filings
    )
    seen = None if again else _first_seen(dossier, rules)  # a reopened account was there before
    return min([*known, *([seen] if seen else [])], key=lambda each: each[0], default=None)


def _first_seen(dossier: Dossier, rules: RuleSet) -> tuple[date, str] | None:
    """When the account was registered or first posted; None for one older than the regulation.

    Without a date of publication nobody knows which accounts are older: nothing is said then.
    """
    opened, published = born(dossier), rules.published_on
    if published is None or opened is None or opened[0] < published:
        return None
    return opened


def _unreviewed(
    dossier: Dossier, filing: Filing, now: datetime, rules: RuleSet
) -> Iterator[Finding]:
    """FIL-07: approved, and the district's office never reviewed it, as far as paper says."""
    rule = active(dossier.account, "FIL-07", now, rules)
    approved = filing.approved_on
    if rule is None or approved is None or filing.reviewed_on is not None:
        return
    if must_be_reviewed(dossier.account.unit) and not before_the_law(approved, rules):
        yield found(rule, dossier.account.key, filing.key, now, facts_of(filing))


def _deregistration(
    dossier: Dossier, filing: Filing, now: datetime, rules: RuleSet
) -> Iterator[Finding]:
    """DER-01: a government's account. DER-03: nothing of the unit's collective decision."""
    if filing.kind is not FilingKind.DEREGISTER:
        return
    account, kind = dossier.account, dossier.account.unit.kind
    first = active(account, "DER-01", now, rules)
    if first and kind in GOVERNMENTS and not filing.override:
        yield found(first, account.key, filing.key, now, facts_of(filing))
    third = active(account, "DER-03", now, rules)
    asked = step_of(filing) is not FilingStep.DRAFT
    if third and asked and filing.decided_on is None and not filing.decision:
        yield found(third, account.key, filing.key, now, facts_of(filing))


# -- the national system -----------------------------------------------------------------------


def _differing(
    dossier: Dossier, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> Iterator[Finding]:
    """FIL-04 by an export: the account is missing there, or something is said differently."""
    rule, account = active(dossier.account, "FIL-04", now, rules), dossier.account
    said = (dossier.paper or NO_PAPER).national
    if rule is None or said is None:
        return
    facts: dict[str, Any] = {"export_on": said.on.isoformat(), "late": True}
    if said.fields is not None:
        differ = differences(account, said.fields)
        if differ and not _still_time(dossier, said.on, rules, cal):
            yield found(rule, account.key, NATIONAL, now, {**facts, "differ": differ})
    elif account.filed_state is not FiledState.DEREGISTERED and not _still_time(
        dossier, said.on, rules, cal
    ):
        yield found(rule, account.key, NATIONAL, now, {**facts, "missing": True})


def differences(account: Account, said: Mapping[str, str]) -> list[dict[str, str]]:
    """Where register and national system both say something, and not the same."""
    ours = {
        "name": account.name,
        "platform": account.platform,
        "platform_id": account.platform_id,
        "unit": account.unit.name,
        "filed_subject": account.filed_subject,
        "filed_state": account.filed_state.value,
        "opened_on": account.opened_on.isoformat() if account.opened_on else "",
        "url": account.url,
    }
    return [
        {"field": name, "ours": ours[name], "theirs": said[name]}
        for name in COMPARED
        if ours[name] and said.get(name) and _plain(ours[name]) != _plain(said[name])
    ]


def _plain(text: str) -> str:
    """As it is compared: width, case, spaces, and how an address is written do not count."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    return plain.removeprefix("https://").removeprefix("http://").rstrip("/")


def _still_time(dossier: Dossier, on: date, rules: RuleSet, cal: WorkCalendar) -> bool:
    """Whether something happened so shortly before that day that it need not be there yet.

    What the register says of a day on or after the export cannot be in it either.
    """
    account = dossier.account
    acts = [filing.carried_out_on for filing in (dossier.paper or NO_PAPER).filings]
    known = (each for each in (*acts, account.opened_on, account.approved_on, account.filed_on))
    return any(
        each is not None and deadline(cal, each, rules.national_days).on >= on for each in known
    )
