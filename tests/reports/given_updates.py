"""Accounts and facts that reports about updates start from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from watcher.annals import (
    CaseLife,
    Past,
    PostWeek,
    Question,
    Record,
    Standing,
    Stretch,
    Terms,
    UnitStanding,
)
from watcher.calendar import is_working_day, load_calendar, midnight
from watcher.model import FiledState
from watcher.recording import recorded
from watcher.report_updates import holidays
from watcher.reports.period import before, period_of, weeks
from watcher.reports.updates import Facts

CAL = load_calendar(None)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AS_OF = datetime(2026, 10, 9, 1, tzinfo=UTC)
EVIL = '=HYPERLINK("http://x","y")'


def asked(period: str = "2026Q3", as_of: datetime = AS_OF) -> Question:
    wanted = period_of(period)
    terms = Terms(not_weekly=frozenset({"app"}))
    return Question(wanted.since, wanted.until, weeks(wanted, CAL), as_of, terms)


def on(day: str, hour: int = 9) -> datetime:
    """That hour in Beijing."""
    return midnight(date.fromisoformat(day)) + hour * HOUR


def past(key: str = "a", *days: str, ask: Question | None = None, **more: Any) -> Past:
    """An account with a post on each of these days, all of them seen."""
    ask = ask or asked()
    name, unit = more.pop("name", f"三亚{key}"), more.pop("unit", "jyj")
    platform = more.pop("platform", "weibo")
    standing = Standing(None, unit, name, platform, FiledState.ACTIVE)
    whole = (Stretch(None, ask.as_of),)
    values: dict[str, Any] = {
        "key": key,
        "standings": (standing,),
        "watched_since": on("2025-01-01"),
        "owes_from": date(2024, 1, 1),
        "stretches": whole,
        "posts": tuple(_weeks(ask, days)),
        "last_before": on("2026-06-26") if ask.since == date(2026, 7, 1) else None,
        "seen": (1 << 400) - 1,
    }
    return Past(**(values | more))


def _weeks(ask: Question, days: tuple[str, ...]) -> list[PostWeek]:
    found: dict[int, list[datetime]] = {}
    for day in sorted(days):
        found.setdefault((date.fromisoformat(day) - ask.monday).days // 7, []).append(on(day))
    made: list[PostWeek] = []
    previous: datetime | None = None
    for week, at in sorted(found.items()):
        gap = at[0] - previous if previous else None
        counted = sum(each >= ask.begins for each in at)
        made.append(PostWeek(week, len(at), counted, at[0], at[-1], gap, at[0] if gap else None))
        previous = at[-1]
    return made


def every(step: int = 3, since: str = "2026-06-29", until: str = "2026-09-30") -> list[str]:
    first, last = date.fromisoformat(since), date.fromisoformat(until)
    return [str(first + n * DAY) for n in range(0, (last - first).days + 1, step)]


def life(rule: str, opened: str, **more: Any) -> CaseLife:
    at = on(opened)
    number = f"{rule}-{at + 8 * HOUR:%y%m%d}-abcdef"
    return CaseLife(number, rule, at, at, **more)


def facts(*pasts: Past | Record, ask: Question | None = None, period: str = "2026Q3") -> Facts:
    """The facts of these accounts."""
    ask, wanted = ask or asked(period), period_of(period)
    records = tuple(recorded(p, ask) if isinstance(p, Past) else p for p in pasts)
    earlier = before(wanted)
    days = [wanted.since + n * DAY for n in range(wanted.days)]
    return Facts(
        *("全市", "三亚市人民政府办公室", wanted.label, wanted.since, wanted.until, ask.as_of),
        ask.weeks,
        *(10, 14, 30, 90),
        records,
        units={
            "jyj": (UnitStanding(None, "三亚市教育局", "city_department", "szf"),),
            "wjw": (UnitStanding(None, "三亚市卫生健康委员会", "city_department", "szf"),),
        },
        platforms={
            "weibo": "新浪微博",
            "wechat_subscription": "微信订阅号",
            "app": "移动客户端（APP）",
        },
        offices={"szf": "三亚市人民政府办公室"},
        not_weekly=("app",),
        off=tuple(holidays(wanted, CAL)),
        makeup=tuple(d for d in days if d.weekday() > 4 and is_working_day(CAL, d)),
        provisional=wanted.until.year > 2026,
        before=earlier.label,
        before_since=earlier.since,
    )
