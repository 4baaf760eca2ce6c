"""What the rules about filings share: which filings run, what they say, findings made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from watcher.calendar import local
from watcher.filings import FIELD_WORDS, NO_PAPER, Filing, FilingKind
from watcher.model import Account, Dossier, Finding, Level
from watcher.rules.ruleset import Rule, RuleSet, exempt

REGISTER, NATIONAL = "register", "national"  # subjects; else the key of a filing


def running(dossier: Dossier, now: datetime, rules: RuleSet) -> Iterator[Filing]:
    """The filings that have not come to nothing, and are not history."""
    today = local(now).date()
    for filing in (dossier.paper or NO_PAPER).filings:
        last = last_day(filing)
        if filing.ended_on is None and (last is None or today - last <= rules.paper_lasts):
            yield filing


def days_of(filing: Filing) -> list[date]:
    return [day for name in FIELD_WORDS if (day := getattr(filing, name)) is not None]


def last_day(filing: Filing) -> date | None:
    return max(days_of(filing), default=None)


def before_the_law(day: date, rules: RuleSet) -> bool:
    return rules.published_on is not None and day < rules.published_on


def active(account: Account, name: str, now: datetime, rules: RuleSet) -> Rule | None:
    rule = rules.active(name)
    return None if rule is None or exempt(account, name, now) else rule


def facts_of(filing: Filing) -> dict[str, Any]:
    """What a filing says, for the texts; days as ISO 8601."""
    return {
        "filing": filing.key,
        "kind": filing.kind.value,
        **{day: value.isoformat() for day in FIELD_WORDS if (value := getattr(filing, day))},
    }


def found(
    rule: Rule,
    key: str,
    subject: str,
    now: datetime,
    facts: Mapping[str, Any],
    level: Level | None = None,
) -> Finding:
    return Finding(rule.rule, key, subject, level or rule.level, rule.article, now, facts)


def born(dossier: Dossier) -> tuple[date, str] | None:
    known = [] if dossier.account.opened_on is None else [(dossier.account.opened_on, "创建日期")]
    first = min((stored.post.latest for stored in dossier.posts), default=None)
    if first is not None:
        known.append((local(first).date(), "首条信息"))
    return min(known, key=lambda each: each[0], default=None)


def openings(dossier: Dossier) -> tuple[Filing, ...]:
    filings = (dossier.paper or NO_PAPER).filings
    return tuple(
        filing for filing in filings if filing.kind is FilingKind.OPEN and filing.ended_on is None
    )
