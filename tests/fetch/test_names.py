"""Questions to the name service: what is no record, and what is no answer."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.fetch.conftest import HOST, START, Make, Site, reader
from watcher.fetch.names import asked_host
from watcher.model import CollectError, Page, Request, Trouble

NAME = "app.sanya.test"


class Names(AbstractResolver):
    """A resolver that knows these addresses of any name, or fails in this way."""

    def __init__(self, *addresses: str, error: OSError | None = None) -> None:
        self.addresses, self.error = addresses, error
        self.families: list[int] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.families.append(family)
        if self.error is not None:
            raise self.error
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in self.addresses
        ]

    async def close(self) -> None:
        return


async def ask(make: Make, url: str, resolver: AbstractResolver | None = None) -> Page:
    return await reader(make(resolver=resolver), hosts=frozenset({NAME}))(Request(url))


async def test_the_records_of_a_name_come_as_json_with_their_moment(make: Make) -> None:
    names = Names("2d00::2", "2d00::1", "2d00::2")
    page = await ask(make, f"dns://{NAME}/AAAA", names)
    assert (page.url, page.at, page.status) == (f"dns://{NAME}/AAAA", START, 200)
    assert page.json() == {"AAAA": ["2d00::1", "2d00::2"]}
    assert names.families == [socket.AF_INET6]
    old = Names("192.0.2.1")
    assert (await ask(make, f"dns://{NAME}/A", old)).json() == {"A": ["192.0.2.1"]}
    assert old.families == [socket.AF_INET]


@pytest.mark.parametrize("code", [socket.EAI_NONAME, socket.EAI_NODATA])
async def test_a_name_without_the_record_is_an_empty_list(make: Make, code: int) -> None:
    gone = Names(error=socket.gaierror(code, "no such name"))
    assert (await ask(make, f"dns://{NAME}/AAAA", gone)).json() == {"AAAA": []}


@pytest.mark.parametrize("code", [socket.EAI_AGAIN, socket.EAI_FAIL, None])
async def test_a_resolver_that_does_not_answer_is_no_answer(make: Make, code: int | None) -> None:
    error = OSError("odd") if code is None else socket.gaierror(code, "try again")
    with pytest.raises(CollectError, match="no name service") as caught:
        await ask(make, f"dns://{NAME}/AAAA", Names(error=error))
    assert caught.value.trouble is Trouble.UNREACHABLE


async def test_the_systems_own_resolver_is_asked_for_that_family_alone(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    async def getaddrinfo(self: object, host: str, port: object, **how: Any) -> list[Any]:
        asked.append({"host": host, **how})
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2d00::7", 0, 0, 0))]

    monkeypatch.setattr(asyncio.get_running_loop().__class__, "getaddrinfo", getaddrinfo)
    assert (await ask(make, f"dns://{NAME}/AAAA")).json() == {"AAAA": ["2d00::7"]}
    # no AI_ADDRCONFIG: a machine without IPv6 must still hear of it
    wanted = {"host": NAME, "family": socket.AF_INET6, "type": socket.SOCK_STREAM}
    assert asked == [wanted]


@pytest.mark.parametrize(
    "url",
    [
        "dns://other.test/AAAA",
        f"dns://{NAME}/TXT",
        f"dns://{NAME}/",
        "dns://127.0.0.1/A",
        "dns://[::1]/A",
        "dns://localhost/A",
        "dns:///AAAA",
        f"dns://{NAME}:53/AAAA/x",
    ],
)
async def test_nothing_is_asked_outside_of_the_hosts_of_the_reading(make: Make, url: str) -> None:
    names = Names("2d00::1")
    with pytest.raises(CollectError, match="refused") as caught:
        await ask(make, url, names)
    assert caught.value.trouble is Trouble.UNREACHABLE
    assert names.families == []


async def test_who_stands_in_for_a_host_answers_for_its_name(make: Make, site: Site) -> None:
    async def stand_in(request: web.Request) -> web.StreamResponse:
        return web.json_response({request.query["type"]: ["2d00::9"]})

    setattr(site, "on_dns-query", stand_in)
    names = Names("2d00::1")
    page = await reader(make(resolver=names))(Request(f"dns://{HOST}/AAAA"))
    assert (page.url, page.json()) == (f"dns://{HOST}/AAAA", {"AAAA": ["2d00::9"]})
    assert (site.paths, names.families) == (["/dns-query?type=AAAA"], [])


async def test_a_stand_in_that_knows_no_names_is_no_answer(make: Make, site: Site) -> None:
    async def nothing(request: web.Request) -> web.StreamResponse:
        return web.Response(status=404)

    setattr(site, "on_dns-query", nothing)
    with pytest.raises(CollectError, match="404"):
        await reader(make())(Request(f"dns://{HOST}/AAAA"))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("dns://A.example.cn/AAAA", "a.example.cn"),
        ("https://b.example.cn/x", "b.example.cn"),
        ("ftp://b.example.cn/x", ""),
        ("dns://[/AAAA", ""),
    ],
)
def test_the_host_an_address_is_about(url: str, host: str) -> None:
    assert asked_host(url) == host
