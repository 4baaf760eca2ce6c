"""What every collector owes: recorded cases, its own hosts only, a row in the table, no secrets."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from collectors import discover
from watcher.fetch.guard import matches
from watcher.fetch.record import load_case, replay
from watcher.model import CollectError, Fetch, Page, Request, Trouble

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
COLLECTORS = discover()
FILES = sorted(
    file
    for name in COLLECTORS
    for file in (FIXTURES / name).rglob("*")
    if file.is_file() and file.name != "expected.json"
)
CASES = sorted({file.parent for file in FILES})

# What opens a door when it is published: cookies, tokens, signatures with a real-looking value.
SECRET = re.compile(
    rb"(?:set-cookie|[\"']?cookie[\"']?\s*:|authorization\s*:"
    rb"|(?:access_token|refresh_token|msToken|a_bogus|X-Bogus|_signature|ttwid|s_v_web_id|"
    rb"__ac_nonce|odin_tt|sessionid|xsec_token|pass_ticket|appmsg_token|SUBP?)"
    rb"[\"']?\s*[=:]\s*[\"']?(?!scrubbed|test|TOKEN|example)[\w%+/.-]{16,})",
    re.IGNORECASE,
)


def _outcomes(name: str) -> list[str]:
    files = (FIXTURES / name).glob("*/expected.json")
    return [json.loads(file.read_text("utf-8"))["outcome"] for file in files]


@pytest.mark.parametrize("name", COLLECTORS)
def test_a_collector_has_a_case_that_sees_and_one_that_does_not(name: str) -> None:
    outcomes = _outcomes(name)
    assert "seen" in outcomes, f"record an ordinary case in tests/fixtures/{name}/"
    assert set(outcomes) - {"seen"}, f"record a failing case in tests/fixtures/{name}/"


@pytest.mark.parametrize("name", COLLECTORS)
def test_a_collector_has_its_row_in_the_table(name: str) -> None:
    table = (ROOT / "collectors" / "README.md").read_text("utf-8")
    assert re.search(rf"^\| `{re.escape(name)}` \|", table, re.MULTILINE)


@pytest.mark.parametrize("folder", CASES, ids=lambda f: f"{f.parent.name}-{f.name}")
async def test_a_collector_asks_only_its_own_hosts(folder: Path) -> None:
    case = load_case(folder)
    collector = COLLECTORS[folder.parent.name]
    hosts = collector.hosts_for(case.source)
    inner = replay(case, hosts, collector.handshake)
    asked: list[str] = []

    async def fetch(request: Request) -> Page:
        asked.append(request.url)
        return await inner(request)

    with contextlib.suppress(CollectError):
        await collector.collect(case.source, fetch)
    outside = [url for url in asked if not matches(_host(url), hosts)]
    assert not outside, f"{outside} are none of {sorted(hosts)}"


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _failing(error: CollectError) -> Fetch:
    async def fetch(request: Request) -> Page:
        raise error

    return fetch


@pytest.mark.parametrize("folder", CASES, ids=lambda f: f"{f.parent.name}-{f.name}")
async def test_a_wall_with_a_waiting_time_is_passed_on_with_its_time(folder: Path) -> None:
    case = load_case(folder)
    wall = CollectError(Trouble.BLOCKED, "429", retry_after=1800.0)
    with pytest.raises(CollectError) as caught:
        await COLLECTORS[folder.parent.name].collect(case.source, _failing(wall))
    # a source whose settings are wrong says so before it asks for anything
    assert caught.value.trouble is not Trouble.BLOCKED or caught.value.retry_after == 1800.0
    assert caught.value.trouble in (Trouble.BLOCKED, Trouble.UNREADABLE)


@pytest.mark.parametrize("file", FILES, ids=lambda f: f"{f.parent.parent.name}-{f.parent.name}")
def test_no_fixture_holds_a_cookie_or_a_token(file: Path) -> None:
    found = SECRET.search(file.read_bytes())
    assert found is None, f"{file.name}: {found[0]!r}" if found else ""


@pytest.mark.parametrize("name", COLLECTORS)
def test_a_collector_names_its_hosts_or_how_to_find_them(name: str) -> None:
    collector = COLLECTORS[name]
    assert collector.name == name
    assert collector.hosts or collector.hosts_of
    assert collector.pace.gap >= 1
    assert "*" not in collector.hosts
