"""`watcher silences` and `watcher cases snooze`: an end is obligatory, every mistake at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.store.given import UNIT, account, case
from watcher import cli_cases, cli_silences
from watcher.daemon import now
from watcher.model import Finding, Level
from watcher.quiet import scope_text
from watcher.store import Database, connect, list_audit, migrate, save_cases, save_register
from watcher.store.silences import list_silences
from watcher.terminal import BadInputError

CONFIG = Path(__file__).parents[1] / "config"
Ask = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copytree(CONFIG, tmp_path / "config")
    return tmp_path


@pytest.fixture
def db(folder: Path) -> Any:
    made = connect(f"sqlite:///{folder / 'var' / 'watcher.sqlite'}")
    migrate(made)
    with made.write() as c:
        save_register(c, [UNIT], [account()], "测试", now())
    yield made
    made.close()


@pytest.fixture
def ask(folder: Path, db: Database) -> Ask:
    def asked(*words: str) -> Result:
        app, *rest = (alone, *words[1:]) if words[0] == "snooze" else (cli_silences.app, *words)
        return CliRunner().invoke(app, [*rest, "--config", str(folder / "config/watcher.yaml")])

    alone = typer.Typer()
    alone.command()(cli_silences.snooze_case)
    return asked


def mistakes(found: Result) -> list[str]:
    assert isinstance(found.exception, BadInputError), found.output
    return found.exception.lines


def test_a_silence_is_added_listed_and_ended(ask: Ask, db: Database) -> None:
    added = ask("add", "--unit", "三亚市教育局", "--for", "2d", "--by", "王五", "--reason", "迁移")
    assert added.exit_code == 0, added.output
    assert "第 1 号静默：主办单位 jyj（三亚市教育局）" in "".join(added.output.split("\n"))
    listed = json.loads(ask("list", "--json").output)["silences"]
    assert [(each["unit"], each["active"], each["by"]) for each in listed] == [
        ("jyj", True, "王五")
    ]
    assert "已结束" in ask("end", "1", "--by", "李四").output
    assert json.loads(ask("list", "--json").output) == {"silences": []}
    (past,) = json.loads(ask("list", "--all", "--json").output)["silences"]
    assert (past["ended_by"], past["concluded_at"] is not None) == ("李四", True)
    assert mistakes(ask("end", "1", "--by", "李四")) == ["第 1 号静默已经结束"]
    assert "没有第 9 号" in mistakes(ask("end", "9", "--by", "李四"))[0]
    with db.read() as c:
        assert [each.action for each in list_audit(c)][:2] == ["silence_end", "silence_begin"]


def test_keys_stand_beside_the_names_that_people_know(ask: Ask, db: Database) -> None:
    told = account()
    plain = ("--for", "2d", "--by", "王五", "--reason", "迁移")
    assert ask("add", "--account", told.key, *plain).exit_code == 0
    assert ask("add", "--office", "jiyang_office", *plain).exit_code == 0
    assert ask("snooze", "1", *plain, "--even-red").exit_code in (0, 1)
    shown = json.loads(ask("list", "--json").output)["silences"]
    assert ("account", told.key, told.name) in {
        ("account", each["account"], each["account_name"]) for each in shown
    }
    with db.read() as c:
        texts = [scope_text(each, lambda key: f"{key}的名称") for each in list_silences(c)]
    assert f"账号 {told.key}（{told.name}）" in texts
    assert "主管机构 jiyang_office（jiyang_office的名称）" in texts


def test_an_end_is_obligatory_and_bounded(ask: Ask) -> None:
    plain = ("add", "--rule", "UPD-03", "--by", "王五", "--reason", "迁移")
    assert "--until" in mistakes(ask(*plain))[0]
    assert "二者写一" in mistakes(ask(*plain, "--for", "2d", "--until", "2099-01-01"))[0]
    assert "不是时长" in mistakes(ask(*plain, "--for", "两天"))[0]
    assert "不是时刻" in mistakes(ask(*plain, "--until", "明天"))[0]
    assert "最长 30 天" in mistakes(ask(*plain, "--for", "31d"))[0]
    assert "晚于现在" in mistakes(ask(*plain, "--until", "2020-01-01"))[0]


def test_every_mistake_is_said_at_once(ask: Ask) -> None:
    words = ("--rule", "UPD-99", "--platform", "weibo1", "--office", "x", "--account", "y")
    found = mistakes(ask("add", *words, "--unit", "z", "--for", "1d", "--by", "a", "--reason", " "))
    assert len(found) == 6
    assert "至少一项" in mistakes(ask("add", "--for", "1d", "--by", "a", "--reason", "b"))[0]


def test_one_case_is_snoozed_and_shows_it(ask: Ask, db: Database, folder: Path) -> None:
    finding = Finding("UPD-03", "weibo-1", "", Level.YELLOW, "第十二条", now(), {"days": 11})
    with db.write() as c:
        (one,) = save_cases(c, [case(finding=finding, opened_at=now(), told_at=now())])
    number = str(one.id)
    words = ("--for", "1d", "--by", "王五", "--reason", "已电话告知")
    assert "第 1 号静默：问题" in ask("snooze", number, *words).output
    shown = CliRunner().invoke(
        cli_cases.app, ["show", number, "--config", str(folder / "config/watcher.yaml"), "--json"]
    )
    told = json.loads(shown.output)
    assert told["silenced_until"] is not None
    assert [each["kind"] for each in told["events"]] == ["snooze"]
    assert "没有编号为" in mistakes(ask("snooze", "77", *words))[0]
