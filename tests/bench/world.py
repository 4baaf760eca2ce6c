"""The accounts that the bench reads: Weibo accounts of the replica which post all the time, each
verified for its own unit, so that nothing is wrong with any of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from watcher.model import Account, Unit, UnitKind
from watcher.replica.sample import account_of, make_actor
from watcher.replica.timetable import regular
from watcher.replica.world import World, world

BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ROUND = timedelta(hours=4)  # six readings a day
POSTS_EVERY = 0.7  # days: ten posts a week
OFFICE = "city_office"


def cast(count: int) -> tuple[tuple[Account, ...], World]:
    """So many accounts and the world they live in; equal counts, equal worlds."""
    first, last = (BEGIN - timedelta(days=60)).date(), (BEGIN + timedelta(days=30)).date()
    units = [
        Unit(f"unit{n}", f"三亚市第{n + 1}局", UnitKind.CITY_DEPARTMENT, OFFICE, OFFICE)
        for n in range(count // 3 + 1)
    ]
    actors = [
        replace(
            make_actor(
                "weibo", n + 1, f"三亚第{n + 1}号", regular(f"bench:{n}", first, last, POSTS_EVERY)
            ),
            verified_as=units[n // 3].name,
        )
        for n in range(count)
    ]
    accounts = tuple(
        account_of("weibo", n + 1, one, units[n // 3], BEGIN) for n, one in enumerate(actors)
    )
    return accounts, world(actors)
