"""What would be said: to whom, when and in what words, without saying it; and marked tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.hours import next_permitted, urgent
from alerts.merge import Outgoing
from alerts.planning import Errand, Plan, plan
from alerts.policy import Policy, notice_of
from alerts.routes import Occasion
from alerts.routing import Offices, letters
from alerts.stepping import told_from
from alerts.steps import Hearers, Step, Unmet, owed, step_at
from alerts.words import moment_text
from watcher.calendar import WorkCalendar
from watcher.model import Case, Dossier, Finding, Letter, Level, Notice, Why
from watcher.rehearsal_facts import example_facts
from watcher.rules.ruleset import Rule

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody would like to see said: of which rule, for which reason, at which moment."""

    rule: Rule
    level: Level
    occasion: Occasion
    now: datetime


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step up: when, to whom it would then go, or why to nobody."""

    step: Step
    at: datetime
    errands: tuple[Errand, ...]
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All that would happen. `imagined`: there is no such case, and the facts are made up."""

    wish: Wish
    case: Case
    imagined: bool
    plan: Plan
    letters: tuple[Letter, ...]
    steps: tuple[StepRow, ...]
    held: str  # why what is told at once would not leave at once; "" where it would


def rehearse(
    wish: Wish,
    known: Case | None,
    dossier: Dossier | None,
    subject: str,
    policy: Policy,
    offices: Offices,
    cal: WorkCalendar,
) -> Rehearsal:
    """What would be said of the known case, or of one that is imagined for it."""
    case = _posed(known or _imagined(wish, dossier, subject), wish)
    steps = tuple(_step_rows(case, wish, dossier, policy, offices, cal))
    notice = _notice(case, wish, steps, policy)
    return Rehearsal(
        wish,
        case,
        known is None,
        plan(notice, dossier, offices, policy),
        letters(notice, dossier, offices, cal, wish.now, policy),
        steps,
        _held(wish, policy, cal),
    )


def trial_message(errand: Errand, wish: Wish) -> Outgoing:
    """A message that says that it is a test, and names nobody as anything."""
    at = moment_text(wish.now)
    said = "这是守望监测系统的通知渠道测试，不是监测发现，无需处理。"
    how = "并入日报" if errand.digest else "单独告知"
    key = f"测试-{wish.rule.rule}-{wish.now:%y%m%d%H%M%S}"
    body = (
        f"【测试】{said}\n今后规则{wish.rule.rule}（{wish.rule.name}）的通知发往本渠道，{how}。"
        f"接收身份：{errand.reason}。\n发送时刻：{at}\n编号：{key}"
    )
    return Outgoing("【测试】通知渠道测试", body, f"【测试】{said}", key, Level.BLUE)


# -- inside ------------------------------------------------------------------------------------


def _imagined(wish: Wish, dossier: Dossier | None, subject: str) -> Case:
    account = dossier.account.key if dossier else ""
    rule = wish.rule
    facts = example_facts(rule.rule, subject, wish.now)
    found = Finding(rule.rule, account, subject, wish.level, rule.article, wish.now, facts)
    return Case(found, wish.now)


def _posed(case: Case, wish: Wish) -> Case:
    """The case as it would be when this is said: at its level, told of before or not."""
    case = replace(case, finding=replace(case.finding, level=wish.level))
    if wish.occasion is Occasion.FIRST:
        return replace(case, opened_at=wish.now, told_at=None, told_level=None, stepped=())
    told = case.told_at or wish.now - DAY
    posed = replace(case, told_at=told, told_level=case.told_level or wish.level)
    opened = min(posed.opened_at, told - timedelta(seconds=1))
    if wish.occasion is Occasion.RESOLVED:
        return replace(posed, opened_at=opened, closed_at=wish.now, closing="（示例）已恢复正常")
    return replace(posed, opened_at=opened)


def _notice(case: Case, wish: Wish, steps: tuple[StepRow, ...], policy: Policy) -> Notice:
    if wish.occasion is not Occasion.STEP:
        return notice_of(case, Why(wish.occasion), wish.now, policy.of(wish.rule.rule))
    told = [row for row in steps if row.errands] or list(steps)
    if not told:  # the rule knows no steps: routes for them may still speak
        return Notice(case, Why.ESCALATION, (), step=Step(Unmet.UNACKNOWLEDGED, Hearers(), days=1))
    return _stepped(case, told[0].step)


def _stepped(case: Case, step: Step) -> Notice:
    after = replace(case, stepped=(*case.stepped, step.key))
    return Notice(after, Why.ESCALATION, step.to.roles, step=step)


def _step_rows(
    case: Case,
    wish: Wish,
    dossier: Dossier | None,
    policy: Policy,
    offices: Offices,
    cal: WorkCalendar,
) -> Iterator[StepRow]:
    """The steps up of the case, one after the other, as if each were said in its turn."""
    start, said = told_from(case, policy, cal), case
    for step in policy.steps_of(wish.rule.rule, wish.level):
        at = step_at(step, start, cal, policy.hours)
        if not owed(step, case, at):
            why = "已报过" if step.key in case.stepped else "已签收或已反馈，不报"
            yield StepRow(step, at, (), why)
            continue
        notice = _stepped(said, step)
        errands = plan(notice, dossier, offices, policy).errands
        said = notice.case
        yield StepRow(step, at, errands, "" if errands else "没有尚未告知的上级，不报")


def _held(wish: Wish, policy: Policy, cal: WorkCalendar) -> str:
    why = Why.ESCALATION if wish.occasion is Occasion.STEP else Why(wish.occasion)
    if wish.level is Level.OPERATOR or urgent(wish.level, why):
        return ""
    settled = wish.now + policy.hours.settle
    if next_permitted(settled, cal, policy.hours) == settled:
        return ""
    return "静默时段或节假日"
