"""From what is wrong now to what to say now. Pure.

A case is the life of a finding. It opens on recent proof only, lives while the rule still finds
it, and closes when the rule, judging on evidence, no longer does: a failed poll adds no evidence
and therefore closes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.hours import RANK, beijing, next_digest, send_from
from alerts.rule_policy import DEFAULT_POLICY, Policy, RulePolicy, policy_of
from alerts.stepping import NOTHING_HEARD, Heard, awake, due_steps, unheard
from watcher.calendar import WorkCalendar
from watcher.model import Case, CaseState, Finding, Level, Notice, Role, Why
from watcher.rectifying import LATE, REMINDED, case_number, pressed, termed

__all__ = [
    "DEFAULT_POLICY",
    "Changes",
    "Policy",
    "RulePolicy",
    "after",
    "identified",
    "notice_of",
    "notices",
    "policy_of",
    "reconcile",
]

DAY = timedelta(days=1)
# Rules that are rungs of one ladder: a lower one that ends because a higher one begins is no
# good news, and nobody is told so.
LADDERS = (
    ("UPD-01", "UPD-02"),
    ("UPD-03", "UPD-04", "UPD-05"),
    ("DER-04", "DER-05", "DER-06"),
    ("OFF-01", "DER-02"),  # agreed to after all, but without its notice
)
# Of these only the gravest that is open is repeated: one silence, one reminder.
ONE_REMINDER = ("UPD-01", "UPD-02", "UPD-03", "UPD-04")
HANDED_ON = "转为"


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of the cases: new ones, living ones with their new finding, ended ones."""

    opened: tuple[Case, ...] = ()
    kept: tuple[Case, ...] = ()
    closed: tuple[Case, ...] = ()


def reconcile(
    open_cases: Iterable[Case], findings: Iterable[Finding], now: datetime, recent: timedelta
) -> Changes:
    """Match the open cases of one scope with all its findings of now.

    A finding opens a case only if its proof is not older than `recent`; a case that is open
    already keeps standing on older proof.
    """
    found = {finding.key: finding for finding in sorted(findings, key=_rank)}
    known = {case.finding.key: case for case in open_cases}
    fresh = (
        f for f in found.values() if f.opens and f.key not in known and now - f.as_of <= recent
    )
    return Changes(
        opened=tuple(Case(finding, opened_at=now) for finding in fresh),
        kept=tuple(replace(c, finding=found[k]) for k, c in known.items() if k in found),
        closed=tuple(_close(c, found.values(), now) for k, c in known.items() if k not in found),
    )


def notices(
    changes: Changes,
    now: datetime,
    policy: Policy,
    cal: WorkCalendar,
    recent: timedelta = DAY,
    heard: Heard = NOTHING_HEARD,
) -> tuple[Notice, ...]:
    """What to say; each notice's case notes already that it was said (`told_at`, `told_level`,
    `stepped`). Nobody is told a step up on proof older than `recent`, and nobody is pressed for
    what never reached them (`heard`)."""
    return tuple(_notices(changes, now, policy, cal, recent, heard))


def notice_of(case: Case, why: Why, now: datetime, rule: RulePolicy) -> Notice:
    """What is said of a case for a reason: to whom the rule says, the case noting that it was."""
    level = case.finding.level
    roles, digest = _audience(rule, why, case)
    told = replace(case, told_at=now, told_level=_highest(case.told_level, level))
    return Notice(told, why, roles, tuple(role for role in digest if role not in roles))


def after(changes: Changes, said: Iterable[Notice]) -> tuple[Case, ...]:
    """All cases of `changes` as they must be kept once these notices are decided."""
    told = {notice.case.finding.key: notice.case for notice in said}
    every = (*changes.opened, *changes.kept, *changes.closed)
    return tuple(told.get(case.finding.key, case) for case in every)


def identified(said: Iterable[Notice], saved: Iterable[Case]) -> tuple[Notice, ...]:
    """The notices again, with the cases as the store numbered them."""
    ids = {(case.finding.key, case.opened_at): case for case in saved}
    return tuple(
        replace(n, case=ids.get((n.case.finding.key, n.case.opened_at), n.case)) for n in said
    )


# -- inside ----------------------------------------------------------------------------------


def _rank(finding: Finding) -> int:
    return RANK[finding.level]


def _close(case: Case, findings: Iterable[Finding], now: datetime) -> Case:
    heir = _successor(case.finding, findings)
    text = f"{HANDED_ON}{heir.rule}" if heir else "复查时已不再出现该情形"
    return replace(case, state=CaseState.CLOSED, closed_at=now, closing=text)


def _successor(ended: Finding, findings: Iterable[Finding]) -> Finding | None:
    """The finding of a higher rung of the same ladder about the same account, if there is one."""
    for ladder in LADDERS:
        if ended.rule in ladder:
            higher = ladder[ladder.index(ended.rule) + 1 :]
            return next(
                (f for f in findings if f.account == ended.account and f.rule in higher), None
            )
    return None


