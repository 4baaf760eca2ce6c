"""config/rules.yaml to a RuleSet; every mistake of the file at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from watcher.mistakes import Mistake, load_yaml, reason_of
from watcher.model import Level, Role
from watcher.rules.ruleset import Rule, RuleSet
from watcher.wording import mistakes_of

Days = Annotated[float, Field(gt=0, le=3650)]
Hours = Annotated[float, Field(gt=0, le=8760)]
Weekday = Annotated[int, Field(ge=1, le=7)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class RulesError(Exception):
    """A rules file that cannot be used; `mistakes` holds every one of them."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Rule(_Model):
    name: Text
    article: str
    severity: Level
    enabled: bool = True
    roles: tuple[Role, ...] = ()
    digest_roles: tuple[Role, ...] = ()
    orange_roles: tuple[Role, ...] = ()
    later_roles: tuple[Role, ...] = ()
    late_roles: tuple[Role, ...] = ()
    red_roles: tuple[Role, ...] = ()
    reminder_hours: Hours | None = None
    deadline_days: Annotated[int, Field(ge=0, le=250)] | None = None
    evidence_days: Annotated[int, Field(ge=30, le=36500)] = 1096


class _Remind(_Rule):
    remind_weekday: Weekday
    remind_at: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class _Week(_Rule):
    repeated_weeks: Annotated[int, Field(ge=2, le=52)]
    severity_repeated: Level
    new_account_by: Weekday


class _Near(_Rule):
    near_days: Days
    urgent_days: Days
    severity_urgent: Level


class _Overdue(_Rule):
    overdue_days: Days


class _Dormant(_Rule):
    dormant_days: Days
    zombie_days: Days
    severity_zombie: Level


class _Inactive(_Rule):
    inactive_days: Days


class _Backdated(_Rule):
    backdated_hours: Hours


class _Absent(_Rule):
    absent_looks: Annotated[int, Field(ge=3, le=100)]
    absent_hours: Annotated[float, Field(ge=24, le=8760)]


class _Offline(_Absent):
    severity_suspended: Level


class _Phrases(_Rule):
    phrases: tuple[Text, ...]
    but_not: tuple[Text, ...]


class _Unsaid(_Rule):
    grace_days: Annotated[int, Field(ge=1, le=250)]
    lookback_days: Annotated[float, Field(gt=0, le=150)]  # a dossier's posts are kept for 200


class _After(_Rule):
    quiet_days: Days


class _ShortNotice(_Rule):
    notice_days: Annotated[int, Field(ge=1, le=250)]
    severity_plain: Level


class _Undeleted(_Rule):
    delete_days: Annotated[int, Field(ge=1, le=250)]
    cooling_off: Mapping[Text, Mapping[int | Literal["more"], Annotated[int, Field(ge=0, le=3650)]]]

    @field_validator("cooling_off")
    @classmethod
    def _complete(cls, value: Mapping[str, Mapping[int | str, int]]) -> Any:
        """Every platform has a number for the most followers, and there is one for all others."""
        if "other" not in value:
            raise ValueError("加一行 other: {more: 天数}，用于其他平台")
        lacking = sorted(name for name, bands in value.items() if "more" not in bands)
        if lacking:
            raise ValueError(f"给 {'、'.join(lacking)} 加上 more: 天数")
        return value


class _NoIpv6(_Rule):
    asked_hours: Annotated[float, Field(ge=24, le=8760)]


class _Names(_Rule):
    seen_hours: Hours
    except_platforms: tuple[Text, ...]


class _Portraits(_Rule):
    apart_bits: Annotated[int, Field(ge=17, le=255)]  # up to 16 is one picture encoded anew


class _Renamed(_Rule):
    grace_days: Annotated[int, Field(ge=0, le=3650)]


class _Leap(_Rule):
    robust_z: Annotated[float, Field(gt=0, le=1000)]
    percent: Annotated[float, Field(gt=0, le=10000)]
    stands_days: Annotated[int, Field(ge=2, le=90)]


class _Expiring(_Rule):
    expiring_days: Annotated[int, Field(ge=1, le=366)]


class _Inspected(_Rule):
    held_by: Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$")]


Term = Annotated[int, Field(ge=1, le=250)]


class _Form(_Rule):
    form_days: Term
    remind_day: Term
    severity_late: Level


class _National(_Rule):
    national_days: Term


class _Term(_Rule):
    term_days: Term
    remind_days: Annotated[tuple[Term, ...], Field(min_length=1, max_length=9)]
    severity_late: Level


class _Advised(_Rule):
    most_per_day: Annotated[int, Field(ge=1, le=100)]


class _Links(_Advised):
    allowed_domains: tuple[
        Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")], ...
    ]


