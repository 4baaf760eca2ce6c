"""The program as a shell runs it, without paying for a new process each time."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from watcher.cli import main

ROOT = Path(__file__).parents[1]
Run = Callable[..., "Done"]


@dataclass(frozen=True, slots=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the shipped configuration, and a database of its own."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    return tmp_path


@pytest.fixture
def run(place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the program's own entry point in `place`, as a shell would."""
    monkeypatch.chdir(place)
    monkeypatch.delenv("SHOUWANG_BY", raising=False)
    monkeypatch.setenv("LOGNAME", "wang")

    def run(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["watcher", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capfd.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return run
