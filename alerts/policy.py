"""From what is wrong now to what to say now. Pure.

A case is the life of a finding. It opens on recent proof only, lives while the rule still finds
it, and closes when the rule, judging on evidence, no longer does: a failed poll adds no evidence
and therefore closes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from alerts.hours import NIGHT, RANK, beijing, next_digest, send_from
from watcher.calendar import WorkCalendar, is_working_day
from watcher.model import Case, CaseState, Finding, Level, Notice, Role, Why
from watcher.rectifying import LATE, case_number, pressed, termed

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
class RulePolicy:
    """Who hears of a rule's findings, how often again, and how long the unit has.

    `roles` hear at once, `digest_roles` in the digest of the next working day at 09:00,
    `orange_roles` join the digest from orange on, `later_roles` join it with the first reminder,
    `late_roles` once a term has run out, `red_roles` where it is red. Red waits for no digest.
    `reminder` None: never again. `deadline_days` are working days from the letter on.
    """

    rule: str
    name: str
    roles: tuple[Role, ...]
    digest_roles: tuple[Role, ...] = ()
    reminder: timedelta | None = DAY
    deadline_days: int | None = None
    orange_roles: tuple[Role, ...] = ()
    later_roles: tuple[Role, ...] = ()
    late_roles: tuple[Role, ...] = ()
    red_roles: tuple[Role, ...] = ()
    weighty_roles: tuple[Role, ...] = ()  # join the digest where the finding says it is weighty


@dataclass(frozen=True, slots=True)
class Policy:
    """What to do for every rule; a rule nobody described goes to the operator alone."""

    rules: Mapping[str, RulePolicy] = field(default_factory=dict)

    def of(self, rule: str) -> RulePolicy:
        return self.rules.get(rule) or RulePolicy(rule, rule, (Role.OPERATOR,))


def policy_of(rules: Iterable[RulePolicy]) -> Policy:
    return Policy({each.rule: each for each in rules})


_C, _L, _S = Role.CONTACT, Role.LEAD, Role.SUPERVISOR
_A, _O = Role.CITY, Role.OPERATOR
_N, _P = Role.CYBERSPACE, Role.POLICE
# The catalogue of domain.md §6.3.
DEFAULT_POLICY = policy_of(
    (
        RulePolicy("UPD-01", "本周尚未更新", (_C,), reminder=None),
        RulePolicy("UPD-02", "一周未更新", (_C, _L), (_S,), DAY, 2),
        RulePolicy("UPD-03", "临界超期", (_C, _L), (), DAY, 1, orange_roles=(_S,)),
        RulePolicy("UPD-04", "两周未更新（单项否决情形）", (_C, _L), (_S, _A), DAY, 2),
        RulePolicy("UPD-05", "长期未更新", (), (_S, _A), 7 * DAY, 10),
        RulePolicy("UPD-06", "平台自动注销风险", (), (_S,), 7 * DAY, 10),
        RulePolicy("UPD-07", "发布时间存疑", (_O,), (), DAY, 5, later_roles=(_S,)),
        RulePolicy("OFF-01", "疑似自行下线", (_C, _L), (_S, _A), DAY, 1),
        RulePolicy("OFF-02", "平台封禁或限制", (_C, _L), (_S, _A), DAY, 1),
        RulePolicy("SUS-01", "疑似自行关停", (_C,), (_S,), DAY, 3),
        RulePolicy("SUS-02", "关停未见公告", (_C,), (_S,), 7 * DAY, 5),
        RulePolicy("SUS-03", "关停后仍更新", (_C,), (_S,), 7 * DAY, 5),
        RulePolicy("DER-02", "公告不足15个工作日", (_C,), (_S,), 7 * DAY, 3, orange_roles=(_A,)),
        RulePolicy("DER-04", "注销未落实", (_C,), (_S,), 7 * DAY, 5),
        RulePolicy("DER-05", "应用商店未下架", (_C,), (_S,), 7 * DAY, 5),
        RulePolicy("DER-06", "注销账号重新上线", (_S,), (_A,), DAY, 1),
        RulePolicy("APP-01", "应用无法下载", (_C, _L), (_S,), DAY, 2),
        RulePolicy("APP-03", "不支持IPv6或等保材料缺失", (_C,), (_S,), 7 * DAY, 10),
        RulePolicy("APP-02", "一单位多应用", (), (_S,), 7 * DAY, 10),
        RulePolicy("APP-04", "政务应用程序未备案", (_C,), (_S,), 7 * DAY, 10),
        RulePolicy("DUP-01", "同一平台多个账号", (), (_S,), 7 * DAY, 10),
        RulePolicy("NAM-01", "跨平台名称不一致", (), (_C,), 91 * DAY),
        RulePolicy("NAM-02", "头像风格不一致", (), (_C,), 91 * DAY),
        RulePolicy("CHG-02", "主办单位变化未变更账号", (), (_S,), 7 * DAY, 10),
        RulePolicy("FAN-01", "粉丝量异常", (), (_S,), 91 * DAY),
        RulePolicy("INT-01", "未提供有效互动功能", (_C,), (_S,), 7 * DAY, 10),
        RulePolicy("ORG-01", "承办合同或保密协议缺失、到期", (_C,), (_S,), 7 * DAY, 10),
        RulePolicy("ORG-02", "负责人联系人缺失", (), (_S,), 7 * DAY, 10),
        RulePolicy("ORG-03", "区政府未开设", (), (_A,), 7 * DAY, 10),
        RulePolicy("INS-01", "年度专项检查未登记", (), (_S, _A), 7 * DAY, 10),
        RulePolicy("FIL-01", "疑似未备案开设", (), (_S,), 7 * DAY, 5, later_roles=(_A,)),
        RulePolicy("FIL-02", "未经审批先行开设", (), (_S, _A), 7 * DAY, 3),
        RulePolicy("FIL-03", "备案登记表到期", (_C,), (), DAY, None, late_roles=(_S,)),
        RulePolicy("FIL-04", "全国系统未报送或不一致", (_C,), (), 7 * DAY, 3, late_roles=(_S,)),
        RulePolicy(
            "FIL-05",
            "存量账号未补办",
            (_C,),
            (),
            7 * DAY,
            later_roles=(_S,),
            late_roles=(_S, _A),
        ),
        RulePolicy("FIL-06", "拟整合关停未完成", (), (_S,), 7 * DAY, late_roles=(_A,)),
        RulePolicy("FIL-07", "两级审核缺一", (), (_A,), 7 * DAY, 3),
        RulePolicy("DER-01", "市区政府账号拟注销", (_A,), (), DAY, 1),
        RulePolicy("DER-03", "缺集体研究材料", (), (_A,), 7 * DAY, 3),
        RulePolicy("REC-01", "整改逾期", (_L,), (_S,), DAY, 2, red_roles=(_A,)),
        RulePolicy("CON-01", "疑似商业广告或外链", (_C,), (), 7 * DAY, 5),
        RulePolicy("CON-02", "转载未注明来源", (), (_C,), 7 * DAY),
        RulePolicy("CON-03", "疑似泄露个人信息", (_C, _L), (), DAY, 1),
        RulePolicy("CHG-01", "疑似自行变更", (_C,), (_S,), DAY, 3, weighty_roles=(_A,)),
        RulePolicy("VER-01", "未认证或认证失效", (_C,), (_S,), 7 * DAY, 10),
        RulePolicy("VER-02", "认证主体与主办单位不一致", (_C,), (_S,), 7 * DAY, 10),
        RulePolicy("IMP-01", "疑似假冒账号", (_S,), (), DAY, weighty_roles=(_N, _P)),
        RulePolicy("IMP-02", "关停函未获回应", (_S,), (), DAY, weighty_roles=(_N, _P)),
        RulePolicy("IMP-03", "已关停的假冒账号再次出现", (_S, _N), (), DAY),
        RulePolicy("SYS-01", "监测盲区", (_O,), (), DAY),
        RulePolicy("SYS-02", "下一年度放假安排缺失", (_O,), (), 7 * DAY),
        RulePolicy("SYS-03", "平台失明", (_O,), (), DAY),
        RulePolicy("SYS-04", "版式变化", (_O,), (), DAY),
    )
)


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
    changes: Changes, now: datetime, policy: Policy, cal: WorkCalendar
) -> tuple[Notice, ...]:
    """What to say; each notice's case notes already that it was said (`told_at`, `told_level`)."""
    return tuple(_notices(changes, now, policy, cal))


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
    changes: Changes, now: datetime, policy: Policy, cal: WorkCalendar
) -> Iterator[Notice]:
    alive = (*changes.opened, *changes.kept)
    for case in alive:
        why = _why(case, now, policy.of(case.finding.rule), cal)
        if why is not None and not (why is Why.REMINDER and _overshadowed(case, alive)):
            yield _termed(_notice(case, why, now, policy.of(case.finding.rule)), now, policy, cal)
    for case in changes.closed:
        # Nobody hears the end of what they never heard begin.
        if case.told_at is not None and not case.closing.startswith(HANDED_ON):
            yield _notice(case, Why.RESOLVED, now, policy.of(case.finding.rule))


