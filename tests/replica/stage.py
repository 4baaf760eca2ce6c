"""A small stage for the tests: one actor of a platform, playing one scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors import discover
from watcher.fetch import Fetcher, FetchSettings
from watcher.model import CollectError, Sighting, Trouble
from watcher.reading import reader_for
from watcher.replica.core import answer
from watcher.replica.sample import make_actor, secrets, sources_of
from watcher.replica.timetable import regular
from watcher.replica.transport import ReplicaTransport
from watcher.replica.web import Answer, Ask
from watcher.replica.world import Act, Actor, Scene, World, world

NOW = datetime(2026, 11, 10, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
COLLECTORS = discover()
CHROMIUM = "/usr/bin/chromium"
IN_CHROMIUM = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium"),
]


def play(
    platform: str, *scenes: Scene, every: float = 1.0, begins: datetime = NOW - DAY
) -> tuple[World, Actor]:
    """A world with the actor in it, playing since `begins`, and a bystander of its platform."""
    posts = regular(f"test:{platform}", date(2026, 6, 1), date(2026, 12, 20), every)
    acts = tuple(Act(scene, begins) for scene in scenes)
    one = make_actor(platform, 1, "三亚试验", posts, acts)
    return world([one, make_actor(platform, 2, "三亚旁观", posts)]), one


def get(
    shown: World,
    url: str,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    now: datetime = NOW,
) -> Answer:
    """One request by its address; with a body it is a POST."""
    host, _, rest = url.removeprefix("https://").partition("/")
    path, _, query = rest.partition("?")
    pairs = dict(part.split("=", 1) for part in query.split("&")) if query else {}
    method = "POST" if body else "GET"
    return answer(shown, Ask(method, host, f"/{path}", pairs, headers or {}, body), now)


async def read(
    platform: str, *scenes: Scene, source: int = 0, every: float = 1.0, now: datetime = NOW
) -> tuple[Sighting, Actor]:
    """What the collector says, through the real fetcher, of an actor that plays these scenes."""
    shown, one = play(platform, *scenes, every=every)
    listed, kept = sources_of(platform, one, NOW)[source], secrets(shown)
    settings = {  # with what the daemon puts in place of references
        key: kept[value["env"]] if isinstance(value, dict) and "env" in value else value
        for key, value in listed.settings.items()
    }
    stated = replace(listed, account_name=one.name, settings=settings)
    collector = COLLECTORS[stated.collector]
    fetcher = Fetcher(FetchSettings(), lambda: now, ReplicaTransport(shown, lambda: now))
    try:
        return await collector.collect(stated, reader_for(fetcher, collector, stated)), one
    finally:
        await fetcher.aclose()


async def trouble(platform: str, *scenes: Scene, **how: Any) -> Trouble:
    """Why the collector could not see."""
    with pytest.raises(CollectError) as caught:
        await read(platform, *scenes, **how)
    return caught.value.trouble