class _Personal(_Advised):
    disclosure_words: tuple[Text, ...]


class _Changed(_Rule):
    known_days: Days
    picture_hours: Hours = 24
    severity_unconfirmed: Level
    severity_variant: Level
    weighty_roles: tuple[Role, ...] = ()


class _Subject(_Rule):
    aliases: Mapping[Text, tuple[Text, ...]] = {}


class _Impersonation(_Rule):
    severity_grave: Level
    weighty_roles: tuple[Role, ...] = ()


class _Unanswered(_Rule):
    receipt_hours: Hours
    result_days: Term
    weighty_roles: tuple[Role, ...] = ()


class _Back(_Rule):
    recheck_days: Annotated[tuple[Annotated[int, Field(ge=1, le=3650)], ...], Field(min_length=1)]

    @field_validator("recheck_days")
    @classmethod
    def _rising(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if any(less >= more for less, more in pairwise(value)):
            raise ValueError("天数须依次增大")
        return value


class _Blind(_Rule):
    blind_hours: Hours


class _Late(_Rule):
    late_days: Annotated[int, Field(ge=1, le=250)]
    grave_days: Annotated[int, Field(ge=1, le=250)]
    severity_grave: Level


class _Holidays(_Rule):
    warn_from: Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]


class _Rules(_Model):
    upd_01: Annotated[_Remind, Field(alias="UPD-01")]
    upd_02: Annotated[_Week, Field(alias="UPD-02")]
    upd_03: Annotated[_Near, Field(alias="UPD-03")]
    upd_04: Annotated[_Overdue, Field(alias="UPD-04")]
    upd_05: Annotated[_Dormant, Field(alias="UPD-05")]
    upd_06: Annotated[_Inactive, Field(alias="UPD-06")]
    upd_07: Annotated[_Backdated, Field(alias="UPD-07")]
    off_01: Annotated[_Offline, Field(alias="OFF-01")]
    off_02: Annotated[_Rule, Field(alias="OFF-02")]
    sus_01: Annotated[_Phrases, Field(alias="SUS-01")]
    sus_02: Annotated[_Unsaid, Field(alias="SUS-02")]
    sus_03: Annotated[_After, Field(alias="SUS-03")]
    der_02: Annotated[_ShortNotice, Field(alias="DER-02")]
    der_04: Annotated[_Undeleted, Field(alias="DER-04")]
    der_05: Annotated[_Rule, Field(alias="DER-05")]
    der_06: Annotated[_Rule, Field(alias="DER-06")]
    app_01: Annotated[_Absent, Field(alias="APP-01")]
    app_03: Annotated[_NoIpv6, Field(alias="APP-03")]
    app_02: Annotated[_Rule, Field(alias="APP-02")]
    app_04: Annotated[_Rule, Field(alias="APP-04")]
    dup_01: Annotated[_Rule, Field(alias="DUP-01")]
    nam_01: Annotated[_Names, Field(alias="NAM-01")]
    nam_02: Annotated[_Portraits, Field(alias="NAM-02")]
    chg_02: Annotated[_Renamed, Field(alias="CHG-02")]
    fan_01: Annotated[_Leap, Field(alias="FAN-01")]
    int_01: Annotated[_Rule, Field(alias="INT-01")]
    org_01: Annotated[_Expiring, Field(alias="ORG-01")]
    org_02: Annotated[_Rule, Field(alias="ORG-02")]
    org_03: Annotated[_Rule, Field(alias="ORG-03")]
    ins_01: Annotated[_Inspected, Field(alias="INS-01")]
    fil_01: Annotated[_Rule, Field(alias="FIL-01")]
    fil_02: Annotated[_Rule, Field(alias="FIL-02")]
    fil_03: Annotated[_Form, Field(alias="FIL-03")]
    fil_04: Annotated[_National, Field(alias="FIL-04")]
    fil_05: Annotated[_Term, Field(alias="FIL-05")]
    fil_06: Annotated[_Term, Field(alias="FIL-06")]
    fil_07: Annotated[_Rule, Field(alias="FIL-07")]
    der_01: Annotated[_Rule, Field(alias="DER-01")]
    der_03: Annotated[_Rule, Field(alias="DER-03")]
    rec_01: Annotated[_Late, Field(alias="REC-01")]
    con_01: Annotated[_Links, Field(alias="CON-01")]
    con_02: Annotated[_Advised, Field(alias="CON-02")]
    con_03: Annotated[_Personal, Field(alias="CON-03")]
    chg_01: Annotated[_Changed, Field(alias="CHG-01")]
    ver_01: Annotated[_Rule, Field(alias="VER-01")]
    ver_02: Annotated[_Subject, Field(alias="VER-02")]
    imp_01: Annotated[_Impersonation, Field(alias="IMP-01")]
    imp_02: Annotated[_Unanswered, Field(alias="IMP-02")]
    imp_03: Annotated[_Back, Field(alias="IMP-03")]
    sys_01: Annotated[_Blind, Field(alias="SYS-01")]
    sys_02: Annotated[_Holidays, Field(alias="SYS-02")]
    sys_03: Annotated[_Rule, Field(alias="SYS-03")]
    sys_04: Annotated[_Rule, Field(alias="SYS-04")]