def _termed(notice: Notice, now: datetime, policy: Policy, cal: WorkCalendar) -> Notice:
    """The notice of a case with its term, which counts from the day its first letter may leave."""
    days = policy.of(notice.case.finding.rule).deadline_days
    leaves = send_from(notice, now, cal) if notice.roles else next_digest(now, cal)
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


def _why(case: Case, now: datetime, rule: RulePolicy, cal: WorkCalendar) -> Why | None:
    if case.told_at is None or case.told_level is None:
        return Why.FIRST
    if RANK[case.finding.level] > RANK[case.told_level]:
        return Why.ESCALATION
    mark = case.finding.facts.get("remind_at")
    if mark is not None:  # a term that runs is recalled on its own days, and on no others
        return Why.REMINDER if case.told_at < datetime.fromisoformat(mark) <= now else None
    if case.acknowledged_by or rule.reminder is None:
        return None
    return Why.REMINDER if _reminds(case.told_at, now, rule.reminder, cal) else None


def _reminds(told_at: datetime, now: datetime, interval: timedelta, cal: WorkCalendar) -> bool:
    """At most once a day, on working days, before the night.

    Days are counted, not hours: readings come at odd minutes, and a reminder must not creep
    later each day. After 22:00 it would only wait for the morning and meet the next one there.
    """
    here = beijing(now)
    days = max(1, interval.days)
    passed = (here.date() - beijing(told_at).date()).days >= days
    return passed and is_working_day(cal, here.date()) and time(0) <= here.time() < NIGHT


def _notice(case: Case, why: Why, now: datetime, rule: RulePolicy) -> Notice:
    level = case.finding.level
    roles, digest = _audience(rule, why, case)
    told = replace(case, told_at=now, told_level=_highest(case.told_level, level))
    return Notice(told, why, roles, tuple(role for role in digest if role not in roles))


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
