"""REC-01 整改逾期 (办法 Art. 20, 25): a case whose term has passed without feedback or end.

It rests on the proof of the case itself: a reading after the term that still shows the finding.
So a term that passes while nothing can be seen makes nobody late. Provisional terms (预计) and
thresholds never do.

One silence can open several cases (its week, ten days, two weeks). Of the late cases of one family
only the gravest is pressed, and it names the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from watcher.calendar import WorkCalendar, deadline, is_working_day, local
from watcher.model import Case, CaseState, Dossier, Finding, Level, Role
from watcher.rectifying import LATE, REMINDED, case_number
from watcher.rules.ruleset import Rule, RuleSet, exempt

DAY = timedelta(days=1)
# Their proof is a complete list, or an answer of every store: another success proves nothing.
_OWN_PROOF = ("UPD-", "APP-")
SILENCE = ("UPD-01", "UPD-02", "UPD-03", "UPD-04", "UPD-05", "UPD-06")  # the graver, the later
_GRAVITY = (Level.OPERATOR, Level.BLUE, Level.YELLOW, Level.ORANGE, Level.RED)


@dataclass(frozen=True, slots=True)
class _Late:
    """A case whose term has passed, as of the reading that proves it."""

    case: Case
    level: Level
    as_of: datetime


def judge_rectification(
    alive: Iterable[Case],
    dossier: Dossier | None,
    now: datetime,
    rules: RuleSet,
    cal: WorkCalendar,
) -> Iterator[Finding]:
    """What is late among the living cases of one account; those of REC-01 are among them.

    `dossier` None: they are of a unit or an office, which paper alone proves.
    """
    rule = rules.active(LATE)
    if rule is None:
        return
    cases = tuple(alive)
    termed = [case for case in cases if _may_be_late(case, rules)]
    if not termed or (dossier and exempt(dossier.account, LATE, now)):
        return
    late = sorted(_late(termed, cases, dossier, rule, rules, cal), key=_family)
    for _, group in groupby(late, key=_family):
        gravest, *others = sorted(group, key=_gravity, reverse=True)
        yield _finding(gravest, others, rule, cal)


def _late(
    termed: Iterable[Case],
    cases: Iterable[Case],
    dossier: Dossier | None,
    rule: Rule,
    rules: RuleSet,
    cal: WorkCalendar,
) -> Iterator[_Late]:
    standing = {case.finding.subject: case for case in cases if case.finding.rule == LATE}
    for case in termed:
        as_of = _proved(case, dossier, standing.get(case_number(case)))
        level = _level(case, as_of, rule, rules, cal)
        if level is not None:
            yield _Late(case, level, as_of)


def _family(late: _Late) -> str:
    """What is pressed as one: one silence, else what the same family of rules found."""
    rule = late.case.finding.rule
    if rule in SILENCE:
        return "silence"
    return rule if rule.startswith("UPD") else rule.partition("-")[0]


def _gravity(late: _Late) -> tuple[int, int, float, str]:
    """The graver finding, then the higher rung of a silence, then what has been late longest."""
    case, rule = late.case, late.case.finding.rule
    assert case.due_on is not None
    rung = SILENCE.index(rule) if rule in SILENCE else -1
    level = _GRAVITY.index(case.finding.level)
    return level, rung, -case.due_on.toordinal(), case_number(case)


def _may_be_late(case: Case, rules: RuleSet) -> bool:
    """Whether the case has a firm term that a unit or its supervisor was told of."""
    rule = rules.rules.get(case.finding.rule)
    return (
        case.state is CaseState.OPEN
        and case.finding.rule != LATE
        and case.finding.key[1:] != REMINDED
        and case.due_on is not None
        and case.due_from is None
        and case.feedback_at is None
        and case.told_at is not None
        and rule is not None
        and any(role is not Role.OPERATOR for role in (*rule.roles, *rule.digest_roles))
    )


def _proved(case: Case, dossier: Dossier | None, open_case: Case | None) -> datetime:
    """The last reading that still shows the finding; what was proved late once stays proved."""
    moments = [case.finding.as_of]
    seen = dossier.sight.last_success_at if dossier else None
    if seen is not None and not case.finding.rule.startswith(_OWN_PROOF):
        moments.append(seen)
    if open_case is not None:
        moments.append(open_case.finding.as_of)
    return max(moments)


def _level(
    case: Case, as_of: datetime, rule: Rule, rules: RuleSet, cal: WorkCalendar
) -> Level | None:
    assert case.due_on is not None
    day = local(as_of).date()
    if day <= case.due_on:
        return None
    if _passed(case.due_on, rules.very_late, day, cal):
        return rule.high
    return rule.level if _passed(case.due_on, rules.late, day, cal) else None


def _passed(due: date, days: int, day: date, cal: WorkCalendar) -> bool:
    limit = deadline(cal, due, days)
    return not limit.provisional and day >= limit.on


def days_late(due: date, day: date, cal: WorkCalendar) -> int:
    """Working days after `due` up to and with `day`."""
    span = range(1, (day - due).days + 1)
    return sum(is_working_day(cal, due + n * DAY) for n in span)


def _finding(late: _Late, others: Iterable[_Late], rule: Rule, cal: WorkCalendar) -> Finding:
    return Finding(
        rule=rule.rule,
        account=late.case.finding.account,
        subject=case_number(late.case),
        level=late.level,
        article=rule.article,
        as_of=late.as_of,
        facts={**_facts(late, cal), "others": sorted(case_number(each.case) for each in others)},
    )


def _facts(late: _Late, cal: WorkCalendar) -> Mapping[str, Any]:
    case, day = late.case, local(late.as_of).date()
    assert case.due_on is not None
    due = case.due_on.isoformat()
    facts: dict[str, Any] = {
        "core": [case_number(case), due],
        "case": case_number(case),
        "case_id": case.id,
        "rule": case.finding.rule,
        "due_on": due,
        "late_days": days_late(case.due_on, day, cal),
        "as_of": late.as_of.isoformat(),
        "opened_at": case.opened_at.isoformat(),
    }
    if "reading" in case.finding.facts:
        facts["reading"] = case.finding.facts["reading"]
    return facts
