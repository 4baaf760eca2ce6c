"""DER-02, DER-04 to DER-06: 注销 is to delete the account and its posts. 《办法》Art. 8, 9, 25.

Its proof is the opposite of that of 关停: to be gone is good, and to be seen is a finding. So a
deregistered account stays watched, and its return is found whenever that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from watcher.calendar import (
    Deadline,
    WorkCalendar,
    deadline,
    is_working_day,
    local,
    midnight,
)
from watcher.filings import Filing, FilingKind
from watcher.model import Dossier, FiledState, Finding, Level
from watcher.rules.app import APP, ASKED_BY
from watcher.rules.closing import ended_on, filing_facts, filing_of, posts_since, told, unagreed
from watcher.rules.evidence import post_facts
from watcher.rules.matrix import Observed, answering, speaks_of
from watcher.rules.observed import (
    Observation,
    absence_facts,
    absences,
    observe,
    returned,
    taken_by_another,
    visible_as_of,
)
from watcher.rules.ruleset import Rule, RuleSet, exempt

DAY = timedelta(days=1)
REMEMBERED = 30 * DAY  # a notice that was too short is told of so long after its term
EARLY, NOTICE, PRESENCE = "early", "notice", "presence"


def judge_deregistration(
    dossier: Dossier, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> Iterator[Finding]:
    """What is wrong with the deregistration of an account, before it and ever after."""
    filed, paper = dossier.account.filed_state, dossier.paper
    if paper is not None and paper.filings and filed in speaks_of("DER-02"):
        yield from _notice(dossier, now, rules, cal)
    if filed is FiledState.DEREGISTERED:
        yield from _still_there(dossier, now, rules, cal)


def _rule(name: str, dossier: Dossier, now: datetime, rules: RuleSet) -> Rule | None:
    rule = rules.active(name)
    return None if rule is None or exempt(dossier.account, name, now) else rule


# -- the notice ----------------------------------------------------------------------------------


def _notice(
    dossier: Dossier, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> Iterator[Finding]:
    """DER-02: gone before 15 working days of notice; while it runs, a reminder of its end."""
    rule, filing = _rule("DER-02", dossier, now, rules), filing_of(dossier, FilingKind.DEREGISTER)
    if rule is None or filing is None or unagreed(dossier, (FilingKind.DEREGISTER,))[0]:
        return
    due = deadline(cal, filing.notice_from, rules.notice_days) if filing.notice_from else None
    gone = absences(dossier, rules).get(Observed.GONE)
    if gone is None:
        yield from _reminder(dossier, filing, due, rule, now)
        return
    day = local(gone.since).date()  # the latest on which it can have gone
    if not _too_early(dossier, day, due, gone.until):
        return
    facts = {
        **absence_facts(gone, dossier, rules),
        **filing_facts(filing),
        **_notice_facts(filing, due),
        "core": [filing.key, str(filing.notice_from), day.isoformat()],
        "gone_on": day.isoformat(),
        "notice_days": rules.notice_days,
        "days": _working_days(cal, filing.notice_from, day),
        "merged_or_abolished": _by_decision(filing),
    }
    level = rule.level if _by_decision(filing) else rules.notice_plain
    yield told(rule, dossier, EARLY, gone.until, facts, level)


def _too_early(dossier: Dossier, day: date, due: Deadline | None, as_of: datetime) -> bool:
    ended = dossier.account.filed_state is FiledState.DEREGISTERED
    if due is None:  # agreed to, but no notice is on paper; once it is done, paper may lack it
        return not ended
    if due.provisional or day > due.on:
        return False
    return not ended or as_of < midnight(due.on) + REMEMBERED


def _by_decision(filing: Filing) -> bool:
    """Whether it is a case of Art. 9 ¶2: the text demands the notice there, else it is advised."""
    return bool(filing.decided_on or filing.decision)


def _reminder(
    dossier: Dossier, filing: Filing, due: Deadline | None, rule: Rule, now: datetime
) -> Iterator[Finding]:
    seen = visible_as_of(dossier.sight)
    running = dossier.account.filed_state is FiledState.NOTICE_PERIOD
    if due is None or seen is None or not running or now >= midnight(due.on + DAY):
        return
    core = [filing.key, str(filing.notice_from)]
    facts = {**_notice_facts(filing, due), **filing_facts(filing), "core": core}
    yield told(rule, dossier, NOTICE, seen, facts, Level.BLUE)


def _notice_facts(filing: Filing, due: Deadline | None) -> dict[str, Any]:
    return {
        "notice_from": filing.notice_from.isoformat() if filing.notice_from else None,
        "notice_url": filing.notice_url,
        "notice_until": due.on.isoformat() if due else None,
        "earliest": (due.on + DAY).isoformat() if due else None,
        "provisional": bool(due and due.provisional),
    }


def _working_days(cal: WorkCalendar, start: date | None, end: date) -> int:
    """Working days between two days, neither of them counted."""
    if start is None or end <= start:
        return 0
    days = (start + n * DAY for n in range(1, (end - start).days))
    return sum(is_working_day(cal, day) for day in days)


# -- still there, or there again -----------------------------------------------------------------


def _still_there(
    dossier: Dossier, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> Iterator[Finding]:
    seen, day = observe(dossier, rules), ended_on(dossier)
    as_of = visible_as_of(dossier.sight)
    asked = answering(FiledState.DEREGISTERED, seen.states)
    if as_of is None or not asked & {"DER-04", "DER-05", "DER-06"}:
        return
    again = _again(dossier, seen, day, rules)
    if again is not None and "DER-06" in asked:
        rule = _rule("DER-06", dossier, now, rules)
        if rule is not None:
            yield told(rule, dossier, PRESENCE, as_of, {**again, **_ended(dossier, day)})
    elif dossier.account.platform == APP:
        yield from _listed(dossier, day, as_of, now, rules)
    elif day is not None:
        yield from _undeleted(dossier, day, as_of, now, rules, cal)


def _ended(dossier: Dossier, day: date | None) -> dict[str, Any]:
    filing = filing_of(dossier, FilingKind.DEREGISTER)
    return {
        "deregistered_on": day.isoformat() if day else None,
        "platform_id": dossier.account.platform_id,
        **filing_facts(filing),
    }


def _again(
    dossier: Dossier, seen: Observation, day: date | None, rules: RuleSet
) -> dict[str, Any] | None:
    """DER-06: what shows that it is there again, or that another bears its name; None: nothing."""
    before = returned(dossier, rules)
    posts = posts_since(dossier, day, rules) if day is not None else ()
    taken = taken_by_another(dossier, before is not None)
    if before is None and not (posts and Observed.POSTING in seen.states) and not taken:
        return None
    face, last = dossier.profile, posts[0].post.id if posts and before is None else ""
    since = before.until.isoformat() if before else ""
    return {
        "core": [taken, since, face.handle if face and taken else "", "" if taken else last],
        "kind": "taken" if taken else "returned",
        "gone_from": before.since.isoformat() if before else None,
        "gone_until": before.until.isoformat() if before else None,
        "post": post_facts(posts[0].post) if posts else None,
        "shown_name": face.name if face else "",
        "shown_id": face.handle if face else "",
        "shown_subject": (face.verified_as or "") if face else "",
    }


def _undeleted(
    dossier: Dossier, day: date, as_of: datetime, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> Iterator[Finding]:
    """DER-04: to be seen more than five working days after the platform's cooling-off."""
    rule = _rule("DER-04", dossier, now, rules)
    cooling = cooling_off(dossier, rules)
    due = deadline(cal, day + timedelta(days=cooling), rules.delete_days)
    if rule is None or due.provisional or as_of < midnight(due.on + DAY):
        return
    facts = {
        "core": [str(day)],
        "window": [midnight(due.on + DAY).isoformat(), as_of.isoformat()],
        "deadline": due.on.isoformat(),
        "cooling_days": cooling,
        "visible_at": as_of.isoformat(),
        **_ended(dossier, day),
    }
    yield told(rule, dossier, PRESENCE, as_of, facts)


