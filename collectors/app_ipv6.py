"""移动客户端: does its service answer over IPv6? Asked of the name service, not of any store.

《办法》Art. 7 (3) wants apps to support IPv6 fully. A host without an AAAA record cannot be reached
that way, so "no" is certain; "yes" only says that the door has a number. The handle, or the setting
`ipv6_host`, is the host or address that the app talks to. It shows nothing of the account itself:
it is no witness of whether a store still lists the app.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from collectors import Collector
from watcher.model import (
    CollectError,
    Coverage,
    Fetch,
    Pace,
    Page,
    Profile,
    Request,
    Sighting,
    Source,
    Trouble,
)

_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}")
_NAT64 = ip_network("64:ff9b::/96")  # made up by the resolver from an IPv4 address


async def collect(source: Source, fetch: Fetch) -> Sighting:
    """Ask for AAAA, and for A where there is none. Raises CollectError."""
    host = host_of(source)
    six = await _addresses(fetch, host, "AAAA")
    own = any(map(_public, six))
    if not own and not await _addresses(fetch, host, "A"):
        # A misspelt name has no AAAA either; nobody is accused of that.
        raise CollectError(Trouble.UNREADABLE, f"{host} has no address at all; is the name right?")
    traits = {"ipv6": "yes" if own else "no", "ipv6_host": host}
    profile = Profile(source.handle, source.account_name or host, traits=traits)
    return Sighting(profile, (), Coverage.PARTIAL)


def host_of(source: Source) -> str:
    """The host asked about. Raises UNREADABLE where the source names none."""
    given = str(source.settings.get("ipv6_host") or source.handle).strip().lower()
    try:
        host = urlsplit(given if "://" in given else f"https://{given}").hostname or ""
        host = host.encode("idna").decode()
    except ValueError:  # UnicodeError among them
        host = ""
    if not _HOST.fullmatch(host):
        raise CollectError(Trouble.UNREADABLE, f"handle {given[:80]!r} is no name of a host")
    return host


def _hosts(source: Source) -> frozenset[str]:
    try:
        return frozenset({host_of(source)})
    except CollectError:
        return frozenset()


async def _addresses(fetch: Fetch, host: str, kind: str) -> list[str]:
    page = await fetch(Request(f"dns://{host}/{kind}"))
    found = _told(page)
    if not isinstance(found, dict) or not isinstance(found.get(kind), list):
        raise CollectError(Trouble.UNREADABLE, f"{host}: an answer without {kind}")
    return [str(each) for each in found[kind]]


def _told(page: Page) -> Any:
    try:
        return page.json()
    except (ValueError, RecursionError):
        return None


def _public(text: str) -> bool:
    """Whether an address is one that the public could reach over IPv6."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return isinstance(address, IPv6Address) and address.is_global and address not in _NAT64


collector = Collector(
    name="app_ipv6",
    platform="dns",
    hosts=frozenset(),
    collect=collect,
    coverage=Coverage.PARTIAL,
    pace=Pace(gap=1.0, concurrency=2),
    hosts_of=_hosts,
    title="移动客户端的 IPv6 解析",
    forms=("app",),
    sees=frozenset({"traits"}),
    witness=False,
)
