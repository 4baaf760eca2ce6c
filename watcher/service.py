"""What is in service: the collectors that are installed, overlaid by what administrators decided.

An added declarative collector stands in the place of the installed one of its name. One that is
out of service stays known, so that whoever asks hears why it is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from collectors import Collector, discover
from collectors.declarative import collector_from, read_spec
from watcher import store
from watcher.calendar import local
from watcher.config import Settings
from watcher.mistakes import load_yaml
from watcher.model import Account, CollectError, Coverage, Fetch, Sighting, Source, Trouble
from watcher.store import Added, Connection, Standing
from watcher.watch import Watch, lane_of


@dataclass(frozen=True, slots=True)
class Service:
    """The collectors by name (`Collector.out` of those out of service says why), and the added
    ones that cannot be loaded, in words for an operator."""

    collectors: Mapping[str, Collector]
    problems: tuple[str, ...] = ()


def declared(added: Added) -> Collector | str:
    """The collector that an added YAML describes, or what is wrong with it."""
    spec, mistakes = read_spec(added.spec, f"{added.name} 第{added.version}版")
    if spec is None or mistakes:
        return "; ".join(str(each) for each in mistakes)
    return collector_from(spec, str(added.version))


def in_service(
    shipped: Mapping[str, Collector],
    standings: Iterable[Standing],
    added: Iterable[Added],
    load: Callable[[Added], Collector | str] = declared,
) -> Service:
    """What is in service. An added one that cannot be loaded is out, and no other takes its place:
    it was put there because the other would not do."""
    found, problems = dict(shipped), []
    texts = {(each.name, each.version): each for each in added}
    for standing in standings:
        name, text = standing.name, texts.get((standing.name, standing.version or 0))
        if text is not None:
            value = load(text)
            if isinstance(value, str):
                problems.append(f"采集器 {name} 第{text.version}版无法载入：{value}")
                value = _unusable(text, problems[-1])
            found[name] = value
        if not standing.enabled and name in found:
            found[name] = replace(found[name], out=_out(standing))
    return Service(found, tuple(problems))


def _out(standing: Standing) -> str:
    """Why it is out of service, by whose word and since when."""
    when = local(standing.changed_at).strftime("%Y-%m-%d %H:%M")
    reason = f"：{standing.reason}" if standing.reason else ""
    return f"采集器已停用（{standing.author}，{when}）{reason}"


def _unusable(text: Added, why: str) -> Collector:
    """A place-holder in the lane that the YAML names, if that much of it can be read."""

    async def collect(source: Source, fetch: Fetch) -> Sighting:
        raise CollectError(Trouble.UNREADABLE, why)

    try:
        platform = load_yaml(text.spec)["platform"]
    except (ValueError, LookupError, TypeError):
        platform = text.name
    return Collector(text.name, str(platform), frozenset(), collect, out=why)


def service_of(connection: Connection, shipped: Mapping[str, Collector]) -> Service:
    """What is in service by this database."""
    added = store.added_collectors(connection, current=True)
    return in_service(shipped, store.standings(connection), added)


def at_hand(settings: Settings) -> Service:
    """What is in service where the configured database is there and ready; else what is installed.

    For commands that need no database.
    """
    shipped, url = discover(), settings.database.reveal()
    if not store.ready(url):
        return Service(shipped)
    db = store.connect(url)
    try:
        with db.read() as c:
            return service_of(c, shipped)
    finally:
        db.close()


async def refresh(watch: Watch) -> tuple[str, ...]:
    """Let a watch read with what is in service now; what is newly wrong with it, in words.

    Cheap where nothing changed: a version is never rewritten, so equal standings mean the same.
    """

    def news(c: Connection) -> tuple[tuple[Standing, ...], tuple[Added, ...]] | None:
        found = store.standings(c)
        if found == watch.standings:
            return None
        return found, store.added_collectors(c, current=True)

    changed = await watch.writer.submit(news)
    if changed is None:
        return ()
    service = in_service(watch.shipped, *changed)
    watch.standings = changed[0]
    watch.adopt(service.collectors)
    return service.problems


def users_of(name: str, accounts: Iterable[Account]) -> tuple[Account, ...]:
    """The accounts that have this collector among their sources."""
    return tuple(
        account
        for account in accounts
        if any(source.collector == name for source in account.sources)
    )


@dataclass(frozen=True, slots=True)
class Loss:
    """Who sees less without a collector: nothing at all, or no longer that nothing was posted."""

    blind: tuple[Account, ...]
    partial: tuple[Account, ...]


def losses(name: str, accounts: Iterable[Account], collectors: Mapping[str, Collector]) -> Loss:
    """What the watched accounts lose with this collector."""
    blind, partial = [], []
    for account in users_of(name, accounts):
        others = [
            collectors[source.collector]
            for source in account.sources
            if source.collector in collectors and source.collector != name
        ]
        coverages = {other.coverage for other in others if not other.out}
        if not account.enabled:
            continue
        if not coverages:
            blind.append(account)
        elif collectors[name].coverage is Coverage.COMPLETE and Coverage.COMPLETE not in coverages:
            partial.append(account)
    return Loss(tuple(blind), tuple(partial))


def refit(
    connection: Connection,
    name: str,
    shipped: Mapping[str, Collector],
    wake: datetime | None = None,
) -> tuple[Account, ...]:
    """Put the accounts that use this collector into the lanes they are read in now; these accounts.

    Those that could not be read are due at `wake`. Belongs into the transaction that changes
    what is in service.
    """
    collectors = service_of(connection, shipped).collectors
    concerned = users_of(name, store.load_accounts(connection))
    store.set_lanes(connection, {each.key: lane_of(each, collectors) for each in concerned})
    if wake is not None:
        store.look_again(connection, [each.key for each in concerned], wake)
    return concerned
