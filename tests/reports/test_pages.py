"""Each kind of Word document as pages: made, converted by LibreOffice, and read back."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.reports.given_updates import AS_OF, EVIL, every, facts, past
from tests.reports.test_form import made as form
from tests.reports.test_inspection import AT, EMPTY, SPEECH, named, problem
from tests.test_takedown_letter import NOW, SETTINGS, WANTED, suspect
from tests.test_takedown_letter import TEMPLATE as LETTER
from watcher.report_circulars import make_quarterly, make_staleness
from watcher.reports.inspection import FIELDS, NEEDED, fields_of
from watcher.reports.period import period_of, year
from watcher.reports.stamp import Scope, Stamp, digest_of
from watcher.reports.template import render
from watcher.reports.word import finished
from watcher.takedown_letter import fields_of as letter_fields
from watcher.takedown_letter import render as letter

CONFIG = Path(__file__).parents[2] / "config"
NEEDS = ("soffice", "pdftotext")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        any(shutil.which(each) is None for each in NEEDS),
        reason="LibreOffice or poppler is not installed",
    ),
]
DESK: Any = SimpleNamespace(settings=SimpleNamespace(folder=CONFIG, calendar=SPEECH.cal))
SILENT = [*every(until="2026-08-01"), *every(since="2026-08-20")]


def inspection() -> bytes:
    many = tuple(
        replace(problem(number=f"UPD-04-260301-{n:06}"), account=named(name=f"三亚第{n}号"))
        for n in range(60)
    )
    told = replace(EMPTY, problems=(*many, problem(account=named(name=EVIL))))
    stamp = Stamp("inspection", Scope(year(2026)), AT, "0.1.0", digest_of(told))
    fields = fields_of(told, SPEECH, AT, stamp.line, {})
    template = CONFIG / "templates" / "inspection.docx"
    return finished(render(template, fields, FIELDS, NEEDED), stamp, "题")


def updates(kind: str) -> bytes:
    told = facts(
        *(past(f"号{n}", *every()) for n in range(40)),
        past("长", *SILENT, name="名" * 200, last_before=AS_OF - timedelta(days=110)),
    )
    stamp = Stamp(kind, Scope(period_of("2026Q3")), AS_OF, "0.1.0", "ab" * 32)
    make = make_quarterly if kind == "quarterly" else make_staleness
    return make(told, stamp, DESK, "docx")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The text of every page of every document, without spaces and ends of lines."""
    place = tmp_path_factory.mktemp("pages")
    documents = {
        "inspection": inspection(),
        "quarterly": updates("quarterly"),
        "staleness": updates("staleness"),
        "form": form(),
        "letter": letter(LETTER, letter_fields(suspect(), SETTINGS, WANTED, NOW)),
    }
    for name, body in documents.items():
        (place / f"{name}.docx").write_bytes(body)
    words = ["soffice", f"-env:UserInstallation={place.as_uri()}/home", "--headless"]
    files = [str(place / f"{name}.docx") for name in documents]
    command = [*words, "--convert-to", "pdf", "--outdir", str(place), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return {name: _pages(place / f"{name}.pdf") for name in documents}


def _pages(file: Path) -> list[str]:
    done = subprocess.run(
        ["pdftotext", str(file), "-"], check=True, capture_output=True, timeout=60
    )
    return ["".join(page.split()) for page in done.stdout.decode().split("\f")[:-1]]


def test_the_inspection_has_its_parts_and_each_annex_a_page_of_its_own(pages) -> None:
    found = pages["inspection"]
    assert 8 <= len(found) <= 20
    whole = "".join(found)
    for words in ("一、检查组织", "六、问责建议", "七、下年工作建议", "期内共有问题61个"):
        assert words in whole
    for number in range(1, 6):
        assert sum(page.startswith(f"附件{number}") for page in found) == 1
    lists = [page for page in found if "三亚第" in page and "销号时间" in page]
    assert len(lists) >= 3  # the heading of the table stands on each of its pages


def test_the_circular_has_charts_requirements_and_its_annex(pages) -> None:
    found = pages["quarterly"]
    assert 8 <= len(found) <= 16
    (work,) = (page for page in found if "四、工作要求" in page)
    assert "请有关主办单位对照附表" in work  # the heading does not stand alone
    assert sum("应更新周/" in page for page in found) >= 2
    assert "名" * 20 in "".join(found)


def test_the_staleness_report_lists_weeks_and_silences(pages) -> None:
    found = pages["staleness"]
    assert 4 <= len(found) <= 9
    whole = "".join(found)
    for words in ("一、总体情况", "附表1", "附表2", "附表3", "监测覆盖率100.0%"):
        assert words in whole
    (last,) = (page for page in found if "附表3" in page)
    assert "未能完整采集的时段" in last  # its heading stands with its table


def test_the_form_is_one_page_or_two_and_the_letter_no_more(pages) -> None:
    assert len(pages["form"]) <= 2
    assert "三亚市政务新媒体备案登记表" in pages["form"][0]
    assert len(pages["letter"]) <= 2
    assert "依法依规关停" in "".join(pages["letter"])
