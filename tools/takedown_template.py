"""Builds config/templates/takedown.docx, the template of letters to platforms (关停函).

Run `python -m tools.takedown_template`; offices may then edit the file in Word. What stands in
double braces is filled in by the program (docxtpl); watcher/takedown_letter.py names every field.
Its layout is that of tools/letterhead.py.
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
    page,
    right,
)

TARGET = Path(__file__).parents[1] / "config" / "templates" / "takedown.docx"
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
    "　　　2．{{ archive }}",
    "　　　3．备案证明",
    "　　　4．授权（主办单位说明）",
)


def build() -> Letter:
    """The template as a document."""
    made = Document()
    page(made)
    fonts(made)
    line(made, "{{ office }}", HEADING, LARGE, WD_ALIGN_PARAGRAPH.CENTER)
    line(made, "", BODY, TEXT)
    line(
        made,
        "关于请依法依规关停假冒政务新媒体账号的函",
        TITLE,
        LARGE,
        WD_ALIGN_PARAGRAPH.CENTER,
    )
    line(made, "{{ number }}", BODY, TEXT, WD_ALIGN_PARAGRAPH.CENTER)
    line(made, "", BODY, TEXT)
    line(made, "{{ company }}：", BODY, TEXT)
    for text in PARAGRAPHS:
        indented(line(made, text, BODY, TEXT))
    line(made, "", BODY, TEXT)
    right(line(made, "{{ office }}（印章）", BODY, TEXT, WD_ALIGN_PARAGRAPH.RIGHT))
    right(line(made, "{{ date }}", BODY, TEXT, WD_ALIGN_PARAGRAPH.RIGHT))
    line(made, "", BODY, TEXT)
    line(made, "抄送：{{ copies }}", BODY, SMALL)
    return made


def main() -> None:
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    build().save(str(TARGET))


if __name__ == "__main__":
    main()
