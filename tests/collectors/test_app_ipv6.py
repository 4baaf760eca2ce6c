"""The IPv6 of an app's service: only a host with addresses, and none of that kind, is "no"."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.app_ipv6 import collector
from tests.collectors.serve import Served, any_json, page
from watcher.model import CollectError, Coverage, Source, Trouble

HOST = "app.sanya.example.cn"


def served(six: object, four: object = ("192.0.2.1",), host: str = HOST) -> Served:
    bodies = {"AAAA": six, "A": four}
    return Served(
        *(page(f"dns://{host}/{kind}", json.dumps({kind: found})) for kind, found in bodies.items())
    )


async def told(fetch: Served, source: Source) -> str:
    sighting = await collector.collect(source, fetch)
    assert sighting.profile is not None
    assert sighting.profile.traits is not None
    assert (sighting.coverage, sighting.posts) == (Coverage.PARTIAL, ())
    return sighting.profile.traits["ipv6"]


@pytest.mark.parametrize(
    ("six", "answer"),
    [
        (["2d00:5a4e::1"], "yes"),
        ([], "no"),
        (["fe80::1%eth0"], "no"),
        (["fd00::1"], "no"),
        (["::ffff:192.0.2.1"], "no"),
        (["64:ff9b::c000:201"], "no"),
        (["nonsense", "2d00:5a4e::1"], "yes"),
    ],
)
async def test_only_an_address_of_its_own_counts(six: list[str], answer: str) -> None:
    assert await told(served(six), Source("app_ipv6", HOST)) == answer


async def test_a_name_without_any_address_accuses_nobody() -> None:
    with pytest.raises(CollectError, match="is the name right") as caught:
        await told(served([], []), Source("app_ipv6", HOST))
    assert caught.value.trouble is Trouble.UNREADABLE


@pytest.mark.parametrize(
    "source",
    [
        Source("app_ipv6", f"https://{HOST}:443/api?x=1"),
        Source("app_ipv6", "com.sanya.zwt", {"ipv6_host": HOST}),
        Source("app_ipv6", f"  {HOST.upper()} "),
    ],
)
async def test_the_host_may_be_given_as_an_address_or_a_setting(source: Source) -> None:
    assert collector.hosts_for(source) == {HOST}
    assert await told(served(["2d00::1"]), source) == "yes"


async def test_a_chinese_name_is_asked_in_its_written_form() -> None:
    source = Source("app_ipv6", "三亚.政务")
    (host,) = collector.hosts_for(source)
    assert host.startswith("xn--")
    assert await told(served(["2d00::1"], host=host), source) == "yes"


@pytest.mark.parametrize("handle", ["", "192.0.2.1", "https://[::1]/", "localhost", "a b.cn"])
async def test_what_is_no_host_is_refused_before_anything_is_asked(handle: str) -> None:
    fetch, source = Served(), Source("app_ipv6", handle)
    with pytest.raises(CollectError, match="is no name of a host") as caught:
        await collector.collect(source, fetch)
    assert caught.value.trouble is Trouble.UNREADABLE
    assert (fetch.asked, collector.hosts_for(source)) == ([], frozenset())


@given(any_json(), st.sampled_from(("A", "AAAA")))
async def test_an_odd_answer_raises_nothing_but_its_own_error(value: object, which: str) -> None:
    pages = {kind: page(f"dns://{HOST}/{kind}", '{"A": [], "AAAA": []}') for kind in ("A", "AAAA")}
    pages[which] = page(f"dns://{HOST}/{which}", json.dumps(value))
    with pytest.raises(CollectError) as caught:
        await collector.collect(Source("app_ipv6", HOST), Served(*pages.values()))
    assert caught.value.trouble is Trouble.UNREADABLE
