"""关停函: what it says, what it refuses, and how it looks on paper."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from tools.takedown_template import build
from watcher.candidates import Candidate, CandidateState, Judgement, Suspect, Tier
from watcher.config.impersonation import load_impersonation
from watcher.config.values import TakedownSettings
from watcher.model import Account, Profile, Unit
from watcher.reports.template import cleaned
from watcher.takedown_letter import FIELDS, LetterError, Wanted, fields_of, render

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "config" / "templates" / "takedown.docx"
SETTINGS: TakedownSettings = load_impersonation(ROOT / "config" / "impersonation.yaml", {})[
    0
].takedown
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
WANTED = Wanted("三亚市教育局办公室", "三教函〔2026〕1号", "李主任", "0898-88270000", 2)
JUDGED = Judgement(
    "三亚教育",
    "alert",
    0.95,
    80,
    Tier.ALERT,
    (
        "名称与台账账号“三亚教育”高度近似（0.95）（+50分）。",
        "平台显示未认证（+15分）。",
        "未取得双方头像，未作比对（不计分）。",
        "简介含营销或引流字样“带货、微信号”（+10分）。",
    ),
)


def suspect(name: str = "三亚教肓", **more: Any) -> Suspect:
    face = Profile("900", name, verified=False, followers=12)
    found = Candidate(
        7,
        more.pop("platform", "weibo"),
        "900",
        "https://weibo.com/u/900",
        face,
        NOW,
        NOW,
        state=more.pop("state", CandidateState.CONFIRMED),
        judgement=more.pop("judgement", JUDGED),
    )
    unit = Unit("jyj", "三亚市教育局", daily_supervisor="education_office")
    return Suspect(found, (), Account("w", "weibo", "三亚教育", unit, platform_id="111"))


def text_of(content: bytes) -> str:
    return "\n".join(each.text for each in Document(BytesIO(content)).paragraphs)


def letter(of: Suspect, template: Path = TEMPLATE) -> str:
    return text_of(render(template, fields_of(of, SETTINGS, WANTED, NOW)))


def test_the_letter_says_what_the_platform_must_know_and_do() -> None:
    text = letter(suspect())
    for words in (
        "关于请依法依规关停假冒政务新媒体账号的函",
        "三教函〔2026〕1号",
        "北京微梦创科网络技术有限公司：",
        "贵平台账号“三亚教肓”（账号ID：900，主页：https://weibo.com/u/900，认证信息：未认证，粉丝12）",
        "未经授权使用三亚市教育局的名称",
        "三亚市教育局在贵平台依法备案的账号为“三亚教育”（ID：111）。",
        "一、名称与台账账号“三亚教育”高度近似。",
        "2．截图及网页存档",
        "三、简介含营销或引流字样“带货、微信号”。",
        "截图2张及采集记录（采集时间、SHA-256见附件）",
        "《互联网用户账号信息管理规定》",
        "《三亚市政务新媒体管理办法》第二十条",
        "24小时内反馈受理情况、3个工作日内书面反馈处置结果",
        "联系人：李主任　电话：0898-88270000",
        "2026年11月23日",
        "抄送：三亚市互联网信息办公室、三亚市公安局、三亚市教育局",
    ):
        assert words in text, words
    assert "分）" not in text
    assert "未取得双方头像" not in text
    assert "{" not in text


def test_a_letter_without_screenshots_promises_none() -> None:
    text = text_of(
        render(TEMPLATE, fields_of(suspect(), SETTINGS, replace(WANTED, pictures=0), NOW))
    )
    assert "2．网页存档（采集记录）" in text
    assert "截图" not in text


def test_of_a_unit_without_an_account_there_that_is_said() -> None:
    assert "账号为新浪微博“三亚教育”，未在贵平台备案同名账号" in letter(suspect(platform="douyin"))


def test_only_what_a_person_confirmed_gets_a_letter_and_all_that_lacks_is_said() -> None:
    unsure = suspect(state=CandidateState.REVIEW, platform="meipian")
    with pytest.raises(LetterError) as caught:
        fields_of(unsure, SETTINGS, Wanted("", "1号"), NOW)
    said = "\n".join(caught.value.reasons)
    assert "尚未人工确认" in said
    for field in ("company", "office", "contact", "phone"):
        assert f"{{{{ {field} }}}}" in said


def test_a_confirmed_one_without_counted_signs_says_the_reviewers_reason() -> None:
    of = suspect(judgement=None)
    of = replace(of, candidate=replace(of.candidate, reason="冒用本局名义收费"))
    assert "一、冒用本局名义收费。" in letter(of)


HOSTILE = "三亚\x00\x0b\ud83d\u202e<w:p/>&{{ office }}{% if %}教肓\ufffe\n第二行"


@pytest.mark.parametrize("name", [HOSTILE, "名" * 200, "{{ 7*7 }}", "a & b <c> \"d\" 'e'"])
def test_a_hostile_or_very_long_name_makes_a_letter_that_opens(name: str) -> None:
    text = letter(suspect(name))
    assert "请贵平台" in text
    assert "49" not in text.partition("经监测")[2][:30]
    if name == "a & b <c> \"d\" 'e'":
        assert name in text


def test_what_xml_cannot_hold_is_taken_out() -> None:
    assert cleaned("a\x00b\u200bc\ud800d\n e") == "a b c d e"
    assert len(cleaned("x" * 400)) == 300


def test_every_field_of_the_shipped_template_is_known() -> None:
    made = BytesIO()
    build().save(made)
    shipped = text_of(TEMPLATE.read_bytes())
    assert text_of(made.getvalue()) == shipped  # tools/takedown_template.py makes this very file
    assert all(f"{{{{ {field} }}}}" in shipped for field in FIELDS.keys() - {"points", "platform"})


def edited(tmp_path: Path, old: str, new: str) -> Path:
    """The template as somebody changed it in Word."""
    document = Document(str(TEMPLATE))
    for paragraph in document.paragraphs:
        if old in paragraph.text:
            paragraph.runs[0].text = paragraph.text.replace(old, new)
    document.save(str(tmp_path / "t.docx"))
    return tmp_path / "t.docx"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{{ number }}", "", "缺少 {{ number }}（文号）"),
        ("{{ company }}", "{{ compnay }}", "{{ compnay }} 不认识"),
        ("{{ date }}", "{{ date }", "占位符写法有误"),
        ("{%p endfor %}", "", "占位符写法有误"),
    ],
)
def test_a_template_that_was_broken_names_its_placeholder(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    with pytest.raises(LetterError) as caught:
        letter(suspect(), edited(tmp_path, old, new))
    assert any(words in each for each in caught.value.reasons), caught.value.reasons


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 not a zip", b"<html>"])
def test_a_template_that_is_none_is_named(tmp_path: Path, content: bytes | None) -> None:
    template = tmp_path / "t.docx"
    if content is not None:
        template.write_bytes(content)
    with pytest.raises(LetterError, match=r"没有模板 .*t\.docx|t\.docx 不能读取"):
        letter(suspect(), template)


def test_a_template_cannot_reach_into_the_program(tmp_path: Path) -> None:
    evil = edited(tmp_path, "{{ date }}", "{{ date.__class__.__mro__ }}")
    with pytest.raises(LetterError, match="不能填写"):
        letter(suspect(), evil)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice here")
def test_the_letter_prints_on_at_most_two_pages(tmp_path: Path) -> None:
    (tmp_path / "letter.docx").write_bytes(
        render(TEMPLATE, fields_of(suspect(), SETTINGS, WANTED, NOW))
    )
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    words = ("soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path))
    subprocess.run([*words, str(tmp_path / "letter.docx")], check=True, capture_output=True)
    pages = (tmp_path / "letter.pdf").read_bytes().count(b"/Type/Page\n")
    pages += (tmp_path / "letter.pdf").read_bytes().count(b"/Type/Page/")
    assert 1 <= pages <= 2
