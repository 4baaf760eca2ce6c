"""The export for the national system, by the columns that an office writes down."""

from __future__ import annotations

import zipfile
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.program import ROOT, Run, place, run
from watcher.filing_national import (
    KNOWN,
    compared,
    export_of,
    read_columns,
    read_national,
    read_words,
)
from watcher.model import Account, FiledState, Unit
from watcher.register.values import RegisterError
from watcher.reports.national import (
    FIELDS,
    NationalColumn,
    NationalTable,
    columns_of,
    formed,
    national_book,
    national_zip,
    row_of,
)
from watcher.reports.stamp import Scope, Stamp

__all__ = ["place", "run"]  # fixtures

SHIPPED = ROOT / "config" / "national.yaml"
STAMP = Stamp("national", Scope(), datetime(2026, 11, 23, tzinfo=UTC), "1", "ab" * 32)


def said(columns: Any) -> list[str]:
    return [str(each) for each in columns_of({"columns": columns}, "n.yaml", KNOWN)[1]]


def test_the_shipped_columns_are_without_a_mistake_and_name_real_fields() -> None:
    columns = export_of(SHIPPED)
    assert {each.name for each in columns} <= FIELDS.keys()
    assert [each.heading for each in columns][:3] == ["序号", "新媒体名称", "新媒体类型"]


def test_columns_order_fixed_values_dates_and_words_are_the_configuration() -> None:
    columns, mistakes = columns_of(
        {
            "columns": [
                {"地区": "unit"},
                {"heading": "省份", "value": "海南省"},
                {"heading": "名称", "field": "name"},
                {"heading": "日期", "field": "opened_on", "format": "YYYY年M月D日"},
                {"heading": "真日期", "field": "opened_on"},
                {
                    "heading": "平台",
                    "field": "platform",
                    "words": {"weibo": "微博"},
                    "otherwise": "其他",
                },
                {"heading": "认证", "field": "verified", "words": {True: "已认证"}},
                {"heading": "状态", "field": "filed_state"},
                {"heading": "粉丝", "field": "followers"},
            ]
        },
        "n.yaml",
        KNOWN,
    )
    assert mistakes == ()
    values = {
        "unit": "三亚市",
        "name": "=1+1",
        "opened_on": date(2019, 6, 3),
        "platform": "weibo",
        "verified": True,
        "filed_state": "suspended",
        "followers": None,
    }
    day = date(2019, 6, 3)
    row = row_of(columns, values, KNOWN)
    assert row == (
        *("三亚市", "海南省", "=1+1", "2019年6月3日", day, "微博", "已认证", "关停"),
        None,
    )
    assert row_of(columns, {**values, "platform": "douyin"}, KNOWN)[5] == "其他"
    assert row_of(columns, {**values, "verified": None}, KNOWN)[6] is None


@pytest.mark.parametrize(
    ("form", "text"),
    [("YYYY-MM-DD", "2026-01-02"), ("YYYY/M/D", "2026/1/2"), ("YYYYMMDD", "20260102")],
)
def test_dates_are_written_as_asked(form: str, text: str) -> None:
    assert formed(date(2026, 1, 2), form) == text


def test_all_mistakes_of_the_columns_are_told_at_once() -> None:
    wrong = said(
        [
            {"名称": "nmae"},
            {"heading": "甲", "field": "unit", "value": "x"},
            {"heading": "", "value": "x"},
            {"heading": "乙", "field": "name", "format": "YYYY"},
            {"heading": "丙", "field": "opened_on", "format": "DD月"},
            {"heading": "丁", "field": "platform", "words": {"wiebo": "微博"}},
            {"heading": "戊", "field": "name", "words": {"a": "b"}},
            {"heading": "己", "feild": "name"},
            "庚",
        ]
    )
    for part in (
        "export.columns[1].field: 不认识的字段 nmae（是否指“name”？）",
        "export.columns[2]: field 与 value 须且只须写一个",
        "export.columns[3].heading: 缺列名",
        "export.columns[4].format: 只有日期字段有 format",
        "export.columns[5].format: 不认识的日期格式 DD月",
        "export.columns[6].words: 字段 platform 没有“wiebo”这个值（是否指“weibo”？）",
        "export.columns[7].words: 字段 name 没有可换的词",
        "export.columns[8].feild: 不认识这一项（是否指“field”？）",
        "export.columns[9]: 每列应写",
    ):
        assert any(part in each for each in wrong), part


def test_a_heading_twice_and_a_table_without_names_are_refused() -> None:
    assert "出现了两次" in said([{"甲": "name"}, {"甲": "unit"}])[0]
    assert "至少要有字段" in said([{"甲": "name"}])[0]
    assert "应为列的列表" in said([])[0]


