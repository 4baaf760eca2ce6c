"""`watcher candidates`, as an office meets it: review, proof, letter, answers."""

from __future__ import annotations

import csv
import json
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document

from tests.program import Run, place, run
from tests.test_cli_filings import findings, ready, said

__all__ = ["place", "ready", "run"]  # fixtures
EVIL = '三亚教肓<script>alert(1)</script>=HYPERLINK("x")'
CONTACT = (
    "--by",
    "李",
    "--contact",
    "李主任",
    "--phone",
    "0898-1",
    "--office",
    "三亚市教育局办公室",
)

PACKAGE = ("-o", "p.zip", "--no-pictures", "--by", "李")


def found(run: Run, name: str = "三亚教肓", handle: str = "900", *more: str) -> dict[str, Any]:
    words = ("--platform", "微博", "--handle", handle, "--name", name, "--by", "王一")
    made = run("candidates", "add", *words, "--unverified", *more, "--json")
    value: dict[str, Any] = said(made)
    return value


def test_a_look_alike_is_suspected_and_its_review_is_audited(ready: Run) -> None:
    made = found(ready)
    number = str(made["id"])
    assert (made["state"], made["judgement"]["tier"]) == ("review", "alert")
    assert made["judgement"]["match"] == "三亚教育"
    assert findings(ready) == {(f"candidate:{number}", "IMP-01")}
    assert "三亚教肓" in ready("candidates", "list").stdout
    shown = ready("candidates", "show", number).stdout
    for words in ("疑似假冒", "三亚教育", "平台显示未认证", "检索情况", "发现"):
        assert words in shown, words
    assert (
        ready("candidates", "dismiss", number, "--reason", "同名企业", "--by", " ").returncode == 2
    )
    done = said(ready("candidates", "dismiss", number, "--reason", "x", "--by", "李", "--json"))
    assert (done["state"], done["decided_by"], done["reason"]) == ("dismissed", "李", "x")
    assert findings(ready) == set()
    assert said(ready("candidates", "list", "--json")) == {"candidates": []}
    (one,) = said(ready("candidates", "list", "--all", "--json"))["candidates"]
    assert one["state"] == "dismissed"
    audit = ready("audit", "--json").stdout if ready("audit", "--help").returncode == 0 else ""
    assert not audit or "candidate.dismissed" in audit


def test_the_account_of_the_register_and_a_stranger_are_not_listed(ready: Run) -> None:
    assert found(ready, "三亚教育", "1")["judgement"]["tier"] == "registered"
    assert found(ready, "海鲜排档小李", "77")["state"] == "new"
    assert said(ready("candidates", "list", "--json")) == {"candidates": []}
    assert findings(ready) == set()
    assert said(ready("candidates", "judge", "--all", "--json")) == {"judged": 2}


def test_a_units_own_account_becomes_a_lead(ready: Run) -> None:
    number = str(found(ready)["id"])
    assert "没有单位" in ready("candidates", "own", number, "--by", "李", "--unit", "教委").stderr
    done = ready("candidates", "own", number, "--by", "李", "--json")
    assert said(done)["state"] == "own"
    (lead,) = said(ready("leads", "list", "--json"))["leads"]
    assert lead["handle"] == "900"
    assert findings(ready) == {(f"lead:{lead['id']}", "FIL-01")}


def test_watched_is_silent_and_unknown_numbers_and_states_are_refused(ready: Run) -> None:
    number = str(found(ready)["id"])
    assert said(ready("candidates", "watch", number, "--by", "李", "--json"))["state"] == "watched"
    assert findings(ready) == set()
    assert "没有编号为 99" in ready("candidates", "show", "99").stderr
    bad = ready("candidates", "list", "--state", "gone")
    assert bad.returncode == 2
    assert "taken_down" in bad.stderr
    assert (
        ready(
            "candidates", "add", "--platform", "微博", "--handle", " ", "--name", "x", "--by", "李"
        ).returncode
        == 2
    )


@pytest.fixture
def confirmed(ready: Run) -> str:
    number = str(found(ready, "三亚教肓", "900", "--url", "https://weibo.com/u/900")["id"])
    done = ready("candidates", "confirm", number, "--reason", "冒名收费", "--by", "李", "--json")
    assert said(done)["state"] == "confirmed"
    return number


