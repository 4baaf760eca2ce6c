"""UPD-01 to UPD-07: is the account kept up to date? 办法 Art. 12 and the national 检查指标.

Two clocks: the natural week, excused by holidays, and days of 24 hours, excused by nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from watcher.calendar import (
    Week,
    WorkCalendar,
    deadline,
    first_working_day,
    is_working_day,
    local,
    midnight,
    next_working_day,
    week_of,
)
from watcher.model import Account, Dossier, FiledState, Finding, Level, StoredPost
from watcher.reposts import replaces
from watcher.rules.evidence import DAY, Silence, born_on, post_facts, proof, reading_facts, silence
from watcher.rules.ruleset import Rule, RuleSet, exempt

WEEKS_COUNTED = 53  # weeks in a row are counted this far; 53 means "or more"


@dataclass(frozen=True, slots=True)
class Bench:
    """All a rule of this family looks at; built once for each judgement."""

    dossier: Dossier
    silent: Silence | None
    proof: Mapping[str, Any]
    now: datetime
    rules: RuleSet
    cal: WorkCalendar

    def rule(self, name: str) -> Rule | None:
        """The rule where it is on and the account is not exempt from it."""
        found = self.rules.active(name)
        return None if found is None or exempt(self.dossier.account, name, self.now) else found

    def finding(self, rule: Rule, subject: str, level: Level, facts: Mapping[str, Any]) -> Finding:
        assert self.silent is not None
        return Finding(
            rule=rule.rule,
            account=self.dossier.account.key,
            subject=subject,
            level=level,
            article=rule.article,
            as_of=self.silent.as_of,
            facts={**self.proof, **facts},
        )


def judge_updates(
    dossier: Dossier, now: datetime, rules: RuleSet, cal: WorkCalendar
) -> Iterator[Finding]:
    """What is wrong with the updates of one account, on the evidence there is."""
    account = dossier.account
    if account.filed_state is not FiledState.ACTIVE:
        return
    silent = silence(dossier, rules) if owes_updates(account, rules) else None
    known = proof(dossier, silent) if silent else {}
    bench = Bench(dossier, silent, known, now, rules, cal)
    if silent is not None:
        yield from _week_begun(bench, silent)
        yield from _week_missed(bench, silent)
        yield from _by_age(bench, silent)
    for stored in dossier.posts:
        if stored.backdatable:
            yield from _backdated(bench, stored)


def owes_updates(account: Account, rules: RuleSet) -> bool:
    """Whether the update rules mean this account at all."""
    return (
        account.enabled
        and account.filed_state is FiledState.ACTIVE
        and account.platform not in rules.not_updated_weekly
    )


# -- the week ------------------------------------------------------------------------------


def empty_since(silent: Silence, start: datetime) -> bool:
    """Whether the stretch from `start` to the reading is proven to hold no update."""
    return silent.since < start or (
        silent.since == start and (silent.at_least or silent.post is None)
    )


def counts_for(account: Account, week: Week, rules: RuleSet) -> bool:
    """Whether the week is required of this account: a new one's first only if new early in it."""
    born = born_on(account)
    return week.required and (
        born is None or born <= week.start + timedelta(days=rules.new_account_by - 1)
    )


def reminder_at(cal: WorkCalendar, week: Week, rules: RuleSet) -> datetime | None:
    """When UPD-01 begins in this week; None in a week without a working day.

    Thursday 10:00; where that day is off, the working day before it in the same week, else the
    first one after it.
    """
    if not week.required:
        return None
    wanted = week.start + timedelta(days=rules.remind_weekday - 1)
    before = (wanted - n * DAY for n in range(rules.remind_weekday))
    day = next((d for d in before if is_working_day(cal, d)), None)
    day = day or next_working_day(cal, wanted)
    at = rules.remind_at
    return midnight(day) + timedelta(hours=at.hour, minutes=at.minute)


def told_at(cal: WorkCalendar, week: Week) -> datetime:
    """00:00 of the first working day after the week: a missed week is told from then on."""
    return midnight(first_working_day(cal, week.end + DAY))


def _week_begun(bench: Bench, silent: Silence) -> Iterator[Finding]:
    """UPD-01: the week of the reading is late and still without an update."""
    rule = bench.rule("UPD-01")
    week = week_of(bench.cal, local(silent.as_of).date())
    if rule is None or not empty_since(silent, week.begins) or bench.now >= week.ends:
        return
    reminder = reminder_at(bench.cal, week, bench.rules)
    if reminder is None or silent.as_of < reminder:
        return
    if counts_for(bench.dossier.account, week, bench.rules):
        facts = {**week_facts(week), "last_working_day": _last_working(bench.cal, week).isoformat()}
        yield bench.finding(rule, week.id, rule.level, facts)


