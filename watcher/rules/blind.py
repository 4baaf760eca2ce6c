"""SYS-01 and SYS-02: what the watch itself cannot see. For our operators, never for a unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from watcher.calendar import WorkCalendar, missing_year
from watcher.model import Dossier, FiledState, Finding, Sight
from watcher.rules.evidence import reading_facts
from watcher.rules.ruleset import RuleSet, exempt

SUBJECT = "sight"
NO_SOURCE = "the account has no source; let a person look at it: watcher attest"


def last_complete(sight: Sight) -> datetime | None:
    """When a reading last saw everything it could: partial ones prove no silence, so do not count.

    `covered_to` may lie before it, where a source is complete only up to some earlier moment.
    """
    if sight.covered_to is None:
        return None
    return max((sight.covered_to, *(page.at for page in sight.pages)))


def blind_since(sight: Sight) -> datetime | None:
    """Since when nothing was seen completely; None where nobody looked yet.

    An account that only partial sources read has been in sight as long as they read it well.
    """
    complete, seen, failing = last_complete(sight), sight.last_success_at, sight.trouble_since
    if complete is None and seen is not None and (failing is None or failing > seen):
        return seen
    return complete or sight.watched_since or failing


def judge_sight(dossier: Dossier, now: datetime, rules: RuleSet) -> Iterator[Finding]:
    """SYS-01: no complete reading for 12 hours, and nobody vouches for the account (人工核验).

    An account that only partial sources read, and read well, is known to be seen in part: that is
    said wherever it is shown, and no news. One without any source is blind until it is vouched for.
    """
    rule, sight, account = rules.active("SYS-01"), dossier.sight, dossier.account
    since = blind_since(sight)
    if rule is None or since is None or account.filed_state is FiledState.DEREGISTERED:
        return
    if now - since < rules.blind or exempt(account, "SYS-01", now):
        return
    if sight.attested_until is not None and now < sight.attested_until:
        return
    seen = sight.last_success_at
    partly = seen is not None and now - seen < rules.blind
    if partly and sight.covered_to is None and sight.trouble is None:
        return
    yield Finding(
        rule=rule.rule,
        account=account.key,
        subject=SUBJECT,
        level=rule.level,
        article=rule.article,
        as_of=now,
        facts={
            "hours": (now - since) // timedelta(hours=1),
            "since": since.isoformat(),
            "trouble": str(sight.trouble) if sight.trouble else None,
            "detail": sight.trouble_detail or ("" if account.sources else NO_SOURCE),
            "trouble_since": sight.trouble_since.isoformat() if sight.trouble_since else None,
            "failures": sight.failures,
            "last_success_at": seen.isoformat() if seen else None,
            "partial_only": partly,
            "by_people_only": not account.sources,
            "reading": reading_facts(dossier),
        },
    )


def judge_holidays(now: datetime, rules: RuleSet, cal: WorkCalendar) -> Iterator[Finding]:
    """SYS-02: the notice of the next year is not loaded, and the year is nearly over."""
    rule, year = rules.active("SYS-02"), missing_year(cal, now, rules.warn_from)
    if rule is None or year is None:
        return
    yield Finding(
        rule=rule.rule,
        account="",
        subject=str(year),
        level=rule.level,
        article=rule.article,
        as_of=now,
        facts={"year": year, "file": f"config/holidays/{year}.yaml", "known": sorted(cal.known)},
    )
