"""An app over days, from the stores of the replica to what is found: read, kept, judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from collectors import discover
from tests.rules.world import CAL, RULES
from watcher.fetch import Fetcher, FetchSettings
from watcher.model import Account, Dossier, Finding, Unit
from watcher.reading import observe
from watcher.replica.sample import account_of, make_actor
from watcher.replica.timetable import regular
from watcher.replica.transport import ReplicaTransport
from watcher.replica.world import Act, Outage, Scene, World, world
from watcher.rules import judge
from watcher.store import Database, Reading, connect, migrate, record, save_register

START = datetime(2026, 11, 9, 1, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNIT = Unit("city", "三亚市人民政府办公室")
COLLECTORS = discover()


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = connect(f"sqlite:///{tmp_path / 'watcher.db'}")
    migrate(opened)
    yield opened
    opened.close()


def app(number: int, *acts: Act, outages: tuple[Outage, ...] = ()) -> tuple[World, Account]:
    """An app in three stores; one of an even number talks to a host without IPv6."""
    versions = regular("app", date(2026, 6, 1), date(2026, 12, 20), 20.0)
    one = make_actor("apple", number, "三亚政务通", versions, acts)
    return world([one], outages), account_of("apple", number, one, UNIT, START)


async def days(
    db: Database, shown: World, account: Account, hours: int, every: int = 6
) -> Mapping[datetime, tuple[Dossier, dict[str, Finding]]]:
    """What is known and found after each reading."""
    moment = START
    with db.write() as c:
        save_register(c, [UNIT], [account], "测试", START)
    fetcher = Fetcher(FetchSettings(), lambda: moment, ReplicaTransport(shown, lambda: moment))
    told = {}
    try:
        for passed in range(0, hours + 1, every):
            moment = START + passed * HOUR
            seen = await observe(account, COLLECTORS, fetcher, {}, moment)
            with db.write() as c:
                dossier = record(c, [Reading(account.key, seen.outcome)], moment)[account.key]
            found = judge(dossier, moment, RULES, CAL)
            told[moment] = dossier, {finding.rule: finding for finding in found}
    finally:
        await fetcher.aclose()
    return told


async def test_an_app_in_the_stores_is_seen_with_all_that_they_show(db: Database) -> None:
    told = await days(db, *app(1), hours=48)
    dossier, found = told[START + 2 * DAY]
    assert dossier.profile is not None
    assert set(dossier.profile.traits or ()) == {
        "version", "package", "developer", "yyb_version", "android_package", "huawei_build",
        "ipv6", "ipv6_host",
    }  # fmt: skip
    assert found == {}


async def test_an_app_that_leaves_every_shelf_is_found_after_three_looks_and_a_day(
    db: Database,
) -> None:
    told = await days(db, *app(1, Act(Scene.GONE, START + DAY)), hours=72)
    first = min(at for at, (_, found) in told.items() if "APP-01" in found)
    assert first == START + 2 * DAY
    assert told[first][1]["APP-01"].facts["stores"] == ["app_apple", "app_yyb", "app_huawei"]


async def test_an_app_that_comes_back_is_found_no_more(db: Database) -> None:
    away = Act(Scene.GONE, START + DAY, START + 2 * DAY + HOUR)
    told = await days(db, *app(1, away), hours=72)
    assert [at for at, (_, found) in told.items() if "APP-01" in found] == [START + 2 * DAY]


@pytest.mark.parametrize("lane", ["apple", "yyb", "huawei"])
async def test_a_store_that_cannot_be_asked_keeps_an_app_from_being_called_gone(
    db: Database, lane: str
) -> None:
    silent = Outage(lane, START + DAY, START + 9 * DAY)
    told = await days(db, *app(1, Act(Scene.GONE, START + DAY), outages=(silent,)), hours=96)
    assert not [at for at, (_, found) in told.items() if "APP-01" in found]


@pytest.mark.parametrize("scene", [Scene.CAPTCHA, Scene.EMPTY_BODY, Scene.LAYOUT_CHANGED])
async def test_walls_in_every_store_accuse_nobody(db: Database, scene: Scene) -> None:
    told = await days(db, *app(1, Act(scene, START + DAY)), hours=96)
    assert not [at for at, (_, found) in told.items() if "APP-01" in found]


async def test_a_host_without_ipv6_is_found_after_a_day(db: Database) -> None:
    told = await days(db, *app(2), hours=36)
    assert min(at for at, (_, found) in told.items() if "APP-03" in found) == START + DAY
    assert told[START + DAY][1]["APP-03"].facts["host"] == "app4.sanya.gov.cn"


async def test_a_name_service_that_is_out_neither_opens_nor_ends_it(db: Database) -> None:
    out = Outage("dns", START + HOUR, START + 60 * HOUR)
    told = await days(db, *app(2, outages=(out,)), hours=72)
    for at, (_, found) in told.items():
        fresh = "APP-03" in found and at - found["APP-03"].as_of <= RULES.recent
        assert fresh is (at >= START + 60 * HOUR)
