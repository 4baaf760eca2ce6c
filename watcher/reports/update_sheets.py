"""Reports about updates as sheets: their columns, and what they say of themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from watcher.annals import Mark, Record
from watcher.reports import update_words as words
from watcher.reports.figures import Rate
from watcher.reports.sheet import Cell, Field, Sheet
from watcher.reports.update_lines import (
    MARKS,
    account_lines,
    blind_lines,
    silence_lines,
    week_lines,
)
from watcher.reports.updates import Facts, Tally, by_platform, ordered, tally

ACCOUNTS: tuple[tuple[str, Field], ...] = (
    ("key", Field("账号编号", 18)),
    ("platform", Field("平台", 12)),
    ("name", Field("账号名称", 24)),
    ("unit", Field("主办单位", 26)),
    ("supervisor", Field("主管单位", 26)),
    ("state", Field("期末状态", 9)),
    ("posts", Field("期内发布数", 9, "number")),
    ("owed", Field("应更新周", 8, "number")),
    ("met", Field("达标周", 8, "number")),
    ("missed", Field("未达标周", 8, "number")),
    ("blind", Field("无法判断周", 8, "number")),
    ("longest_days", Field("最长间隔（天）", 9, "number")),
    ("longest_since", Field("间隔起", 16, "moment")),
    ("longest_until", Field("间隔止", 16, "moment")),
    ("at_least", Field("是否至少", 8)),
    ("last_post", Field("最近更新", 16, "moment")),
    ("verdict", Field("检查结论", 14)),
    ("problems", Field("问题类别", 28)),
    ("seen_days", Field("有效采集天数", 9, "number")),
    ("due_days", Field("应采集天数", 9, "number")),
    ("coverage", Field("采集覆盖率", 9, "percent")),
    ("reminders", Field("提醒次数", 8, "number")),
    ("mended", Field("整改", 18)),
    ("cases", Field("问题编号", 26)),
    ("evidence", Field("证据编号", 14)),
    ("note", Field("备注", 24)),
)
WEEKS: tuple[tuple[str, Field], ...] = (
    ("week", Field("周次", 10)),
    ("since", Field("起", 11, "day")),
    ("until", Field("止", 11, "day")),
    ("working_days", Field("工作日", 7, "number")),
    ("provisional", Field("放假安排未公布", 8)),
    ("platform", Field("平台", 12)),
    ("name", Field("账号名称", 24)),
    ("unit", Field("主办单位", 26)),
    ("supervisor", Field("主管单位", 26)),
    ("coverage", Field("采集覆盖率", 16)),
    ("cases", Field("问题编号", 26)),
    ("evidence", Field("证据编号", 14)),
    ("key", Field("账号编号", 18)),
)
SILENCES: tuple[tuple[str, Field], ...] = (
    ("platform", Field("平台", 12)),
    ("name", Field("账号名称", 24)),
    ("unit", Field("主办单位", 26)),
    ("supervisor", Field("主管单位", 26)),
    ("since", Field("未更新自", 16, "moment")),
    ("until", Field("至", 16, "moment")),
    ("days", Field("天数", 7, "number")),
    ("at_least", Field("是否至少", 8)),
    ("lasting", Field("期末仍未更新", 9)),
    ("kind", Field("情形", 24)),
    ("coverage", Field("采集覆盖率", 16)),
    ("cases", Field("问题编号", 26)),
    ("evidence", Field("证据编号", 14)),
    ("key", Field("账号编号", 18)),
)
BLINDS: tuple[tuple[str, Field], ...] = (
    ("platform", Field("平台", 12)),
    ("name", Field("账号名称", 24)),
    ("unit", Field("主办单位", 26)),
    ("supervisor", Field("主管单位", 26)),
    ("blind_weeks", Field("无法判断周", 8, "number")),
    ("judged_weeks", Field("可判断周", 8, "number")),
    ("blind_days", Field("未采集天数", 8, "number")),
    ("due_days", Field("应采集天数", 8, "number")),
    ("coverage", Field("采集覆盖率", 16)),
    ("spans", Field("未能完整采集的时段", 40)),
    ("verdict", Field("结论", 18)),
    ("key", Field("账号编号", 18)),
)


def sheets(facts: Facts, title: str) -> Iterator[Sheet]:
    """Every sheet of a report about updates."""
    head = f"{facts.area}{facts.label}{title}"
    yield _sheet("更新情况", head, ACCOUNTS, account_lines(facts), "A3")
    yield _sheet("自然周未更新", f"{head}：自然周未更新", WEEKS, week_lines(facts))
    name = f"连续{facts.near}天以上未更新"
    yield _sheet(name, f"{head}：{name}（24小时连续计）", SILENCES, silence_lines(facts))
    yield _sheet("未能完整采集", f"{head}：{words.BLIND}", BLINDS, blind_lines(facts))
    yield _matrix(facts, head)
    yield _platforms(facts, head)
    notes = Field("说明", 110)
    yield Sheet("说明", f"{head}：说明", (notes,), [[line] for line in method(facts)])


def rows(columns: Sequence[tuple[str, Field]], lines: Iterable[Any]) -> Iterator[list[Cell]]:
    """The cells of lines; true and false as people write them."""
    names = [name for name, _ in columns]
    for line in lines:
        yield [_said(getattr(line, name)) for name in names]


def _said(value: Any) -> Cell:
    if isinstance(value, bool):
        return "是" if value else "否"
    return value  # type: ignore[no-any-return]


def _sheet(
    name: str,
    title: str,
    columns: Sequence[tuple[str, Field]],
    lines: Iterable[Any],
    paper: Any = "A4",
) -> Sheet:
    return Sheet(name, title, [f for _, f in columns], rows(columns, lines), paper=paper)


MOST_WEEKS = 27  # columns of 周达标; a longer period is told month by month


def _matrix(facts: Facts, head: str) -> Sheet:
    """周达标: a row an account, a column a week, or a month of a long period."""
    lead = (Field("账号名称", 24), Field("平台", 12), Field("主办单位", 26), Field("达标率", 16))
    if len(facts.weeks) <= MOST_WEEKS:
        columns = [Field(f"{each.id[2:]}", 8) for each in facts.weeks]
        return Sheet("周达标", f"{head}：周达标", [*lead, *columns], _by_week(facts), paper="A3")
    columns = [Field(f"{year % 100:02}年{month}月", 11) for year, month in _months(facts)]
    title = f"{head}：周达标（达标周/可判断的应更新周，按各周周日所在的月）"
    return Sheet("周达标", title, [*lead, *columns], _by_month(facts), paper="A3")


def _who(facts: Facts, record: Record) -> list[Cell]:
    met, missed = record.count(Mark.MET), record.count(Mark.MISSED)
    return [
        *(record.name, facts.platform(record), facts.unit(record.unit)),
        str(Rate(met, met + missed)),
    ]


def _by_week(facts: Facts) -> Iterator[list[Cell]]:
    names = {mark.value: MARKS[mark] for mark in Mark}
    for record in ordered(facts):
        yield [*_who(facts, record), *(names[sign] for sign in record.weeks)]


def _months(facts: Facts) -> dict[tuple[int, int], slice]:
    """The weeks of each month, by the month their Sunday is in."""
    found: dict[tuple[int, int], slice] = {}
    for number, week in enumerate(facts.weeks):
        month = week.end.year, week.end.month
        found[month] = slice(found[month].start if month in found else number, number + 1)
    return found


def _by_month(facts: Facts) -> Iterator[list[Cell]]:
    months = list(_months(facts).values())
    for record in ordered(facts):
        yield [*_who(facts, record), *(_month(record.weeks[each]) for each in months)]


def _month(marks: str) -> str:
    met, missed, blind = (marks.count(each) for each in (Mark.MET, Mark.MISSED, Mark.BLIND))
    if not met + missed + blind:
        return "—"
    said = f"{met}/{met + missed}"
    return f"{said}（无法判断{blind}）" if blind else said


def _platforms(facts: Facts, head: str) -> Sheet:
    fields = (
        Field("平台", 14),
        *(Field(each, 10, "number") for each in ("在运行", "检查", "合格", "不合格", "不作判断")),
        *(Field(each, 20) for each in ("合格率", "周更新达标率", "监测覆盖率")),
    )
    return Sheet("分平台", f"{head}：分平台", fields, platform_rows(facts))


def platform_rows(facts: Facts) -> Iterator[list[Cell]]:
    for name, each in platform_tallies(facts):
        yield [
            *(name, each.accounts, each.checked, each.passed, each.failed),
            *(each.unknown, str(each.pass_rate), str(each.weekly), str(each.coverage)),
        ]


def platform_tallies(facts: Facts) -> Iterator[tuple[str, Tally]]:
    """The figures of each platform, and of all."""
    yield from by_platform(facts).items()
    yield "合计", tally(facts.records)


def method(facts: Facts) -> list[str]:
    """How it was found out, and what it cannot tell."""
    weekly = "、".join(facts.platforms.get(code, code) for code in facts.not_weekly)
    return [
        f"一、自然周：周一至周日（北京时间），含有工作日的周应至少更新1条（{words.LAW}第十二条）；"
        "周日24时以后判定，跨期的周归入其周日所在的时段。新开设账号在当周周三及以前开设的，自当周起计。",
        f"二、连续未更新：自最近一条信息发布起按24小时连续计算，超过{facts.overdue}天为《政府网站与政务"
        f"新媒体检查指标》的单项否决情形，满{facts.near}天为临界超期；节假日不扣除。"
        "跨期的间隔归入其结束所在的时段。",
        "三、证明：只有完整读到公开列表的时段才能证明“没有更新”。某周全程可见且没有信息的，记未达标；"
        "不能全程看到又没有见到信息的，记无法判断，不作为任何单位的问题。“至少”指实际间隔可能更长。",
        "四、合格：已知相邻信息之间均不超过规定天数的账号为合格；证实超过的为不合格；"
        f"其余为“{words.BLIND}”，不计入检查数。",
        "五、监测覆盖率 = 有效采集账号日/应采集账号日，与每项更新数据并列。应采集账号日自账号登记入"
        "台账的次日起，按在运行的整日计；当日至少一次读到内容的为有效采集。只能部分读取的账号，读到更新可以"
        "证明更新过，读不到不能证明没有更新，因此覆盖率100%的账号也可能有无法判断的周。",
        "六、经批准豁免、关停、公告期、注销的时段不计；主办单位期内变更的账号，各周记在当时的主办单位名下。"
        + (f"{weekly}不按周要求更新，不列入更新检查。" if weekly else ""),
        f"七、{words.holiday_note(facts)}",
        "八、删除的信息仍计为发布；注明日期晚于采集时间的信息不计。本报告只列监测事实，"
        "疑似事项以人工核实为准。",
    ]
