"""Every recorded page that shows an avatar tells where it is, on a host that may be asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from watcher.avatar_links import HOSTS, link_to
from watcher.canonical import picture_key
from watcher.fetch.guard import host_of, matches
from watcher.model import Page

CASES = Path(__file__).parents[1] / "fixtures"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
_ENOUGH = 5  # characters that name a picture


def avatars(said: Any) -> Iterator[str]:
    """Every avatar in an expected answer."""
    if isinstance(said, dict):
        if isinstance(said.get("avatar"), str):
            yield said["avatar"]
        for value in said.values():
            yield from avatars(value)
    elif isinstance(said, list):
        for value in said:
            yield from avatars(value)


def recorded() -> Iterator[tuple[Path, str]]:
    for expected in sorted(CASES.glob("*/*/expected.json")):
        for avatar in dict.fromkeys(avatars(json.loads(expected.read_text("utf-8")))):
            if len(picture_key(avatar)) >= _ENOUGH:
                yield expected.parent, avatar


SHOWN = list(recorded())


@pytest.mark.parametrize(
    ("case", "avatar"),
    SHOWN,
    ids=[f"{c.parent.name}-{c.name}-{n}" for n, (c, _) in enumerate(SHOWN)],
)
def test_an_avatar_is_found_in_the_pages_that_show_it(case: Path, avatar: str) -> None:
    files = (file for file in case.iterdir() if file.name not in ("case.yaml", "expected.json"))
    pages = [Page("https://example.cn/", 200, file.read_bytes(), NOW) for file in files]
    link = link_to(avatar, pages)
    assert link is not None
    assert link.url.startswith("https://")
    assert matches(host_of(link.url), HOSTS), link.url


def test_many_platforms_are_among_them() -> None:
    assert len({case.parent.name for case, _ in SHOWN}) >= 30
