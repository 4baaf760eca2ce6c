"""Builds config/templates/quarterly.docx and staleness.docx: 季度通报稿 and 更新情况监测报告.

Run `python -m tools.update_templates`; offices may then edit the files in Word. What stands in
double braces is filled in by the program; watcher/reports/quarterly.py and staleness.py name every
field.
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

FOLDER = Path(__file__).parents[1] / "config" / "templates"
CENTER, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
# A heading begins with "#", a block that takes a paragraph of its own with "=", a picture with "^".
QUARTERLY = (
    "各有关单位：",
    "根据《三亚市政务新媒体管理办法》第二十条和《政府网站与政务新媒体检查指标》，{{ office }}对"
    "{{ period }}{{ area }}政务新媒体更新情况进行了监测检查，现将有关情况通报如下。",
    "#一、总体情况",
    "={{p overall }}",
    "{{ recheck }}",
    "={{p platforms }}",
    "^{{ chart_platforms }}",
    "^{{ chart_gaps }}",
    "#二、主要问题",
    "={{p found }}",
    "^{{ chart_weeks }}",
    "#三、提醒情况",
    "={{p reminders }}",
    "#四、工作要求",
    "请有关主办单位对照附表逐项核查整改，健全值班和信息发布审核制度，请于{{ answer_by }}前将整改"
    "情况报{{ office }}；确无力维护的账号，请按《三亚市政务新媒体管理办法》第七条、第八条申请整合、"
    "关停、注销。"
    "请各主管单位加强日常监管，督促整改到位。对监测结果有异议的，请一并反馈并附相关材料。",
    "节假日说明：{{ holidays }}",
)
ANNEXES = (
    ("{{ period }}{{ area }}政务新媒体更新情况表", "{{p annex }}"),
    ("监测方法与局限", "{{p method }}"),
)
STALENESS = (
    "监测时段：{{ span }}；数据截止：{{ cut }}。",
    "#一、总体情况",
    "={{p summary }}",
    "={{p platforms }}",
    "#二、监测方法与局限",
    "={{p method }}",
)
TABLES = (
    ("附表1　连续未更新（按24小时连续计算，节假日不扣除）", "{{p silences }}"),
    ("附表2　自然周未更新（按《办法》第十二条，无工作日的周不计）", "{{p weeks }}"),
    ("附表3　未能完整采集的账号（见不到的时段不作判断）", "{{p blind }}"),
)


def quarterly() -> Letter:
    """The circular with its annex on lying pages."""
    made = _begun("关于{{ period }}{{ area }}政务新媒体", "更新情况的通报")
    for number, text in enumerate(QUARTERLY):
        if number == 0:
            line(made, text, BODY, TEXT)
        else:
            _placed(made, text)
    line(made, "", BODY, TEXT)
    for number, (title, _) in enumerate(ANNEXES, start=1):
        lead = "附件：" if number == 1 else "　　　"
        listed = line(made, f"{lead}{number}．{title}", BODY, TEXT)
        listed.paragraph_format.keep_with_next = True  # down to the signature
        indented(listed)
    _signed(made)
    landscape(made)
    for number, (title, field) in enumerate(ANNEXES, start=1):
        annex(made, number, title)
        made.add_paragraph(field)
    line(made, "{{ stamp }}", BODY, SMALL - 3)
    return made


def staleness() -> Letter:
    """The report of any period."""
    made = _begun("{{ period }}{{ area }}", "政务新媒体更新情况监测报告")
    for text in STALENESS:
        _placed(made, text)
    _signed(made)
    landscape(made)
    for title, field in TABLES:
        line(made, title, HEADING, TEXT)
        made.add_paragraph(field)
    line(made, "{{ stamp }}", BODY, SMALL - 3)
    return made


def _begun(*title: str) -> Letter:
    made = Document()
    page(made)
    fonts(made)
    numbered(made)
    for each in title:
        line(made, each, TITLE, LARGE, CENTER)
    line(made, "", BODY, TEXT)
    return made


def _signed(made: Letter) -> None:
    line(made, "", BODY, TEXT).paragraph_format.keep_with_next = True
    signed = line(made, "{{ office }}", BODY, TEXT, RIGHT)
    signed.paragraph_format.keep_with_next = True
    right(signed)
    right(line(made, "{{ date }}", BODY, TEXT, RIGHT))


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
    FOLDER.mkdir(parents=True, exist_ok=True)
    quarterly().save(str(FOLDER / "quarterly.docx"))
    staleness().save(str(FOLDER / "staleness.docx"))


if __name__ == "__main__":
    main()
