"""一账号一档 as a Word file: what the register, the readings and the people say of one account,
with the list of its evidence. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from watcher.annals import Mark, Record
from watcher.calendar import local
from watcher.history import History
from watcher.personal import masked
from watcher.reports.figures import UNSEEN, Rate
from watcher.reports.inspection_facts import Speech, state_of
from watcher.reports.word import MOST_ROWS, Column, paragraphs, table
from watcher.reports.words import day_text, listed, moment_text, seen, yes_no


@dataclass(frozen=True, slots=True)
class Register:
    """The register's fields as people call them, in their order, with their words; and what was
    changed of them, each time, by whom."""

    fields: Sequence[tuple[str, str]]  # heading, value
    entered: Sequence[tuple[datetime, str, str]] = ()  # when, who, what


FIELDS: Mapping[str, str] = {
    "name": "账号名称",
    "platform": "平台",
    "unit": "主办单位",
    "date": "数据截止日",
    "register": "台账信息表",
    "now": "现状（逐条）",
    "events": "备案事项表",
    "shown": "账号资料变化表",
    "entered": "台账变更表",
    "updating": "更新情况（逐条）",
    "months": "逐月更新与采集表",
    "posts": "最近发布表",
    "problems": "问题表",
    "vouched": "人工核验表",
    "packages": "证据清单",
    "stamp": "数据截止、版本与校验码",
}
NEEDED = ("name", "register", "problems", "packages", "stamp")


def fields_of(
    found: History, register: Register, speech: Speech, as_of: datetime, stamp: str
) -> dict[str, Any]:
    """The fields of the template."""
    today = local(as_of).date()
    row = found.register
    return {
        "name": row["name"],
        "platform": speech.platform(row["platform"]),
        "unit": found.unit.name,
        "date": day_text(today),
        "register": table((Column("项目", 40), Column("内容", 116)), register.fields),
        "now": paragraphs(_now(found)),
        "events": _events(found, speech),
        "shown": _shown(found),
        "entered": _entered(register),
        "updating": paragraphs(_updating(found.record)),
        "months": _months(found),
        "posts": _posts(found),
        "problems": _problems(found, speech, today),
        "vouched": _vouched(found),
        "packages": _packages(found),
        "stamp": stamp,
    }


# -- sentences -----------------------------------------------------------------------------------


def _now(found: History) -> Iterable[str]:
    face = found.shown[-1] if found.shown else None
    if face is None:
        yield "尚未采集到该账号的公开资料。"
    else:
        badge = yes_no(face.verified)
        subject = seen(face.verified_as)
        yield (
            f"自{moment_text(face.since)}起显示名称“{face.name}”，认证：{badge}，"
            f"认证主体或说明：{subject}。"
        )
    standing = [each for each in found.problems if each.closed_at is None and not each.dismissed]
    yield f"未结问题{len(standing)}个；历史问题共{len(found.problems)}个，见下表。"


def _updating(record: Record | None) -> Iterable[str]:
    if record is None or not record.due_days:
        yield "近一年没有应更新的时段，或没有采集记录，不作判断。"
        return
    met, missed = record.count(Mark.MET), record.count(Mark.MISSED)
    coverage = Rate(record.seen_days, record.due_days)
    yield (
        f"近一年：周更新达标率{Rate(met, met + missed)}，监测覆盖率{coverage}，"
        f"另有{record.count(Mark.BLIND)}周尚未纳入监测或未能完整采集，无法判断。"
    )
    longest = record.longest
    if longest is None:
        yield "没有足以证实的采集区间，间隔不作判断。"
    else:
        yield (
            f"已证实的最长间隔{longest.days}天（{moment_text(longest.since)}至"
            f"{moment_text(longest.until)}），实际可能更长。"
        )
    if record.blind:
        spans = [
            f"{day_text(local(a).date())}至{day_text(local(b).date())}" for a, b in record.blind
        ]
        yield f"未能证实的时段：{listed(spans, '段')}。"


# -- tables --------------------------------------------------------------------------------------


def _at(moment: datetime | None) -> str:
    return "" if moment is None else f"{local(moment):%Y-%m-%d %H:%M}"


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _cut(columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> Markup:
    """A table of the newest rows, and how many there are."""
    made = table(columns, rows[-MOST_ROWS:], size=9)
    if len(rows) > MOST_ROWS:
        made += paragraphs([f"共{len(rows)}条，此处列最近{MOST_ROWS}条。"])
    return made


def _events(found: History, speech: Speech) -> Markup:
    heads = ("事项", "申请", "审核", "审批", "实施", "登记表", "全国系统")
    columns = (Column("编号", 30), *(Column(name, 18) for name in heads))
    rows = [
        (
            each.filing.key,
            speech.kind[each.filing.kind],
            _day(each.filing.applied_on),
            _day(each.filing.reviewed_on),
            _day(each.filing.approved_on),
            _day(each.filing.carried_out_on),
            _day(each.filing.form_on),
            _day(each.filing.national_on),
        )
        for each in found.events
    ]
    return _cut(columns, rows)


def _shown(found: History) -> Markup:
    columns = (
        Column("自", 25),
        Column("至", 25),
        Column("名称", 34),
        Column("认证", 14),
        Column("认证主体", 28),
        Column("简介", 30),
    )
    rows = [
        (
            _at(each.since),
            _at(each.until) or "未见变化",
            each.name,
            yes_no(each.verified),
            seen(each.verified_as),
            masked(each.bio) if each.bio is not None else UNSEEN,
        )
        for each in found.shown
    ]
    return _cut(columns, rows)


def _entered(register: Register) -> Markup:
    columns = (Column("时间", 28), Column("操作人", 26), Column("变更的项目", 102))
    return _cut(columns, [(_at(at), actor, what) for at, actor, what in register.entered])


def _months(found: History) -> Markup:
    columns = (
        Column("月份", 39),
        Column("发布数", 39, number=True),
        Column("读到的天数", 39, number=True),
        Column("尝试的天数", 39, number=True),
    )
    rows = [(each.name, each.posts, each.seen, each.tried) for each in found.months]
    return _cut(columns, rows)


def _posts(found: History) -> Markup:
    columns = (
        Column("发布时间", 30),
        Column("标题", 86),
        Column("首次见到", 30),
        Column("现状", 10),
    )
    rows = [
        (
            _at(each.at),
            each.title or "（无标题）",
            _at(each.first_seen),
            "已删" if each.removed_at else "",
        )
        for each in found.posts
    ]
    made = table(columns, rows, size=9)
    if found.posts_known > len(rows):
        made += paragraphs([f"已知共{found.posts_known}条，此处列最近{len(rows)}条。"])
    return made


def _problems(found: History, speech: Speech, today: date) -> Markup:
    columns = (
        Column("编号", 36),
        Column("问题类别", 26),
        Column("条款", 22),
        Column("发现", 24),
        Column("销号", 24),
        Column("状态", 12),
        Column("存证号", 12, number=True),
    )
    rows = [
        (
            each.number,
            speech.rule(each.rule),
            each.article,
            _at(each.opened_at),
            _at(each.closed_at),
            state_of(each, today),
            "" if each.evidence is None else each.evidence,
        )
        for each in sorted(found.problems, key=lambda one: (one.opened_at, one.number))
    ]
    return _cut(columns, rows) + _letters(found)


def _letters(found: History) -> Markup:
    """When each problem was first told of, and what was last said of it, as it left."""
    columns = (Column("问题编号", 36), Column("首次告知", 28), Column("最近一次告知的内容", 92))
    told = [each for each in found.problems if each.told_at is not None]
    rows = [
        (each.number, _at(each.told_at), masked(each.said))
        for each in sorted(told, key=lambda one: (one.told_at, one.number))
    ]
    return _cut(columns, rows)


def _vouched(found: History) -> Markup:
    heads = (
        ("见到时间", 28),
        ("核验人", 22),
        ("有效至", 28),
        ("最近发布", 28),
        ("证据SHA-256", 50),
    )
    rows = [
        (
            _at(each.at),
            each.author,
            _at(each.until),
            _at(each.last_post_at) or "未见发布",
            each.evidence,
        )
        for each in found.vouched
    ]
    return _cut([Column(name, width) for name, width in heads], rows)


def _packages(found: History) -> Markup:
    columns = (
        Column("存证号", 14, number=True),
        Column("时间", 28),
        Column("类别", 16),
        Column("问题编号", 36),
        Column("清单SHA-256", 50),
        Column("保存", 12),
    )
    rows = [
        (
            each.number,
            _at(each.at),
            _KINDS.get(each.kind, each.kind),
            each.case,
            each.manifest,
            "已到期" if each.expired else "在存",
        )
        for each in found.packages
    ]
    return _cut(columns, rows)


_KINDS = {"case": "问题", "page": "网页", "candidate": "候选账号"}
