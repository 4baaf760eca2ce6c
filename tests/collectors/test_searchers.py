"""Every way of searching against every page recorded for it, and what all of them owe.

`pytest tests/collectors/test_searchers.py --update` rewrites the expected.json files.
"""

from __future__ import annotations

import contextlib
import json
import re
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

import pytest

from collectors import Collector, Need, Sure, discover, searchers
from collectors._json import blind_json, hits_json
from collectors.guides import SEARCHES
from tests.collectors.mutate import elsewhere, mutated
from watcher.fetch.case import Case
from watcher.fetch.guard import matches
from watcher.fetch.record import load_case, replay
from watcher.model import CollectError, Fetch, Hits, Page, Request, Source, Trouble
from watcher.register.columns import PLATFORMS

FIXTURES = Path(__file__).parents[1] / "fixtures"
README = Path(__file__).parents[2] / "collectors" / "README.md"
SEARCHERS = searchers()
FOLDERS = sorted(
    file.parent for file in FIXTURES.glob("*/*/case.yaml") if file.parent.parent.name in SEARCHERS
)
NAMED = "{0.parent.name}-{0.name}".format
SPOILED = 1000


async def _look(searcher: Collector, source: Source, fetch: Fetch) -> Hits:
    ask = searcher.search or searcher.probe
    assert ask is not None
    return await ask(source, fetch)


def _fetch(case: Case, searcher: Collector) -> Any:
    return replay(case, searcher.hosts_for(case.source), searcher.handshake)


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMED)
async def test_recorded_pages_are_read_as_expected(folder: Path, update: bool) -> None:
    case, searcher = load_case(folder), SEARCHERS[folder.parent.name]
    fetch = _fetch(case, searcher)
    try:
        got = hits_json(await _look(searcher, case.source, fetch))
    except CollectError as error:
        got = blind_json(error)
    text = json.dumps(got, ensure_ascii=False, indent=2) + "\n"
    if update:
        (folder / "expected.json").write_text(text, "utf-8")
    assert json.loads(text) == json.loads((folder / "expected.json").read_text("utf-8"))
    assert not fetch.unread, "recorded, but never asked for"


@pytest.mark.parametrize("name", SEARCHERS)
def test_a_search_has_a_case_that_sees_and_one_that_does_not(name: str) -> None:
    told = [json.loads(f.read_text("utf-8")) for f in (FIXTURES / name).glob("*/expected.json")]
    assert any(one["outcome"] == "searched" and one["profiles"] for one in told)
    assert any(one["trouble"] == "blocked" for one in told)


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMED)
async def test_a_search_asks_only_its_own_hosts(folder: Path) -> None:
    case, searcher = load_case(folder), SEARCHERS[folder.parent.name]
    inner, asked = _fetch(case, searcher), []

    async def fetch(request: Request) -> Page:
        asked.append(request.url)
        page: Page = await inner(request)
        return page

    with contextlib.suppress(CollectError):
        await _look(searcher, case.source, fetch)
    hosts = searcher.hosts_for(case.source)
    assert all(matches(urlsplit(url).hostname or "", hosts) for url in asked)


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMED)
async def test_a_wall_with_a_waiting_time_is_passed_on_with_its_time(folder: Path) -> None:
    case, searcher = load_case(folder), SEARCHERS[folder.parent.name]
    wall = CollectError(Trouble.BLOCKED, "429", retry_after=1800.0)

    async def fetch(request: Request) -> Page:
        raise wall

    with pytest.raises(CollectError) as caught:
        await _look(searcher, case.source, fetch)
    assert caught.value.retry_after == 1800.0 or not case.pages


@pytest.mark.parametrize("name", SEARCHERS)
async def test_an_empty_answer_is_never_none_found(name: str) -> None:
    searcher = SEARCHERS[name]
    source = Source(name, "三亚发布", {"cookie": "a=test", "token": "TOKEN"})

    async def fetch(request: Request) -> Page:
        return Page(request.url, 200, b"", load_case(FOLDERS[0]).pages[0].page.at)

    with pytest.raises(CollectError) as caught:
        await _look(searcher, source, fetch)
    assert caught.value.trouble in (Trouble.BLOCKED, Trouble.UNREADABLE)


