"""The program as a user runs it: exit statuses, errors, and nothing but JSON under --json."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from collectors import SECRETS, discover
from tests.program import ROOT, Run, place, run
from watcher.cli_accounts import check_sources
from watcher.model import Account, Source, Unit
from watcher.replica.roster import PARTS
from watcher.terminal import BadInputError

__all__ = ["place", "run"]  # fixtures


def test_a_register_is_imported_listed_and_exported_by_a_user(run: Run, place: Path) -> None:
    assert run("migrate").returncode == 0
    first = run("accounts", "import", "config/examples/register.yaml")
    assert first.returncode == 0, first.stderr
    assert f"账号 {len(PARTS)} 个" in first.stdout
    again = run("accounts", "import", "config/examples/register.csv")
    assert "新增 0 条，更新 0 条" in again.stdout
    listed = json.loads(run("accounts", "list", "--json").stdout)["accounts"]
    assert len(listed) == len(PARTS)
    assert run("accounts", "export", "out.xlsx").returncode == 0
    assert "新增 0 条，更新 0 条" in run("accounts", "import", "out.xlsx").stdout
    found = run("findings", "--json")
    assert json.loads(found.stdout)["findings"] == []
    assert found.stderr == ""


def test_a_command_on_a_database_that_is_not_migrated_says_what_to_run(run: Run) -> None:
    done = run("accounts", "list")
    assert done.returncode == 2
    assert "watcher migrate" in done.stderr
    assert done.stdout == ""


def test_a_register_with_mistakes_changes_nothing_and_names_them_all(run: Run, place: Path) -> None:
    run("migrate")
    (place / "bad.csv").write_text(
        "账号名称,账号类型,平台ID,主办单位,创建日期\n甲,新浪微搏,1,乙局,2026-09-30\n,抖音短视频,2,乙局,三月\n",
        "utf-8",
    )
    done = run("accounts", "import", "bad.csv")
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("新浪微搏", "新浪微博", "三月", "账号名称"))
    assert json.loads(run("accounts", "list", "--json").stdout)["accounts"] == []


def test_a_literal_secret_in_a_register_is_refused(run: Run, place: Path) -> None:
    run("migrate")
    register = (place / "config/examples/register.yaml").read_text("utf-8")
    literal = register.replace("        env: SHOUWANG_WX", "        plain: SHOUWANG_WX")
    literal = literal.replace("secret:\n        plain: ", "secret: ")
    (place / "literal.yaml").write_text(literal, "utf-8")
    done = run("accounts", "import", "literal.yaml")
    assert done.returncode == 2
    assert "密钥" in done.stderr
    assert "SHOUWANG_WXCE76" not in done.stderr


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_every_setting_that_is_a_secret_is_refused_as_a_literal(name: str) -> None:
    source = Source("weibo_api", "1", {name: "abc"})
    account = Account("weibo-1", "weibo", "甲", Unit("u", "乙局"), (source,))
    with pytest.raises(BadInputError, match=f"weibo-1: 采集源设置 {name} 不得直接写密钥"):
        check_sources(Path("a.csv"), [account], discover())
    named = replace(account, sources=(replace(source, settings={name: {"env": "X"}}),))
    check_sources(Path("a.csv"), [named], discover())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("calendar", "due", "2026-13-01", "3"), "2026-13-01"),
        (("calendar", "due", "2026-02-11", "-1"), ""),
        (("calendar", "week", "2026-W60"), "2026-W60"),
        (("replay", "nowhere"), "case.yaml"),
        (("try", "weibo0", "1"), "weibo"),
        (("try", "weibo", "1", "--set", "x"), "--set"),
        (("simulate", "--from", "2026-01-02", "--to", "2026-01-01"), "--to"),
        (("simulate", "--from", "yesterday", "--to", "2026-01-01"), "--from"),
        (("check", "--config", "nowhere.yaml"), "nowhere.yaml"),
        (("nonsense",), "nonsense"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_bad_arguments_end_with_status_2_and_a_text(
    run: Run, words: tuple[str, ...], told: str
) -> None:
    done = run(*words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_check_reports_every_mistake_of_every_file_at_once(run: Run, place: Path) -> None:
    watcher = place / "config/watcher.yaml"
    watcher.write_text(watcher.read_text("utf-8") + "\npace: {weibbo: {gap: 3}}\n", "utf-8")
    rules = place / "config/rules.yaml"
    rules.write_text(rules.read_text("utf-8").replace("near_days: 10", "near_days: 20"), "utf-8")
    done = run("check")
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("weibbo", "near_days", "SHOUWANG_OPERATOR_URL"))


def test_calendar_prints_the_deadlines_of_the_domain(run: Run) -> None:
    assert run("calendar", "due", "2026-02-11", "3").stdout.strip() == "2026-02-14"
    provisional = run("calendar", "due", "2026-12-15", "15", "--json")
    assert json.loads(provisional.stdout) == {
        "start": "2026-12-15",
        "days": 15,
        "due": "2027-01-06",
        "provisional": True,
    }
    week = json.loads(run("calendar", "week", "2026-W08", "--json").stdout)
    assert (week["working_days"], week["required"]) == (0, False)


def test_replay_prints_one_json_document(run: Run) -> None:
    done = run("replay", str(ROOT / "tests/fixtures/weibo/ordinary"), "--json")
    assert done.returncode == 0
    value = json.loads(done.stdout)
    assert (value["outcome"], value["coverage"]) == ("seen", "complete")
    blocked = json.loads(run("replay", str(ROOT / "tests/fixtures/weibo/blocked"), "--json").stdout)
    assert (blocked["outcome"], blocked["trouble"]) == ("failed", "blocked")


def test_a_platform_that_cannot_be_reached_is_status_1(run: Run) -> None:
    done = run("try", "govsite", "http://127.0.0.1:9/list.html")
    assert done.returncode == 1
    assert "未能采集" in done.stdout


def test_a_misused_command_line_is_answered_in_chinese(run: Run) -> None:
    for words, said in (
        (("rules", "show"), "缺少 'rule'"),
        (("filings", "show"), "缺少 'key'"),
        (("cases", "list", "--bogus"), "没有选项 --bogus"),
    ):
        done = run(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.splitlines() == [said, "用法见 --help"]
