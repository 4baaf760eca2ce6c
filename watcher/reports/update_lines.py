"""The tables of reports about updates, line by line, for Word, Excel, CSV and JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from watcher.annals import Mark, Record, Verdict
from watcher.reports import update_words as words
from watcher.reports.figures import Rate
from watcher.reports.updates import (
    Facts,
    cases_of_silence,
    cases_of_week,
    gravity,
    mended,
    ordered,
    problems,
    reminded,
)

VERDICTS = {
    Verdict.PASS: "合格",
    Verdict.FAIL: "不合格",
    Verdict.UNKNOWN: words.BLIND,
    Verdict.EXCUSED: "豁免或不予认定",
    Verdict.NONE: "不适用",
}
STATES = {
    "active": "正常",
    "suspended": "关停",
    "notice_period": "公告期",
    "deregistered": "注销",
    "": "",
}
MARKS = {
    Mark.MET: "达标",
    Mark.MISSED: "未达标",
    Mark.BLIND: "无法判断",
    Mark.FREE: "无工作日",
    Mark.OUT: "不计",
    Mark.AHEAD: "未到期",
}


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account over the period."""

    key: str
    platform: str
    name: str
    unit: str
    supervisor: str
    state: str
    posts: int
    owed: int  # weeks: met, missed, and those nobody can tell of
    met: int
    missed: int
    blind: int
    longest_days: int | None
    longest_since: datetime | None
    longest_until: datetime | None
    at_least: bool
    last_post: datetime | None
    verdict: str
    problems: str
    seen_days: int
    due_days: int
    coverage: float | None
    reminders: int
    mended: str
    cases: str
    evidence: str
    note: str


@dataclass(frozen=True, slots=True)
class WeekLine:
    """One natural week without an update."""

    week: str
    since: date
    until: date
    working_days: int
    provisional: bool
    platform: str
    name: str
    unit: str
    supervisor: str
    coverage: str
    cases: str
    evidence: str
    key: str


@dataclass(frozen=True, slots=True)
class SilenceLine:
    """One silence by the clock of 24 hours."""

    platform: str
    name: str
    unit: str
    supervisor: str
    since: datetime
    until: datetime
    days: int
    at_least: bool
    lasting: bool  # no post ended it
    kind: str
    coverage: str
    cases: str
    evidence: str
    key: str


@dataclass(frozen=True, slots=True)
class BlindLine:
    """One account that was not seen all the time."""

    platform: str
    name: str
    unit: str
    supervisor: str
    blind_weeks: int
    judged_weeks: int
    blind_days: int
    due_days: int
    coverage: str
    spans: str
    verdict: str
    key: str


def account_lines(facts: Facts) -> Iterator[AccountLine]:
    """Every account, by office, unit and platform."""
    return (_account(facts, record) for record in ordered(facts))


def week_lines(facts: Facts) -> Iterator[WeekLine]:
    """Every week that an account let go by, by week."""
    found = ordered(facts)
    for number, week in enumerate(facts.weeks):
        for record in found:
            if record.weeks[number] == Mark.MISSED:
                cases = cases_of_week(record, week)
                unit = record.unit_in(number)
                yield WeekLine(
                    *(week.id, week.start, week.end, week.working_days, week.provisional),
                    *(facts.platform(record), record.name),
                    *(facts.unit(unit, week.begins), facts.supervisor(unit, week.begins)),
                    *(words.coverage_text(record), words.numbers(cases)),
                    *(words.evidence(cases), record.key),
                )


def silence_lines(facts: Facts) -> Iterator[SilenceLine]:
    """Every silence of `near` days or more, the longest first."""
    found = [(record, each) for record in ordered(facts) for each in record.silences]
    for record, each in sorted(found, key=lambda pair: -pair[1].length):
        cases = cases_of_silence(record, each)
        kind = gravity(facts, each)
        yield SilenceLine(
            *_who(facts, record),
            since=each.since,
            until=each.until,
            days=each.days,
            at_least=not (each.begun and each.ended),
            lasting=not each.ended,
            kind=f"{kind}（{each.excused}）" if each.excused else kind,
            coverage=words.coverage_text(record),
            cases=words.numbers(cases),
            evidence=words.evidence(cases),
            key=record.key,
        )


def blind_lines(facts: Facts) -> Iterator[BlindLine]:
    """Accounts of which some week or day could not be seen, those without any judgement first."""
    found = [
        record
        for record in ordered(facts)
        if record.count(Mark.BLIND) or record.verdict is Verdict.UNKNOWN or record.blind
    ]
    for record in sorted(found, key=lambda r: r.verdict is not Verdict.UNKNOWN):
        yield BlindLine(
            *_who(facts, record),
            blind_weeks=record.count(Mark.BLIND),
            judged_weeks=record.count(Mark.MET) + record.count(Mark.MISSED),
            blind_days=record.due_days - record.seen_days,
            due_days=record.due_days,
            coverage=words.coverage_text(record),
            spans=words.blind_spans(record, facts.until.year),
            verdict=VERDICTS[record.verdict],
            key=record.key,
        )


def _who(facts: Facts, record: Record) -> tuple[str, str, str, str]:
    return (
        facts.platform(record),
        record.name,
        facts.unit(record.unit),
        facts.supervisor(record.unit),
    )


def _account(facts: Facts, record: Record) -> AccountLine:
    met, missed, blind = (record.count(mark) for mark in (Mark.MET, Mark.MISSED, Mark.BLIND))
    long = record.longest
    cases = [case for case in record.cases if case.opened_at >= facts.begins]
    return AccountLine(
        record.key,
        *_who(facts, record),
        state=STATES.get(record.state_after, record.state_after),
        posts=record.posts,
        owed=met + missed + blind,
        met=met,
        missed=missed,
        blind=blind,
        longest_days=long.days if long else None,
        longest_since=long.since if long else None,
        longest_until=long.until if long else None,
        at_least=long is not None and not (long.begun and long.ended),
        last_post=record.last_post,
        verdict=VERDICTS[record.verdict],
        problems="；".join(problems(facts, record)),
        seen_days=record.seen_days,
        due_days=record.due_days,
        coverage=Rate(record.seen_days, record.due_days).share,
        reminders=reminded(record),
        mended=mended(facts, record),
        cases=words.numbers(cases),
        evidence=words.evidence(cases),
        note="；".join(
            filter(None, (words.standing_text(record), words.moved_text(facts, record)))
        ),
    )
