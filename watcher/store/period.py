"""A period of all accounts, as it was known at a moment: aggregated by the database, a batch of
accounts at a time.

Nothing shows that was first seen, opened, said or decided after the cut-off. Where a reading after
the cut-off extended what is known, the last complete reading before it is what counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from watcher.annals import Past, Question, Standing, UnitStanding
from watcher.store.period_cases import cases_of
from watcher.store.period_paper import accounts_on_paper, units_on_paper
from watcher.store.period_sights import days_seen, first_posts, last_posts, post_weeks, stretches_of
from watcher.store.rows import chunks

BATCH = 500  # accounts at a time: so many posts of a year are sorted in memory
Wanted = Callable[[Sequence[Standing]], bool]
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Paper:
    """What paper says of one account that is asked for."""

    id: int
    key: str
    standings: tuple[Standing, ...]
    watched_since: datetime
    owes_from: date | None


def pasts(
    connection: sa.Connection,
    ask: Question,
    wanted: Wanted = lambda standings: True,
    told: Told = lambda done, whole: None,
    key: str | None = None,
) -> Iterator[Past]:
    """What was known of each account that the register had at the cut-off, by key, or of one.

    `wanted` chooses by what the register said of it in the course of time; `told` hears of how
    many accounts are done, of how many.
    """
    papers = (Paper(*each) for each in accounts_on_paper(connection, ask))
    chosen = [each for each in papers if key in (None, each.key) and wanted(each.standings)]
    done = 0
    for batch in chunks(chosen, BATCH):
        yield from _pasts(connection, batch, ask)
        done += len(batch)
        told(done, len(chosen))


def unit_standings(
    connection: sa.Connection, as_of: datetime
) -> dict[str, tuple[UnitStanding, ...]]:
    """Every unit, as it was in the course of time up to a moment."""
    return units_on_paper(connection, as_of)


def _pasts(connection: sa.Connection, batch: Sequence[Paper], ask: Question) -> Iterator[Past]:
    ids = [each.id for each in batch]
    weeks, days = post_weeks(connection, ids, ask), days_seen(connection, ids, ask)
    stretches = stretches_of(connection, ids, ask.as_of)
    last, first = last_posts(connection, ids, ask), first_posts(connection, ids, ask)
    cases = cases_of(connection, [each.key for each in batch], ask)
    for each in batch:
        yield Past(
            key=each.key,
            standings=each.standings,
            watched_since=each.watched_since,
            owes_from=each.owes_from,
            stretches=stretches.get(each.id, ()),
            posts=weeks.get(each.id, ()),
            first_post=first.get(each.id),
            last_before=last.get(each.id),
            seen=days.get(each.id, 0),
            cases=cases.get(each.key, ()),
        )
