"""账号档案: what it says of an account, and what it leaves open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from docx import Document

from tests.store.given import FULL
from tools.dossier_template import build
from watcher.annual import Problem
from watcher.calendar import load_calendar
from watcher.filing_columns import KINDS
from watcher.history import Entered, History, Month, Package, Published, Shown, Vouched
from watcher.report_dossier import entered_text
from watcher.reports.dossier import FIELDS, NEEDED, Register, fields_of
from watcher.reports.inspection_facts import Speech
from watcher.reports.stamp import Scope, Stamp, digest_of
from watcher.reports.template import render
from watcher.reports.word import finished

AT = datetime(2026, 11, 1, tzinfo=UTC)
TEMPLATE = Path("config/templates/dossier.docx")
SPEECH = Speech(lambda code: "新浪微博", str, KINDS, load_calendar(None))
ROW = {"name": FULL.name, "platform": FULL.platform}
EMPTY = History("weibo-7", ROW, FULL.unit, None)
REGISTER = Register([("账号名称", FULL.name), ("工作负责人电话", "（已遮盖）")])


def text_of(found, register=REGISTER):
    stamp = Stamp("dossier", Scope(account=found.key), AT, "0.1.0", digest_of(found))
    fields = fields_of(found, register, SPEECH, AT, stamp.line)
    made = finished(render(TEMPLATE, fields, FIELDS, NEEDED), stamp, "题")
    body = Document(BytesIO(made)).element.body
    return "\n".join("".join(t.text or "" for t in p.iter("{*}t")) for p in body.iter("{*}p"))


def test_the_shipped_template_is_what_the_tool_makes():
    made = BytesIO()
    build().save(made)
    texts = [[p.text for p in Document(each).paragraphs] for each in (made, TEMPLATE)]
    assert texts[0] == texts[1]


def test_an_account_nobody_has_read_yet_is_judged_in_nothing():
    said = text_of(EMPTY)
    assert "尚未采集到该账号的公开资料" in said
    assert "没有采集记录，不作判断" in said
    assert "未结问题0个" in said


def test_everything_that_is_known_stands_in_it():
    found = replace(
        EMPTY,
        shown=(Shown(AT, None, "三亚教育", None, True, "三亚市教育局", None),),
        months=(Month("2026-10", 4, 30, 31),),
        posts=(Published(AT, "=1+1", "", AT, AT + timedelta(days=1)),),
        posts_known=200,
        vouched=(Vouched(AT, "王五", AT, None, "ab" * 32),),
        packages=(Package(12, AT, "case", "UPD-04-261101-abcdef", "cd" * 32, True),),
    )
    entered = Entered(AT, "李四", {"name": "旧", "url": "x"}, {"name": "新", "url": ""})
    said = text_of(found, replace(REGISTER, entered=[(AT, "李四", entered_text(entered))]))
    for words in (
        "自2026年11月1日8时00分起显示名称“三亚教育”，认证：是",
        "账号名称：旧→新；访问链接",
        "已知共200条，此处列最近1条",
        "=1+1",
        "已删",
        "未见发布",
        "UPD-04-261101-abcdef",
        "已到期",
        "（已遮盖）",
    ):
        assert words in said


def test_personal_numbers_in_a_bio_are_covered():
    shown = Shown(AT, None, "名", "电话13800138000", None, None, None)
    said = text_of(replace(EMPTY, shown=(shown,)))
    assert "13800138000" not in said
    assert "未采集到" in said


def test_a_change_of_the_register_is_told_in_its_own_words() -> None:
    def text(before, after):
        return entered_text(Entered(AT, "李四", before, after))

    assert text(None, {"name": "新"}) == "录入"
    assert text({"filed_state": "active"}, {"filed_state": "suspended"}) == "运行状态：正常→关停"
    assert text({"verified": None}, {"verified": True}) == "认证：未登记→是"
    person = {"name": "李局", "post": "", "phone": "13800001234"}
    assert (
        text({"lead": {}, "email": "a"}, {"lead": person, "email": "b"}) == "电子邮箱；工作负责人"
    )


def problem(**changes):
    values = {
        "number": "UPD-04-1",
        "rule": "UPD-04",
        "article": "《办法》第十二条",
        "account": None,
        "subject": "",
        "opened_at": AT,
        "told_at": AT,
        "due_on": None,
        "feedback_at": None,
        "rechecked_at": None,
        "closed_at": None,
        "closing": "",
        "dismissed": False,
        "measures": (),
        "said": "",
        "evidence": None,
    }
    return Problem(**values | changes)


def test_the_last_letter_about_each_problem_stands_in_it() -> None:
    told = problem(told_at=AT, said="【更新预警】请联系13800001234")
    said = text_of(replace(EMPTY, problems=(told, problem(number="UPD-04-2", told_at=None))))
    assert "【更新预警】请联系138" in said
    assert "13800001234" not in said
    assert said.count("UPD-04-2") == 1
