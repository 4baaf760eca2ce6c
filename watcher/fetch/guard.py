"""Which hosts and addresses may be asked.

Two independent checks: the name, before a request is made, against the collector's hosts; and the
address, when the socket is made, so that the address that was checked is the address connected to
and no DNS answer can change in between.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

Address: TypeAlias = IPv4Address | IPv6Address
Networks: TypeAlias = tuple[IPv4Network | IPv6Network, ...]

PORTS = {"http": 80, "https": 443}
_NAT64 = IPv6Network("64:ff9b::/96")
_NEVER = (  # not public, though Python's is_global does not say so everywhere
    IPv6Network("64:ff9b:1::/48"),  # local NAT64
    IPv6Network("2001::/32"),  # Teredo: hides an IPv4 address behind a relay
    IPv6Network("::/96"),  # IPv4-compatible, long dead
    IPv6Network("fec0::/10"),  # site-local, long dead
)


class Refused(OSError):  # noqa: N818 - a decision, not a fault
    """We do not go there. The text names the host or address and the reason."""


def networks(cidrs: Iterable[str]) -> Networks:
    """Parsed networks. Raises ValueError naming the wrong one."""
    return tuple(ip_network(cidr, strict=False) for cidr in cidrs)


def matches(host: str, patterns: Iterable[str]) -> bool:
    """Whether a host is one of these: a name, "*.example.cn" (its subdomains), or "*" (all)."""
    return any(
        host == pattern or pattern == "*" or (pattern[:2] == "*." and host.endswith(pattern[1:]))
        for pattern in patterns
    )


def embedded(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one (mapped, 6to4, NAT64), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def why_not(text: str, allow: Networks = ()) -> str | None:
    """Why an address may not be asked, or None. Cloud metadata addresses are not public either."""
    address = embedded(ip_address(text.partition("%")[0]))
    if any(address in network for network in allow):
        return None
    if address.is_multicast or any(address in network for network in _NEVER):
        return f"{text} is no public address"
    return None if address.is_global else f"{text} is no public address"


def split(url: str) -> SplitResult:
    """The parts of an http(s) URL. Raises Refused for anything else, credentials included."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused(f"not an address: {error}") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise Refused(f"not an http address: {parts.scheme}://{parts.hostname or ''}")
    if "@" in parts.netloc or "\\" in url:
        raise Refused(f"{parts.hostname}: an address with a user name or a backslash")
    if port is not None and port != PORTS[parts.scheme]:
        raise Refused(f"{parts.hostname}: port {port} is not asked")
    return parts


def host_of(url: str) -> str:
    """The host of an http(s) address, else ""."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in PORTS else ""


def check_name(host: str, allow: Networks = ()) -> None:
    """Refuse a host that is an address we do not ask, in whatever notation. Raises Refused."""
    if host == "localhost" or host.endswith(".localhost"):
        raise Refused(f"{host} is this machine")
    if host[-1:].isdigit() or ":" in host or host.startswith("0x"):
        reason = why_not(_plain(host), allow)
        if reason:
            raise Refused(reason)


def _plain(host: str) -> str:
    """An address in plain notation; 127.1, 0x7f000001 and 017700000001 are read as sockets do."""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError as error:
        raise Refused(f"{host} is neither a name nor an address") from error


def guarded_socket(allow: Networks) -> Callable[[Any], socket.socket]:
    """A socket factory for aiohttp that refuses the address it is about to connect to."""

    def make(info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        reason = why_not(str(address[0]), allow)
        if reason:
            raise Refused(reason)
        return socket.socket(family, kind, protocol)

    return make