def cooling_off(dossier: Dossier, rules: RuleSet) -> int:
    """Days for which the platform keeps an account that is to be deleted (domain.md §2.8).

    The more followers, the longer; where their number is not known, the longest.
    """
    bands = dict(rules.cooling_off)
    steps = bands.get(dossier.account.platform) or bands["other"]
    shown = dossier.profile.followers if dossier.profile else None
    known = [count for count in (shown, dossier.account.followers) if count is not None]
    if not known:
        return max(days for _, days in steps)
    return next(days for most, days in steps if most is None or max(known) <= most)


def _listed(
    dossier: Dossier, day: date | None, as_of: datetime, now: datetime, rules: RuleSet
) -> Iterator[Finding]:
    """DER-05: a store still lists the app after the day of its deregistration."""
    rule = _rule("DER-05", dossier, now, rules)
    if rule is None or (day is not None and as_of < midnight(day + DAY)):
        return
    looks = dossier.sight.looks
    stores = [x.source for x in looks if x.result in ("complete", "partial")]
    listed = [store for store in stores if store != ASKED_BY]
    facts = {
        "core": [str(day), *sorted(listed)],
        "window": [as_of.isoformat(), as_of.isoformat()],
        "stores": listed,
        "visible_at": as_of.isoformat(),
        **_ended(dossier, day),
    }
    yield told(rule, dossier, PRESENCE, as_of, facts)
