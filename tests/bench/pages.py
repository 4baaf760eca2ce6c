"""What one page costs to read: CPU-ms per collector for a page of 50 KB, beside bare parsing."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from collectors import Collector, discover
from watcher.fetch.case import Case, Recorded
from watcher.fetch.record import load_case, replay
from watcher.model import CollectError

FIXTURES = Path(__file__).parents[1] / "fixtures"
SIZE = 50 << 10  # bytes of a page
MOST = 7.5  # times the bare parsing, which takes 0.7 ms where 5 ms a page is the limit


def measure(turns: int) -> dict[str, Any]:
    """CPU-ms to read a 50 KB page, by collector; `ratio` is to bare parsing of such a page."""
    return {name: _one(collector, turns) for name, collector in discover().items()}


def _seen(name: str) -> Path:
    """A recorded case of the collector in which it sees."""
    told = sorted((FIXTURES / name).glob("*/expected.json"))
    seen = [file.parent for file in told if json.loads(file.read_bytes())["outcome"] == "seen"]
    return max(seen, key=lambda folder: folder.name == "ordinary")


def _one(collector: Collector, turns: int) -> dict[str, Any]:
    case = padded(load_case(_seen(collector.name)))
    pages = len(case.pages)
    read = _cost(partial(asyncio.run, _turns(collector, case, turns))) / turns / pages
    bare = _cost(partial(_bare, 20)) / 20
    return {"cpu_ms": round(read, 3), "bare_ms": round(bare, 3), "ratio": round(read / bare, 2)}


async def _turns(collector: Collector, case: Case, turns: int) -> None:
    hosts = collector.hosts_for(case.source)
    for _ in range(turns):
        with contextlib.suppress(CollectError):  # the cost is the question here
            await collector.collect(case.source, replay(case, hosts, collector.handshake))


def _bare(turns: int) -> None:
    """A page of this size parsed, and its links found."""
    page = _filled(b"<html><body></body></html>", SIZE).decode()
    for _ in range(turns):
        LexborHTMLParser(page).css("a")


def _cost(work: Callable[[], None]) -> float:
    """CPU-ms of this process."""
    begun = process_time()
    work()
    return (process_time() - begun) * 1000


def padded(case: Case) -> Case:
    """The case with each page filled up to 50 KB with what such pages are full of."""
    return replace(case, pages=tuple(_padded(each) for each in case.pages))


def _padded(recorded: Recorded) -> Recorded:
    body = recorded.page.body
    room = SIZE - len(body)
    if room <= 0:
        return recorded
    return replace(recorded, page=replace(recorded.page, body=_filled(body, room)))


def _filled(body: bytes, room: int) -> bytes:
    text = body.lstrip()
    if text[:1] == b"{":
        row = {"id": 4831, "kind": "banner", "text": "三亚今日天气", "at": [1, 2, 3], "on": None}
        count = room // len(json.dumps(row, ensure_ascii=False).encode())
        filling = json.dumps([row] * max(1, count), ensure_ascii=False).encode()
        inner = text[1:].lstrip()
        comma = b"" if inner[:1] == b"}" else b","
        return b'{"zz_filling":' + filling + comma + inner
    if text[:1] == b"[":
        return body
    for end in (b"</body>", b"</channel>", b"</feed>"):
        if end in body:
            head, _, tail = body.rpartition(end)
            return head + _markup(end, room) + end + tail
    return body + _markup(b"", room) if b"<" in body else body


def _markup(end: bytes, room: int) -> bytes:
    """Links for a web page; for a feed, items of about 2 KB each."""
    line = '<div class="side"><p>三亚今日天气：晴</p><a href="/x/1.html">更多</a></div>'.encode()
    if end in (b"", b"</body>"):
        return line * (room // len(line))
    text = (line * 24).replace(b"<", b"&lt;").replace(b">", b"&gt;")
    tag, word = (b"item", b"description") if end == b"</channel>" else (b"entry", b"summary")
    item = b"<%s><title>x</title><%s>%s</%s></%s>" % (tag, word, text, word, tag)
    return item * max(1, room // len(item))
