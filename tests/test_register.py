from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watcher.model import (
    Account,
    Exemption,
    FiledState,
    Person,
    Source,
    Unit,
    UnitKind,
)
from watcher.register import Register, RegisterError, read_register, write_register
from watcher.register.columns import PLATFORMS

KINDS = ("xlsx", "csv", "yaml")
HEAD = ["账号名称", "账号类型", "平台ID", "主办单位"]
ROW = ["三亚发布", "新浪微博", "2803301701", "三亚市人民政府"]


def book(path: Path, *rows: list[Any]) -> Path:
    target = path / "台账.xlsx"
    made = openpyxl.Workbook()
    assert made.active is not None
    for row in rows:
        made.active.append(row)
    made.save(target)
    made.close()
    return target


def sheet(path: Path, text: str, encoding: str = "utf-8") -> Path:
    target = path / "台账.csv"
    target.write_bytes(text.encode(encoding))
    return target


def mistakes(path: Path) -> list[tuple[int, str, str, str]]:
    with pytest.raises(RegisterError) as caught:
        read_register(path)
    return [(m.row, m.column, m.message, m.suggestion) for m in caught.value.mistakes]


def test_the_smallest_row_makes_an_account_that_can_be_read(tmp_path: Path) -> None:
    (account,) = read_register(book(tmp_path, HEAD, ROW)).accounts
    assert account == Account(
        key="weibo-2803301701",
        platform="weibo",
        name="三亚发布",
        unit=Unit("三亚市人民政府", "三亚市人民政府"),
        platform_id="2803301701",
        sources=(Source("weibo", "2803301701"),),
    )


def test_titles_above_the_header_and_cells_of_a_spreadsheet_are_understood(tmp_path: Path) -> None:
    head = [
        *HEAD,
        "工作负责人",
        "职务",
        "联系电话",
        "创建日期",
        "备案日期",
        "审批日期",
        "粉丝量",
        "认证",
    ]
    day = datetime(2019, 5, 6)  # noqa: DTZ001 - what openpyxl gives
    row = ["甲", "微信订阅号", 123456789012, "乙局", "王一", "主任", 13800000000.0, day]
    row += ["2026年9月30日", "2026/9/3", "1.2万", "是"]
    made = book(tmp_path, ["三亚市政务新媒体台账"], [], head, row)
    (account,) = read_register(made).accounts
    assert account.platform_id == "123456789012"
    assert account.lead == Person("王一", "主任", "13800000000")
    days = (account.opened_on, account.filed_on, account.approved_on)
    assert days == (date(2019, 5, 6), date(2026, 9, 30), date(2026, 9, 3))
    assert (account.followers, account.verified) == (12000, True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    text = ",".join([*HEAD, "工作联系人电话"]) + "\r\n" + ",".join([*ROW, "089888888888"]) + "\r\n"
    (account,) = read_register(sheet(tmp_path, text, encoding)).accounts
    assert (account.name, account.contact.phone) == ("三亚发布", "089888888888")


def test_every_mistake_is_reported_at_once_with_row_and_column(tmp_path: Path) -> None:
    head = [
        *HEAD,
        "单位类别",
        "运行状态",
        "备案日期",
        "工作联系人电话",
        "采集源",
        "豁免",
        "粉丝数量",
    ]
    rows = [
        [
            "甲",
            "新浪微薄",
            "1",
            "乙局",
            "市政府部们",
            "正常的",
            "2026-02-30",
            "1.38E+10",
            "x",
            "y",
            "",
        ],
        ["", "抖音", "2", "", "", "", "", "", "", "", ""],
        ["丙", "抖音", "", "乙局", "", "", "", "", "", "", ""],
        ["丁", "抖音", "3", "乙局", "", "", "", "", "", "", ""],
        ["戊", "抖音", "3", "乙局", "", "", "", "", "", "", ""],
    ]
    found = mistakes(book(tmp_path, head, *rows))
    assert {(row, column) for row, column, *_ in found} == {
        (1, "粉丝数量"),
        (2, "账号类型"),
        (2, "单位类别"),
        (2, "工作联系人电话"),
        (2, "备案日期"),
        (2, "运行状态"),
        (2, "豁免"),
        (2, "采集源"),
        (3, "主办单位"),
        (3, "账号名称"),
        (4, "平台ID"),
        (6, "账号编号"),
    }
    assert len(found) == 12
    said = {(row, column): hint for row, column, _, hint in found}
    assert said[(2, "账号类型")] == "是否为“新浪微博”？"
    assert said[(1, "粉丝数量")] == "是否为“粉丝量”？"


def test_one_unit_described_in_two_ways_is_a_mistake(tmp_path: Path) -> None:
    head = [*HEAD, "审批机关"]
    made = book(tmp_path, head, [*ROW, "市府办"], [*ROW[:2], "2", ROW[3], "区府办"])
    assert [(row, column) for row, column, *_ in mistakes(made)] == [(3, "审批机关")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"PK\x03\x04 not a workbook"),
        ("a.csv", "一,二\n三,四\n".encode()),
        ("a.csv", b"\xff\xff\xff"),
        ("a.yaml", b"a: [1"),
        ("a.yaml", b"- 1"),
        ("a.yaml", b"units: 5"),
        ("a.doc", b"x"),
        ("a.csv", b"x" * (11 << 20)),
    ],
)
def test_a_file_that_is_no_register_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert len(mistakes(tmp_path / name)) == 1


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    assert "无法读取" in mistakes(tmp_path / "none.csv")[0][2]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    target = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as stream,
    ):
        for _ in range(210):
            stream.write(b" " * (1 << 20))
    assert mistakes(target) == [(0, "", "解压后过大，拒绝读取", "")]


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    text = "\n".join([",".join(HEAD), *(",".join(ROW) for _ in range(20_001))])
    assert mistakes(sheet(tmp_path, text)) == [(0, "", "超过20000行，请拆分后导入", "")]


