"""The whole watch under a virtual clock: what it finds is what was there, no more and no less."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import httpx
import pytest

from watcher.config import Settings, load
from watcher.model import Case
from watcher.replica.simulated import Simulated, simulated_world
from watcher.replica.verdict import PATIENCE, accused_in_the_dark, compare
from watcher.replica.world import Outage
from watcher.simulate import SIMULATED_NOW
from watcher.simulation import Walked, simulated, walk

BEGIN = datetime.fromisoformat("2026-01-15T00:00+08:00")
DAY = timedelta(days=1)
WEEKS = BEGIN + 16 * DAY
Transport = httpx.AsyncBaseTransport


@lru_cache
def settings() -> Settings:
    config = Path(__file__).parent.parent / "config" / "watcher.yaml"
    return load(config, {}, targets=False)


def run(
    world: Simulated,
    end: datetime,
    transport: Callable[[Transport], Transport] = lambda kept: kept,
) -> Walked:
    return asyncio.run(walk(settings(), world, BEGIN, end, transport=transport))


@lru_cache
def small() -> tuple[Simulated, Walked]:
    world = simulated_world(3, 12, BEGIN, WEEKS)
    return world, run(world, WEEKS)


def plain(case: Case) -> Case:
    return replace(case, id=None)


def test_a_small_world_is_found_as_it_is() -> None:
    world, walked = small()
    verdict = compare(world.truth, walked.cases, WEEKS)
    assert verdict.differences == ()
    assert verdict.latest <= PATIENCE
    assert list(accused_in_the_dark(world.accounts, world.world.outages, walked.cases)) == []
    assert len(world.truth) > 10


def test_the_same_seed_gives_the_same_cases() -> None:
    _, walked = small()
    again = run(simulated_world(3, 12, BEGIN, WEEKS), WEEKS)
    assert [plain(case) for case in again.cases] == [plain(case) for case in walked.cases]
    assert again.readings == walked.readings
    assert again.letters == walked.letters


def test_a_truth_that_is_missing_is_told_as_a_finding_too_many() -> None:
    world, walked = small()
    gone = world.truth[0]
    verdict = compare(world.truth[1:], walked.cases, WEEKS)
    differences = verdict.differences
    assert len(differences) == 1
    assert differences[0].startswith("多报")
    assert gone.account in differences[0]
    assert verdict.rules[gone.rule].wrong == 1


def test_a_truth_that_nobody_found_is_told_as_missing() -> None:
    world, walked = small()
    found = next(truth for truth in world.truth if truth.steps[0].provable + DAY < WEEKS)
    verdict = compare((*world.truth, found), walked.cases, WEEKS)
    differences = verdict.differences
    assert verdict.rules[found.rule].missing == 1
    assert len(differences) == 1
    assert differences[0].startswith("漏报")
    assert found.account in differences[0]


def test_a_finding_told_half_a_day_late_is_a_difference() -> None:
    world, walked = small()
    case = next(c for c in walked.cases if c.finding.rule == "UPD-04")
    late = replace(case, opened_at=case.opened_at + DAY / 2)
    cases = [late if each is case else each for each in walked.cases]
    assert len(compare(world.truth, cases, WEEKS).differences) == 2  # one too many, one missing


def test_while_a_platform_is_out_nobody_on_it_is_accused() -> None:
    end = BEGIN + 24 * DAY
    made = simulated_world(5, 10, BEGIN, end)
    dark = Outage("weibo", BEGIN + DAY, BEGIN + 21 * DAY)
    walked = run(replace(made, world=replace(made.world, outages=(dark,))), end)
    weibo = {account.key for account in made.accounts if account.platform == "weibo"}
    cases = [case for case in walked.cases if case.finding.account in weibo]
    # What was read up to the outage's beginning stays good evidence for a day.
    accused = [c for c in cases if dark.begins + DAY < c.opened_at < dark.ends]
    assert {case.finding.rule for case in accused} <= {"SYS-01"}
    # Told account by account, or once for the platform where enough of them fail.
    told = [c for c in walked.cases if c.finding.rule in ("SYS-01", "SYS-03")]
    assert any(dark.begins < c.opened_at < dark.ends for c in told)
    assert any(
        case.finding.rule.startswith("UPD") and case.opened_at >= dark.ends for case in cases
    )


class Noting(Transport):
    """Notes which moments the requests name."""

    def __init__(self, behind: Transport, seen: list[datetime]) -> None:
        self._behind, self._seen = behind, seen

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._seen.append(datetime.fromisoformat(request.headers[SIMULATED_NOW]))
        return await self._behind.handle_async_request(request)


def test_every_request_carries_the_simulated_moment() -> None:
    end, seen = BEGIN + DAY, list[datetime]()
    world = simulated_world(1, 10, BEGIN, end)
    walked = run(world, end, lambda replica: Noting(replica, seen))
    assert len(seen) >= sum(walked.readings.values()) > 10
    assert seen == sorted(seen)
    assert seen[0] >= BEGIN
    assert seen[-1] < end


@pytest.mark.slow
@pytest.mark.timeout(600)  # half a minute where two cores are free
def test_forty_accounts_and_what_befalls_them_are_found_as_they_are() -> None:
    """Changes, ends, returns and bans, with and without paper, by processes side by side."""
    result = asyncio.run(simulated(settings(), BEGIN, BEGIN + 85 * DAY, 40, 1, None))
    assert result.differences == ()
    assert result.latest <= PATIENCE
    assert {"CHG-01", "DER-02", "OFF-01"} <= set(result.rules)
