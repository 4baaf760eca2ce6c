"""`watcher report` as a user meets it: making, refusing to overwrite, listing, verifying."""

from __future__ import annotations

import json
import shutil
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from tests.program import Run, place, run
from watcher.reporting import _differing

__all__ = ["place", "run"]  # fixtures


@pytest.fixture
def ready(run: Run, place: Path) -> Run:
    """The sample register, never read."""
    assert run("migrate").returncode == 0
    assert run("accounts", "import", "config/examples/register.yaml").returncode == 0
    (place / "out").mkdir()
    return run


def an_account(run: Run) -> str:
    listed = json.loads(run("accounts", "list", "--json").stdout)["accounts"]
    return str(listed[0]["key"])


@pytest.mark.slow
def test_each_kind_is_made_listed_and_verified(ready: Run, place: Path) -> None:
    kinds = (
        ("inspection", "--year", "2026"),
        ("matrix",),
        ("ledger", "--shared"),
        ("dossier", "--account", an_account(ready)),
    )
    for words in kinds:
        done = ready("report", *words, "-o", "out")
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()
    listed = json.loads(ready("report", "list", "--json").stdout)["reports"]
    assert [each["kind"] for each in listed] == [words[0] for words in reversed(kinds)]
    assert {each["author"] for each in listed} == {"命令行:wang"}
    assert "政务新媒体矩阵" in ready("report", "list").stdout
    files = sorted((place / "out").iterdir())
    assert len(files) == 5
    for file in files:
        found = ready("report", "verify", str(file), "--json")
        assert found.returncode == 0, (file.name, found.stdout)
        assert json.loads(found.stdout)["same_facts"] is True


@pytest.mark.slow
def test_a_changed_figure_and_a_changed_register_are_found(ready: Run, place: Path) -> None:
    words = ("dossier", "--account", an_account(ready), "-o", "out")
    assert ready("report", *words).returncode == 0
    (file,) = (place / "out").iterdir()
    made = Document(BytesIO(file.read_bytes()))
    made.paragraphs[1].add_run("，三亚最好的账号")
    made.save(file)
    found = ready("report", "verify", str(file))
    assert found.returncode == 1
    assert "数据与数据库一致" in found.stdout
    assert "三亚最好的账号" in found.stdout.replace("\n", "")


@pytest.mark.slow
def test_what_differs_is_shown_and_not_the_beginning_of_a_long_line() -> None:
    line = "三亚" * 60
    made, given = f"{line}至少152天{line}".encode(), f"{line}至少102天{line}".encode()
    (said,) = _differing("csv", given, made)
    assert "至少152天" in said
    assert "至少102天" in said
    assert len(said) < 200
    assert _differing("csv", b"a", b"a\nb") == ("第2处：应为“b”，文件中为“（无）”",)


def test_what_cannot_be_made_says_why_and_what_to_do(ready: Run, place: Path) -> None:
    refused = (
        (("inspection", "--year", "2026", "--office", "nowhere", "-o", "out"), "没有主管单位"),
        (("matrix", "-o", "nowhere/x.html"), "没有文件夹"),
        (("matrix", "-o", "out/x.docx"), "扩展名应为 .html"),
        (("dossier", "--account", "nope", "-o", "out"), "没有账号 nope"),
        (("dossier", "--account", "nope", "--format", "odt", "-o", "out"), "没有 odt 格式"),
        (("matrix", "-o", "out", "--as-of", "2099-01-01T00:00"), "在将来"),
        (("verify", "config/watcher.yaml"), "可核对"),
        (("verify", "nowhere.docx"), "没有文件"),
    )
    for words, said in refused:
        done = ready("report", *words)
        assert done.returncode == 2, (words, done.stdout)
        assert said in done.stderr.replace("\n", "")
    assert list((place / "out").iterdir()) == []


@pytest.mark.slow
def test_a_file_is_overwritten_only_when_asked_and_never_half(ready: Run, place: Path) -> None:
    assert ready("report", "matrix", "-o", "out").returncode == 0
    again = ready("report", "matrix", "-o", "out")
    assert again.returncode == 2
    assert "--force" in again.stderr
    (place / "config" / "templates" / "matrix.html").write_text("{{ titel }}", "utf-8")
    (file,) = (place / "out").iterdir()
    before = file.read_bytes()
    broken = ready("report", "matrix", "-o", "out", "--force")
    assert broken.returncode == 2
    assert "titel" in broken.stderr
    assert file.read_bytes() == before
    assert list((place / "out").iterdir()) == [file]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_dossier_is_made_as_pdf_where_libreoffice_is(ready: Run, place: Path) -> None:
    words = ("dossier", "--account", an_account(ready), "--format", "pdf", "-o", "out")
    done = ready("report", *words)
    assert done.returncode == 0, done.stderr
    (file,) = (place / "out").iterdir()
    assert file.read_bytes().startswith(b"%PDF-")
