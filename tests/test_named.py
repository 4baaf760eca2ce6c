"""Who did it: decisions name a person, what is only entered names at least the login."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program import Run, place, run
from tests.test_cli_filings import ready, said
from watcher import store

__all__ = ["place", "ready", "run"]  # fixtures
LEAD = ("--platform", "微博", "--handle", "99", "--name", "三亚教育资讯")
DECISIONS = (
    ("candidates", "add", *LEAD),
    ("candidates", "confirm", "1", "--reason", "冒名"),
    ("candidates", "dismiss", "1", "--reason", "同名企业"),
    ("candidates", "own", "1"),
    ("candidates", "watch", "1"),
    ("candidates", "proof", "1", "-o", "p.zip"),
    ("candidates", "letter", "1", "-o", "a.docx"),
    ("candidates", "sent", "1"),
    ("candidates", "receipt", "1", "--receipt", "WB-1"),
    ("candidates", "result", "1", "--text", "已封禁", "--gone"),
    ("candidates", "recheck", "1", "--gone"),
    ("cases", "ack", "1"),
    ("cases", "feedback", "1", "--text", "已整改"),
    ("cases", "recheck", "1", "--ok"),
    ("cases", "close", "1", "--reason", "到位"),
    ("cases", "dismiss", "1", "--reason", "误报"),
    ("cases", "measure", "1", "--kind", "约谈", "--text", "约谈"),
    ("leads", "add", *LEAD),
    ("leads", "close", "1", "--as", "非政务"),
    ("platforms", "confirm", "weishi"),
    ("attest", "a1", "--evidence", "a.png", "--no-posts"),
)


def lines(place: Path) -> list[tuple[str, str]]:
    db = store.connect(f"sqlite:///{place / 'var' / 'watcher.sqlite'}")
    with db.read() as c:
        found = [(line.actor, line.action) for line in store.list_audit(c)]
    db.close()
    return found


@pytest.mark.parametrize("words", DECISIONS, ids=lambda words: "-".join(words[:2]))
def test_a_decision_that_names_nobody_is_not_made(run: Run, words: tuple[str, ...]) -> None:
    for unnamed in ((), ("--by", " "), ("--by", "命令行"), ("--by", "命令行:root")):
        done = run(*words, *unnamed)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert "--by 姓名" in done.stderr
        assert "SHOUWANG_BY" in done.stderr


def test_a_name_is_short_and_has_no_control_characters(run: Run) -> None:
    for name in ("李" * 61, "李\x1b[31m", "李\n王"):
        done = run("cases", "ack", "1", "--by", name)
        assert (done.returncode, "不超过 60 个字" in done.stderr) == (2, True)


def test_a_person_may_be_named_once_for_a_terminal(
    ready: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOUWANG_BY", " 王一 ")
    number = str(said(ready("leads", "add", *LEAD, "--json"))["id"])
    assert ready("leads", "close", number, "--as", "非政务", "--by", "李二").returncode == 0
    assert [actor for actor, _ in lines(place)][:2] == ["李二", "王一"]


def test_what_is_only_entered_names_the_login(ready: Run, place: Path) -> None:
    assert {actor for actor, _ in lines(place)} == {"命令行:wang"}
    blank = ready("candidates", "search", "--name", "三亚", "--platform", "weibo", "--by", " ")
    assert (blank.returncode, "--by 姓名" in blank.stderr) == (2, True)
