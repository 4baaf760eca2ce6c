"""年度专项检查报告: what it says, and what it does not say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from tools.inspection_template import build
from watcher.annual import Bridge, Event, Impostor, Named, Problem
from watcher.calendar import load_calendar
from watcher.filing_columns import KINDS
from watcher.filings import Filing, FilingKind
from watcher.model import FiledState, Unit, UnitKind
from watcher.rectifying import Measure
from watcher.reports.bridge import bridges
from watcher.reports.figures import Rate
from watcher.reports.inspection import FIELDS, NEEDED, fields_of
from watcher.reports.inspection_annex import sheets
from watcher.reports.inspection_facts import (
    SECTIONS,
    InspectionFacts,
    Silent,
    Speech,
    Unseen,
    Updating,
    sections,
    state_of,
)
from watcher.reports.period import year
from watcher.reports.stamp import Scope, Stamp, digest_of
from watcher.reports.template import render
from watcher.reports.word import MOST_ROWS, finished

AT = datetime(2026, 12, 31, 1, tzinfo=UTC)
TODAY = date(2026, 12, 31)
EDU = Unit("edu", "三亚市教育局", UnitKind.CITY_DEPARTMENT)
SPEECH = Speech(lambda code: {"weibo": "新浪微博"}.get(code, code), str, KINDS, load_calendar(None))
NOBODY = (Bridge("合计", 0, 0, 0, 0, 0, 0, 0),)
EMPTY = InspectionFacts(
    year(2026),
    "市政府办公室",
    "三亚市",
    (),
    NOBODY,
    NOBODY,
    (),
    (),
    (),
    Updating(Rate(0, 0), Rate(0, 0), 0),
)
TEMPLATE = Path("config/templates/inspection.docx")


def named(key="a", name="三亚教育", state=FiledState.ACTIVE, platform="weibo"):
    return Named(key, name, platform, EDU, state)


def problem(rule="UPD-04", **changes):
    found = Problem(
        number=f"{rule}-260301-abcdef",
        rule=rule,
        article="办法第十二条",
        account=named(),
        subject="",
        opened_at=AT - timedelta(days=60),
        told_at=AT - timedelta(days=60),
        due_on=None,
        feedback_at=None,
        rechecked_at=None,
        closed_at=None,
        closing="",
        dismissed=False,
        measures=(),
        said="已15天未更新",
        evidence=7,
    )
    return replace(found, **changes)


def text_of(facts, at=AT):
    stamp = Stamp("inspection", Scope(year(2026)), at, "0.1.0", digest_of(facts))
    fields = fields_of(facts, SPEECH, at, stamp.line, {})
    made = finished(render(TEMPLATE, fields, FIELDS, NEEDED), stamp, "题")
    body = Document(BytesIO(made)).element.body
    return "\n".join("".join(t.text or "" for t in p.iter("{*}t")) for p in body.iter("{*}p"))


def test_the_shipped_template_is_what_the_tool_makes():
    made = BytesIO()
    build().save(made)
    texts = [[p.text for p in Document(each).paragraphs] for each in (made, TEMPLATE)]
    assert texts[0] == texts[1]


def test_a_report_without_data_says_so_in_each_section_and_accuses_nobody():
    said = text_of(EMPTY)
    for words in (
        "系统中未登记本年度专项检查的开展日期",
        "期内没有采集记录，不对更新情况作任何判断",
        "期内没有登记的开设、变更、整合、关停、注销事项",
        "是否看全，以前述监测覆盖率为准",
        "期内没有需整改的问题",
        "（本部分由人工填写",
    ):
        assert words in said
    assert "违规" not in said
    assert "0.0%" not in said


def test_coverage_stands_beside_the_weekly_rate_and_blind_accounts_are_named():
    updating = Updating(
        Rate(300, 365), Rate(40, 50), 2, (Unseen("三亚教育", "weibo", "三亚市教育局", 65, 365),)
    )
    said = text_of(replace(EMPTY, updating=updating))
    line = next(each for each in said.splitlines() if "周更新达标率80.0%（40/50）" in each)
    assert "监测覆盖率82.2%（300/365）" in line
    assert "2个账号周未能完整采集，无法判断" in line
    assert "“三亚教育”（新浪微博）65天" in said


def test_problems_stand_under_their_headings_and_dismissed_ones_only_count_as_such():
    found = (problem(), problem("CHG-01"), problem("UPD-02", dismissed=True), problem("CON-01"))
    said = text_of(replace(EMPTY, problems=found))
    assert "期内共有问题3个，另有1个经人工核实不予认定，不计入" in said
    assert "（五）更新。UPD-04 1个".replace(" ", "") in said.replace(" ", "")
    assert "（九）其他。CON-01" in said


def test_every_rule_of_the_catalogue_has_a_heading():
    rules = (
        "FIL-03",
        "OFF-02",
        "DER-06",
        "SUS-03",
        "ORG-01",
        "INS-01",
        "FAN-01",
        "IMP-02",
        "APP-04",
    )
    found = sections(problem(rule) for rule in rules)
    assert sum(len(each) for each in found.values()) == len(rules)
    assert list(found) == list(SECTIONS)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "整改中"),
        ({"due_on": TODAY}, "整改中"),
        ({"due_on": TODAY - timedelta(days=1)}, "逾期"),
        ({"due_on": TODAY - timedelta(days=1), "feedback_at": AT}, "已反馈"),
        ({"due_on": TODAY - timedelta(days=1), "told_at": None}, "整改中"),
        ({"due_on": TODAY - timedelta(days=1), "provisional": True}, "整改中"),
        ({"due_on": TODAY - timedelta(days=1), "closed_at": AT}, "已整改"),
        ({"dismissed": True, "closed_at": AT}, "不予认定"),
    ],
)
def test_a_term_is_missed_on_the_day_after_it(changes, state):
    assert state_of(problem(**changes), TODAY) == state


def test_pressing_a_problem_is_no_second_problem():
    late = problem(due_on=TODAY - timedelta(days=1))
    said = text_of(replace(EMPTY, problems=(late, problem(closed_at=AT), problem("REC-01"))))
    assert "期内共有问题2个；其中整改逾期督办1次，列入“未按要求整改”，不重复计数" in said
    assert "整改完成率50.0%（1/2）：已整改1个，已反馈0个，整改中0个，逾期1个" in said
    assert "期内整改逾期督办1次" in said


def test_readings_are_owed_from_the_ledger_on_and_the_report_says_so():
    updating = Updating(Rate(300, 300), Rate(40, 40), 17, entered=3)
    said = text_of(replace(EMPTY, updating=updating))
    assert "应采集账号日自账号登记入台账的次日起计" in said
    assert "3个账号在期内登记入台账，登记以前不在监测范围，其间见不到的不作判断" in said
    assert "应采集的账号日均有效采集，没有盲区账号日" in said


def test_measures_and_terms_are_counted():
    talked = problem(measures=((Measure.TALK, TODAY), (Measure.ORDERED_CLOSURE, TODAY)))
    said = text_of(replace(EMPTY, problems=(talked, problem(closed_at=AT))))
    assert "登记处置措施2次：约谈1次、警告0次、通报0次、责令关停1次" in said
    assert "整改完成率50.0%（1/2）" in said


def test_a_long_list_is_cut_in_word_and_whole_in_excel():
    many = tuple(problem() for _ in range(MOST_ROWS + 1))
    assert f"共{MOST_ROWS + 1}条，此处列前{MOST_ROWS}条" in text_of(replace(EMPTY, problems=many))
    rows = sheets(replace(EMPTY, problems=many), SPEECH, TODAY)["problems"].rows
    assert len(list(rows)) == MOST_ROWS + 1


def test_a_long_silence_is_listed_for_people_to_decide_upon():
    silent = Silent("三亚教育", "weibo", "三亚市教育局", AT - timedelta(days=120), AT, 120)
    said = text_of(replace(EMPTY, updating=replace(EMPTY.updating, silent=(silent,))))
    assert "1个账号已证实超过90天未更新" in said
    assert "可核实是否按《办法》第七条整合或关停" in said


def test_a_hostile_or_endless_name_stays_text():
    evil = named(name="<w:p/>{{ office }}\x00\u202e" + "长" * 300)
    said = text_of(replace(EMPTY, problems=(problem(account=evil),)))
    assert "<w:p/>{{ office }}" in said
    assert "\u202e" not in said
    assert max(len(line) for line in said.splitlines()) < 400


def test_an_impersonator_taken_down_has_its_days():
    one = Impostor(
        *(1, "weibo", "三亚发步", "9", "三亚发布", "市政府", AT, AT - timedelta(days=9), "张三"),
        *("三函1号", AT, "已关停", AT - timedelta(days=5), False),
    )
    assert one.days == 4
    said = text_of(replace(EMPTY, problems=(problem("IMP-01"),), impostors=(one,)))
    assert "人工确认假冒账号1个，已关停1个，平均用时4.0天" in said


def test_the_same_facts_give_the_same_document_and_digest():
    assert text_of(EMPTY) == text_of(replace(EMPTY))
    assert digest_of(EMPTY) != digest_of(replace(EMPTY, office="别处"))


# -- how the number of accounts came about ---------------------------------------------------------


def event(kind, day=date(2026, 3, 2), **changes):
    filing = Filing(f"F-{kind}", kind, "edu", "a", carried_out_on=day, **changes)
    return Event(filing, EDU, "三亚教育", "weibo")


def bridge(start, end, events, until=TODAY):
    return bridges(start, end, events, year(2026), until, lambda each: each.platform)


def test_a_bridge_leads_from_the_start_of_the_year_to_its_end():
    start = [named("a"), named("b"), named("c", state=FiledState.DEREGISTERED)]
    end = [named("a"), named("b", state=FiledState.SUSPENDED), named("d")]
    row, total = bridge(
        start, end, [event(FilingKind.OPEN), event(FilingKind.SUSPEND, parent="M1")]
    )
    assert (row.start, row.opened, row.suspended, row.merged, row.end) == (2, 1, 1, 1, 2)
    assert row.unexplained == 0
    assert total.end == row.end


def test_accounts_without_an_event_are_stated_as_unexplained():
    assert bridge([], [named("a")], [])[-1].unexplained == 1
    by_platform = bridge([], [named("a")], [])
    assert "1个账号的增加未见对应备案事项" in text_of(replace(EMPTY, by_kind=by_platform))


def test_accounts_older_than_their_entry_are_told_of_as_such():
    facts = replace(EMPTY, by_kind=bridge([named("a")], [named("a")], []), late_entries=1)
    assert "期初在运行1个（其中1个登记入台账晚于期初，按创建日期计入），期内" in text_of(facts)


def test_an_event_after_the_cut_off_or_withdrawn_does_not_count():
    late = event(FilingKind.OPEN, date(2026, 12, 1))
    gone = event(FilingKind.OPEN, ended_on=date(2026, 4, 1))
    total = bridge([], [], [late, gone], until=date(2026, 11, 30))[-1]
    assert total.opened == 0
