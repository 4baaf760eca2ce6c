"""Every collector against every page recorded for it. Adding a folder adds a test.

`pytest tests/collectors/test_cases.py --update` rewrites the expected.json files.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from collectors import discover
from collectors._json import sighting_json, trouble_json
from watcher.fetch.record import load_case, replay
from watcher.model import CollectError

FIXTURES = Path(__file__).parents[1] / "fixtures"
COLLECTORS = discover()
CASES = sorted(
    file.parent for file in FIXTURES.glob("*/*/case.yaml") if file.parent.parent.name in COLLECTORS
)


@pytest.mark.parametrize("folder", CASES, ids=lambda f: f"{f.parent.name}-{f.name}")
async def test_recorded_pages_read_as_expected(folder: Path, update: bool) -> None:
    case = load_case(folder)
    collector = COLLECTORS[folder.parent.name]
    fetch = replay(case, collector.hosts_for(case.source), collector.handshake)
    got: dict[str, Any]
    try:
        got = sighting_json(await collector.collect(case.source, fetch))
    except CollectError as error:
        got = trouble_json(error)
    text = json.dumps(got, ensure_ascii=False, indent=2) + "\n"
    expected = folder / "expected.json"
    if update:
        expected.write_text(text, "utf-8")
    assert json.loads(text) == json.loads(expected.read_text("utf-8"))
    assert not fetch.unread, "recorded, but never asked for"
