"""Builds config/templates/takedown.docx, the template of letters to platforms (关停函).

Run `python -m tools.takedown_template`; offices may then edit the file in Word. What stands in
double braces is filled in by the program (docxtpl); watcher/takedown_letter.py names every field.
The type area, sizes and faces follow GB/T 9704: 小标宋 for the title, 仿宋 for the text, with fonts
that every machine has named behind them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as Letter
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

TARGET = Path(__file__).parents[1] / "config" / "templates" / "takedown.docx"
TITLE, BODY, HEADING = "方正小标宋简体", "仿宋_GB2312", "黑体"
LATIN = "Times New Roman"
# What Word and LibreOffice take where a face is not installed (w:altName of the font table).
FALLBACK = {TITLE: "宋体", BODY: "仿宋", HEADING: "黑体"}
TEXT, SMALL, LARGE = 16.0, 14.0, 22.0  # points: 三号, 四号, 二号
LINE = 28.0  # points from line to line: 22 lines a page

PARAGRAPHS = (
    "经监测并人工核实，贵平台账号“{{ name }}”（账号ID：{{ handle }}，主页：{{ url }}，"
    "认证信息：{{ verified }}{{ followers }}）未经授权使用{{ city }}{{ unit }}的名称、标识或简介，"
    "足以使公众误认为政务账号。{{ real }}具体情形：",
    "{%p for point in points %}",
    "{{ point }}",
    "{%p endfor %}",
    "上述事实有{{ proof }}（采集时间、SHA-256见附件）。",
    "上述行为涉嫌违反《互联网用户账号信息管理规定》关于不得假冒、仿冒、捏造党政军机关、企事业单位"
    "名称、标识的规定。根据《国务院办公厅关于推进政务新媒体健康有序发展的意见》"
    "（国办发〔2018〕123号）和{{ law }}，请贵平台：",
    "一、立即关停该账号并停止其传播；",
    "二、保存注册主体、登录及发布记录，配合有关部门依法查询；",
    "三、防止以相同或近似名称重新注册；",
    "四、于收函后24小时内反馈受理情况、3个工作日内书面反馈处置结果。",
    "本函经贵平台下列渠道送达：{{ channel }}",
    "联系人：{{ contact }}　电话：{{ phone }}",
    "附件：1．账号对比表",
    "　　　2．截图及网页存档",
    "　　　3．备案证明",
    "　　　4．授权（主办单位说明）",
)


def build() -> Letter:
    """The template as a document."""
    made = Document()
    _page(made)
    _fonts(made)
    _line(made, "{{ office }}", HEADING, LARGE, WD_ALIGN_PARAGRAPH.CENTER)
    _line(made, "", BODY, TEXT)
    _line(
        made,
        "关于请依法依规关停假冒政务新媒体账号的函",
        TITLE,
        LARGE,
        WD_ALIGN_PARAGRAPH.CENTER,
    )
    _line(made, "{{ number }}", BODY, TEXT, WD_ALIGN_PARAGRAPH.CENTER)
    _line(made, "", BODY, TEXT)
    _line(made, "{{ company }}：", BODY, TEXT)
    for text in PARAGRAPHS:
        _indented(_line(made, text, BODY, TEXT))
    _line(made, "", BODY, TEXT)
    _right(_line(made, "{{ office }}（印章）", BODY, TEXT, WD_ALIGN_PARAGRAPH.RIGHT))
    _right(_line(made, "{{ date }}", BODY, TEXT, WD_ALIGN_PARAGRAPH.RIGHT))
    _line(made, "", BODY, TEXT)
    _line(made, "抄送：{{ copies }}", BODY, SMALL)
    return made


def _page(made: Letter) -> None:
    """A4 with the type area of GB/T 9704: 156 by 225 mm."""
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)


def _fonts(made: Letter) -> None:
    """The normal style, and the fonts to take where ours are not installed."""
    style = made.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(TEXT)
    _faced(style.element.get_or_add_rPr(), BODY)
    for language in style.element.rPr.findall(qn("w:lang")):
        style.element.rPr.remove(language)
    language = OxmlElement("w:lang")  # else points stand where Japanese has them
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")
    style.element.rPr.append(language)
    part = next(
        rel.target_part for rel in made.part.rels.values() if rel.reltype.endswith("/fontTable")
    )
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in FALLBACK.items()
    )
    part._blob = part.blob.replace(b"</w:fonts>", f"{fonts}</w:fonts>".encode())


def _line(
    made: Letter,
    text: str,
    face: str,
    size: float,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT,
) -> Paragraph:
    paragraph = made.add_paragraph()
    paragraph.alignment = align
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    form.line_spacing = Pt(LINE if size <= TEXT else LINE + 8)
    run = paragraph.add_run(text)
    run.font.name, run.font.size = LATIN, Pt(size)
    _faced(run._element.get_or_add_rPr(), face)
    return paragraph


def _faced(properties: Any, face: str) -> None:
    """Name the face of Chinese characters."""
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), face)


def _indented(paragraph: Paragraph) -> None:
    """Two characters, whatever their size; long addresses may break inside."""
    properties = paragraph._p.get_or_add_pPr()
    indent = OxmlElement("w:ind")
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), str(int(TEXT * 2 * 20)))
    properties.append(indent)
    wrap = OxmlElement("w:wordWrap")
    wrap.set(qn("w:val"), "0")
    properties.insert(0, wrap)


def _right(paragraph: Paragraph) -> None:
    """Four characters from the right edge, as a signature stands."""
    paragraph.paragraph_format.right_indent = Pt(TEXT * 4)


def main() -> None:
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    build().save(str(TARGET))


if __name__ == "__main__":
    main()
