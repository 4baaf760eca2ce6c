"""The round that asks the pages of missing posts whether they are gone; a few a day, politely.

A page that cannot be read, a platform without post pages, a wall: the post stays missing, and is
never called deleted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from watcher import store
from watcher.fetch.lanes import finished, room, started
from watcher.lookout import is_closed
from watcher.model import CollectError, Trouble
from watcher.pasting import recognised
from watcher.reading import reader_for
from watcher.store import Connection, MissingPost
from watcher.watch import Watch

log = logging.getLogger(__name__)

PATIENCE = 60.0  # seconds for one page
FEW = 2  # looks in a lane in one round, which comes once an hour


async def look_at_missing(watch: Watch) -> int:
    """Look at the posts that are due and note what their pages say; how many were asked."""
    now = watch.now()
    due = await watch.writer.submit(lambda c: store.missing_posts(c, now))
    asked: dict[str, int] = {}
    for missing in due:
        ways = recognised(missing.url, watch.collectors)
        lane = ways[0][0].platform if ways else ""
        if lane not in watch.lanes or asked.get(lane, 0) >= FEW or not _free(watch, lane):
            continue
        asked[lane] = asked.get(lane, 0) + 1
        said = await _ask(watch, missing, lane)
        at = watch.now()
        await watch.writer.submit(_noting(missing, said, at))
    if due:
        await watch.writer.submit(lambda c: store.link_versions(c, now))
    return sum(asked.values())


def _free(watch: Watch, lane: str) -> bool:
    """Whether the lane has room now, is not behind a wall, and its platform can be seen."""
    sight = watch.lookout.sights.get(lane)
    dark = sight is not None and not sight.accuses
    walled = bool(watch.lanes[lane].walls)
    return not (dark or walled or is_closed(watch.lookout, lane)) and bool(
        room(watch.lanes[lane], watch.now())
    )


async def _ask(watch: Watch, missing: MissingPost, lane: str) -> bool | None:
    """Whether the page of a post says that it is gone; None where it says nothing."""
    collector, source = recognised(missing.url, watch.collectors)[0]
    watch.lanes[lane] = started(watch.lanes[lane], missing.account, watch.now())
    trouble: Trouble | None = None
    after: float | None = None
    try:
        source = watch.reveal(source)
        reader = reader_for(watch.fetcher, collector, source)
        async with asyncio.timeout(PATIENCE):
            sighting = await collector.collect(source, reader)
    except CollectError as error:
        trouble, after = error.trouble, error.retry_after
        return True if error.post_gone else None
    except TimeoutError:
        trouble = Trouble.UNREACHABLE
        return None
    except Exception:  # a page or plug-in we do not understand: the post stays missing
        log.exception("cannot look at a missing post of %s", missing.account)
        trouble = Trouble.UNREADABLE
        return None
    else:
        return False if sighting.posts else None
    finally:
        watch.lanes[lane] = finished(watch.lanes[lane], watch.now(), trouble, after)


def _noting(missing: MissingPost, said: bool | None, at: datetime) -> Callable[[Connection], None]:
    return lambda c: store.note_look(c, missing, said, at)
