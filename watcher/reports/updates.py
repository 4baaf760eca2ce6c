"""Who updated and who did not, over a period: the facts of 更新 reports, and their figures. Pure.

The two clocks stand apart: the natural week of 《办法》Art. 12, which holidays excuse, and the 14
days of 24 hours of the national 检查指标, which nothing does. What was not seen whole is counted
for and against nobody, and the coverage stands beside every figure (domain.md §6.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from watcher.annals import (
    DAY,
    LONG_AGO,
    OVERDUE_RULES,
    VETO,
    CaseLife,
    Mark,
    Record,
    Silence,
    UnitStanding,
    Verdict,
)
from watcher.calendar import Week, local, midnight
from watcher.reports.figures import Rate

WEEKLY_RULES = ("UPD-01", "UPD-02")
PRESSING = ("UPD-02", *OVERDUE_RULES, *VETO)  # what the circular holds against accounts
HANDED_ON = "转为"  # a case that a graver one took over was not mended
OFTEN = 2  # 多次督促: so many warnings of 临界超期


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a report about updates rests on."""

    area: str  # 全市, or the office's name
    office: str  # who issues it
    label: str  # 2026年第三季度
    since: date
    until: date
    as_of: datetime
    weeks: tuple[Week, ...]
    near: int  # days
    overdue: int
    dormant: int
    zombie: int
    records: tuple[Record, ...]
    units: Mapping[str, tuple[UnitStanding, ...]]
    platforms: Mapping[str, str]  # names by code
    offices: Mapping[str, str]  # names by key
    not_weekly: tuple[str, ...]  # platforms without a weekly duty, by code
    off: tuple[tuple[date, date], ...]  # holidays that touch a weekday, first and last day
    makeup: tuple[date, ...]  # weekend days that are working days (调休上班)
    provisional: bool  # a year of it has no notice yet
    before: str  # the period before, by name …
    before_since: date  # … and its first day

    @property
    def begins(self) -> datetime:
        return midnight(self.since)

    @property
    def ends(self) -> datetime:
        return midnight(self.until + DAY)

    @property
    def horizon(self) -> datetime:
        return min(self.ends, self.as_of)

    def platform(self, record: Record) -> str:
        return self.platforms.get(record.platform, record.platform)

    def unit(self, key: str, at: datetime | None = None) -> str:
        """The unit's name at that moment, or at the end."""
        return self._unit(key, at).name

    def supervisor(self, key: str, at: datetime | None = None) -> str:
        """The name of its daily supervisor."""
        written = self._unit(key, at).supervisor
        return self.offices.get(written, written)

    def _unit(self, key: str, at: datetime | None) -> UnitStanding:
        known = self.units.get(key) or (UnitStanding(None, key, "", ""),)
        moment = self.horizon if at is None else at
        return next((u for u in reversed(known) if (u.since or LONG_AGO) <= moment), known[0])


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of a group of accounts; days are account-days, weeks account-weeks."""

    accounts: int = 0
    passed: int = 0
    failed: int = 0
    unknown: int = 0
    excused: int = 0
    met: int = 0
    missed: int = 0
    blind: int = 0
    seen: int = 0
    due: int = 0

    @property
    def checked(self) -> int:
        return self.passed + self.failed

    @property
    def sampled(self) -> Rate:
        """抽查比例 = 检查数/在运行数."""
        return Rate(self.checked, self.accounts)

    @property
    def pass_rate(self) -> Rate:
        """合格率 = 合格数/检查数."""
        return Rate(self.passed, self.checked)

    @property
    def weekly(self) -> Rate:
        """周更新达标率 = 达标账号周/应更新账号周, of the weeks that could be judged."""
        return Rate(self.met, self.met + self.missed)

    @property
    def coverage(self) -> Rate:
        """监测覆盖率 = 有效采集账号日/应采集账号日."""
        return Rate(self.seen, self.due)


def tally(records: Iterable[Record]) -> Tally:
    """The counts of these accounts."""
    verdicts = dict.fromkeys(Verdict, 0)
    sums = [0] * 6
    for each in records:
        verdicts[each.verdict] += 1
        marks = each.weeks
        found = (
            *(1, marks.count(Mark.MET), marks.count(Mark.MISSED), marks.count(Mark.BLIND)),
            *(each.seen_days, each.due_days),
        )
        sums = [old + new for old, new in zip(sums, found, strict=True)]
    return Tally(
        sums[0],
        verdicts[Verdict.PASS],
        verdicts[Verdict.FAIL],
        verdicts[Verdict.UNKNOWN],
        verdicts[Verdict.EXCUSED],
        *sums[1:],
    )


def by_platform(facts: Facts) -> dict[str, Tally]:
    """By the platform's name, the most accounts first."""
    groups: dict[str, list[Record]] = {}
    for record in facts.records:
        groups.setdefault(facts.platform(record), []).append(record)
    found = {name: tally(records) for name, records in groups.items()}
    return dict(sorted(found.items(), key=lambda item: (-item[1].accounts, item[0])))


