"""A command loads what it needs itself, and the help lists them all without loading any."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import ROOT, Run, place, run
from watcher.commands import COMMANDS, GUESTS, Command, loaded

__all__ = ["place", "run"]  # fixtures

HEAVY = {
    "aiohttp", "alembic", "apprise", "apscheduler", "docx", "docxtpl", "httpx", "matplotlib",
    "openpyxl", "playwright", "prometheus_client", "psycopg", "sqlalchemy", "starlette",
    "uvicorn", "xlsxwriter",
}  # fmt: skip
NAMES = {"numpy", "opencc", "PIL", "pypinyin", "rapidfuzz"}  # what names are compared with
PROGRAM = """
import sys
from watcher.cli import main
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def modules_after(*words: str) -> set[str]:
    """The packages that a process of its own has loaded when the command ends."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def test_the_help_loads_no_library_of_any_command() -> None:
    known = modules_after("--help")
    assert {"typer", "watcher"} <= known
    assert not known & (HEAVY | NAMES)


def test_names_are_compared_without_database_network_and_documents(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("三亚市公安局\n", "utf-8")
    file = str(tmp_path / "names.txt")
    known = modules_after("names", "score", "--protected", file, "--candidates", file, "--json")
    assert "rapidfuzz" in known
    assert not known & HEAVY


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_line_of_the_help_is_the_first_of_the_command_itself(command: Command) -> None:
    real = loaded(command.name)
    assert real.name == command.name
    told = (real.short_help or real.help).split("\n\n")[0].replace("\n", " ")
    assert command.line == told


def test_every_command_stands_once_in_the_help(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    names = [command.name for command in COMMANDS]
    assert len(set(names)) == len(names)
    listed = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("│ ")]
    assert [word for word in listed if not word.startswith("-")] == names


@pytest.mark.parametrize("group", GUESTS)
def test_a_command_of_another_module_joins_its_group(run: Run, group: str) -> None:
    shown = run(group, "--help").stdout
    for name, _ in GUESTS[group]:
        assert f"│ {name} " in shown
        assert run(group, name, "--help").returncode == 0


def test_a_command_that_is_not_known_is_told_with_the_nearest(run: Run) -> None:
    done = run("chekc")
    assert (done.returncode, done.stdout) == (2, "")
    assert "chekc" in done.stderr
    assert "check" in done.stderr.replace("chekc", "")
