"""Builds config/templates/inspection.docx, the template of 年度专项检查报告 (Art. 25).

Run `python -m tools.inspection_template`; offices may then edit the file in Word. What stands in
double braces is filled in by the program; watcher/reports/inspection.py names every field.
"""

from __future__ import annotations

from pathlib import Path

from docx import Document
from docx.document import Document as Letter
from docx.enum.text import WD_ALIGN_PARAGRAPH

from tools.letterhead import (
    BODY,
    HEADING,
    LARGE,
    SMALL,
    TEXT,
    TITLE,
    annex,
    fonts,
    indented,
    landscape,
    line,
    numbered,
    page,
    right,
)

TARGET = Path(__file__).parents[1] / "config" / "templates" / "inspection.docx"
CENTER = WD_ALIGN_PARAGRAPH.CENTER
# A heading begins with "#", a block that takes a paragraph of its own with "=".
TEXTS = (
    "#一、检查组织",
    "根据《三亚市政务新媒体管理办法》第二十五条，{{ office }}对{{ span }}{{ area }}政务新媒体账号"
    "开设、变更、关停、注销等情况开展年度专项检查，采取技术监测与人工核查相结合的方式。{{ held }}",
    "检查范围为台账所列账号，期末在运行{{ accounts }}。监测覆盖率（有效采集账号日/应采集账号日）为"
    "{{ coverage }}。{{ unseen }}",
    "#二、总体情况",
    "{{ bridge_text }}",
    "={{p by_kind }}",
    "={{p by_platform }}",
    "^{{ chart_platforms }}",
    "#三、程序执行情况",
    "={{p procedures }}",
    "#四、发现问题",
    "={{p found }}",
    "周更新达标率{{ weekly }}，监测覆盖率{{ coverage }}。{{ unjudged }}",
    "^{{ chart_found }}",
    "#五、整改与处置",
    "={{p mended }}",
    "#六、问责建议",
    "（本部分由人工填写。系统只列事实，不作责任认定。）",
    "#七、下年工作建议",
    "={{p advice }}",
)
ANNEXES = (
    ("事项明细", "{{p annex_events }}"),
    ("问题清单", "{{p annex_problems }}"),
    ("拟整合关停建议名单（已证实超过90天未更新，由人工核定）", "{{p annex_silent }}"),
    ("假冒处置台账", "{{p annex_impostors }}"),
    ("监测方法与局限", "{{p method }}"),
)


def build() -> Letter:
    """The template as a document."""
    made = Document()
    page(made)
    fonts(made)
    numbered(made)
    line(made, "关于{{ period }}{{ area }}政务新媒体", TITLE, LARGE, CENTER)
    line(made, "专项检查情况的报告", TITLE, LARGE, CENTER)
    line(made, "", BODY, TEXT)
    for text in TEXTS:
        _placed(made, text)
    line(made, "", BODY, TEXT)
    for number, (title, _) in enumerate(ANNEXES, start=1):
        lead = "附件：" if number == 1 else "　　　"
        listed = line(made, f"{lead}{number}．{title}", BODY, TEXT)
        listed.paragraph_format.keep_with_next = True  # down to the signature
        indented(listed)
    line(made, "", BODY, TEXT).paragraph_format.keep_with_next = True
    signed = line(made, "{{ office }}（印章）", BODY, TEXT, WD_ALIGN_PARAGRAPH.RIGHT)
    signed.paragraph_format.keep_with_next = True
    right(signed)
    right(line(made, "{{ date }}", BODY, TEXT, WD_ALIGN_PARAGRAPH.RIGHT))
    landscape(made)
    for number, (title, field) in enumerate(ANNEXES, start=1):
        annex(made, number, title)
        made.add_paragraph(field)
    line(made, "{{ stamp }}", BODY, SMALL - 3)
    return made


def _placed(made: Letter, text: str) -> None:
    """A paragraph by its first sign."""
    if text.startswith("#"):
        indented(line(made, text[1:], HEADING, TEXT))
    elif text.startswith("="):
        made.add_paragraph(text[1:])
    elif text.startswith("^"):
        made.add_paragraph(text[1:]).alignment = CENTER
    else:
        indented(line(made, text, BODY, TEXT))


def main() -> None:
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    build().save(str(TARGET))


if __name__ == "__main__":
    main()