def ordered(facts: Facts) -> list[Record]:
    """As tables list them: by office, unit, platform, name."""
    return sorted(
        facts.records,
        key=lambda r: (
            *(facts.supervisor(r.unit), facts.unit(r.unit), facts.platform(r)),
            *(r.name, r.key),
        ),
    )


# -- what is wrong with one account ------------------------------------------------------------


def counting(record: Record) -> Iterator[Silence]:
    """Its silences that count."""
    return (each for each in record.silences if not each.excused)


def gravity(facts: Facts, silence: Silence) -> str:
    """What a silence of so many days is called; "" for one that is none."""
    for limit, word in (
        (facts.zombie, f"僵尸（超过{facts.zombie}天未更新）"),
        (facts.dormant, f"长期未更新（超过{facts.dormant}天）"),
        (facts.overdue, "两周未更新（单项否决情形）"),
    ):
        if silence.length > limit * DAY:
            return word
    return "临界超期" if silence.length >= facts.near * DAY else ""


def problems(facts: Facts, record: Record) -> tuple[str, ...]:
    """问题类别, the gravest first; empty where nothing is wrong that was seen."""
    found = []
    long = max(counting(record), key=lambda s: s.length, default=None)
    if long is not None and long.length > facts.overdue * DAY:
        found.append(gravity(facts, long))
    near = sum(gravity(facts, each) == "临界超期" for each in counting(record))
    if near:
        found.append(f"临界超期{near}次")
    if missed := record.count(Mark.MISSED):
        found.append(f"周未更新{missed}周")
    if "INT-01" in record.why:
        found.append("未提供有效互动功能")
    if "APP-01" in record.why:
        found.append("应用无法下载或使用")
    if any(c.rule == "UPD-07" and not c.dismissed and _in(facts, c) for c in record.cases):
        found.append("发布时间存疑")
    if record.verdict is Verdict.UNKNOWN:
        found.append("未能完整采集，不作判断")
    return tuple(found)


def _in(facts: Facts, case: CaseLife) -> bool:
    return case.opened_at < facts.ends and (
        case.closed_at is None or case.closed_at >= facts.begins
    )


def pressed(facts: Facts, record: Record) -> list[CaseLife]:
    """Its cases that were open in the period and count: upheld, and not taken over by a graver
    one."""
    return [
        case
        for case in record.cases
        if case.rule in PRESSING
        and not case.dismissed
        and not case.closing.startswith(HANDED_ON)
        and _in(facts, case)
    ]


def mended(facts: Facts, record: Record) -> str:
    """整改, in a few words."""
    cases = pressed(facts, record)
    if not cases:
        return "—"
    today = local(facts.as_of).date()
    open_ = [case for case in cases if case.closed_at is None]
    late = [case for case in open_ if case.late(today)]
    parts = (
        (len(late), "逾期"),
        (len(open_) - len(late), "整改中"),
        (len(cases) - len(open_), "已销号"),
    )
    return "，".join(f"{count}项{word}" for count, word in parts if count)


def notices(record: Record, rules: Iterable[str]) -> int:
    """How often its unit was told of these rules in the period."""
    wanted = tuple(rules)
    return sum(case.noticed for case in record.cases if case.rule in wanted)


def reminded(record: Record) -> int:
    """提醒次数: reminders and warnings about updates."""
    return notices(record, (*WEEKLY_RULES, *OVERDUE_RULES))


# -- what proves it ----------------------------------------------------------------------------


def cases_of_week(record: Record, week: Week) -> list[CaseLife]:
    """The cases about a week without an update."""
    return [
        case
        for case in record.cases
        if (case.rule == "UPD-01" and week.begins <= case.opened_at < week.ends)
        or (
            case.rule == "UPD-02"
            and case.opened_at <= week.ends + 10 * DAY
            and (case.closed_at is None or case.closed_at >= week.ends)
        )
    ]


def cases_of_silence(record: Record, silence: Silence) -> list[CaseLife]:
    """The cases about a silence."""
    return [
        case
        for case in record.cases
        if case.rule in OVERDUE_RULES and silence.since < case.opened_at <= silence.until + DAY
    ]