def table() -> NationalTable:
    columns = export_of(SHIPPED)
    values = {
        "name": "三亚教育",
        "unit": "三亚市教育局",
        "platform": "wechat_subscription",
        "platform_id": "0012345678901234567",
        "filed_state": "active",
        "lead_phone": "13800001234",
        "opened_on": date(2019, 6, 3),
        "url": "https://a.cn/b",
        "filed_subject": "三亚市教育局",
    }
    other = {**values, "unit": "乙/局", "name": "乙", "platform": "meipian", "platform_id": "2"}
    rows = tuple(
        (str(each["unit"]), row_of(columns, {**each, "number": n}, KNOWN))
        for n, each in enumerate((values, {**other, "url": "https://a.cn/c"}), start=1)
    )
    return NationalTable("全市", columns, rows)


def test_the_book_has_text_ids_and_is_the_same_each_time() -> None:
    body = national_book(table(), STAMP)
    assert body == national_book(table(), STAMP)
    page = openpyxl.load_workbook(BytesIO(body)).active
    assert page is not None
    assert page["D3"].value == "0012345678901234567"
    assert page["D3"].number_format == "@"
    assert page["C3"].value == "微信公众号（订阅号）"


def test_a_zip_has_one_book_for_each_unit() -> None:
    with zipfile.ZipFile(BytesIO(national_zip(table(), STAMP, b"{}"))) as parts:
        assert parts.namelist() == ["001-三亚市教育局.xlsx", "002-乙_局.xlsx", "stamp.json"]


def test_what_was_exported_is_recognised_when_it_is_compared(tmp_path: Path) -> None:
    path = tmp_path / "n.xlsx"
    path.write_bytes(national_book(table(), STAMP))
    rows = read_national(path, read_columns(SHIPPED), read_words(SHIPPED))
    jyj = Unit("jyj", "三亚市教育局")
    account = Account(
        *("w1", "wechat_subscription", "三亚教育", jyj),
        url="https://a.cn/b",
        platform_id="0012345678901234567",
        opened_on=date(2019, 6, 3),
        filed_subject="三亚市教育局",
    )
    found = compared(rows, [account], date(2026, 11, 23))
    assert found.said["w1"].fields == {
        "name": "三亚教育",
        "platform": "wechat_subscription",
        "platform_id": "0012345678901234567",
        "url": "https://a.cn/b",
        "unit": "三亚市教育局",
        "filed_subject": "三亚市教育局",
        "opened_on": "2019-06-03",
        "filed_state": "active",
    }
    assert len(found.unknown) == 1


def test_a_word_for_several_values_is_compared_with_none(tmp_path: Path) -> None:
    path = tmp_path / "n.yaml"
    path.write_text(
        "columns: {名称: name, 单位: unit}\nexport:\n  columns:\n  - 名称: name\n  - 单位: unit\n"
        "  - {heading: 种类, field: platform, words: {wechat_service: 微信, "
        "wechat_subscription: 微信, weibo: 博}}\n",
        "utf-8",
    )
    assert read_columns(path)["种类"] == "platform"
    assert read_words(path)["platform"] == {"微信": "", "博": "weibo"}


def test_a_map_without_an_export_still_compares(tmp_path: Path) -> None:
    path = tmp_path / "n.yaml"
    path.write_text("columns: {名称: name, 单位: unit}\n", "utf-8")
    assert read_columns(path) == {"名称": "name", "单位": "unit"}
    assert read_words(path) == {}
    with pytest.raises(RegisterError, match="应为列的列表"):
        export_of(path)


def test_closed_accounts_say_when_and_why(place: Path, run: Run) -> None:
    (place / "r.yaml").write_text(
        "units:\n- {key: jyj, name: 三亚市教育局, kind: city_department}\n"
        "accounts:\n- {key: w1, name: 三亚教育, platform: weibo, platform_id: '1', unit: jyj,"
        f" sources: [], filed_state: {FiledState.SUSPENDED.value}, reason: 机构撤销}}\n",
        "utf-8",
    )
    assert run("migrate").returncode == 0
    assert run("accounts", "import", "r.yaml").returncode == 0
    done = run("report", "national", "-o", "n.csv")
    assert done.returncode == 0, done.stderr
    assert "机构撤销" in (place / "n.csv").read_text("utf-8-sig")
    assert run("report", "verify", "n.csv").returncode == 0
    assert run("filings", "national", "n.csv", "--json").returncode == 0
    (place / "config" / "national.yaml").write_text(
        "columns: {名称: name, 单位: unit}\nexport: {columns: [{名称: nmae}, {单位: unti}]}\n",
        "utf-8",
    )
    done = run("report", "national", "-o", "m.csv")
    assert done.returncode == 2
    assert "nmae" in done.stderr
    assert "unti" in done.stderr


def test_a_column_is_a_value() -> None:
    assert NationalColumn("甲", "name") == NationalColumn("甲", "name")