def test_a_formula_is_written_as_text_and_comes_back(tmp_path: Path) -> None:
    unit = Unit("u", "=HYPERLINK(1)")
    account = Account("weibo-1", "weibo", "@SUM(1)", unit, (Source("weibo", "1"),), note="'-1")
    register = Register((unit,), (account,))
    target = tmp_path / "a.csv"
    write_register(target, register)
    assert ",=HYPERLINK" not in target.read_text("utf-8-sig")
    assert read_register(target) == register


def test_yaml_keeps_leading_zeros_and_names_the_line_of_a_mistake(tmp_path: Path) -> None:
    target = tmp_path / "a.yaml"
    text = """units:
- {key: jyj, name: 教育局, kind: city_department}
accounts:
- {name: 甲, platform: weibo, platform_id: 0123, unit: jyj, lead: {name: 王, phone: 0898123}}
- {name: 乙, platform: weibo, platform_id: 5, unit: jyy, nmae: x}
"""
    target.write_text(text)
    assert [(row, column) for row, column, *_ in mistakes(target)] == [(5, "nmae"), (5, "unit")]
    target.write_text(text.rsplit("\n", 2)[0])
    (account,) = read_register(target).accounts
    assert (account.platform_id, account.lead.phone) == ("0123", "0898123")


words = (
    st.text(
        st.characters(blacklist_categories=("Cs", "Cc", "Cn", "Zl", "Zp")), min_size=1, max_size=12
    )
    .map(str.strip)
    .filter(bool)
)
maybe = st.one_of(st.just(""), words)
idents = st.from_regex(r"[0-9A-Za-z_-]{1,12}", fullmatch=True).filter(
    lambda text: "e" not in text.lower() and text != "-"
)
days = st.none() | st.dates()
units = st.builds(Unit, idents, words, st.sampled_from(UnitKind), maybe, maybe, maybe)
people = st.builds(Person, maybe, maybe, idents | st.just(""))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
sources = st.builds(Source, idents, words, st.dictionaries(words, json_values, max_size=3))
exemptions = st.builds(
    Exemption, st.lists(words, min_size=1, max_size=3).map(tuple), words, words, days
)


@st.composite
def registers(draw: st.DrawFn) -> Register:
    known = draw(st.lists(units, min_size=1, max_size=4, unique_by=lambda unit: unit.key))
    made = st.builds(
        Account,
        key=idents,
        platform=st.sampled_from(sorted(PLATFORMS)),
        name=words,
        unit=st.sampled_from(known),
        sources=st.lists(sources, max_size=3).map(tuple),
        url=maybe,
        platform_id=idents | st.just(""),
        filed_state=st.sampled_from(FiledState),
        opened_on=days,
        approved_on=days,
        filed_on=days,
        filed_subject=maybe,
        verified=st.none() | st.booleans(),
        followers=st.none() | st.integers(0, 10**12),
        lead=people,
        contact=people,
        section=maybe,
        email=maybe,
        reason=maybe,
        exemptions=st.lists(exemptions, max_size=2).map(tuple),
        note=maybe,
        enabled=st.booleans(),
    )
    accounts = draw(st.lists(made, max_size=5, unique_by=lambda account: account.key))
    return Register(tuple(sorted(known, key=lambda unit: unit.key)), tuple(accounts))


@pytest.mark.parametrize("kind", KINDS)
@given(register=registers())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_exported_is_imported_as_it_was(
    tmp_path: Path, kind: str, register: Register
) -> None:
    target = tmp_path / f"a.{kind}"
    write_register(target, register)
    assert read_register(target) == register


def test_an_account_without_sources_stays_so(tmp_path: Path) -> None:
    found = read_register(book(tmp_path, HEAD, ROW))
    bare = Register(found.units, (replace(found.accounts[0], sources=()),))
    for kind in KINDS:
        write_register(tmp_path / f"a.{kind}", bare)
        assert read_register(tmp_path / f"a.{kind}") == bare
