"""The bar of a long report: on a terminal's stderr, and nowhere else."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from rich.console import Console

from tests.program import Run, place, run

__all__ = ["place", "run"]  # fixtures

MAKE = ("report", "matrix", "-o", "page.html")


@pytest.fixture
def screen(run: Run, monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What a terminal behind stderr would show."""
    assert run("migrate").returncode == 0
    shown = StringIO()
    monkeypatch.setattr("watcher.cli_report.err", Console(file=shown, force_terminal=True))
    return shown


def test_a_terminal_sees_how_far_it_is(run: Run, screen: StringIO) -> None:
    done = run(*MAKE)
    assert done.stdout == "page.html\n"
    assert "完成" in screen.getvalue()


def test_a_pipe_gets_the_file_name_alone(run: Run) -> None:
    assert run("migrate").returncode == 0
    done = run(*MAKE)
    assert (done.stdout, done.stderr) == ("page.html\n", "")


def test_json_has_no_bar_beside_it(run: Run, screen: StringIO) -> None:
    run(*MAKE)
    screen.truncate(0)
    listed = run("report", "list", "--json")
    checked = run("report", "verify", "page.html", "--json")
    assert json.loads(listed.stdout)["reports"][0]["kind"] == "matrix"
    assert json.loads(checked.stdout)["same_facts"]
    run("report", "list")
    assert screen.getvalue() == ""
