"""routes.yaml as people write it: pydantic at the edge, every unknown key refused."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from alerts.hours import USUAL
from watcher.config.schema import Name, Span, Table, between


def _clock(value: Any) -> Any:
    """YAML reads 22:00 as a number, so it is written in quotes."""
    try:
        if not isinstance(value, str) or len(value) != 5:
            raise ValueError
        return time.fromisoformat(value)
    except ValueError:
        raise ValueError('应为带引号的钟点，如 "22:00"') from None


def _stretch(value: Any) -> Any:
    opens, dash, closes = value.partition("-") if isinstance(value, str) else ("", "", "")
    try:
        found = _clock(opens.strip()), _clock(closes.strip())
    except ValueError:
        raise ValueError('应为一段时间，如 "08:00-12:00"') from None
    if not dash or found[0] >= found[1]:
        raise ValueError("结束须晚于开始")
    return found


def _after(value: Any) -> Any:
    number, unit = (value[:-2], value[-2:]) if isinstance(value, str) else ("", "")
    if unit not in ("wd", "wh") or not number.isascii() or not number.isdigit():
        raise ValueError("应为工作日数如 2wd，或工作小时数如 4wh")
    if not 1 <= int(number) <= 250:
        raise ValueError("须在 1 与 250 之间")
    return value


def _reminder(value: Any) -> Any:
    """Days between reminders; `never`."""
    if value == "never":
        return None
    number = value[:-1] if isinstance(value, str) and value.endswith("d") else ""
    if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= 366:
        raise ValueError("应为天数如 1d、7d，或 never")
    return timedelta(days=int(number))


Clock = Annotated[time, BeforeValidator(_clock)]
Stretch = Annotated[tuple[time, time], BeforeValidator(_stretch)]
After = Annotated[str, BeforeValidator(_after)]
Reminder = Annotated[timedelta | None, BeforeValidator(_reminder)]
Waits = Annotated[Span, between(timedelta(seconds=5), timedelta(minutes=30))]
Gathers = Annotated[Span, between(timedelta(seconds=5), timedelta(hours=2))]
RoleName = Literal["C", "L", "S", "A", "N", "P", "O"]
LevelName = Literal["blue", "yellow", "orange", "red", "operator"]
WhyName = Literal["first", "reminder", "escalation", "step", "resolved"]
Some = Annotated[list[Name], Field(min_length=1)]
Places = Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1)]


class HearersTable(Table):
    roles: list[RoleName] = Field(default_factory=list)
    offices: list[Name] = Field(default_factory=list)
    targets: list[Name] = Field(default_factory=list)


class StepTable(Table):
    when: Literal["unacknowledged", "unrectified"] = "unacknowledged"
    after: After
    to: HearersTable


class RuleTable(Table):
    """What routes.yaml says otherwise than rules.yaml; the names are those of rules.yaml."""

    roles: list[RoleName] | None = None
    digest_roles: list[RoleName] | None = None
    orange_roles: list[RoleName] | None = None
    later_roles: list[RoleName] | None = None
    late_roles: list[RoleName] | None = None
    red_roles: list[RoleName] | None = None
    reminder: Reminder = None
    deadline_days: Annotated[int, Field(ge=0, le=250)] | None = None
    escalation: list[StepTable] | None = None


class RouteTable(Table):
    name: Annotated[Name, Field(max_length=40)] | None = None
    reports: Some | None = None
    rules: Some | None = None
    level: LevelName | None = None
    at_least: Literal["blue", "yellow", "orange", "red"] | None = None
    platforms: Some | None = None
    kinds: Some | None = None
    offices: Places | None = None
    why: Annotated[list[WhyName], Field(min_length=1)] | None = None
    do: Literal["add", "instead", "mute"] = "add"
    to: HearersTable = HearersTable()
    digest: bool = False


class HoursTable(Table):
    quiet_from: Clock = USUAL.night
    quiet_until: Clock = USUAL.morning
    digest: Clock = USUAL.digest
    office: list[Stretch] = Field(default=list(USUAL.office), min_length=1, max_length=4)


class GatherTable(Table):
    wait: Waits = USUAL.settle
    wait_red: Waits = USUAL.settle_red
    wait_operator: Waits = USUAL.settle_operator
    most: Gathers = USUAL.longest
    most_red: Gathers = USUAL.longest_red


class EscalationTable(Table):
    yellow: list[StepTable] | None = None
    orange: list[StepTable] | None = None
    red: list[StepTable] | None = None


class RoutesTable(Table):
    hours: HoursTable = HoursTable()
    gather: GatherTable = GatherTable()
    escalation: EscalationTable = EscalationTable()
    policy: dict[str, RuleTable] = Field(default_factory=dict)
    routes: list[RouteTable] = Field(default_factory=list)
