"""Word and Excel as they are made here: stamped, the same each time, and safe."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml import parse_xml
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from openpyxl import load_workbook

from watcher.reports import charts
from watcher.reports.period import quarter
from watcher.reports.sheet import Field, Sheet, workbook
from watcher.reports.stamp import Scope, Stamp, StampError, digest_of, read, written
from watcher.reports.template import Picture, TemplateProblemError, render
from watcher.reports.word import CELL, Column, finished, paragraphs, stamp_of, table

AT = datetime(2026, 10, 8, 1, 5, tzinfo=UTC)
STAMP = Stamp("quarterly", Scope(quarter(2026, 3), office="city_office"), AT, "0.1.0", "ab" * 32)
EVIL = '=HYPERLINK("http://x","y")'


def _template(path, *lines):
    made = Document()
    for line in lines:
        made.add_paragraph(line)
    made.save(path)
    return path


def test_rows_are_as_high_as_their_text_in_every_program():
    fields = (Field("序号", 5, "ordinal"), Field("名称", 20), Field("码", 4, hidden=True))
    rows = [(1, "短", "x" * 400), (2026, "很长的名称" * 20, ""), (3, "三\n行\n字", "")]
    book = load_workbook(BytesIO(workbook([Sheet("表", "题", fields, rows)], STAMP, "题")))
    page = book["表"]
    heights = [page.row_dimensions[row].height for row in (3, 4, 5)]
    assert heights[0] is None
    assert heights[1] > 120
    assert 40 < heights[2] < 50
    most = workbook([Sheet("表", "题", fields, [(1, "名" * 32_000, "")])], STAMP, "题")
    assert load_workbook(BytesIO(most))["表"].row_dimensions[3].height <= 409


def test_numbers_have_no_point_without_a_fraction_and_years_no_comma():
    fields = (Field("年度", 8, "ordinal"), Field("粉丝", 8, "number"), Field("均", 8, "number"))
    body = workbook([Sheet("表", "题", fields, [(2026, 128000, 1.5)])], STAMP, "题")
    row = load_workbook(BytesIO(body))["表"][3]
    assert [cell.number_format for cell in row] == ["0", "#,##0", "#,##0.0#"]
    assert [cell.value for cell in row] == [2026, 128000, 1.5]


def test_the_title_has_no_lines_of_the_table_through_it():
    body = workbook([Sheet("表", "题", (Field("甲"), Field("乙")), [("a", "b")])], STAMP, "题")
    page = load_workbook(BytesIO(body))["表"]
    assert page.cell(1, 1).border.left.style is None
    with ZipFile(BytesIO(body)) as parts:
        assert re.search(r'<row r="1" [^>]*customFormat="1"', _text(parts))


def _text(parts):
    return parts.read("xl/worksheets/sheet1.xml").decode()


def test_a_stamp_is_read_back_as_it_was_written():
    assert read(written(STAMP)) == STAMP
    assert read(written(replace(STAMP, scope=Scope(shared=True)))).scope == Scope(shared=True)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kind": 1}', "x" * 5000, '{"scope": null}'])
def test_a_stamp_that_was_tampered_with_is_no_stamp(text):
    with pytest.raises(StampError):
        read(text)


def test_the_digest_does_not_depend_on_the_order_of_keys():
    assert digest_of({"a": 1, "b": {2, 1}}) == digest_of({"b": {1, 2}, "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})


def test_a_finished_document_carries_its_stamp_and_is_the_same_each_time(tmp_path):
    template = _template(tmp_path / "t.docx", "{{ office }}")
    once, again = (
        finished(render(template, {"office": "甲"}, {"office": "主管单位"}, ()), STAMP, "题")
        for _ in range(2)
    )
    assert once == again
    assert stamp_of(once) == STAMP
    assert {info.date_time for info in ZipFile(BytesIO(once)).infolist()} == {
        (2026, 10, 8, 9, 5, 0)
    }


def test_a_stamp_replaces_the_one_before_and_leaves_other_properties(tmp_path):
    template = _template(tmp_path / "t.docx", "{{ office }}")
    first = finished(render(template, {"office": "甲"}, {"office": ""}, ()), STAMP, "题")
    other = replace(STAMP, digest="cd" * 32)
    assert stamp_of(finished(first, other, "题")) == other


def test_a_file_that_is_not_ours_has_no_stamp(tmp_path):
    plain = _template(tmp_path / "t.docx", "x").read_bytes()
    for body in (plain, b"", b"PK\x03\x04", b"x" * 100):
        with pytest.raises(StampError):
            stamp_of(body)


def test_a_broken_template_names_its_placeholder(tmp_path):
    known = {"office": "主管单位", "rows": "明细"}
    for line, said in (
        ("{{ offise }}", "offise"),
        ("{{ office", "占位符写法有误"),
        ("{% for row in rows %}{{ row.nme }}{% endfor %}", "nme"),
        ("", r"缺少 \{\{ office \}\}（主管单位）"),
    ):
        template = _template(tmp_path / "t.docx", line)
        with pytest.raises(TemplateProblemError, match=said) as caught:
            render(
                template,
                {"office": "甲", "rows": [{"name": 1}]},
                known,
                ("office",) if not line else (),
            )
        assert str(template) in str(caught.value)


def test_a_template_that_is_no_word_file_is_named(tmp_path):
    (tmp_path / "t.docx").write_bytes(b"%PDF-1.7")
    with pytest.raises(TemplateProblemError, match="不是 Word 文档"):
        render(tmp_path / "t.docx", {}, {}, ())


def test_a_template_cannot_reach_into_python(tmp_path):
    template = _template(tmp_path / "t.docx", "{{ office.__class__.__mro__ }}")
    with pytest.raises(TemplateProblemError):
        render(template, {"office": "甲"}, {"office": ""}, ())


@given(st.text(max_size=200))
def test_whatever_a_stranger_wrote_stays_text_in_a_table(text):
    made = table((Column("名称", 30), Column("数", 20, number=True)), [(text, 3)])
    root = parse_xml(
        f'<w:body xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{made}</w:body>'
    )
    texts = [each.text or "" for each in root.iter("{*}t")]
    assert len(texts) == 4
    assert len(texts[2]) <= CELL


def test_a_table_without_rows_says_so_and_its_heading_is_repeated():
    made = table((Column("名称", 30), Column("数", 20)), [])
    assert "无" in made
    assert "<w:tblHeader/>" in made


def test_tables_pictures_and_paragraphs_stand_where_the_template_has_them(tmp_path):
    template = _template(tmp_path / "t.docx", "{{p body }}", "{{p list }}", "{{ chart }}")
    with charts.in_chinese():
        figure, axes = charts.drawing(80, 40)
        axes.plot([1, 2])
        png = charts.png(figure)
    fields = {
        "body": paragraphs(["一、<总体>情况", "二"]),
        "list": table((Column("名称", 30),), [["三亚发布"], [EVIL]]),
        "chart": Picture(png, 80),
    }
    made = Document(BytesIO(render(template, fields, dict.fromkeys(fields, ""), ())))
    assert [cell.text for row in made.tables[0].rows for cell in row.cells] == [
        "名称",
        "三亚发布",
        EVIL,
    ]
    assert made.paragraphs[0].text == "一、<总体>情况"
    assert len(made.inline_shapes) == 1
    assert isinstance(fields["body"], Markup)


def test_the_same_numbers_give_the_same_chart():
    one, other = (charts.bars({"新浪微博": 97.4, "抖音": None}, "合格率", "%") for _ in range(2))
    assert one == other
    assert one.startswith(b"\x89PNG")


def _book(rows, fields=None, **about):
    fields = fields or (Field("名称", 20), Field("数", 8, "number"), Field("日", 12, "day"))
    sheets = [Sheet("总台账", "三亚市", fields, rows, **about)]
    return workbook(sheets, STAMP, "台账")


def test_no_cell_of_a_workbook_is_a_formula_and_dates_are_dates():
    rows = [[EVIL, 3, date(2026, 9, 30)], ["+1", None, None], ["@x", 0, None]]
    page = load_workbook(BytesIO(_book(rows)))["总台账"]
    assert [page.cell(row, 1).value for row in (3, 4, 5)] == [EVIL, "+1", "@x"]
    assert {page.cell(row, 1).data_type for row in (3, 4, 5)} == {"s"}
    assert page.cell(3, 3).value == datetime(2026, 9, 30)  # noqa: DTZ001
    assert page.cell(4, 2).value is None
    assert page.freeze_panes is not None


def test_a_moment_is_written_as_beijing_has_it():
    fields = (Field("何时", 16, "moment"),)
    page = load_workbook(BytesIO(_book([[AT]], fields)))["总台账"]
    assert page.cell(3, 1).value == datetime(2026, 10, 8, 9, 5)  # noqa: DTZ001


def test_a_workbook_carries_its_stamp_and_is_the_same_each_time():
    once, again = _book([["甲", 1, None]]), _book([["甲", 1, None]])
    assert once == again
    assert stamp_of(once) == STAMP


@given(st.text(max_size=300))
def test_whatever_a_stranger_wrote_stays_text_in_a_cell(text):
    page = load_workbook(BytesIO(_book([[text, 1, None]])))["总台账"]
    assert page.cell(3, 1).data_type in ("s", "n", "inlineStr")  # empty text reads as no cell
    assert page.cell(3, 2).value == 1


def test_an_empty_list_still_has_its_heading():
    page = load_workbook(BytesIO(_book([], paper="A3")))["总台账"]
    assert [cell.value for cell in page[2]] == ["名称", "数", "日"]
    assert page.page_setup.paperSize == 8  # A3


def test_a_template_that_is_not_there_is_called_so_and_not_broken(tmp_path):
    with pytest.raises(TemplateProblemError) as caught:
        render(tmp_path / "gone.docx", {}, {}, ())
    assert "没有模板" in str(caught.value)
    assert "gone.docx" in str(caught.value)
    assert "损坏" not in str(caught.value)


def test_the_text_beside_a_bar_stands_inside_the_picture():
    from PIL import Image

    note = "（123456/123456）"
    for values in ({"甲": 100.0, "乙": 3.0}, {"很长的平台名称" * 3: 100.0}, {"甲": 0.0}):
        drawn = charts.bars(values, "合格率", "%", [note] * len(values))
        picture = Image.open(BytesIO(drawn)).convert("L")
        edge = picture.crop((picture.width - 4, 0, picture.width, picture.height - 90))
        assert edge.getextrema()[0] > 200  # nothing dark at the right edge


def test_a_hostile_name_is_drawn_as_text():
    names = ("$\\frac{$", "名\x00\x0b\u202e反", "=cmd()", "长" * 200)
    assert charts.bars(dict.fromkeys(names, 1), "题", "个").startswith(b"\x89PNG")
    assert charts.short("名\x00反") == "名 反"
    assert len(charts.short("长" * 200)) == 16
