"""The only way out for the browser: a forward proxy on loopback that checks every address.

A browser follows redirects, opens WebSockets and resolves names by itself; intercepting requests
does not see all of that. With this as its proxy it cannot reach an address that was not checked,
and the address checked is the one connected to.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

from watcher.fetch.guard import PORTS, Networks, Refused, check_name, split, why_not

_HEAD = 10.0  # seconds for a request's head, and for a connection
_MOST = 64 << 20  # bytes a connection may carry one way
_OWN = (b"proxy-", b"connection:", b"keep-alive:")  # headers meant for the proxy


class Gate:
    """A proxy for one browser. `await open()` gives its address."""

    def __init__(self, allow: Networks) -> None:
        self._allow = allow
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> str:
        """Start on a free port of loopback; the address as a URL."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def aclose(self) -> None:
        """Stop, and drop what is under way."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._relay(reader, writer)
        except Refused:
            writer.write(b"HTTP/1.1 403 Refused\r\nContent-Length: 0\r\n\r\n")
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        finally:
            await _close(writer)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_HEAD):
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
            if method == "CONNECT":
                host, _, port = target.rpartition(":")
                there = await self._connect(host.strip("[]"), int(port))
            else:
                parts = split(target)
                there = await self._connect(parts.hostname or "", PORTS[parts.scheme])
        upstream, downstream = there
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                downstream.write(_origin_form(method, target, head))
            await asyncio.gather(_pump(reader, downstream), _pump(upstream, writer))
        finally:
            await _close(downstream)

    async def _connect(
        self, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if port not in PORTS.values():
            raise Refused(f"{host}: port {port} is not asked")
        check_name(host, self._allow)
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(info[4][0]) for info in found]
        for address in addresses:
            reason = why_not(address, self._allow)
            if reason:
                raise Refused(reason)
        return await asyncio.open_connection(addresses[0], port)


def _origin_form(method: str, target: str, head: bytes) -> bytes:
    """The head as the server itself wants it: path instead of address, one request a connection."""
    parts = split(target)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")[1:]
    kept = [line for line in lines if not line.lower().startswith(_OWN)]
    first = f"{method} {path} HTTP/1.1".encode()
    return b"\r\n".join((first, *kept, b"Connection: close", b"", b""))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Carry bytes one way until the end; more than _MOST are not carried."""
    carried = 0
    with contextlib.suppress(OSError):
        while carried < _MOST and (data := await source.read(1 << 16)):
            carried += len(data)
            sink.write(data)
            await sink.drain()
    with contextlib.suppress(OSError):
        if sink.can_write_eof():
            sink.write_eof()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
