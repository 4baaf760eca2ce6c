"""季度更新情况报告（通报稿） (domain.md §6.6(b), §3.4): Word, and its annex as Excel. Pure.

Facts with their coverage; who is to be blamed for what is for people to write. Nothing is called
not updated that was not seen whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from markupsafe import Markup

from watcher.annals import DAY, OVERDUE_RULES, CaseLife, Mark, Record, Silence, Verdict
from watcher.calendar import WorkCalendar, deadline, local, midnight
from watcher.reports import update_words as words
from watcher.reports.sheet import Cell, Field, Sheet
from watcher.reports.staleness import platforms_table
from watcher.reports.template import Picture
from watcher.reports.update_sheets import method, sheets
from watcher.reports.updates import (
    HANDED_ON,
    OFTEN,
    PRESSING,
    WEEKLY_RULES,
    Facts,
    counting,
    mended,
    notices,
    ordered,
    problems,
    reminded,
    tally,
)
from watcher.reports.word import MOST_ROWS, Column, paragraphs, table
from watcher.reports.words import day_text, listed, span_text

TITLE = "政务新媒体更新情况的通报"
ANSWER_DAYS = 5  # working days from the cut-off in which units tell what they did
MOST_LISTED = 10
FIELDS: Mapping[str, str] = {
    "area": "地区或主管单位",
    "office": "印发单位（主管单位）",
    "period": "季度名称，如2026年第三季度",
    "span": "起止日期",
    "overall": "一、总体情况（逐条）",
    "recheck": "上季度问题复查",
    "platforms": "各平台合格率表",
    "found": "二、主要问题（逐条）",
    "reminders": "三、提醒情况（逐条）",
    "answer_by": "反馈期限，如2026年10月16日",
    "holidays": "本季度节假日说明",
    "chart_platforms": "各平台合格率图",
    "chart_gaps": "间隔分布图",
    "chart_weeks": "周达标热力图",
    "annex": "附表",
    "method": "监测方法与局限（逐条）",
    "date": "成文日期（数据截止日）",
    "stamp": "数据截止、版本与校验码",
}
NEEDED = ("period", "overall", "found", "annex", "stamp")
ANNEX: tuple[Field, ...] = (
    Field("序号", 5, "number"),
    Field("平台", 9),
    Field("账号名称", 18),
    Field("主办单位", 19),
    Field("主管单位", 18),
    Field("季度发布数", 7, "number"),
    Field("应更新周/达标周", 10),
    Field("最长间隔（天，起止）", 20),
    Field("最近更新", 11),
    Field("问题类别", 20),
    Field("提醒次数", 6, "number"),
    Field("整改", 12),
    Field("采集覆盖率", 16),
)
_PAGE = 257.0


def fields_of(facts: Facts, stamp_line: str, charts: Mapping[str, bytes], cal: WorkCalendar) -> Any:
    """The fields of the Word template."""
    today = local(facts.as_of).date()
    due = deadline(cal, today, ANSWER_DAYS)
    return {
        "area": facts.area,
        "office": facts.office,
        "period": facts.label,
        "span": span_text(facts.since, facts.until),
        "overall": paragraphs(overall(facts)),
        "recheck": recheck(facts),
        "platforms": platforms_table(facts),
        "found": paragraphs(found(facts)),
        "reminders": paragraphs(reminders(facts)),
        "answer_by": day_text(due.on),
        "holidays": words.holiday_note(facts),
        **{name: _picture(charts, name) for name in FIELDS if name.startswith("chart_")},
        "annex": annex(facts),
        "method": paragraphs(method(facts)),
        "date": day_text(today),
        "stamp": stamp_line,
    }


def _picture(charts: Mapping[str, bytes], name: str) -> Picture | str:
    if name in charts:
        return Picture(charts[name], 155)
    return "（本机没有中文字体，未绘图，数据见表）"


# -- 一、总体情况 ----------------------------------------------------------------------------------


def overall(facts: Facts) -> list[str]:
    """在运行, 检查, 合格, with the coverage."""
    every = tally(facts.records)
    if not every.accounts:
        return [f"{facts.label}{facts.area}没有在运行的政务新媒体账号，无可检查对象。"]
    running = sum(record.in_operation for record in facts.records)
    said = [
        f"{facts.label}（{span_text(facts.since, facts.until)}），{facts.area}曾在运行政务新媒体"
        f"账号{every.accounts}个，季末在运行{running}个。对其中{every.checked}个账号进行了更新情况检查，"
        f"抽查比例{every.sampled}；合格{every.passed}个，合格率{every.pass_rate}。",
        f"监测覆盖率{every.coverage}。{_unjudged(facts)}",
        f"周更新达标率{every.weekly}"
        + (
            f"；另有{every.blind}个账号周因未能完整采集而无法判断，未计入。"
            if every.blind
            else "。"
        ),
    ]
    if facts.as_of < facts.ends:
        cut = words.day_iso(facts.as_of)
        said.append(f"本期尚未结束，以上为截至{cut}的情况。")
    return said


def _unjudged(facts: Facts) -> str:
    unknown = [words.named(facts, r) for r in _ordered(facts, Verdict.UNKNOWN)]
    excused = [words.named(facts, r) for r in _ordered(facts, Verdict.EXCUSED)]
    off = [words.named(facts, r) for r in _ordered(facts, Verdict.NONE)]
    parts = []
    if unknown:
        parts.append(f"{len(unknown)}个账号{words.BLIND}：{listed(unknown)}。")
    if excused:
        parts.append(f"{len(excused)}个账号经批准豁免或不予认定：{listed(excused)}。")
    if off:
        parts.append(
            f"{len(off)}个账号不按周检查（小程序、移动客户端等，或期内已划转）：{listed(off)}。"
        )
    return "".join(parts)


def _ordered(facts: Facts, verdict: Verdict) -> Iterator[Record]:
    return (record for record in ordered(facts) if record.verdict is verdict)


def recheck(facts: Facts) -> str:
    """上季度问题复查: the cases of the period before, and what became of them."""
    then = midnight(facts.before_since)
    old = [
        (record, case)
        for record in ordered(facts)
        for case in record.cases
        if case.rule in PRESSING
        and then <= case.opened_at < facts.begins
        and not case.dismissed
        and not case.closing.startswith(HANDED_ON)
    ]
    if not old:
        return f"{facts.before}没有需要复查的问题。"
    open_ = [words.named(facts, record) for record, case in old if case.closed_at is None]
    done = len(old) - len(open_)
    said = f"对{facts.before}发现的{len(old)}个问题进行了复查，已整改销号{done}个"
    if not open_:
        return f"{said}，全部整改到位。"
    return (
        f"{said}，尚未整改到位{len(open_)}个，涉及{listed(list(dict.fromkeys(open_)), '个账号')}。"
    )


# -- 二、主要问题 ----------------------------------------------------------------------------------


def found(facts: Facts) -> list[str]:
    """What was seen, class by class; a class without data says so."""
    parts = [
        ("连续未更新超过两周（单项否决情形）", _overdue(facts)),
        ("自然周未更新", _weekly(facts)),
        ("临界超期、经多次督促", _often(facts)),
        (f"僵尸账号（超过{facts.zombie}天未更新）", _zombies(facts)),
        ("未提供有效互动功能、应用无法使用", _vetoes(facts)),
    ]
    numerals = "一二三四五"
    return [f"（{sign}）{name}。{text}" for sign, (name, text) in zip(numerals, parts, strict=True)]


def _some(count: int, whole: int) -> str:
    """个别 or 部分, as circulars say it."""
    return "个别" if count <= max(2, whole // 20) else "部分"


def _coverage(records: Sequence[Record]) -> str:
    return f"所涉账号监测覆盖率{tally(records).coverage}。"


def _none(facts: Facts, text: str) -> str:
    """That nothing was found, beside how much was looked at; not where nothing could be judged."""
    every = tally(facts.records)
    return f"{text}监测覆盖率{every.coverage}。" if every.checked else "没有可判断的账号。"


def _overdue(facts: Facts) -> str:
    hit = _over(facts, facts.overdue)
    if not hit:
        return _none(facts, "经监测未发现。")
    names = [
        f"{words.named(facts, record)}{words.silence_text(facts, long)}" for record, long in hit
    ]
    lead = _some(len(hit), len(facts.records))
    records = [record for record, _ in hit]
    return (
        f"经监测，{lead}账号连续未更新超过{facts.overdue}天，共{len(hit)}个："
        f"{listed(names, most=MOST_LISTED)}。{_coverage(records)}"
    )


def _over(facts: Facts, days: int) -> list[tuple[Record, Silence]]:
    """Accounts with a counting silence longer than so many days, the longest first."""
    pairs = [
        (record, max(counting(record), key=lambda s: s.length, default=None))
        for record in ordered(facts)
    ]
    kept = [(record, s) for record, s in pairs if s is not None and s.length > days * DAY]
    return sorted(kept, key=lambda pair: -pair[1].length)


def _weekly(facts: Facts) -> str:
    hit = [record for record in ordered(facts) if record.count(Mark.MISSED)]
    if not hit:
        return "可判断的各周均有更新。" if tally(facts.records).met else "没有可判断的周。"
    hit.sort(key=lambda record: -record.count(Mark.MISSED))
    names = [f"{words.named(facts, record)}{record.count(Mark.MISSED)}周" for record in hit]
    lead = _some(len(hit), len(facts.records))
    return (
        f"按{words.LAW}第十二条“除节假日外，原则上每周至少更新发布1条信息”的要求，{lead}账号有自然周"
        f"未更新，共{len(hit)}个，次数居前的为：{listed(names, most=MOST_LISTED)}。{_coverage(hit)}"
    )


def _often(facts: Facts) -> str:
    hit = [record for record in ordered(facts) if notices(record, ("UPD-03",)) >= OFTEN]
    if not hit:
        return _none(facts, f"经监测未发现期内{OFTEN}次以上提醒仍临界超期的账号。")
    names = [f"{words.named(facts, r)}提醒{notices(r, ('UPD-03',))}次" for r in hit]
    lead = _some(len(hit), len(facts.records))
    return (
        f"{lead}账号满{facts.near}天未更新、经{OFTEN}次以上督促，共{len(hit)}个："
        f"{listed(names, most=MOST_LISTED)}。{_coverage(hit)}"
    )


def _zombies(facts: Facts) -> str:
    hit = _over(facts, facts.zombie)
    if not hit:
        return _none(facts, "经监测未发现。")
    names = [f"{words.named(facts, r)}{words.days_text(s)}" for r, s in hit]
    return (
        f"共{len(hit)}个：{listed(names, most=MOST_LISTED)}。请主管单位督促主办单位明确恢复更新，"
        f"或按{words.LAW}第七条、第八条申请整合、关停、注销。{_coverage([r for r, _ in hit])}"
    )


def _vetoes(facts: Facts) -> str:
    parts = []
    for rule, text in (
        ("INT-01", "经监测和人工核查未见有效互动功能"),
        ("APP-01", "经多次核查无法下载或使用"),
    ):
        names = [words.named(facts, r) for r in ordered(facts) if rule in r.why]
        if names:
            parts.append(f"{text}的{len(names)}个：{listed(names, most=MOST_LISTED)}。")
    return "".join(parts) or "期内没有经核查认定的情形；互动功能以人工核查为准，未核查的不作判断。"


# -- 三、提醒情况 ----------------------------------------------------------------------------------


def reminders(facts: Facts) -> list[str]:
    """更新提醒, 告警, 盲区."""
    gentle = sum(notices(record, WEEKLY_RULES[:1]) for record in facts.records)
    grave = sum(notices(record, (*WEEKLY_RULES[1:], *OVERDUE_RULES)) for record in facts.records)
    every = tally(facts.records)
    blind = every.due - every.seen
    accounts = sum(record.seen_days < record.due_days for record in facts.records)
    cases = [case for record in facts.records for case in _cases(facts, record)]
    done = sum(case.closed_at is not None for case in cases)
    said = (
        f"期内发出更新提醒{gentle}次、告警{grave}次（同一问题同一天发给多个对象的计1次）。"
        f"新增更新类问题{len(cases)}个，已整改销号{done}个。"
    )
    unseen = (
        f"监测盲区{blind}个账号日，涉及{accounts}个账号；盲区期间不对主办单位作“未更新”认定。"
        if blind
        else "期内各账号每日均有效采集，没有盲区账号日。"
    )
    return [said, unseen if every.due else "期内没有应采集的账号日。"]


def _cases(facts: Facts, record: Record) -> Iterator[CaseLife]:
    return (
        case
        for case in record.cases
        if case.rule in (*WEEKLY_RULES[1:], *OVERDUE_RULES)
        and facts.begins <= case.opened_at < facts.ends
        and not case.dismissed
        and not case.closing.startswith(HANDED_ON)
    )


# -- 附表 ------------------------------------------------------------------------------------------


def annex_rows(facts: Facts) -> Iterator[list[Cell]]:
    """The fixed table, by office, unit and platform; those with problems first."""
    found = ordered(facts)
    found.sort(key=lambda record: not problems(facts, record))
    for number, record in enumerate(found, start=1):
        notes = words.standing_text(record), words.moved_text(facts, record)
        kinds = "；".join(filter(None, (*problems(facts, record), *notes)))
        yield [
            *(number, facts.platform(record), record.name),
            *(facts.unit(record.unit), facts.supervisor(record.unit), record.posts),
            *(words.weeks_text(record), words.longest_text(facts, record)),
            *(words.last_text(record), kinds or "—", reminded(record)),
            *(mended(facts, record), words.coverage_text(record)),
        ]


def annex(facts: Facts) -> Markup:
    """The fixed table for the Word file: its first rows, and how many there are."""
    every = annex_rows(facts)
    first = list(islice(every, MOST_ROWS))
    more = sum(1 for _ in every)
    whole = sum(field.width for field in ANNEX)
    columns = [
        Column(each.heading, _PAGE * each.width / whole, number=each.kind == "number")
        for each in ANNEX
    ]
    made = table(columns, first, size=8)
    if more:
        text = f"共{len(first) + more}个账号，此处列前{len(first)}个（有问题的在前）"
        made += paragraphs([f"{text}，全部见随附的 Excel 附表。"])
    return made


def annex_sheets(facts: Facts) -> Iterator[Sheet]:
    """The Excel annex: the fixed table, then everything it rests on."""
    yield Sheet(
        "附表", f"{facts.area}{facts.label}更新情况附表", ANNEX, annex_rows(facts), paper="A3"
    )
    yield from sheets(facts, "更新情况")
