"""Collectors: one value per way of reading, from modules and YAML here and entry points."""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Handshake,
    Hits,
    Pace,
    Sighting,
    Source,
    Trouble,
)

log = logging.getLogger(__name__)

# Settings of a source that are secrets: only ever a reference, in no file of ours and no register.
SECRETS = frozenset(
    {"secret", "token", "password", "cookie", "app_secret", "client_key"}
    | {"access_token", "refresh_token", "app_token"}
    | {"push_token", "push_aes_key", "push_aes_key_former"}
)


class Need(StrEnum):
    BROWSER = "browser"
    CREDENTIAL = "credential"
    PERSON = "person"


class Sure(StrEnum):
    """What our knowledge of a way of reading rests on."""

    CAPTURED = "captured"  # real answers of the platform read right
    REPORTED = "reported"  # several independent public sources describe it
    UNCONFIRMED = "unconfirmed"  # one source, or an old one: it accuses nobody until proved live


async def only_searches(source: Source, fetch: Fetch) -> Sighting:
    """What a way of searching says when it is asked to read an account. Raises CollectError."""
    raise CollectError(Trouble.UNREADABLE, f"{source.collector} searches and reads no account")


@dataclass(frozen=True, slots=True)
class Collector:
    """How to read one platform one way: a name, the hosts it may ask, and one function.

    `collect` raises CollectError when it could not see; anything else it raises is our bug and
    becomes `unreadable`. `hosts` may hold "*.example.cn"; an empty set means: the host of the
    source's own handle or settings (a feed, a government site), given by `hosts_of`.
    """

    name: str  # what Source.collector refers to
    platform: str  # the lane it is read in
    hosts: frozenset[str]
    collect: Callable[[Source, Fetch], Awaitable[Sighting]] = only_searches
    coverage: Coverage = Coverage.COMPLETE  # the best it can do; a Sighting may lower it
    pace: Pace = Pace()
    needs: frozenset[Need] = frozenset()
    handshake: Handshake | None = None
    hosts_of: Callable[[Source], frozenset[str]] | None = None
    paths: tuple[str, ...] = ("/",)  # where several collectors share a host: what this one asks
    # What a bare recording does not tell is taken from the addresses it holds.
    settle: Callable[[Source, tuple[str, ...]], Source] = lambda source, urls: source
    title: str = ""  # what it reads, in the words of the offices
    forms: tuple[str, ...] = ()  # account types of the filing form that it reads (domain §1.4)
    sees: frozenset[str] = frozenset()  # fields of Profile that it can show, name aside
    sure: Sure = Sure.REPORTED
    # A pasted link to one post: the source that reads it, None where the link is none of its own.
    recognise: Callable[[str], Source | None] = lambda url: None
    version: str = ""  # of one that was added while the watch runs
    witness: bool = True  # False: what it reads says nothing of whether the account is there
    out: str = ""  # why it is out of service, for people; "" while it may be asked
    # Looking for accounts by name: the handle of the source is the query. Both raise CollectError
    # where they could not see, so "none found" is only ever said by the platform itself.
    search: Callable[[Source, Fetch], Awaitable[Hits]] | None = None
    probe: Callable[[Source, Fetch], Awaitable[Hits]] | None = None  # of exactly this name, or none
    risk: str = ""  # what whoever switches it on must know, for people; "" where it is on by itself

    def hosts_for(self, source: Source) -> frozenset[str]:
        """The hosts that a reading of this source may ask."""
        return self.hosts | (self.hosts_of(source) if self.hosts_of else frozenset())


@dataclass(frozen=True, slots=True)
class Installed:
    """What is installed: the collectors by name, and the plug-ins that cannot be used, with why."""

    collectors: Mapping[str, Collector]
    broken: Mapping[str, str]


def discover() -> Mapping[str, Collector]:
    """Every collector there is, by name; a plug-in that cannot be used is named in the log.

    Raises ValueError where two collectors of our own share a name, or with every mistake of the
    YAML files beside this module.
    """
    found = installed()
    for name, why in found.broken.items():
        log.error("the plug-in %s is left out: %s", name, why)
    return found.collectors


def searchers() -> Mapping[str, Collector]:
    """Every way of searching, by name: apart from `discover`, since they read no account.

    Modules here offer it as `searcher`; a collector that reads may search as well.
    """
    found = {name: each for name, each in discover().items() if each.search or each.probe}
    for module in pkgutil.iter_modules(__path__):
        value = getattr(import_module(f"{__name__}.{module.name}"), "searcher", None)
        if isinstance(value, Collector):
            found[value.name] = value
    return found


def installed() -> Installed:
    """As `discover`, with the plug-ins that were left out."""
    found: dict[str, Collector] = {}
    for collector in _builtin():
        if collector.name in found:
            raise ValueError(f"two collectors are named {collector.name!r}; rename one of them")
        found[collector.name] = collector
    broken: dict[str, str] = {}
    for point in entry_points(group="watcher.collectors"):
        value = _plugin(point)
        if isinstance(value, Collector) and value.name not in found:
            found[value.name] = value
        elif isinstance(value, Collector):
            broken[point.name] = f"a collector named {value.name!r} is there already; rename it"
        else:
            broken[point.name] = f"{point.value}: {value}"
    return Installed(found, broken)


@cache
def _builtin() -> tuple[Collector, ...]:
    """Those beside this module. They do not change while the program runs, and the YAML ones take
    a fifth of a second to check."""
    return tuple(_beside())


def _beside() -> Iterable[Collector]:
    for module in pkgutil.iter_modules(__path__):
        value = getattr(import_module(f"{__name__}.{module.name}"), "collector", None)
        if isinstance(value, Collector):
            yield value
    # Those written as YAML; their engine imports this module.
    declarative = import_module(f"{__name__}.declarative")
    for _, spec in declarative.shipped():
        yield declarative.collector_from(spec)


def _plugin(point: EntryPoint) -> Collector | str:
    """What a plug-in offers, or why it cannot be used: somebody else's code may raise anything."""
    try:
        value = point.load()
    except (Exception, SystemExit) as error:
        return f"{type(error).__name__}: {error}"
    return value if isinstance(value, Collector) else f"is a {type(value).__name__}, no Collector"
