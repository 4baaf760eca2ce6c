"""Who was stale when, and what of it is proven."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docx import Document
from openpyxl import load_workbook

from tests.reports.given_updates import (
    AS_OF,
    DAY,
    EVIL,
    HOUR,
    asked,
    every,
    facts,
    life,
    on,
    past,
)
from watcher.annals import Mark, Standing, Stretch, UnitStanding, Verdict
from watcher.model import FiledState
from watcher.recording import recorded
from watcher.report_circulars import make_staleness
from watcher.report_updates import Area, scoped
from watcher.reports import staleness
from watcher.reports.period import period_of
from watcher.reports.stamp import Scope, Stamp, digest_of
from watcher.reports.update_lines import account_lines, blind_lines, silence_lines, week_lines
from watcher.reports.update_words import holiday_note, longest_text, weeks_text
from watcher.reports.updates import Facts, problems, tally

STAMP = Stamp("staleness", Scope(period_of("2026Q3")), AS_OF, "0.1.0", "ab" * 32)
DESK: Any = SimpleNamespace(settings=SimpleNamespace(folder=Path(__file__).parents[2] / "config"))
SILENT = [*every(until="2026-08-01"), *every(since="2026-08-20")]


def text_of(body: bytes) -> str:
    root = Document(BytesIO(body)).element.body
    return "\n".join(part.text or "" for part in root.iter() if part.tag.endswith("}t"))


def test_a_silence_is_told_with_its_days_its_cases_and_the_coverage() -> None:
    cases = (
        life("UPD-03", "2026-08-11", evidence=(7,)),
        life("UPD-04", "2026-08-15", evidence=(9, 8)),
        life("UPD-04", "2026-09-29"),
    )
    (line,) = silence_lines(facts(past("a", *SILENT, cases=cases)))
    assert (line.days, line.at_least, line.lasting) == (19, False, False)
    assert (line.since, line.until) == (on("2026-08-01"), on("2026-08-20"))
    assert line.kind == "两周未更新（单项否决情形）"
    assert line.cases == "UPD-03-260811-abcdef、UPD-04-260815-abcdef"
    assert (line.evidence, line.coverage) == ("证7、证8、证9", "100.0%（92/92）")


def test_the_two_clocks_stand_apart() -> None:
    told = facts(past("a", *SILENT, cases=(life("UPD-02", "2026-08-10"),)))
    found = list(week_lines(told))
    assert [each.week for each in found] == ["2026-W32", "2026-W33"]
    assert [each.cases for each in found] == ["UPD-02-260810-abcdef"] * 2
    assert problems(told, told.records[0]) == ("两周未更新（单项否决情形）", "周未更新2周")
    # A silence over a week end without a missed week, and one of a week without 14 days.
    near = facts(past("b", *every(until="2026-08-01"), "2026-08-03", *every(since="2026-08-14")))
    assert problems(near, near.records[0]) == ("临界超期1次",)
    assert near.records[0].verdict is Verdict.PASS


def test_a_week_that_was_seen_in_part_is_no_missed_week() -> None:
    half = (Stretch(None, on("2026-08-05")), Stretch(on("2026-08-07"), AS_OF))
    told = facts(past("a", *SILENT, stretches=half))
    (record,) = told.records
    assert record.weeks == "MMMMMBXMMMMMM"
    assert weeks_text(record) == "13/11（无法判断1）"
    (line,) = silence_lines(told)
    assert (line.days, line.at_least, line.cases) == (13, True, "")
    assert record.verdict is Verdict.UNKNOWN
    (blind,) = blind_lines(told)
    assert (blind.blind_weeks, blind.spans) == (1, "8月5日至8月7日")
    assert blind.verdict == "未能完整采集，不作判断"


def test_what_was_never_seen_is_listed_apart_and_accused_of_nothing() -> None:
    told = facts(past("a", stretches=(), last_before=None, seen=0))
    assert list(week_lines(told)) == []
    assert list(silence_lines(told)) == []
    (line,) = blind_lines(told)
    assert (line.blind_weeks, line.judged_weeks, line.coverage) == (13, 0, "0.0%（0/92）")
    (account,) = account_lines(told)
    assert (account.longest_days, account.last_post) == (None, None)
    assert account.problems == "未能完整采集，不作判断"
    said = "".join(staleness.summary(told))
    assert "合格率无可检查对象；另有1个未能完整采集，不作判断" in said


def test_weeks_of_another_unit_and_office_are_told_where_they_were() -> None:
    moved = on("2026-08-14")
    turns = (
        Standing(None, "jyj", "三亚a", "weibo", FiledState.ACTIVE),
        Standing(moved, "wjw", "三亚a", "weibo", FiledState.ACTIVE),
    )
    ask = asked()
    record = recorded(past("a", *SILENT, standings=turns), ask)
    told = facts(record)
    assert [each.unit for each in week_lines(told)] == ["三亚市教育局", "三亚市卫生健康委员会"]
    (account,) = account_lines(told)
    assert account.unit == "三亚市卫生健康委员会"
    assert account.note == "2026年8月14日起主办单位由三亚市教育局变更为三亚市卫生健康委员会"
    units = {
        "jyj": (UnitStanding(None, "", "", "one"),),
        "wjw": (UnitStanding(None, "", "", "two"),),
    }
    one, two = (scoped(record, ask, Area(frozenset({o}), units)) for o in ("one", "two"))
    assert (one.weeks, two.weeks) == ("MMMMMXOOOOOOO", "OOOOOOXMMMMMM")
    assert (one.verdict, two.verdict) == (Verdict.NONE, Verdict.FAIL)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026", "2026-W01", "2026-W52"),
        ("2027", "2026-W53", "2027-W51"),
        ("2026-12-28..2027-01-03", "2026-W53", "2026-W53"),
        ("2026-06-29..2026-07-05", "2026-W27", "2026-W27"),
    ],
)
def test_a_week_over_the_turn_of_the_year_belongs_to_the_year_it_ends_in(
    period: str, first: str, last: str
) -> None:
    ask = asked(period, datetime(2028, 1, 20, tzinfo=UTC))
    record = recorded(past("a", ask=ask, last_before=None), ask)
    assert (ask.weeks[0].id, ask.weeks[-1].id) == (first, last)
    assert len(record.weeks) == len(ask.weeks)
    assert Mark.MISSED in record.weeks


def test_a_post_of_december_counts_for_the_week_that_ends_in_january() -> None:
    ask = asked("2027", datetime(2027, 1, 20, tzinfo=UTC))
    record = recorded(past("a", "2026-12-29", ask=ask), ask)
    assert (record.weeks[:2], record.posts, record.counts[0]) == ("MX", 0, 1)


def test_the_holiday_note_names_free_weeks_and_says_that_14_days_know_none() -> None:
    note = holiday_note(facts(period="2026Q1"))
    assert "1月1日至3日、2月15日至23日" in note
    assert "调休上班：1月4日、2月14日、2月28日" in note
    assert "2026-W08（2026年2月16日至22日）没有工作日" in note
    assert "不因节假日放宽" in note
    assert "预计，待国办放假通知" in holiday_note(
        facts(period="2027Q1", ask=asked("2027Q1", datetime(2027, 4, 9, tzinfo=UTC)))
    )


def test_a_silence_that_lasts_is_measured_to_the_reading_or_the_end() -> None:
    days = every(until="2026-09-10")
    over = facts(past("a", *days))
    assert longest_text(over, over.records[0]) == "至少21天（9月9日至期末）"
    seen = facts(past("a", *days, stretches=(Stretch(None, on("2026-09-25", 14)),)))
    assert longest_text(seen, seen.records[0]) == "至少16天（9月9日至9月25日采集时）"
    assert seen.records[0].verdict is Verdict.FAIL


def test_a_report_before_the_end_says_what_was_known_by_then() -> None:
    early = on("2026-08-10")
    told = facts(past("a", *SILENT, ask=asked(as_of=early)), ask=asked(as_of=early))
    assert told.records[0].weeks == "MMMMMXFFFFFFF"
    assert told.records[0].due_days == 40


def every_format(told: Facts) -> dict[str, bytes]:
    endings = ("docx", "xlsx", "csv", "json")
    return {each: make_staleness(told, STAMP, DESK, each) for each in endings}


def test_every_format_holds_the_same_accounts_and_is_the_same_each_time() -> None:
    told = facts(past("a", *SILENT), past("b", *every(), unit="wjw"), past("c", platform="app"))
    made = every_format(told)
    assert made == every_format(told)
    book = load_workbook(BytesIO(made["xlsx"]))
    assert book.sheetnames == [
        *(
            "更新情况",
            "自然周未更新",
            "连续10天以上未更新",
            "未能完整采集",
            "周达标",
            "分平台",
            "说明",
        )
    ]
    listed = [row[2].value for row in book["更新情况"].iter_rows(min_row=3)]
    assert sorted(listed) == ["三亚a", "三亚b", "三亚c"]
    lines = list(csv.reader(StringIO(made["csv"].decode("utf-8-sig"))))
    assert len(lines) == 4
    said = json.loads(made["json"])
    assert {each["key"] for each in said["accounts"]} == {"a", "b", "c"}
    assert said["stamp"]["kind"] == "staleness"
    assert said["summary"]["missed"] == 2
    page = text_of(made["docx"])
    assert "附表1" in page
    assert "附表3　未能完整采集的账号" in page
    assert "校验码 abababababababab" in page


def test_hostile_names_are_text_everywhere() -> None:
    wild = f"{EVIL}\x0b<w:p>&{{{{ 7*7 }}}}" + "名" * 200
    made = every_format(facts(past("a", *SILENT, name=wild), past("b", *SILENT, name="@sum")))
    page = text_of(made["docx"])
    assert "<w:p>&{{ 7*7 }}" in page
    assert "\x0b" not in page
    cells = load_workbook(BytesIO(made["xlsx"]))["更新情况"]["C"][2:]
    assert all(cell.data_type == "s" for cell in cells)
    lines = list(csv.reader(StringIO(made["csv"].decode("utf-8-sig"))))
    assert {line[2][:2] for line in lines[1:]} == {"'=", "'@"}


def test_no_accounts_make_a_report_that_says_so() -> None:
    made = every_format(facts())
    page = text_of(made["docx"])
    assert "没有在运行的账号，无可检查对象" in page
    assert page.count("无\n") >= 3
    assert json.loads(made["json"])["accounts"] == []


def test_the_figures_add_up_and_are_never_rounded_to_all() -> None:
    told = facts(*(past(f"n{n}", *every()) for n in range(3)), past("a", *SILENT))
    found = tally(told.records)
    assert (found.accounts, found.checked, found.passed, found.failed) == (4, 4, 3, 1)
    assert str(found.pass_rate) == "75.0%（3/4）"
    assert str(found.weekly) == "96.2%（50/52）"
    assert digest_of(told) == digest_of(replace(told))
    assert digest_of(told) != digest_of(replace(told, until=date(2026, 9, 29)))


def test_a_silence_before_the_period_counts_only_as_far_as_it_was_seen() -> None:
    since = (Stretch(on("2026-06-28"), AS_OF),)
    days = every(since="2026-07-08")
    told = facts(past("a", *days, stretches=since, last_before=on("2026-06-20")))
    (line,) = silence_lines(told)
    assert (line.days, line.at_least) == (10, True)
    assert told.records[0].verdict is Verdict.PASS
    assert on("2026-07-08") - on("2026-06-20") > 14 * DAY > 13 * DAY + HOUR


def test_a_year_is_told_month_by_month() -> None:
    ask = asked("2026", datetime(2027, 1, 8, tzinfo=UTC))
    days = every(since="2025-12-29", until="2026-12-31")
    kept = [day for day in days if not "2026-05-01" < day < "2026-05-20"]
    told = facts(past("a", *kept, ask=ask, last_before=None), ask=ask, period="2026")
    book = load_workbook(BytesIO(staleness.excel(told, STAMP)))
    (heads, line) = list(book["周达标"].iter_rows(min_row=2, values_only=True))
    assert heads[4:] == tuple(f"26年{month}月" for month in range(1, 13))
    assert line[4:9] == ("4/4", "3/3", "5/5", "4/4", "3/5")
