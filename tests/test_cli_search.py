"""`watcher candidates search` and `coverage`, as a user meets them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.program import Run, place, run
from tests.test_searching import crowded
from watcher import cli_search, store
from watcher.candidates import SearchStatus
from watcher.config import Settings
from watcher.daemon import assemble
from watcher.discovery import Search
from watcher.fetch import Fetcher
from watcher.replica.search import SESSIONS
from watcher.replica.transport import ReplicaTransport
from watcher.replica.world import Outage
from watcher.store.searches import note_search
from watcher.watch import Watch

__all__ = ["place", "run"]  # fixtures

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
NAME = "三亚发布"


@pytest.fixture
def ready(run: Run, place: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The program on the replica, at NOW, with one office's Weibo in its register."""
    file = place / "config" / "impersonation.yaml"
    text = file.read_text("utf-8").replace("    weibo_search:\n      enabled: false",
                                           "    weibo_search:\n      enabled: true")  # fmt: skip
    file.write_text(text, "utf-8")
    for name, value in SESSIONS.items():
        monkeypatch.setenv(name, value)
    _play(monkeypatch)
    monkeypatch.setattr(cli_search, "now", lambda: NOW)
    assert run("migrate").returncode == 0
    done = run("accounts", "import", "config/examples/register.yaml")
    assert done.returncode == 0, done.stderr
    return run


def _play(monkeypatch: pytest.MonkeyPatch, *gates: Outage) -> None:
    def on_replica(settings: Settings) -> Watch:
        transport = ReplicaTransport(crowded(gates), lambda: NOW)
        fetcher = Fetcher(settings.fetch, lambda: NOW, transport)
        return assemble(settings, clock=lambda: NOW, fetcher=fetcher)

    monkeypatch.setattr(cli_search, "assemble", on_replica)


def test_a_search_prints_what_was_seen_and_its_status(ready: Run) -> None:
    done = ready("candidates", "search", "--name", NAME, "--platform", "weibo")
    assert done.returncode == 0, done.stderr
    assert "已检索" in done.stdout
    assert "三亚发步" in done.stdout
    assert "shop.example.cn" in done.stdout


def test_a_search_as_json_is_one_document(ready: Run, place: Path) -> None:
    words = ("candidates", "search", "--name", NAME, "--platform", "weibo", "--json")
    told = {one["way"]: one for one in json.loads(ready(*words).stdout)["searches"]}
    assert set(told) == {"weibo_search", "weibo_probe"}
    found = told["weibo_search"]
    assert found["status"] == "searched"
    assert {"三亚发步", "三亞發佈"} <= {each["name"] for each in found["accounts"]}
    assert found["pages"][0]["sha256"]
    db = store.connect(f"sqlite:///{place / 'var' / 'watcher.sqlite'}")
    with db.read() as c:
        (line,) = store.list_audit(c, f"weibo:{NAME}")
    db.close()
    assert (line.actor, line.action) == ("命令行:wang", "candidates.search")


def test_a_gated_search_says_that_it_proves_nothing(
    ready: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    _play(monkeypatch, Outage("weibo", NOW - timedelta(days=1), NOW + timedelta(days=1)))
    done = ready("candidates", "search", "--name", NAME, "--platform", "weibo")
    assert done.returncode == 0
    assert "未检索" in done.stdout
    assert "不能说明没有冒名账号" in done.stdout
    again = ready("candidates", "search", "--name", NAME, "--platform", "weibo")
    assert again.returncode == 2
    assert "停到明天" in again.stderr
    assert "--anyway" in again.stderr
    words = ("candidates", "search", "--name", NAME, "--platform", "weibo", "--anyway")
    assert ready(*words).returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--name", NAME, "--platform", "weibbo"), "是否指“weibo”"),
        (("--name", NAME, "--platform", "douyin"), "未启用：douyin_search"),
        (("--name", " ", "--platform", "weibo"), "--name 不能为空"),
    ],
)
def test_what_cannot_be_searched_is_said(ready: Run, words: tuple[str, ...], said: str) -> None:
    done = ready("candidates", "search", *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_days_budget_is_kept_by_hand_too(ready: Run, place: Path) -> None:
    used = Search(NAME, "app", "q", "app_apple_search", NOW, SearchStatus.SEARCHED)
    db = store.connect(f"sqlite:///{place / 'var' / 'watcher.sqlite'}")
    with db.write() as c:
        for _ in range(40):
            note_search(c, used)
    db.close()
    done = ready("candidates", "search", "--name", NAME, "--platform", "app")
    assert done.returncode == 2
    assert "额度 40 次已用完" in done.stderr


def test_coverage_speaks_of_every_name_and_platform(ready: Run) -> None:
    empty = json.loads(ready("candidates", "coverage", "--json").stdout)
    assert set(empty["totals"]["weibo"]) == {"searched", "partial", "not_searched"}
    assert empty["totals"]["weibo"]["searched"] == 0
    assert {"name", "platform", "status", "detail", "due_at"} <= set(empty["coverage"][0])
    named = next(row["name"] for row in empty["coverage"])
    text = ready("candidates", "coverage").stdout
    assert "检索覆盖" in text
    assert "还没有轮到" in text
    assert "未启用" in text
    only = json.loads(ready("candidates", "coverage", "--name", named, "--json").stdout)
    assert {row["name"] for row in only["coverage"]} == {named}
    assert ready("candidates", "coverage", "--name", "无此名").stdout.startswith("没有受保护")


def test_an_old_database_is_no_coverage(run: Run) -> None:
    done = run("candidates", "coverage")
    assert done.returncode == 2
    assert "watcher migrate" in done.stderr
