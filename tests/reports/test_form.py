"""备案登记表: as the annex of the regulation has it, and read back as people fill it in."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.program import Run, place, run
from tools.filing_form_template import build
from watcher.filing_desk import Ledger, ledger_of
from watcher.filings import Filing, FilingKind
from watcher.form_import import proposal
from watcher.model import Account, FiledState, Person, Unit, UnitKind
from watcher.register.form import FormRead, event_of, read_form, ticked_words
from watcher.register.form_text import MOST_BYTES, FormError, form_text
from watcher.reports.form import (
    NO_NAME,
    FormFacts,
    closed_by,
    fields_of,
    form_day,
    form_file,
    forms_file,
    reason_of,
)
from watcher.reports.stamp import Scope, Stamp
from watcher.reports.template import TemplateProblemError

__all__ = ["place", "run"]  # fixtures

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "config" / "templates" / "filing_form.docx"
STAMP = Stamp("form", Scope(), datetime(2026, 9, 30, 2, tzinfo=UTC), "1", "ab" * 32)
UNIT = Unit("jyj", "三亚市教育局", UnitKind.CITY_DEPARTMENT)
FORM = FormFacts(
    account="w1",
    unit="三亚市教育局",
    name="三亚教育",
    platform="wechat_subscription",
    platform_name="微信订阅号",
    filled_on=date(2026, 9, 30),
    subject="三亚市教育局",
    opened_on=date(2019, 6, 3),
    followers=12345,
    verified=True,
    lead=Person("陈某", "副局长", "13800001234"),
    contact=Person("王某", "科员", "0898-88271234"),
    section="宣传科",
    email="jyj@sanya.gov.cn",
    url="https://mp.weixin.qq.com/x?a=1&b=2",
    reason="因工作需要，拟开设微信订阅号账号“三亚教育”。",
)
ACCOUNT = Account(
    "w1",
    "wechat_subscription",
    "三亚教育",
    UNIT,
    url=FORM.url,
    opened_on=FORM.opened_on,
    filed_subject=FORM.subject,
    verified=True,
    followers=12345,
    lead=FORM.lead,
    contact=FORM.contact,
    section=FORM.section,
    email=FORM.email,
)


def made(form: FormFacts = FORM) -> bytes:
    return form_file(form, TEMPLATE, STAMP)


def lines(body: bytes) -> str:
    text = form_text(body)
    cells = (cell.text for row in text.rows for cell in row if not cell.goes_on)
    return "\n".join((*text.paragraphs, *cells))


def back(body: bytes) -> FormRead:
    return read_form(form_text(body))


# -- the form ------------------------------------------------------------------------------------


def test_the_rows_and_words_are_those_of_the_annex() -> None:
    regulation = """
    三亚市政务新媒体备案登记表 单位名称：（盖章）填表时间： 账号名称 创建/注册日期
    账号主体 运行状态 □正常 □关停注销 关注量/粉丝量
    是否通过认证 □是 □否 政务新媒体 工作负责人 职务 联系电话
    政务新媒体 工作联系人 职务 联系电话 账号类型 □新浪微博
    □微信（□服务号□订阅号□小程序□视频号）□美篇 □移动客户端（APP）
    □抖音短视频 □快手短视频 □腾讯微视 □今日头条 □人民号 □百家号
    □网易号 □搜狐号 □大鱼号
    □一点号 □澎湃号 □企鹅号 □南方号 □其他__________________________ 负责科室 电子邮箱
    访问链接 开设、变更、关停、整合理由
    主办单位 意见 已知本单位在网络公共平台开设此政务新媒体账号，并建立有关管理制度，
    明确对此账号及发布内容负有管理责任。 主要负责人签字：（加盖印章）年月日
    主管单位 意见 负责人签字：（加盖印章）年月日
    注：填表单位为政务新媒体主办单位"""
    blank = FormFacts("", "", "", "other", "", date(2026, 9, 30))
    text = form_text(made(blank))
    head, note = text.paragraphs[:2], text.paragraphs[-1]
    cells = [cell.text for row in text.rows for cell in row if not cell.goes_on]
    ours = "".join("".join((*head, *cells, note)).split())
    ours = ours.replace("2026年9月30日", "").replace("创建/注册日期年月日", "创建/注册日期")
    ours = ours.replace("☑正常", "□正常").replace("☑其他", "□其他")
    assert ours == "".join(regulation.split())


def test_a_form_of_an_account_is_filled_in() -> None:
    text = lines(made())
    assert "单位名称：三亚市教育局（盖章）" in text
    assert "填表时间：2026年 9月 30日" in text
    assert "2019年 6月 3日" in text
    assert "☑微信（ □服务号 ☑订阅号 □小程序 □视频号）" in text
    assert "□新浪微博" in text
    assert "☑正常 □关停注销" in text
    assert "☑是   □否" in text
    assert "https://mp.weixin.qq.com/x?a=1&b=2" in text
    assert "12345" in text


def test_signatures_seals_and_their_dates_stay_blank() -> None:
    rows = form_text(made()).rows[-2:]
    for row in rows:
        assert "".join(row[-1].text.split()).endswith("年月日")


def test_a_platform_the_form_does_not_name_is_printed_after_other() -> None:
    text = lines(made(replace(FORM, platform="xiaohongshu", platform_name="小红书")))
    assert "☑其他__小红书__" in text
    text = lines(made(replace(FORM, platform="other", platform_name="其他")))
    assert f"☑其他{NO_NAME}" in text
    assert "□微信" in text


def test_what_is_not_known_stays_blank() -> None:
    text = lines(made(replace(FORM, verified=None, followers=None, opened_on=None)))
    assert "□是   □否" in text
    assert "12345" not in text
    assert form_day(None) in text


@pytest.mark.parametrize("state", [FiledState.SUSPENDED, FiledState.DEREGISTERED])
def test_one_box_for_both_ends_and_the_reason_says_which(state: FiledState) -> None:
    account = replace(ACCOUNT, filed_state=state, reason="机构撤销")
    assert closed_by(account, None)
    word = "关停" if state is FiledState.SUSPENDED else "注销"
    assert reason_of(account, None, "微信订阅号", {}) == f"（{word}）机构撤销"


def test_the_reason_is_drafted_from_an_open_filing() -> None:
    change = Filing(
        "F",
        FilingKind.CHANGE,
        "jyj",
        "w1",
        account_name="三亚教育",
        changes={"name": "三亚教育发布"},
        reason="机构改革",
    )
    said = reason_of(ACCOUNT, change, "微信订阅号", {"name": "三亚教育"})
    assert said == (
        "因机构改革，拟变更微信订阅号账号“三亚教育”。账号名称：原“三亚教育”，现“三亚教育发布”。"
    )
    closing = replace(change, kind=FilingKind.DEREGISTER, carried_out_on=date(2026, 9, 30))
    assert "已于2026年 9月 30日注销" in reason_of(ACCOUNT, closing, "微信订阅号", {})
    assert closed_by(ACCOUNT, closing)
    merged = reason_of(ACCOUNT, replace(closing, reason=""), "微信订阅号", {}, keeps="三亚发布")
    assert merged.startswith("因____")
    assert "保留“三亚发布”" in merged


def test_hostile_and_long_words_stay_words() -> None:
    hostile = replace(
        FORM, name="{{ 1+1 }}<w:p/>\x00\x1b&", unit="长" * 200, reason="=cmd\n{% x %}"
    )
    text = lines(made(hostile))
    assert "{{ 1+1 }}<w:p/>" in text
    assert "长" * 200 in text
    assert "{% x %}" in text


def test_the_same_facts_give_the_same_bytes() -> None:
    assert made() == made()
    assert forms_file((FORM, FORM), TEMPLATE, STAMP, b"{}") == forms_file(
        (FORM, FORM), TEMPLATE, STAMP, b"{}"
    )


def test_a_zip_holds_one_form_for_each_account_under_a_safe_name() -> None:
    body = forms_file((FORM, replace(FORM, name="../a/b:c")), TEMPLATE, STAMP, b"{}")
    with zipfile.ZipFile(BytesIO(body)) as parts:
        names = parts.namelist()
        assert names == [
            "001-三亚教育-微信订阅号.docx",
            "002-_a_b_c-微信订阅号.docx",
            "stamp.json",
        ]


def test_an_edited_template_with_a_wrong_placeholder_is_named(tmp_path: Path) -> None:
    document = Document(str(TEMPLATE))
    document.add_paragraph("{{ adress }}")
    path = tmp_path / "form.docx"
    document.save(str(path))
    with pytest.raises(TemplateProblemError, match="adress"):
        form_file(FORM, path, STAMP)


def test_the_shipped_template_is_what_its_generator_makes() -> None:
    made_now = build()
    shipped = Document(str(TEMPLATE))
    assert made_now.element.body.xml == shipped.element.body.xml


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_makes_one_page_of_it(tmp_path: Path) -> None:
    path = tmp_path / "f.docx"
    path.write_bytes(made())
    home = f"-env:UserInstallation=file://{tmp_path}/lo"
    words = ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*words, str(path)], capture_output=True, timeout=55, check=True)
    body = (tmp_path / "f.pdf").read_bytes()
    assert body.startswith(b"%PDF")
    assert re.search(rb"/Count 1\b", body)


# -- reading it back -----------------------------------------------------------------------------


def test_our_own_form_is_read_back_as_it_was() -> None:
    read = back(made())
    assert read.doubts == ()
    assert read.event == "开设"
    assert read.values == {
        "unit": "三亚市教育局",
        "filled_on": date(2026, 9, 30),
        "name": "三亚教育",
        "opened_on": date(2019, 6, 3),
        "subject": "三亚市教育局",
        "closed": False,
        "followers": 12345,
        "verified": True,
        "lead_name": "陈某",
        "lead_post": "副局长",
        "lead_phone": "13800001234",
        "contact_name": "王某",
        "contact_post": "科员",
        "contact_phone": "0898-88271234",
        "platform": "wechat_subscription",
        "section": "宣传科",
        "email": "jyj@sanya.gov.cn",
        "url": FORM.url,
        "reason": FORM.reason,
    }


@pytest.mark.parametrize("code", [*fields_of(FORM)])
def test_every_field_of_the_form_is_a_text(code: str) -> None:
    assert isinstance(fields_of(FORM)[code], str)


@pytest.mark.parametrize(
    "platform", ["weibo", "douyin", "app", "wechat_channels", "nanfanghao", "meipian", "qiehao"]
)
def test_every_type_is_read_back(platform: str) -> None:
    assert back(made(replace(FORM, platform=platform))).values["platform"] == platform


def typed(*rows: tuple[str, ...], above: tuple[str, ...] = ()) -> bytes:
    """A form somebody typed: a table of these rows under these lines."""
    document = Document()
    for line in above:
        document.add_paragraph(line)
    table = document.add_table(rows=len(rows), cols=max(map(len, rows)))
    for at, row in enumerate(rows):
        for column, word in enumerate(row):
            table.cell(at, column).text = word
    kept = BytesIO()
    document.save(kept)
    return kept.getvalue()


BY_HAND = (
    ("账 号 名 称", "三亚　教育", "创建／注册日期", "２０１９年６月３日"),
    ("账号主体：", "三亚市教育局", "运行状态", "√正常  □关停注销"),
    ("关注量/粉丝量", "１．２万", "是否通过认证", "■是 □否"),
    ("政务新媒体\n工作负责人", "陈 某", "职务", "副局长"),
    ("", "", "联系电话", "138 0000 1234、0898－88271234"),
    ("政务新媒体工作联系人", "王某", "职务", "科员"),
    ("", "", "联系电话", "8827"),
    ("账号类型", "☐新浪微博 ☒微信（☐服务号 ☒订阅号 ☐小程序 ☐视频号）\n□其他____", "", ""),
    ("负责科室 电子邮箱", "宣传科 ｊｙｊ＠sanya．gov.cn", "", ""),
    ("访问链接", "mp.weixin.qq.com/abc", "", ""),
    ("开设、变更、关停、整合理由", "因工作需要，拟开设：微信；其他？", "", ""),
)


def test_a_form_typed_by_hand_is_read_and_every_doubt_named() -> None:
    above = ("三亚市政务新媒体备案登记表", "单位名称：三亚市教育局 （盖章）   填表时间： 2026.9.30")
    read = back(typed(*BY_HAND, above=above))
    values = read.values
    assert (values["unit"], values["filled_on"]) == ("三亚市教育局", date(2026, 9, 30))
    assert (values["name"], values["opened_on"]) == ("三亚教育", date(2019, 6, 3))
    assert values["lead_name"] == "陈某"
    assert values["reason"] == "因工作需要，拟开设：微信；其他？"
    assert (values["closed"], values["verified"]) == (False, True)
    assert values["followers"] == 12000
    assert values["platform"] == "wechat_subscription"
    assert (values["section"], values["email"]) == ("宣传科", "jyj@sanya.gov.cn")
    assert values["lead_phone"] == "138 0000 1234、0898-88271234"
    doubts = {each.field: each for each in read.doubts}
    assert set(doubts) == {"lead_phone", "contact_phone", "url"}
    assert doubts["lead_phone"].soft
    assert "2 个号码" in doubts["lead_phone"].advice
    assert doubts["contact_phone"].read == "8827"
    assert not read.sure("url")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("☑正常 □关停注销", [(0, True), (1, False)]),
        ("正常√ □关停注销", [(0, True), (1, False)]),
        ("□正常 ☑关停注销", [(0, False), (1, True)]),
        ("□正常 关停注销√", [(0, False), (1, True)]),
        ("[x]正常 [ ]关停注销", [(0, True), (1, False)]),
        ("●正常 ○关停注销", [(0, True), (1, False)]),
        ("正常", [(0, None)]),
    ],
)
def test_a_mark_belongs_to_its_word(text: str, meaning: list[Any]) -> None:
    assert ticked_words(text, {"正常": 0, "关停注销": 1}) == meaning


@pytest.mark.parametrize(
    ("types", "advice"),
    [
        ("☑新浪微博 ☑美篇", "一个账号一张表"),
        ("☑微信（□服务号 □订阅号）", "没有勾选服务号"),
        ("□新浪微博 □美篇", "没有勾选账号类型"),
        ("☑其他______", "没有写平台名称"),
        ("☑新浪微博 □微信（☑服务号）", "不止一项"),
    ],
)
def test_types_that_cannot_be_told_are_doubts(types: str, advice: str) -> None:
    rows = (*BY_HAND[:7], ("账号类型", types, "", ""), *BY_HAND[8:])
    read = back(typed(*rows))
    assert any(each.field == "platform" and advice in each.advice for each in read.doubts)


def test_boxes_of_word_are_told_in_all_their_ways() -> None:
    document = Document(BytesIO(typed(*BY_HAND)))
    cell = document.tables[0].cell(1, 3)
    cell.text = ""
    w14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
    control = (
        f'<w:sdt {nsdecls("w")} {w14}><w:sdtPr><w14:checkbox><w14:checked w14:val="1"/>'
        "</w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:t>☒</w:t></w:r></w:sdtContent></w:sdt>"
    )
    symbol = f'<w:r {nsdecls("w")}><w:sym w:font="Wingdings" w:char="F0A8"/></w:r>'
    paragraph = cell.paragraphs[0]
    paragraph._p.append(parse_xml(control))
    paragraph.add_run("关停注销 ")
    paragraph._p.append(parse_xml(symbol))
    paragraph.add_run("正常")
    old = (
        f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox>'
        '<w:default w:val="0"/><w:checked/></w:checkBox></w:ffData></w:fldChar></w:r>'
    )
    other = document.tables[0].cell(2, 3)
    other.text = "□是 "
    other.paragraphs[0]._p.append(parse_xml(old))
    other.paragraphs[0].add_run("否")
    kept = BytesIO()
    document.save(kept)
    values = back(kept.getvalue()).values
    assert (values["closed"], values["verified"]) == (True, False)


def test_another_document_is_no_form() -> None:
    with pytest.raises(ValueError, match="不是《三亚市政务新媒体备案登记表》"):
        back(
            typed(
                ("甲", "乙"),
            )
        )


@pytest.mark.parametrize(
    ("reason", "closed", "event"),
    [
        ("因机构撤销，拟注销微博账号“开设”。", True, "注销"),
        ("已于2026年 9月 30日关停抖音账号", True, "关停"),
        ("（注销）机构撤销", True, "注销"),
        ("单位合并，关停", True, "关停"),
        ("开设、变更", False, ""),
        ("", True, ""),
    ],
)
def test_the_reason_tells_the_event(reason: str, closed: bool, event: str) -> None:
    assert event_of(reason, closed) == event


# -- hostile files -------------------------------------------------------------------------------


def packed(parts: dict[str, bytes]) -> bytes:
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return kept.getvalue()


def document_xml(inside: str, head: str = "") -> bytes:
    body = f"<w:body>{inside}</w:body>"
    return f'<?xml version="1.0"?>{head}<w:document {nsdecls("w")}>{body}</w:document>'.encode()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"x" * (MOST_BYTES + 1), "超过"),
        (b"\xd0\xcf\x11\xe0 old", "旧版 .doc"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04 broken", "不是可读的 .docx"),
        (packed({"a.txt": b""}), "不是 Word 文档"),
        (packed({"word/document.xml": b" " * (9 << 20)}), "正文解压后过大"),
        (packed({"word/document.xml": b"", "word/vbaProject.bin": b""}), "含有宏"),
        (packed({"word/document.xml": b"<a>"}), "XML"),
        (packed({"word/document.xml": b"<a/>"}), "没有正文"),
        (
            packed(
                {
                    "word/document.xml": document_xml(
                        "<w:p>&x;</w:p>", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                    )
                }
            ),
            "外部实体",
        ),
        (
            packed({"word/document.xml": document_xml("<w:p>" * 500 + "</w:p>" * 500)}),
            "嵌套过深",
        ),
        (packed({f"p{n}": b"" for n in range(2100)}), "解压后过大"),
    ],
    ids=[
        "huge",
        "doc",
        "pdf",
        "broken",
        "zip",
        "bomb",
        "macro",
        "xml",
        "empty",
        "xxe",
        "deep",
        "parts",
    ],
)
def test_hostile_files_are_refused(body: bytes, said: str) -> None:
    with pytest.raises(FormError, match=said):
        form_text(body)


def test_a_zip_that_lies_about_its_sizes_is_bounded_all_the_same() -> None:
    body = bytearray(packed({"word/document.xml": b"a" * (9 << 20)}))
    at = body.rindex(b"PK\x01\x02")
    body[at + 24 : at + 28] = (10).to_bytes(4, "little")  # the size it claims
    with pytest.raises(FormError):
        form_text(bytes(body))


def test_a_table_without_end_is_refused() -> None:
    row = "<w:tr>" + "<w:tc><w:p/></w:tc>" * 60 + "</w:tr>"
    body = packed({"word/document.xml": document_xml(f"<w:tbl>{row * 100}</w:tbl>")})
    with pytest.raises(FormError, match="不是一张登记表"):
        form_text(body)


# -- against the register ------------------------------------------------------------------------

TODAY = date(2026, 9, 30)


def known(*filings: Filing, accounts: tuple[Account, ...] = (ACCOUNT,)) -> Ledger:
    return ledger_of((UNIT,), accounts, filings)


def test_an_unchanged_form_writes_nothing_but_its_filing() -> None:
    found = proposal(back(made(replace(FORM, reason=""))), known(), TODAY)
    assert found.account is None
    assert found.filing is None
    assert found.barred == ()


def test_what_differs_is_taken_over_and_what_is_blank_or_doubtful_is_not() -> None:
    form = replace(
        FORM, reason="", section="办公室", lead=Person("赵某", "", ""), email="", url="没有链接"
    )
    account = proposal(back(made(form)), known(), TODAY, account="w1").account
    assert account is not None
    assert account.section == "办公室"
    assert account.lead == Person("赵某", "", "")  # the number was another's
    assert (account.email, account.url) == (ACCOUNT.email, ACCOUNT.url)


def test_a_form_of_what_was_carried_out_gives_the_filing_its_form_day() -> None:
    filing = Filing(
        "F1",
        FilingKind.SUSPEND,
        "jyj",
        "w1",
        "wechat_subscription",
        "三亚教育",
        carried_out_on=date(2026, 9, 29),
    )
    form = replace(FORM, closed=True, reason="因机构撤销，已于2026年 9月 29日关停账号。")
    found = proposal(back(made(form)), known(filing), TODAY)
    assert found.filing is not None
    assert (found.filing.key, found.filing.form_on) == ("F1", TODAY)


def test_a_new_event_becomes_a_filing() -> None:
    form = replace(
        FORM, reason="因改革，拟变更微信订阅号账号“三亚教育”。账号名称：原“三亚教育”，现“新名”。"
    )
    filing = proposal(back(made(form)), known(), TODAY).filing
    assert filing is not None
    assert (filing.kind, filing.changes) == (FilingKind.CHANGE, {"name": "新名"})
    assert filing.applied_on == TODAY
    assert filing.key == "20260930-change-1"


def test_an_account_that_was_opened_is_new_and_one_to_be_opened_is_a_filing_only() -> None:
    form = replace(
        FORM, platform="weibo", url="https://weibo.com/u/2803301701", reason="因需要，拟开设"
    )
    found = proposal(back(made(form)), known(), TODAY)
    assert found.account is not None
    assert (found.account.key, found.account.platform_id) == ("weibo-2803301701", "2803301701")
    assert found.filing is not None
    assert found.filing.account == "weibo-2803301701"
    later = proposal(back(made(replace(form, opened_on=None))), known(), TODAY)
    assert later.account is None
    assert later.filing is not None
    assert (later.filing.account, later.filing.account_name) == ("", "三亚教育")


def test_an_opening_that_was_filed_before_gets_its_account() -> None:
    begun = Filing("F1", FilingKind.OPEN, "jyj", "", "weibo", "三亚教育", reason="需要")
    form = replace(FORM, platform="weibo", url="https://weibo.com/u/2803301701", reason="拟开设")
    found = proposal(back(made(form)), known(begun), TODAY)
    assert found.account is not None
    assert found.filing == replace(begun, account="weibo-2803301701")


def test_a_unit_that_nobody_knows_bars_the_import_until_a_person_says_it() -> None:
    read = back(made(replace(FORM, unit="三亚市教育厅")))
    assert "是否为“三亚市教育局”" in proposal(read, known(), TODAY).barred[0]
    assert proposal(read, known(), TODAY, unit="jyj").barred == ()


def test_another_name_of_the_same_account_is_a_doubt_and_not_written() -> None:
    read = back(made(replace(FORM, name="三亚教育发布", reason="")))
    found = proposal(read, known(), TODAY)
    assert found.account is None or found.account.name == "三亚教育"
    assert any("登记变更事项" in each.advice for each in found.doubts)


# -- by hand -------------------------------------------------------------------------------------


@pytest.fixture
def ready(run: Run, place: Path) -> Callable[..., Any]:
    (place / "r.yaml").write_text(
        "units:\n- {key: jyj, name: 三亚市教育局, kind: city_department}\n"
        "accounts:\n- {key: w1, name: 三亚教育, platform: wechat_subscription, platform_id: gh1,"
        " unit: jyj, sources: [], url: 'https://mp.weixin.qq.com/a'}\n",
        "utf-8",
    )
    assert run("migrate").returncode == 0
    assert run("accounts", "import", "r.yaml").returncode == 0
    return run


def test_a_form_goes_out_and_comes_back_by_the_commands(ready: Run, place: Path) -> None:
    done = ready("report", "form", "--account", "w1", "-o", "f.docx")
    assert done.returncode == 0, done.stderr
    done = ready("report", "form", "--unit", "三亚市教育局", "-o", "u.zip")
    assert done.returncode == 0, done.stderr
    assert ready("report", "verify", "f.docx").returncode == 0
    assert ready("report", "verify", "u.zip").returncode == 0
    document = Document(str(place / "f.docx"))
    document.tables[0].cell(8, 1).text = "办公室\noffice@sanya.gov.cn"
    document.save(str(place / "f.docx"))
    done = ready("filings", "read-form", "f.docx")
    assert done.returncode == 0, done.stderr
    assert "尚未写入" in done.stdout
    assert ready("report", "verify", "f.docx").returncode == 1
    done = ready("filings", "read-form", "f.docx", "--import", "--by", "张三", "--json")
    assert done.returncode == 0, done.stderr
    assert '"imported": true' in done.stdout
    done = ready("filings", "read-form", "f.docx")
    assert "与台账一致" in done.stdout


def test_what_cannot_be_read_ends_with_two(ready: Run, place: Path) -> None:
    (place / "x.docx").write_bytes(b"PK no")
    done = ready("filings", "read-form", "x.docx")
    assert (done.returncode, "不是可读的 .docx" in done.stderr) == (2, True)
    assert ready("report", "form", "-o", "f.docx").returncode == 2
    done = ready("report", "form", "--account", "nobody", "-o", "f.docx")
    assert (done.returncode, "没有编号为 nobody 的账号" in done.stderr) == (2, True)