def _notices(
    changes: Changes,
    now: datetime,
    policy: Policy,
    cal: WorkCalendar,
    recent: timedelta,
    heard: Heard,
) -> Iterator[Notice]:
    alive = (*changes.opened, *changes.kept)
    for case in alive:
        said, shadow = case, _overshadowed(case, alive) or unheard(case, heard)
        why = _why(case, now, policy, cal)
        if why is not None and not (why is Why.REMINDER and shadow):
            notice = notice_of(case, why, now, policy.of(case.finding.rule))
            yield (notice := _termed(notice, now, policy, cal))
            said = notice.case
        if case.told_at is not None and not shadow and now - case.finding.as_of <= recent:
            yield from due_steps(said, now, policy, cal, heard.get(case.id or 0))
    for case in changes.closed:
        # Nobody hears the end of what they never heard begin.
        if case.told_at is not None and not case.closing.startswith(HANDED_ON):
            yield notice_of(case, Why.RESOLVED, now, policy.of(case.finding.rule))


def _termed(notice: Notice, now: datetime, policy: Policy, cal: WorkCalendar) -> Notice:
    """The notice of a case with its term, which counts from the day its first letter may leave."""
    finding, hours = notice.case.finding, policy.hours
    days = None if finding.key[1:] == REMINDED else policy.of(finding.rule).deadline_days
    at_once = bool(notice.roles)
    leaves = send_from(notice, now, cal, hours) if at_once else next_digest(now, cal, hours)
    return replace(notice, case=termed(notice.case, beijing(leaves).date(), days, cal))


def _overshadowed(case: Case, alive: tuple[Case, ...]) -> bool:
    """Whether a graver case is open about the same silence of the same account, or about this
    very case being late."""
    late = [c.finding for c in alive if c.finding.rule == LATE]
    if late and case_number(case) in {number for each in late for number in pressed(each)}:
        return True
    if case.finding.rule not in ONE_REMINDER:
        return False
    graver = ONE_REMINDER[ONE_REMINDER.index(case.finding.rule) + 1 :]
    return any(
        c.finding.account == case.finding.account and c.finding.rule in graver for c in alive
    )


def _why(case: Case, now: datetime, policy: Policy, cal: WorkCalendar) -> Why | None:
    rule = policy.of(case.finding.rule)
    if case.told_at is None or case.told_level is None:
        return Why.FIRST
    if RANK[case.finding.level] > RANK[case.told_level]:
        return Why.ESCALATION
    mark = case.finding.facts.get("remind_at")
    if mark is not None:  # a term that runs is recalled on its own days, and on no others
        return Why.REMINDER if case.told_at < datetime.fromisoformat(mark) <= now else None
    if case.acknowledged_by or rule.reminder is None:
        return None
    if not _passed(case.told_at, now, rule.reminder):
        return None
    return Why.REMINDER if awake(now, policy.hours, cal) else None


def _passed(told_at: datetime, now: datetime, interval: timedelta) -> bool:
    """Days are counted, not hours: readings come at odd minutes, and a reminder must not creep
    later each day. At night it would only wait for the morning and meet the next one there."""
    return (beijing(now).date() - beijing(told_at).date()).days >= max(1, interval.days)


def _audience(rule: RulePolicy, why: Why, case: Case) -> tuple[tuple[Role, ...], tuple[Role, ...]]:
    level = case.finding.level
    digest = rule.digest_roles
    if RANK[level] >= RANK[Level.ORANGE]:
        digest += rule.orange_roles
    if level is Level.RED:
        digest += rule.red_roles
    if case.finding.facts.get("weighty"):
        digest += rule.weighty_roles
    if case.finding.facts.get("late"):
        digest += rule.late_roles
    if why is Why.REMINDER or (case.told_at is not None and why is Why.RESOLVED):
        digest += _later(rule, why, case)
    if level is Level.RED and why in (Why.FIRST, Why.ESCALATION):
        # Red: those of the digest at once too, not tomorrow at nine; nobody the rule does not name.
        return _unique((*rule.roles, *digest)), ()
    return rule.roles, _unique(digest)


def _later(rule: RulePolicy, why: Why, case: Case) -> tuple[Role, ...]:
    """Those who joined with a reminder hear the end only if there can have been a reminder."""
    if why is Why.REMINDER:
        return rule.later_roles
    reminded = case.told_at is not None and case.told_at > case.opened_at
    return rule.later_roles if reminded else ()


def _highest(told: Level | None, level: Level) -> Level:
    return level if told is None or RANK[level] > RANK[told] else told


def _unique(roles: Iterable[Role]) -> tuple[Role, ...]:
    return tuple(dict.fromkeys(roles))
