"""A small stage for the tests: one actor of a platform, playing one scene."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from watcher.replica.core import answer
from watcher.replica.sample import make_actor
from watcher.replica.timetable import regular
from watcher.replica.web import Answer, Ask
from watcher.replica.world import Act, Actor, Scene, World, world

NOW = datetime(2026, 11, 10, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
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