class _File(_Model):
    recent_hours: Hours
    reposts_count: bool
    not_updated_weekly: tuple[Text, ...]
    published_on: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    paper_days: Days = 365
    rules: _Rules

    @field_validator("published_on", mode="before")
    @classmethod
    def _no_day(cls, value: object) -> object:
        return "" if value is None else value

    @field_validator("published_on")
    @classmethod
    def _a_day(cls, value: str) -> str:
        try:
            date.fromisoformat(value or "2000-01-01")
        except ValueError:
            raise ValueError(f"没有 {value} 这一天") from None
        return value


GRAVER = ("severity_repeated", "severity_urgent", "severity_zombie", "severity_grave")
OVERDUE = "severity_late"  # of a term that has run out
RANK = (Level.OPERATOR, Level.BLUE, Level.YELLOW, Level.ORANGE, Level.RED)


def load_rules(path: Path) -> RuleSet:
    """The rules of a file. Raises RulesError with every mistake."""
    file = str(path)
    try:
        data = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RulesError((Mistake(file, "", reason_of(error)),)) from error
    try:
        parsed = _File.model_validate(data)
    except ValidationError as error:
        raise RulesError(mistakes_of(error, file, _File)) from error
    wrong = tuple(_disordered(file, parsed.rules))
    if wrong:
        raise RulesError(wrong)
    return _ruleset(parsed)


def _disordered(file: str, rules: _Rules) -> Iterator[Mistake]:
    """Thresholds out of order, graver levels that are not graver, rules nobody hears of."""
    ladder = (
        ("UPD-03.near_days", rules.upd_03.near_days),
        ("UPD-03.urgent_days", rules.upd_03.urgent_days),
        ("UPD-04.overdue_days", rules.upd_04.overdue_days),
        ("UPD-05.dormant_days", rules.upd_05.dormant_days),
        ("UPD-05.zombie_days", rules.upd_05.zombie_days),
    )
    late = (
        ("REC-01.late_days", rules.rec_01.late_days),
        ("REC-01.grave_days", rules.rec_01.grave_days),
    )
    for (lower, less), (upper, more) in (*pairwise(ladder), *pairwise(late)):
        if less >= more:
            yield Mistake(file, f"rules.{upper}", f"{more:g} 须大于 {less:g}（{lower}）")
    yield from _terms_disordered(file, rules)
    for name, rule in _each(rules):
        if rule.enabled and not (rule.roles or rule.digest_roles):
            yield Mistake(file, f"rules.{name}.roles", "没有任何接收人，请写 roles")
        high = _high(rule)
        if high and RANK.index(high) < RANK.index(rule.severity):
            yield Mistake(
                file, f"rules.{name}", f"{high} 比 {rule.severity} 轻，加重的级别不能更轻"
            )
        if not name.startswith("SYS") and not rule.article.strip():
            yield Mistake(file, f"rules.{name}.article", "对单位的问题须写明依据条款")
        if (rule.severity is Level.OPERATOR) != name.startswith("SYS"):
            yield Mistake(
                file, f"rules.{name}.severity", "operator 只用于 SYS 规则，SYS 规则也只能用它"
            )


def _terms_disordered(file: str, rules: _Rules) -> Iterator[Mistake]:
    """A reminder comes before its term ends, and one after the other."""
    third, fifth, sixth = rules.fil_03, rules.fil_05, rules.fil_06
    for name, marks, term in (
        ("FIL-03.remind_day", (third.remind_day,), third.form_days),
        ("FIL-05.remind_days", fifth.remind_days, fifth.term_days),
        ("FIL-06.remind_days", sixth.remind_days, sixth.term_days),
    ):
        if any(less >= more for less, more in pairwise((*marks, term))):
            yield Mistake(file, f"rules.{name}", f"须依次增大，且小于 {term}")


def _each(rules: _Rules) -> Iterator[tuple[str, _Rule]]:
    for field, info in _Rules.model_fields.items():
        yield str(info.alias), getattr(rules, field)


def _high(rule: _Rule) -> Level | None:
    found: Level | None = next(
        (getattr(rule, name) for name in (*GRAVER, OVERDUE) if hasattr(rule, name)), None
    )
    return found


