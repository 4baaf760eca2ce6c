"""The quarterly circular: what it says, and what it leaves unsaid."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docx import Document
from openpyxl import load_workbook
from PIL import Image

from tests.reports.given_updates import (
    AS_OF,
    CAL,
    DAY,
    EVIL,
    asked,
    every,
    facts,
    life,
    on,
    past,
)
from watcher.annals import Silence, Standing, Stretch, Verdict
from watcher.model import Exemption, FiledState
from watcher.report_circulars import QUARTERLY, make_quarterly
from watcher.reporting import ReportError
from watcher.reports import charts, quarterly, update_charts
from watcher.reports.period import period_of
from watcher.reports.stamp import Scope, Stamp
from watcher.reports.template import TemplateProblemError
from watcher.reports.update_words import named, silence_text
from watcher.reports.updates import Facts, mended
from watcher.reports.word import stamp_of

CONFIG = Path(__file__).parents[2] / "config"
STAMP = Stamp("quarterly", Scope(period_of("2026Q3")), AS_OF, "0.1.0", "cd" * 32)
SILENT = [*every(until="2026-08-01"), *every(since="2026-08-20")]


def desk(folder: Path = CONFIG) -> Any:
    return SimpleNamespace(settings=SimpleNamespace(folder=folder, calendar=CAL))


def circular(told: Facts) -> bytes:
    return make_quarterly(told, STAMP, desk(), "docx")


def text_of(body: bytes) -> str:
    root = Document(BytesIO(body)).element.body
    return "\n".join(part.text or "" for part in root.iter() if part.tag.endswith("}t"))


def found(told: Facts) -> list[str]:
    return quarterly.found(told)


def test_the_overall_part_gives_counts_rates_and_coverage() -> None:
    told = facts(past("a", *every()), past("b", *SILENT), past("c", stretches=(), seen=0))
    said = "\n".join(quarterly.overall(told))
    assert "曾在运行政务新媒体账号3个，季末在运行3个" in said
    assert "抽查比例66.7%（2/3）；合格1个，合格率50.0%（1/2）" in said
    assert "监测覆盖率66.7%（184/276）" in said
    assert "1个账号未能完整采集，不作判断：三亚c（新浪微博，三亚市教育局）" in said
    assert "周更新达标率92.3%（24/26）；另有13个账号周" in said


def test_the_problems_name_the_accounts_with_platform_and_days() -> None:
    said = found(facts(past("a", *SILENT), *(past(f"n{n}", *every()) for n in range(9))))
    assert "个别账号连续未更新超过14天，共1个" in said[0]
    assert "三亚a（新浪微博，三亚市教育局）19天（8月1日至8月20日）" in said[0]
    assert "所涉账号监测覆盖率100.0%（92/92）" in said[0]
    assert "三亚a（新浪微博，三亚市教育局）2周" in said[1]
    assert said[3].startswith("（四）僵尸账号（超过90天未更新）。经监测未发现。监测覆盖率")
    assert "未核查的不作判断" in said[4]


def test_zombies_come_with_what_their_office_may_do() -> None:
    said = found(facts(past("a", last_before=on("2026-05-01"))))
    assert "至少152天" in said[3]
    assert "申请整合、关停、注销" in said[3]


def test_often_warned_accounts_and_confirmed_vetoes_are_named() -> None:
    cases = (
        life("UPD-03", "2026-08-11", notices=(("first", 1), ("reminder", 2), ("resolved", 1))),
        life("INT-01", "2026-08-12"),
    )
    told = facts(past("a", *every(), cases=cases))
    said = found(told)
    assert "三亚a（新浪微博，三亚市教育局）提醒3次" in said[2]
    assert "未见有效互动功能的1个：三亚a" in said[4]
    assert told.records[0].verdict is Verdict.FAIL
    dismissed = replace(cases[1], dismissed=True)
    assert facts(past("a", *every(), cases=(dismissed,))).records[0].verdict is Verdict.PASS


def test_the_problems_of_the_quarter_before_are_checked_again() -> None:
    cases = (
        life("UPD-04", "2026-05-11", closed_at=on("2026-07-02"), closing="复查时已不再出现"),
        life("UPD-02", "2026-06-10"),
        life("UPD-03", "2026-05-07", closed_at=on("2026-05-11"), closing="转为UPD-04"),
        life("UPD-02", "2026-04-10", dismissed=True),
    )
    said = quarterly.recheck(facts(past("a", *every(), cases=cases)))
    assert said.startswith(
        "对2026年第二季度发现的2个问题进行了复查，已整改销号1个，尚未整改到位1个"
    )
    assert quarterly.recheck(facts(past("a"))) == "2026年第二季度没有需要复查的问题。"


def test_reminders_and_blind_days_are_counted() -> None:
    cases = (
        life("UPD-01", "2026-08-06", notices=(("first", 1),), closed_at=on("2026-08-10")),
        life("UPD-04", "2026-08-15", notices=(("first", 1), ("reminder", 3))),
    )
    said = "".join(quarterly.reminders(facts(past("a", *SILENT, cases=cases, seen=(1 << 60) - 1))))
    assert "更新提醒1次、告警4次" in said
    assert "新增更新类问题1个，已整改销号0个" in said
    assert "监测盲区34个账号日，涉及1个账号" in said


def test_the_fixed_table_has_its_columns_and_the_problems_first() -> None:
    assert [field.heading for field in quarterly.ANNEX] == [
        *("序号", "平台", "账号名称", "主办单位", "主管单位", "季度发布数", "应更新周/达标周"),
        *("最长间隔（天，起止）", "最近更新", "问题类别", "提醒次数", "整改", "采集覆盖率"),
    ]
    cases = (
        life("UPD-04", "2026-08-15", due_on=date(2026, 8, 19)),
        life("UPD-02", "2026-08-10", closed_at=on("2026-08-21")),
    )
    told = facts(past("a", *every()), past("z", *SILENT, cases=cases))
    first, second = quarterly.annex_rows(told)
    assert first[2:9] == [
        *("三亚z", "三亚市教育局", "三亚市人民政府办公室", 25, "13/11"),
        *("19天（8月1日至8月20日）", "2026-09-28"),
    ]
    assert first[9] == "两周未更新（单项否决情形）；周未更新2周"
    assert first[10:] == [0, "1项逾期，1项已销号", "100.0%（92/92）"]
    assert second[9:12] == ["—", 0, "—"]


@pytest.mark.slow
def test_a_long_register_is_cut_in_word_and_whole_in_excel() -> None:
    one = facts(past("a", *every())).records[0]
    many = tuple(replace(one, key=f"k{n:04}", name=f"三亚{n:04}") for n in range(620))
    told = replace(facts(), records=many)
    page = text_of(circular(told))
    assert "共620个账号，此处列前500个（有问题的在前），全部见随附的 Excel 附表。" in page
    book = load_workbook(BytesIO(make_quarterly(told, STAMP, desk(), "xlsx")), read_only=True)
    assert sum(1 for _ in book["附表"].iter_rows(min_row=3)) == 620


def test_the_circular_is_whole_stamped_and_the_same_each_time() -> None:
    told = facts(past("a", *every()), past("b", *SILENT), past("c", stretches=(), seen=0))
    body = circular(told)
    assert body == circular(told)
    assert stamp_of(body) == STAMP
    page = text_of(body)
    for part in ("一、总体情况", "二、主要问题", "三、提醒情况", "四、工作要求", "附件1"):
        assert part in page
    assert "请于2026年10月15日前" in page
    assert "违规" not in page
    assert "{{" not in page


def test_a_quarter_without_accounts_says_so() -> None:
    page = text_of(circular(facts()))
    assert "没有在运行的政务新媒体账号，无可检查对象" in page
    assert "期内没有应采集的账号日" in page


def test_hostile_and_long_names_are_text() -> None:
    told = facts(past("a", *SILENT, name=f"{EVIL}\x0b&<{{{{ 7*7 }}}}" + "名" * 200))
    assert "&<{{ 7*7 }}" in text_of(circular(told))
    sheet = load_workbook(BytesIO(make_quarterly(told, STAMP, desk(), "xlsx")))["附表"]
    assert sheet["C3"].data_type == "s"
    assert sheet["C3"].value.startswith("=HYPERLINK")


def test_a_template_that_an_office_broke_is_named(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    made = Document()
    made.add_paragraph("{{ perod }}")
    made.save(str(tmp_path / "templates" / "quarterly.docx"))
    with pytest.raises(TemplateProblemError) as caught:
        make_quarterly(facts(), STAMP, desk(tmp_path), "docx")
    assert "{{ perod }} 不认识" in "\n".join(caught.value.reasons)


def test_only_a_quarter_makes_a_circular() -> None:
    with pytest.raises(ReportError, match="季度"):
        QUARTERLY.collect(desk(), Scope(period_of("2026")), AS_OF)


# -- charts ----------------------------------------------------------------------------------------


def colour(png: bytes, x: float, y: float) -> tuple[int, ...]:
    picture = Image.open(BytesIO(png)).convert("RGB")
    return picture.getpixel((int(picture.width * x), int(picture.height * y)))  # type: ignore[return-value]


def test_the_weeks_of_a_unit_are_counted_with_whoever_had_the_account() -> None:
    told = facts(past("a", *SILENT), past("b", *every()), past("c", unit="wjw", stretches=()))
    rows = update_charts.unit_rows(told)
    assert [(row.unit, str(row.rate)) for row in rows] == [
        ("三亚市教育局", "92.3%（24/26）"),
        ("三亚市卫生健康委员会", "无可检查对象"),
    ]
    assert rows[0].cells[5] == (1, 1, 0)
    assert rows[1].cells[5] == (0, 0, 1)


@pytest.mark.slow
def test_the_heat_map_shows_free_weeks_grey_and_unseen_ones_hatched() -> None:
    if charts.font() is None:
        pytest.skip("no Chinese font on this machine")
    ask = asked("2026Q1", datetime(2026, 4, 9, tzinfo=UTC))
    days = every(since="2025-12-29", until="2026-03-31")
    told = facts(past("a", *days, ask=ask, last_before=None), ask=ask, period="2026Q1")
    assert told.records[0].weeks == "MMMMMMMEMMMMM"
    png = update_charts.heat(told, update_charts.unit_rows(told))
    assert png == update_charts.heat(told, update_charts.unit_rows(told))
    seen = {colour(png, x / 200, 0.4) for x in range(200)}
    assert (0xBD, 0xBD, 0xBD) in seen
    assert (0x4F, 0x9D, 0x69) in seen
    assert update_charts._square(0, 0, (0, 0, 2), True).get_hatch() == "////"
    assert update_charts._square(0, 0, (1, 0, 1), True).get_hatch() == "////"
    assert update_charts._square(0, 0, (1, 0, 0), True).get_hatch() is None


def test_gaps_are_sorted_into_their_classes() -> None:
    unseen = past("d", stretches=(), last_before=None)
    told = facts(
        past("a", *every()), past("b", *SILENT), past("c", last_before=on("2026-05-01")), unseen
    )
    assert update_charts.buckets(told) == {
        "不满3天": 0,
        "3—7天": 1,
        "7—10天": 0,
        "10—14天": 0,
        "超过14天": 1,
        "超过30天": 0,
        "超过90天": 1,
    }


def test_empty_charts_can_be_drawn() -> None:
    if charts.font() is None:
        pytest.skip("no Chinese font on this machine")
    assert all(body.startswith(b"\x89PNG") for body in update_charts.drawn(facts()).values())


def test_an_exempt_account_is_neither_good_nor_bad() -> None:
    exempt = Exemption(("UPD-*",), "装修停更", "市府办", None)
    one = past("a", *SILENT)
    standing = replace(one.standings[0], exemptions=(exempt,))
    told = facts(replace(one, standings=(standing,)))
    assert told.records[0].weeks == "O" * 13
    assert told.records[0].verdict is Verdict.EXCUSED
    assert "1个账号经批准豁免或不予认定" in "".join(quarterly.overall(told))
    assert found(told)[0].endswith("没有可判断的账号。")


@pytest.mark.slow
def test_the_circular_becomes_pages(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    wide = [Stretch(None, on("2026-07-20")), Stretch(on("2026-07-24"), AS_OF)]
    told = facts(
        *(past(f"账号{n}", *every()) for n in range(30)),
        past("名" * 200, *SILENT, stretches=tuple(wide), last_before=on("2026-06-20") - DAY),
    )
    (tmp_path / "c.docx").write_bytes(circular(told))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run(
        [*command, str(tmp_path / "c.docx")], check=True, capture_output=True, timeout=120
    )
    assert (tmp_path / "c.pdf").read_bytes().startswith(b"%PDF")


def test_a_case_of_the_quarter_before_that_is_still_open_stands_in_the_table() -> None:
    old = life("UPD-04", "2026-06-20", due_on=date(2026, 6, 23))
    done = life("UPD-02", "2026-06-08", closed_at=on("2026-06-12"))
    told = facts(past("a", *SILENT, cases=(done, old)))
    assert mended(told, told.records[0]) == "1项逾期"
    answered = facts(past("a", *SILENT, cases=(replace(old, feedback_at=on("2026-06-22")),)))
    assert mended(answered, answered.records[0]) == "1项整改中"


def test_a_line_without_any_week_says_why() -> None:
    exempt = Exemption(("UPD-*",), "机构改革", "市政府办公室", None)
    standing = Standing(None, "jyj", "三亚a", "weibo", FiledState.ACTIVE, True, (exempt,))
    gone = Standing(on("2026-07-02"), "jyj", "三亚b", "weibo", FiledState.DEREGISTERED)
    told = facts(
        past("a", *every(), standings=(standing,)),
        past("b", standings=(replace(standing, exemptions=()), gone)),
    )
    rows = {row[2]: row for row in quarterly.annex_rows(told)}
    assert rows["三亚a"][6] == "0/0"
    assert rows["三亚a"][9] == "各周不计（豁免或新开设等）"
    assert rows["三亚b"][9] == "期末已注销"


def test_what_partial_readings_cannot_prove_is_not_called_unread() -> None:
    told = facts(past("a", *every(), stretches=(), last_before=None))
    (row,) = quarterly.annex_rows(told)
    assert row[7] == "未能证实"
    assert row[12] == "100.0%（92/92）"


def test_a_silence_over_the_turn_of_the_year_has_both_years() -> None:
    long = Silence(on("2025-12-20"), on("2026-07-05"), True, True)
    assert silence_text(facts(), long) == "197天（2025年12月20日至2026年7月5日）"


def test_a_sentence_cuts_a_name_without_end() -> None:
    told = facts(past("a", *SILENT, name="名" * 200))
    assert len(named(told, told.records[0])) < 50
