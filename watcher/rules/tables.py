"""What config/rules.yaml may say: the keys of each rule, their bounds and what they are in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from watcher.model import Level, Role

Days = Annotated[float, Field(gt=0, le=3650)]
Hours = Annotated[float, Field(gt=0, le=8760)]
Term = Annotated[int, Field(ge=1, le=250)]  # days; of which kind, the key says
Weekday = Annotated[int, Field(ge=1, le=7)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleTable(_Model):
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


class _Remind(RuleTable):
    remind_weekday: Weekday
    remind_at: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class _Week(RuleTable):
    repeated_weeks: Annotated[int, Field(ge=2, le=52)]
    severity_repeated: Level
    new_account_by: Weekday


class _Near(RuleTable):
    near_days: Days
    urgent_days: Days
    severity_urgent: Level


class _Overdue(RuleTable):
    overdue_days: Days


class _Dormant(RuleTable):
    dormant_days: Days
    zombie_days: Days
    severity_zombie: Level


class _Inactive(RuleTable):
    inactive_days: Days


class _Backdated(RuleTable):
    backdated_hours: Hours


class _Absent(RuleTable):
    absent_looks: Annotated[int, Field(ge=3, le=100)]
    absent_hours: Annotated[float, Field(ge=24, le=8760)]


class _Offline(_Absent):
    severity_suspended: Level


class _Phrases(RuleTable):
    phrases: tuple[Text, ...]
    but_not: tuple[Text, ...]


class _Unsaid(RuleTable):
    grace_days: Annotated[int, Field(ge=1, le=250)]
    lookback_days: Annotated[float, Field(gt=0, le=150)]  # a dossier's posts are kept for 200


class _After(RuleTable):
    quiet_days: Days


class _ShortNotice(RuleTable):
    notice_days: Annotated[int, Field(ge=1, le=250)]
    severity_plain: Level


class _Undeleted(RuleTable):
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


class _NoIpv6(RuleTable):
    asked_hours: Annotated[float, Field(ge=24, le=8760)]


class _Names(RuleTable):
    seen_hours: Hours
    except_platforms: tuple[Text, ...]


class _Portraits(RuleTable):
    apart_bits: Annotated[int, Field(ge=17, le=255)]  # up to 16 is one picture encoded anew


class _Renamed(RuleTable):
    grace_days: Annotated[int, Field(ge=0, le=3650)]


class _Leap(RuleTable):
    robust_z: Annotated[float, Field(gt=0, le=1000)]
    percent: Annotated[float, Field(gt=0, le=10000)]
    stands_days: Annotated[int, Field(ge=2, le=90)]


class _Expiring(RuleTable):
    expiring_days: Annotated[int, Field(ge=1, le=366)]


class _Inspected(RuleTable):
    held_by: Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$")]


class _Form(RuleTable):
    form_days: Term
    remind_day: Term
    severity_late: Level


class _National(RuleTable):
    national_days: Term


class _Term(RuleTable):
    term_days: Term
    remind_days: Annotated[tuple[Term, ...], Field(min_length=1, max_length=9)]
    severity_late: Level


class _Advised(RuleTable):
    most_per_day: Annotated[int, Field(ge=1, le=100)]


class _Links(_Advised):
    allowed_domains: tuple[
        Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")], ...
    ]


class _Personal(_Advised):
    disclosure_words: tuple[Text, ...]


class _Changed(RuleTable):
    known_days: Days
    picture_hours: Hours = 24
    severity_unconfirmed: Level
    severity_variant: Level
    weighty_roles: tuple[Role, ...] = ()


class _Subject(RuleTable):
    aliases: Mapping[Text, tuple[Text, ...]] = {}


class _Impersonation(RuleTable):
    severity_grave: Level
    weighty_roles: tuple[Role, ...] = ()


class _Unanswered(RuleTable):
    receipt_hours: Hours
    result_days: Term
    weighty_roles: tuple[Role, ...] = ()


class _Back(RuleTable):
    recheck_days: Annotated[tuple[Annotated[int, Field(ge=1, le=3650)], ...], Field(min_length=1)]

    @field_validator("recheck_days")
    @classmethod
    def _rising(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if any(less >= more for less, more in pairwise(value)):
            raise ValueError("天数须依次增大")
        return value


class _Blind(RuleTable):
    blind_hours: Hours


class _Late(RuleTable):
    late_days: Annotated[int, Field(ge=1, le=250)]
    grave_days: Annotated[int, Field(ge=1, le=250)]
    severity_grave: Level


class _Holidays(RuleTable):
    warn_from: Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]


class RulesTable(_Model):
    upd_01: Annotated[_Remind, Field(alias="UPD-01")]
    upd_02: Annotated[_Week, Field(alias="UPD-02")]
    upd_03: Annotated[_Near, Field(alias="UPD-03")]
    upd_04: Annotated[_Overdue, Field(alias="UPD-04")]
    upd_05: Annotated[_Dormant, Field(alias="UPD-05")]
    upd_06: Annotated[_Inactive, Field(alias="UPD-06")]
    upd_07: Annotated[_Backdated, Field(alias="UPD-07")]
    off_01: Annotated[_Offline, Field(alias="OFF-01")]
    off_02: Annotated[RuleTable, Field(alias="OFF-02")]
    sus_01: Annotated[_Phrases, Field(alias="SUS-01")]
    sus_02: Annotated[_Unsaid, Field(alias="SUS-02")]
    sus_03: Annotated[_After, Field(alias="SUS-03")]
    der_02: Annotated[_ShortNotice, Field(alias="DER-02")]
    der_04: Annotated[_Undeleted, Field(alias="DER-04")]
    der_05: Annotated[RuleTable, Field(alias="DER-05")]
    der_06: Annotated[RuleTable, Field(alias="DER-06")]
    app_01: Annotated[_Absent, Field(alias="APP-01")]
    app_03: Annotated[_NoIpv6, Field(alias="APP-03")]
    app_02: Annotated[RuleTable, Field(alias="APP-02")]
    app_04: Annotated[RuleTable, Field(alias="APP-04")]
    dup_01: Annotated[RuleTable, Field(alias="DUP-01")]
    nam_01: Annotated[_Names, Field(alias="NAM-01")]
    nam_02: Annotated[_Portraits, Field(alias="NAM-02")]
    chg_02: Annotated[_Renamed, Field(alias="CHG-02")]
    fan_01: Annotated[_Leap, Field(alias="FAN-01")]
    int_01: Annotated[RuleTable, Field(alias="INT-01")]
    org_01: Annotated[_Expiring, Field(alias="ORG-01")]
    org_02: Annotated[RuleTable, Field(alias="ORG-02")]
    org_03: Annotated[RuleTable, Field(alias="ORG-03")]
    ins_01: Annotated[_Inspected, Field(alias="INS-01")]
    fil_01: Annotated[RuleTable, Field(alias="FIL-01")]
    fil_02: Annotated[RuleTable, Field(alias="FIL-02")]
    fil_03: Annotated[_Form, Field(alias="FIL-03")]
    fil_04: Annotated[_National, Field(alias="FIL-04")]
    fil_05: Annotated[_Term, Field(alias="FIL-05")]
    fil_06: Annotated[_Term, Field(alias="FIL-06")]
    fil_07: Annotated[RuleTable, Field(alias="FIL-07")]
    der_01: Annotated[RuleTable, Field(alias="DER-01")]
    der_03: Annotated[RuleTable, Field(alias="DER-03")]
    rec_01: Annotated[_Late, Field(alias="REC-01")]
    con_01: Annotated[_Links, Field(alias="CON-01")]
    con_02: Annotated[_Advised, Field(alias="CON-02")]
    con_03: Annotated[_Personal, Field(alias="CON-03")]
    chg_01: Annotated[_Changed, Field(alias="CHG-01")]
    ver_01: Annotated[RuleTable, Field(alias="VER-01")]
    ver_02: Annotated[_Subject, Field(alias="VER-02")]
    imp_01: Annotated[_Impersonation, Field(alias="IMP-01")]
    imp_02: Annotated[_Unanswered, Field(alias="IMP-02")]
    imp_03: Annotated[_Back, Field(alias="IMP-03")]
    sys_01: Annotated[_Blind, Field(alias="SYS-01")]
    sys_02: Annotated[_Holidays, Field(alias="SYS-02")]
    sys_03: Annotated[RuleTable, Field(alias="SYS-03")]
    sys_04: Annotated[RuleTable, Field(alias="SYS-04")]


class RulesFile(_Model):
    recent_hours: Hours
    reposts_count: bool
    not_updated_weekly: tuple[Text, ...]
    published_on: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    paper_days: Days = 365
    rules: RulesTable

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