def _last_working(cal: WorkCalendar, week: Week) -> date:
    return next(d for d in (week.end - n * DAY for n in range(7)) if is_working_day(cal, d))


def last_told_week(bench: Bench, silent: Silence) -> Week | None:
    """The latest required week that the reading lies behind and whose telling has begun."""
    monday = local(silent.as_of).date()
    monday -= timedelta(days=monday.weekday() + 7)
    while True:
        week = week_of(bench.cal, monday)
        if not empty_since(silent, week.begins):
            return None
        if counts_for(bench.dossier.account, week, bench.rules):
            if told_at(bench.cal, week) <= bench.now:
                return week
        elif week.required:
            return None  # before the account owed anything
        monday -= 7 * DAY


def _week_missed(bench: Bench, silent: Silence) -> Iterator[Finding]:
    """UPD-02: a required week went by without an update, and none came since."""
    rule = bench.rule("UPD-02")
    week = last_told_week(bench, silent) if rule else None
    if rule is None or week is None:
        return
    missed = _missed_in_a_row(bench, silent, week)
    due = deadline(bench.cal, local(told_at(bench.cal, week)).date(), rule.deadline_days or 0)
    facts = {
        **week_facts(week),
        "weeks": [each.id for each in missed[:12]],
        "weeks_in_a_row": len(missed),
        "deadline": due.on.isoformat(),
        "deadline_provisional": due.provisional,
    }
    # A week of a year without a notice may yet turn out to be all holiday: it does not aggravate.
    certain = sum(not each.provisional for each in missed)
    level = rule.high if certain >= bench.rules.repeated_weeks else rule.level
    yield bench.finding(rule, "week", level, facts)


def _missed_in_a_row(bench: Bench, silent: Silence, latest: Week) -> list[Week]:
    """The required weeks without an update up to `latest`, newest first."""
    missed: list[Week] = []
    week = latest
    while len(missed) < WEEKS_COUNTED and empty_since(silent, week.begins):
        if counts_for(bench.dossier.account, week, bench.rules):
            missed.append(week)
        elif week.required:
            break  # before the account owed anything
        week = week_of(bench.cal, week.start - 7 * DAY)
    return missed


def week_facts(week: Week) -> dict[str, Any]:
    return {
        "week": week.id,
        "week_start": week.start.isoformat(),
        "week_end": week.end.isoformat(),
        "working_days": week.working_days,
        "provisional": week.provisional,
    }


# -- the days ------------------------------------------------------------------------------


def _by_age(bench: Bench, silent: Silence) -> Iterator[Finding]:
    """UPD-03 to UPD-06: days of 24 hours from the last update to the reading."""
    age, rules = silent.age, bench.rules
    if age < rules.near:
        return
    for name, from_age, high, over in (
        ("UPD-03", age >= rules.near and age <= rules.overdue, age >= rules.urgent, rules.near),
        ("UPD-04", age > rules.overdue, False, rules.overdue),
        ("UPD-05", age > rules.dormant, age > rules.zombie, rules.dormant),
        ("UPD-06", age >= rules.inactive and _unverified_wechat(bench), False, rules.inactive),
    ):
        rule = bench.rule(name) if from_age else None
        if rule is not None:
            facts = {
                "threshold_days": over / DAY,
                "overdue_at": (silent.since + rules.overdue).isoformat(),
                **({"kind": "zombie" if high else "dormant"} if name == "UPD-05" else {}),
            }
            yield bench.finding(rule, "silence", rule.high if high else rule.level, facts)


def _unverified_wechat(bench: Bench) -> bool:
    """Only what is known to be unverified; what the page shows goes before what was filed."""
    profile, account = bench.dossier.profile, bench.dossier.account
    seen = profile.verified if profile else None
    verified = account.verified if seen is None else seen
    return account.platform.startswith("wechat_") and verified is False


def _backdated(bench: Bench, stored: StoredPost) -> Iterator[Finding]:
    """UPD-07: first seen long after its own date, though readings in between were good."""
    rule = bench.rule("UPD-07")
    late = stored.first_seen - stored.post.latest
    if rule is None or late <= bench.rules.backdated or replaces(stored, bench.dossier.posts):
        return
    post = post_facts(stored.post)
    yield Finding(
        rule=rule.rule,
        account=bench.dossier.account.key,
        subject=stored.post.id,
        level=rule.level,
        article=rule.article,
        as_of=stored.first_seen,
        facts={
            **post,
            "claimed_at": stored.post.at.isoformat(),
            "first_seen": stored.first_seen.isoformat(),
            "late_hours": late // timedelta(hours=1),
            "reading": reading_facts(bench.dossier),
        },
    )
