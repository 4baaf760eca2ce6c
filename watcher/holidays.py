"""Years of days off: those a library knows, and files an office writes the day of the notice.

A file `YEAR.yaml` replaces its year as a whole. A notice may also move days at the end of the
year before (2022-12-31 was off by the notice for 2023), so late December of that year is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import chinese_calendar

from watcher.mistakes import Mistake, load_yaml, meant, reason_of

FIELDS = ("year", "status", "source", "off", "work")
STATUSES = ("announced", "provisional")
FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})  # statutory, by the sun
ALWAYS_OFF = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))  # in every notice there has been


@dataclass(frozen=True, slots=True)
class YearTable:
    """One year's notice: days off (weekends inside a break included) and make-up working days."""

    year: int
    announced: bool
    source: str
    off: frozenset[date]
    work: frozenset[date]


class CalendarError(Exception):
    """Holiday files that cannot be used; `mistakes` holds every one of them."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


def library_years() -> Mapping[int, YearTable]:
    """The announced years of the installed chinesecalendar."""
    off, work = chinese_calendar.constants.holidays, chinese_calendar.constants.workdays
    years = sorted({day.year for day in off if (day.month, day.day) == (10, 1)})
    return {
        year: YearTable(
            year=year,
            announced=True,
            source="chinesecalendar",
            off=frozenset(day for day in off if day.year == year),
            work=frozenset(day for day in work if day.year == year),
        )
        for year in years
    }


# No notice by 2026-11-23: statutory days only, the lunar ones computed.
PROVISIONAL: Mapping[int, YearTable] = {
    2027: YearTable(
        year=2027,
        announced=False,
        source="statutory days, before the notice",
        off=frozenset(
            date(2027, month, day)
            for month, days in (
                (1, (1,)),
                (2, (5, 6, 7, 8)),
                (4, (5,)),
                (5, (1, 2)),
                (6, (9,)),
                (9, (15,)),
                (10, (1, 2, 3)),
            )
            for day in days
        ),
        work=frozenset(),
    )
}


def read_folder(folder: Path) -> tuple[YearTable, ...]:
    """The years written in a folder. Raises CalendarError with every mistake of every file."""
    tables: list[YearTable] = []
    mistakes: list[Mistake] = []
    for path in sorted(folder.glob("*.y*ml")):
        table, wrong = read_year(path)
        mistakes += wrong
        if table:
            tables.append(table)
    mistakes += _twice(tables)
    if mistakes:
        raise CalendarError(tuple(mistakes))
    return tuple(tables)


def read_year(path: Path) -> tuple[YearTable | None, list[Mistake]]:
    """One file: its table, or what is wrong with it."""
    file = str(path)
    if not re.fullmatch(r"\d{4}\.yaml", path.name):
        return None, [Mistake(file, "", "放假安排文件以年份命名", "如 2027.yaml")]
    try:
        data = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return None, [Mistake(file, "", reason_of(error))]
    if not isinstance(data, dict):
        return None, [Mistake(file, "", "应有各项：" + "、".join(FIELDS))]
    year = int(path.stem)
    wrong = [*_fields(file, data, year)]
    off, wrong_off = _days(file, "off", data.get("off"), year)
    work, wrong_work = _days(file, "work", data.get("work"), year)
    announced = data.get("status") == "announced"
    wrong += [*wrong_off, *wrong_work, *_sense(file, off, work, year, announced)]
    if wrong:
        return None, wrong
    return YearTable(
        year, announced, str(data.get("source", "")), frozenset(off), frozenset(work)
    ), []


def _fields(file: str, data: Mapping[Any, Any], year: int) -> Iterator[Mistake]:
    for name in data:
        if name not in FIELDS:
            yield Mistake(file, str(name), "不认识这一项", meant(name, FIELDS))
    if data.get("year") != year or isinstance(data.get("year"), bool):
        yield Mistake(file, "year", f"应为 {year}，与文件名一致")
    if data.get("status") not in STATUSES:
        yield Mistake(file, "status", "应为 announced 或 provisional")
    source = data.get("source")
    if source is not None and not isinstance(source, str):
        yield Mistake(file, "source", "应为文字")
    elif data.get("status") == "announced" and not (source or "").strip():
        yield Mistake(file, "source", "已公布的年份须写明通知文号")


def _days(file: str, name: str, value: Any, year: int) -> tuple[list[date], list[Mistake]]:
    """The days of a list that can be read, in order, and what is wrong with the others."""
    if value is None or not isinstance(value, list):
        empty = value is None and name == "work"
        return [], [] if empty else [Mistake(file, name, "应为日期的列表")]
    days: list[date] = []
    wrong: list[Mistake] = []
    for index, item in enumerate(value):
        day, message = _day(item, year)
        if day is not None and day in days:
            message = f"{day} 写了两次"
        if message:
            wrong.append(Mistake(file, f"{name}[{index}]", message))
        elif day is not None:
            days.append(day)
    return days, wrong


def _day(item: Any, year: int) -> tuple[date | None, str]:
    try:
        day = date.fromisoformat(item)
    except (TypeError, ValueError):
        return None, f"{str(item)[:40]} 不是日期，写法如 {year}-01-31"
    late = day.year == year - 1 and (day.month, day.day) >= (12, 25)
    return day, "" if day.year == year or late else f"{day} 不在 {year} 年"


def _sense(
    file: str, off: list[date], work: list[date], year: int, announced: bool
) -> Iterator[Mistake]:
    for day in work:
        if day in off:
            yield Mistake(file, "work", f"{day} 同时写在 off 里")
        elif day.weekday() < 5:
            yield Mistake(file, "work", f"{day} 不是周末，本来就是工作日")
    absent = [date(year, *day) for day in ALWAYS_OFF if date(year, *day) not in off]
    if announced and absent:
        yield Mistake(file, "off", "缺法定节假日：" + "、".join(map(str, absent)))


def _twice(tables: list[YearTable]) -> Iterator[Mistake]:
    """Days of late December on which the notices of two years contradict each other."""
    by_year = {table.year: table for table in tables}
    for table in tables:
        before = by_year.get(table.year - 1)
        for day in sorted((before.off & table.work) | (before.work & table.off) if before else ()):
            yield Mistake(f"{table.year}.yaml", "", f"{day} 在 {table.year - 1}.yaml 中正相反")
