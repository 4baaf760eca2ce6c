"""The annexes of 年度专项检查报告: events, problems, long silences, impersonators. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from watcher.reports.inspection_facts import InspectionFacts, Speech, procedures_of, state_of
from watcher.reports.procedure import Procedure
from watcher.reports.sheet import Field, Sheet


def sheets(facts: InspectionFacts, speech: Speech, today: date) -> dict[str, Sheet]:
    """The annexes as sheets; the Word file shows the first rows of each."""
    procedures = procedures_of(facts, speech.cal, today)
    return {
        "events": Sheet(
            "附件1 事项明细",
            "附件1 事项明细",
            _EVENTS,
            list(_event_rows(facts, procedures, speech)),
        ),
        "problems": Sheet(
            "附件2 问题清单", "附件2 问题清单", _PROBLEMS, list(_problem_rows(facts, speech, today))
        ),
        "silent": Sheet(
            "附件3 拟整合关停建议名单",
            "附件3 拟整合关停建议名单（已证实超过90天未更新，由人工核定）",
            _SILENT,
            list(_silent_rows(facts, speech)),
        ),
        "impostors": Sheet(
            "附件4 假冒处置台账",
            "附件4 假冒处置台账",
            _IMPOSTORS,
            list(_impostor_rows(facts, speech)),
        ),
    }


_EVENTS = (
    Field("序号", 5, "number"),
    Field("主办单位", 18),
    Field("账号", 16),
    Field("平台", 9),
    Field("事项", 6),
    *(
        Field(name, 11, "day")
        for name in ("申请", "审核", "审批", "公告起始", "实施", "登记表", "全国系统")
    ),
    Field("登记表用时(工作日)", 8, "number"),
    Field("结论", 20),
)


def _event_rows(
    facts: InspectionFacts, procedures: Sequence[Procedure], speech: Speech
) -> Iterable[list[Any]]:
    pairs = zip(facts.events, procedures, strict=True)
    for number, (event, checked) in enumerate(pairs, start=1):
        filing = event.filing
        yield [
            number,
            event.unit.name,
            event.name,
            speech.platform(event.platform) if event.platform else "",
            speech.kind[filing.kind],
            filing.applied_on,
            filing.reviewed_on,
            filing.approved_on,
            filing.notice_from,
            filing.carried_out_on,
            filing.form_on,
            filing.national_on,
            checked.days_to_form,
            checked.conclusion,
        ]


_PROBLEMS = (
    Field("编号", 21),
    Field("账号", 15),
    Field("平台", 9),
    Field("主办单位", 16),
    Field("问题类别", 13),
    Field("事实（最近一次告知原文）", 40),
    Field("条款", 22),
    Field("存证号", 7, "number"),
    Field("发现时间", 17, "moment"),
    Field("反馈时间", 17, "moment"),
    Field("复查时间", 17, "moment"),
    Field("销号时间", 17, "moment"),
    Field("状态", 8),
)


def _problem_rows(facts: InspectionFacts, speech: Speech, today: date) -> Iterable[list[Any]]:
    for each in facts.problems:
        account = each.account
        yield [
            each.number,
            account.name if account else each.subject,
            speech.platform(account.platform) if account else "",
            account.unit.name if account else "",
            speech.rule(each.rule),
            each.said,
            each.article,
            each.evidence,
            each.opened_at,
            each.feedback_at,
            each.rechecked_at,
            each.closed_at,
            state_of(each, today),
        ]


_SILENT = (
    Field("序号", 6, "number"),
    Field("账号", 24),
    Field("平台", 12),
    Field("主办单位", 24),
    Field("最近更新", 18, "moment"),
    Field("证实未更新至", 18, "moment"),
    Field("至少未更新天数", 12, "number"),
)


def _silent_rows(facts: InspectionFacts, speech: Speech) -> Iterable[list[Any]]:
    for number, each in enumerate(facts.updating.silent, start=1):
        platform = speech.platform(each.platform)
        yield [number, each.name, platform, each.unit, each.last_post, each.proved_to, each.days]


_IMPOSTORS = (
    Field("序号", 6, "number"),
    Field("假冒账号", 18),
    Field("账号ID", 16),
    Field("平台", 9),
    Field("被假冒账号", 18),
    Field("主办单位", 18),
    Field("发现时间", 17, "moment"),
    Field("确认时间", 17, "moment"),
    Field("确认人", 8),
    Field("关停函文号", 16),
    Field("送达时间", 17, "moment"),
    Field("处置结果", 16),
    Field("关停时间", 17, "moment"),
    Field("用时(天)", 7, "number"),
    Field("再次出现", 7),
)


def _impostor_rows(facts: InspectionFacts, speech: Speech) -> Iterable[list[Any]]:
    for number, each in enumerate(facts.impostors, start=1):
        yield [
            number,
            each.name,
            each.handle,
            speech.platform(each.platform),
            each.victim,
            each.unit,
            each.first_seen,
            each.confirmed_at,
            each.confirmed_by,
            each.letter,
            each.sent_at,
            each.result,
            each.gone_at,
            each.days,
            "是" if each.back else "否",
        ]
