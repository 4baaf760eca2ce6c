"""The platform in a process of its own: the replica's pages at their real weight, rendered once.

Run as `python -m tests.bench.stand ACCOUNTS`; prints its port. Ends when its input ends.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any
from urllib.parse import parse_qsl

import orjson

from tests.bench.world import BEGIN, cast
from watcher.replica.core import answer
from watcher.replica.web import Ask
from watcher.replica.world import World

Say = Callable[[bytes], bytes]


@contextmanager
def stand(accounts: int) -> Iterator[str]:
    """The base URL of a stand that lives while the block runs."""
    command = [sys.executable, "-m", "tests.bench.stand", str(accounts)]
    root = Path(__file__).parents[2]
    with Popen(command, stdin=PIPE, stdout=PIPE, cwd=root) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()


def replica(shown: World) -> Say:
    """Whole answers to whole heads of requests; what was answered once is kept."""

    @cache
    def page(method: str, host: str, target: str, guest: bool, at: str, body: bytes) -> bytes:
        path, _, query = target.partition("?")
        moment = datetime.fromisoformat(at) if at else BEGIN
        cookie = f"SUB=_2AkM{int(moment.timestamp()):x}" if guest else ""
        asked = Ask(method, host, path, dict(parse_qsl(query)), {"cookie": cookie}, body)
        said = answer(shown, asked, moment)
        text = said.body
        if "containerid=107603" in target:
            text = weighty(text)
        lines = [f"HTTP/1.1 {said.status} OK", f"content-length: {len(text)}"]
        lines += [f"{name}: {value}" for name, value in said.headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + text

    def say(request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        said = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
        at = said.get("x-simulated-now", "")
        return page(method, said["host"], target, "SUB=" in said.get("cookie", ""), at, body)

    return say


def weighty(body: bytes) -> bytes:
    """The timeline with what else a real one carries: pictures, menus, a fuller user; 35 KB."""
    told = orjson.loads(body)
    for card in told.get("data", {}).get("cards", ()):
        post = card["mblog"]
        post |= _more(post["id"])
        post["text"] += "各区、各部门要按照职责分工抓好落实，" * 6
        post["user"] |= {"mbrank": 6, "mbtype": 12, "badge": {"user_name_certificate": 1}}
    return orjson.dumps(told)


def _more(ident: str) -> dict[str, Any]:
    pid = f"006QZngZgy1{ident}j30rs2084qp"
    url = f"https://wx1.sinaimg.cn/{{}}/{pid}.jpg"
    size = {"width": 750, "height": 1334, "croped": False}
    return {
        "visible": {"type": 0, "list_id": 0},
        "pic_ids": [f"{pid}{n}" for n in range(4)],
        "thumbnail_pic": url.format("thumbnail"),
        "bmiddle_pic": url.format("bmiddle"),
        "original_pic": url.format("large"),
        "number_display_strategy": {"apply_scenario_flag": 3, "display_text_min_number": 1000000},
        "edit_config": {"edited": False},
        "page_info": {"type": "search_topic", "page_url": url.format("page")},
        "pics": [
            {"pid": f"{pid}{n}", "url": url.format("orj360"), "size": "orj360", "geo": size,
             "large": {"size": "large", "url": url.format("large"), "geo": size}}
            for n in range(4)
        ],
    }  # fmt: skip


class Server(asyncio.Protocol):
    """Enough of HTTP/1.1 to answer without costing anything."""

    def __init__(self, say: Say) -> None:
        self._say, self._got = say, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._out: Any = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        while b"\r\n\r\n" in self._got:
            head, _, rest = self._got.partition(b"\r\n\r\n")
            length = 0
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            if len(rest) < length:
                return
            self._got = rest[length:]
            self._out.write(self._say(head + b"\r\n\r\n" + rest[:length]))


async def _serve(accounts: int) -> None:
    loop = asyncio.get_running_loop()
    say = replica(cast(accounts)[1])
    server = await loop.create_server(lambda: Server(say), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
