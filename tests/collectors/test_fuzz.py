"""Two thousand spoiled pages for every collector: only its own error, never a wrong account."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random
from zlib import crc32

import pytest

from collectors import Collector, Need, discover
from tests.collectors.mutate import elsewhere, mutated
from watcher.fetch.case import Case
from watcher.fetch.record import load_case, replay
from watcher.model import CollectError, Sighting

FIXTURES = Path(__file__).parents[1] / "fixtures"
COLLECTORS = discover()
SPOILED = 2000
ELSEWHERE = 200


@cache
def _cases(name: str) -> tuple[tuple[Path, Case], ...]:
    folders = sorted(file.parent for file in (FIXTURES / name).glob("*/case.yaml"))
    loaded = ((folder, load_case(folder)) for folder in folders)
    return tuple((folder, case) for folder, case in loaded if case.pages)


@cache
def _foreign(name: str) -> tuple[bytes, ...]:
    """Pages of collectors that read other platforms.

    Owners' APIs of one company share their envelope; what binds an answer there is the credential.
    """
    lane, own = COLLECTORS[name].platform, Need.CREDENTIAL in COLLECTORS[name].needs
    return tuple(
        recorded.page.body
        for other in COLLECTORS
        if COLLECTORS[other].platform != lane and other not in ("feed", "govsite")
        if not (own and Need.CREDENTIAL in COLLECTORS[other].needs)
        for folder, case in _cases(other)
        if folder.name == "ordinary"
        for recorded in case.pages
    )


async def _read(collector: Collector, case: Case) -> Sighting | None:
    """What it saw; None where it says that it did not."""
    fetch = replay(case, collector.hosts_for(case.source), collector.handshake)
    try:
        return await collector.collect(case.source, fetch)
    except CollectError:
        return None


def _handle(folder: Path) -> str | None:
    told = json.loads((folder / "expected.json").read_text("utf-8"))
    return told["profile"] and told["profile"]["handle"]


@pytest.mark.slow
@pytest.mark.parametrize("name", COLLECTORS)
async def test_spoiled_pages_raise_nothing_but_a_reading_that_failed(name: str) -> None:
    collector, rng, others = COLLECTORS[name], Random(crc32(name.encode())), _foreign(name)
    cases = [(folder, case, _handle(folder)) for folder, case in _cases(name)]
    for turn in range(SPOILED):
        folder, case, handle = cases[turn % len(cases)]
        seen = await _read(collector, mutated(case, rng, others))
        # what an owner's API says is bound to the account by its credential, not by the page
        if folder.name.startswith("wrong_account") and Need.CREDENTIAL not in collector.needs:
            assert seen is None or not seen.posts, f"turn {turn}: a stranger's posts"
        elif seen is not None and seen.profile is not None and handle is not None:
            assert seen.profile.handle == handle, f"turn {turn} of {folder.name}"


@pytest.mark.slow
@pytest.mark.parametrize("name", COLLECTORS)
async def test_another_platforms_pages_are_no_sighting(name: str) -> None:
    collector, rng, others = COLLECTORS[name], Random(crc32(name.encode())), _foreign(name)
    cases = _cases(name)
    for turn in range(ELSEWHERE):
        folder, case = cases[turn % len(cases)]
        seen = await _read(collector, elsewhere(case, rng, others))
        assert seen is None, f"turn {turn} of {folder.name}: {seen}"
