"""What a source that sees only a part of an account's surroundings may and may not say of it."""

from __future__ import annotations

import httpx

from collectors import Collector
from tests.collectors.serve import NOW
from watcher.fetch import Fetcher, FetchSettings
from watcher.model import (
    Account,
    CollectError,
    Coverage,
    Failure,
    Fetch,
    Outcome,
    Profile,
    Sighting,
    Snapshot,
    Source,
    Trouble,
    Unit,
)
from watcher.reading import observe


def collector(name: str, said: Sighting | CollectError, *, witness: bool = True) -> Collector:
    async def collect(source: Source, fetch: Fetch) -> Sighting:
        if isinstance(said, CollectError):
            raise said
        return said

    return Collector(name, name, frozenset({f"{name}.test"}), collect, witness=witness)


def shown(name: str, **traits: str) -> Sighting:
    return Sighting(Profile("1", name, traits=traits), (), Coverage.PARTIAL)


GONE = CollectError(Trouble.GONE, "no listing")
IPV6 = collector("ipv6", shown("三亚政务通", ipv6="no"), witness=False)


async def read(*installed: Collector) -> Outcome:
    sources = tuple(Source(each.name, "1") for each in installed)
    account = Account("app-1", "app", "三亚政务通", Unit("u", "三亚市大数据局"), sources)
    fetcher = Fetcher(
        FetchSettings(), lambda: NOW, httpx.MockTransport(lambda _: httpx.Response(500))
    )
    try:
        seen = await observe(account, {each.name: each for each in installed}, fetcher, {}, NOW)
    finally:
        await fetcher.aclose()
    return seen.outcome


async def test_what_is_no_witness_never_stands_for_an_account_that_was_not_seen() -> None:
    outcome = await read(collector("store", GONE), IPV6)
    assert isinstance(outcome, Failure)
    assert outcome.trouble is Trouble.GONE
    assert [(look.source, look.result) for look in outcome.looks] == [
        ("store", "gone"),
        ("ipv6", "partial"),
    ]


async def test_what_is_no_witness_adds_its_traits_to_what_a_store_shows() -> None:
    outcome = await read(IPV6, collector("store", shown("三亚政务通 APP", version="1.2")))
    assert isinstance(outcome, Snapshot)
    assert outcome.sighting.profile is not None
    assert outcome.sighting.profile.name == "三亚政务通 APP"
    assert outcome.sighting.profile.traits == {"version": "1.2", "ipv6": "no"}


async def test_an_app_in_one_store_and_not_in_the_other_is_seen() -> None:
    outcome = await read(collector("one", GONE), collector("two", shown("三亚政务通", yyb="3")))
    assert isinstance(outcome, Snapshot)
    assert outcome.trouble is Trouble.GONE


async def test_what_is_no_witness_may_be_all_that_is_read() -> None:
    assert isinstance(await read(IPV6), Snapshot)
