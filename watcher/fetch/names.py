"""Questions to the name service, written as addresses: `dns://app.example.cn/AAAA`.

The answer is a page whose body is `{"AAAA": ["2001:db8::1"]}`. No such name and no such record are
both an empty list: who asks must tell them apart by asking for A as well.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver

from watcher.fetch.guard import Networks, Refused, check_name, host_of
from watcher.model import CollectError, Trouble

SCHEME = "dns"
FAMILIES: Mapping[str, socket.AddressFamily] = {"A": socket.AF_INET, "AAAA": socket.AF_INET6}
_NAME = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9_](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}"
)
# What a resolver says of a name without such a record; anything else is a failure of its own.
_NONE = frozenset(
    getattr(socket, name)
    for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY")
    if hasattr(socket, name)
)


def is_question(url: str) -> bool:
    """Whether an address asks the name service and no server."""
    return url.startswith(f"{SCHEME}://")


def asked_host(url: str) -> str:
    """The host that an http(s) or dns address is about, else ""."""
    if not is_question(url):
        return host_of(url)
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def question(url: str, allow: Networks = ()) -> tuple[str, str]:
    """The name and the kind of record. Raises Refused for anything but a public name."""
    host, kind = asked_host(url), urlsplit(url).path.strip("/")
    if kind not in FAMILIES:
        raise Refused(f"{kind[:20]!r} is no record we ask for; known: {', '.join(FAMILIES)}")
    check_name(host, allow)
    if not _NAME.fullmatch(host):
        raise Refused(f"{host[:80]!r} is no name of a host")
    return host, kind


async def resolve(host: str, kind: str, resolver: AbstractResolver | None) -> bytes:
    """The records of a name as JSON. Raises CollectError UNREACHABLE where nobody answers."""
    family = FAMILIES[kind]
    try:
        if resolver is not None:
            found = {row["host"] for row in await resolver.resolve(host, 0, family)}
        else:
            # Not aiohttp's own resolver: that leaves AAAA out on a machine without IPv6.
            loop = asyncio.get_running_loop()
            rows = await loop.getaddrinfo(host, None, family=family, type=socket.SOCK_STREAM)
            found = {str(row[4][0]) for row in rows}
    except OSError as error:
        if error.errno not in _NONE:
            raise CollectError(Trouble.UNREACHABLE, f"{host}: no name service: {error}") from error
        found = set()
    return answer_of(kind, found)


def answer_of(kind: str, addresses: set[str]) -> bytes:
    """The body of an answer."""
    return json.dumps({kind: sorted(addresses)}).encode()
