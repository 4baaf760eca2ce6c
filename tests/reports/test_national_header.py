"""The columns of the national system's template, written down for national.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from tests.program import Run, place, run
from watcher.filing_national import KNOWN, export_of
from watcher.national_header import columns_in
from watcher.register.values import RegisterError
from watcher.reports.national import columns_of

__all__ = ["place", "run"]  # fixtures

CONFIG = Path("config/national.yaml")
HEADINGS = ("序号", "新媒体名称", "新媒体类型", "主办单位", "开设日期", "注销时间", "是否开通评论")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return written(tmp_path / "模板.xlsx", HEADINGS)


def written(path: Path, headings: tuple[Any, ...]) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["政务新媒体报送表格模版"])
    page.append(headings)
    page.append(["填表说明"])
    book.save(path)
    return path


def test_the_header_of_a_template_becomes_columns_in_its_order(template: Path) -> None:
    found = yaml.safe_load(columns_in(template, CONFIG))
    columns, mistakes = columns_of(found["export"], "national.yaml", KNOWN)
    assert mistakes == ()
    assert tuple(each.heading for each in columns) == HEADINGS
    assert [each.name for each in columns] == [
        *("number", "name", "platform", "unit", "opened_on", "closed_on", ""),
    ]
    assert columns[5].form == "YYYY-MM-DD"


def test_a_column_that_is_there_keeps_its_words_and_formats(template: Path) -> None:
    ours = {each.heading: each for each in export_of(CONFIG)}
    found = yaml.safe_load(columns_in(template, CONFIG))
    columns, _ = columns_of(found["export"], "national.yaml", KNOWN)
    assert next(each for each in columns if each.name == "platform") == ours["新媒体类型"]


def test_hostile_headings_stay_headings_and_doubled_ones_are_told(tmp_path: Path) -> None:
    evil = ("新媒体名称", "主办单位", '"]}\n- {x: y', "主办单位")
    text = columns_in(written(tmp_path / "t.xlsx", evil), CONFIG)
    assert "出现了两次" in text
    headings = [each["heading"] for each in yaml.safe_load(text)["export"]["columns"]]
    assert headings == ["新媒体名称", "主办单位", '"]} - {x: y']


@pytest.mark.parametrize("headings", [("甲", "乙"), ("新媒体名称",), ()])
def test_a_file_without_a_header_is_refused(tmp_path: Path, headings: tuple[str, ...]) -> None:
    with pytest.raises(RegisterError, match="找不到表头"):
        columns_in(written(tmp_path / "t.xlsx", headings), CONFIG)


def test_an_old_spreadsheet_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "t.xls").write_bytes(b"\xd0\xcf")
    with pytest.raises(RegisterError, match=r"另存为 \.xlsx"):
        columns_in(tmp_path / "t.xls", CONFIG)


def test_the_command_writes_what_can_be_pasted(place: Path, run: Run, template: Path) -> None:
    done = run("report", "national-columns", str(template))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("export:\n  columns:\n")
    done = run("report", "national-columns", "nowhere.xlsx")
    assert done.returncode == 2
    assert "nowhere.xlsx" in done.stderr
    assert "没有这个文件" in done.stderr
