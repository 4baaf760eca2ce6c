"""Builds config/templates/dossier.docx, the template of an account's file (一账号一档).

Run `python -m tools.dossier_template`; offices may then edit the file in Word. What stands in
double braces is filled in by the program; watcher/reports/dossier.py names every field.
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
    fonts,
    indented,
    line,
    numbered,
    page,
)

TARGET = Path(__file__).parents[1] / "config" / "templates" / "dossier.docx"
CENTER = WD_ALIGN_PARAGRAPH.CENTER
PARTS = (
    ("一、台账信息", ("register",)),
    ("二、现状", ("now",)),
    ("三、备案事项", ("events",)),
    ("四、账号资料的变化", ("shown",)),
    ("五、更新情况", ("updating", "months", "posts")),
    ("六、问题", ("problems",)),
    ("七、人工核验", ("vouched",)),
    ("八、证据清单", ("packages",)),
    ("九、台账变更记录", ("entered",)),
)


def build() -> Letter:
    """The template as a document."""
    made = Document()
    page(made)
    fonts(made)
    numbered(made)
    line(made, "政务新媒体账号档案", TITLE, LARGE, CENTER)
    line(made, "{{ name }}（{{ platform }}）", HEADING, TEXT, CENTER)
    line(made, "{{ unit }}　截至{{ date }}", BODY, TEXT, CENTER)
    for title, fields in PARTS:
        indented(line(made, title, HEADING, TEXT))
        for name in fields:
            made.add_paragraph(f"{{{{p {name} }}}}")
    indented(
        line(
            made,
            "未采集到的不作判断；证据包可用 watcher evidence verify 核对。",
            BODY,
            SMALL,
        )
    )
    line(made, "{{ stamp }}", BODY, SMALL - 3)
    return made


def main() -> None:
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    build().save(str(TARGET))


if __name__ == "__main__":
    main()
