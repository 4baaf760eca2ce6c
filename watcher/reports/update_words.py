"""How reports about updates say their figures: facts, no blame, and no more than was seen. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from watcher.annals import CaseLife, Mark, Record, Silence, Verdict
from watcher.calendar import PROVISIONAL_MARK, local
from watcher.reports.figures import UNSEEN, Rate
from watcher.reports.template import cleaned
from watcher.reports.updates import Facts
from watcher.reports.words import day_text, span_text

LAW = "《三亚市政务新媒体管理办法》"
LONGEST_NAME = 24  # characters of a name in a sentence
BLIND = "未能完整采集，不作判断"
UNPROVED = "未能证实"  # of a gap: what was read could not prove one, however often it was read


def short_day(at: datetime, year: int) -> str:
    """7月3日; with the year where it is another one."""
    day = local(at).date()
    lead = "" if day.year == year else f"{day.year}年"
    return f"{lead}{day.month}月{day.day}日"


def days_text(silence: Silence) -> str:
    """18天; 不足1天; 至少18天 where it may have begun before, or lasted."""
    days = f"{silence.days}天" if silence.days else "不足1天"
    exact = silence.begun and silence.ended
    if exact:
        return days
    return f"至少{days}" if silence.days else "可证实的不足1天"


def silence_text(facts: Facts, silence: Silence) -> str:
    """18天（7月3日至7月21日）; where no post ended it, to the reading or the end of the period."""
    year = facts.until.year
    since = short_day(silence.since, year)
    if local(silence.since).year != year:
        year = 0  # else the second day would be taken for one of the first one's year
    until = short_day(silence.until, year)
    if not silence.ended:
        last = "期末" if silence.until == facts.ends else f"{until}采集时"
    else:
        last = until
    return f"{days_text(silence)}（{since}至{last}）"


def longest_text(facts: Facts, record: Record) -> str:
    return UNPROVED if record.longest is None else silence_text(facts, record.longest)


def weeks_text(record: Record) -> str:
    """应更新周/达标周, and the weeks of which nobody can tell."""
    met, missed, blind = (record.count(mark) for mark in (Mark.MET, Mark.MISSED, Mark.BLIND))
    said = f"{met + missed + blind}/{met}"
    return f"{said}（无法判断{blind}）" if blind else said


def coverage_text(record: Record) -> str:
    return str(Rate(record.seen_days, record.due_days)) if record.due_days else "—"


def last_text(record: Record) -> str:
    return UNSEEN if record.last_post is None else day_iso(record.last_post)


def day_iso(at: datetime) -> str:
    return local(at).date().isoformat()


def named(facts: Facts, record: Record) -> str:
    """三亚发布（新浪微博，三亚市人民政府）; the tables have long names whole."""
    name, unit = (cleaned(each, LONGEST_NAME) for each in (record.name, facts.unit(record.unit)))
    return f"{name}（{facts.platform(record)}，{unit}）"


def moved_text(facts: Facts, record: Record) -> str:
    """How it changed hands within the period; "" where it did not."""
    return "；".join(
        f"{day_text(each.on)}起主办单位由{facts.unit(each.before)}变更为{facts.unit(each.after)}"
        for each in record.moved
    )


_ENDED = {
    "suspended": "期末已关停",
    "notice_period": "期末在注销公告期",
    "deregistered": "期末已注销",
}


def standing_text(record: Record) -> str:
    """Why nothing, or less, is asked of it, so that an empty line is not taken for an error."""
    if record.state_after in _ENDED:
        return _ENDED[record.state_after]
    if record.verdict is Verdict.EXCUSED:
        return "经批准豁免或不予认定"
    owed = any(record.count(mark) for mark in (Mark.MET, Mark.MISSED, Mark.BLIND))
    return "" if owed or not record.count(Mark.OUT) else "各周不计（豁免或新开设等）"


def numbers(cases: Iterable[CaseLife]) -> str:
    return "、".join(case.number for case in cases)


def evidence(cases: Iterable[CaseLife]) -> str:
    """The numbers of kept packages of proof."""
    found = sorted({number for case in cases for number in case.evidence})
    return "、".join(f"证{number}" for number in found)


def holiday_note(facts: Facts) -> str:
    """节假日说明: which weeks no update was owed in, and that the 14 days know no holiday."""
    parts = []
    if facts.off:
        spans = "、".join(_span(facts, *each) for each in facts.off)
        parts.append(f"本期除周末外放假：{spans}")
    else:
        parts.append("本期除周末外无放假安排")
    if facts.makeup:
        days = "、".join(f"{day.month}月{day.day}日" for day in facts.makeup)
        parts.append(f"调休上班：{days}")
    free = [week for week in facts.weeks if not week.required]
    if free:
        weeks = "、".join(f"{week.id}（{span_text(week.start, week.end)}）" for week in free)
        parts.append(f"{weeks}没有工作日，按{LAW}第十二条不要求更新，不计入应更新周")
    said = "；".join(parts) + "。"
    said += f"《检查指标》的“{facts.overdue}天”按24小时连续计算，不因节假日放宽。"
    return said + (
        f"其中未公布放假安排的日期为{PROVISIONAL_MARK[1:-1]}。" if facts.provisional else ""
    )


def _span(facts: Facts, first: date, last: date) -> str:
    if first.year != facts.until.year or last.year != facts.until.year:
        return span_text(first, last)
    head = f"{first.month}月{first.day}日"
    if first == last:
        return head
    month = "" if first.month == last.month else f"{last.month}月"
    return f"{head}至{month}{last.day}日"


def blind_spans(record: Record, year: int, most: int = 5) -> str:
    """The days or more of which nothing is proven."""
    spans = [
        f"{short_day(a, year)}至{short_day(b - timedelta(seconds=1), year)}"
        for a, b in record.blind
    ]
    shown = "、".join(spans[:most])
    return shown if len(spans) <= most else f"{shown}等{len(spans)}段"
