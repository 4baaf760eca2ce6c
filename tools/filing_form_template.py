"""Builds config/templates/filing_form.docx: 三亚市政务新媒体备案登记表, the regulation's annex.

Run `python -m tools.filing_form_template`; offices may then edit the file in Word. Rows, wording,
boxes and the fixed sentence stand as the annex has them; what stands in double braces is filled in
by the program (docxtpl); watcher/reports/form.py names every field.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from docx import Document
from docx.document import Document as Letter
from docx.enum.table import WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from tools.letterhead import BODY, LATIN, TITLE, faced, fonts

TARGET = Path(__file__).parents[1] / "config" / "templates" / "filing_form.docx"
LARGE, TEXT, SMALL = 22.0, 12.0, 10.5  # points: 二号, 小四, 五号
WIDTHS = (34, 50, 34, 48)  # millimetres of the four columns
BLANK_DAY = "年     月     日"
SENTENCE = (
    "已知本单位在网络公共平台开设此政务新媒体账号，并建立有关管理制度，"
    "明确对此账号及发布内容负有管理责任。"
)
TYPES = (
    "{{ box_weibo }}新浪微博   {{ box_wechat }}微信（ {{ box_wechat_service }}服务号 "
    "{{ box_wechat_subscription }}订阅号 {{ box_wechat_miniprogram }}小程序 "
    "{{ box_wechat_channels }}视频号）",
    "{{ box_meipian }}美篇     {{ box_app }}移动客户端（APP）   {{ box_douyin }}抖音短视频"
    "    {{ box_kuaishou }}快手短视频",
    "{{ box_weishi }}腾讯微视   {{ box_toutiao }}今日头条    {{ box_renminhao }}人民号"
    "    {{ box_baijiahao }}百家号    {{ box_neteasehao }}网易号",
    "{{ box_sohuhao }}搜狐号     {{ box_dayuhao }}大鱼号      {{ box_yidianhao }}一点号"
    "    {{ box_pengpaihao }}澎湃号    {{ box_qiehao }}企鹅号",
    "{{ box_nanfanghao }}南方号     {{ box_other }}其他{{ other_name }}",
)
# label, height of its row in millimetres, what stands beside it: lines, True for one at the right
WIDE: Sequence[tuple[str, float, Sequence[tuple[str, bool]]]] = (
    ("账号类型", 32, [(each, False) for each in TYPES]),
    ("负责科室\n电子邮箱", 14, [("{{ section }}", False), ("{{ email }}", False)]),
    ("访问链接", 12, [("{{ url }}", False)]),
    ("开设、变更、关停、整合理由", 24, [("{{ reason }}", False)]),
    (
        "主办单位\n意见",
        36,
        [
            (SENTENCE, False),
            ("", False),
            ("主要负责人签字：                    （加盖印章）", False),
            (BLANK_DAY, True),
        ],
    ),
    (
        "主管单位\n意见",
        32,
        [
            ("负责人签字：", False),
            ("", False),
            ("（加盖印章）", True),
            (BLANK_DAY, True),
        ],
    ),
)


def build() -> Letter:
    """The form as a document, one page of A4."""
    made = Document()
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(18), Mm(12)
    section.left_margin = section.right_margin = Mm(22)
    fonts(made)
    _text(made.add_paragraph(), "三亚市政务新媒体备案登记表", TITLE, LARGE, centre=True, after=4)
    head = "单位名称：{{ unit }}（盖章）          填表时间：{{ filled_on }}"
    _text(made.add_paragraph(), head, BODY, TEXT, after=3)
    _rows(made)
    _text(made.add_paragraph(), "注：填表单位为政务新媒体主办单位", BODY, SMALL)
    return made


def _rows(made: Letter) -> None:
    table = made.add_table(rows=7 + len(WIDE), cols=4)
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    _laid_out(table)
    pairs = (
        ("账号名称", "{{ name }}", "创建/注册日期", "{{ opened_on }}"),
        ("账号主体", "{{ subject }}", "运行状态", "{{ box_active }}正常 {{ box_closed }}关停注销"),
        (
            "关注量/粉丝量",
            "{{ followers }}",
            "是否通过认证",
            "{{ box_verified }}是   {{ box_unverified }}否",
        ),
    )
    for row, words in enumerate(pairs):
        for at, word in enumerate(words):
            _cell(table.cell(row, at), [(word, False)], centre=True)
        _height(table, row, 11)
    _person(table, 3, "政务新媒体\n工作负责人", "lead")
    _person(table, 5, "政务新媒体\n工作联系人", "contact")
    for row, (label, height, lines) in enumerate(WIDE, start=7):
        beside = table.cell(row, 1).merge(table.cell(row, 3))
        _cell(table.cell(row, 0), [(each, False) for each in label.split("\n")], centre=True)
        _cell(beside, lines)
        _height(table, row, height)


def _person(table: Table, row: int, label: str, who: str) -> None:
    """Two rows: the name over both, post and telephone beside."""
    words = [(each, False) for each in label.split("\n")]
    _cell(table.cell(row, 0).merge(table.cell(row + 1, 0)), words, centre=True)
    name = table.cell(row, 1).merge(table.cell(row + 1, 1))
    _cell(name, [(f"{{{{ {who}_name }}}}", False)], centre=True)
    for at, (word, field) in enumerate((("职务", "post"), ("联系电话", "phone"))):
        _cell(table.cell(row + at, 2), [(word, False)], centre=True)
        _cell(table.cell(row + at, 3), [(f"{{{{ {who}_{field} }}}}", False)], centre=True)
        _height(table, row + at, 9)


def _laid_out(table: Table) -> None:
    """Fixed widths: what is long breaks inside its cell."""
    table.autofit = False
    for column, width in zip(table.columns, WIDTHS, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _height(table: Table, row: int, millimetres: float) -> None:
    table.rows[row].height = Mm(millimetres)
    table.rows[row].height_rule = WD_ROW_HEIGHT_RULE.AT_LEAST


def _cell(cell: _Cell, lines: Sequence[tuple[str, bool]], centre: bool = False) -> None:
    """Lines of a cell, in the middle of its height; `True` sets one at the right."""
    middle = OxmlElement("w:vAlign")
    middle.set(qn("w:val"), "center")
    cell._tc.get_or_add_tcPr().append(middle)
    for extra in cell.paragraphs[1:]:
        extra._p.getparent().remove(extra._p)
    for at, (text, right) in enumerate(lines):
        paragraph = cell.paragraphs[0] if at == 0 else cell.add_paragraph()
        _text(paragraph, text, BODY, TEXT, centre=centre)
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            paragraph.paragraph_format.right_indent = Pt(TEXT * 2)


def _text(
    paragraph: Paragraph,
    text: str,
    face: str,
    size: float,
    centre: bool = False,
    after: float = 0,
) -> None:
    form = paragraph.paragraph_format
    form.space_before, form.space_after = Pt(0), Pt(after)
    form.line_spacing_rule = WD_LINE_SPACING.SINGLE
    if centre:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    wrap = OxmlElement("w:wordWrap")  # a long address may break inside
    wrap.set(qn("w:val"), "0")
    paragraph._p.get_or_add_pPr().insert(0, wrap)
    run = paragraph.add_run(text)
    run.font.name, run.font.size = LATIN, Pt(size)
    properties = run._element.get_or_add_rPr()
    faced(properties, face)
    properties.get_or_add_rFonts().set(
        qn("w:hint"), "eastAsia"
    )  # boxes and quotes as wide as a character


def main() -> None:
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    build().save(str(TARGET))


if __name__ == "__main__":
    main()
