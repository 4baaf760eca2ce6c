"""Reports about updates: their facts from the database and the configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from alerts.routing import Offices
from alerts.words import PLATFORMS, platform_name
from watcher.annals import DAY, Mark, Question, Record, Standing, Terms, UnitStanding, Verdict
from watcher.annals import from_of as begun
from watcher.calendar import WorkCalendar, announced, is_working_day, local
from watcher.model import FiledState, Role
from watcher.recording import recorded
from watcher.reporting import Desk, ReportError
from watcher.reports.period import Period, before, weeks
from watcher.reports.stamp import Scope
from watcher.reports.updates import Facts
from watcher.rules.ruleset import RuleSet
from watcher.store.period import pasts, unit_standings

EVERYWHERE = "全市"


@dataclass(frozen=True, slots=True)
class Area:
    """The offices whose units are asked for, as the register may spell them; None: all."""

    spelled: frozenset[str] | None
    units: Mapping[str, tuple[UnitStanding, ...]]

    def holds(self, unit: str, at: datetime) -> bool:
        """Whether the unit belonged to them then."""
        if self.spelled is None:
            return True
        known = self.units.get(unit, ())
        found = next((each for each in reversed(known) if begun(each) <= at), None)
        found = found or (known[0] if known else None)
        return found is not None and found.supervisor in self.spelled


def update_facts(desk: Desk, scope: Scope, as_of: datetime) -> Facts:
    """What is known of the updates of a period. Raises ReportError for a scope without accounts
    to speak of: an office nobody has, a period that has not begun."""
    period, settings = scope.period, desk.settings
    assert period is not None  # the command asks for one
    if period.begins >= as_of:
        cut = f"{local(as_of):%Y-%m-%d %H:%M}"
        raise ReportError(f"{period.label}尚未开始，没有数据；数据截止时刻为 {cut}")
    if scope.platform and scope.platform not in PLATFORMS:
        known = "、".join(f"{code} {name}" for code, name in PLATFORMS.items())
        raise ReportError(f"--platform：没有平台“{scope.platform}”；可写：{known}")
    cal, earlier = settings.calendar, before(period)
    ask = Question(
        *(period.since, period.until, weeks(period, cal), as_of, terms_of(settings.rules)),
        cases_from=earlier.begins,
    )
    units = unit_standings(desk.connection, as_of)
    area = area_of(settings.offices, scope.office, units)
    records = tuple(_records(desk, ask, area, scope.platform))
    name = settings.offices.name_of(scope.office) if scope.office else EVERYWHERE
    return Facts(
        area=name,
        office=name if scope.office else _city(settings.offices),
        label=period.label,
        since=period.since,
        until=period.until,
        as_of=as_of,
        weeks=ask.weeks,
        near=ask.terms.near // DAY,
        overdue=ask.terms.overdue // DAY,
        dormant=ask.terms.dormant // DAY,
        zombie=ask.terms.zombie // DAY,
        records=records,
        units=_named(units, records),
        platforms=_platforms(records, ask.terms),
        offices={key: office.name for key, office in sorted(settings.offices.offices.items())},
        not_weekly=tuple(sorted(ask.terms.not_weekly)),
        off=tuple(holidays(period, cal)),
        makeup=tuple(d for d in _days(period) if d.weekday() > 4 and is_working_day(cal, d)),
        provisional=any(not announced(cal, year) for year in _years(period)),
        before=earlier.label,
        before_since=earlier.since,
    )


def terms_of(rules: RuleSet) -> Terms:
    """The thresholds that reports lean on."""
    return Terms(
        *(rules.reposts_count, rules.not_updated_weekly, rules.new_account_by),
        *(rules.near, rules.overdue, rules.dormant, rules.zombie),
    )


def area_of(offices: Offices, wanted: str, units: Mapping[str, tuple[UnitStanding, ...]]) -> Area:
    """The office (key or name) with all below it. Raises ReportError for one nobody knows."""
    if not wanted:
        return Area(None, units)
    by_name = {each.name: key for key, each in offices.offices.items()}
    top = wanted if wanted in offices.offices else by_name.get(wanted, "")
    written = {each.supervisor for standings in units.values() for each in standings}
    if not top and wanted not in written:
        known = "、".join(sorted(by_name)[:12])
        raise ReportError(f"--office：没有主管单位“{wanted}”；offices.yaml 中有：{known}")
    keys = {top} if top else set()
    while more := {k for k, each in offices.offices.items() if each.parent in keys} - keys:
        keys |= more
    spelled = {*keys, *(offices.offices[key].name for key in keys), wanted}
    return Area(frozenset(spelled), units)


def holidays(period: Period, cal: WorkCalendar) -> Iterator[tuple[date, date]]:
    """Runs of days off that hold a weekday."""
    run: list[date] = []
    for day in (*_days(period), None):
        if day is not None and not is_working_day(cal, day):
            run.append(day)
            continue
        if any(each.weekday() < 5 for each in run):
            yield run[0], run[-1]
        run = []


# -- inside ------------------------------------------------------------------------------------


def _records(desk: Desk, ask: Question, area: Area, platform: str) -> Iterator[Record]:
    def wanted(standings: Sequence[Standing]) -> bool:
        return (not platform or standings[-1].platform == platform) and any(
            area.holds(each.unit, at)
            for each in standings
            for at in (max(begun(each), ask.begins), ask.horizon - timedelta(milliseconds=1))
        )

    def told(done: int, whole: int) -> None:
        desk.told("读取账号", done, whole)

    for past in pasts(desk.connection, ask, wanted, told):
        record = scoped(recorded(past, ask), ask, area)
        if _concerned(record):
            yield record


def _concerned(record: Record) -> bool:
    """Whether it was in operation at some time of the period."""
    active = FiledState.ACTIVE
    return (
        active in (record.state_before, record.state_after)
        or record.due_days > 0
        or record.verdict is not Verdict.NONE
    )


def scoped(record: Record, ask: Question, area: Area) -> Record:
    """The weeks in which it was another office's are not this one's; what it comes to at the end
    is told of by the office it belongs to then."""
    if area.spelled is None:
        return record
    marks = [
        mark if area.holds(record.unit_in(number), week.ends - timedelta(seconds=1)) else Mark.OUT
        for number, (mark, week) in enumerate(zip(record.weeks, ask.weeks, strict=True))
    ]
    here = replace(record, weeks="".join(marks))
    if area.holds(record.unit, ask.horizon - timedelta(milliseconds=1)):
        return here
    return replace(
        here, verdict=Verdict.NONE, why=(), silences=(), longest=None, seen_days=0, due_days=0
    )


def _platforms(records: Sequence[Record], terms: Terms) -> dict[str, str]:
    codes = {each.platform for each in records} | terms.not_weekly
    return {code: platform_name(code) for code in sorted(codes)}


def _named(
    units: Mapping[str, tuple[UnitStanding, ...]], records: Sequence[Record]
) -> dict[str, tuple[UnitStanding, ...]]:
    used = {each.unit for each in records} | {u for each in records for _, u in each.units}
    used |= {key for each in records for m in each.moved for key in (m.before, m.after)}
    return {key: units[key] for key in sorted(used) if key in units}


def _city(offices: Offices) -> str:
    return offices.name_of(offices.roles.get(Role.CITY, "")) or "市政府办公室"


def _days(period: Period) -> Iterator[date]:
    return (period.since + n * DAY for n in range(period.days))


def _years(period: Period) -> range:
    return range(period.since.year, period.until.year + 1)