def _rule(name: str, rule: _Rule) -> Rule:
    hours = rule.reminder_hours
    return Rule(
        rule=name,
        name=rule.name,
        article=rule.article.strip(),
        level=rule.severity,
        level_high=_high(rule),
        enabled=rule.enabled,
        roles=rule.roles,
        digest_roles=rule.digest_roles,
        orange_roles=rule.orange_roles,
        later_roles=rule.later_roles,
        late_roles=rule.late_roles,
        red_roles=rule.red_roles,
        reminder=None if hours is None else timedelta(hours=hours),
        deadline_days=rule.deadline_days,
        evidence_days=rule.evidence_days,
        thresholds=_thresholds(rule),
    )


def _thresholds(rule: _Rule) -> Mapping[str, Any]:
    """What is set for this rule and for no other, as the file has it."""
    own = set(type(rule).model_fields) - set(_Rule.model_fields) - set(GRAVER)
    return MappingProxyType({k: v for k, v in rule.model_dump(mode="json").items() if k in own})


def _month_day(text: str) -> tuple[int, int]:
    month, day = map(int, text.split("-"))
    return month, day


def _bands(
    platforms: Mapping[str, Mapping[Any, int]],
) -> tuple[tuple[str, tuple[tuple[int | None, int], ...]], ...]:
    """Days by followers, the fewest first; `more` last."""
    return tuple(
        (
            name,
            (
                *sorted((most, days) for most, days in bands.items() if most != "more"),
                (None, bands["more"]),
            ),
        )
        for name, bands in platforms.items()
    )


def _ruleset(parsed: _File) -> RuleSet:
    rules = parsed.rules
    catalogue: Mapping[str, Rule] = {name: _rule(name, rule) for name, rule in _each(rules)}
    return RuleSet(
        rules=MappingProxyType(dict(catalogue)),
        recent=timedelta(hours=parsed.recent_hours),
        reposts_count=parsed.reposts_count,
        not_updated_weekly=frozenset(parsed.not_updated_weekly),
        remind_weekday=rules.upd_01.remind_weekday,
        remind_at=time.fromisoformat(rules.upd_01.remind_at),
        repeated_weeks=rules.upd_02.repeated_weeks,
        new_account_by=rules.upd_02.new_account_by,
        near=timedelta(days=rules.upd_03.near_days),
        urgent=timedelta(days=rules.upd_03.urgent_days),
        overdue=timedelta(days=rules.upd_04.overdue_days),
        dormant=timedelta(days=rules.upd_05.dormant_days),
        zombie=timedelta(days=rules.upd_05.zombie_days),
        inactive=timedelta(days=rules.upd_06.inactive_days),
        backdated=timedelta(hours=rules.upd_07.backdated_hours),
        gone=timedelta(hours=rules.off_01.absent_hours),
        gone_looks=rules.off_01.absent_looks,
        gone_suspended=rules.off_01.severity_suspended,
        notice_phrases=rules.sus_01.phrases,
        not_notices=rules.sus_01.but_not,
        notice_grace=rules.sus_02.grace_days,
        notice_lookback=timedelta(days=rules.sus_02.lookback_days),
        quiet=timedelta(days=rules.sus_03.quiet_days),
        notice_days=rules.der_02.notice_days,
        notice_plain=rules.der_02.severity_plain,
        delete_days=rules.der_04.delete_days,
        cooling_off=_bands(rules.der_04.cooling_off),
        absent=timedelta(hours=rules.app_01.absent_hours),
        absent_looks=rules.app_01.absent_looks,
        no_ipv6=timedelta(hours=rules.app_03.asked_hours),
        published_on=date.fromisoformat(parsed.published_on) if parsed.published_on else None,
        paper_lasts=timedelta(days=parsed.paper_days),
        form_days=rules.fil_03.form_days,
        form_remind=rules.fil_03.remind_day,
        national_days=rules.fil_04.national_days,
        regularise_days=rules.fil_05.term_days,
        regularise_remind=rules.fil_05.remind_days,
        close_days=rules.fil_06.term_days,
        close_remind=rules.fil_06.remind_days,
        late=rules.rec_01.late_days,
        very_late=rules.rec_01.grave_days,
        blind=timedelta(hours=rules.sys_01.blind_hours),
        warn_from=_month_day(rules.sys_02.warn_from),
        names_seen=timedelta(hours=rules.nam_01.seen_hours),
        names_apart=frozenset(rules.nam_01.except_platforms),
        expiring=rules.org_01.expiring_days,
        inspected_by=_month_day(rules.ins_01.held_by),
        receipt=timedelta(hours=rules.imp_02.receipt_hours),
        result_days=rules.imp_02.result_days,
        rechecks=rules.imp_03.recheck_days,
    )
