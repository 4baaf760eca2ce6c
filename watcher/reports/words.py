"""How documents write days, moments, lists and what was not had. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from watcher.calendar import local
from watcher.reports.figures import UNSEEN

MOST_NAMED = 5


def day_text(day: date) -> str:
    """2026年11月23日"""
    return f"{day.year}年{day.month}月{day.day}日"


def form_day(day: date | None) -> str:
    """2026年 9月 30日, as the filing form has it; its blanks where no day is known."""
    return "    年  月  日" if day is None else f"{day.year}年{day.month:>2}月{day.day:>2}日"


def moment_text(at: datetime) -> str:
    """2026年11月23日9时05分, in Beijing."""
    here = local(at)
    return f"{day_text(here.date())}{here.hour}时{here:%M}分"


def span_text(since: date, until: date) -> str:
    """The second day without what it shares with the first."""
    if since.year != until.year:
        return f"{day_text(since)}至{day_text(until)}"
    if since.month != until.month:
        return f"{day_text(since)}至{until.month}月{until.day}日"
    return day_text(since) if since == until else f"{day_text(since)}至{until.day}日"


def listed(names: Sequence[str], unit: str = "个", most: int = MOST_NAMED) -> str:
    """甲、乙、丙; beyond `most` 甲、乙等37个; 无 where there is none."""
    if not names:
        return "无"
    shown = "、".join(names[:most])
    return shown if len(names) <= most else f"{shown}等{len(names)}{unit}"


def yes_no(value: bool | None) -> str:
    return UNSEEN if value is None else "是" if value else "否"


def seen(value: object) -> str:
    """A value that may not have been had; 0 is a value."""
    return UNSEEN if value is None or value == "" else str(value)
