"""One reading of one account: its sources in order, and what they add up to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from collectors import Collector
from watcher.fetch import Fetcher, Reader, Validators
from watcher.fetch.guard import matches
from watcher.fetch.record import Case, Recorder, replay
from watcher.model import (
    Account,
    CollectError,
    Coverage,
    Failure,
    Fetch,
    Look,
    Outcome,
    Page,
    PageRef,
    Post,
    Profile,
    Snapshot,
    Source,
    Trouble,
)
from watcher.whose import disowned

log = logging.getLogger(__name__)

_UNKNOWN = "no collector named {!r} is installed"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reading of an account came to, and the validators to ask with next time.

    `page` is one that nobody understood, else the last that was read. `kept` are all pages whose
    bytes are still at hand, credentials aside; `left_out` counts those that were too large.
    `private` are what credentials opened: they are looked at now and kept nowhere.
    """

    outcome: Outcome
    validators: Mapping[str, Validators]
    page: Page | None = None
    kept: tuple[Page, ...] = ()
    left_out: int = 0
    private: tuple[Page, ...] = ()


async def observe(
    account: Account,
    collectors: Mapping[str, Collector],
    fetcher: Fetcher,
    validators: Mapping[str, Validators],
    now: datetime,
    patience: float = 120.0,
    reveal: Callable[[Source], Source] = lambda source: source,
) -> Seen:
    """Read an account once; never raises: a reading that failed is a fact like any other.

    Its sources are tried in order. The first complete one ends the reading; a partial one may
    only add posts. `patience` in seconds bounds each source, whatever it hangs on. `reveal` puts
    a source's secrets in place.
    """
    outcomes: list[Outcome] = []
    kept: dict[str, Validators] = {}
    page = odd = None
    read: list[Page] = []
    left_out = 0
    private: list[Page] = []
    for listed in account.sources:
        source = replace(listed, account_name=account.name)
        collector = collectors.get(source.collector)
        if collector is None or collector.out:
            detail = collector.out if collector else _UNKNOWN.format(source.collector)
            outcomes.append(Failure(account.key, now, Trouble.UNREADABLE, detail, source.collector))
            continue
        try:
            source = reveal(source)
        except Exception as error:  # a secret that is not there blinds this source alone
            outcomes.append(
                Failure(account.key, now, Trouble.BLOCKED, str(error)[:500], source.collector)
            )
            continue
        reader = reader_for(fetcher, collector, source, validators)
        outcomes.append(await ask_once(account, source, collector, reader, now, patience))
        kept.update(reader.validators)
        page = reader.last or page
        read += reader.kept
        left_out += reader.left_out
        private += reader.private
        if _unreadable(outcomes[-1]):
            odd = odd or reader.last
        if _complete(outcomes[-1]):
            break
    outcomes = disowned(outcomes)
    looks = tuple(_look(each) for each in outcomes) + tuple(
        Look(source.collector) for source in account.sources[len(outcomes) :]
    )
    standing = _standing(outcomes, collectors)
    outcome = replace(merge(account.key, now, standing), looks=looks)
    return Seen(outcome, kept, odd or page, tuple(read), left_out, tuple(private))


def _standing(
    outcomes: Sequence[Outcome], collectors: Mapping[str, Collector]
) -> Sequence[Outcome]:
    """The outcomes that count: what is no witness adds to one that saw, and never stands for it."""
    asides = [o for o in outcomes if o.source in collectors and not collectors[o.source].witness]
    others = [o for o in outcomes if o not in asides]
    seen = any(isinstance(outcome, Snapshot) for outcome in others)
    return [*others, *asides] if seen or not others else others


def _look(outcome: Outcome) -> Look:
    """What one source said, for the record of which source saw what."""
    if isinstance(outcome, Failure):
        return Look(outcome.source, outcome.trouble.value, outcome.detail)
    posts = outcome.sighting.posts
    newest = max((post.latest for post in posts), default=None)
    coverage = outcome.sighting.coverage.value
    return Look(outcome.source, coverage, outcome.detail, len(posts), newest)


def reader_for(
    fetcher: Fetcher,
    collector: Collector,
    source: Source,
    validators: Mapping[str, Validators] | None = None,
) -> Reader:
    """What asks for pages as this collector may, for this source."""
    return fetcher.reader(
        collector=collector.name,
        platform=collector.platform,
        hosts=collector.hosts_for(source),
        source=source,
        handshake=collector.handshake,
        validators=validators,
    )


