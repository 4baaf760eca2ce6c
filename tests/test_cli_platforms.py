"""`watcher platforms`, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.program import Run, place, run

__all__ = ["place", "run"]  # fixtures


@pytest.fixture
def ready(run: Run, place: Path) -> Run:
    assert run("migrate").returncode == 0
    done = run("accounts", "import", "config/examples/register.yaml")
    assert done.returncode == 0, done.stderr
    return run


def test_each_platform_is_shown_with_its_canary_and_its_accounts(ready: Run) -> None:
    shown = json.loads(ready("platforms", "--json").stdout)["platforms"]
    weibo = next(each for each in shown if each["platform"] == "weibo")
    assert (weibo["state"], weibo["canary"], weibo["title"]) == ("live", "人民日报", "新浪微博")
    assert weibo["canary_last_success_at"] is None
    assert weibo["read"] == 0
    text = ready("platforms").stdout
    assert all(word in text for word in ("新浪微博", "人民日报", "尚未正常读到", "畅通"))


def test_who_confirms_a_platform_is_kept(ready: Run) -> None:
    done = ready("platforms", "confirm", "weibo", "--by", "王一")
    assert done.returncode == 0, done.stderr
    shown = json.loads(ready("platforms", "--json").stdout)["platforms"]
    assert {e["confirmed_by"] for e in shown if e["platform"] == "weibo"} == {"王一"}


def test_a_platform_nobody_reads_cannot_be_confirmed(ready: Run) -> None:
    done = ready("platforms", "confirm", "weibbo", "--by", "王一")
    assert done.returncode == 2
    assert "weibo" in done.stderr
    assert ready("platforms", "confirm", "weibo", "--by", " ").returncode == 2
