"""Whom a search of the replica lists: by the characters of a name and by their sound."""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import datetime
from functools import lru_cache

from watcher.names.sound import syllables
from watcher.replica.world import Scene, View, World, view

MOST = 40  # rows of a first page
LEAST = 0.5  # of the query's characters, or of its sounds
AWAY = frozenset({Scene.GONE, Scene.BANNED})


def matching(world: World, platform: str, query: str, now: datetime) -> tuple[View, ...]:
    """The accounts of a platform that its search lists for a query, likest first."""
    seen = (view(one, now) for one in world.actors.values() if one.platform == platform)
    scored = [(likeness(query, one.name), one) for one in seen if not one.scenes & AWAY]
    hits = sorted(
        (row for row in scored if row[0] >= LEAST), key=lambda row: (-row[0], row[1].actor.handle)
    )
    return tuple(one for _, one in hits[:MOST])


@lru_cache(1 << 16)
def likeness(query: str, name: str) -> float:
    """How much of a query a name holds, by its characters or by its sounds."""
    asked, shown = _folded(query), _folded(name)
    if not asked or not shown:
        return 0.0
    if asked in shown or "".join(syllables(asked)) in shown:
        return 1.0 + 1 / len(shown)
    sounds = 0.95 * _share(syllables(asked), syllables(shown))
    return max(_share(tuple(asked), tuple(shown)), sounds)


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in text if char.isalnum())


def _share(asked: tuple[str, ...], shown: tuple[str, ...]) -> float:
    common = Counter(asked) & Counter(shown)
    return common.total() / len(asked) if asked else 0.0
