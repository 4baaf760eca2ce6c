"""How the templates of documents are laid out: paper, faces, lines (GB/T 9704-2012).

小标宋 for titles, 仿宋 for text, 黑体 and 楷体 for headings, with fonts that every machine has
named behind them; none is shipped.
"""

from __future__ import annotations

from typing import Any

from docx.document import Document as Letter
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

TITLE, BODY, HEADING, SUBHEADING = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"
LATIN = "Times New Roman"
# What Word and LibreOffice take where a face is not installed (w:altName of the font table).
FALLBACK = {TITLE: "宋体", BODY: "仿宋", HEADING: "黑体", SUBHEADING: "楷体"}
TEXT, SMALL, LARGE = 16.0, 14.0, 22.0  # points: 三号, 四号, 二号
LINE = 28.0  # points from line to line: 22 lines a page


def page(made: Letter) -> None:
    """A4 with the type area of GB/T 9704: 156 by 225 mm."""
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)


def fonts(made: Letter) -> None:
    """The normal style, and the fonts to take where ours are not installed."""
    style = made.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(TEXT)
    faced(style.element.get_or_add_rPr(), BODY)
    for language in style.element.rPr.findall(qn("w:lang")):
        style.element.rPr.remove(language)
    language = OxmlElement("w:lang")  # else points stand where Japanese has them
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")
    style.element.rPr.append(language)
    part = next(
        rel.target_part for rel in made.part.rels.values() if rel.reltype.endswith("/fontTable")
    )
    known = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in FALLBACK.items()
    )
    part._blob = part.blob.replace(b"</w:fonts>", f"{known}</w:fonts>".encode())


def line(
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
    form.keep_with_next = face == HEADING
    form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    form.line_spacing = Pt(LINE if size <= TEXT else LINE + 8)
    run = paragraph.add_run(text)
    run.font.name, run.font.size = LATIN, Pt(size)
    faced(run._element.get_or_add_rPr(), face)
    return paragraph


def faced(properties: Any, face: str) -> None:
    """Name the face of Chinese characters."""
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), face)


def indented(paragraph: Paragraph) -> None:
    """Two characters, whatever their size; long addresses may break inside."""
    properties = paragraph._p.get_or_add_pPr()
    indent = properties.get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), str(int(TEXT * 2 * 20)))
    wrap = OxmlElement("w:wordWrap")
    wrap.set(qn("w:val"), "0")
    properties.insert_element_before(wrap, "w:spacing", "w:ind", "w:jc")  # in Word's order


def right(paragraph: Paragraph) -> None:
    """Four characters from the right edge, as a signature stands."""
    paragraph.paragraph_format.right_indent = Pt(TEXT * 4)


def numbered(made: Letter) -> None:
    """— 页码 — at the foot of every page, as official papers have it."""
    paragraph = made.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, kind in (("— ", ""), ("PAGE", "begin"), ("", "end"), (" —", "")):
        run = paragraph.add_run("" if kind else text)
        run.font.name, run.font.size = LATIN, Pt(SMALL)
        faced(run._element.get_or_add_rPr(), "宋体")
        if kind:
            sign = OxmlElement("w:fldChar")
            sign.set(qn("w:fldCharType"), kind)
            run._element.append(sign)
        if text == "PAGE":
            code = OxmlElement("w:instrText")
            code.text = text
            run._element.append(code)


def annex(made: Letter, number: int, title: str) -> None:
    """附件N on a page of its own, its title below it (GB/T 9704, 7.3.8)."""
    head = line(made, f"附件{number}", HEADING, TEXT)
    head.paragraph_format.page_break_before = number > 1
    below = line(made, title, TITLE, LARGE, WD_ALIGN_PARAGRAPH.CENTER)
    below.paragraph_format.keep_with_next = True


def landscape(made: Letter) -> Section:
    """From here on the pages lie, for the wide tables of annexes."""
    section = made.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.top_margin, section.bottom_margin = Mm(26), Mm(22)
    section.left_margin = section.right_margin = Mm(20)
    return section
