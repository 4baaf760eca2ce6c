"""问题办理 as a user meets it: list, show, ack, feedback, close, dismiss, measure."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.program import Run, place, run
from watcher.model import Account, Failure, Outcome, Trouble
from watcher.watch import Watch

__all__ = ["place", "run"]  # fixtures

NOW = datetime.now(UTC)
LAST = (NOW - timedelta(days=40)).isoformat(timespec="seconds")


@pytest.fixture
def ready(run: Run, place: Path) -> Run:
    """A register, and an account that a person saw to be silent for 40 days."""
    assert run("migrate").returncode == 0
    assert run("accounts", "import", "config/examples/register.yaml").returncode == 0
    (place / "截图.png").write_bytes(b"picture")
    listed = json.loads(run("accounts", "list", "--json").stdout)["accounts"]
    key = next(each["key"] for each in listed if each["platform"] == "weibo")
    words = ("attest", key, "--last-post", LAST, "--by", "王五", "--evidence", "截图.png")
    assert run(*words).returncode == 0
    return run


def cases(run: Run, *words: str) -> dict[str, Any]:
    found = json.loads(run("cases", "list", "--json", *words).stdout)["cases"]
    return {each["rule"]: each for each in found}


@pytest.mark.slow
def test_a_case_is_worked_on_from_receipt_to_dismissal(ready: Run, place: Path) -> None:
    found = cases(ready)
    number, other = found["UPD-04"]["number"], found["UPD-05"]["number"]
    assert found["UPD-04"]["due_on"] is not None
    assert "UPD-04" in ready("cases", "list").stdout
    findings = json.loads(ready("findings", "--json").stdout)["findings"]
    assert {each["due_on"] for each in findings if each["rule"] == "UPD-04"} == {
        found["UPD-04"]["due_on"]
    }

    done = ready("cases", "ack", number, other, "--by", "李四", "--json")
    assert done.returncode == 0, done.stderr
    acked = json.loads(done.stdout)["cases"]
    assert [each["acknowledged_by"] for each in acked] == ["李四", "李四"]

    (place / "佐证.sh").write_bytes(b"#!/bin/sh\nexit 1\n")
    digest = sha256(b"#!/bin/sh\nexit 1\n").hexdigest()
    words = ("--text", "已恢复更新", "--attach", "佐证.sh", "--by", "李四")
    assert ready("cases", "feedback", number, *words).returncode == 0
    (kept,) = [path for path in place.rglob(digest[2:]) if path.is_file()]
    assert not kept.stat().st_mode & 0o111

    assert (
        ready(
            "cases", "measure", number, "--kind", "约谈", "--text", "约谈负责人", "--by", "赵六"
        ).returncode
        == 0
    )
    assert (
        ready(
            "cases", "recheck", number, "--not-ok", "--text", "仍无更新", "--by", "赵六"
        ).returncode
        == 0
    )
    refused = ready("cases", "close", number, "--reason", "已整改", "--by", "赵六")
    assert refused.returncode == 2
    assert "仍见该情形" in refused.stderr
    ended = ready("cases", "dismiss", number, "--reason", "误报", "--by", "赵六")
    assert ended.returncode == 0, ended.stderr
    assert "UPD-04" not in cases(ready)
    assert cases(ready, "--all")["UPD-04"]["dismissed"] is True

    told = json.loads(ready("cases", "show", number, "--json").stdout)
    kinds = [each["kind"] for each in told["events"]]
    assert kinds == ["ack", "feedback", "measure", "recheck", "dismiss"]
    assert told["events"][1]["data"]["files"][0]["sha256"] == digest
    assert told["proof"] == [sha256(b"picture").hexdigest()]
    text = ready("cases", "show", number).stdout.replace("\n", "")
    assert all(word in text for word in ("签收", "约谈", "整改不到位", "不予认定", "李四"))


@pytest.mark.slow
def test_bad_input_is_named_all_at_once(ready: Run) -> None:
    for words, why in WRONG:
        done = ready("cases", *words)
        assert done.returncode == 2, words
        assert all(each in done.stderr for each in why), done.stderr


WRONG = [
    (("ack", "4711", "UPD-04-260101-abcdef", "--by", "甲"), ["4711", "UPD-04-260101-abcdef"]),
    (("show", "4711"), ["4711"]),
    (("measure", "1", "--kind", "罚款", "--text", "x", "--by", "甲"), ["约谈"]),
    (("feedback", "1", "--text", "x", "--by", "甲", "--attach", "没有"), ["没有"]),
    (("feedback", "1", "--text", "x", "--by", "甲", "--new-deadline", "明天"), ["明天"]),
    (("recheck", "1", "--new-deadline", "2027-01-01"), ["--not-ok"]),
    (("ack", "1", "--by", " "), ["--by"]),
]


@pytest.mark.slow
def test_a_recheck_reads_the_account_at_once_and_says_what_came_of_it(
    ready: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = cases(ready)["UPD-04"]["number"]
    seen: list[Outcome] = []

    async def walled(watch: Watch, account: Account) -> Outcome:
        seen.append(Failure(account.key, NOW, Trouble.BLOCKED, "验证码", "weibo"))
        return seen[-1]

    monkeypatch.setattr("watcher.cli_cases.look", walled)
    done = ready("cases", "recheck", number, "--by", "王五", "--json")
    assert done.returncode == 0, done.stderr
    (said,) = json.loads(done.stdout)["cases"]
    assert said["state"] == "open"
    assert said["event"]["data"]["outcome"] == "未能采集，无法判定"
    assert len(seen) == 1
    told = json.loads(ready("cases", "show", number, "--json").stdout)
    assert [each["kind"] for each in told["events"]] == ["recheck"]


def test_what_nothing_can_be_listed_by_is_refused(ready: Run) -> None:
    done = ready("cases", "list", "--rule", "UPD-00")
    assert (done.returncode, done.stdout) == (2, "")
    assert "是否指 UPD-0" in done.stderr
    assert "watcher rules list" in done.stderr
    assert ready("cases", "list", "--rule", "upd-02").returncode == 0
    for words in (("cases", "list"), ("filings", "list")):
        done = ready(*words, "--account", "nope")
        assert (done.returncode, done.stdout) == (2, "")
        assert "没有 nope" in done.stderr