@pytest.mark.parametrize("name", SEARCHERS)
async def test_nothing_is_asked_for_an_empty_query(name: str) -> None:
    async def fetch(request: Request) -> Page:
        raise AssertionError(request.url)

    with pytest.raises(CollectError):
        await _look(SEARCHERS[name], Source(name, "  "), fetch)


async def test_a_way_of_searching_reads_no_account() -> None:
    async def fetch(request: Request) -> Page:
        raise AssertionError(request.url)

    with pytest.raises(CollectError, match="reads no account"):
        await SEARCHERS["weibo_probe"].collect(Source("weibo_probe", "1"), fetch)
    assert not SEARCHERS.keys() & discover().keys()


@cache
def _cases(name: str) -> tuple[Case, ...]:
    loaded = (load_case(folder) for folder in FOLDERS if folder.parent.name == name)
    return tuple(case for case in loaded if case.pages)


@cache
def _foreign(name: str) -> tuple[bytes, ...]:
    """Pages of searches on other platforms."""
    others = (each for each in SEARCHERS if SEARCHERS[each].platform != SEARCHERS[name].platform)
    return tuple(
        recorded.page.body
        for other in others
        for case in _cases(other)
        if case.name == "ordinary"
        for recorded in case.pages
    )


async def _seen(searcher: Collector, case: Case) -> Hits | None:
    try:
        return await _look(searcher, case.source, _fetch(case, searcher))
    except CollectError:
        return None


@pytest.mark.slow
@pytest.mark.parametrize("name", SEARCHERS)
async def test_spoiled_pages_raise_nothing_but_a_search_that_failed(name: str) -> None:
    searcher, rng, cases = SEARCHERS[name], Random(crc32(name.encode())), _cases(name)
    for turn in range(SPOILED):
        seen = await _seen(searcher, mutated(cases[turn % len(cases)], rng, _foreign(name)))
        for profile in seen.profiles if seen else ():
            assert profile.handle, turn
            assert profile.name, turn
            assert len(profile.name) <= 200, turn


@pytest.mark.slow
@pytest.mark.parametrize("name", SEARCHERS)
async def test_another_platforms_pages_are_no_search(name: str) -> None:
    searcher, rng, cases = SEARCHERS[name], Random(crc32(name.encode())), _cases(name)
    for turn in range(100):
        case = cases[turn % len(cases)]
        assert await _seen(searcher, elsewhere(case, rng, _foreign(name))) is None, case.name


# -- what is said about them ---------------------------------------------------------------

BEGIN, END = "<!-- searches: written by tests/collectors/test_searchers.py -->", "<!-- end -->"
_NEEDS = {Need.BROWSER: "a browser", Need.CREDENTIAL: "an operator's session"}


def _row(name: str) -> str:
    one = SEARCHERS[name]
    kind = "name by name" if one.search is None else "search"
    needs = ", ".join(_NEEDS[need] for need in sorted(one.needs)) or "nothing"
    default = "off" if one.risk else "on"
    return (
        f"| `{name}` | {one.title} | {kind} | {needs} | {default} | {one.sure.value} |"
        f" {SEARCHES[name]} | {one.risk} |"
    )


def test_the_table_of_searches_is_what_they_are(update: bool) -> None:
    head, rest = README.read_text("utf-8").split(BEGIN)
    table, tail = rest.split(END, 1)
    wanted = "\n".join(
        (
            "| search | what | how | needs | by default | our knowledge | when it has not searched"
            " | risk shown beside the switch |",
            "|---|---|---|---|---|---|---|---|",
            *map(_row, sorted(SEARCHERS)),
        )
    )
    if update:
        README.write_text(f"{head}{BEGIN}\n{wanted}\n{END}{tail}", "utf-8")
    else:
        assert table.strip() == wanted


@pytest.mark.parametrize("name", SEARCHERS)
def test_a_search_says_what_it_is(name: str) -> None:
    one = SEARCHERS[name]
    assert one.name == name
    assert one.title
    assert one.hosts
    assert one.pace.gap >= 6
    assert one.forms
    assert set(one.forms) <= set(PLATFORMS)
    assert bool(one.search) != bool(one.probe)
    assert one.risk or Need.CREDENTIAL not in one.needs
    assert one.sure in Sure
    assert re.fullmatch("[a-z_]+", name)
