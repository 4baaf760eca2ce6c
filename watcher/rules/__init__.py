"""Rules turn a dossier into findings. Pure: they judge evidence, the moment is an argument."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from watcher.calendar import WorkCalendar, local, midnight, week_of
from watcher.mistakes import Mistake
from watcher.model import Dossier, Finding
from watcher.rules.app import judge_app
from watcher.rules.blind import blind_since, judge_holidays, judge_sight
from watcher.rules.change import judge_change
from watcher.rules.content import judge_content
from watcher.rules.deregistration import judge_deregistration
from watcher.rules.evidence import silence
from watcher.rules.filing import judge_filings, judge_lead, turns
from watcher.rules.offline import judge_offline
from watcher.rules.ruleset import Rule, RuleSet
from watcher.rules.settings import RulesError, load_rules
from watcher.rules.suspension import judge_suspension
from watcher.rules.unit import judge_office, judge_unit
from watcher.rules.update import judge_updates, told_at

__all__ = [
    "Mistake",
    "Rule",
    "RuleSet",
    "RulesError",
    "judge",
    "judge_filings",
    "judge_lead",
    "judge_office",
    "judge_unit",
    "judge_watch",
    "load_rules",
    "next_judgement",
]

DAY = timedelta(days=1)


def judge(
    dossier: Dossier, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> tuple[Finding, ...]:
    """All that is wrong with one account, as far as its readings prove it."""
    if not dossier.account.enabled:
        return ()
    return (
        *judge_updates(dossier, now, rules, cal),
        *judge_app(dossier, now, rules),
        *judge_change(dossier, now, rules),
        *judge_offline(dossier, now, rules),
        *judge_suspension(dossier, now, rules, cal),
        *judge_deregistration(dossier, now, rules, cal),
        *judge_filings(dossier, now, rules, cal),
        *judge_content(dossier, now, rules),
        *judge_sight(dossier, now, rules),
    )


def judge_watch(now: datetime, rules: RuleSet, cal: WorkCalendar) -> tuple[Finding, ...]:
    """What is wrong with the watch itself."""
    return tuple(judge_holidays(now, rules, cal))


def next_judgement(
    dossier: Dossier, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> datetime | None:
    """The next moment at which `judge` could find something else without a new reading."""
    if not dossier.account.enabled:
        return None
    coming = (*_turns(dossier, rules, cal), *turns(dossier, now, rules, cal))
    return min((moment for moment in coming if moment > now), default=None)


def _turns(dossier: Dossier, rules: RuleSet, cal: WorkCalendar) -> Iterator[datetime]:
    """The moments, past and to come, at which time alone turns a judgement."""
    since = blind_since(dossier.sight)
    if since is not None:
        yield since + rules.blind
    if dossier.sight.last_success_at is not None:  # of an account that is seen in part
        yield dossier.sight.last_success_at + rules.blind
    if dossier.sight.attested_until is not None:
        yield dossier.sight.attested_until
    for exemption in dossier.account.exemptions:
        if exemption.until is not None:
            yield midnight(exemption.until + DAY)
    silent = silence(dossier, rules)
    if silent is None:
        return
    read_in = week_of(cal, local(silent.as_of).date())
    yield read_in.ends  # UPD-01 is about a week that still runs
    week = week_of(cal, read_in.start - DAY)
    while not week.required:
        week = week_of(cal, week.start - DAY)
    yield told_at(cal, week)
