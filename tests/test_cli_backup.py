"""`watcher backup` and `watcher restore`, as a user meets them."""

from __future__ import annotations

import json
import shutil
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.program import Run, place, run
from watcher import store
from watcher.store.held_letters import HELD
from watcher.store.schema import metadata

__all__ = ["place", "run"]  # fixtures
T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def filled(run: Run, place: Path) -> Path:
    """An installation with the register of the examples and a letter that was due."""
    assert run("migrate").returncode == 0
    assert run("accounts", "import", "config/examples/register.yaml").returncode == 0
    db = store.connect(f"sqlite:///{place}/var/watcher.sqlite")
    with db.write() as c:
        row = dict.fromkeys(("key", "target", "title", "body", "short"), "旧消息")
        row |= {"why": "first", "level": "red", "state": "pending", "possibly_sent": False}
        c.execute(metadata.tables["outbox"].insert(), row | {"not_before": T0, "due_at": T0})
    db.close()
    return place


def test_a_backup_goes_and_comes_back(run: Run, filled: Path) -> None:
    done = run("backup", "b.tar.gz")
    assert done.returncode == 0, done.stderr
    assert "已备份到 b.tar.gz" in done.stdout
    assert "不含密钥" in done.stdout
    assert "SHOUWANG_CITY_KEY" in done.stdout
    assert run("backup", "--verify", "b.tar.gz").stdout.startswith("备份文件完整")
    said = json.loads(run("backup", "--verify", "b.tar.gz", "--json").stdout)
    assert said["rows"]["account"] == 64
    shutil.rmtree(filled / "var")
    done = run("restore", "b.tar.gz", "--by", "李四", "--config-into", "old")
    assert done.returncode == 0, done.stderr
    assert "1 条消息" in done.stdout
    assert (filled / "old/offices.yaml").is_file()
    assert len(json.loads(run("accounts", "list", "--json").stdout)["accounts"]) == 64


def test_the_key_of_links_is_said_to_be_in_no_backup(run: Run, filled: Path) -> None:
    with (filled / "config/watcher.yaml").open("a") as file:
        file.write("\npublic_url: https://watch.example\n")
    key = filled / "var/links.key"
    key.write_text("0" * 64)
    assert f"{key} 也不含" in run("backup", "b.tar.gz").stdout
    assert "签收链接" not in run("restore", "b.tar.gz", "--replace", "--by", "李四").stdout
    key.unlink()
    said = run("restore", "b.tar.gz", "--replace", "--by", "李四").stdout
    assert f"文件 {key}（签收链接的密钥；不放回则已发出的链接作废）" in said


def test_letters_are_released_or_dropped_by_a_person(run: Run, filled: Path) -> None:
    run("backup", "b.tar.gz", "--json")
    assert run("restore", "b.tar.gz", "--replace").returncode == 0
    said = json.loads(run("restore", "--letters", "--json").stdout)
    assert [letter["title"] for letter in said["letters"]] == ["旧消息"]
    refused = run("restore", "--drop-letters")
    assert (refused.returncode, "须写明操作人" in refused.stderr) == (2, True)
    assert "已放行 1 条" in run("restore", "--release-letters", "--by", "李四").stdout
    assert "扣留 0 条" in run("restore", "--letters").stdout
    db = store.connect(f"sqlite:///{filled}/var/watcher.sqlite")
    with db.write() as c:
        assert store.list_audit(c, "outbox", 1)[0].actor == "李四"
        table = metadata.tables["outbox"]
        assert c.execute(table.select()).mappings().one()["possibly_sent"]
        c.execute(table.update().values(state=HELD))
    db.close()
    assert "已作废 1 条" in run("restore", "--drop-letters", "--by", "李四").stdout


def test_scheduled_backups_keep_the_newest(run: Run, filled: Path) -> None:
    folder = filled / "backups"
    folder.mkdir()
    for day in (1, 2, 3):
        (folder / f"shouwang-202001{day:02}T020000Z.tar.gz").touch()
    said = json.loads(run("backup", "--into", "backups", "--keep", "2", "--json").stdout)
    assert [Path(each).name[9:17] for each in said["removed"]] == ["20200101", "20200102"]
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["backup"], "请给出备份文件名"),
        (["backup", "a", "--into", "b"], "二者取一"),
        (["backup", "a", "--keep", "3"], "--keep 须与 --into 同用"),
        (["backup", "--verify", "missing.tar.gz"], "没有备份文件"),
        (["backup", "nowhere/b.tar.gz"], "没有文件夹"),
        (["restore"], "请给出备份文件"),
        (["restore", "missing.tar.gz"], "没有备份文件"),
        (["restore", "a", "--letters"], "请给出备份文件"),
    ],
)
def test_what_makes_no_sense_is_refused(run: Run, filled: Path, words: list[str], why: str) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert why in done.stderr


def test_a_backup_never_takes_the_place_of_a_file(run: Run, filled: Path) -> None:
    (filled / "b.tar.gz").write_text("mine")
    assert "已存在" in run("backup", "b.tar.gz").stderr
    assert (filled / "b.tar.gz").read_text() == "mine"


def test_a_file_that_is_no_backup_is_told_in_chinese(run: Run, filled: Path) -> None:
    (filled / "odd").write_bytes(b"x" * 5000)
    for words in (["backup", "--verify", "odd"], ["restore", "odd", "--replace"]):
        done = run(*words)
        assert done.returncode == 1
        assert "不是守望的备份文件" in done.stderr


def test_rows_that_are_there_are_not_lost_by_accident(run: Run, filled: Path) -> None:
    run("backup", "b.tar.gz")
    done = run("restore", "b.tar.gz")
    assert done.returncode == 2
    assert "--replace" in done.stderr
    with tarfile.open(filled / "b.tar.gz") as opened:
        assert opened.getnames()[0] == "shouwang.json"
