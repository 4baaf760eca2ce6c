"""`watcher accept`: what is seen now is accepted by somebody, noted, and the case ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.program import Run, place, run
from watcher import store
from watcher.config import Settings, load
from watcher.daemon import book_of
from watcher.judging import rejudge, settle
from watcher.model import Profile, Sighting, Snapshot
from watcher.store import Database, Reading
from watcher.store.schema_paper import acceptance

__all__ = ["place", "run"]  # fixtures

NOW = datetime.now(UTC)


@pytest.fixture
def settings(run: Run, place: Path) -> Settings:
    assert run("migrate").returncode == 0
    assert run("accounts", "import", "config/examples/register.yaml").returncode == 0
    return load(place / "config/watcher.yaml", {}, targets=False)


@pytest.fixture
def db(settings: Settings) -> Iterator[Database]:
    opened = store.connect(settings.database.reveal())
    yield opened
    opened.close()


def seen(db: Database, settings: Settings, *bios: str) -> str:
    """Readings of one account a minute apart, the last of them now; its key."""
    with db.read() as c:
        account = next(a for a in store.load_accounts(c) if a.platform == "weibo")
    for number, bio in enumerate(bios):
        at = NOW - timedelta(minutes=len(bios) - number)
        shown = Snapshot(account.key, at, Sighting(Profile("1", account.name, bio)), "weibo")
        with db.write() as c:
            settle(c, [Reading(account.key, shown)], book_of(settings), at)
    return account.key


def changes(run: Run) -> list[str]:
    found = json.loads(run("findings", "--json").stdout)["findings"]
    return [each["fact"] for each in found if each["rule"] == "CHG-01"]


def test_accepting_ends_the_case_and_is_audited(run: Run, settings: Settings, db: Database) -> None:
    key = seen(db, settings, "甲", "甲", "乙", "乙")
    assert changes(run) == ["简介由“甲”变为“乙”"]
    done = run("accept", key, "--reason", "函告", "--by", "王五", "--field", "bio", "--json")
    assert done.returncode == 0, done.stderr
    (move,) = json.loads(done.stdout)["accepted"]
    assert (move["before"], move["after"], move["by"]) == ("甲", "乙", "王五")
    with db.write() as c:
        rejudge(c, book_of(settings), datetime.now(UTC))
        (line,) = [row for row in store.list_audit(c, key) if row.action == "face.accept"]
        noted = sa.select(acceptance.c.author, acceptance.c.reason)
        moved = c.execute(noted.order_by(acceptance.c.id.desc())).first()
    assert changes(run) == []
    assert line.actor == "王五"
    assert line.after == {"bio": "乙", "reason": "函告"}
    assert moved == ("王五", "函告")
    again = run("accept", key, "--reason", "函告")
    assert (again.returncode, "未作改动" in again.stdout) == (0, True)


def test_accepting_for_people_shows_both_values(run: Run, settings: Settings, db: Database) -> None:
    key = seen(db, settings, "甲", "甲", "乙")
    done = run("accept", key, "--reason", "函告")
    assert done.returncode == 0, done.stderr
    assert "甲" in done.stdout
    assert "乙" in done.stdout
    with db.write() as c:
        paper = store.dossiers(c, [key])[key].paper
    assert paper is not None
    assert paper.accepted["bio"] == "乙"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nobody", "--reason", "函告"), "nobody"),
        (("KEY", "--reason", " "), "--reason"),
        (("KEY", "--reason", "函告", "--by", " "), "--by"),
        (("KEY", "--reason", "函告", "--field", "face"), "face"),
        (("KEY", "--reason", "函告", "--field", "avatar"), "头像"),
        (("KEY",), "--reason"),
    ],
)
def test_what_cannot_be_accepted_is_refused(
    run: Run, settings: Settings, db: Database, words: tuple[str, ...], told: str
) -> None:
    key = seen(db, settings, "甲", "甲")
    done = run("accept", *(key if word == "KEY" else word for word in words))
    assert done.returncode == 2, done.stdout
    assert told in done.stderr
