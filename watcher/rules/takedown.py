"""IMP-01 to IMP-03 as findings: a suspicion, a letter without an answer, an account that is back.

《办法》Art. 20: the supervising office demands that the platform closes it and tells the offices in
charge. Until a person confirmed it, it is 疑似; a look that failed says nothing, so nothing here
counts one. Terms that reach into a year without a notice of holidays are never called missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from watcher.calendar import WorkCalendar, deadline, local
from watcher.candidates import Candidate, CandidateState, Suspect, Tier
from watcher.model import Finding, Level
from watcher.rules.ruleset import Rule, RuleSet

_CONFIRMED = (CandidateState.CONFIRMED, CandidateState.BACK)


def suspected(candidate: Candidate) -> bool:
    """Whether it waits for the supervisor to confirm what an alert said of it."""
    tier = candidate.judgement.tier if candidate.judgement else Tier.NONE
    return candidate.state is CandidateState.REVIEW and tier is Tier.ALERT


def judge_suspect(
    suspect: Suspect, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> Iterator[Finding]:
    """All that is to be said of one candidate at this moment."""
    candidate = suspect.candidate
    if suspected(candidate) or candidate.state is CandidateState.CONFIRMED:
        yield from _impersonation(suspect, rules)
    if candidate.state is CandidateState.BACK:
        rule = rules.active("IMP-03")
        if rule is not None:
            yield _found(suspect, rule, "back", rule.level, _since(candidate), {"weighty": True})
    if candidate.state in _CONFIRMED:
        yield from _unanswered(suspect, now, rules, cal)


def _impersonation(suspect: Suspect, rules: RuleSet) -> Iterator[Finding]:
    rule, candidate = rules.active("IMP-01"), suspect.candidate
    if rule is None:
        return
    if candidate.state is CandidateState.CONFIRMED:
        said = {
            "weighty": True,
            "confirmed_by": candidate.decided_by,
            "confirmed_at": candidate.decided_at.isoformat() if candidate.decided_at else None,
        }
        yield _found(suspect, rule, "account", rule.high, _since(candidate), said)
        return
    grave = candidate.judgement is not None and candidate.judgement.level == Level.RED
    level = rule.high if grave else rule.level
    yield _found(suspect, rule, "account", level, candidate.last_seen, {})


def _since(candidate: Candidate) -> datetime:
    """The moment it rests on: the last look, or the word of the person who decided later."""
    return max(candidate.last_seen, candidate.decided_at or candidate.last_seen)


def _unanswered(
    suspect: Suspect, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> Iterator[Finding]:
    """IMP-02: no receipt within the hours that the letter sets, or no result within its days."""
    rule = rules.active("IMP-02")
    if rule is None:
        return
    for letter in suspect.letters:
        if letter.sent_at is None or letter.result_at is not None:
            continue
        due = deadline(cal, local(letter.sent_at).date(), rules.result_days)
        silent = letter.received_at is None and now - letter.sent_at >= rules.receipt
        late = not due.provisional and local(now).date() > due.on
        if silent or late:
            facts = {
                "letter": letter.number,
                "sent_at": letter.sent_at.isoformat(),
                "receipt": letter.receipt,
                "lacks": "result" if late else "receipt",
                "due": due.on.isoformat(),
                "weighty": late,
            }
            yield _found(suspect, rule, letter.number, rule.level, now, facts)


def _found(
    suspect: Suspect,
    rule: Rule,
    subject: str,
    level: Level,
    as_of: datetime,
    more: Mapping[str, Any],
) -> Finding:
    return Finding(
        rule=rule.rule,
        account=suspect.scope,
        subject=subject,
        level=level,
        article=rule.article,
        as_of=as_of,
        facts={**facts_of(suspect), **more, "core": _core(suspect, subject)},
    )


def _core(suspect: Suspect, subject: str) -> list[Any]:
    """What makes it another finding: followers, points and pages move all the time."""
    candidate = suspect.candidate
    shown = candidate.profile
    return [subject, candidate.state.value, shown.name, shown.verified_as or ""]


def facts_of(suspect: Suspect) -> dict[str, Any]:
    """What is known of the candidate and of the account it is held against, with the readings."""
    candidate, victim = suspect.candidate, suspect.victim
    profile, judged = candidate.profile, candidate.judgement
    return {
        "candidate": candidate.id,
        "platform": candidate.platform,
        "name": profile.name,
        "handle": candidate.handle,
        "url": candidate.url,
        "verified": profile.verified,
        "verified_as": profile.verified_as,
        "followers": profile.followers,
        "match": judged.match if judged else None,
        "score": judged.score if judged else None,
        "points": judged.points if judged else None,
        "reasons": list(judged.reasons) if judged else [],
        "account": victim.key if victim else "",
        "account_name": victim.name if victim else "",
        "account_platform": victim.platform if victim else "",
        "unit": victim.unit.name if victim else "",
        "reading": {
            "at": candidate.last_seen.isoformat(),
            "source": candidate.collector,
            "query": candidate.query,
            "pages": [
                {"url": page.url, "sha256": page.sha256, "at": page.at.isoformat()}
                for page in candidate.pages
            ],
        },
    }


def next_recheck(since: datetime, done: int, terms: Iterable[int]) -> datetime | None:
    """When a candidate is looked at again, so many of the terms being over; None: no more."""
    days = tuple(terms)
    return since + timedelta(days=days[done]) if done < len(days) else None
