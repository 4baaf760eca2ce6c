"""REC-01 整改逾期 (办法 Art. 20, 25): a case whose term has passed without feedback or end.

It rests on the proof of the case itself: a reading after the term that still shows the finding.
So a term that passes while nothing can be seen makes nobody late. Provisional terms (预计) and
thresholds never do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from watcher.calendar import WorkCalendar, deadline, is_working_day, local
from watcher.model import Case, CaseState, Dossier, Finding, Level, Role
from watcher.rectifying import LATE, case_number
from watcher.rules.ruleset import Rule, RuleSet, exempt

DAY = timedelta(days=1)
# Their proof is a complete list, or an answer of every store: another success proves nothing.
_OWN_PROOF = ("UPD-", "APP-")


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
    standing = {case.finding.subject: case for case in cases if case.finding.rule == LATE}
    for case in termed:
        open_case = standing.get(case_number(case))
        as_of = _proved(case, dossier, open_case)
        level = _level(case, as_of, rule, rules, cal)
        if level is not None:
            yield _finding(case, rule, level, as_of, cal)


def _may_be_late(case: Case, rules: RuleSet) -> bool:
    """Whether the case has a firm term that a unit or its supervisor was told of."""
    rule = rules.rules.get(case.finding.rule)
    return (
        case.state is CaseState.OPEN
        and case.finding.rule != LATE
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


def _finding(case: Case, rule: Rule, level: Level, as_of: datetime, cal: WorkCalendar) -> Finding:
    assert case.due_on is not None
    return Finding(
        rule=rule.rule,
        account=case.finding.account,
        subject=case_number(case),
        level=level,
        article=rule.article,
        as_of=as_of,
        facts=_facts(case, as_of, days_late(case.due_on, local(as_of).date(), cal)),
    )


def _facts(case: Case, as_of: datetime, late: int) -> Mapping[str, Any]:
    assert case.due_on is not None
    due = case.due_on.isoformat()
    facts: dict[str, Any] = {
        "core": [case_number(case), due],
        "case": case_number(case),
        "case_id": case.id,
        "rule": case.finding.rule,
        "due_on": due,
        "late_days": late,
        "as_of": as_of.isoformat(),
        "opened_at": case.opened_at.isoformat(),
    }
    if "reading" in case.finding.facts:
        facts["reading"] = case.finding.facts["reading"]
    return facts