async def ask_once(
    account: Account,
    source: Source,
    collector: Collector,
    reader: Fetch,
    now: datetime,
    patience: float,
) -> Outcome:
    """Ask one source. Never raises; `patience` in seconds."""
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
        return Snapshot(account.key, now, sighting, collector.name, pages(reader))
    return Failure(account.key, now, trouble, detail[:500], collector.name, pages(reader), after)


def pages(reader: Fetch) -> tuple[PageRef, ...]:
    """What a reader read so far; a recorder keeps its own."""
    found: tuple[PageRef, ...] = getattr(reader, "pages", ())
    return found


async def replay_case(
    case: Case, collectors: Mapping[str, Collector]
) -> tuple[Outcome, tuple[str, ...]]:
    """Read a recorded case: what came of it, and the pages that nobody asked for.

    Raises LookupError where no collector reads it.
    """
    collector = collector_of(case, collectors)
    urls = tuple(recorded.page.url for recorded in case.pages)
    named = replace(case.source, collector=collector.name, account_name=case.account.name)
    source = collector.settle(named, urls)
    fetch = replay(case, collector.hosts_for(source), collector.handshake)
    at = max((recorded.page.at for recorded in case.pages), default=BEGINNING)
    outcome = await ask_once(case.account, source, collector, fetch, at, 60.0)
    return outcome, fetch.unread


def collector_of(case: Case, collectors: Mapping[str, Collector]) -> Collector:
    """The collector that reads a case: the one it names, where that asks what was recorded.

    A case may as well name a platform or an account type of the filing form; then, or where the
    named one asks for none of the recorded pages, it is the one whose addresses fit best.
    """
    exact = collectors.get(case.collector)
    if exact is not None and (not exact.hosts or _fit(exact, case)):
        return exact
    words = {case.collector, *((exact.platform,) if exact else ())}
    family = [c for c in collectors.values() if words & {c.platform, *c.forms}]
    for group in (family, collectors.values()):
        best = max(group, key=lambda c: _fit(c, case), default=None)
        if best is not None and _fit(best, case):
            return best
    if exact is not None:
        return exact
    if family:
        return max(family, key=lambda c: _fit(c, case, anywhere=True))
    known = ", ".join(sorted(collectors))
    raise LookupError(f"{case.name}: no collector named {case.collector!r}; known: {known}")


def _fit(collector: Collector, case: Case, anywhere: bool = False) -> int:
    """How many of the recorded pages a collector asks for; `anywhere`: also others of its hosts."""
    asked = (urlsplit(recorded.page.url) for recorded in case.pages)
    return sum(
        matches(page.hostname or "", collector.hosts)
        and (anywhere or page.path.startswith(collector.paths))
        for page in asked
    )


async def record_case(
    account: Account, collector: Collector, fetcher: Fetcher, folder: Path, now: datetime
) -> Outcome:
    """Read an account once and leave a scrubbed case in `folder`.

    Raises FileExistsError where there is a case already.
    """
    source = replace(account.sources[0], account_name=account.name)
    reader = reader_for(fetcher, collector, source)
    recorder = Recorder(reader)
    outcome = await ask_once(account, source, collector, recorder, now, 120.0)
    recorder.write(folder, account, source)
    return outcome


def _unreadable(outcome: Outcome) -> bool:
    return isinstance(outcome, Failure) and outcome.trouble is Trouble.UNREADABLE


def _complete(outcome: Outcome) -> bool:
    return isinstance(outcome, Snapshot) and outcome.sighting.coverage is Coverage.COMPLETE


def merge(account: str, now: datetime, outcomes: Sequence[Outcome]) -> Outcome:
    """What several sources add up to: complete if one was, else partial, else the failure.

    Of several failures the first source's trouble counts, since it is the preferred way in; the
    others are named in the detail.
    """
    outcomes = disowned(outcomes)
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
    if len(profiles) < 2:
        return profiles[0] if profiles else None
    main = profiles[0]
    missing = {
        name: next(value for value in values if value is not None)
        for name in Profile.__dataclass_fields__
        if getattr(main, name) is None
        for values in [[getattr(profile, name) for profile in profiles]]
        if any(value is not None for value in values)
    }
    traits = {name: text for p in reversed(profiles) for name, text in (p.traits or {}).items()}
    return replace(replace(main, **missing), traits=traits or None)
