"""Who hears of which rule, how often, and what is told further up: the policy as values. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from alerts.hours import USUAL, Hours
from alerts.routes import Route
from alerts.steps import DEFAULT_STEPS, Step, above
from watcher.model import Level, Role
from watcher.rectifying import LATE

DAY = timedelta(days=1)


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
    steps: tuple[Step, ...] | None = None  # 逐级报告; None: those of the level


@dataclass(frozen=True, slots=True)
class Policy:
    """What to do for every rule; a rule nobody described goes to the operator alone.

    `steps` are those of each level, `routes` what goes to others than the rules say.
    """

    rules: Mapping[str, RulePolicy] = field(default_factory=dict)
    steps: Mapping[Level, tuple[Step, ...]] = field(default_factory=lambda: DEFAULT_STEPS)
    routes: tuple[Route, ...] = ()
    hours: Hours = USUAL

    def of(self, rule: str) -> RulePolicy:
        return self.rules.get(rule) or RulePolicy(rule, rule, (Role.OPERATOR,))

    def steps_of(self, rule: str, level: Level) -> tuple[Step, ...]:
        """The steps up of a rule at a level. REC-01 presses by itself what is late."""
        own = self.of(rule)
        if own.steps is not None:
            return own.steps
        usual = () if rule == LATE else self.steps.get(level, ())
        return above(usual, own.roles or own.digest_roles, at_once(own, level))


def at_once(rule: RulePolicy, level: Level) -> tuple[Role, ...]:
    """Who hears of it at once anyway; red waits for no digest."""
    if level is not Level.RED:
        return rule.roles
    return (*rule.roles, *rule.digest_roles, *rule.orange_roles, *rule.red_roles)


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
