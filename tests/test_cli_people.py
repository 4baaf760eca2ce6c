"""People as a source, as a user meets it: attest, posts add, accounts show."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from tests.program import Run, place, run

__all__ = ["place", "run"]  # fixtures


NOW = datetime.now(UTC)
LAST = (NOW - timedelta(days=2)).isoformat(timespec="seconds")


@pytest.fixture
def ready(run: Run, place: Path) -> Run:
    assert run("migrate").returncode == 0
    done = run("accounts", "import", "config/examples/register.yaml")
    assert done.returncode == 0, done.stderr
    (place / "截图.png").write_bytes(b"picture")
    return run


def key_of(run: Run) -> str:
    return str(json.loads(run("accounts", "list", "--json").stdout)["accounts"][0]["key"])


def test_an_attestation_is_kept_with_its_evidence_and_shown_everywhere(
    ready: Run, place: Path
) -> None:
    key = key_of(ready)
    words = ("attest", key, "--last-post", LAST, "--name", "三亚新名", "--by", "王五")
    done = ready(*words, "--evidence", "截图.png", "--valid-days", "10", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    digest = sha256(b"picture").hexdigest()
    assert (said["author"], said["evidence"], said["evidence_size"]) == ("王五", digest, 7)
    assert any("备案名称" in note for note in said["notes"])
    (copy,) = [path for path in place.rglob(digest[2:]) if path.is_file()]
    assert copy.read_bytes() == b"picture"
    assert copy.parent.name == digest[:2]

    listed = json.loads(ready("accounts", "list", "--json").stdout)["accounts"]
    assert {each["attested_by"] for each in listed if each["key"] == key} == {"王五"}
    assert "人工核验" in ready("accounts", "list").stdout
    shown = json.loads(ready("accounts", "show", key, "--json").stdout)
    assert shown["attestations"][0]["evidence"] == digest
    assert shown["posts"][0]["source"] == "attest"
    assert shown["looks"][0]["source"] == "attest"
    assert shown["profile"]["name"] == "三亚新名"
    assert shown["register"]["unit"]["name"]
    text = ready("accounts", "show", key).stdout
    assert all(word in text for word in ("人工核验", "王五", digest[:12], "各采集源所见"))


def test_an_attestation_of_silence_opens_a_case_that_names_the_person(
    ready: Run, place: Path
) -> None:
    listed = json.loads(ready("accounts", "list", "--json").stdout)["accounts"]
    key = next(each["key"] for each in listed if each["platform"] == "weibo")
    last = (NOW - timedelta(days=40)).isoformat(timespec="seconds")
    words = ("attest", key, "--last-post", last, "--by", "王五", "--evidence", "截图.png")
    assert ready(*words).returncode == 0
    found = json.loads(ready("findings", "--json").stdout)["findings"]
    case = next(each for each in found if each["rule"] == "UPD-04")
    assert case["facts"]["reading"]["attested"]["by"] == "王五"
    assert case["proof"] == [sha256(b"picture").hexdigest()]
    assert "人工核验 · " in case["fact"]
    assert "人工核验 · " in ready("findings").stdout.replace("\n", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--last-post", "昨天"), "--last-post"),
        ((), "--no-posts"),
        (("--last-post", LAST, "--no-posts"), "--no-posts"),
        (("--last-post", (NOW + timedelta(days=1)).isoformat()), "晚于核验时间"),
        (("--no-posts", "--at", (NOW + timedelta(days=1)).isoformat()), "晚于现在"),
        (("--no-posts", "--at", (NOW - timedelta(days=40)).isoformat()), "已经到期"),
        (("--no-posts", "--valid-days", "91"), "valid-days"),
        (("--no-posts", "--evidence", "没有.png"), "没有.png"),
        (("--no-posts", "--by", " "), "--by"),
    ],
    ids=lambda value: "" if isinstance(value, tuple) else value,
)
def test_a_word_that_cannot_be_taken_is_refused(
    ready: Run, words: tuple[str, ...], told: str
) -> None:
    key = key_of(ready)
    defaults = ("--by", "王五", "--evidence", "截图.png")
    done = ready("attest", key, *defaults, *words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert told in done.stderr
    shown = json.loads(ready("accounts", "show", key, "--json").stdout)
    assert shown["attestations"] == []


def test_a_word_older_than_the_last_reading_is_refused(ready: Run) -> None:
    key = key_of(ready)
    words = ("attest", key, "--no-posts", "--by", "王五", "--evidence", "截图.png")
    assert ready(*words).returncode == 0
    done = ready(*words, "--at", (NOW - timedelta(hours=1)).isoformat())
    assert done.returncode == 2
    assert "以采集结果为准" in done.stderr


def test_links_that_nobody_recognises_are_bad_input(ready: Run) -> None:
    done = ready("posts", "add", "https://example.cn/x")
    assert done.returncode == 2
    assert "没有采集器认得" in done.stderr
    assert ready("accounts", "show", "nobody").returncode == 2
    assert ready("posts", "add", "https://example.cn/x", "--account", "nobody").returncode == 2
