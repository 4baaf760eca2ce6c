"""The worked example of both READMEs, run as it is printed: a platform in fifteen minutes."""

from __future__ import annotations

import json
import re
import shlex
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from tests.program import ROOT, Run, place, run

__all__ = ["place", "run"]  # fixtures

HOST = "api.yazhoutong.example"
BEIJING = timedelta(hours=8)
READMES = {
    "README.md": ("### Add a platform in fifteen minutes", "### Commands"),
    "README.zh-CN.md": ("### 十五分钟接入一个新平台", "### 命令"),
}
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


class Portal(BaseHTTPRequestHandler):
    """The invented portal: one account whose last post is a day old."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        uid = parse_qs(parts.query).get("uid", [""])[0]
        known = parts.path == "/v1/posts" and uid == "310086"
        body = json.dumps(self._posts() if known else {"code": 404}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _posts(self) -> dict[str, Any]:
        today = datetime.now(UTC) + BEIJING
        rows = [
            {
                "id": 500 - days,
                "title": f"崖州第{days}天前的消息",
                "published": f"{today - timedelta(days=days):%Y-%m-%d %H:%M}",
                "top": False,
            }
            for days in (1, 4, 9)
        ]
        pinned = rows[-1] | {"id": 100, "top": True}
        user = {"uid": 310086, "name": "崖州发布", "posts": 4}
        return {"code": 0, "data": {"user": user, "more": False, "list": [pinned, *rows]}}

    def log_message(self, *args: Any) -> None:
        """Say nothing on stderr."""


@pytest.fixture
def portal() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def section(readme: str) -> str:
    begin, end = READMES[readme]
    text = (ROOT / readme).read_text("utf-8")
    return text[text.index(f"\n{begin}\n") : text.index(f"\n{end}\n")]


def blocks(readme: str, kind: str) -> list[str]:
    return [body for word, body in FENCE.findall(section(readme)) if word == kind]


@pytest.mark.parametrize("readme", READMES)
def test_a_platform_is_added_in_the_way_the_readme_says(
    readme: str, run: Run, place: Path, portal: str
) -> None:
    config = place / "config/watcher.yaml"
    text = config.read_text("utf-8")
    assert "\nfetch:\n" in text
    origins = f'\nfetch:\n  origins: {{{HOST}: "{portal}"}}\n'
    config.write_text(text.replace("\nfetch:\n", origins), "utf-8")
    (spec,), (register,) = blocks(readme, "yaml"), blocks(readme, "csv")
    (place / "yazhoutong.yaml").write_text(spec, "utf-8")
    (place / "崖州通.csv").write_text(register, "utf-8")
    assert run("migrate").returncode == 0
    said: dict[str, str] = {}
    for line in "".join(blocks(readme, "sh")).splitlines():
        program, *words = shlex.split(line, comments=True)
        if program == "curl":  # the browser's part
            option, file, url = words
            parts = urlsplit(url)
            assert (option, parts.hostname) == ("-o", HOST)
            with urlopen(f"{portal}{parts.path}?{parts.query}") as answer:
                (place / file).write_bytes(answer.read())
            continue
        assert program == "watcher"
        done = run(*words)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        said[" ".join(words[:2])] = done.stdout
    assert "posts.time" in said["collectors try"]
    assert "结论：完整，共 4 条" in said["collectors try"]
    assert "yazhoutong 第1版" in said["collectors add"]
    assert "崖州通政务号" in said["collectors list"]
    assert "崖州第1天前的消息" in said["poll 崖州通-310086"]
    assert spec in said["collectors show"]
    assert "崖州发布" in said["collectors disable"]
    assert "涉及 1 个账号" in said["collectors enable"]


def test_both_readmes_print_the_same_example() -> None:
    for kind in ("yaml", "csv", "sh"):
        assert blocks("README.md", kind) == blocks("README.zh-CN.md", kind)
