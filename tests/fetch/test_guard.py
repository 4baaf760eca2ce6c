"""Addresses that are never asked, whatever they look like."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from tests.fetch.conftest import Make, Site, reader
from watcher.fetch.gate import Gate, _origin_form
from watcher.fetch.guard import Refused, check_name, matches, networks, split, why_not
from watcher.model import CollectError, Request, Trouble

INSIDE = """127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.100.100.200 100.64.0.1
0.0.0.0 255.255.255.255 224.0.0.1 192.0.2.1 198.18.0.1 240.0.0.1 :: ::1 fe80::1 fe80::1%eth0
fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:a9fe:a9fe 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1
2002:7f00:1:: 2001:0:7f00:1:: ::7f00:1 fec0::1 2001:db8::1 fd00:ec2::254""".split()  # noqa: SIM905


@pytest.mark.parametrize("address", INSIDE)
def test_inner_addresses_are_refused(address: str) -> None:
    assert why_not(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "223.5.5.5", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_asked(address: str) -> None:
    assert why_not(address) is None


@pytest.mark.parametrize(
    "host",
    ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "localhost", "a.localhost"]
    + [address for address in INSIDE if "%" not in address],
)
def test_odd_ways_to_write_them_are_refused(host: str) -> None:
    with pytest.raises(Refused):
        check_name(host)


@pytest.mark.parametrize("host", ["m.weibo.cn", "mp.weixin.qq.com", "1.example.cn", "8.8.8.8"])
def test_ordinary_names_pass(host: str) -> None:
    check_name(host)


def test_an_allowed_network_may_be_asked() -> None:
    allow = networks(["10.1.0.0/16"])
    assert why_not("10.1.2.3", allow) is None
    assert why_not("::ffff:10.1.2.3", allow) is None
    assert why_not("10.2.2.3", allow)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.cn/",
        "file:///etc/passwd",
        "http:///x",
        "http://u:p@a.cn/",
        "http://a.cn:22/",
        "http://a.cn\\@b.cn/",
        "http://a.cn:x/",
        "https://a.cn:80/",
        "//a.cn/",
    ],
)
def test_only_plain_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(Refused):
        split(url)


def test_hosts_are_names_or_their_subdomains() -> None:
    assert matches("a.gov.cn", {"*.gov.cn"})
    assert matches("a.b.gov.cn", {"*.gov.cn"})
    assert matches("x", {"*"})
    assert not matches("gov.cn", {"*.gov.cn"})
    assert not matches("evilgov.cn", {"*.gov.cn", "gov.cn"})
    assert not matches("a.gov.cn.evil", {"*.gov.cn", "a.gov.cn"})


@given(st.integers(0, 2**32 - 1))
def test_hiding_an_address_in_ipv6_changes_nothing(number: int) -> None:
    plain = why_not(str(ipaddress.IPv4Address(number))) is None
    for prefix in ("::ffff:0:0", "64:ff9b::"):
        hidden = ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + number)
        assert (why_not(str(hidden)) is None) == plain


class Rebinding(AbstractResolver):
    """A name that is public when first asked and ours ever after."""

    def __init__(self, *addresses: str) -> None:
        self.addresses, self.asked = list(addresses), 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        address = self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        return


@pytest.mark.parametrize("url", ["http://rebind.test/", "https://rebind.test/"])
async def test_a_name_that_means_the_inside_is_refused_at_the_socket(make: Make, url: str) -> None:
    fetcher = make(resolver=Rebinding("127.0.0.1"))
    with pytest.raises(CollectError, match=r"refused: 127\.0\.0\.1") as caught:
        await reader(fetcher, hosts=frozenset({"rebind.test"}))(Request(url))
    assert caught.value.trouble is Trouble.UNREACHABLE


async def test_a_name_that_changes_its_meaning_gains_nothing(
    make: Make, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver = Rebinding("93.184.216.34", "127.0.0.1")
    tried: list[str] = []

    async def connect(loop: object, sock: socket.socket, address: tuple[str, int]) -> None:
        tried.append(address[0])
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(asyncio.get_running_loop().__class__, "sock_connect", connect)
    read = reader(make(resolver=resolver), hosts=frozenset({"rebind.test"}))
    with pytest.raises(CollectError, match="Cannot connect"):
        await read(Request("http://rebind.test/"))
    assert tried == ["93.184.216.34"], "the address checked is the address connected to"
    assert resolver.asked == 1
    assert not site.seen


async def test_an_inner_address_in_the_hosts_is_refused_all_the_same(make: Make) -> None:
    for host in ("127.0.0.1", "169.254.169.254", "[::1]", "0x7f.1"):
        read = reader(make(), hosts=frozenset({host.strip("[]")}))
        with pytest.raises(CollectError, match="refused"):
            await read(Request(f"http://{host}/"))


async def say(gate: str, text: str) -> bytes:
    inward, outward = await asyncio.open_connection("127.0.0.1", int(gate.rpartition(":")[2]))
    outward.write(text.encode())
    answer = await inward.read()
    outward.close()
    await outward.wait_closed()
    return answer


@pytest.mark.parametrize(
    ("first", "status"),
    [
        ("CONNECT 127.0.0.1:443 HTTP/1.1", b"403"),
        ("CONNECT [::1]:443 HTTP/1.1", b"403"),
        ("CONNECT localhost:443 HTTP/1.1", b"403"),
        ("CONNECT 8.8.8.8:22 HTTP/1.1", b"403"),
        ("GET http://169.254.169.254/latest HTTP/1.1", b"403"),
        ("GET http://127.1/ HTTP/1.1", b"403"),
        ("GET /direct HTTP/1.1", b"403"),
        ("nonsense", b"502"),
    ],
)
async def test_the_browser_s_gate_refuses_the_inside(first: str, status: bytes) -> None:
    gate = Gate(())
    try:
        answer = await say(await gate.open(), f"{first}\r\nHost: x\r\n\r\n")
    finally:
        await gate.aclose()
    assert answer.startswith(b"HTTP/1.1 " + status)


async def test_the_gate_carries_what_it_allows(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(site.base.rpartition(":")[2])
    monkeypatch.setattr("watcher.fetch.gate.PORTS", {"http": port, "https": port})
    gate = Gate(networks(["127.0.0.0/8"]))
    ask = "GET /through HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    try:
        address = await gate.open()
        tunnel = await say(address, f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n{ask}")
        plain = await say(
            address, "GET http://127.0.0.1/plain?a=1 HTTP/1.1\r\nHost: a\r\nProxy-X: 1\r\n\r\n"
        )
    finally:
        await gate.aclose()
    assert b"hello /through" in tunnel
    assert b"hello /plain?a=1" in plain
    assert "Proxy-X" not in site.seen[-1].headers


def test_the_gate_asks_servers_in_their_own_form() -> None:
    head = b"GET http://a.cn/b?c HTTP/1.1\r\nHost: a.cn\r\nProxy-Connection: keep-alive\r\n\r\n"
    assert _origin_form("GET", "http://a.cn/b?c", head) == (
        b"GET /b?c HTTP/1.1\r\nHost: a.cn\r\nConnection: close\r\n\r\n"
    )