@pytest.mark.slow
def test_a_letter_is_made_sent_received_and_answered(
    ready: Run, confirmed: str, place: Path
) -> None:
    made = said(ready("candidates", "letter", confirmed, "-o", "a.docx", *CONTACT, "--json"))
    body = (place / "a.docx").read_bytes()
    assert made["file_sha256"] == sha256(body).hexdigest()
    text = "\n".join(each.text for each in Document(BytesIO(body)).paragraphs)
    assert "三亚市教育局在贵平台依法备案的账号为“三亚教育”" in text
    assert "混淆" in made["channel"] or "投诉" in made["channel"]
    again = ready("candidates", "letter", confirmed, "-o", "a.docx", *CONTACT)
    assert "已存在" in again.stderr
    assert said(ready("candidates", "sent", confirmed, "--by", "李", "--json"))["sent_at"]
    later = ready("candidates", "sent", confirmed, "--at", "2099-01-01", "--by", "李")
    assert "尚未到" in later.stderr
    assert "已登记于" in ready("candidates", "sent", confirmed, "--by", "李").stderr
    code = ("--receipt", "WB-1", "--by", "李", "--json")
    early = ready("candidates", "receipt", confirmed, *code, "--at", "2026-01-05T10:00")
    assert (early.returncode, "早于发函时刻" in early.stderr) == (2, True)
    assert said(ready("candidates", "receipt", confirmed, *code))["receipt"] == "WB-1"
    renewed = ready("candidates", "letter", confirmed, "-o", "b.docx", *CONTACT)
    assert (renewed.returncode, "发出，不能重新生成" in renewed.stderr) == (2, True)
    end = ("--text", "已封禁", "--gone", "--by", "李", "--json")
    assert said(ready("candidates", "result", confirmed, *end))["result"] == "已封禁"
    shown = said(ready("candidates", "show", confirmed, "--json"))
    assert shown["state"] == "taken_down"
    back = said(ready("candidates", "recheck", confirmed, "--gone", "--by", "李", "--json"))
    assert (back["state"], back["look"]) == ("taken_down", "gone")
    kinds = [event["kind"] for event in shown["events"]]
    assert kinds == ["found", "confirmed", "letter", "sent", "receipt", "result", "taken_down"]
    assert findings(ready) == set()


def test_a_letter_needs_confirmation_a_contact_and_a_desk(ready: Run, place: Path) -> None:
    number = str(found(ready)["id"])
    done = ready("candidates", "letter", number, "-o", "a.docx", "--by", "李")
    assert done.returncode == 2
    for words in ("尚未人工确认", "{{ contact }}", "{{ phone }}"):
        assert words in done.stderr
    assert not (place / "a.docx").exists()
    assert (
        "还没有关停函"
        in ready("candidates", "receipt", number, "--receipt", "x", "--by", "李").stderr
    )


@pytest.mark.slow
def test_a_package_of_proof_is_whole_without_this_program(
    ready: Run, confirmed: str, place: Path
) -> None:
    done = ready("candidates", "proof", confirmed, *PACKAGE, "--json")
    made = said(done)
    with ZipFile(place / "p.zip") as archive:
        names = archive.namelist()
        (manifest,) = [name for name in names if name.endswith("manifest.json")]
        body = archive.read(manifest)
        said_of = json.loads(body)
        assert sha256(body).hexdigest() == made["manifest"]
        folder = manifest.removesuffix("manifest.json")
        for each in said_of["files"]:
            held = archive.read(folder + each["name"])
            assert sha256(held).hexdigest() == each["sha256"]
        page = archive.read(f"{folder}comparison.html").decode()
    assert said_of["kind"] == "candidate"
    assert said_of["account"]["unit"] == "三亚市教育局"
    assert "未取得候选账号头像：检索结果没有给出头像地址" in said_of["notes"]
    assert said_of["notes"] == made["notes"]
    assert "未取得、须注意的" in page
    assert all(note in page for note in made["notes"])
    told = " ".join(ready("candidates", "show", confirmed).stdout.split())
    assert "证据链第" in told
    assert "三亚教<mark>肓</mark>" in page
    assert ready("evidence", "verify").returncode == 0
    assert "假冒比对" in ready("evidence", "list").stdout
    assert ready("candidates", "proof", confirmed, *PACKAGE).returncode == 2
    kept = Path(place / "var").rglob("*") if (place / "var").exists() else place.rglob("*")
    spoilt = next(
        each
        for each in kept
        if each.is_file() and sha256(each.read_bytes()).hexdigest() == made["manifest"]
    )
    spoilt.chmod(0o640)
    spoilt.write_bytes(b"{}")
    assert ready("evidence", "verify").returncode == 1


def test_hostile_words_are_inert_in_page_and_spreadsheet(ready: Run, place: Path) -> None:
    number = str(found(ready, EVIL, "901", "--bio", "=1+1")["id"])
    assert ready("candidates", "proof", number, *PACKAGE).returncode == 0
    with ZipFile(place / "p.zip") as archive:
        held = {name.rpartition("/")[2]: archive.read(name) for name in archive.namelist()}
    assert b"<script>" not in held["comparison.html"]
    rows = list(csv.reader(StringIO(held["comparison.csv"].decode("utf-8-sig"))))
    assert ["简介", "'=1+1", "—"] in rows
    assert "未经人工确认，只是疑似" in held["comparison.html"].decode()
