"""One reading of one account: its sources in order, and what they add up to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from collectors import Collector
from watcher.fetch import Fetcher, Reader, Validators
from watcher.model import (
    Account,
    CollectError,
    Coverage,
    Failure,
    Outcome,
    Post,
    Profile,
    Sighting,
    Snapshot,
    Source,
    Trouble,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reading of an account came to, and the validators to ask with next time."""

    outcome: Outcome
    validators: Mapping[str, Validators]


async def observe(
    account: Account,
    collectors: Mapping[str, Collector],
    fetcher: Fetcher,
    validators: Mapping[str, Validators],
    now: datetime,
    patience: float = 120.0,
) -> Seen:
    """Read an account once; never raises: a reading that failed is a fact like any other.

    Its sources are tried in order. The first complete one ends the reading; a partial one may
    only add posts. `patience` in seconds bounds each source, whatever it hangs on.
    """
    outcomes: list[Outcome] = []
    kept: dict[str, Validators] = {}
    for source in account.sources:
        collector = collectors.get(source.collector)
        if collector is None:
            detail = f"no collector named {source.collector!r} is installed"
            outcomes.append(
                Failure(account.key, now, Trouble.UNREADABLE, detail, source.collector)
            )
            continue
        reader = fetcher.reader(
            collector=collector.name,
            platform=collector.platform,
            hosts=collector.hosts_for(source),
            source=source,
            handshake=collector.handshake,
            validators=validators,
        )
        outcomes.append(await _ask(account, source, collector, reader, now, patience))
        kept.update(reader.validators)
        if _complete(outcomes[-1]):
            break
    return Seen(merge(account.key, now, outcomes), kept)


async def _ask(
    account: Account,
    source: Source,
    collector: Collector,
    reader: Reader,
    now: datetime,
    patience: float,
) -> Outcome:
    try:
        async with asyncio.timeout(patience):
            sighting = await collector.collect(source, reader)
    except CollectError as error:
        trouble, detail, after = error.trouble, error.detail, error.retry_after
    except TimeoutError:
        trouble, detail, after = Trouble.UNREACHABLE, f"no answer within {patience:.0f} s", None
    except Exception as error:  # the one broad except: a page or plug-in we do not understand
        log.exception("cannot read %s with %s", account.key, collector.name)
        trouble, detail, after = Trouble.UNREADABLE, f"{type(error).__name__}: {error}", None
    else:
        if collector.coverage is Coverage.PARTIAL:
            sighting = replace(sighting, coverage=Coverage.PARTIAL)
        return Snapshot(account.key, now, sighting, collector.name, reader.pages)
    return Failure(account.key, now, trouble, detail[:500], collector.name, reader.pages, after)


def _complete(outcome: Outcome) -> bool:
    return isinstance(outcome, Snapshot) and outcome.sighting.coverage is Coverage.COMPLETE


def merge(account: str, now: datetime, outcomes: Sequence[Outcome]) -> Outcome:
    """What several sources add up to: complete if one was, else partial, else the failure.

    Of several failures the first source's trouble counts, since it is the preferred way in; the
    others are named in the detail.
    """
    snapshots = [o for o in outcomes if isinstance(o, Snapshot)]
    failures = [o for o in outcomes if isinstance(o, Failure)]
    if snapshots:
        main = next((s for s in snapshots if _complete(s)), snapshots[0])
        others = [s for s in snapshots if s is not main]
        sighting = replace(
            main.sighting,
            posts=_together([main, *others]),
            profile=_fill([main, *others]),
        )
        pages = tuple(page for s in (main, *others) for page in s.pages)
        merged = replace(main, sighting=sighting, pages=pages)
        if failures and not _complete(main):
            return replace(merged, trouble=failures[0].trouble, detail=failures[0].detail)
        return merged
    if not failures:
        return Failure(account, now, Trouble.UNREADABLE, "the account has no source")
    if len(failures) == 1:
        return failures[0]
    detail = "; ".join(f"{f.source}: {f.trouble} {f.detail}" for f in failures)
    pages = tuple(page for f in failures for page in f.pages)
    return replace(failures[0], detail=detail[:500], pages=pages)


def _together(snapshots: Sequence[Snapshot]) -> tuple[Post, ...]:
    posts: dict[str, Post] = {}
    for snapshot in snapshots:
        for post in snapshot.sighting.posts:
            posts.setdefault(post.id, post)
    return tuple(posts.values())


def _fill(snapshots: Sequence[Snapshot]) -> Profile | None:
    """The main source's profile, with what it does not show taken from the others."""
    profiles = [s.sighting.profile for s in snapshots if s.sighting.profile is not None]
    if not profiles:
        return None
    main = profiles[0]
    missing = {
        name: next(value for value in values if value is not None)
        for name in Profile.__dataclass_fields__
        if getattr(main, name) is None
        for values in [[getattr(profile, name) for profile in profiles]]
        if any(value is not None for value in values)
    }
    return replace(main, **missing)

