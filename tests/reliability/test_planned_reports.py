"""Reports of the plan by the real daemon: late starts and sudden deaths, over a mail server."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiosmtpd.controller import Controller

from alerts.merge import POSSIBLY_SENT
from tests.reliability.stage import ROOT, Stage, stage
from tests.reliability.test_signals import silent

# Ten o'clock of the first working day of November: the plan wanted its report an hour ago.
LATE = datetime(2026, 11, 2, 2, tzinfo=UTC)
WISHES = {"lease": 1, "letter_lease": 1, "every": 3600}
MADE = "SELECT count(*) FROM report"


class Post:
    """An SMTP server on loopback; `slow` seconds pass before it says that it took a mail."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.slow = 0.0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        await asyncio.sleep(self.slow)
        return "250 OK"


@contextmanager
def post() -> Iterator[tuple[Post, str]]:
    taken = Post()
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    server = Controller(taken, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield taken, f"mailto://127.0.0.1:{port}?from=watch@example.cn&to=city@example.cn"
    finally:
        server.stop()


def plan(s: Stage, mail: str) -> None:
    """The inspection of each month, by route to a mailbox and beside it to the operators' hook."""
    (s.folder / "mail.url").write_text(mail)
    shutil.copytree(ROOT / "config" / "templates", s.folder / "templates")
    offices = yaml.safe_load((s.folder / "offices.yaml").read_text("utf-8"))
    offices["targets"]["mailbox"] = {"kind": "mail", "url": {"file": "mail.url"}}
    settings = json.loads((s.folder / "watcher.yaml").read_text("utf-8"))
    settings["reports"] = [{"kind": "inspection", "every": "month", "working_day": 1}]
    settings["routes"] = "routes.yaml"
    settings["public_url"] = "https://watch.example.cn"
    to = {"targets": ["mailbox", "operator"]}
    route = {"name": "邮箱", "reports": ["inspection"], "do": "instead", "to": to}
    for name, value in (
        ("offices", offices),
        ("watcher", settings),
        ("routes", {"routes": [route]}),
    ):
        (s.folder / f"{name}.yaml").write_text(json.dumps(value, ensure_ascii=False), "utf-8")


async def seen(s: Stage, pattern: str) -> None:
    """Wait until such a file of a report is there."""
    for _ in range(6000):
        if list((s.state / "reports").rglob(pattern)):
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"no {pattern}\n{s.log[-3000:]}")


@pytest.mark.slow
async def test_a_report_outlives_deaths_at_every_stage_and_is_told_of_once(tmp_path: Path) -> None:
    with post() as (box, url):
        async with stage(tmp_path, silent(2), shift=LATE - datetime.now(UTC)) as s:
            plan(s, url)
            await s.go(**WISHES)  # begins after the planned minute, and dies while it makes
            await seen(s, "*.docx")
            assert await s.end(signal.SIGKILL) == -signal.SIGKILL
            assert s.rows(MADE) == [(0,)]
            assert s.rows("SELECT count(*) FROM outbox WHERE key LIKE 'report%'") == [(0,)]

            box.slow = 5.0
            await s.go(**WISHES)  # makes it whole, and dies while the mail is on its way
            await s.until(MADE, 1, 60)
            while not box.got:
                await asyncio.sleep(0.05)
            assert await s.end(signal.SIGKILL) == -signal.SIGKILL

            box.slow = 0.0
            await s.go(**WISHES)
            await s.until(
                "SELECT count(*) FROM outbox WHERE key LIKE 'report%' AND state = 'sent'", 2, 60
            )
            await s.says("/reports", 200)
            assert await s.end() == 0
            assert s.rows(MADE) == [(1,)]
            told_once_or_marked(s, box)
            whole(s, box)


def told_once_or_marked(s: Stage, box: Post) -> None:
    """Each channel heard once; what came again says so, and names no path of the server."""
    texts = [str(body.get_content()) for m in box.got if (body := m.get_body(("plain",)))]
    assert POSSIBLY_SENT not in texts[0]
    assert len(texts) >= 2
    assert all(POSSIBLY_SENT in text for text in texts[1:])
    hooked = [m.text for m in s.box.got if m.path == "/operator" and "【报告】" in m.text]
    assert hooked
    assert all(POSSIBLY_SENT in text for text in hooked[1:])
    for text in (*texts, *hooked):
        assert "下载：https://watch.example.cn/reports（第1号）" in text
        assert str(s.state) not in text


def whole(s: Stage, box: Post) -> None:
    """The files are those of the row, came along whole by mail, and none is half written."""
    files = json.loads(s.rows("SELECT files FROM report")[0][0])
    there = [each for each in (s.state / "reports").rglob("*") if each.is_file()]
    assert len(there) == len(files) == 2
    enclosed = {each.get_filename(): each for each in box.got[-1].iter_attachments()}
    for each in files:
        path = s.state / "reports" / each["name"]
        assert sha256(path.read_bytes()).hexdigest() == each["sha256"]
        assert enclosed[path.name].get_payload(decode=True) == path.read_bytes()
