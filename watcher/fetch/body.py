"""Reading a body: counted while it arrives and again while it is inflated."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from watcher.model import CollectError, Page, Trouble

_DAY = 86400.0


async def read_body(
    response: httpx.Response, headers: Mapping[str, str], cap: int, name: str
) -> bytes:
    """The whole body, inflated. Raises CollectError: UNREADABLE where it is larger than `cap`
    bytes or wrongly packed, UNREACHABLE where it was cut short."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    packed = _Packed(encoding, name) if encoding not in ("", "identity") else None
    chunks: list[bytes] = []
    room = cap
    async for chunk in response.stream:  # type: ignore[union-attr]
        piece = packed.inflate(chunk, room) if packed else chunk
        room -= len(piece)
        if room < 0:
            text = f"{name}: the answer is larger than {cap} bytes"
            raise CollectError(Trouble.UNREADABLE, text)
        chunks.append(piece)
    if packed and packed.begun and not packed.whole:
        raise CollectError(Trouble.UNREACHABLE, f"{name}: the answer was cut short")
    return b"".join(chunks)


class _Packed:
    """A gzip or deflate stream, never inflated further than asked."""

    def __init__(self, encoding: str, name: str) -> None:
        if encoding not in ("gzip", "x-gzip", "deflate"):
            text = f"{name}: packed as {encoding[:40]!r}, which we did not offer"
            raise CollectError(Trouble.UNREADABLE, text)
        self._gzip, self._name = encoding != "deflate", name
        self._decoder: Any = None
        self.begun = False

    @property
    def whole(self) -> bool:
        return self._decoder is None or bool(self._decoder.eof)

    def inflate(self, data: bytes, room: int) -> bytes:
        """The next piece, at most room + 1 bytes of it: one more is one too many."""
        out: list[bytes] = []
        self.begun = self.begun or bool(data)
        try:
            while data and room >= 0:
                if self._decoder is None or self._decoder.eof:
                    self._decoder = zlib.decompressobj(self._window(data))
                piece = self._decoder.decompress(data, room + 1)
                out.append(piece)
                room -= len(piece)
                data = self._decoder.unused_data
        except zlib.error as error:
            raise CollectError(Trouble.UNREADABLE, f"{self._name}: {error}") from error
        return b"".join(out)

    def _window(self, data: bytes) -> int:
        if self._gzip:
            return 16 + zlib.MAX_WBITS
        # "deflate" should mean zlib; some servers send the bare stream.
        return zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS


def retry_after(page: Page) -> float | None:
    """Seconds that a 429 or 503 asks us to wait; None where it does not say."""
    if page.status not in (429, 503):
        return None
    text = page.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return min(float(text), _DAY)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return _seconds(moment, page.at)


def _seconds(moment: datetime, now: datetime) -> float:
    return min(max((moment - now).total_seconds(), 1.0), _DAY)
