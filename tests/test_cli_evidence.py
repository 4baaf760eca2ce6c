"""`watcher evidence`, as a user meets it."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.program import Run, place, run
from watcher import store
from watcher.manifest import Item, Kind, package
from watcher.model import Account, Case, Finding, Level, Unit
from watcher.proving import chained, write

__all__ = ["place", "run"]  # fixtures
T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
UNIT = Unit("u", "三亚市第一局")
ACCOUNT = Account("weibo-1", "weibo", "三亚一号", UNIT)


@pytest.fixture
def packages(run: Run, place: Path) -> Path:
    """Two packages of one case; the folder they lie in."""
    assert run("migrate").returncode == 0
    folder = place / "var/evidence/packages"
    db = store.connect(f"sqlite:///{place}/var/watcher.sqlite")
    with db.write() as c:
        store.save_register(c, [UNIT], [ACCOUNT], "test", T0)
        finding = Finding("UPD-04", "weibo-1", "", Level.RED, "《办法》第十二条", T0)
        (case,) = store.save_cases(c, [Case(finding, T0)])
        for kind, note in ((Kind.CASE, "注一"), (Kind.PAGE, "未能截图：\x1b[31m")):
            items = (Item("01.html", b"<p>page</p>", {"kind": "response"}),)
            until = T0 + timedelta(days=1096)
            made = package(kind, case, ACCOUNT, None, items, (note,), T0, "0.1", until)
            chained(c, made, write(made, folder), case, T0, until)
    db.close()
    return folder


def test_packages_are_listed_with_their_size_and_the_cap(run: Run, packages: Path) -> None:
    said = json.loads(run("evidence", "list", "--json").stdout)
    assert [(row["number"], row["kind"]) for row in said["packages"]] == [(1, "case"), (2, "page")]
    assert said["bytes"] == sum(file.stat().st_size for file in packages.glob("??/*"))
    assert said["max_bytes"] == 20 << 30
    text = run("evidence", "list").stdout
    assert all(word in text for word in ("立案", "网页截图", "共 2 个证据包", "20,480.0 MiB"))


def test_findings_name_the_manifest(run: Run, packages: Path) -> None:
    said = json.loads(run("evidence", "list", "--json").stdout)
    (finding,) = json.loads(run("findings", "--json").stdout)["findings"]
    assert finding["evidence"] == said["packages"][0]["manifest"]


def test_one_case_is_shown_with_its_files_and_no_escape_codes(run: Run, packages: Path) -> None:
    done = run("evidence", "show", "1")
    assert "01.html" in done.stdout
    assert "注一" in done.stdout
    assert "\x1b" not in done.stdout
    said = json.loads(run("evidence", "show", "1", "--json").stdout)
    assert said["packages"][0]["contents"]["notes"] == ["注一"]
    number = said["packages"][0]["contents"]["case"]
    assert number == said["case"] == 1
    assert "没有编号为 UPD-99-1" in run("evidence", "show", "UPD-99-1").stderr
    missing = run("evidence", "show", "77")
    assert missing.returncode == 2
    assert "77" in missing.stderr


def test_a_whole_chain_and_a_broken_one(run: Run, packages: Path) -> None:
    done = run("evidence", "verify")
    assert done.returncode == 0
    assert "2 环" in done.stdout
    page = next(file for file in packages.glob("??/*") if file.read_bytes() == b"<p>page</p>")
    page.chmod(0o640)
    page.write_bytes(b"<p>Page</p>")
    done = run("evidence", "verify", "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["ok"]) == (1, False)
    assert said["break"] == {"number": 1, "what": "文件被改动：01.html", "where": str(page)}
    done = run("evidence", "verify")
    assert done.returncode == 1
    assert "第 1 环" in done.stderr


def test_a_case_is_taken_out_and_nothing_is_overwritten(
    run: Run, packages: Path, tmp_path: Path
) -> None:
    assert run("evidence", "export", "1", "-o", "case.zip").returncode == 0
    with ZipFile(tmp_path / "case.zip") as archive:
        assert "000001/01.html" in archive.namelist()
    again = run("evidence", "export", "1", "-o", "case.zip")
    assert again.returncode == 2
    assert "已存在" in again.stderr
    assert run("evidence", "export", "9", "-o", "none.zip").returncode == 2
    assert not (tmp_path / "none.zip").exists()


@pytest.mark.parametrize(
    ("section", "wrong"),
    [
        ("{stamp_url: 'http://tsa.cn/'}", "evidence.stamp_roots"),
        ("{stamp_roots: roots.pem}", "evidence.stamp_url"),
        ("{stamp_url: 'http://tsa.cn/', stamp_roots: none.pem}", "evidence.stamp_roots"),
        ("{stamp_url: 'http://tsa.cn/', stamp_roots: rules.yaml}", "evidence.stamp_roots"),
        ("{stamp_url: tsa}", "evidence.stamp_url"),
        ("{max_size: 3}", "evidence.max_size"),
        ("{size: 3 GiB}", "evidence.size"),
    ],
)
def test_what_is_wrong_with_the_section_is_named(
    run: Run, place: Path, section: str, wrong: str
) -> None:
    file = place / "config/watcher.yaml"
    text = file.read_text()
    begin, end = text.index("evidence:"), text.index("# dead_man")
    file.write_text(f"{text[:begin]}evidence: {section}\n{text[end:]}")
    done = run("accounts", "list")
    assert done.returncode == 2
    assert wrong in done.stderr


def test_a_row_that_cannot_be_read_any_more_is_a_break(
    run: Run, packages: Path, place: Path
) -> None:
    with sqlite3.connect(place / "var/watcher.sqlite") as c:
        c.execute("update evidence_link set at = 'x' where number = 2")
    c.close()
    done = run("evidence", "verify")
    assert done.returncode == 1
    assert "已无法读取" in done.stderr
    told = run("evidence", "verify", "--json")
    assert (told.returncode, json.loads(told.stdout)["ok"]) == (1, False)
    assert "已无法读取" in json.loads(told.stdout)["break"]["what"]
